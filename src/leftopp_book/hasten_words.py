"""Dictionaries of hyphenation: most patterns are letters and single digits, and read as such; what
was read is kept for other processes.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pyphen

from .kept import Kept

_is_plain = re.compile(r"[^\d^/=%#]*(?:[1-9][^\d^/=%#]+)*[1-9]?").fullmatch
_split = re.compile("([1-9])").split


Patterns = dict[str, tuple[int, tuple[Any, ...]]]
_kept: list[Kept] = []


def keep_read(kept: Kept) -> None:
    """Have what is read from now on kept, and taken from there."""
    _kept[:] = [kept]


def _read(self: Any, path: Any) -> None:
    """Do what `HyphDict.__init__` does."""
    about = path.stat()
    name, made_of = f"words/{path.name}", f"{path} {about.st_size} {about.st_mtime_ns}"
    known: Patterns | None = next((kept.find(name, made_of) for kept in _kept), None)
    self.patterns = known or _patterns(path)
    self.cache = {}
    self.maxlen = max(map(len, self.patterns))
    if not known and all(type(n) is int for _, own in self.patterns.values() for n in own):
        for kept in _kept:
            kept.keep(name, self.patterns, made_of)


def _patterns(path: Any) -> Patterns:
    with path.open("rb") as file:
        encoding = file.readline().decode()
    if encoding.lower() == "microsoft-cp1251":
        encoding = "cp1251"
    patterns: Patterns = {}
    for line in path.read_text(encoding).split("\n")[1:]:
        pattern = line.strip()
        if not pattern or pattern.startswith(pyphen.ignored):
            continue
        if not _is_plain(pattern):
            _read_slowly(patterns, pattern)
            continue
        parts = _split(pattern)
        if len(parts) == 3:
            patterns[parts[0] + parts[2]] = len(parts[0]), (int(parts[1]),)
        elif len(parts) > 3:
            letters = parts[::2]
            values = [int(parts[1])]
            for between, digit in zip(letters[1:], parts[3::2], strict=False):
                values += [0] * (len(between) - 1)
                values.append(int(digit))
            patterns["".join(letters)] = len(letters[0]), tuple(values)
    return patterns


def _read_slowly(patterns: Patterns, pattern: str) -> None:
    """Read a pattern as pyphen does."""
    pattern = pyphen.parse_hex(lambda match: chr(int(match.group(1), 16)), pattern)
    factory: Any = int
    if "/" in pattern and "=" in pattern:
        pattern, alternative = pattern.split("/", 1)
        factory = pyphen.AlternativeParser(pattern, alternative)
    found = [(string, factory(i or "0")) for i, string in pyphen.parse(pattern)]
    tags, values = zip(*found, strict=True)
    if max(values) == 0:
        return
    start, end = 0, len(values)
    while not values[start]:
        start += 1
    while not values[end - 1]:
        end -= 1
    patterns["".join(tags)] = start, values[start:end]


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ()


def methods() -> None:
    """Replace a method of pyphen."""
    pyphen.HyphDict.__init__ = _read
