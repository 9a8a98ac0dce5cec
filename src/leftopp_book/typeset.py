"""Typeset: from an edition to the print book, its page map and its index.

Articles are laid out first, each by itself, for they depend on no page number. Then the back
matter, whose numbers are known by now; last the contents. No part is laid out to learn a number
that another part already tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from . import prose
from .apparatus import Apparatus, Section, apparatus
from .audit import audit
from .backmatter import Layout
from .columns import rows_of
from .composing import ComposingRoom, Waiting
from .diagnostics import Report
from .document import Article, Heading, plain
from .edition import Edition, title_of
from .fonts import companions
from .formats import Format
from .furniture import Heads, Words, guessed, heads_of, kinds_of, wanted
from .galley import Galley, galley, signed
from .html import render
from .index import Entry, index
from .makeup import signs_of
from .matter import Matter
from .pages import Laid, LaidPart, PageMap, ordered, sheets
from .schema import EditionFile
from .whole import Bookmark, Furniture, Metadata, Whole

PRELIMS, COLOPHON, HEADS = "prelims", "colophon", "heads"
MORE_HEADS = "heads-more"  # what was not thought of at first


class Printed(Struct, frozen=True):
    """The print book: its pages, and what it tells about itself.

    In `edition` the editor's notes bear the signs that they have in print.
    """

    edition: Edition
    pages: PageMap
    index: tuple[Entry, ...]
    apparatus: Apparatus
    sheets: int
    prelims: int  # sheets of the prelims
    whole: Whole
    colophon: tuple[str, ...]


class Press(Struct, frozen=True):
    """What typesetting needs besides the edition."""

    templates: Path
    room: ComposingRoom
    form: Format
    program: str


Body = Sequence[tuple[str, Laid]]  # part titles and articles, in their order
Bind = Callable[[Iterable[tuple[str, Laid]]], object]


class Begun(Struct, frozen=True):
    """A book whose articles are set, with their pages and the index, and what waits for the rest.

    In `edition` the editor's notes bear the signs that they have in print.
    """

    edition: Edition
    pages: PageMap
    index: tuple[Entry, ...]
    finish: Callable[[], Printed]
    stands: Callable[[], bool]  # whether it is known that nothing is waited for any more


class Ahead(Struct, frozen=True):
    """Articles that are being set while others are still edited; `total` characters in all."""

    press: Press
    file: EditionFile
    scripts: tuple[tuple[str, str], ...]
    total: int
    begun: dict[str, tuple[Article, Galley, Waiting]] = field(default_factory=dict)

    def set(self, article: Article) -> None:
        """Have an article set."""
        copy = _copy(article, _common("article", self.file, self.scripts), self.press.templates)
        others = max(self.total - len(article.source.text), 0)
        wait = self.press.room.begin({article.id: copy}, others)[article.id]
        self.begun[article.id] = article, copy, wait


def begin(
    edition: Edition,
    press: Press,
    report: Report,
    meanwhile: Callable[[bool], object] = lambda stands: None,
    ahead: Ahead | None = None,
    bind: Bind = lambda _: None,
) -> Begun:
    """Set the articles and have the rest set, so that other things can be made meanwhile.

    `meanwhile` is called while the articles are being set or, and that it is told, where all of
    them stand already, while the back matter is; those of `ahead` have been begun. `bind` is called
    with parts as soon as they are set.
    What the layout could not do right goes into the report.
    """
    return _Typesetter(edition, press, report, ahead).begun(meanwhile, bind)


def order_of(edition: Edition) -> list[str]:
    """Return the parts of a book in the order in which they are bound: first what may stand
    already. Of the sections of the back matter all are named that there can be."""
    found = {article.id for article in edition.articles}
    body = [
        id
        for n, part in enumerate(edition.file.parts, 1)
        for id in (f"part-{n}" * bool(part.title), *part.articles)
        if id in found or id.startswith("part-")
    ]
    front, back = ((text.id for text in texts) for texts in (edition.front, edition.back))
    sections = sorted(SECTIONS, key=_is_short, reverse=True)
    return [*body, *front, *back, COLOPHON, *sections, PRELIMS]


def _common(part: str, file: EditionFile, scripts: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Return what the templates of all parts are told."""
    title = title_of(file)
    return {"part": part, "language": file.language, "book_title": title, "scripts": scripts}


def _copy(article: Article, common: Mapping[str, Any], templates: Path) -> Galley:
    return galley(article, templates, {**common, "own_language": article.language})


def typeset(edition: Edition, press: Press, report: Report) -> Printed:
    """Return the print book."""
    return begin(edition, press, report).finish()


class _Typesetter:
    def __init__(self, edition: Edition, press: Press, report: Report, ahead: Ahead | None) -> None:
        self.edition, self.press, self.report = edition, press, report
        self.ahead = {} if ahead is None else ahead.begun

    def begun(self, meanwhile: Callable[[bool], object], bind: Bind) -> Begun:
        room, parts, texts = self.press.room, self._body(), self._front()
        room.progress.begin(len(parts) + len(texts))
        begun = {id: wait for id, (_, copy, wait) in self.ahead.items() if copy is parts.get(id)}
        begun |= room.begin({id: copy for id, copy in parts.items() if id not in begun})
        others = room.begin(texts)
        bind((id, wait()) for id, wait in (begun | others).items() if wait.ready)
        stands = all(wait.ready for wait in begun.values())
        if not stands:
            meanwhile(False)
        laid = {id: room.told(id, wait()) for id, wait in begun.items()}
        body = [(id, laid[id]) for id in parts]
        bind(body)
        self._sign(parts, laid)
        pages = PageMap(ordered(body, body=True, sheet=0))
        heads = self._begin_heads(self._guessed(pages))  # while the index is made here
        entries = index(self.edition.people, self.edition.articles, pages)
        back = apparatus(self.edition, pages, entries)
        names, set_back = self._back(back, bind)
        if stands:
            meanwhile(True)

        def finish() -> Printed:
            front = [(id, room.told(id, wait())) for id, wait in others.items()]
            room.progress.begin(len(set_back))
            bind(front)
            made: dict[str, Laid] = {}
            for id, wait in set_back.items():
                made[id] = room.told(id, wait())
                bind([(id, made[id])])
            whole = [*body, *((id, made[id]) for id in names)]
            return self._printed(whole, front, entries, back, heads)

        def all_stand() -> bool:
            return all(wait.ready or wait.done() for wait in (*set_back.values(), *others.values()))

        return Begun(self.edition, pages, entries, finish, all_stand)

    def _printed(
        self,
        body: Body,
        front: Sequence[tuple[str, Laid]],
        entries: tuple[Entry, ...],
        back: Apparatus,
        heads: Callable[[], Heads],
    ) -> Printed:
        placed = ordered(body, body=True, sheet=0)
        front_parts = self._prelims(front, placed)
        whole_map, prelims = _bound(front_parts, placed), front_parts[0].laid
        audit(self.edition, whole_map, self.report)
        contents_page, _, _ = prelims.anchors["contents"]
        whole = Whole(
            heads=self._heads(whole_map, heads()),
            targets=back.targets,
            bookmarks=tuple(self._bookmarks(whole_map)),
            metadata=self._metadata(),
            prelims=whole_map.parts[len(front_parts)].sheet,
            contents=range(contents_page, prelims.pages),
        )
        count = sheets(whole_map.parts)
        return Printed(
            self.edition,
            whole_map,
            entries,
            back,
            count + count % 2,
            whole.prelims,
            whole,
            self._colophon(),
        )

    # --- Parts of the book ----------------------------------------------------------------------

    def _html(self, template: str, part: str, **context: Any) -> str:
        common = {
            **self._common(part),
            "edition": self.edition.file,
            "face": self.edition.file.face,
            "program": self.press.program,
        }
        return render(self.press.templates, f"print-{template}.html.j2", {**common, **context})

    def _common(self, part: str) -> dict[str, Any]:
        return _common(part, self.edition.file, self.edition.scripts)

    def _body(self) -> dict[str, str | Galley]:
        """Return the parts of the body: part titles and articles."""
        found: dict[str, str | Galley] = {}
        articles = {article.id: article for article in self.edition.articles}
        for n, part in enumerate(self.edition.file.parts, 1):
            if part.title:
                found[f"part-{n}"] = self._html("part", "part", id=f"part-{n}", title=part.title)
            for name in part.articles:
                if name in articles:
                    article = articles[name]
                    known, copy, _ = self.ahead.get(name, (None, None, None))
                    found[name] = (
                        copy
                        if copy and known is article
                        else _copy(article, self._common("article"), self.press.templates)
                    )
        return found

    def _sign(self, parts: Mapping[str, str | Galley], laid: Mapping[str, Laid]) -> None:
        """Give the editor's notes the signs that they have on their pages."""
        signs = {
            name: signs_of(copy, laid[name].sheets)
            for name, copy in parts.items()
            if isinstance(copy, Galley)
        }
        articles = (signed(article, signs.get(article.id, {})) for article in self.edition.articles)
        self.edition = self.edition.signed(tuple(articles))

    def _front(self) -> dict[str, str]:
        return {
            text.id: self._html("prose", "prose", id=text.id, title=text.title, blocks=text.blocks)
            for text in self.edition.front
        }

    def _back(self, back: Apparatus, bind: Bind) -> tuple[Sequence[str], Mapping[str, Waiting]]:
        """Have the back matter set.

        Return the names of its parts in their order in the book, and what waits for each, those
        first that will be there first.
        """
        room = self.press.room
        begun: dict[str, Waiting] = {}
        for section in sorted(back.sections, key=lambda section: _is_short(section.id)):
            wait = begun[section.id] = room.begin_rows(*self._rows(section, back))
            bind([(section.id, wait())] if wait.ready else [])
        found = {
            text.id: self._html("prose", "prose", id=text.id, title=text.title, blocks=text.blocks)
            for text in self.edition.back
        }
        found[COLOPHON] = self._html("colophon", COLOPHON, lines=self._colophon())
        others = room.begin(found)
        bind((id, wait()) for id, wait in others.items() if wait.ready)
        begun |= others
        return [*(section.id for section in back.sections), *found], begun

    def _rows(self, section: Section, back: Apparatus) -> tuple[Matter, Layout]:
        """Return a section of the back matter, and how its rows are put on pages."""
        form = self.press.form
        html = self._html(
            "back",
            section.id,
            id=section.id,
            title=section.title,
            headnote=section.headnote,
            items=section.items,
            rules=back.rules,
        )
        layout = Layout(form.frame(verso=False), form.frame(verso=True))
        if section.id == INDEX:
            rows = tuple(rows_of(section.items))
            layout = replace(layout, columns=form.columns, rows=rows)
        return Matter(section.id, html), layout

    def _colophon(self) -> tuple[str, ...]:
        face = self.press.room.styles.fonts
        others = companions(edited.text.string for edited in self.edition.edited)
        more = f", with words in {' and '.join(cut.family for cut in others)}," if others else ""
        return (
            f"{self.edition.title} was set in EB Garamond {face.version}{more} and made into pages "
            f"by {self.press.program}, from the copy-texts and the decisions of its editors, "
            "without a mark placed by hand.",
        )

    def _prelims(
        self, front: Sequence[tuple[str, Laid]], body: Sequence[LaidPart]
    ) -> tuple[LaidPart, ...]:
        """Set the prelims until the contents agree with the folios that they name."""
        pages = 6
        while True:
            guess = ordered(((PRELIMS, _empty(pages)), *front), body=False, sheet=0)
            contents = self._contents(guess[1:], body)
            rights = prose.paragraphs(self.edition.file.imprint.rights)
            html = self._html("prelims", PRELIMS, contents=contents, rights=rights)
            laid = self.press.room.begin({PRELIMS: html})[PRELIMS]()
            if laid.pages == pages:
                return (replace(guess[0], laid=laid), *guess[1:])
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

    def _titles(self, pages: PageMap) -> dict[str, str]:
        """Return the running heads of the parts that have one."""
        shorts = {article.id: article.short_title for article in self.edition.articles}
        titles = {part.id: title for part, title, _ in self._sections(pages.parts)}
        return {
            part.id: shorts.get(part.id) or titles.get(part.id, "Contents")
            for part in pages.parts
            if part.id != COLOPHON and not part.id.startswith("part-")
        }

    def _guessed(self, pages: PageMap) -> Iterable[Words]:
        """Return the heads and folios that will be wanted, while the back matter is being set."""
        texts = (text.title for text in (*self.edition.front, *self.edition.back))
        titles = (article.short_title for article in self.edition.articles)
        return guessed(pages, (*titles, *texts, *SECTIONS.values()), self.edition.file.title)

    def _heads(self, pages: PageMap, made: Heads) -> tuple[tuple[Furniture, ...], ...]:
        opens = {PRELIMS: pages.part(PRELIMS).laid.anchors["contents"][0]}
        found = wanted(pages, self._titles(pages), opens, self.edition.file.title)
        missing = [words for own in found for words in own if words not in made]
        if missing:  # more pages than was thought
            made = {**made, **self._begin_heads(missing, MORE_HEADS)()}
        return tuple(tuple(made[words] for words in own if words in made) for own in found)

    def _begin_heads(self, words: Iterable[Words], name: str = HEADS) -> Callable[[], Heads]:
        """Have running heads and folios set, and return a function that waits for them."""
        kinds = kinds_of(words)
        html = self._html("heads", HEADS, furniture=kinds)
        wait = self.press.room.begin({name: html})[name]
        return lambda: heads_of(wait().sheets, kinds)

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


def _is_short(section: str) -> bool:
    """Tell whether a section can wait: the longest are begun before others are written out."""
    return section not in (INDEX, CHRONOLOGY)


INDEX, CHRONOLOGY = "index", "chronology"
SECTIONS = {
    "textual-notes": "Textual notes",
    "works-cited": "Works cited",
    "chronology": "Chronology",
    "index": "Index of names",
}


def _bound(front: Sequence[LaidPart], body: Sequence[LaidPart]) -> PageMap:
    """Return the pages of the whole book: the body begins on a recto after the prelims."""
    first = sheets(front)
    first += first % 2
    return PageMap((*front, *(replace(part, sheet=part.sheet + first) for part in body)))


def _empty(pages: int) -> Laid:
    return Laid((), pages, (), {}, ())
