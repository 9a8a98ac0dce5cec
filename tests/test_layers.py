"""The architecture as a test: who may import whom, and who alone may import what from outside."""

import ast
from pathlib import Path

import leftopp_book

PACKAGE = Path(leftopp_book.__file__).parent
# A module imports only from the layers before its own; siblings never import each other.
LAYERS = (
    {"limits", "codes"},
    {"text", "dates", "faults", "characters", "fingerprint", "expressions", "rewriting"},
    {"standins"},
    {"folder", "interrupts", "progress", "workers", "scratch", "memory", "style_files", "patience"},
    {"kept"},
    {"declarations", "own_sheets"},
    {"loading", "tagging"},
    {"diagnostics", "rules", "document", "pages", "fonts", "shelf", "verapdf"},
    {
        "reading",
        "timeline",
        "whole",
        "job",
        "slips",
        "cascade",
        "drawing",
        "filing",
        "shapes",
        "markers",
    },
    {"hasten_styles", "hasten_voices", "hasten_pages", "hasten_words"},
    {"hasten_runs", "hasten_parsing", "hasten_cascade", "hasten_page_styles"},
    {"hasten_measure"},
    {"hasten_boxes", "hasten_lines", "hasten_linebox", "hasten_drawing"},
    {"hasten_notes"},
    {"hasten"},
    {"typesetter"},
    {"unchanged"},
    {"schema", "yamlfile", "prose", "pdf", "join", "html", "clean", "inks"},
    {"project", "emend", "regularise", "pieces", "citations", "names", "index", "parallels"},
    {"endnotes"},
    {
        "parse",
        "notes",
        "bibliography",
        "formats",
        "dress",
        "press",
        "galley",
        "rowsetter",
        "furniture",
    },
    {"pagefile"},
    {"article", "makeup", "pasteup", "matter", "columns", "coversheet"},
    {"editor", "dump", "new", "bindery", "backmatter"},
    {"edition"},
    {"composing"},
    {
        "apparatus",
        "audit",
        "text_checks",
        "register_checks",
        "index_checks",
        "contradictions",
        "follows",
    },
    {"typeset", "checks", "package"},
    {"epub", "record", "cover"},
    {"report"},
    {"outputs", "read_pdf", "read_epub", "validators"},
    {"proof_words"},
    {"proof_index", "proof_places"},
    {"proof"},
    {"build"},
    {"cli"},
    {"__main__"},
)
ONLY_IN = {
    "weasyprint": {
        "pdf",
        "rowsetter",
        "tagging",
        "faults",
        "cascade",
        "typesetter",
        "hasten",
        "hasten_styles",
        "hasten_voices",
        "hasten_runs",
        "hasten_page_styles",
        "hasten_linebox",
        "hasten_notes",
        "hasten_measure",
        "hasten_cascade",
        "hasten_pages",
        "hasten_boxes",
        "hasten_lines",
        "hasten_drawing",
    },
    "pyphen": {"typesetter", "hasten", "hasten_words"},
    "tinycss2": {"cascade"},
    "cssselect2": {"loading", "hasten_cascade"},
    "pydyf": {"typesetter", "hasten", "hasten_pages", "rowsetter", "pagefile"},
    "tinyhtml5": {"hasten", "hasten_parsing"},
    "ebooklib": {"package"},
    "yaml": {"yamlfile"},
    "jinja2": {"html"},
    "pikepdf": {"drawing", "join", "press", "read_pdf"},
    "pypdfium2": {"coversheet", "read_pdf"},
    "lxml": {"epub", "package", "read_epub"},
    "barcode": {"cover"},
    "jpype": {"verapdf"},
    "markdown_it": {"prose"},
    "pyuca": {"filing"},
    "fontTools": {"fonts"},
    "uharfbuzz": {"fonts"},
    "stdnum": {"schema"},
    "rich": {"cli"},
    "click": {"cli"},
}
# What takes long to load is loaded where it is used, so that `leftopp-book --help` answers at once.
SLOW = {
    "weasyprint",
    "tinycss2",
    "cssselect2",
    "ebooklib",
    "pikepdf",
    "fontTools",
    "jinja2",
    "yaml",
    "pypdfium2",
}


def parsed(name: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))


def modules() -> list[str]:
    return sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def siblings(tree: ast.AST) -> set[str]:
    """Return the modules of the package that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {name.partition(".")[0] for name in names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("leftopp_book"):
            found |= {"an absolute import of leftopp_book"}
    return found


def outside(tree: ast.AST) -> set[str]:
    """Return the packages from outside that a module imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_every_module_has_one_layer() -> None:
    listed = [name for layer in LAYERS for name in layer]
    assert sorted(listed) == modules()


def test_modules_import_only_from_earlier_layers() -> None:
    allowed: set[str] = set()
    for layer in LAYERS:
        for name in sorted(layer):
            forbidden = siblings(parsed(name)) - allowed
            assert not forbidden, f"{name} must not import {', '.join(sorted(forbidden))}"
        allowed |= layer


def test_a_package_from_outside_has_one_door() -> None:
    for name in modules():
        for package in outside(parsed(name)):
            doors = ONLY_IN.get(package, {name})
            assert name in doors, f"{package} is imported by {name}, not only by {doors}"


def test_the_command_line_loads_nothing_slow() -> None:
    """Follow the imports at the head of modules, those that run when the command line starts."""
    seen: set[str] = set()
    todo = ["cli"]
    while todo:
        name = todo.pop()
        seen.add(name)
        top = ast.Module(
            [n for n in parsed(name).body if isinstance(n, ast.Import | ast.ImportFrom)], []
        )
        assert not outside(top) & SLOW, f"{name} loads {outside(top) & SLOW}"
        todo += siblings(top) - seen


def test_nothing_asks_the_clock_or_the_network() -> None:
    """A book is a function of its copy-texts and `book/`; `new` alone may ask what day it is."""
    for name in modules():
        assert not outside(parsed(name)) & {
            "random",
            "socket",
            "urllib",
            "http",
            "time",
            "requests",
        }
        for node in ast.walk(parsed(name)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                clock = node.value.id in ("datetime", "date", "time")
                asked = clock and node.attr in ("now", "today", "utcnow")
                assert not asked or name == "cli", f"{name} asks the clock"
