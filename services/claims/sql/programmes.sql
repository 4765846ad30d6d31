-- name: lock_local_programmes
-- Wait until no other transaction tells local programmes, so that what is told later is known later.
SELECT pg_advisory_xact_lock(hashtext('seikyu.claims.local-programme'), 0);

-- name: insert_local_programmes
-- Keep the rows of numbers, where they are not what was known last; returns the numbers it changed.
INSERT INTO local_programme (number, known_at, content)
SELECT new.number,
    greatest($1, (SELECT max(known.known_at) + interval '1 microsecond' FROM local_programme AS known)),
    new.content
FROM unnest($2::text[], $3::text[]) AS new (number, content)
     LEFT JOIN LATERAL (
         SELECT known.content FROM local_programme AS known
         WHERE known.number = new.number ORDER BY known.known_at DESC LIMIT 1
     ) AS latest ON true
WHERE latest.content IS DISTINCT FROM new.content
ORDER BY new.number
RETURNING number;

-- name: latest_local_programmes
-- When something was told of local programmes last; null before the first.
SELECT max(known_at) AS latest FROM local_programme;

-- name: local_programmes_after
-- What was told of local programmes after an instant, everything after null.
SELECT number, known_at, content FROM local_programme
WHERE $1::timestamptz IS NULL OR known_at > $1
ORDER BY known_at, number;
