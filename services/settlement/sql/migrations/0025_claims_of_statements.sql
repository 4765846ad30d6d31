-- What a release says of a hospital's statement: whose claims its payment pays, and how many. Counted once, when the statement is
-- issued, and not in the transaction that releases a month's payments. A trigger keeps it, also for processes of the
-- former release; of statements that were issued before it is counted when it is asked for, a few hundred at a time.

CREATE TABLE statement_claims (
    statement_id text COLLATE "C" CONSTRAINT statement_claims_pk PRIMARY KEY,
    payer_numbers text[] COLLATE "C" NOT NULL,
    claims bigint NOT NULL
);

COMMENT ON TABLE statement_claims IS 'Of hospitals'' statements: the payers whose claims a payment of each pays, in order, and the number of claims.';

CREATE TRIGGER statement_claims_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_claims
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Walks the entries that these statements hold, and those that they took up and are paid in their stead. Whatever the
-- database knows of the tables' sizes, each transfer is looked up by its key.
CREATE FUNCTION claims_of_statements(p_statement_ids text[])
RETURNS TABLE (statement_id text, payer_numbers text[], claim_ids text[])
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET jit = off AS $$
    WITH RECURSIVE paid (root, statement_id) AS (
        SELECT u.id COLLATE "C", u.id COLLATE "C" FROM unnest(p_statement_ids) AS u (id)
        UNION ALL
        SELECT p.root, t.statement_id
        FROM paid AS p
        JOIN statement AS s ON s.statement_id = p.statement_id
        JOIN period_taken_up AS t ON t.period = s.period AND t.account_id = s.account_id
    )
    SELECT p.root,
        coalesce(array_agg(DISTINCT h.payer_number ORDER BY h.payer_number) FILTER (WHERE h.payer_number <> ''), '{}'),
        coalesce(array_agg(DISTINCT h.claim_id ORDER BY h.claim_id) FILTER (WHERE h.claim_id IS NOT NULL), '{}')
    FROM paid AS p
    JOIN statement AS s ON s.statement_id = p.statement_id
    LEFT JOIN LATERAL (
        SELECT period, cut_version, open_version FROM statement
        WHERE account_id = s.account_id AND period < s.period ORDER BY period DESC LIMIT 1
    ) AS f ON true
    LEFT JOIN LATERAL (
        SELECT t.payer_number, t.claim_id FROM entry AS e JOIN transfer AS t ON t.transfer_id = e.transfer_id
        WHERE e.account_id = s.account_id AND e.version BETWEEN coalesce(f.open_version, 1) AND s.cut_version
            AND t.claim_month <= s.period
            AND (f.period IS NULL OR e.version > f.cut_version OR t.claim_month > f.period)
    ) AS h ON true
    GROUP BY p.root
$$;

CREATE FUNCTION count_claims_of_statements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO statement_claims (statement_id, payer_numbers, claims)
    SELECT c.statement_id, c.payer_numbers, cardinality(c.claim_ids)
    FROM claims_of_statements(array(SELECT statement_id FROM inserted WHERE kind = 'hospital')) AS c;
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_claims_followed AFTER INSERT ON statement REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION count_claims_of_statements();

REVOKE ALL ON FUNCTION claims_of_statements, count_claims_of_statements FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON statement_claims TO %I', current_database());
    EXECUTE format('GRANT EXECUTE ON FUNCTION claims_of_statements TO %I', current_database());
END
$$;
