-- The sum of the migrations, kept by hand; a test says that they agree.

CREATE TABLE answer (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    treatment_month text NOT NULL,
    coder_version text NOT NULL,
    trace_id text NOT NULL,
    completed_at timestamptz NOT NULL,
    sex smallint,
    age_band_years smallint,
    hospital_code text NOT NULL DEFAULT '',
    CONSTRAINT answer_pk PRIMARY KEY (claim_id, cause_event_id),
    CONSTRAINT answer_sex_known CHECK (sex IN (1, 2)),
    CONSTRAINT answer_age_band_of_a_sex CHECK (age_band_years IS NULL OR sex IS NOT NULL)
);

COMMENT ON COLUMN answer.sex IS 'What the request told of the patient; null where nothing was told.';
COMMENT ON COLUMN answer.age_band_years IS 'Ten-year band of the patient''s age; null where nothing was told.';

COMMENT ON COLUMN answer.hospital_code IS 'Who submitted the claim; empty for answers of before.';

CREATE INDEX answer_by_time ON answer (completed_at);

COMMENT ON TABLE answer IS 'One row per request for codes: a request that comes again gets this answer again.';

CREATE TABLE suggestion (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    line integer NOT NULL,
    route text NOT NULL,
    disease_code text NOT NULL,
    modifier_codes text NOT NULL DEFAULT '',
    spelling text NOT NULL DEFAULT '',
    probability double precision,
    candidates jsonb NOT NULL DEFAULT '[]',
    reason text NOT NULL DEFAULT '',
    CONSTRAINT suggestion_pk PRIMARY KEY (claim_id, cause_event_id, line),
    CONSTRAINT suggestion_answer_fk FOREIGN KEY (claim_id, cause_event_id) REFERENCES answer (claim_id, cause_event_id),
    CONSTRAINT suggestion_line_positive CHECK (line > 0),
    CONSTRAINT suggestion_route_known
        CHECK (route IN ('exact', 'decomposed', 'ranked', 'review', 'not-a-diagnosis', 'unresolved')),
    CONSTRAINT suggestion_code_on_its_routes
        CHECK ((route IN ('exact', 'decomposed', 'ranked', 'review')) = (disease_code <> '')),
    CONSTRAINT suggestion_modifiers_of_a_code
        CHECK (modifier_codes ~ '^([0-9]{4}){0,20}$' AND (modifier_codes = '' OR disease_code <> '')),
    CONSTRAINT suggestion_probability_is_one CHECK (probability BETWEEN 0 AND 1)
);

CREATE INDEX suggestion_by_spelling_and_request ON suggestion (spelling, claim_id, cause_event_id);

COMMENT ON COLUMN suggestion.modifier_codes IS 'Codes of four digits, one after the other as in the SY record.';
COMMENT ON COLUMN suggestion.spelling IS 'The normalised text, screened before it came here; empty for answers of before.';
COMMENT ON COLUMN suggestion.candidates IS 'What the text may mean, best first: [{"code", "p", "found_by"}].';
COMMENT ON COLUMN suggestion.reason IS 'What speaks against an automatic code: a gate or a refusal of verification.';
COMMENT ON TABLE suggestion IS 'The code found for one uncoded diagnosis, or that none was, and what was seen then.';

CREATE TABLE revision (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    revision integer NOT NULL,
    cause text NOT NULL,
    coder_version text NOT NULL,
    trace_id text NOT NULL,
    completed_at timestamptz NOT NULL,
    CONSTRAINT revision_pk PRIMARY KEY (claim_id, cause_event_id, revision),
    CONSTRAINT revision_answer_fk FOREIGN KEY (claim_id, cause_event_id) REFERENCES answer (claim_id, cause_event_id),
    CONSTRAINT revision_after_the_answer CHECK (revision > 0),
    CONSTRAINT revision_cause_known CHECK (cause IN ('recoded', 'reviewed', 'reversed'))
);

COMMENT ON TABLE revision IS 'A later decision on an answered request; numbers follow each other, the highest is in force.';

CREATE TABLE revision_line (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    revision integer NOT NULL,
    line integer NOT NULL,
    route text NOT NULL,
    disease_code text NOT NULL,
    modifier_codes text NOT NULL,
    spelling text NOT NULL,
    probability double precision,
    candidates jsonb NOT NULL,
    reason text NOT NULL,
    CONSTRAINT revision_line_pk PRIMARY KEY (claim_id, cause_event_id, line, revision),
    CONSTRAINT revision_line_revision_fk
        FOREIGN KEY (claim_id, cause_event_id, revision) REFERENCES revision (claim_id, cause_event_id, revision),
    CONSTRAINT revision_line_suggestion_fk
        FOREIGN KEY (claim_id, cause_event_id, line) REFERENCES suggestion (claim_id, cause_event_id, line),
    CONSTRAINT revision_line_route_known
        CHECK (
            route IN ('exact', 'decomposed', 'ranked', 'review', 'not-a-diagnosis', 'unresolved', 'reviewed')
        ),
    CONSTRAINT revision_line_code_on_its_routes
        CHECK (
            route = 'reviewed' OR (route IN ('exact', 'decomposed', 'ranked', 'review')) = (disease_code <> '')
        ),
    CONSTRAINT revision_line_modifiers_of_a_code
        CHECK (modifier_codes ~ '^([0-9]{4}){0,20}$' AND (modifier_codes = '' OR disease_code <> '')),
    CONSTRAINT revision_line_probability_is_one CHECK (probability BETWEEN 0 AND 1)
);

COMMENT ON TABLE revision_line IS
'A line that a revision changed; a line stands as its highest revision has it, else as its suggestion.';

CREATE TABLE review_item (
    item_id text NOT NULL,
    kind text NOT NULL,
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    line integer NOT NULL,
    treatment_month text NOT NULL,
    traceparent text NOT NULL,
    model_view jsonb,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    assignee text NOT NULL DEFAULT '',
    leased_until timestamptz,
    skipped_by text[] NOT NULL DEFAULT '{}',
    escalated_by text[] NOT NULL DEFAULT '{}',
    decisions integer NOT NULL DEFAULT 0,
    resolved_at timestamptz,
    CONSTRAINT review_item_pk PRIMARY KEY (item_id),
    CONSTRAINT review_item_once UNIQUE (claim_id, cause_event_id, line, kind),
    CONSTRAINT review_item_suggestion_fk
        FOREIGN KEY (claim_id, cause_event_id, line) REFERENCES suggestion (claim_id, cause_event_id, line),
    CONSTRAINT review_item_kind_known CHECK (kind IN ('uncoded', 'double-check')),
    CONSTRAINT review_item_due_later CHECK (due_at >= opened_at),
    CONSTRAINT review_item_lease_of_somebody CHECK ((assignee = '') = (leased_until IS NULL))
) WITH (fillfactor = 70);

CREATE INDEX review_item_waiting ON review_item (due_at, item_id) WHERE resolved_at IS NULL;
CREATE INDEX review_item_resolved ON review_item (due_at, item_id) WHERE resolved_at IS NOT NULL;
CREATE INDEX review_item_held ON review_item (assignee) WHERE assignee <> '';

COMMENT ON TABLE review_item IS
'A line that a person decides, one row per line and kind; what was seen of it stands in its suggestion.';
COMMENT ON COLUMN review_item.model_view IS 'What the adviser said of it: {"pick": code or "none", "model"}; null where none was asked.';
COMMENT ON COLUMN review_item.leased_until IS 'Until when nobody else gets it; a lease that is over is as none.';
COMMENT ON COLUMN review_item.skipped_by IS 'Whom it is not offered to again.';
COMMENT ON COLUMN review_item.escalated_by IS 'Who asked for a second person, and may not decide it.';
COMMENT ON COLUMN review_item.resolved_at IS 'When a person decided it last, or when coding anew made it need none.';

CREATE TABLE review_step (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    item_id text NOT NULL,
    step text NOT NULL,
    reviewer text NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL DEFAULT '',
    CONSTRAINT review_step_pk PRIMARY KEY (seq),
    CONSTRAINT review_step_item_fk FOREIGN KEY (item_id) REFERENCES review_item (item_id),
    CONSTRAINT review_step_known CHECK (step IN ('taken', 'released', 'skipped', 'escalated', 'recoded'))
);

CREATE INDEX review_step_of_item ON review_step (item_id, seq);

COMMENT ON TABLE review_step IS 'Who took, gave back, skipped or escalated an item, and when. Only grows; nobody where it was coded anew.';

CREATE TABLE review_decision (
    item_id text NOT NULL,
    number integer NOT NULL,
    outcome text NOT NULL,
    disease_code text NOT NULL,
    modifier_codes text NOT NULL,
    candidate integer NOT NULL,
    why text NOT NULL,
    reviewer text NOT NULL,
    decided_at timestamptz NOT NULL,
    revision integer NOT NULL,
    CONSTRAINT review_decision_pk PRIMARY KEY (item_id, number),
    CONSTRAINT review_decision_item_fk FOREIGN KEY (item_id) REFERENCES review_item (item_id),
    CONSTRAINT review_decision_outcome_known CHECK (outcome IN ('coded', 'not-codable', 'no-diagnosis')),
    CONSTRAINT review_decision_code_when_coded CHECK ((outcome = 'coded') = (disease_code <> '')),
    CONSTRAINT review_decision_modifiers_of_a_code
        CHECK (modifier_codes ~ '^([0-9]{4}){0,20}$' AND (modifier_codes = '' OR disease_code <> '')),
    CONSTRAINT review_decision_candidate_or_none CHECK (candidate >= 0)
);

COMMENT ON TABLE review_decision IS 'What a person decided, and why. Only grows: a later number replaces an earlier one.';
COMMENT ON COLUMN review_decision.candidate IS 'Place of the code among the candidates, from 1; 0: it was none of them.';
COMMENT ON COLUMN review_decision.revision IS 'The number under which the request was announced again.';

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

CREATE VIEW standing_line AS
SELECT
    s.claim_id, s.cause_event_id, s.line,
    coalesce(l.route, s.route) AS route,
    coalesce(l.disease_code, s.disease_code) AS disease_code,
    coalesce(l.modifier_codes, s.modifier_codes) AS modifier_codes,
    coalesce(l.spelling, s.spelling) AS spelling,
    CASE WHEN l.line IS NULL THEN s.probability ELSE l.probability END AS probability,
    coalesce(l.candidates, s.candidates) AS candidates,
    coalesce(l.reason, s.reason) AS reason,
    coalesce(l.coder_version, a.coder_version) AS coder_version
FROM suggestion AS s
JOIN answer AS a USING (claim_id, cause_event_id)
LEFT JOIN LATERAL (
    SELECT n.*, r.coder_version
    FROM revision_line AS n
    JOIN revision AS r USING (claim_id, cause_event_id, revision)
    WHERE n.claim_id = s.claim_id AND n.cause_event_id = s.cause_event_id AND n.line = s.line
    ORDER BY n.revision DESC
    LIMIT 1
) AS l ON TRUE;

COMMENT ON VIEW standing_line IS 'Each line as its highest revision has it, else as first answered, and by which coder.';

CREATE TABLE reversal (
    reversal_id text NOT NULL,
    spelling text NOT NULL,
    disease_code text NOT NULL,
    instead text NOT NULL,
    instead_code text NOT NULL,
    instead_modifiers text NOT NULL,
    why text NOT NULL,
    reversed_by text NOT NULL,
    reversed_at timestamptz NOT NULL,
    CONSTRAINT reversal_pk PRIMARY KEY (reversal_id),
    CONSTRAINT reversal_instead_known CHECK (instead IN ('coded', 'not-codable', 'no-diagnosis')),
    CONSTRAINT reversal_code_when_coded CHECK ((instead = 'coded') = (instead_code <> ''))
);

COMMENT ON TABLE reversal IS 'That one automatic code of one spelling was taken back, by whom and why.';

CREATE TABLE reversal_line (
    reversal_id text NOT NULL,
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    line integer NOT NULL,
    revision integer NOT NULL,
    CONSTRAINT reversal_line_pk PRIMARY KEY (claim_id, cause_event_id, line, revision),
    CONSTRAINT reversal_line_reversal_fk FOREIGN KEY (reversal_id) REFERENCES reversal (reversal_id),
    CONSTRAINT reversal_line_revision_fk
        FOREIGN KEY (claim_id, cause_event_id, line, revision)
        REFERENCES revision_line (claim_id, cause_event_id, line, revision)
);

CREATE INDEX reversal_line_of_reversal ON reversal_line (reversal_id);

CREATE TABLE advice (
    claim_id text NOT NULL,
    cause_event_id text NOT NULL,
    line integer NOT NULL,
    pick text NOT NULL,
    standing text NOT NULL,
    model text NOT NULL,
    prompt_version text NOT NULL,
    logprob double precision,
    probability double precision NOT NULL,
    weighed double precision NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT advice_pk PRIMARY KEY (claim_id, cause_event_id, line),
    CONSTRAINT advice_suggestion_fk
        FOREIGN KEY (claim_id, cause_event_id, line) REFERENCES suggestion (claim_id, cause_event_id, line),
    CONSTRAINT advice_pick_is_a_code_or_none CHECK (pick ~ '^([0-9]{7}|none)$'),
    CONSTRAINT advice_standing_known CHECK (standing IN ('confirmed', 'preferred_another', 'none_fits')),
    CONSTRAINT advice_none_fits_nothing CHECK ((standing = 'none_fits') = (pick = 'none')),
    CONSTRAINT advice_takes_nothing_away CHECK (probability BETWEEN 0 AND weighed AND weighed <= 1)
);

COMMENT ON TABLE advice IS 'What a model said of a line before it was answered. Silence leaves no row. Only grows.';
COMMENT ON COLUMN advice.pick IS 'The candidate that it picked, or none. Never the code that was given because of it.';
COMMENT ON COLUMN advice.logprob IS 'Of the answer, as the server tells it; null where it tells none.';
COMMENT ON COLUMN advice.probability IS 'That the ranker''s first candidate is right, without the model.';
COMMENT ON COLUMN advice.weighed IS 'The same with its word, by what confirming was measured to be worth.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON answer, suggestion, revision, revision_line TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON review_item, review_step, review_decision TO %I', current_database());
    EXECUTE format(
        'GRANT UPDATE (assignee, leased_until, skipped_by, escalated_by, decisions, resolved_at, model_view)'
        ' ON review_item TO %I', current_database()
    );
    EXECUTE format(
        'GRANT SELECT, INSERT ON synonym, synonym_approval, synonym_trial, synonym_withdrawal TO %I', current_database()
    );
    EXECUTE format('GRANT SELECT ON synonym_standing TO %I', current_database());
    EXECUTE format('GRANT SELECT ON standing_line TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON reversal, reversal_line TO %I', current_database());
    EXECUTE format('GRANT SELECT, INSERT ON advice TO %I', current_database());
END $$;
