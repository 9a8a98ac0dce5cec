"""Parallel passages: paragraphs that two articles share, found by shingles of words.

The compiler says what is shared, never who wrote it first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from .document import Article, leaves, plain

SHINGLE = 6  # words in a row
LEAST = 12  # shared words that make a passage

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Side:
    article: str
    block: str


@dataclass(frozen=True)
class Parallel:
    """Two paragraphs, and how many words of the first stand in runs that the second has too."""

    a: Side
    b: Side
    words: int


def parallels(articles: Sequence[Article]) -> tuple[Parallel, ...]:
    """Return the passages that any two articles share, in the order of the first."""
    words = {article.id: _paragraphs(article) for article in articles}
    found: list[Parallel] = []
    for a, b in combinations([article.id for article in articles], 2):
        homes: dict[tuple[str, ...], set[str]] = {}
        for block, string in words[b].items():
            for shingle in _shingles(string):
                homes.setdefault(shingle, set()).add(block)
        for block, string in words[a].items():
            found += _matches(a, b, block, string, homes)
    return tuple(found)


def _paragraphs(article: Article) -> dict[str, tuple[str, ...]]:
    return {
        id: tuple(w.lower() for w in _WORD.findall(plain(inlines)))
        for id, inlines in leaves(article.blocks)
    }


def _shingles(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [words[i : i + SHINGLE] for i in range(len(words) - SHINGLE + 1)]


def _matches(
    a: str,
    b: str,
    block: str,
    words: tuple[str, ...],
    homes: Mapping[tuple[str, ...], set[str]],
) -> list[Parallel]:
    shared: dict[str, set[int]] = {}
    for i, shingle in enumerate(_shingles(words)):
        for other in homes.get(shingle, ()):
            shared.setdefault(other, set()).update(range(i, i + SHINGLE))
    return [
        Parallel(Side(a, block), Side(b, other), len(places))
        for other, places in sorted(shared.items())
        if len(places) >= LEAST
    ]
