"""WeasyPrint is loaded without what is not used, and what is used after all is there."""

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from leftopp_book import loading
from leftopp_book.fonts import fonts
from leftopp_book.rewriting import rewrite, source_of
from leftopp_book.standins import Later, StandIn, placed
from leftopp_book.standins import inspect as inspect_later

ROOT = Path(__file__).parent.parent
FONTS = fonts(ROOT / "build" / "fonts")


def said(script: str) -> list[str]:
    """Return what a process says that has WeasyPrint loaded as a build has."""
    env = {"PYTHONPATH": str(ROOT / "src"), "FONTCONFIG_FILE": str(FONTS.folder / "fonts.conf")}
    begin = "import sys\nfrom leftopp_book import loading\nloading.weasyprint()\n"
    command = [sys.executable, "-W", "ignore", "-c", begin + script]
    run = subprocess.run(command, env=env, capture_output=True, text=True)
    if "OSError: cannot load library" in run.stderr:
        pytest.skip(run.stderr.splitlines()[-1])
    assert not run.stderr, run.stderr
    return run.stdout.splitlines()


def test_no_more_is_loaded_than_is_used() -> None:
    names = {module.__name__ for module in loading._stand_ins()}
    assert {"urllib.request", "fontTools.ttLib", "PIL.Image"} < names
    names |= {"http", "http.client", "ssl", "socket", "email"}
    assert said(f"print({names} & set(sys.modules))") == ["set()"]


def test_what_is_wanted_after_all_is_loaded() -> None:
    face = str(FONTS.folder / next(iter(FONTS.data())))
    script = f"""
from weasyprint.pdf import anchors, fonts
from weasyprint.text import fonts as text
print(fonts.subset.Options().hinting, "fontTools.subset" in sys.modules)
print(fonts.TTFont({face!r})["head"].unitsPerEm, fonts.ttFont.getTableClass("glyf").__name__)
print(text.woff2.WOFF2FlavorData.__name__)
print(anchors.MIMETYPES.guess_type("a.pdf")[0], anchors.mimetypes.guess_type("a.pdf")[0])
import weasyprint.images as images
print(images.Image.new("L", (2, 3)).size, images.ImageFile.LOAD_TRUNCATED_IMAGES)
from PIL import EpsImagePlugin
print(EpsImagePlugin.gs_binary)
"""
    assert said(script) == [
        "True True",
        "1000 table__g_l_y_f",
        "WOFF2FlavorData",
        "application/pdf application/pdf",
        "(2, 3) True",
        "False",
    ]


def test_there_is_no_network() -> None:
    script = """
import weasyprint
from weasyprint.urls import URLFetcher, URLFetcherResponse
for address in ("http://127.0.0.1:9/", "file:///etc/hostname", "data:text/css,p{}"):
    try:
        print(URLFetcher().fetch(address))
    except OSError as error:
        print(error)
own = URLFetcherResponse("book:x", body="words", headers={"a": "b"})
print(own.content_type, own.charset, own.read())
"""
    nothing = "there is no network in a build"
    assert said(script) == [nothing] * 3 + ["text/plain None b'words'"]


def test_a_stand_in_does_what_is_asked_of_it() -> None:
    assert Later("json", "dumps")([1]) == "[1]"
    assert StandIn("json").dumps([1]) == "[1]"
    later = StandIn("json")
    later.EXTRA = 3  # what it is told before it is loaded
    assert later.EXTRA == vars(json).pop("EXTRA") == 3
    assert StandIn("json", dumps=repr).dumps([1]) == "[1]"
    with pytest.raises(AttributeError):
        StandIn("json").nothing_of_the_kind  # noqa: B018


def test_a_stand_in_gives_way_to_whoever_wants_more(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "json.tool"
    monkeypatch.delitem(sys.modules, name, raising=False)
    with placed(iter([StandIn(name, main=repr)])):
        given: Any = importlib.import_module(name)
        assert isinstance(given, StandIn)
        assert given.main is repr
        assert isinstance(given.argparse, ModuleType)
        assert not isinstance(sys.modules[name], StandIn)
    assert name in sys.modules
    monkeypatch.delitem(sys.modules, name)
    with placed(iter([StandIn(name)])):
        assert isinstance(sys.modules[name], StandIn)
    assert name not in sys.modules


def test_a_module_that_is_loaded_already_has_no_stand_in() -> None:
    with placed(iter([StandIn("json")])):
        assert sys.modules["json"] is json


def test_a_module_that_is_lacking_is_so_only_for_those_who_ask_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "json.tool"
    monkeypatch.delitem(sys.modules, name, raising=False)
    with placed([], [name, "json"]):
        with pytest.raises(ImportError):
            importlib.import_module(name)
        assert importlib.import_module("json") is json
    assert importlib.import_module(name).main


def test_what_compiles_templates_is_loaded_for_a_template_that_is_new(tmp_path: Path) -> None:
    (tmp_path / "new.j2").write_text("{% for n in range(3) %}{{ n }}<{% endfor %}")
    script = f"""
import sys
from pathlib import Path
from leftopp_book.standins import inspect, placed
named = {{"inspect", "jinja2.compiler", "jinja2.lexer", "jinja2.parser"}}
with placed([inspect()], ["typing_extensions"]):
    from leftopp_book import cli
from leftopp_book import html, package
print(named & set(sys.modules))
print(html.render(Path({str(tmp_path)!r}), "new.j2", {{}}))
print(named - {{"inspect"}} <= set(sys.modules))
"""
    env = {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-W", "ignore", "-c", script]
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["set()", "0<1<2<", "True"]


def test_what_commands_say_of_themselves_is_as_inspect_has_it() -> None:
    ours = inspect_later()
    for words in ("One line.", "  One. ", "One.\n\n    Two.\n      Three.\n    ", "a\tb", ""):
        assert ours.cleandoc(words) == inspect.cleandoc(words)


def test_the_source_of_a_function_is_all_of_it() -> None:
    script = """
import inspect
from leftopp_book.rewriting import source_of
for name in [name for name in sys.modules if name.startswith("weasyprint.")]:
    for own in list(vars(sys.modules[name]).values()):
        code = getattr(own, "__code__", None)
        ours = code and code.co_filename == sys.modules[name].__file__
        if ours and code.co_name == own.__qualname__:
            print(source_of(own).rstrip() == inspect.getsource(own).rstrip() or own)
"""
    found = said(script)
    assert len(found) > 300
    assert set(found) == {"True"}


def test_a_function_is_rewritten_or_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text("N = 1\ndef one(\n    a,\n):\n\n    return a + N + N\nM = 2\n", "utf-8")
    module = ModuleType("odd")
    vars(module)["__file__"] = str(file)
    exec(compile(file.read_text("utf-8"), file, "exec"), vars(module))
    for old in ("b", "N", " a"):  # not there, there twice, there twice
        before = vars(module)["one"]
        assert not rewrite(module, "one", [("return", "return"), (old, "0")])
        assert vars(module)["one"] is before
    assert rewrite(module, "one", [("return a", "return 10 * a"), ("+ N +", "- N +")])
    assert vars(module)["one"](3) == 30
    file.unlink()
    assert source_of(vars(module)["one"]) == ""
