"""What all tests share: `--accept`, which rewrites expected outputs instead of comparing them."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

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
