"""Rewriting: functions of a library with some of their lines said otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from types import ModuleType
from typing import Any

Change = tuple[str, str]  # what is written, and what is to stand there


def rewrite(module: ModuleType, name: str, changes: Iterable[Change]) -> bool:
    """Have a function of a module do otherwise, and tell whether it does.

    Every piece of its source that is to be changed must be found in it once; else nothing is done.
    """
    source = source_of(vars(module)[name])
    for old, new in changes:
        if source.count(old) != 1:
            return False
        source = source.replace(old, new)
    exec(compile(source, str(module.__file__), "exec"), vars(module))
    return True


def source_of(function: Any) -> str:
    """Return the source of a function that is no method; nothing where it cannot be read.

    It goes from its first line to the next that is not indented: `inspect` takes all of it apart to
    find the same. What closes its arguments may stand at the margin.
    """
    code = function.__code__
    try:
        with open(code.co_filename, encoding="utf-8") as file:
            lines = file.readlines()[code.co_firstlineno - 1 :]
    except OSError:
        return ""
    last = max((line or 0 for *_, line in code.co_lines()), default=0) - code.co_firstlineno + 1
    more = takewhile(_INDENTED.match, lines[last:])
    return "".join((*lines[:last], *more))


_INDENTED = re.compile(r"[ \t]|$")
