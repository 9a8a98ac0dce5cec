"""WeasyPrint's own style sheets and those that come with the program, parsed at setup.

It parses three, of every element that HTML has, whenever it is loaded: a sixth of the time that
takes; and one for each book. What comes of it is kept beside the compiled program, whole and of the
same versions, and is read as that is: it may say whatever a program may. Without it everything
works as well.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any

from .fingerprint import version_of
from .kept import Kept

OURS = Path(__file__).parent / "__pycache__"
NAME = "own-sheets"
NAMES = ("UA_STYLESHEET", "UA_FORM_STYLESHEET", "PH_STYLESHEET")  # in weasyprint.html
COUNTERS = "UA_COUNTER_STYLE"
SOURCE = "source"  # of a function that tests a selector


def later(source: str, *_: Any) -> Callable[[Any], Any]:
    """Return the test of a selector, which is compiled when an element is first held against it.

    Most selectors are of elements that no book has. `source` is what cssselect2 makes of one.
    """
    compiled: list[Callable[[Any], Any]] = []

    def test(element: Any) -> Any:
        if not compiled:
            compiler: Any = import_module("cssselect2.compiler")
            names = ("split_whitespace", "ascii_lower", "urlparse")
            compiled.append(eval(source, {name: getattr(compiler, name) for name in names}))
        return compiled[0](element)

    setattr(test, SOURCE, source)
    return test


@contextmanager
def parsed(folder: Path = OURS) -> Iterator[None]:
    """Let WeasyPrint, when it is imported, have what is kept of its style sheets."""
    told: bytes | None = _kept(folder).find(NAME, _source())
    if not told:
        yield
        return
    tinycss2: Any = import_module("tinycss2")
    parse, tinycss2.parse_stylesheet = tinycss2.parse_stylesheet, lambda *_, **named: []
    try:
        yield
    finally:
        tinycss2.parse_stylesheet = parse
    html: Any = import_module("weasyprint.html")
    kept = pickle.loads(told)
    for name in NAMES:
        sheet, (matcher, rules, layers) = getattr(html, name), kept[name]
        vars(sheet.matcher).update(matcher)
        sheet.page_rules[:], sheet.layers[:] = rules, layers
    getattr(html, COUNTERS).update(kept[COUNTERS])


def keep(folder: Path = OURS) -> None:
    """Keep what WeasyPrint, which has been imported, made of its style sheets."""
    html: Any = import_module("weasyprint.html")
    sheets = {name: getattr(html, name) for name in NAMES}
    told = {name: (vars(s.matcher), s.page_rules, s.layers) for name, s in sheets.items()}
    out = io.BytesIO()
    _Pickler(out, pickle.HIGHEST_PROTOCOL).dump({**told, COUNTERS: dict(getattr(html, COUNTERS))})
    _kept(folder).keep(NAME, out.getvalue(), _source())


def keep_sheet(css: str, sheet: Any) -> None:
    """Keep what WeasyPrint made of a style sheet of the program, which it had nothing to say of.

    Nothing is kept where selectors are compiled already, for they cannot be written.
    """
    out = io.BytesIO()
    with suppress(pickle.PicklingError):
        told = vars(sheet.matcher), sheet.page_rules, sheet.layers
        _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(told)
        _kept(OURS).keep(_name(css), out.getvalue(), css)


def kept_sheet(css: str) -> tuple[dict[str, Any], list[Any], list[Any]] | None:
    """Return what was kept of a style sheet: its selectors, its page rules and its layers."""
    told: bytes | None = _kept(OURS).find(_name(css), css)
    return pickle.loads(told) if told else None


def _name(css: str) -> str:
    return f"sheets/{sha256(css.encode()).hexdigest()}"


class _Pickler(pickle.Pickler):
    """Tells of a test what it is made of."""

    def reducer_override(self, told: Any) -> Any:
        if isinstance(told, FunctionType) and hasattr(told, SOURCE):
            return later, (getattr(told, SOURCE),)
        return NotImplemented


def _kept(folder: Path) -> Kept:
    return Kept(folder, " ".join(map(version_of, ("weasyprint", "tinycss2", "cssselect2"))))


def _source() -> str:
    """Return what the sheets say."""
    package: Any = find_spec("weasyprint")
    sheets = sorted(Path(package.origin).parent.joinpath("css").glob("html5_*.css"))
    return "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
