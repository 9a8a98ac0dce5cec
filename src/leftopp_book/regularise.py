"""Regularise: impose house style. Each rule in force is stated once in the note on the text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from .diagnostics import Report
from .rules import Rule, apply
from .schema import House
from .text import Span, Text

RULES = (
    Rule(
        "ellipsis",
        re.compile(r"\.{3}|\. \. \."),
        "…",
        "three full points made an ellipsis",
        "wrote ... and",
        "wrote … and",
    ),
    Rule(
        "en rule in ranges",
        # not in 1927-11-07
        re.compile(r"[-‐‑](?<=\d[-‐‑])(?<!\b\d{4}-\d\d[-‐‑])(?=\d)(?!\d\d-\d\d\b)"),
        "–",
        "hyphens between figures made en rules",
        "1923-27",
        "1923–27",
    ),
    Rule(
        "spaced en rule",
        re.compile(r"(?<=[^\s_—-])(?: -{1,2} | ?— ?|--)(?=[^\s_—”’)\]-])"),
        " – ",
        "dashes, of whatever length, made en rules with a space on either side",
        "the party — and the state - fell",
        "the party – and the state – fell",
    ),
    Rule(
        "en rule at a line's end",
        re.compile(r"(?<=[^\s_—-])(?: -{1,2}| ?—)(?=\n[^\S\n]*\S)"),
        " –",
        "the same at the end of a line that was broken",
        "the party -\nand the state",
        "the party –\nand the state",
    ),
    Rule(
        "apostrophe",
        re.compile(r"'(?:(?<=\w')(?=\w)|(?<=s')(?=\s)|(?<!\S')(?=\d\ds?\b))"),
        "’",
        "straight apostrophes made curly",
        "the workers' party's '20s",
        "the workers’ party’s ’20s",
    ),
    Rule(
        "opening double quotation mark",
        re.compile(r'"(?<![^\s(\[—–‘]")(?=\S)'),
        "“",
        "straight quotation marks made curly",
        'he said "no',
        "he said “no",
    ),
    Rule(
        "closing double quotation mark",
        re.compile(r'"(?<=\S")'),
        "”",
        "straight quotation marks made curly",
        'no"',
        "no”",
    ),
    Rule(
        "opening single quotation mark",
        re.compile(r"'(?<![^\s(\[—–“]')(?=\S)"),
        "‘",
        "straight quotation marks made curly",
        "he said 'no",
        "he said ‘no",
    ),
    Rule(
        "closing single quotation mark",
        re.compile(r"'(?<=\S')"),
        "’",
        "straight quotation marks made curly",
        "no'",
        "no’",
    ),
)


def rules_in_force(house: House) -> tuple[Rule, ...]:
    """Return the rules that house style names, in the order in which they are applied."""
    return tuple(rule for rule in RULES if rule.id in house.regularise)


def check_rules(house: House, at: Callable[[int], Span], report: Report) -> None:
    """Report every rule that house style names and that does not exist."""
    known = [rule.id for rule in RULES]
    for n, name in enumerate(house.regularise):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.4)
            hint = f"did you mean “{near[0]}”?" if near else f"the rules are: {', '.join(known)}"
            report.error("rule-unknown", f"there is no rule “{name}”", at(n), hint)


def regularise(text: Text, house: House) -> Text:
    """Return the text in house style."""
    return apply(text, rules_in_force(house))
