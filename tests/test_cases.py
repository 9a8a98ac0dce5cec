"""Cases as text: prose, a fence naming the stage, input, a lone dot, expected output."""

import difflib
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from stages import STAGES

CASES = Path(__file__).parent / "cases"
FENCE = re.compile(r"^(`{3,}) *(\w[\w-]*)(?: (\S+))?\n(.*?)^\.\n(.*?)^\1$", re.M | re.S)


class Case(NamedTuple):
    """A case and its place. `argument` is the word after the stage, such as a file name."""

    path: Path
    line: int
    stage: str
    argument: str
    input: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}"

    def accept(self, actual: str) -> None:
        """Rewrite the expected output in the file that the case stands in."""
        head = f"{self.stage} {self.argument}".rstrip()
        old, new = (f"{head}\n{self.input}.\n{words}```" for words in (self.expected, actual))
        text = self.path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{self}: this case stands in the file twice"
        self.path.write_text(text.replace(old, new), encoding="utf-8")


def cases() -> list[Case]:
    found = []
    for path in sorted(CASES.rglob("*.test")):
        text = path.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Case(path, line, match[2], match[3] or "", match[4], match[5]))
    return found


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case, accept: bool) -> None:
    actual = STAGES[case.stage](case.input, case.argument)
    if actual == case.expected:
        return
    if accept:
        case.accept(actual)
        return
    lines = case.expected.splitlines(), actual.splitlines()
    diff = difflib.unified_diff(*lines, "expected", "actual", lineterm="")
    pytest.fail(f"{case.path}:{case.line}\n" + "\n".join(diff), pytrace=False)


def test_there_are_cases_of_every_stage() -> None:
    assert {case.stage for case in cases()} == STAGES.keys()


def test_every_fence_is_a_case() -> None:
    """A fence that lacks its dot would be passed over in silence."""
    for path in sorted(CASES.rglob("*.test")):
        fences = re.findall(r"^`{3,}", path.read_text(encoding="utf-8"), re.M)
        assert len(fences) == 2 * sum(case.path == path for case in cases()), path.name
