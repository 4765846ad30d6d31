-- name: insert_outbox
-- Store announcements in the given order and learn their sequence numbers.
INSERT INTO outbox (shard, topic, key, event_id, type, source, subject, traceparent, time, extra_headers, value)
SELECT row.shard, row.topic, row.key, row.event_id, row.type, row.source, row.subject, row.traceparent, row.time,
       row.extra_headers, row.value
FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::timestamptz[], $10::text[], $11::bytea[])
     WITH ORDINALITY
     AS row (shard, topic, key, event_id, type, source, subject, traceparent, time, extra_headers, value, place)
ORDER BY row.place
RETURNING seq;

-- name: notify_outbox
-- Tell the process that owns the shards that rows were committed here.
SELECT pg_notify('outbox', '');
