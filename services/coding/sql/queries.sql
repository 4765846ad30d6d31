-- name: find_answers
-- What was answered before to any of these requests, one row per line in line order.
SELECT
    a.claim_id, a.cause_event_id, a.coder_version, a.completed_at, a.sex, a.age_band_years, a.hospital_code, s.line,
    s.route, s.disease_code, s.modifier_codes, s.spelling, s.probability, s.candidates, s.reason
FROM unnest($1::text[], $2::text[]) AS asked (claim_id, cause_event_id)
JOIN answer AS a USING (claim_id, cause_event_id)
JOIN suggestion AS s USING (claim_id, cause_event_id)
ORDER BY a.claim_id, a.cause_event_id, s.line;

-- name: insert_answers
-- New answers; a request that another process answered meanwhile is left alone.
INSERT INTO answer (
    claim_id, cause_event_id, treatment_month, coder_version, trace_id, completed_at, sex, age_band_years,
    hospital_code
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::smallint[], $8::smallint[],
    $9::text[]
)
ON CONFLICT ON CONSTRAINT answer_pk DO NOTHING;

-- name: insert_suggestions
-- The lines of new answers.
INSERT INTO suggestion (
    claim_id, cause_event_id, line, route, disease_code, modifier_codes, spelling, probability, candidates, reason
)
SELECT n.claim_id, n.cause, n.line, n.route, n.code, n.modifiers, n.spelling, n.probability, n.candidates::jsonb, n.reason
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::double precision[],
    $9::text[], $10::text[]
) AS n (claim_id, cause, line, route, code, modifiers, spelling, probability, candidates, reason);
