-- Coding's answer for a claim may be revised; every revision is kept, and the highest is in force. A decision tells which
-- one it saw, and codes are found by what they are. Code of before this reads and writes the first answers as it did.

ALTER TABLE claim_coding
    ADD COLUMN revision integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT claim_coding_pk,
    ADD CONSTRAINT claim_coding_pk PRIMARY KEY (claim_id, revision),
    ADD CONSTRAINT claim_coding_revision_counted CHECK (revision >= 0);

COMMENT ON TABLE claim_coding IS 'Codes found for diagnoses written as free text, as coding announced them, revision by revision. Only grows.';
COMMENT ON COLUMN claim_coding.revision IS '0 for the coder''s first answer; each holds all lines, and the highest of a claim is in force.';
COMMENT ON COLUMN claim_coding.late IS 'Whether it came after the claim was decided.';

ALTER TABLE decision ADD COLUMN coding_revision integer;

COMMENT ON COLUMN decision.coding_revision IS 'The revision of the codes that it saw. Nothing with a coded_at: 0, as there was no other.';

CREATE TABLE found_code (
    disease_code text NOT NULL,
    claim_id text NOT NULL,
    line integer NOT NULL,
    revision integer NOT NULL,
    route smallint NOT NULL,
    completed_at timestamptz NOT NULL,
    CONSTRAINT found_code_pk PRIMARY KEY (disease_code, claim_id, line, revision)
);

COMMENT ON TABLE found_code IS 'Which claims a code was found for, on which line, in which revision of coding''s answer. Only grows; derived from claim_coding.';
COMMENT ON COLUMN found_code.route IS 'As in seikyu.coding.v1.CodingRoute: one by which coding is sure of a code.';

-- The lines of what is kept: a MentionCoding (field 3 of CodingCompleted) with line, a sure route (1 or 3) and seven digits.
INSERT INTO found_code (disease_code, claim_id, line, revision, route, completed_at)
SELECT convert_from(decode(part[3], 'hex'), 'UTF8'), kept.claim_id,
       get_byte(decode(part[1], 'hex'), 0) % 128
           + CASE WHEN length(part[1]) > 2 THEN 128 * get_byte(decode(part[1], 'hex'), 1) ELSE 0 END,
       0, get_byte(decode(part[2], 'hex'), 0), kept.completed_at
FROM claim_coding AS kept,
     regexp_matches(
         encode(kept.codings, 'hex'),
         '1a(?:[0-7].|[89a-f].0.)08([0-7].|[89a-f].[0-7].)10(01|03)1a07((?:3[0-9]){7})',
         'g'
     ) AS part
ON CONFLICT ON CONSTRAINT found_code_pk DO NOTHING;

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON found_code TO %I', room);
END
$$;
