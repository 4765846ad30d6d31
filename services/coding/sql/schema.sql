-- The sum of the migrations, kept by hand; a test says that they agree.

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
    modifier_codes text NOT NULL DEFAULT '',
    spelling text NOT NULL DEFAULT '',
    probability double precision,
    candidates jsonb NOT NULL DEFAULT '[]',
    reason text NOT NULL DEFAULT '',
    CONSTRAINT suggestion_pk PRIMARY KEY (claim_id, cause_event_id, line),
    CONSTRAINT suggestion_answer_fk FOREIGN KEY (claim_id, cause_event_id) REFERENCES answer (claim_id, cause_event_id),
    CONSTRAINT suggestion_line_positive CHECK (line > 0),
    CONSTRAINT suggestion_route_known
        CHECK (route IN ('exact', 'decomposed', 'ranked', 'review', 'not-a-diagnosis', 'unresolved')),
    CONSTRAINT suggestion_code_on_its_routes
        CHECK ((route IN ('exact', 'decomposed', 'ranked', 'review')) = (disease_code <> '')),
    CONSTRAINT suggestion_modifiers_of_a_code
        CHECK (modifier_codes ~ '^([0-9]{4}){0,20}$' AND (modifier_codes = '' OR disease_code <> '')),
    CONSTRAINT suggestion_probability_is_one CHECK (probability BETWEEN 0 AND 1)
);

COMMENT ON COLUMN suggestion.modifier_codes IS 'Codes of four digits, one after the other as in the SY record.';
COMMENT ON COLUMN suggestion.spelling IS 'The normalised text, screened before it came here; empty for answers of before.';
COMMENT ON COLUMN suggestion.candidates IS 'What the text may mean, best first: [{"code", "p", "found_by"}].';
COMMENT ON COLUMN suggestion.reason IS 'What speaks against an automatic code: a gate or a refusal of verification.';
COMMENT ON TABLE suggestion IS 'The code found for one uncoded diagnosis, or that none was, and what was seen then.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON answer, suggestion TO %I', current_database());
END $$;
