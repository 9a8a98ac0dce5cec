"""One article, from its copy-text to the document: all stages in their order."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from . import limits, prose
from .characters import LONG_WORD
from .citations import (
    Antecedent,
    Parsed,
    Register,
    fold,
    is_stopped,
    parse_note,
    parse_work,
    short_title,
    surnames,
)
from .clean import COMPOSED, ENTITIES, clean
from .clean import RULES as CLEAN_RULES
from .diagnostics import Report
from .document import (
    UNSET,
    Article,
    Block,
    BlockQuote,
    Emended,
    Hand,
    Heading,
    Inline,
    Inlines,
    ItemList,
    Kind,
    Line,
    LineBreak,
    ListItem,
    Note,
    NoteCall,
    Occurrence,
    Opening,
    Paragraph,
    Role,
    SectionBreak,
    Table,
    TableRow,
    Verse,
    VerseLine,
    plain,
    sign,
)
from .dress import (
    Marks,
    after_closing,
    by_line,
    dress,
    ink,
    inks,
    occurrences,
    opened,
    places_of,
    without,
)
from .emend import Change, emend, report_slow
from .names import Found, Names, name_like
from .notes import EndNote, calls, end_notes, pair
from .parse import parse
from .patience import TooSlowError, patience
from .pieces import Piece
from .project import Project
from .regularise import regularise, rules_in_force
from .rules import applied
from .schema import ArticleFile, Passage, Work
from .text import Cover, Source, Span, Text

A_ROLE = {
    Role.FURNITURE: "furniture",
    Role.NOTE: "a note",
    Role.WORKS_CITED: "in the list of works cited",
}
MOVED = "[The works cited are in the list at the end of the book.]"
KINDS = {
    Role.TITLE: Kind.HEADING,
    Role.KICKER: Kind.HEADING,
    Role.HEADING: Kind.HEADING,
    Role.BYLINE: Kind.BYLINE,
    Role.DATELINE: Kind.BYLINE,
    Role.QUOTATION: Kind.QUOTATION,
    Role.WORKS_CITED: Kind.WORKS_CITED,
}
OPENING = (Role.TITLE, Role.KICKER, Role.BYLINE, Role.DATELINE)


class Shared(Struct, frozen=True):
    """What all articles of a project share: the register of names and that of works."""

    project: Project
    names: Names
    register: Register
    # by article: passages that name works, and where that is said
    named: Mapping[str, tuple[tuple[Passage, Work, Span], ...]]

    @classmethod
    def of(cls, project: Project) -> Shared:
        names = Names.of(project.people, project.house)
        named: dict[str, list[tuple[Passage, Work, Span]]] = defaultdict(list)
        for id, work in project.works.items():
            for n, passage in enumerate(work.named):
                place = project.at("works.yaml", id, "named", n)
                named[passage.article].append((passage, work, place))
        by_article = {article: tuple(passages) for article, passages in named.items()}
        return cls(project, names, Register.of(project.works), by_article)


class Edited(Struct, frozen=True, dict=True):
    """An edited article, with what only the edition and the checks want to know."""

    article: Article
    text: Text  # the whole copy-text, cleaned, emended and regularised
    pieces: tuple[Piece, ...]
    works: tuple[tuple[int, str], ...]  # lines of the works-cited list and their works
    unknown: tuple[tuple[str, Span], ...]  # name-like words that nobody knows
    calls: tuple[tuple[range, ...], ...]  # by piece, the stretches that are calls

    @cached_property
    def _homes(self) -> _Homes:
        return _Homes(self.pieces)

    @cached_property
    def notes_by_line(self) -> Mapping[int, Note]:
        """The notes of the author, by the lines of the copy-text that they stand in."""
        found: dict[int, Note] = {}
        for note in self.article.notes:
            first = self.piece_at(note.note_line) if note.note_line else len(self.pieces)
            for i in range(first, len(self.pieces)):
                piece = self.pieces[i]
                if piece.role is not Role.NOTE or piece.lines[0] in found:
                    break
                number, _ = piece.marker
                if number and piece.lines[0] != note.note_line:
                    break
                found |= dict.fromkeys(range(piece.lines[0], piece.lines[1] + 1), note)
        return found

    def piece_at(self, line: int) -> int:
        """Return the rank of the piece that a line belongs to, -1 for a line that has none."""
        return self._homes.at(line)

    def line_words(self, line: int) -> str:
        """Return the words of the piece that a line belongs to; empty for a line that has none."""
        i = self.piece_at(line)
        return self.pieces[i].words if i >= 0 else ""

    @cached_property
    def _folded(self) -> dict[int, str]:
        return {}

    def folded(self, piece: int) -> str:
        """Return the words of a piece with dashes, quotation marks and spaces made plain."""
        if piece not in self._folded:
            self._folded[piece] = fold(self.pieces[piece].words)
        return self._folded[piece]

    def offset(self, piece: int, at: int) -> int:
        """Return how many characters of a piece are printed before `at`, white space left out."""
        return ink(without(self.pieces[piece].words, self.calls[piece], at))


class _Homes:
    """Tells which piece a line belongs to."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        around = [i for i, piece in enumerate(pieces) if piece.within]
        self.ranks = (range(len(pieces)), around)

    def at(self, line: int) -> int:
        """Return the rank of a piece, -1 for a line that has none."""
        for ranks in self.ranks:
            i = bisect_right(ranks, line, key=lambda rank: self.pieces[rank].lines[0]) - 1
            if i >= 0 and line <= self.pieces[ranks[i]].lines[1]:
                return ranks[i]
        return -1


def block_of(article: str, piece: Piece) -> str:
    """Return the identifier of the block that a piece is printed in."""
    return f"{article}-title" if piece.role in OPENING else f"{article}-{piece.lines[0]}"


def edited_text(
    id: str, source: Source, file: ArticleFile, project: Project, report: Report
) -> tuple[Text, Mapping[str, Change]]:
    """Return the copy-text cleaned, emended and regularised, and the emendations carried out."""

    def at(*path: str | int) -> Span:
        return project.at(f"articles/{id}.yaml", *path)

    in_house = partial(project.at, "house.yaml")
    text, changes = emend(clean(Text.of(source)), id, file, project.house, at, report, in_house)
    return regularise(text, project.house), changes


def fits(source: Source, report: Report) -> bool:
    """Tell whether a copy-text is of a size that a book can have; report one that is not."""
    for number, limit, what in (
        (len(source.text), limits.TEXT, "characters"),
        (source.line_count, limits.LINES, "lines"),
    ):
        if number > limit:
            report.error(
                "text-large",
                f"this text has {number:,} {what}; an article may have {limit:,}",
                Span(source, 0, 0),
                "see whether it is the right file, and divide it if it is",
            )
            return False
    word = LONG_WORD.search(source.text)
    if word:
        report.error(
            "text-large",
            f"a word here has more than {limits.WORD:,} characters and would fill pages",
            Span(source, word.start(), word.start() + 40),
            "see whether it is the right file",
        )
    return not word


class Prepared(Struct, frozen=True):
    """An article as far as no name in it need be known: its text, what was emended, its pieces."""

    text: Text
    changes: Mapping[str, Change]
    pieces: tuple[Piece, ...]


def prepared(id: str, project: Project, report: Report) -> Prepared:
    """Clean, emend and regularise an article, and take it to pieces."""
    file, source = project.articles[id], project.copy_texts[id]
    text, changes = edited_text(id, source, file, project, report)
    pieces = parse(text, file, partial(_place, project, f"articles/{id}.yaml"), report)
    return Prepared(text, changes, pieces)


def _place(project: Project, file: str, *path: str | int) -> Span:
    """Return the place of a value in the file of an article; of a line of `structure`, its key."""
    return (project.key if path[:1] == ("structure",) else project.at)(file, *path)


def edit(id: str, shared: Shared, report: Report, copy: Prepared | None = None) -> Edited:
    """Take an article through all stages; everything wrong with it goes into the report.

    With `copy` it has gone through those that `prepared` does.
    """
    copy = copy or prepared(id, shared.project, report)
    file = shared.project.articles[id]
    return _Composer(id, file, shared, copy.text, copy.changes, copy.pieces, report).edited()


STEP = 2  # spaces; what is less is no indent
STEPS = 8  # a line of verse stands in no further


def indents(pieces: Sequence[Piece]) -> dict[int, int]:
    """Return by how many steps every line of verse stands in from the outermost of its poem.

    A step is the smallest indent of the poem, whatever its width in the copy-text.
    """
    found: dict[int, int] = {}
    for role, group in groupby(range(len(pieces)), key=lambda i: pieces[i].role):
        if role is not Role.VERSE:
            continue
        poem = list(group)
        outermost = min(pieces[i].indent for i in poem)
        inward = {i: pieces[i].indent - outermost for i in poem}
        step = min((n for n in inward.values() if n >= STEP), default=STEP)
        found |= {i: min(round(n / step), STEPS) if n >= STEP else 0 for i, n in inward.items()}
    return found


def _is_slow(pattern: re.Pattern[str], string: str) -> bool:
    try:
        with patience(pattern.pattern):
            for at in range(len(string)):
                pattern.match(string, at)
    except TooSlowError:
        return True
    return False


class _Composer:
    """Puts an article together from its pieces."""

    def __init__(
        self,
        id: str,
        file: ArticleFile,
        shared: Shared,
        text: Text,
        changes: Mapping[str, Change],
        pieces: tuple[Piece, ...],
        report: Report,
    ) -> None:
        self.id, self.file, self.shared, self.report = id, file, shared, report
        self.text, self.changes, self.pieces = text, changes, pieces
        self.register = shared.register  # without the items whose patterns take too long
        self.homes = _Homes(pieces)
        self.indents = indents(pieces)
        self.folded: dict[int, str] = {}
        self.found: dict[tuple[int, str], list[range]] = {}
        self.anchors: dict[str, int] = {}
        self.occurrences: list[Occurrence] = []
        self.unknown: list[tuple[str, Span]] = []
        self.works: list[tuple[int, str]] = []
        self.marks = [Marks() for _ in pieces]
        self.dressed: dict[tuple[int, int], Inlines] = {}  # when nothing more is marked
        self.notes: list[Note] = []

    def edited(self) -> Edited:
        self._check_emendations()
        self._mark_italics()
        end = end_notes(self.pieces, self.report)
        paired = pair(self.pieces, calls(self.pieces), end, self.report)
        by_number = {note.number: note for note in end}
        order = {call.number: n for n, call in enumerate(paired, 1)}
        for call in paired:
            mark = NoteCall(f"{self.id}-n{order[call.number]}", str(order[call.number]))
            self.marks[call.piece].calls.append((call.start, call.end, mark))
        self._mark_editor_notes()
        titles = self._find_titles()
        for i, (piece, marks) in enumerate(zip(self.pieces, self.marks, strict=True)):
            self._find_names(piece, marks, titles.get(i, ()))
        self._read_notes([by_number[call.number] for call in paired])
        self._read_works_cited()
        opening = self._opening()
        blocks = tuple(self._blocks())
        article = self._article(opening, blocks)
        called = tuple(
            tuple(range(start, end) for start, end, _ in marks.calls) for marks in self.marks
        )
        return Edited(
            article, self.text, self.pieces, tuple(self.works), tuple(self.unknown), called
        )

    # --- Marking ------------------------------------------------------------------------------

    def _at(self, *path: str | int) -> Span:
        return self.shared.project.at(f"articles/{self.id}.yaml", *path)

    @property
    def _last_line(self) -> int:
        return self.pieces[-1].lines[1] if self.pieces else 0

    def _piece_of(self, line: int) -> int:
        return self.homes.at(line)

    def _where(self, line: int, words: str) -> tuple[int, list[range]]:
        """Return the piece of a line and every place of the words in it."""
        i = self._piece_of(line)
        if i < 0:
            return -1, []
        if (i, words) not in self.found:
            if i not in self.folded:
                self.folded[i] = fold(self.pieces[i].words)
            self.found[i, words] = occurrences(fold(words), self.folded[i])
        return i, self.found[i, words]

    def _check_emendations(self) -> None:
        """Report emendations whose words would stand in two blocks."""
        homes: dict[str, list[int]] = defaultdict(list)
        for i, piece in enumerate(self.pieces):
            for run in piece.text.runs:
                for owner in run.owners if run.string.strip() else ():
                    if owner in self.changes and homes[owner][-1:] != [i]:
                        homes[owner].append(i)
        for owner, ranks in homes.items():
            number = re.match(r"emendation (\d+)", owner)
            if not number or len(ranks) < 2:
                continue
            one, other = (self.pieces[rank] for rank in (ranks[0], ranks[-1]))
            self.report.error(
                "emendation-blocks",
                f"“{self.changes[owner].was}” runs over the end of a block: line {one.lines[1]} "
                f"is of the role {one.role}, and with line {other.lines[0]} another block begins, "
                f"{other.role}",
                self._at("emendations", int(number[1]) - 1, "was"),
                f"make two emendations of it, one of line {one.lines[1]} and one of line "
                f"{other.lines[0]}",
            )

    def _mark_italics(self) -> None:
        house = self.shared.project.house.italics
        if house:
            pattern = re.compile(
                rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(house, key=len)[::-1]))})(?!\w)"
            )
            for piece, marks in zip(self.pieces, self.marks, strict=True):
                if piece.role not in (Role.NOTE, Role.WORKS_CITED, *OPENING):
                    marks.italics += [range(*m.span()) for m in pattern.finditer(piece.words)]
        done: set[tuple[int, str]] = set()
        for n, words in enumerate(self.file.italics):
            i, places = self._where(words.line, words.words)
            if (i, words.words) in done:
                continue
            done.add((i, words.words))
            if places and self.pieces[i].role in UNSET:
                self.report.error(
                    "italics-unmatched",
                    f"line {words.line} is {A_ROLE[self.pieces[i].role]}; nothing in it can be set "
                    "in italic",
                    self._at("italics", n),
                    "take this out, or give the line another role in “structure”",
                )
                continue
            if not places:
                self.report.error(
                    "italics-unmatched",
                    f"“{words.words}” does not stand in line {words.line}",
                    self._at("italics", n),
                    "give the words of the book, after emendation",
                )
            if places:  # what the article says goes before house style
                own = Cover(places)
                others = [r for r in self.marks[i].italics if not own.meets(r.start, r.stop)]
                self.marks[i].italics = [*others, *places]

    def _mark_editor_notes(self) -> None:
        places = []
        for n, note in enumerate(self.file.editor_notes):
            i, found = self._where(note.line, note.words)
            if found and self.pieces[i].role in UNSET:
                self.report.error(
                    "editor-note-unmatched",
                    f"line {note.line} is {A_ROLE[self.pieces[i].role]}; no note can be called "
                    "there",
                    self._at("editor_notes", n, "line"),
                    "call the note in a line of the text, or give the line another role",
                )
            elif len(found) != 1:
                what = "does not stand" if not found else f"stands {len(found)} times"
                self.report.error(
                    "editor-note-unmatched",
                    f"“{note.words}” {what} in line {note.line}",
                    self._at("editor_notes", n, "words"),
                    "give words that stand there once",
                )
            else:
                places.append((i, found[0].stop, n))
        at_words: dict[tuple[int, int], int] = {}
        for i, end, n in places:
            first = at_words.setdefault((i, end), n)
            if first != n:
                self.report.error(
                    "editor-note-twice",
                    f"another note is called after these words, in "
                    f"{self._at('editor_notes', first)}",
                    self._at("editor_notes", n, "words"),
                    "make one note of the two, or call this one after other words",
                )
        for rank, (i, end, n) in enumerate(sorted(places), 1):
            id, mark = f"{self.id}-e{rank}", sign(rank)
            end = after_closing(self.pieces[i].words, end)
            self.marks[i].calls.append((end, end, NoteCall(id, mark)))
            note = self.file.editor_notes[n]
            words: list[Inline] = []
            for paragraph in prose.paragraphs(note.note):
                words += ([LineBreak()] if words else []) + list(paragraph)
            self.notes.append(
                Note(id, mark, Hand.EDITOR, (*words, " —Ed."), note.line, 0, self._block_id(i))
            )

    def _block_id(self, i: int) -> str:
        return block_of(self.id, self.pieces[i])

    def _find_titles(self) -> dict[int, list[range]]:
        """Return by piece the places of titles of works, whose words are no names."""
        places: dict[int, list[range]] = defaultdict(list)
        for passage, work, place in self.shared.named.get(self.id, ()):
            i = self._piece_of(passage.line)
            if i < 0:
                self.report.error(
                    "passage-unmatched",
                    f"line {passage.line} of “{self.id}” is empty or not there",
                    place,
                    "count lines from 1, empty ones too",
                )
                continue
            if self.pieces[i].role in (Role.FURNITURE, Role.NOTE):
                continue
            piece = self.pieces[i]
            found = places_of(piece.words, passage.words or work.title)
            places[i] += found
            if not found and passage.words:
                self.report.error(
                    "passage-unmatched",
                    f"“{passage.words}” does not stand in line {passage.line}",
                    place,
                    "give the words of the book, after emendation",
                )
        return places

    def _find_names(self, piece: Piece, marks: Marks, titles: Sequence[range]) -> None:
        if piece.role in (Role.FURNITURE, Role.NOTE):
            return
        beyond = (*marks.italics, *titles)
        names = self.shared.names
        spelt = names.spelt(piece.words)
        marks.found = names.find(piece.text, self.id, self.report, beyond=beyond, spelt=spelt)
        kind = KINDS.get(piece.role, Kind.TEXT)
        block = "" if kind is Kind.WORKS_CITED else block_of(self.id, piece)
        marks.anchors = self._occur(piece.text, marks.found, marks.calls, kind, block, "")
        if piece.role not in (*OPENING, Role.WORKS_CITED, Role.HEADING):
            for words, start, end in name_like(piece.text, marks.found, names, beyond, spelt):
                self.unknown.append((words, piece.text.span(start, end)))

    def _occur(
        self,
        text: Text,
        found: Sequence[Found],
        marked: Iterable[tuple[int, int, NoteCall]],
        kind: Kind,
        block: str,
        note: str,
    ) -> dict[tuple[int, int], str]:
        """Record the mentions of a text; return their anchors by their places in it."""
        gaps = [range(start, end) for start, end, _ in marked]
        anchors = {}
        offsets = inks(text.string, gaps, [f.start for f in found])
        for f, offset in zip(found, offsets, strict=True):
            words = text.slice(f.start, f.end)
            anchor = self._anchor(words, f.person)
            occurrence = Occurrence(f.person, anchor, words, kind, block, offset, note)
            self.occurrences.append(occurrence)
            anchors[f.start, f.end] = anchor
        return anchors

    def _anchor(self, words: Text, person: str) -> str:
        base = f"{self.id}-{words.whole_span().line}-{person}"
        self.anchors[base] = n = self.anchors.get(base, 0) + 1
        return base if n == 1 else f"{base}-{n}"

    # --- Notes and works cited ------------------------------------------------------------------

    def _parsed(self, note: EndNote, before: Antecedent, earlier: Mapping[str, str]) -> Parsed:
        """Find the sources that a note names.

        The pattern of an item that takes too long is an error, and set aside for what is left.
        """
        own = Report()

        def parse() -> Parsed:
            number, line = note.number, note.line
            return parse_note(note.text, self.register, self.id, number, line, before, earlier, own)

        items = [pattern.pattern for _, pattern in self.register.items]
        try:
            if items:
                with patience("\n".join(items)):
                    parsed = parse()
            else:
                parsed = parse()
        except TooSlowError:
            self._set_slow_items_aside(fold(note.text.string))
            return self._parsed(note, before, earlier)
        self.report.found += own.found
        return parsed

    def _set_slow_items_aside(self, string: str) -> None:
        """Report which items take too long on a note, and go on without them."""
        items = self.register.items
        slow = [name for name, pattern in items if _is_slow(pattern, string)]
        works = dict(self.register.works)
        for name in slow or [name for name, _ in items]:  # all of them together
            place = self.shared.project.at("works.yaml", name, "item")
            report_slow(f"“{name}”", place, self.report)
            works[name] = replace(works[name], item="")
        self.register = replace(self.register, works=works)

    def _read_notes(self, end: Sequence[EndNote]) -> None:
        before, earlier = Antecedent(), dict[str, str]()
        called = self._called()
        for n, note in enumerate(end, 1):
            parsed = self._parsed(note, before, earlier)
            before = Antecedent(note.number, parsed.sources)
            for citation in parsed.citations:
                earlier[surnames(self.shared.register.works[citation.work])] = citation.work
            id = f"{self.id}-n{n}"
            call_line, block = called[id]
            self.notes.append(
                Note(
                    id=id,
                    mark=str(n),
                    by=Hand.AUTHOR,
                    inlines=self._note_inlines(parsed, id),
                    call_line=call_line,
                    note_line=note.line,
                    call_block=block,
                    raw=note.raw,
                    citations=parsed.citations,
                )
            )

    def _called(self) -> dict[str, tuple[int, str]]:
        """Return by note the line and the block in which it is called."""
        return {
            call.note: (self.pieces[i].text.span(start, end).line, self._block_id(i))
            for i, marks in enumerate(self.marks)
            for start, end, call in marks.calls
        }

    def _note_inlines(self, parsed: Parsed, id: str) -> Inlines:
        """Return the words of a note, with names outside of references as mentions."""
        text = parsed.text
        string = fold(text.string)
        titles = [
            place
            for source in parsed.sources
            for place in self._title_in(string, source.start, source.end, source.citation.work)
        ]
        found = self.shared.names.find(text, self.id, self.report, beyond=titles)
        cited = Cover(range(s.start, s.end) for s in parsed.sources)
        inside = [f for f in found if cited.meets(f.start, f.end)]
        outside = [f for f in found if not cited.meets(f.start, f.end)]
        self._occur(text, inside, (), Kind.CITATION, "", id)
        anchors = self._occur(text, outside, (), Kind.NOTE, id, id)
        at = [f.start for f in outside]

        def between(start: int, end: int) -> Iterable[Inline]:
            own = tuple(outside[bisect_left(at, start) : bisect_left(at, end)])
            return dress(text, start, end, Marks(found=own, anchors=anchors))

        inlines: list[Inline] = []
        done = 0
        for source in parsed.sources:
            inlines += (*between(done, source.start), *source.inlines)
            done = source.end
        inlines += between(done, len(text))
        if not is_stopped(plain(tuple(inlines[-3:]))):
            inlines.append(".")
        return tuple(piece for inline in inlines for piece in _lines_of(inline))

    def _title_in(self, string: str, start: int, end: int, name: str) -> list[range]:
        """Return where the title of a work stands in a reference to it."""
        work = self.shared.register.works[name]
        for title in (work.title, short_title(work)):
            at = string.rfind(fold(title), start, end)
            if at >= 0:
                return [range(at, at + len(title))]
        return []

    def _read_works_cited(self) -> None:
        author = ""
        for piece in self.pieces:
            if piece.role is Role.WORKS_CITED:
                work, author = parse_work(
                    piece.text, self.shared.register, self.id, piece.lines[0], author, self.report
                )
                if work:
                    self.works.append((piece.lines[0], work))

    # --- Blocks ---------------------------------------------------------------------------------

    def _inlines(self, i: int, start: int = 0) -> Inlines:
        if (i, start) not in self.dressed:
            piece, marks = self.pieces[i], self.marks[i]
            self.dressed[i, start] = tuple(dress(piece.text, start, len(piece.text), marks))
        return self.dressed[i, start]

    def _opening(self) -> Opening:
        def all_of(role: Role) -> tuple[Inlines, ...]:
            return tuple(self._inlines(i) for i, p in enumerate(self.pieces) if p.role is role)

        title: Inlines = ()
        for part in all_of(Role.TITLE):
            title = (*title, ": ", *part) if title else part
        return Opening(
            id=f"{self.id}-title",
            kicker=all_of(Role.KICKER),
            title=title or prose.inlines(self.file.title),
            title_supplied=not title,
            byline=all_of(Role.BYLINE),
            dateline=all_of(Role.DATELINE),
            headnote=prose.paragraphs(self.file.headnote),
        )

    def _blocks(self) -> Iterable[Block]:
        run: list[int] = []  # pieces that make one block: a quotation, a list, verse, a table
        inserts = sorted(self.file.insert, key=lambda insert: insert.before)
        placed = 0
        self._check_inserts()
        previous: Block | None = None
        for i, piece in enumerate(self.pieces):
            if piece.role in (Role.FURNITURE, Role.NOTE, *OPENING):
                continue
            due = []
            while placed < len(inserts) and inserts[placed].before <= piece.lines[0]:
                due.append(inserts[placed])
                placed += 1
            moved = piece.role is Role.WORKS_CITED
            if run and (due or piece.starts or piece.role is not self.pieces[run[-1]].role):
                previous = self._run(run)
                yield previous
                run = []
            for insert in due:
                id = f"{self.id}-{insert.before}"
                if insert.heading:
                    inlines = ("[", *prose.inlines(insert.heading), "]")
                    yield Heading(f"{id}-heading", insert.level, inlines, editorial=True)
                else:
                    yield SectionBreak(f"{id}-break", editorial=True)
                if moved:  # a heading over what is printed elsewhere says where
                    yield Paragraph(f"{id}-moved", (MOVED,), editorial=True)
                previous = None
            if moved:
                continue
            if piece.role in (Role.QUOTATION, Role.LIST, Role.VERSE, Role.TABLE):
                run.append(i)
            elif piece.role is Role.HEADING:
                previous = Heading(self._block_id(i), piece.level, self._inlines(i))
                yield previous
            elif _is_break(piece):
                previous = SectionBreak(self._block_id(i))
                yield previous
            else:
                follows = isinstance(previous, BlockQuote) and piece.words[:1].islower()
                inlines = self._inlines(i)
                if isinstance(previous, Heading | SectionBreak | None):
                    inlines = opened(inlines)
                previous = Paragraph(self._block_id(i), inlines, follows)
                yield previous
        if run:
            yield self._run(run)
        for insert in inserts[placed:]:
            self.report.error(
                "insert-line",
                f"nothing that is printed comes after line {insert.before}",
                self._at("insert", self.file.insert.index(insert)),
                "name the line of the text before which the words are to stand",
            )

    def _check_inserts(self) -> None:
        for n, insert in enumerate(self.file.insert):
            if self._piece_of(insert.before) < 0 and insert.before <= self._last_line:
                self.report.error(
                    "insert-line",
                    f"line {insert.before} is empty or not there",
                    self._at("insert", n),
                    "name the line before which the words are to stand",
                )

    def _run(self, run: Sequence[int]) -> Block:
        match self.pieces[run[0]].role:
            case Role.QUOTATION:
                return BlockQuote(
                    tuple(Paragraph(self._block_id(i), self._inlines(i)) for i in run)
                )
            case Role.VERSE:
                return Verse(
                    tuple(
                        VerseLine(self._block_id(i), self._inlines(i), self.indents[i]) for i in run
                    )
                )
            case Role.TABLE:
                return Table(tuple(self._row(i) for i in run))
            case _:
                return ItemList(tuple(self._item(i) for i in run))

    def _item(self, i: int) -> ListItem:
        match = re.match(r"((?:[•·▪*–-]|[\[(]?\w{1,3}[\]).]))\s+", self.pieces[i].words)
        mark, start = (match[1], match.end()) if match else ("", 0)
        first = min((call[0] for call in self.marks[i].calls), default=start)
        mark, start = mark if first else "", min(start, first)  # a call may stand at its head
        return ListItem(self._block_id(i), _DOT.sub("•", mark), self._inlines(i, start))

    def _row(self, i: int) -> TableRow:
        piece, marks = self.pieces[i], self.marks[i]
        cuts = [m.span() for m in re.finditer(r"(?:(?<!\s)\s+)?[\t|]\s*", piece.words)]
        starts = [0, *(end for _, end in cuts)]
        ends = [*(start for start, _ in cuts), len(piece.words)]
        cells = [tuple(dress(piece.text, a, b, marks)) for a, b in zip(starts, ends, strict=True)]
        return TableRow(self._block_id(i), tuple(cells))

    # --- The article ----------------------------------------------------------------------------

    def _article(self, opening: Opening, blocks: tuple[Block, ...]) -> Article:
        file, project = self.file, self.shared.project
        title = plain(opening.title)
        people = project.people
        rules = (ENTITIES, *CLEAN_RULES, COMPOSED, *rules_in_force(project.house))
        if not title:
            self.report.error(
                "title-missing",
                "this article has no title",
                self._at("copy_text"),
                "give a line the role “title”, or supply one with the key “title”",
            )
        return Article(
            id=self.id,
            source=self.text.source,
            language=file.language,
            title=title,
            short_title=file.short_title or title,
            authors=tuple(people[name].name for name in file.authors if name in people),
            opening=opening,
            blocks=blocks,
            notes=tuple(self._sorted_notes()),
            occurrences=tuple(self.occurrences),
            lines=tuple(sorted(self._lines(), key=lambda line: line.number)),
            emended=tuple(self._emended()),
            changes=applied(self.text, rules),
            published=prose.inlines(file.published),
            provenance=prose.inlines(file.provenance),
            rights=prose.inlines(file.rights),
            seen=file.seen.isoformat() if file.seen else "",
        )

    def _sorted_notes(self) -> Iterable[Note]:
        """Return the notes in the order of their calls."""
        notes = {note.id: note for note in self.notes}
        for marks in self.marks:
            for _, _, call in sorted(marks.calls, key=lambda c: c[0]):
                yield notes[call.note]

    def _lines(self) -> Iterable[Line]:
        notes = {note.note_line: note for note in self.notes if note.note_line}
        rest: list[Inlines] = []  # further paragraphs of the note before, the last first
        for i, piece in enumerate(self.pieces):
            first, last = piece.lines
            if first in notes:
                rest = list(notes[first].paragraphs[::-1])
            elif piece.role is not Role.NOTE or piece.marker[0]:
                rest = []
            if piece.role is Role.FURNITURE:
                words = {}
            elif _is_break(piece):
                words = {first: BREAK}
            elif rest:
                words = {first: plain(rest.pop())}
            elif piece.role is Role.TABLE:
                cells = self._row(i).cells
                words = {first: "\t".join(plain(cell, calls=True) for cell in cells)}
            elif first == last:
                words = {first: plain(self._inlines(i), calls=True)}
            else:
                words = by_line(piece.text, self.marks[i].calls)
            if piece.role is Role.LIST and first in words:
                words[first] = _DOT.sub("•", words[first])
            for number in piece.numbers:
                if self.text.source.line(number).strip():
                    yield Line(number, piece.role, piece.why, words.get(number, ""))
        told = {number for piece in self.pieces for number in piece.numbers}
        for number in sorted({change.span.line for change in self.changes.values()} - told):
            if self.text.source.line(number).strip():
                yield Line(number, Role.FURNITURE, "emended", "")

    def _emended(self) -> Iterable[Emended]:
        """Place every emendation that stands in the book."""
        notes = {note.note_line: note for note in self.notes if note.note_line}
        placed: set[str] = set()
        for i, piece in enumerate(self.pieces):
            gaps = [range(start, end) for start, end, _ in self.marks[i].calls]
            readings: dict[str, list[str]] = {}
            places: dict[str, int] = {}
            at = 0
            for run in piece.text.runs:
                for owner in run.owners:
                    if owner in self.changes and owner not in placed:
                        calls = _within(gaps, at, run.string)
                        words = without(run.string, calls, len(run.string))
                        readings.setdefault(owner, []).append(words)
                        places.setdefault(owner, at)
                at += len(run.string)
            placed.update(places)
            note = notes.get(piece.lines[0]) if piece.role is Role.NOTE else None
            kept = piece.role not in UNSET
            offsets = inks(piece.words, gaps, places.values())
            for owner, offset in zip(places, offsets, strict=True):
                change = self.changes[owner]
                yield Emended(
                    line=change.span.line,
                    column=change.span.column,
                    was=change.was,
                    now=change.now,
                    why=change.why,
                    role=piece.role,
                    reading="".join(readings[owner]).strip(),
                    block=self._block_id(i) if kept else "",
                    offset=offset,
                    note=note.id if note else "",
                )
        yield from self._gone(placed)

    def _gone(self, placed: Collection[str]) -> Iterable[Emended]:
        """Place the emendations that left nothing of a line: where the text goes on after it."""
        kept = [i for i, piece in enumerate(self.pieces) if piece.role not in UNSET]
        for owner, change in self.changes.items():
            if owner in placed or not kept:
                continue
            line = change.span.line
            i = next((i for i in kept if self.pieces[i].lines[0] > line), kept[-1])
            after = self.pieces[i].lines[0] > line
            yield Emended(
                line=line,
                column=change.span.column,
                was=change.was,
                now=change.now,
                why=change.why,
                role=self.pieces[i].role,
                reading="",
                block=self._block_id(i),
                offset=0 if after else ink(self.pieces[i].words),
                note="",
            )


def _within(gaps: Iterable[range], at: int, string: str) -> Iterable[range]:
    """Yield what of some stretches of a piece lies in words that begin at a place of it."""
    for gap in gaps:
        start, stop = max(gap.start - at, 0), min(gap.stop - at, len(string))
        if start < stop:
            yield range(start, stop)


def _lines_of(inline: Inline) -> Iterable[Inline]:
    """Yield an inline with its line feeds as line breaks: they part the paragraphs of a note."""
    if not isinstance(inline, Text) or "\n" not in inline.string:
        yield inline
        return
    done = 0
    for match in re.finditer("\n", inline.string):
        if done < match.start():
            yield inline.slice(done, match.start())
        yield LineBreak()
        done = match.end()
    if done < len(inline):
        yield inline.slice(done, len(inline))


_DOT = re.compile(r"^[*·▪–-](?=\s|$)")  # what stands for a dot at the head of an item
BREAK = "* * *"  # how a break between sections is printed, whatever it is in the copy-text
_BREAK = re.compile(r"[*•·#_~–—-](?:\s*[*•·#_~–—-]){0,30}")


def _is_break(piece: Piece) -> bool:
    """Tell whether a piece is a break between sections."""
    return piece.role is Role.PARAGRAPH and _BREAK.fullmatch(piece.words) is not None
