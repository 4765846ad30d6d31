-- name: known_periods
-- per asked member (by position, from 1) the periods known at the given moment, or known at all where it is null
SELECT asked.position::integer AS position, known.*
FROM unnest($1::text[], $2::timestamptz[]) WITH ORDINALITY AS asked (member_key, as_known, position)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (c.person, c.valid_from)
        c.branch, c.sex, c.birth_digest, c.valid_from, c.valid_to, c.preschool_last_month, c.elderly_first_month,
        c.late_elderly_first_month, c.copay_class, c.limit_category, c.next_payer, c.recorded_at
    FROM coverage AS c
    WHERE c.member_key = asked.member_key AND c.recorded_at <= coalesce(asked.as_known, 'infinity')
    ORDER BY c.person, c.valid_from, c.recorded_at DESC
) AS known;

-- name: lock_coverage
-- one import at a time, so that each compares with what is really known
SELECT pg_advisory_xact_lock(hashtextextended('eligibility.coverage', 0));

-- name: insert_coverage
-- record the offered periods that differ from the last recorded ones
INSERT INTO coverage (
    recorded_at, payer_number, member_key, person, branch, sex, birth_digest, valid_from, valid_to,
    preschool_last_month, elderly_first_month, late_elderly_first_month, copay_class, limit_category, next_payer
)
SELECT $1, offered.*
FROM unnest(
    $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::date[], $9::date[],
    $10::integer[], $11::integer[], $12::integer[], $13::smallint[], $14::smallint[], $15::text[]
) AS offered (
    payer_number, member_key, person, branch, sex, birth_digest, valid_from, valid_to,
    preschool_last_month, elderly_first_month, late_elderly_first_month, copay_class, limit_category, next_payer
)
LEFT JOIN LATERAL (
    SELECT c.* FROM coverage AS c
    WHERE c.member_key = offered.member_key AND c.person = offered.person AND c.valid_from = offered.valid_from
    ORDER BY c.recorded_at DESC LIMIT 1
) AS last ON true
WHERE last.member_key IS NULL
    OR (last.sex, last.birth_digest, last.valid_to, last.copay_class, last.limit_category, last.next_payer)
        IS DISTINCT FROM (
            offered.sex, offered.birth_digest, offered.valid_to, offered.copay_class, offered.limit_category,
            offered.next_payer
        );

-- name: insert_determinations
-- keep answers; returns the causes that had none yet
INSERT INTO determination_log (cause_event_id, claim_id, treatment_month, answer, determined_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[])
ON CONFLICT ON CONSTRAINT determination_log_pkey DO NOTHING
RETURNING cause_event_id;

-- name: first_answers
-- the answers already given to these causes
SELECT answer FROM determination_log WHERE cause_event_id = ANY ($1::text[]);
