"""Markers: what a note begins with, and the figures by which it is called, as they are found."""

from __future__ import annotations

import re

YEARS = 999  # a higher number is that of a note only where it counts on; else it is a year
# 1. Words  (1) Words  [1] Words  [1]Words  [^1]: Words  ¹ Words  1: Words  1.Words  ^1 Words
NUMBERED = re.compile(
    r"(?:[\[(]?(\d{1,4})[\]).]{1,2}\s+|\[\^?(\d{1,4})\]:?\s*|([¹²³⁰⁴-⁹]{1,4})\s*"
    r"|(\d{1,4})(?::\s+|\.(?=[^\W\d_]|[“‘\"']))|\^(\d{1,4})(?:[:.]\s*|\s+))(?=\S)"
)
_BARE = re.compile(r"(\d{1,4})\s+(?=\S)")  # 1 Words
BRACKETED = re.compile(r"\[(?:foot)?note\s+(?:(\d{1,4})|([A-Z]))\s*[:.]\s*", re.I)
# Note 1: Words  [note 1] Words
_NAMED = re.compile(r"\[?(?:foot|end)?note\s+(\d{1,4})(?:\]\s*|\s*[:.]\s+)(?=\S)", re.I)
FIGURES = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def note_number(words: str, *, bare: bool = False) -> tuple[int, int]:
    """Return the number with which a note begins and the length of its marker; 0 for none.

    `[Footnote B: …]` is note 2. With `bare` the number may stand without a sign: 1 Words.
    """
    if match := BRACKETED.match(words):
        number = int(match[1]) if match[1] else ord(match[2].upper()) - ord("A") + 1
    elif match := NUMBERED.match(words):
        plain = next(filter(None, match.groups()))
        number = int(plain.translate(FIGURES))
    elif (match := _NAMED.match(words)) or (bare and (match := _BARE.match(words))):
        number = int(match[1])
    else:
        return 0, 0
    return number, match.end()


_NOTE = r"(?:(?:[Ff]oot|[Ee]nd)?[Nn]ote\s+)?"
# Calls of notes, each with its figures: [7] [^7] [note 7]  (7) (note 7)  ⁷  ^7
IN_BRACKETS = rf"\[(?:\^|{_NOTE})(\d{{1,4}})\]"
IN_PARENTHESES = rf"\({_NOTE}(\d{{1,4}})\)"
SUPERIOR = r"(?<![¹²³⁰⁴-⁹])([¹²³⁰⁴-⁹]{1,4})(?![¹²³⁰⁴-⁹])"
RAISED = r"(?<=[^\W\d]|[.,;:!?”’\"')])\^(\d{1,4})(?!\d)"
ANY_CALL = re.compile("|".join((IN_BRACKETS, IN_PARENTHESES, SUPERIOR, RAISED)))
# After a small letter or a quotation mark; after a capital or a year only behind a sign: USSR.12
_GLUED = re.compile(
    r"(?:(?<=[a-zà-ÿ”’\"')])[.,;:?!]{0,2}|(?:(?<=[A-ZÀ-Þ\]%…])|(?<=[12]\d{3}))[.,;:?!]{1,2})"
    r"[”’\"']?([1-9]\d{0,3})(?=\s|$|[.,;:)])"
)


def glued_calls(count: int, words: str) -> list[tuple[int, int]]:
    """Return the places of calls that lost their superior figures: all of 1 to `count`, in order.

    Fewer than three, or not all of them, prove nothing: the list is empty.
    """
    places: list[tuple[int, int]] = []
    for match in _GLUED.finditer(words):
        if match[1] == str(len(places) + 1):
            places.append(match.span(1))
            if len(places) == count:
                return places if count > 2 else []
    return []
