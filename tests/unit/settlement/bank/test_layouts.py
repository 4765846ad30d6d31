import pytest

from services.settlement.domain.bank.layouts import LAYOUTS, TRANSFERS, Record

HEADER = "0+1 1+2 3+1 4+10 14+40 54+4 58+4 62+15 77+3 80+15 95+1 96+7 103+17"
DATA = "0+1 1+4 5+15 20+3 23+15 38+4 42+1 43+7 50+30 80+10 90+1 91+20 111+1 112+1 113+7"
TRAILER = "0+1 1+6 7+12 19+101"
END = "0+1 1+119"


def places(record: Record | None) -> str:
    return " ".join(f"{each.at}+{each.length}" for each in record.fields) if record is not None else ""


@pytest.mark.parametrize(
    ("record", "published"),
    [(TRANSFERS.header, HEADER), (TRANSFERS.data, DATA), (TRANSFERS.trailer, TRAILER), (TRANSFERS.end, END)],
)
def test_the_fields_of_a_transfer_stand_where_the_published_layout_has_them(record: Record, published: str) -> None:
    assert places(record) == published


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.japanese)
def test_every_record_of_a_kind_of_file_has_its_size(layout: object) -> None:
    records = [layout.header, layout.data, layout.trailer, layout.end]  # type: ignore[attr-defined]  # a Layout

    assert {each.size for each in records if each is not None} == {layout.size}  # type: ignore[attr-defined]  # as above
