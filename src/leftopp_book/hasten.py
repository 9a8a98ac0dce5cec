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

# a hash of the sources of WeasyPrint 70.0, pydyf 0.13.0, pyphen 0.18.1 and tinyhtml5 2.1.0
_KNOWN = "e12bd208893888a400a51e0d945436c8b762130e8bbe4ea6890ca2c289d5b994"


def hasten() -> bool:
    """Make WeasyPrint faster, if it is the one that is known; tell whether it is."""
    if not is_known():
        return False
    from . import hasten_boxes as boxes
    from . import hasten_cascade as cascade
    from . import hasten_drawing as drawing
    from . import hasten_linebox as linebox
    from . import hasten_lines as lines
    from . import hasten_measure as measure
    from . import hasten_notes as notes
    from . import hasten_page_styles as page_styles
    from . import hasten_pages as pages
    from . import hasten_parsing as parsing
    from . import hasten_styles as styles
    from . import hasten_words as words

    replaced: dict[int, Any] = {}
    layout = boxes, page_styles, words, measure, lines, linebox, notes
    for module in (parsing, styles, cascade, *layout, drawing, pages):
        replaced |= {id(old): new for old, new in module.functions()}
        module.methods()
    for name, loaded in list(sys.modules.items()):
        if name.partition(".")[0] == "weasyprint":
            for key, value in list(vars(loaded).items()):
                if id(value) in replaced:
                    setattr(loaded, key, replaced[id(value)])
    return True


def is_known() -> bool:
    """Tell whether the sources are those that the replacements were made from and rely on."""
    import pydyf
    import pyphen
    import tinyhtml5
    import weasyprint

    return _digest(weasyprint, pydyf, pyphen, tinyhtml5) == _KNOWN


def _digest(*packages: Any) -> str:
    """Return a hash of the sources of packages."""
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted(Path(package.__file__).parent.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
