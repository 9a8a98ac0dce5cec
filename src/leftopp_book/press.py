"""Press: from a PDF for screens to one for a printing press, PDF/X-1a:2003 (ISO 15930-4).

The pages are the same to the point; what changes is around them and beneath. Colours become black
or grey in DeviceGray (on the cover, CMYK), all that is for screens goes: links, tags, bookmarks.
X-1a wants no transparency and no RGB, which a book of type does not need, and in return names a
registered printing condition as its output intent instead of carrying a colour profile.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String

from .drawing import UnknownStepError, steps_of
from .join import size_of
from .schema import CONDITIONS

MM = 72 / 25.4  # points


@dataclass(frozen=True)
class Job:
    """How sheets are to be made ready. Lengths are in millimetres."""

    condition: str  # a key of schema.CONDITIONS
    bleed: float = 0
    marks: bool = False
    signature: int = 2  # the number of pages is a multiple of it
    drawn: float = 0  # bleed that the pages have already, within their size
    colours: bool = False  # CMYK, not black alone


@dataclass(frozen=True)
class Facts:
    """What the press file says of itself."""

    title: str
    author: str
    producer: str
    modified: str  # as in PDF: D:20260101000000Z


@dataclass(frozen=True)
class Fault:
    """What cannot be printed in this job, and on which page, from 1."""

    page: int
    what: str


@dataclass(frozen=True)
class Ready:
    pdf: bytes
    pages: int
    faults: tuple[Fault, ...]


def leaves(pages: int, signature: int) -> int:
    """Return how many pages a book has with blank ones up to a whole signature."""
    return -(-pages // signature) * signature


def press_ready(pdf: bytes, job: Job, facts: Facts) -> Ready:
    """Return the PDF/X-1a of a PDF, and what in it cannot be printed so."""
    book = _pages_of(pdf)
    faults: list[Fault] = []
    inks = _Inks(book, job.colours)
    for number, page in enumerate(book.pages, 1):
        faults += (Fault(number, what) for what in inks.page(page))
    width, height = size_of(book.pages[0])
    while len(book.pages) % job.signature:
        book.add_blank_page(page_size=(width, height))
    for page in book.pages:
        _frame(page, job)
    _declare(book, job.condition, facts)
    out = io.BytesIO()
    book.save(
        out,
        deterministic_id=True,
        force_version="1.4",
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    return Ready(out.getvalue(), len(book.pages), tuple(faults))


def _pages_of(pdf: bytes) -> Pdf:
    """Return the pages of a book without what is for screens; the rest need not be in memory."""
    book = Pdf.new()
    with Pdf.open(io.BytesIO(pdf)) as source:
        for page in source.pages:
            for key in SCREEN:
                if key in page.obj:
                    del page.obj[key]
        book.pages.extend(source.pages)
    return book


def page_size(pdf: bytes) -> tuple[float, float]:
    """Return the width and height of the first page, in millimetres."""
    with Pdf.open(io.BytesIO(pdf)) as book:
        width, height = size_of(book.pages[0])
    return round(width / MM, 3), round(height / MM, 3)


# --- Inks -------------------------------------------------------------------------------------

SCREEN = ("/Annots", "/StructParents", "/Tabs", "/Group", "/CropBox")
COMPONENTS = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4}
SPACES = {"g": "/DeviceGray", "rg": "/DeviceRGB", "k": "/DeviceCMYK"}
STATE = {b"q", b"Q", b"cs", b"CS", b"sc", b"SC", b"scn", b"SCN", b"gs", b"sh", b"BI"}
OURS = STATE | {c.encode() for name in SPACES for c in (name, name.upper())}


@dataclass
class _Inks:
    """Turns the colours of content streams into inks, each stream once."""

    pdf: Pdf
    colours: bool
    forms: dict[tuple[int, int], tuple[Any, list[str]]] = field(default_factory=dict)

    def page(self, page: pikepdf.Page) -> list[str]:
        """Turn the colours of a page; return what in it cannot be printed."""
        resources: Any = page.obj.get("/Resources", Dictionary())
        wrong: list[str] = []
        page.obj.Contents = self.pdf.make_stream(self.content(page, resources, wrong))
        page.obj.Resources = self.kept(resources, wrong)
        return list(dict.fromkeys(wrong))

    def content(self, stream: Any, resources: Any, wrong: list[str]) -> bytes:
        made: list[bytes] = []
        spaces = [{"fill": "/DeviceGray", "line": "/DeviceGray"}]  # kept by q, given back by Q
        try:
            steps = steps_of(stream)
        except UnknownStepError as error:
            wrong.append(f"what cannot be read: {error}")
            return b""
        for operands, operator in steps:
            if operator not in OURS:
                made.append(operands + operator)
                continue
            name, given = operator.decode(), operands.decode().split()
            space = spaces[-1]
            side = "line" if name.isupper() else "fill"
            lower = name.lower()
            if name == "q":
                spaces.append(dict(space))
            elif name == "Q" and len(spaces) > 1:
                spaces.pop()
            elif lower == "cs":
                space[side] = given[0]
                continue
            elif lower in SPACES or lower in ("sc", "scn"):
                made += self._ink(SPACES.get(lower, space[side]), given, side, wrong)
                continue
            elif name == "gs":
                wrong += _opacity(resources, given[0])
                continue
            elif name in ("sh", "BI"):
                wrong.append("a picture or a shading")
            made.append(operands + operator)
        return b"\n".join(made)

    def _ink(
        self, space: str, operands: Sequence[str], side: str, wrong: list[str]
    ) -> Iterator[bytes]:
        """Yield the operator that sets a colour in ink."""
        if COMPONENTS.get(space) != len(operands):
            wrong.append(f"a colour of the space {space.removeprefix('/')}")
            return
        values = [float(v) for v in operands]
        match values:
            case [grey]:
                pass
            case [red, green, blue]:
                grey = red
                if not red == green == blue:
                    wrong.append(f"the colour rgb {red:g} {green:g} {blue:g}")
            case [cyan, magenta, yellow, black]:
                if self.colours:
                    yield _step(values, "K" if side == "line" else "k")
                    return
                grey = 1 - black
                if cyan or magenta or yellow:
                    shown = " ".join(f"{v:g}" for v in values)
                    wrong.append(f"the colour cmyk {shown}")
        yield _step([grey], "G" if side == "line" else "g")

    def kept(self, resources: Any, wrong: list[str]) -> Dictionary:
        """Return the resources that print: fonts and forms, whose colours are turned too."""
        kept = Dictionary()
        if "/Font" in resources:
            kept.Font = resources.Font
        objects = {}
        for name, item in resources.get("/XObject", {}).items():
            if item.get("/Subtype") == Name.Form:
                objects[name], faults = self._form(item)
                wrong += faults
            else:
                objects[name] = item
                wrong.append("a picture")
        if objects:
            kept.XObject = Dictionary(objects)
        return kept

    def _form(self, form: Any) -> tuple[Any, list[str]]:
        key = form.objgen
        if key not in self.forms:
            wrong: list[str] = []
            resources = form.get("/Resources", Dictionary())
            made = self.pdf.make_stream(self.content(form, resources, wrong))
            made.Type, made.Subtype, made.BBox = Name.XObject, Name.Form, form.BBox
            if "/Matrix" in form:
                made.Matrix = form.Matrix
            made.Resources = self.kept(resources, wrong)
            self.forms[key] = made, wrong
        return self.forms[key]


def _step(values: Sequence[float], operator: str) -> bytes:
    numbers = [f"{int(v)}" if v == int(v) else f"{v:.4f}" for v in values]
    return " ".join((*numbers, operator)).encode()


def _opacity(resources: Any, name: str) -> Iterator[str]:
    """Yield a fault for a graphics state that is not opaque."""
    state = resources.get("/ExtGState", {}).get(name, {})
    opaque = all(float(state.get(key, 1)) == 1 for key in ("/ca", "/CA"))
    masked = state.get("/SMask", Name("/None")) != Name("/None")
    blended = state.get("/BM", Name.Normal) not in (Name.Normal, Name("/Compatible"))
    if not opaque or masked or blended:
        yield "transparency"


# --- Boxes and marks --------------------------------------------------------------------------

MARK = 5.0  # length of a crop mark, mm
AWAY = 3.0  # from the trim at least, mm
EDGE = 1.0  # paper around the marks, mm


def _frame(page: pikepdf.Page, job: Job) -> None:
    """Set the boxes of a page, and draw its crop marks outside the bleed."""
    width, height = size_of(page)
    trim_width, trim_height = width - 2 * job.drawn * MM, height - 2 * job.drawn * MM
    away = max(job.bleed, AWAY)
    margin = (away + MARK + EDGE if job.marks else job.bleed) * MM
    shift = margin - job.drawn * MM
    x0, y0, x1, y1 = margin, margin, margin + trim_width, margin + trim_height
    bleed = job.bleed * MM
    page.obj.MediaBox = _box(0, 0, x1 + margin, y1 + margin)
    page.obj.BleedBox = _box(x0 - bleed, y0 - bleed, x1 + bleed, y1 + bleed)
    page.obj.TrimBox = _box(x0, y0, x1, y1)
    if shift:
        page.contents_add(f"q 1 0 0 1 {shift:.4f} {shift:.4f} cm\n".encode(), prepend=True)
        page.contents_add(b"\nQ\n")
    if job.marks:
        lines = []
        for x, outwards in ((x0, -1), (x1, 1)):
            for y, up in ((y0, -1), (y1, 1)):
                near, far = away * MM, (away + MARK) * MM
                lines += [
                    (x + outwards * near, y, x + outwards * far, y),
                    (x, y + up * near, x, y + up * far),
                ]
        drawn = "\n".join("{:.3f} {:.3f} m {:.3f} {:.3f} l S".format(*line) for line in lines)
        ink = "1 1 1 1 K" if job.colours else "0 G"
        page.contents_add(f"\nq {ink} 0.25 w [] 0 d\n{drawn}\nQ\n".encode())


def _box(*values: float) -> Array:
    return Array([pikepdf.Object.parse(f"{value:.4f}".encode()) for value in values])


# --- What the file says of itself -------------------------------------------------------------

PDFX = "PDF/X-1a:2003"


def _declare(book: Pdf, condition: str, facts: Facts) -> None:
    """Write the output intent and the entries that X-1a wants (ISO 15930-4, 6.2 and 6.15)."""
    book.Root.OutputIntents = Array(
        [
            Dictionary(
                Type=Name.OutputIntent,
                S=Name.GTS_PDFX,
                OutputConditionIdentifier=String(condition),
                OutputCondition=String(CONDITIONS[condition]),
                RegistryName=String("http://www.color.org"),
                Info=String(f"{condition}: {CONDITIONS[condition]}"),
            )
        ]
    )
    with book.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp.register_xml_namespace("http://ns.adobe.com/pdfx/1.3/", "pdfx")
        xmp["dc:title"] = facts.title
        xmp["dc:creator"] = [facts.author]
        xmp["pdf:Producer"] = facts.producer
        xmp["pdf:Trapped"] = "False"
        xmp["xmp:CreatorTool"] = facts.producer
        xmp["xmp:CreateDate"] = xmp["xmp:ModifyDate"] = _iso(facts.modified)
        xmp["pdfx:GTS_PDFXVersion"] = PDFX
    info = book.docinfo
    info["/Title"], info["/Author"] = facts.title, facts.author
    info["/Creator"] = info["/Producer"] = facts.producer
    info["/CreationDate"] = info["/ModDate"] = facts.modified
    info["/Trapped"] = Name("/False")
    info["/GTS_PDFXVersion"] = PDFX


def _iso(date: str) -> str:
    """Return a date of PDF (D:20260101000000Z) as XMP writes it."""
    d = date.removeprefix("D:")
    return f"{d[:4]}-{d[4:6]}-{d[6:8]}T{d[8:10]}:{d[10:12]}:{d[12:14]}Z"
