-- What of a receipt is no payer's, kept with its decision; and the layout of each statement, which says it from now on.

ALTER TABLE posted_decision
    ADD COLUMN patient_yen bigint,
    ADD COLUMN reduced_yen bigint,
    ADD CONSTRAINT posted_decision_rest_not_negative CHECK (patient_yen >= 0 AND reduced_yen >= 0),
    ADD CONSTRAINT posted_decision_rest_whole CHECK ((patient_yen IS NULL) = (reduced_yen IS NULL));

COMMENT ON COLUMN posted_decision.patient_yen IS 'What the patient pays (一部負担金); null where it was posted before this was kept: unknown, not 0.';
COMMENT ON COLUMN posted_decision.reduced_yen IS 'What was cut (査定); null as patient_yen is.';

-- Remembers decisions; their parts lie in one array, one decision after the other. record_decisions stays for processes
-- of the former release.
CREATE FUNCTION record_settled(
    p_decision_ids text[], p_claim_ids text[], p_claim_months text[], p_content_sha256 bytea[],
    p_part_counts integer[], p_payers text[], p_points bigint[], p_yen bigint[], p_patient_yen bigint[],
    p_reduced_yen bigint[], p_posted_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_inserted bigint;
BEGIN
    INSERT INTO posted_decision (
        decision_id, claim_id, claim_month, content_sha256, payer_numbers, points, yen, posted_at, patient_yen,
        reduced_yen
    )
    SELECT n.id, n.claim, n.month, n.content,
        p_payers[n.last - n.parts + 1 : n.last], p_points[n.last - n.parts + 1 : n.last],
        p_yen[n.last - n.parts + 1 : n.last], p_posted_at, n.patient, n.reduced
    FROM (
        SELECT u.*, sum(u.parts) OVER (ORDER BY u.place)::integer AS last
        FROM unnest(
            p_decision_ids, p_claim_ids, p_claim_months, p_content_sha256, p_part_counts, p_patient_yen, p_reduced_yen
        ) WITH ORDINALITY AS u (id, claim, month, content, parts, patient, reduced, place)
    ) AS n
    ON CONFLICT ON CONSTRAINT posted_decision_pk DO NOTHING;
    GET DIAGNOSTICS v_inserted = ROW_COUNT;
    IF v_inserted <> cardinality(p_decision_ids) THEN
        RAISE EXCEPTION 'a decision was posted meanwhile' USING ERRCODE = '40001';
    END IF;
END
$$;

REVOKE ALL ON FUNCTION record_settled FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION record_settled TO %I', current_database());
END
$$;

ALTER TABLE statement
    ADD COLUMN layout smallint NOT NULL DEFAULT 1,
    ADD COLUMN patient_yen bigint,
    ADD COLUMN reduced_yen bigint,
    ADD COLUMN patient_unknown_lines bigint,
    ADD CONSTRAINT statement_layout_known CHECK (layout IN (1, 2)),
    ADD CONSTRAINT statement_layout_says_receipts CHECK (
        CASE layout
            WHEN 1 THEN num_nonnulls(patient_yen, reduced_yen, patient_unknown_lines) = 0
            ELSE num_nulls(patient_yen, reduced_yen, patient_unknown_lines) = 0
        END
    );

COMMENT ON COLUMN statement.layout IS 'How its documents are written, now and whenever they are written again.';
COMMENT ON COLUMN statement.patient_yen IS 'What the patients of its receipts pay, each receipt once; in no balance. Null where the layout does not say it.';
COMMENT ON COLUMN statement.patient_unknown_lines IS 'Lines of receipts whose patient''s part was not kept: it is missing in patient_yen.';

-- As before, with what later layouts say; the form of statements of the first layout stays as it was sealed.
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
    ] END), ''::bytea ORDER BY s.statement_id))
    INTO v_rows, v_content
    FROM statement AS s WHERE s.statement_id = ANY (p_statement_ids);
    PERFORM append_block(
        'statements', v_number, coalesce(v_last.last_number, 0) + 1, coalesce(v_last.last_number, 0) + v_rows, v_rows,
        v_content, coalesce(v_last.head_sha256, ''::bytea), p_at
    );
END
$$;
