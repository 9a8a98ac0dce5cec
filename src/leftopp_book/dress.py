"""Dress: put calls, names and italics into the words of a piece, by their places in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from .citations import fold
from .document import Emphasis, Inline, Inlines, Mention, NoteCall, SmallCaps
from .names import Found
from .text import Cover, Edit, Text


class Marks(Struct):
    """What is marked in one piece: calls, names, italics, by offsets in its text."""

    calls: list[tuple[int, int, NoteCall]] = field(default_factory=list)
    found: tuple[Found, ...] = ()
    italics: list[range] = field(default_factory=list)
    anchors: dict[tuple[int, int], str] = field(default_factory=dict)


def ink(string: str) -> int:
    """Return the number of characters that are not white space."""
    return sum(map(len, string.split()))


def inks(string: str, gaps: Iterable[range], places: Iterable[int]) -> Iterator[int]:
    """Yield for every place, in ascending order, how many characters are printed before it.

    White space is left out, and the gaps (note calls) are. One pass, whatever the number of places.
    """
    left = sorted(gaps, key=lambda gap: gap.start)
    count = done = k = 0
    for place in places:
        while k < len(left) and left[k].stop <= place:
            count += ink(string[done : left[k].start])
            done, k = left[k].stop, k + 1
        count += ink(string[done:place])
        done = max(done, place)
        yield count


_CAPITALS = re.compile(
    r"(?:[^\W\d_a-zà-ÿа-я]{2,}|[A-Z]|\d+)(?: (?:[^\W\d_a-zà-ÿа-я]+|\d+)){1,7}(?=[ ,])"
)


def opened(inlines: Inlines) -> Inlines:
    """Set the words in capitals that open a text in small capitals; their letters stay."""
    first = inlines[0] if inlines else ""
    match = _CAPITALS.match(first.string) if isinstance(first, Text) else None
    if not match or not isinstance(first, Text) or not _are_capitals(match[0]):
        return inlines
    end = match.end()
    return (SmallCaps((first.slice(0, end),)), first.slice(end, len(first)), *inlines[1:])


def _are_capitals(words: str) -> bool:
    """Tell whether all letters are capitals: other scripts have neither these nor small ones."""
    return all(char.isupper() for char in words if char.isalpha())


def meets(a: range, b: range) -> bool:
    return a.start < b.stop and b.start < a.stop


def places_of(string: str, words: str) -> list[range]:
    return occurrences(fold(words), fold(string))


def occurrences(words: str, string: str) -> list[range]:
    """Return every place of words in a string, without overlaps."""
    found: list[range] = []
    at = string.find(words) if words else -1
    while at >= 0:
        found.append(range(at, at + len(words)))
        at = string.find(words, at + len(words))
    return found


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
    words: dict[int, list[str]] = {}
    for run in text.runs:
        words.setdefault(text.source.position(run.start)[0], []).append(run.string)
    return {line: "".join(strings).strip() for line, strings in words.items()}


def dress(text: Text, start: int, end: int, marks: Marks) -> Iterable[Inline]:
    """Yield `[start, end)` of a text as inlines: calls, names and italics in their places."""
    items: list[tuple[int, int, Inline]] = []
    slanted = Cover(marks.italics)
    calls = sorted(marks.calls, key=lambda call: call[:2])
    at = [a for a, _, _ in calls]
    for a, b, call in calls:
        if not slanted.meets(a, a):
            items.append((a, b, call))
    for f in marks.found:
        anchor = marks.anchors[f.start, f.end]
        items.append((f.start, f.end, Mention(f.person, anchor, (text.slice(f.start, f.end),))))
    for r in marks.italics:
        inner = Marks(calls=calls[bisect_right(at, r.start) : bisect_left(at, r.stop)])
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
