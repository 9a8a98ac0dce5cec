"""Matter: any stretch of back matter set by itself is as it is in the whole."""

import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leftopp_book import makeup
from leftopp_book.cutting import leaves_of, parted, pieces_of
from leftopp_book.galley import START, Spot, Stretch
from leftopp_book.makeup import make_up, still_good
from leftopp_book.matter import Matter
from leftopp_book.pages import LaidPage, LineStart, ink_set
from leftopp_book.pdf import Styles, lay_out

ROOT = Path(__file__).parent.parent
WORDS = re.findall(
    r"\w+",
    "the winter congress of delegates met in an unheated hall and resolved by considerable "
    "majorities that representation ought to be reorganised notwithstanding objections raised",
)


def document(seed: int, count: int, changed: int = -1) -> str:
    """Return a chronology, textual notes and a list of works that mean nothing."""
    chance = random.Random(seed)

    def words(low: int, high: int) -> str:
        made = [chance.choice(WORDS) for _ in range(chance.randint(low, high))]
        made[0] = made[0].capitalize()
        if len(made) > 4:
            made[2] = f"<em>{made[2]}</em>"
        return " ".join(made) + " &amp; so on."

    def links() -> str:
        return ", ".join(
            f'<a class="locator" href="xref:y{chance.randint(1, 99)}">{chance.randint(1, 99)}</a>'
            for _ in range(chance.randint(1, 4))
        )

    def events() -> Iterator[str]:
        for n in range(count):
            if n % 5 == 0:
                yield f'</section><section class="year">\n<h2 id="year-{n}">{1900 + n}</h2>\n'
            more = " The minutes were lost" if n == changed else ""
            yield f'<p class="event" id="event-{n}">{words(5, 70)}{more} {links()}</p>\n'

    readings = "".join(
        f'<p class="reading" id="reading-{n}">{words(3, 30)}</p>\n' for n in range(count // 4)
    )
    items = "".join(
        f'<li id="item-{n}"><span class="mark">•</span> {words(3, 40)}</li>\n' for n in range(9)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><title>t</title></head>\n'
        '<body class="chronology">\n<section class="apparatus chronology">\n'
        f'<h1 id="title">Chronology</h1>\n<p class="headnote" id="note">{words(20, 30)}</p>\n'
        f"<section>{''.join(events())}</section>\n"
        f'<section class="witness" id="witness"><h2 id="w">Witness</h2>\n{readings}'
        f'<ul class="items">\n{items}</ul>\n</section>\n</section>\n</body>\n</html>'
    )


def seen(pages: list[LaidPage]) -> list[object]:
    """Return what is to be seen of pages; their PDFs differ in the elements around the text."""
    return [
        ([(x.block, x.offset, x.line, round(x.x, 3), round(x.y, 3)) for x in page.lines], page.top)
        for page in pages
    ]


def flat(made: tuple[makeup.Made, ...]) -> list[LaidPage]:
    return [page for one in made for page in one.pages]


@pytest.mark.parametrize("seed", range(3))
def test_pages_made_up_one_by_one_are_those_of_the_whole(
    seed: int, styles: Styles, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = document(seed, 60)
    whole = lay_out(html, styles)
    assert len(whole) > 5
    monkeypatch.setattr(makeup, "WHOLE", 2_500)
    monkeypatch.setattr(makeup, "FEW", 2_500)
    made = make_up(Matter("chronology", html), styles)
    assert seen(flat(made)) == seen(whole)


@pytest.mark.parametrize("seed", range(3))
def test_pages_after_a_change_are_those_of_a_build_from_nothing(seed: int, styles: Styles) -> None:
    before, after = (Matter("x", document(seed, 60, change)) for change in (-1, 25))
    kept = make_up(before, styles)
    assert still_good(before, kept) == kept
    assert still_good(after, kept) == ()
    new = make_up(after, styles, kept)
    assert [page.pdf for page in flat(new)] == [page.pdf for page in flat(make_up(after, styles))]
    assert new[0] is kept[0], "the first page was set again"


def test_pages_are_kept_whatever_comes_to_stand_before_them(styles: Styles) -> None:
    """With a row more the pages fall into step again, and stand from there on."""
    again = 0
    for seed, words in ((1, 8), (2, 60), (3, 100), (4, 25)):
        html = document(seed, 60)
        more = f'<p class="event" id="more">{"a word or two " * words}</p>\n'
        kept = make_up(Matter("x", html), styles)
        before, place, after = html.partition('<p class="event" id="event-12"')
        changed = Matter("x", before + more + place + after)
        made, fresh = make_up(changed, styles, kept), make_up(changed, styles)
        assert made == fresh
        assert make_up(changed, styles, kept, alone=True) == fresh
        inserted = next(
            n for n, x in enumerate(made) if "more" in {y.block for y in x.pages[0].lines}
        )
        again += sum(any(x.pages is y.pages for y in kept) for x in made[inserted + 1 :])
        assert still_good(changed, made) == made
    assert again > 4


def test_the_second_half_is_made_up_beside_the_first(
    styles: Styles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pages begin is foreseen; where it is foreseen wrongly the pages are the same."""
    html = document(7, 90)
    kept = make_up(Matter("x", html), styles)
    before, place, after = html.partition('<p class="event" id="event-3"')
    changed = Matter("x", f'{before}<p class="event" id="more">A row more.</p>\n{place}{after}')
    fresh = make_up(changed, styles)
    helped: list[int] = []

    def beside(work: Callable[[], tuple[object, ...]]) -> Callable[[], tuple[object, ...]]:
        made = work()
        helped.append(len(made))
        return lambda: made

    monkeypatch.setattr(makeup, "aside", beside)
    assert make_up(changed, styles, kept, alone=True) == fresh
    assert helped[0] > 2
    foreseen = Matter.foreseen
    for wrong in (1, 2):
        monkeypatch.setattr(
            Matter, "foreseen", lambda *given, n=wrong: list(foreseen(*given))[n::2]
        )
        assert make_up(changed, styles, kept, alone=True) == fresh


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 40), st.integers(0, 90)), max_size=40),
    st.integers(0, 12),
    st.integers(0, 200),
)
def test_whatever_was_set_foresight_comes_to_an_end(
    lines: list[tuple[int, int, int]], rank: int, offset: int
) -> None:
    """Also where lines stand side by side, in any order, and of leaves that are no more."""
    matter = Matter("x", document(3, 12))
    names = [*matter.homes, "gone"]
    starts = tuple(LineStart(names[n], at, 0, 1, 0, 14.25 * y) for n, y, at in lines)
    page = LaidPage(b"", ("", 0), starts, (), (), {}, "", {})
    places = [Spot(rank, "", offset), *matter.foreseen(Spot(rank, "", offset), [page])]
    assert all(matter.order(a) < matter.order(b) for a, b in pairwise(places))


def test_where_pages_begin_is_foreseen_of_most(styles: Styles) -> None:
    right = wrong = 0
    for seed in (11, 12):
        matter = Matter("x", document(seed, 80))
        made = make_up(matter, styles)
        pages = [page for one in made for page in one.pages]
        for one, then in pairwise(made[1:]):
            there = next(matter.foreseen(one.top.spot, pages))
            right, wrong = right + (there == then.top.spot), wrong + (there != then.top.spot)
    assert right > 9 * wrong


@pytest.mark.parametrize("count", [3, 8, 41])
def test_pages_of_what_has_become_shorter(count: int, styles: Styles) -> None:
    kept = make_up(Matter("x", document(5, 60)), styles)
    shorter = Matter("x", document(5, count))
    assert still_good(shorter, kept) == ()
    new = make_up(shorter, styles, kept)
    assert [page.pdf for page in flat(new)] == [page.pdf for page in flat(make_up(shorter, styles))]


def test_what_is_no_whole_document_is_its_leaves() -> None:
    for html in ('<p id="a">one</p>', '<body><p id="a">one</p>', ""):
        matter = Matter("x", html)
        assert list(matter.homes) == (["a"] if html else [])
        assert matter.html(Stretch(START, matter.end)) == html


def test_a_stretch_stops_before_what_opens_around_its_last_leaf() -> None:
    matter = Matter("x", document(1, 12))
    first = next(rank for leaf, rank in matter.homes.items() if leaf == "year-5")
    words = matter.html(Stretch(START, Spot(first)))
    assert words.count("<section") == words.count("</section>")
    assert 'id="event-4"' in words
    assert "year-5" not in words
    assert not re.search(r"<section[^>]*>\s*</section>\s*</section>\s*</section>\s*</body>", words)
    rest = matter.html(Stretch(Spot(first), matter.end))
    assert 'id="event-5"' in rest
    assert 'id="event-4"' not in rest


def test_all_of_it_is_the_document() -> None:
    html = document(2, 12)
    matter = Matter("x", html)
    assert matter.html(Stretch(START, matter.end)) == html


WRITTEN = st.lists(
    st.sampled_from(
        ("a", "word", "&amp;", " ", "&#x2002;", "<em>", "</em>", "<br/>", "é", "—", "\u2060")
    ),
    max_size=30,
)


def balanced(pieces: list[str]) -> str:
    """Return pieces with every element closed, and none closed that is not open."""
    open_, made = 0, []
    for piece in pieces:
        if piece == "</em>" and not open_:
            continue
        open_ += {"<em>": 1, "</em>": -1}.get(piece, 0)
        made.append(piece)
    return "".join(made) + "</em>" * open_


@given(WRITTEN, st.integers(0, 60))
def test_a_leaf_in_two_has_all_its_characters(words: list[str], ink: int) -> None:
    pieces = pieces_of(f'<p id="x">{balanced(words)}</p>')
    leaf = leaves_of(pieces)[0]
    first, second = parted(pieces, leaf, ink)
    for part in (first, second):
        assert part.count("<em>") == part.count("</em>")

    def plain(part: str) -> str:
        words = re.sub(r"<[^>]*>", "", part).replace("&amp;", "&").replace("&#x2002;", " ")
        return "".join(char for char in words if ink_set(char))

    whole = plain("".join(pieces))
    assert plain(first) + plain(second) == whole
    assert len(plain(first)) == min(ink, len(whole))


def test_leaves_that_hold_others_are_not_cut() -> None:
    pieces = pieces_of('<ul><li id="a"><p id="b">one</p><p id="c">two</p></li></ul>')
    assert [leaf.id for leaf in leaves_of(pieces)] == ["b", "c"]
