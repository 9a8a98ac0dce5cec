"""Styles of a document: declarations put in order once for all elements that match the same rules.

WeasyPrint makes a style for every part of an element that a rule is about, and rules of its own are
about the notes and markers of all elements. Here such a style is made when it is asked for. It also
makes one for every element that has an identifier and for all that is in it, since an identifier is
a declaration for it; here such an element has a twin of the style without, and what is in it none
of its own. See `hasten` for when this is put in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from math import inf
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

from cssselect2 import ElementWrapper
from weasyprint.css import (
    PROGRESS_LOGGER,
    ComputedStyle,
    StyleFor,
    declaration_precedence,
    find_style_attributes,
    preprocess_declarations,
)

from .hasten_styles import make_twin

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


class _Elements(list[Any]):
    """Elements to be gone through, in the place of a tree."""

    def iter(self) -> Iterator[Any]:
        return iter(self)


_is_plain = re.compile(r"[A-Za-z0-9_.:-]+").fullmatch  # of an identifier: nothing is escaped in it


def _identified(root: Any) -> dict[Any, str]:
    """Return the elements with an identifier and nothing else that is a declaration for them."""
    found = {}
    for element in root.iter() if _anchor_of_x() == "x" else ():
        id = element.get("id")
        if (
            id
            and _is_plain(id)
            and element is not root
            and element.tag != "{http://www.w3.org/2000/svg}svg"
            and not (element.get("style") or element.get("lang") or element.get("name"))
        ):
            found[element] = id
    return found


@cache
def _anchor_of_x() -> Any:
    """Return what the identifier “x” declares its element's anchor to be, and nothing else."""
    attributes = find_style_attributes(_Elements([Element("p", id="x")]))
    told = [x for _, _, given, url in attributes for x in preprocess_declarations(url, given)]
    return told[0][1] if [(name, more) for name, _, more in told] == [("anchor", False)] else None


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
    root = html.etree_element
    identified = {} if presentational_hints else _identified(root)
    others: Any = root
    if identified:
        others = _Elements(element for element in root.iter() if element not in identified)
    for specificity, element, declarations, base_url in find_style_attributes(
        others, presentational_hints, html.base_url
    ):
        style = cascaded.setdefault((element, None), {})
        own_declarations[element] = tuple(declarations)
        given = list(preprocess_declarations(base_url, declarations))
        _cascade(style, ("author", inf, specificity, given))
    styled = frozenset(element for element, _ in cascaded)
    orders: dict[tuple[Any, ...], dict[Any, tuple[dict[str, Any], list[_Match]]]] = {}
    known: dict[Any, Any] = {}
    twins: dict[Any, Any] = {}  # by element, the style of which its own is a twin

    def made(parent: Any, style: Any, part: Any = None) -> Any:
        new = ComputedStyle(
            parent,
            style,
            part,
            computed[root, None],
            html.base_url,
            font_config,
            self.initial_page_sizes,
        )
        if target_collector and new["anchor"]:
            target_collector.collect_anchor(new["anchor"])
        return new

    for element in html.wrapper_element.iter_subtree():
        tree = element.etree_element
        above = element.parent.etree_element if element.parent else None
        parent = None
        if above is not None:  # a style without a property yet is false
            parent = twins[above] if above in twins else computed[above, None]
        matches = [
            (sheet, origin, own or specificity, part, told)
            for sheet, origin, own in sheets
            for specificity, _, part, told in sheet.matcher.match(element)
        ]
        rules = tuple(
            [(sheet, weight, part, id(told[0])) for sheet, _, weight, part, told in matches]
        )
        if rules not in orders:
            orders[rules] = _in_order(matches)
        matched = orders[rules]
        for part, (style, its_matches) in matched.items():
            if part is None and tree in styled:
                _cascade(cascaded[tree, None], *its_matches)
            else:
                cascaded[tree, part] = style
        if parent is None:
            self.set_computed_styles(
                tree,
                root=root,
                parent=None,
                base_url=html.base_url,
                target_collector=target_collector,
            )
            continue
        id_ = identified.get(tree)
        key = id(parent), own_declarations.get(tree), rules, id_ is None
        if key not in known:
            known[key] = made(parent, cascaded.get((tree, None), {}))
        computed[tree, None] = known[key]
        if id_ is not None:
            anchored = _cascade({}, ("author", inf, (0, 0, 0), [("anchor", id_, False)]))
            _, its_matches = matched.get(None, ({}, []))
            style = _cascade(anchored, *its_matches)["anchor"]
            twins[tree] = known[key]
            computed[tree, None] = twin = make_twin(known[key], style)
            if target_collector and twin["anchor"]:
                target_collector.collect_anchor(twin["anchor"])

    def make(element: Any, part: str, style: Any) -> None:
        computed[element, part] = made(computed[element, None], style, part)

    computed.make = make
    computed.parts = {key: style for key, style in cascaded.items() if key[1]}
    cascaded.clear()
    for key in [key for key, style in computed.parts.items() if "anchor" in style]:
        computed.get(key)  # the collector of targets is told of it in the order of the document


def _in_order(
    matches: Iterable[tuple[Any, str, Any, Any, Any]],
) -> dict[Any, tuple[dict[str, Any], list[_Match]]]:
    """Return what the rules that match declare for an element and its parts, with those rules."""
    found: dict[Any, list[_Match]] = {}
    for sheet, origin, specificity, part, (declarations, layer) in matches:
        order = inf if layer is None else sheet.layers.index(layer)
        found.setdefault(part, []).append((origin, order, specificity, declarations))
    return {part: (_cascade({}, *own), own) for part, own in found.items()}


def _cascade(style: dict[str, Any], *matches: _Match) -> dict[str, Any]:
    """Put declarations into a style, each where no other one has more weight."""
    for origin, order, specificity, declarations in matches:
        for name, values, importance in declarations:
            weight = declaration_precedence(origin, importance), order, specificity
            if name not in style or style[name][1] <= weight:
                style[name] = values, weight
    return style


_query_all = ElementWrapper.query_all


def _queried(self: Any, *selectors: Any) -> Any:
    """Return what `query_all` does where WeasyPrint asks: elements by their names."""
    if all(type(name) is str and name.isalpha() for name in selectors):
        found = (element for element in self.etree_element.iter() if element.tag in selectors)
        return (SimpleNamespace(etree_element=element) for element in found)
    return _query_all(self, *selectors)


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ()


def methods() -> None:
    """Replace methods."""
    StyleFor.__init__ = _styled
    ElementWrapper.query_all = _queried
