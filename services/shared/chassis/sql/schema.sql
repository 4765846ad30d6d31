-- The sum of the chassis' migrations, kept by hand; a test says that they agree.

CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pk PRIMARY KEY,
    shard smallint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    subject text NOT NULL,
    traceparent text NOT NULL,
    time timestamptz NOT NULL,
    extra_headers text,
    value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);

COMMENT ON TABLE outbox IS 'Announcements committed and not yet acknowledged by the broker; near-empty while the relay runs.';

CREATE TABLE consumer_offset (
    cluster_id text NOT NULL,
    consumer_group text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT consumer_offset_pk PRIMARY KEY (cluster_id, consumer_group, topic, partition),
    CONSTRAINT consumer_offset_next_offset_not_negative CHECK (next_offset >= 0)
) WITH (fillfactor = 50);

COMMENT ON COLUMN consumer_offset.epoch IS 'Raised by each new holder of the partition; a batch that names an older one is rolled back.';

CREATE TABLE parked_key (
    consumer_group text NOT NULL,
    key text NOT NULL,
    reason text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT parked_key_pk PRIMARY KEY (consumer_group, key)
);

COMMENT ON TABLE parked_key IS 'Keys with a dead-lettered event: their later events go the same way until a person has looked.';

CREATE TABLE request_log (
    caller text NOT NULL,
    method text NOT NULL,
    request_id text NOT NULL,
    field_digests text NOT NULL,
    answer bytea NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT request_log_pk PRIMARY KEY (caller, method, request_id)
);

COMMENT ON TABLE request_log IS 'Answers of operator commands: same id and content, same answer. Digests of the request only.';

CREATE TABLE sweep_cursor (
    name text NOT NULL,
    position text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sweep_cursor_pk PRIMARY KEY (name)
);

COMMENT ON TABLE sweep_cursor IS 'How far each periodic sweep has come.';

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON outbox TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON consumer_offset TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON parked_key TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON request_log TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON sweep_cursor TO %I', current_database());
END
$$;
