"""Lay out a part of the book with WeasyPrint: HTML to PDF pages, and a table of their lines.

The layout of a part is a pure function of its HTML, the style sheet and the fonts. Page numbers,
running heads and everything that depends on other parts is put on when the parts are joined.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from . import cascade, typesetter
from .faults import page_faults
from .fonts import FontError, Fonts, fonts
from .pages import PX, Glyphs, LaidPage, LineStart, NoteLine, first_words, ink_set


class TypesetterError(Exception):
    """Pango or HarfBuzz cannot be loaded: the message names the packages to install."""


class LayoutError(Exception):
    """The typesetter refused a resource or dropped a note."""


class Styles(Struct, frozen=True):
    """What a layout depends on besides its HTML."""

    css: str
    fonts: Fonts
    scale: float = 1.0  # how much larger than its CSS the page is printed

    @property
    def key(self) -> str:
        """A hash of it all; the folder of the fonts is named for their contents."""
        words = f"{self.fonts.folder.name} {self.scale} {self.css}"
        return hashlib.sha256(words.encode()).hexdigest()


def load(cache: Path) -> None:
    """Load the typesetter, which takes a while, as `prepare` does the rest."""
    if cache.is_dir():
        with suppress(FontError, TypesetterError):
            _weasyprint(fonts(cache))


def keep_sheets(sheets: Iterable[str], fonts: Fonts) -> None:
    """Keep what the typesetter makes of style sheets of the program. Raises TypesetterError."""
    _weasyprint(fonts)
    for css in sheets:
        cascade.keep(css, fonts)


def prepare(cache: Path, css: str, scale: float, moment: Path) -> None:
    """Make ready what a style sheet wants, while another process reads the book.

    Libraries put files that they want for a moment into the folder `moment`. Nothing is done where
    the book face has not been made yet. What is wrong comes to light when something is laid out.
    """
    tempfile.tempdir = os.environ["TMPDIR"] = str(moment)
    if cache.is_dir():
        _set_first(cache, css, scale)


@cache
def _set_first(folder: Path, css: str, scale: float) -> None:
    """Set a few words in a style for the first time, which takes longer than the second."""
    with suppress(FontError, TypesetterError, LayoutError):
        lay_out(FIRST, Styles(css, fonts(folder), scale))


FIRST = """<!DOCTYPE html><html lang="en-GB"><head><title>First</title></head><body>
<p id="first">Words of <em>all</em> the <strong>kinds</strong> that are representing a
considerable majority<span class="note">with a note.</span></p></body></html>"""


class Forme(Struct, frozen=True):
    """A page that is made up and not yet drawn: all that it tells, but no PDF and no glyphs."""

    page: LaidPage
    document: Any
    number: int
    styles: Styles

    def drawn(self) -> LaidPage:
        """Return the page with its drawing. Raises LayoutError."""
        log = Log()
        with log:
            alone = self.document.copy([self.document.pages[self.number]])
            pdf = typesetter.drawn(alone, self.styles.scale)
            glyphs = {f.hash: _glyphs(f, self.styles.fonts) for f in alone.fonts.values()}
        log.check()
        missing = tuple(log.take_missing())
        return replace(self.page, pdf=pdf, glyphs=glyphs, missing=missing)


def lay_out(html: str, styles: Styles, before: Mapping[str, int] | None = None) -> list[LaidPage]:
    """Return the pages of a part, or of a stretch of it, as `compose` does, drawn."""
    return [forme.drawn() for forme in compose(html, styles, before)]


def compose(html: str, styles: Styles, before: Mapping[str, int] | None = None) -> list[Forme]:
    """Return the pages of a part, or of a stretch of it.

    `before` tells of blocks and notes that go on from an earlier page how many characters of them
    are printed there. Raises TypesetterError and LayoutError.
    """
    log = Log()
    with log:
        document = rendered(html, styles)
    log.check()
    reader = _Reader(before or {}, PX * styles.scale)
    return [
        Forme(reader.page(page), document, number, styles)
        for number, page in enumerate(document.pages)
    ]


def with_faces(html: str, styles: Styles) -> bytes:
    """Return a part as a PDF that wants nothing more: large, and made at once, for a picture.

    Raises TypesetterError and LayoutError.
    """
    log, out = Log(), io.BytesIO()
    with log, typesetter.faces_whole():
        rendered(html, styles).write_pdf(out, zoom=styles.scale, uncompressed_pdf=True)
    log.check()
    return out.getvalue()


def rendered(html: str, styles: Styles) -> Any:
    """Return a document of WeasyPrint's."""
    weasyprint = _weasyprint(styles.fonts)
    fetcher = _fetcher(styles.fonts)
    sheet = cascade.sheet(styles.css, styles.fonts, fetcher)
    return weasyprint.HTML(string=html, url_fetcher=fetcher).render(
        stylesheets=[sheet.css], font_config=sheet.faces
    )


def _weasyprint(fonts: Fonts) -> Any:
    fonts.use()
    try:
        return typesetter.load()
    except OSError as error:
        raise TypesetterError(
            f"a library of the typesetter is missing: {error}\n"
            "  Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0\n"
            "  Fedora: dnf install pango harfbuzz\n"
            "  macOS: brew install pango harfbuzz"
        ) from error


@cache
def _fetcher(fonts: Fonts) -> Any:
    """Return a fetcher that serves the fonts and refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            resources, name = fonts.data(), url.removeprefix("book:")
            if name in resources and url.startswith("book:"):
                return URLFetcherResponse(url, body=resources[name], headers={}, status=200)
            raise ValueError(f"refused: {url}")

    return Fetcher(allowed_protocols=["book"], allow_redirects=False)


_NOTDEF = re.compile(r"^\.notdef glyph rendered")


class Log(logging.Handler):
    """Collects what WeasyPrint warns of: nothing is to be passed over in silence."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        self.missing: list[str] = []  # characters that the face has no glyph for

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        missing = _NOTDEF.search(message)
        if missing:
            self.missing += (chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]+)", message))
        else:
            self.messages.append(message)

    def take_missing(self) -> list[str]:
        """Return the characters without a glyph since the last time that this was asked."""
        missing, self.missing = sorted(set(self.missing)), []
        return missing

    def check(self) -> None:
        """Raise LayoutError if there is anything but characters without a glyph."""
        if self.messages:
            raise LayoutError("; ".join(self.messages))

    def __enter__(self) -> Log:
        logger = logging.getLogger("weasyprint")
        self.kept = logger.handlers[:]
        logger.handlers = [self]
        logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("weasyprint").handlers = self.kept


# --- Reading the layout ---------------------------------------------------------------------------


def _glyphs(font: Any, fonts: Fonts) -> Glyphs:
    """Return what a page used of a font."""
    known = {glyph: (width, font.to_unicode.get(glyph, "")) for glyph, width in font.widths.items()}
    return Glyphs(fonts.named(font.file_content), known)


class _Reader:
    """Reads pages one after another; knows how much of each block the earlier ones hold."""

    def __init__(self, before: Mapping[str, int], unit: float) -> None:
        self.used, self.unit = dict(before), unit

    def page(self, page: Any) -> LaidPage:
        """Return what a page tells."""
        unit, height = self.unit, page.height * self.unit
        lines: list[LineStart] = []
        words: list[str] = []
        calls: list[tuple[str, int]] = []
        top = ("", 0)
        for block, box in _lines(page._page_box, ""):
            text = "".join(words_in(box))
            start = self.used.get(block, 0)
            if not words:
                top = (block, start)
            words.append(text)
            calls += ((note, len(words)) for note in _calls(box))
            if block:
                x, y = box.position_x * unit, height - box.position_y * unit
                lines.append(LineStart(block, start, 0, len(words), x, y))
                self.used[block] = start + ink_set(text)
        notes = []
        for note, box in _note_lines(page._page_box):
            start = self.used.get(note, 0)
            notes.append(NoteLine(note, start, height - box.position_y * unit))
            self.used[note] = start + ink_set("".join(words_in(box)))
        return LaidPage(
            pdf=b"",
            top=top,
            lines=tuple(lines),
            notes=tuple(notes),
            calls=tuple(calls),
            anchors={
                name: (x * unit, height - y * unit) for name, (x, y, *_) in page.anchors.items()
            },
            first_words=first_words(words),
            glyphs={},
            room=_room(page._page_box) * unit,
            faults=page_faults(page),
        )


CALL = "call-"  # begins the identifier of a note call; the rest is that of the note


def _lines(box: Any, block: str) -> Iterator[tuple[str, Any]]:
    """Yield the printed lines of a page in reading order: block, box.

    The area of the notes and everything generated (calls, markers) is passed over.
    """
    from weasyprint.formatting_structure import boxes

    for child in getattr(box, "children", ()):
        if isinstance(child, (boxes.FootnoteAreaBox, boxes.MarginBox)):
            continue
        tag = child.element_tag or ""
        if "::" in tag and not tag.endswith(("::before", "::after")):
            continue
        own = child.element.get("id") if child.element is not None and "::" not in tag else None
        if isinstance(child, boxes.LineBox):
            yield block, child
        elif not isinstance(child, boxes.InlineBox):
            yield from _lines(child, own or block)


def _note_lines(box: Any) -> Iterator[tuple[str, Any]]:
    """Yield the lines at the foot of a page, each with the note that it belongs to."""
    from weasyprint.formatting_structure import boxes

    for area in box.children:
        if isinstance(area, boxes.FootnoteAreaBox):
            for note in area.children:
                id = note.element.get("data-note") or note.element.get("id") or ""
                yield from ((id, line) for _, line in _lines(note, id))


def _calls(box: Any) -> Iterator[str]:
    """Yield the notes that are called in a line."""
    for child in getattr(box, "children", ()):
        tag = child.element_tag or ""
        id = child.element.get("id", "") if child.element is not None else ""
        if tag == "a" and id.startswith(CALL):
            yield id.removeprefix(CALL)
        elif "::" not in tag:
            yield from _calls(child)


def _room(box: Any) -> float:
    """Return the height (px) left on a page between its text and its notes, or its foot."""
    from weasyprint.formatting_structure import boxes

    foot = box.content_box_y() + box.height
    for area in box.children:
        if isinstance(area, boxes.FootnoteAreaBox) and area.children:
            foot = area.position_y
    last = max((line.position_y + line.height for _, line in _lines(box, "")), default=0.0)
    return float(foot - last)


def words_in(box: Any) -> Iterator[str]:
    from weasyprint.formatting_structure import boxes

    for child in getattr(box, "children", ()):
        if "::" in (child.element_tag or ""):
            continue
        if isinstance(child, boxes.TextBox):
            yield child.text
        elif child.element is None or not (
            child.element_tag == "a" and child.element.get("class") in ("call", "mark")
        ):
            yield from words_in(child)
