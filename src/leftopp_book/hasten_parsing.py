"""HTML read: what our templates write is XML too, nearly always, and is read as that.

Only where the rules of HTML would make the same of it: those of what ends a paragraph, of raw text,
of entities and of tables are for others. Everything else tinyhtml5 reads, whose expressions are
compiled once, as it means to do. See `hasten` for when this is put in place.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

import tinyhtml5
from tinyhtml5 import inputstream
from tinyhtml5.constants import adjust_svg_attributes


class _Compiled(dict[tuple[frozenset[str], bool], re.Pattern[str]]):
    """Expressions by their characters; tinyhtml5 2.1.0 files them where it does not look."""

    def __missing__(self, key: tuple[frozenset[str], bool]) -> re.Pattern[str]:
        characters, opposite = key
        listed = "".join([f"\\x{ord(character):02x}" for character in characters])
        self[key] = made = re.compile(f"[{'' if opposite else '^'}{listed}]+")
        return made


_html = tinyhtml5.parse
_HEAD = "<!DOCTYPE html>"
_EMPTY = frozenset({"br", "img", "meta", "wbr"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    *("article", "aside", "blockquote", "div", "dl", "figure", "footer", "header", "nav"),
    *("ol", "p", "section", "ul"),
}
_INLINES = frozenset({"a", "b", "bdi", "cite", "em", "i", "small", "span", "strong", "sub", "sup"})
_WITHIN = {"li": ("ol", "ul"), "dt": ("dl",), "dd": ("dl",)}  # what each stands right within
_KNOWN = _BLOCKS | _INLINES | _EMPTY | _WITHIN.keys() | {"html", "head", "body", "title", "style"}
# What XML and HTML read each in its own way: comments and the like, entities, tags with line ends
# or with namespaces, elements that end where they begin.
_OTHERWISE = re.compile(
    r"<[!?]|&(?!amp;|lt;|gt;|#3[49];|#x20[0-9a-f][0-9a-f];)|<[^<>\t\n\r]*[\t\n\r]|</(?:br|img|meta|wbr)"
)
_IN_A_TAG = re.compile(r"\sxml|/>")
_ENDED = re.compile(r"<(?:br|img|meta|wbr|circle|line|path|rect)\b")
_DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"'
# A drawing: what neither ends it in HTML nor is written otherwise there.
_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = frozenset(_SVG + name for name in ("circle", "g", "line", "path", "rect", "text", "tspan"))
_XMLNS = "{http://www.w3.org/2000/xmlns/}xmlns"


def _parse(document: Any, **options: Any) -> Any:
    """Return what `tinyhtml5.parse` does."""
    words = document if isinstance(document, str) else document.read()
    root = _xml(words) if type(words) is str and options == _OPTIONS else None
    if root is not None:
        return root
    return _html(io.BytesIO(words) if isinstance(words, bytes) else words, **options)


_OPTIONS = {"namespace_html_elements": False}


def _xml(words: str) -> Element | None:
    """Return a document that HTML and XML read alike; None where they may not."""
    if not words.startswith(_HEAD) or _OTHERWISE.search(words, len(_HEAD)) or _is_odd(words):
        return None
    try:
        parser = XMLParser()
        parser.feed(words[len(_HEAD) :])
        root: Element = parser.close()
    except (ParseError, UnicodeError):
        return None
    after = words.rpartition("</html>")[2]
    return root if _is_plain(root) and _is_placed(root, after) else None


def _is_odd(words: str) -> bool:
    """Tell whether there is a tag with a namespace or an end of its own that HTML knows not."""
    for found in _IN_A_TAG.finditer(words):
        start = words.rfind("<", 0, found.start())
        if start < 0 or words.find(">", start, found.start()) >= 0:
            continue  # in the words
        drawing = found.start() == start + 4 and words.startswith(_DRAWING, start)
        if not (_ENDED.match(words, start) if found[0] == "/>" else drawing):
            return True
    return False


def _is_plain(root: Element) -> bool:
    """Tell whether no element ends another one in HTML, or holds what is no HTML."""
    drawn: set[Element] = set()
    for element in root.iter():
        tag = element.tag
        if element in drawn:
            continue
        if tag == _SVG + "svg" and _is_drawing(element):
            drawn |= {*element.iter()}
            element.attrib = {_XMLNS: _SVG[1:-1], **element.attrib}
            continue
        if tag not in _KNOWN or any(name != name.lower() for name in element.attrib):
            return False
        for child in element:
            if child.tag in _WITHIN and tag not in _WITHIN[child.tag]:
                return False
        if tag == "p" and any(below.tag in _BLOCKS for below in _below(element)):
            return False
        if tag == "a" and any(below.tag == "a" for below in _below(element)):
            return False
        if tag in _HEADINGS and any(below.tag in _HEADINGS for below in _below(element)):
            return False
        if tag in ("title", "style") and (len(element) or "&" in (element.text or "")):
            return False
    return True


def _is_drawing(svg: Element) -> bool:
    """Tell whether a drawing is read alike; it has a title, if any, of words alone."""
    title = [child for child in svg if child.tag == _SVG + "title"]
    return (
        all(element.tag in _DRAWN or element in title for element in _below(svg))
        and all(_is_kept(name) for element in svg.iter() for name in element.attrib)
        and not any(len(element) for element in title)
    )


def _is_kept(name: str) -> bool:
    """Tell whether an attribute of a drawing has the same name in HTML."""
    other = adjust_svg_attributes.get(name.lower(), name.lower())
    return other == name and ":" not in name and "{" not in name


def _below(element: Element) -> Iterable[Element]:
    for child in element:
        yield from child.iter()


def _is_placed(root: Element, after: str) -> bool:
    """Put the white space around head and body where HTML has it; tell whether all else is so.

    What comes after body and document is within the body in HTML.
    """
    if root.tag != "html" or [child.tag for child in root] != ["head", "body"]:
        return False
    head, body = root
    if (root.text or "").strip() or (head.tail or "").strip() or (body.tail or "").strip():
        return False
    if (head.text or "").strip() or any((child.tail or "").strip() for child in head):
        return False
    if any(child.tag not in ("title", "meta", "style") for child in head):
        return False
    if any(e.tag in ("html", "head", "body", "title", "meta", "style") for e in _below(body)):
        return False
    root.text = None
    after, body.tail = (body.tail or "") + after, None
    if len(body):
        body[-1].tail = (body[-1].tail or "") + after
    else:
        body.text = (body.text or "") + after
    return True


def functions() -> Iterable[tuple[Any, Any]]:
    """Replace no functions of WeasyPrint."""
    return ()


def methods() -> None:
    """Replace what reads a document, and what tinyhtml5 keeps its expressions in."""
    tinyhtml5.parse = _parse
    inputstream.characters_until_regex = _Compiled()
