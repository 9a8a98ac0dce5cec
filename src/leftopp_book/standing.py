"""Standing type: pages that are kept from one build to the next, so that only changes are set.

Printers kept type standing when they thought that it would be wanted again. What was made by
another program, with other styles or fonts, is as if it were not there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .faults import Flaw, PageFault
from .galley import Rest, Spot
from .kept import Kept
from .makeup import Made, Top
from .pages import Glyphs, LaidPage, LineStart, NoteLine


@dataclass(frozen=True)
class Standing(Kept):
    """The pages kept in a folder that were made under a key: of program, styles and fonts."""

    def get(self, part: str) -> tuple[Made, ...]:
        """Return what is kept of a part."""
        try:
            return tuple(_made(x) for x in json.loads(self.get_bytes(part) or b"[]"))
        except (ValueError, KeyError, TypeError, IndexError):
            return ()

    def put(self, part: str, made: Iterable[Made]) -> None:
        """Keep the pages of a part in place of those that were kept. A full disk is no error."""
        self.put_bytes(part, json.dumps([_plain(x) for x in made], ensure_ascii=False).encode())


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
