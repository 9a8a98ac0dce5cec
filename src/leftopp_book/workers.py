"""Workers: other processes that set parts of a book side by side.

The first of them loads the typesetter while this process reads the book; the others are copies of
it, so that it is loaded once. `interrupts` sees to it that none outlives this process.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from errno import EAGAIN
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")
NO_THREAD = EAGAIN, "no thread can be started: too many processes, or too little memory"
ENDED = "a process was ended from outside"
PROTOCOL = pickle.HIGHEST_PROTOCOL  # both ends are of one program
LENGTH = 8  # bytes
MOST = 8  # processes: a book has few parts, and each takes some 150 MB
Task = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]


class _End:
    """One end of two pipes between two processes. No socket, for there is no network in a build.

    What is said can be pickled, and its length goes before it.
    """

    def __init__(self, takes: int, gives: int) -> None:
        self._takes, self._gives = takes, gives
        self._open = [takes, gives]

    def send(self, value: object) -> None:
        """Say something. Raises OSError where nobody listens any more."""
        self.send_bytes(pickle.dumps(value, PROTOCOL))

    def send_bytes(self, said: bytes) -> None:
        """Say what is pickled already."""
        for part in (len(said).to_bytes(LENGTH, "big"), said):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self._gives, rest) :]

    def recv(self) -> Any:
        """Wait for what is said. Raises EOFError where nobody says anything any more, and OSError
        after `close`.
        """
        length = int.from_bytes(self._read(LENGTH), "big")
        return pickle.loads(self._read(length))  # what a copy of this process has written

    def _read(self, size: int) -> bytearray:
        read = bytearray(size)
        rest = memoryview(read)
        while rest:
            count = os.readv(self._takes, [rest])
            if not count:
                raise EOFError
            rest = rest[count:]
        return read

    def close(self) -> None:
        """Hear and say nothing more; two threads may have had enough of it at once."""
        self._takes = self._gives = -1  # the numbers may be those of other files soon
        with suppress(IndexError):
            while True:
                os.close(self._open.pop())


def _ends() -> tuple[_End, _End]:
    """Return the ends of this process and of another."""
    answers, answer = os.pipe()
    try:
        tasks, task = os.pipe()
    except OSError:
        os.close(answers)
        os.close(answer)
        raise
    return _End(answers, task), _End(tasks, answer)


class Workers:
    """So many processes; with one, or where there can be none, this process does it all."""

    def __init__(self, count: int) -> None:
        self.count = min(count, MOST)
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._pids: list[int] = []
        self._ends: list[_End] = []
        self._threads: list[threading.Thread] = []
        self._given: list[Future[Any]] = []
        self._branches: list[Branch[Any]] = []
        self._reserve: _End | None = None  # of a process that will be a branch

    def ahead(self, work: Callable[..., object], *arguments: Any) -> None:
        """Have something done that all processes will want to have done; nobody waits for it.

        The first process does it, and the others are made of it at the first `submit`.
        """
        self._begin()
        if self._ends and not self._threads:
            with suppress(OSError):  # whether it lives comes to light with the first task
                self._ends[-1].send((work, arguments))

    def ahead_of_branch(self, work: Callable[..., object], *arguments: Any) -> None:
        """Have something done that the first branch will want to have done, when there is time."""
        self._begin()
        if self._reserve:
            with suppress(OSError):
                self._reserve.send((False, work, arguments))

    def submit(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        """Have a function of a module called with arguments that can be pickled.

        The result raises BrokenExecutor if the process was ended from outside.
        """
        self._begin()
        self._start()
        done: Future[T] = Future()
        if self._ends:
            self._given.append(done)
            self._tasks.put((done, work, arguments))
            return done
        try:
            done.set_result(work(*arguments))
        except Exception as error:
            done.set_exception(error)
        _do_the_rest()
        return done

    def _begin(self) -> None:
        """Make the first process."""
        if self._ends or self.count < 2:
            return
        try:
            pairs = [_ends() for _ in range(self.count)]
            reserve, demand = _ends()
            first = _fork()
        except OSError:  # too many files or processes
            self.count = 1
            return
        if not first:
            with _ending():
                for here, _ in (*pairs, (reserve, demand)):
                    here.close()
                _serve([there for _, there in pairs], demand)
        self._pids.append(first)
        demand.close()
        self._reserve = reserve
        for here, there in pairs:
            there.close()
            self._ends.append(here)

    def _start(self) -> None:
        """Have the other processes made, and hand tasks to all of them.

        Raises OSError where there can be no thread that does so; the typesetter wants some as well.
        """
        if self._threads or not self._ends:
            return
        for end in self._ends:
            thread = threading.Thread(target=self._keep_busy, args=(end,), daemon=True)
            with suppress(RuntimeError):  # too many, or no memory for one
                thread.start()
                self._threads.append(thread)
        if not self._threads:
            raise OSError(*NO_THREAD)
        with suppress(OSError):
            self._ends[-1].send(None)

    def branch(self, work: Callable[..., T], *arguments: Any) -> Branch[T]:
        """Have a function of a module called in a process of its own, with arguments that can be
        pickled, and last a function that waits for what the branch is told later.

        The first branch is made early, when there is little of the memory of this process to copy.
        """
        reserve, pid, self._reserve = self._reserve, 0, None
        if not reserve and self.count > 1:
            pid, reserve = _copied(_on_demand) or (0, None)
        branch = Branch(work, arguments, reserve, pid)
        if reserve:
            self._branches.append(branch)
            branch.begin()
        return branch

    @property
    def idle(self) -> bool:
        """Whether there are processes and none of them has a task; branches are passed over."""
        return self.count > 1 and all(done.done() for done in self._given)

    def _keep_busy(self, end: _End) -> None:
        """Hand task after task to a process."""
        with suppress(OSError, EOFError):
            self._pids.append(end.recv())
        while True:
            task = self._tasks.get()
            if task is None:
                end.close()  # the process that waits for a task ends with it
                return
            done, work, arguments = task
            try:
                end.send((work, arguments))
                done.set_result(_taken(end))
            except BrokenPipeError:
                done.set_exception(BrokenExecutor(ENDED))
            except Exception as error:
                done.set_exception(error)

    def dismiss(self) -> None:
        """Let processes end that have done all that was asked of them: nothing more will be."""
        for _end in self._ends:
            self._tasks.put(None)
        for branch in self._branches:
            branch.close()
        if self._reserve:
            self._reserve.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes; what they still do is wanted no more."""
        self.dismiss()
        given = (*self._given, *(branch.done for branch in self._branches))
        pids = [*self._pids, *(branch.pid for branch in self._branches if branch.pid)]
        if self._threads and all(done.done() for done in given):
            for thread in self._threads:
                thread.join()
        else:
            for pid in reversed(pids):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
        for end in self._ends:
            end.close()
        for pid in pids:
            with suppress(OSError):  # not a child of this process
                os.waitpid(pid, 0)
        self._pids, self._ends, self._threads, self._given = [], [], [], []
        self._branches, self._reserve = [], None


class Branch(Generic[T]):
    """What another process does; where there can be none, it is done when it is wanted."""

    def __init__(
        self, work: Callable[..., T], arguments: tuple[Any, ...], end: _End | None, pid: int
    ) -> None:
        self.done: Future[T] = Future()
        self.pid = pid  # 0 until it tells
        self._work, self._arguments, self._end = work, arguments, end
        self._told: SimpleQueue[Any] = SimpleQueue()
        self._begun = threading.Event()
        if end:
            self.tell((True, work, arguments))

    def begin(self) -> None:
        """Begin to tell. Raises OSError where there can be no thread that does so."""
        try:
            threading.Thread(target=self._tell_all, daemon=True).start()
        except RuntimeError:
            raise OSError(*NO_THREAD) from None

    def tell(self, value: Any) -> None:
        """Tell something that can be pickled, and do not wait until it is listened to."""
        self._told.put(value)

    def _tell_all(self) -> None:
        end = self._end
        assert end
        with suppress(OSError, EOFError):  # that it was ended will be told by `result`
            self.pid = end.recv()
            self._begun.set()
            while (value := self._told.get()) is not _END:
                end.send(value)
        self._begun.set()
        end.close()

    def close(self) -> None:
        """Tell nothing more."""
        self._told.put(_END)
        if self._end and not self._begun.is_set() and not self.pid:
            self._end.close()

    def result(self) -> T:
        """Wait for what the work returns, and raise what it raises."""
        if self._end is None:
            return self._work(*self._arguments, self._told.get)
        self._begun.wait()
        try:
            self.done.set_result(_taken(self._end))
        except Exception as error:
            self.done.set_exception(error)
        return self.done.result()


_END = object()


def _on_demand(end: _End) -> None:
    """Be a branch: do what is told ahead, and then what it is for."""
    with suppress(EOFError, OSError):
        end.send(os.getpid())
        while True:
            last, work, arguments = end.recv()
            if last:
                _answer(end, work, (*arguments, end.recv))
                return
            with suppress(Exception):  # what is wrong comes to light later
                work(*arguments)


def aside(work: Callable[[], T]) -> Callable[[], T]:
    """Have something done by a copy of this process, which is told nothing more.

    Return what waits for it. Where there can be no copy it is done at once.
    """
    copy = _copied(lambda end: _answer(end, work, ()))
    if not copy:
        done = work()
        return lambda: done
    pid, here = copy

    def wait() -> T:
        try:
            made: T = _taken(here)
        finally:
            here.close()
            with suppress(OSError):
                os.waitpid(pid, 0)
        return made

    return wait


def _copied(work: Callable[[_End], object]) -> tuple[int, _End] | None:
    """Have a copy of this process do something: its number, and what it is told and answers by."""
    try:
        here, there = _ends()
        copy = _fork()
    except OSError:  # too many files or processes
        return None
    if not copy:
        with _ending():
            here.close()
            work(there)
    there.close()
    return copy, here


def _fork() -> int:
    """Fork; the copy has no garbage to look through but its own."""
    _wait_for_libraries()
    gc.freeze()
    with warnings.catch_warnings():
        # threads of this process wait for others and hold nothing that a copy wants
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


_THREADS = Path("/proc/self/task")
_TRIES = 5_000  # a millisecond apart


def _wait_for_libraries() -> None:
    """Wait until no library is at work in a thread of its own.

    Pango has Fontconfig look for faces in one. A copy that is made meanwhile would find the lock
    taken, by a thread that it does not have, and wait for it without end.
    """
    pause = threading.Event()
    if not _THREADS.is_dir():  # not Linux: nobody tells
        pause.wait(0.1)
        return
    for _ in range(_TRIES):
        if len(os.listdir(_THREADS)) <= threading.active_count():
            return
        pause.wait(0.001)


@contextmanager
def _ending() -> Iterator[None]:
    """End the process with the block, however it ends: what called it is another process's."""
    try:
        yield
    finally:
        os._exit(0)


def _serve(ends: list[_End], demand: _End) -> None:
    """Do what all want to have done, make the other processes, and answer until the end comes.

    The process for a branch is made when the first thing is done, for then there may be time.
    """
    # a library in C that cannot go on says so on the standard error, and we say it better
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    copies: list[int] = []

    def copied(work: Callable[[], object], others: Iterable[_End]) -> None:
        copy = _fork()
        if not copy:
            with _ending():
                for other in others:
                    other.close()
                work()
        copies.append(copy)

    while True:
        ahead = ends[-1].recv()
        if ahead is not None:
            with suppress(Exception):  # what is wrong comes to light with the first task
                work, arguments = ahead
                work(*arguments)
        if not copies:
            copied(lambda: _on_demand(demand), ends)
            demand.close()
        if ahead is None:
            break
    for n, end in enumerate(ends[:-1]):
        copied(partial(_answer_all, end), ends[n + 1 :])
        end.close()
    _answer_all(ends[-1])
    for copy in copies:
        os.waitpid(copy, 0)


def _answer_all(end: _End) -> None:
    with suppress(EOFError, OSError):
        end.send(os.getpid())
        while True:
            work, arguments = end.recv()
            _answer(end, work, arguments)


_rest: list[Callable[[], object]] = []


def afterwards(work: Callable[[], object]) -> None:
    """Have something done when the answer is given: nobody waits for it."""
    _rest.append(work)


def _do_the_rest() -> None:
    while _rest:
        with suppress(Exception):  # what is kept is not believed, nor missed
            _rest.pop(0)()


def _answer(end: _End, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        made = pickle.dumps((True, work(*arguments)), PROTOCOL)
    except Exception as error:
        try:
            made = pickle.dumps((False, error), PROTOCOL)
        except Exception:  # it cannot be carried over as it is
            unlike = RuntimeError(f"{type(error).__name__}: {error}")
            made = pickle.dumps((False, unlike), PROTOCOL)
    end.send_bytes(made)
    _do_the_rest()


def _taken(end: _End) -> Any:
    try:
        done, made = end.recv()
    except (EOFError, OSError):  # the last, where the end was closed meanwhile
        raise BrokenExecutor(ENDED) from None
    if not done:
        raise made
    return made
