"""Prose: the small Markdown of editorial texts, read into the blocks of the document.

Italic, bold and links; in files also headings, lists and block quotations: docs/formats.md. It is
parsed by markdown-it with no other rule of CommonMark, so that all else is printed as it is typed.
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
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token


@remembered
def inlines(markdown: str) -> Inlines:
    """Return a sentence or two of prose as inlines; paragraphs are joined by a space."""
    if _is_plain(markdown):
        return (markdown,)
    made: list[Inline] = []
    for paragraph in paragraphs(markdown):
        made += [" ", *paragraph] if made else paragraph
    return tuple(made)


# A line of words without a sign of Markdown, which takes a while to load.
_NO_SIGN = r"[^\\*\[\x00-\x1f]"
_is_plain = re.compile(rf"(?!\s){_NO_SIGN}+(?<!\s)").fullmatch
_EMPTY_LINES = re.compile(r"\r?\n(?:[ \t]*\r?\n)+")


@remembered
def paragraphs(markdown: str) -> tuple[Inlines, ...]:
    """Return prose as its paragraphs."""
    parts = (part.strip() for part in _EMPTY_LINES.split(markdown))
    return tuple(
        tuple(_inlines(iter(token.children or ())))
        for part in parts
        if part
        for token in _markdown().parseInline(part)
    )


@remembered
def blocks(markdown: str, prefix: str) -> tuple[str, tuple[Block, ...]]:
    """Return the title (the first heading of level 1) and the blocks of a prose file.

    `prefix` begins the identifiers of its blocks.
    """
    tokens = _markdown().parse(markdown)
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


BLOCKS = ("blockquote", "list", "heading", "paragraph")
_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")  # a backslash and a sign of ASCII
_HREF = re.compile(r"\((https?://(?:[^\s()<>]|\([^\s()<>]*\))+)\)")
_ADDRESS = re.compile(r"://[^\s\[\]()<>*]*(?:\*+[^\s\[\]()<>*.,:;!?]+)*")


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False})
    parser.block.ruler.enableOnly(BLOCKS)
    # rules that tell lists and headings from what goes on in a paragraph come with them
    parser.inline.ruler.enableOnly(["text", "newline", "escape", "emphasis", "link"])
    parser.inline.ruler.at("newline", _line_end)
    parser.inline.ruler.at("escape", _escape)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.before("emphasis", "address", _address)
    return parser


def _line_end(state: StateInline, silent: bool) -> bool:
    """A line end is a space, whatever stands before it."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")
        state.push("softbreak", "br", 0)
    state.pos += 1
    while state.pos < state.posMax and state.src[state.pos] in " \t":
        state.pos += 1
    return True


def _escape(state: StateInline, silent: bool) -> bool:
    """A backslash takes the meaning from the sign after it, and before all else is itself."""
    match = _ESCAPED.match(state.src, state.pos, state.posMax)
    if match:
        if not silent:
            token = state.push("text_special", "", 0)
            token.content, token.markup = match[0][1:], match[0]
        state.pos = match.end()
    return match is not None


def _address(state: StateInline, silent: bool) -> bool:
    """Nothing in a web address is a mark."""
    if state.src[state.pos] != ":" or state.src[max(state.pos - 4, 0) : state.pos] not in _WEB:
        return False
    match = _ADDRESS.match(state.src, state.pos, state.posMax)
    if match:
        if not silent:
            state.pending += match[0]
        state.pos = match.end()
    return match is not None


_WEB = ("http", "ttps")


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Asterisks are marks, unless letters or figures stand on either side."""
    if state.src[state.pos] != "*" or silent:
        return False
    end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    around = state.src[max(state.pos - 1, 0) : state.pos], state.src[end : end + 1]
    if all(char.isalnum() for char in around):
        state.pending += state.src[state.pos : end]
        state.pos = end
        return True
    from markdown_it.rules_inline.emphasis import tokenize

    return tokenize(state, silent)


def _link(state: StateInline, silent: bool) -> bool:
    """Words in square brackets and, right after them, a web address in round ones."""
    start = state.pos
    if state.src[start] != "[" or state.src[max(start - 1, 0) : start] == "!":
        return False
    end = state.md.helpers.parseLinkLabel(state, start, True)
    href = _HREF.match(state.src, end + 1, state.posMax) if end > start else None
    if href is None or not state.src[start + 1 : end].strip():
        state.pos = start
        return False
    if not silent:
        after = state.posMax
        state.pos, state.posMax = start + 1, end
        state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(href[1])}
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
        state.posMax = after
    state.pos = href.end()
    return True


def _blocks(
    tokens: Iterator[Token], prefix: str, count: list[int], end: str = ""
) -> Iterator[Block]:
    for token in tokens:
        if token.type == end:
            return
        count[0] += 1
        id = f"{prefix}-{count[0]}"
        if token.type == "heading_open":
            words = _content(tokens)
            if words:
                yield Heading(id, int(token.tag[1]), words)
            else:
                yield Paragraph(id, (token.markup,))  # a sign and no words: as it is typed
        elif token.type == "paragraph_open":
            yield Paragraph(id, _content(tokens))
        elif token.type == "blockquote_open":
            inner = tuple(_blocks(tokens, prefix, count, "blockquote_close"))
            yield BlockQuote(inner) if inner else Paragraph(id, (token.markup,))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            yield _list(tokens, prefix, count, token)


def _list(tokens: Iterator[Token], prefix: str, count: list[int], opening: Token) -> ItemList:
    """Return a list; the numbers of its items are those that were typed."""
    items: list[ListItem] = []
    for token in tokens:
        if token.type == opening.type.replace("open", "close"):
            break
        if token.type == "list_item_open":
            count[0] += 1
            id = f"{prefix}-{count[0]}"
            inner = tuple(_blocks(tokens, prefix, count, "list_item_close"))
            mark = f"{token.info}{token.markup}" if opening.type.startswith("ordered") else "•"
            items.append(ListItem(id, mark, _flat(inner)))
    return ItemList(tuple(items))


def _flat(inner: Sequence[Block]) -> Inlines:
    """Return the words of blocks as lines of one item: a list may hold lists and quotations."""
    made: list[Inline] = []
    for line in _lines(inner):
        made += ([LineBreak()] if made else []) + list(line)
    return tuple(made)


def _lines(inner: Sequence[Block]) -> Iterator[Inlines]:
    for block in inner:
        if isinstance(block, Paragraph | Heading):
            yield block.inlines
        elif isinstance(block, BlockQuote):
            yield from _lines(block.blocks)
        elif isinstance(block, ItemList):
            yield from ((f"{item.mark} ", *item.inlines) for item in block.items)


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
            case _ if token.content:
                yield token.content
