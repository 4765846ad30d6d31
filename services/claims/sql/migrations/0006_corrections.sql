-- Decisions that replace earlier ones, and what was asked for after a claim was received.

ALTER TABLE decision
    ALTER COLUMN determined_at DROP NOT NULL,
    ADD COLUMN replaces text,
    ADD COLUMN cause smallint NOT NULL DEFAULT 1,
    ADD CONSTRAINT decision_replaces_the_one_before CHECK ((number = 1) = (replaces IS NULL));

COMMENT ON COLUMN decision.replaces IS 'The decision with the number before; nothing for the first.';
COMMENT ON COLUMN decision.cause IS '1 submitted, 2 withdrawn, 3 hospital''s review, 4 payer''s review, 5 error reported, 6 late code, 7 readjudicated.';

CREATE TABLE correction (
    claim_id text NOT NULL,
    place integer NOT NULL,
    kind smallint NOT NULL,
    state smallint,
    hospital_code text NOT NULL,
    asked_by text NOT NULL,
    reason text NOT NULL,
    other_claim_id text,
    decision_id text,
    at timestamptz NOT NULL,
    recorded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('change_seq'),
    CONSTRAINT correction_pk PRIMARY KEY (claim_id, place),
    CONSTRAINT correction_kind_known CHECK (kind BETWEEN 1 AND 6)
);

CREATE INDEX correction_of_hospital ON correction (hospital_code, recorded_xid, seq) WHERE state IS NOT NULL;
CREATE INDEX correction_in_order ON correction (recorded_xid, seq) WHERE state IS NOT NULL;

COMMENT ON TABLE correction IS 'What was asked for after a claim was received, step by step. Only grows; holds codes and no free text.';
COMMENT ON COLUMN correction.state IS 'The claim''s state from then on, where no decision says it.';

CREATE TABLE open_review (
    claim_id text NOT NULL,
    cause smallint NOT NULL,
    asked_at timestamptz NOT NULL,
    CONSTRAINT open_review_pk PRIMARY KEY (claim_id)
);

COMMENT ON TABLE open_review IS 'Reviews (再審査) that wait for a person; a row is deleted in the transaction that decides.';

CREATE TABLE resubmission (
    claim_id text NOT NULL,
    returned_claim_id text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT resubmission_pk PRIMARY KEY (claim_id),
    CONSTRAINT resubmission_once UNIQUE (returned_claim_id)
);

COMMENT ON TABLE resubmission IS 'Claims that submit a returned or withdrawn one again. Only grows.';

ALTER TABLE adjudicated_total
    ADD COLUMN replaced_parts bigint NOT NULL DEFAULT 0,
    ADD COLUMN replaced_points bigint NOT NULL DEFAULT 0,
    ADD COLUMN replaced_yen bigint NOT NULL DEFAULT 0;

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON correction, resubmission TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON open_review TO %I', room);
END
$$;
