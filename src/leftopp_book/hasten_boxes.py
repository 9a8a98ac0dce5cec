"""Boxes: what their style says of them, worked out once for each style.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import percent

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


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ((_resolve, _resolve_percentages),)


def methods() -> None:
    """Replace methods."""
    Box.is_in_normal_flow = _is_in_normal_flow
