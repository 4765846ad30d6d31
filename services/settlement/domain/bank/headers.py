"""Business headers of ZEDI's files: what they hold is blanked before a file is kept, for it may be a password.

A file of ZEDI is a header (head.001.001.01) and a message behind one another, each with an XML declaration of its own.
Where a bank puts the password in the header's Fr block is not published [U], so the whole header goes; nothing here
reads it. The message keeps its place and its bytes.
"""

import re
from itertools import pairwise
from typing import Final

DECLARATION: Final = re.compile(rb"<\?xml[ \t\r\n]")
ROOT: Final = re.compile(
    rb"(?>\xef\xbb\xbf|[ \t\r\n]+|<!--.*?-->|<\?.*?\?>)*+" rb"(<(?>\"[^\"]*\"|'[^']*'|[^>\"'])*+)", re.DOTALL
)
"""The first tag behind comments and instructions, whatever these hold; values of its attributes may hold a >."""
HEADER: Final = b"head.001.001."


def without_headers(content: bytes) -> bytes:
    """The file with spaces in the place of its headers, as long as before; a file of fixed-length records as it is."""
    starts = [found.start() for found in DECLARATION.finditer(content)]
    documents = [content[begin:end] for begin, end in pairwise([0, *starts, len(content)])]
    return b"".join(b" " * len(each) if _is_header(each) else each for each in documents)


def _is_header(document: bytes) -> bool:
    root = ROOT.match(document)
    return root is not None and HEADER in root[1]
