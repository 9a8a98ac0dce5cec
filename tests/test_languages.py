"""Words in another language say so: in the HTML of both outputs, in the structure of the PDF."""

import io
import shutil
import zipfile
from pathlib import Path

import pikepdf
import pytest
from msgspec.structs import replace

from leftopp_book.bibliography import entry
from leftopp_book.build import Session, build
from leftopp_book.citations import Pinpoint, short_form
from leftopp_book.document import Foreign, plain
from leftopp_book.html import spoken
from leftopp_book.outputs import MachineError
from leftopp_book.schema import Work
from shaped import shaped

TINY = Path(__file__).parent / "tiny"
ROOT = TINY.parent.parent
SCRIPTS = {"Cyrillic": "ru", "Greek": "el"}


def ru(words: str) -> str:
    return f'<span lang="ru" xml:lang="ru">{words}</span>'


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("the stove", "the stove"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("the word печь, stove", f"the word {ru('печь')}, stove"),
        ("Моя жизнь (My Life)", f"{ru('Моя жизнь')} (My Life)"),
        ("«Правда», № 5", f"«{ru('Правда')}», № 5"),
        ("λόγος & печь", f'<span lang="el" xml:lang="el">λόγος</span> &amp; {ru("печь")}'),
        ("სტალინი", "სტალინი"),  # a script of which nothing is said
    ],
)
def test_words_in_a_script_that_tells_their_language(words: str, html: str) -> None:
    assert spoken(words, SCRIPTS) == html


def test_nothing_is_marked_where_the_house_says_nothing() -> None:
    assert spoken("печь", {}) == "печь"


@pytest.mark.parametrize("kind", ["book", "article"])
def test_the_title_of_a_work_has_the_language_of_the_work(kind: str) -> None:
    work = shaped(
        Work,
        {"kind": kind, "title": "Moia zhizn", "language": "ru-Latn", "authors": ("Trotsky, Leon",)},
    )
    for inlines in (entry(work), short_form(work, Pinpoint(), "Moia zhizn")):
        assert "Moia zhizn" in plain(inlines)
        found = [i for x in inlines for i in (x, *getattr(x, "inlines", ()))]
        assert [plain(i.inlines) for i in found if isinstance(i, Foreign)] == ["Moia zhizn"]
    bare = replace(work, language="")
    assert plain(entry(bare)) == plain(entry(work))


def test_both_outputs_of_a_book_say_it(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    if not (tmp_path / "build").exists():
        (tmp_path / "build").symlink_to(ROOT / "build")
    book = tmp_path / "book"
    house = book / "house.yaml"
    house.write_text(house.read_text(encoding="utf-8") + "languages: {Cyrillic: ru}\n", "utf-8")
    preface = book / "front" / "preface.md"
    preface.write_text(
        preface.read_text(encoding="utf-8") + "\n\nOf the *печь* of Holm.\n", "utf-8"
    )
    try:
        outcome = build(Session.open(tmp_path, []), ["tiny"], tmp_path / "dist", press=False)
    except MachineError as error:
        pytest.skip(f"the typesetter cannot be loaded: {error}")
    assert not [d for d in outcome.found if d.severity == "error"]
    with pikepdf.open(tmp_path / "dist" / "tiny.pdf") as pdf:
        spans = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/StructElem"
        ]
        assert [str(item.Lang) for item in spans if "/Lang" in item] == ["ru"]
    with zipfile.ZipFile(io.BytesIO((tmp_path / "dist" / "tiny.epub").read_bytes())) as epub:
        texts = [epub.read(name).decode() for name in epub.namelist() if name.endswith(".xhtml")]
    assert sum(text.count(ru("печь")) for text in texts) == 1
