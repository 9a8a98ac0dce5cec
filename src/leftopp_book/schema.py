"""The shape of every file in `book/`; docs/formats.md says what each key means."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from .dates import GREGORIAN, NEW_STYLE, DateError, EdtfDate, julian
from .document import Role


class Shape(BaseModel):
    """Frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True
    )


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _reason(value: str) -> str:
    if not value.strip():
        raise ValueError("a reason is wanted here, in a few words")
    return value


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("these words must stand in one line: a line of the text stays a line")
    return value


Reason = Annotated[str, AfterValidator(_reason)]
OneLine = Annotated[str, AfterValidator(_one_line)]

T = TypeVar("T")
Tuple = Annotated[tuple[T, ...], BeforeValidator(_tupled)]

# --- Places -----------------------------------------------------------------------------------

ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"
# What a book calls its own parts: file names of the EPUB, and the beginning of identifiers.
TAKEN = re.compile(
    r"cover|half-title|title|title-page|imprint|contents|prelims|heads|nav|toc|colophon|part-\d+"
    r"|textual-notes|works-cited|chronology|index|call|event|page|silent|year"
)
_PLACE = re.compile(rf"(?P<article>{ID})(?::(?P<first>\d{{1,9}})(?:-(?P<last>\d{{1,9}}))?)?")
_PASSAGE = re.compile(rf"(?P<article>{ID}):(?P<line>\d{{1,9}})(?: (?P<words>.+))?", re.S)
LAST = 10**9


class Place(Shape):
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
            raise ValueError(f"{value!r} is not a place such as cliff, cliff:51 or cliff:51-60")
        first = int(match["first"] or 1)
        last = int(match["last"] or match["first"] or LAST)
        if last < first:
            raise ValueError(f"{value!r} ends before it begins")
        return cls(article=match["article"], first=first, last=last)

    def covers(self, article: str, line: int) -> bool:
        return self.article == article and self.first <= line <= self.last


class Passage(Shape):
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
            raise ValueError(f"{value!r} is not a passage such as “cliff:51 November 7”")
        return cls(
            article=match["article"], line=int(match["line"]), words=(match["words"] or "").strip()
        )


def _places(value: Any) -> Any:
    if not isinstance(value, str | list):
        raise ValueError("a place such as cliff or cliff:51-60 is wanted here, or a list of them")
    return tuple(Place.parse(item) for item in _listed(value))


def _passages(value: Any) -> Any:
    if not isinstance(value, list):
        raise ValueError("a list of passages is wanted here, such as [cliff:51 November 7]")
    return tuple(Passage.parse(item) for item in value)


Places = Annotated[tuple[Place, ...], BeforeValidator(_places)]
Passages = Annotated[tuple[Passage, ...], BeforeValidator(_passages)]


# A language tag of BCP 47 as far as books need it: ru, en-GB, sr-Latn.
Language = Annotated[str, Field(pattern=r"^(?:[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)?$")]
Script = Literal["Arabic", "Armenian", "Cyrillic", "Georgian", "Greek", "Hebrew"]


class Form(Shape):
    """A form of a name or a short form of a work, and where it has that meaning."""

    form: str = Field(min_length=1)
    within: Places = Field(default=(), alias="in")


def _forms(value: Any) -> Any:
    if isinstance(value, list):
        return tuple({"form": item} if isinstance(item, str) else item for item in value)
    return value


Forms = Annotated[tuple[Form, ...], BeforeValidator(_forms)]

# --- The edition ------------------------------------------------------------------------------


class Imprint(Shape):
    publisher: str
    place: str = ""
    year: int
    edition: str = ""
    isbn: str = ""
    identifier: str = Field(pattern=r"^urn:.+")
    modified: datetime.date
    rights: str
    home: str = ""

    @field_validator("isbn")
    @classmethod
    def _isbn(cls, value: str) -> str:
        if not value:
            return value
        digits = value.replace("-", "").replace(" ", "")
        if not re.fullmatch(r"97[89]\d{10}", digits):
            raise ValueError(f"{value!r} is not an ISBN of 13 digits that begins 978 or 979")
        from stdnum import ean

        right = ean.calc_check_digit(digits[:-1])
        if digits[-1] != right:
            raise ValueError(f"the check digit of {value!r} is {digits[-1]}, but should be {right}")
        return value


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
    if value not in CONDITIONS:
        near = difflib.get_close_matches(str(value), CONDITIONS, 1, 0.5)
        hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(CONDITIONS)}"
        raise ValueError(f"“{value}” is not a printing condition that is known here; {hint}")
    return value


Condition = Annotated[str, BeforeValidator(_condition)]
Bleed = Annotated[float, Field(ge=0, le=25)]  # mm


class PressSheets(Shape):
    """How the pages are made ready for the press."""

    bleed: Bleed = 0
    marks: bool = False
    signature: int = Field(default=4, ge=2, le=128)
    profile: Condition = "FOGRA52"

    @field_validator("signature")
    @classmethod
    def _leaves(cls, value: int) -> int:
        if value % 2:
            raise ValueError(
                f"a signature of {value} pages: a leaf has two, so give an even number"
            )
        return value


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


def _named(value: str, what: str, known: Iterable[str]) -> ValueError:
    """Return the mistake of a name that is not known, with the nearest that is."""
    names = list(known)
    folded = {name.lower(): name for name in names}
    near = difflib.get_close_matches(value.lower(), folded, 1, 0.4)
    hint = f"did you mean “{folded[near[0]]}”?" if near else f"there are: {', '.join(names)}"
    return ValueError(f"“{value}” is not a {what} that is known here; {hint}")


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


class Cover(Shape):
    """The cover: the paper of the book, which makes the spine, and the words on the back."""

    paper: Annotated[float, BeforeValidator(_paper), Field(gt=0, le=1)] = 0.1  # mm a leaf
    bleed: Bleed = 3
    marks: bool = True
    blurb: str = ""
    profile: Condition = "FOGRA51"


class Contributor(Shape):
    """Who else made the book, for the metadata of the EPUB."""

    name: str = Field(min_length=1)
    role: Literal["editor", "translator", "introduction"]
    file_as: str = ""


class Series(Shape):
    """The series that the book belongs to."""

    title: str = ""
    number: int = Field(default=0, ge=0)


class Ebook(Shape):
    """How the EPUB is made: the print format whose pages it has; whether the face is embedded."""

    pages: str = ""
    fonts: bool = False


class Part(Shape):
    title: str = ""
    articles: Tuple[str]


class EditionFile(Shape):
    title: str
    subtitle: str = ""
    editors: str = ""
    language: Language = "en-GB"
    imprint: Imprint
    description: str = ""
    subjects: Tuple[str] = ()
    press: PressSheets = PressSheets()
    cover: Cover = Cover()
    contributors: Tuple[Contributor] = ()
    series: Series = Series()
    epub: Ebook = Ebook()
    parts: Tuple[Part]
    front: Tuple[str] = ()
    back: Tuple[str] = ()
    format: str = "a5"
    face: Annotated[str, BeforeValidator(_face)] = FACES[0]

    @property
    def pages(self) -> str:
        """The format of the print book whose pages the EPUB has."""
        return self.epub.pages or self.format

    @property
    def articles(self) -> tuple[str, ...]:
        return tuple(article for part in self.parts for article in part.articles)


# --- An article -------------------------------------------------------------------------------


class CopyText(Shape):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = ""


class RoleOf(Shape):
    """What the editor says a stretch of lines is."""

    first: int
    last: int
    role: Role
    level: int = 1
    new: bool = False
    why: str = ""


_LINES = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")
_ROLE = re.compile(
    rf"(?P<role>{'|'.join(Role)})(?: (?P<level>[1-4]))?(?P<new> new)?(?:;\s*(?P<why>.+))?", re.S
)


def _structure(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    roles = []
    for lines, role in value.items():
        where, what = _LINES.fullmatch(str(lines)), _ROLE.fullmatch(str(role).strip())
        if not where:
            raise ValueError(f"“{lines}” is not a line such as 17 or a range such as 87-89")
        if not what:
            raise ValueError(f"“{role}” is not a role; the roles are {', '.join(Role)}")
        if where[2] and int(where[2]) < int(where[1]):
            raise ValueError(f"“{lines}” ends before it begins")
        roles.append(
            RoleOf(
                first=int(where[1]),
                last=int(where[2] or where[1]),
                role=Role(what["role"]),
                level=int(what["level"] or 1),
                new=bool(what["new"]),
                why=what["why"] or "",
            )
        )
    return tuple(roles)


class Insert(Shape):
    """An editorial heading or break before a line."""

    before: int
    heading: str = ""
    level: int = Field(default=1, ge=1, le=4)
    section_break: bool = Field(default=False, alias="break")
    why: Reason

    @model_validator(mode="after")
    def _one_of(self) -> Insert:
        if bool(self.heading) == self.section_break:
            raise ValueError("give either a heading or “break: true”")
        return self


class Emendation(Shape):
    line: int
    was: Annotated[OneLine, Field(min_length=1)]
    now: OneLine
    why: Reason
    all: bool = False


class EditorNote(Shape):
    line: int
    words: str = Field(min_length=1)
    note: Reason


class LineWords(Shape):
    """Words in a line of the article."""

    line: int
    words: str


def _line_words(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    found = []
    for item in value:
        line, _, words = str(item).partition(" ")
        if not re.fullmatch(r"\d{1,9}", line) or not words.strip():
            raise ValueError(f"{item!r} is not a line and words such as “9 My Life”")
        found.append(LineWords(line=int(line), words=words))
    return tuple(found)


class ArticleFile(Shape):
    copy_text: CopyText
    title: str = ""
    short_title: str = ""
    authors: Tuple[str] = ()
    language: Language = ""
    published: str = ""
    provenance: str = ""
    seen: datetime.date | None = None
    rights: str = ""
    headnote: str = ""
    lines: Literal["paragraphs", "wrapped", ""] = ""
    structure: Annotated[tuple[RoleOf, ...], BeforeValidator(_structure)] = ()
    insert: Tuple[Insert] = ()
    emendations: Tuple[Emendation] = ()
    editor_notes: Tuple[EditorNote] = ()
    italics: Annotated[tuple[LineWords, ...], BeforeValidator(_line_words)] = ()
    notes_from: int = 0


# --- Registers --------------------------------------------------------------------------------


class Topic(Shape):
    topic: str
    within: Places = Field(alias="in")


class Person(Shape):
    heading: str = Field(min_length=1)
    dates: str = ""
    gloss: str = ""
    also: Tuple[str] = ()
    see_also: Tuple[str] = ()
    forms: Forms
    topics: Tuple[Topic] = ()

    @field_validator("dates")
    @classmethod
    def _forwards(cls, value: str) -> str:
        years = [int(year) for year in re.findall(r"(?<!\d)\d{4}(?!\d)", value)]
        if years != sorted(years):
            raise ValueError(f"“{value}” runs backwards")
        return value

    @property
    def name(self) -> str:
        """The name in its spoken order: Leon Trotsky."""
        last, comma, first = self.heading.partition(", ")
        return f"{first} {last}" if comma else last


class Work(Shape):
    kind: Literal["book", "article", "periodical", "archive", "document"] = "book"
    authors: Tuple[str] = ()
    editors: Tuple[str] = ()
    title: str
    short: str = ""
    container: str = ""
    volumes: str = ""
    place: str = ""
    publisher: str = ""
    year: str = ""
    date: str = ""
    language: Language = ""
    note: str = ""
    supplied: Tuple[str] = ()
    forms: Forms = ()
    item: str = ""
    named: Passages = ()

    @field_validator("volumes", "year", "date", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | datetime.date) else value

    @field_validator("item")
    @classmethod
    def _pattern(cls, value: str) -> str:
        return _regex(value)

    @field_validator("supplied")
    @classmethod
    def _keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            if key not in cls.model_fields:
                raise ValueError(f"“{key}” is not a key of a work")
        return value


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    if _NESTED.search(value):
        raise ValueError(
            f"{value!r} repeats what is repeated within it, which may take for ever; write the "
            "repetition once, or give it an end: {1,9}"
        )
    return value


# A group of which nothing must stand but what is repeated without end, repeated without end itself:
# (a+)+ or (\w+\s?)*.
_ATOM = r"(?:\\.|\[(?:[^\]\\]|\\.)+\]|[^\\()\[\]?*+{}|])"
_NESTED = re.compile(rf"\((?:\?:)?(?:{_ATOM}[*?])*{_ATOM}[+*](?:{_ATOM}[*?])*\)(?:[+*]|\{{\d+,\}})")


class Event(Shape):
    date: EdtfDate
    inferred: Literal["year", "month", "day", ""] = ""
    old_style: EdtfDate | None = None
    text: str
    passages: Passages = Field(min_length=1)
    disagreement: str = ""

    @field_validator("date", "old_style", mode="before")
    @classmethod
    def _date(cls, value: Any) -> Any:
        if value is None or isinstance(value, EdtfDate):
            return value
        try:
            return EdtfDate.parse(str(value))
        except DateError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _calendars(self) -> Event:
        """Hold the Old Style day against the New Style one: they are 10 to 13 days apart."""
        first, last = self.date.start.first(), self.date.end.last()
        if self.old_style:
            if not GREGORIAN <= first < NEW_STYLE:
                raise ValueError(
                    f"{self.date} has no date in Old Style: that is for days from {GREGORIAN} to "
                    f"13 February 1918"
                )
            right = julian(first)
            if self.old_style.start.day and self.date.start.day:
                if self.old_style.start.first() != right:
                    raise ValueError(f"{self.date} is {right} in Old Style, not {self.old_style}")
            elif self.old_style.end.last() < right or self.old_style.start.first() > julian(last):
                raise ValueError(
                    f"{self.date} is {right} to {julian(last)} in Old Style, not {self.old_style}"
                )
        part = {"day": self.date.start.day, "month": self.date.start.month}
        if not part.get(self.inferred, 1):
            raise ValueError(f"{self.date} has no {self.inferred} that could be inferred")
        return self

    @model_validator(mode="after")
    def _passages(self) -> Event:
        places = [(p.article, p.line, p.words) for p in self.passages]
        twice = next((p for n, p in enumerate(places) if p in places[:n]), None)
        if twice:
            raise ValueError(f"the passage {twice[0]}:{twice[1]} stands here twice")
        return self


class MechanicalEmendation(Shape):
    id: str = Field(min_length=1)
    pattern: str
    now: OneLine
    why: Reason
    before: str
    after: str
    within: Places = Field(default=(), alias="in")

    @model_validator(mode="after")
    def _example(self) -> MechanicalEmendation:
        try:
            made = re.sub(_regex(self.pattern), self.now, self.before)
        except (re.error, IndexError) as error:
            raise ValueError(f"“now” of “{self.id}” does not fit its pattern: {error}") from None
        if made != self.after:
            raise ValueError(f"the example of “{self.id}” gives {made!r}, not {self.after!r}")
        return self


class House(Shape):
    regularise: Tuple[str] = ()
    emend: Tuple[MechanicalEmendation] = ()
    italics: Tuple[str] = ()
    not_names: Tuple[str] = ()
    languages: dict[Script, Language] = {}

    @field_validator("emend")
    @classmethod
    def _once(cls, value: tuple[MechanicalEmendation, ...]) -> tuple[MechanicalEmendation, ...]:
        ids = [rule.id for rule in value]
        twice = next((id for n, id in enumerate(ids) if id in ids[:n]), "")
        if twice:
            raise ValueError(f"the identifier “{twice}” stands here twice")
        return value


class Accepted(Shape):
    """A diagnostic that the editor accepts, with the reason."""

    code: str
    at: Annotated[Place | None, BeforeValidator(lambda v: Place.parse(v) if v else None)] = None
    says: str = ""
    why: Reason

    @model_validator(mode="after")
    def _somewhere(self) -> Accepted:
        if self.at is None and not self.says:
            raise ValueError("give “at”, “says” or both: an exception is for one finding")
        return self
