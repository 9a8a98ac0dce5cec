"""What a failure of the machine says, and what is none: fonts, styles, findings, the bar."""

import json
import os
import shutil
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.progress import MofNCompleteColumn
from rich.progress import Progress as Shown

from leftopp_book import article, build, cli, editor, html
from leftopp_book.build import Session
from leftopp_book.composing import ComposingRoom
from leftopp_book.diagnostics import ALL, EACH, Diagnostic, Severity, capped, nowhere, on_a_line
from leftopp_book.fonts import FACES, fonts
from leftopp_book.outputs import MachineError, Maker
from leftopp_book.progress import Progress
from leftopp_book.shelf import ShelfError

TINY = Path(__file__).parent / "tiny"
ROOT = TINY.parent.parent


# --- The end of the program -----------------------------------------------------------------------


def raising(error: BaseException) -> Any:
    def work(*arguments: object, **named: object) -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (MachineError("no fonts"), 3, "no fonts"),
        (ShelfError("dist is a file"), 3, "dist is a file"),
        (MemoryError(), 3, "the memory of the machine is full"),
        (BrokenExecutor(), 3, "a process of the typesetter was killed; perhaps the memory"),
        (OSError(5, "Input/output error", "seeds/x"), 3, "the machine failed: seeds/x: input/out"),
        (
            ImportError("x.so failed\nPython: 3"),
            3,
            "the machine failed: a library cannot be loaded",
        ),
        (ImportError("no x", path="/lib/x.so"), 3, "the machine failed: a library cannot be loa"),
        (ImportError("no x", path="/ours/x.py"), 3, "this is a fault of the program; please rep"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (
            KeyError("x\n\x1b[2J"),
            3,
            "this is a fault of the program; please report it: KeyError in",
        ),
        (RecursionError(), 3, "this is a fault of the program"),
    ],
)
def test_every_end_has_a_status_and_a_line(
    error: BaseException, status: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "check_editions", raising(error))
    result = CliRunner().invoke(cli.main, ["check", "--project", str(TINY)])
    assert result.exit_code == status
    assert result.stdout == ""
    assert result.stderr.startswith(f"leftopp-book: {words}")
    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr


TINY_BOOK = ["--project", str(TINY)]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["build", *TINY_BOOK, "--out", "OUT", "--format", "nosuch"], "there are: a5, digest"),
        (["build", *TINY_BOOK, "--out", "OUT", "--format", "digst"], "did you mean “digest”?"),
        (["build", *TINY_BOOK, "--out", "OUT", "--format", ""], "there is no format “”"),
        (["build", *TINY_BOOK, "--out", "OUT", "--format", "json"], "--findings json"),
        (["build", *TINY_BOOK, "--out", ""], "a folder has a name"),
        (["proof", *TINY_BOOK, "--out", ""], "a folder has a name"),
        (["proof", "--out", str(TINY / "golden"), "nosuch"], "there are: tiny"),
        (["build", "--project", "nosuch"], "'nosuch' does not exist"),
        (["check", "--project", "nosuch"], "'nosuch' does not exist"),
    ],
)
def test_what_was_asked_for_is_not_there(tmp_path: Path, arguments: list[str], hint: str) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(cli.main, [str(out) if a == "OUT" else a for a in arguments])
    assert result.exit_code == 2
    assert hint in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such"],
        ["check", "--no-such"],
        ["build", "--only", "odt"],
        ["dump"],
        ["new", "x"],
        ["-z"],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_articles_are_set_once_and_while_others_are_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    edited, begun = article.edit, ComposingRoom.begin

    def edit(id: str, *rest: Any) -> Any:
        told.append(f"edit {id}")
        return edited(id, *rest)

    def begin(room: ComposingRoom, parts: Any, others: int = 0) -> Any:
        told.extend(f"set {name}" for name in parts)
        return begun(room, parts, others)

    monkeypatch.setattr(editor, "edit", edit)
    monkeypatch.setattr(ComposingRoom, "begin", begin)
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    try:
        outcome = build.build(Session.open(tmp_path, []), ["tiny"], tmp_path / "dist", press=False)
    except MachineError as error:
        pytest.skip(str(error))
    assert outcome.written
    assert told[:4] == ["edit stoves", "set stoves", "edit chairs", "set chairs"]
    assert [told.count(f"set {id}") for id in ("stoves", "chairs")] == [1, 1]


def test_an_edition_that_is_named_twice_is_made_once() -> None:
    assert Session.open(TINY, []).chosen(["tiny", "tiny"]) == (["tiny"], [])


@pytest.mark.parametrize("error", [MachineError("no fonts"), KeyError("x"), BrokenExecutor()])
def test_what_is_wrong_with_the_book_is_said_before_what_fails(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Maker, "make", raising(error))
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    with pytest.raises(type(error)):
        build.build(Session.open(tmp_path, []), ["tiny"], tmp_path / "dist")
    events = tmp_path / "book" / "chronology.yaml"
    events.write_text(events.read_text("utf-8").replace("passages: [", "passages: [stoves:999, "))
    outcome = build.build(Session.open(tmp_path, []), ["tiny"], tmp_path / "dist")
    assert not outcome.written
    assert [d.code for d in outcome.found if d.severity is Severity.ERROR]


def test_findings_as_json_are_all_that_stands_on_the_standard_output(tmp_path: Path) -> None:
    for part in ("book", "seeds"):
        shutil.copytree(TINY / part, tmp_path / part)
    arguments = ["build", "--project", str(tmp_path), "--only", "epub", "--findings", "json"]
    for _ in range(2):  # the second time nothing is made
        result = CliRunner().invoke(cli.main, arguments)
        if result.exit_code == 3:
            pytest.skip(result.stderr)
        assert json.loads(result.stdout) == []
        assert "tiny.epub" in result.stderr


# --- Findings -------------------------------------------------------------------------------------


def findings(code: str, count: int, severity: Severity) -> list[Diagnostic]:
    return [Diagnostic(severity, code, f"{n}", nowhere(f"{code}-{n:03}")) for n in range(count)]


def test_findings_are_capped_by_code_and_in_all() -> None:
    few = findings("a-few", EACH, Severity.WARNING)
    many = findings("b-many", EACH + 1234, Severity.WARNING)
    assert capped([*few, *many]) == ([*few, *many[:EACH]], ["and 1,234 more [b-many]"])
    assert capped([]) == ([], [])


def test_errors_are_shown_before_warnings_and_in_their_place() -> None:
    warnings = [d for n in range(10) for d in findings(f"a-{n}", EACH, Severity.WARNING)]
    errors = findings("z-error", 3, Severity.ERROR)
    shown, more = capped([*warnings, *errors])
    assert len(shown) == ALL
    assert shown[-3:] == errors
    assert shown[:-3] == warnings[: ALL - 3]
    told = sum(int(line.split()[1]) for line in more)
    assert told + len(shown) == len(warnings) + len(errors)


def test_a_finding_is_one_line_whatever_the_file_is_called() -> None:
    found = Diagnostic(
        Severity.ERROR, "file-refused", "it is a pipe", nowhere("a\nb\x1b[2J\u202e.txt")
    )
    assert str(found) == "a\\nb⟨U+001B⟩[2J⟨U+202E⟩.txt:1:1: error: it is a pipe [file-refused]"
    assert on_a_line("Книга, “Été”") == "Книга, “Été”"


# --- Fonts and styles -----------------------------------------------------------------------------


def test_fonts_in_a_folder_with_any_name(tmp_path: Path) -> None:
    """Nothing is written that is there already; what was left half-written goes."""
    cache = tmp_path / "<&> 'fonts' %20"
    theirs = fonts(ROOT / "build" / "fonts")
    folder = cache / theirs.folder.name
    folder.mkdir(parents=True)
    for cut in FACES:
        shutil.copy(theirs.folder / cut.name, folder / cut.name)
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    os.waitpid(dead, 0)
    (folder / f"roman.ttf.{dead}.part").write_bytes(b"half")
    (folder / f"roman.ttf.{os.getppid()}.part").write_bytes(b"of a process that is alive")
    made = fonts(cache)
    assert made.folder == folder.resolve()
    assert [p.name for p in folder.glob("*.part")] == [f"roman.ttf.{os.getppid()}.part"]
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert fonts(cache) == made
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before
    conf = (folder / "fonts.conf").read_text(encoding="utf-8")
    assert "&lt;&amp;&gt; 'fonts' %20" in conf


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("templates/print-prose.html.j2", "{% if %}", "print-prose.html.j2:1: "),
        ("templates/print-prose.html.j2", "{{ nobody.knows }}", "'nobody' is undefined"),
        ("templates/print-prose.html.j2", "{% include '../../secret' %}", "../../secret"),
        (
            *("templates/print-prose.html.j2", "{{ 1/0 }}"),
            "print-prose.html.j2:1: ZeroDivisionError",
        ),
        (
            *("templates/print-prose.html.j2", "{% include 'print-prose.html.j2' %}"),
            "print-prose.html.j2:1: RecursionError",
        ),
        (
            "templates/print-prose.html.j2",
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            "print-prose.html.j2:1: a template may not ask for “__globals__”",
        ),
        ("print.css", "p { display: none !important }", "with these styles no book can be set"),
        ("print.css", "@page { size: 0 0 !important }", "with these styles no book can be set"),
        ("print.css", "p { colr: red }", "colr"),
        ("print.css", "@import url(file:///etc/hostname);", "file:///etc/hostname"),
        (
            "print.css",
            "body { background: url(http://127.0.0.1:9/x.png) }",
            "http://127.0.0.1:9/x.png",
        ),
    ],
)
def test_styles_that_cannot_be_used(tmp_path: Path, name: str, words: str, told: str) -> None:
    """Nothing is fetched, neither a file nor from the network: it is an error of the book."""
    for part in ("book", "seeds"):
        shutil.copytree(TINY / part, tmp_path / part)
    shutil.copytree(ROOT / "styles", tmp_path / "styles")
    (tmp_path / "build").symlink_to(ROOT / "build")
    path = tmp_path / "styles" / name
    path.write_text(words + path.read_text(encoding="utf-8"), encoding="utf-8")
    try:
        outcome = build.build(Session.open(tmp_path, []), [], tmp_path / "dist", only="epub")
    except MachineError as error:
        pytest.skip(f"the typesetter cannot be loaded: {error}")
    (found,) = [d for d in outcome.found if d.severity is Severity.ERROR]
    assert found.code == "style-wrong"
    assert told in found.message
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("{{ cycler.__init__ }}", "__init__"),
        ("{{ cycler['__init__'] }}", "__init__"),
        ("{{ ''['__cl' ~ 'ass__'] }}", "__class__"),
        ("{{ ['a']|map(attribute='__class__')|list }}", "__class__"),
        ("{{ ['a']|sort(attribute='__class__')|list }}", "__class__"),
        ("{{ (['a']|map('upper')).gi_frame }}", "gi_frame"),
        ("{{ '{0.__class__}'.format(1) }}", "format"),
        ("{{ '{0:{1.__class__}}'.format(1, 2) }}", "format"),
        ("{{ ''['format'] }}", "format"),
        ("{{ ''|attr('__class__') }}", "attr"),
    ],
)
def test_a_template_cannot_ask_for_what_is_within_python(
    tmp_path: Path, words: str, name: str
) -> None:
    (tmp_path / "x.html.j2").write_text(words, encoding="utf-8")
    with pytest.raises(html.TemplateError, match=name):
        html.render(tmp_path, "x.html.j2", {})


def test_a_template_can_ask_for_any_key_and_fill_in_words(tmp_path: Path) -> None:
    words = "{{ d['_a'] }} {{ d['format'] }} {{ '{:,}'.format(1000) }}"
    (tmp_path / "x.html.j2").write_text(words, encoding="utf-8")
    assert html.render(tmp_path, "x.html.j2", {"d": {"_a": 1, "format": 2}}) == "1 2 1,000"


def test_a_bug_with_the_styles_of_the_program_is_no_error_of_the_styles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.html.j2").write_text("{{ 1/0 }}", encoding="utf-8")
    monkeypatch.setattr(html, "is_ours", lambda folder: True)
    with pytest.raises(ZeroDivisionError):
        html.render(tmp_path, "x.html.j2", {})


# --- A project's own styles -----------------------------------------------------------------------


def with_styles(root: Path, *names: str) -> list[str]:
    """Return the errors of a project that has some of the styles as its own."""
    for part in ("book", "seeds"):
        shutil.copytree(TINY / part, root / part, dirs_exist_ok=True)
    for name in names:
        (root / "styles" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "styles" / name, root / "styles" / name)
    found = build.check_editions(Session.open(root, []), ()).found
    return [str(d) for d in found if d.severity is Severity.ERROR]


def test_a_project_may_have_formats_alone(tmp_path: Path) -> None:
    edition = tmp_path / "book" / "tiny.yaml"
    assert not with_styles(tmp_path, "formats/a5.yaml")
    (tmp_path / "styles/formats/a5.yaml").rename(tmp_path / "styles/formats/my.yaml")
    edition.write_text(edition.read_text("utf-8") + "format: my\nepub: {pages: digest}\n", "utf-8")
    found = build.check_editions(Session.open(tmp_path, []), ()).found
    assert not found
    (tmp_path / "styles/formats/my.yaml").write_text("trim: 5\n", "utf-8")
    found = build.check_editions(Session.open(tmp_path, []), ()).found
    assert {d.span.source.path for d in found} == {"styles/formats/my.yaml"}


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("print.css", "cover.css, report.css, screen.css and "),
        ("templates/print.html.j2", "cover.css, print.css, report.css and "),
    ],
)
def test_sheets_and_templates_of_a_project_must_be_whole(
    tmp_path: Path, name: str, lacks: str
) -> None:
    (found,) = with_styles(tmp_path, name)
    assert found.startswith("styles:1:1: error: styles/ has sheets or templates of its own, and la")
    assert lacks in found
    assert found.endswith("[styles-lacking]")


# --- The bar --------------------------------------------------------------------------------------


def test_the_bar_counts_what_is_done() -> None:
    console = Console(file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    with Shown(MofNCompleteColumn(), console=console) as shown:
        bar = cli._Bar(shown)
        bar.say("typesetting primer")
        (task,) = shown.tasks
        assert (task.description, task.total) == ("typesetting primer", None)
        bar.begin(3)
        counts = []
        for part in ("a", "b", "c"):
            bar.done(part)
            counts.append((task.completed, task.total))
        assert counts == [(1, 3), (2, 3), (3, 3)]
        bar.say("making the EPUB of primer")
        (task,) = shown.tasks
        assert (task.completed, task.total) == (0, None)
    console.file.close()


def test_the_silent_one_takes_the_same_calls() -> None:
    for name in ("say", "begin", "done"):
        assert callable(getattr(Progress(), name))
        assert getattr(cli._Bar, name) is not getattr(Progress, name)
