-- name: requests_holding
-- The next answered requests with a line of this spelling, in key order.
WITH held AS MATERIALIZED (
    SELECT DISTINCT claim_id, cause_event_id
    FROM suggestion
    WHERE spelling = $1::text AND (claim_id, cause_event_id) > ($2::text, $3::text)
    ORDER BY claim_id, cause_event_id
    LIMIT $4::integer
)
SELECT a.claim_id, a.cause_event_id, a.trace_id
FROM held
INNER JOIN answer AS a USING (claim_id, cause_event_id)
ORDER BY a.claim_id, a.cause_event_id;

-- name: find_reversal
-- What a reversal said when its first page took something back.
SELECT * FROM reversal WHERE reversal_id = $1::text;

-- name: insert_reversal
-- What was taken back, and why; the pages of one reversal share it.
INSERT INTO reversal (
    reversal_id, spelling, disease_code, instead, instead_code, instead_modifiers, why, reversed_by, reversed_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT reversal_pk DO NOTHING;

-- name: insert_reversal_lines
-- The lines of a page of a reversal.
INSERT INTO reversal_line (reversal_id, claim_id, cause_event_id, line, revision)
SELECT $1, n.claim_id, n.cause, n.line, n.revision
FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[]) AS n (claim_id, cause, line, revision);

-- name: requests_of_claim
-- All requests of a claim that were answered, the oldest first.
SELECT claim_id, cause_event_id, treatment_month, hospital_code, trace_id
FROM answer
WHERE claim_id = $1::text
ORDER BY completed_at, cause_event_id;

-- name: history_of_claim
-- Every decision on every line of a claim: the first answer and what a person, coding anew or a reversal made of it. Who
-- only upheld what stood names the same revision, and did not make it.
SELECT
    s.cause_event_id, s.line, 0 AS revision, 'coded' AS cause, s.route, s.disease_code, s.modifier_codes, s.spelling,
    s.probability, s.candidates, s.reason, a.coder_version, a.completed_at, '' AS decided_by, '' AS why
FROM answer AS a
INNER JOIN suggestion AS s USING (claim_id, cause_event_id)
WHERE a.claim_id = $1::text
UNION ALL
SELECT
    l.cause_event_id, l.line, l.revision, r.cause, l.route, l.disease_code, l.modifier_codes, l.spelling,
    l.probability, l.candidates, l.reason, r.coder_version, r.completed_at,
    coalesce(d.reviewer, v.reversed_by, '') AS decided_by, coalesce(d.why, v.why, '') AS why
FROM revision AS r
INNER JOIN revision_line AS l USING (claim_id, cause_event_id, revision)
LEFT JOIN LATERAL (
    SELECT n.reviewer, n.why
    FROM review_item AS i
    INNER JOIN review_decision AS n ON n.item_id = i.item_id AND n.revision = l.revision
    WHERE
        r.cause = 'reviewed' AND i.claim_id = l.claim_id AND i.cause_event_id = l.cause_event_id AND i.line = l.line
    ORDER BY n.decided_at, n.item_id
    LIMIT 1
) AS d ON true
LEFT JOIN reversal_line AS w
    ON w.claim_id = l.claim_id AND w.cause_event_id = l.cause_event_id AND w.line = l.line AND w.revision = l.revision
LEFT JOIN reversal AS v ON v.reversal_id = w.reversal_id
WHERE r.claim_id = $1::text
ORDER BY cause_event_id, line, revision;

-- name: figures
-- Mentions answered in a span by group, route and bin of their probability; bin -1 where none was told.
SELECT
    CASE $3::text WHEN 'hospital' THEN a.hospital_code WHEN 'version' THEN a.coder_version ELSE '' END AS grouped_by,
    s.route,
    coalesce(least(floor(s.probability * 10), 9)::integer, -1) AS bin,
    count(*) AS mentions
FROM answer AS a
INNER JOIN suggestion AS s USING (claim_id, cause_event_id)
WHERE a.completed_at >= $1::timestamptz AND a.completed_at < $2::timestamptz
GROUP BY 1, 2, 3;

-- name: agreement
-- What people decided last of the items that were opened in a span, and how often as the coder proposed, by group.
SELECT
    CASE $3::text WHEN 'hospital' THEN a.hospital_code WHEN 'version' THEN a.coder_version ELSE '' END AS grouped_by,
    i.kind,
    count(*) AS decided,
    count(*) FILTER (WHERE d.disease_code = s.disease_code) AS agreed
FROM review_item AS i
INNER JOIN answer AS a USING (claim_id, cause_event_id)
INNER JOIN suggestion AS s USING (claim_id, cause_event_id, line)
INNER JOIN review_decision AS d ON d.item_id = i.item_id AND d.number = i.decisions
WHERE a.completed_at >= $1::timestamptz AND a.completed_at < $2::timestamptz
GROUP BY 1, 2;
