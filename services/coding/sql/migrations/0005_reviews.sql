-- Lines that a person has to decide, who holds them, what was done with them and what was decided.

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
    CONSTRAINT review_item_kind_known CHECK (kind IN ('uncoded')),
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

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON review_item, review_step, review_decision TO %I', current_database());
    EXECUTE format(
        'GRANT UPDATE (assignee, leased_until, skipped_by, escalated_by, decisions, resolved_at, model_view)'
        ' ON review_item TO %I', current_database()
    );
END $$;
