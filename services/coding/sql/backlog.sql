-- name: count_backlog
-- How many requests of a span of time have a line that stands on one of these routes, by a coder's version.
SELECT count(*)
FROM answer AS a
WHERE a.completed_at >= $1 AND a.completed_at < $2
AND EXISTS (
    SELECT FROM standing_line AS s
    WHERE s.claim_id = a.claim_id AND s.cause_event_id = a.cause_event_id AND s.route = ANY($3::text[])
    AND starts_with(s.coder_version, $4) AND char_length(s.spelling) BETWEEN 1 AND $5
);

-- name: page_of_backlog
-- The chosen lines of the next requests, in the order of their first answers.
WITH chosen AS (
    SELECT a.*
    FROM answer AS a
    WHERE a.completed_at >= $1 AND a.completed_at < $2
    AND (a.completed_at, a.claim_id, a.cause_event_id) > ($6::timestamptz, $7::text, $8::text)
    AND EXISTS (
        SELECT FROM standing_line AS s
        WHERE s.claim_id = a.claim_id AND s.cause_event_id = a.cause_event_id AND s.route = ANY($3::text[])
        AND starts_with(s.coder_version, $4) AND char_length(s.spelling) BETWEEN 1 AND $5
    )
    ORDER BY a.completed_at, a.claim_id, a.cause_event_id
    LIMIT $9
)
SELECT
    c.completed_at, c.claim_id, c.cause_event_id, c.treatment_month, c.trace_id, c.sex, c.age_band_years,
    c.hospital_code, s.line, s.spelling
FROM chosen AS c
JOIN standing_line AS s USING (claim_id, cause_event_id)
WHERE s.route = ANY($3::text[]) AND starts_with(s.coder_version, $4) AND char_length(s.spelling) BETWEEN 1 AND $5
ORDER BY c.completed_at, c.claim_id, c.cause_event_id, s.line;
