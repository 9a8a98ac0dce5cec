"""YAML with a place for everything: strict loading of the files of `book/`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import yaml
from msgspec import Struct, field

from . import limits
from .characters import FORBIDDEN, named
from .diagnostics import KEY, Report
from .shapes import Path, Problem, Shape, read
from .text import Source, Span

DEPTH = 20
DIGITS = 18  # of a number; no number of ours has more than four
_INT = "tag:yaml.org,2002:int"


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
        except (yaml.YAMLError, ValueError):
            pass  # its messages are not those that we pass on
    loader = _Loader(text)
    try:
        return loader, loader.get_single_node()
    except (ValueError, OverflowError) as error:
        says = "an escape names a character that there is not"
        raise yaml.MarkedYAMLError(problem=says, problem_mark=loader.get_mark()) from error


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
        at, what, hint = _syntax(error, source.text)
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


QUOTE_IT = "quote a value that holds “: ”, “ #” or begins with a sign such as *, &, [ or {"
_DEEPER = (
    "what belongs together begins in the same column, and what goes on in the next line stands "
    "further in"
)


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    """Return where a text ceases to be YAML, what is wrong there, and the remedy.

    What was opened and is not closed is told where it was opened.
    """
    problem, context = str(error.problem or error), str(error.context or "")
    mark, opened = error.problem_mark or error.context_mark, error.context_mark
    at = mark.index if mark else 0
    line = mark.line + 1 if mark else 1
    if text[at : at + 1] == "\t":
        return at, "a tab stands where only spaces may", "put spaces in its place"
    if "alphabetic or numeric" in problem:
        return at, "a value begins with * or &", "put it in quotes"
    if "mapping values" in problem and mark and mark.column > 1024:
        return at, "a key has at most 1,024 characters", "shorten it"
    if opened and "quoted scalar" in context:
        if "escape" in problem or "hexadecimal" in problem:
            hint = "write \\\\ for a backslash, or put the words in single quotation marks"
            return at, "a backslash has a meaning between these quotation marks", hint
        sign = text[opened.index : opened.index + 1]
        within = 'a backslash before it: \\"' if sign == '"' else "it written twice: ''"
        return (
            opened.index,
            f"the quotation mark {sign} is opened in line {opened.line + 1} and never closed",
            f"close it; a quotation mark within the words has {within}",
        )
    if opened and "flow" in context:
        sign = text[opened.index : opened.index + 1]
        close = "]" if sign == "[" else "}"
        where = "at the end of the file" if at >= len(text.rstrip()) else f"before line {line}"
        if opened.line == line - 1:
            says = f"a comma or {close} is missing; {sign} is opened in column {opened.column + 1}"
            return at, says, f"part what is in the brackets by commas; {QUOTE_IT}"
        return (
            opened.index,
            f"the bracket {sign} is opened in line {opened.line + 1} and not closed {where}",
            f"write {close} where it ends, and commas between what is in it",
        )
    if "escape" in problem:
        hint = "in double quotes a backslash begins an escape; put the value in single ones"
        return at, problem, hint
    if "expected <block end>" in problem:
        quoted = _quoted_before(text, at)
        if quoted:
            first, last = (text.count("\n", 0, place) + 1 for place in quoted)
            return (
                quoted[0],
                f"the quotation mark that is opened in line {first} is closed by that in line "
                f"{last}, after which line {line} goes on",
                "close it where the words end",
            )
        if text[text.rfind("\n", 0, at) + 1 : at].strip():
            hint = "take the words after a closing mark into it, or put the whole in quotes"
            return at, "the value has ended, and more stands after it", hint
        began = f", which begins in line {opened.line + 1}" if opened else ""
        return at, f"line {line} is no part of what stands before it{began}", _DEEPER
    if "mapping values" in problem:
        return at, "a colon stands where no key can be", QUOTE_IT
    if "node content" in problem:
        return at, "a value is wanted here", "close no bracket that was not opened; " + QUOTE_IT
    if "could not find expected ':'" in problem:
        begun = opened.index if opened else at
        return (
            begun,
            "these words are no key, for no colon follows them",
            ("write “key: value”; words that go on from the line before stand further in than it"),
        )
    if "cannot start any token" in problem:
        return at, f"a value begins with {text[at : at + 1]}", "put it in quotes"
    return at, problem, QUOTE_IT


def _quoted_before(text: str, at: int) -> tuple[int, int] | None:
    """Return the ends of the last words in quotation marks, if they run over lines."""
    last: tuple[int, int] | None = None
    try:
        for token in yaml.scan(text, Loader=_Loader):
            if token.start_mark.index >= at:
                break
            if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"'):
                ends = token.start_mark.index, token.end_mark.index - 1
                last = ends if "\n" in text[ends[0] : ends[1]] else None
    except yaml.YAMLError:
        pass
    return last


# What may hide an anchor, an alias, a tag, a second document or a nest too deep to be read.
_UNUSUAL = re.compile(
    r"(?m)(?:^ *|[:,?-] +|[\[{,])[&*!][^\s,]|^(?:---|\.\.\.|%)|[\[{](?:[^\[\]{}]{0,40}[\[{]){12}"
    r"|^ {60}|(?:[-?] +){12}"
)


def _events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of a text up to where it ceases to be YAML; `load` says what is wrong."""
    try:
        yield from yaml.parse(text, Loader=_Quick if _read_alike(text) else _Loader)
    except (yaml.YAMLError, ValueError, OverflowError):
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
            typed = unicodedata.normalize("NFC", key)
            key = _printable(typed, key_span, report)
            if not key:
                if not typed:
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
    """Return words without what can neither be printed nor stand in XML, which is an error.

    Nothing stands in its place, so that nothing more is found wrong with the words.
    """
    if words.isprintable():  # nearly all are, and none of those that are looked for
        return words
    wrong = FORBIDDEN.search(words)
    if not wrong:
        return words
    says = f"this holds {named(wrong[0])}, which has no place in a file of book/"
    report.error("book-control", says, span, _instead(wrong[0]))
    return FORBIDDEN.sub("", words)


def _instead(char: str) -> str:
    """Return what to do about a character that has no place in a file of `book/`."""
    if "\ud800" <= char <= "\udfff":
        return "write the character itself, or “\\U” and the eight figures of its code point"
    return "take it out"


S = TypeVar("S", bound=Shape)
_UNREAD = ("yaml-alias", "yaml-depth", "yaml-value", "book-control")


def shape(wanted: type[S], tree: Tree, report: Report, path: Path = ()) -> S | None:
    """Return the part of a tree at `path` as a shape; report all that does not fit."""
    value = tree.value
    for step in path:
        value = value[step]
    made, problems = read(wanted, {} if value is None else value)
    for problem in problems:
        _report(problem, tree, path, report)
    return made


def _report(problem: Problem, tree: Tree, path: Path, report: Report) -> None:
    at = (*path, *problem.at)
    span = tree.span(at)
    if problem.key == "unknown":
        report.error("key-unknown", problem.says, tree.keys.get(at, span), problem.hint)
    elif problem.key == "missing":
        report.error("key-missing", problem.says, span, problem.hint)
    elif not any(d.span == span and d.code in _UNREAD for d in report.found):
        name = ".".join(map(str, problem.at))  # else it could not be read, and that is all
        says = f"{name}: {problem.says}" if name else problem.says
        whole = (*at, *problem.below)
        if whole[-1:] == (KEY,):
            place = tree.keys.get(whole[:-1], tree.span(whole[:-1]))
        else:
            place = tree.span(whole)
        report.error("value-wrong", says, place, problem.hint)
