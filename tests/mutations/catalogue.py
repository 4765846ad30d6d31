"""Every kind of fault that the suite plants, by name."""

from typing import Final

from tests.mutations.additions import ADDITIONS
from tests.mutations.amounts import AMOUNTS
from tests.mutations.codes_and_dates import CODES
from tests.mutations.free_text import FREE_TEXT
from tests.mutations.persons import PERSONS
from tests.mutations.planted import Fault
from tests.mutations.relations import RELATIONS

_ALL: Final = (CODES, PERSONS, RELATIONS, AMOUNTS, ADDITIONS, FREE_TEXT)
FAULTS: Final[dict[str, Fault]] = {fault.name: fault for catalogue in _ALL for fault in catalogue.faults}
