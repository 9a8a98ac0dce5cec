"""Checks of one article: quotation marks, dates without an entry, spellings of one name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations

from msgspec import Struct

from . import limits
from .article import Edited
from .characters import Strange, misread, unseen
from .dates import MONTHS, Point
from .diagnostics import Report
from .document import Kind, Role
from .pieces import Piece
from .project import Project
from .schema import Event
from .text import Cover, Span

# --- Sizes ----------------------------------------------------------------------------------------


def check_sizes(edited: Edited, project: Project, report: Report) -> None:
    """Report what is too long to be printed: a paragraph, a note, more notes than can be told."""
    for piece in edited.pieces:
        limit = limits.NOTE if piece.role is Role.NOTE else limits.PARAGRAPH
        if len(piece.words) > limit and piece.role is not Role.FURNITURE:
            what = "note" if piece.role is Role.NOTE else "paragraph"
            report.error(
                "text-large",
                f"this {what} has {len(piece.words):,} characters; a {what} may have {limit:,}",
                piece.text.span(0, 40),
                "see whether the line ends are those of the text; give “lines” in the file of the "
                "article if they are not",
            )
    notes = edited.article.notes
    if len(notes) > limits.NOTES:
        report.error(
            "text-large",
            f"this article has {len(notes):,} notes; it may have {limits.NOTES:,}",
            Span(edited.article.source, 0, 0),
            "divide the article",
        )


# --- Characters -----------------------------------------------------------------------------------


def check_characters(edited: Edited, project: Project, report: Report) -> None:
    """Report characters that are not seen, and words that were read or typed in the wrong alphabet.

    What is not seen is looked for in the copy-text, for cleaning takes it out; the rest in the text
    after emendation. Each kind is told once an article, at its first place, with its count.
    """
    source, text = edited.text.source, edited.text
    found = [(one, Span(source, one.start, one.end)) for one in unseen(source.text)]
    found += [(one, text.span(one.start, one.end)) for one in misread(text.string)]
    report_strange(found, report)


def report_strange(
    found: Iterable[tuple[Strange, Span]], report: Report, *, book: bool = False
) -> None:
    """Report each strange thing once, at its first place, and how often it stands in the file.

    A file of `book/` is ours to correct, and a copy-text is not.
    """
    places: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for one, span in found:
        places[one.code, one.what].append(span)
    for (code, what), spans in places.items():
        times = "" if len(spans) == 1 else f" ({len(spans)} times; first here)"
        mend = "correct" if book else "emend"
        match code:
            case "nul-character":
                report.error(
                    "nul-character",
                    f"the file holds {what}{times}: it is damaged, or no text in UTF-8",
                    spans[0],
                    "look at the file; a text in UTF-16 must be saved as UTF-8",
                )
            case "control-character":
                report.warning(
                    "control-character",
                    f"a control character: {what}{times}",
                    spans[0],
                    "it is taken out in cleaning; see whether a letter was lost here",
                )
            case "bidi-control":
                report.warning(
                    "bidi-control",
                    f"a character that turns the direction of writing: {what}{times}",
                    spans[0],
                    "it is taken out in cleaning; see that the words stand in their order",
                )
            case "zero-width":
                report.warning(
                    "zero-width",
                    f"a character without width within a word: {what}{times}",
                    spans[0],
                    "it is taken out in cleaning; see that it was not meant for a space",
                )
            case "character-lost":
                report.warning(
                    "character-lost",
                    f"a character was lost before the text came here: {what}{times}",
                    spans[0],
                    f"{mend} it",
                )
            case "scripts-mixed":
                report.warning(
                    "scripts-mixed",
                    f"a word has letters of two scripts: {what}{times}",
                    spans[0],
                    f"{mend} the letter: a look-alike is neither found nor indexed",
                )
            case _:
                report.warning(
                    "encoding-wrong",
                    f"letters that were read in the wrong encoding: {what}{times}",
                    spans[0],
                    "write them anew, and save the file as UTF-8"
                    if book
                    else "emend them, or, if there are many, find a better copy-text",
                )


RUNNING = (Role.PARAGRAPH, Role.QUOTATION, Role.LIST, Role.VERSE)

# --- Quotation marks ------------------------------------------------------------------------------

_MARK = re.compile(r"[“”‘’\"]")
_ELISION = re.compile(r"’(?:\d|(?:em|til|tis|twas|cause|n)\b)", re.I)
_BRACKETS = re.compile(r"\[[^\[\]]*\]")


def check_quotation_marks(edited: Edited, project: Project, report: Report) -> None:
    """Report quotation marks that do not pair within a paragraph.

    A quotation of several paragraphs opens each anew and closes at the last (Chicago 13.30).
    """
    pieces = [p for p in edited.pieces if p.role is not Role.FURNITURE]
    for n, piece in enumerate(pieces):
        at, open_ = unpaired(piece.words)
        if at < 0:
            continue
        if open_ and _runs_on(open_, pieces[n + 1 : n + 2]):
            continue
        mark = piece.words[at]
        if open_:
            what = "is not closed"
        elif mark in "“‘":
            what = "opens a quotation within one of its own kind"
        else:
            what = "closes nothing that is open"
        report.warning(
            "quotation-unpaired",
            f"the quotation mark {mark} {what}",
            piece.text.span(at, at + 1),
            "emend it, or accept it in book/exceptions.yaml where the copy-text is to stay",
        )


def unpaired(string: str) -> tuple[int, str]:
    """Return the place of the first mark without a partner, or -1; and what it leaves open.

    What may be an apostrophe or a closing mark (the workers’ party) is read as whichever lets the
    paragraph pair. Words in square brackets are another's and pair by themselves.
    """
    return _read(_BRACKETS.sub(_without_pairs, string))


def _without_pairs(match: re.Match[str]) -> str:
    return " " * len(match[0]) if _read(match[0])[0] < 0 else match[0]


DEEPEST = 6  # quotations within one another; more are no quotations
LOOK_BACK = 12  # opening marks that are tried, when one must be found that is not closed


def _read(string: str) -> tuple[int, str]:
    stacks = frozenset({""})
    for match in _MARK.finditer(string):
        at = match.start()
        stacks = frozenset(
            after
            for stack in stacks
            for after in _after(stack, string, at)
            if len(after) <= DEEPEST
        )
        if not stacks:
            return at, ""
    if "" in stacks:
        return -1, ""
    left = min(stacks, key=lambda stack: (len(stack), stack))
    return _opened_last(string, left[-1]), left


def _opened_last(string: str, mark: str) -> int:
    """Return the opening mark without which the string would pair; else the last one."""
    places = [match.start() for match in _MARK.finditer(string) if match[0] == mark]
    for at in places[: -LOOK_BACK - 1 : -1]:
        if _read(f"{string[:at]} {string[at + 1 :]}")[0] < 0:
            return at
    return places[-1]


def _after(stack: str, string: str, at: int) -> Iterable[str]:
    """Yield what may be open after the mark at a place: opening marks, the outermost first."""
    mark = string[at]
    before, after = string[at - 1 : at] if at else "", string[at + 1 : at + 2]
    if mark == '"':
        yield stack[:-1] if stack[-1:] == '"' else stack + '"'
    elif mark in "“‘":
        if stack[-1:] != mark:
            yield stack + mark
    elif mark == "”":
        if stack[-1:] == "“":
            yield stack[:-1]
    elif before.isalnum() and after.isalnum():
        yield stack
    else:
        if before in ("s", "z", "x") or _ELISION.match(string, at):
            yield stack
        if stack[-1:] == "‘" and before and not before.isspace():
            yield stack[:-1]


def _runs_on(open_: str, following: Sequence[Piece]) -> bool:
    return any(p.role in RUNNING and p.words.startswith(open_[0]) for p in following)


# --- Dates ----------------------------------------------------------------------------------------

FIRST, LAST = 1890, 1949  # years; outside of them nothing is looked for
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_YEAR = r"(?P<year>1[89]\d\d|20\d\d)"
_WHEN = r"(?:(?:early|late|mid) |mid-|the (?:spring|summer|autumn|winter|fall|end) of )?"
_DATES = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:[–-]\d{{1,2}})? (?:of )?{_MONTH}\b"
        rf"(?:,? {_YEAR}\b)?"
    ),
    re.compile(
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d| ?%)"
        rf"(?:(?:[–-]\d{{1,2}})?,? {_YEAR}\b)?"
    ),
    re.compile(rf"\b{_MONTH},? (?:of )?{_YEAR}\b"),
    # that no letter stands before is asked second: a set of characters is looked for fast
    re.compile(rf"[Ii](?<!\w.)n {_WHEN}{_YEAR}\b(?![–-])", re.DOTALL),
)
_WITHOUT_MONTH = _DATES[-1:]


class Dated(Struct, frozen=True):
    """A date in the text, `[start, end)`; year, month and day are 0 where they are not given."""

    start: int
    end: int
    year: int
    month: int
    day: int

    def is_of(self, event: Event) -> bool:
        """Tell whether it is the date of an event; its year, or its day, may be unsaid."""
        date = event.date
        if date.start.month > 12 or date.start.span > 1:
            return False
        if self.day and self.year and date.start.day and date.end.day:
            try:
                this = Point(self.year, self.month, self.day).first()
            except ValueError:
                return False
            return date.start.first() <= this <= date.end.last()
        if self.year not in (0, date.start.year):
            return False
        if self.month and not self.day:  # the days of a month are referred back to by its name
            return self.month == date.start.month
        return (self.month, self.day) == (date.start.month, date.start.day)


def check_dates(edited: Edited, project: Project, report: Report) -> None:
    """Report the dates of an article that no entry of the chronology is supported by.

    One warning a line; one for the article, where it has no entries at all. A date that an entry
    supported elsewhere in the article has is taken as a reference back to it.
    """
    article = edited.article
    events = [e for e in project.events if any(p.article == article.id for p in e.passages)]
    lines = {p.line for e in events for p in e.passages if p.article == article.id}
    without: list[tuple[Piece, Dated]] = []
    for piece in edited.pieces:
        if piece.role not in RUNNING or any(n in lines for n in _range(piece)):
            continue
        found = [d for d in dates(piece.words) if not any(d.is_of(e) for e in events)]
        without += [(piece, d) for d in found[:1]]
    if not without:
        return
    if not events:
        piece, date = without[0]
        report.warning(
            "date-without-entry",
            f"no entry of the chronology has a passage in {article.id}, which has dates in "
            f"{len(without)} paragraph{'' if len(without) == 1 else 's'}",
            piece.text.span(date.start, date.end),
            "add the events to book/chronology.yaml",
        )
        return
    for piece, date in without:
        span = piece.text.span(date.start, date.end)
        report.warning(
            "date-without-entry",
            f"“{piece.words[date.start : date.end]}” is in no entry of the chronology",
            span,
            f"add an event to book/chronology.yaml, or to one that is there the passage "
            f"{article.id}:{span.line}",
        )


def dates(string: str) -> Iterator[Dated]:
    """Yield the days, months and years in a string, by their places; numbers alone are no dates."""
    taken: list[range] = []
    found = []
    for pattern in _DATES if any(month in string for month in MONTHS) else _WITHOUT_MONTH:
        before = Cover(taken)  # the matches of one pattern do not overlap
        for match in pattern.finditer(string):
            given = match.groupdict()
            month = MONTHS.index(given["month"]) + 1 if given.get("month") else 0
            day, year = int(given.get("day") or 0), int(given["year"] or 0)
            here = range(*match.span())
            if before.meets(here.start, here.stop):
                continue
            taken.append(here)
            if day <= 31 and (not year or FIRST <= year <= LAST):
                found.append(Dated(here.start, here.stop, year, month, day))
    yield from sorted(found, key=lambda d: d.start)


def _range(piece: Piece) -> range:
    return range(piece.lines[0], piece.lines[1] + 1)


# --- Spellings ------------------------------------------------------------------------------------

_SPELT = frozenset({Kind.TEXT, Kind.HEADING, Kind.QUOTATION, Kind.NOTE})
SHORTEST = 5  # letters; shorter names are alike too easily


def check_spellings(edited: Edited, project: Project, report: Report) -> None:
    """Report a person whose surname an article spells in two ways, a letter or two apart."""
    spelt: dict[str, dict[str, int]] = {}
    for n, occurrence in enumerate(edited.article.occurrences):
        if occurrence.kind in _SPELT:
            surname = _surname(occurrence.text.string)
            spelt.setdefault(occurrence.person, {}).setdefault(surname, n)
    for person, forms in spelt.items():
        singular = {f: n for f, n in forms.items() if not f.endswith("s") or f[:-1] not in forms}
        for (one, _), (other, n) in combinations(singular.items(), 2):
            if alike(one, other):
                report.warning(
                    "spelling-varies",
                    f"{person} is spelt “{one}” and “{other}” in this article",
                    edited.article.occurrences[n].text.whole_span(),
                    "if one of them is a misprint emend it; if both are the author’s, accept it "
                    "in book/exceptions.yaml",
                )


@cache
def _surname(form: str) -> str:
    return form.split()[-1].title()


def alike(one: str, other: str) -> bool:
    """Tell whether two words may spell one name: they are a letter or two apart."""
    return min(len(one), len(other)) >= SHORTEST and distance(one, other) <= 2


def distance(one: str, other: str) -> int:
    """Return how many letters must be added, left out or changed to make one word the other."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
    return row[-1]
