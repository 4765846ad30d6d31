import pytest

from services.coding.entrypoints import rpc_audit, rpc_synonyms
from services.shared.chassis.rpc_errors import RpcRefusal


@pytest.mark.parametrize("position", [(), ("2026-11-01T00:00:00+00:00",), ("yesterday", "syn_1")])
def test_a_forged_position_of_a_list_of_synonyms_is_refused_and_names_the_field(position: tuple[str, ...]) -> None:
    with pytest.raises(RpcRefusal) as refused:
        rpc_synonyms._after(position)

    assert [each.field for each in refused.value.violations] == ["page_token"]


@pytest.mark.parametrize("position", [(), ("clm_1",), ("clm_1", "evt_1", "more")])
def test_a_forged_position_of_a_reversal_is_refused_and_names_the_field(position: tuple[str, ...]) -> None:
    with pytest.raises(RpcRefusal) as refused:
        rpc_audit._after(position)

    assert [each.field for each in refused.value.violations] == ["page_token"]
