from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.local.authority import Authority
from services.shared.chassis.identity import (
    IdentityRefused,
    Principal,
    PrincipalKind,
    Role,
    TokenIssuer,
    TokenVerifier,
    parse_subject,
    principal_of_certificate,
)

HOSPITAL = Principal(kind=PrincipalKind.HOSPITAL, id="1310000001")
ADMIN = Principal(kind=PrincipalKind.OPERATOR, id="kiku", roles=frozenset({Role.ADMIN}))
KEY = Ed25519PrivateKey.generate()
VERIFIER = TokenVerifier(KEY.public_key())
ISSUER = TokenIssuer(KEY)


def now() -> datetime:
    return datetime.now(UTC)


def claims(**changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "iss": "seikyu",
        "aud": "seikyu",
        "sub": "hospital:1310000001",
        "iat": now(),
        "exp": now() + timedelta(minutes=5),
    }
    return {key: value for key, value in (plain | changed).items() if value is not None}


def reason(token: str) -> str:
    with pytest.raises(IdentityRefused) as caught:
        VERIFIER.verify(token)
    return caught.value.reason


def test_an_issued_token_names_its_principal_with_roles() -> None:
    assert VERIFIER.verify(ISSUER.issue(HOSPITAL, now=now(), life=timedelta(hours=1))) == HOSPITAL
    assert VERIFIER.verify(ISSUER.issue(ADMIN, now=now(), life=timedelta(hours=1))) == ADMIN


def test_an_expired_token_is_refused() -> None:
    assert reason(ISSUER.issue(HOSPITAL, now=now() - timedelta(hours=2), life=timedelta(hours=1))) == "token_expired"


@pytest.mark.parametrize("changed", [{"aud": "other"}, {"iss": "other"}, {"exp": None}, {"sub": None}, {"iat": None}])
def test_a_token_with_a_wrong_or_missing_claim_is_refused(changed: dict[str, object]) -> None:
    assert reason(jwt.encode(claims(**changed), KEY, algorithm="EdDSA")) == "token_invalid"


def test_a_token_of_another_key_or_without_signature_is_refused() -> None:
    assert reason(jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA")) == "token_invalid"
    assert reason(jwt.encode(claims(), "", algorithm="none")) == "token_invalid"


@pytest.mark.parametrize("subject", ["", "hospital", "patient:1", "hospital:", "hospital:1 2", "hospital:" + "1" * 65])
def test_a_malformed_subject_names_nobody(subject: str) -> None:
    with pytest.raises(IdentityRefused):
        parse_subject(subject)


def test_a_role_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IdentityRefused):
        parse_subject("operator:kiku", ["root"])


def test_a_certificate_names_its_principal_by_uri() -> None:
    server_and_client = [b"localhost", b"127.0.0.1", b"spiffe://seikyu/service/claims"]

    found = principal_of_certificate({"x509_subject_alternative_name": server_and_client})

    assert found == Principal(kind=PrincipalKind.SERVICE, id="claims")
    operator = principal_of_certificate({"x509_subject_alternative_name": [b"spiffe://seikyu/operator/kiku/admin"]})
    assert operator == ADMIN


def test_a_connection_without_certificate_names_nobody() -> None:
    assert principal_of_certificate({"transport_security_type": [b"ssl"]}) is None


@pytest.mark.parametrize(
    "names",
    [
        [b"localhost"],
        [b"spiffe://elsewhere/hospital/1310000001"],
        [b"spiffe://seikyu/hospital/1310000001", b"spiffe://seikyu/payer/06132013"],
        [b"spiffe://seikyu/hospital"],
        [b"spiffe://seikyu/hospital/1/2/3"],
    ],
)
def test_a_certificate_with_no_two_or_malformed_names_is_refused(names: list[bytes]) -> None:
    with pytest.raises(IdentityRefused):
        principal_of_certificate({"x509_subject_alternative_name": names})


def test_a_key_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    ec_key = Authority(tmp_path).server("x").key_file

    with pytest.raises(ValueError, match="not an Ed25519"):
        TokenIssuer.from_file(ec_key)


def test_a_remembered_token_ends_when_it_expires() -> None:
    clock = [now().timestamp()]
    verifier = TokenVerifier(KEY.public_key(), lambda: clock[0])
    token = ISSUER.issue(HOSPITAL, now=now() - timedelta(minutes=10), life=timedelta(minutes=10, seconds=2))
    first = verifier.verify(token)

    clock[0] += 3
    again = verifier.verify(token)  # past the memory, within the leeway of a full check

    assert first is not again
    assert first == again
