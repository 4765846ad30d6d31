-- An error (過誤) that one side reports waits for the other; until then it moves nothing.

CREATE TABLE open_error (
    claim_id text NOT NULL,
    side smallint NOT NULL,
    reason text NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT open_error_pk PRIMARY KEY (claim_id),
    CONSTRAINT open_error_side_known CHECK (side IN (1, 2))
);

COMMENT ON TABLE open_error IS 'Errors (過誤) that one side reported and the other has not answered; a row is deleted in the transaction that answers.';
COMMENT ON COLUMN open_error.side IS 'Who reported it: 1 the hospital, 2 a payer of the claim.';

ALTER TABLE correction ADD COLUMN reference text NOT NULL DEFAULT '';

COMMENT ON COLUMN correction.reference IS 'Under which both sides keep what they agreed on (過誤), where an operator recorded it.';

ALTER TABLE correction DROP CONSTRAINT correction_kind_known;
ALTER TABLE correction ADD CONSTRAINT correction_kind_known CHECK (kind BETWEEN 1 AND 8);

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON open_error TO %I', room);
END
$$;
