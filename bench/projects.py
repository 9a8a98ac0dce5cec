"""Projects to be built: a copy that may be changed, the changes of an editor's day, larger ones."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from leftopp_book.build import Session, check_editions
from leftopp_book.diagnostics import Report, Severity
from leftopp_book.document import Article, Fate, Role
from leftopp_book.edition import Edition, assemble

FEW = 12  # mentions: whoever is missed by an editor is not named on every page
WORD = re.compile(r"(?<![\w’'-])[a-z]{6,9}(?![\w’'-])")


class NothingToChangeError(Exception):
    """The book has not so many places of the kind that was asked for."""


def copied(root: Path, seeds: Sequence[Path], into: Path, edition: str) -> Path:
    """Copy a project into a new folder, with the copy-texts of an edition and the fonts.

    The copy-texts are named by article there. Fonts are made once on a machine, so that a copy has
    those of the project.
    """
    for name in ("book", "styles"):
        shutil.copytree(root / name, into / name)
    (into / "seeds").mkdir()
    at_hand = {
        hashlib.sha256(data).hexdigest(): data
        for folder in (root / "seeds", *seeds)
        for path in sorted(folder.iterdir())
        if path.is_file()
        for data in (path.read_bytes(),)
    }
    for article in Session.open(root, seeds).project.editions[edition].articles:
        digest = _digest_in(_article_file(into, article))
        (into / "seeds" / f"{article}.txt").write_bytes(at_hand[digest])
    if (root / "build" / "fonts").is_dir():
        shutil.copytree(root / "build" / "fonts", into / "build" / "fonts")
    return into


def cold(root: Path) -> None:
    """Remove all that builds leave behind for later ones, but not the fonts."""
    for path in (root / "build").iterdir():
        if path.name != "fonts":
            shutil.rmtree(path)
    shutil.rmtree(root / "dist", ignore_errors=True)


def read(root: Path, edition: str) -> Edition:
    return assemble(Session.open(root, []).project, edition, Report())


def sound(root: Path, edition: str) -> bool:
    """Tell whether an edition can be built: whether its checks find no error."""
    found = check_editions(Session.open(root, []), [edition]).found
    return not any(d.severity is Severity.ERROR for d in found)


# --- Changes ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Word:
    """A word of a paragraph, and another of the same article that may stand for it."""

    article: str
    line: int
    was: str
    now: str

    def in_copy_text(self, root: Path) -> None:
        """Put the other word into the copy-text, and renew its SHA-256."""
        path, file = root / "seeds" / f"{self.article}.txt", _article_file(root, self.article)
        lines = path.read_bytes().split(b"\n")
        before = _digest_in(file)
        lines[self.line - 1] = re.sub(
            rf"(?<![\w’'-]){self.was}(?![\w’'-])", self.now, lines[self.line - 1].decode()
        ).encode()
        path.write_bytes(b"\n".join(lines))
        _replace(file, before, hashlib.sha256(path.read_bytes()).hexdigest())

    def as_emendation(self, root: Path) -> None:
        """Emend the word in the file of the article."""
        entry = f"- {{line: {self.line}, was: {self.was}, now: {self.now}, why: benchmark}}\n"
        _replace(_article_file(root, self.article), "\nemendations:\n", f"\nemendations:\n{entry}")


@dataclass(frozen=True)
class Entry:
    """An entry of a register, taken out; `put` puts it back, which is how one is added."""

    file: str
    words: str
    after: str

    def take(self, root: Path) -> None:
        _replace(root / self.file, self.after + self.words, self.after)

    def put(self, root: Path) -> None:
        _replace(root / self.file, self.after, self.after + self.words)


def words(root: Path, edition: Edition, count: int) -> list[Word]:
    """Return words to be changed, as far apart as the book allows, no two in one paragraph.

    Nothing in `book/` points into their lines, so that the change is the word and nothing else.
    """
    registers = "".join(path.read_text(encoding="utf-8") for path in (root / "book").glob("*.yaml"))
    found = [
        word
        for article in edition.articles
        if "\nemendations:\n" in _article_file(root, article.id).read_text(encoding="utf-8")
        for word in _words(root, article, registers)
    ]
    if len(found) < count:
        raise NothingToChangeError(f"{len(found)} words can be changed, {count} were asked for")
    return [found[(2 * n + 1) * len(found) // (2 * count)] for n in range(count)]


def _words(root: Path, article: Article, registers: str) -> Iterator[Word]:
    own = _article_file(root, article.id).read_text(encoding="utf-8")
    vocabulary = sorted({w for line in article.lines for w in WORD.findall(line.text)})
    for line in article.lines:
        if line.role is not Role.PARAGRAPH or line.fate is not Fate.KEPT:
            continue
        if re.search(rf"\b{line.number}\b", own) or re.search(
            rf"\b{article.id}:[\d-]*\b{line.number}\b", registers
        ):
            continue
        copy = article.source.line(line.number)
        here = [w for w in WORD.findall(copy) if copy.count(w) == 1]
        if len(here) > 8:
            was = here[len(here) // 2]
            same = [w for w in vocabulary if len(w) == len(was) and w not in copy]
            if same:
                yield Word(article.id, line.number, was, same[len(same) // 2])


def persons(root: Path, edition: Edition, count: int) -> list[Entry]:
    """Return persons of the index whom nothing else in `book/` names, taken out one by one."""
    count_of = Counter(o.person for a in edition.articles for o in a.occurrences if o.indexed)
    listed = {person for person, mentions in count_of.items() if mentions <= FEW}
    file = root / "book" / "people.yaml"
    entries = _entries(file, r"^(?P<id>[a-z][\w-]*):\n(?:[ ].*\n)+")
    rest = "".join(
        path.read_text(encoding="utf-8") for path in sorted((root / "book").rglob("*.yaml"))
    )
    alone = (
        (words, after)
        for id, words, after in entries
        if id in listed and len(re.findall(rf"(?<![\w-]){id}(?![\w-])", rest)) == 1
    )
    return _taken(root, edition, "book/people.yaml", alone, count)


def events(root: Path, edition: Edition, count: int) -> list[Entry]:
    """Return events of the chronology of an edition, taken out one by one."""
    file = root / "book" / "chronology.yaml"
    names = "|".join(article.id for article in edition.articles)
    ours = (
        (words, after)
        for _, words, after in _entries(file, r"^- (?P<id>date): .*\n(?:[ ].*\n)+")
        if re.search(rf"^  - (?:{names}):", words, re.M)
    )
    return _taken(root, edition, "book/chronology.yaml", ours, count)


def _entries(file: Path, pattern: str) -> list[tuple[str, str, str]]:
    """Return the entries of a register: name, words, and the line before."""
    text = file.read_text(encoding="utf-8")
    found = []
    for match in re.finditer(pattern, text, re.M):
        before = text[: match.start()]
        after = before[before[:-400].rfind("\n") + 1 :]  # enough to stand there only once
        found.append((match["id"], match[0], after))
    return found


def _taken(
    root: Path, edition: Edition, file: str, entries: Iterable[tuple[str, str]], count: int
) -> list[Entry]:
    """Take entries out of a register, from its whole length, as long as the book can be built."""
    candidates = [Entry(file, words, after) for words, after in entries]
    step = max(1, len(candidates) // (count + 1))
    order = [candidates[i] for start in range(step) for i in range(start, len(candidates), step)]
    taken: list[Entry] = []
    for entry in order:
        if len(taken) == count:
            break
        before = (root / file).read_bytes()
        try:
            entry.take(root)
        except NothingToChangeError:
            continue  # the words before it went with another
        if sound(root, edition.id):
            taken.append(entry)
        else:
            (root / file).write_bytes(before)
    if len(taken) < count:
        raise NothingToChangeError(f"{file}: {len(taken)} entries can be taken out, not {count}")
    return taken


def _replace(file: Path, was: str, now: str) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(was) != 1:
        raise NothingToChangeError(f"{file.name}: {was[-60:]!r} does not stand there once")
    file.write_text(text.replace(was, now), encoding="utf-8")


def _article_file(root: Path, article: str) -> Path:
    return root / "book" / "articles" / f"{article}.yaml"


def _digest_in(file: Path) -> str:
    return str(yaml.safe_load(file.read_text(encoding="utf-8"))["copy_text"]["sha256"])


# --- Larger books -------------------------------------------------------------------------------


def enlarge(root: Path, edition: str, times: int) -> None:
    """Make a project one whose edition has its articles so many times, all of them registered.

    The copies have names of their own, and a copy-text with so many empty lines more at its end.
    Whatever points into an article points into its copies too.
    """
    file = root / "book" / f"{edition}.yaml"
    book = yaml.safe_load(file.read_text(encoding="utf-8"))
    own = [article for part in book["parts"] for article in part["articles"]]
    names = {
        article: [article, *(f"{article}x{n}" for n in range(2, times + 1))] for article in own
    }
    for part in book["parts"]:
        part["articles"] = [names[a][n] for n in range(times) for a in part["articles"]]
    _write(file, book)
    for article, copies in names.items():
        text = (root / "seeds" / f"{article}.txt").read_bytes()
        settings = yaml.safe_load(_article_file(root, article).read_text(encoding="utf-8"))
        for n, copy in enumerate(copies[1:], 1):
            data = text + b"\n" * n
            (root / "seeds" / f"{copy}.txt").write_bytes(data)
            settings["copy_text"] = {
                "sha256": hashlib.sha256(data).hexdigest(),
                "name": f"{copy}.txt",
            }
            _write(_article_file(root, copy), settings)
    for name in ("people", "works", "chronology", "exceptions"):
        register = root / "book" / f"{name}.yaml"
        if register.is_file():
            _write(
                register, _everywhere(yaml.safe_load(register.read_text(encoding="utf-8")), names)
            )


def _everywhere(value: Any, names: dict[str, list[str]]) -> Any:
    """Return what a register says, said of the copies of articles as well."""
    match value:
        case dict():
            made = {}
            for key, inner in value.items():
                places = _copies(inner, names) if key == "in" else []
                made[key] = places if len(places) > 1 else _everywhere(inner, names)
            return made
        case list():
            return [copy for item in value for copy in _copies(item, names)]
    return value


def _copies(item: Any, names: dict[str, list[str]]) -> list[Any]:
    """Return an item of a list once for every copy of the article that it is about."""
    if isinstance(item, str):
        article, colon, rest = item.partition(":")
        return [f"{copy}{colon}{rest}" for copy in names.get(article, [article])]
    if isinstance(item, dict) and isinstance(item.get("at"), str):
        return [{**item, "at": place} for place in _copies(item["at"], names)]
    return [_everywhere(item, names)]


def _write(file: Path, value: Any) -> None:
    words = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1000)
    file.write_text(words, encoding="utf-8")
