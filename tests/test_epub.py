"""The EPUB: page breaks to the word, locators in pieces, navigation, metadata, fonts."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from lxml import etree

from leftopp_book.epub import locator_links
from leftopp_book.fonts import fonts, of_characters
from leftopp_book.html import with_breaks

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"
OPF = {"opf": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
NCX = {"n": "http://www.daisy.org/z3986/2005/ncx/"}
XHTML = {"x": "http://www.w3.org/1999/xhtml"}
OPS = "{http://www.idpf.org/2007/ops}type"


# --- Page breaks in the text --------------------------------------------------------------------


def broken(body: str, **breaks: int) -> str:
    """Return a body with its page breaks as |, each block named for the offset of its break."""
    due = {block: [(offset, "7")] for block, offset in breaks.items()}
    xhtml = with_breaks(f"<html><head><title>a b</title></head><body>{body}</body></html>", due)
    within = re.sub(r'<span epub:type="pagebreak"[^>]*id="page-7"[^>]*></span>', "|", xhtml)
    return within.partition("<body>")[2].partition("</body>")[0]


@pytest.mark.parametrize(
    ("offset", "body", "expected"),
    [
        (0, "one two", "|one two"),
        (3, "one two", "one |two"),
        (1, "one two", "one |two"),  # within a word: before the next
        (4, "one two", "one two|"),  # there is no next
        (4, "self-willed men", "self-willed |men"),  # a hard hyphen parts no words
        (4, "here—there", "here|—there"),
        (5, "here—there", "here—|there"),
        (5, "1923–27 or", "1923–|27 or"),
        (3, "one <em>two</em>", "one |<em>two</em>"),  # before the emphasis, not in it
        (6, "one <em>two six</em>", "one <em>two |six</em>"),
        (3, 'one <span id="m"><em>two</em></span>', 'one |<span id="m"><em>two</em></span>'),
        (2, "on<em>ce</em> more", "on<em>ce</em> |more"),
        (3, 'one<a class="call" href="#n">12</a> two', 'one<a class="call" href="#n">12</a> |two'),
        (2, "a &amp; b", "a &amp; |b"),
        (3, "one&#x2002;two", "one&#x2002;|two"),
        (2, "ab<br/>cd", "ab<br/>|cd"),
    ],
)
def test_a_page_break_stands_before_a_word(offset: int, body: str, expected: str) -> None:
    assert broken(f'<p id="p">{body}</p>', p=offset) == f'<p id="p">{expected}</p>'


def test_what_has_no_identifier_counts_for_the_block_around_it() -> None:
    row = '<tr id="r"><td>one</td><td>two</td></tr>'
    assert broken(row, r=3) == '<tr id="r"><td>one</td><td>|two</td></tr>'
    item = '<li id="e">one, <a>2</a><ul><li id="s">two</li></ul></li>'
    assert broken(item, s=0) == item.replace("two", "|two")
    assert broken(item, e=4) == item.replace("<a>2", "|<a>2")


def test_two_pages_that_begin_in_one_block_have_two_breaks() -> None:
    xhtml = with_breaks('<body><p id="p">one two</p></body>', {"p": [(3, "8"), (0, "7")]})
    assert re.findall(r'id="page-(\d)".*?></span>(\w+)', xhtml) == [("7", "one"), ("8", "two")]


# --- The index ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "linked"),
    [
        ("45", "45→a"),
        ("45–47", "45→a – 47→d"),
        ("ix–xi", "ix→a – xi→d"),
        ("45n3", "45n3→b"),
        ("45nn3–4", "45nn3→b – 4→d"),
        ("45nn3, 4", "45nn3→b ,  4→c"),
        ("45nn*, †", "45nn*→a ,  †→a"),
    ],
)
def test_every_number_of_a_locator_has_its_mention(words: str, linked: str) -> None:
    pieces = locator_links(words, "abcd", {"b": "3", "c": "4", "d": "4", "a": "*"} | {"x": "†"})
    assert "".join(piece for piece, _ in pieces) == words
    shown = " ".join(f"{piece}→{anchor}" if anchor else piece for piece, anchor in pieces)
    assert shown == linked


# --- A whole EPUB -------------------------------------------------------------------------------

KEYS = """
contributors:
- {name: Ada Byron, role: editor, file_as: "Byron, Ada"}
- {name: Translators’ Circle, role: translator}
series: {title: Winter Readers, number: 3}
epub: {fonts: true}
format: large-print
"""


def copy(folder: Path, keys: str) -> None:
    """Copy the tiny book's folder and put more keys into its edition file."""
    shutil.copytree(TINY, folder)
    (ROOT / "build").mkdir(exist_ok=True)
    (folder / "build").symlink_to(ROOT / "build")
    edition = folder / "book" / "tiny.yaml"
    edition.write_text(edition.read_text(encoding="utf-8") + keys, encoding="utf-8")


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leftopp_book", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def build(folder: Path, keys: str) -> dict[str, bytes]:
    """Build the tiny book's EPUB with more keys in the edition file; return its files."""
    copy(folder, keys)
    done = run(folder, "build", "--only", "epub")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder / "dist" / "tiny.epub") as archive:
        return {name.removeprefix("EPUB/"): archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return build(tmp_path_factory.mktemp("plain") / "tiny", "")


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return build(tmp_path_factory.mktemp("rich") / "tiny", KEYS)


def metadata(files: dict[str, bytes]) -> list[str]:
    """Return the metadata as lines: what is refined, the property, the value."""
    root: Any = etree.fromstring(files["content.opf"])
    lines = []
    for element in root.find("opf:metadata", OPF):
        name = element.get("property") or element.get("name") or etree.QName(element).localname
        value = element.text or element.get("content", "")
        lines.append(" ".join(filter(None, (element.get("refines", ""), name, value))))
    return lines


def test_the_metadata_say_who_made_the_book(rich: dict[str, bytes]) -> None:
    lines = metadata(rich)
    for line in (
        "creator Anna Smith",
        "#creator-1 role aut",
        "#creator-1 file-as Smith, Anna",
        "contributor Ada Byron",
        "#contributor-1 role edt",
        "#contributor-1 file-as Byron, Ada",
        "contributor Translators’ Circle",
        "#contributor-2 role trl",
        "belongs-to-collection Winter Readers",
        "#series collection-type series",
        "#series group-position 3",
        "source urn:uuid:00000000-0000-4000-8000-000000000001#print",
        "#print source-of pagination",
        "pageBreakSource urn:uuid:00000000-0000-4000-8000-000000000001#print",
        "schema:accessibilityFeature pageBreakMarkers",
        "schema:accessibilityFeature pageNavigation",
        "schema:accessibilityFeature index",
    ):
        assert line in lines
    assert not [line for line in lines if line.startswith("#contributor-2 file-as")]


def test_the_face_is_embedded_only_where_it_is_wanted(
    plain: dict[str, bytes], rich: dict[str, bytes]
) -> None:
    assert not [name for name in plain if name.endswith(".ttf")]
    assert b"@font-face" not in plain["screen.css"]
    assert b"font-family" not in plain["screen.css"]
    css = rich["screen.css"].decode()
    for name in re.findall(r'src: url\("([^"]+)"\)', css):
        font = TTFont(io.BytesIO(rich[name]))
        cmap = font.getBestCmap()
        assert ord("e") in cmap
        assert ord("Ω") not in cmap  # a letter that the book does not have
        assert {"smcp", "onum"} <= {
            r.FeatureTag for r in font["GSUB"].table.FeatureList.FeatureRecord
        }
    families = re.findall(r"([^{}]*)\{[^}]*font-family", css)
    assert [f.strip() for f in families] == ["@font-face"] * 3 + ["body"]  # the reader's wins
    kinds = re.findall(rb'href="\w+\.ttf" id="[\w-]+" media-type="([^"]+)"', rich["content.opf"])
    assert kinds == [b"font/ttf"] * 3


def test_the_ncx_lists_contents_and_pages_in_reading_order(plain: dict[str, bytes]) -> None:
    ncx: Any = etree.fromstring(plain["toc.ncx"])
    orders: dict[str, set[str]] = {}
    for entry in ncx.iterfind(".//*[@playOrder]"):
        source = entry.find("n:content", NCX).get("src")
        orders.setdefault(entry.get("playOrder"), set()).add(source)
    assert all(len(sources) == 1 for sources in orders.values())
    assert sorted(map(int, orders)) == list(range(1, len(orders) + 1))
    pages = ncx.findall("n:pageList/n:pageTarget", NCX)
    shown = [
        (p.get("type"), p.get("value"), p.findtext("n:navLabel/n:text", "", NCX)) for p in pages
    ]
    assert shown[:2] == [("front", "1", "i"), ("front", "3", "iii")]
    assert ("normal", "1", "1") in shown
    assert ncx.find("n:navMap/n:navPoint/n:navPoint", NCX) is not None  # two levels


def test_the_contents_are_those_of_the_print_book(plain: dict[str, bytes]) -> None:
    page: Any = etree.fromstring(plain["contents.xhtml"])
    lines = [" ".join("".join(p.itertext()).split()) for p in page.iterfind(".//x:li/x:p", XHTML)]
    assert lines[0] == "Preface vii"
    assert "Anna Smith" in lines
    assert b'idref="nav"' not in plain["content.opf"]  # it is for the reader's panel


def test_the_index_is_made_of_nested_lists(rich: dict[str, bytes]) -> None:
    page: Any = etree.fromstring(rich["index.xhtml"])
    kinds = {element.get(OPS) for element in page.iter() if element.get(OPS)}
    assert {
        "index",
        "index-headnotes",
        "index-group",
        "index-entry-list",
        "index-entry",
        "index-term",
        "index-locator-list",
        "index-locator",
        "index-locator-range",
        "index-xref-preferred",
    } <= kinds
    for entry in page.iterfind(".//x:li", XHTML):
        assert entry.getparent().get(OPS) == "index-entry-list"
        assert [term.get(OPS) for term in entry].count("index-term") == 1


def test_the_style_sheet_leaves_colour_and_size_to_the_reader() -> None:
    css = re.sub(r"/\*.*?\*/", "", (ROOT / "styles" / "screen.css").read_text(), flags=re.S)
    assert not re.search(r"\bcolor\b|background|#[0-9a-f]{3}|font-family|!important", css)
    assert not re.search(r"\d(?:px|pt|cm|mm)\b", css)


def test_the_epub_has_the_pages_of_the_format_that_the_edition_names(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    copy(folder, "epub: {pages: large-print}\n")
    assert run(folder, "build").returncode == 0
    made = sorted(path.name for path in (folder / "dist").iterdir())
    assert made == [
        "tiny-cover.pdf",
        "tiny-large-print-report.html",
        "tiny-large-print.json",
        "tiny-large-print.pdf",
        "tiny-press.pdf",
        "tiny-report.html",
        "tiny.epub",
        "tiny.json",
        "tiny.pdf",
    ]
    done = run(folder, "proof", "--no-validators", "--rebuild")  # page for page, and again
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("tiny-large-print\n")
    alone = run(folder, "build", "--only", "epub", "--out", tmp_path / "alone")
    assert alone.returncode == 0, alone.stderr
    assert not list((tmp_path / "alone").glob("*.pdf"))
    epub = (tmp_path / "alone" / "tiny.epub").read_bytes()
    assert epub == (folder / "dist" / "tiny.epub").read_bytes()


def test_a_format_for_the_epub_that_does_not_exist_is_told_with_the_nearest(tmp_path: Path) -> None:
    copy(tmp_path / "tiny", "epub: {pages: large-pint}\n")
    done = run(tmp_path / "tiny", "build")
    assert done.returncode == 1
    assert "did you mean “large-print”?" in done.stderr + done.stdout


# --- On a narrow screen -------------------------------------------------------------------------

WIDE = """<html><body><script>
const widths = {};
onload = () => {
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument.documentElement;
    widths[frame.name] = page.scrollWidth - page.clientWidth;
  }
  document.title = JSON.stringify(widths);
};
</script>%s</body></html>"""


def too_wide(files: dict[str, bytes], folder: Path, more: str = "") -> dict[str, int]:
    """Return by how many pixels each document is wider than a screen of 320, in large letters."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with (folder / "screen.css").open("a", encoding="utf-8") as css:
        css.write(f"\nhtml {{ font-size: 24px }}\n{more}\n")
    names = [name for name in files if name.endswith(".xhtml")]
    frames = "".join(
        f"<iframe name='{n}' src='{n}' width='320' height='480'></iframe>" for n in names
    )
    (folder / "all.html").write_text(WIDE % frames, encoding="utf-8")
    options = "--headless --no-sandbox --disable-gpu --allow-file-access-from-files --dump-dom"
    command = [chromium, *options.split(), (folder / "all.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert found, done.stdout[:500] + done.stderr[-500:]
    widths = json.loads(found[1].replace("&quot;", '"'))
    assert len(widths) == len(names)
    return {name: over for name, over in widths.items() if over > 0}


def test_nothing_is_wider_than_a_narrow_screen(rich: dict[str, bytes], tmp_path: Path) -> None:
    assert too_wide(rich, tmp_path) == {}


def test_what_is_too_wide_is_seen(plain: dict[str, bytes], tmp_path: Path) -> None:
    assert "index.xhtml" in too_wide(plain, tmp_path, "h1 { width: 400px }")


def test_the_subset_of_the_face_is_the_same_every_time() -> None:
    faces = fonts(ROOT / "build" / "fonts")
    assert of_characters(faces, frozenset("abc fi")) == of_characters(faces, frozenset("if cba"))
