-- What is open, kept by the database beside the tables that only grow: what is asked every minute and at every import
-- reads this, not all that there ever was. Triggers write it, also for processes of the former release, and nobody else
-- may. A partial index cannot say it: whether a payment is open stands in the rows after its own. `ledger verify` holds
-- each of these tables against all that it is made of.

CREATE TABLE payment_in_transit (
    payment_id text COLLATE "C" CONSTRAINT payment_in_transit_pk PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    pays_on date NOT NULL
);

COMMENT ON TABLE payment_in_transit IS 'Payments that the bank was told of and that no statement of the bank has shown.';
COMMENT ON COLUMN payment_in_transit.account IS 'The 15 digits of the platform''s account that is debited.';

CREATE TABLE waiting_line (
    line_id text COLLATE "C" CONSTRAINT waiting_line_pk PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    booked date NOT NULL,
    open_yen bigint NOT NULL,
    CONSTRAINT waiting_line_position UNIQUE (account, position)
);

COMMENT ON TABLE waiting_line IS 'Lines of which yen are matched with nothing (the queue), and how many.';

CREATE TABLE owed_statement (
    statement_id text COLLATE "C" CONSTRAINT owed_statement_pk PRIMARY KEY,
    payer_number text COLLATE "C" NOT NULL,
    due_on date NOT NULL,
    open_yen bigint NOT NULL
);

COMMENT ON TABLE owed_statement IS 'Payers'' statements of which other yen came in than were asked.';
COMMENT ON COLUMN owed_statement.open_yen IS 'Still to come; below 0 where more came than was asked.';

CREATE TABLE bank_account_sum (
    account text COLLATE "C" NOT NULL,
    what text COLLATE "C" NOT NULL,
    yen bigint NOT NULL,
    CONSTRAINT bank_account_sum_pk PRIMARY KEY (account, what),
    CONSTRAINT bank_account_sum_known CHECK (
        what IN ('in', 'out', 'payer', 'return', 'payment', 'refund', 'own_in', 'own_out')
    )
) WITH (fillfactor = 50);

COMMENT ON TABLE bank_account_sum IS 'What an account''s lines come to by direction, and what of them is matched by purpose.';

CREATE FUNCTION follow_payment_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    DELETE FROM payment_in_transit AS t USING (
        SELECT DISTINCT ON (payment_id) payment_id, state FROM inserted ORDER BY payment_id, number DESC
    ) AS n
    WHERE t.payment_id = n.payment_id AND n.state NOT IN ('instructed', 'accepted');
    INSERT INTO payment_in_transit (payment_id, account, yen, pays_on)
    SELECT p.payment_id, substr(b.account_id, 6), p.yen, b.pays_on
    FROM (
        SELECT DISTINCT ON (payment_id) payment_id, state FROM inserted ORDER BY payment_id, number DESC
    ) AS n
    JOIN payment AS p USING (payment_id)
    JOIN payment_batch AS b USING (batch_id)
    WHERE n.state IN ('instructed', 'accepted')
    ON CONFLICT ON CONSTRAINT payment_in_transit_pk DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER payment_event_followed AFTER INSERT ON payment_event REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_payment_events();

CREATE FUNCTION follow_bank_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    INSERT INTO waiting_line (line_id, account, position, booked, open_yen)
    SELECT line_id, account, position, booked, yen FROM inserted;
    INSERT INTO bank_account_sum AS s (account, what, yen)
    SELECT account, direction, sum(yen) FROM inserted GROUP BY account, direction ORDER BY account, direction
    ON CONFLICT ON CONSTRAINT bank_account_sum_pk DO UPDATE SET yen = s.yen + excluded.yen;
    RETURN NULL;
END
$$;

CREATE TRIGGER bank_line_followed AFTER INSERT ON bank_line REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_bank_lines();

-- Adds the yen of matches, or takes them off again (-1). Sums are stepped, never set, so that of two who match at once
-- each adds its own; a line of which more would be matched than it has refuses the second.
CREATE FUNCTION follow_matches(p_match_ids text[], p_sign integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_lines text[];
BEGIN
    v_lines := array(SELECT DISTINCT line_id FROM line_match WHERE match_id = ANY (p_match_ids) ORDER BY 1);
    INSERT INTO waiting_line AS w (line_id, account, position, booked, open_yen)
    SELECT l.line_id, l.account, l.position, l.booked, -p_sign * sum(m.yen)
    FROM line_match AS m JOIN bank_line AS l USING (line_id)
    WHERE m.match_id = ANY (p_match_ids) GROUP BY l.line_id ORDER BY l.line_id
    ON CONFLICT ON CONSTRAINT waiting_line_pk DO UPDATE SET open_yen = w.open_yen + excluded.open_yen;
    IF EXISTS (SELECT FROM waiting_line WHERE line_id = ANY (v_lines) AND open_yen < 0) THEN
        RAISE EXCEPTION 'more is matched than the line has'
            USING ERRCODE = '23514', CONSTRAINT = 'line_match_within_line';
    END IF;
    DELETE FROM waiting_line WHERE line_id = ANY (v_lines) AND open_yen = 0;
    INSERT INTO owed_statement AS o (statement_id, payer_number, due_on, open_yen)
    SELECT s.statement_id, substr(s.account_id, 7), s.due_on, -p_sign * sum(m.yen)
    FROM line_match AS m JOIN statement AS s USING (statement_id)
    WHERE m.match_id = ANY (p_match_ids) AND m.purpose = 'payer' AND s.kind = 'payer' AND s.payable_yen > 0
    GROUP BY s.statement_id ORDER BY s.statement_id
    ON CONFLICT ON CONSTRAINT owed_statement_pk DO UPDATE SET open_yen = o.open_yen + excluded.open_yen;
    DELETE FROM owed_statement
    WHERE open_yen = 0
        AND statement_id IN (SELECT statement_id FROM line_match WHERE match_id = ANY (p_match_ids));
    INSERT INTO bank_account_sum AS s (account, what, yen)
    SELECT l.account, CASE m.purpose WHEN 'own' THEN 'own_' || l.direction ELSE m.purpose END AS what,
        p_sign * sum(m.yen)
    FROM line_match AS m JOIN bank_line AS l USING (line_id)
    WHERE m.match_id = ANY (p_match_ids) GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT bank_account_sum_pk DO UPDATE SET yen = s.yen + excluded.yen;
END
$$;

CREATE FUNCTION follow_new_matches() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    PERFORM follow_matches(array(SELECT match_id FROM inserted), 1);
    RETURN NULL;
END
$$;

CREATE TRIGGER line_match_followed AFTER INSERT ON line_match REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_new_matches();

CREATE FUNCTION follow_undone_matches() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    PERFORM follow_matches(array(SELECT match_id FROM inserted), -1);
    RETURN NULL;
END
$$;

CREATE TRIGGER undone_match_followed AFTER INSERT ON undone_match REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_undone_matches();

CREATE FUNCTION follow_statements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    INSERT INTO owed_statement (statement_id, payer_number, due_on, open_yen)
    SELECT statement_id, substr(account_id, 7), due_on, payable_yen FROM inserted
    WHERE kind = 'payer' AND payable_yen > 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_followed AFTER INSERT ON statement REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION follow_statements();

-- What stands already. The triggers made above have locked out whoever writes until this is committed.

INSERT INTO payment_in_transit (payment_id, account, yen, pays_on)
SELECT p.payment_id, substr(b.account_id, 6), p.yen, b.pays_on
FROM (SELECT DISTINCT ON (payment_id) payment_id, state FROM payment_event ORDER BY payment_id, number DESC) AS e
JOIN payment AS p USING (payment_id)
JOIN payment_batch AS b USING (batch_id)
WHERE e.state IN ('instructed', 'accepted');

INSERT INTO waiting_line (line_id, account, position, booked, open_yen)
SELECT l.line_id, l.account, l.position, l.booked, l.yen - coalesce(m.yen, 0)
FROM bank_line AS l
LEFT JOIN (SELECT line_id, sum(yen) AS yen FROM known_match WHERE stands GROUP BY line_id) AS m USING (line_id)
WHERE l.yen <> coalesce(m.yen, 0);

INSERT INTO owed_statement (statement_id, payer_number, due_on, open_yen)
SELECT s.statement_id, substr(s.account_id, 7), s.due_on, s.payable_yen - coalesce(m.yen, 0)
FROM statement AS s
LEFT JOIN (
    SELECT statement_id, sum(yen) AS yen FROM known_match WHERE purpose = 'payer' AND stands GROUP BY statement_id
) AS m USING (statement_id)
WHERE s.kind = 'payer' AND s.payable_yen > 0 AND s.payable_yen <> coalesce(m.yen, 0);

INSERT INTO bank_account_sum (account, what, yen)
SELECT account, direction, sum(yen) FROM bank_line GROUP BY account, direction
UNION ALL
SELECT l.account, CASE m.purpose WHEN 'own' THEN 'own_' || l.direction ELSE m.purpose END, sum(m.yen)
FROM known_match AS m JOIN bank_line AS l USING (line_id) WHERE m.stands GROUP BY 1, 2;

-- What a line's amount may mean of what is not open: payments that were shown and may come back, statements that were
-- paid; and which lines of a day may be the ones that a notice announced.
CREATE INDEX payment_yen ON payment (yen);
CREATE INDEX statement_payers_yen ON statement (payable_yen) WHERE kind = 'payer';
CREATE INDEX bank_line_arrived ON bank_line (account, booked, yen) WHERE direction = 'in';

REVOKE ALL ON FUNCTION follow_payment_events, follow_bank_lines, follow_matches, follow_new_matches,
    follow_undone_matches, follow_statements FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT ON payment_in_transit, waiting_line, owed_statement, bank_account_sum TO %I', current_database()
    );
END
$$;
