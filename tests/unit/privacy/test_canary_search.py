"""The search for canaries can fail: it finds a planted leak in every form, and nothing where there is none."""

import base64
import json
from datetime import date
from urllib.parse import quote

import pytest

from tests.support.canaries import Canaries, birth_forms

BIRTH = date(1963, 9, 17)
CANARIES = Canaries(
    {
        "name": "鸚鵡院　瑠璃之介",
        "reading": "オウムインルリノスケ",
        "symbol": "９７５３１８６４",
        "text": "渡り鳥を追って転倒",
        **birth_forms(BIRTH),
    }
)
LEAKS: dict[str, tuple[str, bytes]] = {
    "as written": ("name", "鸚鵡院　瑠璃之介".encode()),
    "with a half-width space": ("name", "鸚鵡院 瑠璃之介".encode()),
    "without a space": ("name", "鸚鵡院瑠璃之介".encode()),
    "in the file's own encoding": ("name", "鸚鵡院　瑠璃之介".encode("cp932")),
    "in EUC": ("text", "渡り鳥を追って転倒".encode("euc_jp")),
    "in UTF-16": ("text", "渡り鳥を追って転倒".encode("utf-16")),
    "as JSON with escapes": ("name", json.dumps({"name": "鸚鵡院　瑠璃之介"}).encode()),
    "as JSON with upper-case escapes": (
        "reading",
        rb"\u30AA\u30A6\u30E0\u30A4\u30F3\u30EB\u30EA\u30CE\u30B9\u30B1",
    ),
    "half-width kana": ("reading", "ｵｳﾑｲﾝﾙﾘﾉｽｹ".encode()),
    "half-width kana of cp932": ("reading", "ｵｳﾑｲﾝﾙﾘﾉｽｹ".encode("cp932")),
    "hiragana": ("reading", "おうむいんるりのすけ".encode()),
    "ascii digits": ("symbol", b"97531864"),
    "wide digits": ("symbol", "９７５３１８６４".encode("cp932")),
    "hex": ("name", "鸚鵡院　瑠璃之介".encode("cp932").hex().encode()),
    "upper-case hex of digits": ("symbol", b"97531864".hex().upper().encode()),
    "base64": ("name", base64.b64encode("鸚鵡院　瑠璃之介".encode())),
    "base64 of what stands before and after it": ("text", base64.b64encode("ab渡り鳥を追って転倒xyz".encode())),
    "base64 of the file's encoding": (
        "name",
        base64.b64encode(b"x" + "鸚鵡院　瑠璃之介".encode("cp932") + b",1,"),
    ),
    "url-safe base64": ("text", base64.urlsafe_b64encode("渡り鳥を追って転倒".encode("cp932"))),
    "percent escapes": ("text", quote("渡り鳥を追って転倒").encode()),
    "bytes as Python shows them": ("name", repr("鸚鵡院　瑠璃之介".encode("cp932")).encode()),
    "bytes as protobuf's text form shows them": (
        "name",
        "".join(f"\\{byte:03o}" for byte in "鸚鵡院　瑠璃之介".encode()).encode(),
    ),
    "an ISO date": ("birth iso", b"1963-09-17"),
    "a compact date": ("birth compact", b"1963-09-17".replace(b"-", b"")),
    "an era date": ("birth era", "昭和38年9月17日".encode()),
    "an era date in figures": ("birth era digit", b"3380917"),
    "a wide era date of cp932": ("birth era", "昭和３８年９月１７日".encode("cp932")),
}


@pytest.mark.parametrize("form", LEAKS)
def test_a_planted_leak_is_found_in_every_form(form: str) -> None:
    canary, leak = LEAKS[form]
    content = b'{"event": "batch applied", "claim_id": "clm_12ab"}\n' + leak + b"\nanother line"

    found = CANARIES.leaks([("claims.log", content)])

    assert {(each.canary, each.place) for each in found} == {(canary, "claims.log")}


def test_nothing_is_found_where_there_is_nothing() -> None:
    innocent = '{"event": "batch applied", "at": "2026-11-21T07:00:00Z", "count": 97531863} 鸚鵡 転倒'.encode()

    assert CANARIES.leaks([("claims.log", innocent), ("spans", b"")]) == []


def test_every_canary_is_looked_for_in_many_forms() -> None:
    names = {name for name, _ in CANARIES.forms.values()}

    assert names == CANARIES.texts.keys()
    assert len(CANARIES.forms) > 300
