"""Furniture: what stands over and under the text of each page, and where it is drawn from."""

from msgspec.structs import replace

from leftopp_book.furniture import Words, guessed, heads_of, kinds_of, wanted
from leftopp_book.pages import (
    Folio,
    Laid,
    LaidPage,
    LaidPart,
    LineStart,
    PageMap,
    as_part,
    ordered,
    sheets,
)

PAGE = LaidPage(b"", ("", 0), (), (), (), {}, "", {})


def part(pages: int) -> Laid:
    return as_part([PAGE] * pages)


def book(*counts: int) -> tuple[LaidPart, ...]:
    return ordered([(f"a{n}", part(count)) for n, count in enumerate(counts)], body=True, sheet=0)


TITLES = {"a0": "One", "a1": "Two"}


def test_openings_have_a_folio_at_the_foot_and_blank_pages_nothing() -> None:
    found = wanted(PageMap(book(3, 2)), TITLES, {}, "The Book")
    assert found == (
        (Words("recto", "drop", "1"),),
        (Words("verso", "head", "The Book"), Words("verso", "folio", "2")),
        (Words("recto", "head", "One"), Words("recto", "folio", "3")),
        (),
        (Words("recto", "drop", "5"),),
        (Words("verso", "head", "The Book"), Words("verso", "folio", "6")),
    )


def test_parts_without_a_title_have_nothing_and_prelims_open_late() -> None:
    prelims = LaidPart("prelims", part(6), 0, Folio(False, 1))
    found = wanted(PageMap((prelims,)), {"prelims": "Contents"}, {"prelims": 4}, "The Book")
    assert found[:4] == ((), (), (), ())
    assert found[4:] == (
        (Words("recto", "drop", "v"),),
        (Words("verso", "head", "The Book"), Words("verso", "folio", "vi")),
    )
    assert wanted(PageMap(book(2)), {}, {}, "The Book") == ((), ())


def test_what_is_guessed_of_a_book_covers_its_back_matter() -> None:
    articles, whole = book(7, 4), book(7, 4, 3, 5, 1)
    titles = {f"a{n}": f"Title {n}" for n in range(5)}
    known = set(guessed(PageMap(articles), titles.values(), "The Book"))
    needed = wanted(PageMap(whole), titles, {}, "The Book")
    assert sheets(whole) > sheets(articles)
    assert {words for own in needed for words in own} <= known


def test_words_are_found_where_they_were_set() -> None:
    words = [
        Words("recto", "folio", "1"),
        Words("verso", "folio", "2"),
        Words("recto", "head", ""),
        Words("recto", "folio", "3"),
        Words("recto", "folio", "1"),
    ]
    kinds = kinds_of(words)
    assert kinds == [("recto", "folio", ["1", "3"]), ("verso", "folio", ["2"])]

    def line(name: str, number: int) -> LineStart:
        return LineStart(name, 0, 0, number, 0, 0)

    rectos = replace(PAGE, lines=(line("recto-folio-1", 1), line("recto-folio-2", 2)))
    versos = replace(PAGE, lines=(line("verso-folio-1", 1),))
    made = heads_of([rectos, PAGE, versos], kinds)
    assert {words: place.number for words, place in made.items()} == {
        words[0]: 0,
        words[3]: 1,
        words[1]: 0,
    }
    assert made[words[1]].page is versos
