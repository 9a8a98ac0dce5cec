"""The proofs of the index: that of the PDF against its pages, that of the EPUB against the PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from .proof_words import Article, Finished
from .read_epub import OPS, XHTML, Doc
from .read_pdf import Line, Sheet, whole_notes
from .reading import Proof, ink, joined, mirrored, number, said

_LOCATOR = re.compile(r"(?P<page>\w+?)(?:–(?P<last>\w+))?(?:nn?(?P<notes>[\d*†‡§‖¶].*))?")


class Entry(Struct, frozen=True):
    """An entry as printed, with its subentries: all its words, and the words of its links."""

    page: str
    words: str
    locators: tuple[str, ...]
    see: bool


def index_of_pdf(book: Finished) -> Proof:
    """Every locator of the print index is true, and every mention of the record is in it."""
    proof = Proof("index of the PDF")
    people = _people(book)
    listed: dict[str, set[str]] = {}
    pages: set[str] = set()
    count = 0
    for entry in print_index(book):
        person = _person(people, entry)
        if entry.see:
            continue
        if person is None:
            proof.false(f"index, page {entry.page}", f"{said(entry.words)} is not in the record")
            continue
        record = [*person["locators"], *(x for s in person["subentries"] for x in s["locators"])]
        if list(entry.locators) != record:
            odd = ", ".join(sorted(set(record) ^ set(entry.locators))) or "their order"
            proof.false(
                f"index, page {entry.page}",
                f"{person['heading']}: its locators are not those of the record ({odd})",
            )
        for locator in entry.locators:
            count += 1
            for place in expanded(locator):
                listed.setdefault(person["id"], set()).add(place)
                pages.add(place.partition("n")[0])
                if not _stands(book, person, place):
                    proof.false(
                        f"index, page {entry.page}",
                        f"{person['heading']}, {locator}: page {place.replace('n', ', note ')} "
                        "does not name the person",
                    )
    mentions = _mentions(proof, book, listed)
    proof.counted = (
        f"{number(count, 'locator')} on {number(len(pages), 'page')}, {number(mentions, 'mention')}"
    )
    return proof


def _people(book: Finished) -> dict[str, Mapping[str, Any]]:
    return {ink(person["heading"]): person for person in book.record["people"]}


def _person(people: Mapping[str, Mapping[str, Any]], entry: Entry) -> Mapping[str, Any] | None:
    """Return the person of an entry: the one with the longest heading that it begins with."""
    words = ink(entry.words)
    fits = [
        heading
        for heading in people
        if mirrored(words[: len(heading)]) == mirrored(heading)
        and not words[len(heading) : len(heading) + 1].isalpha()
    ]
    return people[max(fits, key=len)] if fits else None


def expanded(locator: str) -> list[str]:
    """Return the single places of a locator: 45–47 is 45, 46, 47; 45nn3–4 is 45n3, 45n4."""
    match = _LOCATOR.fullmatch(locator)
    if not match:
        return [locator]
    first, last, notes = match["page"], match["last"], match["notes"]
    if notes:
        found: list[str] = []
        for part in notes.split(", "):
            a, _, b = part.partition("–")
            marks = [str(n) for n in range(int(a), int(b) + 1)] if b else [a]
            found += (f"{first}n{mark}" for mark in marks)
        return found
    if not last:
        return [first]
    if not (first.isdigit() and last.isdigit()):
        return [first, last]
    end = int(first[: max(0, len(first) - len(last))] + last)
    return [str(n) for n in range(int(first), end + 1)]


def _stands(book: Finished, person: Mapping[str, Any], place: str) -> bool:
    """Tell whether a page, or a note on it, names a person in one of the forms of the record."""
    label, _, mark = place.partition("n")
    at = book.paper.by_label.get(label)
    if at is None:
        return False
    sheet = book.paper.sheets[at]
    forms = frozenset(m["form"] for m in person["mentions"] if m["indexed"])
    if mark:
        here = whole_notes(book.paper.sheets[at : at + 4])
        notes = [words for page, own, words in here if (page, own) == (label, mark)]
        return any(_pattern(forms).search(words) for words in notes)
    if _pattern(forms).search(sheet.words):
        return True
    after = next((s for s in book.paper.sheets[at + 1 :] if s.words), None)
    return after is not None and _turns(sheet, after, forms)


def _turns(sheet: Sheet, after: Sheet, forms: frozenset[str]) -> bool:
    """Tell whether a name begins at the foot of a page and ends on the next."""
    both = joined([*(x.own for x in sheet.body[-2:]), *(x.own for x in after.body[:2])])
    before = len(ink(joined([x.own for x in sheet.body[-2:]])))
    return any(
        len(ink(both[: m.start()])) < before < len(ink(both[: m.end()]))
        for m in _pattern(forms).finditer(both)
    )


def _page_of(article: Article, note: str) -> str:
    """Return the page of a note; the n-th with its mark on screen is the n-th on paper."""
    marks = [(id, mark) for id, (mark, _) in article.doc.notes.items()]
    own = dict(marks)[note]
    rank = [id for id, mark in marks if mark == own].index(note)
    pages = [s.label for s in article.sheets for link, _ in s.notes if link.words == own]
    return pages[rank] if rank < len(pages) else ""


@cache
def _pattern(forms: frozenset[str]) -> re.Pattern[str]:
    ways = (r"\s+".join(map(re.escape, f.split())) for f in sorted(forms, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways) or '(?!)'})(?!\w)", re.IGNORECASE)


def _mentions(proof: Proof, book: Finished, listed: Mapping[str, set[str]]) -> int:
    """Every mention in the record is on a page that the print index lists for the person."""
    articles = {article.record["id"]: article for article in book.articles}
    count = 0
    for person in book.record["people"]:
        for mention in person["mentions"]:
            if not mention["indexed"]:
                if mention["kind"] in ("text", "heading", "quotation", "note"):
                    proof.false(_where(mention), f"“{mention['form']}” is not indexed")
                continue
            count += 1
            article = articles[mention["article"]]
            target = article.doc.targets.get(mention["anchor"])
            if target is None:
                proof.false(_where(mention), f"“{mention['form']}” is not marked in the EPUB")
                continue
            if target.note:
                mark = article.doc.notes[target.note][0]
                page = _page_of(article, target.note)
                places = {page, f"{page}n{mark}"}
            else:
                page = article.page(target.start)
                places = {page}
            if page != mention["folio"]:
                says = f"“{mention['form']}” is on page {page}, not {mention['folio']}"
                proof.false(_where(mention), says)
            if not places & listed.get(person["id"], set()):
                says = f"“{mention['form']}” on page {page} is not in the index"
                proof.false(_where(mention), f"{says} under {person['heading']}")
    return count


def _where(mention: Mapping[str, Any]) -> str:
    return f"{mention['article']}:{mention['line']}:{mention['column']}"


# --- The print index, by columns ----------------------------------------------------------------


def print_index(book: Finished) -> Iterator[Entry]:
    """Yield the entries of the print index: an entry begins at the left edge of its column."""
    doc = book.screen.whole("index")
    if doc is None or doc.name not in book.sections:
        return
    blocks: list[tuple[str, list[Line]]] = []
    sheets = [book.paper.sheets[n] for n in book.sections[doc.name]]
    columns = [_columns(sheet, first=not n) for n, sheet in enumerate(sheets)]
    edges = [[min(line.x for line in lines) for lines in half if lines] for half in columns]
    # a column may hold nothing but the rest of an entry: columns are as far apart on every page
    apart = min((e[1] - e[0] for e in edges if len(e) > 1), default=0.0)
    for sheet, halves in zip(sheets, columns, strict=True):
        for n, half in enumerate(halves):
            if not half:
                continue
            left = min(e[0] for e, s in zip(edges, sheets, strict=True) if e and _side(s, sheet))
            for line in half:
                if line.x < left + n * apart + 4:
                    if len(line.words) == 1:  # the letter over a group
                        continue
                    blocks.append((sheet.label, []))
                if blocks:
                    blocks[-1][1].append(line)
    for page, lines in _whole(blocks):
        yield _entry(page, lines)


def _whole(blocks: list[tuple[str, list[Line]]]) -> list[tuple[str, list[Line]]]:
    """Put what stands under a heading that is repeated, “(continued)”, to its entry."""
    made: list[tuple[str, list[Line]]] = []
    for page, lines in blocks:
        again = next((n for n, x in enumerate(lines) if x.words.endswith("continued)")), -1)
        if again >= 0 and made:
            made[-1][1].extend(lines[again + 1 :])
        else:
            made.append((page, lines))
    return made


def _side(one: Sheet, other: Sheet) -> bool:
    """Tell whether two pages of the body are on the same side: recto or verso."""
    return not (one.label.isdigit() and other.label.isdigit()) or (
        int(one.label) % 2 == int(other.label) % 2
    )


def _columns(sheet: Sheet, *, first: bool) -> tuple[list[Line], list[Line]]:
    """Return the lines of each column.

    On the first page the title and the headnote go before: everything above the first letter.
    """
    lines = list(sheet.lines)
    if first:
        lines = lines[next((n for n, x in enumerate(lines) if len(x.words) == 1), len(lines)) :]
    middle = sheet.width / 2
    return [x for x in lines if x.x < middle], [x for x in lines if x.x >= middle]


def _entry(page: str, lines: list[Line]) -> Entry:
    words = joined([line.words for line in lines])
    links = [link for line in lines for link in line.links]
    see = bool(re.search(r"\. See (?!also)", words))
    locators: list[tuple[str, tuple[int, float]]] = []
    for link in links:
        goal = link.sheet, link.top
        if not re.match(r"\d|[ivxlc]+\b", link.words):
            continue  # see also
        if locators and locators[-1][1] == goal and not re.search(r"\d$", locators[-1][0]):
            locators[-1] = f"{locators[-1][0]} {link.words}".replace("– ", "–"), goal
        else:
            locators.append((link.words, goal))
    return Entry(page, words, () if see else tuple(words for words, _ in locators), see)


# --- The index of the EPUB ----------------------------------------------------------------------


def index_of_epub(book: Finished) -> Proof:
    """The EPUB's index has the strings of the PDF's, and every link leads to the mention."""
    proof = Proof("index of the EPUB")
    doc = book.screen.whole("index")
    if doc is None:
        proof.not_run = True
        return proof
    entries = [li for li in doc.root.iter(f"{XHTML}li") if _typed(li, "index-entry")]
    shown = [li for li in entries if not _nested(li)]
    printed = list(print_index(book))
    by_words = {mirrored(ink(entry.words)): entry for entry in printed}
    for li in shown:
        entry = by_words.get(mirrored(ink(_words(li))))
        if entry is None:
            proof.false("index.xhtml", f"{said(_words(li))} is not an entry of the PDF")
        elif entry.locators != (own := tuple(_words(locator) for locator in _locators(li))):
            odd = ", ".join(sorted(set(own) ^ set(entry.locators))) or "their order"
            says = f"{said(entry.words)}: its locators are not those of the PDF ({odd})"
            proof.false("index.xhtml", says)
    given = [mirrored(ink(_words(li))) for li in shown]
    for entry in printed:
        if mirrored(ink(entry.words)) not in given:
            says = f"{said(entry.words)} is not an entry of the EPUB"
            proof.false(f"index, page {entry.page}", says)
    if not proof.falsehoods and given != list(by_words):
        proof.false("index.xhtml", "the entries are not in the order of the PDF")
    count = sum(_follow(proof, book, doc, li) for li in shown)
    proof.counted = f"{number(len(shown), 'entry').replace('entrys', 'entries')}, {count} links"
    return proof


def _typed(element: Any, kind: str) -> bool:
    return kind in element.get(f"{OPS}type", "").split()


def _nested(li: Any) -> bool:
    return any(_typed(parent, "index-entry") for parent in li.iterancestors())


def _words(element: Any) -> str:
    return "".join(element.itertext())


def _locators(li: Any) -> Iterator[Any]:
    """Yield the locators of an entry and of its subentries: each a link, or links in a span."""
    for found in li.iter(f"{XHTML}span"):
        if _typed(found, "index-locator-list"):
            yield from found


def _follow(proof: Proof, book: Finished, doc: Doc, li: Any) -> int:
    """Every number of a locator leads to a mention of the person, in that note or on that page.

    Both ends of a range are numbers that lead somewhere. Returns how many links there are.
    """
    person = li.get("id", "").removeprefix("index-")
    forms = {
        mention["anchor"]: mention["form"]
        for one in book.record["people"]
        if one["id"] == person
        for mention in one["mentions"]
        if mention["indexed"]
    }
    count = 0
    for locator in _locators(li):
        words = _words(locator)
        links = list(locator.iter(f"{XHTML}a"))
        count += len(links)
        where = f"index.xhtml, {person}, {words}"
        if [_words(a) for a in links] != re.split("–|, ", words):
            proof.false(where, "not every number of the locator is a link of its own")
        for n, a in enumerate(links):
            wanted = meant(words, n, _words(a))
            home, target = book.screen.resolve(doc, a.get("href", ""))
            if home is None or target is None:
                proof.false(where, f"leads to {a.get('href')}, which is not in the book")
                continue
            form = forms.get(target.element.get("id"))
            if form is None or ink(form).lower() != ink(target.words).lower():
                proof.false(where, f"leads to {said(target.words)}, which is no mention of them")
            note = f"n{home.notes[target.note][0]}" if target.note else ""
            pages = home.starts_on(target.element.get("id"), book.divided)
            if wanted not in [f"{page}{note}" for page in pages]:
                there = f"{min(pages)}{note}".replace("n", ", note ")
                proof.false(where, f"{said(_words(a))} leads to page {there}")
    return count


def meant(locator: str, n: int, words: str) -> str:
    """Return the place that a link of a locator means: 45, or 45n3; the second of 112–15 is 115."""
    places = expanded(locator)
    first, sign, _ = places[0].partition("n")
    if n == 0:
        return places[0]
    return f"{first}n{words}" if sign else places[-1]
