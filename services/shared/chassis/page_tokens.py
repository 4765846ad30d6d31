"""Page tokens (AIP-158). Owns their form: opaque to the caller, and good only with the filter they were made for.

A token holds the position of the last row shown and a digest of the filter and the caller. It carries no authority:
every page is authorised and filtered anew, so a forged position shows nothing that the caller may not see.
"""

from collections.abc import Sequence


def write_page_token(position: Sequence[str], *, bound_to: Sequence[str]) -> str:
    """The token that continues after `position` (the sort key of the last row) under the same `bound_to`.

    `bound_to`: the caller's subject and every filter field, in a fixed order.
    """
    raise NotImplementedError


def read_page_token(token: str, *, bound_to: Sequence[str], field: str = "page_token") -> tuple[str, ...] | None:
    """The position to continue after; none for the empty token (first page).

    Raises:
        RpcRefusal: INVALID_ARGUMENT naming `field`, for a malformed token or one made for another filter or caller.
    """
    raise NotImplementedError
