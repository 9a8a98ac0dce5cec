"""The EPUBs opened in real reading engines: foliate-js and epub.js, in a headless Chromium.

Every section is rendered with all its words; a click on a call pops up its own note; contents and
page list lead to their places. `make readers` installs the engines; without them, Node or Chromium
these tests are skipped. calibre's `ebook-convert`, where it is installed, makes an AZW3 and a text.
"""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from finished import READERS, ROOT, broken_epub, build, build_tiny
from leftopp_book.validators import browser

SEEDS = Path(os.environ.get("LEFTOPP_SEEDS") or ROOT.parent / "shared" / "seeds")
BOOKS = ["tiny", "primer", "reader"]
ENGINES = ["foliate", "epubjs"]
OPS = "{http://www.idpf.org/2007/ops}"
XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"


@dataclass(frozen=True)
class Book:
    name: str
    folder: Path

    @property
    def epub(self) -> Path:
        return self.folder / f"{self.name}.epub"

    @property
    def record(self) -> Any:
        return json.loads((self.folder / f"{self.name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Book]:
    """Return a function that builds a book once, when it is first asked for."""
    made: dict[str, Book] = {}

    def make(name: str) -> Book:
        if name == "reader" and not SEEDS.is_dir():
            pytest.skip(f"the reader's copy-texts are not at hand ({SEEDS})")
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            if name == "tiny":
                made[name] = Book(name, build_tiny(folder))
            else:
                build(name, folder, seeds=SEEDS if SEEDS.is_dir() else None)
                made[name] = Book(name, folder)
        return made[name]

    return make


# --- What the EPUB has, read by the standard -----------------------------------------------------


def ink(words: str) -> str:
    return re.sub(r"[\s\u2010\u00ad\u2060]+", "", words).lower()


def text(element: Any) -> str:
    return "".join(element.itertext())


def said(words: str) -> str:
    """Return the first words, as a message quotes them."""
    return f"“{' '.join(words.split())[:60]}”"


@dataclass(frozen=True)
class Place:
    """An entry of the contents or of the page list."""

    label: str
    file: str


class Epub:
    """The documents of an EPUB in the order of the spine, its calls, contents and pages."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            package = ElementTree.fromstring(archive.read("EPUB/content.opf"))
            items = list(package.iter(f"{OPF}item"))
            files = {item.get("id"): str(item.get("href")) for item in items}
            self.spine = [files[item.get("idref")] for item in package.iter(f"{OPF}itemref")]
            (nav,) = (str(i.get("href")) for i in items if "nav" in i.get("properties", "").split())
            self.documents = {
                name: ElementTree.fromstring(archive.read(f"EPUB/{name}"))
                for name in {*self.spine, nav}
            }
        self.contents = list(self._places(nav, "toc"))
        self.pages = list(self._places(nav, "page-list"))

    def _places(self, nav: str, kind: str) -> Iterator[Place]:
        for element in self.documents[nav].iter(f"{XHTML}nav"):
            if element.get(f"{OPS}type") == kind:
                for a in element.iter(f"{XHTML}a"):
                    yield Place(text(a), str(a.get("href")).split("#")[0] or nav)

    def words(self, name: str) -> str:
        body = self.documents[name].find(f"{XHTML}body")
        assert body is not None
        return text(body)

    def headed(self, name: str, words: str) -> bool:
        """Whether a document has a heading with these words: not all titles of sections are."""
        headings = (XHTML + level for level in ("h1", "h2", "h3"))
        found = (text(h) for level in headings for h in self.documents[name].iter(level))
        return any(ink(words) in ink(heading) for heading in found)

    def notes(self) -> Iterator[tuple[str, str]]:
        """Yield every call with the words of the note that its link leads to."""
        for name in self.spine:
            for a in self.documents[name].iter(f"{XHTML}a"):
                if "noteref" in a.get(f"{OPS}type", "").split():
                    file, _, note = str(a.get("href")).partition("#")
                    found = self.documents[file or name].find(f".//*[@id='{note}']")
                    yield text(a), "" if found is None else text(found)


# --- What an engine made of it -------------------------------------------------------------------


def need(engine: str) -> list[str]:
    """Return the command that opens a book, without its end; skip where an engine is missing."""
    node, chromium = shutil.which("node"), browser()
    if not node or not (READERS / "node_modules").is_dir():
        pytest.skip(f"{engine} is not installed; make readers installs it (it needs Node)")
    if not chromium:
        pytest.skip(f"{engine}: no Chromium is found (Debian: apt-get install chromium)")
    return [node, str(READERS / "read.mjs")]


def opened(engine: str, epub: Path) -> Any:
    """Open an EPUB in an engine and return what it did."""
    done = subprocess.run(
        [*need(engine), engine, str(epub), browser()],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def faults(read: Any, epub: Path) -> list[str]:
    """Return what an engine did not do as it should."""
    book = Epub(epub)
    return [*_sections(read, book), *_notes(read, book), *_places(read, book), *read["errors"]]


def _sections(read: Any, book: Epub) -> Iterator[str]:
    shown = {section["id"].removeprefix("EPUB/"): section for section in read["sections"]}
    if list(shown) != book.spine:
        yield f"the sections are {list(shown)}"
    for name in book.spine:
        section = shown.get(name, {"words": "", "width": 0, "height": 0, "pictures": False})
        if ink(section["words"]) != ink(book.words(name)):
            yield f"{name}: not all its words are shown"
        if not section["width"] * section["height"]:
            yield f"{name}: nothing is shown"
        if not section["pictures"]:
            yield f"{name}: a picture is not drawn"


def _notes(read: Any, book: Epub) -> Iterator[str]:
    popped = read["notes"]
    calls = list(book.notes())
    if popped is None:  # an engine without pop-ups
        return
    if len(popped) != len(calls):
        yield f"{len(calls)} calls, {len(popped)} notes"
    for (call, note), pop in zip(calls, popped, strict=False):
        place = f"{pop['section']}: call {call}"
        if "error" in pop:
            yield f"{place}: no note pops up: {pop['error']}"
        elif not note or ink(pop["words"]) != ink(note) or pop["type"] != "footnote":
            yield f"{place}: {said(pop['words'])} pops up, and not its note"
        elif not ink(note).startswith(ink(call)):
            yield f"{place}: the note is that of another call: {said(note)}"
        elif not pop["height"]:
            yield f"{place}: the note that pops up is not seen"


def _places(read: Any, book: Epub) -> Iterator[str]:
    for kind, expected in (("contents", book.contents), ("pages", book.pages)):
        found = read[kind]
        if len(found) != len(expected):
            yield f"{kind}: {len(found)} entries, and not {len(expected)}"
        for place, entry in zip(expected, found, strict=False):
            where = f"{kind}: {place.label}"
            if entry["label"] not in (place.label, "NaN"):  # epub.js reads folios as numbers
                yield f"{where}: is called {entry['label']}"
            if "error" in entry:
                yield f"{where}: leads nowhere: {entry['error']}"
            elif entry["section"].removeprefix("EPUB/") != place.file:
                yield f"{where}: leads to {entry['section']}"
            elif not entry["visible"]:
                yield f"{where}: its place is not on the screen"
            elif (
                kind == "contents"
                and book.headed(place.file, place.label)
                and ink(place.label) not in ink(entry["words"])
            ):
                yield f"{where}: leads to {said(entry['words'])}"


def strays(read: Any, book: Book) -> list[str]:
    """Return the pages of articles where an engine does not show what the print page begins with.

    The first printed word is passed over: it may be the rest of one that the print book divided.
    """
    record, found = book.record, []
    printed = {page["folio"]: page["first_words"].split()[1:8] for page in record["pages"]}
    ends = [tuple(map(int, article["folios"])) for article in record["articles"]]
    for place, entry in zip(Epub(book.epub).pages, read["pages"], strict=True):
        folio = int(place.label) if place.label.isdigit() else 0
        if any(first <= folio <= last for first, last in ends):
            begins = ink(" ".join(printed[place.label]))
            if begins not in ink(entry.get("words", ""))[: len(begins) + 40]:
                found.append(f"{place.label}: {said(entry.get('words', ''))}")
    return found


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Return an engine that is there: no book is built for one that is not."""
    need(request.param)
    return str(request.param)


@pytest.fixture(scope="module", params=BOOKS)
def book(request: pytest.FixtureRequest, finished: Callable[[str], Book]) -> Book:
    return finished(request.param)


@pytest.fixture(scope="module")
def read(engine: str, book: Book) -> Any:
    return opened(engine, book.epub)


def test_an_engine_opens_the_book(read: Any, book: Book) -> None:
    assert faults(read, book.epub) == []
    assert read["title"] == book.record["title"]
    assert len(read["sections"]) > 5
    assert read["contents"]
    assert read["pages"]


def test_the_pages_begin_as_in_print(read: Any, book: Book) -> None:
    assert strays(read, book) == []


# --- Books that are broken on purpose ------------------------------------------------------------


def broken_nav(nav: str) -> str:
    """Let page 1 lead to an identifier that is nowhere, and a heading to the one before."""
    nav = nav.replace("#stoves-19", "#stoves-11")
    return re.sub(r'href="([^"#]+)[^"]*">1</a>', r'href="\1#nowhere">1</a>', nav)


def broken_notes(xhtml: str) -> str:
    """Let the first two calls lead to each other's notes, and take the third note away."""
    one, two = 'href="#stoves-n1"', 'href="#stoves-n2"'
    xhtml = xhtml.replace(one, "@").replace(two, one).replace("@", two)
    return xhtml.replace('id="stoves-n3"', 'id="gone"')


def moved_page(xhtml: str) -> str:
    """Put a page break at the end of its paragraph."""
    (mark,) = re.findall(r'<span [^>]*id="page-2"[^>]*></span>', xhtml)
    head, _, rest = xhtml.partition(mark)
    return head + rest.replace("</p>", f"{mark}</p>", 1)


CHANGES = {
    "nav.xhtml": broken_nav,
    "stoves.xhtml": lambda x: moved_page(broken_notes(x)),
    "preface.xhtml": lambda x: x.replace("<body", '<body style="display: none"'),
    "cover.xhtml": lambda x: re.sub(r'src="[^"]+"', 'src="gone.png"', x),
}
CAUGHT = [
    ("foliate", "stoves.xhtml: call 1: the note is that of another call: “2 "),
    ("foliate", "stoves.xhtml: call 2: the note is that of another call: “1 "),
    ("foliate", "stoves.xhtml: call 3: "),
    *(
        (engine, says)
        for engine in ENGINES
        for says in (
            "pages: 1: its place is not on the screen",
            "contents: What remained: leads to “The question of the wood",
            "preface.xhtml: nothing is shown",
            "cover.xhtml: a picture is not drawn",
        )
    ),
]


@pytest.fixture(scope="module")
def broken(
    finished: Callable[[str], Book], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Any, Book]]:
    """Return a function that opens the broken book in an engine, once."""
    done: dict[str, tuple[Any, Book]] = {}

    def make(engine: str) -> tuple[Any, Book]:
        if engine not in done:
            need(engine)
            whole, folder = finished("tiny"), tmp_path_factory.mktemp(engine)
            shutil.copy(whole.folder / "tiny.json", folder)
            epub = broken_epub(whole.epub, folder / "tiny.epub", CHANGES)
            done[engine] = opened(engine, epub), Book("tiny", folder)
        return done[engine]

    return make


@pytest.mark.parametrize(("engine", "says"), CAUGHT)
def test_a_fault_is_caught(
    broken: Callable[[str], tuple[Any, Book]], engine: str, says: str
) -> None:
    read, book = broken(engine)
    found = "\n".join(faults(read, book.epub))
    assert says in found, found


def test_a_page_that_begins_elsewhere_is_caught(
    broken: Callable[[str], tuple[Any, Book]], engine: str
) -> None:
    lost, moved = strays(*broken(engine))
    assert lost == "1: “”"
    assert moved.startswith("2: “")


def test_a_word_that_is_not_shown_is_caught(
    engine: str, finished: Callable[[str], Book], tmp_path: Path
) -> None:
    whole = finished("tiny").epub
    epub = broken_epub(whole, tmp_path / "tiny.epub", {"chairs.xhtml": drop_a_word})
    assert faults(opened(engine, epub), whole) == ["chairs.xhtml: not all its words are shown"]


def drop_a_word(xhtml: str) -> str:
    return xhtml.replace(" the ", " ", 1)


# --- calibre -------------------------------------------------------------------------------------


Convert = Callable[[Path, Path], str]


@pytest.fixture(scope="session")
def convert() -> Convert:
    """Return a function that converts a book and returns what calibre said."""
    if not (calibre := shutil.which("ebook-convert")):
        pytest.skip("calibre is not installed (Debian: apt-get install calibre)")

    def run(epub: Path, to: Path) -> str:
        command = [calibre, str(epub), str(to)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


COMPLAINT = re.compile(r"warning|error|traceback|failed|could not|not found", re.I)


def complaints(said: str) -> list[str]:
    return [line for line in said.splitlines() if COMPLAINT.search(line)]


def test_calibre_makes_an_azw3(convert: Convert, book: Book, tmp_path: Path) -> None:
    to = tmp_path / "book.azw3"
    assert complaints(convert(book.epub, to)) == []
    assert to.read_bytes()[60:68] == b"BOOKMOBI"


def test_calibre_reads_every_word(convert: Convert, book: Book, tmp_path: Path) -> None:
    """The text that calibre makes has the words of every article of the record, in their order."""
    to = tmp_path / "book.txt"
    assert complaints(convert(book.epub, to)) == []
    assert missing(to.read_text(encoding="utf-8"), book.record) == []


def missing(words: str, record: Any) -> list[str]:
    """Return the lines of articles whose words do not follow one another in a text."""
    found, lost, at = ink(words), [], 0
    for article in record["articles"]:
        for line in article["lines"]:
            if line["fate"] == "kept" and line["role"] in ("heading", "paragraph", "quotation"):
                wanted = ink(re.sub(r"\[(\d+|[*†‡§‖¶]+)\]", r"\1", line["text"]))
                place = found.find(wanted, at)
                if place < 0:
                    lost.append(f"{article['id']}:{line['line']}: {line['text'][:60]}")
                else:
                    at = place
    return lost


def test_a_word_that_calibre_loses_is_caught(
    convert: Convert, finished: Callable[[str], Book], tmp_path: Path
) -> None:
    book = finished("tiny")
    epub = broken_epub(book.epub, tmp_path / "tiny.epub", {"chairs.xhtml": drop_a_word})
    to = tmp_path / "book.txt"
    convert(epub, to)
    (lost,) = missing(to.read_text(encoding="utf-8"), book.record)
    assert lost.startswith("chairs:")


def test_what_calibre_complains_of_is_caught() -> None:
    assert complaints("1% Converting\nWarning: gone.png not found\nOutput saved") != []
    assert complaints("1% Converting input to HTML...\nOutput saved to /tmp/book.azw3") == []
