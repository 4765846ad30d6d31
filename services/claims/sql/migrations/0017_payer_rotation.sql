-- A payer's later member secrets, each used from an instant on, and whether it is enrolled: unenrolled, or again.

CREATE TABLE payer_secret (
    payer_number text NOT NULL,
    version integer NOT NULL,
    secret bytea NOT NULL,
    in_use_from timestamptz NOT NULL,
    CONSTRAINT payer_secret_pk PRIMARY KEY (payer_number, version),
    CONSTRAINT payer_secret_is_a_later_one CHECK (version > 1),
    CONSTRAINT payer_later_secret_long CHECK (octet_length(secret) >= 32)
);

COMMENT ON TABLE payer_secret IS 'Member secrets after the first, which stands in payer. Only grows; keys made by one say its version.';

CREATE TABLE payer_standing (
    payer_number text NOT NULL,
    at timestamptz NOT NULL,
    enrolled boolean NOT NULL,
    CONSTRAINT payer_standing_pk PRIMARY KEY (payer_number, at)
);

COMMENT ON TABLE payer_standing IS 'When a payer was unenrolled, and when enrolled again. Only grows; tokens from before the last unenrolment are refused.';

DO $$
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON payer_secret, payer_standing TO %I', current_database());
END
$$;
