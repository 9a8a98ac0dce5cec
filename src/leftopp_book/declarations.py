"""Declarations of C that WeasyPrint gives to cffi, read at setup and not at every start.

A parser written in Python reads them, which takes as long as a fifth of all that is loaded with the
typesetter. What comes of it are numbers and names, in the form that cffi has for it ("out-of-line,
ABI level"), and they are kept beside the compiled program. Without them everything works as well.
"""

from __future__ import annotations

import ast
import importlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .fingerprint import version_of
from .kept import Kept

OURS = Path(__file__).parent / "__pycache__"
NAME = "declarations"
# of HarfBuzz, what WeasyPrint does not ask of it
MORE = """
hb_set_t *hb_set_create(void);
void hb_set_destroy(hb_set_t *set);
int hb_set_has(const hb_set_t *set, uint32_t glyph);
unsigned int hb_ot_layout_table_get_lookup_count(hb_face_t *face, uint32_t table);
void hb_ot_layout_lookup_collect_glyphs(
    hb_face_t *face, uint32_t table, unsigned int index,
    hb_set_t *before, hb_set_t *input, hb_set_t *after, hb_set_t *output);
"""


@contextmanager
def declared() -> Iterator[None]:
    """Let WeasyPrint, when it is imported, have what is kept of its declarations."""
    found = _kept().find(NAME, _source())
    if not found:
        yield
        return
    import cffi
    from _cffi_backend import FFI

    class Declared(FFI):  # type: ignore[misc]
        """What all of it declares; it need be told nothing more."""

        def cdef(self, words: str) -> None:
            pass

    reads, cffi.FFI = cffi.FFI, lambda: Declared(NAME, **dict(found))
    try:
        yield
    finally:
        cffi.FFI = reads


def keep() -> None:
    """Have WeasyPrint's declarations read, and keep what comes of it. Raises OSError."""
    ffi = importlib.import_module("weasyprint.text.ffi").ffi
    ffi.cdef(MORE)
    ffi.set_source(NAME, None)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{NAME}.py")
        ffi.emit_python_code(str(file))
        program = ast.parse(file.read_text(encoding="utf-8"))
    (call,) = (node for node in ast.walk(program) if isinstance(node, ast.Call))
    told = tuple((word.arg, ast.literal_eval(word.value)) for word in call.keywords)
    _kept().keep(NAME, told, _source())


def _kept() -> Kept:
    return Kept(OURS, version_of("cffi"))


def _source() -> str:
    package: Any = find_spec("weasyprint")
    return MORE + Path(package.origin).parent.joinpath("text", "ffi.py").read_text(encoding="utf-8")
