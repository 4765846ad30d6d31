-- Indices of a ledger that grows by ids without order: each transfer touches as few pages as can be, however many stand.
-- See docs/adr for what was measured.

ALTER TABLE transfer
    DROP CONSTRAINT transfer_reverses_another,
    DROP CONSTRAINT transfer_pk,
    ALTER COLUMN transfer_id SET NOT NULL,
    ADD CONSTRAINT transfer_once EXCLUDE USING hash (transfer_id WITH =);

COMMENT ON CONSTRAINT transfer_once ON transfer IS 'Each id once, by an index of digests: a third of one of texts.';

DROP INDEX transfer_claim;

CREATE INDEX transfer_found ON transfer USING brin (
    claim_id text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.001),
    trace_id text_bloom_ops (n_distinct_per_range = 1000, false_positive_rate = 0.001)
) WITH (pages_per_range = 32, autosummarize = on);

COMMENT ON INDEX transfer_found IS 'Finds the few pages on which a claim or a trace may stand; made after the fact, so that posting pays nothing.';
