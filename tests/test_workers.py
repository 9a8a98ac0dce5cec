"""Workers: copies of one process that take task after task; nothing of them is left."""

import _thread
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from leftopp_book.workers import Workers, _ends, afterwards, aside


def double(number: int) -> int:
    return 2 * number


def who(seconds: float = 0.0) -> int:
    time.sleep(seconds)
    return os.getpid()


def fail(words: str) -> None:
    raise ValueError(words)


class OddError(Exception):
    """An exception that cannot be carried over from one process to another."""

    def __init__(self, number: int, other: int) -> None:
        super().__init__("odd")
        self.held = lambda: number + other


def fail_oddly() -> None:
    raise OddError(1, 2)


def give_oddly() -> object:
    return lambda: 1


def end_at_once() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def note(file: Path) -> None:
    with file.open("a") as lines:
        lines.write(f"{os.getpid()}\n")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def answered(file: Path) -> str:
    afterwards(lambda: 1 / 0)
    afterwards(lambda: file.write_text("done"))
    return "answered"


def gone(pids: set[int]) -> bool:
    for _ in range(100):
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_task_has_its_own_answer(count: int) -> None:
    with Workers(count) as workers:
        asked = [workers.submit(double, n) for n in range(20)]
        assert [answer.result() for answer in asked] == [2 * n for n in range(20)]


def test_the_work_is_done_side_by_side_and_nobody_is_left() -> None:
    with Workers(2) as workers:
        asked = [workers.submit(who, 0.3) for _ in range(2)]
        pids = {answer.result() for answer in asked}
        assert len(pids) == 2
        assert os.getpid() not in pids
    assert gone(pids)


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_done_afterwards_is_done_and_fails_nobody(count: int, tmp_path: Path) -> None:
    with Workers(count) as workers:
        asked = [workers.submit(answered, tmp_path / str(n)) for n in range(4)]
        assert [answer.result() for answer in asked] == ["answered"] * 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "3"]


def test_what_all_want_to_have_done_is_done_once(tmp_path: Path) -> None:
    file = tmp_path / "done"
    with Workers(3) as workers:
        workers.ahead(note, file)
        asked = [workers.submit(who, 0.2) for _ in range(3)]
        pids = {answer.result() for answer in asked}
    made = {int(line) for line in file.read_text().split()}
    assert len(file.read_text().split()) == 1
    assert made < pids


@pytest.mark.parametrize("count", [1, 2])
def test_a_failure_comes_back(count: int) -> None:
    with Workers(count) as workers:
        workers.ahead(fail, "nobody hears of this one")
        asked = workers.submit(fail, "this is wrong")
        with pytest.raises(ValueError, match="this is wrong"):
            asked.result()
        assert workers.submit(double, 4).result() == 8


def test_what_cannot_be_carried_over_is_told() -> None:
    with Workers(2) as workers:
        for work in (fail_oddly, give_oddly):
            with pytest.raises(Exception, match=r"odd|pickle|lambda"):
                workers.submit(work).result()
        assert workers.submit(double, 4).result() == 8


def test_a_process_that_is_killed_is_told_and_the_rest_too() -> None:
    with Workers(2) as workers:
        asked = [workers.submit(end_at_once) for _ in range(2)]
        for answer in asked:
            with pytest.raises(BrokenExecutor):
                answer.result()
        with pytest.raises(BrokenExecutor):
            workers.submit(double, 1).result()


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_001])
def test_what_is_said_arrives_whatever_its_length(size: int) -> None:
    said = (bytes(size), "ſ" * size, size)
    here, there = _ends()

    def say() -> None:
        there.send(said)
        there.send("then")
        there.close()

    saying = threading.Thread(target=say)
    saying.start()
    assert here.recv() == said
    assert here.recv() == "then"
    with pytest.raises(EOFError):
        here.recv()
    saying.join()
    here.close()


def test_an_end_that_is_closed_says_so_and_reads_no_other_file() -> None:
    here, there = _ends()
    here.close()
    here.close()
    others = [os.pipe() for _ in range(4)]  # those take the numbers
    for use in (here.recv, lambda: here.send(1)):
        with pytest.raises(OSError, match="Bad file descriptor"):
            use()
    with pytest.raises(EOFError):
        there.recv()
    with pytest.raises(BrokenPipeError):
        there.send(1)
    there.close()
    for descriptor in chain(*others):
        os.close(descriptor)


def test_an_end_that_many_close_at_once_is_closed_once() -> None:
    for _ in range(200):
        here, there = _ends()
        closing = [threading.Thread(target=end.close) for end in (here, there, here, there)]
        for thread in closing:
            thread.start()
        kept = [os.open(os.devnull, os.O_RDONLY) for _ in range(4)]
        for thread in closing:
            thread.join()
        for descriptor in kept:
            os.close(descriptor)  # it would raise OSError if another had closed it


def test_who_is_dismissed_ends_before_the_rest_is_done() -> None:
    with Workers(2) as workers:
        answers = [workers.submit(who, 0.05) for _ in range(4)]
        pids = {answer.result() for answer in answers}
        workers.dismiss()
        assert gone(pids)


def test_an_end_that_is_closed_before_it_is_listened_to_is_quiet() -> None:
    here, there = _ends()
    here.close()
    there.close()
    workers = Workers(2)
    workers._tasks.put(None)
    workers._keep_busy(here)


def test_what_is_still_being_done_is_ended() -> None:
    with Workers(2) as workers:
        pids = {workers.submit(who, 0.2).result() for _ in range(1)}
        for _ in range(4):
            workers.submit(who, 60.0)
        time.sleep(0.3)
    assert gone(pids)


def listened(*given: Any) -> tuple[Any, ...]:
    *own, told = given
    assert callable(told)
    return (os.getpid(), *own, told(), told())


def failed(words: str, _: object) -> None:
    fail(words)


def ended(_: object) -> None:
    end_at_once()


def idle(_: object) -> None:
    time.sleep(60)


def repeated(told: Callable[[], object]) -> object:
    return told()


@pytest.mark.parametrize("count", [1, 2])
def test_a_branch_is_given_something_and_told_the_rest(count: int) -> None:
    large = bytes(3_000_000)
    with Workers(count) as workers:
        workers.ahead(double, 1)
        workers.submit(double, 2)
        for _ in range(2):  # the first process is made early, the second when it is wanted
            branch = workers.branch(listened, large, 1)
            branch.tell(bytes(2_000_000))  # more than a pipe holds; nobody waits
            branch.tell("more")
            pid, *rest = branch.result()
            assert rest == [large, 1, bytes(2_000_000), "more"]
            assert (pid == os.getpid()) == (count == 1)
        wrong = workers.branch(failed, "in the branch")
        with pytest.raises(ValueError, match="in the branch"):
            wrong.result()
        killed = workers.branch(ended) if count > 1 else None
        if killed:
            killed.tell(large)
            with pytest.raises(BrokenExecutor):
                killed.result()
    assert count == 1 or gone({pid})


def test_what_a_branch_will_want_is_done_before_it_is_wanted(tmp_path: Path) -> None:
    file = tmp_path / "done"
    with Workers(2) as workers:
        workers.ahead(double, 1)
        workers.ahead_of_branch(note, file)
        workers.ahead_of_branch(fail, "nobody hears of this one")
        for _ in range(100):
            if file.exists() and file.read_text().endswith("\n"):
                break
            time.sleep(0.05)
        assert os.getpid() != int(file.read_text())
        branch = workers.branch(listened)
        branch.tell(1)
        branch.tell(2)
        assert branch.result() == (int(file.read_text()), 1, 2)
    assert gone({int(file.read_text())})


@pytest.mark.parametrize("ahead", [double, end_at_once])
def test_a_branch_whose_process_is_killed_or_never_made_is_told(
    ahead: Callable[..., object],
) -> None:
    with Workers(2) as workers:
        workers.ahead(ahead, *((1,) if ahead is double else ()))
        branch = workers.branch(ended)
        with pytest.raises(BrokenExecutor):
            branch.result()


@pytest.mark.parametrize("many", [0, 1])
def test_where_there_can_be_no_thread_it_is_told(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, left = threading.Thread.start, [many]

    def start_few(thread: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    with Workers(2) as workers:
        workers.ahead(double, 1)
        pids = set(workers._pids)
        monkeypatch.setattr(threading.Thread, "start", start_few)
        for _ in range(2):  # the second time as well
            if many:
                assert workers.submit(double, 2).result() == 4
            else:
                with pytest.raises(OSError, match="no thread"):
                    workers.submit(double, 2)
        for _ in range(2):  # with the process that was made early, and without
            with pytest.raises(OSError, match="no thread"):
                workers.branch(listened, "given")
        pids |= {branch.pid for branch in workers._branches if branch.pid}
    assert gone(pids)


def test_a_branch_that_nobody_waited_for_is_ended() -> None:
    with Workers(2) as workers:
        workers.ahead(double, 1)
        works: list[Callable[..., object]] = [idle, repeated, idle]
        branches = [workers.branch(work) for work in works]
        for branch in branches:
            branch._begun.wait()
        pids = {branch.pid for branch in branches}
        assert len(pids) == 3
    assert gone(pids)


def test_a_process_for_a_branch_that_nobody_wanted_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "done"
    with Workers(2) as workers:
        workers.ahead_of_branch(note, file)
        workers.submit(double, 1).result()
        for _ in range(100):
            if file.exists() and file.read_text().endswith("\n"):
                break
            time.sleep(0.05)
    assert gone({int(file.read_text())})


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells of files")
def test_branches_leave_neither_files_nor_threads_behind() -> None:
    def left() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    before = left()
    for n in range(8):
        with Workers(2) as workers:
            branch = workers.branch(repeated)
            workers.branch(repeated)  # whom nobody tells anything
            branch.tell(n)
            assert branch.result() == n
    for _ in range(50):
        if left() == before:
            return
        time.sleep(0.1)
    assert left() == before


def helped(work: str) -> tuple[int, object]:
    works: dict[str, Callable[[], object]] = {
        "who": who,
        "fail": lambda: fail("there"),
        "end": end_at_once,
    }
    return os.getpid(), aside(works[work])()


def test_a_worker_has_a_copy_do_something_aside() -> None:
    with Workers(2) as workers:
        assert workers.idle
        here, there = workers.submit(helped, "who").result()
        assert here != there
        with pytest.raises(ValueError, match="there"):
            workers.submit(helped, "fail").result()
        with pytest.raises(BrokenExecutor):
            workers.submit(helped, "end").result()
        workers.submit(who, 0.5)
        assert not workers.idle
    assert isinstance(there, int)
    assert gone({here, there})


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="only Linux tells of threads")
def test_no_copy_is_made_while_a_library_is_at_work_in_a_thread() -> None:
    """A copy would wait for ever for a lock that such a thread holds, as Fontconfig's does."""
    done = []

    def work() -> None:
        time.sleep(0.3)
        done.append("done")

    _thread.start_new_thread(work, ())  # as a library does: `threading` knows nothing of it
    assert aside(lambda: list(done))() == ["done"]


def test_one_process_alone_is_never_idle() -> None:
    with Workers(1) as workers:
        assert not workers.idle


STUCK = """
import ctypes, os, time
from leftopp_book.interrupts import install
install()
child = os.fork()
if not child:
    ctypes.PyDLL(None).sleep(60)  # as a library that does not let go: no other thread can run
print(child, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="only Linux ends such processes")
def test_a_process_that_is_stuck_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    time.sleep(0.2)
    assert alive(child)
    parent.kill()
    parent.communicate()
    assert gone({child})
