"""Laws of shapes: whatever stands in a file is made into one, or all that is wrong is told."""

import datetime
from typing import Annotated, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta, field

from leftopp_book import formats, schema
from leftopp_book.diagnostics import wrong
from leftopp_book.shapes import After, Before, Shape, read
from shaped import shaped

SHAPES = [
    kind
    for module in (schema, formats)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Shape) and kind is not Shape
]
KEYS = sorted({key for shape in SHAPES for key in shape.__struct_encode_fields__})
WORDS = st.sampled_from(["", " ", "x", "cliff:51", "cliff:51 a word", "1927-11-07", "(a+)+", "\n"])
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), WORDS, st.text(max_size=8)
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=9)
    ),
    max_leaves=30,
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: str(shape.__name__))
@given(value=VALUES)
@example(value={"forms": [[]]})
def test_a_value_is_a_shape_or_something_is_wrong_with_it(
    shape: type[Shape], value: object
) -> None:
    made, problems = read(shape, value)
    assert (made is None) == bool(problems)
    for problem in problems:
        assert problem.says
        assert problem.hint
        assert len(set(problems)) == len(problems)
        inner = value  # the place of a fault is in the value
        for step in problem.at[: -1 if problem.key == "missing" else None]:
            if not isinstance(inner, dict if isinstance(step, str) else list):
                assert step == problem.at[-1], "a short form stands for what has the key"
                break
            inner = inner[step]  # type: ignore[index]


class Leaf(Shape, frozen=True):
    number: Annotated[int, Meta(ge=1, lt=10)]
    kind: Literal["oak", "elm"] = "oak"


def _even(number: float) -> float:
    if number % 2:
        raise wrong(f"{number} is odd", "take the next one")
    return number


class Tree(Shape, frozen=True):
    as_typed = frozenset({"name"})

    name: str
    leaves: Annotated[tuple[Leaf, ...], Meta(min_length=1)]
    height: Annotated[float, Before(lambda value: value or 2), After(_even)] = 4
    felled: datetime.date | None = None
    marks: dict[Literal["red", "blue"], bool] = field(default_factory=dict)
    within: tuple[str, ...] = field(default=(), name="in")

    def check(self) -> None:
        if len(self.within) > len(self.leaves):
            raise wrong("it is in more places than it has leaves", "count", "in", 0)


def test_all_that_is_wrong_is_told() -> None:
    leaves = [{"number": 0}, {"number": True, "kind": "ash"}, {"nubmer": 3}, 4]
    made, problems = read(
        Tree,
        {
            "name": " ",
            "leaves": leaves,
            "height": 3,
            "marks": {"green": 1},
            "in": ["x", " "],
            "y": 1,
        },
    )
    assert made is None
    assert [(p.key, p.at, p.below, p.says) for p in problems] == [
        ("", ("leaves", 0, "number"), (), "no less than 1 is wanted here, not 0"),
        ("", ("leaves", 1, "number"), (), "a number is wanted here, not true"),
        ("", ("leaves", 1, "kind"), (), "“ash” is not known here"),
        ("missing", ("leaves", 2, "number"), (), "the key “leaves.2.number” is missing"),
        ("unknown", ("leaves", 2, "nubmer"), (), "the key “nubmer” is not known here"),
        ("", ("leaves", 3), (), "a mapping of keys to values is wanted here, not the number 4"),
        ("", ("height",), (), "3 is odd"),
        ("", ("marks", "green"), (), "“green” is not known here"),
        ("", ("marks", "green"), (), "true or false is wanted here, not the number 1"),
        ("", ("in",), (1,), "there are no words here"),
        ("unknown", ("y",), (), "the key “y” is not known here"),
    ]


def test_what_fits_is_taken_as_it_is() -> None:
    tree = shaped(Tree, {"name": " ", "leaves": [{"number": 9}], "height": 0, "in": ["a"]})
    assert tree == Tree(" ", (Leaf(9),), 2, within=("a",))
    assert read(Tree, {"name": "x", "leaves": []})[1][0].says == "this list is empty"
    leaves = [tree.leaves[0]]
    (problem,) = read(Tree, {"name": "x", "leaves": leaves, "in": ["a", "b"], "felled": None})[1]
    assert (problem.at, problem.below) == ((), ("in", 0))
