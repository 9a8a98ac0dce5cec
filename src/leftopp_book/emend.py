"""Emend: correct the text. Every emendation is stand-off, owned, and listed with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from . import limits
from .diagnostics import Report, nowhere
from .patience import TooSlowError, patience
from .schema import ArticleFile, House, Place
from .text import Edit, Span, Text, Where


class Change(Struct, frozen=True):
    """A change that was carried out, under the name by which the text's runs know it."""

    owner: str
    span: Span
    was: str
    now: str
    why: str


def emend(
    text: Text,
    article: str,
    file: ArticleFile,
    house: House,
    at: Where,
    report: Report,
    in_house: Where = lambda *path: nowhere("book/house.yaml"),
) -> tuple[Text, Mapping[str, Change]]:
    """Carry out the emendations of an article, then the mechanical ones of house style.

    `text` is the cleaned copy-text; `at` gives the place of a key in the article's file, and
    `in_house` in that of house style. An emendation whose words do not stand in its line, or stand
    there more than once, or that meets another, is an error and is not carried out; so is a
    mechanical one whose pattern takes too long.
    """
    found = _edits(text, file, at, report)
    changes = {change.owner: change for _, change in found}
    text = text.edit(edit for edit, _ in found)
    for n, rule in enumerate(house.emend):
        try:
            with patience(rule.pattern):
                matches = list(re.finditer(rule.pattern, text.string))
        except TooSlowError:
            report_slow(f"“{rule.id}”", in_house("emend", n, "pattern"), report)
            continue
        line_edits = [
            Edit(m.start(), m.end(), m.expand(rule.now), f"{rule.id} {text.span(*m.span())}")
            for m in matches
            if _in_force(rule.within, article, text.span(*m.span()).line)
            and m.expand(rule.now) != m.group()
        ]
        for edit in line_edits:
            changes[edit.owner] = _change(text, edit, rule.why)
        text = text.edit(line_edits)
    return text, changes


def report_slow(whose: str, place: Span, report: Report) -> None:
    """Report a pattern that was given up."""
    report.error(
        "pattern-slow",
        f"the pattern of {whose} takes more than {limits.PATTERN:g} seconds on one text",
        place,
        "say in one way only what it may match: (?:a|b)+, not (?:a|ab|b)+; [^\\n]{0,80}, not .*",
    )


def _in_force(within: tuple[Place, ...], article: str, line: int) -> bool:
    return not within or any(place.covers(article, line) for place in within)


def _change(text: Text, edit: Edit, why: str) -> Change:
    was = text.string[edit.start : edit.end]
    return Change(edit.owner, text.span(edit.start, edit.end), was, edit.new, why)


def _edits(text: Text, file: ArticleFile, at: Where, report: Report) -> list[tuple[Edit, Change]]:
    """Find the place of every emendation; return those that can be carried out, in order."""
    lines = _line_offsets(text)
    found: list[tuple[Edit, int, Change]] = []
    for index, emendation in enumerate(file.emendations):
        words_at = at("emendations", index, "was")
        if emendation.line not in lines:
            report.error(
                "emendation-line",
                f"the copy-text has no line {emendation.line}",
                at("emendations", index, "line"),
                "count lines from 1, empty ones too",
            )
            continue
        if emendation.was == emendation.now:
            place = at("emendations", index, "now")
            hint = "write under “now” what the words ought to be, or take it out"
            report.error("emendation-idle", "this emendation changes nothing", place, hint)
            continue
        first, last = lines[emendation.line]
        # words may run over the end of a line that was wrapped, not over an empty one
        words = emendation.was.split(" ")
        _, end = lines.get(emendation.line + len(words) - 1, (0, len(text.string)))
        pattern = re.compile(r" *(?: |\n) *".join(re.escape(w) for w in words))
        matches = [m for m in pattern.finditer(text.string, first, end) if m.start() < last]
        if not matches:
            report.error(
                "emendation-unmatched",
                f"“{emendation.was}” does not stand in line {emendation.line}",
                words_at,
                f"the line is: {_short(text.string[first:last])}"
                if text.string[first:last].strip()
                else "the line is empty",
            )
        elif len(matches) > 1 and not emendation.all:
            report.error(
                "emendation-ambiguous",
                f"“{emendation.was}” stands {len(matches)} times in line {emendation.line}",
                words_at,
                "give more words, or “all: true”",
            )
            continue
        for n, match in enumerate(matches):
            owner = f"emendation {index + 1}" + (f", place {n + 1}" if n else "")
            change = Change(
                owner, text.span(*match.span()), emendation.was, emendation.now, emendation.why
            )
            found.append((_edit(match, emendation.now, owner), index, change))
    kept: list[tuple[Edit, int, Change]] = []
    for edit, index, change in sorted(found, key=lambda f: f[:2]):
        if kept and edit.start < kept[-1][0].end:
            report.error(
                "emendation-overlap",
                f"this emendation overlaps number {kept[-1][1] + 1}, in line "
                f"{at('emendations', kept[-1][1]).line} of this file",
                at("emendations", index),
                "make one of the two",
            )
        else:
            kept.append((edit, index, change))
    return [(edit, change) for edit, _, change in kept]


def _edit(match: re.Match[str], now: str, owner: str) -> Edit:
    """Return the edit that puts `now` in place of a match, line feeds and all.

    A line never ceases to be a line: its number is its place in the copy-text. Where the words run
    over a line end, it comes between the same words, or before them if they are fewer now.
    """
    start, end = match.span()
    gaps = re.findall(r"[ \n]+", match[0])
    words = now.split(" ")
    new = words[0]
    for n, word in enumerate(words[1:]):
        new += (gaps[n] if n < len(gaps) and "\n" in gaps[n] else " ") + word
    late = "".join(gap for gap in gaps[len(words) - 1 :] if "\n" in gap)
    if late and match.string[:start].endswith(" "):
        return Edit(start - 1, end, late + new, owner)
    return Edit(start, end, new + late, owner)


def _line_offsets(text: Text) -> dict[int, tuple[int, int]]:
    offsets: dict[int, tuple[int, int]] = {}
    start = 0
    for number, piece in enumerate(text.string.split("\n"), 1):
        offsets[number] = (start, start + len(piece))
        start += len(piece) + 1
    return offsets


def _short(string: str) -> str:
    return string if len(string) <= 80 else string[:77] + "…"
