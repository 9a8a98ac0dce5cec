"""The editor's report: well-formed, complete, harmless, and in agreement with the record."""

import doctest
import hashlib
import json
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from leftopp_book import report
from leftopp_book.article import Edited, Shared, edit
from leftopp_book.build import Session, build
from leftopp_book.diagnostics import Diagnostic, Report, Severity
from leftopp_book.document import Fate, leaves
from leftopp_book.edition import Edition, assemble
from leftopp_book.outputs import MachineError
from leftopp_book.parallels import Parallel, Side
from leftopp_book.project import read_project
from leftopp_book.schema import Accepted, Place
from leftopp_book.text import Span

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "tiny"
FOLDERS = [ROOT / "seeds", ROOT.parent / "shared" / "seeds"]
FOLDERS += [Path(os.environ["LEFTOPP_SEEDS"])] if os.environ.get("LEFTOPP_SEEDS") else []
ARTICLES = sorted(path.stem for path in (ROOT / "book" / "articles").glob("*.yaml"))
NS = "{http://www.w3.org/1999/xhtml}"


@dataclass(frozen=True)
class Built:
    folder: Path

    @cached_property
    def bytes(self) -> bytes:
        return (self.folder / "tiny-report.html").read_bytes()

    @cached_property
    def record(self) -> Any:
        return json.loads((self.folder / "tiny.json").read_text(encoding="utf-8"))

    @cached_property
    def page(self) -> Any:
        return etree.fromstring(self.bytes)

    def under(self, id: str) -> Any:
        return next(e for e in self.page.iter() if e.get("id") == id)

    def rows(self, id: str, table: int = 0) -> dict[str, list[str]]:
        """Return the rows of a table in a section, by the words of their head."""
        found = list(self.under(id).iter(f"{NS}table"))[table]
        rows = (list(row) for row in found.iter(f"{NS}tr"))
        return {words(cells[0]): [words(cell) for cell in cells[1:]] for cells in rows}


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def of_class(element: Any, name: str) -> list[Any]:
    return [e for e in element.iter() if name in (e.get("class") or "").split()]


def made(folder: Path) -> Built:
    """Return the tiny book of a folder as built; skip where there is no typesetter."""
    try:
        outcome = build(Session.open(folder, []), ["tiny"], folder / "dist")
    except MachineError as error:
        pytest.skip(f"the book cannot be built here: {error}")
    assert outcome.written, [str(d) for d in outcome.found]
    return Built(folder / "dist")


def a_copy(folder: Path) -> Path:
    shutil.copytree(TINY / "book", folder / "book")
    shutil.copytree(TINY / "seeds", folder / "seeds")
    if (ROOT / "build").is_dir():  # with the fonts
        (folder / "build").symlink_to(ROOT / "build")
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return made(a_copy(tmp_path_factory.mktemp("report")))


# --- The page -------------------------------------------------------------------------------------


def test_identifiers_are_unique_and_every_link_resolves(tiny: Built) -> None:
    ids = Counter(e.get("id") for e in tiny.page.iter() if e.get("id"))
    assert [id for id, count in ids.items() if count > 1] == []
    links = [e.get("href") for e in tiny.page.iter(f"{NS}a")]
    assert [link for link in links if not (link.startswith("#") and link[1:] in ids)] == []


def test_the_page_needs_nothing_else(tiny: Built) -> None:
    for element in tiny.page.iter():
        assert element.tag not in {f"{NS}{x}" for x in ("script", "link", "img", "iframe")}
        assert element.get("src") is None
    css = words(next(tiny.page.iter(f"{NS}style")))
    assert "@import" not in css
    assert "url(" not in css


def test_headings_descend_by_one(tiny: Built) -> None:
    levels = [int(e.tag[-1]) for e in tiny.page.iter() if re.fullmatch(rf"{NS}h\d", str(e.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    for before, after in pairwise(levels):
        assert after <= before + 1


def test_the_record_lists_the_page_last(tiny: Built) -> None:
    output = tiny.record["outputs"][-1]
    assert output["path"] == "tiny-report.html"
    assert output["sha256"] == hashlib.sha256(tiny.bytes).hexdigest()


def test_the_same_book_gives_the_same_page(tiny: Built, tmp_path: Path) -> None:
    assert made(a_copy(tmp_path)).bytes == tiny.bytes


# --- What it says ---------------------------------------------------------------------------------


def test_the_figures_are_those_of_the_record(tiny: Built) -> None:
    record = tiny.record
    mentions = [m for p in record["people"] for m in p["mentions"]]
    facts = [words(li) for li in of_class(tiny.under("summary"), "facts")[0]]
    figures = {fact.split()[1]: int(fact.split()[0]) for fact in facts}
    assert figures["articles"] == len(record["articles"])
    assert figures["notes"] == sum(len(a["notes"]) for a in record["articles"])
    assert figures["mentions"] == len(mentions)
    assert figures["persons"] == len(record["people"])
    assert figures["works"] == len(record["works"])
    assert figures["events"] == len(record["chronology"])
    assert figures["pages"] == record["outputs"][0]["pages"]
    done = tiny.rows("summary", 1)
    for article in record["articles"]:
        assert done[article["id"]] == [
            "–".join(dict.fromkeys(article["folios"])),
            str(len(article["headings"]) + sum(bool(i["heading"]) for i in article["inserted"])),
            str(len(article["quotations"])),
            str(len(article["emendations"])),
            str(sum(article["silent"].values())),
            str(len(article["notes"])),
            str(sum(m["article"] == article["id"] for m in mentions)),
        ]


def test_the_table_of_words_adds_up(tiny: Built) -> None:
    rows = tiny.rows("summary")
    assert rows.pop("Article")[:4] == ["Words", "Kept", "Moved", "Dropped"]
    table = {id: [int(x.replace(",", "")) for x in row[:4]] for id, row in rows.items()}
    for total, kept, moved, dropped in table.values():
        assert total == kept + moved + dropped
    articles = [table[a["id"]] for a in tiny.record["articles"]]
    assert table["All"] == [sum(column) for column in zip(*articles, strict=True)]
    for article in tiny.record["articles"]:
        text = (TINY / "seeds" / article["seed"]).read_text(encoding="utf-8")
        lines = text.split("\n")
        left = [lines[x["line"] - 1] for x in article["lines"] if x["fate"] == "dropped"]
        assert table[article["id"]][0] == report.words_of(text)
        assert table[article["id"]][3] == sum(report.words_of(line) for line in left)


def test_every_mention_of_the_record_is_in_the_concordance(tiny: Built) -> None:
    for person in tiny.record["people"]:
        found = Counter[tuple[str, ...]]()
        for li in of_class(tiny.under(f"person-{person['id']}"), "kwic")[0]:
            role = of_class(li, "role")
            folio = of_class(li, "folio")
            found[
                words(of_class(li, "at")[0]),
                words(next(li.iter(f"{NS}mark"))),
                words(role[0]) if role else "text",
                words(folio[0]) if folio else "",
            ] += 1
            target = tiny.under(of_class(li, "at")[0].get("href")[1:])
            assert words(target) == words(next(li.iter(f"{NS}mark")))
            assert target.get("href") == f"#{li.get('id')}"
        wanted = Counter(
            (
                f"{m['article']}:{m['line']}",
                m["form"],
                m["kind"],
                f"p. {m['folio']}" + (f"n{m['note']}" if m["note"] else "") if m["folio"] else "",
            )
            for m in person["mentions"]
        )
        assert found == wanted


def test_every_emendation_and_dropped_line_is_listed(tiny: Built) -> None:
    for article in tiny.record["articles"]:
        section = tiny.under(f"article-{article['id']}")
        listed = [words(li) for ol in of_class(section, "rows") for li in ol]
        for e in article["emendations"]:
            place = f"{article['id']}:{e['line']}:{e['column']}"
            row = next(row for row in listed if row.startswith(place))
            assert f"{e['was']} → {e['now']}" in row
            assert e["why"] in row
        for line in article["lines"]:
            if line["fate"] == "dropped":
                assert any(r.startswith(f"{article['id']}:{line['line']} ") for r in listed)


def test_an_emendation_leads_to_its_words(tiny: Built) -> None:
    assert words(tiny.under("stoves-emended-2")) == "looked"


def test_every_line_has_its_place_in_the_text(tiny: Built) -> None:
    for article in tiny.record["articles"]:
        for line in article["lines"]:
            tiny.under(f"L-{article['id']}-{line['line']}")


def test_notes_stand_side_by_side(tiny: Built) -> None:
    for article in tiny.record["articles"]:
        for li in of_class(tiny.under(f"article-{article['id']}"), "notes"):
            for note, row in zip(article["notes"], li, strict=True):
                assert " ".join(note["text"].split()) in words(row)
                assert " ".join(note["raw"].split()) in words(row)
                for citation in note["citations"]:
                    assert citation["rule"] in words(row)


def test_the_chronology_has_its_passages(tiny: Built) -> None:
    section = tiny.under("chronology")
    assert len(of_class(section, "passages")) == len(tiny.record["chronology"])
    assert sorted(words(m) for m in section.iter(f"{NS}mark")) == [
        "14 February 1931",
        "9–10 February",
        "February 1931",
        "in 1938",
    ]


# --- Hostile text ---------------------------------------------------------------------------------


def test_hostile_text_is_escaped(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    seed = folder / "seeds" / "stoves.txt"
    text = seed.read_text(encoding="utf-8")
    bad = "<script>alert(1)</script> & <b onclick='x'>"
    text = text.replace("There was wood.", f"There was wood. {bad}\x01\x0b")
    text = text.replace("Leave a comment", f"Leave a comment {bad} ]]>")
    old = hashlib.sha256(seed.read_bytes()).hexdigest()
    seed.write_text(text, encoding="utf-8")
    new = hashlib.sha256(seed.read_bytes()).hexdigest()
    file = folder / "book" / "articles" / "stoves.yaml"
    yaml = file.read_text(encoding="utf-8").replace(old, new)
    file.write_text(yaml.replace("why: misprint", f'why: "{bad}"'), encoding="utf-8")
    people = folder / "book" / "people.yaml"
    yaml = people.read_text(encoding="utf-8")
    people.write_text(yaml.replace("chairman of the", f'"{bad}" #'), encoding="utf-8")
    built = made(folder)
    assert "<script" not in built.bytes.decode()
    assert list(built.page.iter(f"{NS}script", f"{NS}b[@onclick]")) == []
    assert words(built.page).count("<script>alert(1)</script> & <b onclick=") >= 4


# --- Words, contexts, findings --------------------------------------------------------------------


def test_the_examples() -> None:
    assert doctest.testmod(report).failed == 0


@cache
def edited(name: str) -> Edited:
    """Return an article as edited; skip the test where its copy-text is not at hand."""
    project = read_project(ROOT, FOLDERS, Report())
    if name not in project.copy_texts:
        pytest.skip(f"the copy-text of “{name}” is not at hand: set LEFTOPP_SEEDS to its folder")
    return edit(name, Shared.of(project), Report())


@pytest.mark.parametrize("name", ARTICLES)
def test_kept_moved_and_dropped_are_all_the_words(name: str) -> None:
    article = edited(name).article
    fates = report.words_by_fate(article, report.words_of_lines(article))
    assert list(fates) == [str(fate) for fate in Fate]
    assert sum(fates.values()) == report.words_of(article.source.text)
    assert fates["kept"] > 0


@pytest.mark.parametrize("name", ARTICLES)
def test_every_mention_is_found_in_its_piece(name: str) -> None:
    e = edited(name)
    found = {
        anchor: one.string[start:end]
        for one in report.shown(e)
        for anchor, (start, end) in one.places.items()
    }
    assert found == {o.anchor: str(o.text) for o in e.article.occurrences}


def test_shared_words_are_marked() -> None:
    a = "But the wood, in the yard under the snow, was the railway’s."
    b = "We saw the wood in the yard under the snow; we left it."
    assert report.in_common(a, b) == (
        ("But ", False),
        ("the wood, in the yard under the snow", True),
        (", was the railway’s.", False),
    )
    assert report.in_common("", b) == ()
    assert report.in_common(b, "") == ((b, False),)


def test_an_accepted_finding_carries_its_reason() -> None:
    project = read_project(TINY, [TINY / "seeds"], Report())
    source = project.copy_texts["stoves"]

    def finding(line: int) -> Diagnostic:
        at = source.line_start(line)
        return Diagnostic(Severity.WARNING, "name-unknown", "a word", Span(source, at, at + 3))

    accepted = Accepted(code="name-unknown", at=Place.parse("stoves:7"), says="", why="a tune")
    project = replace(project, accepted=(accepted,))
    found = report.queries([finding(7), finding(13)], project)
    assert [(q.diagnostic.span.line, q.accepted) for q in found] == [(7, "a tune"), (13, "")]


def test_no_two_articles_of_the_tiny_book_share_a_passage(tiny: Built) -> None:
    assert tiny.record["parallels"] == []
    assert "No two articles share a passage." in words(tiny.under("parallels"))


def test_no_more_passages_are_shown_than_anyone_will_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TINY, tmp_path / "tiny")
    project = read_project(TINY, [TINY / "seeds"], Report())
    articles = assemble(project, "tiny", Report()).articles
    sides = [[Side(a.id, id) for id, _ in leaves(a.blocks)][:3] for a in articles]
    found = tuple(Parallel(a, b, 12) for a, b in zip(*sides, strict=True))
    monkeypatch.setattr(Edition, "parallels", property(lambda edition: found))
    monkeypatch.setattr(report, "SHOWN", 2)
    part = made(tmp_path / "tiny").under("parallels")
    assert len(of_class(part, "parallel")) == 2
    assert "3 passages, 36 words" in words(part)
    assert "1 passage more: the record has them all." in words(part)
