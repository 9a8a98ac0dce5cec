"""Build: from a project to the finished files, all or nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from .checks import accept, check, check_glyphs
from .diagnostics import Diagnostic, Report
from .edition import Edition, assemble
from .formats import Format, read_format
from .project import Project, read_project
from .regularise import check_rules

PROGRAM = f"leftopp-book {metadata.version('leftopp-book')}"
Say = Callable[[str], None]


class MachineError(Exception):
    """The machine failed: a disk, a permission, a font or a library. Exit status 3."""


@dataclass(frozen=True)
class Outcome:
    """What came of a build: the findings, the files written, and what could not be built."""

    found: tuple[Diagnostic, ...]
    written: tuple[Path, ...] = ()
    lacking: tuple[str, ...] = ()  # a line for every edition whose copy-texts are not at hand


@dataclass
class Session:
    """A project as read, with its findings; editions are assembled from it when asked for."""

    project: Project
    report: Report = field(default_factory=Report)

    @classmethod
    def open(cls, root: Path, seeds: Sequence[Path]) -> Session:
        report = Report()
        project = read_project(root, [root / "seeds", *seeds], report)
        check_rules(project.house, project.at("house.yaml", "regularise"), report)
        return cls(project, report)

    def chosen(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the editions to build, and a line about each that lacks copy-texts.

        Editions that were asked for by name and lack copy-texts are errors.
        """
        ready, lacking = [], []
        for name in names or self.project.editions:
            missing = self.project.lacking(name)
            if not missing:
                ready.append(name)
                continue
            count = len(self.project.editions[name].articles)
            files = ", ".join(
                self.project.articles[a].copy_text.name or a
                for a in missing
                if a in self.project.articles
            )
            alone = len(self.project.editions) == 1
            line = (
                f"{name}: {len(missing)} of {count} copy-texts are not at hand ({files}); "
                "put them into seeds/, or name their folder: make SEEDS=DIR"
            )
            if names or alone:
                self.report.error(
                    "copy-text-missing",
                    line,
                    self.project.at(f"{name}.yaml", "parts"),
                    "files are found by their SHA-256, whatever their names",
                )
            else:
                lacking.append(line)
        return ready, lacking

    def findings(self, report: Report) -> tuple[Diagnostic, ...]:
        """Return the findings in order, without those that the editor accepts."""
        paths = {source.path: name for name, source in self.project.copy_texts.items()}
        complete = len(self.project.copy_texts) == len(self.project.articles)
        whole = Report([*self.report.found, *report.found])
        whole.found = accept(whole.sorted(), self.project, paths, complete=complete)
        return tuple(whole.sorted())


def check_editions(session: Session, names: Sequence[str]) -> Outcome:
    """Edit and check the editions without typesetting them."""
    ready, lacking = session.chosen(names)
    report = Report()
    for name in ready:
        check(assemble(session.project, name, report), session.project, report)
    return Outcome(session.findings(report), lacking=tuple(lacking))


def build(
    session: Session,
    names: Sequence[str],
    out: Path,
    *,
    only: str = "",
    form: str = "",
    strict: bool = False,
    say: Say = lambda words: None,
) -> Outcome:
    """Build editions into `out`. Nothing is written unless everything could be made.

    `form` names a format of `styles/formats/`, if not the one of the edition; then there is no
    EPUB, and the files bear its name. Raises MachineError where the machine and not the book is at
    fault.
    """
    ready, lacking = session.chosen(names)
    report = Report()
    styles = find_styles(session.project.root)
    editions: list[tuple[Edition, Format]] = []
    for name in ready:
        say(f"editing {name}")
        edition = assemble(session.project, name, report)
        check(edition, session.project, report)
        trim = read_format(styles, form or edition.file.format, report)
        if trim:
            editions.append((edition, trim))
    found = session.findings(report)
    if _stops(found, strict=strict) or not editions:
        return Outcome(found, lacking=tuple(lacking))
    files: dict[Path, bytes] = {}
    for edition, trim in editions:
        name = edition.id if form in ("", edition.file.format) else f"{edition.id}-{form}"
        maker = _Maker(session.project, styles, out, report, say)
        files |= maker.make(edition, trim, name, "pdf" if name != edition.id else only)
    found = session.findings(report)
    if _stops(found, strict=strict):
        return Outcome(found, lacking=tuple(lacking))
    try:
        write_all(files)
    except OSError as error:
        raise MachineError(f"cannot write to {out}: {error.strerror or error}") from error
    return Outcome(found, tuple(files), tuple(lacking))


def _stops(found: Iterable[Diagnostic], *, strict: bool) -> bool:
    return any(strict or d.severity == "error" for d in found)


@dataclass(frozen=True)
class _Maker:
    """Makes the files of an edition."""

    project: Project
    styles: Path
    out: Path
    report: Report
    say: Say

    def make(self, edition: Edition, trim: Format, name: str, only: str) -> dict[Path, bytes]:
        from .epub import make_epub
        from .fonts import FontError, characters, fonts
        from .pdf import Styles, TypesetterError
        from .record import as_json, make_record
        from .typeset import Press, typeset

        templates = self.styles / "templates"
        css = "\n".join((trim.page_css(), self._read("print.css"), trim.css))
        try:
            faces = fonts(self.project.root / "build" / "fonts")
            styles = Styles(css, faces, float(trim.scale))
            press = Press(templates, styles, PROGRAM, os.cpu_count() or 1)
            check_glyphs(edition, characters(faces), self.report)
            self.say(f"typesetting {name}")
            printed = typeset(edition, press, self.report)
        except (FontError, TypesetterError) as error:
            raise MachineError(str(error)) from error
        files: dict[Path, bytes] = {}
        outputs: list[dict[str, Any]] = []

        def add(file: str, data: bytes, **facts: Any) -> None:
            files[self.out / file] = data
            digest = hashlib.sha256(data).hexdigest()
            outputs.append({"path": file, "sha256": digest, **facts})

        if only in ("", "pdf"):
            add(f"{name}.pdf", printed.pdf, pages=printed.sheets)
        if only in ("", "epub"):
            self.say(f"making the EPUB of {name}")
            epub = make_epub(edition, printed, templates, self._read("screen.css"), PROGRAM)
            add(f"{name}.epub", epub, pages=printed.sheets)
        files[self.out / f"{name}.json"] = as_json(make_record(edition, printed, outputs))
        return files

    def _read(self, name: str) -> str:
        return (self.styles / name).read_text(encoding="utf-8")


def find_styles(root: Path) -> Path:
    """Return the folder of styles: the project's own, else the one that comes with the program."""
    here = Path(__file__).parent
    for folder in (root / "styles", here / "styles", here.parent.parent / "styles"):
        if (folder / "print.css").is_file():
            return folder
    raise MachineError("the folder styles/ with print.css is missing: install the program again")


def write_all(files: dict[Path, bytes]) -> None:
    """Write files beside their places, then put all of them in place together."""
    parts: list[tuple[Path, Path]] = []
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            parts.append((part, path))
            part.write_bytes(data)
        for part, path in parts:
            part.replace(path)
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)
