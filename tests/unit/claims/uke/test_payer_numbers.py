"""A payer's number travels in events in the clear: under no profile may anything else stand in its field."""

import pytest

from services.claims.domain.uke.assess import assess
from services.claims.domain.uke.findings import Profile
from tests.support.uke import act, disease, head, insurer, receipt


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize(
    "written", ["97531864A", "975318642468013", "OUMUIN R", "1963-09-17", "7531", "０１１３００１２"]
)
def test_what_is_no_payer_s_number_rejects_the_receipt(profile: Profile, written: str) -> None:
    assessment = assess(
        receipt(head(), insurer(insurer_number=written), disease(), act()), profile=profile, header=None
    )

    assert assessment.facts is None
    assert all(written not in finding.message for finding in assessment.findings)


@pytest.mark.parametrize("written", ["01130012", "  130013", "01130013"])
def test_a_payer_s_number_passes_leniently_whether_its_check_digit_fits_or_not(written: str) -> None:
    content = receipt(head(), insurer(insurer_number=written), disease(), act())

    assert assess(content, profile=Profile.LENIENT, header=None).facts is not None
