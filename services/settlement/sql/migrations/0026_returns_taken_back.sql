-- A credit that was matched with the wrong returned payment is taken back: the payment is settled again, its yen posted
-- under another transfer.

ALTER TABLE payment_event
    DROP CONSTRAINT payment_event_follows,
    ADD CONSTRAINT payment_event_follows CHECK (
        CASE WHEN number = 1 THEN before_state IS NULL AND state = 'proposed'
        ELSE before_state IS NOT NULL AND (before_state || ' ' || state) IN (
            'proposed instructed', 'proposed abandoned',
            'instructed accepted', 'instructed refused', 'instructed settled', 'instructed abandoned',
            'accepted refused', 'accepted settled', 'accepted abandoned',
            'refused reinstructed', 'refused abandoned',
            'settled returned', 'settled instructed', 'settled accepted',
            'returned reinstructed', 'returned abandoned', 'returned settled'
        ) END
    );

ALTER TABLE payment_unsettled
    DROP CONSTRAINT payment_unsettled_state,
    ADD CONSTRAINT payment_unsettled_state CHECK (state IN ('instructed', 'accepted', 'settled'));

COMMENT ON TABLE payment_unsettled IS 'Payments that a bank''s line was matched with wrongly: their step back, and the transfer that holds or has moved their yen from then on.';
COMMENT ON COLUMN undone_match.transfer_id IS 'The reversal of what the match moved, or for a return the line''s money once more; empty where it moved nothing.';
