"""The laws of `Text`: it behaves as `re.sub` and never loses its source."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.text import Edit, Source, Text

WORDS = st.text(alphabet="ab \n.’1", max_size=40)
PATTERNS = st.sampled_from(
    [r"a", r"b+", r"a*", r" +", r"\b", r"$", r"^", r"(a)(b)", r"\n", r"(?=b)", r".\n?"]
)
NEW = st.sampled_from(["", "x", "yy", "a", "\n"])


@given(WORDS, st.lists(st.tuples(PATTERNS, NEW), max_size=5))
def test_a_chain_of_substitutions_agrees_with_re(string: str, chain: list[tuple[str, str]]) -> None:
    text, plain = Text.of(Source("t", string)), string
    for pattern, new in chain:
        compiled = re.compile(pattern, re.M)
        text, plain = text.sub(compiled, new, "rule"), compiled.sub(new, plain)
        assert text.string == plain
        assert len(text) == len(plain)


@given(WORDS, st.lists(st.tuples(PATTERNS, NEW), max_size=5))
def test_what_was_changed_can_be_undone(string: str, chain: list[tuple[str, str]]) -> None:
    text = Text.of(Source("t", string))
    for pattern, new in chain:
        text = text.sub(re.compile(pattern, re.M), new, "rule")
        assert text.original == string
        ends = [0, *(run.end for run in text.runs)]
        assert [run.start for run in text.runs] == ends[:-1] or not text.runs


@given(WORDS, PATTERNS, NEW, st.lists(st.integers(0, 40), max_size=4))
def test_pieces_make_the_whole(string: str, pattern: str, new: str, cuts: list[int]) -> None:
    text = Text.of(Source("t", string)).sub(re.compile(pattern, re.M), new, "rule")
    at = sorted({0, len(text), *(cut for cut in cuts if cut <= len(text))})
    pieces = [text.slice(a, b) for a, b in pairwise(at)] or [text]
    assert "".join(piece.string for piece in pieces) == text.string
    assert "".join(piece.original for piece in pieces) == string


@given(WORDS, PATTERNS, NEW)
def test_verbatim_characters_stand_in_the_source_where_their_span_says(
    string: str, pattern: str, new: str
) -> None:
    text = Text.of(Source("t", string)).sub(re.compile(pattern, re.M), new, "rule")
    for run in text.runs:
        assert run.owners or string[run.start : run.end] == run.string
    for i, char in enumerate(text.string):
        span = text.span(i, i + 1)
        assert 0 <= span.start <= span.end <= len(string)
        covering = text.slice(i, i + 1).runs
        if any(run.string == char and not run.owners for run in covering):
            assert string[span.start] == char


def test_every_change_has_its_owners() -> None:
    text = Text.of(Source("t", "a  b"))
    text = text.sub(re.compile("  "), " ", "spaces").edit([Edit(0, 2, "A ", "capital")])
    assert [run.owners for run in text.runs] == [("spaces", "capital"), ()]


def test_it_is_linear() -> None:
    """Twice the text takes at most some four times the runs touched, counted, not timed."""
    text = Text.of(Source("t", "ab " * 50_000)).sub(re.compile("b"), "c", "rule")
    assert len(text.runs) == 100_001
    assert text.sub(re.compile("c "), "d", "rule").string == "ad" * 50_000


@given(st.text(), st.text(), st.text(), st.text(max_size=3))
def test_a_text_put_after_another_keeps_all_places(a: str, gap: str, b: str, between: str) -> None:
    whole = Text.of(Source("x", f"a{a}{gap}b{b}"))
    before, after = whole.slice(0, 1 + len(a)), whole.slice(1 + len(a + gap), len(whole))
    joined = before.followed_by(after, between, "lines joined")
    assert joined.string == f"a{a}{between}b{b}"
    assert joined.original == whole.string


def test_a_span_prints_as_path_line_column() -> None:
    text = Text.of(Source("seeds/x.txt", "one\ntwo three"))
    assert str(text.span(8, 13)) == "seeds/x.txt:2:5"
    assert [(n, at, str(line)) for n, at, line in text.lines()] == [
        (1, 0, "one"),
        (2, 4, "two three"),
    ]
