-- The chain of records: whatever was written once and stood in no chain. Its rows are numbered as transfers are, those of
-- the last release in the order in which they lie.

ALTER TABLE sealed_block
    DROP CONSTRAINT sealed_block_chain_known,
    ADD CONSTRAINT sealed_block_chain_known CHECK (
        chain IN ('transfers', 'events', 'files', 'statements', 'records')
    );

COMMENT ON COLUMN sealed_block.first_number IS 'Of transfers and records: the ledger numbers it covers. Of others: its place among what was sealed before.';

COMMENT ON SEQUENCE ledger_number IS 'Numbers whatever is sealed by its number, in one row: what is written about transfers, and records.';

ALTER TABLE posted_decision ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT posted_decision_record_number UNIQUE;
ALTER TABLE later_decision ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT later_decision_record_number UNIQUE;
ALTER TABLE payee ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payee_record_number UNIQUE;
ALTER TABLE payee_confirmation ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payee_confirmation_record_number UNIQUE;
ALTER TABLE payment_batch ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_batch_record_number UNIQUE;
ALTER TABLE payment_approval ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_approval_record_number UNIQUE;
ALTER TABLE payment ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_record_number UNIQUE;
ALTER TABLE payment_event ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_event_record_number UNIQUE;
ALTER TABLE bank_file ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_file_record_number UNIQUE;
ALTER TABLE bank_file_batch ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_file_batch_record_number UNIQUE;
ALTER TABLE payment_calendar ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_calendar_record_number UNIQUE;
ALTER TABLE review_fee ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT review_fee_record_number UNIQUE;
ALTER TABLE period_close ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_close_record_number UNIQUE;
ALTER TABLE period_cut ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_cut_record_number UNIQUE;
ALTER TABLE period_head ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_head_record_number UNIQUE;
ALTER TABLE period_closed ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT period_closed_record_number UNIQUE;
ALTER TABLE receipt_read ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT receipt_read_record_number UNIQUE;
ALTER TABLE statement_file ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT statement_file_record_number UNIQUE;
ALTER TABLE bank_statement ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_statement_record_number UNIQUE;
ALTER TABLE bank_line ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT bank_line_record_number UNIQUE;
ALTER TABLE line_match ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT line_match_record_number UNIQUE;
ALTER TABLE undone_match ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT undone_match_record_number UNIQUE;
ALTER TABLE credit_notice ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT credit_notice_record_number UNIQUE;
ALTER TABLE payment_recall ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_recall_record_number UNIQUE;

-- Whoever takes a number holds the shared lock until its end, so that the sealer knows whose numbers are still open.
CREATE FUNCTION hold_number_lock() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('seikyu.ledger-number'), 0);
    RETURN NULL;
END
$$;

CREATE TRIGGER posted_decision_is_numbered BEFORE INSERT ON posted_decision
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER later_decision_is_numbered BEFORE INSERT ON later_decision
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payee_is_numbered BEFORE INSERT ON payee
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payee_confirmation_is_numbered BEFORE INSERT ON payee_confirmation
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_batch_is_numbered BEFORE INSERT ON payment_batch
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_approval_is_numbered BEFORE INSERT ON payment_approval
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_is_numbered BEFORE INSERT ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_event_is_numbered BEFORE INSERT ON payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_file_is_numbered BEFORE INSERT ON bank_file
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_file_batch_is_numbered BEFORE INSERT ON bank_file_batch
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_calendar_is_numbered BEFORE INSERT ON payment_calendar
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER review_fee_is_numbered BEFORE INSERT ON review_fee
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_close_is_numbered BEFORE INSERT ON period_close
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_cut_is_numbered BEFORE INSERT ON period_cut
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_head_is_numbered BEFORE INSERT ON period_head
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER period_closed_is_numbered BEFORE INSERT ON period_closed
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER receipt_read_is_numbered BEFORE INSERT ON receipt_read
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER statement_file_is_numbered BEFORE INSERT ON statement_file
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_statement_is_numbered BEFORE INSERT ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER bank_line_is_numbered BEFORE INSERT ON bank_line
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER line_match_is_numbered BEFORE INSERT ON line_match
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER undone_match_is_numbered BEFORE INSERT ON undone_match
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER credit_notice_is_numbered BEFORE INSERT ON credit_notice
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();
CREATE TRIGGER payment_recall_is_numbered BEFORE INSERT ON payment_recall
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();

-- Every record by its number, in the form that is sealed. The check of the ledger has a list of its own.
CREATE VIEW written_record AS
SELECT record_number AS number, array_send(ARRAY[
    'posted_decision', record_number::text, decision_id, claim_id, claim_month, encode(content_sha256, 'hex'),
    payer_numbers::text, points::text, yen::text, (extract(epoch FROM posted_at) * 1000000)::bigint::text,
    patient_yen::text, reduced_yen::text
]) AS form
FROM posted_decision
UNION ALL
SELECT record_number, array_send(ARRAY[
    'later_decision', record_number::text, claim_id, number::text, decision_id, cause, cause_event_id,
    (extract(epoch FROM posted_at) * 1000000)::bigint::text
])
FROM later_decision
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payee', record_number::text, hospital_code, version::text, bank, branch, account_type, account_number,
    account_name, banks_of, is_assigned::text, proposed_by, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
])
FROM payee
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payee_confirmation', record_number::text, hospital_code, version::text, proposed_by, confirmed_by,
    (extract(epoch FROM confirmed_at) * 1000000)::bigint::text
])
FROM payee_confirmation
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_batch', record_number::text, batch_id, period, number::text, to_char(pays_on, 'YYYYMMDD'), account_id,
    remitter_code, remitter_name, payments::text, total_yen::text, encode(content_sha256, 'hex'), proposed_by,
    traceparent, (extract(epoch FROM proposed_at) * 1000000)::bigint::text
])
FROM payment_batch
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_approval', record_number::text, batch_id, proposed_by, encode(content_sha256, 'hex'), approved_by,
    (extract(epoch FROM approved_at) * 1000000)::bigint::text
])
FROM payment_approval
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment', record_number::text, payment_id, batch_id, place::text, hospital_code, statement_id, attempt::text,
    yen::text, reference, payee_version::text, transfer_id, former_payment_id, former_event_number::text,
    former_state, former_attempt::text, reinstructs, account_id
])
FROM payment
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_event', record_number::text, payment_id, number::text, state, before_number::text, before_state, cause,
    reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
])
FROM payment_event
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_file', record_number::text, file_id, form, encode(sha256, 'hex'), payments::text, total_yen::text,
    released_by, (extract(epoch FROM released_at) * 1000000)::bigint::text
])
FROM bank_file
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_file_batch', record_number::text, batch_id, file_id, place::text
])
FROM bank_file_batch
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_calendar', record_number::text, payer_number, period, version::text, to_char(closes_on, 'YYYYMMDD'),
    to_char(due_on, 'YYYYMMDD'), to_char(pays_on, 'YYYYMMDD'), mark, source, loaded_by,
    (extract(epoch FROM loaded_at) * 1000000)::bigint::text
])
FROM payment_calendar
UNION ALL
SELECT record_number, array_send(ARRAY[
    'review_fee', record_number::text, authority, since, version::text, price_sen::text, rounding, mark, source,
    loaded_by, (extract(epoch FROM loaded_at) * 1000000)::bigint::text
])
FROM review_fee
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_close', record_number::text, period, is_early::text, opened_by, traceparent,
    (extract(epoch FROM opened_at) * 1000000)::bigint::text
])
FROM period_close
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_cut', record_number::text, period, account_id, kind, cut_version::text, cut_sequence::text,
    receipts::text, price_sen::text, fee_yen::text, to_char(closes_on, 'YYYYMMDD'), to_char(due_on, 'YYYYMMDD'),
    to_char(pays_on, 'YYYYMMDD'), (extract(epoch FROM cut_at) * 1000000)::bigint::text
])
FROM period_cut
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_head', record_number::text, period, transfers_block::text, transfers_sha256, events_block::text,
    events_sha256, files_block::text, files_sha256, (extract(epoch FROM taken_at) * 1000000)::bigint::text
])
FROM period_head
UNION ALL
SELECT record_number, array_send(ARRAY[
    'period_closed', record_number::text, period, payers::text, hospitals::text, payable_by_payers_yen::text,
    payable_to_hospitals_yen::text, (extract(epoch FROM closed_at) * 1000000)::bigint::text
])
FROM period_closed
UNION ALL
SELECT record_number, array_send(ARRAY[
    'receipt_read', record_number::text, place::text, read_id, payer_number, read_by, reader, claim_id, reason,
    given::text, (extract(epoch FROM read_at) * 1000000)::bigint::text, trace_id
])
FROM receipt_read
UNION ALL
SELECT record_number, array_send(ARRAY[
    'statement_file', record_number::text, file_id, encode(sha256, 'hex'), source, imported_by,
    (extract(epoch FROM imported_at) * 1000000)::bigint::text
])
FROM statement_file
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_statement', record_number::text, file_id, number::text, account, to_char(made_on, 'YYYYMMDD'),
    to_char(since, 'YYYYMMDD'), to_char(until, 'YYYYMMDD'), opening_yen::text, in_yen::text, out_yen::text,
    closing_yen::text, lines::text, new_lines::text, matched_lines::text, queued_lines::text, days_not_told::text,
    first_new::text
])
FROM bank_statement
UNION ALL
SELECT record_number, array_send(ARRAY[
    'bank_line', record_number::text, line_id, account, position::text, file_id, record::text,
    to_char(booked, 'YYYYMMDD'), to_char(valued, 'YYYYMMDD'), direction, yen::text, balance_before::text,
    balance_after::text, dealing, inquiry_number, remitter_code, remitter, from_bank, from_branch, narrative, edi,
    encode(content_sha256, 'hex'), verdict
])
FROM bank_line
UNION ALL
SELECT record_number, array_send(ARRAY[
    'line_match', record_number::text, match_id, line_id, rule, purpose, target, statement_id, yen::text, transfer_id,
    matched_by, reason, (extract(epoch FROM matched_at) * 1000000)::bigint::text
])
FROM line_match
UNION ALL
SELECT record_number, array_send(ARRAY[
    'undone_match', record_number::text, match_id, transfer_id, undone_by, reason,
    (extract(epoch FROM undone_at) * 1000000)::bigint::text
])
FROM undone_match
UNION ALL
SELECT record_number, array_send(ARRAY[
    'credit_notice', record_number::text, notice_id, file_id, record::text, account, to_char(booked, 'YYYYMMDD'),
    yen::text, is_cancelled::text, remitter_code, remitter, edi
])
FROM credit_notice
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_recall', record_number::text, recall_id, number::text, payment_id, state, to_char(answer_by, 'YYYYMMDD'),
    reason, done_by, (extract(epoch FROM at) * 1000000)::bigint::text
])
FROM payment_recall;

-- Seals the records of the next numbers, at most so many numbers, up to one; how many records. The caller knows that no
-- number up to there is still open.
CREATE FUNCTION seal_records(p_upto bigint, p_most bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    v_last sealed_block;
    v_first bigint;
    v_reached bigint;
    v_rows bigint;
    v_content bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.records'), 0);
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'records' ORDER BY number DESC LIMIT 1;
    SELECT r.number INTO v_first FROM written_record AS r
    WHERE r.number > coalesce(v_last.last_number, 0) AND r.number <= p_upto ORDER BY r.number LIMIT 1;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    v_reached := least(v_first + p_most - 1, p_upto);
    SELECT count(*), sha256(string_agg(r.form, ''::bytea ORDER BY r.number, r.form)) INTO v_rows, v_content
    FROM written_record AS r WHERE r.number BETWEEN v_first AND v_reached;
    PERFORM append_block(
        'records', coalesce(v_last.number, 0) + 1, coalesce(v_last.last_number, 0) + 1, v_reached, v_rows, v_content,
        coalesce(v_last.head_sha256, ''::bytea), p_at
    );
    RETURN v_rows;
END
$$;

REVOKE ALL ON FUNCTION seal_records FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SEQUENCE ledger_number TO %I', current_database());
    EXECUTE format('GRANT SELECT ON written_record TO %I', current_database());
    EXECUTE format('GRANT EXECUTE ON FUNCTION seal_records TO %I', current_database());
END
$$;
