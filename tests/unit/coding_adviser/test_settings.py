"""What an operator may configure: nothing by default, and no address that is not listed."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.coding.adapters.adviser.prompting import PROMPT_VERSION
from services.coding.adapters.agreement_files import agreement_bytes
from services.coding.application.advising import Agreement
from services.coding.settings import ModelSettings
from services.shared.chassis.settings import EXIT_BAD_SETTINGS, load_settings

LISTED = {
    "SEIKYU_CODING_MODEL_HOSTS": "model.example, other.example",
    "SEIKYU_CODING_MODEL_NETWORKS": "10.20.0.0/24",
    "SEIKYU_CODING_MODEL_NAME": "sarashina2.2-3b",
    "SEIKYU_CODING_MODEL_BASE_URL": "https://model.example/v1",
}


def configure(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    for name, value in (
        LISTED | {f"SEIKYU_CODING_MODEL_{key.upper()}": value for key, value in changed.items()}
    ).items():
        monkeypatch.setenv(name, value)


def test_no_model_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LISTED:
        monkeypatch.delenv(name, raising=False)

    assert ModelSettings().coding_model_base_url == ""


def test_a_listed_model_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch)

    settings = load_settings(ModelSettings)
    assert settings.egress.hosts == {"model.example", "other.example"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"base_url": "https://evil.example/v1"}, "its host is not on the list of hosts"),
        ({"base_url": "https://user:secret@model.example/v1"}, "it holds credentials or an @"),
        ({"base_url": "http://model.example/v1"}, "it must begin with https://"),
        ({"hosts": ""}, "an allow-list names at least one host and one network"),
        ({"networks": ""}, "an allow-list names at least one host and one network"),
        ({"networks": "10.20.0.0/99"}, "must be CIDR networks with commas between them"),
        ({"name": ""}, "needs SEIKYU_CODING_MODEL_NAME beside it"),
        ({"credential": "Bearer x\nHost: evil"}, "must be one line of ASCII"),
        ({"agreement": "/nowhere"}, "must name a readable file"),
    ],
)
def test_what_is_not_listed_keeps_the_process_from_starting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], changed: dict[str, str], told: str
) -> None:
    configure(monkeypatch, **changed)

    with pytest.raises(SystemExit) as ended:
        load_settings(ModelSettings)
    error = capsys.readouterr().err
    assert ended.value.code == EXIT_BAD_SETTINGS
    assert told in error
    assert "secret" not in error


def test_a_credential_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, credential="Bearer very-secret")

    assert "very-secret" not in repr(ModelSettings())


def test_places_and_deadlines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, timeout_s="60")

    with pytest.raises(ValidationError):
        ModelSettings()


def test_a_measurement_of_this_model_and_prompt_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    measured = agreement(tmp_path, "sarashina2.2-3b", PROMPT_VERSION)
    configure(monkeypatch, agreement=str(measured))

    taken = load_settings(ModelSettings).agreement
    assert taken is not None
    assert taken.model == "sarashina2.2-3b"


@pytest.mark.parametrize(
    ("model", "prompt_version"), [("sarashina2.2-3b", "pick-0"), ("another", PROMPT_VERSION), ("", "")]
)
def test_a_measurement_of_anything_else_keeps_the_process_from_starting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, prompt_version: str
) -> None:
    configure(monkeypatch, agreement=str(agreement(tmp_path, model, prompt_version)))

    with pytest.raises(SystemExit) as ended:
        load_settings(ModelSettings)
    assert ended.value.code == EXIT_BAD_SETTINGS


def agreement(folder: Path, model: str, prompt_version: str) -> Path:
    measured = Agreement(model=model, prompt_version=prompt_version, bins=())
    file = folder / "agreement.json"
    file.write_bytes(agreement_bytes(measured, measured_with="test"))
    return file
