"""Styles of pages: those for which the same rules hold share them, and empty margins take no time.

WeasyPrint makes twenty styles and sixteen boxes for the margins of every page, and throws them away
where nothing is to stand in them.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.layout import page as pages

_set, _make = pages.set_page_type_computed_styles, pages.make_margin_boxes
_MARGINS = (
    *(f"@{side}-{at}" for side in ("top", "bottom") for at in ("left", "center", "right")),
    *(f"@{side}-{at}" for side in ("left", "right") for at in ("top", "middle", "bottom")),
    *(f"@{corner}-corner" for corner in ("top-left", "top-right", "bottom-left", "bottom-right")),
)
_NOTES = (("element()", ("note", "all-once")),)  # stands in the area of notes unless declared


def _set_page_styles(page_type: Any, html: Any, style_for: Any) -> None:
    """Do what `set_page_type_computed_styles` does."""
    rules = [
        (id(declarations), tuple(own or specificity), origin, part)
        for sheet, origin, own in style_for._sheets
        for _, selectors, declarations in sheet.page_rules
        for specificity, part, kind in selectors
        if style_for._page_type_match(kind, page_type)
    ]
    computed, shared = style_for._computed_styles, vars(style_for).setdefault("of_pages", {})
    key = tuple(rules)
    # lengths may be parts of the first page, which is known only when that has been begun
    if page_type.index and key in shared:
        for part, style in shared[key].items():
            computed[page_type, part] = style
        return
    style_for.add_page_declarations(page_type)
    root = html.etree_element
    parts = dict.fromkeys((None, *(part for *_, part in rules)))
    for part in parts:
        parent = root if part is None else page_type
        style_for.set_computed_styles(
            page_type, root=root, parent=parent, pseudo_type=part, base_url=html.base_url
        )
    styles = {part: computed[page_type, part] for part in parts}
    if page_type.index and all(map(_is_unchanged, parts, styles.values())):
        shared[key] = styles


def _is_unchanged(part: str | None, style: Any) -> bool:
    """Tell whether a page changes nothing in the style of a part of it."""
    declared = style.cascaded
    empty = "content" not in declared or (part == "@note-area" and style["content"] == _NOTES)
    return empty and "display" not in declared


def _make_margin_boxes(context: Any, page: Any, state: Any) -> Iterable[Any]:
    """Do what `make_margin_boxes` does; where nothing is declared to stand in them, at once."""
    of_page = context.style_for._computed_styles.get
    styles = (of_page((page.page_type, name)) for name in _MARGINS)
    if all(style is None or "content" not in style.cascaded for style in styles):
        return ()
    return _make(context, page, state)  # type: ignore[no-any-return]


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (_set, _set_page_styles), (_make, _make_margin_boxes)


def methods() -> None:
    """Replace no methods."""
