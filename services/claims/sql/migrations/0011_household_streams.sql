-- Households' statements are made without being asked for, and each payer has a numbered stream of its own.

CREATE TABLE household_due (
    span smallint NOT NULL,
    since text NOT NULL,
    household text NOT NULL,
    payer_number text NOT NULL,
    CONSTRAINT household_due_pk PRIMARY KEY (span, since, household),
    CONSTRAINT household_due_span_known CHECK (span IN (1, 2))
);

COMMENT ON TABLE household_due IS 'Households whose month or year is to be stated again; a row is deleted in the transaction that states.';

CREATE TABLE household_stream (
    payer_number text NOT NULL,
    next_sequence bigint NOT NULL DEFAULT 1,
    published_sequence bigint NOT NULL DEFAULT 0,
    CONSTRAINT household_stream_pk PRIMARY KEY (payer_number),
    CONSTRAINT household_stream_published_is_stated CHECK (published_sequence BETWEEN 0 AND next_sequence - 1)
) WITH (fillfactor = 50);

COMMENT ON TABLE household_stream IS 'How many statements a payer has, and how many of them stand on its topic.';

ALTER TABLE household_statement ADD COLUMN sequence bigint, ADD COLUMN traceparent text;

UPDATE household_statement AS stated SET sequence = placed.sequence
FROM (
    SELECT version_id, row_number() OVER (PARTITION BY payer_number ORDER BY recorded_xid, seq) AS sequence
    FROM household_statement
) AS placed
WHERE placed.version_id = stated.version_id;

INSERT INTO household_stream (payer_number, next_sequence)
SELECT payer_number, count(*) + 1 FROM household_statement GROUP BY payer_number;

ALTER TABLE household_statement ALTER COLUMN sequence SET NOT NULL;
ALTER TABLE household_statement ADD CONSTRAINT household_statement_sequence_once UNIQUE (payer_number, sequence);

COMMENT ON COLUMN household_statement.sequence IS 'From 1, without gap for each payer: the order on its topic.';
COMMENT ON COLUMN household_statement.traceparent IS 'Of the transaction that stated; nothing for versions of earlier releases.';

-- Under the lock of the payer's stream, so that the order of sequences is the order of commits.
CREATE FUNCTION number_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO household_stream AS stream (payer_number, next_sequence) VALUES (NEW.payer_number, 2)
    ON CONFLICT ON CONSTRAINT household_stream_pk DO UPDATE SET next_sequence = stream.next_sequence + 1
    RETURNING next_sequence - 1 INTO NEW.sequence;
    RETURN NEW;
END
$$;

CREATE TRIGGER household_statement_is_numbered BEFORE INSERT ON household_statement
    FOR EACH ROW EXECUTE FUNCTION number_statement();

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON household_due TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON household_stream TO %I', room);
END
$$;
