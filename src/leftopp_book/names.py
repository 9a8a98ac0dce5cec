"""Names: find the persons of the register in the text, all forms at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from .diagnostics import Report
from .schema import House, Person, Place
from .text import Cover, Text

_WORD = re.compile(r"\w")
_FIRST = re.compile(r"\w+|.", re.DOTALL)


class Found(Struct, frozen=True):
    """A person named in a text, `[start, end)`."""

    person: str
    start: int
    end: int


class Names(Struct, frozen=True, dict=True):
    """The register as a finder: at every word the longest form that begins with it.

    A form stands for a person everywhere, or only where its scope says; a scope that covers the
    place goes before none. What is listed as no name keeps the names within it from being found.
    """

    forms: Mapping[str, tuple[tuple[str, tuple[Place, ...]], ...]]  # form → (person, scope)

    @classmethod
    def of(cls, people: Mapping[str, Person], house: House) -> Names:
        forms: dict[str, list[tuple[str, tuple[Place, ...]]]] = defaultdict(list)
        for name, person in people.items():
            for form in person.forms:
                for spelt in dict.fromkeys((form.form, form.form.upper())):
                    forms[spelt].append((name, form.within))
        for phrase in house.not_names:
            forms.setdefault(phrase, [])
        return cls({form: tuple(persons) for form, persons in forms.items()})

    @cached_property
    def _lengths(self) -> Mapping[str, tuple[int, ...]]:
        """How long the forms are that begin with a word, or with a sign; the longest first."""
        lengths: dict[str, set[int]] = defaultdict(set)
        for form in self.forms:
            if first := _FIRST.match(form):
                lengths[first[0]].add(len(form))
        return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    @cached_property
    def _begins(self) -> re.Pattern[str]:
        """Where a form may begin: a word or a sign, by the first characters of forms."""
        first = {own[0] for own in self._lengths}
        letters = "".join(sorted(char for char in first if _WORD.match(char)))
        signs = "".join(sorted(first.difference(letters)))
        # that no letter stands before is asked last: a set of characters is looked for fast
        words = rf"[{re.escape(letters)}](?<!\w.)\w*" if letters else ""
        alone = rf"[{re.escape(signs)}](?<!\w.)" if signs else ""
        return re.compile("|".join(filter(None, (words, alone))) or r"(?!)", re.DOTALL)

    def candidates(self, form: str, article: str, line: int) -> tuple[str, ...]:
        """Return the persons whom a form may mean at a place."""
        scoped, anywhere = [], []
        for person, scope in self.forms[form]:
            if not scope:
                anywhere.append(person)
            elif any(place.covers(article, line) for place in scope):
                scoped.append(person)
        return tuple(dict.fromkeys(scoped or anywhere))

    def spelt(self, string: str) -> tuple[tuple[str, int, int], ...]:
        """Return every form in a string with its place, those that are no names included."""
        return tuple(self._spelt(string))

    def _spelt(self, string: str) -> Iterator[tuple[str, int, int]]:
        done = 0
        for begin in self._begins.finditer(string):
            start = begin.start()
            if start < done:
                continue
            for length in self._lengths.get(begin[0], ()):
                form = string[start : start + length]
                done = start + len(form)
                if len(form) == length and form in self.forms and not _WORD.match(string, done):
                    yield form, start, done
                    break
            else:
                done = start

    def find(
        self,
        text: Text,
        article: str,
        report: Report,
        *,
        beyond: Iterable[range] = (),
        spelt: Sequence[tuple[str, int, int]] | None = None,
    ) -> tuple[Found, ...]:
        """Return the persons named in a text; stretches in `beyond` hold no names (titles).

        `spelt` are the forms in the text, where they are known already.
        """
        found = []
        out = Cover(beyond)
        for form, start, end in self.spelt(text.string) if spelt is None else spelt:
            if out.meets(start, end):
                continue
            line = text.span(start, end).line
            persons = self.candidates(form, article, line)
            if len(persons) > 1:
                report.error(
                    "name-ambiguous",
                    f"“{form}” may be {' or '.join(persons)}",
                    text.span(start, end),
                    f"give the form a scope in book/people.yaml: {{form: {form}, "
                    f"in: {article}:{line}}}",
                )
            elif persons:
                found.append(Found(persons[0], start, end))
        return tuple(found)


# --- Words that look like names and are not in the register ---------------------------------------

_CAPITAL = r"[A-ZÀ-ÞА-Я][\w’]*[a-zà-ÿа-я][\w’]*"
_PARTICLE = r"(?:[A-Z]\. ?){1,6}|(?:de|von|van|der) "
_NAME_LIKE = re.compile(
    rf"(?<![\w’])(?:(?:[A-Z]\. ?){{0,6}}{_CAPITAL}(?:[ -](?:{_PARTICLE})?{_CAPITAL})*)"
)
_SENTENCE_START = re.compile(
    r"(?:^|[.!?:…–]|[“‘\"'(\[])(?:[\s“‘\"'’”(\[)\]]|\[\d{1,3}\]|\d{1,3}\.)*$"
)
_COMMON = """
January February March April May June July August September October November December
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
I II III IV V VI VII VIII IX X XI XII Vol No Mr Mrs Dr St
"""
COMMON = frozenset(_COMMON.split())


def name_like(
    text: Text,
    found: Iterable[Found],
    names: Names,
    beyond: Iterable[range] = (),
    spelt: Sequence[tuple[str, int, int]] | None = None,
) -> Iterable[tuple[str, int, int]]:
    """Yield words that look like a name, are none of the register, and no one has ruled out.

    The first word of a sentence is passed over: its capital says nothing.
    """
    stretches = [range(f.start, f.end) for f in found] + list(beyond)
    # a form whose scopes do not cover the place is taken by nobody
    forms = names.spelt(text.string) if spelt is None else spelt
    stretches += [range(start, end) for form, start, end in forms if not names.forms[form]]
    taken = Cover(stretches)
    for match in _NAME_LIKE.finditer(text.string):
        words, start = match[0], match.start()
        if taken.meets(start, match.end()):
            continue
        if _SENTENCE_START.search(text.string[max(0, start - 12) : start]):
            first, space, rest = words.partition(" ")
            if not space:
                continue
            words, start = rest, start + len(first) + 1
        words = words.removesuffix("’s")
        if not words or all(
            w in COMMON or not w[0].isupper() for w in re.split(r"[ -]", words) if w
        ):
            continue
        if names.forms.get(words, True) and words.split()[0].rstrip("’s") not in COMMON:
            yield words, start, start + len(words)
