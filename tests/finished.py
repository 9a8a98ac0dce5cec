"""A finished book for tests: built once, copied, and broken on purpose."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pikepdf

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"
READERS = Path(__file__).parent / "readers"
BIN = READERS / "node_modules" / ".bin"

Change = Callable[[str], str]


def build(name: str, out: Path, root: Path = ROOT, seeds: Path | None = None) -> None:
    """Build an edition, without its press files."""
    more = ["--seeds", str(seeds)] if seeds else []
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "leftopp_book",
            "build",
            name,
            "--no-press",
            "--out",
            str(out),
            *more,
        ],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def build_tiny(folder: Path) -> Path:
    """Build the tiny book in a folder, with the fonts that are made already."""
    shutil.copytree(TINY, folder / "tiny")
    (ROOT / "build").mkdir(exist_ok=True)
    (folder / "tiny" / "build").symlink_to(ROOT / "build")
    build("tiny", folder / "dist", folder / "tiny")
    return folder / "dist"


def read(epub: Path, name: str) -> str:
    """Return one file of an EPUB."""
    with zipfile.ZipFile(epub) as archive:
        return archive.read(f"EPUB/{name}").decode()


def broken_epub(epub: Path, to: Path, changes: Mapping[str, Change]) -> Path:
    """Write an EPUB anew with some of its files changed; each of them must really change."""
    with zipfile.ZipFile(epub) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        old = files[f"EPUB/{name}"].decode()
        new = change(old)
        assert new != old, f"nothing was broken in {name}"
        files[f"EPUB/{name}"] = new.encode()
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return to


def broken_pdf(pdf: Path, to: Path, change: Callable[[pikepdf.Pdf], None]) -> Path:
    with pikepdf.open(pdf) as document:
        change(document)
        document.save(to)
    return to
