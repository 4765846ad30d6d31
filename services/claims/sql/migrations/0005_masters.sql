-- The official master files as they were published; everything that the masters say is derived from them.

CREATE TABLE master_file (
    sha256 text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    full_file boolean NOT NULL,
    published_on date NOT NULL,
    row_count integer NOT NULL,
    csv bytea NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT master_file_pk PRIMARY KEY (sha256),
    CONSTRAINT master_file_kind_known CHECK (kind IN ('b', 'c', 's', 't', 'y', 'z'))
);

COMMENT ON TABLE master_file IS 'Published master files (マスターファイル). Only grows; the state of the masters is a function of its rows.';
COMMENT ON COLUMN master_file.sha256 IS 'Of the CSV''s bytes: equal content is one file, whatever archive it came in.';
COMMENT ON COLUMN master_file.published_on IS 'From that day on the content is known; loaded_at is kept beside it.';
COMMENT ON COLUMN master_file.csv IS 'The CSV''s bytes, compressed with zlib.';

ALTER TABLE master_file ALTER COLUMN csv SET STORAGE EXTERNAL;

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON master_file TO %I', room);
END
$$;
