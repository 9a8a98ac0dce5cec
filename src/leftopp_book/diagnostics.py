"""What the editor is told: diagnostics with a place, a message and a hint."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from .characters import escaped, visible
from .text import Source, Span


class Severity(StrEnum):
    """An error stops the build before typesetting; a warning asks the editor to look."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(Struct, frozen=True):
    """One finding. The message is lower case, without a full stop, and names the thing."""

    severity: Severity
    code: str
    message: str
    span: Span
    hint: str = ""

    def __str__(self) -> str:
        """Return one line; what a terminal would obey and not show is printed as ⟨U+202E⟩."""
        return on_a_line(f"{self.span}: {self.severity}: {_cut(self.message)} [{self.code}]")

    def full(self) -> str:
        """Return the message with the line it is about, a caret, and the hint."""
        text = str(self)
        source = self.span.source
        if source.text:
            text += "\n" + _excerpt(self.span)
        if self.hint:
            text += f"\n  hint: {on_a_line(_cut(self.hint))}"
        return text

    def as_json(self) -> dict[str, object]:
        line, column = self.span.source.position(self.span.start)
        return {
            "severity": str(self.severity),
            "code": self.code,
            "message": self.message,
            "path": self.span.source.path,
            "line": line,
            "column": column,
            "hint": self.hint,
        }


class WrongError(ValueError):
    """A value of a file of `book/` that is not as it has to be.

    `faults` has for each fault its message, its remedy, and where it stands below the value.
    """

    def __init__(self, *faults: tuple[str, str, tuple[str | int, ...]]) -> None:
        super().__init__("; ".join(message for message, _, _ in faults))
        self.faults = faults


KEY = "\0key"  # ends the path of a fault that is in a key and not in its value


def wrong(message: str, hint: str, *at: str | int) -> WrongError:
    """Return the error of one fault."""
    return WrongError((message, hint, at))


def quoted(words: str, length: int = 60) -> str:
    """Return words in quotation marks, cut to a length."""
    return f"“{words if len(words) <= length else words[: length - 1] + '…'}”"


def kind(value: Any) -> str:
    """Return what a value of YAML is, for whoever reads that another was wanted."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case date():
            return f"the date {value}"
        case str():
            return "words" if value.strip() else "words that are empty"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case _:
            return "a mapping"


class Report(Struct):
    """The findings of a run, in the order in which they are printed: by file and place."""

    found: list[Diagnostic] = field(default_factory=list)

    def error(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.found.append(Diagnostic(Severity.ERROR, code, message, span, hint))

    def warning(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.found.append(Diagnostic(Severity.WARNING, code, message, span, hint))

    @property
    def failed(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.found)

    def sorted(self) -> list[Diagnostic]:
        def order(d: Diagnostic) -> tuple[str, int, str, str]:
            return (d.span.source.path, d.span.start, d.code, d.message)

        return sorted(dict.fromkeys(self.found), key=order)


def nowhere(path: str) -> Span:
    """Return the span of a file as such, where no line can be named."""
    return Span(Source(path, ""), 0, 0)


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return the findings as one JSON list, for editors and other tools."""
    return escaped(json.dumps([d.as_json() for d in diagnostics], ensure_ascii=False, indent=2))


EACH, ALL = 20, 100  # findings shown of one code, and in all


def capped(found: Sequence[Diagnostic]) -> tuple[list[Diagnostic], list[str]]:
    """Return the findings to show, in their order, and a line for every code that has more.

    Errors are shown before warnings are.
    """
    counts: Counter[str] = Counter()
    shown: list[tuple[bool, int, Diagnostic]] = []
    for number, d in enumerate(found):
        counts[d.code] += 1
        if counts[d.code] <= EACH:
            shown.append((d.severity is not Severity.ERROR, number, d))
    kept = [d for _, _, d in sorted(sorted(shown)[:ALL], key=lambda one: one[1])]
    counts.subtract(d.code for d in kept)
    return kept, [f"and {more:,} more [{code}]" for code, more in counts.items() if more]


def on_a_line(words: str) -> str:
    """Return words without what would end the line, command the terminal or not be seen."""
    shown = visible(words)
    return "".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in shown)


WIDTH = 96
LONGEST = 600  # characters of a message; JSON has all of it


def _cut(words: str) -> str:
    """Return a message that a screen can hold, without what is in the midst of a longer one."""
    half = LONGEST // 2
    return words if len(words) <= LONGEST else f"{words[:half]} … {words[-half:]}"


def _excerpt(span: Span) -> str:
    """Return the line of a span, cut to a window about it, with a caret under the words."""
    number, column = span.source.position(span.start)
    first = span.start - column + 1
    end = max(first, span.source.line_start(number + 1))
    while end > first and span.source.text[end - 1] in "\r\n":
        end -= 1
    start = max(first, span.start - WIDTH // 2)
    stop = min(end, start + WIDTH)
    words = span.source.text[start:stop].replace("\t", " ")
    at = span.start - start
    marked = visible(words[at : at + min(max(1, span.end - span.start), WIDTH // 2)])
    before, after = "… " if start > first else "", " …" if stop < end else ""
    window = visible(words)
    gutter = f"  {number} | "
    caret = " " * len(before + visible(words[:at])) + "^" * max(1, len(marked))
    return f"{gutter}{before}{window}{after}\n{' ' * (len(gutter) - 2)}| {caret}"
