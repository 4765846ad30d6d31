"""What one operator proposes another confirms, also on one machine."""

import os
import stat
from pathlib import Path

import jwt
import pytest

from infra.local.environments import ensure_keys, payment_environment
from infra.local.settings import load_settings
from services.cli.failures import CommandFailure
from services.cli.operators import client_as
from services.settlement.adapters.bank.bank_codes import assigned_banks
from services.settlement.domain.payments.batches import bank_account_id, remitter_of


def test_a_stack_has_two_operators_with_a_token_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEIKYU_STATE_DIR", str(tmp_path))
    keys = ensure_keys(load_settings())

    files = (keys.operator_token_file, keys.checker_token_file)
    told = [jwt.decode(file.read_text(), options={"verify_signature": False}) for file in files]

    assert [each["sub"] for each in told] == ["operator:admin", "operator:checker"]
    assert [each["roles"] for each in told] == [["admin"]] * 2
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 2


def test_a_command_speaks_as_the_operator_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SEIKYU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEIKYU_STATE_DIR", str(tmp_path))
    (tmp_path / "client.env").write_text("SEIKYU_TOKEN_FILE=/own\nSEIKYU_CHECKER_TOKEN_FILE=/checker\n")

    assert client_as("").setting("SEIKYU_TOKEN_FILE") == "/own"
    assert client_as("checker").setting("SEIKYU_TOKEN_FILE") == "/checker"
    with pytest.raises(CommandFailure, match="SEIKYU_NIGHT_SHIFT_TOKEN_FILE"):
        client_as("night-shift")


def test_the_local_stack_pays_from_a_bank_that_nobody_has() -> None:
    told = payment_environment()
    remitter = remitter_of(told["SEIKYU_PAYMENT_ACCOUNT"], code=told["SEIKYU_PAYMENT_REMITTER_CODE"], name="")

    assert bank_account_id(remitter.account) == f"bank:{told['SEIKYU_PAYMENT_ACCOUNT']}"
    assert remitter.account.bank == told["SEIKYU_PAYMENT_TEST_BANKS"]
    assert remitter.account.bank not in assigned_banks()[1]
