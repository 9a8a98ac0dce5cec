"""Checks of the index after layout, as the societies of indexers list them (ISO 999, section 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby, pairwise

from .diagnostics import Report
from .filing import filing
from .index import MANY, Entry, Locator
from .project import Project
from .text import Span

Entries = Sequence[Entry]
At = Callable[[str], Span]  # the place of a person in the register


def check_filing(entries: Entries, at: At, report: Report) -> None:
    """Report a heading that files before the one that it follows."""
    for one, other in pairwise(entries):
        if filing(other.heading) < filing(one.heading):
            report.error(
                "index-filing",
                f"“{other.heading}” files before “{one.heading}”, but stands after it",
                at(other.person or other.see_person),
                "this is a mistake of the program: please report it",
            )


def check_strings(entries: Entries, at: At, report: Report) -> None:
    """Report long strings of locators that nothing tells apart."""
    for entry in entries:
        strings = [("", entry.locators), *((s.topic, s.locators) for s in entry.subentries)]
        for topic, locators in strings:
            if len(locators) > MANY:
                where = f" under “{topic}”" if topic else ""
                report.warning(
                    "index-long-string",
                    f"“{entry.heading}” has {len(locators)} undifferentiated locators{where}",
                    at(entry.person),
                    "divide them among “topics” in book/people.yaml",
                )


def check_subentries(entries: Entries, at: At, report: Report) -> None:
    """Report a subentry that stands alone, and one that only repeats its heading."""
    for entry in entries:
        if len(entry.subentries) == 1:
            report.warning(
                "index-single-subentry",
                f"“{entry.heading}” has one subentry only, “{entry.subentries[0].topic}”",
                at(entry.person),
                "add another topic, or take this one out",
            )
        for subentry in entry.subentries:
            if entry.locators and _pages(subentry.locators) == _pages(entry.locators):
                report.warning(
                    "index-subentry-repeats",
                    f"the subentry “{subentry.topic}” has the same locators as its heading, "
                    f"“{entry.heading}”",
                    at(entry.person),
                    "let its places cover all that is meant, or take it out",
                )


def _pages(locators: Iterable[Locator]) -> tuple[str, ...]:
    return tuple(map(str, locators))


def check_headings(entries: Entries, at: At, report: Report) -> None:
    """Report headings that lead nowhere and namesakes that nothing tells apart."""
    living = {entry.person for entry in entries if not entry.see}
    for entry in entries:
        if entry.see and entry.see_person not in living:
            report.error(
                "index-see-blind",
                f"“{entry.heading}” refers to “{entry.see}”, which the index does not have",
                at(entry.see_person),
                "this is a mistake of the program: please report it",
            )
        elif not (entry.see or entry.locators or entry.subentries):
            report.warning(
                "index-heading-empty",
                f"“{entry.heading}” has no locator: no mention of it is printed",
                at(entry.person),
                "add the form under which the articles name the person",
            )
    persons = (entry for entry in entries if not entry.see)
    for heading, same in groupby(persons, key=lambda entry: entry.heading):
        namesakes = list(same)
        unlike = {(entry.dates, entry.gloss) for entry in namesakes}
        if len(namesakes) > 1 and (len(unlike) < len(namesakes) or ("", "") in unlike):
            report.warning(
                "index-namesakes",
                f"{len(namesakes)} persons stand under “{heading}”, and nothing tells them apart",
                at(namesakes[-1].person),
                "give each of them dates or a gloss",
            )


CHECKS = (check_filing, check_strings, check_subentries, check_headings)


def check_index(entries: Entries, project: Project, report: Report) -> None:
    """Run every check on the index of a book that has been laid out."""

    def at(person: str) -> Span:
        return project.at("people.yaml", person)

    for one in CHECKS:
        one(entries, at, report)
