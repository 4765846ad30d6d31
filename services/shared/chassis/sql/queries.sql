-- name: insert_outbox
-- Store announcements in the given order and learn their sequence numbers.
INSERT INTO outbox (shard, topic, key, event_id, type, source, subject, traceparent, time, extra_headers, value)
SELECT new.shard, new.topic, new.key, new.event_id, new.type, new.source, new.subject, new.traceparent, new.time,
       new.extra_headers, new.value
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::timestamptz[], $10::text[], $11::bytea[])
     WITH ORDINALITY
     AS new (shard, topic, key, event_id, type, source, subject, traceparent, time, extra_headers, value, place)
ORDER BY new.place
RETURNING seq;

-- name: notify_outbox
-- Tell the process that owns the shards that rows were committed here.
SELECT pg_notify('outbox', '');

-- name: read_outbox
-- Unpublished rows of the given shards after a sequence number, in order.
SELECT seq, shard, topic, key, event_id, type, source, subject, traceparent, time, extra_headers, value
FROM outbox
WHERE shard = ANY($1::smallint[]) AND seq > $2
ORDER BY seq
LIMIT $3;

-- name: delete_outbox
-- Forget rows that the broker has acknowledged.
DELETE FROM outbox WHERE seq = ANY($1::bigint[]);

-- name: oldest_outbox_age
-- Age in seconds of the oldest unpublished row, null when there is none.
SELECT extract(epoch FROM clock_timestamp() - created_at)::float8 FROM outbox ORDER BY seq LIMIT 1;

-- name: try_session_lock
-- Try to take an advisory lock for the life of this connection.
SELECT pg_try_advisory_lock($1::integer, $2::integer);

-- name: raise_epochs
-- Become the holder of partitions: raise their epochs and learn where to read on. Rows in order, against deadlocks.
INSERT INTO consumer_offset AS held (cluster_id, consumer_group, topic, partition, next_offset, epoch)
SELECT $1, $2, new.topic, new.partition, 0, 1
FROM unnest($3::text[], $4::integer[]) AS new (topic, partition)
ORDER BY new.topic, new.partition
ON CONFLICT ON CONSTRAINT consumer_offset_pk DO UPDATE SET epoch = held.epoch + 1, updated_at = now()
RETURNING topic, partition, next_offset, epoch;

-- name: save_offsets
-- Move the offsets of partitions on, but only under the epochs that this process raised.
UPDATE consumer_offset AS held
SET next_offset = new.next_offset, updated_at = now()
FROM unnest($3::text[], $4::integer[], $5::bigint[], $6::bigint[]) AS new (topic, partition, next_offset, epoch)
WHERE held.cluster_id = $1 AND held.consumer_group = $2 AND held.topic = new.topic
  AND held.partition = new.partition AND held.epoch = new.epoch;

-- name: park_keys
-- Park keys for a consumer group.
INSERT INTO parked_key (consumer_group, key, reason)
SELECT $1, new.key, $3 FROM unnest($2::text[]) AS new (key)
ON CONFLICT ON CONSTRAINT parked_key_pk DO NOTHING;

-- name: parked_among
-- Which of the given keys are parked for a group.
SELECT key FROM parked_key WHERE consumer_group = $1 AND key = ANY($2::text[]);

-- name: any_parked
-- Whether a group has any parked key.
SELECT EXISTS (SELECT FROM parked_key WHERE consumer_group = $1);

-- name: list_parked
-- Parked keys of a group, oldest first.
SELECT key, reason, parked_at FROM parked_key WHERE consumer_group = $1 ORDER BY parked_at, key LIMIT $2;

-- name: unpark_keys
-- Let keys' events through again.
DELETE FROM parked_key WHERE consumer_group = $1 AND key = ANY($2::text[]);

-- name: read_sweep_cursor
-- How far a sweep has come.
SELECT position FROM sweep_cursor WHERE name = $1;

-- name: save_sweep_cursor
-- Remember how far a sweep has come.
INSERT INTO sweep_cursor (name, position) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT sweep_cursor_pk DO UPDATE SET position = EXCLUDED.position, updated_at = now();

-- name: lock_request
-- Let calls with one request id wait for each other until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2));

-- name: read_request
-- The first answer to a request id of a caller and method, with the digests of the request's fields.
SELECT field_digests, answer FROM request_log WHERE caller = $1 AND method = $2 AND request_id = $3;

-- name: insert_request
-- Remember the first answer to a request id.
INSERT INTO request_log (caller, method, request_id, field_digests, answer) VALUES ($1, $2, $3, $4, $5);
