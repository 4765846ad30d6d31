-- Answers by decomposition, for review and against a diagnosis; modifiers beside the code. Old rows and writers stay valid.

ALTER TABLE suggestion
    ADD COLUMN modifier_codes text NOT NULL DEFAULT '',
    DROP CONSTRAINT suggestion_route_known,
    DROP CONSTRAINT suggestion_code_when_exact,
    ADD CONSTRAINT suggestion_route_known
        CHECK (route IN ('exact', 'decomposed', 'review', 'not-a-diagnosis', 'unresolved')),
    ADD CONSTRAINT suggestion_code_on_its_routes
        CHECK ((route IN ('exact', 'decomposed', 'review')) = (disease_code <> '')),
    ADD CONSTRAINT suggestion_modifiers_of_a_code
        CHECK (modifier_codes ~ '^([0-9]{4}){0,20}$' AND (modifier_codes = '' OR disease_code <> ''));

COMMENT ON COLUMN suggestion.modifier_codes IS 'Codes of four digits, one after the other as in the SY record.';
