"""WeasyPrint loaded without what the pages of a book have no use for.

It asks for libraries that cut fonts down, read colour profiles and fetch from the network, looks
for the types of files that the system knows, and compiles every selector of three style sheets,
whether they are wanted or not. Here these come when they are first used, and those of the network
never; declarations of C are not read again. All of it is for one version; another one loads as it
will.
"""

from __future__ import annotations

import ctypes.util
import importlib
import mimetypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from .declarations import declared
from .fingerprint import version_of
from .own_sheets import later, parsed
from .standins import Later, StandIn, placed

_KNOWN = {"weasyprint": "70.0", "cssselect2": "0.10.1"}


def weasyprint() -> Any:
    """Return WeasyPrint. Raises OSError where a library of its is missing."""
    if "weasyprint" not in sys.modules and _is_known():
        _compile_selectors_when_tested()
        with _no_programs(), _no_types(), placed(_stand_ins()), declared(), parsed():
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


@contextmanager
def _no_types() -> Iterator[None]:
    """Let nobody ask the system which types of files it knows: WeasyPrint wants those of Python."""
    before = mimetypes.inited
    mimetypes.inited = True
    try:
        yield
    finally:
        mimetypes.inited = before


class _Opener:
    """Opens nothing: there is no network in a build."""

    def add_handler(self, handler: object) -> None:
        pass

    def open(self, *_: object, **named: object) -> NoReturn:
        raise OSError("there is no network in a build")


class _Nothing:
    """What would fetch something."""

    def __init__(self, *_: object, **named: object) -> None:
        pass


class _Headers(dict[str, str]):
    """What a file that is fetched says of itself: it is one of ours, and nothing need be said."""

    def get_content_type(self) -> str:
        return "text/plain"

    def get_param(self, name: str) -> None:
        pass

    def set_param(self, name: str, value: str) -> None:
        pass


_FETCH = "Proxy Unknown HTTP HTTPDefaultError HTTPRedirect HTTPS FTP File Data"


def _stand_ins() -> Iterator[StandIn]:
    """Yield stand-ins for what WeasyPrint imports, with what it takes from them."""
    faces = "fontTools.ttLib"
    yield StandIn("fontTools.subset")
    yield StandIn(
        faces,
        TTFont=Later(faces, "TTFont"),
        TTLibError=(),  # nothing is caught, for nothing is done with fonts
        ttFont=StandIn(f"{faces}.ttFont"),
        woff2=StandIn(f"{faces}.woff2"),
    )
    instancer = "fontTools.varLib.instancer"
    yield StandIn(instancer, instantiateVariableFont=Later(instancer, "instantiateVariableFont"))
    for name in ("EpsImagePlugin", "Image", "ImageFile", "ImageOps"):
        yield StandIn(f"PIL.{name}")
    yield StandIn("PIL.ImageCms", ImageCmsProfile=Later("PIL.ImageCms", "ImageCmsProfile"))
    fetches = {f"{name}Handler": _Nothing for name in _FETCH.split()}
    yield StandIn(
        "urllib.request",
        OpenerDirector=_Opener,
        Request=_Nothing,
        HTTPErrorProcessor=_Nothing,
        **fetches,
    )
    yield StandIn("email.message", EmailMessage=_Headers)


def _compile_selectors_when_tested() -> None:
    """Have cssselect2 compile a selector when an element is first held against it."""
    from cssselect2 import compiler

    vars(compiler)["eval"] = later
