"""Computed styles: most properties are inherited or initial, and need no thought.

A style also remembers what others make of it, for as long as no property of it is changed. See
`hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.css import AnonymousStyle, ComputedStyle, Style, text_decoration
from weasyprint.css.computed_values import COMPUTER_FUNCTIONS, PHYSICAL_FUNCTIONS
from weasyprint.css.functions import check_math
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES, Dimension
from weasyprint.svg.text import Style as DrawnStyle

# What a style remembers: None where it has not been asked for.
MEMORIES = ("voice", "lines", "strut", "used", "flow", "bare", "plain")

_SPECIAL = frozenset({"float", "position", "display"})
_INHERIT, _INITIAL, _PHYSICAL, _COMPUTE, _HANDED_DOWN = range(5)
# Never functions, and without a tuple that may hold some.
_PLAIN = frozenset({str, int, float, type(None), Dimension})


def _kinds() -> dict[str, int]:
    kinds = {}
    for key in INITIAL_VALUES:
        if key in _SPECIAL:
            continue
        if key == "page" or key.startswith("text_decoration_"):
            kinds[key] = _HANDED_DOWN
        elif key in INHERITED:
            if key not in PHYSICAL_FUNCTIONS:
                kinds[key] = _INHERIT
        elif key not in INITIAL_NOT_COMPUTED:
            kinds[key] = _PHYSICAL if key in PHYSICAL_FUNCTIONS else _INITIAL
        elif key in COMPUTER_FUNCTIONS:
            kinds[key] = _COMPUTE
    return {key: kind for key, kind in kinds.items() if not check_math(INITIAL_VALUES[key])}


_KIND = _kinds()
_LOGICAL = frozenset(
    physical(block="ttb", inline=inline)
    for physical in PHYSICAL_FUNCTIONS.values()
    for inline in ("ltr", "rtl")
)
# What a box has where its style says nothing, of all that its layout asks for.
_BLANK = {
    key: INITIAL_VALUES[key]
    for key, kind in _KIND.items()
    if kind == _PHYSICAL
    or key
    in (
        "appearance",
        "background_color",
        "background_image",
        "bookmark_state",
        "border_image_source",
        "box_shadow",
        "box_sizing",
        "image_orientation",
        "mask_border_source",
        "opacity",
        "outline_color",
        "outline_offset",
        "outline_style",
        "overflow",
        "transform",
        "vertical_align",
    )
}


def fill(style: Any) -> None:
    """Give a style, at once, the initial values that it would look up one by one.

    They are the same whenever they are looked up, so it makes no difference to copies of it.
    """
    blank = _BLANK
    cascaded = getattr(style, "cascaded", None)
    if cascaded:
        if not _LOGICAL.isdisjoint(cascaded):
            return
        blank = _BLANK.copy()
        for key in cascaded:
            blank.pop(key, None)
    dict.update(style, {**blank, **style})


def make_twin(style: Any, anchor: tuple[Any, Any]) -> Any:
    """Return a style that differs from one in nothing but the anchor that is declared for it.

    That style must be nobody's: what is changed in it would be changed in all its twins.
    """
    made = ComputedStyle(
        style.parent_style,
        {**style.cascaded, "anchor": anchor},
        style.pseudo_type,
        style.root_style,
        style.base_url,
        style.font_config,
        style.initial_page_sizes,
    )
    made.twin = style
    made.anonymous_style = style.anonymous_style  # has no anchor
    return made


_OWN = _SPECIAL | {"anchor"}  # what a style works out by itself, with what was specified
_MANY = 6  # properties that are worth it to be taken over at once


def _of_twin(self: Any, key: str) -> Any:
    """Take a property from the twin, and all that has come to be known there meanwhile."""
    twin = self.twin
    value = twin[key]
    if len(twin) >= self.told + _MANY:
        self.told = len(twin)
        known = {name: found for name, found in twin.items() if name not in _OWN}
        dict.update(self, {**known, **self})
    _set(self, key, value)
    return value


_set = dict.__setitem__
_slowly = ComputedStyle.__missing__
_anonymously = AnonymousStyle.__missing__
_logical: dict[tuple[str, str], str] = {}


def _missing(self: Any, key: str) -> Any:
    """Return what `ComputedStyle.__missing__` does, for which read there."""
    if self.twin is not None and key not in _OWN:
        return _of_twin(self, key)
    kind = _KIND.get(key)
    parent = self.parent_style
    if kind is None or parent is None or key in self.cascaded:
        return _slowly(self, key)
    if kind == _HANDED_DOWN:
        return _handed_down(self, key, parent[key])
    if kind == _INHERIT:
        value = parent[key]
        if type(value) not in _PLAIN and check_math(value):
            return _slowly(self, key)
        _set(self, key, value)
        return value
    if kind == _INITIAL:
        value = INITIAL_VALUES[key]
        _set(self, key, value)
        return value
    if key in PHYSICAL_FUNCTIONS:
        inline = self["direction"]
        logical = _logical.get((key, inline))
        if logical is None:
            logical = PHYSICAL_FUNCTIONS[key](block="ttb", inline=inline)
            _logical[key, inline] = logical
        if logical in self.cascaded:
            return _slowly(self, key)
    value = INITIAL_VALUES[key]
    if kind == _COMPUTE:
        value = COMPUTER_FUNCTIONS[key](self, key, value)
    _set(self, key, value)
    return value


def _handed_down(self: Any, key: str, parental: Any) -> Any:
    value = parental
    if key != "page":
        value = INITIAL_VALUES[key]
        if key in COMPUTER_FUNCTIONS:
            value = COMPUTER_FUNCTIONS[key](self, key, value)
        value = text_decoration(key, value, parental, cascaded=False)
    _set(self, key, value)
    return value


def _anonymous_missing(self: Any, key: str) -> Any:
    """Return what `AnonymousStyle.__missing__` does."""
    kind = _KIND.get(key)
    if kind == _INHERIT:
        value = self.parent_style[key]
    elif kind in (_INITIAL, _PHYSICAL):
        value = INITIAL_VALUES[key]
    elif kind == _HANDED_DOWN:
        value = self.parent_style[key]
        if key != "page":
            value = text_decoration(key, INITIAL_VALUES[key], value, cascaded=False)
    else:
        return _anonymously(self, key)
    _set(self, key, value)
    return value


def _changed(self: Any, key: str, value: Any) -> None:
    """Set a property, and forget what was made of it if it had another value."""
    if key in self and self[key] != value:
        for name in MEMORIES:
            if name in self.__dict__:
                delattr(self, name)
    _set(self, key, value)


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ()


def methods() -> None:
    """Replace methods."""
    for kind in (Style, DrawnStyle):
        kind.__setitem__ = _changed
        for name in MEMORIES:
            setattr(kind, name, None)
    ComputedStyle.twin = None
    ComputedStyle.told = 0
    ComputedStyle.__missing__ = _missing
    AnonymousStyle.__missing__ = _anonymous_missing
