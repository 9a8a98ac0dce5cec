"""YAML with a place for everything: strict loading of the files of `book/`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from .diagnostics import Report
from .text import Source, Span

DEPTH = 20
Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.2 booleans; dates stay dates; sexagesimal numbers, yes and no stay words."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9]\d*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9]\d*)\.\d+$", "-0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


class _Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML was built with it: six times as fast."""


_Quick.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers
# What libyaml reads otherwise than PyYAML does; a file that has none of it is read alike by both.
_APART = re.compile("[\t?!\ufeff\x85\u2028\u2029]|:\\s*[],}]")


def _loader(text: str) -> tuple[Any, yaml.Node | None]:
    """Return a loader and the root of what it has read. Raises what PyYAML's own parser raises."""
    if not _APART.search(text):
        try:
            quick = _Quick(text)
            return quick, quick.get_single_node()
        except yaml.YAMLError:
            pass  # its messages are not those that we pass on
    loader = _Loader(text)
    return loader, loader.get_single_node()


@dataclass
class Tree:
    """The value of a YAML file and the place of every key and value in it."""

    source: Source
    value: Any = None
    marks: dict[Path, Span] = field(default_factory=dict)
    keys: dict[Path, Span] = field(default_factory=dict)

    def span(self, path: Iterable[str | int]) -> Span:
        """Return the place of a value, or of the nearest thing around it."""
        at = tuple(path)
        while at not in self.marks and at:
            at = at[:-1]
        return self.marks.get(at, Span(self.source, 0, 0))


def load(source: Source, report: Report) -> Tree:
    """Read a YAML file; whatever is wrong with it goes into the report."""
    tree = Tree(source)
    try:
        loader, node = _loader(source.text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark else 0
        report.error(
            "yaml-syntax",
            f"this is not YAML: {error.problem or error}",
            Span(source, at, at),
            "quote a value that holds “: ”, “ #” or begins with a sign such as *, &, [ or {",
        )
        return tree
    except yaml.reader.ReaderError as error:
        report.error(
            "yaml-syntax",
            f"the character U+{ord(source.text[error.position]):04X} is not allowed in YAML",
            Span(source, error.position, error.position),
        )
        return tree
    if node is not None:
        tree.value = _value(node, (), tree, loader, report, set())
    return tree


def _value(
    node: yaml.Node, path: Path, tree: Tree, loader: Any, report: Report, seen: set[int]
) -> Any:
    span = Span(tree.source, node.start_mark.index, node.end_mark.index)
    tree.marks[path] = span
    if id(node) in seen:
        report.error(
            "yaml-alias", "anchors and aliases are not used in book/", span, "write it out"
        )
        return None
    seen.add(id(node))
    if len(path) > DEPTH:
        report.error("yaml-depth", f"this is nested more than {DEPTH} levels deep", span)
        return None
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(child, (*path, i), tree, loader, report, seen)
            for i, child in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            key_span = Span(tree.source, key_node.start_mark.index, key_node.end_mark.index)
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key:
                report.error("yaml-key", "a key must be a word", key_span)
                continue
            if key in mapping:
                first, _ = tree.source.position(tree.keys[(*path, key)].start)
                report.error(
                    "yaml-duplicate-key",
                    f"the key “{key}” stands here a second time",
                    key_span,
                    f"it was first given in line {first}",
                )
                continue
            tree.keys[(*path, key)] = key_span
            mapping[key] = _value(child, (*path, key), tree, loader, report, seen)
        return mapping
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        report.error("yaml-value", f"this value cannot be read: {error}", span)
        return None


M = TypeVar("M", bound=BaseModel)


def shape(
    model: type[M], tree: Tree, report: Report, path: Path = (), context: Any = None
) -> M | None:
    """Return the part of a tree at `path` as a model; report all that does not fit."""
    value = tree.value
    for step in path:
        value = value[step]
    if value is None:
        value = {}
    try:
        return model.model_validate(value, context=context)
    except ValidationError as error:
        for problem in error.errors():
            _report(problem, model, tree, path, report)
        return None


def _report(
    problem: Mapping[str, Any], model: type[BaseModel], tree: Tree, path: Path, report: Report
) -> None:
    # steps that name a member of a union or a validator are no part of the file's path
    at: Path = path
    for step in problem["loc"]:
        if (*at, step) in tree.marks:
            at = (*at, step)
    name = ".".join(str(step) for step in problem["loc"])
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        known = _known_keys(model, problem["loc"][:-1])
        near = difflib.get_close_matches(key, known, 1, 0.5)
        hint = f"did you mean “{near[0]}”?" if near else f"known keys: {', '.join(sorted(known))}"
        report.error(
            "key-unknown",
            f"the key “{key}” is not known here",
            tree.keys.get(at, tree.span(at)),
            hint,
        )
    elif problem["type"] == "missing":
        report.error(
            "key-missing", f"the key “{name}” is missing", tree.span(at), "see docs/formats.md"
        )
    else:
        span = tree.span(at)
        if any(d.span == span and d.code in ("yaml-alias", "yaml-value") for d in report.found):
            return  # it could not be read; that is all there is to say
        message = str(problem["msg"]).removeprefix("Value error, ").replace(" after validation", "")
        message = message.replace("tuple", "list")
        report.error(
            "value-wrong", f"{name or 'the file'}: {message[0].lower()}{message[1:]}", span
        )


def _known_keys(model: type[BaseModel], loc: Iterable[str | int]) -> list[str]:
    """Return the keys of the model that a path leads to."""
    current: Any = model
    for step in loc:
        fields = getattr(current, "model_fields", {})
        if isinstance(step, str) and step in fields:
            current = _inner_model(fields[step].annotation) or current
    return [f.alias or name for name, f in getattr(current, "model_fields", {}).items()]


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found:
            return found
    return None
