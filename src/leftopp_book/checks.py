"""Checks of an edition as a whole, and the exceptions that the editor makes."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable

from .diagnostics import Diagnostic, Report
from .document import Role
from .edition import Edition
from .project import Project
from .schema import Accepted
from .text import Span

Check = Callable[[Edition, Project, Report], None]


def check_unknown_names(edition: Edition, project: Project, report: Report) -> None:
    """Report words that look like names and are neither in the register nor ruled out."""
    places: dict[str, list[Span]] = defaultdict(list)
    for edited in edition.edited:
        for words, span in edited.unknown:
            places[words].append(span)
    for words, spans in places.items():
        times = "once" if len(spans) == 1 else f"{len(spans)} times"
        report.warning(
            "name-unknown",
            f"“{words}” looks like a name and is not in the register ({times})",
            spans[0],
            "add a person or a form to book/people.yaml, or the words to “not_names” in "
            "book/house.yaml",
        )


def check_namesakes(edition: Edition, project: Project, report: Report) -> None:
    """Report two persons under one heading that nothing tells apart."""
    seen: dict[tuple[str, str, str], str] = {}
    for name, person in edition.people.items():
        key = (person.heading, person.dates, person.gloss)
        if key in seen:
            report.error(
                "heading-twice",
                f"{seen[key]} and {name} have the same heading, “{person.heading}”",
                project.at("people.yaml", name, "heading"),
                "tell them apart by dates or a gloss, or make one person of them",
            )
        seen[key] = name


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
                )
            named.add(article)


def check_glyphs(edition: Edition, known: frozenset[str], report: Report) -> None:
    """Report every character of the articles that the book face lacks, at its first place."""
    for edited in edition.edited:
        seen: set[str] = set()
        for piece in edited.pieces:
            for at, char in enumerate(piece.words):
                if char in known or char in seen or char in "\n\t" or piece.role is Role.FURNITURE:
                    continue
                seen.add(char)
                name = unicodedata.name(char, "no name")
                report.warning(
                    "glyph-missing",
                    f"the book face has no glyph for {char} (U+{ord(char):04X}, {name})",
                    piece.text.span(at, at + 1),
                    "emend the character to one that the face has",
                )


CHECKS: tuple[Check, ...] = (
    check_unknown_names,
    check_namesakes,
    check_alike_articles,
)


def check(edition: Edition, project: Project, report: Report) -> None:
    """Run every check on an edition."""
    for one in CHECKS:
        one(edition, project, report)


def accept(
    found: Iterable[Diagnostic], project: Project, lines: dict[str, str], *, complete: bool
) -> list[Diagnostic]:
    """Return the findings without those that the editor accepts.

    `lines` names the article of each copy-text, by its path. With `complete`, when all articles
    of the project were looked at, an exception that met nothing is an error itself.
    """
    used: set[int] = set()
    left = []
    for diagnostic in found:
        rank = next(
            (n for n, one in enumerate(project.accepted) if _meets(one, diagnostic, lines)), None
        )
        if rank is None:
            left.append(diagnostic)
        else:
            used.add(rank)
    if complete:
        unused = Report()
        for n, one in enumerate(project.accepted):
            if n not in used:
                unused.error(
                    "exception-unused",
                    f"nothing is found any more that this exception accepts ({one.code})",
                    project.at("exceptions.yaml", n),
                    "take it out",
                )
        left += unused.found
    return left


def _meets(one: Accepted, diagnostic: Diagnostic, lines: dict[str, str]) -> bool:
    if one.code != diagnostic.code or one.says not in diagnostic.message:
        return False
    if one.at is None:
        return True
    article = lines.get(diagnostic.span.source.path, "")
    return one.at.covers(article, diagnostic.span.line)
