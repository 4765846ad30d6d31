-- What hospitals have registered with their regional bureaus, as it was told and when.

CREATE TABLE hospital_registration (
    hospital_code text NOT NULL,
    known_at timestamptz NOT NULL,
    content text NOT NULL,
    CONSTRAINT hospital_registration_pk PRIMARY KEY (hospital_code, known_at)
);

COMMENT ON TABLE hospital_registration IS 'Registrations (届出): facility standards, kind and beds of a hospital. Only grows; the latest of a hospital replaces what was told before.';
COMMENT ON COLUMN hospital_registration.content IS 'Dated facts, a line each: item, value, valid from, valid to; equal texts for equal facts.';

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON hospital_registration TO %I', room);
END
$$;
