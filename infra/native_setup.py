"""The recipe of `infra.native`: run by it in a folder with the sources, never by hand."""

import os

from mypyc.build import mypycify
from setuptools import setup  # type: ignore[import-untyped]  # its stubs are a package of their own

setup(
    name="seikyu-native",
    py_modules=[],
    packages=[],
    ext_modules=[
        extension
        for group in os.environ["SEIKYU_NATIVE_MODULES"].split("\n\n")
        for extension in mypycify(
            ["--config-file", "pyproject.toml", *group.split("\n")], opt_level="1", debug_level="0"
        )
    ],
)
