"""What a statement's content makes of the one before: nothing where it is the same, else a new version linked to it."""

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

from services.shared.kernel.ids import statement_id, statement_version_id
from services.shared.kernel.months import Month


class Span(Enum):
    """What a statement is about; the numbers are those of the ledger."""

    MONTH = 1
    YEAR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a statement. `number` counts from 1 without gap; `replaces` is the one before, none for the first.

    The id derives from the content and the version before: the same history has the same ids wherever it is made.
    """

    statement_id: str
    version_id: str
    number: int
    replaces: str | None
    content_sha256: str


def id_of(household: str, span: Span, since: Month) -> str:
    """The id of a household's statement of a month, or of the year that begins with one."""
    return statement_id(household, span.name, str(since))


def next_version(statement: str, former: Version | None, content: bytes) -> Version | None:
    """The version that this content makes; None where the former has the same."""
    digest = sha256(content).hexdigest()
    if former is None:
        return Version(
            statement_id=statement,
            version_id=statement_version_id(statement, "", digest),
            number=1,
            replaces=None,
            content_sha256=digest,
        )
    if former.content_sha256 == digest:
        return None
    return Version(
        statement_id=statement,
        version_id=statement_version_id(statement, former.version_id, digest),
        number=former.number + 1,
        replaces=former.version_id,
        content_sha256=digest,
    )
