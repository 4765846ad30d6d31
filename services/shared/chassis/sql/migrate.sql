-- name: lock_migrations
-- One migrator at a time per database.
SELECT pg_advisory_xact_lock(hashtext('seikyu.migrate'));

-- name: create_schema_migration
-- The table that remembers what was applied.
CREATE TABLE IF NOT EXISTS schema_migration (
    room text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT schema_migration_pk PRIMARY KEY (room, number)
);

-- name: applied_migrations
-- What was applied in a room.
SELECT number, name, sha256 FROM schema_migration WHERE room = $1 ORDER BY number;

-- name: insert_migration
-- Remember one migration.
INSERT INTO schema_migration (room, number, name, sha256) VALUES ($1, $2, $3, $4);
