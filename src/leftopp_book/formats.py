"""Formats: trim, margins and scale of the print book, as data in `styles/formats/`."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from .diagnostics import Report, nowhere, wrong
from .pages import Frame
from .project import read_source
from .shapes import Shape
from .style_files import formats
from .text import Span
from .yamlfile import load, shape

LINE = 19  # px, the line of the style sheet
GALLEY = 400_000  # px: longer than all rows of a part one under another
PX_PER_MM = 96 / 25.4
Margin = Annotated[int, Meta(ge=0)]


class Format(Shape, frozen=True):
    """A format. Lengths other than the trim are in px of the style sheet, before scaling."""

    trim: tuple[float, ...]  # mm, width and height
    inner: Margin
    outer: Margin
    top: Margin
    lines: Annotated[int, Meta(ge=5)]
    columns: Annotated[int, Meta(ge=1, le=6)] = 2  # of the index
    scale: Annotated[float, Meta(gt=0)] = 1
    css: str = ""

    def check(self) -> None:
        if len(self.trim) != 2:
            raise wrong("two lengths are wanted here", "write width and height in mm", "trim")
        if self._bottom() < 0:
            over = -self._bottom() / LINE
            hint = "write fewer lines, a smaller “top” or a higher “trim”"
            raise wrong(f"the page is {over:.1f} lines too short for these", hint, "lines")
        if self._size()[0] - self.inner - self.outer < 10 * LINE:
            hint = "write smaller margins, or a wider “trim”"
            raise wrong("the margins leave no room for text", hint, "inner")

    def _size(self) -> tuple[float, float]:
        width, height = (length * PX_PER_MM / self.scale for length in self.trim)
        return width, height

    def _bottom(self) -> float:
        # a fraction of a line is left over, lest the last line be pushed out by rounding
        return self._size()[1] - self.top - self.lines * LINE - 0.5

    def frame(self, *, verso: bool) -> Frame:
        """Return the text area of a page."""
        width, height = self._size()
        left = self.outer if verso else self.inner
        measure = width - self.inner - self.outer
        depth = height - self.top - self._bottom()
        return Frame(width, height, left, self.top, measure, depth, LINE, self.scale)

    def page_css(self) -> str:
        """Return the page rules: size, margins of both hands, height of the text (`--page`),
        columns of the index (`--columns`).

        `galley` is a page as wide, and as long as may be, on which rows are set.
        """
        width, height = self._size()
        top, bottom = self.top, self._bottom()
        return (
            f"@page {{ size: {width:.3f}px {height:.3f}px;"
            f" margin: {top}px {self.outer}px {bottom:.3f}px {self.inner}px }}\n"
            f"@page :left {{ margin: {top}px {self.inner}px {bottom:.3f}px {self.outer}px }}\n"
            f"@page galley {{ size: {width:.3f}px {GALLEY}px }}\n"
            f"html {{ --page: {self.lines * LINE}px; --columns: {self.columns} }}\n"
        )


def read_format(
    styles: Path,
    name: str,
    report: Report,
    asked: Span | None = None,
    root: Path | None = None,
) -> Format | None:
    """Return a format by name; one that does not exist is an error with the nearest name.

    `asked` is the place in the edition's file that names it, and `root` the project, which may have
    formats of its own without other styles.
    """
    place = f"styles/formats/{name}.yaml"
    known = formats(styles, root / "styles" if root else None)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.4)
        hint = f"did you mean “{near[0]}”?" if near else f"there are: {', '.join(sorted(known))}"
        report.error(
            "format-unknown", f"there is no format “{name}”", asked or nowhere(place), hint
        )
        return None
    own = root is not None and known[name].is_relative_to(root / "styles")
    source = read_source(known[name], place, report, [root] if root and own else ())
    return shape(Format, load(source, report), report) if source else None
