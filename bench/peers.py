"""Peers: the other typesetters, what each needs, and how each makes a PDF of its source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .html_source import Html
from .latex_source import Latex
from .markdown_source import Markdown
from .measure import Cost, run
from .source import Tongue
from .typst_source import Typst

TYPST = "typst==0.15.2"
DEBIAN = {
    "xelatex": ("texlive-xetex", "texlive-latex-recommended", "texlive-fonts-recommended"),
    "makeindex": ("texlive-binaries",),
    "pandoc": ("pandoc", "lmodern"),
}
COMPILE = (
    "import sys, typst; typst.compile(sys.argv[1], output=sys.argv[2], "
    "font_paths=['.'], ignore_system_fonts=True)"
)


BOOK = "book"  # the name of a source and of its PDF, without what follows the point


@dataclass(frozen=True)
class Peer:
    """A typesetter: the tongue that it is spoken to in, and its steps from source to PDF."""

    name: str
    tongue: Tongue
    steps: Sequence[Sequence[str | Path]]

    def make(self, folder: Path) -> Cost:
        """Make the PDF in a folder that has the source and the fonts, from nothing."""
        for path in folder.glob(f"{BOOK}.*"):
            if path.suffix != f".{self.tongue.suffix}":
                path.unlink()
        cost = Cost(0, 0, 0)
        for step in self.steps:
            cost += run(step, folder)
        return cost


_TEX = ("xelatex", "-interaction=nonstopmode", "-halt-on-error", f"{BOOK}.tex")
_LATEX = (_TEX, ("makeindex", "-q", f"{BOOK}.idx"), _TEX, _TEX)
_PANDOC = (
    "pandoc",
    "--from=markdown-smart",
    "--standalone",
    "--top-level-division=chapter",
    f"{BOOK}.md",
    f"--output={BOOK}.tex",
)


def peers(css: str, folder: Path, wanted: Sequence[str]) -> tuple[list[Peer], list[str]]:
    """Return the peers that are there, after installing what can be, and a line for each other.

    `css` is the style sheet of the print book; programs of our own go into `folder`.
    """
    said: list[str] = []
    plain = (sys.executable, "-m", "weasyprint", "-q", f"{BOOK}.html", f"{BOOK}.pdf")
    found = [Peer("weasyprint", Html(css), (plain,))]
    if {"xelatex", "pandoc"} & set(wanted):
        said += _packages(["xelatex", "makeindex", *(["pandoc"] if "pandoc" in wanted else [])])
    if shutil.which("xelatex") and shutil.which("makeindex"):
        found.append(Peer("xelatex", Latex(), _LATEX))
        if shutil.which("pandoc"):
            found.append(Peer("pandoc", Markdown(), (_PANDOC, *_LATEX)))
    if "typst" in wanted:
        python = _typst(folder)
        if python:
            step = (python, "-c", COMPILE, f"{BOOK}.typ", f"{BOOK}.pdf")
            found.append(Peer("typst", Typst(), (step,)))
        else:
            said.append(f"typst: {TYPST} could not be installed from the package index")
    ready = [peer for peer in found if peer.name in wanted]
    said += [
        f"{name}: not here"
        for name in wanted
        if name not in {peer.name for peer in ready} and not any(x.startswith(name) for x in said)
    ]
    return ready, said


def _packages(programs: Sequence[str]) -> list[str]:
    """Install the Debian packages of programs that are missing, where that takes no password."""
    missing = [name for name in programs if not shutil.which(name)]
    if not missing:
        return []
    packages = sorted({package for name in missing for package in DEBIAN[name]})
    line = f"{', '.join(missing)}: missing; on Debian: apt-get install {' '.join(packages)}"
    if not shutil.which("apt-get"):
        return [line]
    root: list[str] = [] if os.geteuid() == 0 else ["sudo", "-n"]
    print(f"bench: installing {' '.join(packages)} (apt-get)", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [*root, "apt-get", "-q", "-y", "install", "--no-install-recommends", *packages]
    for words in (command, [*root, "apt-get", "-q", "update"], command):
        try:
            done = subprocess.run(
                words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        except OSError:
            return [line]
        if words is command and not done.returncode:
            break
    return [line for name in missing[:1] if not shutil.which(name)]


def _typst(folder: Path) -> Path | None:
    """Return a Python that has Typst, in a virtual environment of its own."""
    python = folder / "typst" / "bin" / "python"
    if _runs(python, "-c", "import typst"):
        return python
    print(f"bench: installing {TYPST} (pip)", file=sys.stderr, flush=True)
    made = _runs(sys.executable, "-m", "venv", folder / "typst") and _runs(
        python, "-m", "pip", "--no-input", "--disable-pip-version-check", "install", "-q", TYPST
    )
    return python if made and _runs(python, "-c", "import typst") else None


def _runs(*words: str | Path) -> bool:
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0
