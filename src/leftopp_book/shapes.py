"""Shapes: values of YAML made into structures, and all that does not fit told at once.

The fields of a shape say by their annotations what is wanted: a type, bounds (`msgspec.Meta`), and
functions that make something of a value or refuse it, in their order. Nothing is converted: “3” is
no number, and 3 are no words.
"""

from __future__ import annotations

import datetime
import difflib
import operator
import types
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from msgspec import Meta, Struct
from msgspec.structs import fields

from .diagnostics import WrongError, kind, quoted, wrong

Path = tuple[str | int, ...]


class Shape(Struct, frozen=True):
    """What a mapping of a file is made into; it is closed to keys that no field has."""

    as_typed: ClassVar[frozenset[str]] = frozenset()  # fields whose spaces are meant

    def check(self) -> None:
        """Raise WrongError for what does not fit together, though each field is right."""


S = TypeVar("S", bound=Shape)


class Before(Struct, frozen=True):
    """An annotation: what is made of a value before its type is looked at. May raise WrongError."""

    make: Callable[[Any], Any]


class After(Struct, frozen=True):
    """An annotation: what is made of a value of the right type. May raise WrongError."""

    make: Callable[[Any], Any]


class Problem(Struct, frozen=True):
    """Something that does not fit: where it stands, what to say of it and what to do.

    `key` tells whether a key is missing or unknown; else it is a value that does not fit, and
    `below` leads on to the part of it that is at fault.
    """

    key: Literal["missing", "unknown", ""]
    at: Path
    says: str
    hint: str
    below: Path = ()


def read(shape: type[S], value: object) -> tuple[S | None, tuple[Problem, ...]]:
    """Return a value as a shape, or none and all that is wrong with it."""
    told: list[Problem] = []
    made = _reader(shape)(value, (), told)
    return (None if made is _FAILED else made), tuple(told)


def nearest(value: str, known: Iterable[str], likeness: float = 0.4) -> str:
    """Return as a hint the known name that is most like one that is not, or all that are known."""
    names = list(known)
    folded = {name.lower(): name for name in names}
    near = difflib.get_close_matches(value[:100].lower(), folded, 1, likeness)
    return f"did you mean “{folded[near[0]]}”?" if near else f"there are: {', '.join(names)}"


# --- Readers --------------------------------------------------------------------------------------

Reader = Callable[[Any, Path, list[Problem]], Any]
_FAILED: Any = object()  # what a reader returns that has told what is wrong


@cache
def _reader(wanted: Any) -> Reader:
    """Return what reads a value of an annotation."""
    origin, given = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        reader = _reader(given[0])
        for note in given[1:]:
            reader = _noted(note, reader)
        return reader
    if origin is Literal:
        return _literal(given)
    if origin is tuple:
        return _items(_reader(given[0]))
    if origin is dict:
        return _entries(_reader(given[0]), _reader(given[1]))
    if origin in (Union, types.UnionType):
        (other,) = (one for one in given if one is not type(None))
        return _or_none(_reader(other))
    if issubclass(wanted, Shape):
        return _shape(wanted)
    return _plain(wanted)


def _noted(note: object, reader: Reader) -> Reader:
    match note:
        case Before(make):
            return _then(_making(make), reader)
        case After(make):
            return _then(reader, _making(make))
        case Meta():
            return _then(reader, partial(_bounded, note))
    raise TypeError(f"{note} says nothing of a value")


def _then(first: Reader, second: Reader) -> Reader:
    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        made = first(value, at, told)
        return made if made is _FAILED else second(made, at, told)

    return reading


def _making(make: Callable[[Any], Any]) -> Reader:
    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        try:
            return make(value)
        except WrongError as error:
            return _tell(error, at, told)

    return reading


def _tell(error: WrongError, at: Path, told: list[Problem]) -> Any:
    told += (Problem("", at, says, hint, below) for says, hint, below in error.faults)
    return _FAILED


def _bounded(bounds: Meta, value: Any, at: Path, told: list[Problem]) -> Any:
    """Hold a value against the bounds of its number or of its length."""
    if bounds.min_length and len(value) < bounds.min_length:
        if isinstance(value, str):
            return _tell(wrong("words are wanted here", "write them"), at, told)
        hint = "write into it what belongs there"
        return _tell(wrong("this list is empty", hint), at, told)
    for bound, words, fits in (
        (bounds.ge, "no less than", operator.ge),
        (bounds.gt, "more than", operator.gt),
        (bounds.le, "no more than", operator.le),
        (bounds.lt, "less than", operator.lt),
    ):
        if bound is not None and not fits(value, bound):
            says = f"{words} {bound:g} is wanted here, not {value}"
            return _tell(wrong(says, "correct it"), at, told)
    return value


# By type: what is wanted, and what to do.
_WANTED: dict[type, tuple[str, str]] = {
    str: ("words are", 'put it in quotes: "{}"'),
    tuple: ("a list is", "write it as a list: [{}]"),
    int: ("a number is", "write a whole number without quotes"),
    float: ("a number is", "write a number without quotes"),
    bool: ("true or false is", "write “true” or “false”, without quotes"),
    dict: ("a mapping of keys to values is", "write “key: value”; see docs/formats.md"),
    datetime.date: ("a date is", "write it as 2026-01-31, without quotes"),
}


def _unwanted(wanted: type, value: Any, at: Path, told: list[Problem]) -> Any:
    words, hint = _WANTED[wanted]
    shown = str(value)[:40] if isinstance(value, int | float | datetime.date) else "…"
    says = f"{words} wanted here, not {kind(value)}"
    return _tell(wrong(says, hint.format(shown)), at, told)


def _plain(wanted: type) -> Reader:
    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        is_number = wanted is float and type(value) is int
        if type(value) is wanted or is_number or wanted not in _WANTED:
            return value
        return _unwanted(wanted, value, at, told)

    return reading


def _literal(names: tuple[str, ...]) -> Reader:
    known = [name for name in names if name]

    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        if isinstance(value, str) and value in names:
            return value
        shown = quoted(value) if isinstance(value, str) else kind(value)
        near = difflib.get_close_matches(str(value)[:100].lower(), known, 1, 0.6)
        hint = f"did you mean “{near[0]}”? " if near else ""
        says = f"{shown} is not known here"
        return _tell(wrong(says, f"{hint}there are: {', '.join(known)}"), at, told)

    return reading


def _or_none(reader: Reader) -> Reader:
    return lambda value, at, told: None if value is None else reader(value, at, told)


def _items(reader: Reader) -> Reader:
    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        if not isinstance(value, list | tuple):
            return _unwanted(tuple, value, at, told)
        made = tuple(reader(item, (*at, n), told) for n, item in enumerate(value))
        return _FAILED if any(item is _FAILED for item in made) else made

    return reading


def _entries(keys: Reader, values: Reader) -> Reader:
    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        if not isinstance(value, dict):
            return _unwanted(dict, value, at, told)
        made = [
            (keys(key, (*at, key), told), values(item, (*at, key), told))
            for key, item in value.items()
        ]
        return _FAILED if any(_FAILED in pair for pair in made) else dict(made)

    return reading


def _shape(shape: type[Shape]) -> Reader:
    own = [(field, _reader(field.type)) for field in fields(shape)]
    known = [field.encode_name for field, _ in own]

    def reading(value: Any, at: Path, told: list[Problem]) -> Any:
        if isinstance(value, shape):
            return value
        if not isinstance(value, dict):
            return _unwanted(dict, value, at, told)
        before, given = len(told), {}
        for field, reader in own:
            key, path = field.encode_name, (*at, field.encode_name)
            if key in value:
                fault = _blank(value[key], as_typed=field.name in shape.as_typed)
                made = _tell(fault, path, told) if fault else reader(value[key], path, told)
                given[field.name] = made
            elif field.required:
                name = ".".join(map(str, path))
                hint = f"write “{key}: …”; docs/formats.md says what belongs there"
                told.append(Problem("missing", path, f"the key “{name}” is missing", hint))
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, 1, 0.5)
                others = f"known keys: {', '.join(sorted(known))}"
                hint = f"did you mean “{near[0]}”?" if near else others
                says = f"the key “{key}” is not known here"
                told.append(Problem("unknown", (*at, key), says, hint))
        if len(told) > before:
            return _FAILED
        whole = shape(**given)
        try:
            whole.check()
        except WrongError as error:
            return _tell(error, at, told)
        return whole

    return reading


def is_blank(words: str) -> bool:
    """Tell whether nothing of words would be seen."""
    return not any(char.isprintable() and not char.isspace() for char in words)


def _blank(value: Any, *, as_typed: bool) -> WrongError | None:
    """Return what is wrong with words of spaces alone, and with empty words in a list."""
    if isinstance(value, str):
        if value and is_blank(value) and not as_typed:
            return wrong("nothing that is seen stands here", "write words, or take the key out")
    elif isinstance(value, list):
        hint = "write words, or take the item out of the list"
        faults = [
            ("there are no words here", hint, (n,))
            for n, item in enumerate(value)
            if isinstance(item, str) and is_blank(item)
        ]
        if faults:
            return WrongError(*faults)
    return None
