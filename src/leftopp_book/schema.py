"""The shape of every file in `book/`; docs/formats.md says what each key means."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from stdnum import ean
from stdnum.exceptions import ValidationError as StdnumError

from .dates import DateError, EdtfDate, julian
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


T = TypeVar("T")
Tuple = Annotated[tuple[T, ...], BeforeValidator(_tupled)]

# --- Places -----------------------------------------------------------------------------------

ID = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_PLACE = re.compile(rf"(?P<article>{ID})(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?")
_PASSAGE = re.compile(rf"(?P<article>{ID}):(?P<line>\d+)(?: (?P<words>.+))?", re.S)
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
        try:
            ean.validate(digits)
        except StdnumError:
            right = ean.calc_check_digit(digits[:-1])
            raise ValueError(
                f"the check digit of {value!r} is {digits[-1]}, but should be {right}"
            ) from None
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
    parts: Tuple[Part]
    front: Tuple[str] = ()
    back: Tuple[str] = ()
    format: str = "a5"
    face: Annotated[str, BeforeValidator(_face)] = FACES[0]

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


_LINES = re.compile(r"(\d+)(?:-(\d+))?")
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
    level: int = 1
    section_break: bool = Field(default=False, alias="break")
    why: str

    @model_validator(mode="after")
    def _one_of(self) -> Insert:
        if bool(self.heading) == self.section_break:
            raise ValueError("give either a heading or “break: true”")
        return self


class Emendation(Shape):
    line: int
    was: str = Field(min_length=1)
    now: str
    why: str
    all: bool = False


class EditorNote(Shape):
    line: int
    words: str
    note: str


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
        if not line.isdigit() or not words:
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
    heading: str
    dates: str = ""
    gloss: str = ""
    also: Tuple[str] = ()
    see_also: Tuple[str] = ()
    forms: Forms
    topics: Tuple[Topic] = ()

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
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


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
        if self.old_style and self.old_style.start.day and self.date.start.day:
            right = julian(self.date.start.first())
            if self.old_style.start.first() != right:
                raise ValueError(f"{self.date} is {right} in Old Style, not {self.old_style}")
        return self


class MechanicalEmendation(Shape):
    id: str
    pattern: str
    now: str
    why: str
    before: str
    after: str
    within: Places = Field(default=(), alias="in")

    @model_validator(mode="after")
    def _example(self) -> MechanicalEmendation:
        made = re.sub(_regex(self.pattern), self.now, self.before)
        if made != self.after:
            raise ValueError(f"the example of “{self.id}” gives {made!r}, not {self.after!r}")
        return self


class House(Shape):
    regularise: Tuple[str] = ()
    emend: Tuple[MechanicalEmendation] = ()
    italics: Tuple[str] = ()
    not_names: Tuple[str] = ()
    languages: dict[Script, Language] = {}


class Accepted(Shape):
    """A diagnostic that the editor accepts, with the reason."""

    code: str
    at: Annotated[Place | None, BeforeValidator(lambda v: Place.parse(v) if v else None)] = None
    says: str = ""
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _somewhere(self) -> Accepted:
        if self.at is None and not self.says:
            raise ValueError("give “at”, “says” or both: an exception is for one finding")
        return self
