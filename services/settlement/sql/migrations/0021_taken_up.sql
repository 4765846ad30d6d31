-- Statements that a hospital's balance does not cover go into its next one (繰入), which is paid in their stead.

CREATE TABLE period_taken_up (
    statement_id text COLLATE "C" CONSTRAINT period_taken_up_pk PRIMARY KEY,
    period text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    CONSTRAINT period_taken_up_at_cut FOREIGN KEY (period, account_id) REFERENCES period_cut (period, account_id),
    CONSTRAINT period_taken_up_of_statement FOREIGN KEY (statement_id, account_id, yen)
        REFERENCES statement (statement_id, account_id, payable_yen),
    CONSTRAINT period_taken_up_of_hospital CHECK (starts_with(account_id, 'hospital:')),
    CONSTRAINT period_taken_up_yen_positive CHECK (yen > 0)
);

CREATE INDEX period_taken_up_cut ON period_taken_up (period, account_id);

COMMENT ON TABLE period_taken_up IS 'Unpaid statements that a cut took up: never paid themselves, their yen are brought into the statement of the cut.';
COMMENT ON COLUMN period_taken_up.period IS 'The month whose statement of the account is paid in their stead.';

-- Only what no payment pays is taken up, by a later statement that is not issued yet. Whoever proposes payments waits.
CREATE FUNCTION refuse_taking_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.payments'), 0);
    IF EXISTS (
        SELECT FROM inserted AS n
        CROSS JOIN LATERAL (
            SELECT e.state FROM payment AS p LEFT JOIN payment_event AS e USING (payment_id)
            WHERE p.statement_id = n.statement_id ORDER BY p.attempt DESC, e.number DESC NULLS LAST LIMIT 1
        ) AS f
        WHERE f.state IS DISTINCT FROM 'abandoned'
    ) THEN
        RAISE EXCEPTION 'a payment pays a statement that would be taken up'
            USING ERRCODE = '23514', CONSTRAINT = 'period_taken_up_unpaid';
    END IF;
    IF EXISTS (
        SELECT FROM inserted AS n
        JOIN statement AS s
            ON s.account_id = n.account_id
            AND (s.period = n.period OR (s.statement_id = n.statement_id AND s.period > n.period))
    ) THEN
        RAISE EXCEPTION 'a statement is taken up by a later one, before that is issued'
            USING ERRCODE = '23514', CONSTRAINT = 'period_taken_up_by_a_later';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER period_taken_up_is_right AFTER INSERT ON period_taken_up REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_taking_up();

CREATE FUNCTION refuse_paying_taken_up() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.payments'), 0);
    IF EXISTS (SELECT FROM inserted AS n JOIN period_taken_up AS t USING (statement_id)) THEN
        RAISE EXCEPTION 'a statement that was taken up is not paid'
            USING ERRCODE = '23514', CONSTRAINT = 'payment_of_statement_not_taken_up';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER payment_not_of_taken_up AFTER INSERT ON payment REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_paying_taken_up();

CREATE TRIGGER period_taken_up_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON period_taken_up
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

COMMENT ON COLUMN statement.brought_yen IS 'carried_yen of the statement before, and what this one takes up.';

-- As before; what a statement brings is also what it takes up.
CREATE OR REPLACE FUNCTION refuse_wrong_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_balance bigint;
    v_taken_up bigint;
    v_former record;
BEGIN
    SELECT balance_after INTO v_balance FROM entry WHERE account_id = NEW.account_id AND version = NEW.cut_version;
    IF coalesce(v_balance, 0) <> NEW.closing_yen + NEW.ahead_yen OR (v_balance IS NULL AND NEW.cut_version > 0) THEN
        RAISE EXCEPTION 'a statement differs from the ledger'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_equals_ledger';
    END IF;
    SELECT coalesce(sum(yen), 0) INTO v_taken_up FROM period_taken_up
    WHERE period = NEW.period AND account_id = NEW.account_id;
    SELECT closing_yen, carried_yen, period, cut_version, cut_sequence INTO v_former FROM statement
    WHERE account_id = NEW.account_id ORDER BY period DESC LIMIT 1;
    IF (coalesce(v_former.closing_yen, 0), coalesce(v_former.carried_yen, 0) + v_taken_up)
            <> (NEW.opening_yen, NEW.brought_yen)
        OR v_former.period >= NEW.period OR v_former.cut_version > NEW.cut_version
        OR v_former.cut_sequence > NEW.cut_sequence
    THEN
        RAISE EXCEPTION 'a statement does not go on where the one before ended'
            USING ERRCODE = '23514', CONSTRAINT = 'statement_goes_on';
    END IF;
    RETURN NEW;
END
$$;

-- As before; of a statement that takes others up, their ids and yen follow.
CREATE OR REPLACE FUNCTION seal_statements(p_statement_ids text[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_last sealed_block;
    v_number bigint;
    v_rows bigint;
    v_content bytea;
BEGIN
    IF cardinality(p_statement_ids) = 0 THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('seikyu.chain.statements'), 0);
    SELECT * INTO v_last FROM sealed_block WHERE chain = 'statements' ORDER BY number DESC LIMIT 1;
    v_number := coalesce(v_last.number, 0) + 1;
    INSERT INTO sealed_statement (statement_id, number) SELECT u.id, v_number FROM unnest(p_statement_ids) AS u (id);
    SELECT count(*), sha256(string_agg(array_send(ARRAY[
        'statement', s.statement_id, s.account_id, s.kind, s.period, s.cut_version::text, s.cut_sequence::text,
        s.open_version::text, s.open_sequence::text, s.opening_yen::text, s.claims_yen::text, s.adjustments_yen::text,
        s.fees_yen::text, s.paid_yen::text, s.closing_yen::text, s.ahead_yen::text, s.brought_yen::text,
        s.payable_yen::text, s.carried_yen::text, to_char(s.due_on, 'YYYYMMDD'), to_char(s.pays_on, 'YYYYMMDD'),
        s.lines::text, s.csv_sha256, s.pdf_sha256, s.transfers_block::text, s.transfers_sha256, s.events_block::text,
        s.events_sha256, s.files_block::text, s.files_sha256, (extract(epoch FROM s.issued_at) * 1000000)::bigint::text
    ] || CASE WHEN s.layout > 1 THEN ARRAY[
        s.layout::text, s.patient_yen::text, s.reduced_yen::text, s.patient_unknown_lines::text
    ] END || (
        SELECT array_agg(u.value ORDER BY t.statement_id, u.place)
        FROM period_taken_up AS t
        CROSS JOIN LATERAL unnest(ARRAY['taken up', t.statement_id, t.yen::text]) WITH ORDINALITY AS u (value, place)
        WHERE t.period = s.period AND t.account_id = s.account_id
    )), ''::bytea ORDER BY s.statement_id))
    INTO v_rows, v_content
    FROM statement AS s WHERE s.statement_id = ANY (p_statement_ids);
    PERFORM append_block(
        'statements', v_number, coalesce(v_last.last_number, 0) + 1, coalesce(v_last.last_number, 0) + v_rows, v_rows,
        v_content, coalesce(v_last.head_sha256, ''::bytea), p_at
    );
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON period_taken_up TO %I', current_database());
END
$$;
