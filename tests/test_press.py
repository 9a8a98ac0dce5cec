"""The press file of the tiny book: black only, no links, boxes and signatures right, PDF/X-1a."""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from leftopp_book.build import Outcome, Session, build
from leftopp_book.job import Facts, Job
from leftopp_book.outputs import MachineError
from leftopp_book.press import MM, press_ready

TINY = Path(__file__).parent / "tiny"
ROOT = TINY.parent.parent
Make = Callable[[str], tuple[Outcome, Path]]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function that builds the tiny book with more lines in its edition file."""

    def made(more: str) -> tuple[Outcome, Path]:
        root = tmp_path_factory.mktemp("press")
        shutil.copytree(TINY, root, dirs_exist_ok=True)
        (root / "build").symlink_to(ROOT / "build")
        file = root / "book" / "tiny.yaml"
        file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        try:
            return build(Session.open(root, []), ["tiny"], root / "dist"), root / "dist"
        except MachineError as error:
            pytest.skip(f"the typesetter cannot be loaded: {error}")

    return made


@pytest.fixture(scope="module")
def dist(make: Make) -> Path:
    outcome, dist = make("press: {bleed: 3, marks: true, signature: 16, profile: FOGRA47}\n")
    assert not [d for d in outcome.found if d.severity == "error"]
    return dist


def streams(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every page and every form that is drawn."""
    todo: list[Any] = [page.obj for page in pdf.pages]
    while todo:
        item = todo.pop()
        yield item
        resources = item.get("/Resources", {})
        todo += resources.get("/XObject", {}).values()


def operators(pdf: pikepdf.Pdf) -> set[str]:
    found = set()
    for item in streams(pdf):
        whole = pikepdf.Page(item) if item.get("/Type") == "/Page" else item
        found |= {str(step.operator) for step in pikepdf.parse_content_stream(whole)}
    return found


def test_there_is_no_rgb_no_transparency_and_no_mark_for_screens(dist: Path) -> None:
    with pikepdf.open(dist / "tiny-press.pdf") as pdf:
        used = operators(pdf)
        assert not used & {"rg", "RG", "cs", "CS", "sc", "SC", "scn", "SCN", "gs", "sh", "BDC"}
        assert {"g", "Tj", "TJ"} & used
        for item in streams(pdf):
            assert not {"/Annots", "/Group", "/StructParents"} & set(item.keys())
        for key in ("/StructTreeRoot", "/Outlines", "/MarkInfo", "/AcroForm"):
            assert key not in pdf.Root


def test_the_timeline_is_drawn_in_both_files_and_told_to_those_who_do_not_see_it(
    dist: Path,
) -> None:
    with pikepdf.open(dist / "tiny.pdf") as screen:
        figures = [
            item
            for item in screen.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]
        assert [str(figure.Alt) for figure in figures] == [
            "Timeline: entries of the chronology by year, 1931 to 1938; most in 1931 (2)."
        ]
    for name in ("tiny.pdf", "tiny-press.pdf"):
        with pikepdf.open(dist / name) as pdf:
            bars = 0
            for item in streams(pdf):
                whole = pikepdf.Page(item) if item.get("/Type") == "/Page" else item
                bars += sum(
                    str(step.operator) == "re" and [float(v) for v in step.operands][1::2] == [y, h]
                    for step in pikepdf.parse_content_stream(whole)
                    for y, h in ((66, 10), (71, 5))
                )
            assert bars == 2, name


def test_it_says_what_it_is(dist: Path) -> None:
    with pikepdf.open(dist / "tiny-press.pdf") as pdf:
        assert pdf.pdf_version == "1.4"
        assert str(pdf.docinfo["/GTS_PDFXVersion"]) == "PDF/X-1a:2003"
        assert pdf.docinfo["/Trapped"] == pikepdf.Name("/False")
        assert str(pdf.docinfo["/CreationDate"]) == "D:20260101000000Z"
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == pikepdf.Name.GTS_PDFX
        assert str(intent.OutputConditionIdentifier) == "FOGRA47"
        assert str(intent.RegistryName) == "http://www.color.org"
        assert "/ID" in pdf.trailer


def test_boxes_are_nested_and_the_trim_is_the_page(dist: Path) -> None:
    with (
        pikepdf.open(dist / "tiny-press.pdf") as pdf,
        pikepdf.open(dist / "tiny.pdf") as screen,
    ):
        width, height = (float(v) for v in list(screen.pages[0].mediabox)[2:])
        for page in pdf.pages:
            media, bleed, trim = (
                [float(v) for v in page.obj[key]] for key in ("/MediaBox", "/BleedBox", "/TrimBox")
            )
            assert [trim[2] - trim[0], trim[3] - trim[1]] == pytest.approx(
                [width, height], abs=0.01
            )
            for corner in (0, 1):
                assert trim[corner] - bleed[corner] == pytest.approx(3 * MM, abs=0.01)
                assert bleed[corner] > media[corner]
            for corner in (2, 3):
                assert bleed[corner] - trim[corner] == pytest.approx(3 * MM, abs=0.01)
                assert bleed[corner] < media[corner]


def test_pages_fill_signatures_and_the_last_are_blank(dist: Path) -> None:
    press = pypdfium2.PdfDocument(dist / "tiny-press.pdf")
    screen = pypdfium2.PdfDocument(dist / "tiny.pdf")
    assert len(press) % 16 == 0
    assert len(screen) <= len(press) < len(screen) + 16
    for number, page in enumerate(press):
        words = page.get_textpage().get_text_range()
        expected = screen[number].get_textpage().get_text_range() if number < len(screen) else ""
        assert words == expected, number + 1


def test_all_fonts_are_embedded(dist: Path) -> None:
    with pikepdf.open(dist / "tiny-press.pdf") as pdf:
        fonts = [
            font
            for item in streams(pdf)
            for font in item.get("/Resources", {}).get("/Font", {}).values()
        ]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor


def test_the_same_book_gives_the_same_bytes(dist: Path) -> None:
    facts = Facts("T", "A", "P", "D:20260101000000Z")
    job = Job("FOGRA52", 3, True, 4)
    screen = (dist / "tiny.pdf").read_bytes()
    assert press_ready(screen, job, facts) == press_ready(screen, job, facts)


def drawn(content: bytes, resources: pikepdf.Dictionary | None = None) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(100, 100))
    page.obj.Contents = pdf.make_stream(content)
    page.obj.Resources = resources or pikepdf.Dictionary()
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"0 0 5 5 re f", ""),
        (b"0.5 0.5 0.5 rg 0 0 5 5 re f", ""),
        (b"/DeviceCMYK cs 0 0 0 1 scn 0 0 5 5 re f", ""),
        (b"1 0 0 rg 0 0 5 5 re f", "the colour rgb 1 0 0"),
        (b"q /DeviceRGB CS 0 1 0 SCN Q 0 0 5 5 re f", "the colour rgb 0 1 0"),
        (b"0 1 1 0 k 0 0 5 5 re f", "the colour cmyk 0 1 1 0"),
        (b"/Half gs 0 0 5 5 re f", "transparency"),
        (b"/Pattern cs /P scn 0 0 5 5 re f", "a colour of the space Pattern"),
    ],
)
def test_what_is_not_black_is_found_with_its_page(content: bytes, what: str) -> None:
    half = pikepdf.Dictionary(ExtGState=pikepdf.Dictionary(Half=pikepdf.Dictionary(ca=0.5)))
    ready = press_ready(drawn(content, half), Job("FOGRA52"), Facts("T", "A", "P", "D:2026"))
    assert [(fault.page, fault.what) for fault in ready.faults] == ([(1, what)] if what else [])


def test_a_coloured_page_stops_the_build(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    shutil.copytree(ROOT / "styles", tmp_path / "styles")
    (tmp_path / "build").symlink_to(ROOT / "build")
    with (tmp_path / "styles" / "print.css").open("a", encoding="utf-8") as css:
        css.write(".title-page h1 { color: red }\n")
    try:
        outcome = build(Session.open(tmp_path, []), ["tiny"], tmp_path / "dist")
    except MachineError as error:
        pytest.skip(str(error))
    (found,) = [d for d in outcome.found if d.severity == "error"]
    assert found.code == "press-colour"
    assert found.message.startswith("page 3 of the file wants the colour rgb 1 0 0")
    assert outcome.written == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("press: {bleed: -1}\n", "press.bleed: no less than 0 is wanted here, not -1"),
        ("press: {profile: FOGRA93}\n", "did you mean “FOGRA39”?"),
        ("press: {signature: 15}\n", "a leaf has two pages: write 14 or 16"),
        ("cover: {paper: 0}\n", "cover.paper: more than 0 is wanted here, not 0"),
        ("cover: {bleed: -3}\n", "cover.bleed: no less than 0 is wanted here, not -3"),
        ("cover: {blurp: x}\n", "did you mean “blurb”?"),
    ],
)
def test_a_wrong_edition_file_is_told_in_its_place(tmp_path: Path, line: str, words: str) -> None:
    shutil.copytree(TINY, tmp_path / "book")
    file = tmp_path / "book" / "book" / "tiny.yaml"
    lines = file.read_text(encoding="utf-8")
    file.write_text(lines + line, encoding="utf-8")
    (found,) = Session.open(tmp_path / "book", []).report.found
    assert words in found.full()
    assert f"book/tiny.yaml:{lines.count(chr(10)) + 1}:" in found.full()
