"""Style sheets that are kept are those that WeasyPrint parses."""

import subprocess
import sys
from pathlib import Path

import pytest

from leftopp_book import own_sheets

PROGRAM = """
import sys
from contextlib import contextmanager
from pathlib import Path
from leftopp_book import loading, own_sheets
source, into = map(Path, sys.argv[1:])
loading.parsed = lambda: own_sheets.parsed(source)
loading.weasyprint()
import tinycss2, weasyprint
assert tinycss2.parse_stylesheet("a { color: red }"), "it parses again"
own_sheets.keep(into)


def plain(told):
    if isinstance(told, dict):
        return [(key, plain(value)) for key, value in told.items()]
    if isinstance(told, set | frozenset):
        return sorted(map(plain, told), key=repr)
    if isinstance(told, list | tuple):
        return list(map(plain, told))
    if hasattr(told, "serialize"):
        return told.serialize()
    return getattr(told, "source", None) or repr(told)


html = sys.modules["weasyprint.html"]
sheets = [getattr(html, name) for name in own_sheets.NAMES]
told = [(vars(sheet.matcher), sheet.page_rules, sheet.layers) for sheet in sheets]
(into / "told").write_text(repr(plain([told, html.UA_COUNTER_STYLE])))
page = weasyprint.HTML(string="<title>t</title><h1>One</h1><ol><li>two<input></ol><hr>").render()
boxes = [
    (box.element_tag, box.position_x, box.position_y, box.width)
    for box in page.pages[0]._page_box.descendants()
    if box.element is not None
]
(into / "boxes").write_text(repr(boxes))
"""


def run(source: Path, into: Path) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM, str(source), str(into)], check=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    try:
        run(folder / "nothing", folder)
    except subprocess.CalledProcessError:
        pytest.skip("WeasyPrint cannot be loaded here")
    return folder


def test_they_are_those_that_are_parsed(kept: Path, tmp_path: Path) -> None:
    run(kept, tmp_path)
    for name, words in (("told", "lambda el: el."), ("boxes", "'li'")):
        parsed = (kept / name).read_text()
        assert words in parsed
        assert parsed == (tmp_path / name).read_text()


def test_what_is_of_another_version_is_not_used(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = own_sheets._source()
    assert own_sheets._kept(kept).find(own_sheets.NAME, source)
    assert own_sheets._kept(kept).find(own_sheets.NAME, f"{source}p {{ color: red }}") is None
    monkeypatch.setattr(own_sheets, "version_of", lambda name: "0")
    assert own_sheets._kept(kept).find(own_sheets.NAME, source) is None
