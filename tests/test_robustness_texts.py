"""Whatever stands in a text, in a file of `book/` or in a register: right, or told with its place.

Each row of docs/robustness-texts.md is a test here. The books are made on the spot.
"""

import hashlib
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leftopp_book import limits
from leftopp_book.build import Session, build, check_editions
from leftopp_book.characters import FORBIDDEN, UNSEEN, has, misread, seen, unseen, visible
from leftopp_book.clean import clean
from leftopp_book.diagnostics import Diagnostic, Report, as_json
from leftopp_book.document import Paragraph, Verse, VerseLine, leaves, plain
from leftopp_book.edition import Edition, assemble
from leftopp_book.formats import Format
from leftopp_book.html import with_breaks
from leftopp_book.join import _whole_font
from leftopp_book.outputs import MachineError
from leftopp_book.pages import END, Folio, Laid, LaidPage, LaidPart, LineStart, NoteLine, PageMap
from leftopp_book.proof import prove
from leftopp_book.schema import Accepted, ArticleFile, EditionFile, Event, House, Person, Work
from leftopp_book.text import Source, Text
from leftopp_book.yamlfile import load, shape

ROOT = Path(__file__).parents[1]
BOOK = """title: A Book
imprint: {publisher: A Press, year: 2026, identifier: "urn:x:1", modified: 2026-01-01, rights: No.}
parts:
- articles: [one]
"""
PROSE = "The party met in the hall and spoke of bread, and of nothing but bread, for an hour. "


class Folder:
    """A project of one article, in a folder of its own."""

    def __init__(self, root: Path, text: str | bytes, article: str = "", **files: str) -> None:
        data = text.encode() if isinstance(text, str) else text
        self.root = root
        self.write("seeds/one.txt", data)
        self.write("book/edition.yaml", files.pop("edition", BOOK).encode())
        sha = hashlib.sha256(data).hexdigest()
        head = f"copy_text: {{sha256: {sha}, name: one.txt}}\ntitle: One\n"
        self.write("book/articles/one.yaml", (head + article).encode())
        for name, words in files.items():
            self.write(f"book/{name}.yaml", words.encode())

    def write(self, path: str, data: bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def found(self) -> tuple[Diagnostic, ...]:
        return check_editions(Session.open(self.root, []), ()).found

    def codes(self) -> set[str]:
        return {d.code for d in self.found()}

    def edition(self) -> Edition:
        session = Session.open(self.root, [])
        return assemble(session.project, "edition", session.report)


# --- Bytes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffA Title\n\nWords.\n",
        "A Title\r\n\r\nWords.\r\n",
        "A Title\r\rWords.\r",
        "A Title\x0c\nWords\x0cand words.\n",
        "Caf\u00e9 and cafe\u0301.\n",
        "He said \u05e9\u05dc\u05d5\u05dd and \u0633\u0644\u0627\u0645.\n",
        "No line end",
        "\n\n\n",
        "",
    ],
    ids=[
        "bom",
        "crlf",
        "cr",
        "form feeds",
        "nfc and nfd",
        "right to left",
        "open",
        "blank",
        "empty",
    ],
)
def test_what_passes_gives_its_bytes_back(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path, text)
    assert folder.codes() <= {"name-unknown"}
    for edited in folder.edition().edited:
        assert edited.text.original.encode() == text.encode()


def test_letters_and_their_accents_are_composed() -> None:
    assert clean(Text.of(Source("t", "Broue\u0301 cafe\u0301"))).string == "Broué café"


STRANGE = {
    "nul-character": ("Tro\0tsky", "U+0000"),
    "control-character": ("Tro\x1b[31mtsky", "U+001B"),
    "bidi-control": ("\u202eykstorT\u202c", "U+202E"),
    "zero-width": ("Tro\u200btsky", "U+200B"),
    "scripts-mixed": ("\u0422rotsky", "U+0422"),
    "encoding-wrong": ("Brou\u00c3\u00a9", "U+00C3 U+00A9"),
    "character-lost": ("Brou\ufffd\ufffd", "U+FFFD"),
}


@pytest.mark.parametrize("code", STRANGE)
def test_what_is_strange_is_found_and_named_and_not_printed(tmp_path: Path, code: str) -> None:
    words, point = STRANGE[code]
    found = [
        d for d in Folder(tmp_path, f"{PROSE}\nThen {words} spoke.\n").found() if d.code == code
    ]
    assert found
    assert any(point in d.message for d in found)
    assert found[0].span.line == 2
    for d in found:
        assert not UNSEEN.search(d.full())
    listed = as_json(found)
    assert not UNSEEN.search(listed)
    assert [d["message"] for d in json.loads(listed)] == [d.message for d in found]


def test_a_strange_character_in_book_is_found(tmp_path: Path) -> None:
    people = 'a: {heading: "Tro\\u200btsky, L", forms: [X]}\nb: {heading: "B\\u0007", forms: [Y]}\n'
    found = Folder(tmp_path, PROSE, people=people).found()
    assert [d.span.line for d in found if d.code == "book-control"] == [1, 2]


@pytest.mark.parametrize("char", "\x0b\x0c\x85\u2028\u2029")
def test_what_ends_a_line_for_some_is_found_in_the_texts_of_the_book(
    tmp_path: Path, char: str
) -> None:
    folder = Folder(tmp_path, PROSE)
    front = tmp_path / "book" / "front"
    front.mkdir()
    (front / "preface.md").write_bytes(f"# Preface\n\nWords{char}and more.\n".encode())
    edition = tmp_path / "book" / "edition.yaml"
    edition.write_text(edition.read_text("utf-8") + "front: [front/preface.md]\n", "utf-8")
    (found,) = (d for d in folder.found() if d.code == "book-control")
    assert str(found).startswith("book/front/preface.md:3:6: error: this holds U+")


def test_what_an_emendation_quotes_may_be_strange(tmp_path: Path) -> None:
    emend = "emendations: [{line: 1, was: BrouÃ©, now: Broué, why: wrong encoding}]\n"
    assert "encoding-wrong" not in Folder(tmp_path, f"BrouÃ© spoke. {PROSE}", emend).codes()


@pytest.mark.parametrize("char", "\u200e\u061c\U000e0041\u3164\u200b\ufeff\u202e")
def test_what_is_not_seen_in_book_is_an_error_with_a_true_remedy(tmp_path: Path, char: str) -> None:
    edition = BOOK.replace("A Book", f'"A B{char}ook"') + f'description: "A {char} B"\n'
    folder = Folder(tmp_path, PROSE, f'rights: "x{char}y"\n', edition=edition)
    folder.write("book/front/preface.md", f"# T{char}o\n".encode())
    folder.write("book/edition.yaml", f"{edition}front: [front/preface.md]\n".encode())
    found = [d for d in folder.found() if f"U+{ord(char):04X}" in d.message]
    assert {d.code for d in found} == {"book-control"}
    assert {d.span.source.path for d in found} == {
        *("book/edition.yaml", "book/articles/one.yaml", "book/front/preface.md")
    }
    assert {d.hint for d in found} == {"take it out"}


def test_the_hint_for_what_is_misread_in_book_is_true_of_a_file_that_is_ours(
    tmp_path: Path,
) -> None:
    found = Folder(tmp_path, PROSE, 'rights: "Brou\u00c3\u00a9, Brou\ufffd"\n').found()
    hints = {d.code: d.hint for d in found}
    assert hints["encoding-wrong"] == "write them anew, and save the file as UTF-8"
    assert hints["character-lost"] == "correct it"


def test_nothing_more_is_found_in_words_with_a_control_character(tmp_path: Path) -> None:
    house = (
        'emend: [{id: x, pattern: bread, now: "br\\u0007ed", why: x, before: bread, after: bred}]\n'
    )
    folder = Folder(tmp_path, PROSE, 'rights: "\\u0007"\n"short_tit\\u0007le": Two\n', house=house)
    assert folder.codes() == {"book-control"}


@pytest.mark.parametrize(
    "string", ["CAFÉ… É” é–”", "Петроград Броunn".replace("unn", "н"), "5µm", "Łódź"]
)
def test_what_is_not_strange_is_left_alone(string: str) -> None:
    assert not [*unseen(string), *misread(string)]


@given(st.text(st.characters() | st.sampled_from("a\x07\x7f\x85\u200b\u202e\ud800\uffff")))
def test_what_is_not_seen_is_told_one_by_one(string: str) -> None:
    assert seen(string, lambda char: f"<{ord(char)}>") == UNSEEN.sub(
        lambda match: f"<{ord(match[0])}>", string
    )
    assert has(UNSEEN, string) == bool(UNSEEN.search(string))


def test_what_no_file_of_book_may_hold_is_not_printable() -> None:
    """So strings that are printable need not be looked through."""
    forbidden = [char for char in map(chr, range(0x110000)) if FORBIDDEN.match(char)]
    assert "\u202e" in forbidden
    assert not any(map(str.isprintable, forbidden))


@given(st.text())
def test_nothing_unseen_is_left_visible_or_in_json(string: str) -> None:
    assert not UNSEEN.search(visible(string))
    span = Source("p", string or " ")
    report = Report()
    report.error("x-y", string, Text.of(span).whole_span(), string)
    assert not UNSEEN.search(report.found[0].full())
    assert json.loads(as_json(report.found))[0]["message"] == string


# --- YAML -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\n\tb: 2\n", "yaml-syntax", 2),
        ("a: 1\nb: 2\na: 3\n", "yaml-duplicate-key", 3),
        ("a: &x 1\nb: *x\n", "yaml-alias", 1),
        ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "yaml-alias", 1),
        ("a: " + "[" * 50_000, "yaml-depth", 1),
        ("- " * 50_000 + "x", "yaml-depth", 1),
        ("\n".join(" " * n + "k:" for n in range(200)), "yaml-depth", 21),
        ("a: 1\nb: !!python/object:os.system x\n", "yaml-tag", 2),
        ("a: 1\n---\nb: 2\n", "yaml-documents", 2),
        ("a: 1927-02-29\n", "yaml-value", 1),
        ("a: " + "9" * 5000 + "\n", "yaml-value", 1),
        ("a: \x01\n", "yaml-syntax", 1),
        ("a: *emphasis*\n", "yaml-syntax", 1),
        ('a: b\nc: "X\\UFFFFFFFFY"\n', "yaml-syntax", 2),
        ('a: b\nc: "X\\U00110000Y"\n', "yaml-syntax", 2),
        ('a: "C:\\papers"\n', "yaml-syntax", 1),
        *((f'a: "A\\{sign}B"\n', "book-control", 1) for sign in "fvNLP"),
        ('a: "A\\ud83d\\ude00"\n', "book-control", 1),
        ('"\\udc00\\ud800": a\n', "book-control", 1),
        ("? [a, b]\n: c\n", "yaml-key", 1),
        ("x: " + "a" * (limits.YAML + 1), "yaml-large", 1),
    ],
)
def test_yaml_that_is_not_ours_is_refused(text: str, code: str, line: int) -> None:
    report = Report()
    load(Source("f.yaml", text), report)
    assert code in {d.code for d in report.found}
    first = next(d for d in report.found if d.code == code)
    assert first.span.line == line
    assert first.hint or code in ("yaml-value", "yaml-key", "yaml-syntax")


def test_words_that_look_like_other_types_stay_words() -> None:
    report = Report()
    tree = load(Source("f", "a: no\nb: 1:30\nc: 0123\nd: yes\ne: 1e3\n"), report)
    assert tree.value == {"a": "no", "b": "1:30", "c": "0123", "d": "yes", "e": "1e3"}
    assert not report.found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("heading: 1927\nforms: [x]\n", "not the number 1927"),
        ("heading: 1927-11-07\nforms: [x]\n", "not the date 1927-11-07"),
        ("heading: X\nforms: x\n", "a list is wanted here, not words"),
        ("heading: X\nforms: [x]\ndates: 1940–1879\n", "runs backwards"),
        ("heading: ~\nforms: [x]\n", "not nothing"),
    ],
)
def test_a_wrong_type_is_told_with_a_remedy(text: str, says: str) -> None:
    report = Report()
    shape(Person, load(Source("f", text), report), report)
    assert any(says in d.message for d in report.found)


def test_years_of_a_work_that_run_backwards_are_an_error() -> None:
    report = Report()
    shape(Work, load(Source("f", "title: T\nyear: 1933–1930\n"), report), report)
    assert [d.message for d in report.found] == ["year: “1933–1930” runs backwards"]


@pytest.mark.parametrize("top", ["- 1\n", "words\n", "1\n"])
def test_a_wrong_top_level_is_an_error(tmp_path: Path, top: str) -> None:
    assert "value-wrong" in Folder(tmp_path, PROSE, people=top).codes()


# --- Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        '{date: "1900-02-29"}',
        '{date: "0000"}',
        '{date: "٢٠٢٦"}',
        '{date: "1927-13"}',
        "{date: 1928/1927}",
        "{date: 1927-11-07, old_style: 1927-10-25}",
        "{date: 1917-11-07, old_style: 1917-10-24}",
        "{date: 1917-11, old_style: 1916}",
        '{date: "0001-01-01", old_style: "0001-01-02"}',
        "{date: 1927, inferred: day}",
        "{date: 1927-11, inferred: day}",
        "{date: 1927-11-07, passages: [a:1 x, a:1 x]}",
    ],
)
def test_a_date_that_contradicts_itself_is_refused(given: str) -> None:
    words = given.replace("}", ", text: T.}")
    if "passages" not in words:
        words = words.replace("}", ", passages: [a:1]}")
    report = Report()
    assert shape(Event, load(Source("f", words), report), report) is None
    assert report.failed


def test_dates_at_the_ends_of_the_calendar_are_dates() -> None:
    report = Report()
    for date in ("0001", "9999-12", "99XX", "1917-11", "1917-11-07"):
        words = f'{{date: "{date}", text: T., passages: [a:1]}}'
        assert shape(Event, load(Source("f", words), report), report)
    assert not report.found


# --- Contradictions -------------------------------------------------------------------------------

TROTSKY = "trotsky: {heading: 'Trotsky, Leon', forms: [Trotsky]}\n"


@pytest.mark.parametrize(
    ("article", "files", "code"),
    [
        ("", {"people": TROTSKY + "sedov: {heading: S, forms: [Trotsky]}\n"}, "form-twice"),
        (
            "",
            {
                "people": "a: {heading: A, forms: [{form: X, in: 'one:1-5'}]}\n"
                "b: {heading: B, forms: [{form: X, in: 'one:5-9'}]}\n"
            },
            "form-twice",
        ),
        ("", {"people": "a: {heading: A, forms: [X, X]}\n"}, "form-twice"),
        ("", {"works": "a: {title: A, forms: [X]}\nb: {title: B, forms: [X]}\n"}, "form-twice"),
        (
            "",
            {
                "people": "a: {heading: A, also: [B], forms: [A]}\nb: {heading: B, also: [C], "
                "forms: [B]}\nc: {heading: C, also: [A], forms: [C]}\n"
            },
            "see-circular",
        ),
        ("", {"people": "a: {heading: A, see_also: [zz], forms: [A]}\n"}, "person-unknown"),
        ("", {"people": "'A B': {heading: A, forms: [A]}\n"}, "identifier-wrong"),
        ("notes_from: 9\n", {}, "notes-from"),
        ("structure: {9-3: furniture}\n", {}, "value-wrong"),
        ("structure: {1-999999999: paragraph, 3: list}\n", {}, "structure-twice"),
        ("structure: {3: furniture}\neditor_notes: [{line: 3, words: hall, note: N.}]\n", {},
         "editor-note-unmatched"),
        ("structure: {3: furniture}\nitalics: [3 hall]\n", {}, "italics-unmatched"),
        ("insert: [{before: 3, heading: A, why: w}, {before: 3, heading: B, why: w}]\n", {},
         "insert-twice"),
        ("emendations: [{line: 3, was: the hall, now: x, why: w}, {line: 3, was: hall and, now: y, "
         "why: w}]\n", {}, "emendation-overlap"),
        ("emendations: [{line: 3, was: bread, now: x, why: w}]\n", {}, "emendation-ambiguous"),
        ("emendations: [{line: 3, was: wine, now: x, why: w}]\n", {}, "emendation-unmatched"),
        ("emendations: [{line: 3, was: hall, now: x, why: ' '}]\n", {}, "value-wrong"),
        ('emendations: [{line: 3, was: hall, now: "x\\ny", why: w}]\n', {}, "value-wrong"),
        ("", {"exceptions": "- {code: name-unknown, says: X, why: ''}\n"}, "value-wrong"),
        ("", {"house": "emend: [{id: a, pattern: 'x', now: '\\1', why: w, before: x, after: x}]\n"},
         "value-wrong"),
        ("", {"house": "emend: [{id: a, pattern: '(a+)+', now: b, why: w, before: a, after: b}]\n"},
         "value-wrong"),
    ],
)  # fmt: skip
def test_a_contradiction_is_an_error(
    tmp_path: Path, article: str, files: dict[str, str], code: str
) -> None:
    text = f"{PROSE}\n\n{PROSE}\n\nTrotsky spoke, and they went home. {PROSE}\n"
    found = [d for d in Folder(tmp_path, text, article, **files).found() if d.code == code]
    assert found
    assert all(d.severity == "error" for d in found)


def test_scopes_that_do_not_meet_are_no_contradiction(tmp_path: Path) -> None:
    people = (
        "a: {heading: A, forms: [{form: X, in: 'one:1-4'}]}\n"
        "b: {heading: B, forms: [{form: X, in: 'one:5-9'}]}\nc: {heading: C, forms: [X]}\n"
    )
    assert "form-twice" not in Folder(tmp_path, PROSE, people=people).codes()


# --- Sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "x " * (limits.TEXT // 2 + 1),
        "A few words.\n" * (limits.LINES + 1),
        "y" * 100_000,
        PROSE * (limits.PARAGRAPH // len(PROSE) + 1),
        f"Words[1]\n\nNotes\n1. {PROSE * (limits.NOTE // len(PROSE) + 1)}\n",
    ],
    ids=["text", "lines", "word", "paragraph", "note"],
)
def test_what_no_book_can_hold_is_refused(tmp_path: Path, text: str) -> None:
    assert "text-large" in Folder(tmp_path, text, "lines: paragraphs\n").codes()


def with_preface(root: Path, text: str) -> Folder:
    """Return a project whose book has a preface."""
    folder = Folder(root, PROSE, edition=f"{BOOK}front: [front/preface.md]\n")
    folder.write("book/front/preface.md", text.encode())
    return folder


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x " * (limits.YAML // 2 + 1), 1),
        ("\n" * (limits.LINES + 1), 1),
        (f"# Preface\n\n{'*' * 24_000}x\n", 3),
        (f"# Preface\n\nShort.\n\n{PROSE * (limits.PARAGRAPH // len(PROSE) + 1)}\n", 5),
        ("Words\n" * (limits.PARAGRAPH // 6 + 1), 1),
    ],
    ids=["text", "lines", "word", "paragraph", "broken paragraph"],
)
def test_what_no_preface_can_be_is_refused(tmp_path: Path, text: str, line: int) -> None:
    (found,) = with_preface(tmp_path, text).found()
    assert (found.code, found.span.line) == ("text-large", line)
    assert found.span.source.path == "book/front/preface.md"


def test_a_preface_of_many_paragraphs_is_none_too_large(tmp_path: Path) -> None:
    assert not with_preface(tmp_path, f"{PROSE}\n\n" * 4_000).found()


def test_a_mark_of_byte_order_is_no_part_of_a_preface(tmp_path: Path) -> None:
    folder = with_preface(tmp_path, "\ufeff# Preface\n\nWords.\n")
    assert not folder.found()
    (preface,) = folder.edition().front
    assert preface.title == "Preface"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("edition", ("imprint", "publisher")),
        ("edition", ("imprint", "rights")),
        ("edition", ("parts", 0, "title")),
        ("edition", ("description",)),
        ("edition", ("cover", "blurb")),
        ("article", ("title",)),
        ("article", ("rights",)),
        ("article", ("headnote",)),
        ("person", ("heading",)),
        ("person", ("gloss",)),
        ("work", ("title",)),
        ("event", ("text",)),
    ],
)
def test_a_value_that_fills_pages_is_refused(name: str, path: tuple[str | int, ...]) -> None:
    model, text = SHAPES[name]
    for words in ("word " * 12_000, "x" * 30_000, "*" * 24_000 + "x"):
        tree = load(Source("f", text), Report())
        at = tree.value
        for step in path[:-1]:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
        at[path[-1]] = words
        report = Report()
        assert shape(model, tree, report) is None
        (found,) = report.found
        assert found.code == "value-wrong"
        assert "characters" in found.message
        assert found.hint


def test_the_limits_are_documented() -> None:
    page = (Path(__file__).parent.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    words = re.sub(r"\s+", " ", page)
    for name in (
        *("TEXT", "LINES", "PARAGRAPH", "WORD", "NOTES", "NOTE", "YAML", "LINE", "REMARK"),
        *("TITLE", "FORM"),
    ):
        assert f"{getattr(limits, name):,}" in words, name


def test_more_notes_than_three_figures_can_count(tmp_path: Path) -> None:
    count = 1200
    calls = "".join(f"The {n}th paragraph calls its note.[{n}]\n" for n in range(1, count + 1))
    notes = "".join(f"{n}. Note {n}.\n" for n in range(1, count + 1))
    folder = Folder(
        tmp_path, f"{calls}In [1927] they met.\n\nNotes\n{notes}", "lines: paragraphs\n"
    )
    (article,) = folder.edition().articles
    assert [note.mark for note in article.notes] == [str(n) for n in range(1, count + 1)]
    assert [plain(note.inlines) for note in article.notes] == [
        f"Note {n}." for n in range(1, count + 1)
    ]
    assert "[1927]" in "".join(line.text for line in article.lines)


def test_only_notes_and_nothing_at_all(tmp_path: Path) -> None:
    Folder(tmp_path / "a", "1. One.\n2. Two.\n3. Three.\n").found()
    Folder(tmp_path / "b", "\x0c\n \n").found()


# --- Verse and notes ------------------------------------------------------------------------------


def test_verse_keeps_its_indents(tmp_path: Path) -> None:
    text = f"{PROSE}\n\nThe rose\n    the thorn\n        the leaf\nthe stem\n"
    (article,) = Folder(tmp_path, text, "structure: {3-6: verse}\n").edition().articles
    (verse,) = [block for block in article.blocks if isinstance(block, Verse)]
    assert [line.indent for line in verse.lines] == [0, 1, 2, 0]
    assert all(isinstance(line, VerseLine) for line in verse.lines)


def test_a_note_keeps_its_paragraphs(tmp_path: Path) -> None:
    text = f"{PROSE}[1]\n{PROSE}[2]\n\nNotes\n1. The first.\nIts second paragraph.\n2. The other.\n"
    article = "lines: paragraphs\nstructure: {5-7: note, 4: furniture}\n"
    (made,) = Folder(tmp_path, text, article).edition().articles
    assert [[plain(p) for p in note.paragraphs] for note in made.notes] == [
        ["The first.", "Its second paragraph."],
        ["The other."],
    ]
    assert [line.text for line in made.lines if line.number in (5, 6)] == [
        "The first.",
        "Its second paragraph.",
    ]


# --- Whole editions -------------------------------------------------------------------------------

PLAIN = "bread hall Trotsky Serge the of and “no” (yes) 1927 – don’t Ibid. *x* [sic] {{ }} <b> &"
ODD = "\u0422rotsky \u05e9\u05dc \u200b \x07 cafe\u0301 … . , : ; ' \" | # > _"
WORDS = st.sampled_from(f"{PLAIN} {ODD}".split())
SENTENCE = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


@st.composite
def articles(draw: Any) -> tuple[str, int]:
    """Return a random article with calls and notes that fit, and how many."""
    count = draw(st.integers(0, 6))
    lines: list[str] = []
    left = list(range(1, count + 1))
    for _ in range(draw(st.integers(1, 5))):
        words = draw(SENTENCE)
        while left and draw(st.booleans()):
            words += f" went.[{left.pop(0)}] {draw(SENTENCE)}"
        lines.append(f"They met {words} in the hall and spoke for an hour of bread and of peace.")
    lines += [f"It was late when they left the hall.[{n}]" for n in left]
    notes = [f"{n}. See {draw(SENTENCE)}" for n in range(1, count + 1)]
    ends = draw(st.sampled_from(["\n\n", "\r\n\r\n", "\r\r", "\n\n\n"]))
    return ends.join([*lines, *(["Notes", *notes] if notes else [])]), count


def letters(string: str) -> str:
    composed = unicodedata.normalize("NFC", string)
    return "".join(c for c in composed if c.isalpha() and c.isascii())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(articles())
def test_any_article_keeps_its_words_and_numbers_its_notes(
    tmp_path: Path, made: tuple[str, int]
) -> None:
    text, count = made
    folder = Folder(tmp_path, text, people=TROTSKY, works="serge: {title: M, forms: [Serge]}\n")
    folder.found()
    (edited,) = folder.edition().edited
    article = edited.article
    assert edited.text.original == text
    assert sorted(int(n.mark) for n in article.notes) == list(range(1, len(article.notes) + 1))
    dropped = {line.number for line in article.lines if line.fate == "dropped"}
    source = edited.text.source
    if len(article.notes) == count and not dropped - {
        line.number for line in article.lines if source.line(line.number) == "Notes"
    }:
        kept = "".join(line.text for line in article.lines if line.role != "note")
        given_ = "".join(
            source.line(line.number)
            for line in article.lines
            if line.role != "note" and line.number not in dropped
        )
        assert letters(kept) == letters(given_)
    ids = [id for id, _ in leaves(article.blocks)]
    assert len(set(ids)) == len(ids)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200), st.text(alphabet="ab:-[]{}!&*?'\" \n#|>,1~", max_size=60))
def test_any_text_and_any_yaml_are_read_or_refused(tmp_path: Path, text: str, yaml: str) -> None:
    folder = Folder(tmp_path, text.encode("utf-8", "replace"), people=yaml, house=yaml)
    for diagnostic in folder.found():
        assert not UNSEEN.search(diagnostic.full())


# --- Every key ------------------------------------------------------------------------------------

EDITION = """title: A Book
subtitle: S
editors: E
language: en-GB
imprint: {publisher: P, place: L, year: 2026, edition: First, isbn: 978-0-306-40615-7,
  identifier: "urn:x:1", modified: 2026-01-01, rights: No., home: "https://example.org/"}
description: D
subjects: [One]
press: {bleed: 3, marks: true, signature: 8, profile: FOGRA52}
cover: {paper: 0.12, blurb: B, bleed: 3, marks: true, profile: FOGRA51}
contributors: [{name: Ada Byron, role: editor, file_as: "Byron, Ada"}]
series: {title: T, number: 2}
epub: {pages: a5, fonts: false}
parts: [{title: T, articles: [one]}]
format: a5
face: EB Garamond
front: [front/a.md]
back: [back/b.md]
"""
ARTICLE = f"""copy_text: {{sha256: {"0" * 64}, name: one.txt}}
title: T
short_title: S
authors: [a]
language: en
published: P
provenance: P
seen: 2026-01-01
rights: R
headnote: H
lines: wrapped
notes_from: 9
structure: {{3: quotation}}
insert: [{{before: 3, heading: H, level: 2, why: W}}, {{before: 4, break: true, why: W}}]
emendations: [{{line: 3, was: a, now: b, why: W, all: true}}]
editor_notes: [{{line: 3, words: a, note: N}}]
italics: [3 words]
"""
HOUSE = """regularise: [ellipsis]
emend: [{id: x, pattern: a, now: b, why: W, before: a, after: b, in: [one]}]
italics: [One]
languages: {Cyrillic: ru}
not_names: [Hall]
"""
PERSON = """heading: T
dates: 1879–1940
gloss: G
also: [U]
see_also: [b]
forms: [T, {form: V, in: one}]
topics: [{topic: P, in: [one]}]
"""
WORK = """kind: book
authors: [A]
editors: [E]
title: T
short: S
container: C
volumes: 2
place: P
publisher: P
year: 1933
date: 1933-02-01
language: en
note: N
supplied: [place]
forms: [T]
item: "[0-9]+"
named: ["one:3 words"]
"""
EVENT = """date: 1917-11-07
inferred: day
old_style: 1917-10-25
text: T
passages: ["one:3 words"]
disagreement: D
"""
ACCEPTED = "code: call-order\nat: one:3\nsays: S\nwhy: W\n"
FORMAT = "trim: [148, 210]\ninner: 60\nouter: 50\ntop: 50\nlines: 33\nscale: 1\ncss: C\n"
SHAPES: dict[str, tuple[type[Any], str]] = {
    "edition": (EditionFile, EDITION),
    "article": (ArticleFile, ARTICLE),
    "house": (House, HOUSE),
    "person": (Person, PERSON),
    "work": (Work, WORK),
    "event": (Event, EVENT),
    "accepted": (Accepted, ACCEPTED),
    "format": (Format, FORMAT),
}
BAD = (
    *("~", '""', '"  "', "-1", "1.5", "9" * 17, "9" * 400 + ".0", "true", "0123", ".nan", "="),
    *("1927-11-07", "1927-02-29", "2001-12-14 25:00:00", "x" * 9000, "[]", "[x]", "[~]", '[""]'),
    *("[{a: 1}]", "{}", "{x: y}", '"a\\nb"', '"\\ud800"', '"\\u202ex"', '"((("', '"<b>{{ 7 }}"'),
)


def _paths(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    below: Any = value.items() if isinstance(value, dict) else ()
    found = [at] if at else []
    for key, item in enumerate(value) if isinstance(value, list) else below:
        found += _paths(item, (*at, key))
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_a_wrong_value_at_any_key_is_told_where_it_stands(name: str) -> None:
    """Whatever stands at a key: it is right, or an error on its line, with a remedy."""
    model, text = SHAPES[name]
    tree = load(Source("f", text), Report())
    report = Report()
    assert shape(model, tree, report), [d.full() for d in report.found]
    for path in _paths(tree.value):
        span = tree.span(path)
        for bad in BAD:
            source = Source("f", f"{text[: span.start]}{bad}{text[span.end :]}")
            report = Report()
            made = shape(model, load(source, report), report)
            assert made is not None or report.failed, (path, bad[:20])
            for d in report.found:
                assert d.hint, (path, bad[:20], d.message)
                assert not UNSEEN.search(d.full())
                assert "datetime" not in d.message
                assert not re.search(r"\b(?:None|True|False|tuple|str)\b", d.message)
            lines = [d.span.line for d in report.found]
            apart = name in ("event", "format")  # whose values are held against each other
            assert apart or not lines or span.line in lines, (path, bad[:20], str(report.found[0]))


def test_what_an_entry_makes_of_others_is_not_told_as_their_fault(tmp_path: Path) -> None:
    """An article or a person with a fault in the file is still known to those that name it."""
    article = "authors: [trotsky]\nstructure: {3: quote}\n"
    people = TROTSKY.replace("Leon'", "Leon', see_also: [trotsky], gloss: [x]")
    chronology = "- {date: 1927, text: T, passages: [one:1]}\n"
    folder = Folder(tmp_path, PROSE, article, people=people, chronology=chronology)
    assert folder.codes() == {"value-wrong"}


def test_entries_after_a_faulty_one_keep_their_places(tmp_path: Path) -> None:
    chronology = (
        "- {date: 1900-13, text: T, passages: [one:1]}\n"
        "- {date: 1927, text: T, passages: [one:1 wine]}\n"
        "- {date: 1900-02-30, text: T, passages: [one:1]}\n"
        "- {date: 1927, text: U, passages: [two:1]}\n"
    )
    found = Folder(tmp_path, PROSE, chronology=chronology).found()
    assert [(d.span.line, d.code) for d in found if d.span.source.path.endswith("y.yaml")] == [
        (1, "value-wrong"),
        (2, "passage-unmatched"),
        (3, "yaml-value"),
        (4, "article-unknown"),
    ]


def test_a_long_title_stays_on_its_page_and_no_character_is_lost(tmp_path: Path) -> None:
    """Also one that the face does not have, those beyond U+FFFF, which a PDF has in halves, and
    marks that call no note."""
    long = "Reflections on the Government of a Hall without Stoves, with an Account of the Chairs"
    edition = BOOK.replace("A Book", f"{long}\nsubtitle: {long}\neditors: {long}")
    text = f"{PROSE}\n\n\U0001f600 {PROSE}\n\n{PROSE}[1] {PROSE} In [2] or.[3] {PROSE}\n\n"
    text += f"Contents\n\n{PROSE}\n\nThe Index\n\n{PROSE}\n\nA Second\n\n{PROSE}\n\nNotes\n1. N.\n"
    second = f"{PROSE}\n\n{PROSE}\n"
    accepted = "- {code: call-without-note, at: one, why: as in the copy-text}\n"
    edition = edition.replace("[one]", "[one, two]")
    folder = Folder(tmp_path, text, edition=edition, exceptions=accepted)
    folder.write("seeds/two.txt", second.encode())
    sha = hashlib.sha256(second.encode()).hexdigest()
    folder.write(
        "book/articles/two.yaml", f"copy_text: {{sha256: {sha}}}\ntitle: A Second\n".encode()
    )
    (tmp_path / "build").mkdir()
    (tmp_path / "build/fonts").symlink_to(ROOT / "build/fonts")
    session = Session.open(folder.root, [])
    try:
        outcome = build(session, ["edition"], tmp_path / "dist", press=False)
    except MachineError as error:
        pytest.skip(f"the typesetter cannot be loaded: {error}")
    assert outcome.written
    proven = prove("edition", tmp_path / "dist", outside=False)
    assert [str(f) for proof in proven.proofs for f in proof.falsehoods] == []


def test_a_face_of_which_no_glyph_is_drawn(tmp_path: Path) -> None:
    book = pikepdf.new()
    font = book.make_indirect(
        pikepdf.Dictionary(
            DescendantFonts=[
                pikepdf.Dictionary(
                    FontDescriptor=pikepdf.Dictionary(Descent=-200, Ascent=800, Flags=4)
                )
            ]
        )
    )
    _whole_font(book, font, {}, book.make_stream(b""))
    assert list(font.DescendantFonts[0].FontDescriptor.FontBBox) == [0, -200, 0, 800]


def test_a_register_that_is_no_yaml_is_told_and_nothing_else(tmp_path: Path) -> None:
    article = "authors: [trotsky]\n"
    assert Folder(tmp_path / "a", PROSE, article, people="x: [\n").codes() == {"yaml-syntax"}
    assert "person-unknown" in Folder(tmp_path / "b", PROSE, article, people="# x\n").codes()


@pytest.mark.parametrize(
    ("char", "code"),
    [(c, "zero-width") for c in "\u034f\u3164\uffa0\ufff9\u180b\U000e0041"]
    + [("\U000e0041\U000e0042", "zero-width")]
    + [(c, "control-character") for c in "\x92\ufdd0\U0001ffff"],
)
def test_what_has_no_width_or_is_no_character(tmp_path: Path, char: str, code: str) -> None:
    folder = Folder(tmp_path, f"{PROSE}\nTro{char}tsky spoke.\n")
    (found,) = [d for d in folder.found() if d.code == code]
    assert (found.span.line, found.span.column) == (2, 4)
    assert f"U+{ord(char[0]):04X}" in found.message
    assert folder.edition().edited[0].text.string.endswith("Trotsky spoke.\n")


def test_a_note_whose_number_stands_twice_is_named(tmp_path: Path) -> None:
    text = f"{PROSE}[1]\n{PROSE}[2]\n{PROSE}[3]\n\nNotes\n1. A.\n2. B.\n2. C.\n3. D.\n"
    found = Folder(tmp_path, text, "lines: paragraphs\n").found()
    assert [(d.code, d.span.line) for d in found] == [("note-twice", 8)]


def test_works_named_where_nothing_stands(tmp_path: Path) -> None:
    works = "a: {title: A, named: ['one:1 wine', 'one:2', 'one:1 bread']}\n"
    found = Folder(tmp_path, PROSE, works=works).found()
    assert [(d.code, str(d.span)) for d in found] == [
        ("passage-unmatched", "book/works.yaml:1:23"),
        ("passage-unmatched", "book/works.yaml:1:37"),
    ]


def test_the_numbers_of_pages_at_form_feeds_are_no_headings(tmp_path: Path) -> None:
    rooms = enumerate(("hall", "cellar", "kitchen", "school"), 41)
    pages = [f"{PROSE}\n\nThe {r} was cold when\n\n{n}\n\fhe left the {r}\n" for n, r in rooms]
    text = f"{''.join(pages)}\n12\n\n{PROSE}\n"
    (article,) = Folder(tmp_path, text, "lines: paragraphs\n").edition().articles
    assert {line.why for line in article.lines if line.fate == "dropped"} == {
        "the number of a page"
    }
    assert [line.number for line in article.lines if line.role == "heading"] == [26]


def test_what_is_said_of_a_paragraph_holds_over_the_number_of_a_page(tmp_path: Path) -> None:
    broken = (
        "The hall was cold, and nobody in it knew why the men who had come there from the mill in "
        "the winter sat with\n\n{}\n\f"
    )
    rest = (
        "Trotsky[{}] sat down to eat with them, since the sotve was out and the wheel of the mill "
        "stood still.\n"
    )
    pages = [f"{broken.format(n + 1)}{rest.format(n)}" for n in (1, 2, 3)]
    text = f"{PROSE}\n\n{''.join(pages)}\n1. One.\n2. Two.\n3. Three.\n"
    yaml = "emendations: [{line: 10, was: sotve, now: stove, why: misprint}]\n"
    people = "trotsky: {heading: 'Trotsky, Leon', forms: [Trotsky]}\n"
    folder = Folder(tmp_path, text, f"lines: paragraphs\n{yaml}", people=people)
    (edited,) = folder.edition().edited
    article = edited.article
    whole = [plain(block.inlines) for block in article.blocks if isinstance(block, Paragraph)]
    assert len(whole) == 4
    assert "sat with Trotsky sat down to eat with them, since the stove was out" in whole[2]
    filled = [n for n, line in enumerate(text.split("\n"), 1) if line.strip("\f \n")]
    assert [line.number for line in article.lines] == filled
    numbers = [line.number for line in article.lines if line.why == "the number of a page"]
    assert numbers == [5, 9, 13]
    assert [o.text.whole_span().line for o in article.occurrences] == [6, 10, 14]
    assert [note.call_line for note in article.notes] == [6, 10, 14]
    assert [edited.line_words(n)[:8] for n in (5, 6, 9)] == ["2", "The hall", "3"]


def test_a_broken_line_that_begins_with_a_number_or_a_dash_goes_on(tmp_path: Path) -> None:
    notes = (
        "1. See the minutes of the hall in its\n1931. edition, which has the words\n"
        "– all of them – and the page, p.\n31. It is lost.\n2. The other.\n4. The last.\n"
    )
    text = f"{PROSE}[1]\n\n{PROSE}[2]\n\n{PROSE}[4]\n\nNotes\n\n{notes}"
    (article,) = Folder(tmp_path, text, "lines: wrapped\n").edition().articles
    assert [plain(note.inlines) for note in article.notes] == [
        "See the minutes of the hall in its 1931. edition, which has the words "
        "– all of them – and the page, p. 31. It is lost.",
        "The other.",
        "The last.",
    ]


def test_a_page_of_nothing_but_a_note_has_its_break_where_the_text_goes_on() -> None:
    def page(*notes: NoteLine) -> LaidPage:
        return LaidPage(b"", ("a", 0), (), notes, (), {}, "", {})

    def line(number: int, offset: int) -> LineStart:
        return LineStart("a", offset, number, 1, 0.0, 0.0)

    note = NoteLine("n", 0, 0.0)
    sheets = (page(), page(note), page(note), page(note), page(note), page())
    laid = Laid(sheets, 6, (line(0, 0), line(3, 50)), {}, ("",) * 6)
    book = PageMap((LaidPart("a", laid, 0, Folio(True, 9)),))
    breaks = [(str(folio), offset) for folio, _, offset in book.breaks()]
    assert breaks == [("9", 0), ("10", 50), ("11", 50), ("12", 50), ("13", END)]
    xhtml = with_breaks('<p id="a">One two three.</p>', {"a": [(3, "9"), (3, "10"), (END, "11")]})
    assert re.findall(r'id="page-(\d+)"', xhtml) == ["9", "10", "11"]
