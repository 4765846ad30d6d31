"""Whatever a bank sends: it is read whole or refused with places, days come back, and no yen is matched twice."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.settlement.domain.bank.days import DayStyle, NoDay, day_of
from services.settlement.domain.bank.reading import read_statement_file
from services.settlement.domain.bank.records import NoBankFile
from services.settlement.domain.bank.statements import BankFile, BankLine, WrongBankFile
from services.settlement.domain.reconciliation.expected import Expected, Outgoing, Owed
from services.settlement.domain.reconciliation.matching import judged
from services.settlement.domain.reconciliation.verdicts import Matched, Purpose
from tests.support.bank_statements import ACCOUNT, Line, era, statement_file, western
from tests.support.camt import camt_052
from tests.unit.settlement.reconciliation.builders import INSURER, PROGRAMME, line, outgoing, owed

DAY = date(2026, 6, 30)
PLAIN = statement_file(1_000, [Line(day=DAY, yen=7_000, number="1", edi=INSURER), Line(day=DAY, yen=-300)])
XML = camt_052(1_000, [Line(day=DAY, yen=7_000, number="1"), Line(day=DAY, yen=-300)], since=DAY, until=DAY)
CENTURY = 2000
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def read(content: bytes) -> BankFile | None:
    """None: refused, with a place for each violation."""
    try:
        return read_statement_file(content, DayStyle.IMPERIAL, DAY)
    except NoBankFile:
        return None
    except WrongBankFile as fault:
        assert fault.violations  # noqa: PT017 - a refusal without a reason is none
        assert all(each.record >= 0 and each.offset >= 0 and each.rule for each in fault.violations)  # noqa: PT017
        return None


@given(st.sampled_from([PLAIN, XML]), st.data())
def test_no_noise_stops_the_reader(content: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(0, 40))
    noise = data.draw(st.binary(max_size=40))

    read(content[:place] + noise + content[place + length :])


@given(
    st.binary(max_size=700), st.sampled_from([b"", b"103", b"101", b"<", b"<?xml version='1.0'?><a>", b"\xef\xbb\xbf<"])
)
def test_no_bytes_stop_the_reader(noise: bytes, lead: bytes) -> None:
    read(lead + noise)


AMOUNTS = [*range(224, 236), *range(424, 436), *range(115, 129), *range(640, 654)]
"""The digits of both amounts, of the opening and of the closing balance of PLAIN, each in its record of 200 bytes."""


@given(st.sampled_from(AMOUNTS), st.integers(1, 9))
def test_no_changed_digit_of_an_amount_or_balance_is_believed(place: int, by: int) -> None:
    changed = bytearray(PLAIN)
    changed[place] = ord("0") + (changed[place] - ord("0") + by) % 10

    assert read(bytes(changed)) is None


@given(DAYS, st.integers(0, 60))
def test_a_day_comes_back_out_of_the_style_that_it_was_written_in(day: date, later: int) -> None:
    read_on = day + timedelta(days=later)

    assert day_of(era(day), DayStyle.IMPERIAL, read_on) == day
    assert day.year < CENTURY or day_of(western(day), DayStyle.WESTERN, read_on) == day


@given(st.dates(date(2001, 1, 1), date(2057, 12, 31)), st.integers(0, 60))
def test_a_western_day_is_never_believed_to_be_an_imperial_one_nearby(day: date, later: int) -> None:
    with suppress(NoDay):
        assert day_of(western(day), DayStyle.IMPERIAL, day + timedelta(days=later)) != day


THINGS = st.lists(
    st.one_of(
        st.builds(
            owed,
            st.uuids().map(str),
            st.integers(1, 30),
            payer=st.sampled_from([INSURER, PROGRAMME]),
            received=st.integers(0, 10),
        ),
        st.builds(
            outgoing,
            st.integers(1, 40).map(str),
            st.integers(1, 30),
            batch=st.sampled_from(["a", "b"]),
            settled=st.booleans(),
            day=st.sampled_from([DAY, DAY - timedelta(days=1)]),
        ),
    ),
    max_size=12,
    unique_by=lambda each: each.statement_id if isinstance(each, Owed) else each.payment_id,
)
LINES = st.lists(
    st.builds(
        line,
        st.integers(-60, 60).filter(bool),
        edi=st.sampled_from(["", INSURER, PROGRAMME, "0000000001", "0000000002", "0000000007"]),
        narrative=st.sampled_from(["", "ﾍﾝｷﾔｸ", "ﾋﾞﾖｳｲﾝ ﾍﾝｷﾔｸ"]),
        remitter=st.sampled_from(["", "ﾋﾞﾖｳｲﾝ"]),
    ),
    max_size=15,
)


@given(LINES, THINGS)
def test_no_yen_is_matched_twice_and_each_line_to_the_yen(lines: list[BankLine], things: list[Owed | Outgoing]) -> None:
    known = Expected(
        owed=[each for each in things if isinstance(each, Owed)],
        outgoing=[each for each in things if isinstance(each, Outgoing)],
        payers=frozenset({INSURER, PROGRAMME}),
        return_words=("ﾍﾝｷﾔｸ",),
    )
    verdicts = list(judged(lines, ACCOUNT, known))
    received: Counter[str] = Counter()
    shown: Counter[str] = Counter(each.payment_id for each in things if isinstance(each, Outgoing) and each.is_settled)
    back: Counter[str] = Counter()
    for each, verdict in zip(lines, verdicts, strict=True):
        if not isinstance(verdict, Matched):
            continue
        assert sum(part.yen for part in verdict.parts) == each.yen
        for part in verdict.parts:
            received[part.statement_id] += part.yen if part.purpose is Purpose.PAYER else 0
            shown.update(part.payment_ids if part.purpose is Purpose.PAYMENT else ())
            back.update(part.payment_ids if part.purpose is Purpose.RETURN else ())

    for thing in things:
        if isinstance(thing, Owed):
            assert received[thing.statement_id] <= max(0, thing.open_yen)
        else:
            assert back[thing.payment_id] <= shown[thing.payment_id] <= 1
