-- Figures by hospital and time; all requests that hold a spelling, so that what was coded automatically can be reversed.

ALTER TABLE answer ADD COLUMN hospital_code text NOT NULL DEFAULT '';

COMMENT ON COLUMN answer.hospital_code IS 'Who submitted the claim; empty for answers of before.';

CREATE INDEX answer_by_time ON answer (completed_at);
CREATE INDEX suggestion_by_spelling ON suggestion (spelling);
