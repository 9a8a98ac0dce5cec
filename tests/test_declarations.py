"""Declarations of C that are kept: all that WeasyPrint and we ask for is in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import json, re, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from leftopp_book import declarations, loading
declarations.OURS = Path(sys.argv[1])
if sys.argv[2] == "keep":
    declarations.keep()
    sys.exit()
loading.weasyprint()
from weasyprint.text import ffi as told
told.ffi.cdef(declarations.MORE)
libraries = [told.gobject, told.pango, told.harfbuzz, told.fontconfig, told.pangoft2]
names = sorted(set(re.findall(r"\\w+", declarations._source())))
def has(library, name):
    try:
        return hasattr(library, name)
    except told.ffi.error:  # where it is declared and not there
        return False
here = [name for name in names if any(has(library, name) for library in libraries)]
print(json.dumps([type(told.ffi).__name__, "pycparser" in sys.modules, here]))
"""


def asked(folder: Path, how: str) -> str:
    out = subprocess.run(
        [sys.executable, "-c", ASK, str(folder), how],
        capture_output=True,
        check=True,
        env=dict(os.environ),
    )
    return out.stdout.decode()


def test_what_is_kept_declares_all_that_is_read(tmp_path: Path) -> None:
    read = json.loads(asked(tmp_path, "load"))
    asked(tmp_path, "keep")
    kept = json.loads(asked(tmp_path, "load"))
    assert read[:2] == ["FFI", True]
    assert kept[:2] == ["Declared", False]
    assert kept[2] == read[2]
    assert {"hb_set_has", "pango_layout_new", "FcConfigDestroy"} <= set(kept[2])


@pytest.mark.parametrize("wrong", [b"", b"nothing of the kind"])
def test_what_is_damaged_is_read_again(tmp_path: Path, wrong: bytes) -> None:
    asked(tmp_path, "keep")
    (file,) = tmp_path.iterdir()
    file.write_bytes(wrong)
    assert json.loads(asked(tmp_path, "load"))[:2] == ["FFI", True]
