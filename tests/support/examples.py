"""Loads the programs of docs/examples, which belong to no package."""

import importlib.util
from types import ModuleType

from infra.local.settings import REPOSITORY


def load_example(name: str) -> ModuleType:
    """The example `name.py` as a module of its own."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "docs" / "examples" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
