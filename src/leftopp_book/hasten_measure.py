"""Lines measured: where a text is divided, reckoned from the widths of its words.

What `split_first_line` does with layouts of Pango is done here with sums, for a text of plain words
that is wider than its line or fits into it. What is rare is left to Pango: a line so narrow that
its first word does not fit, and all that would be decided by a hair's breadth.

See `hasten` for when this is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weasyprint.layout.percent import percentage
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango, unicode_to_char_p
from weasyprint.text.line_break import Layout

from .hasten_runs import IS_KNOWN, is_plain, learn, split, words_for
from .hasten_voices import Voice, Words, voice_of

_HAIR = 3 * TO_UNITS  # within it Pango has ways of its own to tell what fits
_WIDE = 20 * TO_UNITS  # of a space that is not counted where a line ends with it
_FAR = 1500  # characters ahead whose words are shaped together

# --- Breaks ---------------------------------------------------------------------------------------


def _mask(name: str) -> int:
    attribute = ffi.new("PangoLogAttr *")
    setattr(attribute, name, 1)
    return int.from_bytes(ffi.buffer(attribute)[:4], "little")


_BREAK, _END, _BOUNDARY = map(_mask, ("is_line_break", "is_word_end", "is_word_boundary"))
_SIZE = ffi.sizeof("PangoLogAttr")
_MOST = 1000
_room, _NOTHING = ffi.new("PangoLogAttr[]", _MOST), bytes(_MOST * _SIZE)
_languages: dict[Any, Any] = {}
_short: dict[tuple[str, Any], bool] = {}


def _language(lang: Any) -> Any:
    if lang not in _languages:
        if lang:
            pointer, _ = unicode_to_char_p(lang)
            _languages[lang] = pango.pango_language_from_string(pointer)
        else:
            _languages[lang] = pango.pango_language_get_default()
    return _languages[lang]


def _attributes(text: str, language: Any) -> list[int]:
    """Return what `get_log_attrs` does, as numbers."""
    if not text.isascii():
        for char in "\u202a\u202b\u202c\u202d\u202e":
            text = text.replace(char, "\u200b")
    string, length = text.replace("\0", "").encode(), len(text) + 1
    room = _room if length <= _MOST else ffi.new("PangoLogAttr[]", length)
    ffi.memmove(room, _NOTHING, min(length, _MOST) * _SIZE)
    pango.pango_get_log_attrs(string, len(string), -1, language, room, length)
    return memoryview(ffi.buffer(room, length * _SIZE)).cast("B").cast("I").tolist()


def _next_break(text: str, lang: Any) -> int | None:
    """Return what `get_next_break_point_from_text` does."""
    if not text or len(text) < 2:
        return None
    for n, attribute in enumerate(_attributes(text, _language(lang))[1 : len(text)]):
        if attribute & _BREAK:
            return n
    return None


def _can_break(text: str, lang: Any) -> bool:
    """Return what `can_break_text` does."""
    key = text, lang
    if key not in _short:
        if len(_short) > 10_000:
            _short.clear()
        _short[key] = _next_break(text, lang) is not None
    return _short[key]


def _next_word(text: str, lang: Any) -> tuple[int, int] | None:
    """Return what `get_next_word_boundaries` does."""
    if not text or len(text) < 2:
        return None
    start = 0
    for n, attribute in enumerate(_attributes(text, _language(lang))):
        if attribute & _END:
            return start, n
        if attribute & _BOUNDARY:
            start = n
    return None


# --- Lines ----------------------------------------------------------------------------------------


def first_line(text: str, style: Any, context: Any, max_width: Any, spacing: float) -> Any:
    """Return what `split_first_line` does; None if Pango is to be asked."""
    voice = style.voice or voice_of(style)
    if not IS_KNOWN or voice.letter_spacing or style["word_spacing"]:
        return None
    size, wraps = style["font_size"], style["white_space"]
    if wraps == "nowrap":
        return _unbroken(text, voice, max_width, spacing) if size else None
    if wraps != "normal" or max_width is None or not 0 < size * 4 <= max_width < 2**21:
        return None
    short = text[: int(max_width / size * 4)]
    if not is_plain(short):
        return None
    words = words_for(short, voice)
    if not words.apart:
        return None
    line = _Line(text, short, style, voice, words, max_width)
    room = int(max_width * TO_UNITS)
    if short == text:
        width = line.width(text)
        if width is None:
            return None
        if width <= room:
            return line.made(text, len(text.encode()), None, spacing, width)
        if text.endswith(" "):
            return None
    end, width, following = line.end(room)
    if not end or (following is None and short != text):
        return None
    begun, rest = short[:end], short[end:]
    word = rest[: None if following is None else following - end - 1].rstrip(" ")
    resume = len(begun.encode())
    if word:
        part = _divided(line, begun, rest, context, width, room)
        if part is None:
            return None
        if part:
            hyphened = begun + part + style["hyphenate_character"]
            resume = len((begun + part).encode())
            return line.made(hyphened, resume, resume, spacing, line.width(hyphened))
    kept = begun.rstrip(" ")
    if words_for(kept, voice) is not words:  # alone, it is of another script
        return None
    return line.made(kept, len(kept.encode()), resume, spacing, width)


def _unbroken(text: str, voice: Voice, max_width: Any, spacing: float) -> Any:
    """Return a text that may not be broken."""
    words = words_for(text, voice)
    if not is_plain(text) or not words.apart:
        return None
    line = _Line(text, text, None, voice, words, max_width)
    width = line.width(text)
    return None if width is None else line.made(text, len(text.encode()), None, spacing, width)


class _Line:
    """A text of which the first line is sought, and what its words are wide."""

    def __init__(
        self, text: str, short: str, style: Any, voice: Voice, words: Words, max_width: Any
    ) -> None:
        self.short, self.style, self.voice, self.max_width = short, style, voice, max_width
        self.words = words
        self.names = split(short)
        if not self.words.advances.keys() >= set(self.names[::2][: None if short == text else -1]):
            far = text[: text.rfind(" ", 0, _FAR) + 1] if len(text) > _FAR else text
            names = split(far) if is_plain(far) else self.names[:-1]
            learn(names[::2], self.words, voice)

    def width(self, text: str) -> int | None:
        """Return how wide words and spaces are (units of Pango); None if it is not known."""
        advances, spaces = self.words.advances, self.words.spaces
        total = 0
        for n, name in enumerate(split(text)):
            if n % 2:
                total += spaces[name].width
            elif name:
                if name not in advances:
                    learn((name,), self.words, self.voice)
                    if name not in advances:
                        return None
                total += advances[name]
        return total

    def end(self, room: int) -> tuple[int, int, int | None]:
        """Return where the line ends, how wide it is, and where it could be broken next.

        It ends nowhere, at 0, if that cannot be told for sure.
        """
        short, names = self.short, self.names
        advances, spaces = self.words.advances, self.words.spaces
        attributes = _attributes(short, self.voice.language)
        breaks = [n for n in range(1, len(short)) if attributes[n] & _BREAK]
        best = width = reached = begins = b = 0
        for n in range(0, len(names), 2):
            name = names[n]
            ends = begins + len(name)
            while b < len(breaks) and breaks[b] <= ends:  # within a word
                at = breaks[b]
                more = self.width(short[begins:at])
                if more is None:
                    return 0, 0, None
                if abs(reached + more - room) < (_WIDE if short[at - 1] == "\u2002" else _HAIR):
                    return 0, 0, None
                if reached + more > room:
                    return best, width, at
                best, width, b = at, reached + more, b + 1
            if b == len(breaks):
                return best, width, None
            if name not in advances and name:
                return 0, 0, None
            reached += advances[name] if name else 0
            if breaks[b] == ends + 1:
                if reached > room:
                    return best, width, ends + 1
                best, width, b = ends + 1, reached, b + 1
            reached += spaces[names[n + 1]].width
            begins = ends + 1
        return best, width, None

    def made(
        self, text: str, length: int, resume: int | None, spacing: float, width: int | None
    ) -> Any:
        """Return what `first_line_metrics` does."""
        layout = Layout.__new__(Layout)
        layout.__dict__.update(self.voice.decoration)
        layout.justification_spacing, layout.max_width = spacing, self.max_width
        layout.first_line_direction = 0
        layout.text = text
        assert width is not None
        words = self.words
        return layout, length, resume, width * FROM_UNITS, words.height, words.baseline


def _divided(line: _Line, begun: str, rest: str, context: Any, width: int, room: int) -> str | None:
    """Return what of the rest comes before a hyphen on the line; "" if nothing does."""
    style = line.style
    lang = style["lang"] and line_break.pyphen.language_fallback(style["lang"])
    total, left, right = style["hyphenate_limit_chars"]
    if style["hyphens"] != "auto" or not lang:
        return ""
    following = rest
    if point := _next_break(rest, lang):
        following = following[:point]
    at = 0
    while following:
        bounds = _next_word(following, lang)
        if not bounds:
            return ""
        start, stop = bounds
        if stop - start >= total:
            space = line.max_width - width * FROM_UNITS
            zone = percentage(style["hyphenate_limit_zone"], style, line.max_width)
            if space > zone or space < 0:
                word, at = following[start:stop], at + start
                break
        following = following[stop:]
        at += stop
    else:
        return ""
    key = lang, left, right, total
    dictionary = context.dictionaries.get(key)
    if dictionary is None:
        dictionary = line_break.pyphen.Pyphen(lang=lang, left=left, right=right)
        context.dictionaries[key] = dictionary
    parts: list[str] = [rest[:at] + part for part, _ in dictionary.iterate(word)]
    hyphen = style["hyphenate_character"]
    if parts and not is_plain(parts[0] + hyphen):
        return None
    before = split(begun)[-1]
    learn([split(before + part + hyphen)[-1] for part in parts], line.words, line.voice)
    for part in parts:
        wide = line.width(begun + part + hyphen)
        if wide is None:
            return None
        if wide <= room:
            return part
    return ""


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return (
        (line_break.get_next_break_point_from_text, _next_break),
        (line_break.can_break_text, _can_break),
        (line_break.get_next_word_boundaries, _next_word),
    )


def methods() -> None:
    """Replace no methods."""
