"""Cover: back, spine and front in one sheet for the press, and the front as a picture.

The design is of type alone: the title, and under it the roll of those who are named in the book,
whoever is named most first.
`styles/cover.css` and the template have what it looks like; here are the measures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from . import prose
from .composing import ComposingRoom
from .coversheet import Wrapper, picture, wrapped
from .diagnostics import Report, nowhere
from .edition import Edition
from .fonts import Fonts, width_of
from .html import render
from .index import expected
from .package import Picture
from .pdf import Styles

PAGES = "cover-pages"  # the name under which their number is kept
SPINE_TEXT_FROM = 80  # pages: a thinner spine carries no words
LARGEST, SMALLEST = 25.0, 6.0  # size of the title, mm
NAMES, LEAD = 5.3, 6.4  # size of the names on the front, and from line to line, mm
NARROW = 0.36  # ems: the characters of names are wider, taken together
NEVER: Mapping[str, int] = {}
SIZES = (4.4, 4.2, 4.0, 3.8, 3.6, 3.4)  # of the words on the back, mm


class Design(Struct, frozen=True):
    """What a cover is made with."""

    templates: Path
    styles: Styles
    trim: tuple[float, float]  # of the page, mm
    roll: tuple[str, ...]  # the names on the front: Leon Trotsky


class Title(Struct, frozen=True):
    """The title in lines, its size and leading in mm."""

    lines: tuple[str, ...]
    size: float
    leading: float


class Bars(Struct, frozen=True):
    """An EAN-13 symbol at its nominal size, in mm (ISO/IEC 15420): bars as x, width, height."""

    width: float
    height: float
    rects: tuple[tuple[float, float, float], ...]
    digits: tuple[tuple[float, float, str], ...]  # x and width of the room for them


class Covers(Struct, frozen=True):
    """The cover of an edition, set by a composing room that has the styles of covers."""

    edition: Edition
    room: ComposingRoom
    templates: Path
    trim: tuple[float, float]  # mm
    # by what they tell
    _begun: dict[tuple[str, str], Callable[[], bytes]] = field(default_factory=dict)

    def of(self, edition: Edition) -> Covers:
        """Return the same for what has become of the edition."""
        return replace(self, edition=edition)

    def foresee(self, *, screen: bool = False, press: bool = False) -> None:
        """Have made what is wanted for those who can be expected to stand in the index.

        The sheet for the press needs the number of pages, which is that of the build before.
        """
        design = self._design(expected(self.edition.people, self.edition.articles))
        if screen:
            self._drawn(design)
        pages: int | None = self.room.standing.find(PAGES)
        if press and pages:
            self._wrapped(design, pages)

    def picture(self, named: tuple[str, ...]) -> Picture:
        """Have the front drawn, unless it was foreseen; `named` are the headings of the index."""
        design = self._design(named)
        return Picture(self._drawn(design), words_of(self.edition, design))

    def wrapper(self, named: tuple[str, ...], pages: int) -> Callable[[Report], bytes]:
        """Have the whole sheet set for so many pages; what does not fit is reported."""
        making = self._wrapped(self._design(named), pages)
        if self.room.standing.find(PAGES) != pages:
            self.room.standing.keep(PAGES, pages)
        return lambda report: check_cover(self.edition, making(), report)

    def _design(self, named: tuple[str, ...]) -> Design:
        people = self.edition.people
        indexed = (o for article in self.edition.articles for o in article.occurrences if o.indexed)
        times = Counter(people[o.person].heading for o in indexed if o.person in people)
        return Design(self.templates, self.room.styles, self.trim, roll(named, self.trim, times))

    def _drawn(self, design: Design) -> Callable[[], bytes]:
        def given() -> tuple[Any, ...]:
            return front(self.edition, design), design.styles

        return self._once("picture", self._made_of(design), picture, given)

    def _wrapped(self, design: Design, pages: int) -> Callable[[], bytes]:
        def given() -> tuple[Any, ...]:
            return (wrapper(self.edition, pages, design),)

        return self._once("cover", f"{self._made_of(design)} {pages}", wrapped, given)

    def _once(
        self,
        name: str,
        made_of: str,
        work: Callable[..., bytes],
        arguments: Callable[[], tuple[Any, ...]],
    ) -> Callable[[], bytes]:
        if (name, made_of) not in self._begun:
            self._begun[name, made_of] = self.room.kept(name, made_of, work, arguments)
        return self._begun[name, made_of]

    def _made_of(self, design: Design) -> str:
        """Return all that a cover tells of the edition; the templates are in the room's key."""
        return repr((self.edition.file, _authors(self.edition), design.roll, design.trim))


def check_cover(edition: Edition, made: bytes, report: Report) -> bytes:
    """Return the PDF of a sheet; words on the back that do not fit are reported."""
    fits, _, pdf = made.partition(b"\n")
    if fits != b"fits":
        report.warning(
            "cover-full",
            "the words on the back of the cover run into what stands at its foot",
            nowhere(f"dist/{edition.id}-cover.pdf"),
            f"shorten “blurb” under “cover” in book/{edition.id}.yaml",
        )
    return pdf


def roll(
    named: Sequence[str], trim: tuple[float, float], times: Mapping[str, int] = NEVER
) -> tuple[str, ...]:
    """Return those who are named, by headings of the index, as many as fill the front, and no more.

    Whoever is named most `times` comes first. Few names are given again; many run off the page, and
    who comes after that is not seen.
    """
    order = sorted(named, key=lambda heading: -times.get(heading, 0))
    names = [" ".join(reversed(heading.split(", ", 1))) for heading in order]
    room = (_lines(trim) + 1) * (trim[0] - 24) / (NARROW * NAMES)
    made, used = list[str](), 0.0
    while names and used < room:
        made.append(names[len(made) % len(names)])
        used += len(made[-1]) + 1
    return tuple(made)


def _lines(trim: tuple[float, float]) -> int:
    """Return how many whole lines of names stand on the front."""
    return int(trim[1] * 0.48 / LEAD)


def spine_width(pages: int, paper: float) -> float:
    """Return the width of the spine in mm, for leaves of a thickness in mm; a leaf is two pages."""
    return round((pages + pages % 2) / 2 * paper, 2)


def wrapper(edition: Edition, pages: int, design: Design) -> Wrapper:
    """Return the sheet with its bleed; `pages` are counted as printed, blanks included."""
    file = edition.file
    bleed, spine = file.cover.bleed, spine_width(pages, file.cover.paper)
    width, height = design.trim
    context = {
        **_front(edition, design),
        "whole": True,
        "bleed": bleed,
        "spine": spine,
        "sheet": (round(2 * width + spine + 2 * bleed, 3), round(height + 2 * bleed, 3)),
        "spine_size": _spine_size(edition, spine, height, design.styles.fonts, pages),
        "blurb": prose.paragraphs(file.cover.blurb or file.description),
        "bars": bars(file.imprint.isbn) if file.imprint.isbn else None,
    }
    foot = bleed + (48 if file.imprint.isbn else 26)
    pages_html = (_html({**context, "blurb_size": size}, design) for size in SIZES)
    return Wrapper(tuple(pages_html), foot, design.styles)


def front(edition: Edition, design: Design) -> str:
    """Return the front of the cover by itself, as HTML."""
    context = {**_front(edition, design), "whole": False, "bleed": 0, "spine": 0}
    return _html({**context, "sheet": design.trim}, design)


def words_of(edition: Edition, design: Design) -> str:
    """Return what the front says, for those who do not see it."""
    said = [f"Cover: {edition.title}", _authors(edition) or edition.file.editors]
    if design.roll:
        said.append("In black on red, the names of those who are named in the book")
    return ". ".join(filter(None, said)) + "."


def _html(context: dict[str, Any], design: Design) -> str:
    return render(design.templates, "cover.html.j2", context)


def _front(edition: Edition, design: Design) -> dict[str, Any]:
    trim = design.trim
    lead = (edition.file.subtitle, 8.6, 10.0), (_authors(edition), 4.4, 5.8)
    below = sum(_height(words, size, line, design) for words, size, line in lead)
    room = trim[1] * 0.52 - 12 - 18 - below
    return {
        "language": edition.file.language,
        "book_title": edition.title,
        "edition": edition.file,
        "trim": trim,
        "title": fitted(edition.file.title, trim[0] - 22, room, design.styles.fonts),
        "authors": _authors(edition) or edition.file.editors,
        "roll": design.roll,
        "roll_size": NAMES,
        "roll_lead": LEAD,
        # the trim cuts through the last line: the roll is meant to run off the page
        "roll_height": round((_lines(trim) + 0.55) * LEAD, 2),
    }


def _height(words: str, size: float, line: float, design: Design) -> float:
    """Return the height in mm of words of a size in mm under the title."""
    width = width_of(design.styles.fonts, words, "roman.ttf") * size
    return -(-width // (design.trim[0] - 22)) * line


def _authors(edition: Edition) -> str:
    authors = list(dict.fromkeys(a for article in edition.articles for a in article.authors))
    return ", ".join(authors) if len(authors) < 8 else ""


# --- Fitting words ----------------------------------------------------------------------------


def fitted(title: str, width: float, height: float, fonts: Fonts) -> Title:
    """Return the title as large as a measure and a height in mm allow, broken between words."""
    ems = [(word, width_of(fonts, word, "bold.ttf")) for word in title.split()]
    size = LARGEST
    while True:
        lines = tuple(_broken(ems, width / size))
        wide = max((em for _, em in ems), default=0) * size > width
        if size <= SMALLEST or (not wide and len(lines) * size * 0.98 <= height):
            return Title(lines, round(size, 2), round(size * 0.98, 2))
        size -= 0.25


def _broken(words: Sequence[tuple[str, float]], measure: float) -> Iterator[str]:
    line, used = "", 0.0
    for word, em in words:
        if line and used + 0.25 + em > measure:
            yield line
            line, used = word, em
        else:
            line, used = f"{line} {word}".strip(), used + em + (0.25 if line else 0)
    yield line


def _spine_size(edition: Edition, spine: float, height: float, fonts: Fonts, pages: int) -> float:
    """Return the size of the words on the spine in mm; 0 where it carries none."""
    if pages < SPINE_TEXT_FROM:
        return 0
    file = edition.file
    ems = width_of(fonts, f"{file.title} {file.subtitle} {file.imprint.publisher}", "bold.ttf")
    return round(max(1.6, min(spine * 0.62, 8.0, (height - 34) / ems)), 2)


# --- The barcode ------------------------------------------------------------------------------

MODULE = 0.33  # mm
PADDING = 1.0  # mm of the panel on either side of the symbol, see cover.css
BAR, GUARD = 16.0, 1.65  # heights in mm: of a bar (truncated), and by how much guards are longer


def bars(isbn: str) -> Bars:
    """Return the EAN-13 symbol of an ISBN, with quiet zones of 11 modules left and 7 right."""
    from barcode import get_barcode_class

    digits = isbn.replace("-", "").replace(" ", "")
    modules = get_barcode_class("ean13")(digits, guardbar=True).build()[0]
    rects = []
    start = 0
    while start < len(modules):
        end = start
        while end < len(modules) and modules[end] == modules[start]:
            end += 1
        if modules[start] != "0":
            height = BAR + GUARD if modules[start] == "G" else BAR
            width = (end - start) * MODULE
            rects.append((round((start + 11) * MODULE, 3), round(width, 3), height))
        start = end
    width = round((11 + len(modules) + 7) * MODULE, 2)
    left, right = (11 + 3) * MODULE + PADDING, (11 + 3 + 42 + 5) * MODULE + PADDING
    half = 42 * MODULE
    places = ((1.4, 3.0, digits[0]), (left, half, digits[1:7]), (right, half, digits[7:]))
    rooms = tuple((round(x, 2), round(w, 2), d) for x, w, d in places)
    return Bars(width, BAR + GUARD, tuple(rects), rooms)
