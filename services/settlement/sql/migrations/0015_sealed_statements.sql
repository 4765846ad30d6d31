-- Statements are sealed as they are issued: what was told to a payer or a hospital cannot be told otherwise later.

ALTER TABLE sealed_block
    DROP CONSTRAINT sealed_block_chain_known,
    ADD CONSTRAINT sealed_block_chain_known CHECK (chain IN ('transfers', 'events', 'files', 'statements'));

CREATE TABLE sealed_statement (
    statement_id text COLLATE "C" CONSTRAINT sealed_statement_pk PRIMARY KEY,
    number bigint NOT NULL
);

CREATE INDEX sealed_statement_number ON sealed_statement (number, statement_id);

COMMENT ON TABLE sealed_statement IS 'Which statements a block holds, in order of their ids.';

CREATE TRIGGER sealed_statement_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Seals statements that were just issued as one block.
CREATE FUNCTION seal_statements(p_statement_ids text[], p_at timestamptz) RETURNS void
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
    ]), ''::bytea ORDER BY s.statement_id))
    INTO v_rows, v_content
    FROM statement AS s WHERE s.statement_id = ANY (p_statement_ids);
    PERFORM append_block(
        'statements', v_number, coalesce(v_last.last_number, 0) + 1, coalesce(v_last.last_number, 0) + v_rows, v_rows,
        v_content, coalesce(v_last.head_sha256, ''::bytea), p_at
    );
END
$$;

CREATE FUNCTION seal_issued_statements() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM seal_statements(array(SELECT statement_id FROM inserted), now());
    RETURN NULL;
END
$$;

CREATE TRIGGER statement_is_sealed AFTER INSERT ON statement REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION seal_issued_statements();

SELECT seal_statements(array(SELECT statement_id FROM statement), now());

REVOKE ALL ON FUNCTION seal_statements, seal_issued_statements FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT SELECT ON sealed_statement TO %I', current_database());
END
$$;
