-- What banks say of the platform's accounts: files with their bytes, statements, lines, and what each line was matched
-- with. Everything here only grows, but for where an account stands.

CREATE TABLE statement_file (
    file_id text COLLATE "C" CONSTRAINT statement_file_pk PRIMARY KEY,
    sha256 bytea NOT NULL CONSTRAINT statement_file_once UNIQUE,
    source text NOT NULL,
    content bytea NOT NULL,
    imported_by text COLLATE "C" NOT NULL,
    imported_at timestamptz NOT NULL,
    CONSTRAINT statement_file_is_its_digest CHECK (sha256 = sha256(content)),
    CONSTRAINT statement_file_source CHECK (source IN ('03', '01', 'camt.052', 'camt.054'))
);

COMMENT ON COLUMN statement_file.content IS 'As the bank sent it; the header of a ZEDI file may hold a password, so it is read by nobody.';

CREATE TABLE bank_account (
    account text COLLATE "C" CONSTRAINT bank_account_pk PRIMARY KEY,
    opening_yen bigint NOT NULL,
    begins_on date NOT NULL,
    until date NOT NULL,
    lines bigint NOT NULL,
    balance_yen bigint NOT NULL,
    CONSTRAINT bank_account_digits CHECK (account ~ '^[0-9]{15}$'),
    CONSTRAINT bank_account_not_below_zero CHECK (opening_yen >= 0 AND balance_yen >= 0)
);

COMMENT ON TABLE bank_account IS 'Where the lines of an account stand: the one row here that moves on, with each statement.';

CREATE TABLE bank_statement (
    file_id text COLLATE "C" NOT NULL CONSTRAINT bank_statement_of_file REFERENCES statement_file,
    number integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    made_on date NOT NULL,
    since date NOT NULL,
    until date NOT NULL,
    opening_yen bigint,
    in_yen bigint NOT NULL,
    out_yen bigint NOT NULL,
    closing_yen bigint,
    lines integer NOT NULL,
    new_lines integer NOT NULL,
    matched_lines integer NOT NULL,
    queued_lines integer NOT NULL,
    days_not_told integer NOT NULL,
    first_new bigint,
    CONSTRAINT bank_statement_pk PRIMARY KEY (file_id, number),
    CONSTRAINT bank_statement_span CHECK (since <= until),
    CONSTRAINT bank_statement_proves CHECK (opening_yen + in_yen - out_yen = closing_yen)
);

COMMENT ON COLUMN bank_statement.first_new IS 'Position of the first line that it brought; none where it brought none. Balances are none in a notice.';

CREATE TABLE bank_line (
    line_id text COLLATE "C" CONSTRAINT bank_line_pk PRIMARY KEY,
    account text COLLATE "C" NOT NULL CONSTRAINT bank_line_of_account REFERENCES bank_account,
    position bigint NOT NULL,
    file_id text COLLATE "C" NOT NULL CONSTRAINT bank_line_of_file REFERENCES statement_file,
    record integer NOT NULL,
    booked date NOT NULL,
    valued date,
    direction text NOT NULL,
    yen bigint NOT NULL,
    balance_before bigint NOT NULL,
    balance_after bigint NOT NULL,
    dealing text COLLATE "C" NOT NULL,
    inquiry_number text COLLATE "C" NOT NULL,
    remitter_code text COLLATE "C" NOT NULL,
    remitter text NOT NULL,
    from_bank text NOT NULL,
    from_branch text NOT NULL,
    narrative text NOT NULL,
    edi text NOT NULL,
    content_sha256 bytea NOT NULL,
    verdict text NOT NULL,
    CONSTRAINT bank_line_position UNIQUE (account, position),
    CONSTRAINT bank_line_direction CHECK (direction IN ('in', 'out')),
    CONSTRAINT bank_line_yen_positive CHECK (yen > 0),
    CONSTRAINT bank_line_balance CHECK (
        balance_after = balance_before + CASE direction WHEN 'in' THEN yen ELSE -yen END
    )
);

COMMENT ON COLUMN bank_line.verdict IS 'At import: the rule that matched it, or why it went to the queue.';

CREATE INDEX bank_line_booked ON bank_line (account, booked);
CREATE INDEX bank_line_remitter ON bank_line (remitter_code, remitter);

-- Each line begins with the balance that the one before it left, the first with the account's opening balance.
CREATE FUNCTION refuse_broken_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inserted AS n
        JOIN bank_account AS a USING (account)
        LEFT JOIN bank_line AS b ON b.account = n.account AND b.position = n.position - 1
        WHERE n.balance_before IS DISTINCT FROM CASE n.position WHEN 1 THEN a.opening_yen ELSE b.balance_after END
    ) THEN
        RAISE EXCEPTION 'a line does not begin where the one before it ended'
            USING ERRCODE = '23514', CONSTRAINT = 'bank_line_continues';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER bank_line_continues AFTER INSERT ON bank_line REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_broken_balance();

CREATE TABLE line_match (
    match_id text COLLATE "C" CONSTRAINT line_match_pk PRIMARY KEY,
    line_id text COLLATE "C" NOT NULL CONSTRAINT line_match_of_line REFERENCES bank_line,
    rule text NOT NULL,
    purpose text NOT NULL,
    target text COLLATE "C" NOT NULL,
    statement_id text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    matched_by text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    matched_at timestamptz NOT NULL,
    CONSTRAINT line_match_yen_positive CHECK (yen > 0),
    CONSTRAINT line_match_purpose CHECK (purpose IN ('payer', 'payment', 'return', 'refund', 'own'))
);

COMMENT ON TABLE line_match IS 'What a line, or a part of its yen, was matched with, by which rule or person; what is not matched is in the queue.';
COMMENT ON COLUMN line_match.transfer_id IS 'The transfer that moved it; empty where payments moved by themselves, or nothing did.';

CREATE INDEX line_match_line ON line_match (line_id);
CREATE INDEX line_match_statement ON line_match (statement_id) WHERE statement_id <> '';

-- No yen of a line is matched twice. The caller holds the row of the account.
CREATE FUNCTION refuse_matched_twice() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM line_match AS m JOIN bank_line AS l USING (line_id)
        WHERE m.line_id IN (SELECT line_id FROM inserted)
        GROUP BY l.line_id, l.yen HAVING sum(m.yen) > l.yen
    ) THEN
        RAISE EXCEPTION 'more is matched than the line has'
            USING ERRCODE = '23514', CONSTRAINT = 'line_match_within_line';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER line_match_within_line AFTER INSERT ON line_match REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_matched_twice();

CREATE TABLE credit_notice (
    notice_id text COLLATE "C" CONSTRAINT credit_notice_pk PRIMARY KEY,
    file_id text COLLATE "C" NOT NULL CONSTRAINT credit_notice_of_file REFERENCES statement_file,
    record integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    booked date NOT NULL,
    yen bigint NOT NULL,
    is_cancelled boolean NOT NULL,
    remitter_code text COLLATE "C" NOT NULL,
    remitter text NOT NULL,
    edi text NOT NULL,
    CONSTRAINT credit_notice_yen_positive CHECK (yen > 0)
);

COMMENT ON TABLE credit_notice IS 'Money that a bank announced (振込入金通知); it moves nothing before a statement shows it.';

CREATE INDEX credit_notice_account ON credit_notice (account, booked);

CREATE TABLE payment_recall (
    recall_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    payment_id text COLLATE "C" NOT NULL,
    state text NOT NULL,
    answer_by date NOT NULL,
    reason text NOT NULL,
    done_by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT payment_recall_pk PRIMARY KEY (recall_id, number),
    CONSTRAINT payment_recall_state CHECK (state IN ('requested', 'sent', 'refused', 'returned'))
);

COMMENT ON TABLE payment_recall IS '組戻 of a payment: its states one after the other; the last one holds.';

CREATE INDEX payment_recall_payment ON payment_recall (payment_id);

CREATE TRIGGER statement_file_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_statement_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_line_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER line_match_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON line_match
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_notice_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_recall_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_recall
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON statement_file, bank_account, bank_statement, bank_line, line_match, credit_notice,'
        ' payment_recall TO %I',
        current_database()
    );
    EXECUTE format('GRANT UPDATE (until, lines, balance_yen) ON bank_account TO %I', current_database());
END
$$;
