"""Hand-made records of each master as a file writes them: a few facts of the official ones, everything else zero."""

from collections.abc import Mapping, Sequence

from services.claims.domain.masters.kinds import MasterKind

_DATES = {"from": "20240601", "to": "99999999"}
_ACT: Mapping[int, str] = {
    1: "0", 2: "S", 3: "111000110", 4: "3", 5: "初診料", 6: "7", 7: "ｼｮｼﾝﾘｮｳ", 10: "", 11: "3", 12: "291.00", 15: "110",
    18: "1", 27: "2", 28: "1", 32: "99999999", 34: "0.00", 38: "1101", 41: "00", 42: "00", 43: "1", 57: "3",
    58: "288.00", 66: "110", 68: "1", 69: "1", 85: "A", 86: "", 87: _DATES["from"], 88: _DATES["to"], 89: "00230000",
    90: "1", 91: "01", 92: "000", 93: "00", 94: "001", 95: "0", 96: "00", 97: "000", 98: "00", 99: "00", 100: "00",
    101: "06", 102: "111000370", 103: "00", 104: "00", 106: "00", 107: "00", 109: "00", 110: "00", 113: "初診料",
    117: "", **dict.fromkeys(range(128, 151), ""),
}  # fmt: skip
_DRUG: Mapping[int, str] = {
    1: "0", 2: "Y", 3: "620000020", 4: "12", 5: "エリスロシン錠１００ｍｇ", 6: "15", 7: "ｴﾘｽﾛｼﾝｼﾞｮｳ100MG", 8: "16",
    9: "1", 10: "錠", 11: "1", 12: "5.90", 24: "1", 25: "6.20", 28: "1", 29: "", 30: "20240401", 31: _DATES["to"],
    32: "6141004F1038", 33: "001163000", 35: "エリスロシン錠１００ｍｇ",
}  # fmt: skip
_MATERIAL: Mapping[int, str] = {
    1: "0", 2: "T", 3: "700010000", 4: "2", 5: "半切", 6: "4", 7: "ﾊﾝｾﾂ", 8: "6", 9: "1", 10: "枚", 11: "1",
    12: "120.00", 14: "1", 15: "00", 16: "00", 17: "1", 18: "120.00", 25: "", 26: "982000", 28: _DATES["from"],
    29: "00000000", 30: _DATES["to"], 31: "3", 32: "1", 34: "", 35: "", 36: "", 37: "フィルム・半切",
}  # fmt: skip
_COMMENT: Mapping[int, str] = {
    1: "0", 2: "C", 3: "8", 4: "40", 5: "13", 6: "15", 7: "退　院　平成　　年　　月　　日", 8: "4", 9: "ﾀｲｲﾝ", 10: "7",
    11: "2", 12: "10", 13: "2", 14: "13", 15: "2", 21: "20220401", 22: _DATES["to"], 23: "840000013", 24: "19960000",
    **dict.fromkeys(range(25, 31), ""),
}  # fmt: skip
_DISEASE: Mapping[int, str] = {
    1: "0", 2: "B", 3: "8841395", 4: "8841395", 5: "7", 6: "輸血後ＧＶＨＤ", 7: "7", 8: "輸血後ＧＶＨＤ", 9: "8",
    10: "ユケツゴＧＶＨＤ", 11: "20084184", 12: "1", 13: "MG1K", 14: "", 15: "", 16: "T808", 17: "", 18: "", 19: "00",
    21: "00", 22: "20020601", 23: "", 24: _DATES["to"], 38: "", 39: "輸血後ＧＶＨＤ", 40: "", 41: "", 42: "7", 43: "00",
    44: "00",
}  # fmt: skip
_MODIFIER: Mapping[int, str] = {
    1: "0", 2: "Z", 3: "2049", 4: "", 5: "", 6: "1", 7: "左", 8: "", 9: "3", 10: "ヒダリ", 11: "", 14: "", 15: "",
    16: _DATES["to"], 17: "27000358", 18: "5186", 19: "A2000000",
}  # fmt: skip
_SAMPLES = {
    MasterKind.ACT: (150, _ACT),
    MasterKind.DRUG: (35, _DRUG),
    MasterKind.MATERIAL: (37, _MATERIAL),
    MasterKind.COMMENT: (30, _COMMENT),
    MasterKind.DISEASE: (46, _DISEASE),
    MasterKind.MODIFIER: (19, _MODIFIER),
}


def record(kind: MasterKind, changes: Mapping[int, str] | None = None) -> tuple[str, ...]:
    """A complete record of that master, with some items (項番) written otherwise."""
    width, stated = _SAMPLES[kind]
    written = {**stated, **(changes or {})}
    return tuple(written.get(item, "0") for item in range(1, max(width, *written) + 1))


def sparse_record(kind: MasterKind, changes: Mapping[int, str]) -> tuple[str, ...]:
    """A record that states only what names it and those items."""
    width, stated = _SAMPLES[kind]
    named = {item: stated[item] for item in range(2, 6 if kind is MasterKind.COMMENT else 4)}
    return tuple(({**named, **changes}).get(item, "") for item in range(1, width + 1))


def csv_of(records: Sequence[Sequence[str]]) -> bytes:
    """The records as an official file writes them."""
    lines = (",".join(f'"{field}"' for field in fields) + "\r\n" for fields in records)
    return "".join(lines).encode("cp932")
