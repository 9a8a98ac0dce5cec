"""What is found only because something else in `book/` could not be read, and is not told.

What is declared counts as declared, also where it is wrong: its own fault is told, and whatever
would come right with it is not. It is looked for again as soon as the fault is corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .diagnostics import Diagnostic
from .project import REGISTERS, Project

_OF_WORKS = (
    *("work-unknown", "work-unused", "citation-unparsed", "citation-ambiguous"),
    *("ibid-unresolved", "ibid-ambiguous"),
)
_OF_PEOPLE = ("see-also-blind", "name-ambiguous")
_QUOTED = re.compile("“([^“”]*)”")


def told(found: Iterable[Diagnostic], project: Project) -> list[Diagnostic]:
    """Return the findings without those that only follow from something that was not read."""
    found = list(found)
    twice = {form for d in found if d.code == "form-twice" for form in _QUOTED.findall(d.message)}
    wrong = {d.span.start for d in found if d.code in _NO_PLACE and _is_exception(d)}
    if not project.unread and not twice and not wrong:
        return found
    return [d for d in found if not _follows(d, project, twice) and not _accepts_none(d, wrong)]


_NO_PLACE = ("article-unknown", "line-unknown")


def _is_exception(d: Diagnostic) -> bool:
    return d.span.source.path == "book/exceptions.yaml"


def _accepts_none(d: Diagnostic, wrong: set[int]) -> bool:
    """Tell whether an exception met nothing because its place is none."""
    at = d.span
    return d.code == "exception-unused" and any(at.start <= place <= at.end for place in wrong)


def _follows(d: Diagnostic, project: Project, twice: set[str]) -> bool:
    unread = project.unread
    quoted = _QUOTED.findall(d.message)
    match d.code:
        case "form-unused" | "name-ambiguous" if twice & set(quoted):
            return True
        case "exception-unused":
            return bool(unread)
        case "article-unused":
            return any(_declares(v, quoted[-1]) for f in unread if _edition(f) for v in unread[f])
        case "name-unknown":
            people = (v for file in ("people.yaml", "house.yaml") for v in unread.get(file, ()))
            return any(_declares(value, quoted[0], part=True) for value in people)
        case "date-without-entry":
            return "chronology.yaml" in unread
    if d.code in _OF_WORKS and "works.yaml" in unread:
        return True
    if d.code in _OF_PEOPLE and "people.yaml" in unread:
        return True
    # without the rules of house style the text is another
    texts = {source.path for source in project.copy_texts.values()}
    of_text = d.span.source.path in texts or d.code in _OF_TEXT
    return of_text and any(map(_has_rules, unread.get("house.yaml", ())))


_OF_TEXT = (
    *("italics-unmatched", "editor-note-unmatched", "passage-unmatched", "form-unused"),
    *("person-unmentioned", "see-also-blind", "topic-empty", "work-unused", "house-unused"),
)
_NO_RULES = {"italics", "not_names", "languages"}


def _has_rules(value: object) -> bool:
    """Tell whether something of house style that was not read may change the text."""
    return not isinstance(value, dict) or not value.keys() <= _NO_RULES


def _edition(file: str) -> bool:
    return "/" not in file and file.removesuffix(".yaml") not in REGISTERS


def _declares(value: object, words: str, *, part: bool = False) -> bool:
    """Tell whether a value that was not read has the words; nobody knows what a file has."""
    if value is None:
        return True
    return any(words == own or (part and words in own) for own in _strings(value))


def _strings(value: object) -> Iterator[str]:
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict):
            todo += here.values()
        elif isinstance(here, list):
            todo += here
