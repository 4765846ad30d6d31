-- A claim's trace that was raised on the way (an event tried again, a claim announced again) stays raised while it waits.

ALTER TABLE claim_work ADD COLUMN raised boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN claim_work.raised IS 'Whether the claim''s trace was raised on the way; it is never lowered again.';
