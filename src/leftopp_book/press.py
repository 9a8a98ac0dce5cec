"""Press: from a PDF for screens to one for a printing press, PDF/X-1a:2003 (ISO 15930-4).

The pages are the same to the point; what changes is around them and beneath. Colours become black
or grey in DeviceGray (on the cover, CMYK), all that is for screens goes: links, tags, bookmarks.
X-1a wants no transparency and no RGB, which a book of type does not need, and in return names a
registered printing condition as its output intent instead of carrying a colour profile.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from msgspec import Struct, field
from pikepdf import Array, Dictionary, Name, Pdf, String

from .inks import Inks
from .job import Facts, Fault, Job, Ready
from .join import size_of
from .schema import CONDITIONS

MM = 72 / 25.4  # points


def press_ready(pdf: bytes | Pdf, job: Job, facts: Facts, inks: Inks | None = None) -> Ready:
    """Return the PDF/X-1a of a PDF, and what in it cannot be printed so.

    `inks` may know what the pages draw already. One that is open is of no use after this.
    """
    book = _pages_of(pdf)
    faults: list[Fault] = []
    pages = _Pages(book, inks or Inks(job.colours))
    for number, page in enumerate(book.pages, 1):
        faults += (Fault(number, what) for what in pages.turn(page))
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


def _pages_of(pdf: bytes | Pdf) -> Pdf:
    """Return the pages of a book without what is for screens; the rest need not be in memory."""
    book, source = Pdf.new(), pdf if isinstance(pdf, Pdf) else Pdf.open(io.BytesIO(pdf))
    for page in source.pages:
        for key in SCREEN:
            if key in page.obj:
                del page.obj[key]
    book.pages.extend(source.pages)
    if source is not pdf:
        source.close()
    return book


# --- Pages ------------------------------------------------------------------------------------

SCREEN = ("/Annots", "/StructParents", "/Tabs", "/Group", "/CropBox")


class _Pages(Struct):
    """Puts what prints in the place of what pages have for screens, each form once."""

    pdf: Pdf
    inks: Inks
    forms: dict[tuple[int, int], tuple[Any, list[str]]] = field(default_factory=dict)

    def turn(self, page: pikepdf.Page) -> list[str]:
        """Turn the colours of a page; return what in it cannot be printed."""
        resources: Any = page.obj.get("/Resources", Dictionary())
        streams, wrong = self._turned(page, resources)
        page.obj.Contents = Array(streams)
        page.obj.Resources = self._kept(resources, wrong)
        return list(dict.fromkeys(wrong))

    def _turned(self, stream: Any, resources: Any) -> tuple[list[Any], list[str]]:
        made = self.inks.turn(stream)
        streams = [self.pdf.make_stream(one.packed, Filter=Name.FlateDecode) for one in made]
        states = dict.fromkeys(name for one in made for name in one.states)
        opaque = (fault for name in states for fault in _opacity(resources, name))
        return streams, [*(what for one in made for what in one.wrong), *opaque]

    def _kept(self, resources: Any, wrong: list[str]) -> Dictionary:
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
            resources = form.get("/Resources", Dictionary())
            (made,), wrong = self._turned(form, resources)
            made.Type, made.Subtype, made.BBox = Name.XObject, Name.Form, form.BBox
            if "/Matrix" in form:
                made.Matrix = form.Matrix
            made.Resources = self._kept(resources, wrong)
            self.forms[key] = made, wrong
        return self.forms[key]


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
