"""Any bytes end in a result or in findings; where a stream is cut changes nothing; nothing is lost in writing."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.document import RECORD_TYPES, read_document
from services.claims.domain.uke.findings import MOST_FINDINGS, Profile, Rule
from services.claims.domain.uke.form import Fault, line_faults
from services.claims.domain.uke.layout import RecordLayout
from services.claims.domain.uke.submission import ReadReceipt, SetReport, SubmissionReader
from services.claims.domain.uke.tally import day_counts
from tests.support import uke

PROFILES = st.sampled_from(Profile)
WHOLE_FILE = uke.volume(
    [
        uke.plain_receipt(1),
        uke.receipt(
            uke.head(receipt_number="2", kind="1122"),
            uke.insurer(),
            uke.programme(),
            uke.line("SN", bearer="1", confirmation="01", branch="00"),
            uke.disease(),
            uke.disease(disease_code="0000999", name="原因不明の頭痛", main=""),
            uke.act(share="2", points=""),
            uke.drug(share="2", points="73"),
            uke.comment(share="2"),
        ),
    ],
    uke.totals(3, 146),
)
# What breaks files: records' heads, line ends, separators, the end byte, half of a two-byte character.
FRAGMENTS = st.sampled_from(
    [b"RE,", b"GO,", b"IR,", b"\r\n", b"\n", b"\r", b",", b"\x1a", b'"', b"\x81", b"SI,", b"\x00", "漢".encode("cp932")]
)
ANY_BYTES = st.one_of(st.binary(max_size=400), st.lists(st.one_of(FRAGMENTS, st.binary(max_size=8))).map(b"".join))


_TEXTS = [
    *(
        "0",
        "1",
        "9",
        "01",
        "12",
        "28",
        "73",
        "99",
        "100",
        "1.5",
        "1.50",
        "1112",
        "2800",
        "202405",
        "19800101",
        "-1",
        "+1",
    ),
    *("0000999", "54130018", "112007410", "620004422", "820000001", "a", "A1", "漢字", "ｶﾅ", "漢a", "髙", "２", "１"),
]
TEXTS = st.sampled_from(
    [
        *_TEXTS,
        "",
        "",
        "",
        "  130013",
        "1 ",
        "漢字　",
        *("漢" * long for long in (20, 21, 50, 51)),
        "1" * 40,
        "1" * 41,
        "0" * 9 + "1",
        "0" * 99 + "1",
        "9" * 5_000,
    ]
)


SOUND_RECEIPT = (
    uke.head(kind="1122"),
    uke.insurer(),
    uke.programme(),
    uke.line("SN", bearer="1", confirmation="01", branch="00"),
    uke.disease(),
    uke.act(share="2", points=""),
    uke.drug(share="2"),
    uke.material(share="2", points="73"),
    uke.comment(share="2"),
)


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A sound file with a few bytes cut out, put in, or moved."""
    content = WHOLE_FILE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 80)))
        content = content[:start] + draw(st.one_of(st.just(b""), FRAGMENTS, st.binary(max_size=6))) + content[end:]
    return content


def _read(content: bytes, cuts: list[int], profile: Profile) -> tuple[list[ReadReceipt], SetReport]:
    reader = SubmissionReader(profile)
    receipts: list[ReadReceipt] = []
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    for start, end in pairwise(edges):
        receipts.extend(reader.feed(content[start:end]))
    rest, report = reader.finish()
    return [*receipts, *rest], report


@given(st.one_of(ANY_BYTES, damaged_files()), PROFILES)
def test_any_bytes_read_as_a_receipt_end_in_facts_or_in_a_finding_that_rejects(
    content: bytes, profile: Profile
) -> None:
    assessment = assess(content, profile=profile)

    assert (assessment.facts is None) is any(each.rejects for each in assessment.findings)
    assert len(assessment.findings) <= MOST_FINDINGS <= max(MOST_FINDINGS, assessment.finding_count)


@given(st.one_of(ANY_BYTES, damaged_files()), st.lists(st.integers(0, 2_000), max_size=12), PROFILES)
@example(WHOLE_FILE, list(range(len(WHOLE_FILE))), Profile.STRICT)
def test_where_the_stream_is_cut_changes_nothing(content: bytes, cuts: list[int], profile: Profile) -> None:
    assert _read(content, cuts, profile) == _read(content, [], profile)


@given(st.one_of(ANY_BYTES, damaged_files()))
def test_writing_what_was_read_gives_the_same_bytes(content: bytes) -> None:
    assert read_document(content).to_bytes() == content


@given(st.one_of(ANY_BYTES, damaged_files()))
def test_reading_what_was_written_gives_the_same_records(content: bytes) -> None:
    document = read_document(content)

    assert read_document(document.to_bytes()) == document


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 60), TEXTS), max_size=3), PROFILES)
def test_any_text_in_any_field_ends_in_facts_or_in_a_finding_that_rejects(
    changes: list[tuple[int, int, str]], profile: Profile
) -> None:
    lines = [text.split(",") for text in SOUND_RECEIPT]
    for line, column, text in changes:
        lines[line][min(column, len(lines[line]) - 1)] = text
    content = uke.receipt(*(",".join(fields) for fields in lines))

    assessment = assess(content, profile=profile)

    assert (assessment.facts is None) is any(each.rejects for each in assessment.findings)


@given(damaged_files(), PROFILES)
def test_a_finding_repeats_no_name_number_or_birth_date(content: bytes, profile: Profile) -> None:
    receipts, report = _read(content, [], profile)

    findings = [*report.findings, *(each for receipt in receipts for each in receipt.assessment.findings)]
    said = " ".join(f"{each.message} {each.record} {each.field}" for each in findings)
    assert not any(canary in said for canary in ("見本", "太郎", "タロウ", "19800101", "４５６", "1234566", "頭痛"))


@st.composite
def lines_of_a_layout(draw: st.DrawFn) -> tuple[RecordLayout, list[str]]:
    """Fields of some record type, most of them right or empty, some not."""
    layout = draw(st.sampled_from(RECORD_TYPES)).layout
    right = uke.line(layout.record, **_RIGHT.get(layout.record, {})).split(",")
    for _ in range(draw(st.integers(0, 3))):
        right[draw(st.integers(1, len(right) - 1))] = draw(TEXTS)
    for _ in range(draw(st.integers(0, 1))):
        right = draw(st.sampled_from([right[:-1], [*right, ""], [*right, "1"], right]))
    return layout, right


_RIGHT: dict[str, dict[str, str]] = {}


def _fields(text: str) -> dict[str, str]:
    record, *values = text.split(",")
    return {field.name: value for field, value in zip(uke.LAYOUTS[record].fields, values, strict=True) if value}


_RIGHT.update(
    {
        text[:2]: _fields(text)
        for text in (
            uke.institution(),
            uke.head(),
            uke.insurer(),
            uke.programme(),
            uke.disease(),
            uke.act(),
            uke.drug(),
            uke.material(),
            uke.comment(),
            uke.totals(1, 73),
        )
    }
)


@given(lines_of_a_layout())
def test_a_line_matches_its_pattern_exactly_where_the_rules_of_its_fields_find_nothing(
    line: tuple[RecordLayout, list[str]],
) -> None:
    layout, fields = line

    faults = [fault for fault in line_faults(layout, fields, 1) if not _is_of_the_calendar(fault)]
    assert (layout.pattern().fullmatch(",".join(fields)) is None) is bool(faults)


def _is_of_the_calendar(fault: Fault) -> bool:
    """Patterns prove digits; whether they name a day of the calendar is asked apart."""
    return fault.rule is Rule.DATE


@given(
    st.lists(st.sampled_from(["", "0", "1", "2", "12", "999", "1000", "01", "x", "１", " 1"]), min_size=29, max_size=33)
)
def test_counts_per_day_are_summed_or_refused(days: list[str]) -> None:
    counts = day_counts(",".join(days))

    right = len(days) == 31 and all(text in {"", "0", "1", "2", "12", "999"} for text in days)
    assert (counts is not None) is right
    if counts is not None:
        assert counts.total == sum(int(text) for text in days if text)
