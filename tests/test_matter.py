"""Matter: rows set by themselves and put on pages by arithmetic are where WeasyPrint puts them."""

import io
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from leftopp_book import backmatter
from leftopp_book.backmatter import Layout, set_rows_of
from leftopp_book.kept import Kept
from leftopp_book.matter import Matter
from leftopp_book.pages import LaidPage
from leftopp_book.pdf import Styles, lay_out
from leftopp_book.rowsetter import set_rows
from leftopp_book.slips import NotLinesError, Slips
from leftopp_book.workers import Workers


def rows_set(*given: Any) -> tuple[LaidPage, ...]:
    """Set rows as a process does that is asked to."""
    with Workers(1) as workers:
        return workers.submit(set_rows_of, *given).result()


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


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "kept", "key")


def seen(pages: list[LaidPage]) -> list[object]:
    """Return what a page tells of itself, but for its PDF."""
    return [
        (
            [(x.block, x.offset, x.line, round(x.x, 2), round(x.y, 2)) for x in page.lines],
            page.top,
            page.first_words,
            page.faults,
            round(page.room, 2),
        )
        for page in pages
    ]


def told(page: LaidPage) -> tuple[object, ...]:
    """Return what the PDF of a page tells: elements, words by their elements, links."""
    with pikepdf.open(io.BytesIO(page.pdf)) as source:
        boxes = [
            (str(link.A.URI), sorted(round(float(edge), 1) for edge in link.Rect))
            for link in source.pages[0].get("/Annots", [])
        ]
        shown = re.findall(rb"\[[^]]*\] TJ", source.pages[0].Contents.read_bytes())
        return element(source.Root.StructTreeRoot.K[0]), boxes, len(shown)


def element(one: Any) -> tuple[object, ...]:
    """Return an element with all that is in it, but for such as are empty."""
    kids: list[object] = []
    for kid in one.K:
        if not isinstance(kid, pikepdf.Dictionary):
            kids.append(int(kid))
        elif kid.get("/Type") == "/OBJR":
            kids.append(str(kid.Obj.A.URI))
        elif (inner := element(kid))[1:]:
            kids.append(inner)
    return str(one.S), *kids


@pytest.mark.parametrize("seed", range(8))
def test_pages_are_those_that_weasyprint_makes(
    seed: int, styles: Styles, layout: Layout, kept: Kept
) -> None:
    html = document(seed, 60)
    whole = lay_out(html, styles)
    assert len(whole) > 5
    made = list(rows_set(Matter("chronology", html), layout, styles, kept))
    assert seen(made) == seen(whole)
    for own, its in zip(made, whole, strict=True):
        assert told(own) == told(its)
        for name, glyphs in its.glyphs.items():  # a row in two has all of its on both pages
            assert glyphs.cut == own.glyphs[name].cut
            assert glyphs.used.items() <= own.glyphs[name].used.items()


def test_anchors_are_where_rows_begin(styles: Styles, layout: Layout, kept: Kept) -> None:
    made = rows_set(Matter("x", document(1, 30)), layout, styles, kept)
    pages = {name: page for page in reversed(made) for name in page.anchors}
    assert {"title", "note", "year-0", "event-29", "witness", "w", "item-8"} <= pages.keys()
    first = next(line for line in pages["w"].lines if line.block == "w")
    assert pages["w"].anchors["witness"] == pages["w"].anchors["w"] == (first.x, first.y)


@pytest.mark.parametrize("seed", range(4))
def test_pages_after_changes_are_those_of_a_build_from_nothing(
    seed: int, styles: Styles, layout: Layout, kept: Kept, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    html = document(seed, 40)
    rows = re.findall(r'<(?:p class="event"|p class="reading"|li).*?</(?:p|li)>\n', html)
    for step in range(6):
        for n, place in enumerate(chance.sample(rows, 4)):
            if place not in html:
                continue
            more = f'<p class="event" id="more-{step}-{n}">{"a word " * (9 * step)}</p>\n'
            new = chance.choice(("", more + place, place + more, place.replace("the", "an")))
            html = html.replace(place, new)
        made = rows_set(Matter("x", html), layout, styles, kept)
        fresh = rows_set(Matter("x", html), layout, styles, Kept(tmp_path / f"{step}", "key"))
        assert made == fresh


def test_only_rows_that_changed_are_set(
    styles: Styles, layout: Layout, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_: list[list[str]] = []

    def counted(html: str, styles: Styles) -> Slips:
        made = set_rows(html, styles)
        set_.append([slip.id for slip in made.slips])
        return made

    monkeypatch.setattr(backmatter, "set_rows", counted)
    before = rows_set(Matter("x", document(3, 40)), layout, styles, kept)
    after = rows_set(Matter("x", document(3, 40, 26)), layout, styles, kept)
    assert set_[1] == ["event-25", "event-26"], "with the one before it, which tells the space"
    assert after[0] == before[0]
    assert before != after
    rows_set(Matter("x", document(3, 40, 26)), layout, styles, kept)
    assert len(set_) == 2
    monkeypatch.setattr(backmatter, "MANY_ROWS", 7)
    by_few = rows_set(Matter("x", document(3, 40)), layout, styles, Kept(kept.folder, "other"))
    assert by_few == before


@pytest.mark.parametrize(
    "odd",
    [
        "<table><tr><td>a cell</td></tr></table>",
        '<p id="odd" style="border-bottom: 1px solid">with a rule</p>',
        '<p id="odd" style="background: #eee">on a ground</p>',
        '<p id="odd" style="break-before: page">on a page of its own</p>',
        '<div style="break-inside: avoid"><p id="odd">together</p><p id="too">too</p></div>',
        '<p id="odd"><span style="float: left">apart</span> from the line</p>',
        '<p id="odd"><svg width="9" height="9" opacity="0.5"><rect width="9"/></svg></p>',
        '<div id="odd" style="columns: 2">in columns</div>',
        "<p>without a name</p>",
        "<p id='odd'>with a name in other marks</p>",
        "words alone",
        "<hr/>",
        '<li id="odd">one <p>two</p></li>',
    ],
)
def test_what_is_more_than_lines_is_set_as_a_whole(
    odd: str, styles: Styles, layout: Layout, kept: Kept
) -> None:
    html = document(1, 12).replace('<section class="witness"', f'{odd}<section class="witness"')
    made = rows_set(Matter("x", html), layout, styles, kept)
    assert seen(list(made)) == seen(lay_out(html, styles))
    assert [page.pdf for page in made] == [page.pdf for page in lay_out(html, styles)]


def test_a_row_that_is_hidden_is_not_there(styles: Styles, layout: Layout, kept: Kept) -> None:
    html = document(1, 12).replace('id="event-3"', 'id="event-3" style="display: none"')
    for _ in range(2):
        made = rows_set(Matter("x", html), layout, styles, kept)
        assert seen(list(made)) == seen(lay_out(html, styles))


def test_a_row_longer_than_a_page_goes_on(styles: Styles, layout: Layout, kept: Kept) -> None:
    html = document(2, 9).replace("</p>", f" {'more of the same words ' * 400}</p>", 4)
    made = list(rows_set(Matter("x", html), layout, styles, kept))
    assert seen(made) == seen(lay_out(html, styles))
    for own, its in zip(made, lay_out(html, styles), strict=True):
        assert told(own) == told(its)


def test_rows_and_what_they_stand_in() -> None:
    rows = Matter("x", document(1, 12)).rows
    by_id = {row.id: row for row in rows}
    assert [name for _, name in by_id["item-2"].around] == ["", "witness", ""]
    assert by_id["event-1"].around == by_id["event-2"].around != by_id["event-6"].around
    with pytest.raises(NotLinesError):
        _ = Matter("x", '<p id="a">one</p> two <p id="b">three</p>').rows
    for html in ('<p id="a">one</p>', '<body><p id="a">one</p>', ""):
        assert [row.id for row in Matter("x", html).rows] == (["a"] if html else [])
    nested = '<div id="a"><div id="b">one<br/>two</div><div></div><h2 id="c">four</h2></div>'
    assert [row.id for row in Matter("x", nested).rows] == ["b", "c"]


def test_a_row_is_known_by_its_words_and_the_kind_of_the_row_before() -> None:
    html = document(1, 12)
    keys = {row.id: row.key for row in Matter("x", html).rows}
    other = html.replace('<p class="event" id="event-3">', '<p class="event" id="event-3">More ')
    changed = {row.id for row in Matter("x", other).rows if row.key != keys[row.id]}
    assert changed == {"event-3"}
    other = html.replace('<p class="event" id="event-3"', '<p class="work" id="event-3"')
    changed = {row.id for row in Matter("x", other).rows if row.key != keys[row.id]}
    assert changed == {"event-3", "event-4"}


@pytest.mark.parametrize("words", ["Ελλάς, χίλια", "1926–\u206027", "plain words", "Мир и хлеб"])
def test_every_row_knows_of_all_glyphs_that_it_uses(styles: Styles, words: str) -> None:
    row = "<p class='event' id='event-{}'>{}</p>"
    html = document(1, 1).split("<p class=")[0] + "".join(row.format(n, words) for n in range(3))
    made = set_rows(f"{html}</section></body></html>", styles)
    known = [
        {text for glyphs in slip.glyphs.values() for _, text in glyphs.used.values()}
        for slip in made.slips
        if slip.id.startswith("event")
    ]
    assert known[0] >= set(words) - {"\u2060"}
    assert known == [known[0]] * 3
