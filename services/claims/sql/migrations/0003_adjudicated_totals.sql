-- What was adjudicated per payer and month, added up once by the control-totals job instead of at every look.

CREATE TABLE adjudicated_total (
    payer_number text NOT NULL,
    claim_month text NOT NULL,
    parts bigint NOT NULL,
    points bigint NOT NULL,
    yen bigint NOT NULL,
    CONSTRAINT adjudicated_total_pk PRIMARY KEY (payer_number, claim_month)
);

COMMENT ON TABLE adjudicated_total IS 'Parts of decisions up to the sweep cursor claims.adjudicated-total; later ones are added when asked.';

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON adjudicated_total TO %I', room);
END
$$;
