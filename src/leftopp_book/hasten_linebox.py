"""Line boxes: a line that ends within the text with which it begins is made at once.

WeasyPrint goes through the children of a line for one after another, and back where the last of
them does not fit. Most lines of prose hold a piece of one text, and are made here without that.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.css import AnonymousStyle
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.formatting_structure.boxes import LineBox, TextBox
from weasyprint.layout import inline

_next = inline.get_next_linebox
_SIDES = "top", "right", "bottom", "left"
_PLAIN = {
    "position": "static",
    "float": "none",
    "vertical_align": "baseline",
    "box_decoration_break": "slice",
    "direction": "ltr",
    **{f"border_{side}_width": 0 for side in _SIDES},
    **{
        name: INITIAL_VALUES[name]
        for side in _SIDES
        for name in (f"margin_{side}", f"padding_{side}")
    },
}
_WIDER = 1 + 1e-9  # as in `split_inline_box`, for what floating point lost


def _next_line(
    context: Any,
    linebox: Any,
    position_y: float,
    bottom_space: Any,
    skip_stack: Any,
    containing_block: Any,
    absolute_boxes: Any,
    fixed_boxes: Any,
    first_letter_style: Any,
    first_line_style: Any,
) -> Any:
    """Return what `get_next_linebox` does."""
    if not (first_letter_style or first_line_style or context.excluded_shapes):
        made = _within_text(context, linebox, position_y, skip_stack, containing_block)
        if made:
            return made
    return _next(
        context,
        linebox,
        position_y,
        bottom_space,
        skip_stack,
        containing_block,
        absolute_boxes,
        fixed_boxes,
        first_letter_style,
        first_line_style,
    )


def _within_text(
    context: Any, linebox: Any, position_y: float, skip_stack: Any, containing_block: Any
) -> Any:
    """Return a line of one text, and where it ends; None where others come into it."""
    index, inner = next(iter(skip_stack.items())) if skip_stack else (0, None)
    if index >= len(linebox.children):
        return None
    child = linebox.children[index]
    if type(linebox) is not LineBox or type(child) is not TextBox or "is_floated" in vars(child):
        return None
    if not (_is_plain(linebox.style) and _is_plain(child.style)):
        return None
    if containing_block.style["direction"] != "ltr":
        return None
    string = child.text.encode()
    skip = len(string) - len(string[next(iter(inner)) or 0 if inner else 0 :].lstrip(b" "))
    if skip == len(string):
        return None
    left = containing_block.content_box_x()
    width = left + containing_block.width - left
    text_x, max_x = left + linebox.text_indent, (left + width) * _WIDER
    linebox.position_x, linebox.position_y = left, position_y
    inline.resolve_percentages(child, containing_block)
    child.position_x, child.position_y = text_x, position_y
    text, resume, preserved = inline.split_text_box(context, child, max_x - text_x, skip)
    if text is None or text_x + text.width > max_x:
        return None
    if resume is None and index + 1 < len(linebox.children):
        return None
    line = linebox.copy_with_children([text])
    line.remove_decoration(start=bool(index or skip), end=resume is not None)
    line.width = text_x + text.width - left
    inline._adjust_line_height(line)
    linebox.width, linebox.height = line.width, line.height
    if text.text.endswith(" "):
        inline.remove_last_whitespace(context, line)
    offset = inline.text_align(context, line, width, last=resume is None or preserved)
    _stack(line, text, position_y, offset)
    return line, None if resume is None else {index: {resume: None}}


def _stack(line: Any, text: Any, position_y: float, offset: float) -> None:
    """Do what `line_box_verticality` does, and put a line and its text where they belong."""
    top, line_top = -text.baseline, -line.baseline
    bottom = top + (text.height + text.margin_top + text.margin_bottom)
    line_bottom = line_top + (line.height + line.margin_top + line.margin_bottom)
    text.position_y = top
    top, bottom = min(top, line_top), max(bottom, line_bottom)
    line.baseline = -top
    line.height = bottom - top
    line.margin_top = line.margin_bottom = 0
    line.position_y = top
    line.translate(offset, position_y - top)
    line.position_y = position_y


def _is_plain(style: Any) -> bool:
    """Tell whether the box of a style is only what is in it, and spaces in it collapse."""
    plain: bool | None = style.plain
    if plain is None:
        plain = style.plain = (
            isinstance(style, AnonymousStyle)
            and all(style[name] == value for name, value in _PLAIN.items())
            and style["white_space"] in ("normal", "nowrap")
        )
    return plain


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ((_next, _next_line),)


def methods() -> None:
    """Replace no methods."""
