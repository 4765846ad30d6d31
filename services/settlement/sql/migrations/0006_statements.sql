-- Calendars and fees as data, the close of months step by step, and the statements that come of it. All of it only grows.

CREATE TABLE payment_calendar (
    payer_number text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    closes_on date NOT NULL,
    due_on date NOT NULL,
    pays_on date NOT NULL,
    mark text COLLATE "C" NOT NULL,
    source text NOT NULL,
    loaded_by text COLLATE "C" NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT payment_calendar_pk PRIMARY KEY (payer_number, period, version),
    CONSTRAINT payment_calendar_payer CHECK (payer_number ~ '^([0-9]{6}|[0-9]{8}|\*)$'),
    CONSTRAINT payment_calendar_period CHECK (period ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    CONSTRAINT payment_calendar_version_positive CHECK (version > 0),
    CONSTRAINT payment_calendar_closes_first CHECK (closes_on <= due_on AND closes_on <= pays_on)
);

COMMENT ON TABLE payment_calendar IS 'Of each payer, or * for all without a row, the days of a claim month; the highest version holds.';

CREATE TABLE review_fee (
    authority text COLLATE "C" NOT NULL,
    since text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    price_sen bigint NOT NULL,
    rounding text COLLATE "C" NOT NULL,
    mark text COLLATE "C" NOT NULL,
    source text NOT NULL,
    loaded_by text COLLATE "C" NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT review_fee_pk PRIMARY KEY (authority, since, version),
    CONSTRAINT review_fee_authority CHECK (authority ~ '^(1|2|2[0-9]{2})$'),
    CONSTRAINT review_fee_since CHECK (since ~ '^[0-9]{4}(0[1-9]|1[0-2])$'),
    CONSTRAINT review_fee_version_positive CHECK (version > 0),
    CONSTRAINT review_fee_price_not_negative CHECK (price_sen >= 0),
    CONSTRAINT review_fee_rounding_known CHECK (rounding IN ('down', 'half_up', 'up'))
);

COMMENT ON TABLE review_fee IS 'What a review authority is paid per receipt from a claim month on, in 1/100 yen; 2 holds for every 2xx without a row.';

CREATE TABLE period_close (
    period text COLLATE "C" CONSTRAINT period_close_pk PRIMARY KEY,
    is_early boolean NOT NULL,
    opened_by text COLLATE "C" NOT NULL,
    traceparent text COLLATE "C" NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT period_close_period CHECK (period ~ '^[0-9]{4}(0[1-9]|1[0-2])$')
);

CREATE TABLE period_cut (
    period text COLLATE "C" NOT NULL CONSTRAINT period_cut_of_period REFERENCES period_close,
    account_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    cut_version bigint NOT NULL,
    cut_sequence bigint NOT NULL,
    receipts bigint NOT NULL,
    price_sen bigint NOT NULL,
    fee_yen bigint NOT NULL,
    closes_on date NOT NULL,
    due_on date NOT NULL,
    pays_on date NOT NULL,
    cut_at timestamptz NOT NULL,
    CONSTRAINT period_cut_pk PRIMARY KEY (period, account_id),
    CONSTRAINT period_cut_kind_known CHECK (kind IN ('payer', 'hospital') AND starts_with(account_id, kind || ':')),
    CONSTRAINT period_cut_places_not_negative CHECK (cut_version >= 0 AND cut_sequence >= 0),
    CONSTRAINT period_cut_hospital_has_no_fee CHECK (kind = 'payer' OR (cut_sequence, receipts, fee_yen) = (0, 0, 0))
);

COMMENT ON TABLE period_cut IS 'Up to which entry, and which event, of an account a month goes; what comes later is of a later month.';

CREATE TABLE period_head (
    period text COLLATE "C" CONSTRAINT period_head_pk PRIMARY KEY CONSTRAINT period_head_of_period REFERENCES period_close,
    transfers_block bigint NOT NULL,
    transfers_sha256 text COLLATE "C" NOT NULL,
    events_block bigint NOT NULL,
    events_sha256 text COLLATE "C" NOT NULL,
    files_block bigint NOT NULL,
    files_sha256 text COLLATE "C" NOT NULL,
    taken_at timestamptz NOT NULL
);

COMMENT ON TABLE period_head IS 'Heads of the chains once every account was cut; they stand on all statements of the month.';

CREATE TABLE statement (
    statement_id text COLLATE "C" CONSTRAINT statement_pk PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    cut_version bigint NOT NULL,
    cut_sequence bigint NOT NULL,
    open_version bigint NOT NULL,
    open_sequence bigint NOT NULL,
    opening_yen bigint NOT NULL,
    claims_yen bigint NOT NULL,
    adjustments_yen bigint NOT NULL,
    fees_yen bigint NOT NULL,
    paid_yen bigint NOT NULL,
    closing_yen bigint NOT NULL,
    ahead_yen bigint NOT NULL,
    brought_yen bigint NOT NULL,
    payable_yen bigint NOT NULL,
    carried_yen bigint NOT NULL,
    due_on date NOT NULL,
    pays_on date NOT NULL,
    lines bigint NOT NULL,
    csv_sha256 text COLLATE "C" NOT NULL,
    pdf_sha256 text COLLATE "C" NOT NULL,
    transfers_block bigint NOT NULL,
    transfers_sha256 text COLLATE "C" NOT NULL,
    events_block bigint NOT NULL,
    events_sha256 text COLLATE "C" NOT NULL,
    files_block bigint NOT NULL,
    files_sha256 text COLLATE "C" NOT NULL,
    issued_at timestamptz NOT NULL,
    CONSTRAINT statement_once UNIQUE (account_id, period),
    CONSTRAINT statement_of_cut FOREIGN KEY (period, account_id) REFERENCES period_cut (period, account_id),
    CONSTRAINT statement_adds_up CHECK (
        closing_yen = opening_yen + claims_yen + adjustments_yen + fees_yen + paid_yen
    ),
    CONSTRAINT statement_nets CHECK (
        CASE kind
            WHEN 'payer' THEN carried_yen = payable_yen + brought_yen + claims_yen + adjustments_yen + fees_yen
            ELSE carried_yen = -payable_yen + brought_yen + claims_yen + adjustments_yen + fees_yen
        END
    ),
    CONSTRAINT statement_payable_not_negative CHECK (payable_yen >= 0),
    CONSTRAINT statement_carries_what_cannot_be_paid CHECK (
        CASE kind WHEN 'payer' THEN carried_yen >= 0 ELSE carried_yen <= 0 END AND (payable_yen = 0 OR carried_yen = 0)
    ),
    CONSTRAINT statement_digests CHECK (csv_sha256 ~ '^[0-9a-f]{64}$' AND pdf_sha256 ~ '^[0-9a-f]{64}$')
);

CREATE INDEX statement_period ON statement (period, account_id);

COMMENT ON TABLE statement IS 'An account''s month as it was told. Yen are the account''s: positive is owed to its holder.';
COMMENT ON COLUMN statement.open_version IS 'The first entry up to the cut that no statement holds, or the one after the cut.';
COMMENT ON COLUMN statement.closing_yen IS 'What all statements so far add up to: the balance at the cut without ahead_yen.';
COMMENT ON COLUMN statement.ahead_yen IS 'Entries up to the cut that belong to later months.';
COMMENT ON COLUMN statement.brought_yen IS 'carried_yen of the statement before.';
COMMENT ON COLUMN statement.payable_yen IS 'What is paid for this statement, by the payer until due_on or to the hospital on pays_on; never negative.';
COMMENT ON COLUMN statement.carried_yen IS 'A net that cannot be paid (the hospital owes, the payer is owed): netted in the next statement.';

-- A statement says what the ledger says, and goes on where the one before ended, or it is not written.
CREATE FUNCTION refuse_wrong_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_balance bigint;
    v_former record;
BEGIN
    SELECT balance_after INTO v_balance FROM entry WHERE account_id = NEW.account_id AND version = NEW.cut_version;
    IF coalesce(v_balance, 0) <> NEW.closing_yen + NEW.ahead_yen OR (v_balance IS NULL AND NEW.cut_version > 0) THEN
        RAISE EXCEPTION 'a statement differs from the ledger'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_equals_ledger';
    END IF;
    SELECT closing_yen, carried_yen, period, cut_version, cut_sequence INTO v_former FROM statement
    WHERE account_id = NEW.account_id ORDER BY period DESC LIMIT 1;
    IF (coalesce(v_former.closing_yen, 0), coalesce(v_former.carried_yen, 0)) <> (NEW.opening_yen, NEW.brought_yen)
        OR v_former.period >= NEW.period OR v_former.cut_version > NEW.cut_version
        OR v_former.cut_sequence > NEW.cut_sequence
    THEN
        RAISE EXCEPTION 'a statement does not go on where the one before ended'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_goes_on';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER statement_is_right BEFORE INSERT ON statement FOR EACH ROW EXECUTE FUNCTION refuse_wrong_statement();

CREATE TABLE period_closed (
    period text COLLATE "C" CONSTRAINT period_closed_pk PRIMARY KEY
        CONSTRAINT period_closed_of_period REFERENCES period_close,
    payers integer NOT NULL,
    hospitals integer NOT NULL,
    payable_by_payers_yen bigint NOT NULL,
    payable_to_hospitals_yen bigint NOT NULL,
    closed_at timestamptz NOT NULL
);

CREATE TRIGGER payment_calendar_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_calendar
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER review_fee_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON review_fee
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_close_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_close
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_cut_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_cut
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_head_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER period_closed_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_closed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON payment_calendar, review_fee, period_close, period_cut, period_head, statement,'
        ' period_closed TO %I',
        current_database()
    );
END
$$;
