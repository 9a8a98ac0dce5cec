"""The sheet of a cover, and its front as a picture: what of them needs nothing of the book."""

from __future__ import annotations

import io
import zlib

from msgspec import Struct

from .pages import as_part
from .pdf import Styles, lay_out, with_faces

PICTURE_WIDTH = 1400  # pixels, which is what sellers of e-books ask for at least


class Wrapper(Struct, frozen=True):
    """The sheet of a cover in every size that the words on the back may have, largest first."""

    pages: tuple[str, ...]  # HTML
    foot: float  # mm at its foot that the words must leave free
    styles: Styles


def wrapped(sheet: Wrapper) -> bytes:
    """Return the sheet as a PDF, before it is made ready for the press.

    The first line says whether the words on the back fit.
    """
    from .join import bare

    for html in sheet.pages:
        laid = as_part(lay_out(html, sheet.styles))
        page, _, end = laid.anchors.get("blurb-end", (1, 0, 0))
        if page == 0 and end * 25.4 / 72 >= sheet.foot:
            return b"fits\n" + bare(laid, sheet.styles.fonts.data())
    return b"full\n" + bare(laid, sheet.styles.fonts.data())


def picture(front: str, styles: Styles) -> bytes:
    """Return the front as a PNG for the EPUB; the same bytes every time."""
    import pypdfium2
    from PIL.Image import Dither, Quantize

    with pypdfium2.PdfDocument(with_faces(front, styles)) as document:
        page = document[0]
        image = page.render(scale=PICTURE_WIDTH / page.get_width()).to_pil()
    out = io.BytesIO()
    # the colours of a picture a sixteenth as large; runs of one colour, and nothing else, packed
    few = image.reduce(4).quantize(64, Quantize.FASTOCTREE, dither=Dither.NONE)
    image.quantize(palette=few, dither=Dither.NONE).save(out, "PNG", compress_type=zlib.Z_RLE)
    return out.getvalue()
