"""Fingerprint: what a book depends on besides its files, that is the program and its libraries.

Nothing is imported or run to learn it: a build with nothing to do can find that out at once.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

DRAWING = ("libpango", "libharfbuzz", "libfontconfig", "libfreetype")  # libraries of the system
FOLDERS = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/opt/homebrew/lib",
    "/opt/local/lib",
    "/lib",
)


@cache
def fingerprint() -> str:
    """Return a hash of the program, of Python, of the packages and of the system's libraries."""
    made = hashlib.sha256(f"{sys.version} {platform.machine()} {platform.system()}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        made.update(path.name.encode() + path.read_bytes())
    for line in sorted((*_packages(), *_libraries())):
        made.update(line.encode())
    return made.hexdigest()


@cache
def _packages() -> tuple[str, ...]:
    folders = (Path(name) for name in sys.path)
    named = (f for f in folders if f.name in ("site-packages", "dist-packages") and f.is_dir())
    return tuple(path.name for folder in named for path in folder.glob("*.dist-info"))


def version_of(package: str) -> str:
    """Return the version of a package that is installed. Raises PackageNotFoundError.

    It stands in the name of a folder (PEP 376); to ask for it as usual takes 20 ms.
    """
    begins = package.replace("-", "_") + "-"
    for name in _packages():
        if name.startswith(begins):
            return name.removeprefix(begins).removesuffix(".dist-info")
    from importlib import metadata

    return metadata.version(package)


def _libraries() -> Iterator[str]:
    for folder in map(Path, FOLDERS):
        for path in (*_named(folder), *_named(folder / f"{platform.machine()}-linux-gnu")):
            about = path.stat()
            yield f"{path.name} {about.st_size} {about.st_mtime_ns}"


def _named(folder: Path) -> Iterable[Path]:
    try:
        return [p for p in folder.iterdir() if p.name.startswith(DRAWING) and p.is_file()]
    except OSError:
        return []


def digest_of(files: Iterable[Path]) -> str:
    """Return a hash of files, with their names. Raises OSError."""
    made = hashlib.sha256()
    for path in sorted(files):
        made.update(f"{path} ".encode("utf-8", "surrogateescape"))
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()
