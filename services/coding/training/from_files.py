"""A model from the files of an operator: the masters' folder and a list of labelled mentions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.coding.adapters.master_files import BadMaster, load_master, master_paths
from services.coding.adapters.model_files import Origin, model_bytes, read_model, sha256_of
from services.coding.training.labelled import BadMentions, read_labelled
from services.coding.training.learning import HIDDEN_SHARE, UNSEEN, learn
from services.coding.training.splits import SEED

LEAST_MENTIONS: Final = 500
"""Coded mentions; fewer teach nothing that a person would trust."""


class NotTrained(Exception):
    """There is no model; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A model's file and what it holds."""

    content: bytes
    version: str
    mentions: int


def model_from_files(
    masters: Path, mentions: Path, *, is_unseen: bool = False, tell: Callable[[str], None] = lambda _: None
) -> Written:
    """The model of all mentions of the file; `tell` hears what is done next. Raises NotTrained.

    `is_unseen`: for mentions of diseases that nobody wrote about.
    """
    try:
        diseases, modifiers = master_paths(masters)
        master = load_master(diseases, modifiers)
        labelled = read_labelled(mentions.read_bytes(), master)
    except (BadMaster, BadMentions) as fault:
        raise NotTrained(str(fault)) from fault
    count = sum(mention.gold is not None for mention in labelled)
    if count < LEAST_MENTIONS or count == len(labelled):
        raise NotTrained(f"{LEAST_MENTIONS} mentions with a known disease are needed, and some marked -1")
    hashes = {name: sha256_of(path) for name, path in (("b", diseases), ("z", modifiers), ("mentions", mentions))}
    model = learn(master, labelled, hidden_share=UNSEEN if is_unseen else HIDDEN_SHARE, tell=tell)
    content = model_bytes(model, Origin(seed=SEED, inputs=hashes))
    return Written(content=content, version=read_model(content).version, mentions=count)
