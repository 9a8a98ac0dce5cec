"""Rules of substitution as data, each with an example that a test runs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from .text import Text


class Rule(Struct, frozen=True):
    """A substitution with a name, a sentence for the note on the text, and an example.

    Where a pattern begins with the sign that it is about, and looks back from there, it is found
    many times as fast as where it begins with looking back.
    """

    id: str
    pattern: re.Pattern[str]
    new: str
    says: str
    before: str
    after: str


def apply(text: Text, rules: Iterable[Rule]) -> Text:
    """Apply rules in their order; each answers by its name for what it changed."""
    for rule in rules:
        text = text.sub(rule.pattern, rule.new, rule.id)
    return text


def applied(text: Text, rules: Iterable[Rule]) -> tuple[tuple[str, int], ...]:
    """Return how many places of a text each rule changed, in the order of the rules."""
    counts = {rule.id: 0 for rule in rules}
    for run in text.runs:
        for owner in run.owners:
            if owner in counts:
                counts[owner] += 1
    return tuple((name, count) for name, count in counts.items() if count)
