"""The cover: its spine, its barcode, its words; and the front as the EPUB's cover."""

import re
import shutil
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.build import Session, build
from leftopp_book.cover import (
    LEAD,
    NAMES,
    Design,
    bars,
    check_cover,
    fitted,
    front,
    roll,
    spine_width,
    words_of,
    wrapper,
)
from leftopp_book.coversheet import picture, wrapped
from leftopp_book.diagnostics import Report
from leftopp_book.edition import Edition, assemble
from leftopp_book.fonts import fonts, width_of
from leftopp_book.outputs import MachineError, find_styles
from leftopp_book.pdf import Styles, TypesetterError
from leftopp_book.press import MM

TINY = Path(__file__).parent / "tiny"
ROOT = TINY.parent.parent
ISBN = "978-0-306-40615-7"
TRIM = (148.0, 210.0)
FACES = fonts(ROOT / "build" / "fonts")


def edition(tmp_path: Path, more: str = "", title: str = "") -> Edition:
    root = tmp_path / "book"
    shutil.copytree(TINY, root)
    file = root / "book" / "tiny.yaml"
    text = file.read_text(encoding="utf-8") + more
    text = text.replace("imprint:\n", f"imprint:\n  isbn: {ISBN}\n")
    if title:
        text = text.replace("title: The Winter Congress", f"title: {title}", 1)
    file.write_text(text, encoding="utf-8")
    return assemble(Session.open(root, []).project, "tiny", Report())


@pytest.fixture
def design() -> Design:
    styles = find_styles(TINY)
    css = (styles / "cover.css").read_text(encoding="utf-8")
    return Design(
        styles / "templates", Styles(css, FACES), TRIM, roll(("Quist, Ada", "Cher"), TRIM)
    )


def sheet(book: Edition, pages: int, design: Design) -> tuple[pypdfium2.PdfPage, Report]:
    report = Report()
    try:
        pdf = check_cover(book, wrapped(wrapper(book, pages, design)), report)
    except TypesetterError as error:
        pytest.skip(str(error))
    return pypdfium2.PdfDocument(pdf)[0], report


@pytest.mark.parametrize(
    ("pages", "paper", "width"), [(144, 0.12, 8.64), (96, 0.1, 4.8), (3, 0.1, 0.2), (200, 0.13, 13)]
)
def test_the_spine_is_as_thick_as_the_leaves(pages: int, paper: float, width: float) -> None:
    assert spine_width(pages, paper) == width


def test_a_spine_has_words_from_80_pages_on(tmp_path: Path, design: Design) -> None:
    book = edition(tmp_path)
    for pages, times in ((78, 1), (80, 2)):
        page, _ = sheet(book, pages, design)
        words = " ".join(page.get_textpage().get_text_range().split())
        assert words.count("The Winter Congress") == times
        width = 2 * 148 + spine_width(pages, 0.1) + 6
        assert page.get_width() / MM == pytest.approx(width, abs=0.05)
        assert page.get_height() / MM == pytest.approx(216, abs=0.05)


def test_a_decoder_reads_the_barcode(tmp_path: Path, design: Design) -> None:
    page, report = sheet(edition(tmp_path), 40, design)
    (symbol,) = zxingcpp.read_barcodes(page.render(scale=4).to_pil())
    assert symbol.text == ISBN.replace("-", "")
    assert "EAN13" in str(symbol.format).replace("-", "").replace("_", "")
    assert not report.found


def test_the_symbol_has_its_nominal_size() -> None:
    symbol = bars(ISBN)
    assert symbol.width == pytest.approx(37.29, abs=0.01)
    assert symbol.rects[0][0] == pytest.approx(11 * 0.33)  # the quiet zone
    assert len(symbol.rects) == 30
    assert "".join(digits for _, _, digits in symbol.digits) == ISBN.replace("-", "")


def test_words_that_do_not_fit_the_back_are_told(tmp_path: Path, design: Design) -> None:
    _, report = sheet(edition(tmp_path, f"cover: {{blurb: {'many words ' * 400}}}\n"), 40, design)
    assert [d.code for d in report.found] == ["cover-full"]


ROLLS = {
    "one": ["Li"],
    "few": ["Quist, Ada", "Cher", "Illi, Lil"],
    "many": [f"{name}, {first}" for name in ("Holm", "Quist", "Ililil") for first in "ABCDEFGHIJ"],
    "very many": [f"Antonov-Ovseenko{n}, Vladimir" for n in range(900)],
}


@pytest.mark.parametrize("trim", [TRIM, (105.0, 148.0), (210.0, 297.0)])
@pytest.mark.parametrize("names", ROLLS.values(), ids=list(ROLLS))
def test_the_names_fill_the_front_and_no_more_are_set(
    names: list[str], trim: tuple[float, float]
) -> None:
    made = roll(names, trim)
    words = " ".join(made)
    lines = width_of(FACES, words, "italic.ttf") * NAMES / (trim[0] - 24)
    assert lines * LEAD > trim[1] * 0.48  # lines are stretched, never drawn together
    assert lines * LEAD < trim[1] * 0.48 * 1.8
    assert made == roll([*names, "Zetkin, Clara"], trim) or len(names) < len(made)
    assert roll([], trim) == ()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=200))
def test_whoever_is_named_most_comes_first(times: list[int]) -> None:
    names = [f"Surname{n:03}, Ada" for n in range(len(times))]
    made = roll(names, TRIM, dict(zip(names, times, strict=True)))
    order = [names.index(f"{name.split()[1]}, Ada") for name in made][: len(times)]
    assert order == sorted(range(len(times)), key=lambda n: -times[n])[: len(order)]


LONG = "An Inquiry into the Nature and Causes of the Wealth of Nations and the Poverty of Some"


@pytest.mark.parametrize("title", ["Us", "The Winter Congress", LONG, "Donaudampfschiff" * 4])
def test_a_title_of_any_length_stays_in_its_measure(title: str) -> None:
    made = fitted(title, 126, 67, FACES)
    assert " ".join(made.lines) == title
    assert 6 <= made.size <= 25
    assert len(made.lines) * made.leading <= 67


def test_the_front_is_a_picture_that_is_always_the_same(tmp_path: Path, design: Design) -> None:
    book = edition(tmp_path, title=LONG)
    try:
        png = picture(front(book, design), design.styles)
    except TypesetterError as error:
        pytest.skip(str(error))
    assert png.startswith(b"\x89PNG")
    assert png == picture(front(book, design), design.styles)
    assert LONG in words_of(book, design)


def test_outputs_have_a_cover_for_the_press_and_one_for_screens(tmp_path: Path) -> None:
    edition(tmp_path)
    root = tmp_path / "book"
    (root / "build").symlink_to(ROOT / "build")
    try:
        outcome = build(Session.open(root, []), ["tiny"], tmp_path / "dist")
    except MachineError as error:
        pytest.skip(str(error))
    assert not [d for d in outcome.found if d.severity == "error"]
    with pikepdf.open(tmp_path / "dist" / "tiny-cover.pdf") as pdf:
        (page,) = pdf.pages
        trim = [float(v) for v in page.obj.TrimBox]
        with pikepdf.open(tmp_path / "dist" / "tiny-press.pdf") as inside:
            spine = spine_width(len(inside.pages), 0.1)
        assert (trim[2] - trim[0]) / MM == pytest.approx(2 * 148 + spine, abs=0.05)
        used = {str(step.operator) for step in pikepdf.parse_content_stream(page)}
        assert "k" in used
        assert not used & {"rg", "RG", "cs", "scn", "gs"}
        assert str(pdf.docinfo["/GTS_PDFXVersion"]) == "PDF/X-1a:2003"
    with zipfile.ZipFile(tmp_path / "dist" / "tiny.epub") as epub:
        opf = epub.read("EPUB/content.opf").decode()
        nav = epub.read("EPUB/nav.xhtml").decode()
        document = epub.read("EPUB/cover.xhtml").decode()
        assert epub.read("EPUB/cover.png").startswith(b"\x89PNG")
    assert re.search(r'<item [^>]*href="cover.png"[^>]*properties="cover-image"', opf)
    assert re.search(r'<spine[^>]*>\s*<itemref idref="doc-cover"', opf)
    assert '<meta name="cover" content="cover-image"/>' in opf
    assert 'epub:type="cover" href="cover.xhtml"' in nav
    assert '<img src="cover.png" alt="Cover: The Winter Congress' in document
    assert 'role="doc-cover"' in document
