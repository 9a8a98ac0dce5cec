"""Runs of glyphs: Pango is asked once for the words that stand in justified lines.

In a justified line every space has a width of its own, so Pango shapes the words between them apart
from each other: the glyphs of a word are the same wherever it stands among words of its script.

See `hasten` for when this is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, gobject, pango
from weasyprint.text.fonts import get_pango_font_key

from .hasten_voices import Space, Voice, Word, Words, attributes_of, voice_of

SIZE = ffi.sizeof("PangoGlyphInfo")
FIELDS = SIZE // 4  # glyph, width, two offsets and flags: all of them 32 bits
ODD = pango.PANGO_GLYPH_EMPTY  # from here on are no glyphs of the font
IS_KNOWN = SIZE == 20 and pango.pango_version() >= 14802

_CHARS = "[!-~\u00a1-\u00ac\u00ae-\u024f\u2010\u2012-\u2027]+"  # Latin, or of no script
_is_plain = re.compile(f" ?{_CHARS}(?:[ \u00a0]{_CHARS})* ?").fullmatch
_has_letter = re.compile("[A-Za-z]").search  # without one the text is of no script
_split = re.compile("([ \u00a0])").split
_BEFORE = "x x\u00a0x "
_AT_ONCE = 100  # words
_MOST = 10_000  # words kept of a voice
_SPACING = 1000  # units of Pango; more or less of it does not matter


def want(text: str, style: Any) -> None:
    """Tell of a text that will be drawn, so that its words are shaped together with others."""
    if IS_KNOWN and _is_plain(text):
        words = (style.voice or voice_of(style)).words
        words.wanted.update(dict.fromkeys(_split(text)[::2]))


@dataclass(frozen=True)
class Line:
    """What is written for a line."""

    font: Any
    size: float
    shown: str


def line_of(stream: Any, text: str, voice: Voice, spacing: float) -> Line | None:
    """Return a line whose spaces are so much wider (px); None if there is something rare in it."""
    space = int(spacing * TO_UNITS)
    # Pango gives a space half of it on either side, rounded where it is so many pixels
    if space <= 0 or space % 512 == 0 or voice.letter_spacing or not IS_KNOWN:
        return None
    if not _is_plain(text) or not _has_letter(text):
        return None
    words = voice.words
    names = _split(text)
    if not words.known.keys() >= set(names[::2]) - {""}:
        words.wanted.update(dict.fromkeys(names[::2]))
        _learn(words, voice)
    if not words.held:
        return None
    font = stream._fonts.get(words.font_key)
    if font is None:
        font, _ = stream.add_font(words.pango_font)
    if font.png or font.svg or font.colr or font.bitmap:
        return None
    shown = list(_shown(names, words, font, space))
    return None if "" in shown else Line(font, words.font_size, "".join(shown))


def _shown(names: list[str], words: Words, font: Any, space: int) -> Iterator[str]:
    """Yield what is written for words and spaces; "" where it is not known."""
    known, last = words.known, len(names) - 1
    # at the edges of a line Pango takes away again what it gave the space on that side
    offsets = {} if names[0] else {1: 0}
    if not names[last]:
        offsets[last - 1] = space
    between: dict[tuple[str, int], str] = {}
    for n, name in enumerate(names):
        if n % 2:
            offset = offsets.get(n, space // 2)
            if (name, offset) not in between:
                of = words.spaces[name]
                if not _is_so(font, of.widths, of.meanings):
                    yield ""
                    return
                width, logical = of.width + space, of.widths[of.glyph]
                made = piece(of.glyph, width, offset, words.font_size, logical)
                between[name, offset] = within(made)
            yield between[name, offset]
        elif name:
            word = known[name]
            if word is None or not _is_so(font, word.widths, word.meanings):
                yield ""
                return
            yield word.shown


def _is_so(font: Any, widths: dict[int, int], meanings: dict[int, str]) -> bool:
    """Tell whether glyphs have these widths in a font of a page, which learns of them by it."""
    if not font.widths.items() >= widths.items():
        for glyph, width in widths.items():
            font.to_unicode.setdefault(glyph, meanings[glyph])
            if font.widths.setdefault(glyph, width) != width:
                return False
    return True


def _learn(words: Words, voice: Voice) -> None:
    """Have Pango shape the words that are wanted."""
    if len(words.known) > _MOST:
        words.known.clear()
    wanted = [word for word in words.wanted if word and word not in words.known]
    words.wanted.clear()
    for n in range(0, len(wanted), _AT_ONCE):
        _shape(wanted[n : n + _AT_ONCE], words, voice)


def _shape(wanted: list[str], words: Words, voice: Voice) -> None:
    """Add words; the letter before them makes them all Latin."""
    text = _BEFORE + " ".join(wanted)
    string = text.encode()
    layout = ffi.gc(pango.pango_layout_new(voice.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout, False)
    pango.pango_layout_set_font_description(layout, voice.description)
    pango.pango_layout_set_single_paragraph_mode(layout, True)
    pango.pango_layout_set_text(layout, string, -1)
    attributes = attributes_of(voice.features)
    for match in re.finditer(b" |\xc2\xa0", string):
        spaced = pango.pango_attr_letter_spacing_new(_SPACING)
        spaced.start_index, spaced.end_index = match.span()
        pango.pango_attr_list_insert(attributes, spaced)
    pango.pango_layout_set_attributes(layout, attributes)
    runs = {}
    run = pango.pango_layout_get_line_readonly(layout, 0).runs[0]
    while run != ffi.NULL:
        item = run.data
        runs[item.item.offset, item.item.offset + item.item.length] = item
        run = run.next
    if not words.pango_font:
        _settle(words, layout, runs)
    at = len(_BEFORE.encode())
    for word in wanted:
        end = at + len(word.encode())
        words.known[word] = _word(runs.get((at, end)), word, words) if words.held else None
        at = end + 1


def _settle(words: Words, layout: Any, runs: dict[tuple[int, int], Any]) -> None:
    """Take the font and the spaces from a text that begins with x x\u00a0x."""
    space, fixed = runs.get((1, 2)), runs.get((3, 5))
    if space is None or fixed is None:
        return
    font = space.item.analysis.font
    key, _, size = get_pango_font_key(font)
    for name, item in ((" ", space), ("\u00a0", fixed)):
        numbers = numbers_of(item)
        if item.item.analysis.font != font or len(numbers) != FIELDS or is_odd(numbers):
            return
        if _level(item):
            return
        glyph, width = numbers[:2]
        widths = {glyph: logical_width(font, glyph, size)}
        words.spaces[name] = Space(glyph, width - _SPACING, widths, {glyph: name})
    words.pango_font, words.font_key, words.font_size, words.held = font, key, size, layout


def _word(item: Any, word: str, words: Words) -> Word | None:
    """Return a word that is all of a run; None if there is something rare in it."""
    if item is None or item.item.analysis.font != words.pango_font or _level(item):
        return None
    numbers = numbers_of(item)
    if not numbers or is_odd(numbers):
        return None
    glyphs = list(zip(numbers[::FIELDS], numbers[1::FIELDS], numbers[2::FIELDS], strict=True))
    for glyph in glyphs:
        if glyph not in words.pieces:
            if glyph[0] not in words.widths:
                width = logical_width(words.pango_font, glyph[0], words.font_size)
                words.widths[glyph[0]] = width
            words.pieces[glyph] = piece(*glyph, words.font_size, words.widths[glyph[0]])
    meanings: dict[int, str] = {}
    clusters = ffi.unpack(item.glyphs.log_clusters, len(glyphs))
    if len(clusters) == len(word) and word.isascii() and clusters == [*range(len(word))]:
        for char, glyph in zip(word, glyphs, strict=True):
            meanings.setdefault(glyph[0], char)
    else:
        string = word.encode()
        clusters.append(len(string))
        for i, glyph in enumerate(glyphs):
            meanings.setdefault(glyph[0], string[clusters[i] : clusters[i + 1]].decode())
    widths = {glyph: words.widths[glyph] for glyph in meanings}
    return Word(within("".join([words.pieces[glyph] for glyph in glyphs])), widths, meanings)


def _level(item: Any) -> int:
    """Return how deep a run is embedded (UAX 9): 0 in a text that runs from left to right."""
    return int(item.item.analysis.level) & 255  # one byte, which is read as more


_ink, _rectangle = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")


def logical_width(font: Any, glyph: int, size: float) -> int:
    """Return the width of a glyph in 1/1000 em."""
    pango.pango_font_get_glyph_extents(font, glyph, _ink, _rectangle)
    width: int = round(_rectangle.width * 1000 * FROM_UNITS / size)
    return width


def within(pieces: str) -> str:
    """Return what is written for a run; a string that is empty is not written at its end."""
    return f"<{pieces[:-1]}" if pieces[-1] == "<" else f"<{pieces}>"


def piece(glyph: int, width: int, offset: float, size: float, logical: int) -> str:
    """Return what is written for a glyph between < and >."""
    offset = offset / size
    made = f">{-offset}<{glyph:04x}" if offset else f"{glyph:04x}"
    kerning = logical + offset - width * 1000 * FROM_UNITS / size
    return f"{made}>{int(kerning)}<" if kerning else made


def numbers_of(item: Any) -> list[int]:
    """Return what is told of the glyphs of a run, `FIELDS` numbers for each."""
    glyphs = item.glyphs
    buffer = ffi.buffer(glyphs.glyphs, glyphs.num_glyphs * SIZE)
    return memoryview(buffer).cast("B").cast("i").tolist()


def is_odd(numbers: list[int]) -> bool:
    """Tell whether there are glyphs that are not of the font, or stand above or below the line."""
    return max(numbers[::FIELDS], default=0) >= ODD or any(numbers[3::FIELDS])


def meaning(string: bytes, item: Any, i: int) -> str:
    """Return the characters that the glyph of a run stands for."""
    start, length, clusters = item.item.offset, item.item.length, item.glyphs.log_clusters
    if item.item.analysis.level % 2:  # from right to left
        end = length if i == 0 else clusters[i - 1]
    else:
        end = length if i == item.glyphs.num_glyphs - 1 else clusters[i + 1]
    return string[start + clusters[i] : start + end].decode()
