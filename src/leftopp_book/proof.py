"""Proof: the finished files are opened again, and everything that they say is proven or not.

Nothing here knows how the files were made: what is compared is read from the PDF, the EPUB and
the record.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from .characters import visible
from .proof_index import index_of_epub, index_of_pdf
from .proof_places import ends, places
from .proof_words import Finished, every_word, page_list
from .read_epub import read_epub
from .read_pdf import read_pdf
from .reading import DamagedError, Proof, digest, number, proof_file
from .validators import validators

VERSION = 1
PROOFS = (index_of_pdf, index_of_epub, page_list, every_word, places, ends)


class Proven(Struct, frozen=True):
    """What was proven of one edition, and what was found to be false."""

    edition: str
    proofs: tuple[Proof, ...]

    @property
    def false(self) -> bool:
        return any(proof.falsehoods for proof in self.proofs)


def editions(out: Path) -> list[str]:
    """Return the records of a folder that are to be proven.

    Of the formats of an edition it is the one whose pages the EPUB has.
    """
    found: dict[str, str] = {}  # the edition, by the name of its record
    whole = set()
    for path in sorted(out.glob("*.json")):
        if not path.is_file():
            continue  # a pipe would be waited for
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found[path.stem] = path.stem  # to be told of when it is opened
            continue
        if isinstance(record, dict) and "record" in record and "edition" in record:
            found[path.stem] = str(record["edition"])
            if ".epub" in str(record.get("outputs")):
                whole.add(path.stem)
    proven = {found[name] for name in whole}
    return [name for name, edition in found.items() if name in whole or edition not in proven]


def record_of(name: str, out: Path) -> Mapping[str, Any]:
    """Return the record of an edition that was opened before."""
    record: Mapping[str, Any] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    return record


def _instead(name: str, out: Path) -> str:
    """Return what to do for an edition whose record is not of all its files."""
    for path in sorted(out.glob(f"{name}-*.json")):
        if f'"{name}.epub"' in path.read_text(encoding="utf-8", errors="replace"):
            return f"the EPUB is proven with its print book: leftopp-book proof {path.stem}"
    return "build the whole edition (leftopp-book build)"


def open_finished(name: str, out: Path) -> Finished:
    """Read an edition's record and files. Raises DamagedError for what is not whole."""
    path = out / f"{name}.json"
    if not path.is_file():
        raise DamagedError(f"{path} is missing: build the edition first (leftopp-book build)")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        version = record["record"]
        outputs = {Path(output["path"]).name: output["sha256"] for output in record["outputs"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"{path} is not a whole record; build the edition again") from error
    if version != VERSION:
        raise DamagedError(f"{path} is of version {version}; this program reads {VERSION}")
    epub = next((file for file in outputs if file.endswith(".epub")), f"{name}.epub")
    files = [out / f"{name}.pdf", out / epub]
    for file in files:
        if file.name not in outputs:
            raise DamagedError(f"{path} knows of no {file.name}: {_instead(name, out)}")
    for file in (out / output for output in outputs):
        if not file.is_file():
            raise DamagedError(f"{file} is missing: build the edition again")
        if digest(file) != outputs[file.name]:
            raise DamagedError(
                f"{file} is damaged or from another build: its SHA-256 is not the one in {path}"
            )
    return Finished(record, read_pdf(files[0]), read_epub(files[1]))


def prove(name: str, out: Path, *, outside: bool = True) -> Proven:
    """Prove one edition; `outside` runs the validators too. Raises DamagedError."""
    book = open_finished(name, out)
    try:
        proofs = [proof(book) for proof in PROOFS]
    except (KeyError, TypeError, AttributeError) as error:
        path = out / f"{name}.json"
        raise DamagedError(f"{path} is not a whole record: {error!r}") from error
    if outside:
        proofs += validators(out / f"{name}.pdf", out / book.screen.file)
    return Proven(name, tuple(proofs))


# --- The same bytes -----------------------------------------------------------------------------

ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "4711"}


def rebuilt(name: str, out: Path, root: Path, seeds: Sequence[Path]) -> Proof:
    """Build again in another folder, time zone, locale and hash seed: the bytes are the same."""
    proof = Proof("rebuilt")
    edition = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["edition"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "another folder"
        copy.mkdir()
        for part in ("book", "seeds", "styles"):
            if (root / part).is_dir():
                shutil.copytree(root / part, copy / part)
        command = [
            sys.executable,
            "-m",
            "leftopp_book",
            "build",
            edition,
            "--out",
            str(copy / "out"),
        ]
        for seed in seeds:
            command += ["--seeds", str(seed.resolve())]
        # the folder of the package, for a program that is run without being installed
        path = os.pathsep.join(filter(None, (str(Path(__file__).parent.parent), _old_path())))
        done = subprocess.run(
            command,
            cwd=copy,
            env={**os.environ, **ELSEWHERE, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            proof.false(name, f"it could not be built again: {last}")
            return proof
        made = sorted((copy / "out").iterdir())
        for path_made in made:
            ours = out / path_made.name
            if not ours.is_file() or ours.read_bytes() != path_made.read_bytes():
                proof.false(ours.name, "is not the same, to the byte, when it is built again")
    proof.counted = f"{number(len(made), 'file')}, byte for byte"
    return proof


def _old_path() -> str:
    return os.environ.get("PYTHONPATH", "")


# --- Telling ------------------------------------------------------------------------------------


def as_json(proven: Sequence[Proven]) -> str:
    found: list[dict[str, Any]] = [
        {
            "edition": one.edition,
            "proofs": [
                {
                    "proof": proof.name,
                    "status": proof.status,
                    "counted": proof.counted,
                    "falsehoods": [{"place": f.place, "says": f.says} for f in proof.falsehoods],
                }
                for proof in one.proofs
            ],
        }
        for one in proven
    ]
    return json.dumps(found, ensure_ascii=False, indent=1)


def page(proven: Proven, record: Mapping[str, Any], styles: Path) -> tuple[str, bytes]:
    """Return the page for the editor's report that tells what was proven: its name, its bytes."""
    from .html import render

    context = {
        "proven": proven,
        "rows": rows(proven),
        "falsehoods": [(proof.name, f) for proof in proven.proofs for f in proof.falsehoods],
        "css": (styles / "report.css").read_text(encoding="utf-8"),
    }
    name = proof_file(proven.edition, record["outputs"])
    return name, visible(render(styles / "templates", "proof.html.j2", context)).encode()


def rows(proven: Proven) -> list[tuple[str, str, str]]:
    """Return a row for every proof: its name, what it counted, what came of it."""
    shown = []
    for proof in proven.proofs:
        count = len(proof.falsehoods)
        result = {"true": "all true", "not run": "not run"}.get(proof.status, f"{count} false")
        shown.append((proof.name, proof.counted, result))
    return shown
