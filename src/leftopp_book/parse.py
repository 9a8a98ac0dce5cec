"""Parse: give every line of a copy-text a role, and put the lines together into pieces.

Rules find what can be found; what the editor says in `structure` goes before every rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from .diagnostics import Report
from .document import Role
from .schema import ArticleFile, RoleOf
from .text import Span, Text


@dataclass(frozen=True)
class Piece:
    """A stretch of the copy-text with one role: a paragraph, a heading, a line of verse…

    `lines` are the numbers of its first and last line; `why` says what decided the role; `starts`
    marks a quotation that does not go on from the one before it.
    """

    lines: tuple[int, int]
    role: Role
    text: Text
    level: int = 1
    why: str = ""
    starts: bool = False
    indent: int = 0

    @property
    def words(self) -> str:
        return self.text.string


WRAPPED_AT = 100  # characters; a longer line is a paragraph of its own
SHORT = 90  # characters; a heading, a title or a byline is no longer

_BYLINE = re.compile(r"(?:by|from)\s+\S", re.I)
_PERSON = re.compile(r"(?:[A-Z][\w’.-]*\s+){1,3}(?:[a-z]{2,3}\s+)?[A-Z][\w’-]+")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATELINE = re.compile(rf"\b(?:{_MONTH}|No\.|Vol\.|Issue|Spring|Summer|Autumn|Winter)\b.*\d", re.I)
_FURNITURE = re.compile(
    r"(?:last (?:updated|modified)\b|leave a (?:reply|comment)|your e-?mail address will not"
    r"|(?:share|tweet|print|email) this\b|posted (?:on|in|by)\b|filed under\b|tags?:|related posts?\b"
    r"|skip to (?:main )?content|back to top|top of (?:the )?page|home\s*[|>»]|menu\b|subscribe\b"
    r"|copyright ©|©|all rights reserved|click here\b|read more\b|required fields are marked)",
    re.I,
)
_NOTES_HEADING = re.compile(r"(?:foot|end)?notes(?: and references)?:?", re.I)
_WORKS_HEADING = re.compile(
    r"(?:works cited|references|bibliography|sources|further reading|suggested readings?):?", re.I
)
_WORK = re.compile(r"(?:[\w’.,&\s-]{3,60}|[_—–-]{3,})\..{3,}\([^()]*\d{4}\)")
_NUMBERED = re.compile(r"[\[(]?(\d{1,3})[\]).]{1,2}\s+\S")
_ITEM = re.compile(r"(?:[•·▪*–-]|[\[(]?\d{1,2}[\]).]|[\[(]?[a-z][\]).])\s+\S")
_OPENING, _CLOSING = "“‘\"'", "”’\"'"
_LEAD_IN = re.compile(r"[:,]\s*(?:\[\d+\])?$")


def parse(text: Text, file: ArticleFile, report: Report) -> tuple[Piece, ...]:
    """Return the pieces of an article, in the order of the copy-text.

    Every line that is not empty belongs to exactly one piece. Roles for lines that do not exist
    or are empty are errors.
    """
    lines = _lines(text)
    decided = _decided(file, {line.number for line in lines}, text, report)
    wrapped = file.lines == "wrapped" or (not file.lines and _is_wrapped(lines))
    pieces = list(_pieces(text, lines, decided, wrapped))
    for rule in (_find_notes, _find_works_cited, _find_furniture, _find_head, _find_body):
        pieces = rule(pieces, file)
    return tuple(
        piece if piece.why else replace(piece, role=Role.PARAGRAPH, why="no other rule")
        for piece in pieces
    )


class _Line(NamedTuple):
    number: int
    start: int  # its offset in the text
    text: Text
    indent: int


def _lines(text: Text) -> list[_Line]:
    return [
        _Line(number, start, line, len(line.string) - len(line.string.lstrip()))
        for number, start, line in text.lines()
        if line.string.strip()
    ]


def line_convention(text: Text) -> Literal["paragraphs", "wrapped"]:
    """Tell how a text has its lines: each a paragraph, or broken at a fixed width."""
    return "wrapped" if _is_wrapped(_lines(text)) else "paragraphs"


def _decided(
    file: ArticleFile, known: set[int], text: Text, report: Report
) -> dict[int, RoleOf]:
    decided: dict[int, RoleOf] = {}
    for role in file.structure:
        numbers = [n for n in range(role.first, role.last + 1) if n in known]
        if not numbers:
            at = text.source.line_start(min(role.first, text.source.line_count))
            report.error(
                "structure-line",
                f"line {role.first} is to be a {role.role}, but it is empty or not there",
                Span(text.source, at, at),
                "correct “structure” in the article’s file in book/articles/",
            )
        for n in numbers:
            if n in decided:
                report.error(
                    "structure-twice",
                    f"line {n} is given two roles: {decided[n].role} and {role.role}",
                    Span(text.source, text.source.line_start(n), text.source.line_start(n)),
                    "keep one of them",
                )
            decided[n] = role
    return decided


def _is_wrapped(lines: Sequence[_Line]) -> bool:
    """Tell whether lines were broken at a fixed width: most follow another without a gap."""
    follows = sum(b.number == a.number + 1 for a, b in zip(lines, lines[1:], strict=False))
    short = sum(len(line.text) <= WRAPPED_AT for line in lines)
    return len(lines) > 4 and follows > len(lines) / 2 and short > 0.9 * len(lines)


def _pieces(
    text: Text, lines: Sequence[_Line], decided: dict[int, RoleOf], wrapped: bool
) -> Iterator[Piece]:
    """Put lines together: up to an empty line when wrapped, else each on its own."""
    group: list[_Line] = []
    for line in lines:
        if group and not (wrapped and _joins(group, line, decided)):
            yield _piece(text, group, decided)
            group = []
        group.append(line)
    if group:
        yield _piece(text, group, decided)


def _joins(group: Sequence[_Line], line: _Line, decided: dict[int, RoleOf]) -> bool:
    """Tell whether a line goes on with the piece that the lines before it have begun."""
    last = group[-1]
    role = decided.get(line.number)
    if line.number != last.number + 1 or role is not decided.get(last.number):
        return False
    words = line.text.string.strip()
    if role and role.role in (Role.VERSE, Role.TABLE):
        return False
    begins = bool(_NUMBERED.match(words) or _ITEM.match(words))
    if role and role.role in (Role.NOTE, Role.WORKS_CITED, Role.LIST):
        return not begins
    if begins and (_NUMBERED.match(group[0].text.string.strip()) or group[0].indent < line.indent):
        return False  # the next of a list or of the notes
    return line.indent == last.indent or len(group) == 1


_BROKEN = re.compile(r"(?<=\w)-\n\s*(?=\w)")
_FEED = re.compile(r"\s*\n\s*")


def _piece(text: Text, group: Sequence[_Line], decided: dict[int, RoleOf]) -> Piece:
    first, last = group[0], group[-1]
    words = text.slice(first.start, last.start + len(last.text))
    words = words.sub(_BROKEN, "-", "lines joined").sub(_FEED, " ", "lines joined").strip()
    indent = min(line.indent for line in group)
    piece = Piece((first.number, last.number), Role.PARAGRAPH, words, indent=indent)
    role = decided.get(first.number)
    if role is None:
        return piece
    why = role.why or "the editor"
    return replace(piece, role=role.role, level=role.level, why=why, starts=role.new)


# --- Rules, each from pieces to pieces -----------------------------------------------------------


def _find_notes(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Notes are the last run of numbered pieces that counts from 1 upwards to the end."""
    numbers = [(i, _number(p)) for i, p in enumerate(pieces) if not p.why and _number(p)]
    if file.notes_from:
        start = next((i for i, p in enumerate(pieces) if p.lines[0] >= file.notes_from), None)
        if start is None:
            return pieces
        run = [(i, n) for i, n in numbers if i >= start]
    else:
        run = _last_count(numbers, pieces)
    if not run:
        return pieces
    found = list(pieces)
    first, last = run[0][0], run[-1][0]
    for i in range(first, last + 1):
        if not found[i].why:
            found[i] = replace(found[i], role=Role.NOTE, why="a run of numbered notes at the end")
    before = first - 1
    if before >= 0 and not found[before].why and _NOTES_HEADING.fullmatch(found[before].words):
        found[before] = replace(found[before], role=Role.FURNITURE, why="heading of the notes")
    return found


def _number(piece: Piece) -> int:
    match = _NUMBERED.match(piece.words)
    return int(match[1]) if match else 0


def _last_count(numbers: list[tuple[int, int]], pieces: list[Piece]) -> list[tuple[int, int]]:
    """Return the last run 1, 2, 3… of numbered pieces; calls in the text must call for it."""
    run: list[tuple[int, int]] = []
    for index, number in reversed(numbers):
        if not run or number == run[0][1] - 1:
            run.insert(0, (index, number))
        elif number >= run[0][1]:
            if run[0][1] == 1:
                break
            run = [(index, number)]
    if not run or run[0][1] != 1:
        return []
    before = " ".join(p.words for p in pieces[: run[0][0]])
    called = [n for _, n in run if re.search(rf"\[{n}\]|\({n}\)", before)]
    return run if len(called) * 2 >= len(run) else []


def _find_works_cited(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Works cited are a run of three or more bibliographical entries."""
    found = list(pieces)
    matches = [not p.why and bool(_WORK.match(p.words)) and len(p.words) < 300 for p in pieces]
    for i in range(len(pieces)):
        window = matches[max(0, i - 2) : i + 3]
        if matches[i] and sum(window) >= 3:
            found[i] = replace(pieces[i], role=Role.WORKS_CITED, why="a run of references")
    for a, b in zip(range(len(found)), range(1, len(found)), strict=False):
        heading = not found[a].why and _WORKS_HEADING.fullmatch(found[a].words)
        if heading and found[b].role is Role.WORKS_CITED:
            found[a] = replace(found[a], role=Role.FURNITURE, why="heading of the works cited")
    return found


def _find_furniture(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    return [
        replace(p, role=Role.FURNITURE, why="words of a web page, not of the article")
        if not p.why and len(p.words) < SHORT and _FURNITURE.match(p.words)
        else p
        for p in pieces
    ]


def _find_head(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find title, kicker, byline and dateline among the short pieces before the first long one."""
    found = list(pieces)
    end = next((i for i, p in enumerate(pieces) if _is_prose(p)), len(pieces))
    last = max(
        (i for i, p in enumerate(pieces) if p.role in (Role.TITLE, Role.BYLINE, Role.DATELINE) and p.why),
        default=-1,
    )
    has_title = file.title or any(p.role is Role.TITLE and p.why for p in pieces)
    for i in range(end):
        if found[i].why:
            continue
        words = found[i].words
        if _BYLINE.match(words) and len(words) < SHORT:
            role = Role.BYLINE
        elif _DATELINE.search(words) and has_title:
            role = Role.DATELINE
        elif not has_title:
            role, has_title = Role.TITLE, True
        elif _PERSON.fullmatch(words) and not any(p.role is Role.BYLINE and p.why for p in found):
            role = Role.BYLINE
        elif i < last:
            role = Role.KICKER
        else:
            continue  # a heading before the first paragraph
        found[i] = replace(found[i], role=role, why="a short line before the first paragraph")
    return found


def _is_prose(piece: Piece) -> bool:
    if piece.why:
        return piece.role in (Role.PARAGRAPH, Role.QUOTATION)
    return len(piece.words) > 150 or (len(piece.words) > SHORT and piece.words[-1:] in ".?!”’")


def _find_body(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find headings, block quotations and lists."""
    found = list(pieces)
    margin = min((p.indent for p in pieces), default=0)
    for i, piece in enumerate(pieces):
        if piece.why:
            continue
        before = found[i - 1] if i else None
        after = pieces[i + 1] if i + 1 < len(pieces) else None
        if piece.indent >= margin + 3 and piece.lines[0] != piece.lines[1]:
            found[i] = replace(piece, role=Role.QUOTATION, why="indented")
        elif _is_item(pieces, i):
            found[i] = replace(piece, role=Role.LIST, why="a run of items")
        elif _is_heading(piece, after):
            found[i] = replace(piece, role=Role.HEADING, why="a short line by itself")
        elif before and _is_quotation(piece, before):
            found[i] = replace(piece, role=Role.QUOTATION, why="after a lead-in", starts=True)
    return found


def _is_item(pieces: list[Piece], i: int) -> bool:
    near = [p for p in pieces[max(0, i - 1) : i + 2] if _ITEM.match(p.words)]
    return bool(_ITEM.match(pieces[i].words)) and len(near) > 1


def _is_heading(piece: Piece, after: Piece | None) -> bool:
    words = piece.words
    return bool(
        after
        and len(words) < SHORT
        and after.role not in (Role.NOTE, Role.FURNITURE)
        and (len(after.words) > len(words) or after.role is Role.HEADING)
        and not re.search(r"[.:;,!…”’\"]$|\[\d+\]$", words)
        and re.match(r"[A-Z0-9À-ÞА-Я]|[“‘][A-Z]", words)
    )


def _is_quotation(piece: Piece, before: Piece) -> bool:
    """A piece after a lead-in is quoted if the lead-in ends in a colon, or if it is in quotes."""
    if before.role not in (Role.PARAGRAPH,) or not _LEAD_IN.search(before.words):
        return False
    quoted = piece.words[0] in _OPENING and re.search(
        rf"[{_CLOSING}][.,]?\s*(?:\[\d+\])?$", piece.words
    )
    return bool(quoted) or before.words.rstrip().endswith(":") or piece.words.startswith("…")
