"""The real outpatient file of October 2021 priced from the real act schedule of February 2022.

What a unit is worth stands in the file itself: its declared points. No other master of that year is at hand, so drugs
are not priced; four units have an act that the schedule of February 2022 no longer holds.
"""

import csv
import io
import zipfile
from functools import lru_cache

from services.claims.domain.masters.acts import Act
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.records import row_of
from services.claims.domain.masters.schedule import MonthSchedule
from services.claims.domain.pricing.priced import PricedUnit, Unpriced
from services.claims.domain.pricing.prices import by_section, by_share, differences, price
from services.claims.domain.treatment import LineKind, Treatment, Unit
from services.claims.domain.uke.findings import Profile
from services.claims.domain.uke.submission import SubmissionReader
from services.claims.domain.uke.treatment_of import treatment_of
from services.shared.kernel.months import Month
from tests.properties.claims_pricing.slow import BLOOD_CHEMISTRY, slow_points
from tests.support.official_data import official_data, part_a

ABOLISHED_SINCE = "113033370"
DECLARED_POINTS = 61_495


def _schedule_rows() -> list[list[str]]:
    with zipfile.ZipFile(official_data("masters", "full", "s_ALL20220218.zip")) as archive:
        content = archive.read(archive.namelist()[0]).decode("cp932")
    return list(csv.reader(io.StringIO(content)))


def _lines_by_unit(content: bytes) -> list[list[tuple[str, str]]]:
    """Code and quantity of the lines up to each that states its points."""
    found: list[list[tuple[str, str]]] = []
    open_lines: list[tuple[str, str]] = []
    for fields in (line.split(",") for line in content.decode("cp932").splitlines()):
        if fields[0] in {"SI", "IY", "TO"}:
            open_lines.append((fields[3], fields[4]))
            if fields[5]:
                found.append(open_lines)
                open_lines = []
    return found


@lru_cache(maxsize=1)
def _schedule() -> MonthSchedule:
    acts = [row_of(MasterKind.ACT, fields) for fields in _schedule_rows()]
    return MonthSchedule.of(Month(2021, 10), acts=[act for act in acts if isinstance(act, Act)])


@lru_cache(maxsize=1)
def _treatments() -> list[Treatment]:
    reader = SubmissionReader(Profile.LENIENT)
    receipts = reader.feed(part_a())
    rest, _ = reader.finish()
    facts = [receipt.assessment.facts for receipt in (*receipts, *rest)]
    return [treatment_of(each) for each in facts if each is not None]


def _units() -> list[tuple[Unit, PricedUnit]]:
    return [
        pair
        for treatment in _treatments()
        for pair in zip(treatment.units, price(treatment, _schedule()).units, strict=True)
    ]


def _is_of_acts(unit: Unit) -> bool:
    return all(line.kind is LineKind.ACT for line in unit.lines)


def test_every_priced_unit_is_worth_its_declared_points() -> None:
    assert [differences(each, price(each, _schedule())) for each in _treatments()] == [()] * 45
    assert sum(answer.points is not None for _, answer in _units()) == 151


def test_of_the_units_of_acts_alone_at_least_95_percent_are_priced() -> None:
    answers = [answer for unit, answer in _units() if _is_of_acts(unit)]

    assert len(answers) == 155
    assert sum(answer.points is not None for answer in answers) == 151


def test_every_other_unit_says_which_code_or_kind_is_missing() -> None:
    unpriced = [(unit, answer) for unit, answer in _units() if answer.points is None]

    drugs = [answer for unit, answer in unpriced if not _is_of_acts(unit)]
    acts = [answer for unit, answer in unpriced if _is_of_acts(unit)]
    assert {(each.why, each.missing) for each in drugs} == {(Unpriced.KIND_NOT_LOADED, MasterKind.DRUG.value)}
    assert {(each.why, each.missing) for each in acts} == {(Unpriced.CODE_NOT_IN_MASTER, ABOLISHED_SINCE)}
    assert (len(drugs), len(acts)) == (16, 4)


def test_a_slow_pricing_by_another_route_agrees_on_every_unit() -> None:
    acts = {fields[2]: fields for fields in _schedule_rows()}

    slow = [slow_points(lines, acts, BLOOD_CHEMISTRY) for lines in _lines_by_unit(part_a())]

    assert [answer.points for _, answer in _units()] == slow


def test_the_points_of_a_units_lines_add_up_to_its_points_wherever_they_stand_alone() -> None:
    answers = [answer for _, answer in _units() if answer.points is not None and None not in answer.line_points]

    assert len(answers) == 147
    for answer in answers:
        assert sum(points or 0 for points in answer.line_points) == answer.points


def test_an_age_addition_twice_is_applied_act_by_act_and_to_what_the_first_made_of_it() -> None:
    (arithmetic,) = [answer.arithmetic for _, answer in _units() if answer.points == 3671]

    assert arithmetic == "130 + 1140 + 70 % of 130 + 70 % of 1140 + 70 % of 221 + 70 % of 1938"


def test_priced_and_unpriced_together_are_what_the_file_declares() -> None:
    pricings = [(each, price(each, _schedule())) for each in _treatments()]

    for totals in (by_section, by_share):
        found = [total for each, answer in pricings for total in totals(each.units, answer.units).values()]
        assert sum(total.declared for total in found) == DECLARED_POINTS
        assert sum(total.priced + total.unpriced_declared for total in found) == DECLARED_POINTS
