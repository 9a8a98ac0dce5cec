"""What all tests share: `--accept`, which rewrites expected outputs instead of comparing them."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from leftopp_book.backmatter import Layout
from leftopp_book.diagnostics import Report
from leftopp_book.fonts import fonts
from leftopp_book.formats import read_format
from leftopp_book.pages import Frame
from leftopp_book.pdf import Styles, TypesetterError, lay_out, rendered

ROOT = Path(__file__).parent.parent
Agree = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept", action="store_true", help="rewrite the expected outputs; look at git diff after"
    )


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--accept"))


@pytest.fixture
def agree(accept: bool) -> Agree:
    """Return a function that compares a string with a golden file, or rewrites the file."""

    def compare(path: Path, actual: str) -> None:
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if actual == expected:
            return
        if accept:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
            return
        lines = expected.splitlines(), actual.splitlines()
        diff = "\n".join(difflib.unified_diff(*lines, "expected", "actual", lineterm=""))
        pytest.fail(f"{path}: if this is meant, make accept\n{diff}", pytrace=False)

    return compare


@pytest.fixture(scope="session")
def styles() -> Styles:
    """Return the styles of the print book in A5, where the typesetter can be loaded."""
    form = read_format(ROOT / "styles", "a5", Report())
    assert form
    css = form.page_css() + (ROOT / "styles" / "print.css").read_text(encoding="utf-8")
    made = Styles(css, fonts(ROOT / "build" / "fonts"))
    try:
        lay_out("<html lang='en'><title>t</title><p>x</p></html>", made)
    except TypesetterError as error:
        pytest.skip(str(error))
    return made


@pytest.fixture(scope="session")
def layout(styles: Styles) -> Layout:
    """The text areas of the pages that WeasyPrint makes in the style of the tests."""
    html = "<html lang='en-GB'><title>t</title><p>a<p style='break-before: page'>b</html>"
    boxes = [page._page_box for page in rendered(html, styles).pages]
    recto, verso = (
        Frame(
            box.margin_width(),
            box.margin_height(),
            box.content_box_x(),
            box.content_box_y(),
            box.width,
            box.height,
            19,
            styles.scale,
        )
        for box in boxes
    )
    return Layout(recto, verso)
