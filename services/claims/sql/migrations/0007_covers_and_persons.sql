-- What eligibility answered stands beside the decision that it led to; one person's claims of a month find each other.

ALTER TABLE decision ADD COLUMN covers bytea;

COMMENT ON COLUMN decision.covers IS 'The EligibilityDetermined message that the decision rests on, so that it can be adjudicated again.';

ALTER TABLE claim ADD COLUMN person bytea;

CREATE INDEX claim_of_person ON claim (person);

COMMENT ON COLUMN claim.person IS 'Keyed digest of hospital, treatment month, receipt kind, member, birth date, sex and name; equal for one person''s claims.';
