-- What a language model said of a line, and what its word came to.
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
    EXECUTE format('GRANT SELECT, INSERT ON advice TO %I', current_database());
END $$;
