-- name: insert_registrations
-- Keep what hospitals have registered, where it is not what was known last; returns the hospitals it changed.
INSERT INTO hospital_registration (hospital_code, known_at, content)
SELECT new.hospital_code, $1, new.content
FROM unnest($2::text[], $3::text[]) AS new (hospital_code, content)
     LEFT JOIN LATERAL (
         SELECT known.content FROM hospital_registration AS known
         WHERE known.hospital_code = new.hospital_code ORDER BY known.known_at DESC LIMIT 1
     ) AS latest ON true
WHERE latest.content IS DISTINCT FROM new.content
ORDER BY new.hospital_code
RETURNING hospital_code;

-- name: latest_registrations
-- Since when the latest registration of each of these hospitals is known, as of an instant.
SELECT asked.hospital_code, latest.known_at
FROM unnest($1::text[]) AS asked (hospital_code)
     CROSS JOIN LATERAL (
         SELECT known.known_at FROM hospital_registration AS known
         WHERE known.hospital_code = asked.hospital_code AND known.known_at <= $2
         ORDER BY known.known_at DESC LIMIT 1
     ) AS latest;

-- name: registrations
-- These registrations.
SELECT known.hospital_code, known.known_at, known.content
FROM hospital_registration AS known
     JOIN unnest($1::text[], $2::timestamptz[]) AS asked (hospital_code, known_at)
         ON asked.hospital_code = known.hospital_code AND asked.known_at = known.known_at;
