"""Rules as data: each does what its example says, and doing it twice does nothing more."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.clean import ENTITIES, clean
from leftopp_book.clean import RULES as CLEAN
from leftopp_book.regularise import RULES as HOUSE
from leftopp_book.regularise import regularise
from leftopp_book.rules import Rule, applied, apply
from leftopp_book.schema import House
from leftopp_book.text import Source, Text

ALL = House(regularise=tuple(rule.id for rule in HOUSE))
MARKS = "ab.,1 -'\"(“”’‘…—–_\n\r\t\u00a0\u00ad\u200b\u2011\u2009\ufeff\x0c&;#"
WHOLES = ("&amp;", "&#8217;", "&quot;", "&nosuch;", "...", ". . .", "--", "  ", "\r\n", "s' ")
DIRT = st.lists(st.sampled_from([*MARKS, *WHOLES]), max_size=30).map("".join)


def text_of(string: str) -> Text:
    return Text.of(Source("t", string))


@pytest.mark.parametrize("rule", [*CLEAN, *HOUSE], ids=lambda rule: rule.id)
def test_a_rule_does_what_its_example_says(rule: Rule) -> None:
    assert apply(text_of(rule.before), [rule]).string == rule.after
    assert rule.before != rule.after
    assert rule.says == rule.says.strip().rstrip(".")


def test_entities_do_what_their_example_says() -> None:
    assert clean(text_of(ENTITIES.before)).string == ENTITIES.after


@pytest.mark.parametrize("rules", [(ENTITIES, *CLEAN), HOUSE], ids=["clean", "regularise"])
def test_every_rule_has_a_name_of_its_own(rules: Sequence[Rule]) -> None:
    names = [rule.id for rule in (ENTITIES, *CLEAN, *HOUSE)]
    assert len(set(names)) == len(names)
    assert all(rule.id in names for rule in rules)


@given(DIRT)
def test_cleaning_twice_is_cleaning_once_but_for_entities(string: str) -> None:
    """An entity that stood for the sign of another (`&amp;lt;`) is not read a second time."""
    once = clean(text_of(string)).string
    if "&" not in once:
        assert clean(text_of(once)).string == once


@given(DIRT)
def test_the_rules_of_cleaning_are_idempotent(string: str) -> None:
    once = apply(text_of(string), CLEAN).string
    assert apply(text_of(once), CLEAN).string == once


@given(DIRT)
def test_regularising_twice_is_regularising_once(string: str) -> None:
    once = regularise(clean(text_of(string)), ALL).string
    assert regularise(text_of(once), ALL).string == once


@given(DIRT)
def test_cleaning_keeps_every_line_a_line(string: str) -> None:
    lines = apply(text_of(string), CLEAN[:1]).string.count("\n")
    assert clean(text_of(string)).string.count("\n") == lines


@given(DIRT)
def test_every_change_can_be_undone(string: str) -> None:
    text = regularise(clean(text_of(string)), ALL)
    assert text.original == string


@given(DIRT)
def test_regularising_keeps_the_letters(string: str) -> None:
    before = clean(text_of(string)).string
    after = regularise(text_of(before), ALL).string
    assert [c for c in before if c.isalnum()] == [c for c in after if c.isalnum()]


def test_applied_counts_the_places_that_a_rule_changed() -> None:
    text = clean(text_of("in\u00a01927,  and\u00a01928"))
    assert applied(text, CLEAN) == (("no-break spaces", 2), ("doubled spaces", 1))
