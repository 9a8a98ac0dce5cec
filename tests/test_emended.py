"""Emendations that leave nothing, or that have a call in them: listed, printed and proven."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from finished import ROOT, TINY, build
from leftopp_book.build import Session
from leftopp_book.diagnostics import Report
from leftopp_book.edition import assemble
from leftopp_book.proof import prove

CHANGES = """- {line: 7, was: "no rent.[1]", now: "no rents.[1]", why: a call moved}
- {line: 17, was: "lookd ", now: "", why: a word too many}
- {line: 19, was: What remained, now: "", why: a line too many}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns("build", "dist"))
    (tmp_path / "tiny" / "build").symlink_to(ROOT / "build")
    file = tmp_path / "tiny" / "book" / "articles" / "stoves.yaml"
    lines = [line for line in file.read_text("utf-8").split("\n") if "was: lookd" not in line]
    at = next(n for n, line in enumerate(lines) if line.startswith("emendations"))
    file.write_text("\n".join([*lines[: at + 1], CHANGES.rstrip(), *lines[at + 1 :]]), "utf-8")
    return tmp_path / "tiny"


def test_every_emendation_has_a_place_and_every_line_a_fate(root: Path) -> None:
    session = Session.open(root, [])
    stoves = next(
        a for a in assemble(session.project, "tiny", Report()).articles if a.id == "stoves"
    )
    by_line = {e.line: e for e in stoves.emended}
    assert by_line[7].reading == "no rents."  # without the call, which is a mark of its own
    assert by_line[17].reading == ""
    assert (by_line[19].reading, by_line[19].block, by_line[19].offset) == ("", "stoves-21", 0)
    fates = {line.number: (str(line.fate), line.text) for line in stoves.lines}
    assert fates[19] == ("dropped", "")


def test_they_are_printed_and_proven(root: Path, tmp_path: Path) -> None:
    try:
        build("tiny", tmp_path / "dist", root)
    except AssertionError as error:
        if "library of the typesetter" in str(error):
            pytest.skip(str(error))
        raise
    with zipfile.ZipFile(tmp_path / "dist" / "tiny.epub") as archive:
        notes = archive.read("EPUB/textual-notes.xhtml").decode()
    told = " ".join(re.sub(r"<[^>]+>", "", notes).split())
    assert "[nothing]] copy-text: What remained (a line too many)" in told
    assert "no rents.] copy-text: no rent.[1] (a call moved)" in told
    record = json.loads((tmp_path / "dist" / "tiny.json").read_text("utf-8"))
    assert [e["was"] for e in record["articles"][0]["emendations"]][-1] == "What remained"
    proven = prove("tiny", tmp_path / "dist")
    assert [str(f) for proof in proven.proofs for f in proof.falsehoods] == []
