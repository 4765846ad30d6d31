"""Where the ranker's model lies when nobody names a file. Reads no model, so that asking costs nothing."""

import os
from pathlib import Path
from typing import Final

MODEL_VARIABLE: Final = "SEIKYU_CODER_MODEL"
STARTER: Final = Path(__file__).parent.parent / "starter.model"
"""What ships with the program, where something does."""


def default_model_path() -> Path:
    """Where a trained model is written and looked for: $SEIKYU_CODER_MODEL, else the user's folder of data."""
    named = os.environ.get(MODEL_VARIABLE)
    if named:
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "seikyu" / "coder.model"


def model_in_use(named: Path | None) -> Path | None:
    """The file that is named, else the one at the default place, else the starter model; None where there is none."""
    places = [named] if named is not None else [default_model_path(), STARTER]
    return next((place for place in places if place.is_file()), named)
