"""Citations: parse notes and works-cited entries against the register of works.

Short forms and pinpoints as in the Chicago Manual of Style (18th ed., 13.23–38, 9.63); no *Ibid.*,
*op. cit.* or *loc. cit.* is left: each is resolved to its work and pinpoint by rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from .diagnostics import Report
from .document import Citation, Emphasis, Inline, Inlines, foreign
from .pages import roman
from .schema import Form, Work
from .text import Text

_FOLD = str.maketrans("–—‐‑’‘“”\u00a0", "----''\"\" ")


def fold(string: str) -> str:
    """Return a string of the same length with dashes, quotation marks and spaces made plain."""
    return string.translate(_FOLD)


class Source(Struct, frozen=True):
    """One source within a note: the stretch of the note that names it, and what it says."""

    start: int
    end: int
    citation: Citation
    pinpoint: Pinpoint
    said: (
        str  # the words that named the work: of this note, or of the one that *Ibid.* goes back to
    )
    inlines: Inlines


class Parsed(Struct, frozen=True):
    """A note with its sources; the words between them stay as they stand."""

    text: Text
    sources: tuple[Source, ...]

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(source.citation for source in self.sources)

    def inlines(self) -> Inlines:
        """Return the words of the note as printed, with a stop at its end."""
        made: list[Inline] = []
        done = 0
        for source in self.sources:
            made.append(self.text.slice(done, source.start))
            made += source.inlines
            done = source.end
        made.append(self.text.slice(done, len(self.text)))
        if not is_stopped(self.text.string[done:]):
            made.append(".")
        return tuple(inline for inline in made if str(inline))


class Antecedent(Struct, frozen=True):
    """What *Ibid.* may go back to: the sources of the note before, and that note's number."""

    number: int = 0
    sources: tuple[Source, ...] = ()


class Register(Struct, frozen=True, dict=True):
    """The works by their short forms, longest first."""

    works: Mapping[str, Work]
    forms: tuple[tuple[str, str, Form], ...]  # folded form, work, form

    @classmethod
    def of(cls, works: Mapping[str, Work]) -> Register:
        forms = [(fold(f.form), name, f) for name, work in works.items() for f in work.forms]
        return cls(works, tuple(sorted(forms, key=lambda f: (-len(f[0]), f[0], f[1]))))

    @cached_property
    def _by_letter(self) -> Mapping[str, tuple[tuple[str, str, Form], ...]]:
        found: dict[str, list[tuple[str, str, Form]]] = {}
        for form in self.forms:
            found.setdefault(form[0][:1], []).append(form)
        return {letter: tuple(forms) for letter, forms in found.items()}

    @cached_property
    def items(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """The works before whose form the number of an item may stand, and how it looks."""
        return tuple((n, re.compile(work.item)) for n, work in self.works.items() if work.item)

    def match(self, string: str, start: int, article: str, line: int) -> list[tuple[str, int]]:
        """Return the works whose form stands at `start`, with the end of the form: the longest."""
        found: list[tuple[str, int]] = []
        scoped: list[tuple[str, int]] = []
        length = 0
        for form, work, entry in self._by_letter.get(string[start : start + 1], ()):
            if length and len(form) < length:
                break
            end = start + len(form)
            if not string.startswith(form, start) or string[end : end + 1].isalnum():
                continue
            if not entry.within:
                found.append((work, end))
            elif any(place.covers(article, line) for place in entry.within):
                scoped.append((work, end))
            else:
                continue
            length = len(form)
        return list(dict.fromkeys(scoped or found))


# --- Pinpoints ----------------------------------------------------------------------------------

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_NUMBER = r"(?:\d+|[ivxlcdm]+)"
# a list goes on with a number that neither begins a date nor counts what comes after it
_MORE = r"(?:,\ ?|\ and\ |\ &\ )(?!(?:1[89]|20)\d\d\b)\d+(?:[-–]\d+)?"
_RANGES = rf"{_NUMBER}(?:[-–]\d+|[-–][ivxlcdm]+)?(?:{_MORE}(?=\s*(?:[,;.)\]]|$|and\b|&)))*"
_PARTS = re.compile(
    rf"""(?P<volume>[Vv]ols?\.?\ ?(?:\d+|[IVXLC]+)\b)
    |(?P<pages>pp?\.?\ ?{_RANGES}(?!\w))
    |(?P<date>(?:\d{{1,2}}(?:[-–]\d{{1,2}})?\ )?{_MONTH}(?:[-–/]{_MONTH})?\ \d{{4}}
        |{_MONTH}\ \d{{1,2}},\ \d{{4}})
    |(?P<chapter>(?:ch(?:ap(?:ter)?)?s?|bk|pt|part|sec(?:tion)?|§)\.?
        \ ?(?:\d+|[IVXLCivxlc]+)\b(?:[-–]\d+)?)
    |(?P<issue>(?:[Nn]o|[Nn]r)s?\.?\ ?\d+(?:[-–]\d+)?)
    |(?P<leaf>(?:f|ff|l|ll|d|doc|docs|T)\.\ ?\d+(?:[-–]\d+)?)
    |(?P<year>\(?\d{{4}}\)?(?![-–\d]))
    |(?P<bare>(?<!\d)\d+(?:[-–]\d+)?(?=$|[.,;]))""",
    re.X,
)
_JOIN = re.compile(r"[,:.]?\s*(?:at\s+)?")
_STOPPED = re.compile(r"[.?!…:;—–][”’)\]]*$")


def is_stopped(words: str) -> bool:
    """Tell whether a note that ends so wants no full stop."""
    return bool(_STOPPED.search(words.rstrip()[-12:]))


class Pinpoint(Struct, frozen=True):
    """The place in a work, in its parts, in the order of the note."""

    parts: tuple[tuple[str, str], ...] = ()

    def get(self, kind: str) -> str:
        return next((words for k, words in self.parts if k == kind), "")

    def __str__(self) -> str:
        """Return the pinpoint as printed: 10:179–80; 12 August 1927; November 1934, 124."""
        volume, pages = self.get("volume"), self.get("pages")
        words = []
        for kind, part in self.parts:
            if kind == "volume":
                words.append(f"{volume}:{pages}" if pages else f"vol. {volume}")
            elif kind == "pages":
                if not volume or part != pages:
                    words.append(part)
            else:
                words.append(part)
        return ", ".join(words)


def parse_pinpoint(string: str, start: int) -> tuple[Pinpoint, int]:
    """Read a pinpoint from `start`; return it and where it ends (`start` if there is none)."""
    parts: list[tuple[str, str]] = []
    end = at = start
    while True:
        join = _JOIN.match(string, at)
        match = _PARTS.match(string, join.end() if join else at)
        if not match:
            return Pinpoint(tuple(parts)), end
        kind = match.lastgroup or ""
        words = match[0].strip("()") if kind == "year" else match[0]
        if kind in ("pages", "bare"):
            words = pages(re.sub(r"^[Pp]p?\.?\s*", "", words))
            kind = "pages"
        elif kind == "volume":
            words = re.sub(r"^\w+\.?\s*", "", words)
        elif kind == "chapter":
            words = re.sub(r"^(\w+?)\.?\s*(?=[\dIVXLCivxlc]+)", _chapter, words)
        parts.append((kind, words))
        end = at = match.end()


_ABBREVIATED = {
    "chapter": "chap.",
    "chap": "chap.",
    "ch": "chap.",
    "part": "pt.",
    "section": "sec.",
}


def _chapter(match: re.Match[str]) -> str:
    word = match[1].lower()
    plural = word.endswith("s") and word not in ("s",)
    short = _ABBREVIATED.get(word.rstrip("s"), word + ".")
    return (short[:-1] + "s." if plural else short) + " "


def pages(string: str) -> str:
    """Return page numbers with ranges the Chicago way: 531–32, 179–80, 101–8, 27–28 (9.63)."""
    return re.sub(r"(?<!\d)(\d+)[-–](\d+)", lambda m: page_range(m[1], m[2]), string).replace(
        "-", "–"
    )


MOST_DIGITS = 9  # of a number that is one


def page_range(first: str, last: str) -> str:
    """Abbreviate a range of pages by the rule of the Chicago Manual (9.63).

    One that runs backwards, or is of no pages, stays as it is.
    """
    given = f"{first}–{last}"
    if len(first) > MOST_DIGITS or len(last) > MOST_DIGITS:
        return given
    last = _in_full(first, last)
    a, b = int(first), int(last)
    if b <= a:
        return given
    if a < 100 or a % 100 == 0 or len(last) != len(first):
        return f"{first}–{last}"
    same = 0
    while first[same] == last[same]:
        same += 1
    keep = last[same:]
    if a % 100 >= 10 and len(keep) < 2:
        keep = last[-2:]
    return f"{first}–{keep}"


def _in_full(first: str, last: str) -> str:
    """Return the last number of a range that leaves out what it shares with the first."""
    return first[: max(len(first) - len(last), 0)] + last


_PAGE = rf"\d{{1,{MOST_DIGITS}}}|[ivxlcdm]+"
_RANGE = re.compile(rf"(?<![\w-])({_PAGE})-({_PAGE})(?![\w-])")
_ROMAN = {roman(number): number for number in range(1, 200)}  # pages of prelims


def _check_ranges(text: Text, string: str, start: int, stop: int, report: Report) -> None:
    """Warn of ranges of a pinpoint that run backwards: 47–45, 531–30, xv–xi."""
    for found in _RANGE.finditer(string, start, stop):
        first, last = found.groups()
        if first.isdigit() and last.isdigit():
            backwards = int(_in_full(first, last)) < int(first)
        else:  # unless it goes from the prelims into the book
            backwards = {first, last} <= _ROMAN.keys() and _ROMAN[last] < _ROMAN[first]
        if backwards:
            report.warning(
                "range-backwards",
                f"“{first}–{last}” runs backwards",
                text.span(*found.span()),
                "emend the note if it is a misprint",
            )


# --- Notes --------------------------------------------------------------------------------------

_IBID = re.compile(r"(?:ibid|idem|id)\b\.?", re.I)
_OP_CIT = re.compile(r",?\s*(?:op\.? ?cit|loc\.? ?cit)\.?", re.I)
_SEE = re.compile(
    r"(?:(?:see(?: also| further)?|cf\.|compare|quoted in|cited in|in|from|also|and|e\.g\.,?)\s+)",
    re.I,
)
_JOINED = re.compile(r"\s*(?:;|,|\band\b|&)\s*")
_NEXT = re.compile(r"[;.]\s+")
_LOOKS_CITED = re.compile(r"\bpp?\.\s?\d|\bVol\.\s?\d", re.I)


def parse_note(
    text: Text,
    register: Register,
    article: str,
    number: int,
    line: int,
    before: Antecedent,
    earlier: Mapping[str, str],
    report: Report,
) -> Parsed:
    """Find the sources that a note names; what is no source stays as it stands.

    `before` is the note before this one, for *Ibid.*; `earlier` has for every author the work last
    cited in the article up to here, for *op. cit.* An *Ibid.* after a note with two works, or with
    none, is an error.
    """
    string = fold(text.string)
    sources: list[Source] = []
    reported = len(report.found)
    at = 0
    while at < len(string):
        start = at
        while prefix := _SEE.match(string, start):
            start = prefix.end()
        found = _source(text, string, start, register, article, line, before, earlier, report)
        if found:
            sources += found
            at = found[-1].end
            joined = _JOINED.match(string, at)
            if joined and joined.end() > at:
                at = joined.end()
                continue
        next_part = _NEXT.search(string, at)
        if next_part is None:
            break
        at = next_part.end()
    parsed = Parsed(text, _share_pinpoints(tuple(sources), string))
    if not sources and len(report.found) == reported and _LOOKS_CITED.search(string):
        report.warning(
            "citation-unparsed",
            f"note {number} looks like a reference, but names no work of the register",
            text.whole_span(),
            "add the work to book/works.yaml, with its form as the note gives it",
        )
    return parsed


def _source(
    text: Text,
    string: str,
    start: int,
    register: Register,
    article: str,
    line: int,
    before: Antecedent,
    earlier: Mapping[str, str],
    report: Report,
) -> list[Source]:
    ibid = _IBID.match(string, start)
    if ibid:
        return _ibid(text, string, start, ibid.end(), register, before, report)
    item, begin = "", start
    matches = register.match(string, start, article, line)
    if not matches:
        matches, item, begin = _after_item(string, start, register, article, line)
    if not matches:
        matches = _op_cit(string, start, earlier)
    if len(matches) > 1:
        report.error(
            "citation-ambiguous",
            f"“{string[begin : matches[0][1]]}” may be {' or '.join(w for w, _ in matches)}",
            text.span(begin, matches[0][1]),
            "give the form a scope in book/works.yaml",
        )
        return []
    if not matches:
        return []
    name, end = matches[0]
    rule = "short form"
    if again := _OP_CIT.match(string, end):
        end, rule = again.end(), "op. cit."
    pinpoint, stop = parse_pinpoint(string, end)
    _check_ranges(text, string, end, stop, report)
    end = stop
    if item:
        pinpoint = Pinpoint((("item", item), *pinpoint.parts))
    words = text.string[start:end]
    citation = Citation(name, str(pinpoint), words, ibid=False, rule=rule)
    made = short_form(register.works[name], pinpoint, words)
    return [Source(start, end, citation, pinpoint, words, made)]


_AUTHOR_OP_CIT = re.compile(
    r"(?P<author>[A-Z][\w'-]+(?: and [A-Z][\w'-]+)*)(?=,?\s*(?:op|loc)\.? ?cit)"
)


def _op_cit(string: str, start: int, earlier: Mapping[str, str]) -> list[tuple[str, int]]:
    """Find the work last cited of the author before *op. cit.*"""
    match = _AUTHOR_OP_CIT.match(string, start)
    work = earlier.get(match["author"]) if match else None
    return [(work, match.end())] if match and work else []


def _after_item(
    string: str, start: int, register: Register, article: str, line: int
) -> tuple[list[tuple[str, int]], str, int]:
    """Find a work whose form comes after the number of an item, as in an archive."""
    for name, pattern in register.items:
        match = pattern.match(string, start)
        if match:
            join = _JOIN.match(string, match.end())
            begin = join.end() if join else match.end()
            matches = [m for m in register.match(string, begin, article, line) if m[0] == name]
            if matches:
                return matches, match[0], begin
    return [], "", start


def _ibid(
    text: Text,
    string: str,
    start: int,
    end: int,
    register: Register,
    before: Antecedent,
    report: Report,
) -> list[Source]:
    works = dict.fromkeys(source.citation.work for source in before.sources)
    if len(works) != 1:
        which = f"{' and '.join(works)}" if works else "no work"
        goes_back = f"goes back to note {before.number}, which names {which}"
        report.error(
            "ibid-ambiguous" if works else "ibid-unresolved",
            f"“Ibid.” {goes_back if before.number else 'has no note before it'}",
            text.span(start, end),
            "emend the note so that it names its work",
        )
        return []
    old = before.sources[-1]
    pinpoint, stop = parse_pinpoint(string, end)
    _check_ranges(text, string, end, stop, report)
    rule = f"ibid. from note {before.number}"
    if not pinpoint.parts:
        pinpoint, stop, rule = old.pinpoint, end, f"{rule}, place and all"
    elif all(kind == "pages" for kind, _ in pinpoint.parts):
        # a page alone is one of the same volume, issue or document
        inherited = (part for part in old.pinpoint.parts if part[0] != "pages")
        pinpoint = Pinpoint((*inherited, *pinpoint.parts))
    work = old.citation.work
    words = text.string[start:stop]
    citation = Citation(work, str(pinpoint), words, ibid=True, rule=rule)
    made = short_form(register.works[work], pinpoint, old.said)
    return [Source(start, stop, citation, pinpoint, old.said, made)]


def _share_pinpoints(sources: tuple[Source, ...], string: str) -> tuple[Source, ...]:
    """Give a source without a pinpoint that of the next, where “and” joins the two."""
    made = list(sources)
    for i in range(len(made) - 2, -1, -1):
        a, b = made[i], made[i + 1]
        if not a.citation.pinpoint and re.fullmatch(r"\s*(?:and|&)\s*", string[a.end : b.start]):
            made[i] = replace(
                a, citation=replace(a.citation, pinpoint=b.citation.pinpoint), pinpoint=b.pinpoint
            )
    return tuple(made)


# --- Printing -----------------------------------------------------------------------------------


def surnames(work: Work) -> str:
    """Return the surnames of the authors, or editors, of a work: Serge and Sedova."""
    names = [name.partition(", ")[0] for name in (work.authors or work.editors)]
    if len(names) > 3:
        return f"{names[0]} et al."
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def short_title(work: Work) -> str:
    return work.short or work.title.partition(": ")[0]


def short_form(work: Work, pinpoint: Pinpoint, words: str) -> Inlines:
    """Return a citation in short form; a title that the note left unsaid stands in brackets."""
    made: list[Inline] = []
    if item := pinpoint.get("item"):
        made.append(f"{item}, ")
    author = surnames(work)
    if author and (work.authors or author in words):
        made.append(f"{author}, ")
    title = short_title(work)
    said = _plain(title) in _plain(words) or _plain(work.title) in _plain(words)
    if not said and work.kind in ("periodical", "archive"):
        said = any(fold(f.form) in fold(words) for f in work.forms)
    words_of = foreign(work.language, (title,))
    in_marks = work.kind in ("article", "document")
    quoted: Inlines = ("“", *words_of, "”") if in_marks else (Emphasis(words_of),)
    made += quoted if said else ("[", *quoted, "]")
    tail = str(replace(pinpoint, parts=tuple(p for p in pinpoint.parts if p[0] != "item")))
    if tail:
        made.append(f", {tail}")
    return tuple(made)


def _plain(string: str) -> str:
    return re.sub(r"[\W_]+", " ", fold(string)).lower().strip()


# --- Works cited --------------------------------------------------------------------------------

_ENTRY = re.compile(
    r"(?>(?P<author>[_—–-]{2,}|.+?)(?P<editor>,? (?:\(eds?\.\)|eds?))?\.\s+)(?P<title>.+?)"
    r"(?<!\s)\s*\((?:(?P<place>[^():]+):\s*)?(?P<publisher>[^()]*?)(?<!\s),?\s*(?P<year>\d{4})\)"
)


def parse_work(
    text: Text, register: Register, article: str, line: int, author: str, report: Report
) -> tuple[str, str]:
    """Return the work that an entry of a works-cited list names, and the author for the next.

    A dash in place of the author stands for the author of the entry before. The work is found
    by the line (`named`), else by author and title; one that is not in the register is an error.
    """
    match = _ENTRY.match(text.string)
    if match:
        author = author if re.fullmatch(r"[_—–-]{2,}", match["author"]) else match["author"]
    for name, work in register.works.items():
        if any(p.article == article and p.line == line for p in work.named):
            return name, author
    if match:
        title, surname = _plain(match["title"]), _plain(author).split(" ")[-1]
        for name, work in register.works.items():
            names = " ".join(_plain(n) for n in (*work.authors, *work.editors))
            if surname in names and _plain(work.title).startswith(title):
                return name, author
    report.error(
        "work-unknown",
        "this entry is no work of the register",
        text.whole_span(),
        f'add it to book/works.yaml, with named: ["{article}:{line}"]',
    )
    return "", author
