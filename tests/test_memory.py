"""Memory comes in large pieces where there are such, and as usual where there are none."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from leftopp_book import memory

ASK = """
import resource, sys
from leftopp_book import memory
if len(sys.argv) > 1:
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + (int(sys.argv[1]) << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
told = memory.in_large_pieces()
words = [f"word {n}" * 40 for n in range(20_000)]
large = bytes(40 << 20) if len(sys.argv) == 1 else b""
flags, heap = "", False
for line in open("/proc/self/smaps"):
    if line.split()[0].count("-") == 1:
        heap = line.rstrip().endswith("[heap]")
    elif heap and line.startswith("VmFlags"):
        flags += line
print(told, " hg" in flags, words[7] == "word 7" * 40)
"""


def said(*arguments: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", ASK, *arguments],
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    assert not run.returncode, run.stderr
    return run.stdout.split()


@pytest.mark.skipif(
    not memory.HUGE_PAGES.is_file() or "[never]" in memory.HUGE_PAGES.read_text("ascii"),
    reason="this system has no huge pages",
)
def test_the_heap_is_of_huge_pages() -> None:
    limits = map(resource.getrlimit, (resource.RLIMIT_AS, resource.RLIMIT_DATA))
    free = all(limit == resource.RLIM_INFINITY for limit, _ in limits)
    assert said() == [str(free), str(free), "True"]


@pytest.mark.skipif(not Path("/proc/self/smaps").is_file(), reason="only Linux tells of memory")
def test_where_there_is_little_memory_less_is_asked_for() -> None:
    assert said("40") == ["False", "False", "True"]


def test_where_nobody_asks_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = tmp_path / "enabled"
    never.write_text("always madvise [never]\n", "ascii")
    for file in (never, tmp_path / "nothing"):
        monkeypatch.setattr(memory, "HUGE_PAGES", file)
        assert not memory.in_large_pieces()


def test_another_library_of_c_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "enabled"
    file.write_text("always [madvise] never\n", "ascii")
    monkeypatch.setattr(memory, "HUGE_PAGES", file)
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert not memory.in_large_pieces()
