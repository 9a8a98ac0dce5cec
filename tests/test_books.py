"""The finished books, read back: the primer always, the reader where its copy-texts are at hand."""

import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from lxml import etree

from leftopp_book.proof import prove, rebuilt
from leftopp_book.reading import Proof

ROOT = Path(__file__).parent.parent
SEEDS = Path(os.environ.get("LEFTOPP_SEEDS") or ROOT.parent / "shared" / "seeds")
LOOK = ("--seeds", SEEDS) if SEEDS.is_dir() else ()  # a folder that is named must be there
XHTML = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"


def leftopp(
    *arguments: object, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leftopp_book", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def squeezed(words: str) -> str:
    """Return words without white space and hyphens, which lines of print add and lose."""
    return re.sub(r"[\s\u2010\u00ad\u0002\u2060\ufffe-]+", "", words)


@dataclass(frozen=True)
class Book:
    name: str
    folder: Path

    @cached_property
    def record(self) -> Any:
        return json.loads((self.folder / f"{self.name}.json").read_text(encoding="utf-8"))

    @cached_property
    def pdf(self) -> Path:
        return self.folder / f"{self.name}.pdf"

    @cached_property
    def labels(self) -> list[str]:
        with pypdfium2.PdfDocument(self.pdf) as pdf:
            return [pdf.get_page_label(i) for i in range(len(pdf))]

    @cached_property
    def pages(self) -> list[str]:
        """The words of every page."""
        with pypdfium2.PdfDocument(self.pdf) as pdf:
            return [page.get_textpage().get_text_range() for page in pdf]

    def page(self, folio: str) -> str:
        return self.pages[self.labels.index(folio)]

    @cached_property
    def archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(self.folder / f"{self.name}.epub")

    def document(self, name: str) -> Any:
        return etree.fromstring(self.archive.read(f"EPUB/{name}"))

    @cached_property
    def documents(self) -> dict[str, Any]:
        names = [n for n in self.archive.namelist() if n.endswith(".xhtml")]
        return {n.removeprefix("EPUB/"): etree.fromstring(self.archive.read(n)) for n in names}


BOOKS = ["primer", "reader"]


@pytest.fixture(scope="session", params=BOOKS)
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Book:
    name = request.param
    if name == "reader" and not SEEDS.is_dir():
        pytest.skip(f"the reader's copy-texts are not at hand ({SEEDS})")
    out = tmp_path_factory.mktemp(name)
    done = leftopp("build", name, *LOOK, "--out", out)
    assert done.returncode == 0, done.stderr
    return Book(name, out)


# --- The proof ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def proven(book: Book) -> dict[str, Proof]:
    return {proof.name: proof for proof in prove(book.name, book.folder).proofs}


NAMES = [
    "index of the PDF",
    "index of the EPUB",
    "page list",
    "every word",
    "places",
    "no dead end",
    "qpdf",
    "veraPDF",
    "EPUBCheck",
    "Ace",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_book_is_proven(book: Book, proven: dict[str, Proof], name: str) -> None:
    proof = proven[name]
    if proof.not_run:
        pytest.skip(f"{name}: {proof.counted}")
    assert [str(f) for f in proof.falsehoods] == []


def test_the_same_bytes_come_of_it_elsewhere(book: Book) -> None:
    if book.name != "primer":
        pytest.skip("once is enough")
    assert [str(f) for f in rebuilt(book.name, book.folder, ROOT, []).falsehoods] == []


# --- The PDF ------------------------------------------------------------------------------------


def test_folios_are_roman_and_then_arabic(book: Book) -> None:
    first = book.labels.index("1")
    assert book.labels[:3] == ["i", "ii", "iii"]
    assert first % 2 == 0, "the body begins on a recto"
    assert book.labels[first:] == [str(n) for n in range(1, len(book.labels) - first + 1)]


def test_every_article_begins_on_a_recto(book: Book) -> None:
    for article in book.record["articles"]:
        assert int(article["folios"][0]) % 2 == 1


def test_no_ibid_is_left(book: Book) -> None:
    for article in book.record["articles"]:
        for note in article["notes"]:
            assert "bid." not in note["text"]


def test_bookmarks_name_every_article_and_section(book: Book) -> None:
    with pikepdf.open(book.pdf) as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    for article in book.record["articles"]:
        assert any(article["title"] in title for title in titles)
    assert titles[-5:-1] == ["Textual notes", "Works cited", "Chronology", "Index of names"]


def test_blank_pages_carry_nothing(book: Book) -> None:
    with pikepdf.open(book.pdf) as pdf:
        for page, words in zip(pdf.pages, book.pages, strict=True):
            if not words.strip():
                drawn = {str(step.operator) for step in pikepdf.parse_content_stream(page)}
                assert not drawn & {"Tj", "TJ", "S", "f", "B"}


def test_the_structure_tree_knows_every_page(book: Book) -> None:
    with pikepdf.open(book.pdf) as pdf:
        parents = dict(pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree).items())
        keys = [int(page.obj.StructParents) for page in pdf.pages if "/StructParents" in page.obj]
        assert len(set(keys)) == len(keys)
        assert set(keys) <= set(parents)
        for page in pdf.pages:
            if "/StructParents" not in page.obj:
                continue
            for element in parents[int(page.obj.StructParents)]:
                if isinstance(element, pikepdf.Dictionary) and "/Pg" in element:
                    assert element.Pg.objgen == page.objgen


# --- The EPUB -----------------------------------------------------------------------------------


# --- Both ---------------------------------------------------------------------------------------


# --- Bad input ----------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("book", "seeds", "styles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_a_failed_build_leaves_the_last_good_files(copy: Path) -> None:
    (copy / "dist").mkdir()
    (copy / "dist" / "primer.pdf").write_bytes(b"good")
    works = copy / "book" / "works.yaml"
    works.write_text(works.read_text(encoding="utf-8") + "\nbroken: [\n", encoding="utf-8")
    done = leftopp("build", "primer", cwd=copy)
    assert done.returncode == 1
    assert "book/works.yaml:" in done.stderr
    assert [p.name for p in (copy / "dist").iterdir()] == ["primer.pdf"]
    assert (copy / "dist" / "primer.pdf").read_bytes() == b"good"


def test_a_folder_that_cannot_be_written_is_the_machines_fault(copy: Path) -> None:
    (copy / "dist").write_text("a file where a folder should be")
    done = leftopp("build", "primer", "--only", "epub", cwd=copy)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_an_edition_that_does_not_exist_is_wrong_usage() -> None:
    done = leftopp("build", "primr")
    assert done.returncode == 2
    assert "did you mean “primer”?" in done.stderr


def test_editions_without_copy_texts_are_told_in_a_line() -> None:
    if any((ROOT / "seeds").glob("00*")):
        pytest.skip("the reader's copy-texts lie in seeds/")
    done = leftopp("check", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert "reader: 5 of 5 copy-texts are not at hand" in done.stderr
    assert json.loads(done.stdout) == []


HOSTILE = "Tom & <script>alert(1)</script> {{7*7}} {% raw %} <b>bold</b> &lt;"


def test_text_is_data(tmp_path: Path) -> None:
    """What looks like markup in an article or a title appears as typed."""
    import hashlib

    (tmp_path / "seeds").mkdir()
    articles = tmp_path / "book" / "articles"
    articles.mkdir(parents=True)
    text = f"{HOSTILE}\n\nA first paragraph with {HOSTILE} in it, long enough to be one by rule.\n"
    (tmp_path / "seeds" / "a.txt").write_text(text, encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    (articles / "a.yaml").write_text(
        f"copy_text: {{sha256: {digest}}}\nstructure: {{1: title}}\nheadnote: '{HOSTILE}'\n",
        encoding="utf-8",
    )
    (tmp_path / "book" / "b.yaml").write_text(
        f"title: '{HOSTILE}'\nimprint: {{publisher: '{HOSTILE}', year: 2026, "
        f"identifier: 'urn:x:y', modified: 2026-01-01, rights: '{HOSTILE}'}}\n"
        "parts: [{articles: [a]}]\n",
        encoding="utf-8",
    )
    done = leftopp("build", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    typed = HOSTILE.replace("&lt;", "<")  # an entity is what cleaning undoes in a copy-text
    with pypdfium2.PdfDocument(tmp_path / "dist" / "b.pdf") as pdf:
        words = squeezed("".join(page.get_textpage().get_text_range() for page in pdf))
        assert pdf.get_metadata_dict()["Title"] == HOSTILE
    assert words.count(squeezed(typed)) >= 2
    assert squeezed(HOSTILE) in words
    with zipfile.ZipFile(tmp_path / "dist" / "b.epub") as archive:
        article = archive.read("EPUB/a.xhtml").decode()
        assert "<script" not in article
        assert html.escape(typed, quote=False) in article
        package = etree.parse(io.BytesIO(archive.read("EPUB/content.opf")))
        titles = package.getroot().iter("{http://purl.org/dc/elements/1.1/}title")
        assert next(titles).text == HOSTILE
