"""Outputs: the files of one edition, from its layout to its bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from .checks import check, check_glyphs
from .diagnostics import Report
from .edition import Edition
from .formats import Format
from .index_checks import check_index
from .project import Project

PROGRAM = f"leftopp-book {metadata.version('leftopp-book')}"
Say = Callable[[str], None]


class MachineError(Exception):
    """The machine failed: a disk, a permission, a font or a library. Exit status 3."""


def find_styles(root: Path) -> Path:
    """Return the folder of styles: the project's own, else the one that comes with the program."""
    here = Path(__file__).parent
    for folder in (root / "styles", here / "styles", here.parent.parent / "styles"):
        if (folder / "print.css").is_file():
            return folder
    raise MachineError("the folder styles/ with print.css is missing: install the program again")


@dataclass(frozen=True)
class Maker:
    """Makes the files of an edition.

    What typesetting finds goes into `report`, which is the edition's own; `earlier` are the
    findings of reading the project.
    """

    project: Project
    styles: Path
    out: Path
    report: Report
    earlier: Report
    say: Say

    def make(self, edition: Edition, trim: Format, form: str, only: str) -> dict[Path, bytes]:
        """Return the files by path. With `form`, another format than the edition's, only the PDF.

        Raises MachineError where the typesetter or the fonts are missing.
        """
        from .epub import make_epub
        from .fonts import FontError, characters, fonts
        from .pdf import Styles, TypesetterError
        from .record import as_json, make_record
        from .report import make_report
        from .typeset import Press, typeset

        name = f"{edition.id}-{form}" if form else edition.id
        templates = self.styles / "templates"
        css = "\n".join((trim.page_css(), self._read("print.css"), trim.css))
        try:
            faces = fonts(self.project.root / "build" / "fonts")
            styles = Styles(css, faces, float(trim.scale))
            press = Press(templates, styles, PROGRAM, os.cpu_count() or 1)
            check_glyphs(edition, characters(faces), self.report)
            self.say(f"typesetting {name}")
            printed = typeset(edition, press, self.report)
            check_index(printed.index, self.project, self.report)
        except (FontError, TypesetterError) as error:
            raise MachineError(str(error)) from error
        files: dict[Path, bytes] = {}
        outputs: list[dict[str, Any]] = []

        def add(file: str, data: bytes, **facts: Any) -> None:
            files[self.out / file] = data
            digest = hashlib.sha256(data).hexdigest()
            outputs.append({"path": file, "sha256": digest, **facts})

        if only in ("", "pdf") or form:
            add(f"{name}.pdf", printed.pdf, pages=printed.sheets)
        if only in ("", "epub") and not form:
            self.say(f"making the EPUB of {name}")
            epub = make_epub(edition, printed, templates, self._read("screen.css"), PROGRAM)
            add(f"{name}.epub", epub, pages=printed.sheets)
        record = make_record(edition, printed, outputs)
        alone = Report([*self.earlier.found, *self.report.found])
        check([edition], self.project, alone)  # the page does not depend on what else is built
        page = make_report(
            edition, printed, record, alone.sorted(), self.project, self.styles, PROGRAM
        )
        add(f"{name}-report.html", page)
        files[self.out / f"{name}.json"] = as_json({**record, "outputs": outputs})
        return files

    def _read(self, name: str) -> str:
        return (self.styles / name).read_text(encoding="utf-8")
