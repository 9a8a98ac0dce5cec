"""The book face: static fonts made once from the variable ones of a pinned package.

WOFF2 and variable fonts cost seconds a run; static TrueType does not. The typesetter sees these
fonts and no others.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from msgspec import Struct

from . import scratch
from .fingerprint import version_of
from .kept import Kept

PACKAGE = "fontpkg_eb_garamond"
FAMILY = "EB Garamond"


class Cut(Struct, frozen=True):
    """One face of the family: the variable font it comes from, its weight and style."""

    name: str
    source: str
    weight: int
    style: str


CUTS = (
    Cut("roman.ttf", "EBGaramond[wght].ttf", 400, "normal"),
    Cut("italic.ttf", "EBGaramond-Italic[wght].ttf", 400, "italic"),
    Cut("bold.ttf", "EBGaramond[wght].ttf", 600, "normal"),
)


class FontError(Exception):
    """The fonts cannot be made: the package is missing, or the cache cannot be written."""


class Fonts(Struct, frozen=True, dict=True):
    """The static fonts in a folder."""

    folder: Path

    def data(self) -> Mapping[str, bytes]:
        return _data(self.folder)

    def named(self, data: bytes) -> str:
        """Return the name of the cut that these are the data of. Raises KeyError."""
        return _names(self.folder)[data]

    def second(self, name: str) -> Path:
        """Return where the same face is once more, for a style sheet to name.

        It may not be in the folder of the fonts: Fontconfig tells files apart by their paths.
        """
        return _second(self.folder) / name.removesuffix(".ttf")

    @cached_property
    def version(self) -> str:
        return version_of(PACKAGE)

    def css(self, prefix: str) -> str:
        """Return the @font-face rules; `prefix` begins the URL of every font."""
        return "\n".join(
            f'@font-face {{ font-family: "{FAMILY}"; font-weight: {cut.weight}; '
            f'font-style: {cut.style}; src: url("{prefix}{cut.name}") }}'
            for cut in CUTS
        )

    def use(self) -> None:
        """Show only these fonts to Fontconfig, for this process: no face of the system."""
        conf = self.folder / "fonts.conf"
        os.environ["FONTCONFIG_FILE"] = str(conf)


@cache  # not in `Fonts`, which goes from process to process
def _data(folder: Path) -> Mapping[str, bytes]:
    return {cut.name: (folder / cut.name).read_bytes() for cut in CUTS}


@cache
def _names(folder: Path) -> Mapping[bytes, str]:
    return {whole: name for name, whole in _data(folder).items()}


OURS = Path(__file__).parent / "__pycache__" / "fonts"  # made at setup: it takes some seconds


def fonts(cache: Path) -> Fonts:
    """Return the fonts, made into `cache` if they are not there yet. Raises FontError."""
    try:
        root = resources.files(PACKAGE)
        version = version_of(PACKAGE)
    except ModuleNotFoundError:  # or that nothing tells its version
        raise FontError(
            f"the package {PACKAGE.replace('_', '-')} with the book face is not installed; "
            "install it with pip, or run make"
        ) from None
    weights = ",".join(f"{cut.name}:{cut.weight}" for cut in CUTS)
    key = hashlib.sha256(f"{PACKAGE} {version} {weights}".encode()).hexdigest()[:12]
    folder = cache.resolve() / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch.clear(folder)
        scratch.clear(_second(folder))
        for cut in CUTS:
            target = folder / cut.name
            if not target.exists():
                ours = OURS / key / cut.name
                if ours.is_file() and ours != target:
                    scratch.put(target, ours.read_bytes())
                else:
                    source = root / "files" / cut.source
                    scratch.put(target, _instance(source.read_bytes(), cut.weight))
            second = Fonts(folder).second(cut.name)
            if not second.exists():
                scratch.put(second, target.read_bytes())
        conf = _CONF.format(folder=escape(str(folder), quote=False)).encode(
            "utf-8", "surrogateescape"
        )
        if not (folder / "fonts.conf").exists() or (folder / "fonts.conf").read_bytes() != conf:
            scratch.put(folder / "fonts.conf", conf)
    except OSError as error:
        raise FontError(f"the fonts cannot be written to {folder}: {error.strerror}") from error
    return Fonts(folder)


def _second(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.again")


_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/fontconfig</cachedir></fontconfig>
"""


def _instance(data: bytes, weight: int) -> bytes:
    """Return a static font out of a variable one; the same bytes every time."""
    from io import BytesIO

    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(BytesIO(data), recalcTimestamp=False)
    static = instancer.instantiateVariableFont(font, {"wght": weight}, updateFontNames=False)
    out = BytesIO()
    static.save(out)
    return out.getvalue()


# What the face can do that the EPUB's style sheet asks for, besides what every text needs.
_FEATURES = ("smcp", "c2sc", "onum", "lnum", "pnum", "sups")


def of_characters(faces: Fonts, characters: frozenset[str]) -> dict[str, bytes]:
    """Return the cuts with the glyphs of these characters only; the same bytes every time."""
    from io import BytesIO

    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.layout_features += _FEATURES
    made = {}
    for cut in CUTS:
        font = TTFont(faces.folder / cut.name, recalcTimestamp=False)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[ord(character) for character in characters])
        subsetter.subset(font)
        out = BytesIO()
        font.save(out)
        made[cut.name] = out.getvalue()
    return made


def characters(faces: Fonts) -> frozenset[str]:
    """Return the characters that every face has a glyph for."""
    kept = Kept(faces.folder, faces.folder.name)
    found: frozenset[str] | None = kept.find("characters")
    if found is None:
        found = _characters(faces)
        kept.keep("characters", found)
    return found


def _characters(faces: Fonts) -> frozenset[str]:
    import uharfbuzz

    data = faces.data()
    maps = (set(uharfbuzz.Face(data[cut.name]).unicodes) for cut in CUTS)
    return frozenset(map(chr, set.intersection(*maps)))


def subsetter() -> Any:
    """Return the library that cuts fonts down, which takes a while to load."""
    import uharfbuzz

    return uharfbuzz


def subset(data: bytes, glyphs: Iterable[int]) -> bytes:
    """Return a font with nothing but these glyphs, under the numbers that they had.

    What a PDF does not read is left out: names, and the tables of shaping.
    """
    uharfbuzz = subsetter()
    wanted = uharfbuzz.SubsetInput()
    wanted.glyph_set.update(glyphs)
    wanted.flags = (
        uharfbuzz.SubsetFlags.RETAIN_GIDS
        | uharfbuzz.SubsetFlags.NO_HINTING
        | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    )
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode()) for tag in _UNREAD)
    return bytes(uharfbuzz.subset(uharfbuzz.Face(data), wanted).blob.data)


_UNREAD = ("GSUB", "GPOS", "GDEF", "BASE", "DSIG", "STAT", "name")


def width_of(faces: Fonts, words: str, cut: str) -> float:
    """Return the width of words in a cut, in ems, without kerning."""
    import uharfbuzz

    font = uharfbuzz.Font(uharfbuzz.Face(faces.data()[cut]))
    glyphs = (font.get_nominal_glyph(ord(c)) or 0 for c in words)
    return float(sum(map(font.get_glyph_h_advance, glyphs)) / font.face.upem)
