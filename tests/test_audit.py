"""The audit of a layout, on layouts that are wrong on purpose."""

from dataclasses import replace
from pathlib import Path

from leftopp_book.audit import audit, audit_lines
from leftopp_book.build import Session
from leftopp_book.diagnostics import Report
from leftopp_book.edition import Edition, assemble
from leftopp_book.pages import Folio, Laid, LaidPart, LineStart, PageMap

TINY = Path(__file__).parent / "tiny"


def tiny() -> Edition:
    return assemble(Session.open(TINY, []).project, "tiny", Report())


def lines(block: str, *lengths: int) -> tuple[LineStart, ...]:
    starts = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    return tuple(LineStart(block, at, 0, n, 0, 0) for n, at in enumerate(starts, 1))


def codes(report: Report) -> list[str]:
    return [diagnostic.code for diagnostic in report.found]


def test_a_line_broken_too_early_is_reported_and_a_last_line_is_not() -> None:
    article = tiny().articles[0]
    block = article.blocks[0]
    laid = Laid((), 1, lines(getattr(block, "id", ""), 50, 48, 12, 51, 50), {}, ("",))
    part = LaidPart(article.id, laid, 0, Folio(True, 7))
    report = Report()
    audit_lines(article, part, "dist/tiny.pdf", report)
    assert codes(report) == ["layout-short-line"]
    assert "page 7" in report.found[0].message
    assert "after 12 letters" in report.found[0].message


def test_notes_lost_and_moved_and_glyphs_missing_are_reported() -> None:
    edition = tiny()
    laid = Laid((), 1, (), {}, ("",), lost_notes=("a-n1",), moved_notes=("a-n2",))
    article = LaidPart(edition.articles[0].id, laid, 0, Folio(True, 1))
    preface = LaidPart(
        "preface", replace(laid, lost_notes=(), moved_notes=(), missing=("☃",)), 1, Folio(True, 2)
    )
    report = Report()
    audit(edition, PageMap((article, preface)), report)
    assert codes(report) == ["note-lost", "note-moved", "glyph-missing"]
