"""Filing: the order of headings, letter by letter (Chicago 15.65; Unicode Technical Standard 10).

pyuca knows the weights of all characters from a table of 34,000 lines, of which a book needs some
eighty. So a line is taken apart when a string has the character that it begins with, and those are
remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from .kept import remembered


@remembered
def filing(heading: str) -> tuple[object, ...]:
    """Return the key by which a heading files: letter by letter, accents and signs ignored.

    Chicago 15.65: spaces and punctuation do not count up to the first comma that inverts a name;
    numbers file by value. Ties go by the whole heading.
    """
    string = re.sub(r"\d+", lambda m: m[0].zfill(8), heading)
    surname, _, rest = string.partition(",")
    letters = (re.sub(r"[\W_]+", "", part) for part in (surname, rest))
    key = sort_key()
    return (tuple(map(key, letters)), key(string))


@cache
def sort_key() -> Callable[[str], tuple[int, ...]]:
    """Return the function by which pyuca sorts."""
    from pyuca import Collator
    from pyuca.collator import COLL_ELEMENT_PATTERN
    from pyuca.utils import hexstrings2int

    class Quick(Collator):  # type: ignore[misc]
        """Knows the characters that it has met; for these it has all that the table says."""

        def load(self, filename: str) -> None:
            self.met: set[str] = set()
            for line in _lines("@implicitweights"):
                words = re.split(r"\.\.|[ ;#]+", line)
                self.implicit_weights.append(hexstrings2int(words[1:4]))

        def build_lookup_key(self, text: str) -> list[int]:
            for char in sorted(set(text) - self.met):
                self.met.add(char)
                for line in _lines(f"{ord(char):04X}"):
                    characters, weights = line.partition("#")[0].split(";")
                    found = map(hexstrings2int, COLL_ELEMENT_PATTERN.findall(weights))
                    self.table.add(hexstrings2int(characters.split()), list(found))
            key: list[int] = super().build_lookup_key(text)
            return key

    return Quick().sort_key  # type: ignore[no-any-return]


@remembered
def _lines(start: str) -> tuple[str, ...]:
    """Return the lines of pyuca's table that begin with a word: a character, or a rule."""
    return tuple(_table().get(start, ()))


@cache
def _table() -> dict[str, list[str]]:
    import pyuca

    version = pyuca.Collator.UCA_VERSION
    file = Path(pyuca.__file__).with_name(f"allkeys-{version}.txt")
    lines: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        lines.setdefault(line[: line.find(" ")], []).append(line)
    return lines
