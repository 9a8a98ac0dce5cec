"""The shape of every file in `book/`; docs/formats.md says what each key means."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from msgspec import Meta, field

from . import limits
from .characters import LONG_WORD
from .codes import CODES
from .dates import GREGORIAN, NEW_STYLE, DateError, EdtfDate, julian
from .diagnostics import KEY, WrongError, kind, quoted, wrong
from .document import Role
from .patience import TooSlowError, patience
from .shapes import After, Before, Shape, nearest


def _wanted(message: str, hint: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not value.strip():
            raise wrong(message, hint)
        return value

    return check


def _none_or_words(value: str) -> str:
    if value and not value.strip():
        raise wrong("there is nothing but spaces here", 'write now: "" to take the words out')
    return value


def _at_most(length: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if len(value) > length:
            says = f"at most {length} characters have room here, and this has {len(value):,}"
            raise wrong(says, "shorten it")
        return value

    return check


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise wrong(
            "these words must stand in one line: a line of the text stays a line",
            "take the line end out; a long value may go on in the next line without “|”",
        )
    return value


def _each_once(value: tuple[str, ...]) -> tuple[str, ...]:
    faults = [
        (f"{quoted(item)} stands here twice", "take one of the two out", (n,))
        for n, item in enumerate(value)
        if item in value[:n]
    ]
    if faults:
        raise WrongError(*faults)
    return value


def _well_spaced(value: str) -> str:
    if value != " ".join(value.split()):
        raise wrong(
            f"{quoted(value)} has a space too many, or a line end",
            "put single spaces between the words, and none before and after them",
        )
    return value


Once = Annotated[tuple[str, ...], After(_each_once)]

_REASON = _wanted("a reason is wanted here, in a few words", "say why, for whoever comes after you")
Reason = Annotated[str, After(_REASON), After(_at_most(limits.REMARK))]
Words = Annotated[str, After(_wanted("words are wanted here", "write them"))]
OneLine = Annotated[str, After(_one_line), After(_at_most(limits.PARAGRAPH))]

Title = Annotated[str, After(_at_most(limits.TITLE))]


def _no_endless_word(value: str) -> str:
    if len(value) > limits.WORD and LONG_WORD.search(value):
        says = f"a word here has more than {limits.WORD:,} characters and would fill pages"
        raise wrong(says, "see whether spaces are lacking")
    return value


# What stands in a line or a few; what stands in a paragraph or a few; what may go on for pages.
Line = Annotated[str, After(_at_most(limits.LINE))]
Remark = Annotated[str, After(_at_most(limits.REMARK)), After(_no_endless_word)]
Long = Annotated[str, After(_at_most(limits.NOTE)), After(_no_endless_word)]
LineWanted = Annotated[Words, After(_at_most(limits.LINE))]
RemarkWanted = Annotated[Words, After(_at_most(limits.REMARK)), After(_no_endless_word)]

T = TypeVar("T")

# --- Places -----------------------------------------------------------------------------------

ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# What a book calls its own parts: file names of the EPUB, and the beginning of identifiers.
TAKEN = re.compile(
    r"cover|half-title|title|title-page|imprint|contents|prelims|heads|nav|toc|colophon|part-\d+"
    r"|textual-notes|works-cited|chronology|index|call|event|page|silent|year"
)
_PLACE = re.compile(rf"(?P<article>{ID})(?::(?P<first>\d{{1,9}})(?:-(?P<last>\d{{1,9}}))?)?", re.A)
_PASSAGE = re.compile(rf"(?P<article>{ID}):(?P<line>\d{{1,9}})(?: (?P<words>.+))?", re.S | re.A)
LAST = 10**9  # a line that no text has: to its end


class Place(Shape, frozen=True):
    """An article, a line of it, or a range of lines."""

    article: str
    first: int = 1
    last: int = LAST

    @classmethod
    def parse(cls, value: Any) -> Place:
        if isinstance(value, Place):
            return value
        match = _PLACE.fullmatch(value) if isinstance(value, str) else None
        if not match:
            raise wrong(
                f"{_shown(value)} is not a place such as cliff, cliff:51 or cliff:51-60",
                "give the identifier of an article; after a colon a line of it, or two lines",
            )
        first = int(match["first"] or 1)
        last = int(match["last"] or match["first"] or LAST)
        if last < first:
            hint = "write the lower line first"
            raise wrong(f"{_shown(value)} ends before it begins", hint)
        return cls(article=match["article"], first=first, last=last)

    def covers(self, article: str, line: int) -> bool:
        return self.article == article and self.first <= line <= self.last


class Passage(Shape, frozen=True):
    """A line of an article and the words that are meant."""

    article: str
    line: int
    words: str = ""

    @classmethod
    def parse(cls, value: Any) -> Passage:
        if isinstance(value, Passage):
            return value
        match = _PASSAGE.fullmatch(value) if isinstance(value, str) else None
        if not match:
            raise wrong(
                f"{_shown(value)} is not a passage such as “cliff:51 November 7”",
                "give article, colon and line; after a space the words of that line",
            )
        return cls(
            article=match["article"], line=int(match["line"]), words=(match["words"] or "").strip()
        )


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else kind(value)


def _each(parse: Callable[[Any], T], items: Iterable[Any]) -> tuple[T, ...]:
    """Return what is made of every item; what is wrong is told of all of them, with its place."""
    made: list[T] = []
    faults: list[tuple[str, str, tuple[str | int, ...]]] = []
    for n, item in enumerate(items):
        try:
            made.append(parse(item))
        except WrongError as error:
            faults += [(words, hint, (n, *at)) for words, hint, at in error.faults]
    if faults:
        raise WrongError(*faults)
    return tuple(made)


def _places(value: Any) -> Any:
    if isinstance(value, str):
        return (Place.parse(value),)
    if not isinstance(value, list | tuple) or not value:
        raise wrong(
            f"a place, or a list of them, is wanted here, not {kind(value)}",
            "write cliff, cliff:51 or [cliff:51-60, serge]",
        )
    return _each(Place.parse, value)


def _passages(value: Any) -> Any:
    if not isinstance(value, list):
        raise wrong(
            f"a list of passages is wanted here, not {kind(value)}",
            "write it as a list: [cliff:51 November 7]",
        )
    return _each(Passage.parse, value)


Places = Annotated[tuple[Place, ...], Before(_places)]
Passages = Annotated[tuple[Passage, ...], Before(_passages)]


def _language(value: str) -> str:
    if value and not re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", value):
        hint = "write its tag, such as ru, en-GB or sr-Latn"
        raise wrong(f"{quoted(value)} is no language", hint)
    return value


# A language tag of BCP 47 as far as books need it.
Language = Annotated[str, After(_language)]
Script = Literal["Arabic", "Armenian", "Cyrillic", "Georgian", "Greek", "Hebrew"]


class Form(Shape, frozen=True):
    """A form of a name or a short form of a work, and where it has that meaning."""

    form: Annotated[Words, After(_one_line), After(_at_most(limits.FORM))]
    within: Places = field(default=(), name="in")


def _forms(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(item if isinstance(item, dict) else {"form": item} for item in value)
    return value


Forms = Annotated[tuple[Form, ...], Before(_forms)]

# --- The edition ------------------------------------------------------------------------------


def _urn(value: str) -> str:
    if not re.fullmatch(r"urn:[A-Za-z0-9][A-Za-z0-9-]*:[!-~]+", value):
        hint = "write urn:uuid: and a UUID, or urn:isbn: and an ISBN"
        raise wrong(f"{quoted(value)} is no URN", hint)
    return value


def _address(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\W_][\w.-]*(?::\d+)?(?:[/?#]\S*)?", value):
        raise wrong(f"{quoted(value)} is no web address", "write it as https://example.org/")
    return value


def _isbn(value: str) -> str:
    if not value:
        return value
    digits = value.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"97[89][0-9]{10}", digits):
        raise wrong(
            f"{quoted(value)} is not an ISBN of 13 digits that begins 978 or 979",
            "correct it, or take the key out; an ISBN of 10 digits has to be converted",
        )
    from stdnum import ean

    right = ean.calc_check_digit(digits[:-1])
    if digits[-1] != right:
        raise wrong(
            f"the check digit of {quoted(value)} is {digits[-1]}, but should be {right}",
            "look for the figure that is wrong; it need not be the last",
        )
    return value


class Imprint(Shape, frozen=True):
    publisher: LineWanted
    year: Annotated[int, Meta(ge=1, le=9999)]
    identifier: Annotated[str, After(_urn)]
    modified: datetime.date
    rights: RemarkWanted
    place: Line = ""
    edition: Line = ""
    isbn: Annotated[str, After(_isbn)] = ""
    home: Annotated[str, After(_address)] = ""


# Registered printing conditions, which an output intent may name: what each of them is.
CONDITIONS = {
    "FOGRA39": "offset on coated paper, ISO 12647-2:2004 (ISO Coated v2)",
    "FOGRA47": "offset on uncoated paper, ISO 12647-2:2004 (PSO Uncoated)",
    "FOGRA51": "offset on coated paper, ISO 12647-2:2013 (PSO Coated v3)",
    "FOGRA52": "offset on uncoated paper, ISO 12647-2:2013 (PSO Uncoated v3)",
    "CGATS TR 001": "web offset on coated paper, SWOP",
    "CGATS TR 006": "offset on coated paper, GRACoL 2006",
    "CGATS21-2-CRPC3": "offset on premium uncoated paper",
    "CGATS21-2-CRPC6": "offset on premium coated paper, GRACoL 2013",
    "JC200103": "offset on coated paper, Japan Color 2001",
}


def _condition(value: Any) -> Any:
    if isinstance(value, str) and value not in CONDITIONS:
        raise _named(value, "printing condition", CONDITIONS)
    return value


Condition = Annotated[str, Before(_condition)]
Bleed = Annotated[float, Meta(ge=0, le=25)]  # mm


def _leaves(value: int) -> int:
    if value % 2:
        hint = f"a leaf has two pages: write {value - 1} or {value + 1}"
        raise wrong(f"a signature cannot have {value} pages", hint)
    return value


class PressSheets(Shape, frozen=True):
    """How the pages are made ready for the press."""

    bleed: Bleed = 0
    marks: bool = False
    signature: Annotated[int, Meta(ge=2, le=128), After(_leaves)] = 4
    profile: Condition = "FOGRA52"


# Papers that books are printed on, by name and grammes a square metre, and the thickness of a leaf
# in mm: grammes times volume (1.25 offset, 1.5 cream, 2 bulky), by 1000.
PAPERS = {
    "offset 80": 0.1,
    "offset 90": 0.113,
    "offset 100": 0.125,
    "cream 70": 0.105,
    "cream 80": 0.12,
    "cream 90": 0.135,
    "bulky 70": 0.14,
    "bulky 80": 0.16,
}
FACES = ("EB Garamond",)  # what comes with the program


def _named(value: str, what: str, known: Iterable[str]) -> WrongError:
    """Return the mistake of a name that is not known, with the nearest that is."""
    return wrong(f"{quoted(value)} is not a {what} that is known here", nearest(value, known))


def _paper(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value not in PAPERS:
        raise _named(value, "paper", PAPERS)
    return PAPERS[value]


def _face(value: Any) -> Any:
    if isinstance(value, str) and value not in FACES:
        raise _named(value, "face", FACES)
    return value


class Cover(Shape, frozen=True):
    """The cover: the paper of the book, which makes the spine, and the words on the back."""

    paper: Annotated[float, Before(_paper), Meta(gt=0, le=1)] = 0.1  # mm a leaf
    bleed: Bleed = 3
    marks: bool = True
    blurb: Remark = ""
    profile: Condition = "FOGRA51"


class Contributor(Shape, frozen=True):
    """Who else made the book, for the metadata of the EPUB."""

    name: LineWanted
    role: Literal["editor", "translator", "introduction"]
    file_as: Line = ""


def _contributors(value: tuple[Contributor, ...]) -> tuple[Contributor, ...]:
    told = [(one.name, one.role) for one in value]
    for n, one in enumerate(told):
        if one in told[:n]:
            says = f"{quoted(one[0])} stands here twice as {one[1]}"
            raise wrong(says, "take one of the two out", n)
    return value


def _texts(value: tuple[str, ...]) -> tuple[str, ...]:
    faults = [
        (
            f"{quoted(path)} is no text of the editors: their names end in .md",
            "name a file such as front/preface.md",
            (n,),
        )
        for n, path in enumerate(value)
        if not path.endswith(".md")
    ]
    if faults:
        raise WrongError(*faults)
    return value


Texts = Annotated[tuple[str, ...], After(_texts)]


class Series(Shape, frozen=True):
    """The series that the book belongs to."""

    title: Line = ""
    number: Annotated[int, Meta(ge=0)] = 0


class Ebook(Shape, frozen=True):
    """How the EPUB is made: the print format whose pages it has; whether the face is embedded."""

    pages: str = ""
    fonts: bool = False


class Part(Shape, frozen=True):
    articles: Annotated[tuple[str, ...], Meta(min_length=1)]
    title: Line = ""


class EditionFile(Shape, frozen=True):
    title: Annotated[Words, After(_at_most(limits.TITLE))]
    imprint: Imprint
    parts: Annotated[tuple[Part, ...], Meta(min_length=1)]
    subtitle: Title = ""
    editors: Title = ""
    language: Language = "en-GB"
    description: Remark = ""
    subjects: Annotated[tuple[Line, ...], After(_each_once)] = ()
    press: PressSheets = PressSheets()
    cover: Cover = Cover()
    contributors: Annotated[tuple[Contributor, ...], After(_contributors)] = ()
    series: Series = Series()
    epub: Ebook = Ebook()
    front: Texts = ()
    back: Texts = ()
    format: str = "a5"
    face: Annotated[str, Before(_face)] = FACES[0]

    @property
    def pages(self) -> str:
        """The format of the print book whose pages the EPUB has."""
        return self.epub.pages or self.format

    @property
    def articles(self) -> tuple[str, ...]:
        return tuple(article for part in self.parts for article in part.articles)


# --- An article -------------------------------------------------------------------------------


def _digest(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise wrong(
            f"{quoted(value)} is no SHA-256: that has 64 of the figures 0–9 and letters a–f",
            "let the system make it: sha256sum FILE, or shasum -a 256 FILE",
        )
    return value


class CopyText(Shape, frozen=True):
    sha256: Annotated[str, After(_digest)]
    name: Line = ""


class RoleOf(Shape, frozen=True):
    """What the editor says a stretch of lines is."""

    lines: str  # as the key gives them
    first: int
    last: int
    role: Role
    level: int = 1
    new: bool = False
    why: str = ""


_LINES = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.A)
_ROLE = re.compile(
    rf"(?P<role>{'|'.join(Role)})(?: (?P<level>[1-4]))?(?P<new> new)?(?:;\s*(?P<why>.+))?", re.S
)


def _structure(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    faults = [fault for lines, role in value.items() if (fault := _fault(lines, role))]
    if faults:
        raise WrongError(*faults)
    return tuple(_role_of(lines, role) for lines, role in value.items())


def _fault(lines: str, role: Any) -> tuple[str, str, tuple[str, ...]] | None:
    """Return what is wrong with a line of `structure`, the remedy and the place."""
    where = _LINES.fullmatch(lines)
    if not where:
        says = f"{quoted(lines)} is not a line or a range of lines"
        return says, "write 17, or 87-89", (lines, KEY)
    if where[2] and int(where[2]) < int(where[1]):
        says = f"{quoted(lines)} ends before it begins"
        return says, "write the lower line first", (lines, KEY)
    if not isinstance(role, str):
        says = f"a role is wanted here, not {kind(role)}"
        return says, f"the roles are {', '.join(Role)}", (lines,)
    if not _ROLE.fullmatch(role.strip()):
        word = re.split(r"[ ;]", role.lower())[0][:20]
        near = [known for known in Role if word and known.startswith(word[:4])]
        near += difflib.get_close_matches(word, list(Role), 1, 0.6)
        hint = f"did you mean “{near[0]}”? " if near else ""
        says = f"{quoted(role)} is not a role"
        return says, f"{hint}the roles are {', '.join(Role)}", (lines,)
    return None


def _role_of(lines: str, role: str) -> RoleOf:
    where, what = _LINES.fullmatch(lines), _ROLE.fullmatch(role.strip())
    assert where
    assert what
    return RoleOf(
        lines=lines,
        first=int(where[1]),
        last=int(where[2] or where[1]),
        role=Role(what["role"]),
        level=int(what["level"] or 1),
        new=bool(what["new"]),
        why=what["why"] or "",
    )


class Insert(Shape, frozen=True):
    """An editorial heading or break before a line."""

    before: int
    why: Reason
    heading: Line = ""
    level: Annotated[int, Meta(ge=1, le=4)] = 1
    section_break: bool = field(default=False, name="break")

    def check(self) -> None:
        if bool(self.heading) == self.section_break:
            raise wrong(
                "a heading or a break is wanted here, and not both",
                "give either “heading” with its words or “break: true”",
            )
        if self.section_break and self.level != 1:
            raise wrong("a break has no level", "take “level” out", "level")


class Emendation(Shape, frozen=True):
    as_typed = frozenset({"was", "now"})

    line: int
    was: Annotated[OneLine, Meta(min_length=1)]
    now: Annotated[OneLine, After(_none_or_words)]
    why: Reason
    all: bool = False


class EditorNote(Shape, frozen=True):
    line: int
    words: RemarkWanted
    note: Annotated[Long, After(_wanted("a note is wanted here", "write its words"))]


class LineWords(Shape, frozen=True):
    """Words in a line of the article."""

    line: int
    words: str


def _line_words(value: Any) -> Any:
    return _each(_one_line_words, value) if isinstance(value, list) else value


def _one_line_words(item: Any) -> LineWords:
    line, _, words = item.partition(" ") if isinstance(item, str) else ("", "", "")
    if not re.fullmatch(r"[0-9]{1,9}", line) or not words.strip():
        raise wrong(
            f"{_shown(item)} is not a line and words such as “9 My Life”",
            "give the number of the line and, after a space, the words that are to be italic",
        )
    return LineWords(line=int(line), words=words)


class ArticleFile(Shape, frozen=True):
    copy_text: CopyText
    title: Line = ""
    short_title: Line = ""
    authors: Once = ()
    language: Language = ""
    published: Remark = ""
    provenance: Remark = ""
    seen: datetime.date | None = None
    rights: Remark = ""
    headnote: Long = ""
    lines: Literal["paragraphs", "wrapped", ""] = ""
    structure: Annotated[tuple[RoleOf, ...], Before(_structure)] = ()
    insert: tuple[Insert, ...] = ()
    emendations: tuple[Emendation, ...] = ()
    editor_notes: tuple[EditorNote, ...] = ()
    italics: Annotated[tuple[LineWords, ...], Before(_line_words)] = ()
    notes_from: Annotated[int, Meta(ge=0)] = 0


# --- Registers --------------------------------------------------------------------------------


Spaced = Annotated[LineWanted, After(_well_spaced)]


class Topic(Shape, frozen=True):
    topic: Spaced
    within: Places = field(name="in")


LATEST = 2100  # a year; nobody in a book was born after it, and nothing was printed


def _forwards(value: str) -> str:
    years: list[int] = []
    for match in re.finditer(r"(?<!\d)(?:(\d{4})(?!\d)|(?<=\d{4}[–-])(\d\d)(?!\d))", value):
        years.append(int(match[1]) if match[1] else years[-1] // 100 * 100 + int(match[2]))
    if years != sorted(years):
        hint = "write the earlier year first: 1879–1940"
        raise wrong(f"{quoted(value)} runs backwards", hint)
    if years and years[-1] > LATEST:
        raise wrong(f"{quoted(value)}: the year {years[-1]} is still to come", "correct it")
    return value


def _topics(value: tuple[Topic, ...]) -> tuple[Topic, ...]:
    names = [topic.topic for topic in value]
    for n, name in enumerate(names):
        if name in names[:n]:
            says = f"the topic {quoted(name)} stands here twice"
            raise wrong(says, "give all its places to one of the two", n, "topic")
    return value


class Person(Shape, frozen=True):
    heading: Spaced
    forms: Forms
    dates: Annotated[Line, After(_forwards)] = ""
    gloss: Remark = ""
    also: tuple[Annotated[Line, After(_well_spaced)], ...] = ()
    see_also: tuple[str, ...] = ()
    topics: Annotated[tuple[Topic, ...], After(_topics)] = ()

    @property
    def name(self) -> str:
        """The name in its spoken order: Leon Trotsky."""
        last, comma, first = self.heading.partition(", ")
        return f"{first} {last}" if comma else last


def _words(value: Any) -> Any:
    plain = isinstance(value, int | datetime.date) and not isinstance(value, bool)
    return str(value) if plain else value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise wrong(
            f"{quoted(value)} is not a regular expression: {error}",
            "correct it; a backslash before a sign such as ( or * makes it stand for itself",
        ) from None
    if _NESTED.search(value):
        raise wrong(
            f"{quoted(value)} repeats what is repeated within it, which may take for ever",
            "write the repetition once, or give it an end: {1,9}",
        )
    return value


# A group of which nothing must stand but what is repeated without end, repeated without end itself:
# (a+)+ or (\w+\s?)*.
_ATOM = r"(?:\\.|\[(?:[^\]\\]|\\.)+\]|[^\\()\[\]?*+{}|])"
_NESTED = re.compile(rf"\((?:\?:)?(?:{_ATOM}[*?])*{_ATOM}[+*](?:{_ATOM}[*?])*\)(?:[+*]|\{{\d+,\}})")


def _keys(value: tuple[str, ...]) -> tuple[str, ...]:
    known = Work.__struct_fields__
    faults = [
        (f"{quoted(key)} is not a key of a work", nearest(key, known, 0.5), (n,))
        for n, key in enumerate(value)
        if key not in known
    ]
    if faults:
        raise WrongError(*faults)
    return value


def _counted(value: str) -> str:
    if re.fullmatch(r"-\d+|0\d*", value):
        raise wrong(f"a number from 1 onwards is wanted here, not {quoted(value)}", "correct it")
    return value


def _day(value: str) -> str:
    """Return a date as a source gives it; what looks like EDTF must be in the calendar."""
    if re.fullmatch(r"-?\d+", value):
        return _counted(value)
    if re.fullmatch(r"\d{4}-\d\d(?:-\d\d)?", value):
        try:
            EdtfDate.parse(value)
        except DateError as error:
            raise wrong(str(error), "correct it") from None
    return value


class Work(Shape, frozen=True):
    title: LineWanted
    kind: Literal["book", "article", "periodical", "archive", "document"] = "book"
    authors: Annotated[tuple[Line, ...], After(_each_once)] = ()
    editors: Annotated[tuple[Line, ...], After(_each_once)] = ()
    short: Line = ""
    container: Line = ""
    volumes: Annotated[Line, Before(_words), After(_counted)] = ""
    place: Line = ""
    publisher: Line = ""
    year: Annotated[Line, Before(_words), After(_counted), After(_forwards)] = ""
    date: Annotated[Line, Before(_words), After(_day)] = ""
    language: Language = ""
    note: Remark = ""
    supplied: Annotated[tuple[str, ...], After(_keys)] = ()
    forms: Forms = ()
    item: Annotated[Line, After(_regex)] = ""
    named: Passages = ()

    def check(self) -> None:
        for key in self.supplied:
            if not getattr(self, key):
                raise wrong(
                    f"{quoted(key)} is supplied, and this work has no such key",
                    f"write “{key}: …”, or take it out of “supplied”",
                    key,
                )
        years, dated = (_YEAR.findall(value) for value in (self.year, self.date))
        if _YEARS.fullmatch(self.year) and dated and not min(years) <= dated[0] <= max(years):
            raise wrong(
                f"the date {quoted(self.date)} is not in the year {self.year}, which “year” gives",
                "correct the one or the other",
                "date",
            )
        _no_passage_twice(self.named, "named")


_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_YEARS = re.compile(r"\d{4}(?:[–-]\d{4})?")


def _no_passage_twice(passages: tuple[Passage, ...], key: str) -> None:
    places = [(p.article, p.line, p.words) for p in passages]
    for n, (article, line, words) in enumerate(places):
        if (article, line, words) in places[:n]:
            raise wrong(
                f"the passage {article}:{line} stands here twice",
                "take one of the two out",
                key,
                n,
            )


def _date(value: Any, *, old_style: bool = False) -> EdtfDate:
    if isinstance(value, EdtfDate):
        return value
    hint = "write it as 1927-11-07, 1927-11, 1927, 1927~ or 1927-09-12/1927-09-13"
    if isinstance(value, bool) or not isinstance(value, str | int | datetime.date):
        raise wrong(f"a date is wanted here, not {kind(value)}", hint)
    try:
        return EdtfDate.parse(str(value), old_style=old_style)
    except DateError as error:
        raise wrong(str(error), hint) from None


def _shape(date: EdtfDate) -> tuple[bool, ...]:
    """Return what a date says: whether it is a range, and whether its ends have month and day."""
    ends = (date.start, date.end)
    return (date.is_interval, *(bool(part) for p in ends for part in (p.month, p.day, p.span > 1)))


def _told(date: EdtfDate) -> str:
    point = date.start
    words = "day" if point.day else "month" if point.month else "year"
    return f"a range of {words}s" if date.is_interval else f"a {words}"


class Event(Shape, frozen=True):
    date: Annotated[EdtfDate, Before(_date)]
    text: RemarkWanted
    passages: Annotated[Passages, Meta(min_length=1)]
    inferred: Literal["year", "month", "day", ""] = ""
    old_style: Annotated[EdtfDate | None, Before(partial(_date, old_style=True))] = None
    disagreement: Remark = ""

    def check(self) -> None:
        self._check_calendars()
        _no_passage_twice(self.passages, "passages")

    def _check_calendars(self) -> None:
        """Hold the Old Style day against the New Style one: they are 10 to 13 days apart."""
        first, last = self.date.start.first(), self.date.end.last()
        if self.old_style:
            if not GREGORIAN <= first < NEW_STYLE:
                raise wrong(
                    f"{self.date} has no date in Old Style: that is for days from {GREGORIAN} to "
                    f"13 February 1918",
                    "take “old_style” out, or correct the date",
                    "old_style",
                )
            if _shape(self.date) != _shape(self.old_style):
                raise wrong(
                    f"{self.old_style} is {_told(self.old_style)}, and {self.date} "
                    f"{_told(self.date)}",
                    "give both dates in the same way: a day for a day, a month for a month, a "
                    "range for a range",
                    "old_style",
                )
            begins = self.old_style.start.first(old_style=True)
            ends = self.old_style.end.last(old_style=True)
            right = f"{julian(first)}"
            if self.date.is_interval:
                right += f"/{julian(last)}"
            if self.old_style.start.day and self.old_style.end.day:
                if (begins, ends) != (first, last):
                    raise wrong(
                        f"{self.date} is {right} in Old Style, not {self.old_style}",
                        "correct the one or the other",
                        "old_style",
                    )
            elif ends < first or begins > last:
                raise wrong(
                    f"{self.date} is {julian(first)} to {julian(last)} in Old Style, not "
                    f"{self.old_style}",
                    "correct the one or the other",
                    "old_style",
                )
        part = {"day": self.date.start.day, "month": self.date.start.month}
        if not part.get(self.inferred, 1):
            raise wrong(
                f"{self.date} has no {self.inferred} that could be inferred",
                "name a part that the date has, or take “inferred” out",
                "inferred",
            )


class MechanicalEmendation(Shape, frozen=True):
    as_typed = frozenset({"pattern", "now", "before", "after"})

    id: LineWanted
    pattern: Line
    now: OneLine
    why: Reason
    before: Remark
    after: Remark
    within: Places = field(default=(), name="in")

    def check(self) -> None:
        try:
            pattern = _regex(self.pattern)
            with patience(pattern):
                made = re.sub(pattern, self.now, self.before)
        except TooSlowError:
            raise wrong(
                f"the pattern of {quoted(self.id)} takes more than {limits.PATTERN:g} seconds on "
                "its own example",
                "say in one way only what it may match: (?:a|b)+ and not (?:a|ab|b)+",
                "pattern",
            ) from None
        except (re.error, IndexError) as error:
            raise wrong(
                f"“now” of {quoted(self.id)} does not fit its pattern: {error}",
                "a backslash with a figure, or \\g<name>, stands for a group that the pattern has",
                "now",
            ) from None
        except WrongError as error:
            ((message, hint, _),) = error.faults
            raise wrong(message, hint, "pattern") from None
        if made != self.after:
            raise wrong(
                f"the example of {quoted(self.id)} gives {quoted(made)}, not {quoted(self.after)}",
                "correct “pattern” or “now”, or “before” and “after”",
                "after",
            )


def _once(value: tuple[MechanicalEmendation, ...]) -> tuple[MechanicalEmendation, ...]:
    ids = [rule.id for rule in value]
    twice = next((n for n, id in enumerate(ids) if id in ids[:n]), 0)
    if twice:
        says = f"the identifier {quoted(ids[twice])} stands here twice"
        raise wrong(says, "give one of the two another", twice, "id")
    return value


class House(Shape, frozen=True):
    regularise: tuple[str, ...] = ()
    emend: Annotated[tuple[MechanicalEmendation, ...], After(_once)] = ()
    italics: tuple[Line, ...] = ()
    not_names: tuple[Annotated[str, After(_at_most(limits.FORM))], ...] = ()
    languages: dict[Script, Language] = field(default_factory=dict)


def _place(value: Any) -> Any:
    return Place.parse(value) if value not in (None, "") else None


def _code(value: str) -> str:
    if value not in CODES:
        raise wrong(f"there is no finding {quoted(value)}", nearest(value, CODES, 0.5))
    return value


class Accepted(Shape, frozen=True):
    """A diagnostic that the editor accepts, with the reason."""

    as_typed = frozenset({"says"})

    code: Annotated[Words, After(_code)]
    why: Reason
    at: Annotated[Place | None, Before(_place)] = None
    says: Remark = ""

    def check(self) -> None:
        if self.at is None and not self.says:
            raise wrong(
                "this would accept every finding of its code",
                "give “at”, “says” or both: an exception is for one finding",
            )
