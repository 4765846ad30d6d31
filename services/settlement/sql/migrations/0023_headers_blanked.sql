-- A header's password is not kept: files are kept with their headers blanked, under the fingerprint of what came. What an
-- earlier release kept stays as it is. What banks say of our files is kept as the cause of what it led to.

ALTER TABLE statement_file
    ADD COLUMN kept_sha256 bytea,
    DROP CONSTRAINT statement_file_is_its_digest,
    ADD CONSTRAINT statement_file_is_its_digest CHECK (coalesce(kept_sha256, sha256) = sha256(content));

COMMENT ON COLUMN statement_file.content IS 'As the bank sent it, but for headers of ZEDI files, which may hold a password: these are blanked.';
COMMENT ON COLUMN statement_file.kept_sha256 IS 'Of the content where headers of it were blanked; else none, and it is what was sent.';

CREATE TABLE payment_result (
    event_id text COLLATE "C" CONSTRAINT payment_result_pk PRIMARY KEY,
    sha256 bytea NOT NULL CONSTRAINT payment_result_once UNIQUE,
    content bytea NOT NULL,
    kept_sha256 bytea NOT NULL,
    file_id text COLLATE "C" NOT NULL CONSTRAINT payment_result_of_file REFERENCES bank_file,
    taken_by text COLLATE "C" NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT payment_result_is_its_digest CHECK (kept_sha256 = sha256(content)),
    CONSTRAINT payment_result_digest_length CHECK (octet_length(sha256) = 32)
);

COMMENT ON TABLE payment_result IS 'What a bank said of a file (受付結果): the cause of the steps and of the ledger''s resolutions that it led to.';
COMMENT ON COLUMN payment_result.sha256 IS 'Of what came. The headers of what is kept are blanked.';

CREATE TRIGGER payment_result_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_result
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON payment_result TO %I', current_database());
END
$$;

ALTER TABLE payment_unsettled ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_unsettled_record_number UNIQUE;

CREATE TRIGGER payment_unsettled_is_numbered BEFORE INSERT ON payment_unsettled
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();

ALTER TABLE payment_result ADD COLUMN record_number bigint NOT NULL DEFAULT nextval('ledger_number')
    CONSTRAINT payment_result_record_number UNIQUE;

CREATE TRIGGER payment_result_is_numbered BEFORE INSERT ON payment_result
    FOR EACH STATEMENT EXECUTE FUNCTION hold_number_lock();

CREATE OR REPLACE VIEW written_record AS
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
] || CASE WHEN kept_sha256 IS NOT NULL THEN ARRAY[encode(kept_sha256, 'hex')] END)
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
FROM payment_recall
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_unsettled', record_number::text, payment_id, number::text, state, match_id, matched_by, undone_by,
    former_transfer_id, transfer_id
])
FROM payment_unsettled
UNION ALL
SELECT record_number, array_send(ARRAY[
    'payment_result', record_number::text, event_id, encode(sha256, 'hex'), encode(kept_sha256, 'hex'), file_id,
    taken_by, (extract(epoch FROM taken_at) * 1000000)::bigint::text
])
FROM payment_result;
