import csv
import io
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.coding.adapters.model_files import read_model, sha256_of
from services.coding.entrypoints.cli import coding
from tests.unit.coding_training.test_ranking import DISEASES, lesson

FIELDS = 46


def archive(path: Path, rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    with zipfile.ZipFile(path, "w") as held:
        held.writestr(path.stem + ".csv", written.getvalue().encode("cp932"))


def disease_row(code: str, name: str, icd10: str) -> list[str]:
    told = {1: "B", 2: code, 5: name, 7: name, 15: icd10, 18: "00", 19: "0", 21: "20020601", 23: "99999999"}
    return [told.get(place, "") for place in range(FIELDS)]


def modifier_row(code: str, name: str) -> list[str]:
    told = {1: "Z", 2: code, 6: name, 13: "20020601", 15: "99999999", 18: "B2000000"}
    return [told.get(place, "") for place in range(19)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    archive(tmp_path / "b_20240601.zip", [disease_row(each.code, each.name, each.icd10) for each in DISEASES])
    archive(tmp_path / "z_20240601.zip", [modifier_row("2049", "左")])
    names = {each.code: each.name for each in DISEASES}
    lines = [f"{m.text},{m.gold.icd10},{names[m.gold.code]}" if m.gold else f"{m.text},-1,-1" for m in lesson()]
    (tmp_path / "mentions.csv").write_text("\n".join(["surface,icd10_2003,standard_name", *lines]), encoding="utf-8")
    return tmp_path


def train(folder: Path, out: str, mentions: str = "mentions.csv", *more: str) -> Result:
    """Trains to the place that is looked for."""
    paths = ["--masters", str(folder), "--mentions", str(folder / mentions), *more]
    return CliRunner().invoke(coding, ["train", *paths], env={"SEIKYU_CODER_MODEL": str(folder / "data" / out)})


def test_a_model_is_trained_from_files_and_carries_their_hashes_and_the_same_bytes_again(folder: Path) -> None:
    first, second = train(folder, "one.model"), train(folder, "-", "mentions.csv", "--out", str(folder / "two.model"))

    assert (first.exit_code, second.exit_code) == (0, 0)
    content = (folder / "data" / "one.model").read_bytes()
    assert content == (folder / "two.model").read_bytes()
    assert "learning to order" in first.stderr
    assert sorted(path.name for path in (folder / "data").iterdir()) == ["one.model"]
    inputs = read_model(content).origin.inputs
    assert inputs["mentions"] == sha256_of(folder / "mentions.csv")
    assert set(inputs) == {"b", "z", "mentions"}


def test_a_folder_without_masters_is_named(folder: Path) -> None:
    (folder / "z_20240601.zip").unlink()

    answer = train(folder, "out.model")

    assert answer.exit_code == 1
    assert "z_*.zip" in answer.output
    assert not (folder / "data").exists()


@pytest.mark.parametrize("content", ["a,b\n", "surface,icd10_2003,standard_name\n左胃悪性腫瘍,A100,胃癌\n"])
def test_mentions_that_teach_nothing_are_refused(folder: Path, content: str) -> None:
    (folder / "few.csv").write_text(content, encoding="utf-8")

    assert train(folder, "out.model", "few.csv").exit_code == 1
