"""WeasyPrint loaded, and told what it is to do otherwise than it would.

Every change is to exactly the version that it was made for; another one runs without.
"""

from __future__ import annotations

import gc
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any

from . import loading
from .rewriting import rewrite
from .tagging import tag


@cache
def load() -> Any:
    """Return WeasyPrint. Raises OSError where a library of its is missing."""
    weasyprint = loading.weasyprint()
    _keep_notes_on_their_page()
    _keep_names_whole()
    _leave_fonts_out()
    _pack_as_usual()
    tag()
    from .hasten import hasten

    hasten()
    gc.set_threshold(300_000, 2, 2)  # boxes come by the thousand, and most of them are wanted
    return weasyprint


_left_out = True  # what pages are told of faces; a picture wants them


@contextmanager
def faces_whole() -> Iterator[None]:
    """Let faces be embedded, with glyphs that are not used as well."""
    global _left_out
    _left_out = False
    try:
        yield
    finally:
        _left_out = True


def drawn(document: Any, scale: float) -> bytes:
    """Return pages as a PDF for `join`: tagged, with nothing about itself, packed as little as may
    be, for it is read once."""
    from weasyprint import DEFAULT_OPTIONS
    from weasyprint.pdf import generate_pdf

    out = io.BytesIO()
    options = {**DEFAULT_OPTIONS, "pdf_tags": True, "pdf_version": "1.7"}
    generate_pdf(document, None, scale, **options).write(out)
    return out.getvalue()


def _leave_fonts_out() -> None:
    """Keep WeasyPrint from embedding fonts in the PDF of every page.

    Pages are written one by one; `join` embeds each face once, with the glyphs of all pages. With
    `faces_whole` it embeds them as they are.
    """
    import weasyprint.pdf as writer
    import weasyprint.pdf.fonts as faces

    build = writer.build_fonts_dictionary

    def built(pdf: Any, fonts: Any, *rest: Any) -> Any:
        if not _left_out:
            return build(pdf, fonts, *rest)
        return writer.pydyf.Dictionary({font.hash: about_face(font) for font in fonts.values()})

    writer.build_fonts_dictionary = built
    faces.Font.clean = lambda *_: None


def about_face(font: Any) -> bytes:
    """Return what PDF says of a font (PDF 32000, 9.7), but for its widths and outlines."""
    from pydyf import Array, Dictionary, String

    about = Dictionary(
        {
            "Type": "/FontDescriptor",
            "FontName": font.name,
            "FontFamily": String(font.family),
            "Flags": font.flags,
            "FontBBox": Array([0, font.descent, 0, font.ascent]),
            "ItalicAngle": font.italic_angle,
            "Ascent": font.ascent,
            "Descent": font.descent,
            "CapHeight": font.ascent,
            "StemV": font.stemv,
            "StemH": font.stemh,
        }
    )
    system = {"Registry": String("Adobe"), "Ordering": String("Identity"), "Supplement": 0}
    face = Dictionary(
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": font.name,
            "CIDSystemInfo": Dictionary(system),
            "CIDToGIDMap": "/Identity",
            "FontDescriptor": about,
        }
    )
    whole = {"Type": "/Font", "Subtype": "/Type0", "BaseFont": font.name, "Encoding": "/Identity-H"}
    return bytes(Dictionary({**whole, "DescendantFonts": Array([face])}).data)


def _pack_as_usual() -> None:
    """Keep pydyf from looking for the last bytes: they are a fiftieth, and take as long again."""
    import pydyf

    pydyf.zlib = SimpleNamespace(
        compress=zlib.compress, compressobj=lambda level: zlib.compressobj()
    )


_OLD = "while report and context.current_page_footnotes:"
_NEW = (
    "while report and context.current_page_footnotes"
    " and context.current_page_footnotes[-1].style['footnote_policy'] == 'auto':"
)


def _keep_notes_on_their_page() -> None:
    """Keep WeasyPrint 70.0 from moving earlier notes to the next page to please orphans.

    It moves notes that were already placed, whatever their `footnote-policy` (its issues 2432 and
    2437); with this they move only when the policy is `auto`. On another version, or when the line
    is not found, nothing is changed: the audit of the layout tells which notes moved.
    """
    import weasyprint
    import weasyprint.layout.block as block

    if weasyprint.VERSION != "70.0" or getattr(block, "_notes_kept", False):
        return
    if rewrite(block, "_linebox_layout", [(_OLD, _NEW)]):
        block._notes_kept = True


def _keep_names_whole() -> None:
    """Keep words with a capital, and so every name, from being hyphenated.

    Chicago 7.44 and Hart's Rules 3.3 would rather not divide a name. German capitalises every
    noun, so its words are divided all the same.
    """
    import pyphen
    import weasyprint.text.line_break as line_break

    class Divider(pyphen.Pyphen):  # type: ignore[misc]
        def __init__(self, *, lang: str, **options: Any) -> None:
            super().__init__(lang=lang, **options)
            self.german = lang.startswith("de")

        def iterate(self, word: str) -> Iterator[tuple[str, str]]:
            letter = next((char for char in word if char.isalpha()), "")
            if self.german or not letter.isupper():
                yield from super().iterate(word)

    line_break.pyphen = SimpleNamespace(Pyphen=Divider, language_fallback=pyphen.language_fallback)
