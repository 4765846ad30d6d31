"""修飾語マスター item 19: the second character says what a modifier is."""

from services.claims.domain.masters.kinds import ChangeClass
from services.claims.domain.masters.modifiers import Modifier, ModifierRole


def test_the_second_character_tells_what_a_modifier_says() -> None:
    left = Modifier(
        change=ChangeClass.UNCHANGED,
        code="2049",
        name="左",
        kana="ヒダリ",
        name_changed=False,
        kana_changed=False,
        listed_on=None,
        changed_on=None,
        valid_to=None,
        management_number="27000001",
        exchange_code="XXXX",
        classification="A2000000",
    )

    assert left.role is ModifierRole.POSITION
    assert left.valid_from is None
