"""Words that look like something else come out as typed, and lead nowhere: no file, no network.

One whole build of the tiny book, every text and title of which holds templates, HTML, CSS, SVG
and YAML, while a hook is told of every file that is opened and of every connection.
"""

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

TINY = Path(__file__).parent / "tiny"
ROOT = TINY.parent.parent
# Entities are not among them: in a copy-text they are what the web left, and `clean` undoes them.
LIKE = (
    "{{ 7 * 7 }}",
    "{% include 'x' %}",
    "{# gone #}",
    "${7*7}",
    "<b>bold</b>",
    "<script>x()</script>",
    "<style>p { color: red }</style>",
    "<!-- gone -->",
    "<![CDATA[x]]>",
    "<?php x ?>",
    "&nosuch;",
    "%s",
    "\\n",
    "key: [x, *y]",
    "!!python/object:os.system",
    "@import url(http://127.0.0.1:9/x.css);",
    "<svg onload=x()><image href=http://127.0.0.1:9/x.png /></svg>",
    "<img src=http://127.0.0.1:9/x.png>",
)
BAIT = (
    "<a rel=attachment href=file://{bait}>x</a>",
    "<link rel=attachment href=file://{bait}>",
    "<img src=file://{bait}>",
    "<object data=file://{bait}></object>",
    "<p style=content:url(file://{bait})>",
    "</style><style>@import url(file://{bait})</style>",
)
HOOK = """
import os, runpy, sys
told = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        line = ("write " if writes else "read ") + os.path.abspath(os.fsdecode(arguments[0]))
    elif event in ("os.rename", "os.link", "os.symlink"):
        line = "write " + os.path.abspath(os.fsdecode(arguments[1]))
    elif event in ("os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.utime"):
        if isinstance(arguments[0], int) or arguments[-1] != -1:
            return  # within a folder that was opened, as shutil.rmtree does
        line = "write " + os.path.abspath(os.fsdecode(arguments[0]))
    elif event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        line = "network " + event
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        line = "program " + str(arguments[0])
    else:
        return
    os.write(told, line.encode("utf-8", "replace") + b"\\n")
sys.addaudithook(hook)
runpy.run_module("leftopp_book", run_name="__main__")
"""


@dataclass(frozen=True)
class Built:
    root: Path
    bait: Path
    events: tuple[tuple[str, str], ...]
    odd: tuple[str, ...]

    @property
    def dist(self) -> Path:
        return self.root / "dist"

    def words(self) -> str:
        """Return all that is printed, without white space."""
        with pypdfium2.PdfDocument(self.dist / "tiny.pdf") as pdf:
            pages = [page.get_textpage().get_text_range() for page in pdf]
        return tight("".join(pages))


def tight(words: str) -> str:
    """Return words without spaces, and hyphens and quotation marks of one form."""
    words = re.sub(r"[\s\u00ad\u2010\ufffe\x02\x03\u2060-]", "", words)
    return words.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: ""})


def quoted(words: str) -> str:
    return json.dumps(words)  # a JSON string is one of YAML


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    root = tmp_path_factory.mktemp("as-typed")
    shutil.copytree(TINY / "book", root / "book")
    shutil.copytree(TINY / "seeds", root / "seeds")
    (ROOT / "build").mkdir(exist_ok=True)
    (root / "build").symlink_to(ROOT / "build")
    bait = root.parent / "bait.txt"
    bait.write_text("THE BAIT WAS TAKEN")
    odd = (*LIKE, *(words.format(bait=bait) for words in BAIT))

    def change(name: str, old: str, new: str) -> None:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    # in the text of an article, a paragraph for each
    seed = root / "seeds" / "chairs.txt"
    before = hashlib.sha256(seed.read_bytes()).hexdigest()
    paragraphs = "".join(
        f"It was said then that {words} and no more was said.\n\n" for words in odd
    )
    change("seeds/chairs.txt", "Works cited\n", paragraphs + "Works cited\n")
    after = hashlib.sha256(seed.read_bytes()).hexdigest()
    change("book/articles/chairs.yaml", before, after)
    # in titles and in everything that an editor writes
    change("book/articles/chairs.yaml", "Two Ways to Remember", quoted("Two Ways " + odd[0]))
    some = " ".join(odd)
    change("book/tiny.yaml", "The Winter Congress", quoted("Congress " + " ".join(odd[4:7])))
    change("book/tiny.yaml", "A Very Small Reader", quoted(odd[1] + odd[-6]))
    change("book/tiny.yaml", "Edited for the tests", quoted("Edited by " + odd[2]))
    change("book/tiny.yaml", "Hall Press", quoted(odd[0] + " Press " + odd[4]))
    change("book/tiny.yaml", "Two short articles with", quoted("Two " + some) + " #")
    change(
        "book/people.yaml", "chairman of the congress", quoted("chairman &amp; " + odd[4] + odd[0])
    )
    change("book/people.yaml", '"Holm, Mary"', quoted("Holm, Mary " + odd[8]))
    change("book/chronology.yaml", "The hall is pulled down.", quoted("Pulled down: " + odd[-6]))
    change("book/works.yaml", "Hall Press", quoted(odd[1] + " Press"))
    change("book/works.yaml", "Stove Books", quoted("Stove " + odd[5]))
    change("book/articles/stoves.yaml", '"It says 1913."', quoted("It says " + odd[7] + odd[0]))
    preface = root / "book" / "front" / "preface.md"
    links = f"\n\n[one](file://{bait}) [two](javascript:x()) ![three](http://127.0.0.1:9/x.png)\n"
    old = preface.read_text(encoding="utf-8")
    preface.write_text(old + "\n" + "\n\n".join(LIKE[3:6]) + links, encoding="utf-8")

    told = root.parent / "told"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", HOOK, str(told), "build"]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode == 3 and "library of the typesetter" in done.stderr:
        pytest.skip("the typesetter cannot be loaded")
    assert done.returncode == 0, done.stderr
    events = (line.partition(" ") for line in told.read_text(encoding="utf-8").splitlines())
    return Built(root, bait, tuple((kind, what) for kind, _, what in events), odd)


def test_the_print_book_says_it_as_typed(built: Built) -> None:
    words = built.words()
    for odd in built.odd:
        assert tight(f"It was said then that {odd} and no more was said.") in words, odd
    assert tight("Two Ways {{ 7 * 7 }}") in words
    assert tight("chairman &amp; <b>bold</b>{{ 7 * 7 }}") in words
    assert tight("<!-- gone -->{{ 7 * 7 }}") in words
    assert tight("{# gone #}") in words


def test_the_epub_says_it_as_typed(built: Built) -> None:
    said = ""
    with zipfile.ZipFile(built.dist / "tiny.epub") as epub:
        for name in epub.namelist():
            if name.endswith(".xhtml"):
                page = epub.read(name).decode("utf-8")
                assert "THE BAIT" not in page
                page = page.replace('<svg xmlns="http://www.w3.org/2000/svg" role="img"', "")
                assert not re.search(r"<(script|b|svg|object|link rel=.?attachment)\b", page), name
                said += html.unescape(re.sub(r"<[^>]*>", "", page))
    for odd in built.odd:
        assert tight(f"It was said then that {odd} and no more was said.") in tight(said), odd


def test_the_record_says_it_as_typed(built: Built) -> None:
    record: dict[str, Any] = json.loads((built.dist / "tiny.json").read_text(encoding="utf-8"))
    texts = [line["text"] for article in record["articles"] for line in article["lines"]]
    said = tight("".join(texts))
    for odd in built.odd:
        assert tight(f"It was said then that {odd} and no more was said.") in said, odd
    assert record["title"].startswith("Congress <b>bold</b>")


def test_the_report_says_it_as_typed(built: Built) -> None:
    page = (built.dist / "tiny-report.html").read_text(encoding="utf-8")
    said = tight(html.unescape(re.sub(r"<[^>]*>", "", page)))
    for odd in built.odd:
        assert tight(odd) in said, odd
    assert not re.search(r"<(script|svg|img|object(?! data=\"tiny-proof-)|link)\b|<b>bold", page)


def test_nothing_is_embedded_and_no_link_leads_to_a_file(built: Built) -> None:
    for name in ("tiny.pdf", "tiny-press.pdf", "tiny-cover.pdf"):
        data = (built.dist / name).read_bytes()
        with pikepdf.open(built.dist / name) as pdf:
            assert not pdf.attachments
            assert "/Names" not in pdf.Root or "/EmbeddedFiles" not in pdf.Root.Names
            for page in pdf.pages:
                for note in page.get("/Annots") or ():
                    assert note.get("/Subtype") == "/Link"
                    address = str(note.A.get("/URI", "")) if "/A" in note else ""
                    assert not address.startswith(("file:", "javascript:"))
            streams = [o.read_bytes() for o in pdf.objects if isinstance(o, pikepdf.Stream)]
        assert b"THE BAIT" not in data
        assert not any(b"THE BAIT" in stream for stream in streams)
    with zipfile.ZipFile(built.dist / "tiny.epub") as epub:
        for name in epub.namelist():
            content = epub.read(name)
            assert b"THE BAIT" not in content
            assert not re.search(rb'(href|src)="(file|javascript|http://127)', content), name


def test_no_network_and_no_file_from_elsewhere(built: Built) -> None:
    kinds = [kind for kind, _ in built.events]
    assert kinds.count("read") > 50  # the hook was there
    assert "network" not in kinds
    assert str(built.bait) not in {what for _, what in built.events}


def test_what_is_written_and_where(built: Built) -> None:
    """Only into `dist/` and the cache; the programs are those that look for the typesetter."""
    mine = (built.dist, built.root / "build", (ROOT / "build").resolve())
    away = sorted(
        {
            what
            for kind, what in built.events
            if kind == "write"
            and not any(Path(what).is_relative_to(place) for place in mine)
            and not Path(what).is_relative_to("/dev")
            and "__pycache__" not in what
        }
    )
    assert away == []
