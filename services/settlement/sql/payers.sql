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
