"""Nothing is lost and nothing is made up: the copy-text can be had back from the book.

The primer's copy-texts are always at hand; the reader's are looked for in LEFTOPP_SEEDS and in
`../shared/seeds`.
"""

import os
import re
from functools import cache
from pathlib import Path

import pytest
from msgspec.structs import replace

from leftopp_book.article import Edited, Shared, edit, edited_text
from leftopp_book.clean import ENTITIES
from leftopp_book.clean import RULES as CLEAN
from leftopp_book.diagnostics import Report
from leftopp_book.document import Fate, leaves, plain
from leftopp_book.project import Project, read_project
from leftopp_book.regularise import RULES as HOUSE
from leftopp_book.text import Run, Text

ROOT = Path(__file__).parent.parent
FOLDERS = [ROOT / "seeds", ROOT.parent / "shared" / "seeds"]
FOLDERS += [Path(os.environ["LEFTOPP_SEEDS"])] if os.environ.get("LEFTOPP_SEEDS") else []
ARTICLES = sorted(path.stem for path in (ROOT / "book" / "articles").glob("*.yaml"))
RULES = {rule.id for rule in (ENTITIES, *CLEAN, *HOUSE)}


@cache
def project() -> Project:
    report = Report()
    return read_project(ROOT, FOLDERS, report)


@cache
def edited(name: str) -> Edited:
    """Return an article as edited; skip the test where its copy-text is not at hand."""
    if name not in project().copy_texts:
        pytest.skip(f"the copy-text of “{name}” is not at hand: set LEFTOPP_SEEDS to its folder")
    return edit(name, Shared.of(project()), Report())


def unowned(text: Text, owners: set[str]) -> list[Run]:
    """Return the runs of a text that differ from the copy-text and that nobody answers for."""
    return [
        run
        for run in text.runs
        if run.string != text.source.text[run.start : run.end]
        and not (run.owners and set(run.owners) <= owners)
    ]


def known_owners(name: str) -> set[str]:
    p = project()
    _, changes = edited_text(name, p.copy_texts[name], p.articles[name], p, Report())
    return RULES | changes.keys()


def test_the_primer_is_at_hand() -> None:
    assert set(project().editions["primer"].articles) <= project().copy_texts.keys()


@pytest.mark.parametrize("name", ARTICLES)
def test_undoing_every_change_gives_the_copy_text_back(name: str) -> None:
    text = edited(name).text
    assert text.original == project().copy_texts[name].text


@pytest.mark.parametrize("name", ARTICLES)
def test_every_change_has_an_owner(name: str) -> None:
    assert unowned(edited(name).text, known_owners(name)) == []


@pytest.mark.parametrize("name", ARTICLES)
def test_a_change_without_an_owner_is_caught(name: str) -> None:
    text = edited(name).text
    runs = list(text.runs)
    at = next(i for i, run in enumerate(runs) if not run.owners and "e" in run.string)
    runs[at] = runs[at]._replace(string=runs[at].string.replace("e", "a", 1))
    assert unowned(Text(text.source, tuple(runs)), known_owners(name)) == [runs[at]]
    runs[at] = runs[at]._replace(owners=("nobody",))
    assert unowned(Text(text.source, tuple(runs)), known_owners(name)) == [runs[at]]


@pytest.mark.parametrize("name", ARTICLES)
def test_a_lost_stretch_is_caught(name: str) -> None:
    text = edited(name).text
    at = next(i for i, run in enumerate(text.runs) if len(run.string) > 1)
    lost = replace(text, runs=(*text.runs[:at], *text.runs[at + 1 :]))
    assert lost.original != project().copy_texts[name].text


@pytest.mark.parametrize("name", ARTICLES)
def test_every_line_that_is_not_empty_belongs_to_one_piece(name: str) -> None:
    e = edited(name)
    source = e.text.source
    covered = [
        n
        for piece in e.pieces
        for n in range(piece.lines[0], piece.lines[1] + 1)
        if source.line(n).strip()
    ]
    wanted = [n for n in range(1, source.line_count + 1) if _has_words(source.line(n))]
    assert [n for n in covered if _has_words(source.line(n))] == wanted
    assert len(covered) == len(set(covered))
    assert [line.number for line in e.article.lines] == covered


def _has_words(line: str) -> bool:
    return bool(re.search(r"[^\W_]", line))


@pytest.mark.parametrize("name", ARTICLES)
def test_every_line_that_is_kept_or_moved_has_its_words_in_the_record(name: str) -> None:
    for line in edited(name).article.lines:
        assert bool(line.text) == (line.fate is not Fate.DROPPED), line


@pytest.mark.parametrize("name", ARTICLES)
def test_every_word_that_is_kept_stands_in_the_book_once(name: str) -> None:
    """The words of the kept lines, in their order, are those of the opening and the blocks."""
    article = edited(name).article
    opening = {"title", "kicker", "byline", "dateline"}
    kept = [x.text for x in article.lines if x.fate is Fate.KEPT and x.role not in opening]
    editorial = {
        f"{name}-{insert.before}-{part}"
        for insert in project().articles[name].insert
        for part in ("heading", "moved")
    }
    printed = [
        plain(inlines, calls=True) for id, inlines in leaves(article.blocks) if id not in editorial
    ]
    unsigned = re.compile(
        r"\[[*†‡§‖¶]+\]"
    )  # an editor's note is called, but is no word of the line
    assert _ink(kept, unsigned) == _ink(printed, unsigned)


def _ink(strings: list[str], without: re.Pattern[str]) -> str:
    return re.sub(r"\s|^[•*·▪–-]|(?<=\n)[•*·▪–-]", "", without.sub("", "\n".join(strings)))


@pytest.mark.parametrize("name", ARTICLES)
def test_every_mention_stands_where_it_says(name: str) -> None:
    e = edited(name)
    for occurrence in e.article.occurrences:
        span = occurrence.text.whole_span()
        line = e.text.source.line(span.line)
        words = occurrence.text.string
        plain_run = all(not run.owners for run in occurrence.text.runs)
        assert not plain_run or line[span.column - 1 :].startswith(words), (span, words)


@pytest.mark.parametrize("name", ARTICLES)
def test_every_call_has_its_note_and_every_note_its_call(name: str) -> None:
    article = edited(name).article
    words = "\n".join(plain(inlines, calls=True) for _, inlines in leaves(article.blocks))
    words += plain(article.opening.title, calls=True)
    marks = re.findall(r"\[(\d{1,3}|[*†‡§‖¶]+)\]", words)
    for note in article.notes:
        assert marks.count(note.mark) == 1, note.mark
    assert len(marks) == len(article.notes)
