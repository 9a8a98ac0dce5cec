"""HTML read: the expressions that tinyhtml5 looks for are compiled once, as it means to do.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tinyhtml5 import inputstream


class _Compiled(dict[tuple[frozenset[str], bool], re.Pattern[str]]):
    """Expressions by their characters; tinyhtml5 2.1.0 files them where it does not look."""

    def __missing__(self, key: tuple[frozenset[str], bool]) -> re.Pattern[str]:
        characters, opposite = key
        listed = "".join([f"\\x{ord(character):02x}" for character in characters])
        self[key] = made = re.compile(f"[{'' if opposite else '^'}{listed}]+")
        return made


def functions() -> Iterable[tuple[Any, Any]]:
    """Replace no functions of WeasyPrint."""
    return ()


def methods() -> None:
    """Replace what tinyhtml5 keeps its expressions in."""
    inputstream.characters_until_regex = _Compiled()
