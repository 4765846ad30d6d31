"""返戻ファイル: a returned receipt goes back as it came, with the search number in RE and the reasons behind it."""

from services.claims.domain.outputs.returned import (
    ReturnClass,
    ReturnedReceipt,
    ReturnReason,
    closing,
    opening,
    returned,
    with_search_number,
)
from services.claims.domain.outputs.search_number import claim_id_head, search_number_of
from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from services.shared.kernel.months import Month
from tests.support import uke

CLAIM = "clm_4cfa50562f5f629475c105c7898bab44"


def _reason(**changed: str) -> ReturnReason:
    known = {"section": "", "code": "", "text": "資格がありません (UNKNOWN)"}
    return ReturnReason(return_class=ReturnClass.OFFICE, **(known | changed))


def test_the_search_number_has_thirty_digits_and_leads_back_to_the_claim() -> None:
    number = search_number_of(CLAIM)

    assert (len(number), number.isdigit()) == (30, True)
    assert claim_id_head(number) == CLAIM[:28]


def test_a_number_that_we_did_not_give_leads_nowhere() -> None:
    assert [claim_id_head(each) for each in ("", "12345678901234567", "9" * 30, "x" * 30)] == [""] * 4


def test_the_file_opens_with_agency_month_and_the_hospital_in_its_parts() -> None:
    written = opening(agency="1", hospital_code="1310000003", month=Month(2024, 6))

    assert written == b"HI,1,202406,13,1,0000003,,00\r\n"


def test_only_the_search_number_of_a_returned_receipt_differs_from_what_was_submitted() -> None:
    receipt = uke.plain_receipt()

    marked = with_search_number(receipt, "1" * 30)

    head, rest = receipt.split(b"\r\n", 1)
    expected = head.split(b",")
    expected[18] = b"1" * 30
    assert marked == b",".join(expected) + b"\r\n" + rest


def test_a_search_number_of_an_earlier_return_is_replaced() -> None:
    receipt = uke.receipt(uke.head(search_number="2" * 30), uke.insurer(), uke.disease(), uke.act())

    assert b"2" * 30 not in with_search_number(receipt, "1" * 30)


def test_a_receipt_with_its_search_number_can_be_submitted_again() -> None:
    receipt = with_search_number(uke.plain_receipt(), search_number_of(CLAIM))

    assert assess(receipt, profile=Profile.LENIENT).facts is not None


def test_an_older_head_without_all_columns_gets_the_number_in_its_place() -> None:
    marked = with_search_number(b"RE,1,1112,202405\r\nHO,x\r\n", "1" * 30)

    fields = marked.split(b"\r\n")[0].split(b",")
    assert (len(fields), fields[18]) == (38, b"1" * 30)


def test_each_reason_stands_in_a_record_of_its_own_behind_the_receipt() -> None:
    receipt = ReturnedReceipt(
        search_number="1" * 30,
        receipt=uke.plain_receipt(),
        decided_in=Month(2024, 7),
        reasons=[_reason(), _reason(section="60", code="L1234", text="a,b")],
    )

    *_, first, second, end = returned(receipt).decode("cp932").split("\r\n")

    number = "1" * 30
    assert first == f"HR,202407,1,,,資格がありません　（ＵＮＫＮＯＷＮ）,,,,{number}"
    assert second == f"HR,202407,1,60,L1234,ａ，ｂ,,,,{number}"
    assert end == ""


def test_the_file_closes_with_a_bare_total_and_the_end_of_file_byte() -> None:
    assert closing() == b"HG\r\n\x1a"
