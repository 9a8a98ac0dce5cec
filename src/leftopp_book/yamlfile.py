"""YAML with a place for everything: strict loading of the files of `book/`."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import yaml
from msgspec import Struct, field
from pydantic import BaseModel, ValidationError

from . import limits
from .characters import FORBIDDEN, named
from .diagnostics import Report, WrongError, kind, quoted
from .text import Source, Span

DEPTH = 20
DIGITS = 18  # of a number; no number of ours has more than four
_INT = "tag:yaml.org,2002:int"
Path = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML 1.2 booleans; dates stay dates; sexagesimal numbers, times, yes and no stay words."""


_OWN = ("bool", "int", "float", "timestamp", "value", "merge")

_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag.removeprefix("tag:yaml.org,2002:") not in _OWN
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9]\d*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9]\d*)\.\d+$", "-0123456789"),
    ("tag:yaml.org,2002:timestamp", r"^\d{4}-\d\d-\d\d$", "0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


class _Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML was built with it: six times as fast."""


_Quick.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers
# What libyaml reads otherwise than PyYAML does; a file that has none of it is read alike by both.
_APART = re.compile("[\t\ufeff\x85\u2028\u2029]")
_APART_BARE = re.compile(r"(?m):\s*[],}]|(?:^|[\s,:\[{-])!")
_IN_QUOTES = re.compile(r""""(?:[^"\\\n]|\\.)*+"?|(?<=[:,\[{-] )'[^'\n]*'(?=[ ,\]}]|$)""", re.M)
_ASKED = re.compile(r"[\[{][^?\[{\n]*\?|(?:^|[\s,:-])\?")


def _read_alike(text: str) -> bool:
    """Tell whether libyaml is sure to read a text as PyYAML does.

    They differ on a question mark at the beginning of a word or within brackets.
    """
    bare = _IN_QUOTES.sub('""', text)
    if _APART.search(text) or _APART_BARE.search(bare):
        return False
    depth = 0
    for line in bare.split("\n") if "?" in bare else ():
        if "?" in line and (depth > 0 or _ASKED.search(line)):
            return False
        depth += sum(map(line.count, "[{")) - sum(map(line.count, "]}"))
    return True


def _loader(text: str) -> tuple[Any, yaml.Node | None]:
    """Return a loader and the root of what it has read. Raises what PyYAML's own parser raises."""
    if _read_alike(text):
        try:
            quick = _Quick(text)
            return quick, quick.get_single_node()
        except yaml.YAMLError:
            pass  # its messages are not those that we pass on
    loader = _Loader(text)
    return loader, loader.get_single_node()


class Tree(Struct):
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

    def put_first(self, items: Sequence[int]) -> None:
        """Number the items of a list anew: those given come first, the others after them."""
        rest = set(range(len(self.value))) - set(items)
        order = [*items, *sorted(rest)]
        new: dict[str | int, int] = {old: n for n, old in enumerate(order)}
        self.value = [self.value[n] for n in order]
        for places in (self.marks, self.keys):
            places.update({(new[at[0]], *at[1:]): span for at, span in places.items() if at})


def load(source: Source, report: Report) -> Tree:
    """Read a YAML file; whatever is wrong with it goes into the report."""
    tree = Tree(source)
    if len(source.text) > limits.YAML:
        report.error(
            "yaml-large",
            f"this file has {len(source.text):,} characters; no file of book/ may have more than "
            f"{limits.YAML:,}",
            Span(source, 0, 0),
            "see whether it is the right file; an article can be divided into two",
        )
        return tree
    try:
        if _UNUSUAL.search(source.text) and not _is_plain(source, report):
            return tree
        loader, node = _loader(source.text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark else 0
        if source.text[at : at + 1] == "\t":
            what, hint = "a tab stands where only spaces may", "put spaces in its place"
        elif "alphabetic or numeric" in str(error.problem):
            what, hint = "a value begins with * or &", "put it in quotes"
        elif "mapping values" in str(error.problem) and mark and mark.column > 1024:
            what, hint = "a key has at most 1,024 characters", "shorten it"
        else:
            what = str(error.problem or error)
            hint = "quote a value that holds “: ”, “ #” or begins with a sign such as *, &, [ or {"
        report.error("yaml-syntax", f"this is not YAML: {what}", Span(source, at, at), hint)
        return tree
    except yaml.reader.ReaderError as error:
        report.error(
            "yaml-syntax",
            f"this holds {named(source.text[error.position])}, which is not allowed in YAML",
            Span(source, error.position, error.position + 1),
            "take it out",
        )
        return tree
    if node is not None:
        tree.value = _value(node, (), tree, loader, report, set())
    return tree


# What may hide an anchor, an alias, a tag, a second document or a nest too deep to be read.
_UNUSUAL = re.compile(
    r"(?m)(?:^ *|[:,?-] +|[\[{,])[&*!][^\s,]|^(?:---|\.\.\.|%)|[\[{](?:[^\[\]{}]{0,40}[\[{]){12}"
    r"|^ {60}|(?:[-?] +){12}"
)


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of a text up to where it ceases to be YAML; `load` says what is wrong."""
    try:
        yield from yaml.parse(text, Loader=_Quick if _read_alike(text) else _Loader)
    except yaml.YAMLError:
        return


def _is_plain(source: Source, report: Report) -> bool:
    """Tell whether a file is of our kind of YAML; report what it has that ours do not have.

    The events are read one by one, so that no nest is too deep and no alias is followed.
    """
    depth = documents = 0
    before = len(report.found)
    for event in _events(source.text):
        at = event.start_mark.index if event.start_mark else 0
        span = Span(source, at, event.end_mark.index if event.end_mark else at)
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            report.error(
                "yaml-alias", "anchors and aliases are not used in book/", span, "write it out"
            )
        elif tag:
            report.error(
                "yaml-tag",
                f"tags such as {tag.replace('tag:yaml.org,2002:', '!!')} are not used in book/",
                span,
                "take the tag away; quote a value that begins with an exclamation mark",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH:
                report.error(
                    "yaml-depth",
                    f"this is nested more than {DEPTH} levels deep",
                    span,
                    "take the brackets or the dashes away",
                )
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                report.error(
                    "yaml-documents",
                    "a second document begins here; a file of book/ is one",
                    span,
                    "take the line “---” away, or make two files",
                )
                return False
    return len(report.found) == before


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
            key = _printable(unicodedata.normalize("NFC", key), key_span, report)
            if not key:
                report.error("yaml-key", "a key must be a word", key_span, "write a word there")
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
    if isinstance(node.value, str) and len(node.value) > DIGITS and node.tag == _INT:
        report.error("yaml-value", "this number has too many figures", span, "quote it")
        return None
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        hint = "correct it; quote it, if it is not meant as a date"
        report.error("yaml-value", f"this value cannot be read: {error}", span, hint)
        return None
    if not isinstance(value, str):
        return value
    return _printable(unicodedata.normalize("NFC", value), span, report)


def _printable(words: str, span: Span, report: Report) -> str:
    """Return words without what can neither be printed nor stand in XML, which is an error."""
    wrong = FORBIDDEN.search(words)
    if not wrong:
        return words
    says = f"this holds {named(wrong[0])}, which has no place in a file of book/"
    report.error("book-control", says, span, "take it out")
    return FORBIDDEN.sub("\ufffd", words)


M = TypeVar("M", bound=BaseModel)
_UNREAD = ("yaml-alias", "yaml-depth", "yaml-value")


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
            "key-missing",
            f"the key “{name}” is missing",
            tree.span(at),
            f"write “{problem['loc'][-1]}: …”; docs/formats.md says what belongs there",
        )
    else:
        span = tree.span(at)
        if any(d.span == span and d.code in _UNREAD for d in report.found):
            return  # it could not be read; that is all there is to say
        for message, hint, below in _faults(problem):
            told = f"{name}: {message}" if name else message
            report.error("value-wrong", told, tree.span((*at, *below)), hint)


# By kind of the fault: what was wanted, and what to do.
_WANTED = {
    "string_type": ("words are", 'put it in quotes: "{}"'),
    "tuple_type": ("a list is", "write it as a list: [{}]"),
    "int_type": ("a number is", "write a whole number without quotes"),
    "int_from_float": ("a whole number is", "write it without a point"),
    "float_type": ("a number is", "write a number without quotes"),
    "bool_type": ("true or false is", "write “true” or “false”, without quotes"),
    "model_type": ("a mapping of keys to values is", "write “key: value”; see docs/formats.md"),
    "dict_type": ("a mapping of keys to values is", "write “key: value”; see docs/formats.md"),
    "date_type": ("a date is", "write it as 2026-01-31, without quotes"),
}
# What bounds a number, and how to say so.
_BOUNDS = {
    "greater_than_equal": ("ge", "no less than"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "no more than"),
    "less_than": ("lt", "less than"),
}


def _faults(problem: Mapping[str, Any]) -> Iterable[tuple[str, str, tuple[str | int, ...]]]:
    """Return what a problem of pydantic's is in our words: fault, remedy, and where below it."""
    found, type_, more = problem.get("input"), problem["type"], problem.get("ctx", {})
    if isinstance(error := more.get("error"), WrongError):
        return error.faults
    if type_ in _WANTED:
        wanted, hint = _WANTED[type_]
        words = str(found)[:40] if isinstance(found, int | float | date) else "…"
        return [(f"{wanted} wanted here, not {kind(found)}", hint.format(words), ())]
    if type_ in _BOUNDS:
        key, words = _BOUNDS[type_]
        return [(f"{words} {more[key]:g} is wanted here, not {found}", "correct it", ())]
    if type_ == "literal_error":
        known = [name for name in re.findall(r"'([^']*)'", str(more["expected"])) if name]
        shown = quoted(found) if isinstance(found, str) else kind(found)
        near = difflib.get_close_matches(str(found)[:100].lower(), known, 1, 0.6)
        hint = f"did you mean “{near[0]}”? " if near else ""
        return [(f"{shown} is not known here", f"{hint}there are: {', '.join(known)}", ())]
    if type_ == "string_too_short":
        return [("words are wanted here", "write them", ())]
    if type_ == "too_short":
        return [("this list is empty", "write into it what belongs there", ())]
    message = str(problem["msg"]).removeprefix("Value error, ")
    return [(f"{message[:1].lower()}{message[1:]}", "see docs/formats.md", ())]


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
