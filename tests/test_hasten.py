"""What makes the typesetter faster changes nothing of what it makes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import document
from leftopp_book.fonts import fonts

ROOT = Path(__file__).parent.parent
FONTS = fonts(ROOT / "build" / "fonts")
# Lays out what it is told, as it is or faster, and tells what came of it.
SETTER = """
import json, sys, hashlib
from pathlib import Path
from leftopp_book import cascade, hasten, pdf
from leftopp_book.fonts import fonts
fast = sys.argv[1] == "fast"
if not fast:
    hasten.hasten = lambda: False
faces = fonts(Path(sys.argv[2]))
for line in sys.stdin:
    html, css = json.loads(line)
    if not fast:
        cascade._KEPT.clear()
    try:
        made = [
            (hashlib.sha256(page.pdf).hexdigest(), repr(page))
            for page in pdf.lay_out(html, pdf.Styles(css, faces))
        ]
    except pdf.LayoutError as error:
        made = ["refused: " + str(error)]
    except pdf.TypesetterError:
        made = "no typesetter"
    except Exception as error:
        made = ["failed: " + repr(error)]
    print(json.dumps(made), flush=True)
"""


class Setter:
    """A process that lays out documents."""

    def __init__(self, kind: str) -> None:
        env = {"PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SETTER, kind, str(ROOT / "build" / "fonts")],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def lay_out(self, html: str, css: str) -> object:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([html, css]), file=self.process.stdin, flush=True)
        made = json.loads(self.process.stdout.readline())
        if made == "no typesetter":
            pytest.skip("the typesetter cannot be loaded")
        return made


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Setter, Setter]]:
    setters = Setter("as it is"), Setter("fast")
    yield setters
    for setter in setters:
        setter.process.kill()
        setter.process.communicate()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_document_is_the_same(both: tuple[Setter, Setter], seed: int) -> None:
    html, css = document(seed)
    plain, fast = (setter.lay_out(html, css) for setter in both)
    assert plain == fast
