-- A payment is of a statement: of its hospital, to the yen. A bank's file may have line ends.

ALTER TABLE statement ADD CONSTRAINT statement_payable UNIQUE (statement_id, account_id, payable_yen);

ALTER TABLE payment
    ADD COLUMN account_id text COLLATE "C" NOT NULL GENERATED ALWAYS AS ('hospital:' || hospital_code) STORED,
    ADD CONSTRAINT payment_pays_statement FOREIGN KEY (statement_id, account_id, yen)
        REFERENCES statement (statement_id, account_id, payable_yen);

ALTER TABLE bank_file
    DROP CONSTRAINT bank_file_form,
    ADD CONSTRAINT bank_file_form CHECK (form IN ('zengin', 'zengin-lines', 'pain001'));
