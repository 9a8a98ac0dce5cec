"""The benchmark: that every typesetter is given the same book, and that changes leave it sound.

Nothing is timed here, and no other typesetter is run.
"""

import re
import sys
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench import projects  # noqa: E402
from bench.cast_off import Work, cast_off  # noqa: E402
from bench.html_source import Html  # noqa: E402
from bench.latex_source import Latex  # noqa: E402
from bench.markdown_source import Markdown  # noqa: E402
from bench.source import Tongue, source  # noqa: E402
from bench.typst_source import Typst  # noqa: E402

from leftopp_book.document import Fate, Role  # noqa: E402
from leftopp_book.edition import Edition  # noqa: E402

PRIMER = "primer"
TONGUES: list[Tongue] = [Html(""), Latex(), Markdown(), Typst()]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return projects.copied(ROOT, [], tmp_path / "project", PRIMER)


@pytest.fixture(scope="module")
def work() -> Work:
    return cast_off(projects.read(ROOT, PRIMER))


def letters(words: str) -> str:
    """Return the letters of words, without what a tongue puts between and before them."""
    return re.sub(r"[\W\d_]", "", words)


def bare(tongue: Tongue, written: str) -> str:
    """Return a source without its marks of places, terms and notes: the letters that it prints."""
    for pattern in {
        "weasyprint": [r"<[^>]*>"],
        "xelatex": [r"\\(?:index|place)\{(?:[^{}]|\{[^{}]*\})*\}", r"\\[A-Za-z]+"],
        "pandoc": [r"\\(?:index|place)\{(?:[^{}]|\{[^{}]*\})*\}", r"</?em>", r"\{\.smallcaps\}"],
        "typst": [r"<[^<>\s]*>", r"#[a-z]+(?:\([^()]*\))?"],
    }[tongue.name]:
        written = re.sub(pattern, "", written)
    return letters(unescape(written) if tongue.name == "weasyprint" else written)


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
def test_every_paragraph_is_in_every_source(tongue: Tongue, work: Work) -> None:
    printed = bare(tongue, source(work, tongue))
    paragraphs = [
        piece
        for article in work.edition.articles
        for line in article.lines
        if line.role is Role.PARAGRAPH and line.fate is Fate.KEPT
        for piece in re.split(r"\[[\d*†‡§]+\]", line.text)  # a note stands where it is called
    ]
    assert len(paragraphs) > 200
    assert [words for words in paragraphs if letters(words) not in printed] == []


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.name)
def test_every_page_number_has_its_place(tongue: Tongue, work: Work) -> None:
    written = source(work, tongue)
    numbers, places = {
        "weasyprint": (r'class="n" href="#([^"]*)"', r' id="([^"]*)"'),
        "xelatex": (r"\\pageref\{([^}]*)\}", r"\\(?:place|label)\{([^}]*)\}"),
        "pandoc": (r"\\pageref\{([^}]*)\}", r"\\(?:place|label)\{([^}]*)\}"),
        "typst": (r"(?:folio\(|locators\(|\), )\(?<([^>]*)>", r"metadata\(none\)<([^>]*)>"),
    }[tongue.name]
    wanted, there = re.findall(numbers, written), re.findall(places, written)
    assert len(wanted) > 100
    assert set(wanted) - set(there) == set()
    assert len(there) == len(set(there))  # a place is one place


def test_every_mention_of_the_index_is_in_every_source(work: Work) -> None:
    assert len(work.headings) > 200
    html, latex, markdown, typst = (source(work, tongue) for tongue in TONGUES)
    for name in work.headings:
        assert f'href="#{name}"' in html
        assert f"(<{name}>, " in typst
    terms = sum(map(len, work.headings.values()))
    for written in (latex, markdown):
        marks = re.findall(r"\\index\{(?:[^{}]|\{[^{}]*\})*\}", written)
        assert len([mark for mark in marks if "|see" not in mark]) == terms


def test_cast_off_gives_about_as_many_pages_as_are_printed(work: Work) -> None:
    """The primer's articles take 44 pages in print; subentries hang on that."""
    last = max(int(str(x.last)) for entry in work.index for x in entry.locators)
    assert 30 < last < 60


def test_changes_leave_the_book_sound_and_change_it(root: Path) -> None:
    edition = projects.read(root, PRIMER)
    assert projects.sound(root, PRIMER)
    words = projects.words(root, edition, 4)
    assert len({(word.article, word.line) for word in words}) == 4
    persons = projects.persons(root, edition, 1)
    events = projects.events(root, edition, 1)
    without = projects.read(root, PRIMER)
    assert len(without.events) == len(edition.events) - 1
    words[0].in_copy_text(root)
    words[1].as_emendation(root)
    for entry in (*persons, *events):
        entry.put(root)
    assert projects.sound(root, PRIMER)
    changed = projects.read(root, PRIMER)
    assert len(changed.events) == len(edition.events)
    for word in words[:2]:
        before, after = (
            next(line for line in e.article(word.article).lines if line.number == word.line).text
            for e in (edition, changed)
        )
        assert after == re.sub(rf"\b{word.was}\b", word.now, before) != before


def test_a_larger_book_has_every_article_so_many_times(root: Path) -> None:
    edition = projects.read(root, PRIMER)
    projects.enlarge(root, PRIMER, 3)
    assert projects.sound(root, PRIMER)
    larger = projects.read(root, PRIMER)
    assert len(larger.articles) == 3 * len(edition.articles)

    def count(e: Edition) -> int:
        return sum(o.indexed for article in e.articles for o in article.occurrences)

    assert count(larger) == 3 * count(edition)
