"""Generates claim files of any size, valid under the strict profile, from a seed. Patients and numbers are invented.

The mix: 2 or 3 diagnoses a receipt, 5 % of receipts above 60 lines, 2 % with a diagnosis as free text, a third with a
public programme, a tenth inpatients. Codes and points of acts and drugs are those of the fee schedule of 2020.

Run as a program it writes a file: `python -m tests.bench.uke_generate --megabytes 64 --seed 1 FILE`.
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.shared.kernel.check_digits import check_digit
from tests.support import uke

MONTH = "202405"
POOL = 4_000
"""Distinct receipts in a file of any size; they come back with another receipt number."""
LONG_SHARE, UNCODED_SHARE, PROGRAMME_SHARE, INPATIENT_SHARE = 0.05, 0.02, 0.33, 0.10
USUAL_LINES = range(8, 24)
LONG_LINES = range(61, 140)
"""Lines of treatment. GO counts at most 999,999 payer records, so a set of 1 GB needs receipts of 1.4 kB."""
FAMILY_NAMES = ("見本", "架空", "仮名", "例示", "試験", "無名", "雛形", "模擬")
GIVEN_NAMES = ("太郎", "花子", "一郎", "次郎", "三郎", "梅子", "松子", "竹子", "春夫", "夏子", "秋男", "冬美")
DISEASES = ("2500013", "4019014", "4659007", "5559001", "8833421", "8848176", "2724004", "7242008")
MODIFIERS = ("", "", "", "8002", "2057", "20568002")
UNCODED = ("原因の分からない頭痛", "右手の違和感", "長引く咳", "夜間の動悸", "食後の胸やけ")
ACTS = (
    ("60", "160061810", 125),
    ("60", "160095710", 35),
    ("60", "160008010", 21),
    ("60", "160010010", 49),
    ("60", "160062110", 144),
    ("70", "170000210", 57),
    ("13", "113001810", 225),
    ("40", "140000610", 52),
    ("80", "120002910", 68),
)
DRUGS = (("620004422", 203), ("620098801", 2), ("611170005", 1), ("622265501", 11), ("620003855", 10))
INSURER_BODIES = (
    *("0613123", "0627456", "3113002", "3413002", "01300", "27004"),
    *(f"01{prefecture:02d}001" for prefecture in range(1, 31)),
)
"""Thirty-six insurers; with the elderly's and the programmes, forty-four payers."""
ELDERLY_BODIES = ("3913100", "3927100", "3901100")
PROGRAMME_BODIES = ("5413001", "8313601", "8114004", "2113001", "5214801")


def _number(body: str) -> str:
    return f"{body}{check_digit(body)}"


INSURERS = [_number(body) for body in INSURER_BODIES]
ELDERLY_INSURERS = [_number(body) for body in ELDERLY_BODIES]
PROGRAMMES = [_number(body) for body in PROGRAMME_BODIES]


@dataclass(frozen=True, slots=True)
class Generated:
    """A receipt without its number: the bytes before and after it, and what it adds to the totals."""

    before: bytes
    after: bytes
    payer_records: int
    points: int

    def numbered(self, number: int) -> bytes:
        """The receipt as the file's `number`-th."""
        return b"%b%d%b" % (self.before, number, self.after)


def generated_receipt(rng: random.Random) -> Generated:
    """One receipt of the mix."""
    inpatient = rng.random() < INPATIENT_SHARE
    elderly = rng.random() < 0.3
    programme = rng.random() < PROGRAMME_SHARE
    share = "2" if programme else "1"
    lines, points = _treatment(rng, share, rng.choice(LONG_LINES if rng.random() < LONG_SHARE else USUAL_LINES))
    insurer = rng.choice(ELDERLY_INSURERS if elderly else INSURERS)
    days = str(rng.randint(1, 9))
    payers = [
        uke.insurer(
            insurer_number=insurer.rjust(8),
            symbol="" if elderly else _wide(rng, 4),
            member_number=_wide(rng, 8 if elderly else 6),
            days=days,
            points=str(points),
            **({"meals": "9", "meals_yen": "5760"} if inpatient else {}),
        )
    ]
    if programme:
        recipient = f"{rng.randrange(10**7):07d}"
        number = rng.choice(PROGRAMMES)
        payers.append(uke.programme(programme_number=number, recipient_number=recipient, days=days, points=str(points)))
    branch = [] if elderly else [uke.line("SN", bearer="1", confirmation="01", branch=f"{rng.randrange(5):02d}")]
    text = uke.receipt(
        _head(rng, _kind(inpatient=inpatient, elderly=elderly, programme=programme), insurer),
        *payers,
        *branch,
        *_diseases(rng),
        *lines,
    )
    before, after = text.split(b"RE,1,", 1)
    return Generated(before + b"RE,", b"," + after, len(payers), points)


def _kind(*, inpatient: bool, elderly: bool, programme: bool) -> str:
    scheme, patient = ("3", 7) if elderly else ("1", 1)
    return f"1{scheme}{2 if programme else 1}{patient if inpatient else patient + 1}"


def _head(rng: random.Random, kind: str, insurer: str) -> str:
    elderly = kind[1] == "3"
    year = rng.randint(1930, 1948) if elderly else rng.randint(1960, 2005)
    inpatient = {"admission_date": f"{MONTH}01"} if kind[3] in "17" else {}
    ratio = {"benefit_percent": "70"} if len(insurer) == len("138057") else {}
    return uke.head(
        kind=kind,
        treatment_month=MONTH,
        name=f"{rng.choice(FAMILY_NAMES)}　{rng.choice(GIVEN_NAMES)}",
        kana="",
        sex=rng.choice("12"),
        birth_date=f"{year}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}",
        chart_number=f"{rng.randrange(10**6)}",
        **inpatient,
        **ratio,
    )


def _wide(rng: random.Random, digits: int) -> str:
    return "".join(rng.choice("０１２３４５６７８９") for _ in range(digits))


def _diseases(rng: random.Random) -> list[str]:
    codes = rng.sample(DISEASES, rng.randint(2, 3))
    lines = [
        uke.disease(
            disease_code=code,
            start_date=f"2024{rng.randint(1, 5):02d}{rng.randint(1, 28):02d}",
            modifiers=rng.choice(MODIFIERS),
            main="" if place else "01",
        )
        for place, code in enumerate(codes)
    ]
    if rng.random() < UNCODED_SHARE:
        lines.append(uke.disease(disease_code="0000999", name=rng.choice(UNCODED), main=""))
    return lines


def _treatment(rng: random.Random, share: str, count: int) -> tuple[list[str], int]:
    """That many lines, and their points times count."""
    days = sorted(rng.sample(range(1, 29), rng.randint(1, 4)))
    lines = [_act(share, ("12", "112007410", 73), days)]
    points = 73 * len(days)
    while len(lines) < count:
        some = rng.sample(days, rng.randint(1, len(days)))
        if rng.random() < 0.35:
            code, price = rng.choice(DRUGS)
            quantity = f"{rng.randint(1, 9)}"
            each = {f"days_{day}": "1" for day in some}
            section = rng.choice(("21", "22", "23", "33"))
            known = {"days_7": "", "share": share, "item_code": code, "quantity": quantity, "times": str(len(some))}
            lines.append(uke.drug(**known | each, treatment_section=section, points=str(price)))
        else:
            section, code, price = rng.choice(ACTS)
            lines.append(_act(share, (section, code, price), some))
        points += price * len(some)
    if rng.random() < 0.2:
        lines.append(uke.comment(share=share, comment_text="経過は良好であり次回の受診を指示した"))
    return lines, points


def _act(share: str, act: tuple[str, str, int], days: list[int]) -> str:
    section, code, price = act
    known = {"days_7": "", "share": share, "treatment_section": section, "item_code": code}
    return uke.act(**known | {f"days_{day}": "1" for day in days}, points=str(price), times=str(len(days)))


def generated_file(size_bytes: int, seed: int) -> Iterator[bytes]:
    """The pieces of a one-volume file of about this size: IR, receipts, GO with the right totals, end of file."""
    rng = random.Random(seed)
    pool = [generated_receipt(rng) for _ in range(POOL)]
    yield uke.receipt(uke.institution())
    written = payer_records = points = number = 0
    while written < size_bytes:
        receipt = rng.choice(pool)
        number += 1
        payer_records += receipt.payer_records
        points += receipt.points
        piece = receipt.numbered(number)
        written += len(piece)
        yield piece
    yield uke.receipt(uke.totals(payer_records, points)) + uke.END


def main() -> None:
    """Write a file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--megabytes", type=int, default=64)
    arguments.add_argument("--seed", type=int, default=1)
    asked = arguments.parse_args()
    with asked.file.open("wb", buffering=1 << 20) as stream:
        stream.writelines(generated_file(asked.megabytes * 1_000_000, asked.seed))


if __name__ == "__main__":
    main()
