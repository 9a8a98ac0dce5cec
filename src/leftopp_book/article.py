"""One article, from its copy-text to the document: all stages in their order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import prose
from .citations import Antecedent, Parsed, Register, fold, parse_note, parse_work, short_title
from .clean import ENTITIES, clean
from .clean import RULES as CLEAN_RULES
from .diagnostics import Report
from .document import (
    Article,
    Block,
    BlockQuote,
    Citation,
    Emended,
    Hand,
    Heading,
    Inline,
    Inlines,
    ItemList,
    Kind,
    Line,
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
)
from .dress import Marks, after_closing, by_line, dress, ink, meets, opened, places_of, without
from .emend import Change, emend
from .names import Found, Names, name_like
from .notes import EndNote, calls, end_notes, pair, sign
from .parse import Piece, parse
from .project import Project
from .regularise import regularise, rules_in_force
from .rules import applied
from .schema import ArticleFile
from .text import Source, Span, Text

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


@dataclass(frozen=True)
class Shared:
    """What all articles of a project share: the register of names and that of works."""

    project: Project
    names: Names
    register: Register

    @classmethod
    def of(cls, project: Project) -> Shared:
        names = Names.of(project.people, project.house)
        return cls(project, names, Register.of(project.works))


@dataclass(frozen=True)
class Edited:
    """An edited article, with what only the edition and the checks want to know."""

    article: Article
    text: Text  # the whole copy-text, cleaned, emended and regularised
    pieces: tuple[Piece, ...]
    works: tuple[tuple[int, str], ...]  # lines of the works-cited list and their works
    unknown: tuple[tuple[str, Span], ...]  # name-like words that nobody knows
    calls: tuple[tuple[range, ...], ...]  # by piece, the stretches that are calls

    def line_words(self, line: int) -> str:
        """Return the words of the piece that a line belongs to; empty for a line that has none."""
        found = (p.words for p in self.pieces if p.lines[0] <= line <= p.lines[1])
        return next(found, "")

    def offset(self, piece: int, at: int) -> int:
        """Return how many characters of a piece are printed before `at`, white space left out."""
        return ink(without(self.pieces[piece].words, self.calls[piece], at))


def block_of(article: str, piece: Piece) -> str:
    """Return the identifier of the block that a piece is printed in."""
    return f"{article}-title" if piece.role in OPENING else f"{article}-{piece.lines[0]}"


def edited_text(
    id: str, source: Source, file: ArticleFile, project: Project, report: Report
) -> tuple[Text, Mapping[str, Change]]:
    """Return the copy-text cleaned, emended and regularised, and the emendations carried out."""

    def at(*path: str | int) -> Span:
        return project.at(f"articles/{id}.yaml", *path)

    text, changes = emend(clean(Text.of(source)), id, file, project.house, at, report)
    return regularise(text, project.house), changes


def edit(id: str, shared: Shared, report: Report) -> Edited:
    """Take an article through all stages; everything wrong with it goes into the report."""
    project = shared.project
    file, source = project.articles[id], project.copy_texts[id]
    text, changes = edited_text(id, source, file, project, report)
    pieces = parse(text, file, report)
    return _Composer(id, file, shared, text, changes, pieces, report).edited()


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
        self.anchors: dict[str, int] = {}
        self.occurrences: list[Occurrence] = []
        self.unknown: list[tuple[str, Span]] = []
        self.works: list[tuple[int, str]] = []
        self.marks = [Marks() for _ in pieces]
        self.notes: list[Note] = []

    def edited(self) -> Edited:
        self._mark_italics()
        end = end_notes(self.pieces, self.report)
        paired = pair(self.pieces, calls(self.pieces), end, self.report)
        by_number = {note.number: note for note in end}
        order = {call.number: n for n, call in enumerate(paired, 1)}
        for call in paired:
            mark = NoteCall(f"{self.id}-n{order[call.number]}", str(order[call.number]))
            self.marks[call.piece].calls.append((call.start, call.end, mark))
        self._mark_editor_notes()
        for piece, marks in zip(self.pieces, self.marks, strict=True):
            self._find_names(piece, marks)
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

    def _piece_of(self, line: int) -> int:
        for i, piece in enumerate(self.pieces):
            if piece.lines[0] <= line <= piece.lines[1]:
                return i
        return -1

    def _where(self, line: int, words: str) -> tuple[int, list[range]]:
        """Return the piece of a line and every place of the words in it."""
        i = self._piece_of(line)
        if i < 0:
            return -1, []
        pattern = re.escape(fold(words))
        string = fold(self.pieces[i].words)
        return i, [range(*m.span()) for m in re.finditer(pattern, string)]

    def _mark_italics(self) -> None:
        house = self.shared.project.house.italics
        if house:
            pattern = re.compile(
                rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(house, key=len)[::-1]))})(?!\w)"
            )
            for piece, marks in zip(self.pieces, self.marks, strict=True):
                if piece.role not in (Role.NOTE, Role.WORKS_CITED, *OPENING):
                    marks.italics += [range(*m.span()) for m in pattern.finditer(piece.words)]
        for n, words in enumerate(self.file.italics):
            i, places = self._where(words.line, words.words)
            if not places:
                self.report.error(
                    "italics-unmatched",
                    f"“{words.words}” does not stand in line {words.line}",
                    self._at("italics", n),
                )
            for place in places:  # what the article says goes before house style
                others = [r for r in self.marks[i].italics if not meets(place, r)]
                self.marks[i].italics = [*others, place]

    def _mark_editor_notes(self) -> None:
        places = []
        for n, note in enumerate(self.file.editor_notes):
            i, found = self._where(note.line, note.words)
            if len(found) != 1:
                what = "does not stand" if not found else f"stands {len(found)} times"
                self.report.error(
                    "editor-note-unmatched",
                    f"“{note.words}” {what} in line {note.line}",
                    self._at("editor_notes", n),
                    "give words that stand there once",
                )
            else:
                places.append((i, found[0].stop, n))
        for rank, (i, end, n) in enumerate(sorted(places), 1):
            id, mark = f"{self.id}-e{rank}", sign(rank)
            end = after_closing(self.pieces[i].words, end)
            self.marks[i].calls.append((end, end, NoteCall(id, mark)))
            note = self.file.editor_notes[n]
            words = prose.inlines(note.note)
            self.notes.append(
                Note(id, mark, Hand.EDITOR, (*words, " —Ed."), note.line, 0, self._block_id(i))
            )

    def _block_id(self, i: int) -> str:
        return block_of(self.id, self.pieces[i])

    def _titles(self, piece: Piece) -> list[range]:
        """Return the places of titles of works, whose words are no names."""
        places = []
        for work in self.shared.register.works.values():
            for passage in work.named:
                inside = piece.lines[0] <= passage.line <= piece.lines[1]
                if passage.article == self.id and inside:
                    words = passage.words or work.title
                    found = places_of(piece.words, words)
                    places += found
                    if not found and passage.words:
                        self.report.error(
                            "passage-unmatched",
                            f"“{passage.words}” does not stand in line {passage.line}",
                            piece.text.whole_span(),
                            "correct “named” in book/works.yaml",
                        )
        return places

    def _find_names(self, piece: Piece, marks: Marks) -> None:
        if piece.role in (Role.FURNITURE, Role.NOTE):
            return
        beyond = (*marks.italics, *self._titles(piece))
        marks.found = self._names_in(piece.text, beyond)
        kind = KINDS.get(piece.role, Kind.TEXT)
        block = "" if kind is Kind.WORKS_CITED else block_of(self.id, piece)
        marks.anchors = self._occur(piece.text, marks.found, marks.calls, kind, block, "")
        if piece.role not in (*OPENING, Role.WORKS_CITED, Role.HEADING):
            for words, start, end in name_like(piece.text, marks.found, self.shared.names, beyond):
                self.unknown.append((words, piece.text.span(start, end)))

    def _names_in(self, text: Text, beyond: tuple[range, ...]) -> tuple[Found, ...]:
        return self.shared.names.find(text, self.id, self.report, beyond=beyond)

    def _occur(
        self,
        text: Text,
        found: Iterable[Found],
        marked: Iterable[tuple[int, int, NoteCall]],
        kind: Kind,
        block: str,
        note: str,
    ) -> dict[tuple[int, int], str]:
        """Record the mentions of a text; return their anchors by their places in it."""
        gaps = [range(start, end) for start, end, _ in marked]
        anchors = {}
        for f in found:
            before = without(text.string, gaps, f.start)
            words = text.slice(f.start, f.end)
            anchor = self._anchor(words, f.person)
            occurrence = Occurrence(f.person, anchor, words, kind, block, ink(before), note)
            self.occurrences.append(occurrence)
            anchors[f.start, f.end] = anchor
        return anchors

    def _anchor(self, words: Text, person: str) -> str:
        base = f"{self.id}-{words.whole_span().line}-{person}"
        self.anchors[base] = n = self.anchors.get(base, 0) + 1
        return base if n == 1 else f"{base}-{n}"

    # --- Notes and works cited ------------------------------------------------------------------

    def _read_notes(self, end: Sequence[EndNote]) -> None:
        before, earlier = Antecedent(), list[Citation]()
        for n, note in enumerate(end, 1):
            parsed = parse_note(
                note.text,
                self.shared.register,
                self.id,
                note.number,
                note.line,
                before,
                earlier,
                self.report,
            )
            before = Antecedent(note.number, parsed.sources)
            earlier += parsed.citations
            id = f"{self.id}-n{n}"
            call_line, block = self._call_of(id)
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

    def _call_of(self, id: str) -> tuple[int, str]:
        """Return the line and the block in which a note is called."""
        for i, marks in enumerate(self.marks):
            for start, end, call in marks.calls:
                if call.note == id:
                    return self.pieces[i].text.span(start, end).line, self._block_id(i)
        raise AssertionError(id)

    def _note_inlines(self, parsed: Parsed, id: str) -> Inlines:
        """Return the words of a note, with names outside of references as mentions."""
        text = parsed.text
        titles = [
            place
            for source in parsed.sources
            for place in self._title_in(text, source.start, source.end, source.citation.work)
        ]
        found = self._names_in(text, tuple(titles))
        cited = [range(s.start, s.end) for s in parsed.sources]
        inside = [f for f in found if any(meets(range(f.start, f.end), r) for r in cited)]
        outside = [f for f in found if f not in inside]
        self._occur(text, inside, (), Kind.CITATION, "", id)
        anchors = self._occur(text, outside, (), Kind.NOTE, id, id)
        marks = Marks(found=tuple(outside), anchors=anchors)
        inlines: list[Inline] = []
        done = 0
        for source in parsed.sources:
            inlines += (*dress(text, done, source.start, marks), *source.inlines)
            done = source.end
        inlines += dress(text, done, len(text), marks)
        if not re.search(r"[.?!…][”’)\]]*$", plain(tuple(inlines)).rstrip()):
            inlines.append(".")
        return tuple(inlines)

    def _title_in(self, text: Text, start: int, end: int, name: str) -> list[range]:
        """Return where the title of a work stands in a reference to it."""
        work = self.shared.register.works[name]
        string = fold(text.string)
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
        piece, marks = self.pieces[i], self.marks[i]
        return tuple(dress(piece.text, start, len(piece.text), marks))

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
        self._check_inserts()
        previous: Block | None = None
        for i, piece in enumerate(self.pieces):
            if piece.role in (Role.FURNITURE, Role.NOTE, *OPENING):
                continue
            due = [x for x in inserts if x.before <= piece.lines[0]]
            inserts = inserts[len(due) :]
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
            elif _BREAK.fullmatch(piece.words):
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

    def _check_inserts(self) -> None:
        for n, insert in enumerate(self.file.insert):
            if self._piece_of(insert.before) < 0:
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
                return Verse(tuple(VerseLine(self._block_id(i), self._inlines(i)) for i in run))
            case Role.TABLE:
                return Table(tuple(self._row(i) for i in run))
            case _:
                return ItemList(tuple(self._item(i) for i in run))

    def _item(self, i: int) -> ListItem:
        match = re.match(r"((?:[•·▪*–-]|[\[(]?\w{1,3}[\]).]))\s+", self.pieces[i].words)
        mark, start = (match[1], match.end()) if match else ("", 0)
        mark = "•" if mark in ("*", "·", "▪", "-", "–") else mark
        return ListItem(self._block_id(i), mark, self._inlines(i, start))

    def _row(self, i: int) -> TableRow:
        piece, marks = self.pieces[i], self.marks[i]
        cuts = [m.span() for m in re.finditer(r"\s*(?:\t|\|)\s*", piece.words)]
        starts = [0, *(end for _, end in cuts)]
        ends = [*(start for start, _ in cuts), len(piece.words)]
        cells = [tuple(dress(piece.text, a, b, marks)) for a, b in zip(starts, ends, strict=True)]
        return TableRow(self._block_id(i), tuple(cells))

    # --- The article ----------------------------------------------------------------------------

    def _article(self, opening: Opening, blocks: tuple[Block, ...]) -> Article:
        file, project = self.file, self.shared.project
        title = plain(opening.title)
        people = project.people
        rules = (ENTITIES, *CLEAN_RULES, *rules_in_force(project.house))
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
            lines=tuple(self._lines()),
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
        for i, piece in enumerate(self.pieces):
            first, last = piece.lines
            if piece.role is Role.FURNITURE:
                words = {}
            elif first in notes:
                words = {first: plain(notes[first].inlines)}
            elif first == last:
                words = {first: plain(self._inlines(i), calls=True)}
            else:
                words = by_line(piece.text, self.marks[i].calls)
            for number in range(first, last + 1):
                if self.text.source.line(number).strip():
                    yield Line(number, piece.role, piece.why, words.get(number, ""))

    def _emended(self) -> Iterable[Emended]:
        """Place every emendation that stands in the book."""
        notes = {note.note_line: note for note in self.notes if note.note_line}
        placed: set[str] = set()
        for i, piece in enumerate(self.pieces):
            gaps = [range(start, end) for start, end, _ in self.marks[i].calls]
            at = 0
            for run in piece.text.runs:
                for owner in run.owners:
                    if owner not in self.changes or owner in placed:
                        continue
                    placed.add(owner)
                    change = self.changes[owner]
                    note = notes.get(piece.lines[0]) if piece.role is Role.NOTE else None
                    kept = piece.role not in (Role.NOTE, Role.FURNITURE, Role.WORKS_CITED)
                    yield Emended(
                        line=change.span.line,
                        column=change.span.column,
                        was=change.was,
                        now=change.now,
                        why=change.why,
                        role=piece.role,
                        reading="".join(
                            r.string for r in piece.text.runs if owner in r.owners
                        ).strip(),
                        block=self._block_id(i) if kept else "",
                        offset=ink(without(piece.words, gaps, at)),
                        note=note.id if note else "",
                    )
                at += len(run.string)


_BREAK = re.compile(r"[*•·#_~–—-](?:\s*[*•·#_~–—-]){0,30}")
