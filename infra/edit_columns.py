"""What becomes of every column of the masters: used by pricing or by an edit, not decidable by machine, not applicable.

One line for each item or run of items (項番): `items | use | by or why`. `used` names edits by their id, `pricing`,
`history` (the versions of a code and their days) or `names` (what a person is shown).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from services.claims.domain.masters.kinds import MasterKind

USED, UNDECIDED, NOT_APPLICABLE = "used", "not decidable", "not applicable"
USES: Final = (USED, UNDECIDED, NOT_APPLICABLE)

_LENGTH = "counts the characters of the name beside it; checked when a file is read"
_LETTER = "says which master the file is; checked when a file is read"
_RESERVE = "予備: reserved"
_CHANGED = "what changed since the master before is worked out from the versions themselves"
_OLD = "the price before the last revision stands in its own version"
_ORDER = "the order in which lists are printed"

_ACT: Final = f"""
1 | used | history
2 | {NOT_APPLICABLE} | {_LETTER}
3 | used | history, pricing, act.unknown, act.not-live
4, 6, 9 | {NOT_APPLICABLE} | {_LENGTH}
5 | used | names
7 | {NOT_APPLICABLE} | the reading of the name
8 | used | pricing, quantity.missing, quantity.unasked
10 | {NOT_APPLICABLE} | the name of the unit that item 8 states
11, 12 | used | pricing, points.above-price, points.above-sum, points.below-price, meals.yen
13 | used | act.inpatient-only, act.outpatient-only
14 | used | act.insurance-only, act.late-elderly-only
15, 66 | used | line.section
16 | used | pricing, bundle.torn, bundle.month-limit
17, 24, 26, 65 | {NOT_APPLICABLE} | {_RESERVE}
18 | used | act.dpc-only
19 | used | act.hospital-only, act.clinic-only, hospital.not-known
20 | used | addition.tied
21 | used | act.forensic
22 | {UNDECIDED} | says which kind of nursing addition an act is; which of them a ward may bill stands in no column
23 | used | addition.tied
25 | used | disease.asked-for, disease.asked-for-uncoded, coding.names-disease
27 | used | days.act, days.consultations, days.stay, days.twice, stay.outside-without-stay
28 | {NOT_APPLICABLE} | item 27 alone tells which acts count together (別紙7-4: 初診料 and 再診料 do)
29 | used | drug.asked-for
30, 33 | used | pricing
31 | used | pricing, quantity.below-lower
32 | used | pricing, quantity.above-upper
34 | used | pricing, points.above-sum
35 | used | pricing, quantity.zero, quantity.below-lower, quantity.above-upper
36 | used | limit.capped, limit.refused
37 | used | limit.capped, limit.refused
38 | used | note.without-base, note.together, pricing
39 | used | note.together, note.without-base
40 | used | addition.tied, pricing
41 | used | act.age-low
42 | used | act.age-high
43 | used | addition.time, pricing
44, 45 | used | act.standard-at-full, hospital.not-known
46 | used | addition.tied
47, 48 | used | addition.tied, pricing
49 | {UNDECIDED} | ties an act to the donor's receipt (TR), whose lines the edits do not see
50, 51 | used | judgement.twice, judgement.without-test
52 | used | taper.missing, taper.without-act, pricing
53 to 55, 64, 67, 82 | used | addition.tied
56 | used | management.excluded
57, 58 | {NOT_APPLICABLE} | {_OLD}
59, 60 | {NOT_APPLICABLE} | {_CHANGED}
61 | used | specimen.without-test
62 | used | pricing
63 | used | taper.missing
68 | used | note.without-base, rule.without-act, addition.tied, addition.time, pricing
69 | {NOT_APPLICABLE} | what the fee schedule calls the act; how it is written in a receipt is item 68
70 | {UNDECIDED} | the area class (級地) of the hospital is in no standard that is registered with us
71 | used | act.beds, hospital.not-known
72 to 81 | used | act.standard-missing, hospital.not-known
83 | used | surgery.companion-missing
84 | {NOT_APPLICABLE} | dental receipts
85, 90 to 92 | used | pricing, taper.missing, act.standard-at-full
86, 95 to 97 | used | pricing
87, 88 | used | history, act.unknown, act.not-live
89 | {NOT_APPLICABLE} | {_ORDER}
93, 94, 98, 99 | {NOT_APPLICABLE} | the place in the fee schedule below its section
100 to 111 | used | note.without-base, addition.tied, addition.age
112 | {NOT_APPLICABLE} | the code before a merger or split; a receipt is judged by the code of its day
113 | {NOT_APPLICABLE} | the long name
114, 115, 119 to 122, 124 to 127 | used | addition.tied
116, 118 | used | addition.tied, surgery.companion-missing
117 | {NOT_APPLICABLE} | the surgery's place in the DPC tables
123 | used | surgery.companion-missing
128 to 150 | {UNDECIDED} | 予備 in April 2022; files of 2024 fill some, what they mean is not known here; kept raw
"""

_DRUG: Final = f"""
1 | used | history
2 | {NOT_APPLICABLE} | {_LETTER}
3 | used | history, pricing, drug.unknown, drug.not-live
4, 6, 9 | {NOT_APPLICABLE} | {_LENGTH}
5 | used | names
7 | {NOT_APPLICABLE} | the reading of the name
8 | used | drug.quantity-missing
10 | {NOT_APPLICABLE} | the name of the unit that item 8 states
11 | used | pricing, drug.dental
12 | used | pricing, points.above-sum, drug.quantity-missing
13, 18, 29 | {NOT_APPLICABLE} | {_RESERVE}
14 to 16 | used | drug.asked-for
17 | {UNDECIDED} | additions for generics ask what was prescribed and stocked, which no receipt states
19 | {NOT_APPLICABLE} | dental receipts
20 | {UNDECIDED} | whether a contrast medium belongs to an examination is medical judgement
21 | {UNDECIDED} | how much of a vessel was used up, and whether the rest may be billed, is medical judgement
22, 32 | {NOT_APPLICABLE} | how the drug price standard lists the drug
23 | {NOT_APPLICABLE} | the notified drug behind a brand; each has a price of its own
24, 25 | {NOT_APPLICABLE} | {_OLD}
26, 27 | {NOT_APPLICABLE} | {_CHANGED}
28 | {UNDECIDED} | a form may rightly be given in another way than its own
30, 31 | used | history, drug.unknown, drug.not-live
33 | {NOT_APPLICABLE} | {_ORDER}
34 | used | history, drug.not-live
35 | {NOT_APPLICABLE} | the long name
"""

_MATERIAL: Final = f"""
1 | used | history
2 | {NOT_APPLICABLE} | {_LETTER}
3 | used | history, pricing, material.unknown, material.not-live
4, 6, 9 | {NOT_APPLICABLE} | {_LENGTH}
5 | used | names
7 | {NOT_APPLICABLE} | the reading of the name
8 | used | pricing, material.unit-wrong
10 | {NOT_APPLICABLE} | the name of the unit that item 8 states
11 | used | pricing, material.price-missing, material.price-above
12 | used | pricing, material.price-above, points.above-sum
13, 25, 34 to 36 | {NOT_APPLICABLE} | {_RESERVE}
14, 21 to 24 | used | pricing
15 | used | material.age-low
16 | used | material.age-high
17, 18 | {NOT_APPLICABLE} | {_OLD}
19, 20 | {NOT_APPLICABLE} | {_CHANGED}
26 | {NOT_APPLICABLE} | {_ORDER}
27 | {NOT_APPLICABLE} | the code that a change moved this one to; a receipt is judged by the code of its day
28, 30 | used | history, material.unknown, material.not-live
29 | {NOT_APPLICABLE} | until when a price holds beside another; the versions have their own days
31, 32 | {UNDECIDED} | how often materials of one class may be billed stands in notices, in no column
33 | {NOT_APPLICABLE} | DPC receipts
37 | {NOT_APPLICABLE} | the long name
"""

_DISEASE: Final = f"""
1 | used | history
2 | {NOT_APPLICABLE} | {_LETTER}
3 | used | history, disease.unknown
4 | used | disease.abolished
5, 7, 9, 42 | {NOT_APPLICABLE} | {_LENGTH}
6 | used | names
8, 10 | {NOT_APPLICABLE} | the short name and the reading
11 to 13 | {NOT_APPLICABLE} | keys of the standard disease names (MEDIS-DC)
14, 15 | {NOT_APPLICABLE} | ICD-10 of 2003; items 16 and 17 are of 2013
16, 17 | used | disease.other-sex, coding.other-sex
18, 40, 41 | {NOT_APPLICABLE} | {_RESERVE}
19 | used | disease.needs-modifier, coding.not-used
20 | used | disease.not-insured, coding.not-insured
21, 43 | used | disease.asked-for, disease.asked-for-uncoded, coding.names-disease
22 to 24 | used | history, disease.unknown, disease.abolished
25 to 37, 45, 46 | {NOT_APPLICABLE} | {_CHANGED}
38 | {NOT_APPLICABLE} | item 4 by another key
39, 44 | {NOT_APPLICABLE} | dental receipts
"""

_MODIFIER: Final = f"""
1 | used | history
2 | {NOT_APPLICABLE} | {_LETTER}
3 | used | history, modifier.unknown
4, 5, 8, 11 | {NOT_APPLICABLE} | {_RESERVE}
6, 9 | {NOT_APPLICABLE} | {_LENGTH}
7 | used | names
10 | {NOT_APPLICABLE} | the reading of the name
12, 13 | {NOT_APPLICABLE} | {_CHANGED}
14 to 16 | used | history, modifier.unknown
17, 18 | {NOT_APPLICABLE} | keys of the standard disease names (MEDIS-DC)
19 | used | disease.needs-modifier, coding.not-used
"""

_COMMENT: Final = f"""
1 | used | history
2, 3 | {NOT_APPLICABLE} | {_LETTER}
4 | used | comment.text-missing, comment.text-form
5 | {NOT_APPLICABLE} | part of the code, item 23
6, 8 | {NOT_APPLICABLE} | {_LENGTH}
7 | used | names
9 | {NOT_APPLICABLE} | the reading of the text
10, 12, 14, 16 | {NOT_APPLICABLE} | where in the printed text digits are set
11, 13, 15, 17 | used | comment.text-form
18, 19 | {NOT_APPLICABLE} | {_RESERVE}
20 | {UNDECIDED} | which act demands which comment stands in a file of its own (コメント関連テーブル)
21, 22 | used | history, comment.unknown
23 | used | history, comment.unknown, claim.time-barred
24 | {UNDECIDED} | the item of 記載要領別表Ⅰ that demands the comment; the list itself is not in the master
25 to 30 | {NOT_APPLICABLE} | {_RESERVE}
"""


class ColumnUse(NamedTuple):
    """What becomes of one item: a member of USES, and by what or why."""

    use: str
    says: str


def _items(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.strip().partition(" to ")
        yield from range(int(first), int(last or first) + 1)


def _uses(table: str) -> Mapping[int, ColumnUse]:
    found: dict[int, ColumnUse] = {}
    for row in table.strip().splitlines():
        items, use, says = (part.strip() for part in row.split("|"))
        for item in _items(items):
            if item in found:
                raise ValueError(f"item {item} is classified twice")
            found[item] = ColumnUse(use, says)
    return MappingProxyType(found)


COLUMN_USES: Final[Mapping[MasterKind, Mapping[int, ColumnUse]]] = MappingProxyType(
    {
        MasterKind.ACT: _uses(_ACT),
        MasterKind.DRUG: _uses(_DRUG),
        MasterKind.MATERIAL: _uses(_MATERIAL),
        MasterKind.DISEASE: _uses(_DISEASE),
        MasterKind.MODIFIER: _uses(_MODIFIER),
        MasterKind.COMMENT: _uses(_COMMENT),
    }
)
"""Per master and item."""
