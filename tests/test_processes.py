"""The whole program as a process: killed, interrupted, hindered, watched; a book of one page."""

import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from leftopp_book.shelf import WORK, settle

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "leftopp_book"]
BUILD = ["build", "--no-press"]
WORDS = "A Short Walk\n\nAda Lund went out in 1927 and came back at noon. That is all there is.\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def run(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] = ENVIRONMENT,
    program: Sequence[str] = PROGRAM,
    **more: object,
) -> subprocess.CompletedProcess[bytes]:
    command = [*program, *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run(command, cwd=cwd, env=env, timeout=120, check=False, **streams)  # type: ignore[call-overload, no-any-return]


def on(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file()}


class Book:
    """A project with a book that is built, and the files that it will have after a change."""

    def __init__(self, root: Path) -> None:
        self.root, self.dist = root, root / "dist"
        (root.parent / "walk.txt").write_text(WORDS, encoding="utf-8")
        assert run("new", root, root.parent / "walk.txt", cwd=root.parent).returncode == 0
        (ROOT / "build").mkdir(exist_ok=True)  # the fonts are made once for all tests
        (root / "build").symlink_to(ROOT / "build")
        built = run(*BUILD, cwd=root)
        if built.returncode == 3 and b"library of the typesetter" in built.stderr:
            pytest.skip("the typesetter cannot be loaded")
        assert built.returncode == 0, built.stderr
        self.old = on(self.dist)
        edition = root / "book" / f"{root.name}.yaml"
        words = edition.read_text(encoding="utf-8")
        edition.write_text(words.replace('title: "', 'title: "Another '), encoding="utf-8")
        assert run(*BUILD, "--out", root.parent / "new", cwd=root).returncode == 0
        self.new = on(root.parent / "new")
        assert self.old.keys() == self.new.keys()
        assert all(self.old[name] != self.new[name] for name in self.old)

    def restore(self) -> None:
        shutil.rmtree(self.dist)
        self.dist.mkdir()
        for name, data in self.old.items():
            (self.dist / name).write_bytes(data)

    def forget(self) -> None:
        """See to it that a build has something to do; `build/` is that of other books as well."""
        shutil.rmtree(self.root / "build" / "layout" / "walk", ignore_errors=True)
        with (self.root / "book" / "house.yaml").open("a", encoding="utf-8") as house:
            house.write("# another line\n")

    def files(self) -> dict[str, bytes]:
        """Return what builds made; a proof leaves a page beside it."""
        return {name: data for name, data in on(self.dist).items() if "-proof-" not in name}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("processes") / "walk")


@pytest.fixture
def book(made: Book) -> Book:
    made.restore()
    return made


def processes_of(group: int) -> list[str]:
    """Return the processes of a group that are still alive, where the system tells (`/proc`)."""
    alive = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just ended
        if int(its_group) == group and state not in "ZX":
            alive.append(path.parent.name)
    return alive


# --- Killed and interrupted -----------------------------------------------------------------------


def test_killed_at_twenty_points(book: Book) -> None:
    """From the start of the interpreter to the end of writing; the files are the old or the new."""
    start = time.monotonic()
    assert run(*BUILD, cwd=book.root).returncode == 0
    whole = time.monotonic() - start
    assert book.files() == book.new
    killed = 0
    for point in range(20):
        book.restore()
        process = subprocess.Popen(
            [*PROGRAM, *BUILD],
            cwd=book.root,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(whole * (point + 0.5) / 20)
        process.kill()  # the process alone: what it has started has to end by itself
        killed += process.wait() == -signal.SIGKILL
        settle(book.dist, lambda words: None)
        assert book.files() in (book.old, book.new)
        for _ in range(50):
            if not processes_of(process.pid):
                break
            time.sleep(0.1)
        assert processes_of(process.pid) == []
    assert killed >= 10
    assert run(*BUILD, cwd=book.root).returncode == 0
    assert book.files() == book.new
    assert [p.name for p in book.dist.iterdir() if p.name not in book.new] == []


KILL_AT = """
import os, runpy, signal, sys
left = [int(sys.argv.pop(1))]
def hook(event, arguments):
    if event in ("os.rename", "os.link") and ".leftopp-book" in str(arguments):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
runpy.run_module("leftopp_book", run_name="__main__")
"""


def test_killed_between_two_renames(book: Book) -> None:
    """The next `proof` or build ends what was begun."""
    for step in (5, 6, 7):  # four old files are kept, then comes the journal, then the renames
        book.restore()
        command = [sys.executable, "-c", KILL_AT, str(step)]
        assert run(*BUILD, cwd=book.root, program=command).returncode == -signal.SIGKILL
        if step == 5:
            assert book.files() == book.old
        elif step == 6:
            assert book.files() == book.old
            assert run("proof", "--no-validators", cwd=book.root).returncode == 0
            assert book.files() == book.new
        else:
            assert book.files() not in (book.old, book.new)
            assert run("check", cwd=book.root).returncode == 0
            assert run("build", "no-such-edition", cwd=book.root).returncode == 2
            assert book.files() == book.new
            assert not (book.dist / WORK).exists()


def test_new_killed_between_two_renames(tmp_path: Path) -> None:
    """Either there is nothing, and `new` begins again, or there is a whole project that builds."""
    (tmp_path / "walk.txt").write_text(WORDS, encoding="utf-8")
    assert run("new", tmp_path / "whole", "walk.txt", cwd=tmp_path).returncode == 0
    whole = {p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*")}
    for step in (1, 2, 5):  # the journal; the first file; some more
        folder = tmp_path / f"new-{step}" / "whole"
        command = [sys.executable, "-c", KILL_AT, str(step)]
        done = run("new", folder, "walk.txt", cwd=tmp_path, program=command)
        assert done.returncode == -signal.SIGKILL
        again = run("new", folder, "walk.txt", cwd=tmp_path)
        if step == 1:
            assert again.returncode == 0
        else:
            assert again.returncode == 1
            assert b"[folder-not-empty]" in again.stderr
        assert {p.relative_to(folder) for p in folder.rglob("*")} == whole


def begun(book: Book) -> subprocess.Popen[bytes]:
    """Begin a build in a group of processes of its own."""
    return subprocess.Popen(
        [*PROGRAM, *BUILD],
        cwd=book.root,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.parametrize("group", [False, True], ids=["the process", "its group"])
def test_interrupted_at_many_points(book: Book, group: bool) -> None:
    """Status 130, one line, no traceback, also where the terminal tells every process."""
    book.forget()
    for tenths in (1, 3, 6, 10, 15, 20):
        process = begun(book)
        time.sleep(tenths / 10)
        if group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        if book.files() == book.new:  # it was quicker, or came to its end just then
            assert process.returncode in (0, -signal.SIGINT)
            break
        assert (process.returncode, out, err) == (130, b"", b"leftopp-book: interrupted\n")
        assert book.files() == book.old
        assert not (book.dist / WORK).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_kindly(book: Book, number: signal.Signals) -> None:
    """As a session that is closed or a machine that is shut down does it: nothing is left."""
    for tenths in (6, 14):
        book.forget()
        process = begun(book)
        time.sleep(tenths / 10)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        if book.files() == book.new:  # it was quicker
            break
        assert (process.returncode, out, err) in (
            (128 + number, b"", b"leftopp-book: terminated\n"),
            (-number, b"", b""),  # before our first line
        )
        assert book.files() == book.old
        assert not (book.dist / WORK).exists()


def test_hardly_anything_may_be_opened_or_written(book: Book) -> None:
    """One line and status 3, also where the program cannot even be loaded; no warnings."""
    env = {**ENVIRONMENT, "PYTHONWARNINGS": "error"}
    for limit in ("ulimit -n 5", "ulimit -f 0", "ulimit -v 200000"):
        book.forget()
        line = f"{limit}; exec {shlex.join([*PROGRAM, *BUILD])}"
        done = run(line, cwd=book.root, program=["bash", "-c"], env=env)
        assert done.returncode == 3, done
        assert re.fullmatch(rb"leftopp-book: .+\n", done.stderr), done
        assert book.files() == book.old
        assert not (book.dist / WORK).exists()
    assert run(*BUILD, cwd=book.root, env=env).returncode == 0
    assert book.files() == book.new


def test_two_builds_at_once(book: Book) -> None:
    book.forget()
    command = [*PROGRAM, *BUILD]
    several = [
        subprocess.Popen(
            command,
            cwd=book.root,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(5)
    ]
    told = b"".join(process.communicate(timeout=120)[1] for process in several)
    assert [process.returncode for process in several] == [0] * 5
    assert re.search(rb"process \d+ is writing to dist: waiting until it has ended", told)
    assert book.files() == book.new
    assert not (book.dist / WORK).exists()


# --- Surroundings ---------------------------------------------------------------------------------


def test_a_reader_that_goes_away(book: Book) -> None:
    """`| head -1`, or streams that are closed: no word, and the status of the book."""
    command = shlex.join([*PROGRAM, *BUILD])
    shell = ["bash", "-c"]
    for line, status in (
        (f"{command} | true; exit ${{PIPESTATUS[0]}}", 0),
        (f"{command} no-such 2>&1 | true; exit ${{PIPESTATUS[0]}}", 2),
        (f"{shlex.join(PROGRAM)} check --strict >&- 2>&- <&-", 1),
        (f"{shlex.join(PROGRAM)} check --strict 2>&1 | head -1 >&2; exit ${{PIPESTATUS[0]}}", 1),
        (f"{shlex.join(PROGRAM)} --help | true; exit 0", 0),
    ):
        done = run(line, cwd=book.root, program=shell)
        assert done.returncode == status, line
        assert b"Traceback" not in done.stderr
        assert b"BrokenPipe" not in done.stderr
        assert b"Exception" not in done.stderr


def test_all_streams_closed(book: Book) -> None:
    line = f"exec {shlex.join([*PROGRAM, *BUILD])} <&- >&- 2>&-"
    assert run(line, cwd=book.root, program=["bash", "-c"]).returncode == 0
    assert book.files() == book.new


def test_a_full_disk_behind_standard_output(book: Book) -> None:
    with open("/dev/full", "wb") as full:
        done = run("check", "--format", "json", cwd=book.root, stdout=full)
    assert done.returncode == 3
    assert done.stderr == b"leftopp-book: the machine failed: no space left on device\n"


ODD = 'it\'s a "book" #1 %20 <&> {{ x }} $HOME;\\ Книга\nof two lines'


def test_a_path_with_everything_in_it_and_a_machine_with_nothing(
    book: Book, tmp_path: Path
) -> None:
    """From another folder, no HOME, ASCII only, no TMPDIR, umask 077, nothing to read from."""
    odd = tmp_path / ODD
    shutil.copytree(book.root, odd, ignore=shutil.ignore_patterns("dist", "build"))
    if (ROOT / "build" / "fonts").is_dir():
        shutil.copytree(ROOT / "build" / "fonts", odd / "build" / "fonts")
    bare = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": "/proc/nobody",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TMPDIR": str(tmp_path / "no such folder"),
        "XDG_CACHE_HOME": "/proc/nobody",
    }
    done = run(*BUILD, "--project", odd, cwd=Path("/"), env=bare, stdin=None, umask=0o077)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(book.new)
    assert on(odd / "dist") == book.new
    assert {stat.S_IMODE(p.stat().st_mode) for p in (odd / "dist").iterdir()} == {0o600}


def test_a_source_tree_that_cannot_be_written_to(book: Book, tmp_path: Path) -> None:
    """The outputs go elsewhere, and nothing in the tree is other than it was."""
    tree = tmp_path / "tree"
    tree.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(tree)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        for name in ("book", "seeds"):
            shutil.copytree(book.root / name, tree / name)
        shutil.copytree(ROOT / "build" / "fonts", tree / "build" / "fonts")
        again = ["mount", "-o", "remount,ro", str(tree)]
        subprocess.run(again, check=True, capture_output=True)
        done = run(*BUILD, "--out", tmp_path / "out", cwd=tree)
        assert done.returncode == 0, done.stderr
        assert on(tmp_path / "out") == book.new
        assert [p.name for p in (tmp_path / "out").iterdir() if p.name not in book.new] == []
        done = run(*BUILD, cwd=tree)
        assert done.returncode == 3
        assert done.stderr == b"leftopp-book: cannot write to dist: read-only file system\n"
    finally:
        subprocess.run(["umount", str(tree)], check=True)


def test_no_shared_memory(book: Book) -> None:
    line = f"mount -t tmpfs -o ro tmpfs /dev/shm && exec {shlex.join([*PROGRAM, *BUILD])}"
    if run("true", cwd=book.root, program=["unshare", "-m"]).returncode:
        pytest.skip("nothing may be mounted here")
    assert run(line, cwd=book.root, program=["unshare", "-m", "bash", "-c"]).returncode == 0
    assert book.files() == book.new


@pytest.mark.parametrize("size", ["20k", "48k"])
def test_a_disk_that_is_full(book: Book, tmp_path: Path, size: str) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        (disk / "walk.json").write_bytes(b"old")
        done = run(*BUILD, "--out", disk, cwd=book.root, env={**ENVIRONMENT, "TMPDIR": str(disk)})
        assert done.returncode == 3
        (line,) = done.stderr.decode().splitlines()
        assert line.startswith("leftopp-book: ")
        assert "no space left" in line.lower()
        assert {p.name: p.read_bytes() for p in disk.iterdir()} == {"walk.json": b"old"}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# --- What is read and written ---------------------------------------------------------------------


def test_what_the_book_is_made_from_is_not_touched(book: Book) -> None:
    def look() -> dict[str, tuple[int, int, str]]:
        return {
            str(path): (
                path.stat().st_mtime_ns,
                path.stat().st_mode,
                sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            )
            for name in ("book", "seeds", "README.md")
            for path in (book.root / name, *(book.root / name).rglob("*"))
        }

    before = look()
    assert run(*BUILD, cwd=book.root).returncode == 0
    assert run("check", "--strict", cwd=book.root).returncode == 1
    assert run("dump", "walk", cwd=book.root).returncode == 0
    assert run("proof", "--no-validators", cwd=book.root).returncode == 0
    assert look() == before


# --- A terminal -----------------------------------------------------------------------------------


def _watched(process: "subprocess.Popen[bytes]", terminal: int) -> bytes:
    said = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                said += os.read(terminal, 4096)
            except OSError:
                return said
        elif process.poll() is not None:
            return said


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


def test_the_bar_is_for_a_terminal_only(book: Book, terminal: tuple[int, int]) -> None:
    quiet = run(*BUILD, cwd=book.root)
    assert b"\x1b" not in quiet.stdout + quiet.stderr
    assert b"typesetting" not in quiet.stdout + quiet.stderr
    ours, theirs = terminal
    book.forget()
    env = {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen(
        [*PROGRAM, *BUILD], cwd=book.root, env=env, stdout=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    said = _watched(process, ours)
    assert process.wait() == 0
    assert b"typesetting walk" in said
    assert process.stdout
    out = process.stdout.read()
    process.stdout.close()
    assert b"\x1b" not in out


def test_an_interrupt_gives_the_cursor_back(book: Book, terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    env = {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "80"}
    book.forget()
    process = subprocess.Popen([*PROGRAM, *BUILD], cwd=book.root, env=env, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"\x1b[?25l" not in said:
        said += os.read(ours, 1024)
    process.send_signal(signal.SIGINT)
    said += _watched(process, ours)
    assert process.wait() == 130
    assert said.endswith(b"leftopp-book: interrupted\r\n")
    assert said.rfind(b"\x1b[?25h") > said.rfind(b"\x1b[?25l")


# --- Many findings --------------------------------------------------------------------------------


def test_many_findings_are_counted_and_not_all_shown(book: Book, tmp_path: Path) -> None:
    root = tmp_path / "many"
    shutil.copytree(book.root, root, ignore=shutil.ignore_patterns("dist", "build"))
    lines = "".join(f"key-{n}: 1\n" for n in range(50))
    (root / "book" / "house.yaml").write_text(lines, encoding="utf-8")
    done = run("check", cwd=root)
    told = done.stderr.decode()
    assert done.returncode == 1
    assert told.count("[key-unknown]\n") == 21  # twenty of them, and the line about the rest
    assert "and 30 more [key-unknown]\nleftopp-book check --format json tells them all\n" in told
    assert "50 errors, " in told
    found = json.loads(run("check", "--format", "json", cwd=root).stdout)
    assert sum(d["code"] == "key-unknown" for d in found) == 50
