"""No pattern of the package takes more than linear time, whatever it is fed.

The patterns are found by looking: those that modules hold, in tables and rules too, and those that
functions make of constants. A new one is tried without being listed here.
"""

import ast
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from time import process_time
from types import FunctionType, ModuleType
from typing import Any

import pytest

import leftopp_book
from leftopp_book.clean import RULES as CLEANING
from leftopp_book.regularise import RULES as HOUSE

PACKAGE = Path(leftopp_book.__file__).parent
N = 600  # characters; what is quadratic takes some 10 ms for them, and sixteen times that for 4 N
GROWTH = 6.5  # times, from N to 4 N; what is linear grows 4 times, what is quadratic 16 times
# Patterns that are only held against a short string, and how long that can be.
BOUNDED = {
    "names._SENTENCE_START": 12,
    "parse._HEAD": 60,
    "pieces._LAST_WORD": 60,
    "citations._STOPPED": 12,
}
TRIED = (" ", "\n", "a", "A", "1", "(", "A. ", "1 ")


def modules() -> Iterator[tuple[str, Any]]:
    for path in sorted(PACKAGE.glob("*.py")):
        if path.stem not in ("__init__", "__main__"):
            yield path.stem, importlib.import_module(f"leftopp_book.{path.stem}")


def held(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the patterns that a value is or holds, under a name for each."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield name, value
    elif depth < 3 and isinstance(value, tuple | list):
        for n, item in enumerate(value):
            yield from held(f"{name}[{n}]", item, depth + 1)
    elif depth < 3 and isinstance(value, dict):
        for key, item in value.items():
            yield from held(f"{name}[{key}]", item, depth + 1)
    elif depth < 3 and hasattr(value, "__struct_fields__") and not isinstance(value, type):
        for field in value.__struct_fields__:
            yield from held(f"{name}.{field}", getattr(value, field, None), depth + 1)


def written(name: str, module: Any) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the patterns that functions of a module make of constants."""
    calls = {"compile", "search", "match", "fullmatch", "sub", "finditer", "findall", "split"}
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of = node.func.value
        if not (isinstance(of, ast.Name) and of.id == "re" and node.func.attr in calls):
            continue
        try:
            made = eval(compile(ast.Expression(node.args[0]), name, "eval"), vars(module).copy())
        except NameError:  # it depends on what a function is given
            continue
        if isinstance(made, str):
            flags = 0
            if node.func.attr == "compile" and len(node.args) > 1:
                flags = eval(compile(ast.Expression(node.args[1]), name, "eval"), {"re": re})
            yield f"{name}:{node.lineno}", re.compile(made, flags)


def all_patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    seen: dict[tuple[str, int], str] = {}
    for name, module in modules():
        pairs: list[tuple[str, re.Pattern[str]]] = []
        for key, value in vars(module).items():
            if not isinstance(value, type | ModuleType | FunctionType):
                pairs += held(f"{name}.{key}", value)
        for where, pattern in (*pairs, *written(name, module)):
            if (pattern.pattern, pattern.flags) not in seen:
                seen[pattern.pattern, pattern.flags] = where
                found[where] = pattern
    return found


def literals(parsed: Any) -> Iterator[str]:
    """Yield the runs of literal characters in a parsed pattern, and one member of each class."""
    run = ""
    for kind, value in parsed:
        if kind is sre.LITERAL:
            run += chr(value)
            continue
        if run:
            yield run
            run = ""
        if kind is sre.IN:
            for of, member in value:
                if of is sre.LITERAL:
                    yield chr(member)
                elif of is sre.RANGE:
                    yield chr(member[0])
        for part in value if isinstance(value, tuple | list) else ():
            if isinstance(part, _parser.SubPattern):
                yield from literals(part)
            elif isinstance(part, list):
                for branch in part:
                    if isinstance(branch, _parser.SubPattern):
                        yield from literals(branch)
    if run:
        yield run


def worst(pattern: re.Pattern[str]) -> Iterator[tuple[str, str, str]]:
    """Yield beginnings, units and ends of strings that may take a pattern long."""
    own = list(dict.fromkeys(literals(_parser.parse(pattern.pattern, pattern.flags))))[:5]
    units = [*TRIED, *own]
    units += [a + b for a in own[:3] for b in own[:3] if a != b] + [f"{o} " for o in own[:3]]
    for unit in dict.fromkeys(units):
        yield "", unit, "\x1a"
    for head in own[:3]:
        for unit in (" ", "a", "1"):
            yield head, unit, "\x1a"


SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))


def uses(where: str) -> set[str]:
    """Return the operations that a pattern is used for.

    One that is handed on, or stands in a table, may be looked for at every place of a string.
    """
    if ":" in where:
        path, _, line = where.partition(":")
        lines = (PACKAGE / f"{path}.py").read_text(encoding="utf-8").split("\n")
        found = set(re.findall(r"(?<=re\.)(?:full)?match(?=\()", lines[int(line) - 1]))
        found |= set(re.findall(r"(?<=\)\.)(?:full)?match(?=\()", lines[int(line) - 1]))
        return found or {"finditer"}
    name = re.escape(where.rpartition(".")[2])
    found = set(re.findall(rf"(?<![\w.]){name}\b(?:\.(\w+))?(?! = )", SOURCES))
    return found & {"match", "fullmatch"} | (
        {"finditer"} if found - {"match", "fullmatch"} else set()
    )


def operations(where: str, pattern: re.Pattern[str]) -> Iterable[Callable[[str], object]]:
    how = uses(where)
    if "finditer" in how or not how:
        yield lambda string: sum(1 for _ in pattern.finditer(string))
    if "match" in how:
        yield pattern.match
    if "fullmatch" in how:
        yield pattern.fullmatch


def taken(work: Callable[[str], object], string: str, times: int) -> float:
    best = float("inf")
    for _ in range(times):
        start = process_time()
        work(string)
        best = min(best, process_time() - start)
    return best


# Seconds: what takes less for 4 N is not looked at again. Half of what is quadratic takes here.
FLOOR = taken(re.compile(r"\s*\[").search, " " * (4 * N), 5) / 2


def growth(where: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, float, float]]:
    """Yield what makes the work of a pattern grow more than it may: the input, the two times."""
    for head, unit, end in worst(pattern):
        small = head + unit * (N // len(unit)) + end
        large = head + unit * (4 * N // len(unit)) + end
        for work in operations(where, pattern):
            if taken(work, large, 1) < FLOOR:
                continue
            one, four = taken(work, small, 3), taken(work, large, 3)
            if four > FLOOR and four > GROWTH * one:
                yield f"{head!r} + {unit!r} * n", one, four


PATTERNS = all_patterns()


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 120
    assert {"markers._GLUED", "parse._DATELINE", "text_checks._MARK"} <= PATTERNS.keys()
    tables = {rule.pattern for rule in (*CLEANING, *HOUSE)}
    assert tables <= set(PATTERNS.values())
    assert BOUNDED.keys() <= PATTERNS.keys()


def module_of(where: str) -> str:
    return re.split(r"[.:]", where)[0]


@pytest.mark.parametrize("module", sorted(set(map(module_of, PATTERNS))))
def test_work_grows_with_the_text(module: str) -> None:
    slow = []
    for name, pattern in PATTERNS.items():
        if module_of(name) == module and name not in BOUNDED:
            found = next(growth(name, pattern), None)
            if found:
                slow.append(f"{name} on {found[0]}: {found[1]:.4f} s, then {found[2]:.4f} s")
    assert not slow, "\n".join(slow)


@pytest.mark.parametrize("name", BOUNDED)
def test_what_is_held_against_short_strings_is_quick_there(name: str) -> None:
    for head, unit, end in worst(PATTERNS[name]):
        for work in operations(name, PATTERNS[name]):
            assert taken(work, (head + unit * N)[: BOUNDED[name]] + end, 3) < FLOOR


def test_a_slow_pattern_is_seen() -> None:
    assert next(growth("of.its.own", re.compile(r"\s*\[")), None)
    assert next(growth("of.its.own", re.compile(r"a.*b.*c")), None)
    assert not next(growth("of.its.own", re.compile(r"(?<!\s)\s*\[")), None)
