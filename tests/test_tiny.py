"""A tiny complete book: its record and the text of every page, as they were last accepted."""

import json
import re
import textwrap
from pathlib import Path

import pypdfium2
import pytest

from conftest import Agree
from leftopp_book import composing
from leftopp_book.build import Session
from leftopp_book.checks import check
from leftopp_book.composing import ComposingRoom
from leftopp_book.diagnostics import Report
from leftopp_book.edition import Edition, assemble
from leftopp_book.fonts import fonts
from leftopp_book.formats import Format, read_format
from leftopp_book.join import join
from leftopp_book.kept import Kept
from leftopp_book.outputs import PROGRAM, find_styles
from leftopp_book.pdf import Styles, TypesetterError
from leftopp_book.progress import Progress
from leftopp_book.record import as_json, make_record
from leftopp_book.typeset import Press, Printed, typeset
from leftopp_book.workers import Workers

TINY = Path(__file__).parent / "tiny"
GOLDEN = TINY / "golden"
ROOT = TINY.parent.parent


@pytest.fixture(scope="module")
def tiny() -> Edition:
    session = Session.open(TINY, [])
    report = Report()
    edition = assemble(session.project, "tiny", report)
    check([edition], session.project, report)
    assert [str(d) for d in session.findings(report, [edition])] == []
    return edition


@pytest.fixture(scope="module")
def printed(tiny: Edition, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """Return the book as printed; skip where the libraries of the typesetter are missing."""
    folder = find_styles(TINY)
    form = read_format(folder, "a5", Report())
    assert form
    css = form.page_css() + (folder / "print.css").read_text(encoding="utf-8")
    styles = Styles(css, fonts(ROOT / "build" / "fonts"))
    report = Report()
    try:
        book = typeset(tiny, press(folder, styles, form, tmp_path_factory.mktemp("cold")), report)
    except TypesetterError as error:
        pytest.skip(f"the typesetter cannot be loaded, so nothing was printed: {error}")
    assert [str(d) for d in report.sorted()] == []
    return book


def pdf_of(book: Printed) -> bytes:
    return join(book.pages.parts, book.whole, fonts(ROOT / "build" / "fonts").data())


def press(folder: Path, styles: Styles, form: Format, standing: Path, workers: int = 1) -> Press:
    room = ComposingRoom(styles, Kept(standing, styles.key), Workers(workers), Progress())
    return Press(folder / "templates", room, form, PROGRAM)


def pages(pdf: bytes) -> list[str]:
    """Return the words of every page, wrapped anew: where its lines ended says nothing here."""
    document = pypdfium2.PdfDocument(pdf)
    found = []
    for page in document:
        string = page.get_textpage().get_text_range()
        string = re.sub(r"(?:\ufffe|\x02|\xad|\u2010)\s*", "", string)
        found.append(textwrap.fill(" ".join(string.split()), 100))
    return found


def test_the_record(tiny: Edition, printed: Printed, agree: Agree) -> None:
    agree(GOLDEN / "tiny.json", as_json(make_record(tiny, printed, [])).decode())


def test_the_text_of_every_page(printed: Printed, agree: Agree) -> None:
    parts = [
        f"=== sheet {number}\n{words}\n" for number, words in enumerate(pages(pdf_of(printed)), 1)
    ]
    agree(GOLDEN / "pages.txt", "\n".join(parts))


def test_the_record_says_what_the_articles_say(tiny: Edition, printed: Printed) -> None:
    """The record is JSON, of plain values, and has every article, person, work and event."""
    record = json.loads(as_json(make_record(tiny, printed, [])))
    assert record["record"] == 1
    assert [a["id"] for a in record["articles"]] == ["stoves", "chairs"]
    assert {p["id"] for p in record["people"]} == tiny.people.keys()
    assert len(record["works"]) == len(record["chronology"]) == 3
    for article in record["articles"]:
        source = tiny.article(article["id"]).source
        lines = [n for n in range(1, source.line_count + 1) if source.line(n).strip()]
        assert [line["line"] for line in article["lines"]] == lines


def test_every_locator_is_a_page_with_the_name_on_it(printed: Printed) -> None:
    words = pages(pdf_of(printed))
    for entry in printed.index:
        surname = entry.heading.split(",")[0]
        for locator in entry.locators:
            sheet = printed.prelims + locator.first.number - 1
            assert surname in words[sheet], (entry.heading, str(locator))


def test_typesetting_twice_gives_the_same_bytes(
    tiny: Edition, printed: Printed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cold by two processes, then out of standing type, which is not set again."""
    folder = find_styles(TINY)
    form = read_format(folder, "a5", Report())
    assert form
    css = form.page_css() + (folder / "print.css").read_text(encoding="utf-8")
    styles = Styles(css, fonts(ROOT / "build" / "fonts"))
    again = typeset(tiny, press(folder, styles, form, tmp_path, workers=2), Report())
    assert pdf_of(again) == pdf_of(printed)
    monkeypatch.setattr(composing, "set_whole", None)
    monkeypatch.setattr(composing, "make_up", None)
    warm = typeset(tiny, press(folder, styles, form, tmp_path), Report())
    assert pdf_of(warm) == pdf_of(printed)


def test_the_imprint_stands_at_the_foot_of_its_page(printed: Printed) -> None:
    """Its last line, of 15 px, ends where the last line of a full page ends."""
    page = pypdfium2.PdfDocument(pdf_of(printed))[3]
    words = page.get_textpage()
    assert "Set in EB Garamond" in words.get_text_range()
    lowest = min(words.get_charbox(n, loose=True)[1] for n in range(words.count_chars()))
    foot = (793.7 - 83 - 33 * 19) * 0.75  # pt above the edge of an A5 page
    assert -1 < lowest - foot < 3
