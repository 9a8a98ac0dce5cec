"""The command line. Exit status: 0 done, 1 the book has errors, 2 wrong usage, 3 the machine
failed, 130 interrupted."""

from __future__ import annotations

import difflib
import io
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import click
from msgspec.structs import replace

from .progress import Progress

BOOK, USAGE, MACHINE, INTERRUPTED = 1, 2, 3, 130

_seeds = click.option(
    "--seeds",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Also look for copy-texts in DIR (by SHA-256, whatever their names).",
    metavar="DIR",
)
_format = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of the findings."
)


class _Folder(click.Path):
    """A folder that may not be there yet; without a name it would be the one that one is in."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "":
            self.fail("a folder has a name.", param, ctx)
        return super().convert(value, param, ctx)


_strict = click.option("--strict", is_flag=True, help="Warnings stop the build too.")
_root = click.option(
    "--project",
    "root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="The folder that holds book/ and seeds/ (default: this one).",
    metavar="DIR",
)


class _Program(click.Group):
    """Ends with a status and a line, whatever happens; never with a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            status = super().main(args, prog_name, complete_var, False, **extra)
        except click.ClickException as error:
            from .characters import visible

            told = io.StringIO()
            error.show(told)
            _echo(visible(told.getvalue()).removesuffix("\n"), err=True)
            status = error.exit_code
        except click.Abort:
            status = INTERRUPTED
        sys.exit(status)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            _fail("interrupted", INTERRUPTED)
        except Exception as error:
            _fail(_told(error), MACHINE)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leftopp-book", prog_name="leftopp-book")
def main() -> None:
    """Make articles, as they were found, into a book for a press and for e-readers."""


@main.command()
@click.argument("editions", nargs=-1, metavar="[EDITION]...")
@_seeds
@_root
@click.option(
    "--out",
    type=_Folder(),
    help="Where the files go (default: dist/).",
    metavar="DIR",
)
@click.option("--only", type=click.Choice(["pdf", "epub"]), default=None, help="Make only this.")
@click.option(
    "--press/--no-press",
    default=None,
    help="The pages and the cover for a press too, or not (default: with --only or --format, not).",
)
@click.option(
    "--format",
    "trim",
    default=None,
    help="A format of styles/formats/, such as large-print, if not that of the edition.",
    metavar="NAME",
)
@click.option(
    "--findings",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to print the findings.",
)
@_strict
def build(
    editions: tuple[str, ...],
    seeds: tuple[Path, ...],
    root: Path,
    out: Path | None,
    only: str | None,
    press: bool | None,
    trim: str | None,
    form: str,
    strict: bool,
) -> None:
    """Build the editions named; without a name, every edition whose copy-texts are at hand."""
    from .shelf import shelf
    from .unchanged import Asked

    folder = _out(root, out, seeds)
    asked = Asked(root, seeds, folder, (sorted(editions), only, press, trim, strict))
    with shelf(folder, _wait) as held:
        inputs = asked.inputs()
        same = asked.still_there(inputs)
        if same and form == "text":
            for warning in same.laid_out:
                _echo(warning, err=True)
            _warned(same.warnings)
            _made(same.made, same.lacking)
            return
        from .memory import in_large_pieces

        in_large_pieces()
        from .bindery import load
        from .composing import prepare_as_before  # here, for every process wants what it loads
        from .workers import Workers

        with Workers(os.cpu_count() or 1) as workers:
            # while the book is read
            workers.ahead(prepare_as_before, root / "build", held.work / "moment")
            workers.ahead_of_branch(load)
            from .build import Session, build_onto

            with _progress() as progress:
                session = Session.open(root, seeds, again=True)
                _known(editions, session.editions)
                if trim is not None:
                    _known_format(trim, root)
                outcome = build_onto(
                    held,
                    session,
                    editions,
                    workers,
                    only=only or "",
                    form=trim or "",
                    press=press,
                    strict=strict,
                    progress=progress,
                )
        if outcome.written:
            laid_out = [warning.full() for warning in _of_layout(outcome.found)]
            others = len(outcome.found) - len(laid_out)
            asked.remember(inputs, outcome.written, outcome.lacking, laid_out, others)
    _end(outcome, form, strict=strict, full=False)


@main.command()
@click.argument("editions", nargs=-1, metavar="[EDITION]...")
@_seeds
@_root
@_strict
@_format
def check(
    editions: tuple[str, ...], seeds: tuple[Path, ...], root: Path, strict: bool, form: str
) -> None:
    """Check the editions without typesetting them; every finding is shown."""
    from .build import Session, check_editions

    session = Session.open(root, seeds, again=True)
    _known(editions, session.editions)
    outcome = check_editions(session, editions)
    _end(outcome, form, strict=strict, full=True)


@main.command()
@click.argument("editions", nargs=-1, metavar="[EDITION]...")
@_seeds
@_root
@click.option(
    "--out",
    type=_Folder(),
    help="Where the finished files are (default: dist/).",
    metavar="DIR",
)
@click.option("--rebuild", is_flag=True, help="Build again elsewhere and compare the bytes.")
@click.option("--no-validators", is_flag=True, help="Leave out EPUBCheck, Ace, veraPDF and qpdf.")
@_format
def proof(
    editions: tuple[str, ...],
    seeds: tuple[Path, ...],
    root: Path,
    out: Path | None,
    rebuild: bool,
    no_validators: bool,
    form: str,
) -> None:
    """Open the finished files again and prove them, from the files and the record alone."""
    from .proof import as_json, prove, rebuilt
    from .proof import editions as built
    from .reading import DamagedError
    from .shelf import settle

    folder = out or root / "dist"
    for name in editions:
        if "/" in name or name.startswith("."):
            raise click.UsageError(f"“{name}” is no name of an edition")
    settle(folder, _wait)
    proven = []
    finished = {path.stem for path in folder.glob("*.json")}
    if finished:
        _known(editions, finished, "finished book")
    names = list(dict.fromkeys(editions)) or built(folder)
    if not finished or not names:
        raise DamagedError(f"{folder} holds no finished book: leftopp-book build makes them")
    for name in names:
        one = prove(name, folder, outside=not no_validators)
        if rebuild:
            one = replace(one, proofs=(*one.proofs, rebuilt(name, folder, root, seeds)))
        proven.append(one)
        _put_into_report(one, name, folder, root)
    if form == "json":
        _echo(as_json(proven))
    else:
        for one in proven:
            _show(one)
    if any(one.false for one in proven):
        sys.exit(BOOK)


def _put_into_report(proven: Any, name: str, folder: Path, root: Path) -> None:
    """Put what was proven beside the editor's report, which shows it; older ones go."""
    from .html import TemplateError
    from .outputs import find_styles
    from .proof import page, record_of
    from .shelf import ShelfError, shelf

    try:
        file, data = page(proven, record_of(name, folder), find_styles(root))
    except TemplateError as error:
        _fail(f"the styles of the project cannot be used: {error}", BOOK)
    with suppress(ShelfError), shelf(folder, _wait) as held:  # what cannot be written to is proven
        held.put({file: data})
        for old in folder.glob(f"{name}-proof-*.html"):
            if old.name != file:
                old.unlink(missing_ok=True)


def _show(proven: Any) -> None:
    """Print a table of what was proven; then every falsehood with its place."""
    from .proof import rows

    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table("proof", "counted", "", title=proven.edition, title_justify="left")
        for row in rows(proven):
            table.add_row(*row)
        Console().print(table)
    else:
        _echo(proven.edition)
        for name, counted, result in rows(proven):
            _echo(f"  {name:<17} {counted}: {result}" if counted else f"  {name}: {result}")
    for proof in proven.proofs:
        for falsehood in proof.falsehoods:
            _echo(f"{proven.edition}: {proof.name}: {falsehood}")


@main.command()
@click.argument("article")
@click.option(
    "--stage",
    type=click.Choice(["clean", "text", "structure", "notes", "names"]),
    default="structure",
    help="After which stage (default: structure).",
)
@_seeds
@_root
def dump(article: str, stage: str, seeds: tuple[Path, ...], root: Path) -> None:
    """Show an article as it stands after a stage."""
    from .article import Shared, edit
    from .build import Session
    from .dump import dump as view

    session = Session.open(root, seeds)
    _known((article,), session.project.copy_texts, "article")
    shown = view(edit(article, Shared.of(session.project), session.report), stage)
    _echo(shown.removesuffix("\n"))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.argument(
    "texts",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="TEXT...",
)
def new(folder: Path, texts: tuple[Path, ...]) -> None:
    """Start a book in DIR from plain texts, with what the rules find in them."""
    from datetime import date

    from .diagnostics import Report, on_a_line
    from .new import plan
    from .shelf import settle, shelf, usable

    report = Report()
    usable(folder)
    settle(folder, _wait)
    files = plan(folder, texts, date.today(), report)
    if _tell(report.sorted(), "text", strict=False, full=bool(report.found)):
        sys.exit(BOOK)
    with shelf(folder, _wait) as held:
        held.put({str(path.relative_to(folder)): data for path, data in files.items()})
    to = on_a_line(shlex.quote(str(folder)))
    to = f"./{to}" if to.startswith("-") else to
    _echo(f"{_count(len(files), 'file')} written; next: cd {to} and leftopp-book build")


def _out(root: Path, out: Path | None, seeds: Iterable[Path]) -> Path:
    """Return the folder for the outputs: never one that holds what the book is made from.

    `dist/` may not be a link that leads out of the project; whoever wants that names the folder.
    Nor may the cache be in a folder that holds what the book is made from.
    """
    from .shelf import ShelfError, usable

    folder, cache = out or root / "dist", root / "build"
    usable(folder)
    real, project = _real(folder), _real(root)
    if not out and not real.is_relative_to(project):
        raise ShelfError(
            f"{folder} is a link that leads out of the project; name the folder: --out {real}"
        )
    own = [_real(project / name) for name in ("book", "seeds", "styles")]
    texts = [_real(seed) for seed in seeds]
    if any(real.is_relative_to(one) for one in own) or real in texts:
        raise click.UsageError(f"{folder} is for what the book is made from; name another folder")
    if any(_real(cache).is_relative_to(one) for one in own) or _real(cache) in texts:
        raise click.UsageError(f"{cache} leads to what the book is made from; take the link away")
    return folder


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # which bears a link to itself


# --- Telling ------------------------------------------------------------------------------------


def _known(names: Iterable[str], known: Iterable[str], what: str = "edition") -> None:
    known = sorted(known)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(known)}"
            raise click.UsageError(f"there is no {what} “{name}”; {hint}")


def _known_format(name: str, root: Path) -> None:
    from .outputs import find_styles
    from .style_files import formats

    if name in ("json", "text"):
        raise click.UsageError(f"there is no format “{name}”; of the findings: --findings {name}")
    _known((name,), formats(find_styles(root), root / "styles"), "format")


def _end(outcome: Any, form: str, *, strict: bool, full: bool) -> None:
    """Print what came of a build or a check; end with status 1 if the book has failed."""
    failed = _tell(outcome.found, form, strict=strict, full=full)
    _made(outcome.written, outcome.lacking, err=form == "json")
    if failed:
        sys.exit(BOOK)


def _made(written: Iterable[Path], lacking: Iterable[str], *, err: bool = False) -> None:
    """Tell what was made and what could not be; beside JSON on the standard error."""
    for path in written:
        _echo(f"{_shown(path)}  {path.stat().st_size / 1024:.0f} KiB", err=err)
    for line in lacking:
        _echo(line, err=err)


def _tell(found: Iterable[Any], form: str, *, strict: bool, full: bool) -> bool:
    """Print the findings; return whether the book has failed."""
    from .diagnostics import Severity, as_json, capped

    found = list(found)
    laid_out = [] if full else _of_layout(found)
    errors = [d for d in found if d.severity is Severity.ERROR]
    warnings = [d for d in found if d.severity is Severity.WARNING]
    if form == "json":
        _echo(as_json(found))
    else:
        shown, more = capped(found if full or strict else [*errors, *laid_out])
        for diagnostic in shown:
            _echo(diagnostic.full(), err=True)
        for line in more:
            _echo(line, err=True)
        if more:
            _echo("leftopp-book check --format json tells them all", err=True)
        if not (full or strict):
            _warned(len(warnings) - len(laid_out))
        if full or errors:
            _echo(f"{_count(len(errors), 'error')}, {_count(len(warnings), 'warning')}", err=True)
    return bool(errors or (strict and warnings))


def _of_layout(found: Iterable[Any]) -> list[Any]:
    """Return the warnings that only the laid out book shows: `check` does not know them."""
    from .checks import AFTER_LAYOUT
    from .diagnostics import Severity

    warnings = (d for d in found if d.severity is Severity.WARNING)
    return [d for d in warnings if d.code.startswith(AFTER_LAYOUT)]


def _warned(warnings: int) -> None:
    if warnings:
        _echo(f"{_count(warnings, 'warning')}: leftopp-book check shows them", err=True)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _shown(path: Path) -> str:
    from .diagnostics import on_a_line

    return on_a_line(os.path.relpath(path))


def _echo(words: str, *, err: bool = False) -> None:
    with _unheard(err=err):
        click.echo(words, err=err)


@contextmanager
def _unheard(*, err: bool) -> Iterator[None]:
    """Where nobody reads any more, go on in silence, for the status still counts."""
    try:
        yield
    except OSError as error:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2 if err else 1)  # what is still in a buffer goes there
        os.close(null)
        if not isinstance(error, BrokenPipeError) and not err:
            raise


def _wait(words: str) -> None:
    from .diagnostics import on_a_line

    _echo(f"leftopp-book: {on_a_line(words)}", err=True)


def _fail(words: str, status: int) -> NoReturn:
    _wait(words)
    raise click.exceptions.Exit(status)


def _told(error: Exception) -> str:
    """Return what the machine could not do; or, for a bug of ours, where it is."""
    from concurrent.futures import BrokenExecutor

    from .outputs import MachineError
    from .reading import DamagedError
    from .shelf import ShelfError

    match error:
        case MachineError() | ShelfError() | DamagedError():
            return str(error)
        case MemoryError():
            return "the memory of the machine is full"
        case BrokenExecutor():
            return (
                "a process of the typesetter was killed; perhaps the memory of the machine is full"
            )
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return f"the machine failed: {place}{(error.strerror or str(error)).lower()}"
        case ImportError() if not (error.path or "").endswith(".py"):
            first, *_ = str(error).splitlines() or [""]
            return f"the machine failed: a library cannot be loaded: {first}"
        case _:
            at = error.__traceback__
            while at and at.tb_next:
                at = at.tb_next
            line = f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
            what = f"{type(error).__name__} in {line}: {error}"
            return f"this is a fault of the program; please report it: {what}"


class _Bar(Progress):
    """A bar on the terminal, which moves when something is done and not before."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("reading the book", total=None)

    def say(self, words: str) -> None:
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(words, total=None)

    def begin(self, total: int) -> None:
        self._bar.reset(self._task, total=total)

    def done(self, part: str) -> None:
        self._bar.advance(self._task)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show what is being done, on a terminal only."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Shown

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Shown(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar)


if __name__ == "__main__":
    main()
