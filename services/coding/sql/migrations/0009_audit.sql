-- Automatic codes that are looked at once more, and those that somebody took back: who, why, and which lines.

ALTER TABLE review_item
DROP CONSTRAINT review_item_kind_known,
ADD CONSTRAINT review_item_kind_known CHECK (kind IN ('uncoded', 'double-check'));

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

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON reversal, reversal_line TO %I', current_database());
END $$;
