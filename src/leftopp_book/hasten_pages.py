"""Pages written as PDF one by one: what is the same for every page is read once.

See `hasten` for when this is put in place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pydyf
from weasyprint.text import fonts
from weasyprint.text.ffi import ffi

_data_of = fonts.get_hb_object_data
_KEPT = 12  # files of faces
_files: dict[int, tuple[Any, bytes]] = {}


def _get_hb_object_data(hb_object: Any, ot_color: str | None = None, glyph: Any = None) -> Any:
    """Return what `get_hb_object_data` does; a face is known by its address while it is held."""
    if ot_color is not None:
        return _data_of(hb_object, ot_color, glyph)
    address = int(ffi.cast("uintptr_t", hb_object))
    if address not in _files:
        if len(_files) >= _KEPT:
            _files.clear()
        _files[address] = hb_object, _data_of(hb_object)
    return _files[address][1]


_bytes_of = pydyf._to_bytes


def _to_bytes(item: Any) -> bytes:
    """Return what pydyf's `_to_bytes` does, for what is most common at once."""
    kind = type(item)
    if kind is bytes:
        return bytes(item)
    if kind is str:
        return bytes(item.encode("ascii"))
    if kind is int:
        return b"%d" % item
    return bytes(_bytes_of(item))


def _page_references(self: Any) -> tuple[bytes, ...]:
    """Return the references of all pages, which every element of the structure tree asks for."""
    numbers = self.pages["Kids"][::3]
    known: tuple[list[int], tuple[bytes, ...]] = self.__dict__.get("references", ([], ()))
    if known[0] != numbers:
        known = numbers, tuple(f"{number} 0 R".encode("ascii") for number in numbers)
        self.references = known
    return known[1]


def functions() -> Iterable[tuple[Any, Any]]:
    """Return functions of WeasyPrint, each with its replacement."""
    return ((_data_of, _get_hb_object_data),)


def methods() -> None:
    """Replace methods, and the function of pydyf."""
    pydyf._to_bytes = _to_bytes
    pydyf.PDF.page_references = property(_page_references)
