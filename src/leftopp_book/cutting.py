"""Cutting: words that are written out as HTML, parted so that they go on on another page.

Places are counted as the typesetter counts them: a leaf, and the characters of it that come before,
white space left out. A leaf is an element with an identifier that holds words itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import unescape

from msgspec import Struct

from .pages import ink_set

LEAVES = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
AGAIN = "again"  # the class of an element that goes on from an earlier page
HEAD = "head-of-page"  # of the leaf with which a page begins, and
RUNS_ON = "runs-on"  # of one that began on an earlier page

_TAGS = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([\w:-]+)")
_ID = re.compile(r'\bid="([^"]*)"')
_CLASS = re.compile(r'\bclass="')
_CHARACTER = re.compile(r"&#?\w+;|.", re.S)
_VOID = frozenset(("br", "img", "hr", "meta", "link"))


class Leaf(Struct, frozen=True):
    """A leaf among the pieces of a text, and the start tags of the elements that it stands in."""

    id: str
    start: int  # the piece that is its start tag
    end: int  # the piece after its end tag
    ink: int  # its characters
    heading: bool
    around: tuple[int, ...]  # pieces


def pieces_of(html: str) -> tuple[str, ...]:
    """Return well-formed HTML as words and tags in turn; words come first and last."""
    return tuple(_TAGS.split(html))


def leaves_of(pieces: Sequence[str]) -> tuple[Leaf, ...]:
    """Return the leaves of a text in their order."""
    found: list[Leaf] = []
    around: list[int] = []
    for n, piece in enumerate(pieces):
        if n % 2 == 0 or piece.startswith("<!"):
            continue
        if piece.startswith("</"):
            start = around.pop()
            last = next((leaf for leaf in reversed(found) if leaf.start == start), None)
            if last is None:
                continue
            if last is found[-1]:
                ink = sum(ink_set(unescape(words)) for words in pieces[start + 1 : n : 2])
                found[-1] = Leaf(last.id, start, n + 1, ink, last.heading, last.around)
            else:
                found.remove(last)  # it holds other leaves: those are what is cut
        elif not (piece.endswith("/>") or name_of(piece) in _VOID):
            own = _ID.search(piece)
            if own and name_of(piece) in LEAVES:
                heading = name_of(piece) in HEADINGS
                found.append(Leaf(unescape(own[1]), n, n, 0, heading, tuple(around)))
            around.append(n)
    return tuple(found)


def name_of(tag: str) -> str:
    """Return the name of the element of a tag; nothing for a comment."""
    named = _NAME.match(tag)
    return named[1] if named else ""


def marked(tag: str, *classes: str) -> str:
    """Return a start tag with more classes."""
    words = " ".join(name for name in classes if not re.search(rf"\b{name}\b", tag))
    if not words:
        return tag
    if _CLASS.search(tag):
        return _CLASS.sub(lambda found: f"{found[0]}{words} ", tag, count=1)
    return _NAME.sub(lambda found: f'{found[0]} class="{words}"', tag, count=1)


def unnamed(html: str) -> str:
    """Return an element without its identifier."""
    return _ID.sub("", html, count=1)


def closing(tags: Iterable[str]) -> str:
    """Return the end tags of elements, the last that was opened first."""
    return "".join(f"</{name_of(tag)}>" for tag in reversed(tuple(tags)))


def parted(pieces: Sequence[str], leaf: Leaf, ink: int) -> tuple[str, str]:
    """Return the words of a leaf, without its own tags, before and after so many characters.

    Elements that are open at the cut are closed before it and opened again after it; spaces at the
    seam are dropped.
    """
    open_: list[str] = []
    for n in range(leaf.start + 1, leaf.end - 1):
        piece = pieces[n]
        if n % 2:
            if piece.startswith("</"):
                open_.pop()
            elif not (piece.endswith("/>") or name_of(piece) in _VOID):
                open_.append(piece)
            continue
        size = ink_set(unescape(piece))
        if size <= ink:
            ink -= size
            continue
        at = _cut(piece, ink)
        before = "".join((*pieces[leaf.start + 1 : n], piece[:at].rstrip(), closing(open_)))
        after = "".join((*open_, piece[at:].lstrip(), *pieces[n + 1 : leaf.end - 1]))
        return before, after
    return "".join(pieces[leaf.start + 1 : leaf.end - 1]), ""


def _cut(words: str, ink: int) -> int:
    """Return the place in written-out words before which so many characters stand."""
    for found in _CHARACTER.finditer(words):
        if ink_set(unescape(found[0])):
            if not ink:
                return found.start()
            ink -= 1
    return len(words)
