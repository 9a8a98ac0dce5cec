"""Galley: the text of an article as print takes it, out of which any stretch can be cut.

Compositors pulled galleys before the type was made up into pages. Places are counted as the
typesetter counts them: a block, and the characters of it that come before, white space and note
calls left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from .document import (
    Article,
    Block,
    BlockQuote,
    Emphasis,
    Foreign,
    Heading,
    Inline,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    ListItem,
    Mention,
    Note,
    NoteCall,
    NoteRest,
    Opening,
    Paragraph,
    SectionBreak,
    SmallCaps,
    Strong,
    Table,
    TableRow,
    Verse,
    leaves,
)
from .html import glue, render
from .pages import HYPHEN, JOINER, ink_set
from .text import Text


class Spot(Struct, frozen=True):
    """A place in a galley: the rank of a block, and where in it. Rank 0 is the opening."""

    rank: int = 0
    leaf: str = ""  # the block within it that holds the words; empty for its beginning
    offset: int = 0

    def moved(self, ranks: int) -> Spot:
        """Return the same place where so many blocks more stand before it."""
        return replace(self, rank=self.rank + ranks)


class Rest(Struct, frozen=True):
    """A note that goes on from the page before, and how much of it is printed there."""

    note: str = ""
    offset: int = 0


START, NO_REST = Spot(), Rest()
NOWHERE = -1  # the offset of a place where the text cannot be cut


class Stretch(Struct, frozen=True):
    """What is to be set: from a place to a place, and how the notes are printed."""

    start: Spot
    stop: Spot
    rest: Rest = NO_REST
    verso: bool = False
    signs: tuple[tuple[str, str], ...] = ()  # of editor's notes, where they are not the first
    limit: Rest = NO_REST  # a note of which no more than so much is printed
    ragged: bool = False  # it ends within a line


class Galley(Struct, frozen=True, dict=True):
    """The opening, the blocks and the notes of an article, in plain words."""

    id: str
    opening: Opening
    blocks: tuple[Block, ...]
    notes: Mapping[str, Note]
    templates: Path
    context: Mapping[str, Any]  # what every print template wants

    @cached_property
    def homes(self) -> Mapping[str, int]:
        """The rank of the block in which the words of each leaf stand."""
        return {
            leaf: rank for rank, block in enumerate(self.blocks, 1) for leaf, _ in leaves([block])
        }

    @property
    def end(self) -> Spot:
        return Spot(len(self.blocks) + 1)

    def spot(self, leaf: str, offset: int) -> Spot:
        """Return a place as the typesetter names it. Raises KeyError where no words are known."""
        rank = self.homes[leaf]
        first = not offset and leaf == self._firsts[rank - 1]
        return Spot(rank) if first else Spot(rank, leaf, offset)

    def is_row(self, leaf: str) -> bool:
        """Tell whether a leaf is a row of a table."""
        return isinstance(self.blocks[self.homes[leaf] - 1], Table)

    def in_table(self, spot: Spot) -> bool:
        """Tell whether a place is between two rows of a table.

        The rows from there on are a table by themselves, with columns as wide as they need.
        """
        return bool(spot.leaf) and isinstance(self.blocks[spot.rank - 1], Table)

    def order(self, spot: Spot) -> tuple[int, int, int]:
        """Return a key by which places stand in the order of the text."""
        return spot.rank, self._ranks[spot.leaf] if spot.leaf else -1, spot.offset

    @cached_property
    def _ranks(self) -> Mapping[str, int]:
        return {leaf: n for n, leaf in enumerate(self.homes)}

    @cached_property
    def _firsts(self) -> tuple[str, ...]:
        """The leaves with which blocks begin."""
        return tuple(next(leaves([block]), ("",))[0] for block in self.blocks)

    def leaf(self, spot: Spot) -> str:
        """Return the leaf with which the block of a place begins; nothing before and after all."""
        return self._firsts[spot.rank - 1] if 0 < spot.rank <= len(self._firsts) else ""

    def ahead(self, start: Spot, ink: int) -> Spot:
        """Return the end of the block with which so many characters have come since a place."""
        for rank in range(max(start.rank, 1), len(self.sizes) + 1):
            ink -= self.sizes[rank - 1]
            if ink <= 0:
                return Spot(rank + 1)
        return self.end

    def ink(self, start: Spot, stop: Spot) -> int:
        """Return about how many characters stand between two places."""
        first = max(start.rank, 1) - 1
        return sum(self.sizes[first : stop.rank - 1]) + stop.offset - start.offset

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """The number of characters of every block."""
        return tuple(sum(_ink(words) for _, words in leaves([block])) for block in self.blocks)

    def needs(self, spot: Spot) -> Spot:
        """Return how far must be known to tell that a page ends at a place.

        The page looks on to the end of the block there, past headings that are kept with the text
        after them, and one block further.
        """
        bodies = 0
        for rank in range(max(spot.rank, 1), len(self.blocks) + 1):
            bodies += not isinstance(self.blocks[rank - 1], Heading | SectionBreak)
            if bodies == 2:
                return Spot(rank + 1)
        return self.end

    def before_headings(self, spot: Spot) -> Spot:
        """Return the beginning of the headings over a place, where it begins a block."""
        rank = spot.rank
        while not spot.leaf and rank > 1 and isinstance(self.blocks[rank - 2], Heading):
            rank -= 1
        return Spot(rank) if rank != spot.rank else spot

    def called_in(self, leaf: str) -> Iterator[str]:
        """Yield the notes that are called in a leaf."""
        rank = self.homes.get(leaf, 0)
        words = dict(leaves(self.blocks[rank - 1 : rank])) if rank else {}
        yield from _calls(words.get(leaf, ()))

    def after_call(self, leaf: str, note: str) -> Spot:
        """Return the place after the call of a note."""
        words = dict(leaves([self.blocks[self.homes[leaf] - 1]]))[leaf]
        return self.spot(leaf, _ink_before(words, note)[0])

    def digest(self, start: Spot, rest: Rest, stop: Spot) -> str:
        """Return a hash of all that a page made from one place to another depends on."""
        place = bool(start.rank), start.leaf, start.offset
        made = hashlib.sha256(repr((place, rest, self.notes.get(rest.note), self.context)).encode())
        for rank in range(start.rank, min(stop.rank, self.end.rank)):
            made.update(self._digests[rank])
        made.update(b"end" if stop == self.end else b"")
        return made.hexdigest()

    @cached_property
    def _digests(self) -> tuple[bytes, ...]:
        found = [repr(self.opening)]
        for block in self.blocks:
            called = [self.notes[note] for note in _called(block)]
            found.append(repr((block, called)))
        return tuple(hashlib.sha256(words.encode()).digest() for words in found)

    def html(self, stretch: Stretch) -> str:
        """Return a stretch as HTML. What goes on from the page before gets no indent."""
        start, stop = stretch.start, stretch.stop
        blocks = list(self.blocks[max(start.rank, 1) - 1 : stop.rank - 1])
        rules: list[tuple[str, ...]] = []
        if stop.leaf and stop != start:
            last = before(self.blocks[stop.rank - 1], stop.leaf, stop.offset)
            blocks += [last] if last else []
            rules.append((stop.leaf, RUNS_ON) if stop.offset and not stretch.ragged else ())
        if start.leaf and blocks:
            blocks[0] = after(blocks[0], start.leaf, start.offset)
            rules.append((start.leaf, NO_INDENT) if start.offset else ())
        notes = dict(self.notes)
        for id, sign in stretch.signs:
            notes[id] = replace(notes[id], mark=sign)
        if stretch.limit.note:
            id = stretch.limit.note
            first, _ = parted(notes[id].inlines, stretch.limit.offset)
            if first and isinstance(first[-1], LineBreak):  # a paragraph of the note ends there
                first = first[:-1]
            else:
                rules.append((id, RUNS_ON))
            notes[id] = replace(notes[id], inlines=first)
        if stretch.rest.note:
            blocks = blocks or [Paragraph("", ())]  # nothing is left but the note
            printed = stretch.rest.offset
            if stretch.rest.note == stretch.limit.note:
                whole = self.notes[stretch.rest.note].inlines
                words = parted(parted(whole, stretch.limit.offset)[0], printed)[1]
            else:
                words = parted(self.notes[stretch.rest.note].inlines, printed)[1]
            blocks[0] = _with_rest(blocks[0], NoteRest(stretch.rest.note, words))
        return render(
            self.templates,
            "print-article.html.j2",
            {
                **self.context,
                "opening": None if start.rank else self.opening,
                "blocks": blocks,
                "notes": notes,
                "rules": [rule for rule in rules if rule],  # for single elements
                "verso": stretch.verso,
            },
        )


NO_INDENT = "text-indent: 0 !important"
RUNS_ON = "text-align-last: var(--runs-on) !important"  # the last line is not the end of it


def galley(article: Article, templates: Path, context: Mapping[str, Any]) -> Galley:
    """Return the galley of an article."""
    return Galley(
        article.id,
        replace(
            article.opening,
            kicker=tuple(map(in_type, article.opening.kicker)),
            title=in_type(article.opening.title),
            byline=tuple(map(in_type, article.opening.byline)),
            dateline=tuple(map(in_type, article.opening.dateline)),
            headnote=tuple(map(in_type, article.opening.headnote)),
        ),
        tuple(_indented(map(_block_in_type, article.blocks))),
        {note.id: _note_in_type(note) for note in article.notes},
        templates,
        context,
    )


# --- In type: plain words, what is kept together joined -------------------------------------------


def in_type(inlines: Inlines) -> Inlines:
    """Return inlines as print has them: without names and places, spaces that hold where due."""
    made: list[Inline] = []
    for inline in inlines:
        match inline:
            case Text() | str():
                words: Inlines = (str(inline),)
            case Mention():
                words = in_type(inline.inlines)
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link():
                words = (replace(inline, inlines=in_type(inline.inlines)),)
            case NoteCall() if not inline.mark.isdigit():
                words = (replace(inline, mark=""),)  # the sign depends on the page
            case _:
                words = (inline,)
        for word in words:
            if isinstance(word, str) and made and isinstance(made[-1], str):
                made[-1] += word
            else:
                made.append(word)
    return tuple(_held(glue(inline)) if isinstance(inline, str) else inline for inline in made)


# Nor are parted: the numbers of a range after its dash, and an initial from the name after it
# (Chicago 7.43, Hart's Rules 2.5.1). On paper only: it would be in the way of a search on a screen.
_RANGE = re.compile(r"–(?<=\d–)(?=\d)")  # what is looked for first is found soonest
_INITIAL = re.compile(r" (?<=\b[A-Z]\. )(?=[A-Z][a-z])")


def _held(words: str) -> str:
    return _INITIAL.sub("\u00a0", _RANGE.sub(f"–{JOINER}", words))


def _note_in_type(note: Note) -> Note:
    mark = note.mark if note.mark.isdigit() else FIRST_SIGN
    return Note(note.id, mark, note.by, in_type(note.inlines), 0)


FIRST_SIGN = "*"


def _block_in_type(block: Block) -> Block:
    made = _each(block, in_type)
    if isinstance(made, BlockQuote):
        return replace(made, blocks=tuple(_indented(made.blocks)))
    return made


def _each(block: Block, change: Callable[[Inlines], Inlines]) -> Block:
    """Return a block with all its inlines changed."""
    match block:
        case Heading() | Paragraph():
            return replace(block, inlines=change(block.inlines))
        case BlockQuote():
            return replace(block, blocks=tuple(_each(inner, change) for inner in block.blocks))
        case ItemList():
            return replace(
                block, items=tuple(replace(i, inlines=change(i.inlines)) for i in block.items)
            )
        case Verse():
            return replace(
                block, lines=tuple(replace(v, inlines=change(v.inlines)) for v in block.lines)
            )
        case Table():
            return replace(
                block, rows=tuple(replace(r, cells=tuple(map(change, r.cells))) for r in block.rows)
            )
        case SectionBreak():
            return block


def signed(article: Article, signs: Mapping[str, str]) -> Article:
    """Return an article whose editor's notes bear these signs, in the text and at the foot."""

    def change(inlines: Inlines) -> Inlines:
        made: list[Inline] = []
        for inline in inlines:
            match inline:
                case NoteCall() if inline.note in signs:
                    made.append(replace(inline, mark=signs[inline.note]))
                case Emphasis() | Strong() | SmallCaps() | Foreign() | Link() | Mention():
                    made.append(replace(inline, inlines=change(inline.inlines)))
                case _:
                    made.append(inline)
        return tuple(made)

    notes = (replace(note, mark=signs.get(note.id, note.mark)) for note in article.notes)
    # until now no two notes of an article had the same sign
    new = {f"[{note.mark}]": f"[{signs[note.id]}]" for note in article.notes if note.id in signs}
    lines = (
        replace(line, text=_SIGN.sub(lambda sign: new.get(sign[0], sign[0]), line.text))
        for line in article.lines
    )
    return replace(
        article,
        blocks=tuple(_each(block, change) for block in article.blocks),
        notes=tuple(notes),
        lines=tuple(lines),
    )


_SIGN = re.compile(r"\[[*†‡§‖¶]+\]")  # a call in the words of a line


def _indented(blocks: Iterable[Block], first: bool = True) -> Iterator[Block]:
    """Yield blocks with the paragraphs marked that have no indent: first ones, and after headings.

    A paragraph at the top of a page must not look as if it were first.
    """
    for block in blocks:
        if first and isinstance(block, Paragraph):
            yield replace(block, follows=True)
        else:
            yield block
        first = isinstance(block, Heading | SectionBreak)


# --- Cutting --------------------------------------------------------------------------------------


def _ink(inlines: Inlines) -> int:
    total = 0
    for inline in inlines:
        match inline:
            case str():
                total += ink_set(inline)
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link():
                total += _ink(inline.inlines)
    return total


def _ink_before(inlines: Inlines, note: str) -> tuple[int, bool]:
    """Return how many characters come before the call of a note, and whether it is there."""
    total = 0
    for inline in inlines:
        match inline:
            case str():
                total += ink_set(inline)
            case NoteCall() if inline.note == note:
                return total, True
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link():
                ink, found = _ink_before(inline.inlines, note)
                total += ink
                if found:
                    return total, True
    return total, False


def parted(inlines: Inlines, ink: int) -> tuple[Inlines, Inlines]:
    """Return what comes before and after so many characters.

    A call belongs to the word before it; spaces at the seam are dropped; a word that is cut gets
    the hyphen that the typesetter would have put there.
    """
    first, second = _parted(inlines, ink)
    if second and first and _divides(_last(first), _next(second)):
        first = (*first, HYPHEN)
    return first, _stripped(second)


def _parted(inlines: Inlines, ink: int) -> tuple[Inlines, Inlines]:
    first: list[Inline] = []
    for n, inline in enumerate(inlines):
        match inline:
            case str():
                size = ink_set(inline)
                if size > ink:
                    cut = _cut(inline, ink)
                    head, tail = inline[:cut], inline[cut:]
                    return (*first, *([head] if head else [])), (tail, *inlines[n + 1 :])
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link():
                size = _ink(inline.inlines)
                if size > ink:
                    a, b = _parted(inline.inlines, ink)
                    rest = replace(inline, inlines=b)
                    return (*first, *([replace(inline, inlines=a)] if a else [])), (
                        rest,
                        *inlines[n + 1 :],
                    )
            case _:
                size = 0
        ink -= size
        first.append(inline)
    return tuple(first), ()


def _cut(words: str, ink: int) -> int:
    """Return the place in a string before which so many characters stand."""
    for place, char in enumerate(words):
        if ink_set(char):
            if not ink:
                return place
            ink -= 1
    return len(words)


def _last(inlines: Inlines) -> str:
    match inlines[-1]:
        case str(words):
            return words[-1:]
        case Emphasis() | Strong() | SmallCaps() | Foreign() | Link() as case if case.inlines:
            return _last(case.inlines)
    return ""


def _next(inlines: Inlines) -> str:
    match inlines[0]:
        case str(words):
            return words[:1]
        case Emphasis() | Strong() | SmallCaps() | Foreign() | Link() as case if case.inlines:
            return _next(case.inlines)
    return ""


def _divides(last: str, following: str) -> bool:
    """Tell whether a cut between two characters is one within a word."""
    return last.isalpha() and following.isalpha()


def _stripped(inlines: Inlines) -> Inlines:
    """Return inlines without the spaces and forced lines that they begin with."""
    if not inlines:
        return inlines
    match inlines[0]:
        case str(words):
            words = words.lstrip()
            return (words, *inlines[1:]) if words else _stripped(inlines[1:])
        case LineBreak():
            return _stripped(inlines[1:])
        case Emphasis() | Strong() | SmallCaps() | Foreign() | Link() as case:
            return (replace(case, inlines=_stripped(case.inlines)), *inlines[1:])
    return inlines


def _holds(block: Block, leaf: str) -> bool:
    return any(id == leaf for id, _ in leaves([block]))


def after(block: Block, leaf: str, offset: int) -> Block:
    """Return a block from a place in it on."""
    match block:
        case Paragraph() if offset:
            return replace(block, inlines=parted(block.inlines, offset)[1], follows=True)
        case Heading() if offset:
            return replace(block, inlines=parted(block.inlines, offset)[1])
        case BlockQuote(blocks=inner):
            n = next(n for n, b in enumerate(inner) if _holds(b, leaf))
            return replace(block, blocks=(after(inner[n], leaf, offset), *inner[n + 1 :]))
        case ItemList(items=items):
            n = next(n for n, item in enumerate(items) if item.id == leaf)
            if offset:
                words = parted(items[n].inlines, offset - ink_set(items[n].mark))[1]
                return replace(block, items=(ListItem(leaf, "", words), *items[n + 1 :]))
            return replace(block, items=items[n:])
        case Verse(lines=lines):
            n = next(n for n, line in enumerate(lines) if line.id == leaf)
            words = parted(lines[n].inlines, offset)[1] if offset else lines[n].inlines
            return replace(block, lines=(replace(lines[n], inlines=words), *lines[n + 1 :]))
        case Table(rows=rows):
            n = next(n for n, row in enumerate(rows) if row.id == leaf)
            return replace(block, rows=rows[n:])
    return block


def before(block: Block, leaf: str, offset: int) -> Block | None:
    """Return a block up to a place in it; None where nothing comes before."""
    match block:
        case Heading() | Paragraph():
            return replace(block, inlines=parted(block.inlines, offset)[0]) if offset else None
        case BlockQuote(blocks=inner):
            n = next(n for n, b in enumerate(inner) if _holds(b, leaf))
            last = before(inner[n], leaf, offset)
            kept = (*inner[:n], *([last] if last else []))
            return replace(block, blocks=kept) if kept else None
        case ItemList(items=items):
            n = next(n for n, item in enumerate(items) if item.id == leaf)
            head = items[:n]
            if offset > ink_set(items[n].mark):
                words = parted(items[n].inlines, offset - ink_set(items[n].mark))[0]
                head = (*head, replace(items[n], inlines=words))
            return replace(block, items=head) if head else None
        case Verse(lines=lines):
            n = next(n for n, line in enumerate(lines) if line.id == leaf)
            above = lines[:n]
            if offset:
                words = parted(lines[n].inlines, offset)[0]
                above = (*above, replace(lines[n], inlines=words))
            return replace(block, lines=above) if above else None
        case Table(rows=rows):
            n = next(n for n, row in enumerate(rows) if row.id == leaf)
            return replace(block, rows=rows[:n]) if n else None
        case SectionBreak():
            return None


def _with_rest(block: Block, rest: NoteRest) -> Block:
    """Return a block whose first words are followed at its foot by the rest of a note."""
    match block:
        case Heading() | Paragraph():
            return replace(block, inlines=(rest, *block.inlines))
        case BlockQuote(blocks=inner):
            return replace(block, blocks=(_with_rest(inner[0], rest), *inner[1:]))
        case ItemList(items=items):
            first = replace(items[0], inlines=(rest, *items[0].inlines))
            return replace(block, items=(first, *items[1:]))
        case Verse(lines=lines):
            line = replace(lines[0], inlines=(rest, *lines[0].inlines))
            return replace(block, lines=(line, *lines[1:]))
        case Table(rows=rows):
            cells = ((rest, *rows[0].cells[0]), *rows[0].cells[1:])
            return replace(block, rows=(TableRow(rows[0].id, cells), *rows[1:]))
        case SectionBreak():
            return replace(block, rest=(rest,))


def _called(block: Block) -> Iterator[str]:
    for _, inlines in leaves([block]):
        yield from _calls(inlines)


def _calls(inlines: Inlines) -> Iterator[str]:
    for inline in inlines:
        match inline:
            case NoteCall():
                yield inline.note
            case Emphasis() | Strong() | SmallCaps() | Foreign() | Link():
                yield from _calls(inline.inlines)
