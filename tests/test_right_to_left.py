"""Words from right to left: set in companions of the book face, read back in their order."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import unicodedata
import zipfile
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from fontTools.ttLib import TTFont

from leftopp_book import read_pdf
from leftopp_book.characters import unseen
from leftopp_book.clean import clean
from leftopp_book.dress import opened
from leftopp_book.fonts import COMPANIONS, CUTS, characters, companions, fonts, letters
from leftopp_book.html import spoken
from leftopp_book.join import _told_apart
from leftopp_book.reading import differences, ink, points
from leftopp_book.tagging import NOTHING, meaning
from leftopp_book.text import Source, Text

ROOT = Path(__file__).parent.parent
HEBREW, ARABIC = "דער קאַמף", "المعارضة اليسارية"
TEXT = f"""The Bulletin in Other Letters

By Ivar Holm

The bulletin was also printed in Yiddish, under the title {HEBREW} (The Struggle), and a leaflet in
Hebrew, שלום עולם, was handed out in Jaffa in 1929.[1] A word with points, בְּרֵאשִׁית, stands here
too; and so does ליאָן טראָצקי, whose name the register has, in brackets (לייב דאַווידאָוויטש, he
was called) and “שלום” in quotation marks. Beside them stand numbers: שלום, 1929–31; לייב
(1879–1940), לייב 1879–1940, (שלום) [שלום] – שלום! א–ת.

In Arabic the word is {ARABIC}, with its letters joined, “لا” a ligature, and figures run the other
way in it: عام 1927 م, and so on to the end; المعارضة (1923–1927), أغلالكم has a lam in two pieces.

דעוה: دعوة إلى العمال والفلاحين في جميع البلدان: اتحدوا، فليس لديكم ما تخسرونه سوى أغلالكم وأمامكم
عالم تكسبونه، هذا ما قالته النشرة في عددها الأول من عام 1929 في القاهرة.

Notes

1. Printed by the {HEBREW} press, Jaffa 1929, 12–14; المطبعة, Cairo 1930.
"""
PEOPLE = "trotsky:\n  heading: Trotsky, Leon\n  forms: [ליאָן טראָצקי]\n"


def leftopp(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "leftopp_book", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    if "a library of the typesetter is missing" in done.stderr:
        pytest.skip("the typesetter cannot be loaded")
    return done


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("letters")
    (folder / "bulletin.txt").write_text(TEXT.replace("\n", " ").replace("  ", "\n\n"), "utf-8")
    assert leftopp("new", "book", "bulletin.txt", cwd=folder).returncode == 0
    root = folder / "book"
    with (root / "book" / "people.yaml").open("a", encoding="utf-8") as people:
        people.write(PEOPLE)
    with (root / "book" / "book.yaml").open("a", encoding="utf-8") as edition:
        edition.write("epub: {fonts: true}\n")
    done = leftopp("build", "--press", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "glyph-missing" not in leftopp("check", cwd=root).stderr
    return root


def test_the_finished_book_is_proven(book: Path) -> None:
    done = leftopp("proof", cwd=book)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " false" not in done.stdout


def test_words_and_names_are_where_they_are_read(book: Path) -> None:
    paper = read_pdf.read_pdf(book / "dist" / "book.pdf")
    words = " ".join(sheet.words for sheet in paper.sheets)
    for said in (HEBREW, "ליאָן טראָצקי", ARABIC, "עולם", "1927 م"):
        assert ink(said) in ink(words)
    heading = [line for sheet in paper.sheets for line in sheet.lines if "Trotsky, L" in line.words]
    assert any("1" in line.words for line in heading)


def test_the_faces_are_embedded_with_what_is_used_of_them(book: Path) -> None:
    for name in ("book.pdf", "book-press.pdf"):
        with pikepdf.open(book / "dist" / name) as pdf:
            used = {
                str(font.BaseFont)
                for page in pdf.pages
                for font in dict(page.Resources.get("/Font", pikepdf.Dictionary())).values()
            }
        assert {"Frank", "Amiri"} <= {base.partition("+")[2].partition("-")[0] for base in used}
    with zipfile.ZipFile(book / "dist" / "book.epub") as archive:
        css = archive.read("EPUB/screen.css").decode()
        face = TTFont(io.BytesIO(archive.read("EPUB/hebrew.ttf")))
        colophon = archive.read("EPUB/colophon.xhtml").decode()
    assert 'font-family: "EB Garamond", "Frank Ruhl Libre", "Amiri", serif' in css
    assert ord("ש") in face.getBestCmap()
    assert len(face.getGlyphOrder()) < 80
    assert "with words in Frank Ruhl Libre and Amiri, and made into pages" in colophon


def test_lines_with_such_words_stand_no_lower(book: Path) -> None:
    paper = read_pdf.read_pdf(book / "dist" / "book.pdf")
    sheet = next(s for s in paper.sheets if HEBREW.split()[0] in s.words)
    heights = [line.y for line in sheet.body][2:]
    steps = [above - below for above, below in pairwise(heights)]
    assert steps == pytest.approx([19 * 0.75] * len(steps), abs=0.06)


def test_a_book_without_such_words_has_nothing_of_it() -> None:
    assert companions(["Trotsky, Троцкий, Τρότσκι"]) == ()
    assert [cut.family for cut in companions(["a", "ש"])] == ["Frank Ruhl Libre"]


def test_companions_have_the_heights_of_the_book_face() -> None:
    faces = fonts(ROOT / "build" / "fonts")
    own = TTFont(faces.folder / CUTS[0].name)
    for cut in COMPANIONS:
        font = TTFont(faces.folder / cut.name)
        scale = font["head"].unitsPerEm / own["head"].unitsPerEm
        assert font["hhea"].ascent == round(own["hhea"].ascent * scale)
        assert font["hhea"].descent == round(own["hhea"].descent * scale)
    assert {"ש", "ع"} <= characters(faces)


def test_a_letter_and_its_point_are_told_apart() -> None:
    face = fonts(ROOT / "build" / "fonts").data()["hebrew.ttf"]
    glyphs = {char: glyph for glyph, char in letters(face).items()}
    bet, sheva = glyphs["ב"], glyphs["\u05b0"]
    # what the typesetter tells of a letter with a point, whose glyphs come the other way about
    known = {sheva: (0.0, NOTHING), bet: (500.0, "ב"), glyphs["a"]: (400.0, "a")}
    assert _told_apart(known, face) == {sheva: (0.0, "\u05b0")}


def test_numbers_beside_such_words_are_not_turned_about() -> None:
    assert spoken("שלום, 1929–31; x", {}) == "<bdi>שלום</bdi>, 1929–31; x"
    assert spoken("(שלום) [שלום]", {}) == "(<bdi>שלום</bdi>) [<bdi>שלום</bdi>]"
    assert spoken("a עולם, שלום b", {}) == "a <bdi>עולם, שלום</bdi> b"
    sentence = "דער קאַמף: אַרבעטער פון אַלע לענדער!"
    assert spoken(sentence, {}) == f'<bdi dir="rtl">{sentence}</bdi>'
    assert spoken(f"a {sentence}", {}).startswith("a <bdi>דער קאַמף</bdi>: <bdi>")
    assert spoken("عام 1927 م", {"Arabic": "ar"}) == (
        '<bdi><span lang="ar" xml:lang="ar">عام</span> 1927 '
        '<span lang="ar" xml:lang="ar">م</span></bdi>'
    )


class Run:
    """A run of glyphs as Pango tells of it."""

    class item:  # noqa: N801
        offset, length = 0, 0

        class analysis:  # noqa: N801
            level = 0

    class glyphs:  # noqa: N801
        log_clusters: tuple[int, ...] = ()
        num_glyphs = 0


@pytest.mark.parametrize(
    ("words", "level", "clusters", "told"),
    [
        ("ab", 0, (0, 1), ["a", "b"]),
        ("fix", 0, (0, 2), ["fi", "x"]),
        ("x\u0301y", 0, (0, 0, 3), ["x", "\u0301", "y"]),
        ("אב", 1, (2, 0), ["ב", "א"]),
        ("א\u05b0ב", 1, (4, 0, 0), ["ב", "\u05b0", "א"]),
        ("לא", 1, (0, 0), ["א", "ל"]),  # a letter each
        ("ל", 1, (0, 0), [NOTHING, "ל"]),  # a letter in two pieces
        ("abc", 0, (0, 0), ["ab", "c"]),
        ("ל\u05b4\u05c1", 1, (0, 0), ["\u05b4\u05c1", "ל"]),  # two points in one piece
    ],
)
def test_what_each_glyph_stands_for(
    words: str, level: int, clusters: tuple[int, ...], told: list[str]
) -> None:
    run = Run()
    run.item.length = len(words.encode())
    run.item.analysis.level = level
    run.glyphs.log_clusters, run.glyphs.num_glyphs = clusters, len(clusters)
    assert [meaning(words.encode(), run, i) for i in range(len(clusters))] == told


def chars(words: str) -> list[read_pdf.Char]:
    """Characters as they are seen, from left to right; points stand over their letters."""
    made: list[read_pdf.Char] = []
    x = 0.0
    for char in words:
        x += 0 if unicodedata.combining(char) else 5
        made.append((char, x, 100.0, -1, len(made)))
    return made


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("plain words, 12–14", "plain words, 12–14"),
        ("the םלוע םולש, and", "the שלום עולם, and"),
        ("םולש", "שלום"),
        ("in م 1927 ماع it", "in عام 1927 م it"),
        ("1927 ماع", "عام 1927"),
        ("(םולש) a ןב, 12", "(שלום) a בן, 12"),
    ],
)
def test_what_is_drawn_at_once_is_put_in_reading_order(seen: str, read: str) -> None:
    assert "".join(c[0] for c in read_pdf._in_reading_order(chars(seen))) == read


def test_points_come_in_one_order_and_pairs_are_one() -> None:
    assert ink("ש\u05c1\u05b4") == ink("ש\u05b4\u05c1") == "ש"
    assert points("ש\u05c1\u05b4") == points("ש\u05b4\u05c1") == ["\u05b4", "\u05c1"]
    assert ink("oﬀer ﻻ") == "offerلا"
    assert list(differences("(ש)", "(ש(")) == []
    assert list(differences("(a)", "(a(")) != []


def test_an_index_with_such_headings_is_proven(tmp_path: Path) -> None:
    """Brackets and dates beside them, other forms, and what stands for a letter in two scripts."""
    (tmp_path / "a.txt").write_text(
        "The Congress of the Bund\nBy Ivar Holm\n\nMedem spoke at the congress, and Weizmann and "
        "Ali were silent. He saw דער (the trash) there; ½ рубля, ½ אלף and בונד 1,000 בונד.\n",
        "utf-8",
    )
    assert leftopp("new", "book", "a.txt", cwd=tmp_path).returncode == 0
    root = tmp_path / "book"
    (root / "book" / "people.yaml").write_text(
        "holm: {heading: 'Holm, Ivar', forms: [Ivar Holm]}\n"
        "w: {heading: 'ווייצמאן, חיים', forms: [Weizmann], dates: 1874–1952, also: ['W., C.']}\n"
        "m: {heading: 'Medem, Vladimir', forms: [Medem], also: ['מעדעם, וולאדימיר']}\n"
        "a: {heading: 'محمد علي', forms: [Ali], also: [Muhammad Ali]}\n",
        "utf-8",
    )
    assert leftopp("build", "--no-press", cwd=root).returncode == 0
    done = leftopp("proof", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_tables_and_lists_are_proven(tmp_path: Path) -> None:
    """A table has rules as notes have one above them; an item may begin with a hyphen."""
    (tmp_path / "a.txt").write_text(
        "The Congress\nBy Ivar Holm\n\nThe members were as many as this.[1]\n\nYear\tName\n"
        "1897\tBund\n1903\tIskra\n\nA list of the words that follow:\n\n- pen\n- pencil\n\n"
        "The end of it.\n\n"
        "Notes\n\n1. So it is said.\n",
        "utf-8",
    )
    assert leftopp("new", "book", "a.txt", cwd=tmp_path).returncode == 0
    assert leftopp("build", "--no-press", cwd=tmp_path / "book").returncode == 0
    done = leftopp("proof", cwd=tmp_path / "book")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_character_without_a_glyph_leaves_the_others(tmp_path: Path) -> None:
    """It is a box, as the build says; the folio, which stands on the page later, is none."""
    (tmp_path / "a.txt").write_text(
        "The Congress\nBy Ivar Holm\n\nThe emoji 🙂 is here.\n", "utf-8"
    )
    assert leftopp("new", "book", "a.txt", cwd=tmp_path).returncode == 0
    done = leftopp("build", "--press", cwd=tmp_path / "book")
    assert done.returncode == 0
    assert "no face of the book has a glyph for 🙂 (U+1F642" in done.stderr
    for name in ("book.pdf", "book-press.pdf"):
        with pikepdf.open(tmp_path / "book" / "dist" / name) as pdf:
            page = pdf.pages[6]
            fonts_of = [font for _, font in page.Resources.Font.items()]
        assert all(str(font.Encoding) == "/Identity-H" for font in fonts_of)
    done = leftopp("proof", cwd=tmp_path / "book")
    assert done.returncode == 0, done.stdout


def test_joiners_of_arabic_letters_are_spelling() -> None:
    source = Source("a", "He said می\u200cخواهم and Pe\u200ctrograd, ه\u200d.")
    assert clean(Text.of(source)).string == "He said می\u200cخواهم and Petrograd, ه\u200d."
    assert [one.start for one in unseen(source.text)] == [source.text.index("\u200ctrograd")]


def test_opening_words_without_capitals_are_left_alone() -> None:
    words = Text.of(Source("a", "מאת משה כהן ועוד"))
    assert opened((words,)) == (words,)
