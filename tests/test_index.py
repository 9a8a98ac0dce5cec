"""Laws of the index: nothing is left out, nothing is listed twice, everything is in order."""

from collections.abc import Iterable
from importlib import resources
from itertools import pairwise

import pytest
import pyuca
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leftopp_book.citations import page_range
from leftopp_book.document import Article, Kind, Occurrence, Opening, Paragraph
from leftopp_book.filing import filing, sort_key
from leftopp_book.index import (
    MANY,
    Entry,
    Locator,
    Sighting,
    index,
    last_of_range,
    letter,
    locators,
)
from leftopp_book.pages import Folio, Laid, LaidPart, LineStart, PageMap
from leftopp_book.schema import Person
from leftopp_book.text import Source, Text
from shaped import shaped


def sighting(page: int, rank: int, note: str = "", line: int = 1) -> Sighting:
    return Sighting(f"m-{page}-{rank}-{note}", Folio(True, page), rank, "a", line, note)


@st.composite
def walks(draw: st.DrawFn) -> list[Sighting]:
    """Mentions as they come in a book: pages and paragraphs never go back."""
    page, rank, found = draw(st.integers(1, 250)), 0, []
    for n in range(draw(st.integers(0, 20))):
        rank += draw(st.integers(0, 2))
        page += draw(st.sampled_from([0, 0, 1, 1, 2]))
        note = str(n) if draw(st.integers(0, 3)) == 0 else ""
        found.append(replace(sighting(page, rank, note), anchor=f"m{n}"))
    return found


def covered(locator: Locator, folio: Folio) -> bool:
    return locator.first <= folio <= locator.last


# --- Locators -----------------------------------------------------------------------------------


@given(walks())
def test_every_mention_is_found_by_its_page(found: list[Sighting]) -> None:
    made = locators(found)
    for s in found:
        holding = [x for x in made if s.anchor in x.anchors]
        on_page = [x for x in made if covered(x, s.folio)]
        assert len(holding) <= 1
        if s.note:
            assert [x for x in on_page if not x.notes or s.note in x.notes]
        else:
            assert len(holding) == 1
            assert covered(holding[0], s.folio)
            assert not holding[0].notes


@given(walks())
def test_no_locator_without_a_mention(found: list[Sighting]) -> None:
    pages = {s.folio for s in found}
    for locator in locators(found):
        assert locator.anchors
        assert {locator.first, locator.last} <= pages
        assert set(locator.anchors) <= {s.anchor for s in found}


@given(walks())
def test_locators_are_sorted_and_do_not_overlap(found: list[Sighting]) -> None:
    made = locators(found)
    for a, b in pairwise(made):
        assert (a.first, bool(a.notes)) < (b.first, bool(b.notes))
        assert a.last < b.first
    assert len({str(x) for x in made}) == len(made)


@given(walks())
def test_a_range_is_a_discussion_that_runs_on(found: list[Sighting]) -> None:
    text = [s for s in found if not s.note]
    for locator in locators(found):
        inside = [s for s in text if covered(locator, s.folio)] if not locator.notes else []
        for a, b in pairwise(inside):
            if a.folio != b.folio:
                assert b.folio == a.folio.next()
                assert b.rank - a.rank <= 1


@given(walks())
def test_notes_may_come_after_the_text(found: list[Sighting]) -> None:
    parted = sorted(found, key=lambda s: bool(s.note))
    assert locators(parted) == locators(found)


def test_locators_as_printed() -> None:
    found = [sighting(23, 1, "4"), sighting(45, 7), sighting(46, 8), sighting(47, 8)]
    found += [sighting(60, 20, "9"), sighting(60, 20, "10"), sighting(60, 21, "12")]
    assert [str(x) for x in locators(found)] == ["23n4", "45–47", "60nn9–10, 12"]


# --- Ranges and folios --------------------------------------------------------------------------


def test_ranges_of_locators_and_of_citations_follow_one_rule() -> None:
    for a in range(1, 1200):
        for b in range(a + 1, a + 120):
            tail = last_of_range(Folio(True, a), Folio(True, b))
            assert f"{a}–{tail}" == page_range(str(a), str(b))


def test_roman_ranges_are_given_in_full() -> None:
    assert str(Locator(Folio(False, 12), Folio(False, 14), ("x",))) == "xii–xiv"


def test_prelims_come_before_the_body() -> None:
    assert sorted([Folio(True, 1), Folio(False, 12), Folio(False, 2)])[-1] == Folio(True, 1)


# --- Filing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        ["Sedov, Lev", "Sedov, Sergei", "Sedova, Natalia"],
        ["Vandal, John", "Vanden, Peter", "Van der Berg, Mary", "Van Dyck, Anna"],
        ["Oakes, Jane", "Öberg, Karl", "Obolensky, Valerian"],
        ["Antonova, Anna", "Antonov-Ovseenko, Vladimir"],
        ["Dan, Theodor", "d’Aragona, Ludovico", "Deutscher, Isaac"],
        ["Ząbek, Jan", "Zinoviev, Grigory", "Žižka, José"],
        ["Joffe, Adolf", "Joffe, Nadezhda"],
        ["Commune of 9", "Commune of 46", "Commune of 1871"],
    ],
)
def test_filing(headings: list[str]) -> None:
    assert sorted(set(headings), key=filing) == headings


UCA = pyuca.Collator()
CONTRACTIONS = [
    "".join(chr(int(code, 16)) for code in line.partition(";")[0].split())
    for line in (resources.files(pyuca) / f"allkeys-{UCA.UCA_VERSION}.txt").open(encoding="utf-8")
    if line[0] not in "@#\n" and " " in line.partition(";")[0].strip()
]


@given(
    st.lists(
        st.text(max_size=6)
        | st.text(alphabet=st.characters(max_codepoint=0x5FF), max_size=6)
        | st.sampled_from(CONTRACTIONS)
    )
)
def test_strings_sort_as_by_the_whole_table(strings: list[str]) -> None:
    whole = "".join(strings)
    assert sort_key()(whole) == UCA.sort_key(whole)


@given(st.text(alphabet="abcéñ", min_size=1, max_size=6), st.text(alphabet=" -’'", max_size=3))
def test_spaces_hyphens_and_apostrophes_do_not_file(word: str, sign: str) -> None:
    assert filing(word + sign + "z")[0] == filing(word + "z")[0]


@pytest.mark.parametrize(("heading", "group"), [("Öberg", "O"), ("d’Aragona", "D"), ("46", "#")])
def test_the_letter_over_a_group(heading: str, group: str) -> None:
    assert letter(Entry(heading)) == group


# --- The index of a book ------------------------------------------------------------------------


def book(lines: Iterable[tuple[str, int]]) -> tuple[Article, PageMap]:
    """Return an article in which every line is one paragraph that names a person, on a page."""
    pairs = list(lines)
    source = Source("a.txt", "".join(f"{person}\n" for person, _ in pairs))
    words = [text for _, _, text in Text.of(source).lines()]
    article = Article(
        id="a",
        source=source,
        language="",
        title="A",
        short_title="A",
        authors=(),
        opening=Opening("a-title", (), ("A",), False, (), (), ()),
        blocks=tuple(Paragraph(f"a-{n}", (words[n - 1],)) for n in range(1, len(pairs) + 1)),
        notes=(),
        occurrences=tuple(
            Occurrence(person, f"a-{n}-{person}", words[n - 1], Kind.TEXT, f"a-{n}", 0)
            for n, (person, _) in enumerate(pairs, 1)
        ),
        lines=(),
        emended=(),
        changes=(),
    )
    starts = [LineStart(f"a-{n}", 0, page - 1, 1, 0, 0) for n, (_, page) in enumerate(pairs, 1)]
    laid = Laid((), max(page for _, page in pairs), tuple(starts), {}, ())
    return article, PageMap((LaidPart("a", laid, 0, Folio(True, 1)),))


def person(heading: str, **more: object) -> Person:
    return shaped(Person, {"heading": heading, "forms": [heading], **more})


def test_an_entry_for_every_person_mentioned_and_a_see_from_another_name() -> None:
    article, pages = book([("trotsky", 1), ("serge", 1), ("trotsky", 3)])
    people = {
        "trotsky": person("Trotsky, Leon", also=["Bronstein, Lev", "Trotsky, Lev"]),
        "serge": person("Serge, Victor", see_also=["trotsky", "lenin"]),
        "lenin": person("Lenin, Vladimir"),
    }
    entries = index(people, [article], pages)
    assert [(e.heading, e.see, [str(x) for x in e.locators]) for e in entries] == [
        ("Bronstein, Lev", "Trotsky, Leon", []),
        ("Serge, Victor", "", ["1"]),
        ("Trotsky, Leon", "", ["1", "3"]),
    ]
    assert entries[1].see_also == (("trotsky", "Trotsky, Leon"),)  # Lenin is not in the book
    assert entries[2].also == ("Bronstein, Lev", "Trotsky, Lev")


@pytest.mark.parametrize("count", [MANY, MANY + 1])
def test_more_than_six_locators_are_divided_by_topic(count: int) -> None:
    lines = [pair for n in range(count) for pair in (("trotsky", 2 * n + 1), ("serge", 2 * n + 1))]
    article, pages = book(lines)
    topics = [{"topic": "on literature", "in": ["a:1-4"]}, {"topic": "in exile", "in": "a:5-6"}]
    people = {"trotsky": person("Trotsky, Leon", topics=topics), "serge": person("Serge, Victor")}
    trotsky = index(people, [article], pages)[1]
    subentries = [(s.topic, [str(x) for x in s.locators]) for s in trotsky.subentries]
    if count > MANY:
        assert subentries == [("in exile", ["5"]), ("on literature", ["1", "3"])]
        assert [str(x) for x in trotsky.locators] == [str(2 * n + 1) for n in range(3, count)]
    else:
        assert not subentries
        assert len(trotsky.locators) == count
