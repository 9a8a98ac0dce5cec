"""Checks of what stands twice in `book/`, or is said there in two ways that cannot both be true."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from .article import Edited
from .diagnostics import Report
from .document import Role
from .index import next_door
from .project import Project, names_in
from .schema import Event, Work
from .text import Span

T = TypeVar("T")
PEOPLE, WORKS, EVENTS, HOUSE = "people.yaml", "works.yaml", "chronology.yaml", "house.yaml"


def check_project(project: Project, report: Report) -> None:
    """Run the checks of the files of `book/` against themselves."""
    for check in (_check_editions, _check_events, _check_works, _check_people, _check_house):
        check(project, report)


def _twice(given: Iterable[tuple[object, T]]) -> Iterator[tuple[T, T]]:
    """Yield the places of what was given before, and where."""
    first: dict[object, T] = {}
    for key, place in given:
        if key in first:
            yield first[key], place
        else:
            first[key] = place


# --- Editions, events -----------------------------------------------------------------------------


def _check_editions(project: Project, report: Report) -> None:
    """Report two editions under one identifier: whoever sells one would sell the other."""
    given = (
        (edition.imprint.identifier, project.at(f"{name}.yaml", "imprint", "identifier"))
        for name, edition in project.editions.items()
    )
    for first, second in _twice(given):
        report.error(
            "urn-twice",
            f"another edition has this identifier, in {first}",
            second,
            "give each edition a URN of its own; any UUID that was never used will do",
        )


def _check_events(project: Project, report: Report) -> None:
    """Report an event that stands in the chronology twice."""

    def same(event: Event) -> Iterator[object]:
        yield str(event.date), " ".join(event.text.split())
        yield str(event.date), frozenset((p.article, p.line, p.words) for p in event.passages)

    told: set[int] = set()
    for part in range(2):
        given = ((list(same(event))[part], n) for n, event in enumerate(project.events))
        for first, second in _twice(given):
            if second not in told:
                told.add(second)
                what = "words" if part == 0 else "passages"
                report.warning(
                    "event-twice",
                    f"an event of the same date and {what} stands in {project.at(EVENTS, first)}",
                    project.at(EVENTS, second),
                    "take one of the two out, or make one of both",
                )


# --- Works ----------------------------------------------------------------------------------------


def _check_works(project: Project, report: Report) -> None:
    """Report works that nothing tells apart, and passages that name two works."""

    def at(name: str, *path: str | int) -> Span:
        return project.at(WORKS, name, *path)

    works = project.works
    whole = [(_whole(work), at(name, "title")) for name, work in works.items()]
    twice = set()
    for first, second in _twice(whole):
        twice.add(second)
        report.error(
            "work-twice",
            f"a work of the same author, title and year stands in {first}",
            second,
            "make one of the two, with the forms of both; or say under “note” how they differ",
        )
    shorts = [
        ((work.authors or work.editors, work.short.casefold()), at(name, "short"))
        for name, work in works.items()
        if work.short and at(name, "title") not in twice
    ]
    for first, second in _twice(shorts):
        report.error(
            "short-title-twice",
            f"another work of this author has this short title, in {first}: nobody could tell "
            "which of them a note means",
            second,
            "give one of them another short title",
        )
    named = [
        ((p.article, p.line, p.words), at(name, "named", n))
        for name, work in works.items()
        for n, p in enumerate(work.named)
        if p.words
    ]
    for first, second in _twice(named):
        report.error(
            "passage-twice",
            f"another work is named by this passage, in {first}",
            second,
            "give each work the words that name it, or take one of the passages out",
        )


def _whole(work: Work) -> tuple[object, ...]:
    title = " ".join(work.title.casefold().split())
    apart = (work.volumes, work.container, work.note, work.place if not work.authors else "")
    return (work.authors or work.editors, title, work.year, work.date, *apart)


# --- People ---------------------------------------------------------------------------------------


def _check_people(project: Project, report: Report) -> None:
    """Report headings and references that readers could not tell apart."""

    def at(name: str, *path: str | int) -> Span:
        return project.at(PEOPLE, name, *path)

    people = project.people
    spelt: dict[str, tuple[str, Span]] = {}
    for name, person in people.items():
        key = person.heading.casefold()
        heading, first = spelt.setdefault(key, (person.heading, at(name, "heading")))
        if heading != person.heading:
            report.error(
                "heading-alike",
                f"“{person.heading}” differs only in capitals from “{heading}” in {first}",
                at(name, "heading"),
                "make one person of the two, or tell the headings apart",
            )
    sent = [
        (" ".join(other.casefold().split()), at(name, "also", n))
        for name, person in people.items()
        for n, other in enumerate(person.also)
        if not next_door(other, person) and other not in person.also[:n]
    ]
    for first, second in _twice(sent):
        report.error(
            "see-twice",
            f"the same form sends the reader to another person, in {first}",
            second,
            "leave the form with the one of them who was better known by it, or add a first name",
        )
    no_names = {words: n for n, words in reversed(list(enumerate(project.house.not_names)))}
    for name, person in people.items():
        for n, form in enumerate(person.forms):
            if form.form in no_names:
                report.error(
                    "form-no-name",
                    f"“{form.form}” is a form of {name}, and is no name by "
                    f"{project.at(HOUSE, 'not_names', no_names[form.form])}",
                    at(name, "forms", n),
                    "take it out of the one or of the other",
                )


# --- House style ----------------------------------------------------------------------------------


def _check_house(project: Project, report: Report) -> None:
    """Report words that stand twice in a list of house style, and rules that change nothing."""
    house = project.house
    for key, words in (("italics", house.italics), ("not_names", house.not_names)):
        given = ((word, project.at(HOUSE, key, n)) for n, word in enumerate(words))
        for first, second in _twice(given):
            report.warning(
                "house-twice",
                f"these words stand in the list “{key}” already, in {first}",
                second,
                "take one of them out",
            )
    for n, rule in enumerate(house.emend):
        if rule.before == rule.after:
            report.warning(
                "house-unused",
                f"the example of “{rule.id}” is changed by nothing: “before” and “after” are alike",
                project.at(HOUSE, "emend", n, "after"),
                "give an example that the rule changes, or take the rule out",
            )


def check_house_used(articles: Sequence[Edited], project: Project, report: Report) -> None:
    """Report what of house style no article has, where all articles are at hand."""
    if {e.article.id for e in articles} != names_in(project, "article"):
        return
    texts = "\n".join(
        piece.words for e in articles for piece in e.pieces if piece.role is not Role.FURNITURE
    )
    house = project.house
    for key, words in (("italics", house.italics), ("not_names", house.not_names)):
        for n, word in enumerate(words):
            if word not in texts and word not in words[:n]:
                report.warning(
                    "house-unused",
                    f"no article has the words “{word}”",
                    project.at(HOUSE, key, n),
                    f"correct them, or take them out of “{key}”",
                )
    runs = (run for e in articles for run in e.text.runs) if house.emend else ()
    owners = {owner for run in runs for owner in run.owners}
    for n, rule in enumerate(house.emend):
        used = any(owner.startswith(f"{rule.id} ") for owner in owners)
        if rule.before != rule.after and not used:
            report.warning(
                "house-unused",
                f"the rule “{rule.id}” changes nothing in any article",
                project.at(HOUSE, "emend", n),
                "correct its pattern or its scope, or take it out",
            )


# --- An article -----------------------------------------------------------------------------------


def check_title(edited: Edited, project: Project, report: Report) -> None:
    """Report titles of which only one can be the title."""
    id, pieces = edited.article.id, edited.pieces
    file = project.articles[id]
    lines = [p for p in pieces if p.role is not Role.FURNITURE]
    ranks = [n for n, piece in enumerate(lines) if piece.role is Role.TITLE]
    if file.title and ranks:
        report.warning(
            "title-twice",
            f"line {lines[ranks[0]].lines[0]} is the title, and this one is not printed",
            project.at(f"articles/{id}.yaml", "title"),
            "take “title” out, or give the line another role in “structure”",
        )
    elif file.title:
        kicker = next((p for p in lines if p.role is Role.KICKER and _by_rule(p.why)), None)
        if kicker:
            report.warning(
                "title-twice",
                f"line {kicker.lines[0]} may be the title of the article; it is printed over this "
                "one, which stands in square brackets",
                project.at(f"articles/{id}.yaml", "title"),
                "take “title” out, or say in “structure” what the line is",
            )
    for a, b in pairwise(ranks):
        if b != a + 1:
            first, second = lines[a], lines[b]
            report.error(
                "title-apart",
                f"this line is a title, and so is line {first.lines[0]}; other lines stand between",
                second.text.whole_span(),
                f"give one of them another role in “structure” of book/articles/{id}.yaml",
            )


def check_title_kept(edited: Edited, project: Project, report: Report) -> None:
    """Report an emendation that leaves nothing of what may have been the title."""
    id = edited.article.id
    title = next((p for p in edited.pieces if p.role is Role.TITLE), None)
    gone = [line.number for line in edited.article.lines if line.why == "emended"]
    if title is None or not _by_rule(title.why):
        return
    for n, emendation in enumerate(project.articles[id].emendations):
        if emendation.line in gone and emendation.line < title.lines[0]:
            report.warning(
                "title-emended",
                f"nothing is left of line {emendation.line}, and line {title.lines[0]} becomes the "
                "title",
                project.at(f"articles/{id}.yaml", "emendations", n),
                "say in “structure” which line is the title; a line that is not of the article is "
                "furniture",
            )


def _by_rule(why: str) -> bool:
    return why == "a short line before the first paragraph"


def check_inserts(edited: Edited, project: Project, report: Report) -> None:
    """Report two editorial headings, or two breaks, before one line."""
    id = edited.article.id
    given = (
        ((insert.before, insert.section_break), project.at(f"articles/{id}.yaml", "insert", n))
        for n, insert in enumerate(project.articles[id].insert)
    )
    for first, second in _twice(given):
        report.error(
            "insert-twice",
            f"another of the kind stands before the same line, in {first}",
            second,
            "make one of the two, or let it stand before another line",
        )


def check_calls(edited: Edited, project: Project, report: Report) -> None:
    """Report forms of persons that take in the call of a note."""
    spans = [
        piece.text.span(call.start, call.stop)
        for piece, calls in zip(edited.pieces, edited.calls, strict=True)
        for call in calls
        if call
    ]
    at_start = {span.start: span for span in spans}
    starts = sorted(at_start)
    for occurrence in edited.article.occurrences if spans else ():
        if occurrence.note:
            continue
        own = occurrence.text.whole_span()
        first = bisect_left(starts, own.start)
        if first < len(starts) and starts[first] < own.end:
            words = occurrence.text.string
            forms = [form.form for form in project.people[occurrence.person].forms]
            below = ("forms", forms.index(words)) if words in forms else ()
            report.error(
                "form-call",
                f"the form “{words}” of {occurrence.person} takes in the call of a note, in "
                f"{at_start[starts[first]]}",
                project.at(PEOPLE, occurrence.person, *below),
                "give the form without the call",
            )


def check_byline(edited: Edited, project: Project, report: Report) -> None:
    """Report a byline that names nobody of those whom the file gives as authors."""
    id = edited.article.id
    bylines = [p for p in edited.pieces if p.role is Role.BYLINE]
    authors = [project.people[a] for a in project.articles[id].authors if a in project.people]
    if not bylines or not authors:
        return
    said = " ".join(
        p.words
        for p in edited.pieces
        if p.role in (Role.BYLINE, Role.KICKER, Role.TITLE, Role.DATELINE)
    ).casefold()
    for person in authors:
        forms = (person.heading.partition(",")[0], *(form.form for form in person.forms))
        if any(form.casefold() in said for form in (*forms, *person.also)):
            return
    report.warning(
        "byline-other",
        f"the byline names none of the authors whom {project.at(f'articles/{id}.yaml', 'authors')} "
        "gives",
        bylines[0].text.whole_span(),
        "correct “authors”, or give the line another role in “structure”",
    )
