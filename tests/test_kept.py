"""What builds keep: it is taken over when it is sure to be the same, and nothing can hide in it."""

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace

from leftopp_book import editor, kept
from leftopp_book.article import Edited, Prepared, Shared, edit, prepared
from leftopp_book.build import Session, check_editions
from leftopp_book.cli import main
from leftopp_book.diagnostics import Report
from leftopp_book.document import Role
from leftopp_book.edition import Edition, assemble
from leftopp_book.kept import Kept, Values, remembered
from leftopp_book.parallels import Parallel, Side
from leftopp_book.project import Project
from leftopp_book.text import Source, Span

TINY = Path(__file__).parent / "tiny"
SPAN = Span(Source("a.txt", "one\ntwo"), 1, 5)


def values(folder: Path, value: object) -> Values:
    """Return values of which one has been written, under the name “x”."""
    made = Values(folder)
    made.keep("x", value, "of this")
    made.write()
    return made


@pytest.mark.parametrize("value", [SPAN, Role.TITLE, range(3, 8), date(1926, 5, 1), [SPAN, SPAN]])
def test_a_value_is_found_where_it_is_of_the_same(tmp_path: Path, value: object) -> None:
    made = values(tmp_path, value)
    assert made.find("x", "of this") == value
    assert made.find("x", "of that") is None
    assert made.find("y", "of this") is None


def test_what_is_too_deep_is_not_kept(tmp_path: Path) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert values(tmp_path, deep).find("x", "of this") is None


def test_nothing_is_kept_without_a_folder() -> None:
    assert Values().find("x", "") is None


def test_what_another_program_has_kept_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = values(tmp_path, SPAN)
    monkeypatch.setattr(kept, "fingerprint", lambda: "another program")
    assert made.find("x", "of this") is None


def test_what_is_damaged_is_not_there(tmp_path: Path) -> None:
    made = values(tmp_path, SPAN)
    file = tmp_path / "x"
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:50], b"", b"\n", whole.replace(b"two", b"too")):
        file.write_bytes(damaged)
        assert made.find("x", "of this") is None
    file.unlink()
    file.mkdir()
    assert made.find("x", "of this") is None
    made.keep("x", SPAN, "of this")
    made.write()  # it cannot be: no error


class _Harm:
    """Would make a folder when it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_nothing_is_done_that_a_pickle_asks_for(tmp_path: Path) -> None:
    """A whole file with the right key, from somebody who knows how it is made."""
    harm = tmp_path / "harm"
    for value in (_Harm(harm), Path, CliRunner, yaml.SafeLoader, kept._Reader, Values.write):
        assert values(tmp_path / "kept", value).find("x", "of this") is None
        assert not harm.exists()
    pickle.loads(pickle.dumps(_Harm(harm)))
    assert harm.exists()  # so it would have done


def test_a_function_is_not_asked_twice_in_two_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MEMORIES", {})
    asked: list[str] = []

    def twice(words: str) -> tuple[str, ...]:
        asked.append(words)
        return words, words

    def build(*words: str) -> list[tuple[str, ...]]:
        function = remembered(twice)  # as in a new process
        own = Values(tmp_path)
        own.recall()
        found = [function(word) for word in words]
        own.write()
        return found

    assert build("a", "b", "a") == [("a", "a"), ("b", "b"), ("a", "a")]
    assert asked == ["a", "b"]
    assert build("b", "c") == [("b", "b"), ("c", "c")]
    assert asked == ["a", "b", "c"]
    assert build("b") == [("b", "b")]
    assert build("a") == [("a", "a")]  # what was not wanted is forgotten
    assert asked == ["a", "b", "c", "a"]


# --- Books --------------------------------------------------------------------------------------


def replaced(file: Path, was: str, now: str) -> None:
    words = file.read_text(encoding="utf-8")
    assert was in words, (file, was)
    file.write_text(words.replace(was, now, 1), encoding="utf-8")


def appended(file: Path, words: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + words, encoding="utf-8")


def edited(root: Path, *, again: bool) -> tuple[Edition, list[object]]:
    session = Session.open(root, [], again=again)
    report = Report()
    edition = assemble(session.project, "tiny", report, values=session.values)
    if again:
        session.values.write()
    assert edition.hashes.keys() == {article.id for article in edition.articles}
    # an article that is taken over was edited from another register, which had no say in it
    return replace(edition, hashes={}), [*session.report.sorted(), *report.sorted()]


CHANGES: tuple[Callable[[Path], None], ...] = (
    lambda book: replaced(book / "articles/chairs.yaml", "Two Ways", "Three Ways"),
    lambda book: replaced(book / "articles/chairs.yaml", "line: 13", "line: 12"),  # not there
    lambda book: replaced(book / "people.yaml", "forms:", "gloss: a witness\n  forms:"),
    lambda book: replaced(book / "people.yaml", "Mary Jones, {", "{"),
    lambda book: replaced(book / "people.yaml", "in: chairs", "in: stoves"),  # ambiguous then
    lambda book: appended(book / "people.yaml", "new:\n  heading: N\n  forms: [Congress]\n"),
    lambda book: appended(book / "house.yaml", "\nlanguages: {Greek: el}\n"),
    lambda book: appended(book / "works.yaml", "\nnobody:\n  title: Nothing\n"),
    lambda book: (book / "chronology.yaml").unlink(),
    lambda book: (book / "people.yaml").unlink(),
)


@pytest.mark.parametrize("change", range(len(CHANGES)))
def test_what_is_kept_makes_no_difference(tmp_path: Path, change: int) -> None:
    """After any change, also a wrong one, the book and its findings are those of a first reading.

    What was found in an article is found in one that is taken over.
    """
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    assert edited(tmp_path, again=True) == edited(tmp_path, again=False)
    assert any((tmp_path / "build/kept/edited").iterdir())
    assert edited(tmp_path, again=True) == edited(tmp_path, again=False)
    CHANGES[change](tmp_path / "book")
    assert edited(tmp_path, again=True) == edited(tmp_path, again=False)


def test_what_articles_share_is_found_again_only_when_their_words_change(tmp_path: Path) -> None:
    edition, _ = edited(TINY, again=False)
    kept = Kept(tmp_path, "key")
    edition.remember(kept)
    again = replace(edition, people={})  # as if nothing had been found
    shared = Parallel(Side("a", "a-1"), Side("b", "b-1"), 12)
    kept.keep("parallels", (shared,), edition.words)
    again.remember(kept)
    assert again.parallels == (shared,)
    other = replace(edition, words=f"{edition.words} otherwise")
    other.remember(kept)
    assert other.parallels == edition.parallels


def test_articles_are_not_edited_again_whose_words_and_registers_have_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    edited(tmp_path, again=True)
    again: list[str] = []
    anew: list[str] = []

    def noted_anew(name: str, project: Project, report: Report) -> Prepared:
        anew.append(name)
        return prepared(name, project, report)

    def noted(name: str, shared: Shared, report: Report, copy: Prepared) -> Edited:
        again.append(name)
        return edit(name, shared, report, copy)

    monkeypatch.setattr(editor, "edit", noted)
    monkeypatch.setattr(editor, "prepared", noted_anew)
    appended(tmp_path / "book/chronology.yaml", "\n")
    edited(tmp_path, again=True)
    assert again == []
    appended(tmp_path / "book/articles/chairs.yaml", "\n")
    edited(tmp_path, again=True)
    assert again == anew == ["chairs"]
    people = tmp_path / "book/people.yaml"
    for words, expected in (
        ("nobody:\n  heading: Nobody\n  forms: [Nobody At All]\n", []),
        ("ada:\n  heading: Ada\n  forms: [Ivar]\n", ["stoves"]),
        ("bea:\n  heading: Bea\n  forms: [Mary Jo-nes]\n", ["chairs"]),
    ):
        again.clear()
        anew.clear()
        appended(people, words)
        edited(tmp_path, again=True)
        assert again == expected
        assert anew == []  # their text and pieces are taken over
    again.clear()
    replaced(people, "heading: Smith, Anna", "heading: Smith, Joanna")  # who wrote it
    replaced(people, "dates: b. 1922", "dates: b. 1923")
    edited(tmp_path, again=True)
    assert again == ["stoves"]
    again.clear()
    appended(tmp_path / "book/works.yaml", "\n")
    edited(tmp_path, again=True)
    assert sorted(again) == ["chairs", "stoves"]


def test_check_reads_what_is_kept_and_writes_nothing(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    first = check_editions(Session.open(tmp_path, [], again=True), [])
    assert not (tmp_path / "build").exists()
    edited(tmp_path, again=True)
    assert check_editions(Session.open(tmp_path, [], again=True), []) == first


def a_word(book: Path) -> None:
    """Change a word of a copy-text, and renew its SHA-256."""
    text, file = book.parent / "seeds/chairs.txt", book / "articles/chairs.yaml"
    before = hashlib.sha256(text.read_bytes()).hexdigest()
    replaced(text, "congress", "meeting")
    replaced(file, before, hashlib.sha256(text.read_bytes()).hexdigest())


@pytest.mark.parametrize(
    "change",
    [
        a_word,
        lambda book: replaced(book / "articles/stoves.yaml", "the first to", "the only one to"),
        lambda book: replaced(book / "people.yaml", "chairman of the", "chair of a"),
        lambda book: replaced(book / "chronology.yaml", "text: ", "text: It was said that "),
        lambda book: appended(book / "tiny.yaml", "language: fr\n"),
        lambda book: replaced(book / "tiny.yaml", "title: The", "title: That"),
    ],
)
def test_a_build_after_another_gives_the_files_of_a_first_one(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """Through the command line, with an error on the way, after which nothing is kept."""
    shutil.copytree(TINY, tmp_path / "a", dirs_exist_ok=True)
    # what hyphens do in a longer book: the language of the book has a say in its index
    shutil.copytree(TINY.parent.parent / "styles", tmp_path / "a/styles")
    appended(
        tmp_path / "a/styles/print.css", "\n.index p:lang(fr) { text-indent: 9px; width: 50% }\n"
    )

    def built(root: Path, out: str) -> dict[str, bytes]:
        given = ["build", "--project", str(root), "--out", str(tmp_path / out)]
        done = CliRunner().invoke(main, given)
        assert done.exit_code == 0, done.output
        return {path.name: path.read_bytes() for path in (tmp_path / out).iterdir()}

    first = built(tmp_path / "a", "first")
    people = tmp_path / "a/book/people.yaml"
    before = people.read_text(encoding="utf-8")
    appended(people, "\nnobody:\n  nme: Nobody\n")
    wrong = CliRunner().invoke(main, ["build", "--project", str(tmp_path / "a")])
    assert wrong.exit_code == 1
    people.write_text(before, encoding="utf-8")
    change(tmp_path / "a/book")
    shutil.copytree(tmp_path / "a/book", tmp_path / "b/book")
    shutil.copytree(tmp_path / "a/seeds", tmp_path / "b/seeds")
    shutil.copytree(tmp_path / "a/styles", tmp_path / "b/styles")
    second = built(tmp_path / "a", "second")
    assert second == built(tmp_path / "b", "third")
    assert second["tiny.pdf"] != first["tiny.pdf"]


def test_what_the_killed_left_half_written_goes(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [tmp_path / f"x[1].{n}.part" for n in (ended.pid, "word", os.getppid())]
    for part in left:
        part.write_bytes(b"half")
    Kept(tmp_path, "key").keep("x[1]", "words")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x[1]", left[2].name]
    assert Kept(tmp_path, "key").find("x[1]") == "words"
