"""Parse: give every piece of a copy-text a role.

Rules find what can be found; what the editor says in `structure` goes before every rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from .diagnostics import Report
from .document import Role
from .endnotes import check_headings, find_bracketed, find_notes, numbered
from .markers import is_ended, markers_of, without_last_calls
from .pieces import (
    FURNITURE,
    HEADED,
    ITEM,
    MARKED,
    PAGE,
    RULE,
    SHORT,
    WORKS_HEADING,
    Piece,
    pieces_of,
)
from .schema import ArticleFile
from .text import Text, Where

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
_WORK = re.compile(r"(?:[\w’.,&\s-]{3,60}|[_—–-]{3,})\..{3,}\([^()]*\d{4}\)")
_CONTENTS_HEADING = re.compile(r"(?:table of )?contents[.:]?", re.I)
_CONTENTS_LINE = re.compile(r".*(?:\.\s?\.\s?\.|\s)(?:\d{1,3}|[ivxlc]+)\.?", re.I)
_OPENING, _CLOSING = "“‘\"'", "”’\"'"
_LEAD_IN = re.compile(r"[:,]\s*(?:\[\d+\])?$")


def parse(text: Text, file: ArticleFile, at: Where, report: Report) -> tuple[Piece, ...]:
    """Return the pieces of an article, in the order of the copy-text.

    Every line that is not empty belongs to exactly one piece. Roles for lines that do not exist
    or are empty are errors; `at` gives the place of a key in the article's file.
    """
    pieces = pieces_of(text, file, at, report)
    first = next((p for p in pieces if p.lines[0] == file.notes_from), None)
    if file.notes_from and not (first and any(markers_of(first.words))):
        report.error(
            "notes-from",
            f"no numbered note begins with line {file.notes_from}",
            at("notes_from"),
            "give the line of the first note, or take the key out",
        )
    for rule in (
        _find_wrapper,
        _find_page_numbers,
        _find_running_heads,
        _join_over_pages,
        _find_marks,
        find_bracketed,
        find_notes,
        _join_over_notes,
        _find_works_cited,
        _find_furniture,
        _find_head,
        _find_body,
    ):
        pieces = rule(pieces, file)
    check_headings(pieces, report)
    return tuple(
        piece if piece.why else replace(piece, role=Role.PARAGRAPH, why="no other rule")
        for piece in numbered(pieces)
    )


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


PAGE_NUMBER, RUNNING_HEAD = "the number of a page", "a running head"
PAGES = (PAGE_NUMBER, RUNNING_HEAD)
LONGEST_HEAD = 60  # characters of a running head


def _find_page_numbers(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find the numbers of printed pages: they stand by themselves and count on, and at form feeds
    or within sentences."""
    found = list(pieces)
    numbers = [
        (i, int(match[1]))
        for i, p in enumerate(pieces)
        if not p.why and (match := PAGE.fullmatch(p.words))
    ]
    for chain in _chains(numbers):
        feeds = [i for i in chain if _at_a_feed(pieces[i])]
        within = [i for i in chain if _parts_a_sentence(pieces, i)]
        if len(feeds) > 2 or len(within) * 3 > max(len(chain), 5):
            for i in chain if len(feeds) < 3 or len(within) * 3 > len(chain) else feeds:
                found[i] = replace(pieces[i], role=Role.FURNITURE, why=PAGE_NUMBER)
    return found


def _chains(numbers: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield the ranks of three numbers or more that count on, one after the other."""
    chain: list[int] = []
    last = 0
    for i, number in numbers:
        if chain and number != last + 1:
            if len(chain) > 2:
                yield chain
            chain = []
        chain.append(i)
        last = number
    if len(chain) > 2:
        yield chain


_HEAD = re.compile(r"(?:(\d{1,4})\s+)?(\D*[^\W\d_]\D*?)(?:\s+(\d{1,4}))?")


def _find_running_heads(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find what stood over every page: the same short words again and again, with or without the
    number of the page, and within sentences or at form feeds."""
    heads: dict[str, list[tuple[int, int]]] = {}
    start = next((i for i, p in enumerate(pieces) if _is_prose(p)), 0)  # the title stands before it
    for i, piece in enumerate(pieces):
        if (
            i < start
            or piece.why
            or len(piece.words) > LONGEST_HEAD
            or piece.lines[0] != piece.lines[1]
        ):
            continue
        if match := _HEAD.fullmatch(piece.words):
            number = int(match[1] or match[3] or 0)
            heads.setdefault(match[2].casefold(), []).append((i, number))
    found = list(pieces)
    for own in heads.values():
        if len(own) < 3:
            continue
        within = sum(_parts_a_sentence(pieces, i) for i, _ in own)
        feeds = sum(_at_a_feed(pieces[i]) for i, _ in own)
        numbers = [number for _, number in own]
        numbered = all(numbers) and all(a < b for a, b in pairwise(numbers))
        if within * (4 if numbered else 2) >= len(own) or feeds * 2 > len(own):
            for i, _ in own:
                found[i] = replace(pieces[i], role=Role.FURNITURE, why=RUNNING_HEAD)
    return found


def _parts_a_sentence(pieces: Sequence[Piece], i: int) -> bool:
    """Tell whether a piece stands between two parts of a sentence; what else stands over or under
    a page, and the notes at its foot, may be there too."""
    before = next((p for p in pieces[max(0, i - 12) : i][::-1] if len(p.words) > SHORT), None)
    after = next((p for p in pieces[i + 1 : i + 4] if p.words[:1].isalpha()), None)
    return bool(before and after and not is_ended(before.words) and after.words[:1].islower())


def _join_over_pages(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Join paragraphs that go on on the next page, whose number or head stands between them."""
    return _join_over(pieces, lambda piece: piece.why in PAGES, _goes_on)


def _join_over_notes(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Join paragraphs that go on after the notes at the foot of a page."""

    def is_between(piece: Piece) -> bool:
        return piece.role is Role.NOTE or piece.why in PAGES

    def goes_on(parts: Sequence[Piece], after: Piece) -> bool:
        return _goes_on(parts, after) and after.words.lstrip("“‘\"'([")[:1].islower()

    return _join_over(pieces, is_between, goes_on)


def _join_over(
    pieces: Sequence[Piece],
    is_between: Callable[[Piece], bool],
    goes_on: Callable[[Sequence[Piece], Piece], bool],
) -> list[Piece]:
    found: list[Piece] = []
    parts: list[Piece] = []
    inner: list[Piece] = []  # what stands between the parts of a paragraph
    after: list[Piece] = []  # and after the last of them
    for piece in pieces:
        if is_between(piece):
            after.append(piece)
        elif parts and after and goes_on(parts, piece):
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
    if before.why or after.why or is_ended(before.words):
        return False
    begins = after.words.lstrip("“‘\"'([")[:1]
    long = len(parts) > 1 or len(before.words) > SHORT
    return begins.islower() or (long and len(after.words) > SHORT)


def _joined(parts: Sequence[Piece], inner: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the parts of a paragraph as one, and after it what stands within it."""
    if not inner:
        yield from parts
        return
    text = parts[0].text
    for before, after in pairwise(parts):
        between = "" if _DIVIDED.search(before.words) else " "
        text = text.followed_by(after.text, between, "lines joined")
    yield replace(
        parts[0],
        lines=(parts[0].lines[0], parts[-1].lines[1]),
        text=text,
        within=parts[0].within.union(*(p.within for p in parts), *(p.numbers for p in inner)),
    )
    yield from inner


_DIVIDED = re.compile(r"\w-$")


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
        if match := HEADED.match(words):
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
            and RULE.fullmatch(words)
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


def _find_works_cited(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Works cited are a run of three or more bibliographical entries."""
    found = list(pieces)
    matches = [not p.why and bool(_WORK.match(p.words)) and len(p.words) < 300 for p in pieces]
    for i in range(len(pieces)):
        window = matches[max(0, i - 2) : i + 3]
        if matches[i] and sum(window) >= 3:
            found[i] = replace(pieces[i], role=Role.WORKS_CITED, why="a run of references")
    for a, b in zip(range(len(found)), range(1, len(found)), strict=False):
        heading = not found[a].why and WORKS_HEADING.fullmatch(found[a].words)
        if heading and found[b].role is Role.WORKS_CITED:
            found[a] = replace(found[a], role=Role.FURNITURE, why="heading of the works cited")
    return found


def _find_furniture(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    found = [
        replace(p, role=Role.FURNITURE, why="words of a web page, not of the article")
        if not p.why and len(p.words) < SHORT and FURNITURE.match(p.words)
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


_SLANTED = re.compile(r"([*_]{1,2})(?![*_\s])(.+?)(?<![*_\s])\1")


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
        elif not has_byline and _are_persons(words, pieces):
            role = Role.BYLINE
        elif i < last:
            role = Role.KICKER
        else:
            continue  # a heading before the first paragraph
        has_byline = has_byline or role is Role.BYLINE
        found[i] = replace(found[i], role=role, why="a short line before the first paragraph")
    return found


def _are_persons(words: str, pieces: Sequence[Piece]) -> bool:
    """Tell whether words are names, not a heading whose words the text has without capitals."""
    names = re.split(r", (?:and )?| and | & ", words)
    if not all(_PERSON.fullmatch(name) for name in names):
        return False
    parts = {part.lower() for name in names for part in name.split()}
    return not parts <= {word for piece in pieces for word in _SMALL.findall(piece.words)}


_SMALL = re.compile(r"\b[a-zà-ÿ’]+\b")


def _is_prose(piece: Piece) -> bool:
    if piece.why:
        return piece.role in (Role.PARAGRAPH, Role.QUOTATION)
    words = without_last_calls(piece.words)
    return len(words) > 150 or (len(words) > SHORT and words[-1:] in ".?!”’")


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
    if i + 1 < len(pieces) and pieces[i + 1].why in PAGES:
        return True
    if i < 2 or pieces[i - 1].why not in PAGES:
        return False
    before = next((p for p in pieces[i - 2 :: -1] if p.why not in PAGES), None)
    if before is None or before.lines[1] > pieces[i - 1].lines[0]:
        return False  # the page ends within the paragraph before
    return before.role is Role.PARAGRAPH and not is_ended(before.words)


def _is_item(pieces: list[Piece], i: int) -> bool:
    near = [p for p in pieces[max(0, i - 1) : i + 2] if ITEM.match(p.words)]
    return bool(ITEM.match(pieces[i].words)) and len(near) > 1


_CHAPTER = re.compile(
    r"(?:(?:chapter|part|book|section|canto|letter|lecture)\s+)?(?:[IVXLC]+|\d{1,2})\.?"
    r"|(?:chapter|part|book|section)\s+(?:the\s+)?[a-z]+(?:-[a-z]+)?\.?",
    re.I,
)


# Where and when a letter was written: Velmora, 3 April 1862
_PLACE = re.compile(
    rf"[^\W\d_][\w ’.-]{{1,40}}, (?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?{_MONTH}"
    r"(?: \d{1,2}(?:st|nd|rd|th)?)?,? \d{4}\.?"
)


def _is_heading(piece: Piece, after: Piece | None) -> bool:
    words = without_last_calls(piece.words)
    if not after or len(words) >= SHORT or after.role is Role.NOTE or _PLACE.fullmatch(words):
        return False
    if _CHAPTER.fullmatch(words) and words[:1].isupper():
        return True
    if words.isupper() and len(words) > 3 and len(after.words) > 3:
        return not re.search(r"[:;,!…”’\"\]]$", words)
    if piece.lines[0] != piece.lines[1] and words.endswith("?"):
        return False  # a question, broken into two lines
    return bool(
        (len(after.words) > len(words) or after.role is Role.HEADING)
        and not re.search(r"[.:;,!…”’\"]$", words)
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
