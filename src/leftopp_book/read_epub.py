"""The EPUB, read back with a plain zip and XML parser."""

from __future__ import annotations

import posixpath
import zipfile
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from .reading import DamagedError, ink

XHTML = "{http://www.w3.org/1999/xhtml}"
OPS = "{http://www.idpf.org/2007/ops}"
SVG = "{http://www.w3.org/2000/svg}"
NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
BLOCKS = {
    f"{XHTML}{name}"
    for name in ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "div", "section", "td", "tr", "br")
}

HYPHENS = "-\u2010\u2011\u00ad’'"


class Target(Struct, frozen=True):
    """An element with an identifier: its words, where its letters begin, the note it is in."""

    words: str
    start: int
    end: int
    note: str
    element: Any


class Doc(Struct, dict=True):
    """A document of the spine: its running text, without calls and notes, and what lies in it.

    Places are counted in letters, as `reading.ink` has them.
    """

    name: str
    root: Any
    words: str = ""
    marks: list[tuple[str, str, int]] = field(default_factory=list)  # label, id, place
    editorial: list[tuple[int, int]] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)  # id → mark, words
    calls: list[tuple[str, str, str, str]] = field(default_factory=list)  # id, href, mark, page

    @cached_property
    def ink(self) -> str:
        return ink(self.words)

    def joined(self, place: int, *, letters: bool) -> bool:
        """Tell whether no space stands before a letter; `letters`: another may stand there."""
        if not 0 < place < len(self._letters):
            return False
        at = self._letters[place]
        between = self.words[at - 1].isalnum() and self.words[at].isalnum()
        return not self.words[at - 1].isspace() and (letters or not between)

    def divides(self, place: int) -> bool:
        """Tell whether the edge before a letter lies within a word, hyphens and all."""
        if not 0 < place < len(self._letters):
            return False
        at = self._letters[place]
        before, after = self.words[at - 1], self.words[at]
        return after.isalnum() and (before.isalnum() or before in HYPHENS)

    @cached_property
    def _letters(self) -> list[int]:
        """Where in `words` each letter of `ink` stands."""
        return [n for n, char in enumerate(self.words) if ink(char)]

    @cached_property
    def title(self) -> str:
        """The words of its heading, without the calls of notes."""
        heading = self.root.find(f".//{XHTML}h1")
        return "" if heading is None else "".join(_uncalled(heading))

    @cached_property
    def kind(self) -> str:
        section = self.root.find(f".//{XHTML}section")
        return "" if section is None else section.get(f"{OPS}type", "")

    def page(self, place: int) -> str:
        """Return the label of the page on which a letter stands; empty before the first."""
        at = bisect_right([mark[2] for mark in self.marks], place)
        return self.marks[at - 1][0] if at else ""

    def page_of(self, id: str) -> str:
        """Return the page of an element; that of a note is the page of its call."""
        target = self.targets[id]
        if not target.note:
            return self.page(target.start)
        return next((c[3] for c in self.calls if c[1] == f"#{target.note}"), "")

    def starts_on(self, id: str, divided: frozenset[str]) -> set[str]:
        """Return the page of an element, or the two that share the word that it stands in.

        `divided` are the pages of the print book that begin within a word: here they begin after
        that word, so what stands in the rest of it is on that page in print.
        """
        target = self.targets[id]
        at = target.start
        if target.note:  # its call stands after the last letter of a word
            calls = (self.targets[c[0]].start for c in self.calls if c[1] == f"#{target.note}")
            at = next(calls, 0) - 1
        n = bisect_right([mark[2] for mark in self.marks], at)
        found = {self.page_of(id)}
        if n < len(self.marks) and self.marks[n][0] in divided and 0 <= at < len(self._letters):
            label, _, place = self.marks[n]
            end = self._letters[place] if place < len(self._letters) else len(self.words)
            if len(self.words[self._letters[at] : end].split()) == 1:
                found.add(label)
        return found

    def pages_of(self, id: str, divided: frozenset[str]) -> set[str]:
        """Return every page that an element takes part of."""
        target = self.targets[id]
        within = (label for label, _, at in self.marks if target.start < at < target.end)
        return self.starts_on(id, divided) | (set() if target.note else set(within))


class Screen(Struct, frozen=True):
    """The EPUB as its file has it. `files` are the names of all that is in it."""

    file: str
    docs: dict[str, Doc]  # in the order of the spine
    nav: Doc
    files: frozenset[str]
    ncx: tuple[tuple[str, str, str], ...] = ()  # of the NCX: navPoint or pageTarget, words, link

    def resolve(self, doc: Doc, href: str) -> tuple[Doc | None, Target | None]:
        """Return the document and the element that a link leads to; None where it is not."""
        path, _, fragment = href.partition("#")
        folder = posixpath.dirname(doc.name)
        name = posixpath.normpath(posixpath.join(folder, path)) if path else doc.name
        home = self.docs.get(name) or (self.nav if name == self.nav.name else None)
        return home, home.targets.get(fragment) if home and fragment else None

    def whole(self, role: str) -> Doc | None:
        """Return the document whose section has a role (`index`, `bibliography`) or a name."""
        found = (d for d in self.docs.values() if d.kind == role or Path(d.name).stem == role)
        return next(found, None)

    def links(self) -> Iterator[tuple[Doc, str, str]]:
        for doc in self._all():
            for a in doc.root.iter(f"{XHTML}a"):
                yield doc, a.get("href", ""), "".join(a.itertext())

    def _all(self) -> list[Doc]:
        return [*(d for d in self.docs.values() if d is not self.nav), self.nav]


def read_epub(path: Path) -> Screen:
    """Read an EPUB. Raises DamagedError for one that cannot be read to its end."""
    from lxml import etree

    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            if broken:
                raise DamagedError(f"{path} is damaged: {broken} cannot be read")
            files = {name: archive.read(name) for name in archive.namelist()}
        container = etree.fromstring(files["META-INF/container.xml"])
        (package_name,) = container.xpath("//*[local-name()='rootfile']/@full-path")
        package = etree.fromstring(files[package_name])
        folder = posixpath.dirname(package_name)
        items = {
            item.get("id"): (posixpath.join(folder, item.get("href")), item.get("properties", ""))
            for item in package.xpath("//*[local-name()='item']")
        }
        old = package.xpath("//*[local-name()='item'][@media-type='application/x-dtbncx+xml']/@id")
        ncx = [entry for id in old for entry in _ncx(etree.fromstring(files[items[id][0]]))]
        spine = [items[ref] for ref in package.xpath("//*[local-name()='itemref']/@idref")]
        docs = {name: _doc(name, etree.fromstring(files[name])) for name, _ in spine}
        nav = next(name for name, properties in items.values() if "nav" in properties.split())
        guide = docs.get(nav) or _doc(nav, etree.fromstring(files[nav]))
    except (
        OSError,
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        AttributeError,
        KeyError,
        ValueError,
        StopIteration,
    ) as error:
        raise DamagedError(f"{path} cannot be read as an EPUB: {error}") from error
    return Screen(path.name, docs, guide, frozenset(files), tuple(ncx))


def _ncx(root: Any) -> Iterator[tuple[str, str, str]]:
    """Yield what an NCX lists: contents (`navPoint`) and pages (`pageTarget`), words and link."""
    for entry in root.iter(f"{NCX}navPoint", f"{NCX}pageTarget"):
        words = entry.find(f"{NCX}navLabel/{NCX}text").text
        yield entry.tag.removeprefix(NCX), words, entry.find(f"{NCX}content").get("src")


def _uncalled(element: Any) -> Iterator[str]:
    """Yield the words of an element, without the calls of notes in it."""
    if isinstance(element.tag, str) and element.get(f"{OPS}type", "") != "noteref":
        yield element.text or ""
        for child in element:
            yield from _uncalled(child)
            yield child.tail or ""


def _doc(name: str, root: Any) -> Doc:
    doc = Doc(name, root)
    body = root.find(f"{XHTML}body")
    _Reader(doc).read(body if body is not None else root)
    return doc


class _Reader:
    """Walks a document once and notes what stands where."""

    def __init__(self, doc: Doc) -> None:
        self.doc, self.place = doc, 0
        self.words: list[str] = []

    def read(self, body: Any) -> None:
        self._walk(body, "", shown=True)
        self.doc.words = "".join(self.words)

    def _add(self, words: str | None, *, shown: bool) -> None:
        if words and shown:
            self.words.append(words)
            self.place += len(ink(words))

    def _walk(self, element: Any, note: str, *, shown: bool) -> None:
        if not isinstance(element.tag, str):
            return
        id, kind, start = element.get("id", ""), element.get(f"{OPS}type", ""), self.place
        if kind == "pagebreak":
            self.doc.marks.append((element.get("aria-label", ""), id, start))
        elif kind == "noteref":
            words = "".join(element.itertext())
            page = self.doc.marks[-1][0] if self.doc.marks else ""
            self.doc.calls.append((id, element.get("href", ""), words, page))
            shown = False
        elif kind == "footnote":
            note, shown = id, False
            mark = element.find(f".//{XHTML}a[@role='doc-backlink']")
            words = "".join(element.itertext()).strip()
            sign = "" if mark is None else "".join(mark.itertext())
            self.doc.notes[id] = sign, words.removeprefix(sign).strip()
        elif element.tag == f"{SVG}title":
            shown = False  # said of a drawing, not printed in it
        self._add(element.text, shown=shown)
        for child in element:
            self._walk(child, note, shown=shown)
            self._add(child.tail, shown=shown)
        if element.tag in BLOCKS and shown:
            self.words.append("\n")
        if {"headnote", "editorial"} & set(element.get("class", "").split()):
            self.doc.editorial.append((start, self.place))
        if id:
            words = "".join(element.itertext())
            self.doc.targets[id] = Target(words, start, self.place, note, element)
