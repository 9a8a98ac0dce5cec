"""Tagging: the structure tree that WeasyPrint writes, as PDF/UA and its readers would have it.

Its version 70.0 puts every run of text into an element of its own, and elements that mean nothing
around emphasis; and it tells the language of the document only.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

HEADINGS = tuple(f"H{level}" for level in range(1, 7))
# elements that hold words (PDF 32000, 14.8.4)
HOLD = frozenset(("P", *HEADINGS, "LBody", "Lbl", "TD", "TH", "Link", "Span", "NonStruct"))
# what is written otherwise in the function that makes the elements of a box
_OTHERWISE = (
    ("if tag == 'Link':", "if kid['tag'] == 'Span' and tag in HOLD:"),
    ("# Create box element.", "means = not means_nothing(box, tag, parent)"),
    ("\n    element = pydyf", "\n    element = not means and parent or pydyf"),
    ("pdf.add_object(element)", "means and pdf.add_object(element)"),
    ("\n    yield element", "\n    if means: yield element"),
)


@cache
def tag() -> None:
    """Have WeasyPrint write what is said above."""
    import weasyprint
    from weasyprint.pdf import tags

    if weasyprint.VERSION == "70.0":
        _put_words_where_they_belong(tags)
    _tell_languages(tags)


def _put_words_where_they_belong(tags: Any) -> None:
    """Make words content of their paragraph, heading or link: a quarter of the elements is left.

    Where a line of the function is not found nothing is changed.
    """
    source = inspect.getsource(tags._build_box_tree)
    for old, new in _OTHERWISE:
        if source.count(old) != 1:
            return
        source = source.replace(old, new)
    tags.HOLD, tags.means_nothing = HOLD, _means_nothing
    exec(compile(source, tags.__file__, "exec"), tags.__dict__)


def _means_nothing(box: Any, tag: str, parent: Any) -> bool:
    """Tell whether an element within words says nothing of them, not even their language."""
    from weasyprint.formatting_structure import boxes

    plain = tag in ("Span", "NonStruct") and isinstance(box, boxes.InlineBox)
    silent = box.element is None or not box.element.get("lang")
    return plain and silent and parent["S"].removeprefix("/") in HOLD


def _tell_languages(tags: Any) -> None:
    """Give the elements of the structure tree the language of theirs (PDF/UA-1 7.2).

    WeasyPrint 70.0 tells the language of the document only.
    """
    build = tags._build_box_tree

    def told(box: Any, *rest: Any) -> Iterator[Any]:
        own = box.element if box.element_tag not in ("html", "body") else None
        language = own.get("lang") if own is not None else None
        for made in build(box, *rest):
            if language and "::" not in box.element_tag:
                made["Lang"] = tags.pydyf.String(language)
            yield made

    tags._build_box_tree = told
