-- name: insert_items
-- New items of the queue; one that is there already stays as it is.
INSERT INTO review_item (
    item_id, kind, claim_id, cause_event_id, line, treatment_month, traceparent, opened_at, due_at
)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::timestamptz[],
    $9::timestamptz[]
)
ON CONFLICT ON CONSTRAINT review_item_once DO NOTHING;

-- name: lock_request
-- Locks the items of an item's request, in id order.
SELECT item_id
FROM review_item
WHERE (claim_id, cause_event_id) = (SELECT i.claim_id, i.cause_event_id FROM review_item AS i WHERE i.item_id = $1)
ORDER BY item_id
FOR UPDATE;

-- name: hold_requests
-- Locks the items of these requests, in id order, and tells which lines people decided.
SELECT claim_id, cause_event_id, line, decisions
FROM review_item
WHERE (claim_id, cause_event_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
ORDER BY item_id
FOR UPDATE;

-- name: lock_next
-- Locks the item that is due first among those that wait and may be offered to this person, past those just locked.
SELECT item_id
FROM review_item
WHERE
    resolved_at IS NULL
    AND (leased_until IS NULL OR leased_until <= $2)
    AND $1::text <> ALL (skipped_by)
    AND $1::text <> ALL (escalated_by)
ORDER BY due_at, item_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: read_items
-- Items with what the coder saw last, whatever people decided, by due time.
SELECT
    i.item_id, i.kind, i.claim_id, i.cause_event_id, i.line, i.treatment_month, i.traceparent, i.model_view, i.opened_at,
    i.due_at, i.assignee, i.leased_until, i.skipped_by, i.escalated_by, i.decisions, i.resolved_at,
    a.sex, a.age_band_years, a.hospital_code,
    coalesce(l.route, s.route) AS route,
    coalesce(l.disease_code, s.disease_code) AS disease_code,
    coalesce(l.modifier_codes, s.modifier_codes) AS modifier_codes,
    coalesce(l.spelling, s.spelling) AS spelling,
    CASE WHEN l.line IS NULL THEN s.probability ELSE l.probability END AS probability,
    coalesce(l.candidates, s.candidates) AS candidates,
    coalesce(l.reason, s.reason) AS reason
FROM review_item AS i
JOIN answer AS a USING (claim_id, cause_event_id)
JOIN suggestion AS s USING (claim_id, cause_event_id, line)
LEFT JOIN LATERAL (
    SELECT * FROM revision_line AS n
    WHERE
        n.claim_id = i.claim_id AND n.cause_event_id = i.cause_event_id AND n.line = i.line AND n.route <> 'reviewed'
    ORDER BY n.revision DESC
    LIMIT 1
) AS l ON TRUE
WHERE i.item_id = ANY ($1::text[])
ORDER BY i.due_at, i.item_id;

-- name: keep_standing
-- A locked item's new standing.
UPDATE review_item
SET assignee = $2, leased_until = $3, skipped_by = $4, escalated_by = $5, decisions = $6, resolved_at = $7
WHERE item_id = $1;

-- name: insert_step
-- What somebody did with an item.
INSERT INTO review_step (item_id, step, reviewer, at, note) VALUES ($1, $2, $3, $4, $5);

-- name: insert_decision
-- What somebody decided.
INSERT INTO review_decision (
    item_id, number, outcome, disease_code, modifier_codes, candidate, why, reviewer, decided_at, revision
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: settle_items
-- Closes waiting items of lines that need nobody any more, opens again undecided ones of lines that do; in id order. Double
-- checks of lines that are automatic no more are closed, and never opened again.
WITH line AS (
    SELECT *
    FROM unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::boolean[])
        AS t (claim, cause, line, waits, is_automatic)
), changed AS (
    SELECT i.item_id, line.waits AND i.kind = 'uncoded' AS waits
    FROM line
    JOIN review_item AS i ON i.claim_id = line.claim AND i.cause_event_id = line.cause AND i.line = line.line
    WHERE
        i.decisions = 0
        AND CASE i.kind
            WHEN 'uncoded' THEN line.waits <> (i.resolved_at IS NULL)
            ELSE i.resolved_at IS NULL AND NOT line.is_automatic
        END
    ORDER BY i.item_id
    FOR UPDATE OF i
), settled AS (
    UPDATE review_item AS i
    SET resolved_at = CASE WHEN changed.waits THEN NULL ELSE $6::timestamptz END, assignee = '', leased_until = NULL
    FROM changed
    WHERE i.item_id = changed.item_id
    RETURNING i.item_id
)
INSERT INTO review_step (item_id, step, reviewer, at)
SELECT item_id, 'recoded', '', $6 FROM settled ORDER BY item_id;

-- name: keep_model_views
-- What the adviser said of lines, for whoever decides them; in id order.
WITH told AS (
    SELECT i.item_id, v.view
    FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[]) AS v (claim, cause, line, view)
    JOIN review_item AS i ON i.claim_id = v.claim AND i.cause_event_id = v.cause AND i.line = v.line
    WHERE i.kind = 'uncoded'
    ORDER BY i.item_id
    FOR UPDATE OF i
)
UPDATE review_item AS i SET model_view = told.view::jsonb FROM told WHERE i.item_id = told.item_id;

-- name: waiting_items
-- A page of what is not resolved, by due time: state, month, age and service level may narrow it.
SELECT item_id, due_at
FROM review_item
WHERE
    resolved_at IS NULL
    AND (
        $2::text IS NULL
        OR $2 = CASE WHEN leased_until > $1 THEN 'assigned' WHEN escalated_by <> '{}' THEN 'escalated' ELSE 'open' END
    )
    AND ($3::text IS NULL OR treatment_month = $3)
    AND ($4::timestamptz IS NULL OR opened_at <= $4)
    AND (NOT $5::boolean OR due_at < $1)
    AND ($6::timestamptz IS NULL OR (due_at, item_id) > ($6, $7::text))
ORDER BY due_at, item_id
LIMIT $8;

-- name: resolved_items
-- A page of what is resolved, by due time: month and age may narrow it.
SELECT item_id, due_at
FROM review_item
WHERE
    resolved_at IS NOT NULL
    AND ($1::text IS NULL OR treatment_month = $1)
    AND ($2::timestamptz IS NULL OR opened_at <= $2)
    AND ($3::timestamptz IS NULL OR (due_at, item_id) > ($3, $4::text))
ORDER BY due_at, item_id
LIMIT $5;

-- name: held_items
-- A page of what somebody holds now, resolved or not, by due time.
SELECT item_id, due_at
FROM review_item
WHERE
    assignee = $1
    AND leased_until > $2
    AND ($3::text IS NULL OR treatment_month = $3)
    AND ($4::timestamptz IS NULL OR opened_at <= $4)
    AND (NOT $5::boolean OR due_at < $2)
    AND ($6::timestamptz IS NULL OR (due_at, item_id) > ($6, $7::text))
ORDER BY due_at, item_id
LIMIT $8;

-- name: decisions_of_item
-- All decisions on an item, in order.
SELECT * FROM review_decision WHERE item_id = $1 ORDER BY number;

-- name: steps_of_item
-- All that was done with an item, in order.
SELECT step, reviewer, at, note FROM review_step WHERE item_id = $1 ORDER BY seq;

-- name: queue_figures
-- How many items wait in each state, how many are past their service level, and since when the oldest waits.
SELECT
    CASE WHEN leased_until > $1 THEN 'assigned' WHEN escalated_by <> '{}' THEN 'escalated' ELSE 'open' END AS state,
    count(*) AS items,
    count(*) FILTER (WHERE due_at < $1) AS late,
    min(opened_at) AS oldest
FROM review_item
WHERE resolved_at IS NULL
GROUP BY state;
