"""Faults of pages: every one of them on a page that has it, and none on a page that has not."""

from typing import Any

import pytest

from leftopp_book import pdf
from leftopp_book.faults import Flaw, Line, PageFault, Within, _walk
from leftopp_book.pages import as_part
from leftopp_book.pdf import Styles, lay_out

SENTENCE = "They met in the back room of a shop, and the stove was lit for them all the winter. "


def paragraphs(count: int, prefix: str = "p") -> str:
    return "".join(f"<p id='{prefix}{n}'>{SENTENCE * 4}</p>" for n in range(count))


def faults(styles: Styles, body: str, css: str = "") -> list[PageFault]:
    page = f"<html lang='en-GB'><title>t</title><style>{css}</style><body>{body}</body></html>"
    laid = as_part(lay_out(page, styles))
    last = laid.pages - 1
    # the end of a text may be short
    return [f for f in laid.faults if f.flaw is not Flaw.SHORT_PAGE or f.page < last]


NOTE = "<a class='call' id='call-n1' href='xref:n1'>1</a><span class='note' id='n1'>1 {}</span>"
LONG = "Donaudampfschifffahrtsgesellschaft" * 3


@pytest.mark.parametrize(
    "body",
    [
        paragraphs(40),
        "<h1 id='t'>Title</h1>"
        + "".join(f"<h2 id='h{n}'>On stoves</h2>{paragraphs(3, f'{n}p')}" for n in range(9)),
        "".join(
            f"{paragraphs(n % 4 + 1, f'{n}p')}<blockquote>{paragraphs(2, f'{n}q')}</blockquote>"
            for n in range(9)
        ),
        "".join(
            f"{paragraphs(n % 3 + 1, f'{n}p')}<ul class='items'><li id='l{n}'>{SENTENCE}</li></ul>"
            f"<div class='verse'><p id='v{n}'>Cold the stove</p><p id='w{n}'>And white</p></div>"
            f"<table><tr id='r{n}'><td>oak</td><td>1927</td></tr></table>"
            f"<p class='section-break' id='s{n}'>* * *</p>"
            for n in range(9)
        ),
        paragraphs(2)
        + f"<p id='x'>{SENTENCE * 3}{NOTE.format(SENTENCE)}</p>"
        + paragraphs(30, "q"),
        "<p id='a'>He ran into the street, in to which she had heard them run: to day, today.</p>",
    ],
    ids=["text", "headings", "quotations", "displays", "notes", "words"],
)
def test_pages_as_they_should_be_have_no_fault(styles: Styles, body: str) -> None:
    assert faults(styles, body) == []


@pytest.mark.parametrize(
    ("flaw", "block", "body"),
    [
        (Flaw.OFF_GRID, "p1", "<p id='p0'>One.</p><div style='height: 8px'></div><p id='p1'>Two."),
        (
            Flaw.OFF_GRID,
            "p0",
            f"<p id='p0'>{SENTENCE}<span style='font-size: 30px; line-height: 30px'>O</span> "
            + SENTENCE * 3,
        ),
        (Flaw.HYPHENS, "p", "<p id='p'>" + "<br/>".join(["in‐", "ter‐", "na‐", "tion‐", "al"])),
        (
            Flaw.LONE_HEADING,
            "h",
            paragraphs(2) + "<h2 id='h'>Of stoves</h2><p id='x' style='break-before: page'>Word.",
        ),
        (Flaw.LONE_HEADING, "h", paragraphs(1) + "<h2 id='h'>A heading of <br/>two lines</h2>"),
        (Flaw.LONE_CALL, "p", f"<p id='p'>{SENTENCE}<br/>{NOTE.format('Note.')}</p>"),
        (Flaw.WIDE_WORD, "p", f"<p id='p'>{SENTENCE}{LONG} {SENTENCE}</p>"),
        (Flaw.WIDE_WORD, "p", f"<p id='p' style='overflow-wrap: normal'>{LONG}</p>"),
        (Flaw.WIDE_WORD, "n1", f"<p id='p'>{SENTENCE}{NOTE.format(LONG)}</p>"),
        (
            Flaw.WIDE_BLOCK,
            "",
            "<table><tr id='r'>" + "<td>considerations</td>" * 12 + "</tr></table>",
        ),
        (Flaw.WIDE_BLOCK, "p", "<p id='p'><svg width='900' height='20'><title>t</title></svg></p>"),
        (Flaw.OUTSIDE, "p", "<p id='p' style='margin-left: -40px'>Out it goes.</p>"),
        (Flaw.SHORT_PAGE, "p1", paragraphs(2) + "<p id='x' style='break-before: page'>Word."),
        (Flaw.TALL_NOTES, "", f"<p id='p'>{SENTENCE}{NOTE.format(SENTENCE * 60)}</p>"),
    ],
)
def test_a_fault_is_found_where_it_is(styles: Styles, flaw: Flaw, block: str, body: str) -> None:
    found = [f for f in faults(styles, body) if f.flaw is flaw]
    assert [(f.flaw, f.block) for f in found] == [(flaw, block)]


def test_a_space_that_stands_alone_on_a_line_is_no_word(styles: Styles) -> None:
    narrow = f"<p id='x'>\u2002{LONG} {SENTENCE}</p>"
    (fault,) = faults(styles, narrow, "#x { overflow-wrap: normal; hyphens: none }")
    assert (fault.flaw, fault.words) == (Flaw.WIDE_WORD, LONG)


def test_a_word_that_is_too_wide_is_broken_and_told_whole(styles: Styles) -> None:
    body = f"<p id='p'>{SENTENCE}{LONG} {SENTENCE}</p>"
    words = {f.words for f in faults(styles, body) if f.flaw is Flaw.WIDE_WORD}
    assert all(LONG.startswith(word) for word in words)
    assert all(f.figure == 0 for f in faults(styles, body))  # nothing runs into the margin


def test_three_hyphens_in_succession_are_allowed(styles: Styles) -> None:
    lines = "<br/>".join(["in‐", "cen‐", "di‐", "ary"])
    assert faults(styles, f"<p id='p'>{lines}</p>") == []


def test_facing_pages_stand_on_the_same_lines(styles: Styles) -> None:
    """The lines of a text with everything in it stand on the same heights on all pages."""
    body = "".join(
        f"<h2 id='h{n}'>On stoves</h2>{paragraphs(3, f'{n}p')}"
        f"<blockquote>{paragraphs(3, f'{n}q')}</blockquote>"
        for n in range(8)
    )
    laid = as_part(
        lay_out(f"<html lang='en-GB'><title>t</title><body>{body}</body></html>", styles)
    )
    assert laid.pages > 6
    ys = {round(line.y, 2) for line in laid.lines if not line.block.startswith("h")}
    assert len(ys) <= 33


def test_a_table_of_many_columns_fits_and_tells_the_words_that_it_broke(styles: Styles) -> None:
    cells = "".join(f"<td>{word}</td>" for word in ("Internationalisation", *["Opposition"] * 8))
    body = f"<table class='wide'><tr id='r'>{cells}</tr></table><p id='p'>{SENTENCE}</p>"
    found = faults(styles, body)
    assert {(f.flaw, f.words) for f in found} == {
        (Flaw.WIDE_WORD, "Internationalisation"),
        (Flaw.WIDE_WORD, "Opposition"),
    }


@pytest.mark.parametrize("words", ["A short one.", f"{SENTENCE}There was snow on the road, too."])
def test_the_last_line_of_a_note_is_not_spread_over_the_measure(
    styles: Styles, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also under a paragraph that goes on on the next page, whose own last line is spread."""
    seen: list[Any] = []

    def see(page: Any) -> tuple[PageFault, ...]:
        seen.append(page)
        return ()

    monkeypatch.setattr(pdf, "page_faults", see)
    css = "#p { text-align-last: justify !important }"
    faults(styles, f"<p id='p'>{SENTENCE}{NOTE.format(words)}</p>", css)
    (page,) = seen
    lines = [item for item in _walk(page._page_box, Within()) if isinstance(item, Line)]
    text, note = ([x for x in lines if x.note is kind] for kind in (False, True))
    assert abs(text[-1].right - text[-1].measure) < 1
    assert note[-1].right < note[-1].measure - 100
