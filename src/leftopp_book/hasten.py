"""WeasyPrint made faster without changing what it does.

Some of its functions are replaced by others that give the same for every document, to the bit. They
know more of it than an import may: so they are put in place only where all of its source is that
which they were made for. Any other runs as it is, and slower.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

_KNOWN = "fd2681a1c7804e974477ba1f9200ab1c89e39cc5873ded24d1366fb07736c9c4"  # the sources of 70.0


def hasten() -> bool:
    """Make WeasyPrint faster, if it is the one that is known; tell whether it is."""
    import weasyprint

    if _digest(Path(weasyprint.__file__).parent) != _KNOWN:
        return False
    from . import hasten_boxes, hasten_drawing, hasten_lines, hasten_styles

    replaced: dict[int, Any] = {}
    for module in (hasten_styles, hasten_boxes, hasten_lines, hasten_drawing):
        replaced |= {id(old): new for old, new in module.functions()}
        module.methods()
    for name, loaded in list(sys.modules.items()):
        if name.partition(".")[0] == "weasyprint":
            for key, value in list(vars(loaded).items()):
                if id(value) in replaced:
                    setattr(loaded, key, replaced[id(value)])
    return True


def _digest(folder: Path) -> str:
    """Return a hash of all modules in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
