"""Between the wire's masters and the domain's."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from seikyu.claims.v1 import master_service_pb2 as wire

from services.claims.application.master_shelf import Loaded, Loading, ShelvedFile
from services.claims.application.masters import Masters
from services.claims.domain.masters.differences import Difference, differences, row_texts
from services.claims.domain.masters.files import FaultyFile, MasterFile
from services.claims.domain.masters.history import EraHistory, KindHistory
from services.claims.domain.masters.kinds import MasterKind
from services.claims.domain.masters.opening import UnreadableFile
from services.claims.domain.masters.revisions import ALWAYS, REVISIONS, Era, Mark, era_of
from services.shared.chassis.instants import timestamp

KINDS: Final = {
    MasterKind.DISEASE: wire.MASTER_KIND_DISEASE,
    MasterKind.MODIFIER: wire.MASTER_KIND_MODIFIER,
    MasterKind.ACT: wire.MASTER_KIND_ACT,
    MasterKind.DRUG: wire.MASTER_KIND_DRUG,
    MasterKind.MATERIAL: wire.MASTER_KIND_MATERIAL,
    MasterKind.COMMENT: wire.MASTER_KIND_COMMENT,
}
KINDS_OF_WIRE: Final = {value: kind for kind, value in KINDS.items()}
_OUTCOMES: Final = {
    Loading.LOADED: wire.MASTER_IMPORT_OUTCOME_LOADED,
    Loading.ALREADY_LOADED: wire.MASTER_IMPORT_OUTCOME_ALREADY_LOADED,
    Loading.REFUSED: wire.MASTER_IMPORT_OUTCOME_REFUSED,
}
DIFFERENCES_PER_ANSWER: Final = 500


class Moment(NamedTuple):
    """A day of treatment, as known on a day; None: by all files."""

    day: date
    as_of: date | None


def day_text(day: date | None) -> str:
    """YYYY-MM-DD; empty for none, and for the first and the last day of all time."""
    return "" if day in {None, date.min, date.max} else str(day)


def import_answer(name: str, loaded: Loaded) -> wire.ImportMastersResponse:
    """The answer to one file."""
    answer = wire.ImportMastersResponse(name=name, outcome=_OUTCOMES[loaded.loading], reason=loaded.reason)
    read = loaded.read
    match read:
        case UnreadableFile():
            pass
        case FaultyFile():
            answer.kind, answer.error_count = KINDS[read.kind], read.error_count
            answer.errors.extend(_row_errors(read))
        case MasterFile():
            _fill(answer, read)
    answer.sha256 = loaded.sha256
    return answer


def shown(masters: Masters, kind: MasterKind, code: str, on: Moment) -> wire.ShowMasterResponse:
    """All versions of a code."""
    history = masters.history(kind, on.as_of)
    versions = history.versions(code)
    era = history.loaded_on(on.day)
    attested = era.attested_from if era is not None else None
    return wire.ShowMasterResponse(
        kind=KINDS[kind],
        versions=[
            wire.MasterVersion(
                first_day=day_text(each.first),
                last_day=day_text(each.last),
                loaded=history.loaded_on(each.last) is not None,
                fields=[
                    wire.MasterField(name=text.name, japanese=text.japanese, value=text.value)
                    for text in row_texts(kind, each.row)
                ],
            )
            for each in versions
        ],
        in_force=next((at for at, each in enumerate(versions) if era and each.first <= on.day <= each.last), -1),
        loaded=era is not None,
        exhaustive=attested is not None and attested <= on.day,
    )


def difference_answers(
    masters: Masters, kinds: Iterable[MasterKind], before: Moment, after: Moment
) -> Iterator[wire.DiffMastersResponse]:
    """What differs, in answers of bounded size; at least one."""
    answer = wire.DiffMastersResponse()
    for kind in kinds:
        old, new = masters.history(kind, before.as_of), masters.history(kind, after.as_of)
        found = differences(old, before.day, new, after.day)
        if found is None:
            answer.not_compared.append(KINDS[kind])
            continue
        for each in found:
            answer.differences.append(_difference(each))
            if len(answer.differences) == DIFFERENCES_PER_ANSWER:
                yield answer
                answer = wire.DiffMastersResponse()
    yield answer


def status(masters: Masters, files: Sequence[ShelvedFile]) -> wire.GetMasterStatusResponse:
    """What is loaded, and the eras of every kind."""
    known_from = {file.sha256: file.published_on for file in sorted(files, key=_latest_first)}
    histories = [masters.history(kind) for kind in MasterKind]
    unapplied: dict[str, int] = {}
    for history in histories:
        for each in history.unapplied:
            unapplied[each.sha256] = unapplied.get(each.sha256, 0) + 1
    return wire.GetMasterStatusResponse(
        files=[
            wire.LoadedMasterFile(
                name=file.name,
                sha256=file.sha256,
                kind=KINDS[file.kind],
                full=file.full,
                published_on=str(file.published_on),
                load_time=timestamp(file.loaded_at),
                rows=file.rows,
                unapplied_rows=unapplied.get(file.sha256, 0),
                known_from=str(known_from[file.sha256]),
            )
            for file in files
        ],
        eras=[_era(history.kind, *known) for history in histories for known in _known_eras(history)],
    )


def _latest_first(file: ShelvedFile) -> int:
    return -file.published_on.toordinal()


def _known_eras(history: KindHistory) -> Iterator[tuple[Era, Mark | None, EraHistory | None]]:
    told = {each.era: each for each in history.eras}
    revisions = REVISIONS[history.kind]
    if not revisions:
        yield ALWAYS, None, told.get(ALWAYS)
    for revision in revisions:
        era = era_of(history.kind, revision.day, REVISIONS)
        if era is not None:
            yield era, revision.mark, told.get(era)


def _era(kind: MasterKind, era: Era, mark: Mark | None, told: EraHistory | None) -> wire.MasterEra:
    return wire.MasterEra(
        kind=KINDS[kind],
        first_day=day_text(era.first),
        last_day=day_text(era.last),
        loaded_from=day_text(told.loaded_from if told else None),
        attested_from=day_text(told.attested_from if told else None),
        codes=len(told.versions) if told else 0,
        mark=mark.value if mark else "",
    )


def _difference(each: Difference) -> wire.MasterDifference:
    return wire.MasterDifference(
        kind=KINDS[each.kind],
        code=each.code,
        name=each.name,
        before=each.before,
        after=each.after,
        changes=[wire.MasterChange(field=one.name, before=one.before, after=one.after) for one in each.changes],
    )


def _row_errors(read: FaultyFile) -> list[wire.MasterRowError]:
    return [
        wire.MasterRowError(line=each.line, item=each.item, column=each.japanese, rule=each.rule, found=each.found)
        for each in read.errors
    ]


def _fill(answer: wire.ImportMastersResponse, read: MasterFile) -> None:
    answer.kind, answer.full, answer.published_on = KINDS[read.kind], read.full, str(read.published_on)
    answer.rows, answer.silent_rows = len(read.records), len(read.silent)
    for record in read.records:
        answer.rows_by_change[record.change.value] += 1
    answer.later_columns.update(read.later)
    answer.codes_beyond.update({f"{item} {code}": lines for (item, code), lines in read.beyond.items()})
