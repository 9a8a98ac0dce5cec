"""Text drawn: glyphs are read all at once, and what is written for one is made once a page.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.draw import text as drawing
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

_draw = drawing.draw_first_line
_SIZE = ffi.sizeof("PangoGlyphInfo")
_FIELDS = _SIZE // 4  # glyph, width, two offsets and flags: all of them 32 bits
_ODD = pango.PANGO_GLYPH_EMPTY  # from here on are no glyphs of the font
_IS_KNOWN = _SIZE == 20 and pango.pango_version() >= 14802


def _draw_first_line(
    stream: Any, textbox: Any, text_overflow: Any, block_ellipsis: Any, matrix: Any
) -> list[Any]:
    """Do what `draw_first_line` does; what is rare is left to it."""
    if text_overflow == "ellipsis" or block_ellipsis != "none" or not _IS_KNOWN:
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)  # type: ignore[no-any-return]
    if not textbox.text.strip() or textbox.style["font_size"] < 1e-6:
        return []
    layout = textbox.pango_layout
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    line = pango.pango_layout_get_line_readonly(layout.layout, 0)
    layout.first_line_direction = line.resolved_dir
    runs = _runs(stream, line)
    if runs is None:
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)  # type: ignore[no-any-return]
    stream.set_text_matrix(*matrix.values)
    string = ""
    for item, new, font, font_size, numbers in runs:
        if new:
            if string:
                stream.show_text(string)
            string = ""
            stream.set_font_size(font.hash, font_size)
        glyphs = _glyphs(stream, layout.text, item, font, font_size, numbers)
        if glyphs:
            # a string that is empty is not written at the end of a run
            string += f"<{glyphs[:-1]}" if glyphs[-1] == "<" else f"<{glyphs}>"
    stream.show_text(string)
    return []


def _runs(stream: Any, line: Any) -> list[tuple[Any, bool, Any, float, list[int]]] | None:
    """Return the runs of a line, with their fonts; nothing if there is something rare in them."""
    runs: list[tuple[Any, bool, Any, float, list[int]]] = []
    font: Any = None
    font_size, previous = 0.0, None
    run = line.runs[0]
    while run != ffi.NULL:
        item = run.data
        run = run.next
        pango_font = item.item.analysis.font
        new = pango_font != previous
        if new:
            previous = pango_font
            font, font_size = stream.add_font(pango_font)
            if font.png or font.svg or font.colr or font.bitmap:
                return None
        glyphs = item.glyphs
        buffer = ffi.buffer(glyphs.glyphs, glyphs.num_glyphs * _SIZE)
        numbers = memoryview(buffer).cast("B").cast("i").tolist()
        if max(numbers[::_FIELDS], default=0) >= _ODD or any(numbers[3::_FIELDS]):
            return None
        runs.append((item, new, font, font_size, numbers))
    return runs


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
    return ((_draw, _draw_first_line),)


def methods() -> None:
    """Replace no methods."""
