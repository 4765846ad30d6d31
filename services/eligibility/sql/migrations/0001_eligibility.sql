-- Coverage periods and the log of determinations. Both only grow.
CREATE TABLE coverage (
    member_key text NOT NULL,
    person text NOT NULL,
    valid_from date NOT NULL,
    recorded_at timestamptz NOT NULL,
    payer_number text NOT NULL,
    branch text NOT NULL,
    sex smallint NOT NULL,
    birth_digest text NOT NULL,
    valid_to date,
    preschool_last_month integer NOT NULL,
    elderly_first_month integer NOT NULL,
    late_elderly_first_month integer NOT NULL,
    copay_class smallint NOT NULL,
    limit_category smallint NOT NULL,
    next_payer text NOT NULL,
    CONSTRAINT coverage_pkey PRIMARY KEY (member_key, person, valid_from, recorded_at),
    CONSTRAINT coverage_ends_after_it_begins CHECK (valid_to IS NULL OR valid_to >= valid_from),
    CONSTRAINT coverage_sex_is_known CHECK (sex IN (1, 2)),
    CONSTRAINT coverage_class_is_known CHECK (copay_class BETWEEN 1 AND 4),
    CONSTRAINT coverage_category_is_known CHECK (limit_category BETWEEN 0 AND 11)
);
COMMENT ON TABLE coverage IS 'Effective-dated and recorded-dated; a later row of the same person and first day supersedes.';
COMMENT ON COLUMN coverage.person IS 'The branch number, or the birth digest where the payer records no branch.';

CREATE TABLE determination_log (
    cause_event_id text NOT NULL,
    claim_id text NOT NULL,
    treatment_month text NOT NULL,
    answer bytea NOT NULL,
    determined_at timestamptz NOT NULL,
    CONSTRAINT determination_log_pkey PRIMARY KEY (cause_event_id)
);
COMMENT ON TABLE determination_log IS 'What was answered to each claims.received: the announced EligibilityDetermined as bytes.';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'only_grows';
END $$;

CREATE TRIGGER coverage_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER determination_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON determination_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$ BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON coverage, determination_log TO %I', current_database());
END $$;
