from collections.abc import Callable, Sequence

import pytest

from services.claims.adapters.postgres_coded import CodedPlace
from services.claims.adapters.postgres_reads import FeedPosition
from services.claims.entrypoints import rpc_corrections
from services.shared.chassis.page_tokens import read_position, write_page_token
from services.shared.chassis.rpc_errors import RpcRefusal


@pytest.mark.parametrize(
    ("read", "position"),
    [
        *((FeedPosition.of, forged) for forged in ((), ("one", "2"), ("1", "2", "3"), ("-1", "2"), ("1", str(2**63)))),
        *((CodedPlace.of, forged) for forged in ((), ("clm_1",), ("clm_1", "first"), ("clm_1", str(2**31)))),
        *((rpc_corrections._position, forged) for forged in ((), ("clm_1", "clm_2"), ("clm_\0",))),
    ],
)
def test_a_forged_position_is_refused_and_names_the_field(
    read: Callable[[Sequence[str]], object], position: tuple[str, ...]
) -> None:
    with pytest.raises(RpcRefusal) as refused:
        read_position(write_page_token(position, bound_to=["me"]), bound_to=["me"], read=read)

    assert [each.field for each in refused.value.violations] == ["page_token"]


def test_a_position_that_was_written_is_read() -> None:
    feed = write_page_token(("81", "7"), bound_to=["me"])
    coded = write_page_token(("clm_1", "3"), bound_to=["me"])

    assert read_position(feed, bound_to=["me"], read=FeedPosition.of) == FeedPosition(81, 7)
    assert read_position(coded, bound_to=["me"], read=CodedPlace.of) == CodedPlace("clm_1", 3)
