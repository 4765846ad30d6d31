-- name: insert_advice
-- What a model said of lines that were answered just now.
INSERT INTO advice (
    claim_id, cause_event_id, line, pick, standing, model, prompt_version, logprob, probability, weighed, told_at
)
SELECT n.claim_id, n.cause, n.line, n.pick, n.standing, n.model, n.prompt, n.logprob, n.probability, n.weighed, $11
FROM unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::double precision[],
    $9::double precision[], $10::double precision[]
) AS n (claim_id, cause, line, pick, standing, model, prompt, logprob, probability, weighed);

-- name: confirmed_before
-- What a model confirmed of these requests' lines.
SELECT a.claim_id, a.cause_event_id, a.line, a.pick, a.model, a.prompt_version
FROM unnest($1::text[], $2::text[]) AS asked (claim_id, cause_event_id)
JOIN advice AS a USING (claim_id, cause_event_id)
WHERE a.standing = 'confirmed';
