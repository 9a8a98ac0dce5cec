"""Build: from a project to the finished files, all or nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .checks import accept, check
from .diagnostics import Diagnostic, Report
from .edition import Edition, assemble
from .formats import Format, read_format
from .outputs import MachineError, Maker, Say, find_styles
from .project import REGISTERS, Project, read_project
from .regularise import check_rules


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

    @property
    def editions(self) -> frozenset[str]:
        """The editions that have a file, also those in which there is a mistake."""
        files = {file.removesuffix(".yaml") for file in self.project.trees if "/" not in file}
        return frozenset(files - set(REGISTERS)) | frozenset(self.project.editions)

    def chosen(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the editions to build, and a line about each that lacks copy-texts.

        Editions that were asked for by name and lack copy-texts are errors.
        """
        ready, lacking = [], []
        for name in names or self.project.editions:
            if name not in self.project.editions:
                continue  # what is wrong with its file stands in the report
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

    def findings(
        self, report: Report, editions: Iterable[Edition], *, laid_out: bool = False
    ) -> tuple[Diagnostic, ...]:
        """Return the findings in order, without those that the editor accepts."""
        paths = {source.path: name for name, source in self.project.copy_texts.items()}
        looked_at = {article.id for edition in editions for article in edition.articles}
        whole = Report([*self.report.found, *report.found])
        whole.found = accept(
            whole.sorted(),
            self.project,
            paths,
            complete=looked_at == set(self.project.articles),
            looked_at=looked_at,
            laid_out=laid_out,
        )
        return tuple(whole.sorted())


def check_editions(session: Session, names: Sequence[str]) -> Outcome:
    """Edit and check the editions without typesetting them."""
    ready, lacking = session.chosen(names)
    report = Report()
    editions = [assemble(session.project, name, report) for name in ready]
    check(editions, session.project, report)
    return Outcome(session.findings(report, editions), lacking=tuple(lacking))


def build(
    session: Session,
    names: Sequence[str],
    out: Path,
    *,
    only: str = "",
    form: str = "",
    press: bool | None = None,
    strict: bool = False,
    say: Say = lambda words: None,
) -> Outcome:
    """Build editions into `out`. Nothing is written unless everything could be made.

    `form` names a format of `styles/formats/`, if not the one of the edition; then there is no
    EPUB, and the files bear its name. `press` asks for the files of the press or refuses them;
    otherwise they are made with everything else. Raises MachineError where the machine and not the
    book is at fault.
    """
    ready, lacking = session.chosen(names)
    report, own = Report(), {name: Report() for name in ready}
    styles = find_styles(session.project.root)
    editions: list[Edition] = []
    trims: dict[str, Format] = {}
    for name in ready:
        say(f"editing {name}")
        edition = assemble(session.project, name, own[name])
        place = None if form else session.project.at(f"{name}.yaml", "format")
        trim = read_format(styles, form or edition.file.format, own[name], place)
        if trim:
            trims[name] = trim
        editions.append(edition)
        report.found += own[name].found
    check(editions, session.project, report)
    found = session.findings(report, editions)
    if _stops(found, strict=strict) or not editions:
        return Outcome(found, lacking=tuple(lacking))
    files: dict[Path, bytes] = {}
    for edition in editions:
        asked = form if form != edition.file.format else ""
        maker = Maker(session.project, styles, out, own[edition.id], session.report, say, press)
        files |= maker.make(edition, trims[edition.id], asked, only)
        report.found += own[edition.id].found
    own_format = all(form in ("", edition.file.format) for edition in editions)
    found = session.findings(report, editions, laid_out=own_format)
    if _stops(found, strict=strict):
        return Outcome(found, lacking=tuple(lacking))
    try:
        write_all(files)
    except OSError as error:
        raise MachineError(f"cannot write to {out}: {error.strerror or error}") from error
    return Outcome(found, tuple(files), tuple(lacking))


def _stops(found: Iterable[Diagnostic], *, strict: bool) -> bool:
    return any(strict or d.severity == "error" for d in found)


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
