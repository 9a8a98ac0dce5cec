"""Typeset: from an edition to the print book, its page map and its index.

Articles are laid out first, each by itself, for they depend on no page number. Then the back
matter, whose numbers are known by now; last the contents. No part is laid out to learn a number
that another part already tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from . import prose
from .apparatus import Apparatus, Section, apparatus
from .audit import audit
from .diagnostics import Report
from .document import Heading, plain
from .edition import Edition
from .html import Notes, render
from .index import Entry, index
from .join import Bookmark, Metadata, Whole, join
from .pages import Laid, LaidPart, PageMap, ordered, sheets
from .pdf import Styles, lay_out, prepare

PRELIMS, COLOPHON, HEADS = "prelims", "colophon", "heads"
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Printed:
    """The print book: the PDF, and what it tells about itself."""

    pdf: bytes
    pages: PageMap
    index: tuple[Entry, ...]
    apparatus: Apparatus
    sheets: int
    prelims: int  # sheets of the prelims


@dataclass(frozen=True)
class Press:
    """What typesetting needs besides the edition: templates, styles, the program's name."""

    templates: Path
    styles: Styles
    program: str
    workers: int = 1


def typeset(edition: Edition, press: Press, report: Report) -> Printed:
    """Return the print book. What the layout could not do right goes into the report."""
    return _Typesetter(edition, press, report).printed()


class _Typesetter:
    def __init__(self, edition: Edition, press: Press, report: Report) -> None:
        self.edition, self.press, self.report = edition, press, report

    def printed(self) -> Printed:
        edition = self.edition
        laid = self._lay_out_all([*self._body(), *self._front()])
        body = [(id, laid[id]) for id, _ in self._body()]
        front = [(id, laid[id]) for id, _ in self._front()]
        placed = ordered(body, body=True, sheet=0)
        pages = PageMap(placed)
        entries = index(edition.people, edition.articles, pages)
        back = apparatus(edition, pages, entries)
        body += [(id, laid_part) for id, laid_part in self._back(back, entries)]
        placed = ordered(body, body=True, sheet=0)
        prelims, front_parts = self._prelims(front, placed)
        first = sheets(front_parts)
        first += first % 2
        shifted = tuple(replace(part, sheet=part.sheet + first) for part in placed)
        whole_map = PageMap((*front_parts, *shifted))
        audit(edition, whole_map, self.report)
        contents_page, _, _ = prelims.anchors["contents"]
        whole = Whole(
            heads=self._heads(whole_map, first),
            resolve=lambda name: self._target(name, whole_map, back),
            bookmarks=tuple(self._bookmarks(whole_map)),
            metadata=self._metadata(),
            prelims=first,
            contents=range(contents_page, prelims.pages),
        )
        pdf = join(whole_map.parts, whole)
        count = sheets(shifted)
        return Printed(pdf, whole_map, entries, back, count + count % 2, first)

    # --- Laying out -----------------------------------------------------------------------------

    def _html(self, template: str, part: str, **context: Any) -> str:
        common = {
            "part": part,
            "language": self.edition.file.language,
            "book_title": self.edition.title,
            "edition": self.edition.file,
            "face": self.edition.file.face,
            "program": self.press.program,
            "scripts": self.edition.scripts,
        }
        return render(self.press.templates, f"print-{template}.html.j2", {**common, **context})

    def _lay_out_all(self, parts: Sequence[tuple[str, str]]) -> dict[str, Laid]:
        """Lay out parts side by side, the longest first."""
        by_length = sorted(parts, key=lambda part: -len(part[1]))
        styles = self.press.styles
        if self.press.workers > 1 and len(parts) > 1:
            prepare(styles)
            try:
                pool = ProcessPoolExecutor(self.press.workers, get_context("fork"))
            except OSError:  # no shared memory: one process must do
                pass
            else:
                with pool:
                    futures = {id: pool.submit(lay_out, html, styles) for id, html in by_length}
                    return {id: future.result() for id, future in futures.items()}
        return {id: lay_out(html, styles) for id, html in by_length}

    def _body(self) -> list[tuple[str, str]]:
        """Return the parts of the body as HTML: part titles and articles."""
        found: list[tuple[str, str]] = []
        articles = {article.id: article for article in self.edition.articles}
        for n, part in enumerate(self.edition.file.parts, 1):
            if part.title:
                found.append(
                    (f"part-{n}", self._html("part", "part", id=f"part-{n}", title=part.title))
                )
            for name in part.articles:
                if name in articles:
                    article = articles[name]
                    html = self._html(
                        "article",
                        "article",
                        article=article,
                        notes=Notes(article.notes),
                        language=article.language or self.edition.file.language,
                    )
                    found.append((name, html))
        return found

    def _front(self) -> list[tuple[str, str]]:
        return [
            (
                text.id,
                self._html("prose", "prose", id=text.id, title=text.title, blocks=text.blocks),
            )
            for text in self.edition.front
        ]

    def _back(self, back: Apparatus, entries: Sequence[Entry]) -> list[tuple[str, Laid]]:
        found = [(section.id, self._section(section, back)) for section in back.sections]
        for text in self.edition.back:
            html = self._html("prose", "prose", id=text.id, title=text.title, blocks=text.blocks)
            found.append((text.id, html))
        found.append((COLOPHON, self._html("colophon", COLOPHON, lines=self._colophon())))
        laid = self._lay_out_all(found)
        for section in back.sections:
            if section.id == "index":
                laid["index"] = self._continued(section, back, laid["index"])
        return [(id, laid[id]) for id, _ in found]

    def _section(self, section: Section, back: Apparatus, continued: frozenset[str] = NONE) -> str:
        return self._html(
            "back",
            section.id,
            id=section.id,
            title=section.title,
            headnote=section.headnote,
            items=section.items,
            rules=back.rules,
            continued=continued,
        )

    def _continued(self, section: Section, back: Apparatus, laid: Laid) -> Laid:
        """Repeat a heading with “(continued)” where its subentries go on in the next column.

        A repeated line moves what comes after it, so the index is laid out again until the columns
        begin where it was thought that they would; at most four times.
        """
        subentries = frozenset(
            sub["id"]
            for group in section.items
            for entry in group["entries"]
            for sub in entry["subentries"]
        )
        put: frozenset[str] = NONE
        for _ in range(4):
            wanted = subentries & _column_starts(laid)
            if wanted == put:
                break
            put = wanted
            laid = lay_out(self._section(section, back, put), self.press.styles)
        return laid

    def _colophon(self) -> tuple[str, ...]:
        face = self.press.styles.fonts
        return (
            f"{self.edition.title} was set in EB Garamond {face.version} and made into pages by "
            f"{self.press.program}, from the copy-texts and the decisions of its editors, without "
            "a mark placed by hand.",
        )

    def _prelims(
        self, front: Sequence[tuple[str, Laid]], body: Sequence[LaidPart]
    ) -> tuple[Laid, tuple[LaidPart, ...]]:
        """Lay out the prelims until the contents agree with the folios that they name."""
        pages = 6
        while True:
            guess = ((PRELIMS, _empty(pages)), *front)
            placed = ordered(guess, body=False, sheet=0)
            contents = self._contents(placed[1:], body)
            rights = prose.paragraphs(self.edition.file.imprint.rights)
            html = self._html("prelims", PRELIMS, contents=contents, rights=rights)
            laid = lay_out(html, self.press.styles)
            if laid.pages == pages:
                return laid, (replace(placed[0], laid=laid), *placed[1:])
            pages = laid.pages

    # --- Contents, heads, bookmarks -------------------------------------------------------------

    def _sections(self, parts: Iterable[LaidPart]) -> Iterable[tuple[LaidPart, str, str]]:
        """Yield the parts that have a title of their own: part, title, authors."""
        articles = {article.id: article for article in self.edition.articles}
        texts = {text.id: text.title for text in (*self.edition.front, *self.edition.back)}
        part_titles = {f"part-{n}": p.title for n, p in enumerate(self.edition.file.parts, 1)}
        titles = SECTIONS
        for part in parts:
            if part.id in articles:
                article = articles[part.id]
                title = f"[{article.title}]" if article.opening.title_supplied else article.title
                yield part, title, " and ".join(article.authors)
            else:
                title = texts.get(part.id) or part_titles.get(part.id) or titles.get(part.id, "")
                if title:
                    yield part, title, ""

    def _target_of(self, part: LaidPart) -> str:
        return f"{part.id}-title" if f"{part.id}-title" in part.laid.anchors else part.id

    def _contents(
        self, front: Iterable[LaidPart], body: Iterable[LaidPart]
    ) -> list[Mapping[str, Any]]:
        return [
            {
                "title": title,
                "authors": authors,
                "folio": str(part.folio),
                "target": self._target_of(part),
                "article": any(a.id == part.id for a in self.edition.articles),
                "part": part.id.startswith("part-"),
            }
            for part, title, authors in self._sections((*front, *body))
        ]

    def _heads(self, pages: PageMap, prelims: int) -> bytes:
        """Return a PDF with the running head and folio of every sheet."""
        total = sheets(pages.parts)
        total += total % 2
        found: list[dict[str, Any]] = [{"head": "", "folio": "", "opens": False}] * total
        titles = {part.id: title for part, title, _ in self._sections(pages.parts)}
        shorts = {article.id: article.short_title for article in self.edition.articles}
        for part in pages.parts:
            first = 0
            if part.id == PRELIMS:
                first = part.laid.anchors["contents"][0]
            elif part.id == COLOPHON or part.id.startswith("part-"):
                continue
            for page in range(first, part.laid.pages):
                sheet = part.sheet + page
                opens = page == first
                title = shorts.get(part.id) or titles.get(part.id, "Contents")
                head = title if sheet % 2 == 0 else self.edition.file.title
                found[sheet] = {
                    "head": "" if opens else head,
                    "folio": str(part.folio_of(page)),
                    "opens": opens,
                }
        html = self._html("heads", HEADS, sheets=found)
        return lay_out(html, self.press.styles).pdf

    def _bookmarks(self, pages: PageMap) -> Iterable[Bookmark]:
        yield Bookmark(1, "Title page", "title-page")
        yield Bookmark(1, "Contents", "contents")
        articles = {article.id: article for article in self.edition.articles}
        deep = 1
        for part, title, _ in self._sections(pages.parts):
            if part.id.startswith("part-"):
                yield Bookmark(1, title, part.id)
                deep = 2
                continue
            level = deep if part.id in articles else 1
            yield Bookmark(level, title, self._target_of(part))
            if part.id in articles:
                for block in articles[part.id].blocks:
                    if isinstance(block, Heading):
                        yield Bookmark(level + block.level, plain(block.inlines), block.id)

    def _target(self, name: str, pages: PageMap, back: Apparatus) -> tuple[int, float, float]:
        block, offset = back.targets.get(name, (name, 0))
        place = pages.find(block, offset)
        return place.sheet, place.x, place.y + 4  # a little above the line

    def _metadata(self) -> Metadata:
        file = self.edition.file
        authors = dict.fromkeys(a for article in self.edition.articles for a in article.authors)
        modified: date = file.imprint.modified
        return Metadata(
            title=self.edition.title,
            authors=tuple(authors),
            language=file.language,
            subject=file.description,
            keywords=file.subjects,
            producer=self.press.program,
            modified=modified.isoformat(),
        )


SECTIONS = {
    "textual-notes": "Textual notes",
    "works-cited": "Works cited",
    "chronology": "Chronology",
    "index": "Index of names",
}


def _column_starts(laid: Laid) -> frozenset[str]:
    """Return the first block of every column: a column begins where the lines go up again."""
    starts, page, y = set(), -1, 0.0
    for line in laid.lines:
        if line.page != page or line.y > y:
            starts.add(line.block)
        page, y = line.page, line.y
    return frozenset(starts)


def _empty(pages: int) -> Laid:
    return Laid(b"", pages, (), {}, ())
