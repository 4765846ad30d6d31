"""`python -m tests.support.coded_lines FOLDER`: what the coder loaded in this process says of names, changed and whole.

A line for each text, so that two processes can be compared; the first line tells where the coder was loaded from.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from services.coding.adapters.master_files import load_masters_of
from services.coding.adapters.ranking import load_ranking
from services.coding.domain import rewriting
from services.coding.domain.coding import Coding
from services.coding.domain.master import DiseaseMaster
from services.coding.domain.ranked import Asked, code_many
from services.shared.kernel.months import Month

TEXTS: Final = 1_500
SEED: Final = 20_261_122
MONTH: Final = Month(2024, 6)
AROUND: Final = ("{}", "右{}の疑い", "{}なし", "急性{}術後", "{}、{}", "時々{}あり", "両側{}(再発)", "L4/5{}", "s/o {}")
"""Ways to write a name that each part of the rules has something to say to."""


def coded_lines(folder: Path) -> Iterator[str]:
    """Route, code, modifiers and candidates of each text."""
    master = load_masters_of(folder)
    texts = list(_texts(master))
    codings = code_many([Asked(text=text, month=MONTH) for text in texts], master, load_ranking(master, None))
    for text, coding in zip(texts, codings, strict=True):
        yield f"{text} {_said(coding)}"


def _said(coding: Coding) -> str:
    told = (coding.route.name, coding.normalised_text, coding.disease and coding.disease.code, coding.modifier_codes)
    return f"{told} {coding.reason} {coding.p} {[(c.disease.code, c.p, c.found_by) for c in coding.candidates]}"


def _texts(master: DiseaseMaster) -> Iterator[str]:
    """Names of the master with words around them, every other with a character left out."""
    random = Random(SEED)
    for number in range(TEXTS):
        names = [random.choice(master.rows).name for _ in range(2)]
        left_out = random.randrange(len(names[0])) if number % 2 else len(names[0])
        names[0] = names[0][:left_out] + names[0][left_out + 1 :]
        yield random.choice(AROUND).format(*names)


if __name__ == "__main__":
    sys.stdout.write(f"{rewriting.__file__}\n")
    for line in coded_lines(Path(sys.argv[1])):
        sys.stdout.write(f"{line}\n")
