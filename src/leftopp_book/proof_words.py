"""The proofs of words and pages: every word of the articles, and the page list of the EPUB."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from itertools import pairwise
from typing import Any

from msgspec import Struct

from .read_epub import OPS, XHTML, Doc, Screen
from .read_pdf import Print, Sheet, whole_notes
from .reading import (
    DamagedError,
    Proof,
    differences,
    ink,
    joined,
    lower,
    mirrored,
    number,
    points,
    said,
)

OPENING = ("kicker", "title", "byline", "dateline")
_CALL = re.compile(r"\[(\d+|[*†‡§‖¶]+)\]")


class Finished(Struct, frozen=True, dict=True):
    """A finished book: its record and both files as they were read."""

    record: Mapping[str, Any]
    paper: Print
    screen: Screen

    @cached_property
    def sections(self) -> dict[str, range]:
        """The sheets of every document that the bookmarks of the PDF name, in order."""
        starts: list[tuple[str, int]] = []
        articles = {f"{article['id']}.xhtml" for article in self.record["articles"]}
        left = list(self.paper.outline)
        for doc in self.screen.docs.values():
            if doc is self.screen.nav or not doc.title:
                continue
            at = (n for n, item in enumerate(left) if ink(item.title) == ink(doc.title))
            found = next(at, None)
            if found is not None and left[found].sheet >= 0:
                starts.append((doc.name, left[found].sheet))
                level = left[found].level
                del left[: found + 1]
                while doc.name.rpartition("/")[2] in articles and left and left[0].level > level:
                    del left[0]  # a heading within it, which may have the name of another part
        ends = [start for _, start in starts[1:]] + [len(self.paper.sheets)]
        sections = {}
        for (name, start), end in zip(starts, ends, strict=True):
            while end > start + 1 and not self.paper.sheets[end - 1].furniture.strip():
                end -= 1  # blanks, and what has no folio: the colophon
            sections[name] = range(start, end)
        return sections

    @cached_property
    def divided(self) -> frozenset[str]:
        """The pages that begin within a word: the page before ends with a hyphen, added or hard."""
        own = {sheet.label for article in self.articles for sheet in article.sheets}
        return frozenset(
            sheet.label
            for before, sheet in pairwise(self.paper.sheets)
            if _last_line(before, article=sheet.label in own).endswith(("\u2010", "-"))
        )

    @cached_property
    def articles(self) -> tuple[Article, ...]:
        names = {name.rpartition("/")[2]: doc for name, doc in self.screen.docs.items()}
        made = []
        for article in self.record["articles"]:
            doc = names.get(f"{article['id']}.xhtml")
            if doc is None or doc.name not in self.sections:
                raise DamagedError(
                    f"the article {article['id']} of the record is not in both files"
                )
            sheets = [self.paper.sheets[n] for n in self.sections[doc.name]]
            made.append(Article(article, doc, tuple(sheets)))
        return tuple(made)


class Article(Struct, frozen=True, dict=True):
    """An article in the record, in the EPUB and in the PDF. Places are counted in letters."""

    record: Mapping[str, Any]
    doc: Doc
    sheets: tuple[Sheet, ...]

    @cached_property
    def lines(self) -> list[tuple[int, str]]:
        """The kept lines in the order of the book: the number of the line, and its words."""
        kept = [line for line in self.record["lines"] if line["fate"] == "kept"]
        order = {role: n for n, role in enumerate(OPENING)}
        kept.sort(key=lambda line: order.get(line["role"], len(order)))
        calls = {(note["call_line"], str(note["number"])) for note in self.record["notes"]}

        def called(match: re.Match[str], line: int) -> str:
            own = not match[1].isdigit() or (line, match[1]) in calls
            return "" if own else match[0]  # a mark that calls no note is printed as it stands

        return [
            (line["line"], _CALL.sub(partial(called, line=line["line"]), line["text"]))
            for line in kept
        ]

    @cached_property
    def own(self) -> list[tuple[int, int]]:
        """The stretches of the EPUB's text that are the author's and not the editors'."""
        editors = list(self.doc.editorial)
        if not any(line["role"] == "title" for line in self.record["lines"]):
            heading = next(t for t in self.doc.targets.values() if str(t.element.tag)[-2:] == "h1")
            editors.append((heading.start, heading.end))
        editors.sort()
        edges = [0, *(edge for pair in editors for edge in pair), len(self.doc.ink)]
        return list(zip(edges[::2], edges[1::2], strict=True))

    @cached_property
    def paper(self) -> str:
        return "".join(ink(sheet.words) for sheet in self.sheets)

    @cached_property
    def _pages(self) -> list[int]:
        lengths = [len(ink(sheet.words)) for sheet in self.sheets]
        return [sum(lengths[:n]) for n in range(len(lengths))]

    def page(self, place: int) -> str:
        """Return the page of the PDF on which the letter at a place of the EPUB stands."""
        return self.sheets[bisect_right(self._pages, place) - 1].label

    def line(self, place: int) -> str:
        """Return the line of the copy-text that a place of the record's words is in."""
        for number_, words in self.lines:
            place -= len(ink(words))
            if place < 0:
                return str(number_)
        return str(self.lines[-1][0]) if self.lines else "?"


# --- Every word ---------------------------------------------------------------------------------


def every_word(book: Finished) -> Proof:
    """The words of each article are the same in the record, the EPUB and the PDF; notes too."""
    proof = Proof("every word")
    words = notes = 0
    for article in book.articles:
        id, doc = article.record["id"], article.doc
        expected = "".join(ink(line) for _, line in article.lines)
        given = "".join(doc.ink[a:b] for a, b in article.own)
        for i, j, was, now in differences(expected, given):
            page = article.page(_place(article.own, j))
            _differs(proof, f"{id}:{article.line(i)} (page {page})", "the EPUB", was, now)
        for i, _, was, now in differences(lower(doc.ink), lower(article.paper)):
            line = article.line(_within(article.own, i))
            _differs(proof, f"{id}:{line} (page {article.page(i)})", "the PDF", was, now)
        if points(doc.words) != points("".join(sheet.words for sheet in article.sheets)):
            proof.false(id, "the PDF has other points at its letters than the EPUB")
        if expected == given:
            _word_for_word(proof, article)
        words += sum(len(line.split()) for _, line in article.lines)
        notes += _notes(proof, article)
    sections = _rest(proof, book)
    proof.counted = (
        f"{number(words, 'word')} of {number(len(book.articles), 'article')}, "
        f"{number(notes, 'note')} and {number(sections, 'section')} of the editors"
    )
    return proof


def _differs(proof: Proof, place: str, where: str, was: str, now: str) -> None:
    if was and now:
        says = f"{where} has {said(now)} for {said(was)}"
    elif was:
        says = f"{where} lacks {said(was)}"
    else:
        says = f"{where} has {said(now)} too many"
    proof.false(place, says)


def _place(own: Iterable[tuple[int, int]], offset: int) -> int:
    """Return where in the whole text an offset into the author's own words is."""
    for start, end in own:
        if offset < end - start:
            return start + offset
        offset -= end - start
    return end


def _within(own: Iterable[tuple[int, int]], place: int) -> int:
    """Return how many of the author's own letters come before a place of the whole text."""
    return sum(max(0, min(end, place) - start) for start, end in own)


def _word_for_word(proof: Proof, article: Article) -> None:
    """The EPUB parts the same letters into the same words as the record."""
    edges: set[int] = set()
    place = 0
    for char in article.doc.words:
        if char.isspace():
            edges.add(place)
        place += len(ink(char))
    offset = 0
    for line, words in article.lines:
        for before, after in pairwise(words.split()):
            offset += len(ink(before))
            if _place(article.own, offset) not in edges:
                proof.false(f"{article.record['id']}:{line}", f"“{before} {after}” is run together")
        offset += len(ink(words.split()[-1])) if words.split() else 0


def _notes(proof: Proof, article: Article) -> int:
    """The words of the notes are the same in the record, the EPUB and the PDF."""
    printed = {(label, mark): words for label, mark, words in whole_notes(article.sheets)}
    shown: dict[str, list[str]] = {}  # signs begin anew on every page
    for mark, words in article.doc.notes.values():
        shown.setdefault(mark, []).append(words)
    for note in article.record["notes"]:
        mark = str(note["number"])
        place = f"{article.record['id']}, note {mark} (page {note['folio']})"
        on_paper = printed.get((note["folio"], mark))
        on_screen = shown[mark].pop(0) if shown.get(mark) else None
        for where, there in (("the EPUB", on_screen), ("the PDF", on_paper)):
            if there is None:
                proof.false(place, f"{where} does not have the note there")
            else:
                for _, _, was, now in differences(ink(note["text"]), ink(there)):
                    _differs(proof, place, where, was, now)
    return len(article.record["notes"])


def _rest(proof: Proof, book: Finished) -> int:
    """What the editors wrote has the same words in both files."""
    own = {article.doc.name for article in book.articles}
    names = [name for name in book.sections if name not in own and name in book.screen.docs]
    count = 0
    for name in names:
        doc = book.screen.docs[name]
        if doc.kind in ("titlepage", "copyright-page", "index"):
            continue  # the index is compared entry by entry, by another proof
        count += 1
        sheets = [book.paper.sheets[n] for n in book.sections[name]]
        lengths = [len(ink(_all(sheet))) for sheet in sheets]
        paper = lower("".join(ink(_all(sheet)) for sheet in sheets))
        for _, j, was, now in differences(lower(doc.ink), paper):
            at = bisect_right([sum(lengths[:n]) for n in range(len(lengths))], j) - 1
            place = f"{doc.title} (page {sheets[at].label})"
            _differs(proof, place, "the PDF", was, now)
    return count


def _all(sheet: Sheet) -> str:
    """Return the words of a page that is not of an article."""
    return joined([line.words for line in sheet.lines])


def _last_line(sheet: Sheet, *, article: bool) -> str:
    lines = [line.own for line in sheet.body] if article else [line.words for line in sheet.lines]
    return lines[-1].rstrip() if lines else ""


# --- The page list ------------------------------------------------------------------------------

FIRST = 10  # words that are compared
_CONTINUED = re.compile(
    r"^.{,120}?\(continued\) "
)  # a heading that is repeated at the turn of a page


def page_list(book: Finished) -> Proof:
    """Every page of the PDF with words is listed, and begins at the same word in the EPUB."""
    proof = Proof("page list")
    screen, paper = book.screen, book.paper
    exact, divided = 0, 0
    listed = _listed(screen, "page-list")
    for label, href in listed:
        doc, target = screen.resolve(screen.nav, href)
        id = "" if target is None else target.element.get("id")
        marks = doc.marks if doc else []
        if doc is None or not any(m[:2] == (label, id) for m in marks):
            proof.false(f"page {label}", "the page list leads to no page break of that page")
            continue
        if label not in paper.by_label:
            proof.false(f"page {label}", "the print book has no such page")
            continue
        place = next(m[2] for m in marks if m[1] == id)
        article = any(one.doc is doc for one in book.articles)
        words = _begins(paper.sheets[paper.by_label[label]], article=article)
        first = ink("".join(words[:FIRST]))
        longest = len(ink(words[0])) if words else 0
        rest = _begun(doc, place, first, longest, hyphen=label in book.divided)
        divided += rest > 0
        given = doc.ink[place : place + len(first)]
        if rest < 0:
            says = f"begins with {said(' '.join(words[:FIRST]))}, but in the EPUB with "
            proof.false(f"page {label}", f"{says}{said(given)}")
        elif doc.divides(place):
            says = f"the break before {said(given, 20)} stands within a word"
            proof.false(f"page {label}", says)
        else:
            exact += 1
    _complete(proof, book, [label for label, _ in listed])
    _ncx(proof, book)
    turned = f", {divided} of them after a word that runs over" if divided else ""
    proof.counted = f"{number(exact, 'page')} by the first {FIRST} words{turned}"
    return proof


def _begun(doc: Doc, place: int, words: str, longest: int, *, hyphen: bool) -> int:
    """Return how many letters of a page come before the break, as the rest of a word; -1 for none.

    A page may begin with the rest of a word that a hyphen divided, or with what is joined to the
    word before it by a dash, a slash or a bracket and no space; the break stands after it.
    """
    for length in range(longest + 1):
        begun = place - length
        if length and not doc.joined(begun, letters=hyphen):
            continue
        if mirrored(lower(doc.ink[begun : begun + len(words)])) == mirrored(lower(words)):
            return length
    return -1


def _listed(screen: Screen, kind: str) -> list[tuple[str, str]]:
    """Return what a list of the navigation document lists: words and links."""
    return [
        ("".join(a.itertext()), a.get("href", ""))
        for nav in screen.nav.root.iter(f"{XHTML}nav")
        if nav.get(f"{OPS}type") == kind
        for a in nav.iter(f"{XHTML}a")
    ]


def _begins(sheet: Sheet, *, article: bool) -> list[str]:
    """Return the words of a page, without what is repeated at its head."""
    return (sheet.words if article else _CONTINUED.sub("", _all(sheet))).split()


def _complete(proof: Proof, book: Finished, listed: list[str]) -> None:
    """Every page with words is listed, in order, and every page break too."""
    labels = book.paper.by_label
    order = [labels[label] for label in listed if label in labels]
    if order != sorted(set(order)):
        proof.false("page list", "the pages are not in order, each once")
    for doc in book.screen.docs.values():
        for label, _, _ in doc.marks:
            if label not in listed:
                proof.false(f"page {label}", "has a page break, but is not in the page list")
    for sheet in book.paper.sheets:
        if sheet.lines and sheet.label not in listed:
            proof.false(f"page {sheet.label}", "holds words, but is not in the page list")


def _ncx(proof: Proof, book: Finished) -> None:
    """The NCX, which older readers use, has the contents and the pages of the navigation."""
    screen = book.screen
    for mine, kind, what in (("navPoint", "toc", "contents"), ("pageTarget", "page-list", "pages")):
        old = [(words, href) for name, words, href in screen.ncx if name == mine]
        odd = set(old) ^ set(new := _listed(screen, kind))
        if old != new:
            words = ", ".join(sorted(words for words, _ in odd)[:5]) or "their order"
            proof.false("toc.ncx", f"its {what} are not those of {screen.nav.name} ({words})")
