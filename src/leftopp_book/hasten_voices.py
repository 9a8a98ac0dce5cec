"""Voices: what Pango needs to know of a style, worked out once for all styles that are alike.

See `hasten` for when this is used.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from weasyprint.text.constants import LST_TO_ISO, PANGO_DIRECTION
from weasyprint.text.ffi import FROM_UNITS, ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import font_features, get_font_description

Shaped = tuple[list[int], list[int]]  # what Pango tells of glyphs, and the bytes where they begin


class Word(Struct, frozen=True, eq=False):
    """What is written for a word where its glyphs have these widths in the font (1/1000 em)."""

    pieces: str
    shown: str  # the same for a word that stands alone
    widths: dict[int, int]
    meanings: dict[int, str]


class Space(Struct, frozen=True, eq=False):
    """A space without spacing (units of Pango), and what is told of its glyph."""

    glyph: int
    width: int
    widths: dict[int, int]
    meanings: dict[int, str]


class Words(Struct):
    """What is known of the words of a voice; None of those that Pango is asked for every time."""

    first: str  # a word that makes others be of its script
    known: dict[str, Shaped | Word | None] = field(default_factory=dict)
    advances: dict[str, int] = field(default_factory=dict)  # units of Pango
    spaces: dict[str, Space] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)  # of glyphs, 1/1000 em
    pieces: dict[tuple[int, int, int], str] = field(default_factory=dict)  # of glyphs
    settled: bool = False  # whether the rest has been asked for
    held: Any = None  # the layout that the font came with, if it has all that is wanted here
    apart: bool = False  # whether no rule of the face is about spaces
    pango_font: Any = None
    font_key: int = 0
    font_size: float = 0.0
    height: float = 0.0  # of a line, px
    baseline: float = 0.0  # from its top, px


class Voice(Struct, frozen=True, eq=False):
    """What all layouts have in common that are set in styles which are alike."""

    context: Any
    language: Any
    description: Any
    features: bytes
    breaks_words: bool
    letter_spacing: Any
    decoration: dict[str, Any]
    attributes: Any  # for as long as there is no spacing
    struts: dict[Any, Any] = field(default_factory=dict)  # by line height
    latin: Words = field(default_factory=lambda: Words("x"))
    signs: Words = field(default_factory=lambda: Words("1"))  # of texts that have no letter


_ANYWHERE = ("anywhere", "break-word")
_END = 2**32 - 1
_FEATURES = (
    "font_kerning",
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
    "font_feature_settings",
)
# What `Layout.setup` and `set_text` ask of every style, in the order in which they do.
_ASKED = (
    "direction",
    "font_language_override",
    "lang",
    "font_family",
    "font_style",
    "font_stretch",
    "font_weight",
    "font_size",
    "font_variant_caps",
    "font_variation_settings",
    "text_decoration_line",
    *_FEATURES,
    "letter_spacing",
    "overflow_wrap",
)
_METRICS = (
    "ascent",
    "underline_position",
    "strikethrough_position",
    "underline_thickness",
    "strikethrough_thickness",
)
_MOST = 500  # voices of a configuration of faces


def voice_of(style: Any) -> Voice:
    """Return the voice of a style, and have the style remember it."""
    voices = vars(style.font_config).setdefault("voices", {})
    key = tuple([tuple(x) if type(x) is list else x for x in map(style.__getitem__, _ASKED)])
    try:
        known = key in voices
    except TypeError:  # what cannot be a key
        style.voice = _voice(style)
    else:
        if not known:
            if len(voices) >= _MOST:
                voices.clear()
            voices[key] = _voice(style)
        style.voice = voices[key]
    voice: Voice = style.voice
    return voice


def _voice(style: Any) -> Voice:
    font_map = style.font_config.font_map
    context = ffi.gc(pango.pango_font_map_create_context(font_map), gobject.g_object_unref)
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, PANGO_DIRECTION[style["direction"]])
    named = style["lang"] or ""
    if style["font_language_override"] != "normal":
        override = style["font_language_override"]
        named = LST_TO_ISO.get(override.lower(), override)
    pointer, name = unicode_to_char_p(named)
    if name:
        language = pango.pango_language_from_string(pointer)
        pango.pango_context_set_language(context, language)
    else:
        language = pango.pango_language_get_default()
    description = get_font_description(style)
    decoration = dict.fromkeys(_METRICS[:3])
    if style["text_decoration_line"] != "none":
        metrics = ffi.gc(
            pango.pango_context_get_metrics(context, description, language),
            pango.pango_font_metrics_unref,
        )
        for metric in _METRICS:
            measure = getattr(pango, f"pango_font_metrics_get_{metric}")
            decoration[metric] = FROM_UNITS * measure(metrics)
    features = font_features(*map(style.__getitem__, _FEATURES))
    told = ",".join(f"{key} {value}" for key, value in features.items()).encode()
    breaks_words, spacing = style["overflow_wrap"] in _ANYWHERE, style["letter_spacing"]
    attributes = attributes_of(told)
    if breaks_words:
        no_hyphens(attributes, _END)
    spacing = 0 if spacing == "normal" else spacing
    return Voice(
        context, language, description, told, breaks_words, spacing, decoration, attributes
    )


def attributes_of(features: bytes) -> Any:
    attributes = ffi.gc(pango.pango_attr_list_new(), pango.pango_attr_list_unref)
    if features:
        pango.pango_attr_list_insert(attributes, pango.pango_attr_font_features_new(features))
    return attributes


def no_hyphens(attributes: Any, end: int) -> None:
    attribute = pango.pango_attr_insert_hyphens_new(False)
    attribute.start_index, attribute.end_index = 0, end
    pango.pango_attr_list_change(attributes, attribute)
