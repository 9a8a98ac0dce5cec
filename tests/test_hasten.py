"""What makes the typesetter faster changes nothing of what it makes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyphen import LANGUAGES, HyphDict

from documents import document, prose
from leftopp_book import hasten, hasten_words, loading
from leftopp_book.build import Session
from leftopp_book.diagnostics import Report
from leftopp_book.edition import assemble
from leftopp_book.fonts import fonts
from leftopp_book.formats import read_format
from leftopp_book.galley import START, Stretch, galley
from leftopp_book.kept import Kept

ROOT = Path(__file__).parent.parent
READS = HyphDict.__init__
FONTS = fonts(ROOT / "build" / "fonts")
# Lays out what it is told, as it is or faster, and tells what came of it.
SETTER = """
import json, sys, hashlib, signal
from pathlib import Path
from leftopp_book import cascade, hasten, pdf
from leftopp_book.fonts import fonts
fast = sys.argv[1] != "as it is"
if not fast:
    hasten.hasten = lambda: False
if sys.argv[1] in ("forgetful", "cautious"):
    pdf._weasyprint(fonts(Path(sys.argv[2])))
    from leftopp_book import hasten_runs
    if sys.argv[1] == "forgetful":
        hasten_runs.MOST = 5
    else:  # as with another Pango
        hasten_runs._is_as_foreseen = lambda *asked: False
faces = fonts(Path(sys.argv[2]))
class TooLong(BaseException):
    pass
def end(*signal):
    raise TooLong
signal.signal(signal.SIGALRM, end)
for line in sys.stdin:
    html, css = json.loads(line)
    signal.alarm(20)
    if not fast:
        cascade._KEPT.clear()
    try:
        made = [
            (hashlib.sha256(page.pdf).hexdigest(), repr(page))
            for page in pdf.lay_out(html, pdf.Styles(css, faces))
        ]
    except pdf.LayoutError as error:
        made = ["refused: " + str(error)]
    except pdf.TypesetterError:
        made = "no typesetter"
    except TooLong:  # WeasyPrint can make pages without end
        made = "too long"
    except Exception as error:
        made = ["failed: " + repr(error)]
    signal.alarm(0)
    print(json.dumps(made), flush=True)
"""


class Setter:
    """A process that lays out documents."""

    def __init__(self, kind: str, faces: Path = ROOT / "build" / "fonts") -> None:
        env = {"PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SETTER, kind, str(faces)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def lay_out(self, html: str, css: str) -> object:
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps([html, css]), file=self.process.stdin, flush=True)
        made = json.loads(self.process.stdout.readline())
        if made == "no typesetter":
            pytest.skip("the typesetter cannot be loaded")
        return made


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Setter, Setter]]:
    setters = Setter("as it is"), Setter("fast")
    yield setters
    for setter in setters:
        setter.process.kill()
        setter.process.communicate()


@pytest.mark.parametrize("book", ["tests/tiny tiny", "primer"])
def test_articles_are_the_same(both: tuple[Setter, Setter], book: str) -> None:
    *folder, edition = book.split()
    session = Session.open(ROOT / "/".join(folder), [])
    form = read_format(ROOT / "styles", "a5", Report())
    assert form
    css = form.page_css() + (ROOT / "styles" / "print.css").read_text(encoding="utf-8")
    articles = assemble(session.project, edition, Report()).articles
    assert articles
    for article in articles:
        context = {"part": "article", "language": "en-GB", "own_language": article.language}
        text = galley(article, ROOT / "styles" / "templates", {**context, "book_title": "t"})
        html = text.html(Stretch(START, text.end))
        plain, fast = (setter.lay_out(html, css) for setter in both)
        assert isinstance(plain, list)
        assert all(isinstance(page, list) for page in plain)
        assert plain == fast


# What those who wrote the replacements overlooked at first, each found by a document at random.
OVERLOOKED = (
    # an item of a flex box is not floated, whatever its style is
    ("b { display: flex } b::before { float: left; content: 'x' }", "<p><b>words</b> more</p>"),
    # the text of a drawing is set in a style that is changed afterwards
    ("", "<svg width=99 height=30><title>t</title><text y=9 letter-spacing=3>words</text></svg>"),
    # tabs are as wide as a style says
    (".x { tab-size: 50px } p { white-space: pre }", "<p>a\tb</p><p class=x>a\tb</p>"),
    # lengths are of the size of the letter, if nothing asked for them before
    ("p { letter-spacing: 0.2em } p::first-letter { font-size: 40px }", "<p>Some words</p>"),
    ("p { hyphenate-limit-zone: 9em } p::first-line { font-size: 30px }", "<p>" + "notwith " * 40),
    # the margin of a note collapses with that above the area of notes
    ("h2 { float: footnote }", "<h2></h2>"),
)


# of elements that differ in their identifiers alone one has the styles of the other
_ALIKE = "".join(
    f"<section id=s{n}><h2 id='h{n}' title=t{n}>A</h2><p id=p{n}>some <b>words</b> in <i id=i{n}>it"
    f"</i> <a href=#p{n}>all</a><span class=note>a <em>note</em></span></p><p>more</p></section>"
    for n in range(6)
)
TWINS = (
    "p { float: left; width: 60px } p:nth-of-type(2n) { float: none } b { float: right }",
    "#p1, #p3 b { position: relative; top: 3px } #p2 { display: none } #h4 { float: right }",
    "h2 { anchor: attr(title); -weasy-anchor: attr(title) } p { -weasy-anchor: none }",
    "p { display: table; border-spacing: 3px } p > * { display: table-cell; padding: 2px }",
    "p::before, h2::after { content: attr(id) ' '; counter-increment: x } p { counter-reset: x 3 }",
    ".note { float: footnote } section { break-before: page } h2 { string-set: t content() }",
    "p { font-size: 1.2em; --c: blue; color: var(--c) } p:last-child { --c: red }",
    "section { text-decoration: underline; page: own } @page own { margin: 30px }",
    "p { column-count: 2; margin: auto; width: 90% } section { display: flex; flex-wrap: wrap }",
    "h2 { bookmark-level: 2; bookmark-label: attr(id) } p::first-letter { font-size: 2em }",
)


@pytest.mark.parametrize("css", TWINS)
def test_elements_that_differ_in_their_identifiers(both: tuple[Setter, Setter], css: str) -> None:
    page = "@page { size: 200px 300px; margin: 20px } html { font: 15px 'EB Garamond' }"
    for more in ("", " lang=fr style='color: green'"):
        body = _ALIKE.replace("<p id=p3", f"<p id=p3{more}").replace("id=p5", "id='p &quot;5'")
        html = f"<!DOCTYPE html><html id=root lang='en-GB'><title>t</title><body id=b>{body}</body>"
        plain, fast = (setter.lay_out(html, page + css) for setter in both)
        assert isinstance(plain, list)
        assert plain == fast


# pages for which the same rules hold share their styles; notes are laid out once
_NOTED = "".join(
    f"<section class={'ab'[n % 2]}><h2>Part {n}</h2>"
    + f"<p>the delegates<span class=n>one <i>note {n}</i></span> met in an unheated hall and "
    f"<i>resolved by</i> majorities<span class=n>another note, {'of many words, ' * n}</span> that "
    f"representation<span class=n>in<span class=n>it</span></span> ought to be so</p>"
    * 4
    + "</section>"
    for n in range(5)
)
PAGES = (
    ".n { float: footnote }",
    ".n { float: footnote; margin: 2px 0 } @page { counter-increment: page 2; counter-reset: x 3 }",
    ".n { float: footnote; margin: 3em 0 5em }",
    ".n { float: footnote; padding: 2px } @page :left { @top-left { content: counter(page) } }",
    ".n { float: footnote } .a { page: a } @page a { @bottom-center { content: string(t) } }"
    "h2 { string-set: t content() }",
    ".n { float: footnote; position: relative; top: 2px } @page :nth(2n) { padding: 9px }",
    ".n { float: footnote } @page { @footnote { border-top: 1px solid; max-height: 60px } }",
    ".n { float: footnote; footnote-policy: line } p { orphans: 3 } i { padding: 0 3px }",
    ".n { float: footnote } .n i { float: left } .b { break-before: right }",
    ".n { float: footnote } @page { @note-area { content: 'words' } @top-right { display: none } }",
    ".n { float: footnote; break-inside: avoid } p::first-letter { font-size: 2em }",
)


@pytest.mark.parametrize("css", PAGES)
def test_pages_and_their_notes(both: tuple[Setter, Setter], css: str) -> None:
    page = "@page { size: 200px 260px; margin: 20px } html { font: 13px/17px 'EB Garamond' } "
    html = f"<!DOCTYPE html><html lang='en-GB'><title>t</title><body>{_NOTED}</body></html>"
    plain, fast = (setter.lay_out(html, page + css) for setter in both)
    assert isinstance(plain, list)
    assert all(isinstance(made, list) for made in plain)
    assert len(plain) > 4
    assert plain == fast


@pytest.mark.parametrize(("css", "body"), OVERLOOKED)
def test_what_was_overlooked(both: tuple[Setter, Setter], css: str, body: str) -> None:
    page = "@page { size: 200px 300px; margin: 20px } html { font: 15px 'EB Garamond' }"
    html = f"<!DOCTYPE html><html lang='en-GB'><title>t</title><body>{body}</body></html>"
    plain, fast = (setter.lay_out(html, page + css) for setter in both)
    assert isinstance(plain, list)
    assert all(isinstance(made, list) for made in plain)
    assert plain == fast


def test_dictionaries_are_the_same() -> None:
    for path in {*map(LANGUAGES.get, ("en_GB", "de_DE", "hu_HU", "ru_RU", "th_TH"))}:
        if path is not None:
            plain, fast = (HyphDict.__new__(HyphDict) for _ in range(2))
            READS(plain, path)
            hasten_words._read(fast, path)
            assert list(plain.patterns.items()) == list(fast.patterns.items())
            assert vars(plain) == vars(fast)


def test_a_dictionary_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hasten_words, "_kept", [Kept(tmp_path, "key")])
    for language, kept in (("en_GB", True), ("hu_HU", False)):  # which divides words with changes
        first, again = (HyphDict.__new__(HyphDict) for _ in range(2))
        hasten_words._read(first, LANGUAGES[language])
        with monkeypatch.context() as there:
            if kept:
                there.setattr(hasten_words, "_patterns", None)  # is not called
            hasten_words._read(again, LANGUAGES[language])
        assert vars(first) == vars(again)
        assert (tmp_path / "words" / f"hyph_{language}.dic").exists() == kept


def test_only_what_is_known_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    FONTS.use()
    try:
        loading.weasyprint()
    except OSError as error:
        pytest.skip(str(error))
    assert hasten.is_known()
    monkeypatch.setattr(hasten, "_KNOWN", "another")
    assert not hasten.hasten()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_document_is_the_same(both: tuple[Setter, Setter], seed: int) -> None:
    html, css = document(seed)
    plain, fast = (setter.lay_out(html, css) for setter in both)
    assume("too long" not in (plain, fast))
    assert plain == fast


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_paragraph_is_the_same(both: tuple[Setter, Setter], seed: int) -> None:
    html, css = prose(seed)
    plain, fast = (setter.lay_out(html, css) for setter in both)
    assert isinstance(plain, list)
    assert all(isinstance(page, list) for page in plain)
    assert plain == fast


@pytest.mark.parametrize("kind", ["forgetful", "cautious"])
def test_words_that_are_not_known_are_left_to_pango(kind: str) -> None:
    setters = Setter("as it is"), Setter(kind)
    try:
        for seed in range(8):
            plain, fast = (setter.lay_out(*prose(seed)) for setter in setters)
            assert plain == fast
    finally:
        for setter in setters:
            setter.process.kill()
            setter.process.communicate()


RULES = {
    "kerning": "feature kern { pos T space -300; pos space A -200; } kern;",
    "substitution": "feature calt { sub T' space by W; } calt;",
    "elsewhere": "feature kern { pos T o -300; } kern;",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_face_with_rules_about_spaces_is_set_the_same(rule: str, tmp_path: Path) -> None:
    faces = tmp_path / "fonts"
    shutil.copytree(ROOT / "build" / "fonts", faces)
    for file in faces.glob("*/roman*"):
        face = TTFont(file)
        del face["GSUB"], face["GPOS"]
        addOpenTypeFeaturesFromString(face, RULES[rule])
        face.save(file)
    setters = Setter("as it is", faces), Setter("fast", faces)
    try:
        for seed in range(12):
            html, css = prose(seed)
            html = html.replace("the", "T o A").replace("of", "T A")
            plain, fast = (setter.lay_out(html, css) for setter in setters)
            assert isinstance(plain, list)
            assert all(isinstance(page, list) for page in plain)
            assert plain == fast
    finally:
        for setter in setters:
            setter.process.kill()
            setter.process.communicate()
