from pathlib import Path

import pytest
from seikyu.eligibility.v1 import coverage_pb2
from seikyu.eligibility.v1 import eligibility_service_pb2 as wire

from services.eligibility.adapters.members import PlatformKeyTooShort, Pseudonymiser, read_platform_key
from services.eligibility.domain.coverage import CopayClass
from services.shared.chassis.rpc_errors import RpcRefusal

PSEUDONYMISER = Pseudonymiser(b"k" * 32)


def row(payer_number: str, copay_class: "coverage_pb2.CopayClass.ValueType") -> wire.CoverageRow:
    member = wire.Member(payer_number=payer_number, symbol="19D", number="1", birth_date="1980-05-05", sex=2)
    return wire.CoverageRow(member=member, valid_from="2020-04-01", copay_class=copay_class)


def test_a_programme_s_member_has_no_symbol() -> None:
    with_symbol, without = (wire.Member(payer_number="21130010", symbol=symbol, number="1") for symbol in ("x", ""))

    assert PSEUDONYMISER.key(with_symbol) == PSEUDONYMISER.key(without)


def test_an_insurer_s_row_needs_a_copay_class_and_a_programme_s_does_not() -> None:
    unspecified = coverage_pb2.COPAY_CLASS_UNSPECIFIED

    with pytest.raises(RpcRefusal) as refused:
        PSEUDONYMISER.entry(row("01130012", unspecified), "rows[3]")

    assert refused.value.violations[0].field == "rows[3].copay_class"
    assert PSEUDONYMISER.entry(row("21130010", unspecified), "rows[0]").period.copay_class is CopayClass.STANDARD


def test_the_platform_key_is_every_byte_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "platform.key"
    file.write_bytes(b"\n" + b"k" * 31 + b" ")

    assert read_platform_key(file) == b"\n" + b"k" * 31 + b" "


def test_a_short_platform_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "platform.key"
    file.write_bytes(b"k" * 31)

    with pytest.raises(PlatformKeyTooShort):
        read_platform_key(file)
