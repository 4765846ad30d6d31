"""Which claims a pain.001 file tells one by one, and of which statements it tells how many."""

import base64
import re
from dataclasses import replace

from services.settlement.domain.payments.files import (
    MOST_CLAIMS_OF_BATCH,
    MOST_CLAIMS_TOLD,
    Claims,
    Filed,
    claims_told,
    pain001_of,
)
from tests.unit.settlement.payments.test_approved_content import MADE_AT, approved


def remittances(filed: Filed) -> list[str]:
    """What each payment's remittance says, read from the file by hand."""
    found: list[str] = []
    for told in re.findall(r"<RmtInf>(.*?)</RmtInf>", pain001_of(f"bkf_{1:032x}", [filed], MADE_AT).decode()):
        lines = re.findall(r"<Ustrd>(.*?)</Ustrd>", told)[2:]
        found.append(b"".join(map(base64.b64decode, lines)).decode())
    return found


def test_the_claims_of_a_statement_are_told_up_to_a_thousand() -> None:
    counts = {"a": 1, "b": MOST_CLAIMS_TOLD, "c": MOST_CLAIMS_TOLD + 1, "d": 0}

    assert list(claims_told(counts)) == ["a", "b"]


def test_of_a_batch_of_more_than_a_million_claims_each_payment_tells_how_many() -> None:
    full = {f"{number}": MOST_CLAIMS_TOLD for number in range(MOST_CLAIMS_OF_BATCH // MOST_CLAIMS_TOLD)}

    assert len(claims_told(full)) == len(full)
    assert list(claims_told(full | {"one": 1})) == []
    assert len(claims_told(full | {"many": MOST_CLAIMS_TOLD + 1})) == len(full)


def test_a_payment_tells_its_claims_or_how_many_they_are() -> None:
    filed = approved()
    first, second, third = filed.due
    due = [
        replace(first, claims=Claims(count=2, ids=("clm_1", "clm_2"))),
        replace(second, claims=Claims(count=1_001)),
        third,
    ]

    one, other, none = remittances(replace(filed, due=due))
    assert one.endswith("claims,2\r\nclaim,clm_1\r\nclaim,clm_2\r\n")
    assert other.endswith("claims,1001\r\n")
    assert none.endswith("claims,0\r\n")
