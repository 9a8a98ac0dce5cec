"""Paste-up: pages made of slips, which tell of themselves what those of the typesetter tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from . import faults
from .pagefile import Piece, written
from .pages import Frame, Glyphs, LaidPage, LineStart, first_words


def paste(pieces: Sequence[Piece], frame: Frame, fonts: Mapping[str, bytes]) -> LaidPage:
    """Return a page of pieces in reading order; `fonts` has what is said of their fonts."""
    unit, height = frame.unit, frame.height * frame.unit
    lines: list[LineStart] = []
    words: list[str] = []
    anchors: dict[str, tuple[float, float]] = {}
    placed: list[faults.Line] = []
    top = ("", 0)
    for piece in pieces:
        block = piece.slip.id if piece.named else ""
        left = frame.left + piece.x
        for line, y in piece.lines:
            at = frame.top + y
            if not words:
                top = (block, line.offset)
            words.append(line.words)
            told = line.told
            if block:
                place = (left + line.x) * unit, height - at * unit
                lines.append(LineStart(block, line.offset, 0, len(words), *place))
                anchors.setdefault(block, place)
            for name, x, down in line.anchors if block else ():
                anchors.setdefault(name, ((left + x) * unit, height - (at + down) * unit))
            moved = (told.x, told.right, told.left, told.measure)
            x, right, start, measure = (left + length for length in moved)
            placed.append(
                replace(told, block=block, y=at, x=x, right=right, left=start, measure=measure)
            )
        for _, name in piece.around if block else ():
            if name:
                anchors.setdefault(name, anchors[block])
    area = faults.Area(
        frame.left, frame.top, frame.left + frame.measure, frame.top + frame.depth, frame.leading
    )
    foot = max((line.y + line.height for line in placed), default=frame.top)
    broken = (fault for piece in pieces if not piece.first for fault in piece.slip.broken)
    return LaidPage(
        pdf=written(pieces, frame, fonts),
        top=top,
        lines=tuple(lines),
        notes=(),
        calls=(),
        anchors=anchors,
        first_words=first_words(words),
        glyphs=_glyphs(pieces),
        room=(frame.top + frame.depth - foot) * unit,
        missing=tuple(sorted({char for piece in pieces for char in piece.slip.missing})),
        faults=(*faults.faults_of(placed, area), *broken),
    )


def _glyphs(pieces: Iterable[Piece]) -> dict[str, Glyphs]:
    used: dict[str, dict[int, tuple[float, str]]] = {}
    cuts: dict[str, str] = {}
    for piece in pieces:
        for name, own in piece.slip.glyphs.items():
            cuts[name] = own.cut
            known = used.setdefault(name, {})
            known.update((glyph, own.used[glyph]) for glyph in own.used.keys() - known.keys())
    return {name: Glyphs(cuts[name], dict(sorted(known.items()))) for name, known in used.items()}
