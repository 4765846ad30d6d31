from pathlib import Path

import pytest
from pydantic import ValidationError

from services.shared.chassis.settings import EXIT_BAD_SETTINGS, ServiceSettings, explain, load_settings

SECRET = "hunter2-secret"


@pytest.fixture(name="environment")
def good_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    file = tmp_path / "file.pem"
    file.write_text("x")
    for name, value in {
        "POSTGRES_DSN": f"postgresql://claims:{SECRET}@/claims?host=/tmp",
        "KAFKA_BOOTSTRAP": "127.0.0.1:7492",
        "KAFKA_USERNAME": "claims",
        "KAFKA_PASSWORD": SECRET,
        "KAFKA_CA_FILE": str(file),
        "GRPC_PORT": "7430",
        "GRPC_MTLS_PORT": "7431",
        "TLS_CERT_FILE": str(file),
        "TLS_KEY_FILE": str(file),
        "TLS_CA_FILE": str(file),
        "TOKEN_PUBLIC_KEY_FILE": str(file),
    }.items():
        monkeypatch.setenv(f"SEIKYU_{name}", value)
    return monkeypatch


def refusal(environment: pytest.MonkeyPatch) -> str:
    with pytest.raises(ValidationError) as caught:
        ServiceSettings()
    return "\n".join(explain(caught.value))


def test_a_complete_environment_is_read(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings(ServiceSettings)

    assert settings.grpc_port == 7430
    assert settings.trace_share == 0.01
    assert settings.postgres_dsn.get_secret_value().endswith("@/claims?host=/tmp")


def test_a_missing_variable_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SEIKYU_POSTGRES_DSN")

    assert refusal(environment) == "setting SEIKYU_POSTGRES_DSN is missing"


def test_every_bad_variable_is_named_with_its_rule(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SEIKYU_GRPC_PORT", "70000")
    environment.setenv("SEIKYU_TRACE_SHARE", "2")
    environment.setenv("SEIKYU_TLS_CA_FILE", "/nowhere/ca.pem")

    lines = refusal(environment).splitlines()

    assert sorted(lines) == [
        "setting SEIKYU_GRPC_PORT is refused: Input should be less than or equal to 65535",
        "setting SEIKYU_TLS_CA_FILE is refused: must name a readable file",
        "setting SEIKYU_TRACE_SHARE is refused: Input should be less than or equal to 1",
    ]


def test_neither_a_refusal_nor_the_settings_themselves_show_a_secret(environment: pytest.MonkeyPatch) -> None:
    shown = repr(ServiceSettings())
    environment.setenv("SEIKYU_POSTGRES_DSN", f"mysql://claims:{SECRET}@host/claims")

    assert SECRET not in shown
    assert SECRET not in refusal(environment)


def test_a_bad_value_ends_the_process_with_its_own_exit_code(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("SEIKYU_KAFKA_BOOTSTRAP", "not an address")

    with pytest.raises(SystemExit) as ended:
        load_settings(ServiceSettings)

    assert ended.value.code == EXIT_BAD_SETTINGS
    assert capsys.readouterr().err.startswith("setting SEIKYU_KAFKA_BOOTSTRAP is refused:")
