"""Parse: give every line of a copy-text a role, and put the lines together into pieces.

Rules find what can be found; what the editor says in `structure` goes before every rule.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from .diagnostics import Report
from .document import Role
from .schema import ArticleFile, RoleOf
from .text import Run, Text, Where


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
YEARS = 999  # a higher number is that of a note only where it counts on; else it is a year

_BYLINE = re.compile(r"(?:by|from)\s+\S", re.I)
_BY = re.compile(r"by:?", re.I)
_PERSON = re.compile(
    r"(?!(?i:the|an?|on|of|in|part|chapter|section|book|introduction|preface)\b)"
    r"(?:[A-ZÀ-ÞА-Я][\w’.-]*\s+){1,3}(?:[a-z]{2,3}\s+)?[A-ZÀ-ÞА-Я][\w’-]+"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATELINE = re.compile(
    rf"\b(?:{_MONTH}|No\.|Vol\.|Issue|Spring|Summer|Autumn|Winter)\b.{{0,200}}\d", re.I
)
_YEAR = re.compile(r"[(\[]?1[4-9]\d\d|20\d\d[)\]]?")
_FURNITURE = re.compile(
    r"(?:produced by\b|transcribed by\b|e-?text prepared by\b|"
    r"\[(?:illustration|photo|image|picture)s?\b[^\]]*\]$|"
    r"last (?:updated|modified)\b|leave a (?:reply|comment)|your e-?mail address will not"
    r"|(?:share|tweet|print|email) this\b|posted (?:on|in|by)\b|filed under\b|tags?:"
    r"|related posts?\b"
    r"|skip to (?:main )?content|back to top|top of (?:the )?page|home\s*[|>»]|menu\b|subscribe\b"
    r"|copyright ©|©|all rights reserved|click here\b|read more\b|required fields are marked)",
    re.I,
)
_NOTES_HEADING = re.compile(r"(?:foot|end)?notes(?: and references)?:?", re.I)
_WORKS_HEADING = re.compile(
    r"(?:works cited|references|bibliography|sources|further reading|suggested readings?):?", re.I
)
_WORK = re.compile(r"(?:[\w’.,&\s-]{3,60}|[_—–-]{3,})\..{3,}\([^()]*\d{4}\)")
_CONTENTS_HEADING = re.compile(r"(?:table of )?contents[.:]?", re.I)
_CONTENTS_LINE = re.compile(r".*(?:\.\s?\.\s?\.|\s)(?:\d{1,3}|[ivxlc]+)\.?", re.I)
# 1. Words  (1) Words  [1] Words  [1]Words  [^1]: Words  ¹ Words  1: Words  1.Words  ^1 Words
_NUMBERED = re.compile(
    r"(?:[\[(]?(\d{1,4})[\]).]{1,2}\s+|\[\^?(\d{1,4})\]:?\s*|([¹²³⁰⁴-⁹]{1,4})\s*"
    r"|(\d{1,4})(?::\s+|\.(?=[^\W\d_]|[“‘\"']))|\^(\d{1,4})(?:[:.]\s*|\s+))(?=\S)"
)
_BARE = re.compile(r"(\d{1,4})\s+(?=\S)")  # 1 Words
_BRACKETED = re.compile(r"\[(?:foot)?note\s+(?:(\d{1,4})|([A-Z]))\s*[:.]\s*", re.I)
# Note 1: Words  [note 1] Words
_NAMED = re.compile(r"\[?(?:foot|end)?note\s+(\d{1,4})(?:\]\s*|\s*[:.]\s+)(?=\S)", re.I)
FIGURES = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ITEM = re.compile(r"(?:[•·▪*–-]|[\[(]?\d{1,2}[\]).]|[\[(]?[a-z][\]).])\s+\S")
_OPENING, _CLOSING = "“‘\"'", "”’\"'"
_LEAD_IN = re.compile(r"[:,]\s*(?:\[\d+\])?$")


def note_number(words: str, *, bare: bool = False) -> tuple[int, int]:
    """Return the number with which a note begins and the length of its marker; 0 for none.

    `[Footnote B: …]` is note 2. With `bare` the number may stand without a sign: 1 Words.
    """
    if match := _BRACKETED.match(words):
        number = int(match[1]) if match[1] else ord(match[2].upper()) - ord("A") + 1
    elif match := _NUMBERED.match(words):
        plain = next(filter(None, match.groups()))
        number = int(plain.translate(FIGURES))
    elif (match := _NAMED.match(words)) or (bare and (match := _BARE.match(words))):
        number = int(match[1])
    else:
        return 0, 0
    return number, match.end()


def parse(text: Text, file: ArticleFile, at: Where, report: Report) -> tuple[Piece, ...]:
    """Return the pieces of an article, in the order of the copy-text.

    Every line that is not empty belongs to exactly one piece. Roles for lines that do not exist
    or are empty are errors; `at` gives the place of a key in the article's file.
    """
    lines = _lines(text)
    decided = _decided(file, {line.number for line in lines}, text, at, report)
    wrapped = file.lines == "wrapped" or (not file.lines and _is_wrapped(lines))
    pieces = list(_pieces(text, lines, decided, wrapped))
    first = next((p for p in pieces if p.lines[0] == file.notes_from), None)
    if file.notes_from and not (first and note_number(first.words, bare=True)[0]):
        report.error(
            "notes-from",
            f"no numbered note begins with line {file.notes_from}",
            at("notes_from"),
            "give the line of the first note, or take the key out",
        )
    for rule in (
        _find_wrapper,
        _find_page_numbers,
        _join_over_page_numbers,
        _find_marks,
        _find_bracketed,
        _find_notes,
        _find_works_cited,
        _find_furniture,
        _find_head,
        _find_body,
    ):
        pieces = rule(pieces, file)
    return tuple(
        piece if piece.why else replace(piece, role=Role.PARAGRAPH, why="no other rule")
        for piece in _numbered(pieces)
    )


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


def _pieces(
    text: Text, lines: Sequence[_Line], decided: dict[int, RoleOf], wrapped: bool
) -> Iterator[Piece]:
    """Put lines together: up to an empty line when wrapped, else each on its own.

    Lines of verse and of tables stay by themselves.
    """
    apart = _verse_and_tables(lines, wrapped)
    group: list[_Line] = []
    for line in lines:
        if group and not (wrapped and _joins(group, line, decided, apart)):
            yield _piece(text, group, decided, apart)
            group = []
        group.append(line)
    if group:
        yield _piece(text, group, decided, apart)


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
        if len(block) > 1 and all(
            "\t" in b.text.string.strip() or "|" in b.text.string for b in block
        ):
            role = Role.TABLE
        elif text and _is_verse(block, width):
            role = Role.VERSE
        else:
            text = text or sum(len(line.text) for line in block) > SHORT
            continue
        found |= {line.number: (role, line is block[0]) for line in block}
    return found


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
        _ITEM.match(w) or _NUMBERED.match(w) or _FURNITURE.match(w) or w[0] in "|>#[" for w in words
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


def _joins(
    group: Sequence[_Line],
    line: _Line,
    decided: dict[int, RoleOf],
    apart: dict[int, tuple[Role, bool]],
) -> bool:
    """Tell whether a line goes on with the piece that the lines before it have begun."""
    last = group[-1]
    role = decided.get(line.number)
    if line.number in apart or last.number in apart:
        return False
    if line.number != last.number + 1 or role is not decided.get(last.number):
        return False
    words = line.text.string.strip()
    if role and role.role in (Role.VERSE, Role.TABLE):
        return False
    if _PAGE.fullmatch(last.text.string.strip()) and _begins_a_page(line):
        return False
    if _RULE.fullmatch(words) or _MARKED.match(group[0].text.string.strip()):
        return False
    begins = bool(_NUMBERED.match(words) or _ITEM.match(words))
    if role and role.role in (Role.NOTE, Role.WORKS_CITED, Role.LIST):
        return not begins
    if begins and (_follows(group, words) or group[0].indent < line.indent):
        return False  # the next of a list or of the notes
    return line.indent == last.indent or len(group) == 1


def _follows(group: Sequence[_Line], words: str) -> bool:
    """Tell whether words that begin with a number or a dash are what follows a numbered piece.

    A line that was broken may begin with the end of a range, a year or a dash.
    """
    first, _ = note_number(group[0].text.string.strip())
    number, _ = note_number(words)
    if first and number:
        return first <= number <= first + SKIPPED
    return bool(first) and group[-1].text.string.rstrip()[-1:] in ".:;!?”’\"'"


MARKED = "marked in plain text"
_RULE = re.compile(r"[=~_*-]{3,}")
_TABLE_RULE = re.compile(r"(?=[:\s-]*\|)(?=[|:\s]*-)[|:\s-]*")
_MARKED = re.compile(r"#{1,6}\s+(?=\S)")
_QUOTED = re.compile(r"(?m)^[^\S\n]*>+ ?")
_SLANTED = re.compile(r"([*_]{1,2})(?![*_\s])(.+?)(?<![*_\s])\1")
_BROKEN = re.compile(r"(?<=\w)-\n\s*(?=\w)")
_FEED = re.compile(r"(?<!\s)\s*\n\s*")


def _piece(
    text: Text,
    group: Sequence[_Line],
    decided: dict[int, RoleOf],
    apart: dict[int, tuple[Role, bool]],
) -> Piece:
    first, last = group[0], group[-1]
    words = text.slice(first.start, last.start + len(last.text))
    quoted = len(group) > 1 and all(line.text.string.lstrip().startswith(">") for line in group)
    if quoted:
        words = words.sub(_QUOTED, "", "lines joined")
    if "\n" in words.string:
        words = words.sub(_BROKEN, "-", "lines joined").sub(_FEED, " ", "lines joined")
    words = words.strip()
    indent = min(line.indent for line in group)
    piece = Piece((first.number, last.number), Role.PARAGRAPH, words, indent=indent)
    role = decided.get(first.number)
    if role is None and first.number in apart:
        role_found, starts = apart[first.number]
        if _TABLE_RULE.fullmatch(piece.words):
            return replace(piece, role=Role.FURNITURE, why="the line under the head of a table")
        if role_found is Role.TABLE and (inside := re.fullmatch(r"\|\s*+(.*\S)\s*\|", piece.words)):
            piece = replace(piece, text=piece.text.slice(*inside.span(1)))
        return replace(piece, role=role_found, why="line ends that are kept", starts=starts)
    if role is None and quoted:
        return replace(piece, role=Role.QUOTATION, why=MARKED)
    if role is None:
        return piece
    why = role.why or "the editor"
    return replace(piece, role=role.role, level=role.level, why=why, starts=role.new)


# --- Rules, each from pieces to pieces -----------------------------------------------------------


_START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG")
_END = re.compile(r"(?:\*\*\* ?)?END OF (?:THE |THIS )?PROJECT GUTENBERG", re.I)


def _find_wrapper(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find what the Project Gutenberg puts before and after its texts."""
    start = next((i for i, p in enumerate(pieces) if _START.match(p.words)), -1)
    end = next((i for i, p in enumerate(pieces) if i > start and _END.match(p.words)), len(pieces))
    return [
        replace(p, role=Role.FURNITURE, why="words of the Project Gutenberg")
        if not p.why and (i <= start or i >= end)
        else p
        for i, p in enumerate(pieces)
    ]


PAGE_NUMBER = "the number of a page"
_PAGE = re.compile(r"(?:[-–—\[(] ?)?(?:p(?:age|\.)? ?)?(\d{1,4})(?: ?[-–—\])])?", re.I)


def _find_page_numbers(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find the numbers of printed pages: they stand by themselves at form feeds, and count on."""
    found = list(pieces)
    numbers = [
        (i, int(match[1]))
        for i, p in enumerate(pieces)
        if not p.why and (match := _PAGE.fullmatch(p.words)) and _at_a_feed(p)
    ]
    pairs = list(pairwise(numbers))
    counted = {i for (a, m), (b, n) in pairs if n == m + 1 for i in (a, b)}
    for i in sorted(counted) if len(counted) > 2 else ():
        found[i] = replace(pieces[i], role=Role.FURNITURE, why=PAGE_NUMBER)
    return found


def _join_over_page_numbers(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Join paragraphs that go on on the next page, which the number of a page stands between."""
    found: list[Piece] = []
    parts: list[Piece] = []
    inner: list[Piece] = []  # numbers of pages between the parts of a paragraph
    after: list[Piece] = []  # and after the last of them
    for piece in pieces:
        if piece.why == PAGE_NUMBER:
            after.append(piece)
        elif parts and after and _goes_on(parts, piece):
            inner += after
            parts.append(piece)
            after = []
        else:
            found += (*_joined(parts, inner), *after)
            parts, inner, after = [piece], [], []
    return [*found, *_joined(parts, inner), *after]


def _goes_on(parts: Sequence[Piece], after: Piece) -> bool:
    """Tell whether a sentence goes on: it has not ended, and what comes after is no heading."""
    before = parts[-1]
    if before.why or after.why or _ENDED.search(before.words):
        return False
    begins = after.words.lstrip("“‘\"'([")[:1]
    long = len(parts) > 1 or len(before.words) > SHORT
    return begins.islower() or (long and len(after.words) > SHORT)


def _joined(parts: Sequence[Piece], inner: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the parts of a paragraph as one, and after it what stands within it."""
    if not inner:
        yield from parts
        return
    runs = list(parts[0].text.runs)
    for before, after in pairwise(parts):
        words = "" if _DIVIDED.search(before.words) else " "
        runs.append(Run(words, runs[-1].end, after.text.runs[0].start, ("lines joined",)))
        runs += after.text.runs
    yield replace(
        parts[0],
        lines=(parts[0].lines[0], parts[-1].lines[1]),
        text=Text(parts[0].text.source, tuple(runs)),
        within=frozenset(n for piece in inner for n in piece.numbers),
    )
    yield from inner


_DIVIDED = re.compile(r"\w-$")


def _begins_a_page(line: _Line) -> bool:
    return line.text.source.line(line.number).lstrip(" ").startswith("\f")


def _at_a_feed(piece: Piece) -> bool:
    source, (first, last) = piece.text.source, piece.lines
    return "\f" in source.text[source.line_start(max(1, first - 3)) : source.line_start(last + 4)]


def _find_marks(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find the headings and quotations that plain text marks: # Words, words with a line of
    signs under them, > words."""
    found = list(pieces)
    levels: dict[int, int] = {}
    for i, piece in enumerate(pieces):
        if piece.why:
            continue
        words, before = piece.words, found[i - 1] if i else None
        if match := _MARKED.match(words):
            levels[i] = match.end()
            text = piece.text.slice(match.end(), len(piece.text))
            level = len(match[0].strip())
            found[i] = replace(piece, role=Role.HEADING, text=text, why=MARKED, level=level)
        elif match := re.match(r">+ ?(?=\S)", words):
            text = piece.text.slice(match.end(), len(piece.text))
            found[i] = replace(piece, role=Role.QUOTATION, text=text, why=MARKED)
        elif (
            before
            and not before.why
            and _RULE.fullmatch(words)
            and before.lines[0] == before.lines[1] == piece.lines[0] - 1
            and len(before.words) < SHORT
        ):
            level = 1 if words[0] == "=" else 2
            found[i - 1] = replace(before, role=Role.HEADING, why=MARKED, level=level)
            found[i] = replace(piece, role=Role.FURNITURE, why="the line under a heading")
    return _levelled(found, file)


def _levelled(found: list[Piece], file: ArticleFile) -> list[Piece]:
    """Make the first heading the title if no other is as high; let the others count from 1."""
    marked = [i for i, p in enumerate(found) if p.role is Role.HEADING and p.why == MARKED]
    if not marked:
        return found
    first, rest = marked[0], marked[1:]
    titled = file.title or any(p.role is Role.TITLE for p in found)
    if not titled and first < 3 and all(found[i].level > found[first].level for i in rest):
        found[first] = replace(found[first], role=Role.TITLE, level=1)
        marked = rest
    highest = min((found[i].level for i in marked), default=1)
    for i in marked:
        found[i] = replace(found[i], level=min(found[i].level - highest + 1, 4))
    return found


def _find_bracketed(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find notes that stand in brackets within the text: [Footnote 3: …], over paragraphs."""
    found = list(pieces)
    depth = 0
    for i, piece in enumerate(pieces):
        if piece.why or not (depth or _BRACKETED.match(piece.words)):
            continue
        depth += piece.words.count("[") - piece.words.count("]")
        found[i] = replace(piece, role=Role.NOTE, why="a footnote in brackets")
        depth = max(depth, 0)
    return found


def _find_notes(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Notes are the last run of numbered pieces that counts from 1 upwards to the end.

    Before it there may be others, each at the end of a chapter, under a heading of its own; and
    notes may stand in the text, each after the paragraph that calls it: [1] Words. Where there are
    none, numbers may stand without a sign, 1 Words, under such a heading or from the line that the
    editor names.
    """
    numbers, called, runs = _runs(pieces, file)
    if not any(runs):
        bare, more, others = _runs(pieces, file, bare=True)
        if file.notes_from or (others[0] and _is_notes_heading(pieces, others[0][0][0] - 1)):
            numbers, called, runs = bare, more, others
    found = list(pieces)
    for run in runs:
        if not run:
            continue
        first, last = run[0][0], run[-1][0]
        inside = {i for i, _ in run}
        among_text = any(
            first < i < last for n in range(1, len(run)) for i in called.get(n + 1, ())
        )
        for i in range(first, last + 1):
            if not found[i].why and (i in inside or not among_text):
                why = "a run of numbered notes"
                found[i] = replace(found[i], role=Role.NOTE, why=why)
        if _is_notes_heading(pieces, first - 1) and found[first - 1].why in ("", MARKED):
            why = "heading of the notes"
            found[first - 1] = replace(found[first - 1], role=Role.FURNITURE, why=why)
    for i, n in numbers:
        if not found[i].why and found[i].words[0] == "[" and called.get(n, [i])[0] < i:
            found[i] = replace(found[i], role=Role.NOTE, why="a note among the text")
    return found


Numbers = list[tuple[int, int]]  # pieces, by their ranks, and the numbers that they begin with


def _runs(
    pieces: list[Piece], file: ArticleFile, *, bare: bool = False
) -> tuple[Numbers, dict[int, list[int]], list[Numbers]]:
    """Return the numbered pieces, where each number is called, and the runs of notes, the last
    first."""
    numbers = [
        (i, n)
        for i, p in enumerate(pieces)
        if p.role is not Role.FURNITURE and p.why != MARKED
        if (n := note_number(p.words, bare=bare)[0])
    ]
    if bare:
        numbers = _in_turn(numbers)
    all_numbers = {n for _, n in numbers}
    numbers = [(i, n) for i, n in numbers if n <= YEARS or n - 1 in all_numbers]
    called = _called(pieces, {i for i, _ in numbers})
    if file.notes_from:
        run = [(i, n) for i, n in numbers if pieces[i].lines[0] >= file.notes_from]
        return numbers, called, [run]
    runs = [_last_count(numbers, pieces, called)]
    while runs[-1]:
        start = runs[-1][0][0]
        run = _last_count([(i, n) for i, n in numbers if i < start], pieces, called)
        runs.append(run if run and _is_notes_heading(pieces, run[0][0] - 1) else [])
    return numbers, called, runs


def _in_turn(numbers: Numbers) -> Numbers:
    """Return the numbers that count upwards from 1, each time that there is a 1."""
    found: Numbers = []
    for i, number in numbers:
        last = found[-1][1] if found else number
        if number == 1 or last < number <= last + SKIPPED:
            found.append((i, number))
    return found


def _numbered(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces, notes with the numbers that they begin with.

    They stand without a sign if that of the first does; then only one that is in its turn counts.
    """
    first = next((piece.words for piece in pieces if piece.role is Role.NOTE), "")
    bare = not note_number(first)[0] and note_number(first, bare=True)[0] == 1
    markers = {
        i: note_number(piece.words, bare=bare)
        for i, piece in enumerate(pieces)
        if piece.role is Role.NOTE
    }
    numbers = [(i, number) for i, (number, _) in markers.items() if number]
    counted = dict(_in_turn(numbers) if bare else numbers)
    for i, piece in enumerate(pieces):
        yield replace(piece, marker=markers[i]) if i in counted else piece


def _is_notes_heading(pieces: list[Piece], i: int) -> bool:
    words = pieces[i].words if i >= 0 else ""
    return bool(_NOTES_HEADING.fullmatch(words) or _WORKS_HEADING.fullmatch(words))


_NOTE = r"(?:(?:[Ff]oot|[Ee]nd)?[Nn]ote\s+)?"
# Calls of notes, each with its figures: [7] [^7] [note 7]  (7) (note 7)  ⁷  ^7
IN_BRACKETS = rf"\[(?:\^|{_NOTE})(\d{{1,4}})\]"
IN_PARENTHESES = rf"\({_NOTE}(\d{{1,4}})\)"
SUPERIOR = r"(?<![¹²³⁰⁴-⁹])([¹²³⁰⁴-⁹]{1,4})(?![¹²³⁰⁴-⁹])"
RAISED = r"(?<=[^\W\d]|[.,;:!?”’\"')])\^(\d{1,4})(?!\d)"
_ANY_CALL = re.compile("|".join((IN_BRACKETS, IN_PARENTHESES, SUPERIOR, RAISED)))


def _called(pieces: list[Piece], numbered: set[int]) -> dict[int, list[int]]:
    """Return for every number that is called the pieces in which it is."""
    called: dict[int, list[int]] = {}
    for i, piece in enumerate(pieces):
        if i in numbered or piece.role in (Role.NOTE, Role.FURNITURE):
            continue
        for match in _ANY_CALL.finditer(piece.words):
            number = next(filter(None, match.groups()))
            called.setdefault(int(number.translate(FIGURES)), []).append(i)
    return called


def _last_count(
    numbers: list[tuple[int, int]], pieces: list[Piece], called: dict[int, list[int]]
) -> list[tuple[int, int]]:
    """Return the last run 1, 2, 3… of numbered pieces; calls before them must call for it.

    A number may be missing, if it is nowhere between the 1 and the place where it should stand.
    """
    run: list[tuple[int, int]] = []  # the last first
    places: dict[int, list[int]] = {}
    for at, (_, number) in enumerate(numbers):
        places.setdefault(number, []).append(at)

    def last(number: int, before: int) -> int:
        listed = places.get(number, [])
        n = bisect_left(listed, before)
        return listed[n - 1] if n else -1

    for at in range(len(numbers) - 1, -1, -1):
        index, number = numbers[at]
        wanted = run[-1][1] - 1 if run else number
        gap = wanted - SKIPPED <= number < wanted
        if number == wanted or (gap and last(wanted, at) <= last(1, at + 1)):
            run.append((index, number))
        elif number >= run[-1][1]:
            if run[-1][1] == 1:
                break
            if number > run[-1][1]:  # not one whose number stands twice
                run = [(index, number)]
    if not run or run[-1][1] != 1:
        return []
    run.reverse()
    met = [n for i, n in run if called.get(n, [i])[0] < i]
    if len(met) * 2 >= len(run):
        return run
    before = " ".join(p.words for p in pieces[: run[0][0]] if p.role is not Role.FURNITURE)
    return run if glued_calls(len(run), before) else []


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
    found = [
        replace(p, role=Role.FURNITURE, why="words of a web page, not of the article")
        if not p.why and len(p.words) < SHORT and _FURNITURE.match(p.words)
        else p
        for p in pieces
    ]
    for i, piece in enumerate(found):
        if piece.why not in ("", MARKED) or not _CONTENTS_HEADING.fullmatch(piece.words):
            continue
        end = i + 1
        while end < len(found) and _is_contents_line(found[end]):
            end += 1
        for k in range(i, end if end > i + 1 else i):
            found[k] = replace(found[k], role=Role.FURNITURE, why="a table of contents")
    return found


def _is_contents_line(piece: Piece) -> bool:
    kept = piece.role is Role.PARAGRAPH and not piece.why
    line = _CONTENTS_LINE.fullmatch(piece.words) and not _CHAPTER.fullmatch(piece.words)
    return bool(line) and (kept or piece.role in (Role.VERSE, Role.TABLE))


def _find_head(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find title, kicker, byline and dateline among the short pieces before the first long one."""
    found = list(pieces)
    end = next((i for i, p in enumerate(pieces) if _is_prose(p)), len(pieces))
    last = max(
        (
            i
            for i, p in enumerate(pieces)
            if p.role in (Role.TITLE, Role.BYLINE, Role.DATELINE) and p.why
        ),
        default=-1,
    )
    has_title = file.title or any(p.role is Role.TITLE and p.why for p in pieces)
    has_byline = any(p.role is Role.BYLINE and p.why for p in pieces)
    for i in range(end):
        if found[i].why:
            continue
        if slanted := _SLANTED.fullmatch(found[i].words):
            text = found[i].text.slice(*slanted.span(2))
            found[i] = replace(found[i], text=text)
        words = found[i].words
        after_by = i > 0 and found[i - 1].role is Role.BYLINE and _BY.fullmatch(found[i - 1].words)
        if len(words) < SHORT and (_BYLINE.match(words) or _BY.fullmatch(words) or after_by):
            role = Role.BYLINE
        elif has_title and (_DATELINE.search(words) or _YEAR.fullmatch(words)):
            role = Role.DATELINE
        elif not has_title:
            role, has_title = Role.TITLE, True
        elif not has_byline and _are_persons(words):
            role = Role.BYLINE
        elif i < last:
            role = Role.KICKER
        else:
            continue  # a heading before the first paragraph
        has_byline = has_byline or role is Role.BYLINE
        found[i] = replace(found[i], role=role, why="a short line before the first paragraph")
    return found


def _are_persons(words: str) -> bool:
    names = re.split(r", (?:and )?| and | & ", words)
    return all(_PERSON.fullmatch(name) for name in names)


def _is_prose(piece: Piece) -> bool:
    if piece.why:
        return piece.role in (Role.PARAGRAPH, Role.QUOTATION)
    return len(piece.words) > 150 or (len(piece.words) > SHORT and piece.words[-1:] in ".?!”’")


def _find_body(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find headings, block quotations and lists."""
    found = list(pieces)
    margin = min((p.indent for p in pieces), default=0)
    following: list[Piece | None] = []  # the next piece that is printed, from the last piece on
    after: Piece | None = None
    for piece in reversed(pieces):
        following.append(after)
        after = after if piece.role is Role.FURNITURE else piece
    for i, piece in enumerate(pieces):
        if piece.why:
            continue
        before = found[i - 1] if i else None
        after = following[-1 - i]
        if piece.indent >= margin + 3 and piece.lines[0] != piece.lines[1]:
            found[i] = replace(piece, role=Role.QUOTATION, why="indented")
        elif _is_item(pieces, i):
            found[i] = replace(piece, role=Role.LIST, why="a run of items")
        elif _is_broken_off(found, i):
            found[i] = replace(piece, role=Role.PARAGRAPH, why="broken off by the end of a page")
        elif _is_heading(piece, after):
            found[i] = replace(piece, role=Role.HEADING, why="a short line by itself")
        elif before and _is_quotation(piece, before):
            found[i] = replace(piece, role=Role.QUOTATION, why="after a lead-in", starts=True)
    return found


def _is_broken_off(pieces: Sequence[Piece], i: int) -> bool:
    """Tell whether a piece ends a page, as no heading does, or goes on with what ended one."""
    if i + 1 < len(pieces) and pieces[i + 1].why == PAGE_NUMBER:
        return True
    if i < 2 or pieces[i - 1].why != PAGE_NUMBER:
        return False
    before = pieces[i - 2]
    return before.role is Role.PARAGRAPH and not _ENDED.search(before.words)


_ENDED = re.compile(r"[.:;!?…][”’\"')]*(?:\[\d+\])?$")  # a sentence, with the call of a note


def _is_item(pieces: list[Piece], i: int) -> bool:
    near = [p for p in pieces[max(0, i - 1) : i + 2] if _ITEM.match(p.words)]
    return bool(_ITEM.match(pieces[i].words)) and len(near) > 1


_CHAPTER = re.compile(
    r"(?:(?:chapter|part|book|section|canto|letter|lecture)\s+)?(?:[IVXLC]+|\d{1,2})\.?"
    r"|(?:chapter|part|book|section)\s+(?:the\s+)?[a-z]+(?:-[a-z]+)?\.?",
    re.I,
)


def _is_heading(piece: Piece, after: Piece | None) -> bool:
    words = piece.words
    if not after or len(words) >= SHORT or after.role is Role.NOTE:
        return False
    if _CHAPTER.fullmatch(words) and words[:1].isupper():
        return True
    if words.isupper() and len(words) > 3 and len(after.words) > 3:
        return not re.search(r"[:;,!…”’\"\]]$", words)
    if piece.lines[0] != piece.lines[1] and words.endswith("?"):
        return False  # a question, broken into two lines
    return bool(
        (len(after.words) > len(words) or after.role is Role.HEADING)
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
