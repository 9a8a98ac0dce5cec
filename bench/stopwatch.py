"""Stopwatch: run a command and write what it cost. A program of its own, and as small as can be.

The system counts the memory of a new process from that of the one that starts it, so whoever
measures must be smaller than what is measured.

    python -I -S stopwatch.py LOG COMMAND...

Prints seconds on the clock, processor seconds, ru_maxrss and the exit status; what the command
writes goes into LOG. Processor time and memory hold every process that was waited for
(getrusage(2)).
"""

import os
import sys
import time


def main() -> None:
    """Run the command that the command line names."""
    log, *command = sys.argv[1:]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    begun = time.perf_counter()
    process = os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - begun
    cpu = used.ru_utime + used.ru_stime
    print(wall, cpu, used.ru_maxrss, os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
