"""Dictionaries of hyphenation: most patterns are letters and single digits, and read as such.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pyphen

_is_plain = re.compile(r"[^\d^/=%#]*(?:[1-9][^\d^/=%#]+)*[1-9]?").fullmatch
_split = re.compile("([1-9])").split


def _read(self: Any, path: Any) -> None:
    """Do what `HyphDict.__init__` does."""
    with path.open("rb") as file:
        encoding = file.readline().decode()
    if encoding.lower() == "microsoft-cp1251":
        encoding = "cp1251"
    patterns: dict[str, tuple[int, tuple[Any, ...]]] = {}
    self.patterns = patterns
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
    self.cache = {}
    self.maxlen = max(map(len, patterns))


def _read_slowly(patterns: dict[str, Any], pattern: str) -> None:
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
