"""The audit of a layout, on layouts that are wrong on purpose."""

from pathlib import Path

from msgspec.structs import replace

from leftopp_book.audit import audit, audit_lines
from leftopp_book.build import Session
from leftopp_book.diagnostics import Report
from leftopp_book.document import Paragraph, plain
from leftopp_book.edition import Edition, assemble
from leftopp_book.faults import Flaw, PageFault
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


CODES = {
    Flaw.OFF_GRID: "layout-off-grid",
    Flaw.HYPHENS: "layout-hyphens",
    Flaw.LONE_HEADING: "layout-lone-heading",
    Flaw.LONE_CALL: "layout-lone-call",
    Flaw.WIDE_WORD: "layout-wide-word",
    Flaw.WIDE_BLOCK: "layout-wide-block",
    Flaw.OUTSIDE: "layout-outside",
    Flaw.SHORT_PAGE: "layout-short-page",
    Flaw.TALL_NOTES: "layout-tall-notes",
}


def audited(laid: Laid, edition: Edition) -> Report:
    report = Report()
    part = LaidPart(edition.articles[0].id, laid, 0, Folio(True, 7))
    audit(edition, PageMap((part,)), report)
    return report


def test_a_fault_of_a_page_is_reported_where_its_words_stand_in_the_copy_text() -> None:
    edition = tiny()
    block = next(b for b in edition.articles[0].blocks if isinstance(b, Paragraph))
    word = max(plain(block.inlines).split(), key=len).strip(".,")
    fault = PageFault(Flaw.WIDE_WORD, block.id, word, 12.0, 1)
    report = audited(Laid((), 3, (), {}, ("",), faults=(fault,)), edition)
    (found,) = report.found
    assert found.code == "layout-wide-word"
    assert f"“{word}” on page 8" in found.message
    source = found.span.source
    assert source.path.endswith("stoves.txt")
    assert source.text[found.span.start : found.span.end] == word


def test_every_flaw_is_said_in_full() -> None:
    edition = tiny()
    block = next(b for b in edition.articles[0].blocks if isinstance(b, Paragraph))
    for flaw in Flaw:
        fault = PageFault(flaw, block.id, "one two three four five six seven", 4.0)
        report = audited(Laid((), 2, (), {}, ("",), faults=(fault,)), edition)
        (found,) = report.found
        assert found.code == CODES[flaw]
        assert "page 7" in found.message
        assert found.hint
        assert "{" not in found.message


def test_the_last_page_of_a_part_may_be_short() -> None:
    edition = tiny()
    faults = tuple(PageFault(Flaw.SHORT_PAGE, "x", "x", 0.3, page) for page in (0, 1))
    report = audited(Laid((), 2, (), {}, ("",), faults=faults), edition)
    assert [d.message for d in report.found] == [
        "page 7 is filled to 30% only, and its part goes on after it"
    ]


def test_widows_and_orphans_are_reported_and_pairs_of_lines_are_not() -> None:
    edition = tiny()
    first, second = (b.id for b in edition.articles[0].blocks[:2] if isinstance(b, Paragraph))

    def on(block: str, *pages: int) -> tuple[LineStart, ...]:
        return tuple(LineStart(block, 50 * n, page, n, 0, 0) for n, page in enumerate(pages))

    def found(*pages: int) -> list[str]:
        lines = (*on(first, 0, 0), *on(second, *pages))
        return codes(audited(Laid((), 2, lines, {}, ("",)), edition))

    assert found(0, 0, 1, 1) == []
    assert found(0, 1, 1) == ["layout-orphan"]
    assert found(0, 0, 1) == ["layout-widow"]
