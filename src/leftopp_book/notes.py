"""Notes: calls in the text and the notes that they call, each with the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, pairwise

from msgspec import Struct
from msgspec.structs import replace

from .diagnostics import Report
from .document import UNSET, Role
from .markers import (
    LETTERS,
    PARENTHESES,
    ROMAN,
    STRONG,
    YEARS,
    calls_in,
    glued_in,
    parted,
    proven,
    upwards,
)
from .pieces import Piece
from .text import Text

_LETTERED = re.compile(r"\[(?:(?i:foot)?(?i:note)\s+[A-Za-z]\b|[A-Z]\])")


class Call(Struct, frozen=True):
    """A mark in a piece, `[start, end)`, and the number of the note that it calls.

    Where notes begin again at 1 in every chapter, numbers count on; `mark` is the mark as typed.
    """

    piece: int
    start: int
    end: int
    number: int
    mark: str = ""


class EndNote(Struct, frozen=True):
    """A note as it stands at the end of the copy-text: its number and its words."""

    number: int
    line: int
    text: Text
    raw: str  # the words of the copy-text, marker and all


def end_notes(pieces: Sequence[Piece], report: Report) -> tuple[EndNote, ...]:
    """Return the notes of an article; a piece without a number goes on with the note before it."""
    notes: list[list[Piece]] = []  # the pieces of every note
    heads: list[EndNote] = []
    known: dict[int, int] = {}  # by number, the line in which the note stands
    for i, base, number in _numbered(pieces):
        piece = pieces[i]
        if not number:
            if notes:
                notes[-1].append(piece)
            else:
                report.error(
                    "note-unnumbered",
                    "this note has no number",
                    piece.text.whole_span(),
                    "give the line another role, or emend the number",
                )
            continue
        _, length = piece.marker
        text = piece.text.slice(length, len(piece.text))
        if base + number in known:
            report.error(
                "note-twice",
                f"there are two notes {number}; the first is in line {known[base + number]}",
                text.whole_span(),
                "emend one of them",
            )
            continue
        known[base + number] = piece.lines[0]
        heads.append(EndNote(base + number, piece.lines[0], text, piece.text.original))
        notes.append([])
    return tuple(_unbracketed(_whole(*note)) for note in zip(heads, notes, strict=True))


def _numbered(pieces: Sequence[Piece]) -> Iterable[tuple[int, int, int]]:
    """Yield every piece of the notes: its rank, what its series adds to its number, its number.

    A second note 1, after a higher one or after more of the text, begins a new series.
    """
    base = highest = last = 0
    seen = False  # whether there is text since the last note
    for i, piece in enumerate(pieces):
        if piece.role is not Role.NOTE:
            seen = seen or piece.role is not Role.FURNITURE
            continue
        number, _ = piece.marker
        if number > YEARS and number != last + 1:
            number = 0  # a paragraph that begins with a year
        if number == 1 and last and (last > 1 or seen):
            base = highest
        if number:
            highest = max(highest, base + number)
            last, seen = number, False
        yield i, base, number


def _whole(note: EndNote, pieces: Sequence[Piece]) -> EndNote:
    """Return a note with its further paragraphs, each after a line feed."""
    if not pieces:
        return note
    text = note.text
    for piece in pieces:
        text = text.followed_by(piece.text, "\n", "paragraphs joined")
    raw = "\n".join([note.raw, *(piece.text.original for piece in pieces)])
    return replace(note, text=text, raw=raw)


def _unbracketed(note: EndNote) -> EndNote:
    """Return a note without the bracket that closes [Footnote 1: …]."""
    string = note.text.string
    opened = re.match(r"\[(?:foot)?note", note.raw.lstrip(), re.I)
    if not opened or not string.endswith("]"):
        return note
    return replace(note, text=note.text.slice(0, len(string) - 1))


def calls(pieces: Sequence[Piece]) -> tuple[Call, ...]:
    """Return the calls in the text of an article, in order."""
    series: dict[int, dict[int, int]] = {}  # what is added: numbers, and where each note stands
    for i, base, number in _numbered(pieces):
        if number:
            series.setdefault(base, {}).setdefault(number, i)
    found: list[Call] = []
    called: set[int] = set()
    bases, at = sorted(series), 0
    known = {n for numbers in series.values() for n in numbers}
    for call in _marks(pieces, known, [series[base] for base in bases]):
        own: list[int] = []  # what is added in the series that have such a note ahead
        for n, base in islice(enumerate(bases), at, None):
            if series[base].get(call.number, -1) > call.piece:
                own.append(base)
                if base + call.number not in called:
                    own, at = [base], n
                    break
        base = own[0] if own else 0
        called.add(base + call.number)
        found.append(replace(call, number=base + call.number))
    return tuple(found)


def _marks(
    pieces: Sequence[Piece], known: set[int], series: Sequence[Mapping[int, int]]
) -> list[Call]:
    """Return what looks like a call.

    A text has one kind of calls, that which has most notes; others count where they have notes that
    it has not. In parentheses, Roman numerals, or figures at the end of words only where there is
    no other; then all of them are in order, if there is one series of notes.
    """
    text = [(i, piece.words) for i, piece in enumerate(pieces) if piece.role not in UNSET]
    lettered = any(p.role is Role.NOTE and _LETTERED.match(p.words) for p in pieces)

    def looked_for(kind: str) -> list[Call]:
        return [
            Call(i, call.start, call.end, call.number, call.mark)
            for i, words in text
            for call in calls_in(words, kind)
            if call.start and (call.number <= YEARS or call.number in known)
        ]

    kinds = (*STRONG, LETTERS) if lettered else STRONG
    found = {kind: looked_for(kind) for kind in (*kinds, PARENTHESES, ROMAN)}
    for kind in (PARENTHESES, ROMAN):
        found[kind] = [call for call in found[kind] if call.number in known]
        if len(series) == 1 and found[kind]:
            found[kind] = _in_order(found[kind], pieces)
    noted = {kind: {c.number for c in calls} & known for kind, calls in found.items()}
    main = max(found, key=lambda kind: len(noted[kind]))
    if known and (len(noted[main]) * 2 < len(known) or not noted[main]):
        glued = _glued(text, series)
        if len(glued) > len(noted[main]):
            return glued
    if noted[main] and main not in kinds:
        return found[main]
    others = [
        call
        for kind in kinds
        if kind != main
        for call in found[kind]
        if not noted[main] or (call.number in known and call.number not in noted[main])
    ]
    own = found[main] if main in kinds else []
    return sorted([*own, *others], key=lambda call: (call.piece, call.start))


def _in_order(calls: Sequence[Call], pieces: Sequence[Piece]) -> list[Call]:
    """Return the calls that come in their turn: what stands in parentheses may be anything.

    Those that follow on a word or a stop without a space go before others.
    """
    close = [c for c in calls if not pieces[c.piece].words[c.start].isspace() and c.start]
    if len({c.number for c in close}) >= 0.9 * len({c.number for c in calls}):
        calls = close
    numbers = [call.number for call in calls]
    return [calls[n] for n in upwards(numbers, max(numbers))]


def _glued(text: Sequence[tuple[int, str]], series: Sequence[Mapping[int, int]]) -> list[Call]:
    """Return the calls that have lost their superior figures, those of each series of notes in
    order. They begin again as often as the notes do, or stand between the notes."""
    found = [
        Call(i, call.start, call.end, call.number, call.mark)
        for i, words in text
        for call in glued_in(words)
    ]
    parts = [[found[n] for n in part] for part in parted([call.number for call in found])]
    if len(parts) != len(series):
        ends = [max(own.values()) for own in series]
        starts = [0, *ends]
        parts = [
            [call for call in found if a <= call.piece < b]
            for a, b in zip(starts, ends, strict=False)
        ]
    return [
        part[rank]
        for part, own in zip(parts, series, strict=True)
        for rank in proven([call.number for call in part], len(own))
    ]


def convention(pieces: Sequence[Piece]) -> str:
    """Return the first call of an article as it stands, to show how its notes are called."""
    return next((pieces[c.piece].words[c.start : c.end].strip() for c in calls(pieces)), "")


def _at(pieces: Sequence[Piece], call: Call) -> str:
    span = pieces[call.piece].text.span(call.start, call.end)
    return f"{span.line}:{span.column}"


def pair(
    pieces: Sequence[Piece], found: Iterable[Call], notes: Sequence[EndNote], report: Report
) -> tuple[Call, ...]:
    """Return the calls that have their note; report every call and note that stands alone."""
    known = {note.number for note in notes}
    file = "book/articles/"
    paired: dict[int, Call] = {}
    for call in found:
        span = pieces[call.piece].text.span(call.start, call.end)
        if call.number not in known:
            if notes:
                has = f"the notes of this article are numbered {min(known)}–{max(known)}"
            else:
                has = "no notes were found in this article"
            hint = f"{has}; emend the call, or give the note’s line the role “note” in {file}"
            report.error(
                "call-without-note", f"call {call.mark or call.number} has no note", span, hint
            )
        elif call.number in paired:
            report.error(
                "call-twice",
                f"note {call.mark or call.number} is called a second time; the first call is at "
                f"{_at(pieces, paired[call.number])}",
                span,
                f"emend one of the calls in {file}",
            )
        else:
            paired[call.number] = call
    for note in notes:
        if note.number not in paired:
            report.error(
                "note-without-call",
                f"note {note.number} is not called in the text",
                note.text.whole_span(),
                f"emend the text where [{note.number}] should stand, in {file}",
            )
    order = list(paired)
    if order != sorted(order):
        late = next(b for a, b in pairwise(order) if b < a)
        call = paired[late]
        report.warning(
            "call-order",
            f"call {late} does not come in its turn",
            pieces[call.piece].text.span(call.start, call.end),
            "notes are numbered anew in the order of their calls",
        )
    return tuple(paired.values())
