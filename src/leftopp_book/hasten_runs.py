"""Runs of glyphs: Pango is asked once for every word, not once for every line that it stands in.

In a face no rule of which is about spaces a word has the same glyphs wherever it stands among
others of its script, and a line is as wide as its words and spaces. In a justified line Pango
shapes the words apart from each other whatever the face is.

See `hasten` for when this is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from msgspec import Struct, field
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, gobject, harfbuzz, pango
from weasyprint.text.fonts import get_pango_font_key

from .declarations import MORE
from .hasten_voices import Shaped, Space, Voice, Word, Words, attributes_of

SIZE = ffi.sizeof("PangoGlyphInfo")
FIELDS = SIZE // 4  # glyph, width, two offsets and flags: all of them 32 bits
ODD = pango.PANGO_GLYPH_EMPTY  # from here on are no glyphs of the font
IS_KNOWN = SIZE == 20 and pango.pango_version() >= 14802

# Latin, or of no script; the word joiner has no width
_CHARS = "[!-~\u00a1-\u00ac\u00ae-\u024f\u2002\u2010\u2012-\u2027\u2060]+"
is_plain = re.compile(f" ?{_CHARS}(?:[ \u00a0]{_CHARS})* ?").fullmatch
_has_letter = re.compile("[A-Za-z]").search
split = re.compile("([ \u00a0])").split
_AT_ONCE = 100  # words
MOST = 10_000  # words kept of a voice
_SPACING = 1000  # units of Pango; more or less of it does not matter


def words_for(text: str, voice: Voice) -> Words:
    """Return the words of a voice for a text: Latin, or of no script if it has no letter."""
    words = voice.latin if _has_letter(text) else voice.signs
    if not words.settled:
        words.settled = True
        _settle(words, voice)
    return words


def learn(names: Iterable[str], words: Words, voice: Voice) -> None:
    """Have Pango shape the words that are not known yet."""
    if not words.held:
        return
    asked = dict.fromkeys(name for name in names if name)
    if words.known.keys() >= asked.keys():
        return
    if len(words.known) > MOST:
        words.known.clear()
        words.advances.clear()
    wanted = [name for name in asked if name not in words.known]
    for n in range(0, len(wanted), _AT_ONCE):
        _shape(wanted[n : n + _AT_ONCE], words, voice)


def _shape(wanted: list[str], words: Words, voice: Voice) -> None:
    """Add words; the letter before them makes them all Latin."""
    _, runs = _laid(f"{words.first} {' '.join(wanted)}", voice)
    at = len(words.first) + 1
    for name in wanted:
        end = at + len(name.encode())
        words.known[name] = _shaped(runs.get((at, end)), name, words)
        at = end + 1


def _laid(
    text: str, voice: Voice, spacing: int = _SPACING
) -> tuple[Any, dict[tuple[int, int], Any]]:
    """Return the layout of a text and its runs by their places (bytes); spaces stand apart."""
    string = text.encode()
    layout = ffi.gc(pango.pango_layout_new(voice.context), gobject.g_object_unref)
    pango.pango_layout_set_auto_dir(layout, False)
    pango.pango_layout_set_font_description(layout, voice.description)
    pango.pango_layout_set_single_paragraph_mode(layout, True)
    pango.pango_layout_set_text(layout, string, -1)
    attributes = attributes_of(voice.features)
    for match in re.finditer(b" |\xc2\xa0", string):
        at_an_edge = match.start() == 0 or match.end() == len(string)
        spaced = pango.pango_attr_letter_spacing_new((1 + at_an_edge) * spacing)
        spaced.start_index, spaced.end_index = match.span()
        pango.pango_attr_list_insert(attributes, spaced)
    pango.pango_layout_set_attributes(layout, attributes)
    runs = {}
    run = pango.pango_layout_get_line_readonly(layout, 0).runs[0]
    while run != ffi.NULL:
        item = run.data
        runs[item.item.offset, item.item.offset + item.item.length] = item
        run = run.next
    return layout, runs


def _settle(words: Words, voice: Voice) -> None:
    """Take the font and the spaces from a text that has them."""
    first = words.first
    layout, runs = _laid(f"{first} {first}\u00a0{first}", voice)
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
    if not _is_as_foreseen(voice, words.spaces[" "].width):
        return
    words.pango_font, words.font_key, words.font_size, words.held = font, key, size, layout
    line = pango.pango_layout_get_line_readonly(layout, 0)
    pango.pango_layout_line_get_extents(line, ffi.NULL, _rectangle)
    words.height = _rectangle.height * FROM_UNITS
    words.baseline = pango.pango_layout_get_baseline(layout) * FROM_UNITS
    words.apart = _stand_apart(font, [of.glyph for of in words.spaces.values()])


def _is_as_foreseen(voice: Voice, width: int) -> bool:
    """Tell whether this Pango puts spacing where `_shown` does: a space is so wide without it."""
    _, runs = _laid(" x x ", voice, 777)
    places = [place for place in ((0, 1), (2, 3), (4, 5)) if place in runs]
    found = [tuple(numbers_of(runs[place])[1:3]) for place in places]
    return found == [(width + 777, offset) for offset in (0, 388, 777)]


def _shaped(item: Any, name: str, words: Words) -> Shaped | None:
    """Return the glyphs of a word that is all of a run; None if there is something rare in it."""
    if item is None or item.item.analysis.font != words.pango_font or _level(item):
        return None
    numbers = numbers_of(item)
    if not numbers or max(numbers[::FIELDS]) > ODD:
        return None
    words.advances[name] = sum(numbers[1::FIELDS])
    clusters = ffi.unpack(item.glyphs.log_clusters, len(numbers) // FIELDS)
    if any(numbers[3::FIELDS]) or (ODD in numbers[::FIELDS] and len({*clusters}) < len(clusters)):
        return None
    return numbers, clusters


def _word(shaped: Shaped, name: str, words: Words) -> Word:
    """Return a word that is drawn for the first time."""
    numbers, clusters = shaped
    glyphs = list(zip(numbers[::FIELDS], numbers[1::FIELDS], numbers[2::FIELDS], strict=True))
    for glyph in glyphs:
        if glyph[0] == ODD:  # a word joiner, of which nothing is drawn
            words.pieces[glyph] = f">{-glyph[1] / words.font_size}<"
        elif glyph not in words.pieces:
            if glyph[0] not in words.widths:
                width = logical_width(words.pango_font, glyph[0], words.font_size)
                words.widths[glyph[0]] = width
            words.pieces[glyph] = piece(*glyph, words.font_size, words.widths[glyph[0]])
    meanings: dict[int, str] = {}
    if len(clusters) == len(name) and name.isascii() and clusters == [*range(len(name))]:
        for char, glyph in zip(name, glyphs, strict=True):
            meanings.setdefault(glyph[0], char)
    else:
        string = name.encode()
        for glyph, start, end in zip(glyphs, clusters, [*clusters[1:], len(string)], strict=True):
            meanings.setdefault(glyph[0], string[start:end].decode())
    meanings.pop(ODD, None)
    widths = {glyph: words.widths[glyph] for glyph in meanings}
    pieces = "".join([words.pieces[glyph] for glyph in glyphs])
    return Word(pieces, within(pieces), widths, meanings)


def _level(item: Any) -> int:
    """Return how deep a run is embedded (UAX 9): 0 in a text that runs from left to right."""
    return int(item.item.analysis.level) & 255  # one byte, which is read as more


# --- Faces ----------------------------------------------------------------------------------------


@cache
def _harfbuzz() -> Any:
    """Return HarfBuzz, with what WeasyPrint does not ask of it."""
    ffi.cdef(MORE)
    return harfbuzz


_apart: dict[int, bool] = {}  # by the addresses of faces
_held: list[Any] = []  # those faces, which so keep their addresses


def _stand_apart(font: Any, spaces: list[int]) -> bool:
    """Tell whether no rule of a face (GSUB, GPOS) is about its spaces, and it has no other."""
    face = harfbuzz.hb_font_get_face(pango.pango_font_get_hb_font(font))
    address = int(ffi.cast("uintptr_t", face))
    if address not in _apart:
        _held.append(ffi.gc(harfbuzz.hb_face_reference(face), harfbuzz.hb_face_destroy))
        try:
            _apart[address] = not _is_ruled(face, spaces)
        except (AttributeError, ffi.error):  # a HarfBuzz that cannot tell
            _apart[address] = False
    return _apart[address]


def _is_ruled(face: Any, spaces: list[int]) -> bool:
    hb = _harfbuzz()
    for name in (b"kern", b"kerx", b"morx", b"mort"):
        blob = hb.hb_face_reference_table(face, int.from_bytes(name, "big"))
        length = hb.hb_blob_get_length(blob)
        hb.hb_blob_destroy(blob)
        if length:
            return True
    sets = [ffi.gc(hb.hb_set_create(), hb.hb_set_destroy) for _ in range(4)]
    for name in (b"GSUB", b"GPOS"):
        table = int.from_bytes(name, "big")
        for index in range(hb.hb_ot_layout_table_get_lookup_count(face, table)):
            hb.hb_ot_layout_lookup_collect_glyphs(face, table, index, *sets)
    return any(hb.hb_set_has(found, glyph) for found in sets for glyph in spaces)


# --- Writing --------------------------------------------------------------------------------------


class Line(Struct, frozen=True):
    """What is written for a line."""

    font: Any
    size: float
    shown: str


def line_of(stream: Any, text: str, voice: Voice, spacing: float) -> Line | None:
    """Return a line whose spaces are so much wider (px); None if there is something rare in it."""
    space = int(spacing * TO_UNITS)
    # Pango gives a space half of it on either side, rounded where it is so many pixels
    if voice.letter_spacing or (spacing and (space <= 0 or space % 512 == 0)):
        return None
    if not is_plain(text):
        return None
    words, names = words_for(text, voice), split(text)
    if not words.held or not (spacing or words.apart):
        return None
    if not words.known.keys() >= set(names[::2]) - {""}:
        learn(names[::2], words, voice)
    font = stream._fonts.get(words.font_key)
    if font is None:
        font, _ = stream.add_font(words.pango_font)
    if font.png or font.svg or font.colr or font.bitmap:
        return None
    shown = list(_shown(names, words, font, space))
    if "" in shown:
        return None
    return Line(font, words.font_size, "".join(shown) if spacing else within("".join(shown)))


def _shown(names: list[str], words: Words, font: Any, space: int) -> Iterator[str]:
    """Yield what is written for words and spaces; "" where it is not known."""
    known, last = words.known, len(names) - 1
    told = drawn_of(font).words
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
                between[name, offset] = within(made) if space else made
            yield between[name, offset]
        elif name:
            word = known[name]
            if isinstance(word, tuple):
                word = known[name] = _word(word, name, words)
            if word not in told:
                if word is None or not _is_so(font, word.widths, word.meanings):
                    yield ""
                    return
                told.add(word)
            yield word.shown if space else word.pieces


class Drawn(Struct, eq=False):
    """What was drawn in the font of a page: glyphs, and words of which it knows all of them."""

    pieces: dict[Any, str] = field(default_factory=dict)
    words: set[Word] = field(default_factory=set)


def drawn_of(font: Any) -> Drawn:
    drawn: Drawn | None = vars(font).get("drawn")
    if drawn is None:
        drawn = font.drawn = Drawn()
    return drawn


def _is_so(font: Any, widths: dict[int, int], meanings: dict[int, str]) -> bool:
    """Tell whether glyphs have these widths in a font of a page, which learns of them by it."""
    if not font.widths.items() >= widths.items():
        for glyph, width in widths.items():
            font.to_unicode.setdefault(glyph, meanings[glyph])
            if font.widths.setdefault(glyph, width) != width:
                return False
    return True


def within(pieces: str) -> str:
    """Return what is written for a run; a string that is empty is not written at its end."""
    return f"<{pieces[:-1]}" if pieces[-1] == "<" else f"<{pieces}>"


def piece(glyph: int, width: int, offset: float, size: float, logical: int) -> str:
    """Return what is written for a glyph between < and >."""
    offset = offset / size
    made = f">{-offset}<{glyph:04x}" if offset else f"{glyph:04x}"
    kerning = logical + offset - width * 1000 * FROM_UNITS / size
    return f"{made}>{int(kerning)}<" if kerning else made


# --- Runs -----------------------------------------------------------------------------------------

_ink, _rectangle = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")


def logical_width(font: Any, glyph: int, size: float) -> int:
    """Return the width of a glyph in 1/1000 em."""
    pango.pango_font_get_glyph_extents(font, glyph, _ink, _rectangle)
    width: int = round(_rectangle.width * 1000 * FROM_UNITS / size)
    return width


def numbers_of(item: Any) -> list[int]:
    """Return what is told of the glyphs of a run, `FIELDS` numbers for each."""
    glyphs = item.glyphs
    buffer = ffi.buffer(glyphs.glyphs, glyphs.num_glyphs * SIZE)
    return memoryview(buffer).cast("B").cast("i").tolist()


def is_odd(numbers: list[int]) -> bool:
    """Tell whether there are glyphs that are not of the font, or stand above or below the line."""
    return max(numbers[::FIELDS], default=0) >= ODD or any(numbers[3::FIELDS])
