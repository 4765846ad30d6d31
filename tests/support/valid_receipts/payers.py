"""The head of a receipt: RE, HO, KO, SN and MF records that hold under the strict profile."""

from random import Random
from typing import Final

from tests.support.mutator.raw import (
    ADMITTED,
    BENEFIT,
    BIRTH,
    HO_DAYS,
    HO_POINTS,
    INSURER,
    KANA,
    KIND,
    KO_DAYS,
    KO_POINTS,
    MEMBER,
    MONTH,
    NAME,
    PROGRAMME,
    RECIPIENT,
    SEX,
    SYMBOL,
    Fields,
    record,
)
from tests.support.valid_receipts.patients import Patient, with_check_digit
from tests.support.valid_receipts.visit import Visits

_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")


def payer_records(random: Random, visits: Visits) -> list[Fields]:
    """RE, HO, KO and SN; the points are stated when the lines are known."""
    patient, days = visits.patient, len(visits.days)
    payers = (1 if patient.insurer else 0) + len(patient.programmes)
    head = {
        1: "1",
        KIND: f"1{patient.scheme}{payers}{patient.last}",
        MONTH: f"{visits.month:%Y%m}",
        NAME: "架空　花子" if patient.sex == "2" else "架空　太郎",
        SEX: patient.sex,
        BIRTH: f"{patient.birth:%Y%m%d}",
        BENEFIT: patient.benefit,
        ADMITTED: f"{visits.first:%Y%m%d}" if visits.inpatient else "",
        KANA: "カクウハナコ" if patient.sex == "2" else "カクウタロウ",
    }
    made = [record("RE", head)]
    if patient.insurer:
        number = f"{random.randrange(10_000, 99_999)}".translate(_FULL_WIDTH)
        symbol = "" if patient.late_elderly else "１２３"
        member = {INSURER: patient.insurer, SYMBOL: symbol, MEMBER: number, HO_DAYS: str(days), HO_POINTS: "0"}
        made.append(record("HO", member))
    for programme in patient.programmes:
        recipient = with_check_digit(f"{random.randrange(100_000, 999_999)}")
        fields = {PROGRAMME: programme, RECIPIENT: recipient, KO_DAYS: str(days), KO_POINTS: "0"}
        made.append(record("KO", fields))
    if patient.insurer and not patient.late_elderly:
        made.append(record("SN", {1: "1", 2: "01", 6: "01"}))
    if random.random() < 0.3:
        made += [_visits(bearer, visits) for bearer in _bearers(patient)]
    if random.random() < 0.7:
        made.append(record("MF", {1: "00"}))
    return made


def _bearers(patient: Patient) -> list[str]:
    """負担者種別 of every payer on the receipt: 1 the insurer, 2 and 3 the programmes."""
    return [*("1" if patient.insurer else ""), *(str(place) for place, _ in enumerate(patient.programmes, 2))]


def _visits(bearer: str, visits: Visits) -> Fields:
    """JD: a day that counts."""
    return record("JD", {1: bearer} | {1 + day: "1" for day in visits.days})
