-- Each enrolled payer gets a second topic, on which claims tells it the statements of its members' households.

ALTER TABLE payer_stream ADD COLUMN has_statements_topic boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN payer_stream.has_statements_topic IS 'Whether the topic of its households'' statements was made on that cluster.';

-- Lets a payer's stream be published; a repeated enrolment remembers its request only.
CREATE OR REPLACE FUNCTION enrol_payer(p_payer text, p_request_id text, p_cluster_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO payer_stream AS s (payer_number, cluster_id, enrolment_request_id, enrolled_at, has_statements_topic)
    VALUES (p_payer, p_cluster_id, p_request_id, now(), true)
    ON CONFLICT ON CONSTRAINT payer_stream_pk DO UPDATE
    SET enrolment_request_id = p_request_id, cluster_id = coalesce(s.cluster_id, p_cluster_id),
        enrolled_at = coalesce(s.enrolled_at, now()), has_statements_topic = true;
END
$$;

-- Another cluster knows nothing: its cursors start at 0. The caller has made the topics that were missing.
CREATE OR REPLACE FUNCTION restart_streams(p_cluster_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM payer_stream
    WHERE cluster_id IS DISTINCT FROM p_cluster_id OR NOT has_statements_topic
    ORDER BY payer_number FOR UPDATE;
    UPDATE payer_stream SET published_sequence = 0, cluster_id = p_cluster_id
    WHERE cluster_id IS DISTINCT FROM p_cluster_id;
    UPDATE payer_stream SET has_statements_topic = true
    WHERE enrolment_request_id IS NOT NULL AND NOT has_statements_topic;
END
$$;
