"""Reading a project: whatever is wrong is told, with its place, and all of it at once."""

import hashlib
import shutil
from pathlib import Path

import pytest

from leftopp_book import yamlfile
from leftopp_book.build import Session
from leftopp_book.diagnostics import Report, as_json
from leftopp_book.project import Project, read_project
from leftopp_book.text import Source
from leftopp_book.yamlfile import load

TEXT = "A Title\n\nA paragraph of the article, which is longer than its title.\n"
EDITION = """title: A Book
imprint:
  publisher: A Press
  year: 2026
  identifier: urn:x:1
  modified: 2026-01-01
  rights: None.
parts:
- articles: [one]
"""


class Folder:
    """A project in a folder of its own, to be broken."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("seeds/one.txt", TEXT)
        self.write("book/edition.yaml", EDITION)
        self.article()

    def write(self, path: str, data: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)

    def article(self, data: bytes = TEXT.encode(), more: str = "") -> None:
        digest = hashlib.sha256(data).hexdigest()
        self.write(
            "book/articles/one.yaml", f"copy_text: {{sha256: {digest}, name: one.txt}}\n{more}"
        )

    def read(self) -> tuple[Project, list[str]]:
        report = Report()
        project = read_project(self.root, [self.root / "seeds"], report)
        return project, [str(d) for d in report.sorted()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_project_that_is_right(folder: Folder) -> None:
    project, found = folder.read()
    assert not found
    assert project.copy_texts["one"].text == TEXT
    assert project.lacking("edition") == ()


def test_a_copy_text_is_found_whatever_its_name(folder: Folder) -> None:
    (folder.root / "seeds/one.txt").rename(folder.root / "seeds/000_abc.txt")
    project, found = folder.read()
    assert not found
    assert project.copy_texts["one"].path == "seeds/000_abc.txt"


def test_a_missing_copy_text_is_lacking_and_no_error_yet(folder: Folder) -> None:
    (folder.root / "seeds/one.txt").unlink()
    project, found = folder.read()
    assert not found
    assert project.lacking("edition") == ("one",)


def test_a_changed_copy_text(folder: Folder) -> None:
    folder.write("seeds/one.txt", TEXT.replace("paragraph", "paragraff"))
    project, found = folder.read()
    assert project.lacking("edition") == ("one",)
    assert found == [
        "book/articles/one.yaml:1:21: error: seeds/one.txt is not the file that “one” was edited "
        "from [copy-text-changed]"
    ]


def test_invalid_utf8_with_its_place(folder: Folder) -> None:
    data = TEXT.encode().replace(b"paragraph", b"par\xe9graph")
    folder.write("seeds/one.txt", data)
    folder.article(data)
    _, found = folder.read()
    assert found == ["seeds/one.txt:3:6: error: the byte 0xe9 is not UTF-8 [utf8-invalid]"]


def test_invalid_utf8_in_book(folder: Folder) -> None:
    folder.write("book/people.yaml", b"serge:\n  heading: S\xff\n")
    _, found = folder.read()
    assert found == ["book/people.yaml:2:13: error: the byte 0xff is not UTF-8 [utf8-invalid]"]


ROOT = Path(__file__).parents[1]
BOOKS = [f for root in (ROOT, ROOT / "tests/tiny") for f in sorted(root.glob("book/**/*.yaml"))]


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_both_parsers_read_our_books_alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libyaml is there to be quick and for nothing else."""
    source = Source(path.name, path.read_text(encoding="utf-8"))
    quick = load(source, Report())
    monkeypatch.setattr(yamlfile, "_Quick", yamlfile._Loader)
    slow = load(source, Report())
    assert (quick.value, quick.marks, quick.keys) == (slow.value, slow.marks, slow.keys)


def test_broken_yaml(folder: Folder) -> None:
    folder.write("book/people.yaml", "serge:\n  heading: [Serge\n")
    _, found = folder.read()
    assert len(found) == 1
    assert found[0].startswith("book/people.yaml:2:12: error: this is not YAML")


def test_all_errors_of_all_files_at_once(folder: Folder) -> None:
    folder.write("book/people.yaml", "serge:\n  heading: Serge, Victor\n  form: [Serge]\n")
    folder.write("book/chronology.yaml", '- {date: 1927-13, text: A march., passages: ["two:1"]}\n')
    folder.write("book/edition.yaml", EDITION.replace("[one]", "[oen]") + "frnt: []\n")
    folder.article(more="authors: [sergei]\nlines: folded\n")
    _, found = folder.read()
    codes = [line[line.rindex("[") + 1 : -1] for line in found]
    assert codes == ["value-wrong", "value-wrong", "key-unknown", "key-missing", "key-unknown"]
    assert [line.split(":")[0] for line in found] == [
        "book/articles/one.yaml",
        "book/chronology.yaml",
        "book/edition.yaml",
        "book/people.yaml",
        "book/people.yaml",
    ]


def test_identifiers_that_name_nothing(folder: Folder) -> None:
    folder.write("book/edition.yaml", EDITION.replace("[one]", "[oen]"))
    folder.write(
        "book/people.yaml",
        "serge:\n  heading: Serge, Victor\n  forms: [{form: Serge, in: onne}]\n"
        "  see_also: [srege]\n",
    )
    folder.write("book/chronology.yaml", '- {date: 1927, text: A march., passages: ["two:1"]}\n')
    folder.article(more="authors: [sergei]\n")
    _, found = folder.read()
    assert found == [
        "book/articles/one.yaml:2:11: error: there is no person “sergei” [person-unknown]",
        "book/chronology.yaml:1:43: error: there is no article “two” [article-unknown]",
        "book/edition.yaml:9:14: error: there is no article “oen” [article-unknown]",
        "book/people.yaml:3:29: error: there is no article “onne” [article-unknown]",
        "book/people.yaml:4:14: error: there is no person “srege” [person-unknown]",
    ]


def test_a_register_of_the_wrong_shape(folder: Folder) -> None:
    folder.write("book/people.yaml", "- serge\n")
    folder.write("book/chronology.yaml", "march: 1927\n")
    folder.write("book/works.yaml", "just words\n")
    _, found = folder.read()
    assert [line.split(": ", 1)[1] for line in found] == [
        "error: this file has to be a list, and is a mapping [value-wrong]",
        "error: this file has to be a mapping of identifiers, and is a list [value-wrong]",
        "error: this file has to be a mapping of identifiers, and is words [value-wrong]",
    ]


def test_files_that_are_not_there(folder: Folder) -> None:
    folder.write("book/edition.yaml", EDITION + "front: [front/preface.md]\n")
    _, found = folder.read()
    assert found == [
        "book/edition.yaml:10:9: error: there is no file book/front/preface.md [file-missing]"
    ]


def test_a_folder_without_a_book(tmp_path: Path) -> None:
    report = Report()
    project = read_project(tmp_path, [], report)
    assert [d.code for d in report.sorted()] == ["book-missing"]
    assert not project.editions


def test_findings_as_json() -> None:
    assert as_json([]) == "[]"


def test_empty_registers(folder: Folder) -> None:
    for name in ("people", "works", "chronology", "house", "exceptions"):
        folder.write(f"book/{name}.yaml", "# nothing yet\n")
    project, found = folder.read()
    assert not found
    assert not project.people


TINY = Path(__file__).parent / "tiny"


@pytest.mark.parametrize(
    ("form", "wrong"),
    [("stoves:999", 999), ("stoves:3-999", 999), ("stoves:0", 0), ("stoves:21", 0), ("stoves", 0)],
)
def test_a_scope_is_within_its_article(tmp_path: Path, form: str, wrong: int) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "book" / "people.yaml").open("a", encoding="utf-8") as people:
        people.write(f"ada:\n  heading: Ada\n  forms: [{{form: Ada, in: '{form}'}}]\n")
    report = Session.open(tmp_path, []).report
    found = [d for d in report.found if d.code == "line-unknown"]
    is_wrong = wrong or form.endswith(":0")
    assert [f"no line {wrong}" in d.message for d in found] == ([True] if is_wrong else [])
