"""The command line. Exit status: 0 done, 1 the book has errors, 2 wrong usage, 3 the machine
failed, 130 interrupted."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

BOOK, USAGE, MACHINE, INTERRUPTED = 1, 2, 3, 130

_seeds = click.option(
    "--seeds",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Also look for copy-texts in DIR (by SHA-256, whatever their names).",
    metavar="DIR",
)
_format = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of the findings."
)
_strict = click.option("--strict", is_flag=True, help="Warnings stop the build too.")
_root = click.option(
    "--project",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder that holds book/ and seeds/ (default: this one).",
    metavar="DIR",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leftopp-book", prog_name="leftopp-book")
def main() -> None:
    """Make articles, as they were found, into a book for a press and for e-readers."""


@main.command()
@click.argument("editions", nargs=-1, metavar="[EDITION]...")
@_seeds
@_root
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
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
    default="",
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
    trim: str,
    form: str,
    strict: bool,
) -> None:
    """Build the editions named; without a name, every edition whose copy-texts are at hand."""
    from .build import Session
    from .build import build as make

    session = Session.open(root, seeds)
    _known(editions, session.editions)
    with _machine(), _progress() as say:
        outcome = make(
            session,
            editions,
            out or root / "dist",
            only=only or "",
            form=trim,
            press=press,
            strict=strict,
            say=say,
        )
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

    session = Session.open(root, seeds)
    _known(editions, session.editions)
    outcome = check_editions(session, editions)
    _end(outcome, form, strict=strict, full=True)


@main.command()
@click.argument("editions", nargs=-1, metavar="[EDITION]...")
@_seeds
@_root
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
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

    folder = out or root / "dist"
    proven = []
    try:
        names = editions or built(folder)
        if not names:
            raise DamagedError(f"{folder} holds no finished book: leftopp-book build makes them")
        for name in names:
            one = prove(name, folder, outside=not no_validators)
            if rebuild:
                one = replace(one, proofs=(*one.proofs, rebuilt(name, folder, root, seeds)))
            proven.append(one)
    except DamagedError as error:
        click.echo(f"leftopp-book: {error}", err=True)
        sys.exit(MACHINE)
    if form == "json":
        click.echo(as_json(proven))
    else:
        for one in proven:
            _show(one)
    if any(one.false for one in proven):
        sys.exit(BOOK)


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
        click.echo(proven.edition)
        for name, counted, result in rows(proven):
            click.echo(f"  {name:<17} {counted}: {result}" if counted else f"  {name}: {result}")
    for proof in proven.proofs:
        for falsehood in proof.falsehoods:
            click.echo(f"{proven.edition}: {proof.name}: {falsehood}")


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
    click.echo(view(edit(article, Shared.of(session.project), session.report), stage), nl=False)


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

    from .build import write_all
    from .diagnostics import Report
    from .new import plan
    from .outputs import MachineError

    report = Report()
    files = plan(folder, texts, date.today(), report)
    if _tell(report.sorted(), "text", strict=False, full=False):
        sys.exit(BOOK)
    with _machine():
        try:
            write_all({Path(path): data for path, data in files.items()})
        except OSError as error:
            raise MachineError(f"cannot write to {folder}: {error.strerror or error}") from error
    click.echo(f"{_count(len(files), 'file')} written; next: cd {folder} and leftopp-book build")


# --- Telling ------------------------------------------------------------------------------------


def _known(names: Iterable[str], known: Iterable[str], what: str = "edition") -> None:
    known = sorted(known)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(known)}"
            raise click.UsageError(f"there is no {what} “{name}”; {hint}")


def _end(outcome: Any, form: str, *, strict: bool, full: bool) -> None:
    """Print what came of a build or a check; end with status 1 if the book has failed."""
    failed = _tell(outcome.found, form, strict=strict, full=full)
    for path in outcome.written:
        click.echo(f"{_shown(path)}  {path.stat().st_size / 1024:.0f} KiB")
    for line in outcome.lacking:
        click.echo(line, err=form == "json")
    if failed:
        sys.exit(BOOK)


def _tell(found: Iterable[Any], form: str, *, strict: bool, full: bool) -> bool:
    """Print the findings; return whether the book has failed."""
    from .diagnostics import Severity, as_json

    found = list(found)
    errors = [d for d in found if d.severity is Severity.ERROR]
    warnings = [d for d in found if d.severity is Severity.WARNING]
    if form == "json":
        click.echo(as_json(found))
    else:
        for diagnostic in found if full or strict else errors:
            click.echo(diagnostic.full(), err=True)
        if warnings and not (full or strict):
            click.echo(
                f"{_count(len(warnings), 'warning')}: leftopp-book check shows them", err=True
            )
        if full or errors:
            click.echo(
                f"{_count(len(errors), 'error')}, {_count(len(warnings), 'warning')}", err=True
            )
    return bool(errors or (strict and warnings))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _shown(path: Path) -> str:
    return os.path.relpath(path)


@contextmanager
def _machine() -> Iterator[None]:
    """End with status 3 and a message where the machine fails, not with a traceback."""
    from .outputs import MachineError

    try:
        yield
    except MachineError as error:
        click.echo(f"leftopp-book: {error}", err=True)
        sys.exit(MACHINE)
    except KeyboardInterrupt:
        click.echo("interrupted; nothing was changed", err=True)
        sys.exit(INTERRUPTED)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is being done, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda words: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("reading the book") as status:
        yield lambda words: status.update(words)


if __name__ == "__main__":
    main()
