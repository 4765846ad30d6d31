from pathlib import Path

import pytest

from services.shared.chassis.queries import BadQueryFile, load_queries, parse_queries

GOOD = """-- The claims' statements.

-- name: insert_claims
-- Store new claims.
INSERT INTO claim (id)
SELECT id FROM unnest($1::text[]) AS new (id);

-- name: count_claims
-- How many there are.
SELECT count(*) FROM claim
"""


def test_statements_are_found_by_name_with_their_purpose() -> None:
    queries = parse_queries(GOOD)

    assert queries.names == ("insert_claims", "count_claims")
    assert queries["insert_claims"].purpose == "Store new claims."
    assert queries["insert_claims"].sql == "INSERT INTO claim (id)\nSELECT id FROM unnest($1::text[]) AS new (id)"
    assert queries["count_claims"].sql == "SELECT count(*) FROM claim"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: a\nSELECT 1", "a has no line of purpose"),
        ("-- name: a\n-- Nothing.\n;", "a has no statement"),
        ("-- name: a\n-- One.\nSELECT 1;\n-- name: a\n-- Two.\nSELECT 2", "a is given twice"),
    ],
)
def test_a_query_file_out_of_shape_is_refused_by_the_name_of_the_statement(text: str, complaint: str) -> None:
    with pytest.raises(BadQueryFile, match=complaint):
        parse_queries(text)


def test_an_unknown_name_is_an_error_where_it_is_looked_up() -> None:
    with pytest.raises(KeyError):
        parse_queries(GOOD)["delete_claims"]


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text("-- name: a\n-- 査定.\nSELECT '査定'", encoding="utf-8")

    assert load_queries(path)["a"].sql == "SELECT '査定'"
