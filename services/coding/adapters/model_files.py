"""Writes and reads the ranker's model: one archive whose bytes follow from its content and nothing else.

Members: manifest.json (form, seed, SHA-256 of everything it was learned from), synonyms.tsv, differences.npy and
sign_0.npy, sign_1.npy (the numbers that have a weight, and the weights), grams.txt and gram_weights.npy, order.txt,
right.txt, codable.txt (LightGBM), judged.json (the curves and the threshold).
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.coding.domain.ranking import GRAM_SIGNS, SIGNS, RankingModel
from services.coding.domain.ranking_judging import Curve
from services.coding.domain.ranking_likeness import DIFFERENCES

FORM: Final = 6
MAX_MODEL_BYTES: Final = 256 * 1024 * 1024
_NO_DAY: Final = (1980, 1, 1, 0, 0, 0)
_LEAST_WEIGHT: Final = 1e-4


class BadModel(Exception):
    """The file is no model of this form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a model was learned from: the seed, and per input its SHA-256."""

    seed: int
    inputs: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model as read, with its origin; `version` stands on every answer that it took part in."""

    model: RankingModel
    origin: Origin
    version: str


def sha256_of(path: Path) -> str:
    """The hash that stands in a manifest."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def model_bytes(model: RankingModel, origin: Origin) -> bytes:
    """The archive."""
    manifest = {"form": FORM, "seed": origin.seed, "inputs": dict(sorted(origin.inputs.items()))}
    judged = {"p": _knots(model.p), "sure": _knots(model.sure), "threshold": model.threshold}
    members = {
        "manifest.json": json.dumps(manifest, indent=1).encode(),
        "synonyms.tsv": _lines(f"{text}\t{code}" for text, code in sorted(model.synonyms.items())),
        "differences.npy": _sparse(model.differences),
        "grams.txt": _lines(model.grams),
        "gram_weights.npy": _array(model.gram_weights),
        **{f"sign_{column}.npy": _sparse(model.signs[:, column]) for column in range(len(SIGNS))},
        "order.txt": model.order.encode(),
        "right.txt": model.right.encode(),
        "codable.txt": model.codable.encode(),
        "judged.json": json.dumps(judged).encode(),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_DAY), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def read_model(content: bytes) -> ModelFile:
    """The model of an archive. Raises BadModel."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_MODEL_BYTES:
                raise BadModel("the model is larger than 256 MB")
            held = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(held["manifest.json"])
        if manifest["form"] != FORM:
            raise BadModel(f"the model has form {manifest['form']}, this program reads {FORM}")
        model = _model(held)
        origin = Origin(seed=manifest["seed"], inputs=manifest["inputs"])
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BadModel("the file is no model") from error
    return ModelFile(model=model, origin=origin, version=f"ranked-{hashlib.sha256(content).hexdigest()[:8]}")


def _model(held: Mapping[str, bytes]) -> RankingModel:
    judged: Mapping[str, Any] = json.loads(held["judged.json"])
    grams, weights = tuple(held["grams.txt"].decode().split("\n")[:-1]), _read_array(held["gram_weights.npy"])
    if weights.shape != (len(grams), len(GRAM_SIGNS)):
        raise BadModel("a gram has no weights")
    return RankingModel(
        synonyms=_pairs(held["synonyms.tsv"]),
        differences=_dense(held["differences.npy"]),
        grams=grams,
        gram_weights=weights,
        signs=np.column_stack([_dense(held[f"sign_{column}.npy"]) for column in range(len(SIGNS))]),
        order=held["order.txt"].decode(),
        right=held["right.txt"].decode(),
        codable=held["codable.txt"].decode(),
        p=_curve(judged["p"]),
        sure=_curve(judged["sure"]),
        threshold=float(judged["threshold"]),
    )


def _knots(curve: Curve) -> Mapping[str, Sequence[float]]:
    return {"scores": curve.scores, "values": curve.values}


def _curve(knots: Mapping[str, Sequence[float]]) -> Curve:
    return Curve(scores=tuple(knots["scores"]), values=tuple(knots["values"]))


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _pairs(content: bytes) -> dict[str, str]:
    fields = (line.split("\t") for line in content.decode().split("\n") if line)
    return {first: second for first, second in fields}  # noqa: C416 - a line of more than two fields is a ValueError


def _array(weights: Any) -> bytes:  # noqa: ANN401 - an array
    written = io.BytesIO()
    np.save(written, np.asarray(weights, dtype=np.float32), allow_pickle=False)
    return written.getvalue()


def _read_array(content: bytes) -> Any:  # noqa: ANN401 - an array
    return np.load(io.BytesIO(content), allow_pickle=False)


def _sparse(weights: Any) -> bytes:  # noqa: ANN401 - an array
    places = np.flatnonzero(np.abs(weights) >= _LEAST_WEIGHT).astype(np.int32)
    written = io.BytesIO()
    np.save(written, places, allow_pickle=False)
    np.save(written, np.asarray(weights[places], dtype=np.float32), allow_pickle=False)
    return written.getvalue()


def _dense(content: bytes) -> Any:  # noqa: ANN401 - an array
    read = io.BytesIO(content)
    places, held = np.load(read, allow_pickle=False), np.load(read, allow_pickle=False)
    weights = np.zeros(DIFFERENCES, dtype=np.float32)
    weights[places] = held
    return weights
