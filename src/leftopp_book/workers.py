"""Workers: other processes that set parts of a book side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

T = TypeVar("T")


class Workers:
    """A pool of so many processes; with one, or where there can be none, this process does it all.

    They are forked at the first call; `interrupts` sees to it that none outlives this process.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ProcessPoolExecutor | None = None
        self._branches: list[BaseProcess] = []

    def submit(self, work: Callable[..., T], *arguments: Any) -> Future[T]:
        """Have a function of a module called with arguments that can be pickled."""
        if self._pool is None and self.count > 1:
            try:
                self._pool = ProcessPoolExecutor(self.count, get_context("fork"))
            except (OSError, ValueError, ImportError):  # no shared memory, no fork
                self.count = 1
        if self._pool is not None:
            return self._pool.submit(work, *arguments)
        done: Future[T] = Future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done

    def branch(self, work: Callable[[], T]) -> Callable[[], T]:
        """Have something done by a copy of this process; return a function that waits for it.

        The copy has all that this process has; only what the work returns is carried over.
        """
        if self.count > 1:
            try:
                context = get_context("fork")
                here, there = context.Pipe(duplex=False)
                copy = context.Process(target=_branched, args=(work, there), daemon=True)
                copy.start()
            except (OSError, ValueError, ImportError):  # no fork
                return work
            there.close()
            self._branches.append(copy)
            return lambda: _taken(here)
        return work

    def ahead(self, times: int, work: Callable[..., None], *arguments: Any) -> None:
        """Have so many processes do something that they will want to have done; nobody waits."""
        for _ in range(min(times, self.count) if self.count > 1 else 0):
            self.submit(work, *arguments)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes; what they still do is wanted no more."""
        for copy in self._branches:
            copy.kill()
            copy.join()
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)


def _branched(work: Callable[[], Any], to: Connection) -> None:
    try:
        made = True, work()
    except Exception as error:
        made = False, error
    to.send(made)
    to.close()


def _taken(end: Connection) -> Any:
    try:
        done, made = end.recv()
    except EOFError:
        raise OSError("a process was ended from outside: is there enough memory?") from None
    if not done:
        raise made
    return made
