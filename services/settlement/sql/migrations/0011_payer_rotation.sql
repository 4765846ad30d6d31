-- A payer's principal at the broker may be followed by another beside it, for a while; and a payer may be unenrolled.

ALTER TABLE payer_stream
    ADD COLUMN kafka_username text,
    ADD COLUMN former_username text,
    ADD COLUMN former_request_id text,
    ADD COLUMN former_ends_at timestamptz,
    ADD COLUMN unenrolled_at timestamptz,
    ADD CONSTRAINT payer_stream_former_is_whole CHECK (
        num_nulls(former_username, former_request_id, former_ends_at) IN (0, 3)
    );

COMMENT ON COLUMN payer_stream.kafka_username IS 'The principal that the payer is to use; none while it is not enrolled.';
COMMENT ON COLUMN payer_stream.former_username IS 'The one before a rotation, which holds until former_ends_at and a little longer.';
COMMENT ON COLUMN payer_stream.unenrolled_at IS 'When it was unenrolled last: tokens from before are refused.';

UPDATE payer_stream SET kafka_username = 'payer-' || payer_number WHERE enrolled_at IS NOT NULL;

-- Lets a payer's stream be published; a repeated enrolment remembers its request, and knows one principal.
CREATE OR REPLACE FUNCTION enrol_payer(p_payer text, p_request_id text, p_cluster_id text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO payer_stream AS s (
        payer_number, cluster_id, enrolment_request_id, enrolled_at, has_statements_topic, kafka_username
    )
    VALUES (p_payer, p_cluster_id, p_request_id, now(), true, 'payer-' || p_payer)
    ON CONFLICT ON CONSTRAINT payer_stream_pk DO UPDATE
    SET enrolment_request_id = p_request_id, cluster_id = coalesce(s.cluster_id, p_cluster_id),
        enrolled_at = coalesce(s.enrolled_at, now()), has_statements_topic = true,
        kafka_username = 'payer-' || p_payer, former_username = NULL, former_request_id = NULL, former_ends_at = NULL;
END
$$;

-- Remembers the principal that follows, and until when the one before holds.
CREATE FUNCTION rotate_payer(p_payer text, p_username text, p_request_id text, p_ends_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE payer_stream
    SET former_username = kafka_username, former_request_id = enrolment_request_id, former_ends_at = p_ends_at,
        kafka_username = p_username, enrolment_request_id = p_request_id
    WHERE payer_number = p_payer AND enrolled_at IS NOT NULL AND former_username IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'payer % is not enrolled, or a rotation is under way', p_payer USING ERRCODE = 'check_violation';
    END IF;
END
$$;

-- Forgets the former principal, which was withdrawn at the broker.
CREATE FUNCTION retire_former(p_payer text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE payer_stream SET former_username = NULL, former_request_id = NULL, former_ends_at = NULL
    WHERE payer_number = p_payer;
$$;

-- Stops publishing a payer's stream; its cursor stays where it is.
CREATE FUNCTION unenrol_payer(p_payer text, p_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE payer_stream
    SET enrolled_at = NULL, enrolment_request_id = NULL, kafka_username = NULL, former_username = NULL,
        former_request_id = NULL, former_ends_at = NULL, unenrolled_at = p_at
    WHERE payer_number = p_payer;
$$;

REVOKE ALL ON FUNCTION rotate_payer, retire_former, unenrol_payer FROM PUBLIC;

DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION rotate_payer, retire_former, unenrol_payer TO %I', current_database());
END
$$;
