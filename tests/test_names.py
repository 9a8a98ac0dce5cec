"""The finder of names, which does what an alternation of all forms would."""

import re

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.diagnostics import Report
from leftopp_book.names import Names, name_like
from leftopp_book.schema import House, Person
from leftopp_book.text import Source, Text
from shaped import shaped

WORDS = st.lists(st.text(alphabet="abA.’- (“é", min_size=1, max_size=6), min_size=1, max_size=12)
STRINGS = st.text(alphabet="abA.’- (c“é\n", max_size=60)


def plain(words: list[str]) -> str:
    """A plain alternation, longest word first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w)))


@given(WORDS, STRINGS)
def test_the_finder_finds_what_a_sorted_alternation_finds(words: list[str], string: str) -> None:
    names = Names(dict.fromkeys(words, ()))
    pattern = re.compile(rf"(?<!\w)(?:{plain(words)})(?!\w)")
    assert names.spelt(string) == tuple(
        (m[0], m.start(), m.end()) for m in pattern.finditer(string)
    )


@given(WORDS)
def test_every_form_is_found_where_it_stands_alone(words: list[str]) -> None:
    names = Names(dict.fromkeys(words, ()))
    assert all(names.spelt(word)[0] == (word, 0, len(word)) for word in words)


def test_a_form_that_the_end_of_the_text_cuts_off_is_none() -> None:
    names = Names({"Leon": (), "Leon Sedov": ()})
    assert names.spelt("Leon") == (("Leon", 0, 4),)
    assert names.spelt("Leon Sed") == (("Leon", 0, 4),)


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
