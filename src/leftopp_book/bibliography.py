"""The bibliography: every work that the articles cite or name, once, in Chicago form (13.65)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from . import prose
from .document import Emphasis, Inline, Inlines, foreign, plain
from .filing import filing
from .schema import Work


class Use(Struct, frozen=True):
    """A place where an article cites or names a work: a note, or a line."""

    article: str
    line: int
    note: str = ""  # the mark of the note, if it is one
    anchor: str = ""  # where a link leads
    words: str = ""  # what the article says there


class WorkEntry(Struct, frozen=True):
    id: str
    inlines: Inlines
    uses: tuple[Use, ...]

    @property
    def words(self) -> str:
        return plain(self.inlines)


def bibliography(
    works: Mapping[str, Work], uses: Mapping[str, Iterable[Use]]
) -> tuple[WorkEntry, ...]:
    """Return the entries of the works that are used, filed by author, then title."""
    entries = []
    for id, found in uses.items():
        places = tuple(found)
        said = " ".join(place.words for place in places)
        entries.append(WorkEntry(id, entry(works[id], said), places))
    return tuple(sorted(entries, key=lambda e: _key(works[e.id])))


def _key(work: Work) -> tuple[object, ...]:
    who = "; ".join(work.authors or (work.editors if work.kind != "archive" else ()))
    title = work.title.strip("*“‘")
    for article in ("The ", "A ", "An "):
        title = title.removeprefix(article)
    return (filing(who or title), filing(title), work.year)


def names(people: tuple[str, ...]) -> str:
    """Return authors as a bibliography gives them: Serge, Victor, and Natalia Sedova."""
    rest = [_spoken(name) for name in people[1:]]
    if not rest:
        return people[0] if people else ""
    if len(rest) == 1:
        return f"{people[0]}, and {rest[0]}"
    return f"{people[0]}, {', '.join(rest[:-1])}, and {rest[-1]}"


def _spoken(name: str) -> str:
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else last


def entry(work: Work, said: str = "") -> Inlines:
    """Return the entry of a work; what only outside knowledge supplies stands in brackets.

    `said` are the words of the articles of this edition about it: what they state needs none.
    """
    supplied = [key for key in work.supplied if not _states(said, getattr(work, key))]
    made: list[Inline] = []

    def add(key: str, words: Inlines | str) -> None:
        inlines: Inlines = (words,) if isinstance(words, str) else words
        made.extend(("[", *inlines, "]") if key in supplied else inlines)

    if work.authors:
        add("authors", names(work.authors))
        _stop(made)
    elif work.editors and work.kind != "archive":
        add("editors", names(work.editors))
        made.append(f", {'eds' if len(work.editors) > 1 else 'ed'}. ")
    title = foreign(work.language, prose.inlines(work.title))
    if work.kind in ("article", "document"):
        closed = plain(title).endswith((".", "?", "!"))
        add("title", ("“", *title, "”" if closed else ".”"))
        made.append(" ")
    else:
        add("title", (Emphasis(title),))
        _stop(made)
    if work.container:
        add("container", (Emphasis(prose.inlines(work.container)),))
        made.append(", " if work.date else ". ")
    if work.editors and (work.authors or work.kind == "archive"):
        made.append("Edited by ")
        add("editors", " and ".join(_spoken(name) for name in work.editors))
        made.append(". ")
    if work.volumes:
        add("volumes", f"{work.volumes} vols." if work.volumes.isdigit() else work.volumes)
        _stop(made)
    _facts(work, made, add)
    if work.note:
        made.extend(prose.inlines(work.note))
    while made and isinstance(made[-1], str) and made[-1] == " ":
        made.pop()
    if made and isinstance(made[-1], str):
        made[-1] = made[-1].rstrip()
    return tuple(made)


_WORD = re.compile(r"[^\W_]+")


def _states(said: str, value: str | tuple[str, ...]) -> bool:
    """Tell whether words state a title or a place as it stands, or all parts of a name."""
    words = _WORD.findall(said)
    if isinstance(value, tuple):
        return set(_WORD.findall(" ".join(value))) <= set(words)
    return f" {' '.join(_WORD.findall(value))} " in f" {' '.join(words)} "


def _facts(work: Work, made: list[Inline], add) -> None:  # type: ignore[no-untyped-def]
    """Add place, publisher and year, with their punctuation."""
    facts = False
    for key, value, join in (
        ("place", work.place, ""),
        ("publisher", work.publisher, ": " if work.place else ""),
        ("year", work.year, ", "),
        ("date", work.date, ", "),
    ):
        if value:
            if facts:
                made.append(join or ", ")
            add(key, value)
            facts = True
    if facts:
        _stop(made)


def _stop(made: list[Inline]) -> None:
    """End a part with one full stop and a space."""
    words = plain(tuple(made)).rstrip()
    closed = words.endswith((".", "?", "!", ".”", ".]"))
    made.append(" " if closed else ". ")
