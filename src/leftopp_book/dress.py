"""Dress: put calls, names and italics into the words of a piece, by their places in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .citations import fold
from .document import Emphasis, Inline, Inlines, Mention, NoteCall, SmallCaps
from .names import Found
from .text import Edit, Text


@dataclass
class Marks:
    """What is marked in one piece: calls, names, italics, by offsets in its text."""

    calls: list[tuple[int, int, NoteCall]] = field(default_factory=list)
    found: tuple[Found, ...] = ()
    italics: list[range] = field(default_factory=list)
    anchors: dict[tuple[int, int], str] = field(default_factory=dict)


def ink(string: str) -> int:
    """Return the number of characters that are not white space."""
    return sum(not char.isspace() for char in string)


_CAPITALS = re.compile(
    r"(?:[^\W\d_a-zà-ÿа-я]{2,}|[A-Z]|\d+)(?: (?:[^\W\d_a-zà-ÿа-я]+|\d+)){1,7}(?=[ ,])"
)


def opened(inlines: Inlines) -> Inlines:
    """Set the words in capitals that open a text in small capitals; their letters stay."""
    first = inlines[0] if inlines else ""
    match = _CAPITALS.match(first.string) if isinstance(first, Text) else None
    if not match or not isinstance(first, Text):
        return inlines
    end = match.end()
    return (SmallCaps((first.slice(0, end),)), first.slice(end, len(first)), *inlines[1:])


def meets(a: range, b: range) -> bool:
    return a.start < b.stop and b.start < a.stop


def places_of(string: str, words: str) -> list[range]:
    return [range(*m.span()) for m in re.finditer(re.escape(fold(words)), fold(string))]


def after_closing(string: str, end: int) -> int:
    """Move a call behind the punctuation that follows its words (Hart's Rules 17.2.2)."""
    match = re.compile(r"[’”)\]]*[.,;:!?]?[’”)\]]*(?:\s*\[\d+\])*").match(string, end)
    return match.end() if match else end


def without(string: str, gaps: Iterable[range], end: int) -> str:
    """Return the string up to `end`, without the gaps (note calls)."""
    made, done = [], 0
    for gap in sorted(gaps, key=lambda g: g.start):
        if gap.stop > end:
            break
        made.append(string[done : gap.start])
        done = gap.stop
    return "".join(made) + string[done:end]


def by_line(text: Text, marked: Iterable[tuple[int, int, NoteCall]]) -> dict[int, str]:
    """Return the words of a piece, calls as [7], by the lines of the copy-text they come from."""
    calls = [Edit(start, end, f"[{call.mark}]", "call") for start, end, call in marked]
    text = text.edit(sorted(calls))
    words: dict[int, str] = {}
    for run in text.runs:
        line = text.source.position(run.start)[0]
        words[line] = words.get(line, "") + run.string
    return {line: string.strip() for line, string in words.items()}


def dress(text: Text, start: int, end: int, marks: Marks) -> Iterable[Inline]:
    """Yield `[start, end)` of a text as inlines: calls, names and italics in their places."""
    items: list[tuple[int, int, Inline]] = []
    for a, b, call in marks.calls:
        if not any(r.start < a < r.stop for r in marks.italics):
            items.append((a, b, call))
    for f in marks.found:
        anchor = marks.anchors[f.start, f.end]
        items.append((f.start, f.end, Mention(f.person, anchor, (text.slice(f.start, f.end),))))
    for r in marks.italics:
        inner = Marks(calls=[call for call in marks.calls if r.start < call[0] < r.stop])
        items.append((r.start, r.stop, Emphasis(tuple(dress(text, r.start, r.stop, inner)))))
    done = start
    for a, b, inline in sorted(items, key=lambda item: item[:2]):
        if a < start or b > end:
            continue
        if a > done:
            yield text.slice(done, a)
        yield inline
        done = max(done, b)
    if done < end:
        yield text.slice(done, end)
