"""Run the command line: python -m leftopp_book, or leftopp-book.

What surrounds the program is put right before it is loaded: streams that are closed, an encoding
that cannot write the names of files, an interrupt that comes early.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from contextlib import suppress


def main() -> None:
    """Run the command line in surroundings that it can rely on."""
    try:
        _main()
    except (OSError, ImportError, MemoryError) as error:  # before the command line could say it
        words = f"leftopp-book: the machine failed: {error or 'its memory is full'}"
        os.write(2, (" ".join(words.split()) + "\n").encode(errors="backslashreplace"))
        os._exit(3)


def _main() -> None:
    warnings.simplefilter("ignore")  # what libraries have to say of each other is not for editors
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupted)  # until there is a better
    _open_streams()
    if sys.getfilesystemencoding().lower() != "utf-8":  # LC_ALL=C and PYTHONUTF8=0, or Latin-1
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
    from .expressions import use
    from .interrupts import install
    from .standins import inspect, placed

    use()
    install()
    gc.set_threshold(200_000, 10, 10)  # nearly all that a build makes lives to its end
    sys.setswitchinterval(0.0005)  # threads that talk to other processes wait for their turn
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    with placed([inspect()], ["typing_extensions"]):
        from .cli import main as run

    try:
        run(prog_name="leftopp-book")
    except SystemExit as end:
        _leave(end.code)
        raise


def _interrupted(number: int, frame: object) -> None:
    with suppress(OSError):
        os.write(2, b"leftopp-book: interrupted\n")
    os._exit(130)


def _leave(status: object) -> None:
    """End at once, unless there is a machine of Java's to be stopped.

    All that is left to clear up is memory, which takes a while piece by piece.
    """
    if isinstance(status, int | None) and "jpype" not in sys.modules:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):  # what failed was told before
                stream.flush()
        os._exit(status or 0)


def _open_streams() -> None:
    """Open /dev/null where a standard stream is closed, lest a file of ours take its number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


if __name__ == "__main__":
    main()
