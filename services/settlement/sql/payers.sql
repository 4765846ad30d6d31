-- name: events_between
-- A payer's events from one sequence to another, in order, at most so many.
SELECT payer_number, sequence, event_id, type, claim_id, value, traceparent, created_at
FROM announced_event
WHERE payer_number = $1 AND sequence BETWEEN $2 AND $3
ORDER BY sequence LIMIT $4;

-- name: record_receipt_read
-- Keep who asked for which receipt, when and why, and whether it was given.
INSERT INTO receipt_read (read_id, payer_number, read_by, reader, claim_id, reason, given, read_at, trace_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: receipt_reads
-- A page of the access log before a place, the latest first; of one payer, or of all where none is named.
SELECT place, read_id, payer_number, reader, claim_id, reason, given, read_at, trace_id
FROM receipt_read
WHERE ($1::text = '' OR payer_number = $1) AND place < $2
ORDER BY place DESC LIMIT $3;

-- name: payer_state
-- A payer's stream and its principals at the broker.
SELECT enrolled_at IS NOT NULL AS enrolled, next_sequence - 1 AS last_sequence, published_sequence,
    enrolment_request_id, kafka_username, former_username, former_ends_at
FROM payer_stream WHERE payer_number = $1;

-- name: rotate_payer
-- Remember the principal that follows the present one.
SELECT rotate_payer($1, $2, $3, $4::timestamptz);

-- name: formers_due
-- Former principals whose time is over.
SELECT payer_number, former_username FROM payer_stream WHERE former_ends_at <= $1 ORDER BY payer_number;

-- name: retire_former
-- Forget a former principal.
SELECT retire_former($1);

-- name: unenrol_payer
-- Stop publishing a payer's stream.
SELECT unenrol_payer($1, $2::timestamptz);

-- name: refused_payers
-- Payers that were unenrolled: when last, and whether they are enrolled again.
SELECT payer_number, unenrolled_at AS refused_before, enrolled_at IS NOT NULL AS enrolled
FROM payer_stream WHERE unenrolled_at IS NOT NULL;

-- name: principals_elsewhere
-- Principals of enrolled payers whose cursor tells of another cluster, or whose topics are not all made, each with the
-- request that set its password.
SELECT s.payer_number, each.request_id, each.username
FROM payer_stream AS s
CROSS JOIN LATERAL (
    VALUES (s.enrolment_request_id, s.kafka_username), (s.former_request_id, s.former_username)
) AS each (request_id, username)
WHERE s.enrolled_at IS NOT NULL AND each.request_id IS NOT NULL AND each.username IS NOT NULL
    AND (s.cluster_id IS DISTINCT FROM $1 OR NOT s.has_statements_topic)
ORDER BY s.payer_number, each.username;
