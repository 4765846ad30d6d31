from collections.abc import Callable, Sequence

import pytest

from services.coding.entrypoints import rpc_audit, rpc_backlog, rpc_reviews, rpc_synonyms
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.rpc_errors import RpcRefusal

DAY = "2026-11-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("read", "position"),
    [
        *((rpc_synonyms._position, forged) for forged in ((), (DAY,), ("yesterday", "syn_1"))),
        *((rpc_audit._position, forged) for forged in ((), ("clm_1",), ("clm_1", "evt_1", "more"))),
        *((rpc_reviews._position, forged) for forged in ((), (DAY,), ("yesterday", "rvw_1"))),
        *((rpc_backlog._position, forged) for forged in ((), (DAY, "clm_1"), ("yesterday", "clm_1", "evt_1"))),
    ],
)
def test_a_forged_position_is_refused_and_names_the_field(
    read: Callable[[Sequence[str]], object], position: tuple[str, ...]
) -> None:
    with pytest.raises(RpcRefusal) as refused:
        read_position(write_page_token(position, bound_to=["me"]), bound_to=["me"], read=read)

    assert [each.field for each in refused.value.violations] == ["page_token"]


def test_a_position_that_was_written_is_read_and_none_stands_for_the_first_page() -> None:
    token = write_page_token(("clm_1", "evt_1"), bound_to=["me"])

    assert read_position(token, bound_to=["me"], read=rpc_audit._position) == ("clm_1", "evt_1")
    assert read_position("", bound_to=["me"], read=rpc_audit._position) is None
