"""The finder of names: one alternation, built from a trie, that does what a plain one would."""

import re

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.diagnostics import Report
from leftopp_book.names import Names, alternation, name_like
from leftopp_book.schema import House, Person
from leftopp_book.text import Source, Text
from shaped import shaped

WORDS = st.lists(st.text(alphabet="abA.’- (", min_size=1, max_size=6), min_size=1, max_size=12)
STRINGS = st.text(alphabet="abA.’- (c", max_size=60)


def plain(words: list[str]) -> str:
    """A plain alternation, longest word first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w)))


@given(WORDS, STRINGS)
def test_the_trie_finds_what_a_sorted_alternation_finds(words: list[str], string: str) -> None:
    trie = re.compile(rf"(?<!\w)(?:{alternation(words)})(?!\w)")
    sorted_words = re.compile(rf"(?<!\w)(?:{plain(words)})(?!\w)")
    assert [m.span() for m in trie.finditer(string)] == [
        m.span() for m in sorted_words.finditer(string)
    ]


@given(WORDS)
def test_every_word_is_matched_as_a_whole(words: list[str]) -> None:
    pattern = re.compile(alternation(words))
    assert all(pattern.fullmatch(word) for word in words)


def test_no_branch_of_the_trie_begins_like_another() -> None:
    """So the engine never goes back: at every character at most one branch can go on."""
    words = [f"{a}{b}{c}" for a in "abcd" for b in "abcd" for c in ("", "x", "xy")]
    for group in re.findall(r"\(\?:([^()]*)\)", alternation(words)):
        firsts = [branch[0] for branch in group.split("|")]
        assert len(firsts) == len(set(firsts))


def test_the_alternation_grows_with_the_letters_and_not_with_the_pairs() -> None:
    few, many = ([f"Person Number {n}" for n in range(count)] for count in (100, 1000))
    assert len(alternation(many)) < 12 * len(alternation(few))
    assert len(alternation(many)) < sum(map(len, many))


def people(**forms: list[object]) -> dict[str, Person]:
    return {
        name: shaped(Person, {"heading": name, "forms": given}) for name, given in forms.items()
    }


@given(
    st.lists(
        st.sampled_from(["Lev Sedov", "Sedov", "Sedova", "Lev", "and", "’s", "."]), max_size=15
    )
)
def test_mentions_do_not_overlap_and_are_words_of_the_register(words: list[str]) -> None:
    names = Names.of(people(lev=["Lev Sedov", "Lev"], natalia=["Sedova"], name=["Sedov"]), House())
    text = Text.of(Source("t", " ".join(words)))
    found = names.find(text, "a", Report())
    done = 0
    for f in found:
        assert f.start >= done
        done = f.end
        assert text.string[f.start : f.end] in names.forms
        assert not text.string[f.start - 1 : f.start].isalnum() or f.start == 0
        assert not text.string[f.end : f.end + 1].isalnum()
    assert list(name_like(text, found, names)) == []


def test_nothing_is_found_in_a_title() -> None:
    names = Names.of(people(stalin=["Stalin"]), House())
    text = Text.of(Source("t", "In Stalin: A Life he is Stalin."))
    assert [f.start for f in names.find(text, "a", Report(), beyond=(range(3, 17),))] == [24]


def test_an_empty_register_finds_nothing() -> None:
    names = Names.of({}, House())
    text = Text.of(Source("t", "They met Ivar Holm."))
    assert names.find(text, "a", Report()) == ()
    assert [words for words, _, _ in name_like(text, (), names)] == ["Ivar Holm"]
