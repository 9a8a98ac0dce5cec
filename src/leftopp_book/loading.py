"""WeasyPrint loaded without what the pages of a book have no use for.

It asks for libraries that cut fonts down and read colour profiles, and compiles every selector of
three style sheets, whether they are wanted or not. Here these come when they are first used, and
declarations of C are not read again. All of it is for one version; another one loads as it will.
"""

from __future__ import annotations

import ctypes.util
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from .declarations import declared
from .fingerprint import version_of
from .own_sheets import later, parsed

# of modules that WeasyPrint imports: what it takes from them, nothing where it takes them whole
_WANTED_LATER = {
    "fontTools.subset": "",
    "fontTools.ttLib.woff2": "",
    "fontTools.varLib.instancer": "instantiateVariableFont",
    "PIL.EpsImagePlugin": "",
    "PIL.Image": "",
    "PIL.ImageCms": "ImageCmsProfile",
    "PIL.ImageFile": "",
    "PIL.ImageOps": "",
}
_KNOWN = {"weasyprint": "70.0", "cssselect2": "0.10.1"}


def weasyprint() -> Any:
    """Return WeasyPrint. Raises OSError where a library of its is missing."""
    if "weasyprint" not in sys.modules and _is_known():
        _compile_selectors_when_tested()
        with _no_programs(), _later(), declared(), parsed():
            return importlib.import_module("weasyprint")
    with _no_programs():
        return importlib.import_module("weasyprint")


def _is_known() -> bool:
    try:
        return all(version_of(name) == version for name, version in _KNOWN.items())
    except ModuleNotFoundError:
        return False


@contextmanager
def _no_programs() -> Iterator[None]:
    """Let no program be run: to look for a library ctypes would ask a compiler and a linker.

    The libraries are found by the names that they have; on Linux ldconfig is not asked for those
    that they have not.
    """
    path, find = os.environ.get("PATH"), ctypes.util.find_library
    os.environ["PATH"] = ""
    if sys.platform == "linux":
        ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = find
        if path is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = path


class _Later:
    """Something of a module, or all of it, that is loaded when it is called or looked into."""

    def __init__(self, module: str, name: str = "") -> None:
        vars(self).update(module=module, name=name, told={})

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return getattr(importlib.import_module(self.module), self.name)(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self.module)
        vars(module).update(self.told)
        self.told.clear()
        return getattr(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.told[name] = value


@contextmanager
def _later() -> Iterator[None]:
    """Give whoever imports them stand-ins for what is wanted later."""
    placed = []
    for module, name in _WANTED_LATER.items():
        if module not in sys.modules:
            stand_in: Any = _Later(module)
            if name:
                stand_in = ModuleType(module)
                setattr(stand_in, name, _Later(module, name))
            sys.modules[module] = stand_in
            placed.append(module)
    try:
        yield
    finally:
        for module in placed:
            del sys.modules[module]


def _compile_selectors_when_tested() -> None:
    """Have cssselect2 compile a selector when an element is first held against it."""
    from cssselect2 import compiler

    vars(compiler)["eval"] = later
