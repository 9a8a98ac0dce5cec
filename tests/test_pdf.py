"""The typesetter: what it refuses, and the table of lines that it gives back."""

import zlib

import pytest

from leftopp_book.pages import Folio, LaidPart, as_part
from leftopp_book.pdf import LayoutError, Styles, lay_out


def page(body: str) -> str:
    return f"<!DOCTYPE html><html lang='en-GB'><title>t</title><body>{body}</body></html>"


@pytest.mark.parametrize(
    "body",
    [
        "<img src='file:///etc/hostname' alt='x'>",
        "<img src='http://127.0.0.1:9/x.png' alt='x'>",
        "<style>@import 'file:///etc/passwd';</style>",
        "<p style='background: url(data:image/png;base64,AAAA)'>x</p>",
        "<link rel='attachment' href='file:///etc/hostname'>",
    ],
)
def test_nothing_is_fetched_but_the_fonts(styles: Styles, body: str) -> None:
    with pytest.raises(LayoutError, match=r"refused|disallowed|Failed"):
        lay_out(page(body), styles)


WORDS = "The internationalisation of revolutionary considerations, notwithstanding everything. "


def test_lines_count_the_characters_that_were_set(styles: Styles) -> None:
    """However lines and pages break, with or without hyphens, the offsets add up to the text."""
    body = "".join(f"<p id='p{n}'>{WORDS * n}</p>" for n in range(1, 30))
    laid = as_part(lay_out(page(body), styles))
    assert laid.pages > 3
    ink = len(WORDS.replace(" ", ""))
    for n in range(1, 30):
        lines = [line for line in laid.lines if line.block == f"p{n}"]
        assert lines[0].offset == 0
        offsets = [line.offset for line in lines]
        assert offsets == sorted(set(offsets))
        assert ink * (n - 1) < offsets[-1] + 80
        assert offsets[-1] < ink * n


def test_a_note_is_on_the_page_of_its_call_and_found_by_its_anchor(styles: Styles) -> None:
    note = (
        "<a class='call' id='call-n{0}' href='xref:n{0}'>{0}</a>"
        "<span class='note' id='n{0}'><a class='mark' href='xref:call-n{0}'>{0}</a> Note {0}. "
        + WORDS
        + "</span>"
    )
    body = "".join(f"<p id='p{n}'>{WORDS * 4}{note.format(n)}</p>" for n in range(60))
    laid = as_part(lay_out(page(body), styles))
    assert laid.lost_notes == ()
    assert laid.moved_notes == ()
    part = LaidPart("x", laid, 0, Folio(True, 1))
    for n in range(60):
        place = part.find(f"n{n}", 0)
        call = part.find(f"call-n{n}", 0)
        assert place is not None
        assert call is not None
        assert place.folio == call.folio


def test_the_same_html_gives_the_same_bytes(styles: Styles) -> None:
    body = page(f"<h1 id='t'>Title</h1><p id='p'>{WORDS * 40}</p>")
    assert lay_out(body, styles) == lay_out(body, styles)


def test_pages_are_packed_as_usual(styles: Styles) -> None:
    """And not to the last byte, which takes as long again."""
    import pydyf

    lay_out(page("<p>Words.</p>"), styles)
    words = b"1 0 0 1 72 700 cm\n" * 200
    packed = pydyf.Stream([words], compress=True).data
    assert zlib.compress(words) in packed
