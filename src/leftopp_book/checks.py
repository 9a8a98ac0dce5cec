"""Checks of editions before layout, and the exceptions that the editor makes.

What is found in one article alone is in `text_checks`, what the registers hold and no article uses
in `register_checks`, what only the printed index shows in `index_checks`.
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from . import contradictions
from . import register_checks as registers
from . import text_checks as texts
from .article import Edited
from .characters import UNSEEN, Strange, misread, named, others, unseen
from .diagnostics import Diagnostic, Report, Severity
from .document import Role, leaves
from .edition import Edition
from .project import Project
from .register_checks import Usage
from .schema import TAKEN, Accepted
from .text import Source, Span


def check_alike_articles(edition: Edition, project: Project, report: Report) -> None:
    """Report an article that the edition names twice."""
    named: set[str] = set()
    for i, part in enumerate(edition.file.parts):
        for j, article in enumerate(part.articles):
            if article in named:
                report.error(
                    "article-twice",
                    f"the article “{article}” stands in the edition twice",
                    project.at(f"{edition.id}.yaml", "parts", i, "articles", j),
                    "take it out of one place",
                )
            named.add(article)


# Keys whose words are those of the copy-text as it stands, faults and all, or patterns for them.
_AS_IT_STANDS = frozenset({"was", "pattern", "before", "says", "name"})
_QUOTES = _AS_IT_STANDS | {"why"}
# Not seen, and no fault where no word is parted by them: joiners, and spaces of no width.
_HARMLESS = frozenset("\u200b\u200c\u200d\u2060")


def check_book(project: Project, report: Report) -> None:
    """Report characters in the files of `book/` that are not what they seem."""
    for tree in project.trees.values():
        if not _may_be_strange(tree.source.text):
            continue  # nor is any value in it
        hidden: list[tuple[str, Span]] = []
        found: list[tuple[Strange, Span]] = []
        for path, string in _strings(tree.value):
            if not string.isascii():
                span = tree.span(path)
                if path[-1] not in _AS_IT_STANDS:
                    hidden += [(string[at], span) for at in _hidden(string)]
                if path[-1] not in _QUOTES:
                    found += [(one, span) for one in misread(string)]
        _report_hidden(hidden, report)
        texts.report_strange(found, report, book=True)
    for source in project.prose.values():
        text = source.text
        spans = [
            (text[at], Span(source, at, at + 1)) for at in _hidden(text) if at or not _bom(text)
        ]
        _report_hidden(spans, report)
        strange = [(one, Span(source, one.start, one.end)) for one in misread(text)]
        texts.report_strange(strange, report, book=True)


def _may_be_strange(text: str) -> bool:
    """Tell whether something in a file of YAML, or what escapes in it stand for, may be."""
    if "\\" in text or any(map(UNSEEN.match, others(text))):
        return True
    return next(misread(text), None) is not None


def _bom(text: str) -> bool:
    return text.startswith("\ufeff")


def _hidden(string: str) -> Iterable[int]:
    """Yield the places of characters that are not seen and have no place in `book/`."""
    chars = {char for char in others(string) if UNSEEN.match(char)} - {"\r"}
    if not chars:
        return
    harmless = chars & _HARMLESS
    within = {one.start for one in unseen(string)} if harmless else set()
    for at, char in enumerate(string):
        if char in chars and (char not in harmless or at in within):
            yield at


def _report_hidden(found: Iterable[tuple[str, Span]], report: Report) -> None:
    """Report each character that is not seen once a file, at its first place."""
    places: dict[str, list[Span]] = {}
    for char, span in found:
        places.setdefault(char, []).append(span)
    for char, spans in places.items():
        times = "" if len(spans) == 1 else f" ({len(spans)} times; first here)"
        report.error(
            "book-control",
            f"this holds {named(char)}, which has no place in a file of book/{times}",
            spans[0],
            "take it out",
        )


def _strings(value: object) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield every string of a tree with its path; a key as the path to its value."""
    todo: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    while todo:
        path, here = todo.pop()
        if isinstance(here, str) and path:
            yield path, here
        elif isinstance(here, dict):
            for key, item in here.items():
                yield (*path, key), key
                todo.append(((*path, key), item))
        elif isinstance(here, list):
            todo += [((*path, n), item) for n, item in enumerate(here)]


def check_identifiers(edition: Edition, project: Project, report: Report) -> None:
    """Report whatever has an identifier that something else in the book has too.

    Links, notes and the index would lead to the wrong place.
    """
    places: dict[str, Span] = {}

    def take(id: str, span: Span) -> None:
        if id in places:
            report.error(
                "identifier-twice",
                f"the identifier “{id}” would stand in the book twice; the first is at "
                f"{places[id]}",
                span,
                "rename an article, a file of front/ or back/, or a person; or make one of two "
                "insertions",
            )
        places.setdefault(id, span)

    for edited in {edited.article.id: edited for edited in edition.edited}.values():
        article = edited.article
        top = project.at(f"articles/{article.id}.yaml")

        def at(line: int, source: Source = article.source) -> Span:
            start = source.line_start(line)
            return Span(source, start, start)

        take(article.opening.id, top)
        inserts = project.articles[article.id].insert
        twice = Counter((i.before, "break" if i.section_break else "heading") for i in inserts)
        told = {f"{article.id}-{line}-{what}" for (line, what), n in twice.items() if n > 1}
        for id, _ in leaves(article.blocks):
            if id in places and id in told:
                continue  # two insertions before one line are told elsewhere
            number = id.removeprefix(f"{article.id}-").partition("-")[0]
            take(id, at(int(number)) if number.isdigit() else top)
        for note in article.notes:
            take(note.id, at(note.note_line or note.call_line))
        for occurrence in article.occurrences:
            take(occurrence.anchor, occurrence.text.whole_span())
    texts = (*edition.file.front, *edition.file.back)
    same = [posixpath.normpath(path) for path in texts]
    for n, (prose, path) in enumerate(zip((*edition.front, *edition.back), texts, strict=False)):
        if same[n] in same[:n]:
            continue  # that it stands in the edition twice is told elsewhere
        source = project.prose.get(path)
        for id, _ in leaves(prose.blocks):
            take(id, Span(source, 0, 0) if source else project.at(f"{edition.id}.yaml"))


def check_texts(edition: Edition, project: Project, report: Report) -> None:
    """Report texts of the editors in which there are no words, or none but a title."""
    for key, made in (("front", edition.front), ("back", edition.back)):
        paths = getattr(edition.file, key)
        read = [n for n, path in enumerate(paths) if path in project.prose]
        for n, text in zip(read, made, strict=True):
            if not text.blocks:
                report.error(
                    "text-without-words",
                    f"there are no words in book/{paths[n]}{', only a title' * bool(text.title)}",
                    project.at(f"{edition.id}.yaml", key, n),
                    "write the text, or take it out of the edition",
                )


def check_names_of_parts(edition: Edition, project: Project, report: Report) -> None:
    """Report an article or a text whose name another part of the book has."""
    file, yaml = edition.file, f"{edition.id}.yaml"
    parts = [
        (name, project.at(yaml, "parts", i, "articles", j))
        for i, part in enumerate(file.parts)
        for j, name in enumerate(part.articles)
    ]
    articles = {name for name, _ in parts}
    texts = [
        (key, i, posixpath.normpath(path))
        for key in ("front", "back")
        for i, path in enumerate(getattr(file, key))
    ]
    files = [path for _, _, path in texts]
    named = [path.rpartition("/")[2].removesuffix(".md") for path in dict.fromkeys(files)]
    for n, (key, i, path) in enumerate(texts):
        place = project.at(yaml, key, i)
        if path in files[:n]:
            before = texts[files.index(path)]
            first = project.at(yaml, before[0], before[1])
            says = f"the text “{path}” stands in the edition twice, first in {first}"
            report.error("name-taken", says, place, "take it out of one place")
        else:
            parts.append((path.rpartition("/")[2].removesuffix(".md"), place))
    for name, place in dict.fromkeys(parts):
        if TAKEN.fullmatch(name) or named.count(name) + (name in articles) > 1:
            says = f"another part of the book has the name “{name}”"
            report.error("name-taken", says, place, f"rename the file, say to {name}-1")


def check_glyphs(edition: Edition, known: frozenset[str], report: Report) -> None:
    """Report every character of the articles that the book face lacks, at its first place."""
    for edited in edition.edited:
        seen: set[str] = set()
        for piece in edited.pieces:
            lacking = set(piece.words) - known - seen - {"\n", "\t"}
            if piece.role is Role.FURNITURE or not lacking:
                continue
            seen |= lacking
            for char in sorted(lacking, key=piece.words.index):
                at = piece.words.index(char)
                name = unicodedata.name(char, "no name")
                report.warning(
                    "glyph-missing",
                    f"no face of the book has a glyph for {char} (U+{ord(char):04X}, {name})",
                    piece.text.span(at, at + 1),
                    "emend the character to one that they have",
                )


ARTICLE_CHECKS: tuple[Callable[[Edited, Project, Report], None], ...] = (
    texts.check_sizes,
    texts.check_characters,
    texts.check_quotation_marks,
    texts.check_dates,
    texts.check_spellings,
    contradictions.check_title,
    contradictions.check_title_kept,
    contradictions.check_byline,
    contradictions.check_calls,
    contradictions.check_inserts,
)
REGISTER_CHECKS: tuple[Callable[[Usage, Report], None], ...] = (
    registers.check_unknown_names,
    registers.check_persons_mentioned,
    registers.check_namesakes,
    registers.check_forms,
    registers.check_identifiers,
    registers.check_also,
    registers.check_see_also,
    registers.check_topics,
    registers.check_works_used,
    registers.check_articles_used,
)


def check(editions: Sequence[Edition], project: Project, report: Report) -> None:
    """Run every check on editions, on their articles and on the registers."""
    articles = {e.article.id: e for edition in editions for e in edition.edited}
    for edited in articles.values():
        for check_article in ARTICLE_CHECKS:
            check_article(edited, project, report)
    check_book(project, report)
    contradictions.check_project(project, report)
    contradictions.check_house_used(tuple(articles.values()), project, report)
    usage = Usage(project, tuple(articles.values()))
    for check_register in REGISTER_CHECKS:
        check_register(usage, report)
    for edition in editions:
        check_alike_articles(edition, project, report)
        check_identifiers(edition, project, report)
        check_texts(edition, project, report)
        check_names_of_parts(edition, project, report)
        registers.check_topics_cover(Usage(project, edition.edited), report)


# --- Exceptions -----------------------------------------------------------------------------------

# The errors that an editor may accept: they are about what an author wrote, and its words stand in
# the book all the same. After any other, words would be lost, or what comes later has nothing to go
# by. Warnings may all be accepted.
ACCEPTABLE = frozenset(
    (
        *("call-twice", "call-without-note", "citation-ambiguous", "ibid-ambiguous"),
        *("ibid-unresolved", "name-ambiguous", "nul-character", "press-colour"),
    )
)
# How the codes begin that only the laid out book can show.
AFTER_LAYOUT = ("index-", "layout-", "press-", "cover-", "glyph-missing", "note-lost", "note-moved")


def accept(
    found: Iterable[Diagnostic],
    project: Project,
    lines: Mapping[str, str],
    *,
    complete: bool,
    looked_at: Collection[str] = (),
    laid_out: bool = False,
) -> list[Diagnostic]:
    """Return the findings without those that the editor accepts.

    `lines` names the article of each copy-text, by its path. An exception that met nothing is an
    error itself, if it could have met something: its article was looked at (with `complete` all
    were), and the book was laid out where only the layout shows what it accepts. One that met an
    error that cannot be accepted is an error too.
    """
    used: set[int] = set()
    refused: dict[int, str] = {}
    left = []
    for diagnostic in found:
        rank = next(
            (n for n, one in enumerate(project.accepted) if _meets(one, diagnostic, lines)), None
        )
        if rank is not None:
            used.add(rank)
        if rank is None or not _acceptable(diagnostic):
            left.append(diagnostic)
        if rank is not None and not _acceptable(diagnostic):
            refused.setdefault(rank, str(diagnostic.span))
    wrong = Report()
    for n, place in refused.items():
        wrong.error(
            "exception-refused",
            f"an error of this kind cannot be accepted ({project.accepted[n].code}, at {place})",
            project.at("exceptions.yaml", n),
            "correct what it is about, and take this out: words would be lost, or a later stage "
            "would have nothing to go by",
        )
    for n, one in enumerate(project.accepted):
        seen = complete or (one.at is not None and one.at.article in looked_at)
        if seen and n not in used and (laid_out or not one.code.startswith(AFTER_LAYOUT)):
            wrong.error(
                "exception-unused",
                f"nothing is found any more that this exception accepts ({one.code})",
                project.at("exceptions.yaml", n),
                "take it out",
            )
    return left + wrong.found


def _acceptable(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity is Severity.WARNING or diagnostic.code in ACCEPTABLE


def _meets(one: Accepted, diagnostic: Diagnostic, lines: Mapping[str, str]) -> bool:
    if one.code != diagnostic.code or one.says not in diagnostic.message:
        return False
    if one.at is None:
        return True
    article = lines.get(diagnostic.span.source.path, "")
    return one.at.covers(article, diagnostic.span.line)
