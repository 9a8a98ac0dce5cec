"""The checks: every one is documented and can be made to appear.

Those that the cases in `cases/` and other tests do not show are shown here, on copies of the tiny
book and on an index made by hand.
"""

import ast
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import leftopp_book
from leftopp_book.build import Session
from leftopp_book.checks import ACCEPTABLE, accept, check_glyphs
from leftopp_book.cli import main
from leftopp_book.diagnostics import Report, nowhere
from leftopp_book.edition import assemble
from leftopp_book.index import Entry, Locator, Subentry
from leftopp_book.index_checks import CHECKS
from leftopp_book.pages import Folio

HERE = Path(__file__).parent
TINY = HERE / "tiny"
PACKAGE = Path(leftopp_book.__file__).parent
PAGE = HERE.parent / "docs" / "checks.md"
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
KINDS = ("article", "person")  # what {kind}-unknown stands for


# --- Every code is documented and shown -----------------------------------------------------------


def codes_of(call: ast.Call) -> set[str]:
    """Return the codes that a call of `report.error` or `report.warning` may give."""
    first = call.args[0]
    if isinstance(first, ast.JoinedStr):
        tail = first.values[-1]
        assert isinstance(tail, ast.Constant), ast.unparse(first)
        return {kind + str(tail.value) for kind in KINDS}
    constants = [n.value for n in ast.walk(first) if isinstance(n, ast.Constant)]
    return {c for c in constants if isinstance(c, str) and CODE.fullmatch(c)}


def codes() -> dict[str, set[str]]:
    """Return every code in the package, with its severities."""
    found: dict[str, set[str]] = {}
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in ("error", "warning") and len(node.args) >= 3:
                given = codes_of(node)
                assert given, f"{path.name}:{node.lineno}: no code is given"
                for code in given:
                    found.setdefault(code, set()).add(node.func.attr)
    return found


def documented() -> dict[str, str]:
    """Return the entries of docs/checks.md by code."""
    parts = re.split(r"^### `(.+)`\n", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
    names = parts[::2]
    assert len(names) == len(set(names))
    return dict(zip(names, parts[1::2], strict=True))


def test_every_code_is_documented_and_nothing_else_is() -> None:
    assert documented().keys() == codes().keys()
    assert len(codes()) >= 30


@pytest.mark.parametrize("code", sorted(documented()))
def test_an_entry_has_all_that_an_editor_wants(code: str) -> None:
    words = documented()[code]
    severity = re.match(r"\n\*(Error|Warning)\b", words)
    assert severity
    assert {severity[1].lower()} == codes()[code]
    for what in ("\n- Wrong: ", "\n- Right: ", "\n- To do: "):
        assert words.count(what) == 1, what


def test_every_code_is_shown_by_a_test() -> None:
    tests = [*HERE.glob("test_*.py"), *HERE.glob("cases/*.test")]
    words = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    shown = set(re.findall(r"[\[\"']([a-z0-9]+(?:-[a-z0-9]+)+)[\]\"']", words))
    assert codes().keys() - shown == set()


# --- The registers --------------------------------------------------------------------------------


class Copy:
    """A copy of the tiny book, to be broken."""

    def __init__(self, root: Path) -> None:
        shutil.copytree(TINY, root, ignore=shutil.ignore_patterns("golden"))
        self.root = root

    def change(self, path: str, old: str, new: str) -> None:
        file = self.root / "book" / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def append(self, path: str, words: str) -> None:
        file = self.root / "book" / path
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(old + words, encoding="utf-8")

    def found(self) -> list[tuple[str, str]]:
        """Return code and message of every finding."""
        arguments = ["check", "--format", "json", "--project", str(self.root)]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        return [(d["code"], d["message"]) for d in json.loads(result.stdout)]

    def codes(self) -> list[str]:
        return [code for code, _ in self.found()]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "tiny")


NOBODY = 'nobody:\n  heading: "Nobody, Nemo"\n  forms: [Nemo Nobody]\n'


def test_a_person_whom_no_article_mentions(copy: Copy) -> None:
    copy.append("people.yaml", NOBODY)
    assert copy.found() == [("person-unmentioned", "no article mentions nobody (Nobody, Nemo)")]


def test_an_author_need_not_be_mentioned(copy: Copy) -> None:
    copy.append("people.yaml", NOBODY)
    copy.change("articles/stoves.yaml", "[smith]", "[smith, nobody]")
    assert copy.codes() == []


def test_a_form_that_never_occurs(copy: Copy) -> None:
    copy.change("people.yaml", "[Clara Weil, Weil]", "[Clara Weil, Weil, Klara Weil]")
    assert copy.found() == [("form-unused", "no article names weil as “Klara Weil”")]


def test_a_form_that_never_occurs_in_its_scope(copy: Copy) -> None:
    copy.change("people.yaml", "form: Jones, in: chairs", "form: Mary, in: stoves")
    assert ("form-unused", "no article names jones-mary as “Mary” there") in copy.found()


def test_an_edition_alone_does_not_make_the_registers_idle(copy: Copy) -> None:
    """With a copy-text missing nobody can tell what is not used."""
    copy.append("people.yaml", NOBODY)
    copy.change("tiny.yaml", "[stoves, chairs]", "[stoves]")
    assert "person-unmentioned" not in copy.codes()


def test_a_work_that_is_never_cited(copy: Copy) -> None:
    copy.append("works.yaml", "lost:\n  title: Lost\n")
    assert copy.found() == [("work-unused", "no article cites or names lost")]


def test_an_article_that_no_edition_has(copy: Copy) -> None:
    copy.change("tiny.yaml", "[stoves, chairs]", "[stoves]")
    assert copy.codes() == ["article-unused"]


def test_a_text_with_the_name_of_an_article(copy: Copy) -> None:
    copy.append("front/stoves.md", "# More on stoves\n\nWords.\n")
    copy.change("tiny.yaml", "[front/preface.md]", "[front/preface.md, front/stoves.md]")
    assert copy.found() == [("name-taken", "another part of the book has the name “stoves”")] * 2


@pytest.mark.parametrize("name", ["index", "part-2", "page", "half-title"])
def test_a_text_with_the_name_of_a_part_of_the_book(copy: Copy, name: str) -> None:
    copy.append(f"front/{name}.md", "# A text\n\nWords.\n")
    copy.change("tiny.yaml", "[front/preface.md]", f"[front/preface.md, front/{name}.md]")
    assert copy.found() == [("name-taken", f"another part of the book has the name “{name}”")]


def test_a_text_that_stands_in_the_edition_twice(copy: Copy) -> None:
    twice = "[front/preface.md]\nback: [front/preface.md]"
    copy.change("tiny.yaml", "[front/preface.md]", twice)
    assert copy.found() == [
        (
            "name-taken",
            "the text “front/preface.md” stands in the edition twice, first in book/tiny.yaml:15:9",
        )
    ]


def test_an_article_that_stands_in_the_edition_twice(copy: Copy) -> None:
    copy.change("tiny.yaml", "[stoves, chairs]", "[stoves, chairs, stoves]")
    assert copy.codes() == ["article-twice"]


def test_two_articles_with_one_copy_text(copy: Copy) -> None:
    other = copy.root / "book/articles/chairs.yaml"
    other.write_text(other.with_name("stoves.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert "copy-text-twice" in copy.codes()


@pytest.mark.parametrize(
    ("name", "more", "file"),
    [
        ("tiny-press", "", "tiny-press.pdf"),
        ("tiny-cover", "", "tiny-cover.pdf"),
        ("Tiny", "", "tiny.pdf"),
        ("tiny-digest", "epub: {pages: digest}\n", "tiny-digest.pdf"),
    ],
)
def test_two_editions_with_files_of_one_name(copy: Copy, name: str, more: str, file: str) -> None:
    tiny = (copy.root / "book/tiny.yaml").read_text(encoding="utf-8")
    (copy.root / f"book/{name}.yaml").write_text(tiny, encoding="utf-8")
    copy.append("tiny.yaml", more)
    (message,) = (says for code, says in copy.found() if code == "edition-twice")
    assert message.endswith(f"would both be made into {file}")
    assert f"“{min(name, 'tiny', key=lambda id: f'{id}.yaml')}”, at book/" in message
    assert all(f"“{id}”" in message for id in (name, "tiny"))
    out = copy.root / "dist"
    arguments = ["build", "--project", str(copy.root), "--findings", "json"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 1
    assert "edition-twice" in result.stdout
    assert not out.exists()


def test_editions_with_names_that_begin_alike(copy: Copy) -> None:
    tiny = (copy.root / "book/tiny.yaml").read_text(encoding="utf-8")
    for n, name in enumerate(("tiny-2", "tiny-digest", "tiny.2")):
        own = re.sub(r"(identifier: \S+)", rf"\g<1>-{n}", tiny)
        (copy.root / f"book/{name}.yaml").write_text(own, encoding="utf-8")
    assert copy.codes() == []


@pytest.mark.parametrize("line", ["format: larg-print", "epub: {pages: larg-print}"])
def test_a_format_that_is_not_there(copy: Copy, line: str) -> None:
    copy.append("tiny.yaml", line + "\n")
    assert copy.codes() == ["format-unknown"]


def test_also_that_repeats_the_heading(copy: Copy) -> None:
    copy.change("people.yaml", '"Holm, Mary"', '"Jones, Mary", "Holm, Mary", "Holm, Mary"')
    assert copy.codes() == ["also-repeated", "also-repeated"]


def test_also_that_is_the_heading_of_another(copy: Copy) -> None:
    copy.change("people.yaml", '"Holm, Mary"', '"Holm, Ivar"')
    assert copy.codes() == ["see-to-heading"]


def test_two_headings_that_send_the_reader_round(copy: Copy) -> None:
    copy.change("people.yaml", '"Holm, Mary"', '"Holm, Ivar"')
    copy.change(
        "people.yaml", "heading: Holm, Ivar\n", 'heading: Holm, Ivar\n  also: ["Jones, Mary"]\n'
    )
    assert copy.codes() == ["see-circular", "see-circular"]


def test_see_also_that_leads_back(copy: Copy) -> None:
    copy.change("people.yaml", "see_also: [jones-peter]", "see_also: [jones-mary]")
    assert copy.codes() == ["see-also-circular"]
    copy.change("people.yaml", "see_also: [jones-mary]", "see_also: [jones-peter, jones-peter]")
    assert copy.codes() == ["see-also-circular"]


def test_see_also_to_nobody(copy: Copy) -> None:
    copy.append("people.yaml", NOBODY)
    copy.change("people.yaml", "see_also: [jones-peter]", "see_also: [jones-peter, nobody]")
    assert sorted(copy.codes()) == ["person-unmentioned", "see-also-blind"]


def test_a_topic_without_mentions(copy: Copy) -> None:
    topics = "topics:\n  - {topic: all, in: [stoves, chairs]}\n  - {topic: bag, in: ['stoves:21']}"
    copy.change("people.yaml", "[Ivar Holm, Holm]", f"[Ivar Holm, Holm]\n  {topics}")
    assert copy.found() == [("topic-empty", "no mention of holm is left for the topic “bag”")]


def test_mentions_without_a_topic(copy: Copy) -> None:
    """Eight paragraphs that name Holm, two of them outside of his topics."""
    seeds = copy.root / "seeds" / "chairs.txt"
    text = seeds.read_text(encoding="utf-8")
    more = "\n\n".join(f"Ivar Holm wrote page {n}, and kept it." for n in range(5))
    text = text.replace("\nWorks cited", f"\n{more}\n\nWorks cited")
    seeds.write_text(text, encoding="utf-8")
    (changed,) = (m for c, m in copy.found() if c == "copy-text-changed")
    assert "chairs" in changed
    old = re.search(r"sha256: (\w+)", (copy.root / "book/articles/chairs.yaml").read_text())
    assert old
    copy.change("articles/chairs.yaml", old[1], hashlib.sha256(text.encode()).hexdigest())
    topics = "topics:\n  - {topic: secretary, in: [chairs, 'stoves:9']}"
    copy.change("people.yaml", "[Ivar Holm, Holm]", f"[Ivar Holm, Holm]\n  {topics}")
    assert [m for c, m in copy.found() if c == "topic-missing"] == [
        "no topic of holm covers 2 mentions in stoves:13, stoves:21"
    ]


def test_a_key_that_is_no_word_and_a_file_that_is_too_deep(copy: Copy) -> None:
    copy.append("house.yaml", "? [a]\n: b\n")
    copy.append("works.yaml", f"deep: {'[' * 25}{']' * 25}\n")
    assert {"yaml-key", "yaml-depth"} <= set(copy.codes())


def test_notes_that_begin_without_a_number(copy: Copy) -> None:
    copy.change("articles/stoves.yaml", "  5: dateline", "  5: dateline\n  21: note")
    assert "note-unnumbered" in copy.codes()


# --- What would be proven false -------------------------------------------------------------------


def test_an_emendation_over_the_end_of_a_block(copy: Copy) -> None:
    across = "- {line: 3, was: decided by Anna, now: decided by Ann, why: a test}\n"
    copy.change("articles/stoves.yaml", "- {line: 17, was", f"{across}- {{line: 17, was")
    assert copy.found() == [
        (
            "emendation-blocks",
            "“decided by Anna” runs over the end of a block: line 3 is of the role kicker, and "
            "with line 4 another block begins, byline",
        )
    ]


def test_a_form_that_takes_in_a_call(copy: Copy) -> None:
    copy.change("people.yaml", "[Anna Smith, Smith]", '[Anna Smith, Smith, "rent.[1]"]')
    assert copy.found() == [
        (
            "form-call",
            "the form “rent.[1]” of smith takes in the call of a note, in seeds/stoves.txt:7:250",
        )
    ]


# --- Exceptions -----------------------------------------------------------------------------------

EXCEPTION = "- {code: CODE, at: chairs, why: a test}\n"


def test_an_exception_that_nothing_meets(copy: Copy) -> None:
    copy.append("exceptions.yaml", EXCEPTION.replace("CODE", "name-unknown"))
    assert copy.codes() == ["exception-unused"]


def test_an_exception_for_what_only_the_layout_shows(copy: Copy) -> None:
    copy.append("exceptions.yaml", EXCEPTION.replace("CODE", "index-long-string"))
    assert copy.codes() == []


def test_an_exception_is_due_once_its_article_was_looked_at(copy: Copy) -> None:
    copy.append("exceptions.yaml", EXCEPTION.replace("CODE", "index-long-string"))
    copy.append("exceptions.yaml", "- {code: name-unknown, says: Winter, why: a test}\n")
    project = Session.open(copy.root, []).project

    def unused(*looked_at: str, complete: bool = False, laid_out: bool = False) -> int:
        options = {"complete": complete, "laid_out": laid_out}
        return len(accept((), project, {}, looked_at=looked_at, **options))

    assert unused("stoves") == unused("chairs") == 0
    assert unused("chairs", laid_out=True) == 1
    assert unused("chairs", "stoves", complete=True) == 1
    assert unused("chairs", "stoves", complete=True, laid_out=True) == 2


def test_errors_that_can_be_accepted_are_errors() -> None:
    assert all("error" in codes()[code] for code in ACCEPTABLE)
    assert all(f"`{code}`" in documented()["exception-refused"] for code in ACCEPTABLE)


@pytest.mark.parametrize(
    ("path", "old", "new", "code", "says"),
    [
        ("articles/stoves.yaml", "[smith]", "[smyth]", "person-unknown", "smyth"),
        ("people.yaml", "smith:", "smith: a: b:", "yaml-syntax", "not YAML"),
        ("tiny.yaml", "title: The", 'title: "\\x07The"\n#', "book-control", "U+0007"),
        ("tiny.yaml", "year: 2026", "year: soon", "value-wrong", "a number"),
        ("tiny.yaml", "  publisher: Hall Press\n", "", "key-missing", "publisher"),
        ("tiny.yaml", "subtitle:", "subtitel:", "key-unknown", "subtitel"),
        ("tiny.yaml", "[stoves, chairs]", "[stoves, chairs, x]", "article-unknown", "“x”"),
        ("tiny.yaml", "[stoves, chairs]", "[stoves, chairs, stoves]", "article-twice", "stoves"),
        ("tiny.yaml", "front:", "format: a55\nfront:", "format-unknown", "a55"),
        ("tiny.yaml", "front/preface", "front/no", "file-missing", "front/no"),
        ("articles/stoves.yaml", "6eb0082a", "6eb0082b", "copy-text-changed", "stoves"),
        ("articles/stoves.yaml", "  5: dateline", "  21: note", "note-unnumbered", "number"),
        (
            *("articles/stoves.yaml", "  5: dateline", "  5: dateline\n  7: furniture"),
            *("note-without-call", "note 1"),
        ),
        ("articles/stoves.yaml", "was: lookd", "was: looook", "emendation-unmatched", "looook"),
    ],
)
def test_an_error_without_which_there_is_no_book_cannot_be_accepted(
    copy: Copy, path: str, old: str, new: str, code: str, says: str
) -> None:
    copy.change(path, old, new)
    copy.append("exceptions.yaml", f"- {{code: {code}, says: '{says}', why: a test}}\n")
    found = copy.found()
    assert {code, "exception-refused"} <= {code for code, _ in found}
    (message,) = (says for code, says in found if code == "exception-refused")
    assert message.startswith(f"an error of this kind cannot be accepted ({code}, at ")


# --- After layout ---------------------------------------------------------------------------------


def pages(*numbers: int) -> tuple[Locator, ...]:
    return tuple(Locator(Folio(True, n), Folio(True, n), (f"m{n}",)) for n in numbers)


def in_index(*entries: Entry) -> list[tuple[str, str]]:
    report = Report()
    for check in CHECKS:
        check(entries, lambda person: nowhere(f"book/people.yaml#{person}"), report)
    return [(d.code, d.message) for d in report.found]


SERGE = Entry("Serge, Victor", "serge", locators=pages(3))


def test_an_index_that_is_right() -> None:
    see = Entry("Kibalchich, Victor", see="Serge, Victor", see_person="serge")
    smirnov = (
        Entry("Smirnov, Ivan", "a", "1881–1936", locators=pages(1)),
        Entry("Smirnov, Ivan", "b", "", "worker", locators=pages(2)),
    )
    topics = (Subentry("exile", pages(1, 2)), Subentry("in opposition", pages(3)))
    trotsky = Entry("Trotsky, Leon", "trotsky", locators=pages(1, 2, 3, 4, 5, 6), subentries=topics)
    assert in_index(see, SERGE, *smirnov, trotsky) == []


def test_index_filing() -> None:
    sedov = Entry("Sedov, Lev", "sedov", locators=pages(3))
    assert in_index(SERGE, sedov) == [
        ("index-filing", "“Sedov, Lev” files before “Serge, Victor”, but stands after it")
    ]


def test_a_long_string_of_locators() -> None:
    seven = pages(1, 3, 5, 7, 9, 11, 13)
    topics = (Subentry("exile", seven), Subentry("youth", pages(2)))
    assert in_index(
        Entry("Radek, Karl", "radek", locators=seven),
        Entry("Serge, Victor", "serge", subentries=topics),
    ) == [
        ("index-long-string", "“Radek, Karl” has 7 undifferentiated locators"),
        ("index-long-string", "“Serge, Victor” has 7 undifferentiated locators under “exile”"),
    ]


def test_a_single_subentry_that_repeats_its_heading() -> None:
    topics = (Subentry("exile", pages(3)),)
    entry = Entry("Serge, Victor", "serge", locators=pages(3), subentries=topics)
    assert [code for code, _ in in_index(entry)] == [
        "index-single-subentry",
        "index-subentry-repeats",
    ]


def test_headings_that_lead_nowhere() -> None:
    see = Entry("Kibalchich, Victor", see="Serge, Victor", see_person="serge")
    empty = Entry("Radek, Karl", "radek")
    assert [code for code, _ in in_index(see, empty)] == ["index-see-blind", "index-heading-empty"]


def test_namesakes() -> None:
    one = Entry("Smirnov, Ivan", "a", "1881–1936", locators=pages(1))
    other = Entry("Smirnov, Ivan", "b", locators=pages(2))
    assert in_index(one, other) == [
        (
            "index-namesakes",
            "2 persons stand under “Smirnov, Ivan”, and nothing tells them apart",
        )
    ]


def test_a_character_that_the_face_lacks() -> None:
    session = Session.open(TINY, [])
    edition = assemble(session.project, "tiny", session.report)
    every = {char for edited in edition.edited for char in edited.text.string}
    report = Report()
    check_glyphs(edition, frozenset(every), report)
    assert report.found == []
    check_glyphs(edition, frozenset(every - {"“"}), report)
    assert [d.code for d in report.found] == ["glyph-missing"]
