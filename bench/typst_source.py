"""Typst: one document; the index is a function that looks its labels up."""

# ruff: noqa: E501 (lines of other languages)

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leftopp_book.schema import EditionFile

from .cast_off import Work
from .source import Piece, Tongue

HEAD = """#let folio(label, after) = context {
  let place = locate(label)
  link(place, numbering(place.page-numbering(), counter(page).at(place).first()) + after)
}
// the pages of mentions, each once; of a note only where the page has no mention in its text
#let locators(..places) = context {
  let found = (:)
  let text = ()
  for (label, note) in places.pos() { if note == "" { text.push(counter(page).at(label).first()) } }
  for (label, note) in places.pos() {
    let page = counter(page).at(label).first()
    let words = if note == "" { str(page) } else { str(page) + "n" + note }
    if words not in found and (note == "" or page not in text) { found.insert(words, link(label, words)) }
  }
  found.values().join(", ")
}
#let short = state("short", "")
#let starts = state("starts", ())
#let piece(title, running, authors, body) = {
  pagebreak(weak: true, to: "odd")
  short.update(running)
  context { let here-page = here().page(); starts.update(found => found + (here-page,)) }
  heading(level: 1, title)
  if authors != [] { emph(authors); parbreak() }
  body
}
#let head = context {
  let page = here().page()
  if page in starts.final() { return }
  let number = counter(std.page).display()
  if calc.odd(page) { smallcaps(short.get()); h(1fr); number } else { number; h(1fr); smallcaps[TITLE] }
}
#set document(title: "TITLESTRING")
#set page(width: 148mm, height: 210mm, margin: (inside: 16.9mm, outside: 19.1mm, top: 22mm, bottom: 22.1mm), header: head)
#set text(font: "EB Garamond", size: 11.25pt, lang: "en", region: "gb", hyphenate: true, number-type: "old-style")
#set par(justify: true, leading: 0.45em, spacing: 0.45em, first-line-indent: 14.25pt)
#set smartquote(enabled: false)
#show heading: set text(weight: "regular", hyphenate: false)
#show heading.where(level: 1): set text(size: 20pt)
#show heading.where(level: 2): it => block(above: 14.25pt, below: 7pt, smallcaps(text(size: 11.25pt, it.body)))
#show heading.where(level: 3): it => block(above: 14.25pt, below: 7pt, emph(text(size: 11.25pt, it.body)))
#show footnote.entry: set text(size: 9pt)
#show quote.where(block: true): set pad(x: 14pt)
#let small(body) = block(text(size: 9.75pt, par(first-line-indent: 0pt, body)))
#let hung(body) = block(text(size: 9.75pt, par(first-line-indent: 0pt, hanging-indent: 14pt, justify: false, body)))
#let centred(body) = align(center, body)
"""


class Typst(Tongue):
    name = "typst"
    suffix = "typ"

    def words(self, words: str) -> str:
        return re.sub(r"""[\\#*_`$@<>\[\]~=+\-/"'.]""", r"\\\g<0>", words)

    def italic(self, inner: str) -> str:
        return f"#emph[{inner}];"

    def bold(self, inner: str) -> str:
        return f"#strong[{inner}];"

    def capitals(self, inner: str) -> str:
        return f"#smallcaps(all: true)[{inner}];"

    def link(self, address: str, inner: str) -> str:
        return f"#link({_string(address)})[{inner}];"

    def line_break(self) -> str:
        return "#linebreak();"

    def place(self, name: str) -> str:
        return f"#metadata(none)<{name}>"

    def mention(self, name: str, headings: Sequence[tuple[str, str, str]]) -> str:
        return self.place(name)

    def number(self, name: str, after: str = "") -> str:
        return f"#folio(<{name}>, {_string(after)});"

    def note(self, name: str, mark: str, paragraphs: Sequence[str]) -> str:
        words = "#parbreak();".join(paragraphs)
        return f"#footnote(numbering: _ => {_string(mark)})[{self.place(name)}{words}];"

    def paragraph(self, name: str, inner: str, *, kind: str = "") -> str:
        place = self.place(name) if name else ""
        match kind:
            case "follows":
                return f"#par(first-line-indent: 0pt)[{place}{inner}]\n\n"
            case "reading" | "work" | "event":
                return f"#hung[{inner}]\n"
            case "small" | "headnote":
                return f"#small[{inner}]\n"
            case "kicker" | "byline" | "dateline":
                return f"#small[#emph[{inner}]]\n"
        return f"{place}{inner}\n\n"

    def heading(self, name: str, level: int, inner: str) -> str:
        place = self.place(name) if name else ""
        kept = "" if name else ", bookmarked: false"
        return f"#heading(level: {level + 1}, outlined: {'true' if name else 'false'}{kept})[{inner}]{place}\n"

    def quotation(self, inner: str) -> str:
        return f"#quote(block: true)[\n{inner}]\n"

    def items(self, items: Sequence[tuple[str, str, str]]) -> str:
        lines = "".join(
            f"#hung[{self.words(mark)} {self.place(name) if name else ''}{inner}]\n"
            for name, mark, inner in items
        )
        return f"#pad(left: 14pt)[\n{lines}]\n"

    def verse(self, lines: Sequence[tuple[str, str, int]]) -> str:
        inner = "#linebreak();\n".join(
            f"{self.place(name)}#h({indent}em);{words}" for name, words, indent in lines
        )
        return f"#pad(left: 28pt)[#par(justify: false, first-line-indent: 0pt)[{inner}]]\n"

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        count = max(map(len, rows))
        cells = "".join(
            f"[{cell}], " for row in rows for cell in [*row, *[""] * (count - len(row))]
        )
        return f"#table(columns: {count}, stroke: none, inset: 2pt, {cells})\n\n"

    def section_break(self, name: str, words: str) -> str:
        return f"#centred[{self.place(name)}{self.words(words)}]\n"

    def index(self, letters: Iterable[Mapping[str, Any]], work: Work) -> str:
        made = []
        for letter in letters:
            made.append(f"#block(above: 11pt)[{self.words(letter['label'])}]\n")
            for entry in letter["entries"]:
                made.append(self._entry(entry, work))
        return f"#set text(size: 9pt)\n#columns(2)[\n{''.join(made)}]\n"

    def _entry(self, entry: Mapping[str, Any], work: Work) -> str:
        heading = self.words(entry["heading"])
        if entry["see"]:
            see = f"#link(<index-{entry['see_person']}>)[{self.words(entry['see'])}];"
            return f"#hung[{heading}\\. #emph[See] {see}]\n"
        also = self.words(f" [{'; '.join(entry['also'])}]") if entry["also"] else ""
        gloss = ", ".join(x for x in (entry["dates"], entry["gloss"]) if x)
        gloss = self.words(f" ({gloss})") if gloss else ""
        numbers = self._locators(entry["heading"], "", entry["locators"], work)
        see_also = "; ".join(
            f"#link(<index-{person}>)[{self.words(words)}];" for person, words in entry["see_also"]
        )
        see_also = f"\\. #emph[See also] {see_also}" if see_also else ""
        subs = "".join(
            f"#pad(left: 14pt, hung[{self.words(sub['topic'])}"
            f"{self._locators(entry['heading'], sub['topic'], sub['locators'], work)}])\n"
            for sub in entry["subentries"]
        )
        return f"#hung[{self.place(entry['id'])}{heading}{also}{gloss}{numbers}{see_also}]\n{subs}"

    def _locators(
        self, heading: str, topic: str, locators: Iterable[Mapping[str, Any]], work: Work
    ) -> str:
        places = []
        for locator in locators:
            for anchor in locator["anchors"]:
                note = next(n for h, t, n in work.headings[anchor] if (h, t) == (heading, topic))
                places.append(f"(<{anchor}>, {_string(note)})")
        return f", #locators({', '.join(places)});" if places else ""

    def book(self, file: EditionFile, rights: str, pieces: Mapping[str, Sequence[Piece]]) -> str:
        title = self.words(file.title)
        head = HEAD.replace("TITLESTRING", _string(file.title)[1:-1]).replace("TITLE", title)
        front, body, back = (
            "".join(map(_piece, pieces[where])) for where in ("front", "body", "back")
        )
        imprint = file.imprint
        return f"""{head}
#page(header: none)[#text(size: 14pt)[{title}]]
#pagebreak(weak: true, to: "odd")
#page(header: none)[#text(size: 28pt)[{title}]

#text(size: 17pt)[#emph[{self.words(file.subtitle)}]]

{self.words(file.editors)}

{self.words(f"{imprint.publisher} {imprint.year}")}]
#page(header: none)[#align(bottom)[{rights}]]
#set page(numbering: "i", footer: none)
#piece([Contents], [Contents], [], outline(depth: 1, title: none))
{front}
#pagebreak(weak: true, to: "odd")
#set page(numbering: "1", footer: none)
#counter(page).update(1)
{body}{back}"""


def _piece(piece: Piece) -> str:
    return (
        f"#piece([{piece.title}], [{piece.short}], [{piece.authors}], [#metadata(none)<{piece.id}>\n"
        f"{piece.head}{piece.text}])\n"
    )


def _string(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
