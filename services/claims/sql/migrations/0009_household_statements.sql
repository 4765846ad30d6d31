-- Whose household's each receipt is, and what households' claims leave together, version by version.

CREATE TABLE household_receipt (
    claim_id text NOT NULL,
    treatment_month text NOT NULL,
    household text NOT NULL,
    payer_number text NOT NULL,
    CONSTRAINT household_receipt_pk PRIMARY KEY (claim_id)
);

CREATE INDEX household_receipt_in_order ON household_receipt (treatment_month, household, payer_number, claim_id)
    WHERE household <> '';

COMMENT ON TABLE household_receipt IS 'Whose household''s a receipt is, read from it once. Only grows.';
COMMENT ON COLUMN household_receipt.household IS 'Keyed digest of insurer, 記号 and 番号 without 枝番; empty where there is no insurer.';

CREATE TABLE household_statement (
    version_id text NOT NULL,
    statement_id text NOT NULL,
    number integer NOT NULL,
    replaces text,
    span smallint NOT NULL,
    since text NOT NULL,
    household text NOT NULL,
    payer_number text NOT NULL,
    high_cost boolean NOT NULL,
    content bytea NOT NULL,
    content_sha256 text NOT NULL,
    stated_at timestamptz NOT NULL,
    recorded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('change_seq'),
    CONSTRAINT household_statement_pk PRIMARY KEY (version_id),
    CONSTRAINT household_statement_number_once UNIQUE (statement_id, number),
    CONSTRAINT household_statement_replaces_the_one_before CHECK ((number = 1) = (replaces IS NULL)),
    CONSTRAINT household_statement_span_known CHECK (span IN (1, 2))
);

CREATE INDEX household_statement_of_household ON household_statement (span, household, since, number);
CREATE INDEX household_statement_of_payer ON household_statement (payer_number, recorded_xid, seq);
CREATE INDEX household_statement_in_order ON household_statement (recorded_xid, seq);

COMMENT ON TABLE household_statement IS 'Versions of households'' statements (世帯合算). Only grows; derived from settled claims, which it never changes.';
COMMENT ON COLUMN household_statement.span IS '1 a treatment month, 2 the year from an August.';
COMMENT ON COLUMN household_statement.high_cost IS 'Whether the month counts for 多数回該当 of later ones.';
COMMENT ON COLUMN household_statement.content IS 'The HouseholdStatement message; equal bytes for equal content.';

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON household_receipt, household_statement TO %I', room);
END
$$;
