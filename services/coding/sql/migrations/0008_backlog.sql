-- Lines as they stand, for whoever chooses among them.

CREATE VIEW standing_line AS
SELECT
    s.claim_id, s.cause_event_id, s.line,
    coalesce(l.route, s.route) AS route,
    coalesce(l.disease_code, s.disease_code) AS disease_code,
    coalesce(l.modifier_codes, s.modifier_codes) AS modifier_codes,
    coalesce(l.spelling, s.spelling) AS spelling,
    CASE WHEN l.line IS NULL THEN s.probability ELSE l.probability END AS probability,
    coalesce(l.candidates, s.candidates) AS candidates,
    coalesce(l.reason, s.reason) AS reason,
    coalesce(l.coder_version, a.coder_version) AS coder_version
FROM suggestion AS s
JOIN answer AS a USING (claim_id, cause_event_id)
LEFT JOIN LATERAL (
    SELECT n.*, r.coder_version
    FROM revision_line AS n
    JOIN revision AS r USING (claim_id, cause_event_id, revision)
    WHERE n.claim_id = s.claim_id AND n.cause_event_id = s.cause_event_id AND n.line = s.line
    ORDER BY n.revision DESC
    LIMIT 1
) AS l ON TRUE;

COMMENT ON VIEW standing_line IS 'Each line as its highest revision has it, else as first answered, and by which coder.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON standing_line TO %I', current_database());
END $$;
