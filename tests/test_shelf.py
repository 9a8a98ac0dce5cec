"""The shelf: all files or none, wherever a process dies and whatever the disk refuses.

Each trial runs in a process of its own. A hook is told of every step that it takes in the file
system, and at the n-th kills it or refuses the step; n goes up until the process comes to its end.
"""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leftopp_book.shelf import WORK, ShelfError, settle, shelf

OLD = {"a.pdf": b"old a", "b.epub": b"old b", "c.json": b"old c"}
NEW = {"a.pdf": b"new a", "b.epub": b"new b", "c.json": b"new c", "d.html": b"new d"}
STEPS = ("open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")


def quiet(words: str) -> None:
    pass


def fill(folder: Path) -> Path:
    folder.mkdir()
    for name, data in OLD.items():
        (folder / name).write_bytes(data)
    return folder


def on(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != WORK}


DONE, FAILED, CRASHED, END = 0, 1, 2, 3


def in_a_process(work: Callable[[], Callable[[], bool]]) -> int:
    """Put the new files in a process of its own, prepared by `work`; return what came of it.

    `work` returns a function that tells whether the step was reached; if not, it is the END. A
    process that was killed gives minus the signal.
    """
    child = os.fork()
    if child == 0:
        status = CRASHED
        try:
            reached = work()
            status = DONE if reached() else END
        except ShelfError:
            status = FAILED
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_step(number: int, do: Callable[[], None], folder: Path) -> Callable[[], bool]:
    """Call `do` at the n-th step that this process takes in a folder, from 1."""
    left = [number]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in STEPS or not str(arguments[0]).startswith(str(folder)):
            return
        left[0] -= 1
        if left[0] == 0:
            do()

    sys.addaudithook(hook)
    return lambda: left[0] <= 0


def put(folder: Path) -> None:
    with shelf(folder, quiet) as held:
        held.put(NEW)


def killed(folder: Path, step: int) -> int:
    def work() -> Callable[[], bool]:
        reached = at_step(step, lambda: os.kill(os.getpid(), signal.SIGKILL), folder)
        put(folder)
        return reached

    return in_a_process(work)


def refused(folder: Path, step: int) -> int:
    def refuse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def work() -> Callable[[], bool]:
        reached = at_step(step, refuse, folder)
        put(folder)
        return reached

    return in_a_process(work)


def trials(tmp_path: Path, trial: Callable[[Path, int], int]) -> Iterator[tuple[Path, int]]:
    """Yield the folder and the status after a trial at every step that there is."""
    for step in range(1, 200):
        folder = fill(tmp_path / f"shelf-{step}")
        status = trial(folder, step)
        assert status != CRASHED
        if status == END:
            assert on(folder) == NEW
            return
        yield folder, status
    raise AssertionError("it takes more steps than can be")


def test_all_files_are_put_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = fill(tmp_path / "dist")
    put(folder)
    assert on(folder) == {**OLD, **NEW}
    assert not (folder / WORK).exists()


def test_a_shelf_that_nothing_is_put_onto_leaves_no_trace(tmp_path: Path) -> None:
    with shelf(tmp_path / "one" / "two", quiet) as held:
        assert held.work.is_dir()
    assert not list(tmp_path.iterdir())


def test_killed_at_every_step(tmp_path: Path) -> None:
    """A mixture is only there while a journal says so; `settle` makes an end of it."""
    seen = {"old": 0, "new": 0, "between": 0}
    for folder, status in trials(tmp_path, killed):
        assert status == -signal.SIGKILL
        files = on(folder)
        state = "old" if files == OLD else "new" if files == NEW else "between"
        seen[state] += 1
        journal = (folder / WORK / "forward").exists()
        assert state != "between" or journal
        settle(folder, quiet)
        assert on(folder) == (NEW if journal or state == "new" else OLD)
        put(folder)
        assert on(folder) == NEW
        assert not (folder / WORK).exists()
    assert seen["old"] >= 10
    assert seen["between"] >= len(NEW) - 1  # between each two renames
    assert seen["new"] >= 3


def test_killed_while_it_puts_right_what_another_left(tmp_path: Path) -> None:
    mixed = fill(tmp_path / "mixed")
    for step in range(1, 100):
        if on(mixed) not in (OLD, NEW):
            break
        killed(mixed, step)

    def again(folder: Path, step: int) -> int:
        shutil.rmtree(folder)
        shutil.copytree(mixed, folder)
        return killed(folder, step)

    count = 0
    for folder, _ in trials(tmp_path, again):
        settle(folder, quiet)
        assert on(folder) == NEW
        count += 1
    assert count > 20


def test_every_step_refused(tmp_path: Path) -> None:
    """A full disk, at whatever step: the old files stay, or all the new ones are there."""
    failed = 0
    for folder, status in trials(tmp_path, refused):
        assert on(folder) == (NEW if status == DONE else OLD)
        failed += status == FAILED
        put(folder)
        assert on(folder) == NEW
        assert not (folder / WORK).exists()
    assert failed >= 15


def test_turned_back_and_killed_while_turning_back(tmp_path: Path) -> None:
    """The third rename is refused; then the process dies at every step of turning back."""

    def trial(folder: Path, step: int) -> int:
        def work() -> Callable[[], bool]:
            renames = [0]

            def hook(event: str, arguments: tuple[object, ...]) -> None:
                if event == "os.rename" and f"{WORK}/new" in str(arguments[0]):
                    renames[0] += 1
                    if renames[0] == 3:
                        at_step(step, lambda: os.kill(os.getpid(), signal.SIGKILL), folder)
                        raise OSError(errno.EIO, os.strerror(errno.EIO))

            sys.addaudithook(hook)
            put(folder)
            return lambda: True

        return in_a_process(work)

    last = count = 0
    for folder, last in trials(tmp_path, trial):
        count += 1
        turning = not (folder / WORK / "forward").exists()
        settle(folder, quiet)
        assert on(folder) == (OLD if turning else NEW)
        if last == FAILED:
            break
    assert last == FAILED
    assert count > 5


@pytest.mark.parametrize("limit", range(0, 40, 4))
def test_a_file_cannot_grow_any_more(tmp_path: Path, limit: int) -> None:
    folder = fill(tmp_path / "dist")
    big = {name: data * 10 for name, data in NEW.items()}  # 50 bytes each

    def work() -> Callable[[], bool]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        with shelf(folder, quiet) as held:
            held.put(big)
        return lambda: True

    assert in_a_process(work) == FAILED
    assert on(folder) == OLD
    put(folder)
    assert on(folder) == NEW


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        folder = fill(disk / "dist")
        with pytest.raises(ShelfError, match="no space left"), shelf(folder, quiet) as held:
            held.put({**NEW, "d.html": bytes(100_000)})
        assert on(folder) == OLD
        assert not (folder / WORK).exists()
        put(folder)
        assert on(folder) == NEW
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_stands_where_a_file_would(tmp_path: Path) -> None:
    folder = fill(tmp_path / "dist")
    (folder / "d.html").mkdir()
    with pytest.raises(ShelfError, match=r"d\.html is a folder"):
        put(folder)
    assert {p.name for p in folder.iterdir()} == set(NEW)
    assert (folder / "a.pdf").read_bytes() == b"old a"


def test_a_shelf_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("mine")
    with pytest.raises(ShelfError, match="dist is a file"):
        put(tmp_path / "dist")
    assert (tmp_path / "dist").read_text() == "mine"


def test_a_hidden_folder_that_leads_elsewhere(tmp_path: Path) -> None:
    folder = fill(tmp_path / "dist")
    fill(tmp_path / "new")
    (folder / WORK).symlink_to(tmp_path)
    with pytest.raises(ShelfError, match="is a link"):
        put(folder)
    assert on(tmp_path / "new") == OLD


@pytest.mark.parametrize(
    "journal",
    [b"", b"[]", b"{}", b'{"files": ["../x"], "old": []}', b'{"files": ["/etc/x"], "old": []}'],
)
def test_a_journal_that_cannot_be_ours(tmp_path: Path, journal: bytes) -> None:
    folder = fill(tmp_path / "dist")
    (folder / WORK).mkdir()
    (folder / WORK / "forward").write_bytes(journal)
    with pytest.raises(ShelfError, match=r"remove .*\.leftopp-book"):
        put(folder)
    assert on(folder) == OLD


def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """Eight processes put different files; in the end all files are of one process."""
    folder = fill(tmp_path / "dist")
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            with shelf(folder, quiet) as held:
                held.put(dict.fromkeys(NEW, f"of {number}".encode()))
                assert len(set(on(folder).values())) == 1
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
    assert len(set(on(folder).values())) == 1
    assert not (folder / WORK).exists()


def test_the_second_says_who_holds_the_shelf(tmp_path: Path) -> None:
    folder = fill(tmp_path / "dist")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with shelf(folder, quiet):
            os.write(write, b"x")
            time.sleep(0.3)
        os._exit(0)
    os.read(read, 1)
    said: list[str] = []
    with shelf(folder, said.append) as held:
        held.put(NEW)
    os.waitpid(child, 0)
    assert said == [f"process {child} is writing to {folder}: waiting until it has ended"]
    assert on(folder) == NEW
