"""Lay out a part of the book with WeasyPrint: HTML to PDF pages, and a table of their lines.

The layout of a part is a pure function of its HTML, the style sheet and the fonts. Page numbers,
running heads and everything that depends on other parts is put on when the parts are joined.
"""

from __future__ import annotations

import inspect
import io
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from .faults import PageFault, page_faults
from .fonts import Fonts
from .pages import Laid, LineStart

PX = 0.75  # points


class TypesetterError(Exception):
    """Pango or HarfBuzz cannot be loaded: the message names the packages to install."""


class LayoutError(Exception):
    """The typesetter refused a resource or dropped a note."""


@dataclass(frozen=True)
class Styles:
    """What a layout depends on besides its HTML."""

    css: str
    fonts: Fonts
    scale: float = 1.0  # how much larger than its CSS the page is printed

    @property
    def resources(self) -> Mapping[str, bytes]:
        return self.fonts.data()


def prepare(styles: Styles) -> None:
    """Load the typesetter, so that processes forked from this one need not."""
    _weasyprint(styles.fonts)


def lay_out(html: str, styles: Styles) -> Laid:
    """Return the pages of a part. Raises TypesetterError and LayoutError."""
    weasyprint = _weasyprint(styles.fonts)
    from weasyprint.text.fonts import FontConfiguration

    fetcher = _fetcher(weasyprint, styles.resources)
    log = _Log()
    with log:
        fonts = FontConfiguration()
        css = weasyprint.CSS(
            string=f"{styles.fonts.css('book:')}\n{styles.css}",
            font_config=fonts,
            url_fetcher=fetcher,
        )
        document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(
            stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1"
        )
        out = io.BytesIO()
        document.write_pdf(out, zoom=styles.scale, pdf_variant="pdf/ua-1")
    if log.messages:
        raise LayoutError("; ".join(log.messages))
    laid = _laid(document, out.getvalue(), PX * styles.scale)
    return replace(laid, missing=tuple(sorted(set(log.missing))))


def _weasyprint(fonts: Fonts) -> Any:
    fonts.use()
    try:
        import weasyprint
    except OSError as error:
        raise TypesetterError(
            f"a library of the typesetter is missing: {error}\n"
            "  Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0\n"
            "  Fedora: dnf install pango harfbuzz\n"
            "  macOS: brew install pango harfbuzz"
        ) from error
    _keep_notes_on_their_page()
    _keep_names_whole()
    _tell_languages()
    return weasyprint


def _fetcher(weasyprint: Any, resources: Mapping[str, bytes]) -> Any:
    """Return a fetcher that serves the fonts and refuses everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            name = url.removeprefix("book:")
            if name in resources and url.startswith("book:"):
                return URLFetcherResponse(url, body=resources[name], headers={}, status=200)
            raise ValueError(f"refused: {url}")

    return Fetcher(allowed_protocols=["book"], allow_redirects=False)


_NOTDEF = re.compile(r"^\.notdef glyph rendered")


class _Log(logging.Handler):
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

    def __enter__(self) -> _Log:
        logger = logging.getLogger("weasyprint")
        self.kept = logger.handlers[:]
        logger.handlers = [self]
        logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("weasyprint").handlers = self.kept


_OLD = "while report and context.current_page_footnotes:"
_NEW = (
    "while report and context.current_page_footnotes"
    " and context.current_page_footnotes[-1].style['footnote_policy'] == 'auto':"
)


def _keep_notes_on_their_page() -> None:
    """Keep WeasyPrint 70.0 from moving earlier notes to the next page to please orphans.

    It moves notes that were already placed, whatever their `footnote-policy` (its issues 2432 and
    2437); with this they move only when the policy is `auto`. On another version, or when the line
    is not found, nothing is changed: the audit of the layout tells which notes moved.
    """
    import weasyprint
    import weasyprint.layout.block as block

    if weasyprint.VERSION != "70.0" or getattr(block, "_notes_kept", False):
        return
    source = inspect.getsource(block._linebox_layout)
    if source.count(_OLD) == 1:
        exec(compile(source.replace(_OLD, _NEW), block.__file__, "exec"), block.__dict__)
        block._notes_kept = True


def _keep_names_whole() -> None:
    """Keep words with a capital, and so every name, from being hyphenated.

    Chicago 7.44 and Hart's Rules 3.3 would rather not divide a name. German capitalises every
    noun, so its words are divided all the same.
    """
    import pyphen
    import weasyprint.text.line_break as line_break

    class Divider(pyphen.Pyphen):  # type: ignore[misc]
        def __init__(self, *, lang: str, **options: Any) -> None:
            super().__init__(lang=lang, **options)
            self.german = lang.startswith("de")

        def iterate(self, word: str) -> Iterator[tuple[str, str]]:
            letter = next((char for char in word if char.isalpha()), "")
            if self.german or not letter.isupper():
                yield from super().iterate(word)

    line_break.pyphen = SimpleNamespace(Pyphen=Divider, language_fallback=pyphen.language_fallback)


def _tell_languages() -> None:
    """Give the elements of the structure tree the language of theirs (PDF/UA-1 7.2).

    WeasyPrint 70.0 tells the language of the document only.
    """
    from weasyprint.pdf import tags

    build = tags._build_box_tree
    if getattr(build, "tells", False):
        return

    def told(box: Any, *rest: Any) -> Iterator[Any]:
        own = box.element if box.element_tag not in ("html", "body") else None
        language = own.get("lang") if own is not None else None
        for made in build(box, *rest):
            if language and "::" not in box.element_tag:
                made["Lang"] = tags.pydyf.String(language)
            yield made

    told.tells = True  # type: ignore[attr-defined]
    tags._build_box_tree = told


# --- Reading the layout ---------------------------------------------------------------------------


def _laid(document: Any, pdf: bytes, unit: float) -> Laid:
    lines: list[LineStart] = []
    anchors: dict[str, tuple[int, float, float]] = {}
    first_words: list[str] = []
    used: dict[str, int] = {}
    faults: list[PageFault] = []
    for number, page in enumerate(document.pages):
        height = page.height * unit
        words: list[str] = []
        for block, x, y, text in _lines(page._page_box, ""):
            words.append(text)
            if block:
                start = used.get(block, 0)
                lines.append(
                    LineStart(block, start, number, len(words), x * unit, height - y * unit)
                )
                used[block] = start + ink_set(text)
        first_words.append(_first(words))
        faults += (replace(fault, page=number) for fault in page_faults(page))
        for name, (x, y, *_) in page.anchors.items():
            anchors.setdefault(name, (number, x * unit, height - y * unit))
    called = [name.removeprefix(CALL) for name in anchors if name.startswith(CALL)]
    return Laid(
        pdf=pdf,
        pages=len(document.pages),
        lines=tuple(lines),
        anchors=anchors,
        first_words=tuple(first_words),
        lost_notes=tuple(note for note in called if note not in anchors),
        moved_notes=tuple(
            note
            for note in called
            if note in anchors and anchors[note][0] != anchors[CALL + note][0]
        ),
        faults=tuple(faults),
    )


CALL = "call-"  # begins the identifier of a note call; the rest is that of the note
HYPHEN = "\u2010"  # what the typesetter puts at the end of a line; the text never has it
JOINER = "\u2060"


def ink_set(text: str) -> int:
    """Return how many characters of the text a printed line holds: no space, no added hyphen."""
    return sum(not c.isspace() and c not in (HYPHEN, JOINER) for c in text)


def _lines(box: Any, block: str) -> Iterator[tuple[str, float, float, str]]:
    """Yield the printed lines of a page in reading order: block, x, y (in px), words.

    The area of the notes and everything generated (calls, markers) is passed over.
    """
    from weasyprint.formatting_structure import boxes

    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.FootnoteAreaBox | boxes.MarginBox):
            continue
        tag = child.element_tag or ""
        if "::" in tag and not tag.endswith(("::before", "::after")):
            continue
        own = child.element.get("id") if child.element is not None and "::" not in tag else None
        if isinstance(child, boxes.LineBox):
            yield block, child.position_x, child.position_y, "".join(_words(child))
        elif not isinstance(child, boxes.InlineBox):
            yield from _lines(child, own or block)


def _words(box: Any) -> Iterator[str]:
    from weasyprint.formatting_structure import boxes

    for child in getattr(box, "children", ()):
        if "::" in (child.element_tag or ""):
            continue
        if isinstance(child, boxes.TextBox):
            yield child.text
        elif child.element is None or child.element.get("class") != "call":
            yield from _words(child)


def _first(lines: list[str]) -> str:
    """Return the first dozen words or so of a page."""
    string = ""
    for line in lines[:4]:
        string += line.removesuffix(HYPHEN) if line.endswith(HYPHEN) else line + " "
    return " ".join(string.replace(JOINER, "").split()[:12])
