"""The real receipts of October 2021 as returned and as reduced ones: nothing is lost, and every row has its columns."""

from services.claims.domain.outputs.reduced import Cut, ReducedReceipt, reduced
from services.claims.domain.outputs.returned import with_search_number
from services.claims.domain.uke.document import read_document
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from tests.support.official_data import part_a

NUMBER = "1" * 30
SEARCH_NUMBER = 18


def _receipts() -> list[bytes]:
    reader = SubmissionReader(Profile.LENIENT)
    read = [*reader.feed(part_a()), *reader.finish()[0]]
    return [each.raw.content for each in read]


def test_a_returned_receipt_is_the_one_that_came_but_for_its_search_number() -> None:
    receipts = _receipts()

    for receipt in receipts:
        head, line_end, rest = with_search_number(receipt, NUMBER).partition(b"\r\n")
        fields = head.split(b",")
        assert fields.pop(SEARCH_NUMBER) == NUMBER.encode()
        submitted = receipt.partition(b"\r\n")[0].split(b",")
        assert submitted.pop(SEARCH_NUMBER) == b""
        assert fields == submitted
        assert line_end + rest == receipt[len(receipt.partition(b"\r\n")[0]) :]
    assert len(receipts) == 45


def test_a_cut_of_any_line_of_any_receipt_is_a_row_of_thirty_columns_that_names_its_section() -> None:
    for receipt in _receipts():
        document = read_document(receipt)
        lines = [record.line for record in document.records if record.record in {"SI", "IY", "TO"}]
        cuts = [Cut(line, "D", 10, 4) for line in lines]

        content = reduced(ReducedReceipt(search_number=NUMBER, document=document, cuts=cuts))

        rows = [row.split(",") for row in content.decode("cp932").split("\r\n")[:-1]]
        assert [len(row) for row in rows] == [30] * len(lines)
        assert [row[0] for row in rows] == ["3", *["4"] * (len(lines) - 1)]
        assert all(row[19] and row[22] == "-6" and row[28] == NUMBER for row in rows)
        assert rows[0][1] == "50310"
