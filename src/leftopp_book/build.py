"""Build: from a project to the finished files, all or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from .checks import accept, check
from .diagnostics import Diagnostic, Report, Severity, nowhere
from .document import Article
from .edition import Edition, assemble
from .folder import RefusedError, listed
from .follows import told
from .formats import Format, read_format
from .kept import NOTHING, Values
from .outputs import MachineError, Maker, find_styles, style_sheet
from .progress import Progress
from .project import REGISTERS, Project, read_project, read_source, tell
from .regularise import check_rules
from .schema import EditionFile
from .shelf import Shelf, shelf
from .style_files import is_ours, lacking, ours
from .text import Span
from .workers import Workers

if TYPE_CHECKING:
    from .outputs import Started


class Outcome(Struct, frozen=True):
    """What came of a build: the findings, the files written, and what could not be built."""

    found: tuple[Diagnostic, ...]
    written: tuple[Path, ...] = ()
    lacking: tuple[str, ...] = ()  # a line for every edition whose copy-texts are not at hand


class Session(Struct):
    """A project as read, with its findings; editions are assembled from it when asked for."""

    project: Project
    report: Report = field(default_factory=Report)
    values: Values = NOTHING

    @classmethod
    def open(cls, root: Path, seeds: Sequence[Path], *, again: bool = False) -> Session:
        """Read a project; `again` takes over what builds have kept of it."""
        report, values = Report(), Values(root / "build" / "kept") if again else NOTHING
        values.recall()
        project = read_project(root, [root / "seeds", *seeds], report, values)
        check_rules(project.house, lambda n: project.at("house.yaml", "regularise", n), report)
        return cls(project, report, values)

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
        for name in dict.fromkeys(names or self.project.editions):
            if name not in self.project.editions:
                continue  # what is wrong with its file stands in the report
            missing = self.project.lacking(name)
            if not missing:
                ready.append(name)
                continue
            missing = tuple(a for a in missing if a in self.project.articles)
            if not missing:
                continue  # what is wrong with the files of the others stands in the report
            count = len(self.project.editions[name].articles)
            files = ", ".join(self.project.articles[a].copy_text.name or a for a in missing)
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
        found = accept(
            told(whole.sorted(), self.project),
            self.project,
            paths,
            complete=looked_at == set(self.project.articles),
            looked_at=looked_at,
            laid_out=laid_out,
        )
        whole.found = told(found, self.project)
        return tuple(whole.sorted())


def check_editions(session: Session, names: Sequence[str]) -> Outcome:
    """Edit and check the editions without typesetting them."""
    ready, lacking = session.chosen(names)
    report = Report()
    check_outputs(session.project, "", report)
    values = session.values
    editions = [assemble(session.project, name, report, values=values) for name in ready]
    check(editions, session.project, report)
    check_styles(session.project.root, report)
    styles = find_styles(session.project.root)
    for edition in editions:
        _trims(edition.id, edition.file, "", "", styles, session.project, report)
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
    progress: Progress | None = None,
) -> Outcome:
    """Build editions into a folder. Nothing is written unless everything could be made.

    `form` names a format of `styles/formats/`, if not the one of the edition; then the files bear
    its name, and there is no EPUB unless it has the pages of that format. `press` asks for the
    files of the press or refuses them; otherwise they are made with everything else. Raises
    MachineError and ShelfError where the machine and not the book is at fault.
    """
    with shelf(out, lambda words: None) as held, Workers(os.cpu_count() or 1) as workers:
        return build_onto(
            held,
            session,
            names,
            workers,
            only=only,
            form=form,
            press=press,
            strict=strict,
            progress=progress,
        )


def build_onto(
    held: Shelf,
    session: Session,
    names: Sequence[str],
    workers: Workers,
    *,
    only: str = "",
    form: str = "",
    press: bool | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Build editions onto a shelf that was taken before the project was read, as `build` does."""
    from .composing import prepare
    from .html import keep_compiled

    ready, lacking = session.chosen(names)
    with _cache(session.project.root, held) as cache:
        for css, scale in _first_style(session.project, ready, form):
            workers.ahead(prepare, cache, css, scale, Path(tempfile.gettempdir()))
        keep_compiled(cache / "templates")
        making = _Making(held, session, workers, cache, progress or Progress())
        return making.made(ready, lacking, only=only, form=form, press=press, strict=strict)


def _first_style(project: Project, ready: Sequence[str], form: str) -> Iterator[tuple[str, float]]:
    """Yield the style sheet with which the first edition will be set, and its scale.

    What is wrong with it will be told when the edition is made.
    """
    for name in ready[:1]:
        with suppress(OSError, ValueError):
            styles = find_styles(project.root)
            wanted = form or project.editions[name].format
            trim = read_format(styles, wanted, Report(), root=project.root)
            if trim:
                yield style_sheet(styles, trim), float(trim.scale)


class _Plan(Struct, frozen=True):
    """How an edition is made."""

    maker: Maker
    trims: Mapping[str, Format | None]  # by name, the formats that are wanted; none where it fails
    started: Started | None  # what sets articles in the first of them before all are edited

    def begin(self, session: Session, strict: bool, article: Article) -> None:
        """Have an article set, if nothing is wrong so far."""
        if self.started and not self._stops(session, strict):
            with suppress(Exception):  # what is wrong is told when the book is made
                self.started.set(article)

    def go_on(self, session: Session, strict: bool, edition: Edition) -> None:
        """Have done what can be when all articles are edited."""
        if self.started and not self._stops(session, strict):
            with suppress(Exception):
                self.started.go_on(edition)

    def _stops(self, session: Session, strict: bool) -> bool:
        return _stops([*session.report.found, *self.maker.report.found], strict=strict)


class _Making(Struct, frozen=True):
    """What a build works with."""

    held: Shelf
    session: Session
    workers: Workers
    cache: Path
    progress: Progress

    def made(
        self,
        ready: Sequence[str],
        lacking: Sequence[str],
        *,
        only: str,
        form: str,
        press: bool | None,
        strict: bool,
    ) -> Outcome:
        session, held = self.session, self.held
        styles, report, editions = find_styles(session.project.root), Report(), list[Edition]()
        check_styles(session.project.root, report)
        check_outputs(session.project, form, report)
        checks = _Checks(session, editions, report, strict)
        plans = {}
        for name in ready:
            self.progress.say(f"editing {name}")
            plan = plans[name] = self._plan(name, styles, checks, only, form, press)
            own, each = plan.maker.report, partial(plan.begin, session, strict)
            then = partial(plan.go_on, session, strict)
            edition = assemble(session.project, name, own, each, session.values, then)
            editions.append(edition)
            report.found += own.found
        if not editions:
            return Outcome(session.findings(report, editions), lacking=tuple(lacking))
        files: dict[Path, bytes] = {}
        try:
            if _stops([*session.report.found, *report.found], strict=strict):
                checks.run()
            for edition in editions:
                files |= self._files(edition, plans[edition.id], checks, only)
                report.found += plans[edition.id].maker.report.found
        except _WrongError as error:
            return Outcome(error.found, lacking=tuple(lacking))
        own_format = all(form in ("", edition.file.format) for edition in editions)
        found = session.findings(report, editions, laid_out=own_format)
        if _stops(found, strict=strict):
            return Outcome(found, lacking=tuple(lacking))
        self.workers.dismiss()  # a process takes a while to end
        session.values.write()  # what came to be known since the checks
        held.put({str(path.relative_to(held.folder)): data for path, data in files.items()})
        return Outcome(found, tuple(files), tuple(lacking))

    def _plan(
        self, name: str, styles: Path, checks: _Checks, only: str, form: str, press: bool | None
    ) -> _Plan:
        project, own = self.session.project, Report()
        file = project.editions[name]
        trims = _trims(name, file, form, only, styles, project, own)
        maker = Maker(
            project,
            styles,
            self.held.folder,
            own,
            checks.of,
            self.progress,
            self.workers,
            press,
            self.cache,
        )
        started = None
        with suppress(Exception):  # what is wrong is told when the book is made
            first, trim = next(iter(trims.items()))
            if trim and not checks.report.failed:  # else a sheet may be a pipe, and waited for
                started = maker.begin(name, trim, _asked(file, first), only)
        return _Plan(maker, trims, started)

    def _files(
        self, edition: Edition, plan: _Plan, checks: _Checks, only: str
    ) -> dict[Path, bytes]:
        """Return the files of an edition by path. Raises _WrongError."""
        from .html import TemplateError
        from .pdf import LayoutError

        files: dict[Path, bytes] = {}
        started = plan.started
        try:
            for wanted, trim in plan.trims.items():
                if trim:  # else what is wrong with it stands in the report
                    asked = _asked(edition.file, wanted)
                    files |= plan.maker.make(
                        edition, trim, asked, only, checks.run, checks.keep, started
                    )
                started = None
        except _WrongError:
            raise
        except Exception as error:
            checks.run()  # what is wrong with the book may be why, and is said first
            if isinstance(error, LayoutError | TemplateError):
                says = f"the typesetter cannot use the styles: {error}"
                hint = "correct the style sheet or the template that it names"
            elif isinstance(error, _BY_STYLES) and not is_ours(plan.maker.styles):
                says = f"with these styles no book can be set ({type(error).__name__}: {error})"
                hint = "take back what was changed last; nothing of the text may be hidden"
            else:
                raise
            plan.maker.report.error("style-wrong", says, nowhere("styles"), hint)
        checks.run()
        return files


# What comes of sheets and templates that do not do their part; with the program's it is a bug.
_BY_STYLES = ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError


def _asked(file: EditionFile, wanted: str) -> str:
    """Return the name of a format if it is not that of the edition."""
    return wanted if wanted != file.format else ""


class _WrongError(Exception):
    """There are errors in the book: the rest need not be made."""

    def __init__(self, found: tuple[Diagnostic, ...]) -> None:
        super().__init__(found)
        self.found = found


class _Checks:
    """The checks of the editions, which are made once, while the first pages are being set."""

    def __init__(
        self, session: Session, editions: Sequence[Edition], report: Report, strict: bool
    ) -> None:
        self.session, self.editions, self.report = session, editions, report
        self.strict, self.together, self.done = strict, Report(), False

    def run(self) -> None:
        """Check, unless it is done. Raises _WrongError if the book is not to be made."""
        if self.done:
            return
        self.done = True
        check(self.editions, self.session.project, self.together)
        self.report.found += self.together.found
        found = self.session.findings(self.report, self.editions)
        if _stops(found, strict=self.strict):
            self.keep()
            raise _WrongError(found)

    def keep(self) -> None:
        """Keep what was read and edited."""
        self.session.values.write()

    def of(self, edition: Edition) -> list[Diagnostic]:
        """Return the findings of reading the project and of the checks of an edition alone."""
        found = self.together.found
        if len(self.editions) > 1:
            alone = Report()
            check([edition], self.session.project, alone)
            found = alone.found
        return [*self.session.report.found, *found]


def _formats(file: EditionFile, form: str, only: str) -> list[str]:
    """Return the formats to lay out: what is asked for, else the edition's and its EPUB's."""
    if form or only == "epub":
        return [form or file.pages]
    return list(dict.fromkeys((file.format,) if only == "pdf" else (file.format, file.pages)))


def check_outputs(project: Project, form: str, report: Report) -> None:
    """Report editions whose files would have one name, also where only the case of letters differs.

    `form` names the format that is asked for, if it is not those of the editions.
    """
    taken: dict[str, tuple[str, Span]] = {}
    for id, file in project.editions.items():
        for name, place in _names_of_files(id, file, form, project):
            other, first = taken.setdefault(_folded(name), (id, place))
            if other != id:
                report.error(
                    "edition-twice",
                    f"“{other}”, at {first}, and “{id}” would both be made into {name}",
                    place,
                    "give the file of one of the editions another name",
                )
                break


def _names_of_files(
    id: str, file: EditionFile, form: str, project: Project
) -> Iterator[tuple[str, Span]]:
    """Yield the names of the files that an edition may be made into, and what is the reason."""
    top = project.at(f"{id}.yaml")
    start = Span(top.source, 0, 0)
    pages = project.at(f"{id}.yaml", "epub", "pages")
    wanted = dict.fromkeys((file.format, file.pages, form or file.format))
    for trim in wanted:
        name = f"{id}-{trim}" if trim != file.format else id
        for end in (".pdf", "-press.pdf", "-cover.pdf", "-report.html", ".json"):
            yield name + end, pages if trim == file.epub.pages != file.format else start
    yield f"{id}.epub", start


def _folded(name: str) -> str:
    """Return a name as systems take it that do not tell A from a, or one way to write é from
    another."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _trims(
    id: str,
    file: EditionFile,
    form: str,
    only: str,
    styles: Path,
    project: Project,
    report: Report,
) -> dict[str, Format | None]:
    """Return the formats to lay out, by name; one that does not exist is an error."""
    trims = {}
    for wanted in _formats(file, form, only):
        keys = ("format",) if wanted == file.format else ("epub", "pages")
        place = None if form else project.at(f"{id}.yaml", *keys)
        trims[wanted] = read_format(styles, wanted, report, place, project.root)
    return trims


def _stops(found: Iterable[Diagnostic], *, strict: bool) -> bool:
    return any(strict or d.severity is Severity.ERROR for d in found)


def check_styles(root: Path, report: Report) -> None:
    """Report what a project's own styles lack, and what of them cannot be read: libraries will
    read them unasked."""
    styles = root / "styles"
    for path in _below(styles, report):
        if path.suffix in (".css", ".j2", ".yaml"):
            read_source(path, f"styles/{path.relative_to(styles)}", report, [root])
    lacks = lacking(styles)
    if lacks:
        more = f" and {len(lacks) - 3} more" if len(lacks) > 3 else ""
        report.error(
            "styles-lacking",
            f"styles/ has sheets or templates of its own, and lacks {', '.join(lacks[:3])}{more}",
            nowhere("styles"),
            f"copy all that is in {ours()}, and then change it; or leave only formats/ there",
        )


def _below(folder: Path, report: Report) -> Iterator[Path]:
    try:
        for path in listed(folder):
            if path.is_dir() and not path.is_symlink():
                yield from _below(path, report)
            else:
                yield path
    except RefusedError as error:
        tell(error, str(folder), nowhere(str(folder)), report)


@contextmanager
def _cache(root: Path, held: Shelf) -> Iterator[Path]:
    """Give the folder of what need not be made again, and a place for files of libraries.

    That is `build/` of the project; if it cannot be written to, a folder that goes when the build
    ends. Libraries, and the programs that they run, write what they need for a moment to the hidden
    folder of the shelf, so that nothing is written elsewhere and what the killed leave is found.
    """
    cache, moment = root / "build", held.work / "moment"
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    try:
        moment.mkdir(parents=True, exist_ok=True)
        if not _writable(cache):
            theirs, cache = cache / "fonts", held.work / "build"
            if theirs.is_dir():
                shutil.copytree(theirs, cache / "fonts")
        tempfile.tempdir = os.environ["TMPDIR"] = str(moment.resolve())
        yield cache
    except OSError as error:
        raise MachineError(f"the machine failed: {error}") from error
    finally:
        tempfile.tempdir = before[0]
        os.environ.pop("TMPDIR", None)
        if before[1] is not None:
            os.environ["TMPDIR"] = before[1]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
