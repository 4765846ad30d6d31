-- Payments to hospitals: payees in versions, batches that two people make, each payment's states, and the bank's files.
-- Everything here only grows. What may follow what, and who may not do both, are constraints.

CREATE TABLE payee (
    hospital_code text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    bank text COLLATE "C" NOT NULL,
    branch text COLLATE "C" NOT NULL,
    account_type text COLLATE "C" NOT NULL,
    account_number text COLLATE "C" NOT NULL,
    account_name text NOT NULL,
    banks_of text COLLATE "C" NOT NULL,
    is_assigned boolean NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    proposed_at timestamptz NOT NULL,
    CONSTRAINT payee_pk PRIMARY KEY (hospital_code, version),
    CONSTRAINT payee_proposed_once UNIQUE (hospital_code, version, proposed_by),
    CONSTRAINT payee_hospital_code CHECK (hospital_code ~ '^[0-9]{10}$'),
    CONSTRAINT payee_version_positive CHECK (version > 0),
    CONSTRAINT payee_account CHECK (
        bank ~ '^[0-9]{4}$' AND branch ~ '^[0-9]{3}$' AND account_type IN ('1', '2', '4', '9')
        AND account_number ~ '^[0-9]{7}$' AND account_name <> ''
    )
);

COMMENT ON TABLE payee IS 'A hospital''s bank account, version after version; the latest that was confirmed is paid.';
COMMENT ON COLUMN payee.banks_of IS 'The day of the list of assigned banks that it was checked against, YYYYMMDD.';

CREATE TABLE payee_confirmation (
    hospital_code text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    confirmed_by text COLLATE "C" NOT NULL,
    confirmed_at timestamptz NOT NULL,
    CONSTRAINT payee_confirmation_pk PRIMARY KEY (hospital_code, version),
    CONSTRAINT payee_confirmation_of_payee FOREIGN KEY (hospital_code, version, proposed_by)
        REFERENCES payee (hospital_code, version, proposed_by),
    CONSTRAINT payee_confirmed_by_another CHECK (confirmed_by <> proposed_by)
);

CREATE SEQUENCE payment_reference AS bigint MINVALUE 1 MAXVALUE 9999999999 NO CYCLE;

CREATE TABLE payment_batch (
    batch_id text COLLATE "C" CONSTRAINT payment_batch_pk PRIMARY KEY,
    period text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    pays_on date NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    remitter_code text COLLATE "C" NOT NULL,
    remitter_name text NOT NULL,
    payments integer NOT NULL,
    total_yen bigint NOT NULL,
    content_sha256 bytea NOT NULL,
    proposed_by text COLLATE "C" NOT NULL,
    traceparent text COLLATE "C" NOT NULL,
    proposed_at timestamptz NOT NULL,
    CONSTRAINT payment_batch_number UNIQUE (period, number),
    CONSTRAINT payment_batch_proposed_once UNIQUE (batch_id, proposed_by, content_sha256),
    CONSTRAINT payment_batch_account CHECK (account_id ~ '^bank:[0-9]{15}$'),
    CONSTRAINT payment_batch_payments CHECK (payments BETWEEN 1 AND 999999),
    CONSTRAINT payment_batch_total CHECK (total_yen BETWEEN 1 AND 999999999999)
);

COMMENT ON COLUMN payment_batch.content_sha256 IS 'Over the account, the day and every payment: what the checker approves.';

CREATE TABLE payment_approval (
    batch_id text COLLATE "C" CONSTRAINT payment_approval_pk PRIMARY KEY,
    proposed_by text COLLATE "C" NOT NULL,
    content_sha256 bytea NOT NULL,
    approved_by text COLLATE "C" NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT payment_approval_of_batch FOREIGN KEY (batch_id, proposed_by, content_sha256)
        REFERENCES payment_batch (batch_id, proposed_by, content_sha256),
    CONSTRAINT payment_approved_by_another CHECK (approved_by <> proposed_by)
);

CREATE TABLE payment (
    payment_id text COLLATE "C" CONSTRAINT payment_pk PRIMARY KEY,
    batch_id text COLLATE "C" NOT NULL CONSTRAINT payment_of_batch REFERENCES payment_batch,
    place integer NOT NULL,
    hospital_code text COLLATE "C" NOT NULL,
    statement_id text COLLATE "C" NOT NULL,
    attempt integer NOT NULL,
    yen bigint NOT NULL,
    reference text COLLATE "C" NOT NULL,
    payee_version integer NOT NULL,
    transfer_id text COLLATE "C" NOT NULL,
    former_payment_id text COLLATE "C",
    former_event_number integer,
    former_state text COLLATE "C",
    former_attempt integer GENERATED ALWAYS AS (NULLIF(attempt - 1, 0)) STORED,
    reinstructs text COLLATE "C"
        GENERATED ALWAYS AS (CASE WHEN former_state = 'reinstructed' THEN former_payment_id END) STORED,
    CONSTRAINT payment_place UNIQUE (batch_id, place),
    CONSTRAINT payment_reference_once UNIQUE (reference),
    CONSTRAINT payment_transfer_once UNIQUE (transfer_id),
    CONSTRAINT payment_of_statement_once UNIQUE (statement_id, attempt),
    CONSTRAINT payment_itself UNIQUE (payment_id, statement_id, attempt),
    CONSTRAINT payment_yen CHECK (yen BETWEEN 1 AND 9999999999),
    CONSTRAINT payment_reference_digits CHECK (reference ~ '^[0-9]{10}$'),
    CONSTRAINT payment_payee FOREIGN KEY (hospital_code, payee_version)
        REFERENCES payee_confirmation (hospital_code, version),
    CONSTRAINT payment_former_of_statement FOREIGN KEY (former_payment_id, statement_id, former_attempt)
        REFERENCES payment (payment_id, statement_id, attempt),
    CONSTRAINT payment_former_is_over CHECK (
        CASE WHEN attempt = 1 THEN former_payment_id IS NULL AND former_event_number IS NULL AND former_state IS NULL
        ELSE former_payment_id IS NOT NULL AND former_event_number IS NOT NULL AND former_state IS NOT NULL
            AND former_state IN ('reinstructed', 'abandoned') AND attempt > 1 END
    )
);

COMMENT ON CONSTRAINT payment_of_statement_once ON payment IS 'With the former payment over: a statement is in at most one live payment.';
COMMENT ON COLUMN payment.transfer_id IS 'Of the transfer from the hospital to the bank, held from the instruction on.';
COMMENT ON COLUMN payment.reinstructs IS 'The payment whose place it takes: one that came back or was refused.';

CREATE INDEX payment_hospital ON payment (hospital_code, payment_id);

CREATE TABLE payment_event (
    payment_id text COLLATE "C" NOT NULL CONSTRAINT payment_event_of_payment REFERENCES payment,
    number integer NOT NULL,
    state text COLLATE "C" NOT NULL,
    before_number integer GENERATED ALWAYS AS (NULLIF(number - 1, 0)) STORED,
    before_state text COLLATE "C",
    cause text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    done_by text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT payment_event_pk PRIMARY KEY (payment_id, number),
    CONSTRAINT payment_event_itself UNIQUE (payment_id, number, state),
    CONSTRAINT payment_event_caused_once UNIQUE (payment_id, state, cause),
    CONSTRAINT payment_event_after_another FOREIGN KEY (payment_id, before_number, before_state)
        REFERENCES payment_event (payment_id, number, state),
    CONSTRAINT payment_event_follows CHECK (
        CASE WHEN number = 1 THEN before_state IS NULL AND state = 'proposed'
        ELSE before_state IS NOT NULL AND (before_state || ' ' || state) IN (
            'proposed instructed', 'proposed abandoned',
            'instructed accepted', 'instructed refused', 'instructed settled', 'instructed abandoned',
            'accepted refused', 'accepted settled', 'accepted abandoned',
            'refused reinstructed', 'refused abandoned',
            'settled returned',
            'returned reinstructed', 'returned abandoned'
        ) END
    )
);

COMMENT ON TABLE payment_event IS 'The states of payments, one after the other; the last one holds.';

ALTER TABLE payment ADD CONSTRAINT payment_former FOREIGN KEY (former_payment_id, former_event_number, former_state)
    REFERENCES payment_event (payment_id, number, state);

CREATE TABLE bank_file (
    file_id text COLLATE "C" CONSTRAINT bank_file_pk PRIMARY KEY,
    form text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL,
    content bytea NOT NULL,
    payments integer NOT NULL,
    total_yen bigint NOT NULL,
    released_by text COLLATE "C" NOT NULL,
    released_at timestamptz NOT NULL,
    CONSTRAINT bank_file_form CHECK (form IN ('zengin', 'pain001')),
    CONSTRAINT bank_file_is_its_digest CHECK (sha256 = sha256(content))
);

CREATE TABLE bank_file_batch (
    batch_id text COLLATE "C" CONSTRAINT bank_file_batch_pk PRIMARY KEY
        CONSTRAINT bank_file_batch_approved REFERENCES payment_approval,
    file_id text COLLATE "C" NOT NULL CONSTRAINT bank_file_batch_of_file REFERENCES bank_file,
    place integer NOT NULL,
    CONSTRAINT bank_file_batch_place UNIQUE (file_id, place)
);

COMMENT ON TABLE bank_file_batch IS 'A batch stands in one file at most, whatever its form: the bank never gets it twice.';

CREATE TRIGGER payee_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payee
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payee_confirmation_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payee_confirmation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batch_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_approval_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_approval
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_file_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_file_batch_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_file_batch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
BEGIN
    EXECUTE format(
        'GRANT SELECT, INSERT ON payee, payee_confirmation, payment_batch, payment_approval, payment, payment_event,'
        ' bank_file, bank_file_batch TO %I',
        current_database()
    );
    EXECUTE format('GRANT USAGE ON SEQUENCE payment_reference TO %I', current_database());
END
$$;
