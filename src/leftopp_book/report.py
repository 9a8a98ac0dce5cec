"""The editor's report: one HTML page with what was changed and why, and every name in its context.

The page needs nothing besides itself: it holds the text of every article with the lines of the
copy-text, and all that it tells leads there.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path, PurePath
from typing import Any, assert_never

from msgspec import Struct, json
from msgspec.structs import replace

from .article import Edited, block_of
from .characters import seen, visible
from .checks import accept
from .citations import fold
from .clean import COMPOSED, ENTITIES
from .clean import RULES as CLEAN_RULES
from .diagnostics import Diagnostic
from .document import (
    FATES,
    Article,
    BlockQuote,
    Emphasis,
    Fate,
    Foreign,
    Heading,
    Inlines,
    LineBreak,
    Link,
    Mention,
    NoteCall,
    NoteRest,
    Occurrence,
    Role,
    SectionBreak,
    SmallCaps,
    Strong,
    leaves,
    plain,
)
from .dress import ink
from .edition import Edition, EventEntry, Witness
from .fingerprint import digest_of
from .html import render, rendered
from .index import Entry, letter
from .kept import Kept
from .pages import PageMap
from .parallels import SHINGLE, Parallel
from .pieces import Piece
from .project import Project
from .record import Known, line_of
from .regularise import RULES as HOUSE_RULES
from .text import Span, Text
from .typeset import Printed

AROUND = 42  # characters of context on either side of a name
WIDER = 72  # and of a passage or a finding

_WORD = re.compile(r"[^\W_]+")
_WORDLY = re.compile(r"[^\W_]\S*")  # of a word, from its first letter or figure on
# What no HTML may hold is shown by its picture, U+2400 and following.
_SHOWN = {
    **{chr(n): chr(0x2400 + n) for n in range(0x20) if n not in (9, 10, 13)},
    "\x7f": "\u2421",
    "\ufffe": "\ufffd",
    "\uffff": "\ufffd",
}


def make_report(
    begun: Reporter,
    printed: Printed,
    record: Mapping[str, Any],
    found: Iterable[Diagnostic],
    program: str,
    proof_file: str,
) -> bytes:
    """Return the page. `record` is the edition's record, `found` all that the build has to say.

    `proof_file` is the page beside it that tells what was proven, once that was done.
    """
    context = begun.context(printed, record, queries(found, begun.project))
    styles = begun.styles
    css = (styles / "report.css").read_text(encoding="utf-8")
    page = io.BytesIO()
    for piece in rendered(
        styles / "templates",
        "report.html.j2",
        {**context, "css": css, "program": program, "proof_file": proof_file},
    ):
        page.write(_seen(piece).encode())
    return page.getvalue()


def _seen(page: str) -> str:
    """Return what is seen instead of characters that are not."""
    return seen(page, lambda char: _SHOWN.get(char) or visible(char))


# --- Words ----------------------------------------------------------------------------------------


def words_of(string: str) -> int:
    """Return how many words a string has: what stands between spaces and holds a letter or figure.

    >>> words_of("Trotsky – in 1927")
    3
    """
    return len(_WORDLY.findall(string))


def words_of_lines(article: Article) -> dict[int, int]:
    """Return how many words every line of a copy-text has, by its number."""
    return {n: words_of(article.source.line(n)) for n in {line.number for line in article.lines}}


def words_by_fate(article: Article, words: Mapping[int, int]) -> dict[str, int]:
    """Return the words of a copy-text by what became of their lines."""
    counts = {str(fate): 0 for fate in Fate}
    fates = {line.number: line.fate for line in article.lines}
    for number, fate in fates.items():
        counts[str(fate)] += words[number]
    return counts


# --- Findings -------------------------------------------------------------------------------------


class Query(Struct, frozen=True):
    """A finding, and why the editor accepts it (empty while it is open)."""

    diagnostic: Diagnostic
    accepted: str = ""


def queries(found: Iterable[Diagnostic], project: Project) -> tuple[Query, ...]:
    """Return the findings in their order; those that an exception meets with its reason."""
    lines = {source.path: name for name, source in project.copy_texts.items()}
    every = list(found)
    reasons: dict[Diagnostic, str] = {}
    for one in project.accepted:
        left = set(accept(every, replace(project, accepted=(one,)), lines, complete=False))
        for diagnostic in every:
            if diagnostic not in left:
                reasons.setdefault(diagnostic, one.why)
    return tuple(Query(d, reasons.get(d, "")) for d in every)


# --- The text, with what is marked in it ----------------------------------------------------------


class Segment(Struct, frozen=True):
    """Words of one kind: in italics or not, of a name, of an emendation, of a note call.

    `id` is where a link to the name, the emendation or the call leads; only the first segment of
    each has one.
    """

    words: str
    italic: bool = False
    mention: str = ""  # the anchor of a mention
    emended: int = 0  # the number of an emendation
    call: str = ""  # the identifier of a note
    id: str = ""


class Shown(Struct, frozen=True, dict=True):
    """A piece of an article as the report shows it; `places` tells where its mentions stand."""

    piece: Piece
    block: str
    segments: tuple[Segment, ...]

    @cached_property
    def string(self) -> str:
        """The words without note calls."""
        return "".join(s.words for s in self.segments if not s.call)

    @cached_property
    def places(self) -> dict[str, tuple[int, int]]:
        """The mentions by their anchors, as offsets in `string`."""
        found: dict[str, tuple[int, int]] = {}
        at = 0
        for s in self.segments:
            if s.call:
                continue
            if s.mention:
                found[s.mention] = (found.get(s.mention, (at, at))[0], at + len(s.words))
            at += len(s.words)
        return found


def shown(edited: Edited) -> tuple[Shown, ...]:
    """Return every piece of an article, with names, emendations and calls marked.

    What is printed comes from the document; heads, notes and works cited, which the book prints in
    another form, come as the edited copy-text has them.
    """
    article = edited.article
    printed = dict(leaves(article.blocks))
    emended = {(e.line, e.column): n for n, e in enumerate(article.emended, 1)}
    marker = _Marker(article, emended)
    names = _Names(article.occurrences)
    made = []
    for piece in edited.pieces:
        block = block_of(article.id, piece)
        if piece.role is Role.FURNITURE:
            inlines: Inlines = (piece.text.original,)
        else:
            inlines = printed.get(block) or tuple(names.put_into(piece))
        made.append(Shown(piece, block, tuple(marker.segments(inlines))))
    return tuple(made)


class _Seen:
    """An article as the report shows it, which is looked at only where something of it is new."""

    def __init__(self, edited: Edited) -> None:
        self.pieces = shown(edited)
        self.at_line: dict[int, Shown] = {}
        for one in self.pieces:
            for line in one.piece.numbers:
                self.at_line.setdefault(line, one)
        self.ids = {s.id for piece in self.pieces for s in piece.segments if s.id}


class _Marker:
    """Makes segments; knows which identifiers are given out already."""

    def __init__(self, article: Article, emended: Mapping[tuple[int, int], int]) -> None:
        self.article, self.emended = article, emended
        self.given: set[str] = set()

    def segments(
        self, inlines: Inlines, *, italic: bool = False, mention: str = ""
    ) -> Iterator[Segment]:
        for inline in inlines:
            match inline:
                case Text():
                    yield from self._runs(inline, italic, mention)
                case str():
                    yield Segment(inline, italic, mention)
                case Emphasis() | Strong():
                    yield from self.segments(inline.inlines, italic=True, mention=mention)
                case SmallCaps() | Foreign() | Link():
                    yield from self.segments(inline.inlines, italic=italic, mention=mention)
                case Mention():
                    inner = self.segments(inline.inlines, italic=italic, mention=inline.anchor)
                    for n, segment in enumerate(inner):
                        first = "" if n else self._new(f"at-{inline.anchor}")
                        yield replace(segment, id=first) if first else segment
                case NoteCall():
                    call_id = self._new(f"call-{inline.note}")
                    yield Segment(inline.mark, italic, call=inline.note, id=call_id)
                case LineBreak():
                    yield Segment(" ")
                case NoteRest():  # only in print
                    pass
                case _:
                    assert_never(inline)

    def _runs(self, text: Text, italic: bool, mention: str) -> Iterator[Segment]:
        """Yield the runs of a text, neighbours of one kind joined."""
        kinds = ((self._emendation(text, n), run.string) for n, run in enumerate(text.runs))
        for number, group in groupby(kinds, key=lambda pair: pair[0]):
            words = "".join(string for _, string in group)
            id = self._new(f"{self.article.id}-emended-{number}") if number else ""
            if words or id:
                yield Segment(words, italic, mention, number, id=id)

    def _emendation(self, text: Text, n: int) -> int:
        run = text.runs[n]
        return self.emended.get(text.source.position(run.start), 0) if run.owners else 0

    def _new(self, id: str) -> str:
        """Return an identifier, or nothing if it is given out already."""
        if id in self.given:
            return ""
        self.given.add(id)
        return id


class _Names:
    """The mentions of an article by the lines of the copy-text in which they begin."""

    def __init__(self, occurrences: Iterable[Occurrence]) -> None:
        self.lines: dict[int, list[tuple[int, Occurrence]]] = {}
        for o in occurrences:
            span = o.text.whole_span()
            self.lines.setdefault(span.line, []).append((span.start, o))

    def put_into(self, piece: Piece) -> Iterator[Any]:
        """Yield the text of a piece with its mentions, found by their places in the copy-text."""
        text, done = piece.text, 0
        first, last = piece.lines
        here = [pair for n in range(first, last + 1) for pair in self.lines.get(n, ())]
        for start, o in sorted(here, key=lambda pair: pair[0]):
            at = text.string.find(str(o.text), max(done, _offset(text, start)))
            if at >= 0:
                yield text.slice(done, at)
                done = at + len(o.text)
                yield Mention(o.person, o.anchor, (text.slice(at, done),))
        yield text.slice(done, len(text))


def _offset(text: Text, start: int) -> int:
    """Return the offset in a text of an offset in its source."""
    at = 0
    for run in text.runs:
        if run.string and run.end >= start and (run.owners or run.end > start):
            return at if run.owners else at + max(0, start - run.start)
        at += len(run.string)
    return at


# --- Contexts -------------------------------------------------------------------------------------


class Context(Struct, frozen=True):
    """Words with what stands before and after them."""

    before: str
    words: str
    after: str


def context(string: str, start: int, end: int, around: int = AROUND) -> Context:
    """Return `[start, end)` of a string in its context, cut at words.

    >>> context("The hall had no stove that winter.", 4, 8, 8)
    Context(before='The ', words='hall', after=' had no…')
    """
    before, after = string[max(0, start - around) : start], string[end : end + around]
    if start > around:
        before = "…" + before.partition(" ")[2] if " " in before else "…" + before
    if end + around < len(string):
        after = (after.rpartition(" ")[0] or after) + "…"
    return Context(_spaced(before), _spaced(string[start:end]), _spaced(after))


def _spaced(string: str) -> str:
    return re.sub(r"\s+", " ", string)


def past_ink(string: str, count: int) -> int:
    """Return the offset behind `count` characters that are not white space."""
    for word in _INK.finditer(string):
        if count < word.end() - word.start():
            return word.start() + count
        count -= word.end() - word.start()
    return len(string)


_INK = re.compile(r"\S+")


# --- Parallel passages ----------------------------------------------------------------------------

SHOWN = 500  # passages side by side: as many as anyone will read


def in_common(string: str, other: str) -> tuple[tuple[str, bool], ...]:
    """Return a string in pieces, each with whether its words stand in runs that the other has."""
    words, shingles = _shingles(string)
    known = frozenset(_shingles(other)[1])
    shared = bytearray(len(words))
    for i, shingle in enumerate(shingles):
        if shingle in known:
            shared[i : i + SHINGLE] = b"\1" * SHINGLE
    pieces: list[tuple[str, bool]] = []
    done = 0
    for run in re.finditer(b"\1+", shared):
        start, end = words[run.start()][0], words[run.end() - 1][1]
        pieces += [(string[done:start], False), (string[start:end], True)]
        done = end
    pieces.append((string[done:], False))
    return tuple(piece for piece in pieces if piece[0])


@lru_cache(512)
def _shingles(string: str) -> tuple[list[tuple[int, int]], list[tuple[str, ...]]]:
    """Return where the words of a string stand, and the runs of words that begin at each."""
    spans = [match.span() for match in _WORD.finditer(string)]
    words = [string[start:end].lower() for start, end in spans]
    return spans, [tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)]


# --- The page -------------------------------------------------------------------------------------


class _Later(Sequence[dict[str, Any]]):
    """What is made for the template when it comes to it: there may be more than memory holds."""

    def __init__(self, found: Sequence[Any], make: Callable[[Any], dict[str, Any]]) -> None:
        self.found, self.make = found, make

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, n: Any) -> Any:
        return self.make(self.found[n])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self.make, self.found)


class Reporter:
    """Gathers what the templates print.

    `pages` has the articles; what of the report does not wait for the pages of the back matter is
    made at once, and the rest when the book is printed. `record` is what is known of the record.
    """

    def __init__(
        self,
        edition: Edition,
        pages: PageMap,
        record: Known,
        index: Sequence[Entry],
        project: Project,
        styles: Path,
        standing: Kept,
    ) -> None:
        self.edition, self.pages = edition, pages
        self.project, self.styles, self.standing = project, styles, standing
        self.edited = {edited.article.id: edited for edited in edition.edited}
        self.numbers = {
            name: frozenset(n for piece in edited.pieces for n in piece.numbers)
            for name, edited in self.edited.items()
        }
        self.seen: dict[str, _Seen] = {}
        self.texts: dict[str, str] = {}
        self.records = {own["id"]: own for own in record.told["articles"]}
        self.sources = {a.source.path: a.id for a in edition.articles}
        self.works = frozenset(work.id for work in edition.works)
        self.mentions: dict[str, list[tuple[Article, Occurrence]]] = {}
        for article in edition.articles:
            for o in article.occurrences:
                self.mentions.setdefault(o.person, []).append((article, o))
        self.articles = [self._summary(edited) for edited in edition.edited]
        self.record, self.index = record, index
        self.letters: dict[int, dict[str, Any]] = {}

    def foresee(self) -> None:
        """Make what else does not wait for the back matter, while it is waited for."""
        waits = {id(mention) for mention, _ in self.record.open}
        for number, label, people in _by_letter(self.index, self.record.told["people"]):
            if not any(id(mention) in waits for own in people for mention in own["mentions"]):
                self.letters[number] = self._letter(number, label, people)
        _ = self._registers

    @cached_property
    def _registers(self) -> dict[str, Any]:
        return {
            "works": self._works(),
            "pairs": list(self._pairs()),
            "events": self._events(),
        }

    def context(
        self, printed: Printed, record: Mapping[str, Any], found: Sequence[Query]
    ) -> dict[str, Any]:
        return {
            "edition": self.edition,
            "articles": self.articles,
            "sums": self._sums(self.articles),
            "facts": self._facts(printed, record),
            "open": [self._query(q) for q in found if not q.accepted],
            "accepted": [self._query(q) for q in found if q.accepted],
            "letters": [
                self.letters.get(number) or self._letter(number, label, people)
                for number, label, people in _by_letter(printed.index, record["people"])
            ],
            **self._registers,
        }

    def _section(
        self, name: str, template: str, made_of: object, told: Callable[[], dict[str, Any]]
    ) -> str:
        """Return a part of the page as it was made before, or made now of what is `told`.

        It is the same if all that it is made of is, or else if what is told of that is.
        """
        quick = _hash(self._looks, json.encode(made_of))
        known: tuple[str, str, str] | None = self.standing.find(f"report/{name}")
        if known and known[0] == quick:
            return known[2]
        context = told()
        whole = _hash(self._looks, json.encode(context))
        if known and known[1] == whole:
            made = known[2]
        else:
            made = render(self.styles / "templates", f"report-{template}.html.j2", context)
        self.standing.keep(f"report/{name}", (quick, whole, made))
        return made

    def _texts(self, articles: Iterable[str]) -> list[str]:
        """Return hashes of the words of articles, as edited and as printed, whatever is named in
        them."""
        return [self._text(name) for name in sorted(set(articles))]

    def _text(self, article: str) -> str:
        if article not in self.texts:
            words = [self.edited[article].text.string]
            words += (line["text"] for line in self.records[article]["lines"])
            self.texts[article] = sha256("\n".join(words).encode()).hexdigest()
        return self.texts[article]

    def _seen(self, article: str) -> _Seen:
        if article not in self.seen:
            self.seen[article] = _Seen(self.edited[article])
        return self.seen[article]

    @cached_property
    def _looks(self) -> str:
        return digest_of((self.styles / "templates").glob("report*.j2"))

    # --- Places ---------------------------------------------------------------------------------

    def _place(self, article: str, line: int, column: int = 0, id: str = "") -> dict[str, str]:
        """Return a place as it is printed, and where it leads in the page."""
        words = f"{article}:{line}" + (f":{column}" if column else "")
        target = id if id and id in self._seen(article).ids else ""
        if not target and line in self.numbers[article]:
            target = line_id(article, line)
        return {"words": words, "target": target}

    def _piece(self, article: str, line: int) -> Shown | None:
        return self._seen(article).at_line.get(line)

    def _folio(self, block: str, offset: int = 0) -> str:
        pages = self.pages
        return str(pages.find(block, offset).folio) if block in pages else ""

    # --- Summary --------------------------------------------------------------------------------

    def _facts(self, printed: Printed, record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Return figures with what they count and a remark."""
        people = record["people"]
        mentions = [m for person in people for m in person["mentions"]]
        notes = [note for a in self.edition.articles for note in a.notes]
        authors = sum(note.by == "author" for note in notes)
        citations = sum(len(note.citations) for note in notes)
        differ = sum(bool(event.disagreement) for event in self.edition.events)
        indexed = sum(m["indexed"] for m in mentions)
        return [
            (str(len(self.articles)), "articles", ""),
            (str(printed.sheets), "pages", f"{printed.prelims} of them prelims"),
            (str(len(notes)), "notes", f"{authors} by authors, {len(notes) - authors} by editors"),
            (str(len(mentions)), "mentions", f"{indexed} of them indexed"),
            (str(len(people)), "persons", ""),
            (str(len(self.edition.works)), "works", f"cited {citations} times in notes"),
            (str(len(self.edition.events)), "events", f"the articles differ on {differ}"),
            (str(len(record["parallels"])), "parallel passages", ""),
        ]

    def _sums(self, articles: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        sums: Counter[str] = Counter()
        for article in articles:
            sums.update(article["counts"])
        return dict(sums)

    def _query(self, query: Query) -> dict[str, Any]:
        diagnostic = query.diagnostic
        span = diagnostic.span
        line, column = span.source.position(span.start)
        if span.source.path in self.sources:
            place = self._place(self.sources[span.source.path], line, column)
        else:
            path = PurePath(span.source.path)
            name = path.name if path.is_absolute() else str(path)
            place = {"words": f"{name}:{line}:{column}", "target": ""}
        return {
            "severity": str(diagnostic.severity),
            "code": diagnostic.code,
            "message": diagnostic.message,
            "hint": diagnostic.hint,
            "place": place,
            "excerpt": _excerpt(span) if span.source.text else None,
            "accepted": query.accepted,
        }

    # --- Articles -------------------------------------------------------------------------------

    def _summary(self, edited: Edited) -> dict[str, Any]:
        """Return what the first part of the page tells of an article, and the section about it, as
        they were made of the same before or made now."""
        id, notes = edited.article.id, edited.article.notes
        breaks = [(str(f), b, at) for f, b, at in PageMap((self.pages.part(id),)).breaks()]
        made_of = (self.edition.hashes[id], self.records[id], breaks, [note.mark for note in notes])
        more = (self.edition.file.language, sorted(self.works))
        key = f"{self._looks} {json.encode((made_of, more)).decode()}"
        made: dict[str, Any] | None = self.standing.find(f"report/{id}", key)
        if made is None:
            own = self._article(edited)
            section = render(self.styles / "templates", "report-article.html.j2", {"a": own})
            made = {name: own[name] for name in ("article", "counts", "folios")}
            made |= {"notes": bool(own["notes"]), "section": section}
            self.standing.keep(f"report/{id}", made, key)
        return made

    def _article(self, edited: Edited) -> dict[str, Any]:
        article = edited.article
        file = self.edition.article_files[article.id]
        record = self.records[article.id]
        pieces = list(self._pieces(edited))
        words = words_of_lines(article)
        fates = words_by_fate(article, words)
        return {
            "article": {
                "id": article.id,
                "title": article.title,
                "short_title": article.short_title,
                "authors": article.authors,
            },
            "seed": record["seed"],
            "sha256": record["sha256"],
            "folios": "–".join(dict.fromkeys(record["folios"])),
            "language": article.language or self.edition.file.language,
            "counts": {
                "words": words_of(article.source.text),
                **fates,
                "headings": len(record["headings"]) + sum(bool(i.heading) for i in file.insert),
                "quotations": len(record["quotations"]),
                "emendations": len(article.emended),
                "silent": sum(count for _, count in article.changes),
                "notes": len(article.notes),
                "mentions": len(article.occurrences),
            },
            "emendations": [self._emendation(article, n) for n in range(len(article.emended))],
            "inserted": [
                {
                    "place": self._place(article.id, i.before, id=f"{article.id}-{i.before}-added"),
                    "words": i.heading,
                    "why": i.why,
                }
                for i in sorted(file.insert, key=lambda i: i.before)
            ],
            "silent": list(_silent(article)),
            "roles": list(self._roles(article, words)),
            "dropped": [
                {
                    "place": self._place(article.id, line.number),
                    "role": str(line.role),
                    "why": line.why,
                    "count": words[line.number],
                    "words": article.source.line(line.number).strip(),
                }
                for line in article.lines
                if line.fate is Fate.DROPPED
            ],
            "outline": list(self._outline(article)),
            "quotations": [
                self._place(article.id, line_of(ids[0]))
                for block in article.blocks
                if isinstance(block, BlockQuote) and (ids := [id for id, _ in leaves(block.blocks)])
            ],
            "notes": [self._note(article, n) for n in range(len(article.notes))],
            "pieces": pieces,
        }

    def _emendation(self, article: Article, n: int) -> dict[str, Any]:
        change = article.emended[n]
        id = f"{article.id}-emended-{n + 1}"
        return {
            "place": self._place(article.id, change.line, change.column, id),
            "was": change.was,
            "now": change.now,
            "why": change.why,
            "folio": self._folio(change.note or change.block, change.offset)
            if change.note or change.block
            else "",
        }

    def _roles(self, article: Article, counts: Mapping[int, int]) -> Iterator[dict[str, Any]]:
        """Yield what the lines were read as and why, with lines and words."""
        lines: Counter[tuple[str, str, str]] = Counter()
        words: Counter[tuple[str, str, str]] = Counter()
        for line in article.lines:
            key = (str(line.role), str(line.fate), line.why)
            lines[key] += 1
            words[key] += counts[line.number]
        order = [str(role) for role in Role]
        for key in sorted(lines, key=lambda k: (order.index(k[0]), k)):
            role, fate, why = key
            yield {
                "role": role,
                "fate": fate,
                "why": why,
                "lines": lines[key],
                "words": words[key],
            }

    def _outline(self, article: Article) -> Iterator[dict[str, Any]]:
        for block in article.blocks:
            if isinstance(block, Heading):
                line = line_of(block.id)
                id = f"{article.id}-{line}-added" if block.editorial else ""
                yield {
                    "level": block.level,
                    "words": plain(block.inlines),
                    "editorial": block.editorial,
                    "place": self._place(article.id, line, id=id),
                    "folio": self._folio(block.id),
                }

    def _pieces(self, edited: Edited) -> Iterator[dict[str, Any]]:
        """Yield the pieces of an article in the order of the copy-text, editorial ones between."""
        article = edited.article
        added = {
            line_of(block.id): plain(block.inlines) if isinstance(block, Heading) else "* * *"
            for block in article.blocks
            if isinstance(block, Heading | SectionBreak) and block.editorial
        }
        due = sorted(added)
        folio = ""
        for one in self._seen(article.id).pieces:
            first, last = one.piece.lines
            role = one.piece.role
            while due and due[0] <= first and role not in (Role.FURNITURE, Role.NOTE):
                id = f"{article.id}-{due[0]}-added"
                self._seen(article.id).ids.add(id)
                yield {"added": added[due.pop(0)], "id": id}
            now = self._folio(one.block) if role not in (Role.FURNITURE, Role.NOTE) else ""
            yield {
                "added": "",
                "ids": [line_id(article.id, n) for n in one.piece.numbers],
                "label": str(first) if first == last else f"{first}–{last}",
                "role": str(role),
                "fate": str(FATES.get(role, Fate.KEPT)),
                "why": one.piece.why,
                "folio": now if now != folio else "",
                "segments": one.segments,
            }
            folio = now or folio

    # --- Notes ----------------------------------------------------------------------------------

    def _note(self, article: Article, n: int) -> dict[str, Any]:
        note, record = article.notes[n], self.records[article.id]["notes"][n]
        return {
            "id": note.id,
            "mark": note.mark,
            "by": str(note.by),
            "call": self._place(article.id, note.call_line, id=f"call-{note.id}"),
            "line": self._place(article.id, note.note_line) if note.note_line else None,
            "folio": record["folio"],
            "raw": note.raw,
            "segments": tuple(_Marker(article, {}).segments(_unnamed(note.inlines))),
            "citations": [
                {
                    "work": c.work if c.work in self.works else "",
                    "words": c.work,
                    "pinpoint": c.pinpoint,
                    "text": c.text,
                    "rule": c.rule,
                    "ibid": c.ibid,
                }
                for c in note.citations
            ],
        }

    # --- People and works -------------------------------------------------------------------------

    def _letter(
        self, number: int, label: str, people: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return a letter of the concordance with its part of the page."""

        def told() -> dict[str, Any]:
            own = {"label": label, "people": [self._person(person) for person in people]}
            return {"l": own, "number": number}

        ids = [own["id"] for own in people]
        persons = [(self.edition.people[id].dates, self.edition.people[id].gloss) for id in ids]
        anchors = [[o.anchor for _, o in self.mentions.get(id, ())] for id in ids]
        articles = {mention["article"] for own in people for mention in own["mentions"]}
        made_of = (number, label, people, persons, anchors, self._texts(articles))
        section = self._section(f"letter-{number}", "letter", made_of, told)
        return {"label": label, "section": section}

    def _person(self, record: Mapping[str, Any]) -> dict[str, Any]:
        person = self.edition.people[record["id"]]
        found = zip(self.mentions.get(record["id"], ()), record["mentions"], strict=True)
        return {
            "id": record["id"],
            "heading": person.heading,
            "dates": person.dates,
            "gloss": person.gloss,
            "forms": Counter(mention["form"] for mention in record["mentions"]).most_common(),
            "locators": [
                *record["locators"],
                *(f"{s['topic']} {', '.join(s['locators'])}" for s in record["subentries"]),
            ],
            "mentions": list(map(self._mention, found)),
        }

    def _mention(
        self, found: tuple[tuple[Article, Occurrence], Mapping[str, Any]]
    ) -> dict[str, Any]:
        (article, o), record = found
        one = self._piece(article.id, record["line"])
        string = one.string if one else ""
        start, end = one.places.get(o.anchor, (0, 0)) if one else (0, 0)
        around = context(string, start, end) if end else Context("", str(o.text), "")
        folio = record["folio"]
        return {
            "id": f"c-{o.anchor}",
            "place": self._place(article.id, record["line"], id=f"at-{o.anchor}"),
            "kind": record["kind"],
            "indexed": record["indexed"],
            "folio": f"{folio}n{record['note']}" if folio and record["note"] else folio,
            "context": around,
            "form": str(o.text),
        }

    def _works(self) -> list[dict[str, Any]]:
        return [
            {
                "id": work.id,
                "words": work.words,
                "uses": [
                    {**self._place(use.article, use.line), "note": use.note} for use in work.uses
                ],
            }
            for work in self.edition.works
        ]

    # --- Parallel passages ------------------------------------------------------------------------

    def _pairs(self) -> Iterator[dict[str, Any]]:
        words = {
            id: plain(inlines)
            for article in self.edition.articles
            for id, inlines in leaves(article.blocks)
        }

        def side(here: str, block: str, there: str) -> dict[str, Any]:
            return {
                "place": self._place(here, line_of(block)),
                "folio": self._folio(block),
                "pieces": in_common(words[block], words[there]),
            }

        def pair(found: Parallel) -> tuple[str, str]:
            return found.a.article, found.b.article

        def passage(p: Parallel) -> dict[str, Any]:
            return {
                "words": p.words,
                "a": side(p.a.article, p.a.block, p.b.block),
                "b": side(p.b.article, p.b.block, p.a.block),
            }

        left = SHOWN
        for (a, b), group in groupby(self.edition.parallels, key=pair):
            found = list(group)
            yield {
                "a": self.edition.article(a),
                "b": self.edition.article(b),
                "words": sum(p.words for p in found),
                "count": len(found),
                "passages": _Later(found[:left], passage),
                "more": max(len(found) - left, 0),
            }
            left = max(left - len(found), 0)

    # --- Chronology -------------------------------------------------------------------------------

    def _events(self) -> str:
        events = self.edition.events

        def told() -> dict[str, Any]:
            return {"events": [self._event(event) for event in events]}

        witnesses = [e.witnesses for e in events]
        folios = [[self._folio(w.block, w.offset) for w in e.witnesses] for e in events]
        words = [(plain(e.inlines), plain(e.disagreement)) for e in events]
        about = [(e.id, e.edtf, e.inferred, e.old_style) for e in events]
        texts = self._texts(w.article for e in events for w in e.witnesses)
        made_of = (about, words, witnesses, folios, texts)
        return self._section("chronology", "events", made_of, told) if events else ""

    def _event(self, event: EventEntry) -> dict[str, Any]:
        return {
            "id": event.id,
            "edtf": event.edtf,
            "label": event.date.in_words(),
            "inferred": event.inferred,
            "old_style": event.old_style,
            "words": plain(event.inlines),
            "disagreement": plain(event.disagreement),
            "passages": [
                {
                    "place": self._place(w.article, w.line),
                    "folio": self._folio(w.block, w.offset) + (f"n{w.note}" if w.note else ""),
                    "context": self._passage(w),
                }
                for w in event.witnesses
            ],
        }

    def _passage(self, witness: Witness) -> Context:
        one = self._piece(witness.article, witness.line)
        if one is None:
            return Context("", witness.words, "")
        string = one.string
        if not witness.words:
            return context(string, 0, 0, 2 * WIDER)
        if witness.note:
            start = max(0, fold(string).find(fold(witness.words)))
        else:
            start = past_ink(string, witness.offset)
        end = start + past_ink(string[start:], ink(witness.words))
        words = string[start:end]
        return context(string, start, start + len(words.rstrip()), WIDER)


def _hash(looks: str, made_of: bytes) -> str:
    return sha256(looks.encode() + made_of).hexdigest()


def _by_letter(
    index: Iterable[Entry], people: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[int, str, list[Mapping[str, Any]]]]:
    """Yield the persons of each letter of the concordance, with its number and its label."""
    entries = {entry.person: letter(entry) for entry in index if entry.person}
    groups = groupby(people, key=lambda person: entries.get(person["id"], "not indexed"))
    for number, (label, group) in enumerate(groups, 1):
        yield number, label, list(group)


def line_id(article: str, line: int) -> str:
    """Return the identifier of a line of a copy-text in the page."""
    return f"L-{article}-{line}"


def _unnamed(inlines: Inlines) -> Inlines:
    """Return inlines without their mentions, whose places are in the text."""
    made: list[Any] = []
    for inline in inlines:
        made += _unnamed(inline.inlines) if isinstance(inline, Mention) else (inline,)
    return tuple(made)


def _silent(article: Article) -> Iterator[dict[str, Any]]:
    says = {rule.id: rule.says for rule in (ENTITIES, *CLEAN_RULES, COMPOSED, *HOUSE_RULES)}
    for name, count in article.changes:
        yield {"rule": name, "says": says[name], "count": count}


def _excerpt(span: Span) -> Context:
    """Return the words of a finding with what stands about them in their line."""
    line, column = span.source.position(span.start)
    string = span.source.line(line)
    start = column - 1
    end = min(len(string), start + max(1, span.end - span.start))
    return context(string, start, min(end, start + WIDER), WIDER)
