"""Chains of sealed blocks: heads written by hand out of the form's description, and what breaks a chain."""

from dataclasses import replace
from hashlib import sha256

import pytest

from services.settlement.domain.chain import Block, Chain, ChainReplay, form, head_of, streams_in_disorder

ROWS = (form(["file", "a"]), form(["file", "b"]))


def block(number: int, row: bytes, previous: bytes) -> Block:
    unsealed = Block(
        chain=Chain.FILES,
        number=number,
        first_number=number,
        last_number=number,
        rows=1,
        content_sha256=sha256(row).digest(),
        head_sha256=b"",
        sealed_at_us=1_775_012_400_000_000 + number,
    )
    return replace(unsealed, head_sha256=head_of(unsealed, previous))


def chained() -> list[Block]:
    first = block(1, ROWS[0], b"")
    return [first, block(2, ROWS[1], first.head_sha256)]


def told(blocks: list[Block], rows: tuple[bytes, ...] = ROWS) -> list[str]:
    replay = ChainReplay(chain=Chain.FILES)
    for each, row in zip(blocks, rows, strict=True):
        replay.open(each)
        replay.row(row)
        replay.close()
    return replay.faults


def test_the_form_of_a_row_is_that_of_an_array_of_texts() -> None:
    expected = bytes.fromhex(
        "00000001"  # one dimension
        "00000001"  # with nulls
        "00000019"  # of type text
        "00000003"  # three
        "00000001"  # from 1
        "00000002" + "6162"  # ab
        "ffffffff"  # none
        "00000003" + "e58699"  # 写
    )

    assert form(["ab", None, "写"]) == expected


def test_no_two_rows_have_the_same_form() -> None:
    rows: list[list[str | None]] = [["a", ""], ["", "a"], ["a", None], ["a"], ["a", "", ""], [None, "a"]]

    assert len({form(row) for row in rows}) == len(rows)


def test_a_chain_as_it_was_sealed_is_sound() -> None:
    assert told(chained()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"first_number": 3},
        {"last_number": 3},
        {"rows": 2},
        {"content_sha256": bytes(32)},
        {"head_sha256": bytes(32)},
        {"sealed_at_us": 0},
    ],
)
def test_every_word_of_a_block_is_under_its_head(change: dict[str, object]) -> None:
    first, second = chained()

    assert told([first, replace(second, **change)])  # type: ignore[arg-type]  # each case gives its field's own type


def test_another_row_is_found_in_its_own_block_only() -> None:
    faults = told(chained(), (ROWS[0], ROWS[0]))

    assert faults == ["chain of files: block 2 was sealed over other rows than those from 2 on"]


def test_a_block_that_is_made_anew_does_not_fit_those_after_it() -> None:
    _, second = chained()
    other = form(["file", "c"])

    assert told([block(1, other, b""), second], (other, ROWS[1])) == [
        "chain of files: block 2 does not have the head that follows from it"
    ]


def test_a_missing_block_is_found() -> None:
    assert told(chained()[1:], ROWS[1:])


def test_streams_go_on_from_block_to_block() -> None:
    reached: dict[str, int] = {}
    blocks = ([("1", 1, 3), ("2", 1, 1)], [("2", 2, 5)], [("1", 5, 6), ("3", 2, 2)])

    assert [streams_in_disorder(each, reached) for each in blocks] == [[], [], ["1", "3"]]
