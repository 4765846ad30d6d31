"""Additions whose acts the master ties to them by a column of their own.

Source: マスターファイル仕様説明書, April 2022, 別紙7-6 and items 20, 23, 40, 43, 46 to 48, 53 to 127 of the act master.

One table says for each column which codes of an addition need which codes of a base act. Codes that the specification
does not explain (SEEN) are left out: an addition that bears only such a code is not judged by the column.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from services.claims.domain.masters.act_additions import (
    AgeRule,
    Anaesthesia,
    AppendageClosure,
    AutomaticSuture,
    BedFeeReduction,
    EvokedPotential,
    ImageSupport,
    InfantTreatment,
    InfectionControl,
    LongAnaesthesia,
    Monitoring,
    NegativePressure,
    ShortStaySurgery,
    TimeAddition,
)
from services.claims.domain.masters.act_values import NoticeKind
from services.claims.domain.masters.acts import Act

_ADDITIONS: Final = frozenset({NoticeKind.ADDITION, NoticeKind.GENERAL_ADDITION})


class Tie(NamedTuple):
    """One column: the field, its item and Japanese name, and for each code of an addition the codes of its acts."""

    field: str
    item: int
    japanese: str
    of: Callable[[Act], object]
    needs: dict[object, frozenset[object]]


def _flag(field: str, item: int, japanese: str, of: Callable[[Act], bool]) -> Tie:
    return Tie(field, item, japanese, of, {True: frozenset({True})})


def _same(field: str, item: int, japanese: str, of: Callable[[Act], object], *codes: object) -> Tie:
    return Tie(field, item, japanese, of, {code: frozenset({code}) for code in codes})


_CLOSED_CIRCUIT: Final[frozenset[object]] = frozenset(
    {
        Anaesthesia.CLOSED_CIRCUIT_1,
        Anaesthesia.CLOSED_CIRCUIT_2,
        Anaesthesia.CLOSED_CIRCUIT_3,
        Anaesthesia.CLOSED_CIRCUIT_4,
        Anaesthesia.CLOSED_CIRCUIT_5,
    }
)
_BED_FEE: Final[frozenset[object]] = frozenset({BedFeeReduction.BED_FEE})
_MANAGED: Final[frozenset[object]] = frozenset({InfectionControl.MANAGEMENT_FEE})
_AT_HOME: Final[frozenset[object]] = frozenset({InfectionControl.HOME_CARE})

TIES: Final = (
    Tie(
        "image_support",
        20,
        "画像等手術支援加算",
        lambda act: act.image_support,
        {
            ImageSupport.NAVIGATION: frozenset(
                {ImageSupport.NAVIGATION, ImageSupport.NAVIGATION_OR_MODEL, ImageSupport.NAVIGATION_OR_GUIDE}
            ),
            ImageSupport.MODEL: frozenset(
                {ImageSupport.MODEL, ImageSupport.NAVIGATION_OR_MODEL, ImageSupport.MODEL_OR_GUIDE}
            ),
            ImageSupport.GUIDE: frozenset(
                {ImageSupport.GUIDE, ImageSupport.NAVIGATION_OR_GUIDE, ImageSupport.MODEL_OR_GUIDE}
            ),
        },
    ),
    Tie(
        "anaesthesia",
        23,
        "麻酔識別区分",
        lambda act: act.anaesthesia,
        {
            Anaesthesia.NERVE_BLOCK_NAMED_PATIENTS: _CLOSED_CIRCUIT,
            Anaesthesia.TRANSPLANT_OR_MONITORING: _CLOSED_CIRCUIT,
            Anaesthesia.OESOPHAGEAL_ECHO: _CLOSED_CIRCUIT,
            Anaesthesia.EPIDURAL: _CLOSED_CIRCUIT,
        },
    ),
    _same("age_rule", 40, "通則年齢", lambda act: act.age_rule, AgeRule.GENERAL, AgeRule.NOTE),
    _same(
        "infant_treatment",
        46,
        "処置乳幼児加算区分",
        lambda act: act.infant_treatment,
        *(each for each in InfantTreatment if each is not InfantTreatment.NONE),
    ),
    _flag("low_birth_weight", 47, "極低出生体重児加算区分", lambda act: act.low_birth_weight),
    Tie(
        "bed_fee_reduction",
        48,
        "入院基本料等減算対象識別",
        lambda act: act.bed_fee_reduction,
        {
            BedFeeReduction.CHOSEN_CARE: _BED_FEE,
            BedFeeReduction.OTHER_INSTITUTION_OR_LEAVE: _BED_FEE,
            BedFeeReduction.OVERCROWDING_OR_SHORT_STAFF: frozenset({*_BED_FEE, BedFeeReduction.STAY_ADDITION}),
        },
    ),
    _same(
        "evoked_potential",
        53,
        "脊髄誘発電位測定等加算区分",
        lambda act: act.evoked_potential,
        EvokedPotential.BRAIN_SPINE_AORTA_OESOPHAGUS,
        EvokedPotential.THYROID,
    ),
    _flag("neck_dissection", 54, "頸部郭清術併施加算区分", lambda act: act.neck_dissection),
    Tie(
        "automatic_suture",
        55,
        "自動縫合器加算区分",
        lambda act: act.automatic_suture,
        {
            AutomaticSuture.SUTURE: frozenset({AutomaticSuture.SUTURE, AutomaticSuture.SUTURE_OR_APPENDAGE_CLIP}),
            AutomaticSuture.APPENDAGE_CLIP: frozenset(
                {AutomaticSuture.APPENDAGE_CLIP, AutomaticSuture.SUTURE_OR_APPENDAGE_CLIP}
            ),
        },
    ),
    _flag("endoscopic_ultrasound", 64, "超音波内視鏡加算区分", lambda act: act.endoscopic_ultrasound),
    _flag("automatic_anastomosis", 67, "自動吻合器加算区分", lambda act: act.automatic_anastomosis),
    _flag("ultrasonic_coagulation", 82, "超音波凝固切開装置等加算区分", lambda act: act.ultrasonic_coagulation),
    _flag("sinus_endoscope", 114, "副鼻腔手術用内視鏡加算", lambda act: act.sinus_endoscope),
    _flag("sinus_tissue_device", 115, "副鼻腔手術用骨軟部組織切除機器加算", lambda act: act.sinus_tissue_device),
    Tie(
        "long_anaesthesia",
        116,
        "長時間麻酔管理加算",
        lambda act: act.long_anaesthesia,
        {LongAnaesthesia.MANAGEMENT: frozenset({LongAnaesthesia.MANAGEMENT})},
    ),
    Tie(
        "monitoring",
        118,
        "モニタリング加算",
        lambda act: act.monitoring,
        {Monitoring.HAEMODYNAMIC: frozenset({Monitoring.HAEMODYNAMIC})},
    ),
    _flag("frozen_tissue", 119, "凍結保存同種組織加算", lambda act: act.frozen_tissue),
    _flag("tumour_specimen", 120, "悪性腫瘍病理組織標本加算", lambda act: act.tumour_specimen),
    _flag("external_fixator", 121, "創外固定器加算", lambda act: act.external_fixator),
    _flag("ultrasonic_cutting", 122, "超音波切削機器加算", lambda act: act.ultrasonic_cutting),
    Tie(
        "infection_control",
        124,
        "外来感染対策向上加算等",
        lambda act: act.infection_control,
        {
            InfectionControl.MANAGEMENT_FEE: _MANAGED,
            InfectionControl.HOME_CARE: _MANAGED,
            InfectionControl.SURVEILLANCE_MANAGEMENT_FEE: _MANAGED,
            InfectionControl.ADDITION_HOME_CARE: _AT_HOME,
            InfectionControl.COOPERATION_HOME_CARE: _AT_HOME,
            InfectionControl.SURVEILLANCE_HOME_CARE: _AT_HOME,
        },
    ),
    _flag("ent_infant_treatment", 125, "耳鼻咽喉科乳幼児処置加算", lambda act: act.ent_infant_treatment),
    _flag("ent_antimicrobial", 126, "耳鼻咽喉科小児抗菌薬適正使用支援加算", lambda act: act.ent_antimicrobial),
    Tie(
        "negative_pressure",
        127,
        "切開創局所陰圧閉鎖処置機器加算",
        lambda act: act.negative_pressure,
        {NegativePressure.ADDITION: frozenset({NegativePressure.ALLOWED})},
    ),
)
"""Every column that ties additions to acts, in the order of their items."""

HOURS: Final = Tie(
    "time_addition",
    43,
    "時間加算区分",
    lambda act: act.time_addition,
    {time: frozenset({TimeAddition.AFTER_HOURS}) for time in TimeAddition if time is not TimeAddition.NONE},
)
"""The column that ties additions for hours to acts that allow them; on an act 1 says that it does."""

# Item 83: in the master of 2024-05 no act bears 2. The surgeries of the fee bear 3, which the specification of 2022
# does not explain; what may be the companion is not cut.
SURGERIES: Final = (
    Tie(
        "short_stay_surgery",
        83,
        "短期滞在手術",
        lambda act: act.short_stay_surgery,
        {
            ShortStaySurgery.FEE_1: frozenset(
                {ShortStaySurgery.ALLOWS_FEE_1, ShortStaySurgery.SEEN_3, ShortStaySurgery.SEEN_4}
            )
        },
    ),
    Tie(
        "appendage_closure",
        123,
        "左心耳閉鎖術併施区分",
        lambda act: act.appendage_closure,
        {AppendageClosure.CLOSURE: frozenset({AppendageClosure.PERFORMED_TOGETHER})},
    ),
)
"""Columns that tie a base act to another one that must be done as well."""

SURGERIES_OF_ADDITIONS: Final = (
    Tie(
        "long_anaesthesia",
        116,
        "長時間麻酔管理加算",
        lambda act: act.long_anaesthesia,
        {LongAnaesthesia.MANAGEMENT: frozenset({LongAnaesthesia.REQUIRED_SURGERY})},
    ),
    Tie(
        "monitoring",
        118,
        "モニタリング加算",
        lambda act: act.monitoring,
        {Monitoring.HAEMODYNAMIC: frozenset({Monitoring.REQUIRED_SURGERY})},
    ),
)
"""Columns that name surgeries (code 2) of which one must be done for an addition, beside the act that it adds to."""


def ties_of(act: Act) -> tuple[Tie, ...]:
    """The columns that say which acts an addition may add to; none where its note group says so, or for no addition."""
    if act.notice_kind not in _ADDITIONS or act.note_group:
        return ()
    return tuple(tie for tie in TIES if tie.of(act) in tie.needs)


def companions_of(act: Act) -> tuple[Tie, ...]:
    """The columns that say what else must be done with this act."""
    columns = SURGERIES_OF_ADDITIONS if act.notice_kind in _ADDITIONS else SURGERIES
    return tuple(tie for tie in columns if tie.of(act) in tie.needs)


def is_tied(act: Act) -> bool:
    """Whether some column says what the act needs beside it."""
    return bool(ties_of(act) or companions_of(act))


def is_for_hours(act: Act) -> bool:
    """Whether the act is an addition for hours that no note group ties to its act."""
    return act.notice_kind in _ADDITIONS and not act.note_group and HOURS.of(act) in HOURS.needs
