-- Spellings that people teach the coder: who proposed, approved and withdrew them, and what their trial said.

CREATE TABLE synonym (
    synonym_id text NOT NULL,
    spelling text NOT NULL,
    disease_code text NOT NULL,
    number integer NOT NULL,
    proposer text NOT NULL,
    why text NOT NULL,
    source_item text NOT NULL DEFAULT '',
    proposed_at timestamptz NOT NULL,
    CONSTRAINT synonym_pk PRIMARY KEY (synonym_id),
    CONSTRAINT synonym_once UNIQUE (spelling, disease_code, number),
    CONSTRAINT synonym_number_from_one CHECK (number > 0)
);

CREATE INDEX synonym_by_time ON synonym (proposed_at, synonym_id);

COMMENT ON TABLE synonym IS 'A normalised spelling and the disease code that somebody wants it to mean.';
COMMENT ON COLUMN synonym.source_item IS 'The item of the review queue that it was learned from; empty: none.';

CREATE TABLE synonym_approval (
    synonym_id text NOT NULL,
    approver text NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT synonym_approval_pk PRIMARY KEY (synonym_id, approver),
    CONSTRAINT synonym_approval_synonym_fk FOREIGN KEY (synonym_id) REFERENCES synonym (synonym_id)
);

CREATE TABLE synonym_trial (
    synonym_id text NOT NULL,
    asked integer NOT NULL,
    support integer NOT NULL,
    better integer NOT NULL,
    worse integer NOT NULL,
    is_passed boolean NOT NULL,
    master_version text NOT NULL,
    tried_at timestamptz NOT NULL,
    CONSTRAINT synonym_trial_pk PRIMARY KEY (synonym_id),
    CONSTRAINT synonym_trial_synonym_fk FOREIGN KEY (synonym_id) REFERENCES synonym (synonym_id),
    CONSTRAINT synonym_trial_passed_makes_nothing_worse CHECK (NOT is_passed OR (support > 0 AND worse = 0))
);

COMMENT ON TABLE synonym_trial IS 'What the synonym changes of what people decided; one that passed is in force from then on.';

CREATE TABLE synonym_withdrawal (
    synonym_id text NOT NULL,
    withdrawn_by text NOT NULL,
    why text NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    CONSTRAINT synonym_withdrawal_pk PRIMARY KEY (synonym_id),
    CONSTRAINT synonym_withdrawal_synonym_fk FOREIGN KEY (synonym_id) REFERENCES synonym (synonym_id)
);

CREATE VIEW synonym_standing AS
SELECT
    s.synonym_id, s.spelling, s.disease_code, s.number, s.proposer, s.why, s.source_item, s.proposed_at,
    ARRAY(
        SELECT a.approver FROM synonym_approval AS a
        WHERE a.synonym_id = s.synonym_id ORDER BY a.approved_at, a.approver
    ) AS approvers,
    t.asked, t.support, t.better, t.worse,
    coalesce(w.withdrawn_by, '') AS withdrawn_by,
    CASE
        WHEN w.synonym_id IS NOT NULL THEN 'withdrawn'
        WHEN t.synonym_id IS NULL THEN 'proposed'
        WHEN t.is_passed THEN 'in-force'
        ELSE 'failed'
    END AS state
FROM synonym AS s
LEFT JOIN synonym_trial AS t ON t.synonym_id = s.synonym_id
LEFT JOIN synonym_withdrawal AS w ON w.synonym_id = s.synonym_id;

COMMENT ON VIEW synonym_standing IS 'Each synonym as its approvals, its trial and its withdrawal leave it.';

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON synonym, synonym_approval, synonym_trial, synonym_withdrawal TO %I', current_database()
    );
    EXECUTE format('GRANT SELECT ON synonym_standing TO %I', current_database());
END $$;
