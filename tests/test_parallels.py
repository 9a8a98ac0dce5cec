"""Parallel passages, against a count of every word that stands in a shared run."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leftopp_book.build import Session
from leftopp_book.diagnostics import Report
from leftopp_book.document import Article, Paragraph
from leftopp_book.edition import assemble
from leftopp_book.parallels import LEAST, SHINGLE, parallels

TINY = Path(__file__).parent / "tiny"
ARTICLE = assemble(Session.open(TINY, []).project, "tiny", Report()).articles[0]
PARAGRAPH = next(block for block in ARTICLE.blocks if isinstance(block, Paragraph))


def article(id: str, words: list[str]) -> Article:
    paragraph = replace(PARAGRAPH, id=f"{id}-1", inlines=(" ".join(words),))
    return replace(ARTICLE, id=id, blocks=(paragraph,))


def shared(here: list[str], there: list[str]) -> int:
    """Return how many words of a text stand in runs that another has."""
    runs = {tuple(there[i : i + SHINGLE]) for i in range(len(there) - SHINGLE + 1)}
    places: set[int] = set()
    for i in range(len(here) - SHINGLE + 1):
        if tuple(here[i : i + SHINGLE]) in runs:
            places |= set(range(i, i + SHINGLE))
    return len(places)


WORDS = st.lists(st.sampled_from(["oak", "ash"]), max_size=60)


@given(WORDS, WORDS)
def test_every_word_of_a_shared_run_counts_once(here: list[str], there: list[str]) -> None:
    found = parallels([article("a", here), article("b", there)])
    count = shared(here, there)
    assert [p.words for p in found] == ([count] if count >= LEAST else [])
