"""Patience with an editor's pattern: one that would run for ever on a text is given up.

Python's engine tries every way to match; a pattern such as `(a|a)*b` has two of them for every
letter. No look at a pattern tells for certain whether it does. But the engine lets signals through
while it works, so a clock that counts the work of this process ends it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from . import limits


class TooSlowError(Exception):
    """A pattern that takes longer than it may."""


_slow: set[str] = set()  # patterns that were given up: each takes its time only once


@contextmanager
def patience(pattern: str, seconds: float = limits.PATTERN) -> Iterator[None]:
    """Give the block so many seconds of work to hold a pattern against a text.

    Raises TooSlowError, at once for a pattern that was given up before. In a thread, to which no
    signals come, and on systems that have no such clock, there is no end to patience.
    """
    if pattern in _slow:
        raise TooSlowError(pattern)
    if threading.current_thread() is not threading.main_thread() or not _HAS_CLOCK:
        yield
        return
    at_work = [True]

    def give_up(*_: object) -> None:
        if at_work:
            _slow.add(pattern)
            raise TooSlowError(pattern)

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        at_work.clear()  # what comes from here on comes too late
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


_HAS_CLOCK = hasattr(signal, "setitimer") and hasattr(signal, "SIGVTALRM")
