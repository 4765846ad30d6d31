"""Ids derive from natural keys; vectors made with `sha256sum` over the parts joined by the byte 0x1F."""

from services.shared.kernel.ids import ClaimId, claim_id, decision_id, event_id, transfer_id

_RECEIPT = "6f32860910ca0fb2a20c7fda143666b09dbf8db5238195c90a586fb542ff0cad"


def _claim(occurrence: int) -> ClaimId:
    return claim_id(
        hospital_code="1310000001", agency="1", claim_month="202406", receipt_sha256=_RECEIPT, occurrence=occurrence
    )


def test_ids_are_the_published_digests_of_their_natural_keys() -> None:
    claim = ClaimId("clm_00000000000000000000000000000001")

    assert _claim(0) == "clm_b2f4f887e5351f167e26873d405f4fda"
    assert decision_id(claim, 1) == "dec_5387103b2a2edf0d84b432881d0b66f3"
    assert transfer_id("dec_00000000000000000000000000000001", "01130012") == "trf_450ac474d00b82e693e94c29a3ecef17"
    assert event_id("claims.received", "clm_1", "submit") == "evt_9431b5e6d92a2e3e2006cd245d6df61b"


def test_the_same_receipt_twice_in_one_file_is_two_claims() -> None:
    assert _claim(0) != _claim(1)


def test_parts_do_not_run_into_each_other() -> None:
    assert event_id("ab", "c", "d") != event_id("a", "bc", "d")
