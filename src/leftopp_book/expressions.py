"""Regular expressions compiled at setup, and not at every start.

A program written in Python compiles them, three hundred of ours and of libraries whenever a module
that has them is loaded: a twelfth of the time of a small build. What comes of it are numbers that
Python's engine takes, and checks, as they are. They depend on nothing but the expression and the
version of Python, and are kept beside the compiled program; without them everything works as well.
"""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

ENGINE: Any = import_module("_sre")
OURS = os.path.join(os.path.dirname(__file__), "__pycache__", "expressions")
Key = tuple[str | bytes, int]  # words, flags
Compiled = tuple[int, list[int], int, dict[str, int], tuple[str | None, ...]]


def use(file: str = OURS) -> None:
    """Have expressions that are kept taken from there."""
    known = _read(file)
    if not known:
        return
    compiler: Any = import_module("re._compiler")
    compile = compiler.compile

    def at_once(words: Any, flags: int = 0) -> Any:
        found = known.get((words, flags)) if isinstance(words, str | bytes) else None
        return ENGINE.compile(words, *found) if found else compile(words, flags)

    compiler.compile = at_once


def keep(file: str = OURS) -> None:
    """Load the whole program, and keep the expressions that it has.

    Those that were compiled in this process before are not found: it is one of its own.
    """
    compiler: Any = import_module("re._compiler")
    known: dict[Key, Compiled] = {}
    compile = compiler.compile

    def noted(words: Any, flags: int = 0) -> Any:
        made = compile(words, flags)
        if isinstance(words, str | bytes):
            known[words, int(flags)] = _compiled(compiler, words, int(flags))
        return made

    compiler.compile = noted
    try:
        ours = sorted(Path(__file__).parent.glob("[!_]*.py"))
        for module in (*(f"{__package__}.{source.stem}" for source in ours), *_LIBRARIES):
            with suppress(OSError, ImportError):  # a library of the system is missing
                import_module(module)
        for source in ours:
            for words in _within_functions(source.read_text(encoding="utf-8")):
                noted(words)
    finally:
        compiler.compile = compile
    body = marshal.dumps(known)
    scratch = import_module(f"{__package__}.scratch")
    scratch.put(Path(file), _head(body) + body)


_LIBRARIES = ("jinja2", "weasyprint", "pikepdf", "lxml.etree", "PIL.Image", "markdown_it", "pyuca")


def _within_functions(source: str) -> Iterator[str]:
    """Yield the expressions without flags that stand where they are used."""
    ast: Any = import_module("ast")
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(ast.Attribute(ast.Name("re")), [ast.Constant(str(words)), *_]):
                yield words


def _compiled(compiler: Any, words: str | bytes, flags: int) -> Compiled:
    """Return what `re` gives its engine of an expression, as its own function does."""
    parsed = compiler._parser.parse(words, flags)
    code = list(map(int, compiler._code(parsed, flags)))
    names = dict(parsed.state.groupdict)
    groups: list[str | None] = [None] * parsed.state.groups
    for name, number in names.items():
        groups[number] = name
    return int(flags | parsed.state.flags), code, parsed.state.groups - 1, names, tuple(groups)


def _read(file: str) -> dict[Key, Compiled]:
    """Return what is kept; nothing where nothing is, or it is damaged or of another Python.

    It is read before `kept` could be, whose own imports have a score of expressions.
    """
    try:
        with open(file, "rb") as kept:
            told = kept.read()
        head = _head(told[_HEAD:])
        return marshal.loads(told[_HEAD:]) if told[:_HEAD] == head else {}
    except (OSError, ValueError, EOFError, TypeError):
        return {}


_HEAD = 12


def _head(body: bytes) -> bytes:
    """Return the version of Python, of its engine, and a sum of what is kept."""
    numbers = sys.hexversion, ENGINE.MAGIC, zlib.crc32(body)
    return b"".join(number.to_bytes(4, "big") for number in numbers)


if __name__ == "__main__":
    keep()
