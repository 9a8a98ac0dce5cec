"""Shapes made of plain values, where nothing is wrong with them."""

from typing import TypeVar

from leftopp_book.diagnostics import WrongError
from leftopp_book.shapes import Shape, read

S = TypeVar("S", bound=Shape)


def shaped(shape: type[S], value: object) -> S:
    """Return a value as a shape. Raises WrongError."""
    made, problems = read(shape, value)
    if made is None:
        raise WrongError(*((p.says, p.hint, (*p.at, *p.below)) for p in problems))
    return made
