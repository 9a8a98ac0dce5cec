"""Every stage of the compiler as a function from text to text, for the cases in `cases/`.

An input may begin with YAML: `article`, `house`, `people`, `works`, `chronology` as in `book/`;
a line `---` parts it from the text. In the text `\\u00ad` stands for that character. Where there
is something to report, it follows the output.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, assert_never

from leftopp_book import prose
from leftopp_book.article import Shared, edit
from leftopp_book.bibliography import entry
from leftopp_book.checks import ARTICLE_CHECKS
from leftopp_book.citations import (
    Antecedent,
    Register,
    pages,
    parse_note,
    parse_work,
    surnames,
)
from leftopp_book.clean import clean
from leftopp_book.dates import DateError, EdtfDate
from leftopp_book.diagnostics import Report
from leftopp_book.document import (
    Block,
    BlockQuote,
    Emphasis,
    Foreign,
    Heading,
    Inlines,
    ItemList,
    LineBreak,
    Link,
    Mention,
    NoteCall,
    NoteRest,
    Paragraph,
    Role,
    SectionBreak,
    SmallCaps,
    Strong,
    Table,
    Verse,
)
from leftopp_book.emend import emend
from leftopp_book.filing import filing
from leftopp_book.index import Sighting, locators
from leftopp_book.names import Names, name_like
from leftopp_book.notes import calls, end_notes, pair
from leftopp_book.pages import ROMAN, Folio
from leftopp_book.parse import parse
from leftopp_book.project import Project
from leftopp_book.regularise import RULES, check_rules, regularise
from leftopp_book.schema import ArticleFile, EditionFile, Event, House, Person, Work
from leftopp_book.shapes import Path as Keys
from leftopp_book.shapes import Shape
from leftopp_book.text import Source, Span, Text
from leftopp_book.yamlfile import Tree, load, shape
from shaped import shaped

M = TypeVar("M", bound=Shape)
INVISIBLE = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u2000-\u200f\u2028-\u202f\u2060\ufeff]| $", re.M
)


@dataclass
class Given:
    """The input of a case: registers and a text."""

    tree: Tree
    source: Source
    report: Report = field(default_factory=Report)

    @classmethod
    def of(cls, string: str) -> Given:
        head, mark, body = f"\n{string}".partition("\n---\n")
        if not mark:
            head, body = "", string
        head = head.removeprefix("\n")
        body = re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), body.removesuffix("\n"))
        report = Report()
        tree = load(Source("book.yaml", head), report)
        given = cls(tree, Source("a.txt", body), report)
        if tree.value is None:
            tree.value = {}
        tree.value.setdefault("article", {})["copy_text"] = {"sha256": "0" * 64}
        return given

    @property
    def text(self) -> Text:
        return clean(Text.of(self.source))

    @property
    def article(self) -> ArticleFile:
        return self._one("article", ArticleFile) or shaped(
            ArticleFile, {"copy_text": {"sha256": "0" * 64}}
        )

    @property
    def house(self) -> House:
        if "house" in self.tree.value:
            return self._one("house", House) or House()
        return House(regularise=tuple(rule.id for rule in RULES))

    @property
    def people(self) -> Mapping[str, Person]:
        return self._all("people", Person)

    @property
    def works(self) -> Mapping[str, Work]:
        return self._all("works", Work)

    @property
    def events(self) -> tuple[Event, ...]:
        listed = range(len(self.tree.value.get("chronology", ())))
        found = (shape(Event, self.tree, self.report, ("chronology", n)) for n in listed)
        return tuple(event for event in found if event)

    def at(self, *path: str | int) -> Span:
        return self.tree.span(("article", *path))

    def _one(self, name: str, model: type[M]) -> M | None:
        return shape(model, self.tree, self.report, (name,))

    def _all(self, name: str, model: type[M]) -> dict[str, M]:
        found = (
            (key, shape(model, self.tree, self.report, (name, key))) for key in self._keys(name)
        )
        return {key: item for key, item in found if item}

    def _keys(self, name: str) -> Iterable[str]:
        return tuple(self.tree.value.get(name, ()))

    def project(self) -> Project:
        """Return a project of one article, `a`."""

        def below(marks: Mapping[Keys, Span]) -> dict[Keys, Span]:
            return {path[1:]: span for path, span in marks.items() if path[:1] == ("article",)}

        tree = Tree(self.tree.source, {}, below(self.tree.marks), below(self.tree.keys))
        return Project(
            root=Path(),
            editions={},
            articles={"a": self.article},
            copy_texts={"a": self.source},
            people=self.people,
            works=self.works,
            events=self.events,
            house=self.house,
            accepted=(),
            prose={},
            trees={"articles/a.yaml": tree},
        )

    def output(self, lines: Iterable[str]) -> str:
        """Return lines, and after them what was reported, with hints."""
        found = [*lines]
        for diagnostic in self.report.sorted():
            found.append(str(diagnostic))
            if diagnostic.hint:
                found.append(f"  hint: {diagnostic.hint}")
        return "".join(f"{line}\n" for line in found)


def visible(string: str) -> str:
    """Return a string with everything shown that could not be seen."""
    return INVISIBLE.sub(lambda m: f"\\u{ord(m[0]):04x}", string)


def cut(string: str) -> str:
    return string if len(string) <= 60 else string[:59].rstrip() + "…"


# --- Text ---------------------------------------------------------------------------------------


def _clean(string: str, _: str) -> str:
    given = Given.of(string)
    return given.output([visible(given.text.string)])


def _emend(string: str, _: str) -> str:
    given = Given.of(string)
    text, changes = emend(given.text, "a", given.article, given.house, given.at, given.report)
    listed = [f"{c.span}: {c.now}] {c.was} ({c.why})" for c in changes.values()]
    return given.output([text.string, *listed])


def _regularise(string: str, _: str) -> str:
    given = Given.of(string)
    house = given.house
    check_rules(house, lambda n: given.tree.span(("house", "regularise", n)), given.report)
    return given.output([regularise(given.text, house).string])


# --- Structure ----------------------------------------------------------------------------------


def _parse(string: str, _: str) -> str:
    """Print line, role, level of a heading, and the first words of every piece."""
    given = Given.of(string)
    lines = []
    for piece in parse(given.text, given.article, given.at, given.report):
        first, last = piece.lines
        where = str(first) if first == last else f"{first}-{last}"
        level = f" {piece.level}" if piece.role is Role.HEADING else ""
        new = " new" if piece.starts else ""
        lines.append(f"{where} {piece.role}{level}{new}: {cut(piece.words)}")
    return given.output(lines)


def _notes(string: str, _: str) -> str:
    given = Given.of(string)
    pieces = parse(given.text, given.article, given.at, given.report)
    notes = end_notes(pieces, given.report)
    by_number = {note.number: note for note in notes}
    lines = []
    for n, call in enumerate(pair(pieces, calls(pieces), notes, given.report), 1):
        span = pieces[call.piece].text.span(call.start, call.end)
        note = by_number[call.number]
        lines.append(f"{n}: called in line {span.line}, line {note.line}: {note.text}")
    return given.output(lines)


def _citations(string: str, _: str) -> str:
    """Print every note as the book has it, and below it how its citations were resolved."""
    given = Given.of(string)
    register = Register.of(given.works)
    before, earlier = Antecedent(), dict[str, str]()
    lines = []
    for line, _start, text in given.text.lines():
        marker, _space, rest = text.string.partition(" ")
        number = int(marker.rstrip("."))
        note = text.slice(len(text) - len(rest), len(text))
        parsed = parse_note(note, register, "a", number, line, before, earlier, given.report)
        before = Antecedent(number, parsed.sources)
        earlier |= {surnames(register.works[c.work]): c.work for c in parsed.citations}
        lines.append(f"{number}. {dump(parsed.inlines())}")
        lines += [f"   {c.work} {c.pinpoint or '–'} ({c.rule})" for c in parsed.citations]
    return given.output(lines)


def _works(string: str, _: str) -> str:
    given = Given.of(string)
    register, author, lines = Register.of(given.works), "", []
    for line, _start, text in given.text.lines():
        work, author = parse_work(text, register, "a", line, author, given.report)
        lines.append(f"{line}: {work or '?'}")
    return given.output(lines)


def _bibliography(string: str, _: str) -> str:
    given = Given.of(f"{string}\n---\n")
    return given.output(dump(entry(work)) for work in given.works.values())


def _names(string: str, _: str) -> str:
    """Print every name with its person; then what looks like a name and is not known."""
    given = Given.of(string)
    names = Names.of(given.people, given.house)
    text = given.text
    found = names.find(text, "a", given.report)
    lines = [
        f"{_at(text, f.start, f.end)} {text.slice(f.start, f.end)} = {f.person}" for f in found
    ]
    for words, start, end in name_like(text, found, names):
        lines.append(f"{_at(text, start, end)} {words} = ?")
    return given.output(lines)


def _at(text: Text, start: int, end: int) -> str:
    span = text.span(start, end)
    return f"{span.line}:{span.column}"


# --- The document -------------------------------------------------------------------------------


def dump(inlines: Inlines) -> str:
    """Return inlines in one line: *italic*, <link → address>, Serge{serge}, [^1]."""
    words = ""
    for inline in inlines:
        match inline:
            case Text() | str():
                words += str(inline)
            case Emphasis(inlines=inner):
                words += f"*{dump(inner)}*"
            case SmallCaps(inlines=inner):
                words += f"^{dump(inner)}^"
            case Foreign(language=language, inlines=inner):
                words += f"<{dump(inner)}: {language}>"
            case Strong(inlines=inner):
                words += f"**{dump(inner)}**"
            case Link(href=href, inlines=inner):
                words += f"<{dump(inner)} → {href}>"
            case NoteCall(mark=mark):
                words += f"[^{mark}]"
            case Mention(person=person, inlines=inner):
                words += f"{dump(inner)}{{{person}}}"
            case LineBreak():
                words += " / "
            case NoteRest(note=note, inlines=inner):
                words += f"[…{note}: {dump(inner)}]"
            case _:
                assert_never(inline)
    return words


def dump_blocks(blocks: Iterable[Block], indent: str = "") -> Iterable[str]:
    for block in blocks:
        match block:
            case Heading(level=level, inlines=inlines):
                words = dump(inlines)
                yield f"{indent}heading {level}: {words}"
            case Paragraph(inlines=inlines, follows=follows):
                yield f"{indent}paragraph{', going on' if follows else ''}: {dump(inlines)}"
            case BlockQuote(blocks=inner):
                yield f"{indent}quotation"
                yield from dump_blocks(inner, indent + "  ")
            case ItemList(items=items):
                yield f"{indent}list"
                yield from (f"{indent}  ({item.mark}) {dump(item.inlines)}" for item in items)
            case Verse(lines=lines):
                yield f"{indent}verse"
                yield from (f"{indent}  {dump(line.inlines)}" for line in lines)
            case Table(rows=rows):
                yield f"{indent}table"
                yield from (f"{indent}  {' | '.join(map(dump, row.cells))}" for row in rows)
            case SectionBreak(editorial=editorial):
                yield f"{indent}{'[break]' if editorial else 'break'}"
            case _:
                assert_never(block)


def _prose(string: str, _: str) -> str:
    title, blocks = prose.blocks(string, "p")
    return "".join(f"{line}\n" for line in [f"title: {title}", *dump_blocks(blocks)])


def _article(string: str, _: str) -> str:
    """Print an article with everything marked in it, its notes and its emendations."""
    given = Given.of(string)
    project = given.project()
    edited = edit("a", Shared.of(project), given.report)
    article, opening = edited.article, edited.article.opening
    supplied = opening.title_supplied and opening.title
    lines = [f"title: {dump(opening.title)}{' (supplied)' if supplied else ''}"]
    for name, parts in (
        ("kicker", opening.kicker),
        ("byline", opening.byline),
        ("dateline", opening.dateline),
        ("headnote", opening.headnote),
    ):
        lines += [f"{name}: {dump(part)}" for part in parts]
    lines += dump_blocks(article.blocks)
    lines += [f"note {note.mark} by the {note.by}: {dump(note.inlines)}" for note in article.notes]
    for o in article.occurrences:
        what = f"{o.kind}{'' if o.indexed else ', not indexed'}"
        lines.append(f"{o.text.whole_span()}: {o.person} ({what})")
    lines += [f"a.txt:{e.line}:{e.column}: {e.now}] {e.was} ({e.why})" for e in article.emended]
    return given.output(lines)


def _lines(string: str, _: str) -> str:
    """Print what became of every line of the copy-text, and its words in the book."""
    given = Given.of(string)
    article = edit("a", Shared.of(given.project()), given.report).article
    return given.output(
        f"{x.number} {x.role}, {x.fate}{': ' if x.text else ''}{cut(x.text)}" for x in article.lines
    )


def _checks(string: str, _: str) -> str:
    """Print what the checks of an article find in it; nothing else is shown."""
    given = Given.of(string)
    project = given.project()
    edited = edit("a", Shared.of(project), Report())
    for check in ARTICLE_CHECKS:
        check(edited, project, given.report)
    return given.output(()) or "nothing\n"


# --- The apparatus ------------------------------------------------------------------------------


def _dates(string: str, _: str) -> str:
    lines = []
    for line in string.splitlines():
        try:
            date = EdtfDate.parse(line)
        except DateError as error:
            lines.append(f"{line}: error: {error}")
        else:
            lines.append(f"{line}: {date.in_words()}")
    return "".join(f"{line}\n" for line in lines)


def _filing(string: str, _: str) -> str:
    return "".join(f"{line}\n" for line in sorted(string.splitlines(), key=filing))


def _ranges(string: str, _: str) -> str:
    return "".join(f"{line} → {pages(line)}\n" for line in string.splitlines())


def _locators(string: str, _: str) -> str:
    """Print the locators for mentions given as lines: page, number of the paragraph, note."""
    found = []
    for n, line in enumerate(string.splitlines()):
        page, paragraph, *note = line.split()
        found.append(
            Sighting(f"m{n}", folio(page), int(paragraph), "a", n + 1, note[0] if note else "")
        )
    return ", ".join(str(locator) for locator in locators(found)) + "\n"


def folio(string: str) -> Folio:
    """Return a folio from its printed form, roman or not."""
    if string.isdigit():
        return Folio(True, int(string))
    number, rest = 0, string
    for value, numeral in ROMAN:
        while rest.startswith(numeral):
            number, rest = number + value, rest.removeprefix(numeral)
    assert not rest, string
    return Folio(False, number)


# --- Diagnostics --------------------------------------------------------------------------------

FILES: Mapping[str, tuple[type[Shape], str]] = {
    "edition.yaml": (EditionFile, "one"),
    "articles/a.yaml": (ArticleFile, "one"),
    "house.yaml": (House, "one"),
    "people.yaml": (Person, "mapping"),
    "works.yaml": (Work, "mapping"),
    "chronology.yaml": (Event, "sequence"),
}


def _diagnostics(string: str, argument: str) -> str:
    """Read a file of `book/` and print what is wrong with it, as the editor sees it."""
    model, kind = FILES[argument]
    report = Report()
    tree = load(Source(argument, string), report)
    value: Any = tree.value
    steps: Iterable[Keys] = [()]
    if kind == "mapping":
        steps = [(key,) for key in value or {}]
    elif kind == "sequence":
        steps = [(i,) for i in range(len(value or ()))]
    if not report.failed or value is not None:
        for step in steps:
            shape(model, tree, report, step)
    return "".join(f"{diagnostic.full()}\n" for diagnostic in report.sorted()) or "nothing\n"


STAGES: Mapping[str, Callable[[str, str], str]] = {
    "clean": _clean,
    "emend": _emend,
    "regularise": _regularise,
    "parse": _parse,
    "notes": _notes,
    "citations": _citations,
    "works": _works,
    "bibliography": _bibliography,
    "names": _names,
    "prose": _prose,
    "article": _article,
    "lines": _lines,
    "checks": _checks,
    "dates": _dates,
    "filing": _filing,
    "ranges": _ranges,
    "locators": _locators,
    "diagnostics": _diagnostics,
}
