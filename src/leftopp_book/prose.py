"""Prose: the small Markdown of editorial texts, read into the blocks of the document.

Parsed by markdown-it (CommonMark) with HTML off, so that `<b>` is printed as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from .document import (
    Block,
    BlockQuote,
    Emphasis,
    Heading,
    Inline,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    ListItem,
    Paragraph,
    Strong,
    plain,
)
from .kept import remembered

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


@remembered
def inlines(markdown: str) -> Inlines:
    """Return a sentence or two of prose as inlines; paragraphs are joined by a space."""
    if _is_plain(markdown):
        return (markdown,)
    made: list[Inline] = []
    for token in _parse(markdown):
        if token.type == "inline":
            if made:
                made.append(" ")
            made += _inlines(iter(token.children or ()))
    return tuple(made)


# A line of words without a sign of Markdown, which takes a while to load.
_NO_SIGN = r"[^\\*_`\[\]<>&!\x00-\x1f]"
_is_plain = re.compile(rf"[^\W\d_](?:{_NO_SIGN}*(?!\s){_NO_SIGN})?").fullmatch


@remembered
def paragraphs(markdown: str) -> tuple[Inlines, ...]:
    """Return prose as its paragraphs."""
    return tuple(
        tuple(_inlines(iter(token.children or ())))
        for token in _parse(markdown)
        if token.type == "inline"
    )


@remembered
def blocks(markdown: str, prefix: str) -> tuple[str, tuple[Block, ...]]:
    """Return the title (the first heading of level 1) and the blocks of a prose file.

    `prefix` begins the identifiers of its blocks.
    """
    tokens = _parse(markdown)
    made = list(_blocks(iter(tokens), prefix, [0]))
    title = ""
    if made and isinstance(made[0], Heading) and made[0].level == 1:
        title = plain(made[0].inlines)
        made = made[1:]
    return title, tuple(_ranked(made))


def _ranked(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks whose headings leave no level out, whatever they begin with (PDF/UA-1 7.4.2)."""
    levels = sorted({block.level for block in blocks if isinstance(block, Heading)})
    above = 0
    for block in blocks:
        if isinstance(block, Heading):
            above = min(levels.index(block.level), above) + 1
            yield replace(block, level=above)
        else:
            yield block


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    rules = ["html_block", "html_inline", "code"]
    return MarkdownIt("commonmark", {"html": False}).disable(rules)


def _parse(markdown: str) -> list[Token]:
    return _markdown().parse(markdown)


def _blocks(
    tokens: Iterator[Token], prefix: str, count: list[int], end: str = ""
) -> Iterator[Block]:
    for token in tokens:
        if token.type == end:
            return
        count[0] += 1
        id = f"{prefix}-{count[0]}"
        if token.type == "heading_open":
            yield Heading(id, int(token.tag[1]), _content(tokens))
        elif token.type == "paragraph_open":
            yield Paragraph(id, _content(tokens))
        elif token.type == "blockquote_open":
            yield BlockQuote(tuple(_blocks(tokens, prefix, count, "blockquote_close")))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            yield _list(tokens, prefix, count, token)
        elif token.type == "fence":
            yield Paragraph(id, (token.content,))


def _list(tokens: Iterator[Token], prefix: str, count: list[int], opening: Token) -> ItemList:
    items: list[ListItem] = []
    number = int(opening.attrGet("start") or 1)
    for token in tokens:
        if token.type == opening.type.replace("open", "close"):
            break
        if token.type == "list_item_open":
            count[0] += 1
            id = f"{prefix}-{count[0]}"
            inner = tuple(_blocks(tokens, prefix, count, "list_item_close"))
            mark = f"{number}." if opening.type.startswith("ordered") else "•"
            items.append(ListItem(id, mark, _flat(inner)))
            number += 1
    return ItemList(tuple(items))


def _flat(inner: Sequence[Block]) -> Inlines:
    made: list[Inline] = []
    for block in inner:
        if isinstance(block, Paragraph | Heading):
            made += ([LineBreak()] if made else []) + list(block.inlines)
    return tuple(made)


def _content(tokens: Iterator[Token]) -> Inlines:
    inline = next(tokens)
    next(tokens)  # the closing token
    return tuple(_inlines(iter(inline.children or ())))


def _inlines(tokens: Iterator[Token], end: str = "") -> Iterator[Inline]:
    for token in tokens:
        match token.type:
            case _ if token.type == end:
                return
            case "em_open":
                yield Emphasis(tuple(_inlines(tokens, "em_close")))
            case "strong_open":
                yield Strong(tuple(_inlines(tokens, "strong_close")))
            case "link_open":
                href = str(token.attrGet("href") or "")
                yield Link(href, tuple(_inlines(tokens, "link_close")))
            case "softbreak":
                yield " "
            case "hardbreak":
                yield LineBreak()
            case "image":
                yield token.content
            case _ if token.content:
                yield token.content
