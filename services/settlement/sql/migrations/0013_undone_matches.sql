-- Matches that people took back. What was matched stays told; it counts no more.

CREATE TABLE undone_match (
    match_id text COLLATE "C" CONSTRAINT undone_match_pk PRIMARY KEY
        CONSTRAINT undone_match_of_match REFERENCES line_match,
    transfer_id text COLLATE "C" NOT NULL,
    undone_by text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    undone_at timestamptz NOT NULL
);

COMMENT ON COLUMN undone_match.transfer_id IS 'The reversal of what the match moved; empty where it moved nothing.';

CREATE TRIGGER undone_match_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON undone_match
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE VIEW known_match AS
SELECT m.*, NOT EXISTS (SELECT FROM undone_match AS u WHERE u.match_id = m.match_id) AS stands FROM line_match AS m;

-- No yen of a line is matched twice; what was taken back is free again. The caller holds the row of the account.
CREATE OR REPLACE FUNCTION refuse_matched_twice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM known_match AS m JOIN bank_line AS l USING (line_id)
        WHERE m.line_id IN (SELECT line_id FROM inserted) AND m.stands
        GROUP BY l.line_id, l.yen HAVING sum(m.yen) > l.yen
    ) THEN
        RAISE EXCEPTION 'more is matched than the line has'
            USING ERRCODE = '23514', CONSTRAINT = 'line_match_within_line';
    END IF;
    RETURN NULL;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON undone_match TO %I', current_database());
    EXECUTE format('GRANT SELECT ON known_match TO %I', current_database());
END
$$;
