"""Measure: one process from its start to its end, with all the processes that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

STOPWATCH = Path(__file__).with_name("stopwatch.py")


class FailedError(Exception):
    """A measured program ended with another status than 0."""


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds on the clock, of processors; bytes of the largest process."""

    wall: float
    cpu: float
    memory: int

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory))


def run(command: Sequence[str | Path], folder: Path, more: Mapping[str, str] | None = None) -> Cost:
    """Run a command and return its cost. Raises FailedError, with the end of what it wrote."""
    words = [str(word) for word in command]
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch, "log")
        told = subprocess.run(
            [sys.executable, "-I", "-S", str(STOPWATCH), str(log), *words],
            cwd=folder,
            env={**os.environ, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        wall, cpu, memory, status = map(float, told.stdout.split())
        if status:
            last = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise FailedError(f"{' '.join(words)} ended with {status:.0f}:\n{last}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB elsewhere
    return Cost(wall, cpu, int(memory) * unit)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure by itself."""
    return Cost(
        median(c.wall for c in costs),
        median(c.cpu for c in costs),
        int(median(c.memory for c in costs)),
    )
