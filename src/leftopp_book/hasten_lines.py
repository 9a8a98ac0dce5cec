"""Lines of text: Pango is asked once for what is set in styles that are alike.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, gobject, pango
from weasyprint.text.line_break import Layout

from .hasten_measure import first_line
from .hasten_voices import Voice, attributes_of, no_hyphens, voice_of

# --- Layouts --------------------------------------------------------------------------------------


def _setup(self: Any, style: Any) -> None:
    """Do what `Layout.setup` does."""
    self.style = style
    self.first_line_direction = 0
    of = style.voice or voice_of(style)
    self.language = of.language
    self.layout = layout = ffi.gc(pango.pango_layout_new(of.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout, False)
    pango.pango_layout_set_font_description(layout, of.description)
    pango.pango_layout_set_attributes(layout, of.attributes)
    self.__dict__.update(of.decoration)
    self.own = None


_SPACES = re.compile(" |\u00a0".encode())


def _set_text(self: Any, text: str, justify: bool = False) -> None:
    """Do what `Layout.set_text` does."""
    index = text.find("\n")
    if index != -1:
        text = text[: index + 2]
    self.text = text
    bytestring = text.encode()
    if b"\x00" in bytestring:
        bytestring = bytestring.replace(b"\x00", b"")
    layout, style = self.layout, self.style
    pango.pango_layout_set_text(layout, bytestring, -1)
    word_spacing = style["word_spacing"]
    if justify:
        word_spacing += self.justification_spacing
    of = style.voice or voice_of(style)
    letter_spacing = of.letter_spacing
    if text and (word_spacing or letter_spacing):
        _space(self, of, bytestring, word_spacing, letter_spacing)
    if b"\t" in bytestring:
        self.set_tabs()


def _space(self: Any, of: Voice, string: bytes, word_spacing: Any, letter_spacing: Any) -> None:
    attributes = self.own
    if attributes is None:
        attributes = self.own = attributes_of(of.features)
    new, change = pango.pango_attr_letter_spacing_new, pango.pango_attr_list_change
    if letter_spacing:
        letter_spacing = int(letter_spacing * TO_UNITS)
        attribute = new(letter_spacing)
        attribute.start_index, attribute.end_index = 0, len(string)
        change(attributes, attribute)
    if word_spacing:
        if string == b" ":
            self.text = " \u200b"
            string = self.text.encode()
            pango.pango_layout_set_text(self.layout, string, -1)
        spacing = int(word_spacing * TO_UNITS + letter_spacing)
        last = len(string) - 1
        for match in _SPACES.finditer(string):
            start = match.start()
            attribute = new(2 * spacing if start in (0, last) else spacing)
            attribute.start_index, attribute.end_index = start, match.end()
            change(attributes, attribute)
    if of.breaks_words:
        no_hyphens(attributes, len(string))
    pango.pango_layout_set_attributes(self.layout, attributes)


def _deactivate(self: Any) -> None:
    del self.layout, self.language, self.style, self.own


def _inactive(text: str, style: Any, justification_spacing: float) -> Any:
    """Return the layout that `create_layout` and `deactivate` make, and Pango never sees."""
    index = text.find("\n")
    if index != -1:
        text = text[: index + 2]
    if text == " " and style["word_spacing"]:
        text = " \u200b"
    of = style.voice or voice_of(style)
    made = Layout.__new__(Layout)
    made.__dict__.update(of.decoration)
    made.justification_spacing = justification_spacing
    made.first_line_direction = 0
    made.max_width = None
    made.text = text
    return made


_rectangle = ffi.new("PangoRectangle *")


def _line_size(line: Any, style: Any) -> tuple[float, float]:
    """Return what `line_size` does."""
    pango.pango_layout_line_get_extents(line, ffi.NULL, _rectangle)
    width, height = _rectangle.width * FROM_UNITS, _rectangle.height * FROM_UNITS
    if style["letter_spacing"] != "normal":
        width += style["letter_spacing"]
    return width, height


# --- Lines ----------------------------------------------------------------------------------------

_split = line_break.split_first_line
_strut = line_break.strut


def _split_first_line(
    text: str,
    style: Any,
    context: Any,
    max_width: Any,
    justification_spacing: float,
    is_line_start: bool = True,
    minimum: bool = False,
) -> Any:
    """Return what `split_first_line` does: for a style it is a function of the other arguments."""
    if "\t" in text:  # where tabs are is not in the voice
        return _split(
            text, style, context, max_width, justification_spacing, is_line_start, minimum
        )
    lines = style.lines
    if lines is None:
        lines = style.lines = _lines(style)
    key = text, max_width, justification_spacing, is_line_start, minimum
    found = lines.get(key)
    if found is None:
        found = lines[key] = first_line(
            text, style, context, max_width, justification_spacing
        ) or _split(text, style, context, max_width, justification_spacing, is_line_start, minimum)
    layout = Layout.__new__(Layout)
    layout.__dict__.update(found[0].__dict__)
    return layout, *found[1:]


# What else lines depend on; none of it is worked out from anything but itself.
_BROKEN_BY = (
    "word_spacing",
    "white_space",
    "hyphens",
    "hyphenate_character",
    "hyphenate_limit_chars",
    "word_break",
)
_KEPT = 10_000  # lines


def _lines(style: Any) -> dict[Any, Any]:
    """Return the lines known of styles that are like one; of this one, where that is not sure."""
    zone = _zone(style)
    if zone is None:
        return {}
    faces = vars(style.font_config)
    kept = faces.setdefault("lines", {})
    key = style.voice or voice_of(style), zone, *map(style.__getitem__, _BROKEN_BY)
    try:
        known: dict[Any, Any] | None = kept.get(key)
    except TypeError:  # what cannot be a key
        return {}
    if known is None:
        if sum(map(len, kept.values())) > _KEPT:
            kept.clear()
        known = kept[key] = {}
    return known


def _zone(style: Any) -> Any:
    """Return the hyphenation zone of a style if no size of its own counts in it.

    It may not be asked for, as it would be worked out earlier than it should.
    """
    name = "hyphenate_limit_zone"
    while name not in style:
        given = getattr(style, "cascaded", {}).get(name)
        if given is not None:
            return _sure(given[0])
        style = style.parent_style
        if style is None:
            return INITIAL_VALUES[name]
    return _sure(style[name])


def _sure(zone: Any) -> Any:
    return zone if getattr(zone, "unit", None) in ("%", "px") else None


def _strut_once(style: Any) -> Any:
    """Return what `strut` does: for a voice it is a function of the line height."""
    made = style.strut
    if made is None:
        voice, height = style.voice, None
        if voice is not None and style["font_size"]:
            height = style["line_height"]
        if type(height) is float or height == "normal" or getattr(height, "unit", None) == "px":
            made = voice.struts.get(height)
            if made is None:
                made = voice.struts[height] = _strut(style)
        else:
            made = _strut(style)
        style.strut = made
    return made


def _add_word_spacing(
    context: Any, box: Any, justification_spacing: float, x_advance: float
) -> float:
    """Do what `add_word_spacing` does, without a layout that is used for nothing."""
    if isinstance(box, boxes.TextBox):
        box.justification_spacing = justification_spacing
        box.position_x += x_advance
        spaces = box.text.count(" ") + box.text.count("\u00a0")
        if spaces:
            extra = justification_spacing * spaces
            x_advance += extra
            box.width += extra
            box.pango_layout = _inactive(box.text, box.style, justification_spacing)
    elif isinstance(box, (boxes.LineBox, boxes.InlineBox)):
        box.position_x += x_advance
        before = x_advance
        backwards = box.style["direction"] == "rtl"
        for child in box.children[::-1] if backwards else box.children:
            if child.is_in_normal_flow():
                x_advance = _add_word_spacing(context, child, justification_spacing, x_advance)
        box.width += x_advance - before
    else:
        box.translate(x_advance, 0)
    return x_advance


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (
        (_split, _split_first_line),
        (_strut, _strut_once),
        (line_break.line_size, _line_size),
        (inline.add_word_spacing, _add_word_spacing),
    )


def methods() -> None:
    """Replace methods."""
    Layout.setup = _setup
    Layout.set_text = _set_text
    Layout.deactivate = _deactivate
