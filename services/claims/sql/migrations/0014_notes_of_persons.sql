-- Why a person decided as they did, in words of their own, apart from the codes.

CREATE TABLE correction_note (
    claim_id text NOT NULL,
    place integer NOT NULL,
    note text NOT NULL,
    CONSTRAINT correction_note_pk PRIMARY KEY (claim_id, place),
    CONSTRAINT correction_note_short CHECK (char_length(note) BETWEEN 1 AND 200)
);

COMMENT ON TABLE correction_note IS 'What a person wrote to a step of a claim''s corrections: free text, screened for the patient. Only grows; it never leaves this database but to the hospital and to operators.';

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON correction_note TO %I', room);
END
$$;
