"""Reading a project: the editorial decisions in `book/` and the copy-texts, found by SHA-256."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from . import limits
from .characters import LONG_WORD
from .diagnostics import Report, nowhere
from .diagnostics import kind as kind_of
from .folder import RefusedError, listed, named, read
from .kept import NOTHING, Values
from .schema import (
    LAST,
    Accepted,
    ArticleFile,
    EditionFile,
    Event,
    House,
    Person,
    Place,
    Work,
)
from .shapes import Shape
from .shapes import read as read_shape
from .text import Source, Span
from .yamlfile import Tree, load, shape

ARTICLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # a name that is part of identifiers in XML
EDITION = re.compile(r"\w[\w .-]*")  # a name that is part of the names of outputs
REGISTERS = ("people", "works", "chronology", "house", "exceptions")
S = TypeVar("S", bound=Shape)


class Project(Struct, frozen=True):
    """All that is read: what `book/` says, where it says it, and the copy-texts at hand."""

    root: Path
    editions: Mapping[str, EditionFile]
    articles: Mapping[str, ArticleFile]
    copy_texts: Mapping[str, Source]  # by article; only those that were found
    people: Mapping[str, Person]
    works: Mapping[str, Work]
    events: tuple[Event, ...]
    house: House
    accepted: tuple[Accepted, ...]
    prose: Mapping[str, Source]  # the files of front/ and back/, by their path in book/
    trees: Mapping[str, Tree]  # by path in book/, for the places of keys
    # by path in book/: what is declared there and could not be read; None for the whole file
    unread: Mapping[str, tuple[object, ...]] = {}

    def at(self, file: str, *path: str | int) -> Span:
        """Return the place of a key in a file of `book/`."""
        tree = self.trees.get(file)
        return tree.span(path) if tree else nowhere(f"book/{file}")

    def key(self, file: str, *path: str | int) -> Span:
        """Return where a key itself stands in a file of `book/`."""
        tree = self.trees.get(file)
        return tree.keys.get(path, tree.span(path)) if tree else nowhere(f"book/{file}")

    def lacking(self, edition: str) -> tuple[str, ...]:
        """Return the articles of an edition whose copy-texts are not at hand."""
        return tuple(a for a in self.editions[edition].articles if a not in self.copy_texts)


def read_project(
    root: Path, seeds: Sequence[Path], report: Report, values: Values = NOTHING
) -> Project:
    """Read `book/` under `root` and look for copy-texts in the folders `seeds`."""
    reader = _Reader(root, report, values)
    book = root / "book"
    if not book.is_dir():
        report.error(
            "book-missing",
            f"there is no folder {book}",
            nowhere(str(book)),
            "run this in the folder of a project, or start one: leftopp-book new DIR TEXT …",
        )
    names = [p.stem for p in reader.listed("", EDITION)]
    editions = {
        name: edition
        for name in names
        if name not in REGISTERS and (edition := reader.one(f"{name}.yaml", EditionFile))
    }
    misnamed = {path.removesuffix(".yaml") for path in reader.unread if "/" not in path}
    if book.is_dir() and not {*names, *misnamed} - set(REGISTERS):
        report.error(
            "edition-missing",
            "there is no edition in book/",
            nowhere("book"),
            "an edition is a file such as book/reader.yaml; docs/formats.md has its keys",
        )
    articles = {
        p.stem: article
        for p in reader.listed("articles", ARTICLE)
        if (article := reader.one(f"articles/{p.name}", ArticleFile))
    }
    prose = {
        path: source
        for name, edition in editions.items()
        for key, paths in (("front", edition.front), ("back", edition.back))
        for i, path in enumerate(paths)
        if (source := reader.prose(path, reader.trees[f"{name}.yaml"].span((key, i))))
    }
    project = Project(
        root=root,
        editions=editions,
        articles=articles,
        copy_texts=_find_copy_texts(root, seeds, articles, reader),
        people=reader.mapping("people.yaml", Person),
        works=reader.mapping("works.yaml", Work),
        events=reader.sequence("chronology.yaml", Event),
        house=reader.one("house.yaml", House, optional=True) or House(),
        accepted=reader.sequence("exceptions.yaml", Accepted),
        prose=prose,
        trees=reader.trees,
        unread={path: tuple(values) for path, values in reader.unread.items()},
    )
    _check_references(project, report)
    _check_lines(project, report)
    return project


class _Reader:
    """Reads the files of `book/`, remembering where everything stands."""

    def __init__(self, root: Path, report: Report, values: Values) -> None:
        self.root, self.report, self.values = root, report, values
        self.trees: dict[str, Tree] = {}
        self.unread: dict[str, list[object]] = {}

    def listed(self, folder: str, names: re.Pattern[str]) -> list[Path]:
        """Return the YAML files of a folder of `book/`, whose names are identifiers."""
        path = f"book/{folder}".rstrip("/")
        try:
            every = listed(self.root / path, within=[self.root])
        except RefusedError as error:
            tell(error, path, nowhere(path), self.report)
            return []
        files = [file for file in every if file.suffix == ".yaml"]
        for file in every:
            if file.suffix != ".yaml" and file.suffix.lower() in (".yaml", ".yml"):
                right = f"{file.stem}.yaml"
                beside = f", beside {path}/{right}" if (file.with_name(right) in files) else ""
                self.report.error(
                    "file-ending",
                    f"{file.name} is not read{beside}: the files of book/ end in .yaml",
                    nowhere(f"{path}/{file.name}"),
                    f"rename it to {right}" if not beside else "take one of the two out",
                )
                self._not_read(f"{folder}/{right}".lstrip("/"), None)
        for file in files:
            if not names.fullmatch(file.stem):
                self.report.error(
                    "file-name",
                    f"“{file.stem}” cannot be an identifier",
                    nowhere(f"{path}/{file.name}"),
                    "give the file a name of letters a–z, figures and hyphens",
                )
        return [file for file in files if names.fullmatch(file.stem)]

    def source(self, path: str, place: Span | None = None) -> Source | None:
        """Read a file of `book/`; `place` is where it is asked for."""
        name = f"book/{path}"
        place = place or nowhere(name)
        try:
            data = read(named(self.root / "book", path), [self.root])
        except RefusedError as error:
            tell(error, name, place, self.report)
            return None
        return decoded(data, name, self.report)

    def prose(self, path: str, place: Span) -> Source | None:
        """Read a text of `front/` or `back/`, without a mark of byte order; report what is too
        large for a book."""
        source = self.source(path, place)
        if not source:
            return None
        source = Source(source.path, source.text.removeprefix("\ufeff"), source.sha256)
        large = next(_too_large(source), None)
        if large:
            says, at = large
            hint = "see whether it is the right file, and divide it if it is"
            self.report.error(
                "text-large", says, Span(source, at, min(at + 40, len(source.text))), hint
            )
        return None if large else source

    def tree(self, path: str, *, optional: bool) -> Tree | None:
        if optional and not os.path.lexists(self.root / "book" / path):
            return None
        source = self.source(path)
        if source is None:
            self._not_read(path, None)
            return None
        kept = self.values.find(source.path, source.sha256)
        tree: Tree = kept or self._read(source)
        self.trees[path] = tree
        return tree

    def _not_read(self, path: str, value: object) -> None:
        self.unread.setdefault(path, []).append(value)

    def _read(self, source: Source) -> Tree:
        """Read a file as YAML, and keep what is in it, if nothing is wrong."""
        before = len(self.report.found)
        tree = load(source, self.report)
        found = self.report.found[before:]
        if not found:
            self.values.keep(source.path, tree, source.sha256)
        if any(d.code.startswith("yaml-") for d in found):
            self._not_read(source.path.removeprefix("book/"), None)  # not all of it
        return tree

    def one(self, path: str, wanted: type[S], *, optional: bool = False) -> S | None:
        tree = self.tree(path, optional=optional)
        if tree is None or (tree.value is None and path in self.unread):
            return None
        if not isinstance(tree.value, dict | None):
            self._wants(tree, "a mapping of keys to values")
            return None
        made: S | None = self._shaped(tree, lambda: shape(wanted, tree, self.report))
        if made is None and optional and tree.value:
            return self._rest(path, wanted, tree.value)
        if made is None:
            self._not_read(path, tree.value)
        return made

    def _rest(self, path: str, wanted: type[S], value: dict[str, Any]) -> S | None:
        """Return what is made of the keys of a file that are as they should be."""
        wrong = {key: item for key, item in value.items() if read_shape(wanted, {key: item})[1]}
        for key, item in wrong.items():
            if item:  # else nothing is declared by it
                self._not_read(path, {key: item})
        made, _ = read_shape(wanted, {key: value[key] for key in value if key not in wrong})
        return made

    def mapping(self, path: str, wanted: type[S]) -> dict[str, S]:
        tree = self.tree(path, optional=True)
        if tree is None or tree.value is None:
            return {}
        if not isinstance(tree.value, dict):
            self._wants(tree, "a mapping of identifiers")
            return {}
        found: dict[str, S] = self._shaped(
            tree, lambda: {key: shape(wanted, tree, self.report, (key,)) for key in tree.value}
        )
        for key, item in found.items():
            if item is None:
                self._not_read(path, tree.value[key])
        return {key: item for key, item in found.items() if item is not None}

    def sequence(self, path: str, wanted: type[S]) -> tuple[S, ...]:
        tree = self.tree(path, optional=True)
        if tree is None or tree.value is None:
            return ()
        if not isinstance(tree.value, list):
            self._wants(tree, "a list")
            return ()
        items: list[S | None] = self._shaped(
            tree,
            lambda: [shape(wanted, tree, self.report, (i,)) for i in range(len(tree.value))],
        )
        good = [i for i, item in enumerate(items) if item is not None]
        for i, item in enumerate(items):
            if item is None:
                self._not_read(path, tree.value[i])
        if len(good) < len(items):
            tree.put_first(good)  # so that an item has the number of its place
        return tuple(item for item in items if item is not None)

    def _shaped(self, tree: Tree, make: Callable[[], Any]) -> Any:
        """Return what is made of a tree, as it was made before, and keep it if nothing is wrong."""
        path, digest = tree.source.path, tree.source.sha256
        made = self.values.find(f"shaped/{path}", digest)
        if made is None:
            made = make()
            if not any(found.span.source.path == path for found in self.report.found):
                self.values.keep(f"shaped/{path}", made, digest)
        return made

    def _wants(self, tree: Tree, what: str) -> None:
        says = f"this file has to be {what}, and is {kind_of(tree.value)}"
        hint = "see docs/formats.md for its keys"
        self.report.error("value-wrong", says, tree.span(()), hint)
        self._not_read(tree.source.path.removeprefix("book/"), None)


def _too_large(source: Source) -> Iterator[tuple[str, int]]:
    """Yield what of a text of the editors is too large, and where it begins."""
    text = source.text
    for number, limit, what in (
        (len(text), limits.YAML, "characters"),
        (source.line_count, limits.LINES, "lines"),
    ):
        if number > limit:
            yield f"this text has {number:,} {what}; a file of book/ may have {limit:,}", 0
    if word := LONG_WORD.search(text):
        says = f"a word here has more than {limits.WORD:,} characters and would fill pages"
        yield says, word.start()
    for paragraph in _PARAGRAPH.finditer(text) if len(text) > limits.PARAGRAPH else ():
        size = len(paragraph[0])
        if size > limits.PARAGRAPH:
            says = f"this paragraph has {size:,} characters; a paragraph may have "
            yield f"{says}{limits.PARAGRAPH:,}", paragraph.start()


_PARAGRAPH = re.compile(r"(?:^.*\S.*\n?)+", re.M)  # lines without an empty one between them


def read_source(
    file: Path, name: str, report: Report, within: Iterable[Path] = ()
) -> Source | None:
    """Read a file of UTF-8 text in one of the folders, or anywhere; report what is no such file."""
    try:
        return decoded(read(file, within), name, report)
    except RefusedError as error:
        tell(error, name, nowhere(name), report)
        return None


def tell(error: RefusedError, name: str, place: Span, report: Report) -> None:
    """Report a file that is not read, at the place where it is asked for."""
    report.error(
        "file-missing" if error.missing else "file-refused",
        f"there is no file {name}" if error.missing else f"{name} {error}",
        place,
        error.hint or "correct the name, or write the file",
    )


def decoded(data: bytes, name: str, report: Report) -> Source | None:
    """Return bytes as text; what is not UTF-8 is reported with the place of the first bad byte."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        return Source(name, data.decode("utf-8"), digest)
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        source = Source(name, good + "\ufffd" + data[error.end :].decode("utf-8", "replace"))
        report.error(
            "utf8-invalid",
            f"the byte {data[error.start]:#04x} is not UTF-8",
            Span(source, len(good), len(good) + 1),
            "save the file as UTF-8",
        )
        return None


def _find_copy_texts(
    root: Path, folders: Sequence[Path], articles: Mapping[str, ArticleFile], reader: _Reader
) -> dict[str, Source]:
    """Match every article with a file of its SHA-256, whatever the name of the file."""
    wanted: dict[str, str] = {}
    for name, article in articles.items():
        first = wanted.setdefault(article.copy_text.sha256, name)
        if first != name:
            places = [
                reader.trees[f"articles/{one}.yaml"].span(("copy_text", "sha256"))
                for one in (first, name)
            ]
            reader.report.error(
                "copy-text-twice",
                f"“{name}” has the copy-text of “{first}”, which is given in {places[0]}",
                places[1],
                "give the SHA-256 of the right file, or take one of the articles out",
            )
    expected = {file.copy_text.name: name for name, file in articles.items()}
    found: dict[str, Source] = {}
    changed: dict[str, tuple[Path, bytes]] = {}
    refused: dict[str, tuple[Path, RefusedError]] = {}
    own = list(folders[:1]) == [root / "seeds"]  # comes first, and nobody has named it
    given = [root, *folders[own:]]
    for file in _files(folders, given, reader.report):
        try:
            data = read(file, given)
        except RefusedError as error:
            if file.name in expected:  # anything may stand beside the copy-texts
                refused[expected[file.name]] = file, error
            continue
        digest = hashlib.sha256(data).hexdigest()
        if digest in wanted:
            source = decoded(data, _shown(file, root), reader.report)
            if source:
                found.setdefault(wanted[digest], source)
        elif file.name in expected:
            changed[expected[file.name]] = file, data
    for name, (file, data) in changed.items():
        if name not in found:
            decoded(data, _shown(file, root), reader.report)
            reader.report.error(
                "copy-text-changed",
                f"{_shown(file, root)} is not the file that “{name}” was edited from",
                reader.trees[f"articles/{name}.yaml"].span(("copy_text", "sha256")),
                "restore the file; or, if the change is meant, give its SHA-256, "
                f"{hashlib.sha256(data).hexdigest()}",
            )
    for name, (file, why) in refused.items():
        if name not in found:
            place = reader.trees[f"articles/{name}.yaml"].span(("copy_text", "name"))
            tell(why, _shown(file, root), place, reader.report)
    return found


def _files(folders: Sequence[Path], given: Sequence[Path], report: Report) -> Iterable[Path]:
    """Yield what is in the folders of copy-texts; `seeds/` must lie in one of those given."""
    for folder in folders:
        try:
            yield from listed(folder, within=given)
        except RefusedError as error:
            tell(error, str(folder), nowhere(str(folder)), report)


def _shown(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if file.is_relative_to(root) else str(file)


def _check_references(project: Project, report: Report) -> None:
    """Report every identifier in `book/` that names nothing."""
    known = {kind: names_in(project, kind) for kind in _HOME}
    whole = None in project.unread.get("people.yaml", ())
    for kind, name, span in _references(project):
        if name not in known[kind] and not (kind == "person" and whole):
            near = difflib.get_close_matches(name, sorted(known[kind]), 1, 0.5)
            hint = f"did you mean “{near[0]}”?" if near else f"see book/{_HOME[kind]}"
            report.error(f"{kind}-unknown", f"there is no {kind} “{name}”", span, hint)


def names_in(project: Project, kind: str) -> frozenset[str]:
    """Return the articles or persons that have a file or an entry, also where that is faulty."""
    if kind == "article":
        named = (*project.trees, *project.unread)
        files = (name for name in named if name.startswith("articles/"))
        return frozenset(name.removeprefix("articles/").removesuffix(".yaml") for name in files)
    tree = project.trees.get("people.yaml")
    return frozenset(tree.value if tree and isinstance(tree.value, dict) else ())


def _references(project: Project) -> Iterable[tuple[str, str, Span]]:
    """Yield every reference to an article or a person, with its place."""
    at = project.at
    for name, edition in project.editions.items():
        for i, part in enumerate(edition.parts):
            for j, article in enumerate(part.articles):
                yield "article", article, at(f"{name}.yaml", "parts", i, "articles", j)
    for name, file in project.articles.items():
        for i, person in enumerate(file.authors):
            yield "person", person, at(f"articles/{name}.yaml", "authors", i)
    for name, record in project.people.items():
        for i, person in enumerate(record.see_also):
            yield "person", person, at("people.yaml", name, "see_also", i)
    for name, work in project.works.items():
        for i, passage in enumerate(work.named):
            yield "article", passage.article, at("works.yaml", name, "named", i)
    for i, event in enumerate(project.events):
        for j, passage in enumerate(event.passages):
            yield "article", passage.article, at("chronology.yaml", i, "passages", j)
    for place, span in _scopes(project):
        yield "article", place.article, span


def _scopes(project: Project) -> Iterable[tuple[Place, Span]]:
    """Yield every place of a scope or a topic, and where it is named."""
    scopes: list[tuple[tuple[Place, ...], str, tuple[str | int, ...]]] = []
    for name, record in project.people.items():
        for i, form in enumerate(record.forms):
            scopes.append((form.within, "people.yaml", (name, "forms", i)))
        for i, topic in enumerate(record.topics):
            scopes.append((topic.within, "people.yaml", (name, "topics", i)))
    for name, work in project.works.items():
        for i, form in enumerate(work.forms):
            scopes.append((form.within, "works.yaml", (name, "forms", i)))
    for i, rule in enumerate(project.house.emend):
        scopes.append((rule.within, "house.yaml", ("emend", i)))
    for places, file, path in scopes:
        for n, place in enumerate(places):
            yield place, project.at(file, *path, "in", n)
    for i, one in enumerate(project.accepted):
        if one.at:
            yield one.at, project.at("exceptions.yaml", i, "at")


def _check_lines(project: Project, report: Report) -> None:
    """Report lines of scopes and topics that their article does not have."""
    for place, span in _scopes(project):
        if place.article not in project.copy_texts:
            continue
        count = project.copy_texts[place.article].line_count
        named = (place.first, *((place.last,) if place.last != LAST else ()))
        beyond = next((line for line in named if not 1 <= line <= count), None)
        if beyond is not None:
            report.error(
                "line-unknown",
                f"{place.article} has {count} lines, and no line {beyond}",
                span,
                "lines are those of the copy-text, counted from 1",
            )


_HOME = {"article": "articles/", "person": "people.yaml"}
