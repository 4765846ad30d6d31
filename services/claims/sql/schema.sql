-- The sum of the migrations of claims, kept by hand; a test says that they agree.

CREATE SEQUENCE change_seq AS bigint CACHE 100;

CREATE TABLE claim (
    claim_id text NOT NULL,
    hospital_code text NOT NULL,
    agency smallint NOT NULL,
    claim_month text NOT NULL,
    treatment_month text NOT NULL,
    receipt_number integer NOT NULL,
    receipt_kind text NOT NULL,
    receipt_sha256 text NOT NULL,
    occurrence integer NOT NULL,
    receipt bytea NOT NULL,
    findings text NOT NULL,
    declared_points bigint NOT NULL,
    submission_id text NOT NULL,
    traceparent text NOT NULL,
    origin text,
    received_at timestamptz NOT NULL,
    recorded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('change_seq'),
    person bytea,
    CONSTRAINT claim_pk PRIMARY KEY (claim_id)
);

CREATE INDEX claim_of_hospital ON claim (hospital_code, recorded_xid, seq);
CREATE INDEX claim_in_order ON claim (recorded_xid, seq);
CREATE INDEX claim_of_person ON claim (person);
CREATE INDEX claim_of_treatment_month ON claim (treatment_month, claim_id);

COMMENT ON COLUMN claim.person IS 'Keyed digest of hospital, treatment month, receipt kind, member, birth date, sex and name; equal for one person''s claims.';

COMMENT ON TABLE claim IS 'Receipts (レセプト) as they were accepted. Only grows; the receipt holds personal data and stays here.';

CREATE TABLE claim_work (
    claim_id text NOT NULL,
    moved_at timestamptz NOT NULL,
    coding_deadline timestamptz,
    covers bytea,
    determined_at timestamptz,
    coded_at timestamptz,
    raised boolean NOT NULL DEFAULT false,
    CONSTRAINT claim_work_pk PRIMARY KEY (claim_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);

COMMENT ON TABLE claim_work IS 'Claims on their way; a row is deleted in the transaction that decides its claim.';
COMMENT ON COLUMN claim_work.raised IS 'Whether the claim''s trace was raised on the way; it is never lowered again.';

CREATE TABLE claim_coding (
    claim_id text NOT NULL,
    codings bytea NOT NULL,
    late boolean NOT NULL,
    completed_at timestamptz NOT NULL,
    revision integer NOT NULL DEFAULT 0,
    CONSTRAINT claim_coding_pk PRIMARY KEY (claim_id, revision),
    CONSTRAINT claim_coding_revision_counted CHECK (revision >= 0)
);

COMMENT ON TABLE claim_coding IS 'Codes found for diagnoses written as free text, as coding announced them, revision by revision. Only grows.';
COMMENT ON COLUMN claim_coding.revision IS '0 for the coder''s first answer; each holds all lines, and the highest of a claim is in force.';
COMMENT ON COLUMN claim_coding.late IS 'Whether it came after the claim was decided.';

CREATE TABLE found_code (
    disease_code text NOT NULL,
    claim_id text NOT NULL,
    line integer NOT NULL,
    revision integer NOT NULL,
    route smallint NOT NULL,
    completed_at timestamptz NOT NULL,
    CONSTRAINT found_code_pk PRIMARY KEY (disease_code, claim_id, line, revision)
);

COMMENT ON TABLE found_code IS 'Which claims a code was found for, on which line, in which revision of coding''s answer. Only grows; derived from claim_coding.';
COMMENT ON COLUMN found_code.route IS 'As in seikyu.coding.v1.CodingRoute: one by which coding is sure of a code.';

CREATE TABLE decision (
    decision_id text NOT NULL,
    claim_id text NOT NULL,
    number integer NOT NULL,
    hospital_code text NOT NULL,
    claim_month text NOT NULL,
    outcome smallint NOT NULL,
    billed_points bigint NOT NULL,
    billed_yen bigint NOT NULL,
    patient_yen bigint NOT NULL,
    reduced_yen bigint NOT NULL,
    part_payers text[] NOT NULL,
    part_points bigint[] NOT NULL,
    part_yen bigint[] NOT NULL,
    content bytea NOT NULL,
    traceparent text NOT NULL,
    determined_at timestamptz,
    coded_at timestamptz,
    decided_at timestamptz NOT NULL,
    recorded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('change_seq'),
    replaces text,
    cause smallint NOT NULL DEFAULT 1,
    covers bytea,
    coding_revision integer,
    CONSTRAINT decision_number_once UNIQUE (claim_id, number),
    CONSTRAINT decision_replaces_the_one_before CHECK ((number = 1) = (replaces IS NULL)),
    CONSTRAINT decision_parts_aligned CHECK (
        cardinality(part_payers) = cardinality(part_points) AND cardinality(part_payers) = cardinality(part_yen)
    )
);

CREATE INDEX decision_of_hospital ON decision (hospital_code, recorded_xid, seq);
CREATE INDEX decision_in_order ON decision (recorded_xid, seq);

COMMENT ON COLUMN decision.replaces IS 'The decision with the number before; nothing for the first.';
COMMENT ON COLUMN decision.covers IS 'The EligibilityDetermined message that the decision rests on, so that it can be adjudicated again.';
COMMENT ON COLUMN decision.coding_revision IS 'The revision of the codes that it saw. Nothing with a coded_at: 0, as there was no other.';
COMMENT ON COLUMN decision.cause IS '1 submitted, 2 withdrawn, 3 hospital''s review, 4 payer''s review, 5 error reported, 6 late code, 7 readjudicated.';

CREATE TABLE correction (
    claim_id text NOT NULL,
    place integer NOT NULL,
    kind smallint NOT NULL,
    state smallint,
    hospital_code text NOT NULL,
    asked_by text NOT NULL,
    reason text NOT NULL,
    other_claim_id text,
    decision_id text,
    at timestamptz NOT NULL,
    recorded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('change_seq'),
    reference text NOT NULL DEFAULT '',
    CONSTRAINT correction_pk PRIMARY KEY (claim_id, place),
    CONSTRAINT correction_kind_known CHECK (kind BETWEEN 1 AND 8)
);

CREATE INDEX correction_of_hospital ON correction (hospital_code, recorded_xid, seq) WHERE state IS NOT NULL;
CREATE INDEX correction_in_order ON correction (recorded_xid, seq) WHERE state IS NOT NULL;

COMMENT ON TABLE correction IS 'What was asked for after a claim was received, step by step. Only grows; holds codes and no free text.';
COMMENT ON COLUMN correction.reference IS 'Under which both sides keep what they agreed on (過誤), where an operator recorded it.';
COMMENT ON COLUMN correction.state IS 'The claim''s state from then on, where no decision says it.';

CREATE TABLE correction_note (
    claim_id text NOT NULL,
    place integer NOT NULL,
    note text NOT NULL,
    CONSTRAINT correction_note_pk PRIMARY KEY (claim_id, place),
    CONSTRAINT correction_note_short CHECK (char_length(note) BETWEEN 1 AND 200)
);

COMMENT ON TABLE correction_note IS 'What a person wrote to a step of a claim''s corrections: free text, screened for the patient. Only grows; it never leaves this database but to the hospital and to operators.';

CREATE TABLE open_review (
    claim_id text NOT NULL,
    cause smallint NOT NULL,
    asked_at timestamptz NOT NULL,
    CONSTRAINT open_review_pk PRIMARY KEY (claim_id)
);

COMMENT ON TABLE open_review IS 'Reviews (再審査) that wait for a person; a row is deleted in the transaction that decides.';

CREATE TABLE open_error (
    claim_id text NOT NULL,
    side smallint NOT NULL,
    reason text NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT open_error_pk PRIMARY KEY (claim_id),
    CONSTRAINT open_error_side_known CHECK (side IN (1, 2))
);

COMMENT ON TABLE open_error IS 'Errors (過誤) that one side reported and the other has not answered; a row is deleted in the transaction that answers.';
COMMENT ON COLUMN open_error.side IS 'Who reported it: 1 the hospital, 2 a payer of the claim.';

CREATE TABLE resubmission (
    claim_id text NOT NULL,
    returned_claim_id text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT resubmission_pk PRIMARY KEY (claim_id),
    CONSTRAINT resubmission_once UNIQUE (returned_claim_id)
);

COMMENT ON TABLE resubmission IS 'Claims that submit a returned or withdrawn one again. Only grows.';

CREATE TABLE unposted_decision (
    claim_id text NOT NULL,
    number integer NOT NULL,
    found_at timestamptz NOT NULL,
    announce_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT unposted_decision_pk PRIMARY KEY (claim_id, number)
);

CREATE INDEX unposted_decision_due ON unposted_decision (announce_at);

COMMENT ON TABLE unposted_decision IS 'Decisions announced again until settlement has posted them; normally empty.';

CREATE TABLE adjudicated_total (
    payer_number text NOT NULL,
    claim_month text NOT NULL,
    parts bigint NOT NULL,
    points bigint NOT NULL,
    yen bigint NOT NULL,
    replaced_parts bigint NOT NULL DEFAULT 0,
    replaced_points bigint NOT NULL DEFAULT 0,
    replaced_yen bigint NOT NULL DEFAULT 0,
    CONSTRAINT adjudicated_total_pk PRIMARY KEY (payer_number, claim_month)
);

COMMENT ON TABLE adjudicated_total IS 'Parts of decisions up to the sweep cursor claims.adjudicated-total; later ones are added when asked.';

COMMENT ON COLUMN decision.content IS 'The ClaimAdjudicated message, as announced; a re-announcement sends these bytes.';

CREATE TABLE review_text (
    claim_id text NOT NULL,
    line integer NOT NULL,
    text text NOT NULL,
    CONSTRAINT review_text_pk PRIMARY KEY (claim_id, line)
);

COMMENT ON TABLE review_text IS 'Free text in which the identifier screen found a person; it never leaves this database.';

CREATE TABLE submission (
    submission_id text NOT NULL,
    hospital_code text NOT NULL,
    stage smallint NOT NULL,
    content_sha256 text NOT NULL DEFAULT '',
    receipts integer NOT NULL DEFAULT 0,
    origin text,
    begun_at timestamptz NOT NULL,
    CONSTRAINT submission_pk PRIMARY KEY (submission_id),
    CONSTRAINT submission_stage_known CHECK (stage BETWEEN 1 AND 4)
);

CREATE INDEX submission_unfinished ON submission (stage, begun_at) WHERE stage IN (1, 2);

COMMENT ON COLUMN submission.stage IS '1 being staged, 2 being released, 3 released, 4 refused.';

CREATE TABLE staged_receipt (
    submission_id text NOT NULL,
    place integer NOT NULL,
    agency smallint NOT NULL,
    claim_month text NOT NULL,
    occurrence integer NOT NULL,
    receipt bytea NOT NULL,
    findings text NOT NULL,
    CONSTRAINT staged_receipt_pk PRIMARY KEY (submission_id, place)
);

COMMENT ON TABLE staged_receipt IS 'Receipts of a file whose totals have not agreed yet; they are no claims, and a row leaves when it becomes one.';

CREATE TABLE hospital (
    hospital_code text NOT NULL,
    name text NOT NULL,
    enrolled_at timestamptz NOT NULL,
    CONSTRAINT hospital_pk PRIMARY KEY (hospital_code)
);

CREATE TABLE payer (
    payer_number text NOT NULL,
    name text NOT NULL,
    member_secret bytea NOT NULL,
    enrolled_at timestamptz NOT NULL,
    CONSTRAINT payer_pk PRIMARY KEY (payer_number),
    CONSTRAINT payer_secret_long CHECK (octet_length(member_secret) >= 32)
);

COMMENT ON COLUMN payer.member_secret IS 'HMAC key of payer_member_key; known to this service and to the payer.';

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

CREATE TABLE master_file (
    sha256 text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    full_file boolean NOT NULL,
    published_on date NOT NULL,
    row_count integer NOT NULL,
    csv bytea NOT NULL,
    loaded_at timestamptz NOT NULL,
    CONSTRAINT master_file_pk PRIMARY KEY (sha256, published_on, full_file),
    CONSTRAINT master_file_kind_known CHECK (kind IN ('b', 'c', 's', 't', 'y', 'z'))
);

COMMENT ON TABLE master_file IS 'Published master files (マスターファイル). Only grows; the state of the masters is a function of its rows.';
COMMENT ON COLUMN master_file.sha256 IS 'Of the CSV''s bytes: equal content is one file, known from the earliest of its days, full if one row says so.';
COMMENT ON COLUMN master_file.published_on IS 'Day of publication that the file''s name states; loaded_at is kept beside it.';
COMMENT ON COLUMN master_file.csv IS 'The CSV''s bytes, compressed with zlib.';

ALTER TABLE master_file ALTER COLUMN csv SET STORAGE EXTERNAL;

CREATE TABLE hospital_registration (
    hospital_code text NOT NULL,
    known_at timestamptz NOT NULL,
    content text NOT NULL,
    CONSTRAINT hospital_registration_pk PRIMARY KEY (hospital_code, known_at)
);

COMMENT ON TABLE hospital_registration IS 'Registrations (届出): facility standards, kind and beds of a hospital. Only grows; the latest of a hospital replaces what was told before.';
COMMENT ON COLUMN hospital_registration.content IS 'Dated facts, a line each: item, value, valid from, valid to; equal texts for equal facts.';

CREATE TABLE household_receipt (
    claim_id text NOT NULL,
    treatment_month text NOT NULL,
    household text NOT NULL,
    payer_number text NOT NULL,
    CONSTRAINT household_receipt_pk PRIMARY KEY (claim_id)
);

CREATE INDEX household_receipt_in_order ON household_receipt (treatment_month, household, payer_number, claim_id)
    WHERE household <> '';

COMMENT ON TABLE household_receipt IS 'Whose household''s a receipt is, read from it once. Only grows.';
COMMENT ON COLUMN household_receipt.household IS 'Keyed digest of insurer, 記号 and 番号 without 枝番; empty where there is no insurer.';

CREATE TABLE household_statement (
    version_id text NOT NULL,
    statement_id text NOT NULL,
    number integer NOT NULL,
    replaces text,
    span smallint NOT NULL,
    since text NOT NULL,
    household text NOT NULL,
    payer_number text NOT NULL,
    high_cost boolean NOT NULL,
    content bytea NOT NULL,
    content_sha256 text NOT NULL,
    stated_at timestamptz NOT NULL,
    recorded_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL DEFAULT nextval('change_seq'),
    sequence bigint NOT NULL,
    traceparent text,
    CONSTRAINT household_statement_pk PRIMARY KEY (version_id),
    CONSTRAINT household_statement_number_once UNIQUE (statement_id, number),
    CONSTRAINT household_statement_sequence_once UNIQUE (payer_number, sequence),
    CONSTRAINT household_statement_replaces_the_one_before CHECK ((number = 1) = (replaces IS NULL)),
    CONSTRAINT household_statement_span_known CHECK (span IN (1, 2))
);

CREATE INDEX household_statement_of_household ON household_statement (span, household, since, number);
CREATE INDEX household_statement_of_payer ON household_statement (payer_number, recorded_xid, seq);
CREATE INDEX household_statement_in_order ON household_statement (recorded_xid, seq);

COMMENT ON TABLE household_statement IS 'Versions of households'' statements (世帯合算). Only grows; derived from settled claims, which it never changes.';
COMMENT ON COLUMN household_statement.span IS '1 a treatment month, 2 the year from an August.';
COMMENT ON COLUMN household_statement.high_cost IS 'Whether the month counts for 多数回該当 of later ones.';
COMMENT ON COLUMN household_statement.content IS 'The HouseholdStatement message; equal bytes for equal content.';
COMMENT ON COLUMN household_statement.sequence IS 'From 1, without gap for each payer: the order on its topic.';
COMMENT ON COLUMN household_statement.traceparent IS 'Of the transaction that stated; nothing for versions of earlier releases.';

CREATE TABLE household_due (
    span smallint NOT NULL,
    since text NOT NULL,
    household text NOT NULL,
    payer_number text NOT NULL,
    CONSTRAINT household_due_pk PRIMARY KEY (span, since, household),
    CONSTRAINT household_due_span_known CHECK (span IN (1, 2))
);

COMMENT ON TABLE household_due IS 'Households whose month or year is to be stated again; a row is deleted in the transaction that states.';

CREATE TABLE household_stream (
    payer_number text NOT NULL,
    next_sequence bigint NOT NULL DEFAULT 1,
    published_sequence bigint NOT NULL DEFAULT 0,
    CONSTRAINT household_stream_pk PRIMARY KEY (payer_number),
    CONSTRAINT household_stream_published_is_stated CHECK (published_sequence BETWEEN 0 AND next_sequence - 1)
) WITH (fillfactor = 50);

COMMENT ON TABLE household_stream IS 'How many statements a payer has, and how many of them stand on its topic.';

-- Under the lock of the payer's stream, so that the order of sequences is the order of commits.
CREATE FUNCTION number_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO household_stream AS stream (payer_number, next_sequence) VALUES (NEW.payer_number, 2)
    ON CONFLICT ON CONSTRAINT household_stream_pk DO UPDATE SET next_sequence = stream.next_sequence + 1
    RETURNING next_sequence - 1 INTO NEW.sequence;
    RETURN NEW;
END
$$;

CREATE TRIGGER household_statement_is_numbered BEFORE INSERT ON household_statement
    FOR EACH ROW EXECUTE FUNCTION number_statement();

CREATE TABLE local_programme (
    number text NOT NULL,
    known_at timestamptz NOT NULL,
    content text NOT NULL,
    CONSTRAINT local_programme_pk PRIMARY KEY (number, known_at)
);

CREATE INDEX local_programme_in_order ON local_programme (known_at, number);

COMMENT ON TABLE local_programme IS 'Local programmes (地方単独事業) by 法別番号 or the beginning of a 負担者番号. Only grows; the latest of a number replaces what was told before.';
COMMENT ON COLUMN local_programme.content IS 'The number''s rows, a line each, with the treatment months in which they hold; equal texts for equal rows.';

DO $$
DECLARE
    room text := current_database();
BEGIN
    EXECUTE format('GRANT SELECT, INSERT ON claim, claim_coding, decision, review_text, hospital, payer TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON payer_secret, payer_standing TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON found_code TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON correction, correction_note, resubmission TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON open_error, open_review TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON household_receipt, household_statement TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON household_due TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON household_stream TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON master_file TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON hospital_registration TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT ON local_programme TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON claim_work, unposted_decision TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON submission TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON staged_receipt TO %I', room);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON adjudicated_total TO %I', room);
    EXECUTE format('GRANT USAGE ON SEQUENCE change_seq TO %I', room);
END
$$;
