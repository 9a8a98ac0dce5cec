"""Boxes: what their style says of them, worked out once for each style.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from weasyprint.draw.color import get_color
from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import background, percent

from .hasten_styles import fill

_SIDES = (
    "margin_left",
    "margin_right",
    "margin_top",
    "margin_bottom",
    "padding_left",
    "padding_right",
    "padding_top",
    "padding_bottom",
    "width",
    "min_width",
    "max_width",
    "height",
    "min_height",
    "max_height",
)
_BORDERS = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))
_resolve = percent.resolve_percentages


def _resolve_percentages(box: Any, containing_block: Any) -> None:
    """Do what `resolve_percentages` does, at once where there are none."""
    used = box.style.used
    if used is None:
        used = box.style.used = _used(box.style)
    if used:
        box.__dict__.update(used)
    else:
        _resolve(box, containing_block)


def _used(style: Any) -> dict[str, Any]:
    """Return the used values of a style that depend on no containing block; none if others do.

    Properties are asked for in the order in which `resolve_percentages` does.
    """
    fill(style)
    used = {}
    for name in _SIDES:
        value = style[name]
        if value != "auto":
            if getattr(value, "unit", None) != "px":
                return {}
            value = value.value
        elif name in ("min_width", "min_height"):
            value = 0
        used[name] = value
    collapsed = style["border_collapse"] == "collapse"
    for name in _BORDERS:
        used[name] = style[name]
    return {} if collapsed or style["box_sizing"] != "content-box" else used


_flows = Box.is_in_normal_flow


def _is_in_normal_flow(self: Any) -> bool:
    if "is_floated" in self.__dict__:  # items of flex and grid boxes have their own answer
        return bool(_flows(self))
    style = self.style
    flow: bool | None = style.flow
    if flow is None:
        flow = style.flow = _flows(self)
    return flow


# What WeasyPrint adds up one in another, in the same order.


def _margin_width(self: Any) -> Any:
    border = self.width + self.padding_left + self.padding_right
    border = border + self.border_left_width + self.border_right_width
    return border + self.margin_left + self.margin_right


def _margin_height(self: Any) -> Any:
    border = self.height + self.padding_top + self.padding_bottom
    border = border + self.border_top_width + self.border_bottom_width
    return border + self.margin_top + self.margin_bottom


def _descendants(self: Any, placeholders: bool = False) -> Iterator[Any]:
    """Yield what `descendants` does, and go into no box that is empty."""
    yield self
    for child in self.children:
        if isinstance(child, Box):
            if child.children:
                yield from _descendants(child, placeholders)
            else:
                yield child
        elif placeholders:
            yield from child.descendants(placeholders)
        else:
            yield child


_CORNERS = tuple(
    f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left")
)
_BARE = {"background": None, **dict.fromkeys(_CORNERS, (0, 0))}
_layout_background = background.layout_box_backgrounds


def _layout_box_backgrounds(
    page: Any, box: Any, get_image: Any, layout_children: bool = True, style: Any = None
) -> None:
    """Do what `layout_box_backgrounds` does, at once where a box has none and no round corner."""
    if style is None and box is not page and isinstance(box, Box):  # not what holds its place
        bare = box.style.bare
        if bare is None:
            bare = box.style.bare = _is_bare(box.style)
        if bare:
            box.__dict__.update(_BARE)
            if layout_children:
                for child in box.all_children():
                    _layout_box_backgrounds(page, child, get_image)
            return
    _layout_background(page, box, get_image, layout_children, style)


def _is_bare(style: Any) -> bool:
    """Tell whether a style gives a box no corner, image, colour or shadow of its own."""
    return (
        all((0, "px") in style[corner] for corner in _CORNERS)
        and style["border_image_source"][0] == "none"
        and style["mask_border_source"][0] == "none"
        and (
            style["visibility"] == "hidden"
            or (
                all(kind == "none" for kind, _ in style["background_image"])
                and get_color(style, "background_color").alpha == 0
            )
        )
        and not style["box_shadow"]
    )


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (
        (_resolve, _resolve_percentages),
        (_layout_background, _layout_box_backgrounds),
    )


def methods() -> None:
    """Replace methods."""
    Box.is_in_normal_flow = _is_in_normal_flow
    Box.margin_width, Box.margin_height = _margin_width, _margin_height
    Box.descendants = _descendants
