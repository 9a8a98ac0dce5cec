"""Parallel passages: paragraphs that two articles share, found by shingles of words.

The compiler says what is shared, never who wrote it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from msgspec import Struct

from .document import Article, leaves, plain

SHINGLE = 6  # words in a row
LEAST = 12  # shared words that make a passage
FORMULA = 24  # paragraphs; words that stand in more of them are a formula

_WORD = re.compile(r"[^\W_]+")


class Side(Struct, frozen=True):
    article: str
    block: str


class Parallel(Struct, frozen=True):
    """Two paragraphs, and how many words of the first stand in runs that the second has too."""

    a: Side
    b: Side
    words: int


def parallels(articles: Sequence[Article]) -> tuple[Parallel, ...]:
    """Return the passages that any two articles share, in the order of the first.

    Words that stand in more than `FORMULA` paragraphs are a formula and no passage; so the work
    grows with the text and not with the pairs of articles.
    """
    order = {article.id: n for n, article in enumerate(articles)}
    words = [
        (Side(article.id, id), string)
        for article in articles
        for id, string in _paragraphs(article).items()
    ]
    first: dict[tuple[str, ...], int] = {}  # by shingle, the paragraph in which it stands first
    homes: dict[tuple[str, ...], list[int]] = {}  # all of them, where there are more
    for n, (_, string) in enumerate(words):
        for shingle in _shingles(string):
            if (home := first.setdefault(shingle, n)) != n:
                there = homes.setdefault(shingle, [home])
                if len(there) <= FORMULA and there[-1] != n:
                    there.append(n)
    found: list[Parallel] = []
    ranks_of = [order[side.article] for side, _ in words]
    for (a, string), rank in zip(words, ranks_of, strict=True):
        shared: dict[int, tuple[int, int]] = {}  # where the last run ends; words in all of them
        there_of = (homes.get(shingle, []) for shingle in _shingles(string))
        for there, run in groupby(enumerate(there_of), key=itemgetter(1)):
            if not there or len(there) > FORMULA:
                continue
            places = [n for n, _ in run]
            begin, end = places[0], places[-1]
            for other in there:
                if ranks_of[other] > rank:
                    last, count = shared.get(other, (-SHINGLE, 0))
                    shared[other] = end, count + min(SHINGLE, begin - last) + end - begin
        found += [
            Parallel(a, words[other][0], count)
            for other, (_, count) in shared.items()
            if count >= LEAST
        ]
    ranks = {side: n for n, (side, _) in enumerate(words)}
    return tuple(
        sorted(
            found,
            key=lambda p: (order[p.a.article], order[p.b.article], ranks[p.a], p.b.block),
        )
    )


def _paragraphs(article: Article) -> dict[str, tuple[str, ...]]:
    return {
        id: tuple(w.lower() for w in _WORD.findall(plain(inlines)))
        for id, inlines in leaves(article.blocks)
    }


def _shingles(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[n:] for n in range(SHINGLE)), strict=False)
