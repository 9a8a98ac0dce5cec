"""Standing type: pages that are kept from one build to the next, so that only changes are set.

Printers kept type standing when they thought that it would be wanted again. The folder can be
deleted at any time. Nothing in it is believed: what is damaged, or made by another program, with
other styles or fonts, is as if it were not there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .faults import Flaw, PageFault
from .galley import Rest, Spot
from .makeup import Made, Top
from .pages import Glyphs, LaidPage, LineStart, NoteLine


@dataclass(frozen=True)
class Standing:
    """The pages kept in a folder that were made under a key: of program, styles and fonts."""

    folder: Path
    key: str

    def get(self, part: str) -> tuple[Made, ...]:
        """Return what is kept of a part."""
        try:
            return tuple(_made(x) for x in json.loads(self.get_bytes(part) or b"[]"))
        except (ValueError, KeyError, TypeError, IndexError):
            return ()

    def put(self, part: str, made: Iterable[Made]) -> None:
        """Keep the pages of a part in place of those that were kept. A full disk is no error."""
        self.put_bytes(part, json.dumps([_plain(x) for x in made], ensure_ascii=False).encode())

    def get_bytes(self, name: str) -> bytes:
        """Return what is kept under a name; nothing where nothing is, or it is not whole."""
        try:
            file = self._file(name)
            head, _, body = file.read_bytes().partition(b"\n") if file.is_file() else (b"",) * 3
        except OSError:
            return b""
        return body if head == self._head(body).encode() else b""

    def put_bytes(self, name: str, body: bytes) -> None:
        """Keep something under a name. A full disk is no error."""
        file = self._file(name)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(self._head(body).encode() + b"\n" + body)
            beside.replace(file)
        except OSError:
            beside.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / name

    def _head(self, body: bytes) -> str:
        return f"{self.key} {hashlib.sha256(body).hexdigest()}"


def _plain(made: Made) -> dict[str, Any]:
    top, then = made.top, made.then
    return {
        "top": [_spot(top.spot), top.rest.note, top.rest.offset, top.verso],
        "then": [_spot(then.spot), then.rest.note, then.rest.offset, then.verso],
        "known": _spot(made.known),
        "digest": made.digest,
        "pages": [
            {
                "pdf": base64.b64encode(page.pdf).decode(),
                "top": page.top,
                "lines": [(x.block, x.offset, x.page, x.line, x.x, x.y) for x in page.lines],
                "notes": [(x.note, x.offset, x.y) for x in page.notes],
                "calls": page.calls,
                "anchors": dict(page.anchors),
                "first_words": page.first_words,
                "glyphs": [(name, g.cut, list(g.used.items())) for name, g in page.glyphs.items()],
                "room": page.room,
                "missing": page.missing,
                "faults": [(x.flaw, x.block, x.words, x.figure) for x in page.faults],
            }
            for page in made.pages
        ],
    }


def _spot(spot: Spot) -> tuple[int, str, int]:
    return spot.rank, spot.leaf, spot.offset


def _made(kept: Any) -> Made:
    return Made(
        _top(kept["top"]),
        tuple(
            LaidPage(
                pdf=base64.b64decode(page["pdf"]),
                top=tuple(page["top"]),
                lines=tuple(LineStart(*x) for x in page["lines"]),
                notes=tuple(NoteLine(*x) for x in page["notes"]),
                calls=tuple((note, line) for note, line in page["calls"]),
                anchors={name: (x, y) for name, (x, y) in page["anchors"].items()},
                first_words=page["first_words"],
                glyphs={
                    name: Glyphs(cut, {glyph: (width, words) for glyph, (width, words) in used})
                    for name, cut, used in page["glyphs"]
                },
                room=page["room"],
                missing=tuple(page["missing"]),
                faults=tuple(PageFault(Flaw(x), *rest) for x, *rest in page["faults"]),
            )
            for page in kept["pages"]
        ),
        _top(kept["then"]),
        Spot(*kept["known"]),
        kept["digest"],
    )


def _top(kept: Any) -> Top:
    spot, note, offset, verso = kept
    return Top(Spot(*spot), Rest(note, offset), verso)
