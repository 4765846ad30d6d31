-- Who read which receipt, when and why. Only grows: neither the service nor the tables' owner changes a row.
CREATE TABLE receipt_read (
    place bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT receipt_read_pk PRIMARY KEY,
    read_id text COLLATE "C" NOT NULL CONSTRAINT receipt_read_once UNIQUE,
    payer_number text COLLATE "C" NOT NULL,
    read_by text COLLATE "C" NOT NULL,
    reader text COLLATE "C" NOT NULL,
    claim_id text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    given boolean NOT NULL,
    read_at timestamptz NOT NULL,
    trace_id text COLLATE "C" NOT NULL
);

CREATE INDEX receipt_read_payer ON receipt_read (payer_number, place);

COMMENT ON COLUMN receipt_read.reader IS 'The payer''s own opaque id of the person, as it said.';
COMMENT ON COLUMN receipt_read.given IS 'False: the claim is not the payer''s to see, and nothing was shown.';

CREATE TRIGGER receipt_read_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_read
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON receipt_read TO %I', current_database());
END
$$;
