-- What local programmes leave to patients, as it was told and when.

CREATE TABLE local_programme (
    number text NOT NULL,
    known_at timestamptz NOT NULL,
    content text NOT NULL,
    CONSTRAINT local_programme_pk PRIMARY KEY (number, known_at)
);

CREATE INDEX local_programme_in_order ON local_programme (known_at, number);

COMMENT ON TABLE local_programme IS 'Local programmes (地方単独事業) by 法別番号 or the beginning of a 負担者番号. Only grows; the latest of a number replaces what was told before.';
COMMENT ON COLUMN local_programme.content IS 'The number''s rows, a line each, with the treatment months in which they hold; equal texts for equal rows.';

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON local_programme TO %I', room);
END
$$;
