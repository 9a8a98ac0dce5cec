"""Measure: one process from its start to its end, with all the processes that it starts."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


class FailedError(Exception):
    """A measured program ended with another status than 0."""


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds on the clock, seconds of processors, bytes of the largest process."""

    wall: float
    cpu: float
    memory: int

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory))


def run(command: Sequence[str | Path], folder: Path, more: Mapping[str, str] | None = None) -> Cost:
    """Run a command and return its cost. Raises FailedError, with the end of what it wrote.

    Processor time and memory are those that the system has counted when the process is waited for
    (getrusage(2)): they hold every process that it waited for in its turn.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as told:
        begun = time.perf_counter()
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            last = told.read().decode(errors="replace")[-2000:]
            raise FailedError(f"{' '.join(words)} ended with {process.returncode}:\n{last}")
    unit = 1 if os.uname().sysname == "Darwin" else 1024  # ru_maxrss: bytes there, KiB elsewhere
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure by itself."""
    return Cost(
        median(c.wall for c in costs),
        median(c.cpu for c in costs),
        int(median(c.memory for c in costs)),
    )
