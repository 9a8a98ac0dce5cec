"""Line boxes: what most lines have none of (floats, notes, margins) is not asked for in each.

WeasyPrint goes through the children of a line for one after another, and back where the last of
them does not fit. Most lines of prose hold a piece of one text, and are made here without that.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.css import AnonymousStyle
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.formatting_structure.boxes import InlineBox, LineBox, TextBox
from weasyprint.layout import inline

_next, _split = inline.get_next_linebox, inline.split_inline_box
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


# --- Texts and emphasis ---------------------------------------------------------------------------


def _split_inline_box(
    context: Any,
    box: Any,
    position_x: float,
    max_x: float,
    bottom_space: Any,
    skip_stack: Any,
    containing_block: Any,
    absolute_boxes: Any,
    fixed_boxes: Any,
    line_placeholders: Any,
    waiting_floats: Any,
    line_children: Any,
    first_letter_style: Any,
    first_line_style: Any,
) -> Any:
    """Return what `split_inline_box` does, for which read there."""
    rest = absolute_boxes, fixed_boxes, line_placeholders
    if (
        first_letter_style
        or first_line_style
        or not is_simple(box)
        or (box.padding_left + box.margin_left + box.border_left_width)
        or (box.padding_right + box.margin_right + box.border_right_width)
    ):
        return _split(
            context,
            box,
            position_x,
            max_x,
            bottom_space,
            skip_stack,
            containing_block,
            *rest,
            waiting_floats,
            line_children,
            first_letter_style,
            first_line_style,
        )
    max_x *= _WIDER
    begun, initial_x = skip_stack, position_x
    skip, skip_stack = next(iter(skip_stack.items())) if skip_stack is not None else (0, None)
    is_line, whole = isinstance(box, LineBox), box.style["white_space"] in ("pre", "nowrap")
    children: list[Any] = []
    waiting: list[Any] = []
    resume: Any = None
    preserved, first_letter, last_letter = False, None, None
    for index in range(skip, len(box.children)):
        child = box.children[index]
        child.position_y = box.position_y
        if type(child) is TextBox:
            inline.resolve_percentages(child, containing_block)
            child.position_x = position_x
            at = (next(iter(skip_stack)) if skip_stack else 0) or 0
            new, stop, broken = inline.split_text_box(
                context, child, max_x - position_x, at, is_line_start=not line_children
            )
            resume = None if stop is None else {stop: None}
            first = last = None
            if child.text:
                first = child.text[0]
                last = child.text[-1] if stop is None else _before(child.text, stop)
        else:
            new, resume, broken, first, last, _ = inline.split_inline_level(
                context,
                child,
                position_x,
                max_x,
                bottom_space,
                skip_stack,
                containing_block,
                *rest,
                [],
                line_children,
                None,
                None,
            )
        skip_stack = None
        preserved = preserved or bool(broken)
        if last_letter is True:
            last_letter, may_break = " ", None
        elif last_letter is False:
            last_letter, may_break = "\u00a0", None
        else:
            may_break = False if whole else None
        if may_break is None:
            if last_letter is None or first is None:
                may_break = False
            elif first is True or first is False:
                may_break = first
            else:
                may_break = inline.can_break_text(last_letter + first, child.style["lang"])
        if may_break:
            children += waiting
            waiting = []
        if first_letter is None:
            first_letter = first
        last_letter = True if child.trailing_collapsible_space else last
        if new is not None:
            if is_line:
                line_children.append((index, new))
            end_x = new.position_x + new.margin_width()
            if end_x > max_x and end_x - inline.trailing_whitespace_size(context, new) > max_x:
                earlier = inline._break_waiting_children(
                    context,
                    containing_block,
                    max_x,
                    bottom_space,
                    begun,
                    *rest,
                    waiting_floats,
                    line_children,
                    children,
                    waiting,
                    None,
                    None,
                )
                if earlier:
                    resume = earlier
                    break
            position_x = end_x
            waiting.append((index, new, child))
        if resume is not None:
            children += waiting
            resume = {index: resume}
            break
    else:
        children += waiting
        resume = None
    made = box.copy_with_children([child for _, child, _ in children])
    made.remove_decoration(start=begun is not None, end=resume is not None)
    if not is_line:
        made.position_x = initial_x
    made.width = 0
    if children:
        last_child = made.children[-1]
        made.width = last_child.position_x + last_child.margin_width() - made.content_box_x()
    inline._adjust_line_height(made)
    return made, resume, preserved, first_letter, last_letter, {"left": 0, "right": 0}


def _before(text: str, stop: int) -> str:
    """Return the character before a place that is counted in bytes."""
    return text[stop - 1] if text.isascii() else text.encode()[:stop].decode()[-1]


_SIMPLE = {"position": "static", "box_decoration_break": "slice", "direction": "ltr"}


def is_simple(box: Any) -> bool:
    """Tell whether there is nothing in a box but texts, and boxes that are simple too."""
    children, simple = vars(box).get("simple", (None, False))
    if children is not box.children:
        simple = (
            type(box) in (LineBox, InlineBox)
            and not box.is_leader
            and all(box.style[name] == value for name, value in _SIMPLE.items())
            and all(
                child.is_in_normal_flow()
                and not child.is_leader
                and (type(child) is TextBox or is_simple(child))
                for child in box.children
            )
        )
        box.simple = box.children, simple
    return bool(simple)


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (_next, _next_line), (_split, _split_inline_box)


def methods() -> None:
    """Replace no methods."""
