"""A build with nothing to do: known without reading the book, and only when it is so."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leftopp_book import unchanged
from leftopp_book.unchanged import Asked, Same


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(unchanged, "fingerprint", lambda: "program")
    for name in ("book/articles/a.yaml", "seeds/a.txt", "styles/print.css", "more/b.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    out = tmp_path / "dist"
    out.mkdir()
    (out / "a.pdf").write_bytes(b"pdf")
    (out / "a.epub").write_bytes(b"epub")
    asked = Asked(tmp_path, (tmp_path / "more",), out, ("a",))
    asked.remember(
        asked.inputs(),
        [out / "a.pdf", out / "a.epub"],
        ["b lacks copy-texts"],
        ["a line is wide"],
        2,
    )
    return asked


def test_what_was_made_is_known_again(asked: Asked) -> None:
    made = asked.still_there(asked.inputs())
    files = asked.out / "a.pdf", asked.out / "a.epub"
    assert made == Same(files, ("b lacks copy-texts",), ("a line is wide",), 2)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a word of the book": lambda root: (root / "book/articles/a.yaml").write_text("other"),
    "a copy-text": lambda root: (root / "seeds/a.txt").write_text("other"),
    "a copy-text elsewhere": lambda root: (root / "more/b.txt").unlink(),
    "a new file": lambda root: (root / "book/articles/b.yaml").write_text(""),
    "another name": lambda root: (root / "seeds/a.txt").rename(root / "seeds/c.txt"),
    "a style": lambda root: (root / "styles/print.css").write_text("p {}"),
    "an output": lambda root: (root / "dist/a.pdf").write_bytes(b"pdf."),
    "an output gone": lambda root: (root / "dist/a.epub").unlink(),
    "no note": lambda root: shutil.rmtree(root / "build"),
    "a damaged note": lambda root: damage(root, "{"),
    "a strange note": lambda root: damage(root, '["inputs"]'),
    "what is no file": lambda root: (root / "seeds/link").symlink_to("nowhere"),
}


def damage(root: Path, words: str) -> None:
    (note,) = (root / "build" / "made").iterdir()
    note.write_text(words)


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_the_book_is_made(asked: Asked, change: str) -> None:
    CHANGES[change](asked.root)
    assert asked.still_there(asked.inputs()) is None


def test_another_program_or_another_request_makes_the_book(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Asked(asked.root, asked.seeds, asked.out, ("a", "--strict"))
    assert other.still_there(other.inputs()) is None
    monkeypatch.setattr(unchanged, "fingerprint", lambda: "another program")
    assert asked.still_there(asked.inputs()) is None


def test_where_no_note_can_be_left_nothing_fails(asked: Asked) -> None:
    shutil.rmtree(asked.root / "build")
    (asked.root / "build").write_text("in the way")
    asked.remember(asked.inputs(), [asked.out / "a.pdf"], [], [], 0)
    assert asked.still_there(asked.inputs()) is None


def test_too_much_to_look_at_is_not_looked_at(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unchanged, "MOST", (2, 1000))
    assert asked.inputs() == ""
    assert asked.still_there("") is None


def test_a_second_build_loads_nothing_and_says_the_same(tmp_path: Path) -> None:
    """A whole process, on the tiny book: what it loads is counted."""
    tiny = Path(__file__).parent / "tiny"
    for name in ("book", "seeds"):
        shutil.copytree(tiny / name, tmp_path / name)
    with next((tmp_path / "book" / "front").glob("*.md")).open("a", encoding="utf-8") as preface:
        preface.write(f"\nA {'wide' * 40} word.\n")
    fonts = tiny.parent.parent / "build" / "fonts"
    if fonts.is_dir():
        shutil.copytree(fonts, tmp_path / "build" / "fonts")
    command = [sys.executable, "-X", "importtime", "-m", "leftopp_book", "build"]
    command += ["--only", "epub"]
    runs = [
        subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    if runs[0].returncode == 3:
        pytest.skip(f"the typesetter cannot be loaded: {runs[0].stderr[-200:]}")
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr[-2000:]
    assert runs[0].stdout == runs[1].stdout != ""
    told = [[x for x in run.stderr.splitlines() if "import time" not in x] for run in runs]
    assert told[0] == told[1]
    assert any("[layout-" in line for line in told[1]), told[1]
    for library in ("weasyprint", "yaml", "jinja2", "pikepdf"):
        others = library in ("weasyprint", "pikepdf")  # other processes load it, and this one never
        assert (f" {library}\n" in runs[0].stderr) is not others
        assert f" {library}\n" not in runs[1].stderr
    assert json.loads(next((tmp_path / "build" / "made").iterdir()).read_text())["made"]
