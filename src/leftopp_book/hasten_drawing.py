"""Text drawn: glyphs are read all at once, and what is written for one is made once a page.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from weasyprint.draw import text as drawing
from weasyprint.matrix import Matrix
from weasyprint.text.ffi import FROM_UNITS, ffi, pango
from weasyprint.text.fonts import get_pango_font_key

from .hasten_voices import voice_of

_draw, _draw_text = drawing.draw_first_line, drawing.draw_text
_SIZE = ffi.sizeof("PangoGlyphInfo")
_FIELDS = _SIZE // 4  # glyph, width, two offsets and flags: all of them 32 bits
_ODD = pango.PANGO_GLYPH_EMPTY  # from here on are no glyphs of the font
_IS_KNOWN = _SIZE == 20 and pango.pango_version() >= 14802
_SHORT, _MANY = 32, 500  # characters; texts kept of a voice


@dataclass(frozen=True)
class _Run:
    """A run of glyphs of one font."""

    item: Any
    pango_font: Any
    new: bool  # whether the font is another than that of the run before
    font_key: int
    font_size: float
    numbers: list[int]


def _draw_text_once(
    stream: Any, textbox: Any, offset_x: Any, text_overflow: Any, block_ellipsis: Any
) -> None:
    """Do what `draw_text` does; Pango is asked once for a short text that comes again and again."""
    layout, style = textbox.pango_layout, textbox.style
    text = layout.text
    if (
        len(text) > _SHORT
        or not _IS_KNOWN
        or text_overflow == "ellipsis"
        or block_ellipsis != "none"
        or style["visibility"] != "visible"
        or style["text_decoration_line"] != "none"
        or style["font_size"] < 1e-6
        or "\t" in text
        or not textbox.text.strip()
    ):
        _draw_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    drawn = (style.voice or voice_of(style)).drawn
    key = text, layout.justification_spacing, style["word_spacing"]
    if key not in drawn:
        if len(drawn) >= _MANY:
            drawn.clear()
        layout.reactivate(style)
        drawn[key] = layout.layout, layout.text, _runs(_line(layout))
        layout.deactivate()
    _, text, runs = drawn[key]
    fonts = runs and _fonts(stream, runs)
    if not fonts:
        _draw_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    stream.set_color(style["color"])
    stream.begin_text()
    x, y = textbox.position_x, textbox.position_y + textbox.baseline
    stream.set_text_matrix(*Matrix(d=-1, e=x, f=y).values)
    _show(stream, text, runs, fonts)
    stream.end_text()


def _draw_first_line(
    stream: Any, textbox: Any, text_overflow: Any, block_ellipsis: Any, matrix: Any
) -> list[Any]:
    """Do what `draw_first_line` does; what is rare is left to it."""
    if text_overflow == "ellipsis" or block_ellipsis != "none" or not _IS_KNOWN:
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
        glyphs = item.glyphs
        buffer = ffi.buffer(glyphs.glyphs, glyphs.num_glyphs * _SIZE)
        numbers = memoryview(buffer).cast("B").cast("i").tolist()
        if max(numbers[::_FIELDS], default=0) >= _ODD or any(numbers[3::_FIELDS]):
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
        glyphs = _glyphs(stream, text, run.item, font, run.font_size, run.numbers)
        if glyphs:
            # a string that is empty is not written at the end of a run
            string += f"<{glyphs[:-1]}" if glyphs[-1] == "<" else f"<{glyphs}>"
    stream.show_text(string)


def _glyphs(
    stream: Any, text: str, item: Any, font: Any, font_size: float, numbers: list[int]
) -> str:
    """Return what is written between < and > for a run."""
    pieces = font.__dict__.setdefault("pieces", {})
    made = []
    for i, glyph in enumerate(numbers[::_FIELDS]):
        at = i * _FIELDS
        width, offset = numbers[at + 1], numbers[at + 2]
        key = glyph, width, offset, font_size
        piece = pieces.get(key)
        if piece is None:
            if glyph not in font.to_unicode:
                font.to_unicode[glyph] = _meaning(text, item, i)
            piece = pieces[key] = _piece(stream, item, font, font_size, glyph, width, offset)
        made.append(piece)
    return "".join(made)


def _meaning(text: str, item: Any, i: int) -> str:
    """Return the characters that the glyph of a run stands for."""
    start, length, clusters = item.item.offset, item.item.length, item.glyphs.log_clusters
    if item.item.analysis.level % 2:  # from right to left
        end = length if i == 0 else clusters[i - 1]
    else:
        end = length if i == item.glyphs.num_glyphs - 1 else clusters[i + 1]
    return text.encode()[start + clusters[i] : start + end].decode()


def _piece(
    stream: Any, item: Any, font: Any, font_size: float, glyph: int, width: int, offset: float
) -> str:
    offset = offset / font_size
    piece = f">{-offset}<{glyph:04x}" if offset else f"{glyph:04x}"
    if glyph in font.widths:
        logical_width = font.widths[glyph]
    else:
        pango.pango_font_get_glyph_extents(
            item.item.analysis.font, glyph, stream.ink_rect, stream.logical_rect
        )
        logical_width = font.widths[glyph] = round(
            stream.logical_rect.width * 1000 * FROM_UNITS / font_size
        )
    kerning = logical_width + offset - width * 1000 * FROM_UNITS / font_size
    return f"{piece}>{int(kerning)}<" if kerning else piece


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (_draw, _draw_first_line), (_draw_text, _draw_text_once)


def methods() -> None:
    """Replace no methods."""
