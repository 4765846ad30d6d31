-- What was posted and announced per payer and month, added up once by those who ask instead of at every look.

CREATE TABLE control_total (
    payer_number text COLLATE "C" NOT NULL,
    claim_month text COLLATE "C" NOT NULL,
    posted_parts bigint NOT NULL,
    posted_points bigint NOT NULL,
    posted_yen bigint NOT NULL,
    announced_events bigint NOT NULL,
    announced_points bigint NOT NULL,
    announced_yen bigint NOT NULL,
    CONSTRAINT control_total_pk PRIMARY KEY (payer_number, claim_month)
);

CREATE TABLE control_fold (
    payer_number text COLLATE "C" CONSTRAINT control_fold_pk PRIMARY KEY,
    entry_version bigint NOT NULL,
    event_sequence bigint NOT NULL
);

COMMENT ON TABLE control_fold IS 'Up to which entry of its account and event of its stream a payer stands in control_total.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON control_total, control_fold TO %I', current_database());
END
$$;
