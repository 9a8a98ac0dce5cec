"""What stands twice in `book/`, contradicts itself, or only follows from another fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leftopp_book.cli import main
from leftopp_book.codes import CODES
from leftopp_book.diagnostics import Report
from leftopp_book.text import Source
from leftopp_book.yamlfile import load
from test_checks import TINY, Copy, codes

ED, PEOPLE, WORKS = "tiny.yaml", "people.yaml", "works.yaml"
EVENTS, HOUSE, STOVES = "chronology.yaml", "house.yaml", "articles/stoves.yaml"
Change = tuple[str, str, str]


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "tiny")


def places(copy: Copy) -> list[str]:
    """Return place and code of every finding: people.yaml:3:1 form-twice."""
    arguments = ["check", "--format", "json", "--project", str(copy.root)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    return [
        f"{d['path'].removeprefix('book/')}:{d['line']}:{d['column']} {d['code']}"
        for d in json.loads(result.stdout)
    ]


def changed(copy: Copy, *changes: Change) -> list[tuple[str, str]]:
    for path, old, new in changes:
        copy.change(path, old, new)
    return copy.found()


WEIL = "weil-chairs:\n"
AGAIN = """again:
  authors: ["Weil, Clara"]
  title: chairs
  place: New York
  year: 1952
  named: ["chairs:17 source"]
"""
EVENT = """- date: 1938
  text: The  hall is pulled down.
  passages: ["stoves:21 in 1938"]
"""
NOTE = '- {line: 17, words: the wrong year, note: "It says 1913."}'
SHORT = "short: The Winter Congress\n  forms: [Greenhouse]\n  title: A Greenhouse"
LOST = '- {line: 2, was: The Hall without Stoves, now: "", why: x}\n- {line: 17, was: lookd'
EMEND = (
    "emend:\n- {id: x, pattern: stove, now: stove, why: y, before: stove, after: stove}\n"
    "- {id: z, pattern: xyz, now: q, why: y, before: xyz, after: q}\nnot_names: "
)

TWICE: list[tuple[str, str, tuple[Change, ...]]] = [
    (
        *("event-twice", "an event of the same date and words stands in book/chronology.yaml:8:3"),
        ((EVENTS, "- date: 1938\n", EVENT + "- date: 1938\n"),),
    ),
    (
        "event-twice",
        "an event of the same date and passages stands in book/chronology.yaml:8:3",
        ((EVENTS, "- date: 1938\n", EVENT.replace("pulled", "torn") + "- date: 1938\n"),),
    ),
    (
        *(
            "work-twice",
            "a work of the same author, title and year stands in book/works.yaml:17:10",
        ),
        ((WORKS, WEIL, AGAIN + WEIL), (WORKS, "  supplied: [place]\n", "")),
    ),
    (
        "short-title-twice",
        "another work of this author has this short title, in book/works.yaml:4:10: nobody could "
        "tell which of them a note means",
        ((WORKS, "title: A Greenhouse", SHORT),),
    ),
    (
        *("passage-twice", "another work is named by this passage, in book/works.yaml:15:11"),
        (
            (WORKS, "year: 1952", 'year: 1952\n  named: ["stoves:13 Holm"]'),
            (WORKS, "year: 1940", 'year: 1940\n  named: ["stoves:13 Holm"]'),
        ),
    ),
    (
        *(
            "see-twice",
            "the same form sends the reader to another person, in book/people.yaml:12:10",
        ),
        ((PEOPLE, "[Clara Weil, Weil]", '[Clara Weil, Weil]\n  also: ["Holm, Mary"]'),),
    ),
    (
        "heading-alike",
        "“Weil, Clara” differs only in capitals from “WEIL, Clara” in book/people.yaml:16:12",
        ((PEOPLE, "Holm, Ivar", '"WEIL, Clara"'),),
    ),
    (
        "form-no-name",
        "“Weil” is a form of weil, and is no name by book/house.yaml:2:30",
        ((HOUSE, "[Winter Congress]", "[Winter Congress, Weil]"),),
    ),
    (
        *(
            "house-twice",
            "these words stand in the list “not_names” already, in book/house.yaml:2:13",
        ),
        ((HOUSE, "[Winter Congress]", "[Winter Congress, Winter Congress]"),),
    ),
    (
        *("house-unused", "no article has the words “Pravda”"),
        ((HOUSE, "not_names:", "italics: [Pravda]\nnot_names:"),),
    ),
    (
        "title-twice",
        "line 2 may be the title of the article; it is printed over this one, which stands in "
        "square brackets",
        ((STOVES, "authors:", "title: Another\nauthors:"),),
    ),
    (
        *("title-twice", "line 2 is the title, and this one is not printed"),
        (
            (STOVES, "authors:", "title: Another\nauthors:"),
            (STOVES, "  5: dateline", "  2: title\n  5: dateline"),
        ),
    ),
    (
        "title-apart",
        "this line is a title, and so is line 2; other lines stand between",
        ((STOVES, "  5: dateline", "  2: title\n  5: title"),),
    ),
    (
        *("title-emended", "nothing is left of line 2, and line 3 becomes the title"),
        ((STOVES, "- {line: 17, was: lookd", LOST),),
    ),
    (
        "byline-other",
        "the byline names none of the authors whom book/articles/stoves.yaml:2:10 gives",
        ((STOVES, "[smith]", "[weil]"),),
    ),
    (
        "editor-note-twice",
        "another note is called after these words, in book/articles/stoves.yaml:14:3",
        ((STOVES, NOTE, NOTE + "\n" + NOTE.replace("the wrong", "wrong")),),
    ),
    (
        "insert-twice",
        "another of the kind stands before the same line, in book/articles/stoves.yaml:14:3",
        (
            (
                *(STOVES, "editor_notes:"),
                "insert:\n- {before: 9, heading: A, why: x}\n- {before: 9, heading: B, why: x}\n"
                "editor_notes:",
            ),
        ),
    ),
]


@pytest.mark.parametrize(("code", "says", "changes"), TWICE, ids=lambda x: str(x)[:24])
def test_what_stands_twice_or_contradicts_itself(
    copied: Copy, code: str, says: str, changes: tuple[Change, ...]
) -> None:
    assert changed(copied, *changes) == [(code, says)]


def test_rules_of_house_style_that_change_nothing(copied: Copy) -> None:
    found = changed(copied, (HOUSE, "not_names: ", EMEND))
    assert [code for code, _ in found] == ["house-unused"] * 2
    copied.change(ED, "[stoves, chairs]", "[stoves]")  # an article is not at hand: nobody can tell
    assert sorted(copied.codes()) == ["article-unused", "house-unused"]


def test_two_editions_under_one_identifier(copied: Copy) -> None:
    copied.append("second.yaml", (TINY / "book" / ED).read_text(encoding="utf-8"))
    assert copied.found() == [
        ("urn-twice", "another edition has this identifier, in book/second.yaml:9:15")
    ]


VALUES = [
    (WORKS, "supplied: [place]", "supplied: [volumes]", "“volumes” is supplied, and this work has"),
    (WORKS, "year: 1952", "year: 1952\n  date: 1940-01-01", "is not in the year 1952"),
    (WORKS, "year: 1952", "year: -3", "a number from 1 onwards is wanted here, not “-3”"),
    (WORKS, "year: 1952", "volumes: -2", "a number from 1 onwards is wanted here, not “-2”"),
    (WORKS, "year: 1952", 'date: "1900-02-29"', "February 1900 has no day 29"),
    (WORKS, '["Weil, Clara"]', '["Weil, Clara", "Weil, Clara"]', "“Weil, Clara” stands here twice"),
    (WORKS, "year: 1952", "named: ['stoves:13 Holm', 'stoves:13 Holm']", "stands here twice"),
    (STOVES, "[smith]", "[smith, smith]", "“smith” stands here twice"),
    (
        *(STOVES, "editor_notes:"),
        "insert: [{before: 9, break: true, level: 2, why: x}]\neditor_notes:",
        "a break has no level",
    ),
    (PEOPLE, "1880–1940", "1940–1880", "“1940–1880” runs backwards"),
    (PEOPLE, "1880–1940", "1880–79", "“1880–79” runs backwards"),
    (PEOPLE, "1880–1940", "b. 2199", "the year 2199 is still to come"),
    (PEOPLE, "heading: Smith, Anna", 'heading: "Smith,  Anna "', "has a space too many"),
    (
        *(PEOPLE, "[Ivar Holm, Holm]"),
        "[Ivar Holm, Holm]\n  topics: [{topic: x, in: stoves}, {topic: x, in: chairs}]",
        "the topic “x” stands here twice",
    ),
    (ED, "parts:", "subjects: [a, b, a]\nparts:", "“a” stands here twice"),
    (
        *(ED, "parts:"),
        "contributors: [{name: A, role: editor}, {name: A, role: editor}]\nparts:",
        "“A” stands here twice as editor",
    ),
    (ED, "[front/preface.md]", "[people.yaml]", "is no text of the editors"),
]


@pytest.mark.parametrize(("path", "old", "new", "says"), VALUES, ids=lambda x: str(x)[:24])
def test_values_that_cannot_be_and_nothing_that_follows(
    copied: Copy, path: str, old: str, new: str, says: str
) -> None:
    found = changed(copied, (path, old, new))
    assert [code for code, _ in found] == ["value-wrong"], found
    assert says in found[0][1]


@pytest.mark.parametrize("words", ["", "\n", "# Preface\n"])
def test_a_text_without_words(copied: Copy, words: str) -> None:
    (copied.root / "book/front/preface.md").write_text(words, encoding="utf-8")
    assert copied.codes() == ["text-without-words"]


def test_a_text_that_is_named_twice_in_other_words(copied: Copy) -> None:
    twice = "[front/preface.md, front//preface.md, ./front/preface.md]"
    assert [c for c, _ in changed(copied, (ED, "[front/preface.md]", twice))] == ["name-taken"] * 2


def test_a_heading_and_a_break_over_what_is_printed_elsewhere(copied: Copy) -> None:
    """Both would be followed by the line that says where the works cited are."""
    inserts = "{before: 25, heading: A, why: x}, {before: 25, break: true, why: x}"
    copied.append("articles/chairs.yaml", f"insert: [{inserts}]\n")
    assert copied.codes() == ["identifier-twice"]


# --- Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [PEOPLE, WORKS, EVENTS, HOUSE, STOVES, ED])
@pytest.mark.parametrize("ending", [".yml", ".YAML"])
def test_a_file_of_another_ending(copied: Copy, name: str, ending: str) -> None:
    file = copied.root / "book" / name
    file.rename(file.with_suffix(ending))
    assert copied.codes() == ["file-ending"]
    file.with_suffix(ending).rename(file)
    copied.append(name.replace(".yaml", ending), "")
    said = copied.found()
    assert [code for code, _ in said] == ["file-ending"]
    assert f"beside book/{name}" in said[0][1]


# --- What only follows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((ED, "language", "languag"), "key-unknown"),
        ((ED, "year: 2026", "year: soon"), "value-wrong"),
        ((ED, "title: The Winter", "title: [The Winter"), "yaml-syntax"),
        ((WORKS, "year: 1952", "year: [1952]"), "value-wrong"),
        ((WORKS, WEIL, "smith-congress:\n"), "yaml-duplicate-key"),
        ((PEOPLE, "dates: b. 1922", "dates: [1922]"), "value-wrong"),
        ((PEOPLE, "weil:\n", "holm:\n"), "yaml-duplicate-key"),
        ((PEOPLE, "smith:\n", "smith: [\n"), "yaml-syntax"),
        ((HOUSE, "not_names: [W", "not_names: [{a: b}, W"), "value-wrong"),
        ((HOUSE, "not_names: [W", "not_names: [W\\"), "yaml-syntax"),
        ((EVENTS, "date: 1931-02\n", "date: 1931-13\n"), "value-wrong"),
        ((STOVES, "rights: Made up.", "rights: [Made up]"), "value-wrong"),
    ],
)
def test_one_fault_is_one_finding(copied: Copy, change: Change, code: str) -> None:
    if change[1] == "language":
        change = (ED, "parts:", "languag: en\nparts:")
    if change[2].endswith("W\\"):
        change = (HOUSE, "not_names: [Winter Congress]", "not_names: [Winter Congress")
    assert [c for c, _ in changed(copied, change)] == [code]


def test_the_rest_of_house_style_is_in_force(copied: Copy) -> None:
    copied.change(HOUSE, "not_names: [Winter Congress]", "not_names: [Winter Congress]\nitalcs: []")
    copied.change(STOVES, "  5: dateline", "  6: dateline")
    assert sorted(copied.codes()) == ["key-unknown", "structure-line"]


def test_what_does_not_follow_is_told(copied: Copy) -> None:
    """A name that no entry declares, beside a person who could not be read."""
    copied.change(HOUSE, "not_names: [Winter Congress]", "not_names: []")
    copied.change(PEOPLE, "dates: b. 1922", "dates: [1922]")
    assert copied.codes() == ["value-wrong", "name-unknown"]


def test_a_form_that_two_persons_claim_is_not_unused_as_well(copied: Copy) -> None:
    copied.change(PEOPLE, "{form: Jones, in: chairs}", "{form: Jones, in: stoves}")
    assert "form-unused" not in copied.codes()
    assert "form-twice" in copied.codes()


def test_an_exception_is_not_unused_while_something_is_not_read(copied: Copy) -> None:
    copied.append("exceptions.yaml", "- {code: work-unused, says: nobody, why: a test}\n")
    assert copied.codes() == ["exception-unused"]
    copied.change(WORKS, "year: 1952", "year: [1952]")
    assert copied.codes() == ["value-wrong"]


# --- Exceptions -----------------------------------------------------------------------------------


def test_the_codes_are_those_of_the_program() -> None:
    assert set(CODES) == set(codes())
    assert list(CODES) == sorted(CODES)


def test_an_exception_for_no_finding(copied: Copy) -> None:
    copied.append("exceptions.yaml", "- {code: name-unknwon, at: stoves, why: a test}\n")
    found = copied.found()
    assert found == [("value-wrong", "code: there is no finding “name-unknwon”")]


@pytest.mark.parametrize(
    ("at", "code"), [("nowhere", "article-unknown"), ("'stoves:999'", "line-unknown")]
)
def test_an_exception_at_no_place(copied: Copy, at: str, code: str) -> None:
    copied.append("exceptions.yaml", f"- {{code: name-unknown, at: {at}, why: a test}}\n")
    assert places(copied) == [f"exceptions.yaml:1:28 {code}"]


# --- Places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ((STOVES, "  5: dateline", "  5x: dateline"), "articles/stoves.yaml:9:3 value-wrong"),
        ((STOVES, "  5: dateline", "  9-5: dateline"), "articles/stoves.yaml:9:3 value-wrong"),
        ((STOVES, "  5: dateline", "  5: datline"), "articles/stoves.yaml:9:6 value-wrong"),
        ((STOVES, "  5: dateline", "  6: dateline"), "articles/stoves.yaml:9:3 structure-line"),
        (
            (PEOPLE, "{form: Jones, in: chairs}", "{form: Jones, in: [chairs, chers]}"),
            "people.yaml:13:50 article-unknown",
        ),
        (
            (PEOPLE, "{form: Jones, in: chairs}", "{form: Jones, in: [chairs, 'chairs:99']}"),
            "people.yaml:13:50 line-unknown",
        ),
        (
            (PEOPLE, "{form: Jones, in: chairs}", "{form: Jones, in: Chairs!}"),
            "people.yaml:13:41 value-wrong",
        ),
    ],
)
def test_a_fault_is_told_where_it_stands(copied: Copy, change: Change, place: str) -> None:
    copied.change(*change)
    assert place in places(copied)


# --- YAML -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "says", "hint"),
    [
        ('a: "b\nc: d\n', 3, 'the quotation mark " is opened in line 1 and never closed', "close"),
        ("a: 1\nb: 'c\nd: 'e'\n", 8, "opened in line 2 is closed by that in line 3", "close it"),
        (
            "a: [b, c\nd: e\n",
            3,
            "the bracket [ is opened in line 1 and not closed before",
            "write ]",
        ),
        ("a: {b: c\n", 3, "the bracket { is opened in line 1 and not closed at the", "write }"),
        ('a: "b" c\n', 7, "the value has ended, and more stands after it", "whole in quotes"),
        ('a: "\\q"\n', 5, "a backslash has a meaning", "single quotation marks"),
        ("a: b: c\n", 4, "a colon stands where no key can be", "quote a value"),
        ("a: @b\n", 3, "a value begins with @", "put it in quotes"),
        ("a: b\nc d\ne: f\n", 5, "these words are no key", "write “key: value”"),
        ("- a\nb: c\n", 4, "line 2 is no part of what stands before it", "same column"),
        ("a: ]\n", 3, "a value is wanted here", "close no bracket"),
    ],
)
def test_what_is_not_yaml_is_told_where_it_begins(
    text: str, place: int, says: str, hint: str
) -> None:
    report = Report()
    load(Source("f.yaml", text), report)
    (found,) = report.found
    assert (found.code, found.span.start) == ("yaml-syntax", place)
    assert says in found.message
    assert hint in found.hint
