"""Styles of a document: declarations put in order once for all elements that match the same rules.

WeasyPrint makes a style for every part of an element that a rule is about, and rules of its own are
about the notes and markers of all elements. Here such a style is made when it is asked for. See
`hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any

from weasyprint.css import (
    PROGRESS_LOGGER,
    ComputedStyle,
    StyleFor,
    declaration_precedence,
    find_style_attributes,
    preprocess_declarations,
)

# a rule that matched: its origin, the order of its layer, its specificity, its declarations
_Match = tuple[str, Any, Any, list[Any]]


class _Styles(dict[Any, Any]):
    """Computed styles by element and part; those of parts are made when they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[Any, Any] = {}
        self.make: Any = None

    def get(self, key: Any, default: Any = None) -> Any:
        if key in self.parts:
            self.make(*key, self.parts.pop(key))
        return super().get(key, default)

    def __missing__(self, key: Any) -> Any:
        if key not in self.parts:
            raise KeyError(key)
        return self.get(key)


def _styled(
    self: Any,
    html: Any,
    sheets: Any,
    presentational_hints: Any,
    font_config: Any,
    target_collector: Any,
) -> None:
    """Do what `StyleFor.__init__` does."""
    cascaded: dict[Any, dict[str, Any]] = {}
    self._cascaded_styles = cascaded
    self._computed_styles = computed = _Styles()
    self.initial_page_sizes = {"box": None, "area": None}
    self._sheets = sheets
    self.font_config = font_config
    PROGRESS_LOGGER.info("Step 3 - Applying CSS")
    own_declarations = {}
    for specificity, element, declarations, base_url in find_style_attributes(
        html.etree_element, presentational_hints, html.base_url
    ):
        style = cascaded.setdefault((element, None), {})
        own_declarations[element] = tuple(declarations)
        given = list(preprocess_declarations(base_url, declarations))
        _cascade(style, ("author", inf, specificity, given))
    styled = frozenset(element for element, _ in cascaded)
    orders: dict[tuple[Any, ...], dict[str, Any]] = {}
    known: dict[Any, Any] = {}
    for element in html.wrapper_element.iter_subtree():
        tree = element.etree_element
        parent = element.parent.etree_element if element.parent else None
        parent_id = id(computed[parent, None]) if element.parent else None
        keys = []
        matched: dict[Any, list[_Match]] = {}
        for sheet, origin, sheet_specificity in sheets:
            for specificity, _, part, (declarations, layer) in sheet.matcher.match(element):
                order = inf if layer is None else sheet.layers.index(layer)
                keys.append((sheet, specificity, id(declarations), order))
                match = origin, order, sheet_specificity or specificity, declarations
                matched.setdefault(part, []).append(match)
        for part, matches in matched.items():
            if part is None and tree in styled:
                _cascade(cascaded[tree, None], *matches)
                continue
            alike = tuple([(origin, *rest, id(given)) for origin, *rest, given in matches])
            if alike not in orders:
                orders[alike] = _cascade({}, *matches)
            cascaded[tree, part] = orders[alike]
        key = parent_id, own_declarations.get(tree), tuple(keys)
        if key not in known:
            self.set_computed_styles(
                tree,
                root=html.etree_element,
                parent=parent,
                base_url=html.base_url,
                target_collector=target_collector,
            )
            known[key] = computed[tree, None]
        computed[tree, None] = known[key]

    def make(element: Any, part: str, style: Any) -> None:
        made = computed[element, part] = ComputedStyle(
            computed[element, None],
            style,
            part,
            computed[html.etree_element, None],
            html.base_url,
            font_config,
            self.initial_page_sizes,
        )
        if target_collector and made["anchor"]:
            target_collector.collect_anchor(made["anchor"])

    computed.make = make
    computed.parts = {key: style for key, style in cascaded.items() if key[1]}
    cascaded.clear()
    for key in [key for key, style in computed.parts.items() if "anchor" in style]:
        computed.get(key)  # the collector of targets is told of it in the order of the document


def _cascade(style: dict[str, Any], *matches: _Match) -> dict[str, Any]:
    """Put declarations into a style, each where no other one has more weight."""
    for origin, order, specificity, declarations in matches:
        for name, values, importance in declarations:
            weight = declaration_precedence(origin, importance), order, specificity
            if name not in style or style[name][1] <= weight:
                style[name] = values, weight
    return style


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ()


def methods() -> None:
    """Replace a method."""
    StyleFor.__init__ = _styled
