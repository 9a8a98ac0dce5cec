"""Notes: calls in the text and the notes that they call, each with the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .diagnostics import Report
from .document import Role
from .parse import Piece
from .text import Text

_CALL = re.compile(r"\s*\[(\d{1,3})\]|[¹²³⁰-⁹]+")
_MARKER = re.compile(r"[\[(]?(\d{1,3})[\]).]{1,2}\s+")
_SUPERIOR = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
SIGNS = "*†‡§‖¶"


@dataclass(frozen=True)
class Call:
    """A mark in a piece, `[start, end)`, and the number of the note that it calls."""

    piece: int
    start: int
    end: int
    number: int


@dataclass(frozen=True)
class EndNote:
    """A note as it stands at the end of the copy-text: its number and its words."""

    number: int
    line: int
    text: Text
    raw: str  # the words of the copy-text, marker and all


def sign(n: int) -> str:
    """Return the n-th sign of editor's notes, from 1: * † ‡ § ‖ ¶ ** †† … (Hart's Rules 17.2.3)."""
    return SIGNS[(n - 1) % len(SIGNS)] * ((n - 1) // len(SIGNS) + 1)


def end_notes(pieces: Sequence[Piece], report: Report) -> tuple[EndNote, ...]:
    """Return the notes of an article; a piece without a number goes on with the note before it."""
    notes: list[EndNote] = []
    for piece in pieces:
        if piece.role is not Role.NOTE:
            continue
        match = _MARKER.match(piece.words)
        if not match:
            if not notes:
                report.error(
                    "note-unnumbered",
                    "this note has no number",
                    piece.text.whole_span(),
                    "give the line another role, or emend the number",
                )
            continue
        text = piece.text.slice(match.end(), len(piece.text))
        number = int(match[1])
        if any(note.number == number for note in notes):
            report.error(
                "note-twice", f"there are two notes {number}", text.whole_span(), "emend one of them"
            )
            continue
        notes.append(EndNote(number, piece.lines[0], text, piece.text.original))
    return tuple(notes)


def calls(pieces: Sequence[Piece]) -> tuple[Call, ...]:
    """Return the calls in the text of an article, in order."""
    found = []
    for i, piece in enumerate(pieces):
        if piece.role in (Role.NOTE, Role.WORKS_CITED, Role.FURNITURE):
            continue
        for match in _CALL.finditer(piece.words):
            number = int(match[1] or match[0].translate(_SUPERIOR))
            found.append(Call(i, match.start(), match.end(), number))
    return tuple(found)


def convention(pieces: Sequence[Piece]) -> str:
    """Return the first call of an article as it stands, to show how its notes are called."""
    return next((pieces[c.piece].words[c.start : c.end].strip() for c in calls(pieces)), "")


def without_calls(piece: Piece, end: int) -> str:
    """Return the words of a piece up to an offset, without the calls in them."""
    return _CALL.sub("", piece.words[:end]) if end <= len(piece.words) else piece.words


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
            report.error("call-without-note", f"call {call.number} has no note", span, hint)
        elif call.number in paired:
            report.error(
                "call-twice",
                f"note {call.number} is called a second time",
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
        late = next(b for a, b in zip(order, order[1:], strict=False) if b < a)
        call = paired[late]
        report.warning(
            "call-order",
            f"call {late} does not come in its turn",
            pieces[call.piece].text.span(call.start, call.end),
            "notes are numbered anew in the order of their calls",
        )
    return tuple(paired.values())
