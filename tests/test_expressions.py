"""Expressions that are kept match what they match when Python compiles them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leftopp_book import expressions

TEXT = Path(__file__).parent.parent.joinpath("docs", "editing.md").read_text(encoding="utf-8")
PROGRAM = """
import sys
from leftopp_book import expressions
expressions.use(sys.argv[1])
import re
compiler = sys.modules["re._compiler"]
compiler._code = lambda *given: 1 / 0
import leftopp_book.citations, leftopp_book.parse
print(leftopp_book.citations.__name__)
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("kept") / "expressions"
    program = "import sys; from leftopp_book import expressions; expressions.keep(sys.argv[1])"
    subprocess.run([sys.executable, "-c", program, str(file)], check=True)
    return file


def test_they_are_those_that_python_compiles(kept: Path) -> None:
    known = expressions._read(str(kept))
    assert len(known) > 200
    for (words, flags), compiled in known.items():
        ours = expressions.ENGINE.compile(words, *compiled)
        its: Any = re.compile(words, flags)
        assert (ours.pattern, ours.flags, ours.groups) == (its.pattern, its.flags, its.groups)
        assert ours.groupindex == its.groupindex
        text: Any = TEXT[:3000] if isinstance(words, str) else TEXT[:3000].encode()
        assert [m.span() for m in ours.finditer(text)] == [m.span() for m in its.finditer(text)]


def test_the_program_compiles_none_of_its_own(kept: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(kept)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "leftopp_book.citations\n", done.stderr
    without = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(kept) + "-not-there"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ZeroDivisionError" in without.stderr, "and without them it would"


@pytest.mark.parametrize(
    "damage",
    [
        lambda told: told[:-1],
        lambda told: told[:40] + b"?" + told[41:],
        lambda told: b"",
        lambda told: bytes([told[0] ^ 1]) + told[1:],
        lambda told: told[:4] + b"\0\0\0\0" + told[8:],
    ],
)
def test_what_is_damaged_or_of_another_python_is_not_used(
    kept: Path, tmp_path: Path, damage: object
) -> None:
    file = tmp_path / "expressions"
    file.write_bytes(damage(kept.read_bytes()))  # type: ignore[operator]
    assert expressions._read(str(file)) == {}
