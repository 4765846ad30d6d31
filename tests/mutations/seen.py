"""How a scene is seen on the way under test, by the official masters of its month."""

from services.claims.domain.found_codes import FoundCode
from services.shared.kernel.months import Month
from tests.mutations.scenes import Scene
from tests.support.judged import Circumstances, Judged, judged
from tests.support.mutator.raw import BIRTH, KIND, MEMBER, MONTH, RawReceipt
from tests.support.official_masters import WrittenFile, official_schedule


def seen(scene: Scene) -> Judged:
    """The scene on the way under test."""
    around = Circumstances(
        claim_month=Month.parse(scene.claim_month),
        hospital_code=scene.institution,
        hospital=scene.hospital,
        beds=scene.beds,
        standards=scene.standards,
        twin=any(is_twin(scene.receipt, other) for other in scene.before),
        municipal=False,
        patient_part_stated=bool(scene.receipt.lines("MF")),
        moved_diseases=dict(scene.moved),
        found=tuple(FoundCode(*each) for each in scene.found),
    )
    month = Month.parse(scene.receipt.fields(1)[MONTH])
    files = [WrittenFile(*file) for file in scene.published]
    return judged(scene.receipt.to_bytes(), official_schedule(month, *files), around)


def is_twin(one: RawReceipt, other: RawReceipt) -> bool:
    """Whether two receipts are of the same person, month and kind."""

    def whose(receipt: RawReceipt) -> tuple[str, ...]:
        head, member = receipt.fields(1), receipt.fields(2)
        return head[KIND], head[MONTH], head[BIRTH], member[1], member[MEMBER]

    return whose(one) == whose(other)
