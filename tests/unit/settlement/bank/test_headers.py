"""What is kept of a file that may hold a password in its header."""

from datetime import date

import pytest

from services.settlement.domain.bank.headers import without_headers
from tests.support.bank_statements import Line, statement_file
from tests.support.camt import HEADER, PASSWORD

DAY = date(2026, 6, 30)


def test_a_header_is_blanked_and_the_message_keeps_its_place_and_its_bytes() -> None:
    content = f'{HEADER}\n<?xml version="1.0"?><Document>a</Document>'.encode()

    kept = without_headers(content)
    assert PASSWORD.encode() not in kept
    assert len(kept) == len(content)
    assert kept.strip() == b'<?xml version="1.0"?><Document>a</Document>'


@pytest.mark.parametrize("before", ["<!-- of <bank> -->", "<?a <b?>", "<!-- a -->\n<!-- > -->\r\n"])
@pytest.mark.parametrize("attribute", ["", "a='>' ", 'a="/>" '])
def test_what_stands_before_a_header_or_in_its_tag_does_not_keep_it(before: str, attribute: str) -> None:
    declaration, _, header = HEADER.partition("?>")
    root = header.lstrip().replace(" ", f" {attribute}", 1)
    content = f'{declaration}?>{before}{root}<?xml version="1.0"?><Document>a</Document>'.encode()

    assert without_headers(content).strip() == b'<?xml version="1.0"?><Document>a</Document>'


def test_a_message_with_the_name_of_headers_in_a_comment_is_kept() -> None:
    content = b'<?xml version="1.0"?><!-- no <x xmlns="head.001.001.01"> --><Document>a</Document>'

    assert without_headers(content) == content


def test_every_header_of_several_messages_is_blanked() -> None:
    one = f'{HEADER}\n<?xml version="1.0"?><Document>a</Document>'.encode()

    assert PASSWORD.encode() not in without_headers(b"\xef\xbb\xbf" + one + one)


def test_what_has_no_header_is_kept_as_it_came() -> None:
    for content in (statement_file(0, [Line(day=DAY, yen=1)]), b"", b"<Document/>"):
        assert without_headers(content) == content
