"""Interrupts: Ctrl-C, and whoever ends the program kindly, end it at once and in one line; no
process outlives its parent.

A handler that raises would be swallowed, with a traceback, wherever a library calls back into
Python. So nothing is unwound: what has to be cleared away is named beforehand, and what is not
cleared away the next build clears (`shelf`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import FrameType

STATUS = 130  # 128 and the number of SIGINT, as shells count
_WORDS = {  # the signals that are an end, and not a fault, and what is said then
    signal.SIGINT: b"leftopp-book: interrupted\n",
    signal.SIGTERM: b"leftopp-book: terminated\n",
    signal.SIGHUP: b"leftopp-book: terminated\n",
}
_SHOW_CURSOR = b"\r\x1b[K\x1b[?25h"  # a progress bar hides it

_undo: list[Callable[[], None]] = []


@contextmanager
def on_interrupt(undo: Callable[[], None]) -> Iterator[None]:
    """Call `undo` if an interrupt comes before the end of the block."""
    _undo.append(undo)
    try:
        yield
    finally:
        _undo.remove(undo)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off an interrupt until the end of the block."""
    if threading.current_thread() is not threading.main_thread():
        yield  # interrupts come to the main thread only
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in _WORDS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            os.kill(os.getpid(), came[0])


def install() -> None:
    """End the program on the signals of an end from now on; end its processes with it."""
    owner = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        for other in _WORDS:
            signal.signal(other, signal.SIG_IGN)
        if os.getpid() == owner:
            for undo in reversed(_undo):
                with suppress(OSError):  # the next build will clear it away
                    undo()
            _say(_WORDS[signal.Signals(number)])
        os._exit(128 + number)

    for number in _WORDS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)
    _end_children_with(owner)


def _end_with_parent() -> None:
    """Have Linux end this process when its parent ends, also where a library does not let go."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            import_module("ctypes").CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)


_PARENT_DEATH = 1  # PR_SET_PDEATHSIG in sys/prctl.h


def _say(words: bytes) -> None:
    with suppress(OSError):
        os.write(2, (_SHOW_CURSOR if os.isatty(2) else b"") + words)


def _end_children_with(owner: int) -> None:
    """See to it that no forked process goes on when this one is gone, even by SIGKILL.

    This process alone holds the end of a pipe that is written to; a child that reads the end of
    the file from the other knows that it is an orphan.
    """
    read, write = os.pipe()

    def watch() -> None:
        os.read(read, 1)
        os._exit(STATUS)

    def in_child() -> None:
        _end_with_parent()
        if os.getppid() == owner:
            os.close(write)
        try:
            threading.Thread(target=watch, daemon=True).start()
        except RuntimeError:  # there is no memory for it; whoever waits for this process is told
            os._exit(STATUS)

    os.register_at_fork(after_in_child=in_child)
