"""A style sheet that is parsed once gives what it would if it were parsed for every document."""

from contextlib import suppress
from pathlib import Path

import cssselect2.compiler
import pytest

from leftopp_book import cascade, own_sheets
from leftopp_book.fonts import fonts
from leftopp_book.pdf import LayoutError, Styles, TypesetterError, lay_out

ROOT = Path(__file__).parent.parent
FONTS = fonts(ROOT / "build" / "fonts")


@pytest.fixture(scope="module", autouse=True)
def typesetter() -> None:
    try:
        laid("p {}", "<p>x</p>")
    except TypesetterError as error:
        pytest.skip(str(error))


def laid(css: str, body: str) -> object:
    """Return the pages of a document, or what it was refused for."""
    html = f"<!DOCTYPE html><html lang='en-GB'><title>t</title><body>{body}</body></html>"
    try:
        return lay_out(html, Styles(css, FONTS))
    except LayoutError as error:
        return str(error)


def anew(css: str, body: str) -> object:
    """Return the same with nothing kept from earlier documents."""
    cascade._KEPT.clear()
    return laid(css, body)


PAGE = "@page { size: 200px 300px; margin: 20px } html { font: 15px/19px 'EB Garamond' }"
SHEETS = (
    PAGE,
    PAGE + "p { --w: 40px; width: var(--w); margin: calc(var(--w) / 8 + 1%) } i { --w: solid }",
    PAGE + "p { width: var(--none); border: var(--w) var(--w) } i { border: var(--w) }",
    PAGE + "p, div { background: linear-gradient(90deg, #000, 20%, #555) ; padding: 9px }",
    PAGE + "p { colour: red } i { width: 3 } @nonsense {}",
    PAGE + "@page { @footnote { border-top: 1px solid } } i { float: footnote }",
    PAGE
    + "@layer a { p { margin: 9px } } @layer b { p { margin: 1px } } p::before { content: '*' }",
    PAGE + "@font-face { font-family: Other; src: url(book:bold.ttf) } i { font-family: Other }",
    PAGE + "@font-face { font-family: None; src: url(book:none.ttf) }",
    PAGE + "@import 'book:none.css';",
    PAGE + "@counter-style own { system: cyclic; symbols: x y } li { list-style: own }",
)
BODIES = (
    "<p>Some <i>words</i> to print.</p>",
    "<div>Other words</div><p>and <i>more</i></p><ul><li>one<li>two</ul>" * 9,
    "<p style='width: var(--w)'>A <i style='border: var(--v)'>style</i> of its own.</p>",
)


@pytest.mark.parametrize("css", SHEETS)
def test_no_document_depends_on_those_before_it(css: str) -> None:
    alone = [anew(css, body) for body in BODIES]
    cascade._KEPT.clear()
    assert [laid(css, body) for body in BODIES] == alone
    assert [laid(css, body) for body in reversed(BODIES)] == alone[::-1]


@pytest.mark.parametrize("css", SHEETS)
def test_what_is_kept_at_setup_is_as_if_it_were_parsed(
    css: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [anew(css, body) for body in BODIES]
    monkeypatch.setattr(own_sheets, "OURS", tmp_path)
    # as `loading` has it, where nothing else has loaded WeasyPrint before
    monkeypatch.setattr(cssselect2.compiler, "eval", own_sheets.later, raising=False)
    with suppress(cascade._OtherFacesError):
        cascade.keep(css, FONTS)
    warned = SHEETS.index(css) in (4, 7, 8, 9)
    assert (own_sheets.kept_sheet(css) is None) == warned
    assert [anew(css, body) for body in BODIES] == alone


def test_a_sheet_is_parsed_once_unless_it_brings_faces_of_its_own() -> None:
    cascade._KEPT.clear()
    for _ in range(2):
        for css in SHEETS[:2]:
            laid(css, BODIES[0])
    assert len(cascade._KEPT) == 2
    laid(SHEETS[7], BODIES[0])
    assert len(cascade._KEPT) == 2


def test_what_is_kept_does_not_grow() -> None:
    for n in range(cascade.KEPT + 3):
        laid(PAGE + f"p {{ margin: {n}px }}", BODIES[0])
    assert len(cascade._KEPT) == cascade.KEPT
