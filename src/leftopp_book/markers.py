"""Markers: what a note begins with, and the figures by which it is called, as they are found."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

BEGINNING = 3  # a series of calls may lack the first ones
YEARS = 999  # a higher number is that of a note only where it counts on; else it is a year
FIGURES = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹０１２３４５６７８９", "01234567890123456789")


class Marker(NamedTuple):
    """What a note begins with: its number, the length of the marker, and the kind of its signs."""

    number: int = 0  # 0 for none
    length: int = 0
    kind: str = ""


# --- Notes ---------------------------------------------------------------------------------------

# What may stand before the figures in brackets: [^7] [#7] [note 7] [fn. 7]
_WITHIN = r"(?:[\^#*]|(?i:(?:(?:foot|end)?note|fn?\.?|n\.)\s))?"
_LINK = r"(?:\(#[^()\s]*\))?"  # of a word processor that was made into Markdown: [[7]](#_ftn7)
_SIGNED = (
    # [Footnote 7: Words …]  [Footnote B: Words …]
    ("note", r"\[(?:foot)?note\s+(\d{1,4}|[a-z])\s*[:.]\s*"),
    # Note 7: Words  [note 7] Words
    ("note", r"\[?(?:foot|end)?note\s+(\d{1,4})(?:\]\s*|\s*[:.]\s+)(?=\S)"),
    # [7] Words  [7]Words  [^7]: Words  [7]. Words  [[7]](#_ftnref7) Words  ［7］Words
    ("[]", rf"[\[［]{{1,2}}\s?{_WITHIN}(\d{{1,4}})\s?[\]］]{{1,2}}{_LINK}[:.]?\s*(?=\S)"),
    ("{}", r"\{(\d{1,4})\}[:.]?\s*(?=\S)"),
    ("()", r"\((\d{1,4})\)[.:]?\s+(?=\S)"),
    ("¹", r"(?:<sup>\s?)([¹²³⁰⁴-⁹\d]{1,4})(?:\s?</sup>)\s*(?=\S)"),
    ("¹", r"([¹²³⁰⁴-⁹]{1,4})\s*(?=\S)"),
    ("^", r"\^(\d{1,4})(?:[:.]\s*|\s+)(?=\S)"),
    # 7. Words  7) Words  7.) Words  7: Words  7.Words  **7.** Words  7\. Words
    ("7.", r"[*_]{0,2}(\d{1,4})\\?(?:[\]).]{1,2}[*_]{0,2}\s+|:\s+)(?=\S)"),
    ("7.", r"(\d{1,4})\.(?=[^\W\d_]|[“‘\"'])"),
)
_OTHER = (
    ("7", r"(\d{1,4})\s+(?=\S)"),  # 7 Words
    ("7", r"(\d{1,3})(?=[A-ZÀ-ÞА-Я“‘\"])"),  # 7Words
    ("i", r"[\[(]?([ivxlc]{1,12})[\]).]{1,2}\s+(?=\S)"),  # [vii] Words  vii. Words
    ("[A]", r"\[([A-Z])\][:.]?\s*(?=\S)"),  # [B] Words
)
_MARKERS = [(kind, re.compile(pattern, re.I if kind == "note" else 0)) for kind, pattern in _SIGNED]
_OTHERS = [(kind, re.compile(pattern)) for kind, pattern in _OTHER]
SIGNED = frozenset(kind for kind, _ in _SIGNED)
LETTERS = "[A]"
BARE, ROMAN, ALONE = "7", "i", "7⏎"  # the last: the number has a line of its own
_ALONE = re.compile(r"[\[(]?(\d{1,4})[\]).:]{0,2}")
FOOTNOTE = re.compile(r"\[(?:foot)?note\s+(?:\d{1,4}|[a-z])\s*[:.]", re.I)
_A_SIGN = frozenset("[［{(<^*_\\¹²³⁰⁴⁵⁶⁷⁸⁹0123456789fFeEnN")  # that a marker can begin with


def markers_of(words: str) -> Iterator[Marker]:
    """Yield what words may begin with as a note: at most one with signs, and then those without.

    `[Footnote B: …]` is note 2.
    """
    first = words[:1]
    if first in _A_SIGN:
        for kind, pattern in _MARKERS:
            if match := pattern.match(words):
                yield Marker(_number(match[1], kind), match.end(), kind)
                break
    if first.isdigit() or first in "[(ivxlc":
        for kind, pattern in _OTHERS:
            if (match := pattern.match(words)) and (number := _number(match[1], kind)):
                yield Marker(number, match.end(), kind)
                break
    if len(words) < 8 and (match := _ALONE.fullmatch(words)):
        yield Marker(int(match[1]), len(words), ALONE)


def marker_of(words: str, *, bare: bool = False) -> Marker:
    """Return what a note begins with, and no number for none.

    With `bare` the number may stand without a sign: 7 Words.
    """
    wanted = (*SIGNED, BARE) if bare else SIGNED
    return next((marker for marker in markers_of(words) if marker.kind in wanted), Marker())


def _number(figures: str, kind: str = "") -> int:
    """Return what figures, superior figures, a letter or a Roman numeral stand for; 0 for what is
    none."""
    plain = figures.translate(FIGURES)
    if plain.isdigit():
        return int(plain)
    return ord(plain.upper()) - ord("A") + 1 if kind in ("note", LETTERS) else _roman(plain)


_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_WRITTEN = re.compile(r"(c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")


def _roman(letters: str) -> int:
    """Return the number of a Roman numeral, and 0 for what is none."""
    if not _WRITTEN.fullmatch(letters):
        return 0
    values = [_VALUES[letter] for letter in letters]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


# --- Calls ---------------------------------------------------------------------------------------

STRONG = ("[]", "¹", "^", "{}")  # kinds of calls that are seldom anything else
PARENTHESES = "()"
_MANY = r"(\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*)"  # [3, 4]  [3–5]
_CALLS = {
    "[]": rf"[\[［]{{1,2}}\s?{_WITHIN}{_MANY}\s?[\]］]{{1,2}}{_LINK}",
    "¹": r"<sup>\s?\[?(\d{1,4})\]?\s?</sup>|(?<![¹²³⁰⁴-⁹])([¹²³⁰⁴-⁹]{1,4})(?![¹²³⁰⁴-⁹])",
    "^": r"(?<=[^\W\d]|[.,;:!?”’\"')\s])\^(\d{1,4})(?!\d)",
    "{}": r"\{(\d{1,4})\}",
    "()": r"\((?i:(?:foot|end)?note\s)?(\d{1,4})\)",
    "i": r"\[([ivxlc]{1,12})\]",
    "[A]": r"\[([A-Z])\]",
}
# with all the white space before it
_PATTERNS = {kind: re.compile(rf"(?:(?<!\s)\s+)?(?:{call})") for kind, call in _CALLS.items()}
_SIGNS = {kind: "[［" if kind in ("[]", "i", "[A]") else kind[0] for kind in _CALLS} | {
    "¹": "¹²³⁰⁴⁵⁶⁷⁸⁹<"
}
_BETWEEN = re.compile(r"\s?([,;–-])\s?")
MOST = 9  # notes that one call may call: more is a stretch of pages


class Found(NamedTuple):
    """What looks like a call in some words: `[start, end)`, the number, and it as typed."""

    start: int
    end: int
    number: int
    mark: str


def calls_in(words: str, kind: str) -> Iterator[Found]:
    """Yield the calls of a kind, in order; one that calls several notes is as many calls."""
    if not any(sign in words for sign in _SIGNS[kind]):
        return
    for match in _PATTERNS[kind].finditer(words):
        start, end = match.span()
        figures = next(filter(None, match.groups()))
        numbers = [_number(figures, kind)] if kind == LETTERS else [*_listed(figures)]
        for n, number in enumerate(numbers):
            last = n == len(numbers) - 1
            mark = figures.translate(FIGURES) if len(numbers) == 1 else str(number)
            yield Found(start + n, end if last else start + n + 1, number, mark)


def _listed(figures: str) -> Iterator[int]:
    """Yield the numbers of a list: 3, 5–7. There are none in what is no list of notes."""
    first, *rest = _BETWEEN.split(figures)
    numbers = [_number(first)]
    for sign, figure in zip(rest[::2], rest[1::2], strict=True):
        last = int(figure)
        if not numbers[-1] < last < numbers[-1] + MOST:
            return
        numbers += range(numbers[-1] + 1, last) if sign in "–-" else ()
        numbers.append(last)
    if len(numbers) <= len(figures) and numbers[0]:
        yield from numbers


# After a small letter or a quotation mark; after a capital or a year only behind a sign: USSR.12
# but not after what is followed by a number anyway: p.12
_GLUED = re.compile(
    r"(?<!\bp)(?<!\bpp)(?<!\b[Vv]ol)(?<!\b[Nn]o)(?<!\b[Nn]os)(?<!\b[Ff]ig)(?<!\b[Cc]h)(?<!\b[Aa]rt)"
    r"(?:(?<=[a-zà-ÿ”’\"')])[.,;:?!…]{0,2}|(?:(?<=[A-ZÀ-Þ\]%…])|(?<=[12]\d{3}))[.,;:?!]{1,2})"
    r"[”’\"']?([1-9]\d{0,3})(?=\s|$|[.,;:)—–])"
)


def glued_in(words: str) -> Iterator[Found]:
    """Yield what may be calls that have lost their superior figures."""
    for match in _GLUED.finditer(words):
        yield Found(*match.span(1), int(match[1]), match[1])


def proven(numbers: Sequence[int], count: int) -> list[int]:
    """Return the ranks of the numbers 1 to `count`, in order, that prove figures to be calls.

    Fewer than three, or fewer than nine tenths of them, prove nothing: the list is empty.
    """
    chain = upwards(numbers, count)
    return chain if len(chain) > 2 and len(chain) >= 0.9 * count else []


def parted(numbers: Sequence[int]) -> list[list[int]]:
    """Return the ranks of numbers in parts, a new one where they begin again near 1."""
    parts: list[list[int]] = [[]]
    seen: set[int] = set()
    for rank, number in enumerate(numbers):
        back = rank > 0 and number < numbers[rank - 1]
        if (number == 1 and rank) or (back and number <= BEGINNING and number in seen):
            parts.append([])
            seen.clear()
        parts[-1].append(rank)
        seen.add(number)
    return parts


def upwards(numbers: Sequence[int], most: int) -> list[int]:
    """Return the ranks of the longest run of numbers that grow, none of them above `most`."""
    ends: list[int] = []  # of the shortest runs of every length, the rank of the last number
    tails: list[int] = []
    before: dict[int, int] = {}
    for rank, number in enumerate(numbers):
        if not 0 < number <= most:
            continue
        n = bisect_left(tails, number)
        before[rank] = ends[n - 1] if n else -1
        ends[n : n + 1], tails[n : n + 1] = [rank], [number]
    chain = []
    rank = ends[-1] if ends else -1
    while rank >= 0:
        chain.append(rank)
        rank = before[rank]
    return chain[::-1]


# The calls with which words end: in signs, or figures that have lost their place above the line
_LAST_CALLS = (
    r"(?:\s?(?:\[[^\]\s]{1,8}\]|\(\d{1,4}\)|\{\d{1,4}\}|[¹²³⁰⁴-⁹]{1,4}|\^\d{1,4}|<sup>\d{1,4}</sup>)"
    r"|(?<=[.!?…”’\"')])\d{1,3})"
)
_ENDED = re.compile(rf"[.:;!?…][”’\"')]*(?:{_LAST_CALLS}){{0,4}}$")
_LAST = 48  # characters in which the end of a sentence and its calls have room


def is_ended(words: str) -> bool:
    """Tell whether words end as a sentence does, the calls of notes after it left out."""
    return bool(_ENDED.search(words[-_LAST:]))


def without_last_calls(words: str) -> str:
    """Return words without the calls with which they end."""
    end = words[-_LAST:]
    return words[: len(words) - len(end)] + re.sub(rf"(?:{_LAST_CALLS}){{1,4}}$", "", end)
