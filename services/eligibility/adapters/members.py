"""Members as the wire names them, turned into keyed digests at once. Owns the platform key; keeps no name or number."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from seikyu.eligibility.v1 import eligibility_service_pb2 as wire

from services.eligibility.application.check import Check
from services.eligibility.application.ports import CoverageEntry, Lookup
from services.eligibility.domain.copay import is_public_programme
from services.eligibility.domain.coverage import CopayClass, CoveragePeriod, LimitCategory, Sex, age_months
from services.eligibility.domain.determination import Question
from services.shared.chassis.rpc_errors import invalid
from services.shared.kernel.member import MIN_SECRET_BYTES, birth_digest, canonical_member, member_key


class PlatformKeyTooShort(Exception):
    """The platform key file holds fewer bytes than MIN_SECRET_BYTES."""


def read_platform_key(path: Path) -> bytes:
    """The file's bytes, all of them: the key is binary. Raises PlatformKeyTooShort."""
    key = path.read_bytes()
    if len(key) < MIN_SECRET_BYTES:
        raise PlatformKeyTooShort(f"the platform key needs at least {MIN_SECRET_BYTES} bytes")
    return key


@dataclass(frozen=True, slots=True)
class Pseudonymiser:
    """Makes keys and digests under the platform key. `field` arguments are paths for refusals."""

    platform_key: bytes

    def key(self, member: wire.Member) -> str:
        """The member key. A public programme has no 記号."""
        symbol = "" if is_public_programme(member.payer_number) else member.symbol
        return member_key(self.platform_key, canonical_member(member.payer_number, symbol, member.number))

    def check(self, request: wire.CheckEligibilityRequest, field: str = "") -> Check:
        """Raises RpcRefusal for an impossible date."""
        member = request.member
        born = day(member.birth_date, f"{field}member.birth_date")
        key = self.key(member)
        return Check(
            member_key=key,
            question=Question(
                payer_number=member.payer_number,
                is_programme=is_public_programme(member.payer_number),
                branch=member.branch,
                birth_digest=birth_digest(self.platform_key, key, born.strftime("%Y%m%d")),
                sex=Sex(member.sex),
            ),
            treatment_day=day(request.treatment_date, f"{field}treatment_date"),
            as_known=known_time(request),
        )

    def lookup(self, request: wire.GetCoverageRequest) -> Lookup:
        """Whose periods are asked for."""
        return Lookup(self.key(request.member), known_time(request))

    def entry(self, row: wire.CoverageRow, field: str) -> CoverageEntry:
        """Raises RpcRefusal for an impossible date, an end before the beginning, or an insurer without copay class.

        A programme asks nothing by ratio, so that its class may be left out.
        """
        born = day(row.member.birth_date, f"{field}.member.birth_date")
        begins = day(row.valid_from, f"{field}.valid_from")
        ends = day(row.valid_to, f"{field}.valid_to") if row.valid_to else None
        if ends is not None and ends < begins:
            raise invalid(f"{field}.valid_to", "period.order", "is before valid_from")
        is_programme = is_public_programme(row.member.payer_number)
        if not row.copay_class and not is_programme:
            raise invalid(f"{field}.copay_class", "copay_class.required", "must be told")
        key = self.key(row.member)
        return CoverageEntry(
            payer_number=row.member.payer_number,
            member_key=key,
            period=CoveragePeriod(
                branch=row.member.branch,
                sex=Sex(row.member.sex),
                birth_digest=birth_digest(self.platform_key, key, born.strftime("%Y%m%d")),
                valid_from=begins,
                valid_to=ends,
                ages=age_months(born),
                copay_class=CopayClass(row.copay_class) if row.copay_class else CopayClass.STANDARD,
                limit_category=LimitCategory(row.limit_category),
                next_payer=row.next_payer_number,
            ),
        )


def day(text: str, field: str) -> date:
    """From YYYY-MM-DD; RpcRefusal naming the field for a day that no calendar has."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(field, "date.exists", "is no day of the calendar") from None


def known_time(request: wire.CheckEligibilityRequest | wire.GetCoverageRequest) -> datetime | None:
    """The moment whose knowledge is asked for; None where the request names none."""
    return request.as_known_time.ToDatetime(UTC) if request.HasField("as_known_time") else None
