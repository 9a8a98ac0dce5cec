"""The proofs of places: calls and notes, links, contents, heads, bookmarks; and of loose ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .proof_words import Finished
from .read_epub import XHTML, Doc
from .read_pdf import LEVEL, Link, Sheet
from .reading import Proof, holds, ink, joined, lower, mirrored, number, said

_PLACE = re.compile(r"(\d+|[ivxlc]+)(?:\.(\d+)|n\S+)?")


def places(book: Finished) -> Proof:
    """Calls, links, contents, running heads, bookmarks and textual notes are true."""
    proof = Proof("places")
    counts = {
        "call": _calls(proof, book),
        "link": _links(proof, book),
        "line of the contents": _contents(proof, book),
        "head": _heads(proof, book),
        "bookmark": _bookmarks(proof, book),
        "reading": _readings(proof, book),
    }
    shown = [number(n, thing) for thing, n in counts.items()]
    proof.counted = ", ".join(shown).replace("line of the contentss", "lines of the contents")
    return proof


# --- Calls and links ----------------------------------------------------------------------------


def _calls(proof: Proof, book: Finished) -> int:
    """Every call has its note on the same page, and the two are linked both ways."""
    count = 0
    for article in book.articles:
        id, doc = article.record["id"], article.doc
        found: list[str] = []
        for sheet in article.sheets:
            calls = [call.words for call in sheet.calls]
            marks = [mark.words for mark, _ in sheet.notes]
            found += calls
            for mark in sorted(set(calls) ^ set(marks)):
                which = "call has no note" if mark in calls else "note has no call"
                proof.false(f"page {sheet.label}", f"the {which} on this page: {mark}")
            for call, (mark_link, _) in zip(sheet.calls, sheet.notes, strict=False):
                if not (
                    _meet(book, sheet, call, mark_link) and _meet(book, sheet, mark_link, call)
                ):
                    proof.false(f"page {sheet.label}", f"call and note {call.words} part ways")
        record = sorted(str(note["number"]) for note in article.record["notes"])
        if sorted(found) != record:
            odd = ", ".join(sorted(set(record) ^ set(found))) or "their number"
            proof.false(id, f"the calls of the PDF are not the notes of the record ({odd})")
        count += len(found)
        backs = {a.get("id"): a for a in doc.root.iter(f"{XHTML}a") if a.get("id")}
        for call_id, href, mark, _ in doc.calls:
            note = doc.notes.get(href.removeprefix("#"))
            if note is None or note[0] != mark:
                proof.false(doc.name, f"the call {mark} has no note")
            elif call_id not in backs:
                proof.false(doc.name, f"the call {mark} cannot be led back to")
        called = {href.removeprefix("#") for _, href, _, _ in doc.calls}
        for note_id in doc.notes.keys() - called:
            proof.false(doc.name, f"the note {doc.notes[note_id][0]} has no call")
    return count


def _meet(book: Finished, sheet: Sheet, one: Link, other: Link) -> bool:
    """Tell whether a link leads to where another stands, to the line."""
    y0, y1 = other.box[1], other.box[3]
    return book.paper.sheets[one.sheet].label == sheet.label and y0 - 2 <= one.top - 4 <= y1 + 2


def _links(proof: Proof, book: Finished) -> int:
    """Every link of both files has its target; a link that names a page leads to it."""
    count = 0
    for sheet in book.paper.sheets:
        for link in sheet.links:
            count += 1
            if link.uri:
                if not link.uri.startswith(("http://", "https://", "mailto:")):
                    proof.false(f"page {sheet.label}", f"a link leads to {link.uri}")
            elif link.sheet < 0:
                proof.false(f"page {sheet.label}", f"the link {said(link.words)} leads nowhere")
    for doc in (d for d in book.screen.docs.values() if d.name in _back(book)):
        for n in book.sections[doc.name]:
            sheet = book.paper.sheets[n]
            for before, link in zip((None, *sheet.links), sheet.links, strict=False):
                named = _PLACE.match(link.words)
                if before and before.words.endswith("–") and before.top == link.top:
                    continue  # the rest of a range that runs over a line
                if link.inner and named and named[1].isdigit() and link.sheet >= 0:
                    label = book.paper.sheets[link.sheet].label
                    if label != named[1]:
                        says = f"the link {said(link.words)} leads to page {label}"
                        proof.false(f"page {sheet.label}", says)
    for doc, href, words in book.screen.links():
        count += 1
        if href.startswith(("http://", "https://", "mailto:")):
            continue
        home, target = book.screen.resolve(doc, href)
        if home is None or ("#" in href and target is None):
            proof.false(doc.name, f"the link {said(words)} leads to {href}, which is not there")
        elif doc.kind == "index":
            continue  # whose links another proof follows
        elif doc.name in _back(book) and words[:1].isdigit() and target is not None:
            id, named = target.element.get("id"), _PLACE.match(words)
            if named and named[1] not in home.pages_of(id, book.divided):
                proof.false(
                    doc.name, f"the link {said(words)} leads to page {home.page_of(id) or '?'}"
                )
    return count


def _back(book: Finished) -> set[str]:
    """Return the names of the documents of the back matter whose links name pages."""
    names = ("textual-notes", "works-cited", "chronology", "index")
    found = (book.screen.whole(name) for name in names)
    return {doc.name for doc in found if doc is not None and doc.name in book.sections}


# --- Contents, heads, bookmarks -----------------------------------------------------------------


def _contents(proof: Proof, book: Finished) -> int:
    """The contents name the page on which each title stands."""
    item = next((b for b in book.paper.outline if b.title == "Contents"), None)
    if item is None or item.sheet < 0:
        proof.false("bookmarks", "there is none of the contents")
        return 0
    count = 0
    title = ""
    starts = (sheets.start for sheets in book.sections.values())
    first = min((start for start in starts if start > item.sheet), default=item.sheet)
    for n in range(item.sheet, first):
        sheet = book.paper.sheets[n]
        edge = max((link.box[2] for link in sheet.links), default=0.0) - LEVEL
        for line in sheet.lines:
            for link in line.links:
                folio = re.fullmatch(r"\d+|[ivxlc]+", link.words) and link.box[2] > edge
                if not (folio and title):
                    title = f"{title} {link.words}".strip()
                    continue
                count += 1
                there = book.paper.sheets[link.sheet]
                if there.label != link.words:
                    says = f"{said(title)}: {link.words} stands for page {there.label}"
                    proof.false(f"page {sheet.label}", says)
                if not holds(there.words + _words(there), title):
                    says = f"{said(title)} is not on page {link.words}"
                    proof.false(f"page {sheet.label}", says)
                title = ""
    return count


def _words(sheet: Sheet) -> str:
    return joined([line.words for line in sheet.lines])


def _heads(proof: Proof, book: Finished) -> int:
    """Every folio is that of the page; heads name the book on the left, the part on the right."""
    shorts = _shorts(book)
    title = mirrored(lower(ink(book.record["title"])))
    count = 0
    for name, sheets in book.sections.items():
        doc = book.screen.docs[name]
        for n in sheets:
            sheet = book.paper.sheets[n]
            furniture = sheet.furniture.split()
            if not furniture:
                if sheet.words and doc.kind != "part":
                    proof.false(f"page {sheet.label}", "has no folio")
                continue
            count += 1
            if sheet.label not in (furniture[0], furniture[-1]):
                proof.false(f"page {sheet.label}", f"the folio is {said(' '.join(furniture))}")
                continue
            at = 0 if furniture[0] == sheet.label and n % 2 else -1
            del furniture[at]
            head = mirrored(lower(ink("".join(furniture))))
            part = mirrored(lower(ink(shorts.get(name, doc.title))))
            right = n % 2 == 0
            if head and (head != part if right else not title.startswith(head)):
                proof.false(f"page {sheet.label}", f"the head is {said(' '.join(furniture))}")
            if not head and n != sheets.start:
                proof.false(f"page {sheet.label}", "has no running head")
    return count


def _shorts(book: Finished) -> dict[str, str]:
    """Return the short titles of the articles, as the textual notes print them."""
    doc = book.screen.whole("textual-notes")
    if doc is None:
        return {}
    shorts = {}
    for article in book.articles:
        target = doc.targets.get(f"text-{article.record['id']}")
        heading = None if target is None else target.element.find(f"{XHTML}h2")
        if heading is not None:
            shorts[article.doc.name] = "".join(heading.itertext())
    return shorts


def _bookmarks(proof: Proof, book: Finished) -> int:
    """Every bookmark leads to a page with its words; every part and heading has one."""
    for item in book.paper.outline:
        if item.sheet < 0:
            proof.false("bookmarks", f"{said(item.title)} leads nowhere")
            continue
        if item.title == "Title page":
            continue
        sheet = book.paper.sheets[item.sheet]
        if not holds(_words(sheet) + sheet.words, item.title):
            proof.false("bookmarks", f"{said(item.title)} is not on page {sheet.label}")
    titles = {lower(ink(item.title)) for item in book.paper.outline}
    for doc in book.screen.docs.values():
        own = doc.kind not in ("titlepage", "copyright-page") and doc is not book.screen.nav
        if own and doc.title and doc.name not in book.sections:
            proof.false("bookmarks", f"there is none of {said(doc.title)}")
    for article in book.articles:
        for heading in article.record["headings"]:
            if lower(ink(heading["text"])) not in titles:
                where = f"{article.record['id']}:{heading['line']}"
                proof.false(where, f"no bookmark of {said(heading['text'])}")
    return len(book.paper.outline)


# --- Textual notes ------------------------------------------------------------------------------


def _readings(proof: Proof, book: Finished) -> int:
    """Every textual note points at the line of print where the reading stands."""
    doc = book.screen.whole("textual-notes")
    if doc is None:
        return 0
    count = 0
    printed: list[str] = []
    for p in doc.root.iter(f"{XHTML}p"):
        a = p.find(f"{XHTML}a")
        if p.get("class") != "reading" or a is None:
            continue
        count += 1
        at = "".join(a.itertext())
        words = "".join(p.itertext())[len(at) :].strip()
        printed.append(ink(words))
        match = re.fullmatch(r"(\w+?)\.(\d+)", at)
        lemma = words.partition("] ")[0]
        supplied = "supplied by the editors" in words
        if not match or supplied or lemma == "[nothing]":
            continue
        sheet = book.paper.sheets[book.paper.by_label.get(match[1], 0)]
        row = int(match[2]) - 1
        lines = [line.own for line in sheet.body[row : row + 2]]
        if sheet.label != match[1] or not lines:
            proof.false(f"textual notes, {at}", "there is no such line")
            continue
        own, near = _plain(lines[0]), _plain(joined(lines))
        start = _plain(lemma)
        k = near.find(start[:24])
        if len(start) and not (0 <= k < len(own)) and not _runs_over(book, sheet, row, start):
            proof.false(f"textual notes, {at}", f"{said(lemma)} does not stand in this line")
    for article in book.articles:
        for e in article.record["emendations"]:
            kept = {line["line"] for line in article.record["lines"] if line["fate"] != "dropped"}
            tail = (
                f"{e['reading'] or '[nothing]'}] copy-text: {e['was'] or '[nothing]'} ({e['why']})"
            )
            if e["line"] in kept and ink(tail) not in printed:
                where = f"{article.record['id']}:{e['line']}:{e['column']}"
                proof.false(
                    where, f"the emendation to {said(e['now'])} is not in the textual notes"
                )
    return count


def _plain(words: str) -> str:
    """Return words as they are compared with a lemma."""
    return lower(ink(words))


def _runs_over(book: Finished, sheet: Sheet, row: int, lemma: str) -> bool:
    """Tell whether a lemma begins in a line and runs over the page."""
    after = book.paper.sheets[book.paper.by_label[sheet.label] + 1 :][:1]
    lines = [line.own for line in (*sheet.body[row:], *(x for s in after for x in s.body[:2]))]
    k = _plain(joined(lines)).find(lemma)
    return row >= len(sheet.body) - 2 and 0 <= k < len(ink(sheet.body[row].own))


# --- Loose ends ---------------------------------------------------------------------------------


def ends(book: Finished) -> Proof:
    """Bibliography, chronology and cross-references lead somewhere."""
    proof = Proof("no dead end")
    works = _works(proof, book)
    events = _events(proof, book)
    sees = _sees(proof, book)
    proof.counted = (
        f"{number(works, 'work')}, {number(events, 'event')}, {number(sees, 'cross-reference')}"
    )
    return proof


def _works(proof: Proof, book: Finished) -> int:
    doc = book.screen.whole("works-cited")
    ids = {work["id"] for work in book.record["works"]}
    for work in book.record["works"]:
        place = f"works cited, {work['id']}"
        target = doc.targets.get(f"work-{work['id']}") if doc else None
        if target is None or not ink(target.words).startswith(ink(work["entry"])):
            proof.false(place, "the entry is not in the EPUB as the record has it")
        if not work["cited"]:
            proof.false(place, "no article uses it")
    for article in book.articles:
        for note in article.record["notes"]:
            for citation in note["citations"]:
                if citation["work"] and citation["work"] not in ids:
                    place = f"{article.record['id']}, note {note['number']}"
                    proof.false(place, f"cites {citation['work']}, which is not in the works cited")
    return len(book.record["works"])


def _events(proof: Proof, book: Finished) -> int:
    doc = book.screen.whole("chronology")
    words = doc.ink if doc else ""
    articles = {article.record["id"]: article for article in book.articles}
    for event in book.record["chronology"]:
        place = f"chronology, {event['date']}"
        if ink(event["text"]) not in words:
            proof.false(place, f"{said(event['text'])} is not in the EPUB")
        if not event["passages"]:
            proof.false(place, "no passage supports it")
        for passage in event["passages"]:
            target = articles[passage["article"]].doc.targets.get(passage["anchor"])
            if target is None:
                proof.false(place, f"leads to {passage['anchor']}, which is not in the book")
            elif passage["folio"] not in book.paper.by_label:
                proof.false(place, f"names page {passage['folio']}, which is not in the book")
    return len(book.record["chronology"])


def _sees(proof: Proof, book: Finished) -> int:
    """Every *see* and *see also* leads to an entry with that heading, which has locators."""
    doc = book.screen.whole("index")
    if doc is None:
        return 0
    entries = _entries(doc)
    locators: dict[str, Any] = {
        p["id"]: p["locators"] or p["subentries"] for p in book.record["people"]
    }
    count = 0
    for a in doc.root.iter(f"{XHTML}a"):
        words = "".join(a.itertext())
        if not words or words[0].isdigit():
            continue
        count += 1
        _, target = book.screen.resolve(doc, a.get("href", ""))
        id = "" if target is None else target.element.get("id", "")
        heading = entries.get(id, "")
        if not heading.startswith(ink(words)):
            proof.false("index.xhtml", f"see {said(words)}: there is no such entry")
        elif not locators.get(id.removeprefix("index-")):
            proof.false("index.xhtml", f"see {said(words)}: the entry has no locators")
    return count


def _entries(doc: Doc) -> Mapping[str, str]:
    return {id: ink(t.words) for id, t in doc.targets.items() if id.startswith("index-")}
