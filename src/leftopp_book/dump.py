"""Dump: the printable view of an article at a stage, for editors who look for a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .article import Edited
from .clean import clean
from .document import plain
from .text import Text


def _text(text: Text) -> Iterable[str]:
    for number, _, line in text.lines():
        if line.string.strip():
            yield f"{number}: {line}"


def _clean(e: Edited) -> Iterable[str]:
    return _text(clean(Text.of(e.article.source)))


def _regularised(e: Edited) -> Iterable[str]:
    return _text(e.text)


def _pieces(e: Edited) -> Iterable[str]:
    for piece in e.pieces:
        first, last = piece.lines
        lines = str(first) if first == last else f"{first}-{last}"
        yield f"{lines}: {piece.role} ({piece.why}): {piece.words}"


def _notes(e: Edited) -> Iterable[str]:
    for note in e.article.notes:
        yield f"{note.mark} (called in line {note.call_line}): {plain(note.inlines)}"
        for c in note.citations:
            yield f"    {c.work}, {c.pinpoint or 'no pinpoint'} — {c.rule}"


def _names(e: Edited) -> Iterable[str]:
    for o in e.article.occurrences:
        span = o.text.whole_span()
        yield f"{span.line}:{span.column}: {o.person} ({o.kind}): {o.text}"


STAGES: dict[str, Callable[[Edited], Iterable[str]]] = {
    "clean": _clean,
    "text": _regularised,
    "structure": _pieces,
    "notes": _notes,
    "names": _names,
}


def dump(e: Edited, stage: str) -> str:
    """Return an article as it stands after a stage. Raises KeyError for an unknown stage."""
    return "".join(f"{line}\n" for line in STAGES[stage](e))
