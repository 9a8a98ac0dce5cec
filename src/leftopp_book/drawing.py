"""Drawing: the steps of a content stream (PDF 32000, 7.8.2), without an object for every number.

Nearly all that the typesetter writes are the glyphs of lines and where they stand. Steps of these
kinds are read as bytes; a stream that has others is first written anew by qpdf. What comes back
says what qpdf would read, without the marks of marked content, which draw nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pikepdf

Step = tuple[bytes, bytes]  # operands, with a space after each; operator

_MARKS = (b"BMC", b"BDC", b"EMC", b"MP", b"DP")
_NUMBER = rb"-?(?:0|[1-9]\d{0,8})(?:\.\d{1,20})?"
_STEP = re.compile(
    rb"""(?:
        ((?:(?:%(number)b|/[A-Za-z][\w.]*+)[ ])*+)  # as qpdf writes them
        | (\[<[0-9a-f<>.-]++\][ ])                   # strings of glyphs
        | ((?:(?:[-+.\d]++ | /[^\s()<>\[\]{}/%%]*+ | \[[^\[\]%%]*+\] | %(string)b
            | <<(?:[^<>()%%]++ | %(string)b)*+>>) \s++)*+)
    )([A-Za-z'"][A-Za-z0-9]*+\*?)(?:\s++|\Z) | (\S)"""
    % {b"number": _NUMBER, b"string": rb"(?: <[0-9a-f]*+> | \((?:[^()\\]|\\.)*+\) )"},
    re.X | re.S,
)
_IMAGE = re.compile(rb"^BI$", re.M)


class UnknownStepError(Exception):
    """A step of a kind that the typesetter does not write."""


def steps_of(stream: Any) -> list[Step]:
    """Return the steps of a page or of a form.

    An inline image is `BI` without operands and ends the list. Raises UnknownStepError.
    """
    try:
        return steps_in(b"\n".join(own.read_bytes() for own in streams_of(stream)))
    except UnknownStepError:
        written = pikepdf.unparse_content_stream(pikepdf.parse_content_stream(stream))
    image = _IMAGE.search(written)
    return [*steps_in(written[: image.start()]), (b"", b"BI")] if image else steps_in(written)


def streams_of(stream: Any) -> Iterable[Any]:
    """Return the streams of a page or of a form; a step does not run from one to the next."""
    if not isinstance(stream, pikepdf.Page):
        return [stream]
    contents: Any = stream.obj.get("/Contents", [])
    streams: Iterable[Any] = contents if isinstance(contents, pikepdf.Array) else [contents]
    return streams


def steps_in(content: bytes) -> list[Step]:
    """Return the steps of a stream, if all are of a kind that the typesetter writes.

    Raises UnknownStepError.
    """
    made = []
    for plain, glyphs, others, operator, unknown in _STEP.findall(content):
        if unknown:
            raise UnknownStepError(f"a content stream holds {unknown!r} where a step should begin")
        if operator in _MARKS:
            continue
        made.append((plain or glyphs or (_as_written(others) + b" " if others else b""), operator))
    return made


def _as_written(operands: bytes) -> bytes:
    """Return operands as qpdf writes them."""
    return pikepdf.Object.parse(b"[%b]" % operands).unparse()[2:-2]
