"""Notes at the foot of a page: those that are there already are not laid out with the next one.

WeasyPrint lays out all notes of a page for every one that is called, to learn how high they are,
and once more when the page is full.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from weasyprint.formatting_structure.boxes import BlockBox, FootnoteAreaBox, LineBox
from weasyprint.layout import LayoutContext, block

from .hasten_linebox import is_simple

_lay_out = block.block_level_layout
_update = LayoutContext._update_footnote_area


def _update_footnote_area(self: Any) -> Any:
    """Do what `LayoutContext._update_footnote_area` does."""
    for note in self.current_page_footnotes:
        vars(note).setdefault("laid", {})  # what its copies share
    self.is_measured = True
    try:
        return _update(self)
    finally:
        self.is_measured = False


def _block_level_layout(
    context: Any,
    box: Any,
    bottom_space: Any,
    skip_stack: Any,
    containing_block: Any,
    page_is_empty: bool = True,
    absolute_boxes: Any = None,
    fixed_boxes: Any = None,
    adjoining_margins: Any = None,
    *rest: Any,
    **named: Any,
) -> Any:
    """Return what `block_level_layout` does."""
    laid = vars(box).get("laid")
    given = absolute_boxes, fixed_boxes, adjoining_margins, *rest
    if (
        laid is None
        or not isinstance(containing_block, FootnoteAreaBox)
        or (skip_stack, bottom_space) != (None, -inf)
        or any(rest)
        or named
        or context.excluded_shapes
        or not _is_of_lines(box)
    ):
        return _lay_out(
            context, box, bottom_space, skip_stack, containing_block, page_is_empty, *given, **named
        )
    measured = context.is_measured
    key = (
        *(box.position_x, box.position_y, containing_block.width, containing_block.height),
        *(page_is_empty, context.current_page > 1, bool(context.forced_break)),
        tuple(adjoining_margins or ()),
    )
    # what comes to stand on the page is moved there, and so nobody else's
    found = laid.get(key) if measured else laid.pop(key, None)
    if found is None:
        result = _lay_out(
            context, box, bottom_space, skip_stack, containing_block, page_is_empty, *given
        )
        if measured:
            laid[key] = _own(result), tuple(adjoining_margins or ())
        return result
    result, above = found
    if adjoining_margins is not None:
        adjoining_margins[:] = above  # the caller reads in it what the note has added
    return _own(result)


def _own(result: Any) -> Any:
    """Return what a layout has given, with lists of its own."""
    made, _, next_page, margins, *others = result
    return made, None, dict(next_page), list(margins), *others


def _is_of_lines(box: Any) -> bool:
    """Tell whether there is nothing in a note but lines of text, one under another."""
    return (
        type(box) is BlockBox
        and box.style["position"] == "static"
        and box.style["continue"] == "auto"
        and box.style["max_lines"] == "none"
        and box.style["column_width"] == box.style["column_count"] == "auto"
        and box.first_line_style is box.first_letter_style is None
        and not box.is_table_wrapper
        and all(
            is_simple(child) and not any(one.footnote for one in child.descendants())
            if type(child) is LineBox
            else child.is_in_normal_flow() and _is_of_lines(child)
            for child in box.children
        )
    )


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ((_lay_out, _block_level_layout),)


def methods() -> None:
    """Replace methods."""
    LayoutContext.is_measured = False
    LayoutContext._update_footnote_area = _update_footnote_area
