-- The first answer to each request for codes, and its lines. Insert-only: the service's role may only read and add.

CREATE TABLE answer (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    treatment_month text NOT NULL,
    coder_version text NOT NULL,
    trace_id text NOT NULL,
    completed_at timestamptz NOT NULL,
    CONSTRAINT answer_pk PRIMARY KEY (claim_id, cause_event_id)
);

COMMENT ON TABLE answer IS 'One row per request for codes: a request that comes again gets this answer again.';

CREATE TABLE suggestion (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    line integer NOT NULL,
    route text NOT NULL,
    disease_code text NOT NULL,
    CONSTRAINT suggestion_pk PRIMARY KEY (claim_id, cause_event_id, line),
    CONSTRAINT suggestion_answer_fk FOREIGN KEY (claim_id, cause_event_id) REFERENCES answer (claim_id, cause_event_id),
    CONSTRAINT suggestion_line_positive CHECK (line > 0),
    CONSTRAINT suggestion_route_known CHECK (route IN ('exact', 'unresolved')),
    CONSTRAINT suggestion_code_when_exact CHECK ((route = 'exact') = (disease_code <> ''))
);

COMMENT ON TABLE suggestion IS 'The code found for one uncoded diagnosis, or that none was. The text itself stays with claims.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON answer, suggestion TO %I', current_database());
END $$;
