"""A style sheet parsed once, and given to document after document as if it were parsed for each.

What WeasyPrint makes of a sheet is shared as far as nothing can change it: words, numbers, colours
and tuples of them. Into the rest a document may write (a value that waits for its variables tells
of its error once), so every document has a copy of its own. The faces are read where they lie;
WeasyPrint would copy them into a new folder for every document.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

from msgspec import Struct

from .fonts import CUTS, Fonts
from .own_sheets import keep_sheet, kept_sheet

KEPT = 8  # sheets: of the formats, the cover and its picture


class Sheet(Struct, frozen=True):
    """A parsed style sheet, and the faces that it names."""

    css: Any
    faces: Any


def sheet(css: str, fonts: Fonts, fetcher: Any) -> Sheet:
    """Return a sheet, with the faces of the book before it, for one document.

    What there is to warn of is told for every document, as if the sheet were parsed anew.
    """
    kept = _KEPT.pop((css, fonts), None) or _kept(css, fonts, fetcher)
    for record in kept.told:
        logging.getLogger(record.name).handle(record)
    if not kept.again:
        return _parsed(f"{fonts.css(_URL)}\n{css}", fetcher)
    _KEPT[css, fonts] = kept
    if len(_KEPT) > KEPT:
        del _KEPT[next(iter(_KEPT))]
    kept.sheet.faces.strut_layouts = {}
    return Sheet(_fresh(kept), kept.sheet.faces)


_URL = "book:"


class _Kept(Struct, frozen=True):
    sheet: Sheet  # of which no document has seen more than what cannot change
    written: tuple[Any, ...] = ()  # values that a document may write into
    packed: bytes = b""  # the same to be copied, if they can be packed
    told: tuple[logging.LogRecord, ...] = ()
    again: bool = True  # whether it can be used again


_KEPT: dict[tuple[str, Fonts], _Kept] = {}


def _kept(css: str, fonts: Fonts, fetcher: Any) -> _Kept:
    with _listening() as told:
        try:
            faces = _faces(fonts)
            _parsed(fonts.css(_URL), fetcher, faces)
            parsed = _parsed(css, fetcher, faces)
            written = tuple(_written_into(parsed.css))
            packed = _packed(written)
        except (_OtherFacesError, TypeError):
            return _Kept(Sheet(None, None), again=False)
    return _Kept(parsed, written, packed, tuple(told))


def _packed(values: tuple[Any, ...]) -> bytes:
    """Return values as bytes, which are copied fastest; nothing where they hold a function.

    Raises TypeError for what cannot be copied at all.
    """
    try:
        return pickle.dumps(values, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, AttributeError, TypeError):
        deepcopy(values)
        return b""


def keep(css: str, fonts: Fonts) -> None:
    """Keep what WeasyPrint makes of a style sheet of the program, if it warns of nothing."""
    with _listening() as told:
        sheet = _parsed(css, None, _faces(fonts)).css
    if not told:
        keep_sheet(css, sheet)


def _parsed(css: str, fetcher: Any, faces: Any = None) -> Sheet:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    faces = faces or FontConfiguration()
    if not (kept := kept_sheet(css)):
        return Sheet(weasyprint.CSS(string=css, font_config=faces, url_fetcher=fetcher), faces)
    sheet = weasyprint.CSS(string="", font_config=faces, url_fetcher=fetcher)
    matcher, sheet.page_rules, sheet.layers = kept
    vars(sheet.matcher).update(matcher)
    return Sheet(sheet, faces)


@contextmanager
def _listening() -> Iterator[list[logging.LogRecord]]:
    """Keep what WeasyPrint tells from those who listen, and give it to the caller."""
    told: list[logging.LogRecord] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)

    logger = logging.getLogger("weasyprint")
    handlers, logger.handlers = logger.handlers, [Listener()]
    try:
        yield told
    finally:
        logger.handlers = handlers


# --- What a document may not share with another ---------------------------------------------------


def _written_into(css: Any) -> Iterator[Any]:
    """Yield the values that a document may write into."""
    lists = [declared for rules in _rules(css.matcher) for *_, (declared, _) in rules]
    lists += [declared for *_, declared in css.page_rules]
    yield from (v for declared in lists for _, v, _ in declared if not _is_plain(v))


def _rules(matcher: Any) -> Iterator[list[Any]]:
    for rules in vars(matcher).values():
        if isinstance(rules, dict):
            yield from rules.values()
        elif isinstance(rules, list):
            yield rules


def _fresh(kept: _Kept) -> Any:
    """Return a sheet with copies of what a document may write into.

    What two values share their copies share.
    """
    copies = pickle.loads(kept.packed) if kept.packed else deepcopy(kept.written)
    copy_of = dict(zip(map(id, kept.written), copies, strict=True))
    known: dict[int, list[Any]] = {}  # lists of declarations

    def own(declared: list[Any]) -> list[Any]:
        if copy_of.keys().isdisjoint(id(value) for _, value, _ in declared):
            return declared
        return known.setdefault(
            id(declared),
            [(name, copy_of.get(id(value), value), more) for name, value, more in declared],
        )

    def entries(rules: list[Any]) -> list[Any]:
        return [(*rest, (own(declared), layer)) for *rest, (declared, layer) in rules]

    css = kept.sheet.css
    made, matcher = copy(css), copy(css.matcher)
    for name, rules in vars(matcher).items():
        if isinstance(rules, dict):
            setattr(matcher, name, {key: entries(listed) for key, listed in rules.items()})
        elif isinstance(rules, list):
            setattr(matcher, name, entries(rules))
    made.matcher = matcher
    made.page_rules = [(rule, chosen, own(declared)) for rule, chosen, declared in css.page_rules]
    return made


def _is_plain(value: Any) -> bool:
    from tinycss2.color4 import Color

    if isinstance(value, tuple | frozenset):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | Color)


# --- Faces where they lie -------------------------------------------------------------------------


class _OtherFacesError(Exception):
    """A sheet has rules for faces besides those of the book."""


def _faces(fonts: Fonts) -> Any:
    """Return a configuration that takes the faces of the book from their folder, and no others."""
    from weasyprint.text.fonts import FontConfiguration

    class Faces(FontConfiguration):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._folder = _Folder(fonts)

        def add_font_face(self, rule_descriptors: Any, url_fetcher: Any) -> None:
            super().add_font_face(rule_descriptors, url_fetcher)
            if self._folder.taken > len(CUTS):
                raise _OtherFacesError

        def __del__(self) -> None:
            """Remove nothing: there is no folder of its own."""

    return Faces()


class _Folder:
    """Stands for the folder into which WeasyPrint writes a face: it is elsewhere already."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts, self.taken = fonts, 0

    def __truediv__(self, name: str) -> _Place:
        self.taken += 1
        return _Place(self.fonts)


class _Place:
    def __init__(self, fonts: Fonts) -> None:
        self.fonts, self.path = fonts, Path()

    def exists(self) -> bool:
        return False

    def write_bytes(self, data: bytes) -> None:
        self.path = self.fonts.second(self.fonts.named(data))

    def as_posix(self) -> str:
        return self.path.as_posix()
