-- A ranker orders what a text may mean, people decide what it is not sure of; both need what was seen at the time.

ALTER TABLE suggestion
DROP CONSTRAINT suggestion_route_known,
DROP CONSTRAINT suggestion_code_on_its_routes,
ADD COLUMN spelling text NOT NULL DEFAULT '',
ADD COLUMN probability double precision,
ADD COLUMN candidates jsonb NOT NULL DEFAULT '[]',
ADD COLUMN reason text NOT NULL DEFAULT '',
ADD CONSTRAINT suggestion_route_known
CHECK (route IN ('exact', 'decomposed', 'ranked', 'review', 'not-a-diagnosis', 'unresolved')),
ADD CONSTRAINT suggestion_code_on_its_routes
CHECK ((route IN ('exact', 'decomposed', 'ranked', 'review')) = (disease_code <> '')),
ADD CONSTRAINT suggestion_probability_is_one CHECK (probability BETWEEN 0 AND 1);

COMMENT ON COLUMN suggestion.spelling IS 'The normalised text, screened before it came here; empty for answers of before.';
COMMENT ON COLUMN suggestion.candidates IS 'What the text may mean, best first: [{"code", "p", "found_by"}].';
COMMENT ON COLUMN suggestion.reason IS 'What speaks against an automatic code: a gate or a refusal of verification.';
COMMENT ON TABLE suggestion IS 'The code found for one uncoded diagnosis, or that none was, and what was seen then.';
