-- A reversal reads the requests that hold a spelling page by page: each page goes on in the index where the last one ended,
-- however many claims write the text so.

CREATE INDEX suggestion_by_spelling_and_request ON suggestion (spelling, claim_id, cause_event_id);
DROP INDEX suggestion_by_spelling;
