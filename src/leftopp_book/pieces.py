"""Pieces: the lines of a copy-text put together into paragraphs, verse and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from .diagnostics import Report
from .document import Role
from .markers import marker_of
from .schema import ArticleFile, RoleOf
from .text import Text, Where


class Piece(Struct, frozen=True):
    """A stretch of the copy-text with one role: a paragraph, a heading, a line of verse…

    `lines` are the numbers of its first and last line, and `within` those between them that belong
    to other pieces. `why` says what decided the role; `starts` marks a quotation that does not go
    on from the one before it. `marker` has the number of a note, 0 for a further paragraph of one,
    and the length of what it stands in.
    """

    lines: tuple[int, int]
    role: Role
    text: Text
    level: int = 1
    why: str = ""
    starts: bool = False
    indent: int = 0
    within: frozenset[int] = frozenset()
    marker: tuple[int, int] = (0, 0)

    @property
    def words(self) -> str:
        return self.text.string

    @property
    def numbers(self) -> list[int]:
        """The numbers of its lines."""
        return [n for n in range(self.lines[0], self.lines[1] + 1) if n not in self.within]


WRAPPED_AT = 100  # characters; a longer line is a paragraph of its own
SKIPPED = 3  # the next note may be missing, and one after it
SHORT = 90  # characters; a heading, a title or a byline is no longer
MARKED = "marked in plain text"
ITEM = re.compile(r"(?:[•·▪*–-]|[\[(]?\d{1,2}[\]).]|[\[(]?[a-z][\]).])\s+\S")
FURNITURE = re.compile(
    r"(?:produced by\b|transcribed by\b|e-?text prepared by\b|"
    r"\[(?:illustration|photo|image|picture)s?\b[^\]]*\]$|"
    r"last (?:updated|modified)\b|leave a (?:reply|comment)|your e-?mail address will not"
    r"|(?:share|tweet|print|email) this\b|posted (?:on|in|by)\b|filed under\b|tags?:"
    r"|related posts?\b"
    r"|skip to (?:main )?content|back to top|top of (?:the )?page|home\s*[|>»]|menu\b|subscribe\b"
    r"|copyright ©|©|all rights reserved|click here\b|read more\b|required fields are marked)",
    re.I,
)
PAGE = re.compile(r"(?:[-–—\[(] ?)?(?:p(?:age|\.)? ?)?(\d{1,4})(?: ?[-–—\])])?", re.I)
RULE = re.compile(r"[=~_*-]{3,}")
_TABLE_RULE = re.compile(r"(?=[:\s-]*\|)(?=[|:\s]*-)[|:\s-]*")
HEADED = re.compile(r"#{1,6}\s+(?=\S)")
_QUOTED = re.compile(r"(?m)^[^\S\n]*>+ ?")
# What stands over notes: Notes  Notes to Chapter 3  Editor’s notes  **Notes**
_OF = r"(?:\s+(?:to|for|on)\b.{0,60})?"
_NOTES_HEADING = re.compile(
    rf"[*_]{{0,2}}(?:(?:author|editor|translator)(?:[’']?s|s[’'])?\s+)?(?:foot|end)?notes"
    rf"(?: and references)?{_OF}[*_]{{0,2}}[.:]?[*_]{{0,2}}"
    r"|anmerkungen:?|fu(?:ß|ss)noten:?|notas:?|note:|примечани[яе]:?|сноски:?",
    re.I,
)
WORKS_HEADING = re.compile(
    r"(?:works cited|references|bibliography|sources|further reading|suggested readings?):?", re.I
)
LONGEST_HEADING = 90  # characters
DENSE = 12  # lines for each empty one: in a text with fewer of those paragraphs are not set apart
ROOM = 0.9  # of the measure: a line that ends before it was ended by its author
_SHORTENED = re.compile(
    r"\b(?:pp?|vols?|nos?|ch|chs|ed|eds|cf|nn?|art|fig|figs|sect?|ll?|bk|pt|st|dr|mr|mrs)\.$", re.I
)
_LAST_WORD, _FIRST_WORD = re.compile(r"[^\W\d_]+$"), re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-\n|[^\W\d_])")
_BROKEN = re.compile(r"(?<=\w)-\n\s*(?=\w)")
_FEED = re.compile(r"(?<!\s)\s*\n\s*")


class _Line(NamedTuple):
    number: int
    start: int  # its offset in the text
    text: Text
    indent: int


def _lines(text: Text) -> list[_Line]:
    return [
        _Line(number, start, line, _indent(line.string))
        for number, start, line in text.lines()
        if line.string.strip()
    ]


def _indent(string: str) -> int:
    spread = string.expandtabs(8)
    return len(spread) - len(spread.lstrip())


def line_convention(text: Text) -> Literal["paragraphs", "wrapped"]:
    """Tell how a text has its lines: each a paragraph, or broken at a fixed width."""
    return "wrapped" if _is_wrapped(_lines(text)) else "paragraphs"


def _is_wrapped(lines: Sequence[_Line]) -> bool:
    """Tell whether lines were broken at a fixed width.

    Most follow another without a gap; or those that do were broken where no word would have fitted.
    """
    pairs = [(a, b) for a, b in pairwise(lines) if b.number == a.number + 1]
    short = sum(len(line.text) <= WRAPPED_AT for line in lines)
    if len(lines) < 5 or short <= 0.9 * len(lines):
        return False
    edge = max((len(line.text) for line in lines if len(line.text) <= WRAPPED_AT), default=0)
    full = sum(
        len(a.text) + 1 + len(b.text.string.split()[0]) > max(edge - 4, SHORT // 2)
        for a, b in pairs
    )
    return len(pairs) > len(lines) / 2 or (short == len(lines) and full > max(2, len(pairs) / 2))


def pieces_of(text: Text, file: ArticleFile, at: Where, report: Report) -> list[Piece]:
    """Return the pieces of an article; those have a role to which the editor has given one, and
    verse and tables.

    Roles for lines that do not exist or are empty are errors; `at` gives the place of a key in the
    article's file.
    """
    lines = _lines(text)
    decided = _decided(file, {line.number for line in lines}, text, at, report)
    wrapped = file.lines == "wrapped" or (not file.lines and _is_wrapped(lines))
    return [*_Joiner(text, lines, decided, wrapped=wrapped).pieces()]


def _decided(
    file: ArticleFile, known: set[int], text: Text, at: Where, report: Report
) -> dict[int, RoleOf]:
    decided: dict[int, RoleOf] = {}
    for role in file.structure:
        last = min(role.last, text.source.line_count)
        numbers = [n for n in range(role.first, last + 1) if n in known]
        count = text.source.line_count
        if numbers and role.last > count:
            report.error(
                "structure-line",
                f"{role.lines} is to be a {role.role}, but the text has {count} lines",
                at("structure", role.lines),
                f"write {role.first}-{count}, if it is to go on to the end",
            )
        elif not numbers:
            report.error(
                "structure-line",
                f"line {role.first} is to be a {role.role}, but it is empty or not there",
                at("structure", role.lines),
                f"count lines from 1, empty ones too; the last is {count}",
            )
        for n in numbers:
            if n in decided:
                first = at("structure", decided[n].lines).line
                report.error(
                    "structure-twice",
                    f"line {n} is given two roles: {role.role}, and in line {first} of this file "
                    f"{decided[n].role}",
                    at("structure", role.lines),
                    "keep one of them",
                )
            decided[n] = role
    return decided


def _verse_and_tables(lines: Sequence[_Line], wrapped: bool) -> dict[int, tuple[Role, bool]]:
    """Find lines whose ends must be kept: their role, and whether they begin a block."""
    blocks = [*_blocks(lines)]
    if not wrapped and len(blocks) * 2 < len(lines):
        return {}  # no empty lines: nothing tells where a block begins
    ends = sorted(line.indent + len(line.text) for line in lines)
    width = ends[len(ends) * 9 // 10] if wrapped and ends else 80
    found: dict[int, tuple[Role, bool]] = {}
    text = False  # whether the first paragraph has been seen; titles stand before it
    for block in blocks:
        if len(block) > 1 and all(map(_has_cells, block)):
            role = Role.TABLE
        elif text and _is_verse(block, width):
            role = Role.VERSE
        else:
            text = text or sum(len(line.text) for line in block) > SHORT
            continue
        found |= {line.number: (role, line is block[0]) for line in block}
    return found


def _has_cells(line: _Line) -> bool:
    """Tell whether a line is parted by tabs or by signs, but not after its number alone."""
    words = line.text.string.strip()
    number = marker_of(words)
    return "|" in words or "\t" in (words[number.length :] if number.kind == "7." else words)


def _blocks(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield the lines between two empty ones; a table with what is set apart by its tabs."""
    block: list[_Line] = []
    for line in lines:
        if block and line.number != block[-1].number + 1:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _is_verse(block: Sequence[_Line], width: int) -> bool:
    """Tell whether lines were ended by their author: short, with room for the next line’s word."""
    if len(block) < (2 if min(line.indent for line in block) else 4):
        return False
    words = [line.text.string.strip() for line in block]
    if any(
        ITEM.match(w) or marker_of(w).number or FURNITURE.match(w) or w[0] in "|>#[" for w in words
    ):
        return False
    edge = max(line.indent + len(w) for line, w in zip(block, words, strict=True))
    capitals = sum(not w.lstrip("“‘\"'(—_*")[:1].islower() for w in words)
    if edge > 0.9 * width or capitals < 0.7 * len(words):
        return False
    room = sum(
        line.indent + len(w) + 1 + len(after.split()[0]) <= edge
        for line, w, after in zip(block, words, words[1:], strict=False)
    )
    return room * 3 >= len(words) - 1 or edge < 0.7 * width


class _Joiner:
    """Puts lines together: up to an empty line when wrapped, else each on its own.

    Lines of verse and of tables stay by themselves.
    """

    def __init__(
        self, text: Text, lines: Sequence[_Line], decided: dict[int, RoleOf], *, wrapped: bool
    ) -> None:
        self.text, self.lines, self.decided, self.wrapped = text, lines, decided, wrapped
        self.apart = _verse_and_tables(lines, wrapped)
        lengths = sorted(len(line.text.string.rstrip()) for line in lines)
        self.measure = lengths[len(lengths) * 9 // 10] if lengths else 0
        gaps = sum(b.number > a.number + 1 for a, b in pairwise(lines))
        self.count = 0  # the last number that a piece begins with
        self.dense = gaps * DENSE < len(lines)  # only its length tells that a line is the last

    def pieces(self) -> Iterator[Piece]:
        group: list[_Line] = []
        for line in self.lines:
            if group and not (self.wrapped and self._joins(group, line)):
                yield self._piece(group)
                self.count = marker_of(group[0].text.string.strip()).number or self.count
                group = []
            group.append(line)
        if group:
            yield self._piece(group)

    def _joins(self, group: Sequence[_Line], line: _Line) -> bool:
        """Tell whether a line goes on with the piece that the lines before it have begun."""
        last = group[-1]
        role = self.decided.get(line.number)
        if line.number in self.apart or last.number in self.apart:
            return False
        if line.number != last.number + 1 or role is not self.decided.get(last.number):
            return False
        words, before = line.text.string.strip(), last.text.string.strip()
        if role and role.role in (Role.VERSE, Role.TABLE):
            return False
        if PAGE.fullmatch(before) and _begins_a_page(line):
            return False
        if RULE.fullmatch(words) or HEADED.match(group[0].text.string.strip()):
            return False
        if _is_over_notes(words, before) or (len(group) == 1 and _is_over_notes(before, "")):
            return False
        begins = bool(marker_of(words).number or ITEM.match(words))
        follows = self._follows(group, words)
        if role and role.role in (Role.NOTE, Role.WORKS_CITED, Role.LIST):
            numbered = marker_of(group[0].text.string.strip()).number
            return not (follows if numbered and role.role is Role.NOTE else begins)
        if follows or (begins and group[0].indent < line.indent):
            return False  # the next of a list or of the notes
        if self.dense and self._is_short(before, words) and not words[:1].islower():
            return False
        return line.indent == last.indent or len(group) == 1

    def _is_short(self, before: str, words: str) -> bool:
        """Tell whether a line was ended by its author: the next word would have had room in it."""
        first, *_ = words.split(maxsplit=1)
        return len(before) + 1 + len(first) < self.measure * ROOM

    def _follows(self, group: Sequence[_Line], words: str) -> bool:
        """Tell whether words that begin with a number or a dash are what follows a numbered piece.

        A line that was broken may begin with the end of a range, a year, a page or a dash.
        """
        head, before = group[0].text.string.strip(), group[-1].text.string.strip()
        first, number = marker_of(head).number, marker_of(words).number
        if not first and not number:
            first, number = (marker_of(w, bare=True).number for w in (head, words))
            return bool(first) and number == first + 1 and _is_ended(before)
        if number and not first:
            listed = before.endswith(":") and number == 1
            return listed or (self.dense and number == self.count + 1 and _is_ended(before))
        if first and number:
            ended = _is_ended(before) or self._is_short(before, words)
            return first <= number <= first + SKIPPED and ended
        return bool(first and ITEM.match(words)) and before[-1:] in ".:;!?”’\"'"

    def _piece(self, group: Sequence[_Line]) -> Piece:
        first, last = group[0], group[-1]
        words = self.text.slice(first.start, last.start + len(last.text))
        quoted = len(group) > 1 and all(line.text.string.lstrip().startswith(">") for line in group)
        if quoted:
            words = words.sub(_QUOTED, "", "lines joined")
        if "\n" in words.string:
            words = words.sub(_BROKEN, self._mended, "lines joined")
            words = words.sub(_FEED, " ", "lines joined")
        words = words.strip()
        indent = min(line.indent for line in group)
        piece = Piece((first.number, last.number), Role.PARAGRAPH, words, indent=indent)
        role = self.decided.get(first.number)
        if role is None and first.number in self.apart:
            return _kept_apart(piece, *self.apart[first.number])
        if role is None and quoted:
            return replace(piece, role=Role.QUOTATION, why=MARKED)
        if role is None:
            return piece
        why = role.why or "the editor"
        return replace(piece, role=role.role, level=role.level, why=why, starts=role.new)

    def _mended(self, broken: re.Match[str]) -> str:
        """Return the hyphen of a word that was divided at the end of a line if it is its own.

        The text itself tells: the word stands elsewhere in one form or in the other. Else it is a
        compound if both parts are words of the text.
        """
        before = _LAST_WORD.search(broken.string, max(0, broken.start() - 60), broken.start())
        after = _FIRST_WORD.match(broken.string, broken.end())
        if not before or not after or not after[0].islower():
            return "-"
        left, right = before[0].lower(), after[0].lower()
        if f"{left}-{right}" in self._words:
            return "-"
        if left + right in self._words:
            return ""
        return "-" if left in self._words and right in self._words else ""

    @cached_property
    def _words(self) -> frozenset[str]:
        """The words of the text, compounds too, but none that a line's end divides."""
        return frozenset(word.lower() for word in _WORDS.findall(self.text.string))


def _kept_apart(piece: Piece, role: Role, starts: bool) -> Piece:
    """Return a line of verse or of a table."""
    if _TABLE_RULE.fullmatch(piece.words):
        return replace(piece, role=Role.FURNITURE, why="the line under the head of a table")
    if role is Role.TABLE and (inside := re.fullmatch(r"\|\s*+(.*\S)\s*\|", piece.words)):
        piece = replace(piece, text=piece.text.slice(*inside.span(1)))
    return replace(piece, role=role, why="line ends that are kept", starts=starts)


def _begins_a_page(line: _Line) -> bool:
    return line.text.source.line(line.number).lstrip(" ").startswith("\f")


def _is_over_notes(words: str, before: str) -> bool:
    """Tell whether a line is what stands over notes, and no last word of the line before it."""
    return words[:1].isupper() and not before[-1:].isalpha() and is_notes_heading(words)


def _is_ended(words: str) -> bool:
    """Tell whether a line ends a sentence; what stands before a number has a stop as well."""
    return words[-1:] in ".:;!?”’\"')]" and not _SHORTENED.search(words)


def is_notes_heading(words: str) -> bool:
    """Tell whether words are what stands over notes."""
    if len(words) > LONGEST_HEADING:
        return False
    return bool(_NOTES_HEADING.fullmatch(words) or WORKS_HEADING.fullmatch(words))
