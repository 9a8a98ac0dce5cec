"""The tools from outside: each passes a whole book, each catches one that is broken on purpose."""

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

import leftopp_book.validators
from finished import BIN, broken_epub, broken_pdf, build_tiny
from leftopp_book.reading import Proof
from leftopp_book.validators import browser, validators

NAMES = ["qpdf", "veraPDF", "EPUBCheck", "Ace"]
PATH = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"

Judge = Callable[[Path, Path], dict[str, Proof]]


def judged(pdf: Path, epub: Path) -> dict[str, Proof]:
    """Run every validator, with the programs of `make readers` where they are there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", PATH)
        return {proof.name: proof for proof in validators(pdf, epub)}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("validators"))


def verdict(proofs: dict[str, Proof], name: str) -> Proof:
    if proofs[name].not_run:
        pytest.skip(f"{name}: {proofs[name].counted}")
    return proofs[name]


# --- A whole book -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(dist: Path) -> dict[str, Proof]:
    return judged(dist / "tiny.pdf", dist / "tiny.epub")


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_book_passes(whole: dict[str, Proof], name: str) -> None:
    assert [str(f) for f in verdict(whole, name).falsehoods] == []


def test_what_was_checked_is_counted(whole: dict[str, Proof]) -> None:
    assert re.fullmatch(r"tiny\.pdf: PDF/UA-1: [\d,]{4,} checks", verdict(whole, "veraPDF").counted)
    assert re.fullmatch(r"tiny\.epub: \d+ documents", verdict(whole, "Ace").counted)


# --- A book that is broken on purpose -----------------------------------------------------------


def break_pdf(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang
    pdf.Root.MarkInfo.Marked = False
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", []):
            del annotation.Contents


def lose_a_page(nav: str) -> str:
    """Let the first entry of the page list lead to an identifier that is nowhere."""
    head, mark, pages = nav.partition('epub:type="page-list"')
    return head + mark + re.sub(r'#[^"]+"', '#gone"', pages, count=1)


EPUB = {
    # the note of the first call is gone, but not the call
    "stoves.xhtml": lambda x: x.replace('id="stoves-n1"', 'id="stoves-n1-gone"'),
    "nav.xhtml": lose_a_page,
    "cover.xhtml": lambda x: re.sub(r' alt="[^"]*"', "", x),
    "chairs.xhtml": lambda x: re.sub(r' (xml:)?lang="[^"]*"', "", x),
    "content.opf": lambda x: re.sub(r"<meta [^>]*accessibilityFeature[^>]*>[^<]*</meta>", "", x),
    "screen.css": lambda x: x + "\na { text-decoration: none !important; color: #eee !important; }",
}
CAUGHT = [
    ("veraPDF", r"7\.2-34 \(\d+ times\): Natural language for text"),
    ("veraPDF", r"6\.2-1 \(1 times\): The document catalog"),
    ("veraPDF", r"7\.18\.5-2 \(\d+ times\): Links shall contain an alternate description"),
    ("EPUBCheck", r"ERROR\(RSC-012\): .*stoves\.xhtml"),
    ("EPUBCheck", r"ERROR\(RSC-012\): .*nav\.xhtml"),
    ("Ace", r"cover\.xhtml: .*\[image-alt, 1 place"),
    ("Ace", r"chairs\.xhtml: .*\[html-has-lang"),
    ("Ace", r"content\.opf: .*\[metadata-accessibilityfeature"),
    ("Ace", r"nav\.xhtml: .*\[color-contrast"),
]


@pytest.fixture(scope="module")
def broken(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Proof]:
    folder = tmp_path_factory.mktemp("broken")
    pdf = broken_pdf(dist / "tiny.pdf", folder / "tiny.pdf", break_pdf)
    return judged(pdf, broken_epub(dist / "tiny.epub", folder / "tiny.epub", EPUB))


@pytest.mark.parametrize(("name", "says"), CAUGHT)
def test_a_fault_is_caught(broken: dict[str, Proof], name: str, says: str) -> None:
    found = "\n".join(map(str, verdict(broken, name).falsehoods))
    assert re.search(says, found), found


def test_a_damaged_file_is_caught(dist: Path, tmp_path: Path) -> None:
    """Half a file is none to qpdf, veraPDF and EPUBCheck, and nothing that Ace can report on."""
    for name in ("tiny.pdf", "tiny.epub"):
        data = (dist / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
    for name, proof in judged(tmp_path / "tiny.pdf", tmp_path / "tiny.epub").items():
        assert proof.status == "not run" if name == "Ace" else proof.status != "true", name
        assert proof.counted or proof.falsehoods
        assert "Traceback" not in "\n".join(map(str, proof.falsehoods))


# --- What is not there, or comes to no verdict --------------------------------------------------


def test_what_is_not_installed_is_not_run(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(leftopp_book.validators, "find_spec", lambda name: None)
    monkeypatch.setattr(leftopp_book.verapdf, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    proofs = validators(dist / "tiny.pdf", dist / "tiny.epub")
    assert [(p.name, p.status) for p in proofs] == [(name, "not run") for name in NAMES]
    assert all("not installed" in p.counted for p in proofs)


def script(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is searched for programs before all others."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(leftopp_book.validators, "find_spec", lambda name: None)
    return tmp_path


def test_no_report_is_no_verdict(dist: Path, tools: Path) -> None:
    for name in ("ace-cli", "epubcheck", "verapdf", "qpdf"):
        script(tools, name, "echo there is no browser here")
    proofs = {p.name: p for p in validators(dist / "tiny.pdf", dist / "tiny.epub")}
    assert proofs["Ace"].status == "not run"
    assert proofs["Ace"].counted == "no report: there is no browser here"


def test_a_tool_that_does_not_end_is_not_run(
    dist: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftopp_book.validators, "PATIENCE", 0.2)
    for name in ("ace-cli", "epubcheck", "verapdf", "qpdf"):
        script(tools, name, f"exec '{sys.executable}' -c 'import time; time.sleep(60)'")
    proofs = validators(dist / "tiny.pdf", dist / "tiny.epub")
    assert [p.status for p in proofs] == ["not run"] * 4
    assert all("did not end" in p.counted for p in proofs)


def test_a_failure_without_a_word_is_a_failure(dist: Path, tools: Path) -> None:
    for name in ("ace-cli", "epubcheck", "verapdf", "qpdf"):
        script(tools, name, "exit 4")
    proofs = validators(dist / "tiny.pdf", dist / "tiny.epub")
    assert [p.status for p in proofs] == ["false", "false", "false", "not run"]
    assert "qpdf ended with status 4" in str(proofs[0].falsehoods[0])


def test_a_browser_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, "chromium", "")
    script(tmp_path, "mine", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PUPPETEER_EXECUTABLE_PATH", raising=False)
    assert browser() == str(tmp_path / "chromium")
    monkeypatch.setenv("PUPPETEER_EXECUTABLE_PATH", str(tmp_path / "mine"))
    assert browser() == str(tmp_path / "mine")
