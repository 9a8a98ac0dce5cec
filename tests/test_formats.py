"""Formats of the print book: data that is checked, and that the typesetter obeys."""

import shutil
from pathlib import Path

import pytest

from leftopp_book.build import Session, build
from leftopp_book.diagnostics import Report
from leftopp_book.fonts import fonts
from leftopp_book.formats import Format, read_format
from leftopp_book.pages import as_part
from leftopp_book.pdf import Styles, TypesetterError, lay_out
from leftopp_book.schema import EditionFile
from leftopp_book.text import Source
from leftopp_book.yamlfile import load, shape

ROOT = Path(__file__).parent.parent
STYLES = ROOT / "styles"
NAMES = sorted(path.stem for path in (STYLES / "formats").glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_format_that_comes_with_the_program_is_right(name: str) -> None:
    report = Report()
    assert read_format(STYLES, name, report)
    assert report.found == []


def test_a_format_that_does_not_exist_is_told_with_the_nearest() -> None:
    report = Report()
    assert read_format(STYLES, "large-prnt", report) is None
    (found,) = report.found
    assert found.code == "format-unknown"
    assert "large-print" in found.hint


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("trim: [148]", "two lengths"),
        ("trim: [148, 90]", "lines too short"),
        ("trim: [60, 210]", "no room for text"),
        ("trim: [148, 210]\nbleed: 3", "not known"),
    ],
)
def test_a_format_that_cannot_be_is_an_error(tmp_path: Path, keys: str, message: str) -> None:
    (tmp_path / "formats").mkdir()
    file = tmp_path / "formats" / "odd.yaml"
    file.write_text(f"inner: 64\nouter: 72\ntop: 83\nlines: 33\n{keys}\n", encoding="utf-8")
    report = Report()
    assert read_format(tmp_path, "odd", report) is None
    assert message in report.found[0].message


def test_a_page_holds_as_many_lines_as_the_format_says() -> None:
    css = (STYLES / "print.css").read_text(encoding="utf-8")
    form = Format(trim=(120, 180), inner=60, outer=60, top=60, lines=21, scale=1.2)
    styles = Styles(form.page_css() + css, fonts(ROOT / "build" / "fonts"), 1.2)
    body = "".join(f"<p id='p{n}'>word</p>" for n in range(100))
    try:
        html = f"<html lang='en'><title>t</title><body>{body}</body></html>"
        laid = as_part(lay_out(html, styles))
    except TypesetterError as error:
        pytest.skip(str(error))
    pages = [line.page for line in laid.lines]
    assert pages.count(0) == 21
    assert pages.count(1) == 21
    first, last = laid.lines[0], laid.lines[20]
    assert abs((first.y - last.y) - 20 * 19 * 0.75 * 1.2) < 0.1


EDITION = """
title: Stoves
imprint: {publisher: P, year: 2026, identifier: "urn:x:1", modified: 2026-01-01, rights: None.%s}
parts: [{articles: [a]}]
"""


@pytest.mark.parametrize(
    ("imprint", "more", "message"),
    [
        (
            "",
            "cover: {paper: creme 80}",
            "“creme 80” is not a paper that is known here; did you mean “cream 80”?",
        ),
        ("", "cover: {paper: vellum}", "there are: offset 80, offset 90"),
        ("", "face: Garamond", "is not a face that is known here; did you mean “EB Garamond”?"),
        ("", "press: {profile: FOGRA25}", "did you mean “FOGRA52”?"),
        (" , isbn: 978-0-306-40615-8", "", "is 8, but should be 7"),
    ],
)
def test_what_an_edition_asks_for_and_is_not_there(imprint: str, more: str, message: str) -> None:
    report = Report()
    source = Source("book/stoves.yaml", EDITION % imprint + more)
    assert shape(EditionFile, load(source, report), report) is None
    (found,) = report.found
    assert message in f"{found.message}; {found.hint}"
    assert found.span.line > 1


def test_a_paper_has_a_thickness_under_its_name() -> None:
    source = Source("book/stoves.yaml", EDITION % "" + "cover: {paper: cream 80}")
    report = Report()
    edition = shape(EditionFile, load(source, report), report)
    assert edition
    assert edition.cover.paper == 0.12


def test_an_edition_whose_format_does_not_exist_is_told_where_it_says_so(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parent / "tiny", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "book" / "tiny.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "format: a6\n", encoding="utf-8")
    outcome = build(Session.open(tmp_path, []), ["tiny"], tmp_path / "dist")
    (found,) = [d for d in outcome.found if d.code == "format-unknown"]
    assert str(found.span).startswith("book/tiny.yaml:")
    assert "a5" in found.hint
    assert outcome.written == ()
