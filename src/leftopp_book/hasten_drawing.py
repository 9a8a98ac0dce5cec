"""Text drawn: glyphs are read all at once, and what is written for one is made once a page.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from weasyprint.draw import text as drawing
from weasyprint.text.ffi import ffi, pango
from weasyprint.text.fonts import get_pango_font_key

from .hasten_runs import (
    FIELDS,
    IS_KNOWN,
    drawn_of,
    is_odd,
    line_of,
    logical_width,
    numbers_of,
    piece,
    within,
)
from .hasten_voices import voice_of
from .tagging import meaning

_draw, _draw_text = drawing.draw_first_line, drawing.draw_text


class _Run(Struct, frozen=True):
    """A run of glyphs of one font."""

    item: Any
    pango_font: Any
    new: bool  # whether the font is another than that of the run before
    font_key: int
    font_size: float
    numbers: list[int]


def _draw_line(
    stream: Any, textbox: Any, offset_x: Any, text_overflow: Any, block_ellipsis: Any
) -> None:
    """Do what `draw_text` does; a line of known words is written out of them."""
    layout, style = textbox.pango_layout, textbox.style
    line, plain = None, style["visibility"] == "visible" and style["text_decoration_line"] == "none"
    if plain and style["font_size"] and not textbox.text.strip():
        stream.set_color(style["color"])
        stream.begin_text()
        stream.end_text()
        return
    if (
        plain
        and IS_KNOWN
        and text_overflow != "ellipsis"
        and block_ellipsis == "none"
        and style["font_size"] >= 1e-6
    ):
        spacing = style["word_spacing"] + layout.justification_spacing
        line = line_of(stream, layout.text, style.voice or voice_of(style), spacing)
    if not line:
        _draw_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    stream.set_color(style["color"])
    stream.begin_text()
    x, y = textbox.position_x, textbox.position_y + textbox.baseline
    stream.set_text_matrix(1, 0, 0, -1, x, y)
    stream.set_font_size(line.font.hash, line.size)
    stream.show_text(line.shown)
    stream.end_text()


def _draw_first_line(
    stream: Any, textbox: Any, text_overflow: Any, block_ellipsis: Any, matrix: Any
) -> list[Any]:
    """Do what `draw_first_line` does; what is rare is left to it."""
    if text_overflow == "ellipsis" or block_ellipsis != "none" or not IS_KNOWN:
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)  # type: ignore[no-any-return]
    if not textbox.text.strip() or textbox.style["font_size"] < 1e-6:
        return []
    layout = textbox.pango_layout
    runs = _runs(_line(layout))
    fonts = runs and _fonts(stream, runs)
    if not runs or not fonts:
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)  # type: ignore[no-any-return]
    stream.set_text_matrix(*matrix.values)
    _show(stream, layout.text, runs, fonts)
    return []


def _line(layout: Any) -> Any:
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    line = pango.pango_layout_get_line_readonly(layout.layout, 0)
    layout.first_line_direction = line.resolved_dir
    return line


def _runs(line: Any) -> list[_Run]:
    """Return the runs of a line; none if there is something rare in them."""
    runs: list[_Run] = []
    run, before = line.runs[0], None
    while run != ffi.NULL:
        item = run.data
        run = run.next
        font = item.item.analysis.font
        numbers = numbers_of(item)
        if is_odd(numbers):
            return []
        if font != before:
            key, _, font_size = get_pango_font_key(font)
            runs.append(_Run(item, font, True, key, font_size, numbers))
        else:
            runs.append(_Run(item, font, False, key, font_size, numbers))
        before = font
    return runs


def _fonts(stream: Any, runs: list[_Run]) -> list[Any]:
    """Return the font of every run; none if one of them is not of outlines alone."""
    fonts = []
    for run in runs:
        font = stream._fonts.get(run.font_key)
        if font is None:
            font, _ = stream.add_font(run.pango_font)
        if font.png or font.svg or font.colr or font.bitmap:
            return []
        fonts.append(font)
    return fonts


def _show(stream: Any, text: str, runs: list[_Run], fonts: list[Any]) -> None:
    string = ""
    for run, font in zip(runs, fonts, strict=True):
        if run.new:
            if string:
                stream.show_text(string)
            string = ""
            stream.set_font_size(font.hash, run.font_size)
        glyphs = _glyphs(text, run.item, font, run.font_size, run.numbers)
        if glyphs:
            string += within(glyphs)
    stream.show_text(string)


def _glyphs(text: str, item: Any, font: Any, font_size: float, numbers: list[int]) -> str:
    """Return what is written between < and > for a run."""
    pieces = drawn_of(font).pieces
    made = []
    for i, glyph in enumerate(numbers[::FIELDS]):
        at = i * FIELDS
        width, offset = numbers[at + 1], numbers[at + 2]
        key = glyph, width, offset, font_size
        known = pieces.get(key)
        if known is None:
            if glyph not in font.to_unicode:
                font.to_unicode[glyph] = meaning(text.encode(), item, i)
            if glyph not in font.widths:
                font.widths[glyph] = logical_width(item.item.analysis.font, glyph, font_size)
            known = pieces[key] = piece(glyph, width, offset, font_size, font.widths[glyph])
        made.append(known)
    return "".join(made)


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (_draw, _draw_first_line), (_draw_text, _draw_line)


def methods() -> None:
    """Replace no methods."""
