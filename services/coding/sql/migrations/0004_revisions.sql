-- An answer may be revised: by coding anew, or by a person. The first answer stays as it was given.

ALTER TABLE answer
ADD COLUMN sex smallint,
ADD COLUMN age_band_years smallint,
ADD CONSTRAINT answer_sex_known CHECK (sex IN (1, 2)),
ADD CONSTRAINT answer_age_band_of_a_sex CHECK (age_band_years IS NULL OR sex IS NOT NULL);

COMMENT ON COLUMN answer.sex IS 'What the request told of the patient; null where nothing was told.';
COMMENT ON COLUMN answer.age_band_years IS 'Ten-year band of the patient''s age; null where nothing was told.';

CREATE TABLE revision (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    revision integer NOT NULL,
    cause text NOT NULL,
    coder_version text NOT NULL,
    trace_id text NOT NULL,
    completed_at timestamptz NOT NULL,
    CONSTRAINT revision_pk PRIMARY KEY (claim_id, cause_event_id, revision),
    CONSTRAINT revision_answer_fk FOREIGN KEY (claim_id, cause_event_id) REFERENCES answer (claim_id, cause_event_id),
    CONSTRAINT revision_after_the_answer CHECK (revision > 0),
    CONSTRAINT revision_cause_known CHECK (cause IN ('recoded', 'reviewed', 'reversed'))
);

COMMENT ON TABLE revision IS 'A later decision on an answered request; numbers follow each other, the highest is in force.';

CREATE TABLE revision_line (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    revision integer NOT NULL,
    line integer NOT NULL,
    route text NOT NULL,
    disease_code text NOT NULL,
    modifier_codes text NOT NULL,
    spelling text NOT NULL,
    probability double precision,
    candidates jsonb NOT NULL,
    reason text NOT NULL,
    CONSTRAINT revision_line_pk PRIMARY KEY (claim_id, cause_event_id, line, revision),
    CONSTRAINT revision_line_revision_fk
        FOREIGN KEY (claim_id, cause_event_id, revision) REFERENCES revision (claim_id, cause_event_id, revision),
    CONSTRAINT revision_line_suggestion_fk
        FOREIGN KEY (claim_id, cause_event_id, line) REFERENCES suggestion (claim_id, cause_event_id, line),
    CONSTRAINT revision_line_route_known
        CHECK (
            route IN ('exact', 'decomposed', 'ranked', 'review', 'not-a-diagnosis', 'unresolved', 'reviewed')
        ),
    CONSTRAINT revision_line_code_on_its_routes
        CHECK (
            route = 'reviewed' OR (route IN ('exact', 'decomposed', 'ranked', 'review')) = (disease_code <> '')
        ),
    CONSTRAINT revision_line_modifiers_of_a_code
        CHECK (modifier_codes ~ '^([0-9]{4}){0,20}$' AND (modifier_codes = '' OR disease_code <> '')),
    CONSTRAINT revision_line_probability_is_one CHECK (probability BETWEEN 0 AND 1)
);

COMMENT ON TABLE revision_line IS
'A line that a revision changed; a line stands as its highest revision has it, else as its suggestion.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON revision, revision_line TO %I', current_database());
END $$;
