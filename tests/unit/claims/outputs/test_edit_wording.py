"""Every edit speaks Japanese too."""

import pytest

from services.claims.domain.edits.edit import Edit
from services.claims.domain.outputs.edit_wording import EDITS
from services.claims.domain.outputs.wording import in_japanese
from services.claims.domain.outputs.writing import wide


@pytest.mark.parametrize("edit", list(Edit), ids=lambda edit: edit.id)
def test_every_edit_has_words_that_can_stand_in_an_official_file(edit: Edit) -> None:
    assert EDITS[edit] == wide(EDITS[edit])
    assert in_japanese(edit.name) == EDITS[edit]
