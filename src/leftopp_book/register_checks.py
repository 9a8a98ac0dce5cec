"""Checks of the registers against all the articles: what is in them and is never used."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from .article import Edited
from .diagnostics import Report
from .document import Occurrence
from .index import MANY, divided
from .project import Project, names_in
from .schema import ID, Form, Person
from .text import Span

PEOPLE, WORKS = "people.yaml", "works.yaml"
_IDENTIFIER = re.compile(ID)


class Mentioned(Struct, frozen=True):
    """A mention and where it stands; `line` is that of the call, for a mention in a note."""

    article: str
    line: int
    occurrence: Occurrence

    @property
    def paragraph(self) -> tuple[str, str]:
        return self.article, self.occurrence.block


class Usage(Struct, frozen=True, dict=True):
    """The articles that are looked at, and what of the registers they use."""

    project: Project
    articles: tuple[Edited, ...]

    @property
    def complete(self) -> bool:
        """Whether they are all the articles of the project: then what is not used is idle."""
        return {e.article.id for e in self.articles} == names_in(self.project, "article")

    @cached_property
    def mentions(self) -> Mapping[str, tuple[Mentioned, ...]]:
        """Every mention by person, in the order of the articles."""
        found: dict[str, list[Mentioned]] = defaultdict(list)
        for edited in self.articles:
            called = {note.id: note.call_line for note in edited.article.notes}
            for occurrence in edited.article.occurrences:
                line = called.get(occurrence.note) or occurrence.text.whole_span().line
                mentioned = Mentioned(edited.article.id, line, occurrence)
                found[occurrence.person].append(mentioned)
        return {person: tuple(mentions) for person, mentions in found.items()}

    def indexed(self, person: str) -> tuple[Mentioned, ...]:
        return self._indexed.get(person, ())

    @cached_property
    def _indexed(self) -> Mapping[str, tuple[Mentioned, ...]]:
        return {
            person: tuple(m for m in mentions if m.occurrence.indexed)
            for person, mentions in self.mentions.items()
        }

    @cached_property
    def works(self) -> frozenset[str]:
        """The works that the articles cite, list or name."""
        looked_at = {e.article.id for e in self.articles}
        found = {c.work for e in self.articles for note in e.article.notes for c in note.citations}
        found |= {work for e in self.articles for _, work in e.works}
        found |= {
            id
            for id, work in self.project.works.items()
            if any(passage.article in looked_at for passage in work.named)
        }
        return frozenset(found)

    def person_at(self, name: str, *path: str | int) -> Span:
        return self.project.at(PEOPLE, name, *path)


# --- Persons --------------------------------------------------------------------------------------


def check_persons_mentioned(usage: Usage, report: Report) -> None:
    """Report persons whom no article names, and forms of the others that none has."""
    if not usage.complete:
        return
    authors = {name for file in usage.project.articles.values() for name in file.authors}
    for name, person in usage.project.people.items():
        mentions = usage.mentions.get(name, ())
        if not mentions and name not in authors:
            report.warning(
                "person-unmentioned",
                f"no article mentions {name} ({person.heading})",
                usage.person_at(name),
                "add the form under which an article names the person, or take the entry out",
            )
        by_words: dict[str, list[Mentioned]] = defaultdict(list)
        for mention in mentions:
            by_words[mention.occurrence.text.string].append(mention)
        for n, form in enumerate(person.forms if mentions else ()):
            named = by_words.get(form.form, []) + by_words.get(form.form.upper(), [])
            if not any(_within(form, mention) for mention in named):
                report.warning(
                    "form-unused",
                    f"no article names {name} as “{form.form}”{' there' if form.within else ''}",
                    usage.person_at(name, "forms", n),
                    "take the form out, or correct it or its scope",
                )


def _within(form: Form, mention: Mentioned) -> bool:
    own = mention.occurrence.text.whole_span().line if form.within else 0
    return not form.within or any(p.covers(mention.article, own) for p in form.within)


def check_namesakes(usage: Usage, report: Report) -> None:
    """Report two persons under one heading that nothing tells apart."""
    seen: dict[tuple[str, str, str], str] = {}
    for name, person in usage.project.people.items():
        key = (person.heading, person.dates, person.gloss)
        if key in seen:
            report.error(
                "heading-twice",
                f"{seen[key]} and {name} have the same heading, “{person.heading}”",
                usage.person_at(name, "heading"),
                "tell them apart by dates or a gloss, or make one person of them",
            )
        seen[key] = name


def check_forms(usage: Usage, report: Report) -> None:
    """Report a form that two persons, or two works, claim for one place.

    A form with a scope goes before one without; two scopes must not overlap.
    """
    project = usage.project
    for file, entries in ((PEOPLE, project.people), (WORKS, project.works)):
        claims: dict[str, list[tuple[str, int, Form]]] = defaultdict(list)
        for name, entry in entries.items():
            for n, form in enumerate(entry.forms):
                claims[form.form].append((name, n, form))
        for words, claimed in claims.items():
            for one, other in _clashes(claimed):
                first = project.at(file, one[0], "forms", one[1])
                whose = f"of {other[0]} twice" if one[0] == other[0] else f"of {one[0]}"
                report.error(
                    "form-twice",
                    f"“{words}” is a form {whose}; it is given first in line {first.line}",
                    project.at(file, other[0], "forms", other[1]),
                    "take one of them out, or give each a scope that the other does not meet: "
                    f"{{form: {words}, in: ARTICLE}}",
                )


def _clashes(
    claimed: Sequence[tuple[str, int, Form]],
) -> Iterator[tuple[tuple[str, int, Form], tuple[str, int, Form]]]:
    """Yield a form with the one before it that it meets: both without a scope, or in one place."""
    everywhere: tuple[str, int, Form] | None = None
    scoped: dict[str, list[tuple[int, int, tuple[str, int, Form]]]] = defaultdict(list)
    for claim in claimed:
        if not claim[2].within:
            if everywhere:
                yield everywhere, claim
            everywhere = everywhere or claim
        for place in claim[2].within:
            scoped[place.article].append((place.first, place.last, claim))
    for places in scoped.values():
        last, holder = 0, None
        for start, end, claim in sorted(places, key=lambda p: p[:2]):
            if holder and start <= last and holder is not claim:
                yield holder, claim
            if end >= last:
                last, holder = end, claim


def check_identifiers(usage: Usage, report: Report) -> None:
    """Report identifiers of persons and works that could not stand in a link."""
    for file, entries in ((PEOPLE, usage.project.people), (WORKS, usage.project.works)):
        for name in entries:
            if not _IDENTIFIER.fullmatch(name):
                report.error(
                    "identifier-wrong",
                    f"“{name}” is no identifier",
                    usage.project.key(file, name),
                    "write small letters, figures and single hyphens: trotsky-natalia",
                )


# --- Cross-references -----------------------------------------------------------------------------


def check_also(usage: Usage, report: Report) -> None:
    """Report other headings that repeat a heading, or lead from one entry to another."""
    people = usage.project.people
    headings = {person.heading: name for name, person in people.items()}
    for name, person in people.items():
        for n, other in enumerate(person.also):
            at = usage.person_at(name, "also", n)
            home = headings.get(other)
            if other == person.heading or other in person.also[:n]:
                report.warning(
                    "also-repeated",
                    f"“{other}” repeats the heading or another form of {name}",
                    at,
                    "take it out",
                )
            elif home and (circle := _circle(name, home, people, headings)):
                report.error(
                    "see-circular",
                    f"“see” goes in a circle: {' to '.join(circle)}",
                    at,
                    "decide which of them is the heading, or make one entry of them",
                )
            elif home:
                report.warning(
                    "see-to-heading",
                    f"“{other}” is a form of {name}, and the heading of {home}",
                    at,
                    "if they are two persons write “see_also”; if one, make one entry",
                )


def _circle(
    start: str, next_: str, people: Mapping[str, Person], headings: Mapping[str, str]
) -> list[str]:
    """Return the way from one person over another by “see” back to the first, or nothing."""
    came: dict[str, str] = {next_: start}
    todo = [next_]
    while todo:
        here = todo.pop()
        for other in people[here].also:
            there = headings.get(other)
            if there == start:
                way = [start, here]
                while way[-1] != next_:
                    way.append(came[way[-1]])
                return [start, *reversed(way[1:]), start]
            if there and there not in came and there != here:
                came[there] = here
                todo.append(there)
    return []


def check_see_also(usage: Usage, report: Report) -> None:
    """Report *see also* that leads back to itself, or to a heading that the index does not have."""
    for name, person in usage.project.people.items():
        for n, other in enumerate(person.see_also):
            at = usage.person_at(name, "see_also", n)
            if other == name or other in person.see_also[:n]:
                what = "itself" if other == name else f"{other} twice"
                report.error("see-also-circular", f"{name} refers to {what}", at, "take it out")
            elif usage.complete and not usage.indexed(other):
                report.warning(
                    "see-also-blind",
                    f"{name} refers to {other}, whom the index does not have: no article "
                    "mentions that person outside of references",
                    at,
                    "take the reference out",
                )


# --- Topics ---------------------------------------------------------------------------------------


def check_topics(usage: Usage, report: Report) -> None:
    """Report topics that cover no mention."""
    for name, person in usage.project.people.items():
        _check_empty_topics(name, person, usage, report)


def check_topics_cover(usage: Usage, report: Report) -> None:
    """Report mentions that no topic covers, of persons who need topics in an edition.

    Locators are not known before layout. No paragraph has more than one or two, so that a person
    mentioned in more than six paragraphs is taken for one with more than six.
    """
    for name, person in usage.project.people.items():
        mentions = usage.indexed(name) if person.topics else ()
        outside = _uncovered(person, mentions)
        paragraphs = len({m.paragraph for m in mentions})
        if outside and paragraphs > MANY:
            places = dict.fromkeys(f"{m.article}:{m.line}" for m in outside)
            report.warning(
                "topic-missing",
                f"no topic of {name} covers {_count(outside)} in {_few(list(places))}",
                outside[0].occurrence.text.whole_span(),
                "add the place to a topic in book/people.yaml, or accept it: what has no topic "
                "stands at the head of the entry",
            )


def _uncovered(person: Person, mentions: Sequence[Mentioned]) -> Sequence[Mentioned]:
    """Return the mentions that no topic of a person covers."""
    return divided([place for topic in person.topics for place in topic.within], mentions)[1]


def _check_empty_topics(name: str, person: Person, usage: Usage, report: Report) -> None:
    looked_at = {e.article.id for e in usage.articles}
    left: Sequence[Mentioned] = usage.indexed(name)
    for n, topic in enumerate(person.topics):
        mine, left = divided(topic.within, left)
        if not mine and {place.article for place in topic.within} <= looked_at:
            report.warning(
                "topic-empty",
                f"no mention of {name} is left for the topic “{topic.topic}”",
                usage.person_at(name, "topics", n),
                "correct its places (a mention belongs to the first topic that covers it), or "
                "take it out",
            )


def _count(mentions: Sequence[Mentioned]) -> str:
    return "a mention" if len(mentions) == 1 else f"{len(mentions)} mentions"


def _few(places: Sequence[str]) -> str:
    more = len(places) - 4
    return ", ".join(places[:4]) + (f" and {more} more places" if more > 0 else "")


# --- Works, articles ------------------------------------------------------------------------------


def check_works_used(usage: Usage, report: Report) -> None:
    """Report works that no article cites, lists or names."""
    if not usage.complete:
        return
    for name in usage.project.works:
        if name not in usage.works:
            report.warning(
                "work-unused",
                f"no article cites or names {name}",
                usage.project.at(WORKS, name),
                "add the form in which it is cited or the passage that names it, or take it out",
            )


def check_articles_used(usage: Usage, report: Report) -> None:
    """Report articles that no edition has."""
    used: set[str] = {a for edition in usage.project.editions.values() for a in edition.articles}
    for name in usage.project.articles:
        if name not in used:
            report.warning(
                "article-unused",
                f"no edition has the article “{name}”",
                usage.project.at(f"articles/{name}.yaml"),
                "name it in “parts” of an edition, or take the file out",
            )


def check_unknown_names(usage: Usage, report: Report) -> None:
    """Report words that look like names and are neither in the register nor ruled out."""
    places: dict[str, list[Span]] = defaultdict(list)
    for edited in usage.articles:
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
