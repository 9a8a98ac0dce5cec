"""Row setter: the rows of a document set by WeasyPrint, and each of their lines drawn by itself.

What is drawn of a line, and the elements that it is of, are what WeasyPrint makes of it; but its
place is left out. What is not made of lines alone is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from . import faults
from .pages import Glyphs, ink_set
from .pdf import Log, Styles, rendered, words_in
from .slips import Element, Link, NotLinesError, Slip, SlipLine, Slips, TooLongError, numbered
from .typesetter import about_face


def set_rows(html: str, styles: Styles) -> Slips:
    """Return all rows of a document, one under another.

    Raises NotLinesError, TypesetterError and LayoutError.
    """
    log = Log()
    with log:
        document = rendered(html, styles)
        setter = _Setter(document, styles, log)
        slips = tuple(setter.slip(row) for row in _rows(document))
    log.check()
    return Slips(slips, setter.faces)


# --- Rows -----------------------------------------------------------------------------------------


class _Row(Struct, frozen=True):
    """A block of lines on a page of WeasyPrint's, and the boxes that it stands in."""

    page: Any
    block: Any
    around: tuple[Any, ...]
    before: float | None  # px: where the line before it ends, if one stands on the page
    follows: bool  # it is not parted from the row before it


def _rows(document: Any) -> Iterator[_Row]:
    if len(document.pages) > 1:
        raise TooLongError("a row has more lines than a galley holds")
    for page in document.pages:
        before: float | None = None
        last: tuple[Any, ...] = ()
        for around, block in _blocks(page._page_box, ()):
            foot = block.children[-1].position_y + block.children[-1].height
            begun = (box for box in around if not any(box is other for other in last))
            follows = any(box.style["break_before"] != "auto" for box in (*begun, block))
            yield _Row(page, block, around, before, follows)
            before, last = foot, around


def _blocks(box: Any, around: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield the blocks whose children are lines, each with those that it is in."""
    from weasyprint.formatting_structure import boxes

    for child in box.children:
        if isinstance(child, (boxes.MarginBox, boxes.FootnoteAreaBox)) and not child.children:
            continue
        plain = isinstance(child, boxes.BlockBox) and child.is_in_normal_flow()
        if not plain or child.style["column_count"] != "auto":
            raise NotLinesError(f"<{child.element_tag}> is no block of lines")
        lines = [isinstance(line, boxes.LineBox) for line in child.children]
        own = child.element_tag not in ("html", "body")
        if own and _is_drawn(child):
            raise NotLinesError(f"<{child.element_tag}> has a ground or a border of its own")
        if own and not _may_break(child, is_row=any(lines)):
            raise NotLinesError(f"the style sheet says where pages break at <{child.element_tag}>")
        if any(lines) and not all(lines):
            raise NotLinesError(f"<{child.element_tag}> holds lines and blocks")
        if any(lines):
            yield around, child
        else:
            yield from _blocks(child, (*around, child) if own else around)


_FREE = ("auto", "avoid", "avoid-page")


def _may_break(box: Any, *, is_row: bool) -> bool:
    """Tell whether pages can end at a block as they can anywhere, or else had better not."""
    around = (box.style[f"break_{where}"] for where in ("after", "inside"))
    free = _FREE if is_row else ("auto",)
    return box.style["break_before"] in _FREE and all(value in free for value in around)


def _is_drawn(box: Any) -> bool:
    """Tell whether something is drawn of a block besides what is in it."""
    style = box.style
    edges = (style[f"border_{side}_width"] for side in ("top", "right", "bottom", "left"))
    turned = style["opacity"] < 1 or style["transform"] or style["overflow"] != "visible"
    return bool(box.background or any(edges) or style["outline_width"] or turned)


# --- One row --------------------------------------------------------------------------------------

_GRAIN = 1024  # parts of a px: positions are told so finely, whatever was added up to get there


class _Setter:
    """Takes the rows of a document one after another."""

    def __init__(self, document: Any, styles: Styles, log: Log) -> None:
        self.document, self.styles, self.log = document, styles, log
        self.fonts: dict[Any, Any] = {}  # of WeasyPrint's, by its keys
        self.faces: dict[str, bytes] = {}
        self.cuts: dict[str, str] = {}
        self.links = {id(link[3]): link for page in document.pages for link in page.links}

    def slip(self, row: _Row) -> Slip:
        """Return a row."""
        block, style, page = row.block, row.block.style, row.page._page_box
        first, last = block.children[0], block.children[-1]
        head, foot = first.position_y, last.position_y + last.height
        above = head - (page.content_box_y() if row.before is None else row.before)
        over = head - block.border_box_y()
        under = block.border_box_y() + block.border_height() - foot
        fonts = {key: _unused(font) for key, font in self.fonts.items()}
        resources, tags = _resources(), dict[Any, Any]()
        links = [self._links_of(line) for line in block.children]
        self.log.take_missing()
        lines = list(self._lines(row, links, fonts, resources, tags))
        self.fonts = {**fonts, **self.fonts}
        linked = [link[3] for own in links for link in own]
        elements, contents = _tree(block, row.around, tags, linked, lines)
        return Slip(
            id=block.element.get("id") or "",
            lines=tuple(
                replace(line, told=replace(line.told, element=None), contents=tuple(own))
                for line, own in zip(lines, contents, strict=True)
            ),
            above=_exact(above),
            head=_exact(over),
            foot=_exact(under),
            stays=style["break_after"] != "auto",
            follows=row.follows,
            whole=style["break_inside"] != "auto",
            orphans=style["orphans"],
            widows=style["widows"],
            elements=tuple(elements),
            around=tuple((_kind(box), _language(box)) for box in row.around),
            glyphs={font.hash: self._glyphs(font) for font in fonts.values() if font.widths},
            states={name: bytes(state.data) for name, state in resources["ExtGState"].items()},
            missing=tuple(self.log.take_missing()),
            broken=tuple(faults.broken_words(line.told for line in lines)),
        )

    def _links_of(self, line: Any) -> list[Any]:
        return [self.links[id(box)] for box in line.descendants() if id(box) in self.links]

    def _lines(
        self, row: _Row, links: Sequence[Any], fonts: Any, resources: Any, tags: Any
    ) -> Iterator[SlipLine]:
        """Yield the lines of a row, each moved to where lines are drawn."""
        from weasyprint.stacking import StackingContext

        block, page = row.block, row.page._page_box
        left, heads = page.content_box_x(), [line.position_y for line in block.children]
        within = faults.within((*row.around, block))
        within = replace(within, left=within.left - left, right=within.right - left)
        for line in block.children:
            line.translate(-left, -line.position_y)
            for box in (line, *line.descendants()):
                box.position_x, box.position_y = _exact(box.position_x), _exact(box.position_y)
        context = StackingContext.from_box(block, page)
        placed = context.negative_z_contexts, context.zero_z_contexts, context.positive_z_contexts
        if any((*placed, context.float_contexts, context.block_level_boxes)):
            raise NotLinesError(f"something in <{block.element_tag}> is no part of a line")
        used = 0
        for n, (line, drawn) in enumerate(zip(block.children, context.box.children, strict=True)):
            before = len(tags)
            drawing = self._drawing(drawn, page, fonts, resources, tags)
            words = "".join(words_in(line))
            yield SlipLine(
                offset=used,
                x=line.position_x,
                y=_exact(heads[n] - heads[0]),
                words=words,
                told=faults.line_in(line, within),
                drawing=numbered(drawing, -before),
                marks=len(tags) - before,
                links=tuple(_link(link, left, heads[n]) for link in links[n]),
                contents=(),
                anchors=tuple(_anchors(line)),
            )
            used += ink_set(words)

    def _drawing(self, line: Any, page: Any, fonts: Any, resources: Any, tags: Any) -> bytes:
        import pydyf
        from weasyprint.draw import draw_inline_level
        from weasyprint.pdf.stream import Stream

        profiles, intent = self.document.color_profiles, self.document.output_intent
        area = (0, 0, page.width, page.height)
        stream = Stream(fonts, area, resources, {}, tags, profiles, intent)
        draw_inline_level(stream, page, line)
        if any(resources[kind] for kind in ("Pattern", "Shading")):
            raise NotLinesError("there is a picture, or something that fades")
        return b"\n".join(pydyf._to_bytes(step) for step in _flat(stream, resources))

    def _glyphs(self, font: Any) -> Glyphs:
        """Return what a row uses of a font, which is told of once."""
        if font.hash not in self.faces:
            self.faces[font.hash] = about_face(font)
            self.cuts[font.hash] = self.styles.fonts.named(font.file_content)
        known = {
            glyph: (width, font.to_unicode.get(glyph, "")) for glyph, width in font.widths.items()
        }
        return Glyphs(self.cuts[font.hash], known)


def _flat(stream: Any, resources: Any) -> Iterator[Any]:
    """Yield the steps of a stream with those of the groups in it, which draw what they would.

    A group is one for the sake of its opacity; raises NotLinesError where it has some.
    """
    for step in stream.stream:
        form = _DRAWN.fullmatch(step) if isinstance(step, bytes) else None
        if not form:
            yield step
            continue
        group = stream._resources["XObject"].get(form[1].decode())
        states = group._resources["ExtGState"] if hasattr(group, "_resources") else {"": {"ca": 0}}
        if any(set(state.values()) != {1} for state in states.values()):
            raise NotLinesError("there is a picture, or something that shines through")
        resources["ExtGState"].update(states)
        yield b"q"
        yield from _flat(group, resources)
        yield b"Q"


_DRAWN = re.compile(rb"/(\w+) Do")


def _exact(length: float) -> float:
    return round(length * _GRAIN) / _GRAIN


def _unused(font: Any) -> Any:
    """Return a font of which no glyph is used yet."""
    own = copy(font)
    own.widths, own.to_unicode, own.missing = {}, {}, {}
    vars(own).pop("drawn", None)  # what `hasten_runs` remembers of it
    return own


def _resources() -> Any:
    from pydyf import Dictionary

    kinds = ("ExtGState", "XObject", "Pattern", "Shading", "ColorSpace")
    return Dictionary({kind: Dictionary() for kind in kinds})


def _link(link: Any, left: float, head: float) -> Link:
    _, target, (x0, y0, x1, y1), _ = link
    return Link(
        target, (_exact(x0 - left), _exact(y0 - head), _exact(x1 - left), _exact(y1 - head))
    )


def _anchors(line: Any) -> Iterator[tuple[str, float, float]]:
    """Yield the identifiers in a line, with their places."""
    for box in line.descendants():
        name = box.style["anchor"] if hasattr(box, "hit_area") else ""
        if name:
            x, y, *_ = box.hit_area()
            yield name, _exact(x), _exact(y)


# --- The structure tree ---------------------------------------------------------------------------


def _kind(box: Any) -> str:
    """Return what an element is called in the structure tree."""
    from weasyprint.pdf.tags import _get_pdf_tag

    return str(_get_pdf_tag(box.element_tag))


def _language(box: Any) -> bytes:
    from pydyf import String

    language = box.element.get("lang")
    return b"/Lang " + String(language).data if language else b""


def _tree(
    block: Any,
    around: Sequence[Any],
    tags: dict[Any, Any],
    linked: Iterable[Any],
    lines: Sequence[SlipLine],
) -> tuple[list[Element], list[list[tuple[tuple[int, ...], int]]]]:
    """Return the elements that WeasyPrint makes of a block, and what of them is in every line."""
    from pydyf import PDF, Dictionary
    from weasyprint.pdf.tags import _build_box_tree

    pdf = PDF()
    pdf.add_page(Dictionary())
    parent = Dictionary({"S": f"/{_kind(around[-1])}" if around else "/Document"})
    pdf.add_object(parent)
    links: dict[bytes, int] = {}
    for n, box in enumerate(linked):
        box.link_annotation = Dictionary({"Subtype": "/Link"})
        pdf.add_object(box.link_annotation)
        links[box.link_annotation.reference] = n
    tree = _Tree(pdf, links, lines)
    for element in _build_box_tree(block, parent, pdf, 0, {}, [], tags):
        tree.take(element, ())
    return tree.elements, tree.contents


_LEFT_OUT = frozenset(("Type", "S", "K", "Pg", "P", "A"))


class _Tree:
    """Goes through elements once, and tells of each of their contents in which line it is."""

    def __init__(self, pdf: Any, links: Mapping[bytes, int], lines: Sequence[SlipLine]) -> None:
        self.pdf, self.links = pdf, links
        self.marks = [(n, mark) for n, line in enumerate(lines) for mark in range(line.marks)]
        self.linked = [(n, -1 - k) for n, line in enumerate(lines) for k in range(len(line.links))]
        self.elements: list[Element] = []
        self.contents: list[list[tuple[tuple[int, ...], int]]] = [[] for _ in lines]

    def take(self, element: Any, around: tuple[int, ...]) -> None:
        from pydyf import _to_bytes

        told = (item for item in element.items() if item[0] not in _LEFT_OUT)
        attributes = b"".join(b"/%b %b" % (key.encode(), _to_bytes(value)) for key, value in told)
        path = (*around, len(self.elements))
        self.elements.append((element["S"].removeprefix("/"), attributes))
        for kid in element["K"]:
            own = None if isinstance(kid, int) else self.pdf.objects[int(kid.split()[0])]
            if own and own["Type"] != "/OBJR":
                self.take(own, path)
                continue
            n, content = self.linked[self.links[own["Obj"]]] if own else self.marks[kid]
            self.contents[n].append((path, content))
