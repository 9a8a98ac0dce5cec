"""Prose without a sign of Markdown is what Markdown makes of it, and is not parsed."""

import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leftopp_book import prose
from leftopp_book.document import (
    Block,
    BlockQuote,
    Emphasis,
    Heading,
    Inlines,
    ItemList,
    Link,
    Paragraph,
    Strong,
    plain,
)

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
    for words in ("a_b", "1. One", "- one", "&amp;", "`a`", "<b>"):
        assert prose._is_plain(words)
    for words in ("*My Life*", "one\ntwo", "[a](b)", "a\\b", "a "):
        assert not prose._is_plain(words)


AS_TYPED = (
    *("1927. Printed in London", "---", "#", "1.", "- x", "# x", ">x", "+", "| a | b |", "    x"),
    *("`code`", "```", "_x_", "__x__", "<https://e.org>", "&copy;", "&lt;b&gt;", "<b>x</b>"),
    *("![a](https://e.org)", "[ref][1]", "[ref]: https://e.org", "[a](b)", "[](https://e.org)"),
    *('[a](https://e.org "t")', "[x](javascript:alert(1))", "https://e.org/a*b*c", "5*6*7"),
    *("* x", "**", "2 * 3 * 4", "a\\b", "C:\\", "end\\"),
)


@pytest.mark.parametrize("words", AS_TYPED)
def test_what_is_no_mark_is_printed_as_it_is_typed(words: str) -> None:
    assert plain(prose.inlines(words)) == words.strip()
    assert plain(prose.inlines(f"{words} and *more*")) == f"{words.strip()} and more"
    assert [plain(part) for part in prose.paragraphs(f"One\n\n{words}\n\nTwo")] == [
        *("One", words.strip(), "Two")
    ]


def test_the_marks_of_values() -> None:
    made = prose.inlines("*a* and **b**, [see *it*](https://e.org/a_(b)*c) \\*not\\* this\nor that")
    link = Link("https://e.org/a_(b)*c", ("see ", Emphasis(("it",))))
    assert made == (
        *(Emphasis(("a",)), " and ", Strong(("b",)), ", ", link),
        *(" *not* this", " ", "or that"),
    )


SOME = "ab 1.*#>-+[]()`_~=|&;!\\\n\t"


@given(words=st.text(SOME, max_size=40))
@example("1.\n\n- - a\n> 1. b\n\n#\n\n>\n")
@example("a\n===\n\n    b\n\n```a\n1\n```\n\n[b]: 1 (a)")
def test_no_word_is_lost(words: str) -> None:
    """Letters and figures come out as they went in, in values and in files."""
    letters = re.findall(r"\w", words.replace("_", ""))

    def of(shown: str) -> list[str]:
        return re.findall(r"\w", shown.replace("_", ""))

    assert of(plain(prose.inlines(words))) == letters
    assert of("".join(plain(one) for one in prose.paragraphs(words))) == letters
    title, blocks = prose.blocks(words, "p")
    assert of(title + "".join(words_of(blocks))) == letters


def words_of(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading() | Paragraph():
                yield plain(block.inlines)
            case BlockQuote():
                yield from words_of(block.blocks)
            case ItemList():
                yield from (item.mark + plain(item.inlines) for item in block.items)
            case _:
                raise AssertionError(block)


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
