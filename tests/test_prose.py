"""Prose without a sign of Markdown is what Markdown makes of it, and is not parsed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leftopp_book import prose
from leftopp_book.document import Heading, Inlines

SIGNS = "abc Zé1.,:;-–—+=~#|()/'\"“”’…@$%^{}?\u00a0\u2028\u0301\u200b\ufeff\U0001d400"


def parsed(words: str) -> Inlines:
    is_plain, prose._is_plain = prose._is_plain, lambda words: None  # type: ignore[assignment]
    try:
        return prose.inlines.__wrapped__(words)  # type: ignore[attr-defined, no-any-return]
    finally:
        prose._is_plain = is_plain


@given(words=st.one_of(st.text(SIGNS, max_size=30), st.text(max_size=12)))
@example("https://example.org is where Trotsky wrote, i.e. in 1927: ‘Yes’")
@example("A  line — of words…")
def test_plain_words_are_themselves(words: str) -> None:
    if prose._is_plain(words):
        assert parsed(words) == (words,)


def test_most_words_are_plain() -> None:
    assert prose._is_plain("Stalin’s deputy, 1926–29 (shot in 1938); see below.")
    for words in ("*My Life*", "a_b", "", "1. One", "- one", "one\ntwo", "[a](b)", "&amp;", "a "):
        assert not prose._is_plain(words)


@pytest.mark.parametrize(
    ("signs", "levels"),
    [("# ## ##", [1, 1]), ("# ## ### ##", [1, 2, 1]), ("# # ##", [1, 2]), ("# ### ##", [1, 1]),
     ("## ####", [1, 2])],
)  # fmt: skip
def test_headings_leave_no_level_out(signs: str, levels: list[int]) -> None:
    markdown = "\n\n".join(f"{sign} Words\n\nMore." for sign in signs.split())
    _, blocks = prose.blocks(markdown, "p")
    assert [block.level for block in blocks if isinstance(block, Heading)] == levels


def test_a_title_with_emphasis_is_its_words() -> None:
    assert prose.blocks("# The *Bulletin* of 1929", "p")[0] == "The Bulletin of 1929"
