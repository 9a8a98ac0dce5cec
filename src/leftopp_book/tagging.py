"""Tagging: what WeasyPrint writes for those who do not see, as PDF/UA would have it.

Its version 70.0 puts every run of text into an element of its own, and elements that mean nothing
around emphasis; it tells the language of the document only; and where a letter is drawn in two
pieces, as one with a point is, it has both letters stand in one piece and none in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from unicodedata import combining

from .rewriting import rewrite

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
    from weasyprint.draw import text
    from weasyprint.pdf import tags

    if weasyprint.VERSION == "70.0":
        _put_words_where_they_belong(tags)
        _tell_letters_apart(text)
    _tell_languages(tags)


def _put_words_where_they_belong(tags: Any) -> None:
    """Make words content of their paragraph, heading or link: a quarter of the elements is left.

    Where a line of the function is not found nothing is changed.
    """
    if rewrite(tags, "_build_box_tree", _OTHERWISE):
        tags.HOLD, tags.means_nothing = HOLD, _means_nothing


def _means_nothing(box: Any, tag: str, parent: Any) -> bool:
    """Tell whether an element within words says nothing of them, not even their language."""
    from weasyprint.formatting_structure import boxes

    plain = tag in ("Span", "NonStruct") and isinstance(box, boxes.InlineBox)
    silent = box.element is None or not box.element.get("lang")
    return plain and silent and parent["S"].removeprefix("/") in HOLD


NOTHING = "\u200b"  # PDF/UA-1 wants every glyph to stand for something (7.21.7)
_TOLD = "font.to_unicode[glyph_id] = utf8_text[offset+t1:offset+t2].decode()"


def _tell_letters_apart(text: Any) -> None:
    """Have every glyph stand for its own letter."""
    told = "font.to_unicode[glyph_id] = meaning(utf8_text, glyph_item, i)"
    if rewrite(text, "draw_first_line", [(_TOLD, told)]):
        text.meaning = meaning


def meaning(string: bytes, item: Any, i: int) -> str:
    """Return the characters that the glyph of a run stands for; `string` is the line in UTF-8.

    Glyphs come as they are seen. Of those that hang together each stands for one character, but the
    first, or the last if they are points, for all that are too many; and where there are fewer, for
    a space of no width.
    """
    start, count = item.item.offset, item.glyphs.num_glyphs
    clusters, leftward = item.glyphs.log_clusters, item.item.analysis.level % 2
    first = last = i
    while first and clusters[first - 1] == clusters[i]:
        first -= 1
    while last + 1 < count and clusters[last + 1] == clusters[i]:
        last += 1
    after = first - 1 if leftward else last + 1
    end = clusters[after] if 0 <= after < count else item.item.length
    words = string[start + clusters[i] : start + end].decode()
    rank, more = last - i if leftward else i - first, len(words) - (last - first + 1)
    if more < 0:
        return words[rank : rank + 1] or NOTHING
    if combining(words[1:2] or "a"):  # a letter, and its points in one piece
        return words[rank:] if i == (first if leftward else last) else words[rank]
    return words[more + rank] if rank else words[: more + 1]


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
