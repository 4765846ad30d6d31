-- name: find_standing
-- Answered requests as they stand, one row per line in line order: its highest revision's, else its suggestion.
SELECT
    a.claim_id, a.cause_event_id, a.treatment_month, a.sex, a.age_band_years, a.hospital_code,
    coalesce(r.revision, 0) AS revision,
    coalesce(r.coder_version, a.coder_version) AS coder_version,
    coalesce(r.completed_at, a.completed_at) AS completed_at,
    s.line, s.route, s.disease_code, s.modifier_codes, s.spelling, s.probability, s.candidates, s.reason
FROM unnest($1::text[], $2::text[]) AS asked (claim_id, cause_event_id)
JOIN answer AS a USING (claim_id, cause_event_id)
JOIN standing_line AS s USING (claim_id, cause_event_id)
LEFT JOIN LATERAL (
    SELECT * FROM revision AS n
    WHERE n.claim_id = a.claim_id AND n.cause_event_id = a.cause_event_id
    ORDER BY n.revision DESC
    LIMIT 1
) AS r ON TRUE
ORDER BY a.claim_id, a.cause_event_id, s.line;

-- name: insert_revisions
-- New revisions; a number that another process took meanwhile is left alone.
INSERT INTO revision (claim_id, cause_event_id, revision, cause, coder_version, trace_id, completed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
ON CONFLICT ON CONSTRAINT revision_pk DO NOTHING;

-- name: insert_revision_lines
-- The lines that new revisions changed.
INSERT INTO revision_line (
    claim_id, cause_event_id, revision, line, route, disease_code, modifier_codes, spelling, probability, candidates,
    reason
)
SELECT
    n.claim_id, n.cause, n.revision, n.line, n.route, n.code, n.modifiers, n.spelling, n.probability,
    n.candidates::jsonb, n.reason
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::double precision[], $10::text[], $11::text[]
) AS n (claim_id, cause, revision, line, route, code, modifiers, spelling, probability, candidates, reason);
