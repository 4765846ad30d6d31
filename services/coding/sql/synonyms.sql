-- name: lock_spelling
-- Nobody else changes synonyms of this spelling before the transaction is over.
SELECT pg_advisory_xact_lock(hashtextextended('coding.synonym.' || $1::text, 0));

-- name: synonyms_of_spelling
-- All of one spelling, the oldest first.
SELECT * FROM synonym_standing WHERE spelling = $1::text ORDER BY proposed_at, synonym_id;

-- name: find_synonym
-- One synonym as it stands.
SELECT * FROM synonym_standing WHERE synonym_id = $1::text;

-- name: list_synonyms
-- A page of synonyms after a position, the oldest first; of one state, or of all where it is empty.
SELECT * FROM synonym_standing
WHERE (proposed_at, synonym_id) > ($1::timestamptz, $2::text) AND ($3::text = '' OR state = $3::text)
ORDER BY proposed_at, synonym_id
LIMIT $4::integer;

-- name: counting_synonyms
-- Those in force, by spelling.
SELECT * FROM synonym_standing WHERE state = 'in-force' ORDER BY spelling;

-- name: generation_of_synonyms
-- A number that rises with every synonym that comes into force or is withdrawn.
SELECT (SELECT count(*) FROM synonym_trial WHERE is_passed) + (SELECT count(*) FROM synonym_withdrawal);

-- name: decided_spellings
-- What people decided last of each item whose spelling holds this one, the youngest first.
SELECT g.spelling, d.disease_code
FROM review_item AS i
INNER JOIN suggestion AS g USING (claim_id, cause_event_id, line)
INNER JOIN review_decision AS d ON d.item_id = i.item_id AND d.number = i.decisions
WHERE i.resolved_at IS NOT NULL AND position($1::text IN g.spelling) > 0
ORDER BY d.decided_at DESC, d.item_id
LIMIT $2::integer;

-- name: insert_synonym
-- A new proposal.
INSERT INTO synonym (synonym_id, spelling, disease_code, number, proposer, why, source_item, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: insert_approval
-- One person's approval.
INSERT INTO synonym_approval (synonym_id, approver, approved_at) VALUES ($1, $2, $3);

-- name: insert_trial
-- What the trial said.
INSERT INTO synonym_trial (synonym_id, asked, support, better, worse, is_passed, master_version, tried_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: insert_withdrawal
-- It counts no more.
INSERT INTO synonym_withdrawal (synonym_id, withdrawn_by, why, withdrawn_at) VALUES ($1, $2, $3, $4);
