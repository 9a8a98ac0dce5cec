"""The edition: the articles, the prose around them, and the registers as far as they are used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from . import prose
from .article import Edited, block_of, fits
from .bibliography import Use, WorkEntry, bibliography
from .citations import fold
from .dates import EdtfDate
from .diagnostics import Report
from .document import UNSET, Article, Block, Inlines, numbered, plain
from .editor import Editor
from .kept import NOTHING, Kept, Values
from .parallels import Parallel, parallels
from .project import Project
from .schema import ArticleFile, EditionFile, Event, Insert, Passage, Person, Work


class Prose(Struct, frozen=True):
    """A text of the editors: preface, note on the text."""

    id: str
    title: str
    blocks: tuple[Block, ...]


class Witness(Struct, frozen=True):
    """A passage of an article that supports an entry of the chronology."""

    article: str
    line: int
    block: str
    offset: int
    note: str = ""
    words: str = ""  # the words that are meant; empty for the whole line


class EventEntry(Struct, frozen=True):
    """An entry of the chronology. `label` is its date as printed, inferred parts in brackets."""

    id: str
    date: EdtfDate
    label: str
    inlines: Inlines
    witnesses: tuple[Witness, ...]
    disagreement: Inlines
    old_style: str = ""
    inferred: str = ""

    @property
    def edtf(self) -> str:
        return str(self.date)


class Edition(Struct, frozen=True, dict=True):
    """A book before it is laid out."""

    id: str
    file: EditionFile
    articles: tuple[Article, ...]
    edited: tuple[Edited, ...]
    front: tuple[Prose, ...]
    back: tuple[Prose, ...]
    register: Mapping[str, Work]
    works_lines: Mapping[tuple[str, int], str]  # lines of works-cited lists, and their works
    people: Mapping[str, Person]
    article_files: Mapping[str, ArticleFile]
    scripts: tuple[tuple[str, str], ...] = ()  # the language of words in a script: Cyrillic, ru
    hashes: Mapping[str, str] = field(default_factory=dict)  # of all that articles were edited from
    words: str = ""  # tells all that the words of the articles were made of
    uses: Mapping[str, tuple[Use, ...]] = {}  # by work: where it is cited or named
    events: tuple[EventEntry, ...] = ()

    @property
    def title(self) -> str:
        return title_of(self.file)

    @cached_property
    def works(self) -> tuple[WorkEntry, ...]:
        """The bibliography."""
        return bibliography(self.register, self.uses)

    @cached_property
    def parallels(self) -> tuple[Parallel, ...]:
        """The paragraphs that two articles share."""
        return parallels(self.articles)

    def remember(self, standing: Kept) -> None:
        """Take over what the articles share if it was found out before; else find out and keep it.

        It does not depend on names.
        """
        known: tuple[Parallel, ...] | None = standing.find("parallels", self.words)
        if known is None:
            standing.keep("parallels", self.parallels, self.words)
        else:
            vars(self)["parallels"] = known

    def signed(self, articles: tuple[Article, ...]) -> Edition:
        """Return the book with other signs of notes; what it cites and shares is the same."""
        made = replace(self, articles=articles)
        vars(made).update(vars(self))  # as far as it is known
        return made

    def inserts(self, id: str) -> tuple[Insert, ...]:
        """Return the editorial headings and breaks of an article."""
        return self.article_files[id].insert

    def article(self, id: str) -> Article:
        return next(article for article in self.articles if article.id == id)


def title_of(file: EditionFile) -> str:
    """Return title and subtitle in one line."""
    return f"{file.title}: {file.subtitle}" if file.subtitle else file.title


def scripts_of(project: Project) -> tuple[tuple[str, str], ...]:
    """Return the languages of words in other scripts than the Latin one."""
    return tuple(sorted(project.house.languages.items()))


def assemble(
    project: Project,
    id: str,
    report: Report,
    each: Callable[[Article], object] = lambda _: None,
    values: Values = NOTHING,
    meanwhile: Callable[[Edition], object] = lambda _: None,
) -> Edition:
    """Edit every article of an edition and put the book together.

    `each` is called with every article as soon as it is edited: the longest first, and before them
    all those that are not among the `values` that were kept; `meanwhile` when all are, with a book
    whose works and events are not known yet.
    """
    file = project.editions[id]
    names = [name for name in file.articles if name in project.articles]
    at_hand = [name for name in names if name in project.copy_texts]
    editor = Editor(project, values)
    kept = {name: editor.kept(name) for name in at_hand}
    found: dict[str, Edited] = {}
    for name in sorted(at_hand, key=lambda n: (bool(kept[n]), -len(project.copy_texts[n].text))):
        if fits(project.copy_texts[name], report):
            found[name], told = kept[name] or editor.edit(name)
            report.found += told
            each(found[name].article)
    edited = tuple(found[name] for name in names if name in found)
    articles = tuple(e.article for e in edited)
    works_lines = {(e.article.id, line): work for e in edited for line, work in e.works}
    book = Edition(
        id=id,
        file=file,
        articles=articles,
        edited=edited,
        front=tuple(_prose(project, path) for path in file.front if path in project.prose),
        back=tuple(_prose(project, path) for path in file.back if path in project.prose),
        register=project.works,
        works_lines=works_lines,
        people=project.people,
        article_files=project.articles,
        scripts=scripts_of(project),
        hashes=editor.hashes,
        words="\n".join(editor.made_of(name) for name in names if name in found),
    )
    meanwhile(book)
    uses = _uses(project, edited, works_lines, report)
    return replace(
        book,
        uses={work: tuple(found) for work, found in uses.items()},
        events=tuple(_events(project, edited, report)),
    )


def _prose(project: Project, path: str) -> Prose:
    id = path.rpartition("/")[2].removesuffix(".md")
    title, blocks = prose.blocks(project.prose[path].text, id)
    return Prose(id, title or id, blocks)


# --- Works --------------------------------------------------------------------------------------


def _uses(
    project: Project,
    edited: Iterable[Edited],
    works_lines: Mapping[tuple[str, int], str],
    report: Report,
) -> dict[str, list[Use]]:
    """Return where every work is cited or named, in the order of the book."""
    uses: dict[str, list[Use]] = {}
    listed: dict[str, list[tuple[int, str]]] = {}
    for (name, line), work in works_lines.items():
        listed.setdefault(name, []).append((line, work))
    named: dict[str, list[tuple[str, Passage]]] = {}
    for id, work_file in project.works.items():
        for passage in work_file.named:
            named.setdefault(passage.article, []).append((id, passage))
    for e in edited:
        article = e.article
        for note in article.notes:
            for work in dict.fromkeys(citation.work for citation in note.citations):
                uses.setdefault(work, []).append(
                    Use(article.id, note.note_line, note.mark, note.id, note.raw)
                )
        for line, work in listed.get(article.id, ()):
            uses.setdefault(work, []).append(Use(article.id, line, words=e.line_words(line)))
        for id, passage in named.get(article.id, ()):
            if (article.id, passage.line) not in works_lines:
                block = _block_at(e, passage.line)
                uses.setdefault(id, []).append(
                    Use(article.id, passage.line, "", block, passage.words)
                )
    return uses


def _block_at(e: Edited, line: int) -> str:
    i = e.piece_at(line)
    if i < 0 or e.pieces[i].role in UNSET:
        return ""
    return block_of(e.article.id, e.pieces[i])


# --- Events -------------------------------------------------------------------------------------


def _events(project: Project, edited: Iterable[Edited], report: Report) -> Iterable[EventEntry]:
    by_id = {e.article.id: e for e in edited}
    made = []
    taken: Counter[str] = Counter()
    for n, event in enumerate(project.events):
        date = re.sub(r"[^0-9A-Za-z]+", "-", str(event.date)).strip("-")
        id = numbered(f"event-{date}", taken)
        witnesses = []
        for k, passage in enumerate(event.passages):
            if passage.article not in by_id:
                continue
            witness = witness_of(by_id[passage.article], passage)
            if witness is None:
                report.error(
                    "passage-unmatched",
                    f"“{passage.words}” does not stand in line {passage.line}"
                    if passage.words
                    else f"line {passage.line} is empty, dropped, or not there",
                    project.at("chronology.yaml", n, "passages", k),
                    "give words of the book, or the right line",
                )
            else:
                witnesses.append(witness)
        if witnesses:
            stated = any(
                str(event.date.year) in by_id[w.article].line_words(w.line) for w in witnesses
            )
            made.append(_entry(id, event, tuple(witnesses), stated=stated))
    return sorted(made, key=lambda e: e.date.sort_key())


def witness_of(e: Edited, passage: Passage) -> Witness | None:
    """Return where a passage stands in the book, or None."""
    article = e.article
    note = e.notes_by_line.get(passage.line)
    if note:
        if fold(passage.words) in fold(f"{note.raw} {plain(note.inlines)}"):
            return Witness(article.id, passage.line, note.id, 0, note.mark, passage.words)
        return None
    i = e.piece_at(passage.line)
    if i < 0 or e.pieces[i].role in UNSET:
        return None
    at = e.folded(i).find(fold(passage.words))
    if at < 0:
        return None
    block = block_of(article.id, e.pieces[i])
    return Witness(article.id, passage.line, block, e.offset(i, at), words=passage.words)


def _entry(id: str, event: Event, witnesses: tuple[Witness, ...], *, stated: bool) -> EventEntry:
    # an edition whose articles state the year has no need to infer it
    inferred = "" if stated and event.inferred == "year" else event.inferred
    return EventEntry(
        id=id,
        date=event.date,
        label=label(event.date, inferred),
        inlines=prose.inlines(event.text),
        witnesses=witnesses,
        disagreement=prose.inlines(event.disagreement),
        old_style=old_style_of(event),
        inferred=inferred,
    )


def old_style_of(event: Event) -> str:
    """Return the date of the Julian calendar; its year only if it is not that of the entry."""
    date = event.old_style
    if not date:
        return ""
    same = {date.start.year, date.end.year} == {event.date.year}
    words = date.in_words()
    return f"{words.replace(f' {date.year}', '') if same else words} O.S."


def label(date: EdtfDate, inferred: str) -> str:
    """Return a date as the chronology prints it under its year: 7 November; November; —.

    The year stands over the entries; a date that spans years is given in full. An inferred part
    stands in square brackets.
    """
    under = date.under_year()
    if inferred == "year" and date.start.month and date.start.year == date.end.year:
        return f"{under} [{date.year}]"
    if inferred:
        return f"[{under or date.in_words()}]"
    return under
