"""The demo's own small masters: `python -m infra.demo.masters` writes them anew.

Not the official files, which may not be redistributed: seven acts and three diseases of the demo's receipts, with
facts that the fee schedule makes public, written by hand into the official layout. Full files in form, they are a few
lines long, so nobody can price real claims by them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent / "files" / "masters"
ACT_FILE: Final = FOLDER / "s_20220401_demo.csv"
DISEASE_FILE: Final = FOLDER / "b_20220401_demo.csv"
FROM: Final = "20220401"
NEVER: Final = "99999999"
ACT_ITEMS: Final = 150
DISEASE_ITEMS: Final = 46
_BLANK_ACT_ITEMS: Final = frozenset({10, 86, 117, *range(128, ACT_ITEMS + 1)})
_BLANK_DISEASE_ITEMS: Final = frozenset({14, 15, 17, 18, 22, 38, 40, 41})


class Act(NamedTuple):
    """What the demo states of an act; every other item is 0. `items` are further ones by 項番."""

    code: str
    name: str
    kana: str
    points: int
    column: str
    items: Mapping[int, str]


class Disease(NamedTuple):
    """What the demo states of a disease name."""

    code: str
    name: str
    kana: str
    icd10: str


_LABORATORY: Final = {21: "2", 84: "1", 85: "D", 90: "2", 91: "03", 92: "005"}
_JUDGEMENT: Final = {**_LABORATORY, 36: "1", 37: "1", 50: "2", 92: "026"}
_VISIT: Final = {13: "2", 27: "2", 28: "2", 71: "5", 85: "A", 90: "1", 91: "01", 92: "001"}
ACTS: Final = (
    Act("112007410", "再診料", "ｻｲｼﾝﾘｮｳ", 73, "120", _VISIT),
    Act("160008010", "末梢血液一般検査", "ﾏｯｼｮｳｹﾂｴｷｲｯﾊﾟﾝ", 21, "600", {**_LABORATORY, 50: "1", 51: "2", 94: "05"}),
    Act("160010010", "ＨｂＡ１ｃ", "HBA1C", 49, "600", {**_LABORATORY, 36: "2", 50: "1", 51: "2", 94: "09"}),
    Act("160054710", "ＣＲＰ", "CRP", 16, "600", {**_LABORATORY, 50: "1", 51: "5", 92: "015", 94: "01"}),
    Act("160061810", "血液学的検査判断料", "ｹﾂｴｷｶﾞｸﾃｷｹﾝｻﾊﾝﾀﾞﾝ", 125, "600", {**_JUDGEMENT, 51: "2", 94: "03"}),
    Act("160062110", "免疫学的検査判断料", "ﾒﾝｴｷｶﾞｸﾃｷｹﾝｻﾊﾝﾀﾞﾝ", 144, "600", {**_JUDGEMENT, 51: "5", 94: "06"}),
    Act("160191510", "末梢血液像（自動機械法）", "ﾏｯｼｮｳｹﾂｴｷｿﾞｳ", 15, "600", {**_LABORATORY, 50: "1", 51: "2", 94: "03"}),
)
DISEASES: Final = (
    Disease("2500013", "糖尿病", "トウニョウビョウ", "E14"),
    Disease("4659007", "急性上気道炎", "キュウセイジョウキドウエン", "J069"),
    Disease("8833421", "高血圧症", "コウケツアツショウ", "I10"),
)


def act_record(act: Act) -> str:
    """The act's line in the layout of chapter 3 (7)."""
    points = f"{act.points}.00"
    items = _zeros(ACT_ITEMS, _BLANK_ACT_ITEMS) | dict.fromkeys((41, 42, 93, 94, 96, 98, 99), "00") | {97: "000"}
    for place in range(100, 112, 3):
        items |= {place: "00", place + 1: "00"}
    items |= {1: "0", 2: "S", 3: act.code, 4: str(len(act.name)), 5: act.name, 6: str(len(act.kana)), 7: act.kana}
    items |= {11: "3", 12: points, 15: act.column, 32: NEVER, 34: "0.00", 57: "3", 58: points, 68: "1", 69: "1"}
    items |= {87: FROM, 88: NEVER, 113: act.name, **act.items}
    return _line(items)


def disease_record(disease: Disease) -> str:
    """The disease's line in the layout of chapter 3 (1)."""
    name, width = disease.name, str(len(disease.name))
    items = _zeros(DISEASE_ITEMS, _BLANK_DISEASE_ITEMS) | dict.fromkeys((19, 21, 43, 44), "00")
    items |= {1: "0", 2: "B", 3: disease.code, 4: disease.code, 5: width, 6: name, 7: width, 8: name}
    items |= {
        9: str(len(disease.kana)),
        10: disease.kana,
        11: f"9{disease.code}",
        12: "1",
        13: "DEMO",
        16: disease.icd10,
    }
    items |= {23: "", 24: NEVER, 39: name, 42: width}
    return _line(items)


def contents() -> dict[Path, bytes]:
    """The files and their bytes."""
    return {
        ACT_FILE: _bytes(map(act_record, ACTS)),
        DISEASE_FILE: _bytes(map(disease_record, DISEASES)),
    }


def _zeros(count: int, blank: frozenset[int]) -> dict[int, str]:
    return {item: "" if item in blank else "0" for item in range(1, count + 1)}


def _line(items: Mapping[int, str]) -> str:
    return ",".join(f'"{items[item]}"' for item in sorted(items))


def _bytes(lines: "map[str]") -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("cp932")


def main() -> None:
    """Write the files."""
    for path, content in contents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
