"""What reading a finished book back comes to: proofs and falsehoods; and how words are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from unicodedata import normalize

from msgspec import Struct, field

# White space, the hyphen that the typesetter adds, the soft hyphen and the word joiner: none of
# them is text.
_RANGE = re.compile(r"\d–$")
_NO_INK = re.compile(r"[\s\u2010\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f]+")


class DamagedError(Exception):
    """A finished file is missing, damaged or from another build. Exit status 3."""


class Falsehood(Struct, frozen=True):
    """What is not as it should be, and where."""

    place: str
    says: str

    def __str__(self) -> str:
        return f"{self.place}: {self.says}"


class Proof(Struct):
    """One proof: what it counted, and what it found to be false."""

    name: str
    counted: str = ""
    falsehoods: list[Falsehood] = field(default_factory=list)
    not_run: bool = False

    def false(self, place: str, says: str) -> None:
        self.falsehoods.append(Falsehood(place, says))

    @property
    def status(self) -> str:
        return "false" if self.falsehoods else "not run" if self.not_run else "true"


def proof_file(name: str, outputs: Iterable[Mapping[str, Any]]) -> str:
    """Return the name of the page that tells what was proven of a build, named for its files.

    So the editor's report of one build never shows the proof of another.
    """
    made = sorted(str(o["sha256"]) for o in outputs if not str(o["path"]).endswith(".html"))
    return f"{name}-proof-{sha256(' '.join(made).encode()).hexdigest()[:12]}.html"


def ink(words: str) -> str:
    """Return words as the letters and signs that are printed, without the space between them.

    Points of Hebrew and Arabic letters are left out: `points` tells of them, for where each of them
    stands is known only to those who see it.
    """
    printed = _NO_INK.sub("", words)
    if printed.isascii():
        return printed
    printed = _ALIKE.sub(lambda one: normalize("NFKC", one[0]), printed)
    return _POINT.sub("", printed)


def points(words: str) -> list[str]:
    """Return the points of Hebrew letters, each as often as it is there.

    In Arabic two points are one piece of type, which stands for something else with every letter.
    """
    return sorted(filter(_HEBREW.match, normalize("NFKD", words)))


RIGHT_TO_LEFT = re.compile("[\u0590-\u065f\u066d-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")
_POINT = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc]"
)
_HEBREW = re.compile("[\u0591-\u05c7]")
# letters that are tied or of a shape, and stand for plain ones (Unicode 23.8)
_ALIKE = re.compile("[\ufb00-\ufdfb\ufe70-\ufefc]")


def mirrored(words: str) -> str:
    """Return words with one sign for both of a pair, if any of them run from right to left.

    Which of the two it is depends there on who reads it (Unicode Standard Annex 9, L4).
    """
    return words.translate(_PAIRS) if RIGHT_TO_LEFT.search(words) else words


def holds(whole: str, words: str) -> bool:
    """Tell whether printed words hold others, in whichever case."""
    here, there = lower(ink(words)), lower(ink(whole))
    if RIGHT_TO_LEFT.search(here):
        here, there = here.translate(_PAIRS), there.translate(_PAIRS)
    return here in there


_PAIRS = str.maketrans(")]}>»”’", "([{<«“‘")


def lower(words: str) -> str:
    """Return words in small letters, character for character.

    In a PDF the same glyph, a small capital, stands for a letter and for its capital.
    """
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in words)


def joined(lines: list[str]) -> str:
    """Return lines of print as running words: added hyphens undone, hard ones kept."""
    words = ""
    for line in lines:
        line = line.strip()
        if words.endswith("\u2010"):
            words = words[:-1] + line
        elif not words or words.endswith(("-", "—", "/")) or _RANGE.search(words):
            words += line
        else:
            words += f" {line}"
    return words


def said(words: str, limit: int = 60) -> str:
    """Return words as they are quoted in a message: not too many of them."""
    return f"“{words[:limit]}{'…' if len(words) > limit else ''}”"


def number(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def differences(a: str, b: str, window: int = 16) -> Iterator[tuple[int, int, str, str]]:
    """Yield where two strings differ: the offsets in both, and what stands there.

    After a difference the strings are taken up again where both have the same `window` of
    characters, at the least distance.
    """
    a, b = mirrored(a), mirrored(b)
    i = j = 0
    while i < len(a) or j < len(b):
        if a[i:] == b[j:]:
            return
        step = 4096
        while step:
            while a[i : i + step] == b[j : j + step] and i < len(a) and j < len(b):
                i, j = i + step, j + step
            step //= 2
        i, j = min(i, len(a)), min(j, len(b))
        di, dj = _resume(a[i : i + 3000], b[j : j + 3000], window)
        yield i, j, a[i : i + di], b[j : j + dj]
        i, j = i + di, j + dj


def _resume(a: str, b: str, window: int) -> tuple[int, int]:
    """Return how much of either string to pass over until they agree again."""
    best: tuple[int, int] | None = None
    for k in range(min(len(a), 1500)):
        if best and k >= sum(best):
            break
        piece = a[k : k + window]
        at = b.find(piece) if len(piece) == window else -1
        if at >= 0 and (best is None or k + at < sum(best)):
            best = k, at
    return best or (len(a), len(b))


def digest(path: Path) -> str:
    import hashlib

    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror or error}") from error
