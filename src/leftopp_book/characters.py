"""Characters that are not what they seem: unseen, turning the line about, or of another script.

What a terminal or a browser would obey and not show is never printed as it stands: `visible` gives
its code point instead. What a typist, a scanner or a wrong decoding left in a text is found by
`unseen` and `misread`, which name code points (Unicode Technical Report 36; Standard 39, 5.1).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import limits

_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# joiners, spaces of no width, letters of Hangul that are blank, tags that spell out hidden words
_ZERO_WIDTH = (
    "\u034f\u115f\u1160\u180b-\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f"
)
_NO_CHARACTER = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17)
)
_OTHER = f"\x0b\x0c\x85\u2028\u2029\ud800-\udfff{_NO_CHARACTER}"
UNSEEN = re.compile(f"[{_CONTROL}{_BIDI}{_ZERO_WIDTH}{_OTHER}]")
# Joiners after a letter of Arabic are spelling: they part what would be joined, or join it (Unicode
# Standard 9.2).
_ARABIC, _JOINERS = "[\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff]", "[\u200c\u200d]"
NEEDLESS = re.compile(f"{UNSEEN.pattern}(?<!{_ARABIC}{_JOINERS})")


_SEEN = bytes((*b"\t\n\r", *range(0x20, 0x7F)))  # the bytes of nearly all that there is


def has(characters: re.Pattern[str], string: str) -> bool:
    """Tell whether a string has one of a class of characters; nearly always it has none.

    They are no letters or signs of ASCII: a string of any length has few others that are different,
    and only those are looked at.
    """
    return bool(characters.search("".join(others(string))))


def others(string: str) -> frozenset[str]:
    """Return the characters of a string that are not those of plain ASCII."""
    others = string.encode("utf-8", "surrogatepass").translate(None, _SEEN)
    return frozenset(others.decode("utf-8", "surrogatepass"))


def seen(string: str, instead: Callable[[str], str]) -> str:
    """Return a string with something else for every character that would not be seen."""
    for char in sorted(filter(UNSEEN.match, others(string))):
        string = string.replace(char, instead(char))
    return string


def visible(string: str) -> str:
    """Return a string with every character that would not be seen as ⟨U+202E⟩."""
    return seen(string, _pointed)


def _pointed(char: str) -> str:
    return f"⟨{point(char)}⟩"


def escaped(json: str) -> str:
    r"""Return JSON with every character that would not be seen as \u202e."""
    return seen(json, lambda char: _json(ord(char)))


def _json(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def point(char: str) -> str:
    return f"U+{ord(char):04X}"


def named(char: str) -> str:
    """Return code point and name: U+200B, ZERO WIDTH SPACE."""
    half = "half of a character" if "\ud800" <= char <= "\udfff" else "a control character"
    name = unicodedata.name(char, "") or _CONTROLS.get(char, half)
    return f"{point(char)}, {name}"


_CONTROLS = {
    "\x00": "NULL",
    "\x08": "BACKSPACE",
    "\x0b": "LINE TABULATION",
    "\x0c": "FORM FEED",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
    "\x85": "NEXT LINE",
}


# What has no place in the files of `book/`: it cannot stand in XML, turns the line about, or ends
# it for some readers and not for others.
FORBIDDEN = re.compile(f"[{_CONTROL}{_OTHER}\u202a-\u202e\u2066-\u2069]")


# A word that is too long for any book; scripts that put no space between words are left out.
LONG_WORD = re.compile(
    r"[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uffdc\U00020000-\U0003ffff]"
    rf"{{{limits.WORD + 1}}}"
)


class Strange(NamedTuple):
    """Something that is not what it seems: its code, its place and what there is to say of it."""

    code: str
    start: int
    end: int
    what: str


def unseen(string: str) -> Iterator[Strange]:
    """Yield the characters of a string that are not seen and do something, by kind.

    A byte order mark at its beginning, form feeds and the other separators are no fault. Characters
    without width are one only within a word: elsewhere nothing was parted by them.
    """
    if not has(_UNSEEN_IN, string):
        return
    for match in _CONTROLS_IN.finditer(string):
        code = "nul-character" if match[0] == "\0" else "control-character"
        yield Strange(code, *match.span(), named(match[0]))
    if string.isascii():
        return
    for match in _BIDI_IN.finditer(string):
        yield Strange("bidi-control", *match.span(), named(match[0]))
    for match in _WIDTHLESS_IN.finditer(string):
        yield Strange("zero-width", *match.span(), named(match[0][0]))


def misread(string: str) -> Iterator[Strange]:
    """Yield what was decoded wrongly, and words with letters of two scripts, by kind."""
    if string.isascii() or not has(_MISREAD_IN, string):
        return
    for match in _LOST.finditer(string):
        yield Strange("character-lost", *match.span(), named(match[0][0]))
    done = 0
    for match in _MIXED.finditer(string) if _NOT_LATIN.search(string) else ():
        if match.start() < done:
            continue
        low, done = _word_about(string, match.start())
        word = string[low:done]
        odd = _odd(word)
        of = f"{named(odd)}, in “{word[:40]}”" if odd else f"“{word[:40]}”"
        yield Strange("scripts-mixed", *match.span(), of)
    for match in _MISREAD.finditer(string):
        if meant := _decoded(match[0]):
            points = " ".join(map(point, match[0][:8]))
            what = f"“{match[0][:24]}” ({points}) stands for “{meant[:24]}”"
            yield Strange("encoding-wrong", *match.span(), what)


_UNSEEN_IN = re.compile(f"[{_CONTROL}{_NO_CHARACTER}{_BIDI}{_ZERO_WIDTH}]")
_CONTROLS_IN = re.compile(f"[{_CONTROL}{_NO_CHARACTER}]")
_BIDI_IN = re.compile(f"[{_BIDI}]")
_WIDTHLESS_IN = re.compile(f"(?<=[^\\W_])(?!(?<={_ARABIC}){_JOINERS})[{_ZERO_WIDTH}]+(?=[^\\W_])")
_LOST = re.compile("\ufffd+")

# --- Letters of two scripts in one word -----------------------------------------------------------

# Only scripts with letters that look alike; a Hebrew or Chinese letter deceives nobody.
_SCRIPTS = {
    "LATIN": "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "GREEK": "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fff",
    "CYRILLIC": "\u0400-\u0481\u048a-\u052f",
    "ARMENIAN": "\u0531-\u0556\u0561-\u0587",
    "CHEROKEE": "\u13a0-\u13ff\uab70-\uabbf",
    "FULLWIDTH": "\uff21-\uff3a\uff41-\uff5a",
    "MATHEMATICAL": "\U0001d400-\U0001d7cb",
}
_ACCENTS = "[\u0300-\u036f\u200b-\u200d\u2060\u00ad]{0,3}"
_MIXED = re.compile(
    "|".join(
        f"[{letters}](?={_ACCENTS}[{''.join(s for k, s in _SCRIPTS.items() if k != script)}])"
        for script, letters in _SCRIPTS.items()
    )
)
_NOT_LATIN = re.compile(f"[{''.join(s for k, s in _SCRIPTS.items() if k != 'LATIN')}]")
_SCRIPT = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}
NEAR = 40  # letters of a word that are looked at


def _word_about(string: str, at: int) -> tuple[int, int]:
    """Return the stretch of the letters about a place, as far as they are near."""
    low = high = at
    while low > max(0, at - NEAR) and string[low - 1].isalpha():
        low -= 1
    while high < min(len(string), at + NEAR) and string[high].isalpha():
        high += 1
    return low, high


def _odd(word: str) -> str:
    """Return the first letter of the script that has the fewest letters in a word."""
    found = {name: letters for name, one in _SCRIPT.items() if (letters := one.findall(word))}
    return str(min(found.values(), key=len)[0]) if len(found) > 1 else ""


# --- UTF-8 that was read as something else --------------------------------------------------------

# What the bytes 80 to BF become when they are read as Windows-1252.
_TAIL = "\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™"
_TAIL_LETTERS = "\u0080-\u00bfŒœŠšŸŽžƒˆ˜‚„†‡•‰‹›€™"  # without what may follow a letter in print
_TAIL_1251 = "°±Ііґµ¶·ё№є»јЅѕїЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ™љ›њќћџЎўЈ¤Ґ¦§Ё©Є«¬®Ї"
_MISREAD = re.compile(
    f"(?:[ÂÃÄÅÐÑ][{_TAIL_LETTERS}]|[âï][{_TAIL}]{{2}}|ð[{_TAIL}]{{3}})+"
    f"|(?:[РС][{_TAIL_1251}]){{2,}}|вЂ[“”™њќ\u009d“¦]"
)

# What one of all these begins with.
_MISREAD_IN = re.compile(f"[\ufffdÂÃÄÅÐÑâïðРСв{_NOT_LATIN.pattern[1:-1]}]")


def _decoded(string: str) -> str:
    """Return what the bytes of a wrongly read string say in UTF-8; empty if they say nothing."""
    for encoding in ("cp1252", "cp1251"):
        try:
            data = b"".join(
                bytes([ord(c)]) if 0x80 <= ord(c) < 0xA0 else c.encode(encoding) for c in string
            )
            return data.decode("utf-8")
        except UnicodeError:
            continue
    return ""
