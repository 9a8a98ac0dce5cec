"""Small books that were proven false once are built, and are proven true."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from leftopp_book.cli import main

ROOT = Path(__file__).parent.parent
EDITION = """title: One
imprint:
  {publisher: P, place: L, year: 2026, identifier: "urn:uuid:00000000-0000-4000-8000-000000000009",
  modified: 2026-01-01, rights: None.}
parts:
- articles: [a]
"""
TEXT = """A Title

by Ada Byron

The first paragraph of the essay stands here, with words enough to be one.

RULE

The second paragraph of the essay stands here, with words enough to be one.
"""


def proven(root: Path, text: str, article: str = "") -> str:
    """Build a book of one article; return what the proof of it says."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    files = {
        "seeds/a.txt": text,
        "book/one.yaml": EDITION,
        "book/articles/a.yaml": f"copy_text: {{sha256: {digest}, name: a.txt}}\n{article}",
    }
    for name, words in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(words, encoding="utf-8")
    (ROOT / "build").mkdir(exist_ok=True)
    (root / "build").symlink_to(ROOT / "build")
    said = ""
    for command in ("build", "proof"):
        more = ["--no-press"] if command == "build" else []
        done = CliRunner().invoke(main, [command, "--project", str(root), *more])
        assert done.exit_code == 0, done.output
        said = done.output
    return said


def test_notes_that_are_called_in_the_title(tmp_path: Path) -> None:
    text = TEXT.replace("A Title", "A Title[1]").replace("RULE\n\n", "")
    note = "editor_notes:\n- {line: 1, words: Title, note: About it.}\n"
    said = proven(tmp_path, text + "\nNotes\n\n1. About the title.\n", note)
    assert "2 notes" in said


@pytest.mark.parametrize("rule", ["---", "— — —"])
def test_a_break_between_sections_of_other_signs(tmp_path: Path, rule: str) -> None:
    assert "false" not in proven(tmp_path, TEXT.replace("RULE", rule))
