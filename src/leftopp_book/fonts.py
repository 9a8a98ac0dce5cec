"""The book face, and companions for scripts that it lacks: static fonts out of pinned packages.

WOFF2 and variable fonts cost seconds a run; static TrueType does not. The typesetter sees these
fonts and no others: for a letter that the book face has not it takes the companion that has it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from html import escape
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from . import scratch
from .characters import others
from .fingerprint import version_of
from .kept import Kept, remembered

PACKAGE = "fontpkg_eb_garamond"
FAMILY = "EB Garamond"


class Cut(Struct, frozen=True):
    """One face: the font of a package that it comes from, its weight and style.

    A font that is not variable has no weight to be made of; its letters are taken as they are.
    """

    name: str
    source: str
    weight: int = 0
    style: str = "normal"
    package: str = PACKAGE
    family: str = FAMILY
    letters: str = ""  # of a companion: what it is there for, as an expression


CUTS = (
    Cut("roman.ttf", "EBGaramond[wght].ttf", 400),
    Cut("italic.ttf", "EBGaramond-Italic[wght].ttf", 400, "italic"),
    Cut("bold.ttf", "EBGaramond[wght].ttf", 600),
)
# In one cut each: these scripts have no italics (Hart's Rules 12.8, 12.11).
COMPANIONS = (
    Cut(
        "hebrew.ttf",
        "FrankRuhlLibre[wght].ttf",
        400,
        package="fontpkg_frank_ruhl_libre",
        family="Frank Ruhl Libre",
        letters="[\u0590-\u05ff\ufb1d-\ufb4f]",
    ),
    Cut(
        "arabic.ttf",
        "Amiri-Regular.ttf",
        package="fontpkg_amiri",
        family="Amiri",
        letters="[\u0600-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefe]",
    ),
)
FACES = (*CUTS, *COMPANIONS)


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

    def css(self, prefix: str, cuts: Iterable[Cut] = CUTS) -> str:
        """Return the @font-face rules; `prefix` begins the URL of every font."""
        return "\n".join(
            f'@font-face {{ font-family: "{cut.family}"; font-weight: {cut.weight or "normal"}; '
            f'font-style: {cut.style}; src: url("{prefix}{cut.name}") }}'
            for cut in cuts
        )

    def use(self) -> None:
        """Show only these fonts to Fontconfig, for this process: no face of the system."""
        conf = self.folder / "fonts.conf"
        os.environ["FONTCONFIG_FILE"] = str(conf)


@cache  # not in `Fonts`, which goes from process to process
def _data(folder: Path) -> Mapping[str, bytes]:
    return {cut.name: (folder / cut.name).read_bytes() for cut in FACES}


@cache
def _names(folder: Path) -> Mapping[bytes, str]:
    return {whole: name for name, whole in _data(folder).items()}


OURS = Path(__file__).parent / "__pycache__" / "fonts"  # made at setup: it takes some seconds


def fonts(cache: Path) -> Fonts:
    """Return the fonts, made into `cache` if they are not there yet. Raises FontError."""
    packages = tuple(dict.fromkeys(cut.package for cut in FACES))
    versions = {package: _version(package) for package in packages}
    made_of = ",".join(f"{cut.name}:{cut.weight}:{versions[cut.package]}" for cut in FACES)
    key = hashlib.sha256(f"{' '.join(packages)} {made_of} heights".encode()).hexdigest()[:12]
    folder = cache.resolve() / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch.clear(folder)
        scratch.clear(_second(folder))
        for cut in FACES:
            target = folder / cut.name
            if not target.exists():
                ours = OURS / key / cut.name
                if ours.is_file() and ours != target:
                    scratch.put(target, ours.read_bytes())
                else:
                    from importlib import resources  # seldom: setup has made them

                    source = resources.files(cut.package) / "files" / cut.source
                    like = (folder / CUTS[0].name).read_bytes() if cut in COMPANIONS else b""
                    scratch.put(target, _made(source.read_bytes(), cut.weight, like))
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


def _version(package: str) -> str:
    try:
        return version_of(package)
    except ModuleNotFoundError:
        raise FontError(
            f"the package {package.replace('_', '-')}, which has a face of the book, is not "
            "installed; install it with pip, or run make"
        ) from None


def _second(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.again")


_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/fontconfig</cachedir></fontconfig>
"""


def _made(data: bytes, weight: int, like: bytes) -> bytes:
    """Return a static font; the same bytes every time.

    It has the heights of the font that it is to be `like`, so that a word of its does not push
    lines apart.
    """
    from io import BytesIO

    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(BytesIO(data), recalcTimestamp=False)
    if weight:
        font = instancer.instantiateVariableFont(font, {"wght": weight}, updateFontNames=False)
    if like:
        own, other = font["head"].unitsPerEm, TTFont(BytesIO(like))
        for table, names in _HEIGHTS.items():
            for name in names:
                height = getattr(other[table], name) * own / other["head"].unitsPerEm
                setattr(font[table], name, round(height))
    out = BytesIO()
    font.save(out)
    return out.getvalue()


_HEIGHTS = {
    "hhea": ("ascent", "descent", "lineGap"),
    "OS/2": ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent"),
}

# What the face can do that the EPUB's style sheet asks for, besides what every text needs.
_FEATURES = ("smcp", "c2sc", "onum", "lnum", "pnum", "sups")


def of_characters(faces: Fonts, characters: frozenset[str]) -> dict[Cut, bytes]:
    """Return the cuts with the glyphs of these characters only; the same bytes every time.

    Companions are among them if there is something for them to do.
    """
    from io import BytesIO

    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.layout_features += _FEATURES
    codes = set(map(ord, characters))
    made, left = {}, codes
    for cut in FACES:
        font = TTFont(faces.folder / cut.name, recalcTimestamp=False)
        if cut in COMPANIONS:
            codes = left & font.getBestCmap().keys()
            if not codes:
                continue
        left = left - font.getBestCmap().keys()
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=sorted(codes))
        subsetter.subset(font)
        out = BytesIO()
        font.save(out)
        made[cut] = out.getvalue()
    return made


def companions(words: Iterable[str]) -> tuple[Cut, ...]:
    """Return the companions that words want."""
    found = frozenset().union(*map(others, words))
    return tuple(cut for cut in COMPANIONS if any(re.match(cut.letters, c) for c in found))


def characters(faces: Fonts) -> frozenset[str]:
    """Return the characters that every cut of the book face has a glyph for, or a companion."""
    kept = Kept(faces.folder, faces.folder.name)
    found: frozenset[str] | None = kept.find("characters")
    if found is None:
        found = _characters(faces)
        kept.keep("characters", found)
    return found


def _characters(faces: Fonts) -> frozenset[str]:
    import uharfbuzz

    data = faces.data()
    maps = {cut: set(uharfbuzz.Face(data[cut.name]).unicodes) for cut in FACES}
    own = set.intersection(*(maps[cut] for cut in CUTS))
    return frozenset(map(chr, own.union(*(maps[cut] for cut in COMPANIONS))))


def letters(data: bytes) -> dict[int, str]:
    """Return the glyphs of a font that are those of characters, with the first character each."""
    import uharfbuzz

    face = uharfbuzz.Face(data)
    font = uharfbuzz.Font(face)
    codes = sorted(face.unicodes, reverse=True)
    return {font.get_nominal_glyph(code): chr(code) for code in codes}


def subsetter() -> Any:
    """Return the library that cuts fonts down, which takes a while to load."""
    import uharfbuzz

    return uharfbuzz


class Subset(Struct, frozen=True):
    """A face with some of its glyphs, and how many it had."""

    data: bytes
    glyphs: int


class Subsets(Struct, frozen=True):
    """Faces cut down; `before` may have some of those of an earlier build, with the same faces."""

    faces: Mapping[str, bytes]
    before: Mapping[str, Subset] = {}
    known: dict[str, Subset] = field(default_factory=dict)

    def of(self, cut: str, glyphs: Iterable[int]) -> Subset:
        """Return a cut with nothing but these glyphs, under the numbers that they had."""
        wanted = sorted(glyphs)
        key = f"{cut} {hashlib.sha256(repr(wanted).encode()).hexdigest()}"
        made = self.known[key] = self.before.get(key) or subset(self.faces[cut], wanted)
        return made


def subset(data: bytes, glyphs: Iterable[int]) -> Subset:
    """Return a font with nothing but these glyphs, under the numbers that they had.

    What a PDF does not read is left out: names, and the tables of shaping.
    """
    uharfbuzz = subsetter()
    wanted, face = uharfbuzz.SubsetInput(), uharfbuzz.Face(data)
    wanted.glyph_set.update(glyphs)
    wanted.flags = (
        uharfbuzz.SubsetFlags.RETAIN_GIDS
        | uharfbuzz.SubsetFlags.NO_HINTING
        | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    )
    wanted.drop_table_tag_set.update(int.from_bytes(tag.encode()) for tag in _UNREAD)
    return Subset(bytes(uharfbuzz.subset(face, wanted).blob.data), int(face.glyph_count))


_UNREAD = ("GSUB", "GPOS", "GDEF", "BASE", "DSIG", "STAT", "name")


def width_of(faces: Fonts, words: str, cut: str) -> float:
    """Return the width of words in a cut, in ems, without kerning."""
    return _width(words, cut, str(faces.folder))


@remembered
def _width(words: str, cut: str, folder: str) -> float:
    """Return the width of words; the folder is named for what its faces were made of."""
    font = _measured(folder, cut)
    glyphs = (font.get_nominal_glyph(ord(c)) or 0 for c in words)
    return float(sum(map(font.get_glyph_h_advance, glyphs)) / font.face.upem)


@cache
def _measured(folder: str, cut: str) -> Any:
    uharfbuzz = subsetter()
    return uharfbuzz.Font(uharfbuzz.Face(_data(Path(folder))[cut]))
