"""`leftopp-book new`: a draft of a project for any plain text, that builds at once."""

import re
from datetime import date
from pathlib import Path

import pytest

from leftopp_book.build import Session, build, check_editions
from leftopp_book.diagnostics import Report
from leftopp_book.new import plan
from leftopp_book.schema import Person
from leftopp_book.text import Source
from leftopp_book.yamlfile import load, shape

DAY = date(2026, 1, 31)
WORDS = (
    "The miller kept the bell of the old chapel in a barrel, for it had cracked in the winter, "
    "and Josiah Crabbe would not hear of its being sold, since Crabbe had rung it. "
)
ESSAY = f"The Bell\nBy Mary Pettigrew\n{WORDS}\n{WORDS}\n"


def texts(folder: Path, **given: str | bytes) -> list[Path]:
    """Write texts into a folder, by their stems; return their paths."""
    folder.mkdir(exist_ok=True)
    paths = []
    for stem, words in given.items():
        path = folder / f"{stem}.txt"
        path.write_bytes(words if isinstance(words, bytes) else words.encode())
        paths.append(path)
    return paths


def made(tmp_path: Path, **given: str | bytes) -> Path:
    """Write a new project for texts; return its folder."""
    folder, report = tmp_path / "a-reader", Report()
    files = plan(folder, texts(tmp_path / "in", **given), DAY, report)
    assert not report.failed, report.sorted()
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def errors(folder: Path) -> list[str]:
    outcome = check_editions(Session.open(folder, []), [])
    return [str(d) for d in outcome.found if d.severity == "error"]


def codes(tmp_path: Path, *paths: Path, folder: str = "a-reader") -> list[str]:
    report = Report()
    assert not plan(tmp_path / folder, paths, DAY, report)
    return [d.code for d in report.sorted()]


SHAPES = {
    "one paragraph": WORDS * 9,
    "one word": "Word",
    "only a title": "The Bell\n",
    "wrapped": WORDS.replace(", ", ",\n") * 9,
    "no line end": ESSAY.strip(),
    "other line ends": "\ufeff" + ESSAY.replace("\n", "\r\n"),
    "call without note": f"The Bell\n{WORDS}[7]\n",
    "note without call": f"The Bell\n{WORDS}[1]\nNotes\n1. One.\n2. Two.\n",
    "notes in disorder": f"The Bell\n{WORDS}[2] {WORDS}[1]\nNotes\n1. One.\n2. Two.\n",
    "note twice": f"The Bell\n{WORDS}[1] {WORDS}[2]\nNotes\n1. One.\n2. Two.\n2. Again.\n",
    "call twice": f"The Bell\n{WORDS}[1] {WORDS}[1] {WORDS}[2]\nNotes\n1. One.\n2. Two.\n",
    "ibid": f"The Bell\n{WORDS}[1] {WORDS}[2]\nNotes\n1. Ibid.\n2. Ibid., p. 4.\n",
    "works cited": f"The Bell\n{WORDS}\nReferences\n" + "Smith, A. A Book. (London 1971)\n" * 4,
    "many errors": "The Bell\n" + "".join(f"{WORDS}[{n}]\n" for n in range(1, 40)),
    "marks of YAML": f"@a: [b, #c] 'd' \"e\" \\ & * ! % `\n{WORDS}\n",
    "marks of HTML": f"<script>alert(1)</script> & {{{{7*7}}}}\n{WORDS}\n",
    "true by name": f"Null\nBy Null True\n{WORDS}\n",
}


@pytest.mark.parametrize("name", SHAPES)
def test_no_error_is_left(tmp_path: Path, name: str) -> None:
    assert errors(made(tmp_path, essay=SHAPES[name])) == []


def test_it_builds(tmp_path: Path) -> None:
    title = "<script>alert(1)</script> & {{7*7}}"
    folder = made(tmp_path, essay=f"{title}\n{WORDS}[1]\nNotes\n1. Ibid.\n", other=ESSAY)
    outcome = build(Session.open(folder, []), [], folder / "dist", only="epub")
    assert {path.name for path in outcome.written} >= {"a-reader.epub", "a-reader.json"}
    assert title in (folder / "dist" / "a-reader.json").read_text(encoding="utf-8")


def test_it_depends_on_the_texts_alone(tmp_path: Path) -> None:
    paths = texts(tmp_path / "in", essay=ESSAY)
    first, second = (plan(tmp_path / "a-reader", paths, DAY, Report()) for _ in range(2))
    assert first == second


def test_the_copy_texts_are_copies(tmp_path: Path) -> None:
    words = ("\ufeff" + ESSAY.replace("\n", "\r\n")).encode()
    assert (made(tmp_path, essay=words) / "seeds" / "essay.txt").read_bytes() == words


def test_what_was_found_is_in_comments(tmp_path: Path) -> None:
    words = f"The Bell\nBy Mary Pettigrew\nThe first day\n{WORDS}[1]\nNotes\n1. One.\n"
    text = (made(tmp_path, essay=words) / "book/articles/essay.yaml").read_text(encoding="utf-8")
    assert "# title, line 1: The Bell\n" in text
    assert "# byline, line 2: By Mary Pettigrew\nauthors: [pettigrew]" in text
    assert "#   3: heading  # The first day\n" in text
    assert "# Notes: 1 paragraphs of them, lines 6-6; 1 calls, such as [1].\n" in text
    assert "lines: paragraphs\n" in text


def test_a_title_is_supplied_from_the_name(tmp_path: Path) -> None:
    text = (made(tmp_path, the_old_bell=WORDS * 3) / "book/articles/the-old-bell.yaml").read_text()
    assert 'title: "The old bell"\n' in text


def test_notes_that_nothing_calls_stay_in_the_book(tmp_path: Path) -> None:
    folder = made(tmp_path, essay=SHAPES["note without call"])
    text = (folder / "book/articles/essay.yaml").read_text(encoding="utf-8")
    assert "structure:\n  5: paragraph; a note that nothing calls\n" in text


def test_what_is_put_off_of_the_notes_is_told(tmp_path: Path) -> None:
    report = Report()
    words = f"The Bell\n{WORDS}[1] {WORDS}[2]\nNotes\n1. One.\n3. Three.\n"
    plan(tmp_path / "a-reader", texts(tmp_path / "in", essay=words, other=ESSAY), DAY, report)
    (found,) = report.found
    assert (found.code, str(found.severity)) == ("notes-put-off", "warning")
    assert found.message.startswith(
        "calls without a note of their own: 1 of 2; notes without a call: 1;"
    )


def test_suggested_persons_are_entries(tmp_path: Path) -> None:
    folder = made(tmp_path, essay=ESSAY + WORDS)
    text = (folder / "book/people.yaml").read_text(encoding="utf-8")
    report = Report()
    tree = load(Source("people.yaml", re.sub(r"(?m)^# (?=\w+: \{)", "", text)), report)
    crabbe = shape(Person, tree, report, ("crabbe",))
    assert not report.failed
    assert crabbe is not None
    assert (crabbe.heading, [f.form for f in crabbe.forms]) == (
        "Crabbe, Josiah",
        ["Josiah Crabbe", "Crabbe"],
    )
    assert list(tree.value) == ["pettigrew", "crabbe"]


def test_identifiers_are_distinct(tmp_path: Path) -> None:
    one, two = texts(tmp_path / "in", essay=ESSAY)[0], texts(tmp_path / "too", essay=ESSAY + "x")[0]
    others = texts(
        tmp_path / "in", index=ESSAY + "y", **{"essay-1": ESSAY + "z", "1917": ESSAY * 2}
    )
    files = plan(tmp_path / "a-reader", [one, two, *others], DAY, Report())
    seeds = {path.name for path in files if path.parent.name == "seeds"}
    assert seeds == {"essay.txt", "essay2.txt", "index2.txt", "essay1.txt", "text-1917.txt"}


def test_a_part_of_the_book_is_no_name_for_an_article(tmp_path: Path) -> None:
    folder = made(tmp_path, index=ESSAY, page=f"Another {ESSAY}")
    assert sorted(p.stem for p in (folder / "book" / "articles").iterdir()) == [
        "index2",
        "page2",
    ]
    assert errors(folder) == []


def test_a_register_is_no_name_for_an_edition(tmp_path: Path) -> None:
    files = plan(tmp_path / "people", texts(tmp_path / "in", essay=ESSAY), DAY, Report())
    assert tmp_path / "people/book/people-book.yaml" in files


def test_bad_bytes_have_a_place(tmp_path: Path) -> None:
    report = Report()
    paths = texts(tmp_path / "in", essay=b"good\nbad \xff\n")
    assert not plan(tmp_path / "a-reader", paths, DAY, report)
    assert [str(d).rpartition("essay.txt:")[2] for d in report.sorted()] == [
        "2:5: error: the byte 0xff is not UTF-8 [utf8-invalid]"
    ]


def test_a_text_that_is_damaged_makes_no_project(tmp_path: Path) -> None:
    report = Report()
    paths = texts(tmp_path / "in", essay=f"The Bell\n{WORDS}\0\n", other=ESSAY)
    assert plan(tmp_path / "a-reader", paths, DAY, report) == {}
    (found,) = report.found
    assert (found.code, found.span.line) == ("nul-character", 2)


def test_refusals(tmp_path: Path) -> None:
    good = texts(tmp_path / "in", essay=ESSAY)[0]
    empty = texts(tmp_path / "in", empty=" \n\n")[0]
    assert codes(tmp_path, good, folder="in") == ["folder-not-empty"]
    assert codes(tmp_path, good, folder="in/essay.txt") == ["folder-file"]
    assert codes(tmp_path, tmp_path / "none.txt") == ["text-missing"]
    assert codes(tmp_path, tmp_path / "in") == ["text-missing"]
    assert codes(tmp_path, empty) == ["texts-missing", "text-empty"]


def test_a_text_given_twice_is_taken_once(tmp_path: Path) -> None:
    report = Report()
    one, two = texts(tmp_path / "in", a=ESSAY, b=ESSAY)
    files = plan(tmp_path / "a-reader", [one, two], DAY, report)
    assert [d.code for d in report.sorted()] == ["text-twice"]
    assert sum(path.parent.name == "seeds" for path in files) == 1
