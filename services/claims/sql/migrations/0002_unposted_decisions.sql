-- Decisions that settlement was found not to have, and claims of all hospitals in the order of their recording.

CREATE TABLE unposted_decision (
    claim_id text NOT NULL,
    number integer NOT NULL,
    found_at timestamptz NOT NULL,
    announce_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT unposted_decision_pk PRIMARY KEY (claim_id, number)
);

CREATE INDEX unposted_decision_due ON unposted_decision (announce_at);

COMMENT ON TABLE unposted_decision IS 'Decisions announced again until settlement has posted them; normally empty.';

-- A decision's id derives from its claim and number, which are unique: the one index says both. What it cost per claim
-- pays for the index after it, which grows at its end only.
ALTER TABLE decision DROP CONSTRAINT decision_pk;

CREATE INDEX claim_in_order ON claim (recorded_xid, seq);

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON unposted_decision TO %I', room);
END
$$;
