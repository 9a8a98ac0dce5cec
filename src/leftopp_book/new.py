"""New: a first draft of a project for any plain-text articles, rough, but one that builds.

What the rules find is written down as comments for the editor to correct; what would stop the
first build is put off by a decision that the files state: a supplied title, a role, an exception.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from . import limits
from .article import Edited, Shared, edit
from .diagnostics import Diagnostic, Report, Severity, nowhere
from .document import Role
from .notes import calls, convention
from .pieces import Piece, line_convention
from .project import REGISTERS, Project, read_source
from .regularise import RULES
from .schema import TAKEN, Accepted, ArticleFile, EditionFile, Form, House, Person, Place
from .shelf import WORK
from .text import Source, Span, Text
from .yamlfile import Tree, load, shape

# Identifiers that the book itself needs, for its registers and for its own sections.
SECTIONS = (
    *("contents", "colophon", "cover", "half-title", "heads", "imprint", "index", "nav"),
    *("prelims", "textual-notes", "title-page", "works-cited"),
)
RESERVED = frozenset((*REGISTERS, *SECTIONS))
ROUNDS = 4  # of drafting, looking what is wrong, and putting it off
SUGGESTED = 400  # names suggested at the most
EACH = 12  # exceptions of one kind an article gets line by line; above that, one for all of it


class Draft(Struct, frozen=True):
    """An article as `new` writes it down, until its build has no error left."""

    id: str
    source: Source
    name: str  # of the file that it was copied from
    title: str = ""  # supplied, as Markdown
    authors: tuple[str, ...] = ()
    lines: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)  # lines, and role with its reason
    pieces: tuple[Piece, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    alone: int = 0  # calls without a note

    @property
    def path(self) -> str:
        return f"articles/{self.id}.yaml"


def plan(
    folder: Path, texts: Sequence[Path], modified: date, report: Report
) -> Mapping[Path, bytes]:
    """Return the files of a new project, by path; nothing is written.

    `folder` must be empty or not there; the edition is named after it. `modified` is today's date
    for whoever calls; nothing else in the result depends on anything but the texts and the names.
    With an error in the report the result is empty.
    """
    _check_folder(folder, report)
    drafts = _drafts(_sources(texts, report))
    if not drafts and not report.failed:
        report.error(
            "texts-missing",
            "there is no text to make a book of",
            nowhere(str(folder)),
            "name one plain-text file or more: leftopp-book new DIR TEXT …",
        )
    if report.failed:
        return {}
    edition = _edition_id(folder)
    people: dict[str, Person] = {}
    edited: dict[str, Edited] = {}
    for n, first in enumerate(drafts):
        drafts[n], edited[first.id], people = _settled(first, people)
        _tell_of_notes(drafts[n], report)
    files = {
        f"book/{edition}.yaml": _edition_yaml(folder, drafts, modified),
        "book/people.yaml": _people_yaml(people, edited.values()),
        "book/works.yaml": _WORKS,
        "book/chronology.yaml": _CHRONOLOGY,
        "book/house.yaml": _house_yaml(),
        "book/exceptions.yaml": _exceptions_yaml(drafts),
        "README.md": _readme(edition, drafts),
    }
    for draft in drafts:
        files[f"book/{draft.path}"] = _article_yaml(draft)
    _assert_read(files, edition)
    made = {folder / path: text.encode() for path, text in files.items()}
    for draft in drafts:
        made[folder / "seeds" / f"{draft.id}.txt"] = draft.source.text.encode()
    return dict(sorted(made.items()))


# --- What is given ------------------------------------------------------------------------------


def _check_folder(folder: Path, report: Report) -> None:
    if folder.exists() and not folder.is_dir():
        report.error(
            "folder-file", f"{folder} is a file", nowhere(str(folder)), "name a new folder"
        )
    elif folder.is_dir() and any(path.name != WORK for path in folder.iterdir()):
        report.error(
            "folder-not-empty",
            f"the folder {folder} is not empty",
            nowhere(str(folder)),
            "name a new folder, or empty this one; nothing in it was changed",
        )


def _sources(texts: Sequence[Path], report: Report) -> list[tuple[Path, Source]]:
    """Read the texts; one that is empty or given twice is left out with a warning."""
    found: list[tuple[Path, Source]] = []
    for path in texts:
        if path.is_dir() or not path.exists():
            what = "is a folder" if path.is_dir() else "is not there"
            report.error("text-missing", f"the text {path} {what}", nowhere(str(path)))
            continue
        source = read_source(path, str(path), report)
        if source is None:
            continue
        at = source.text.find("\0")
        if at >= 0:
            report.error(
                "nul-character",
                "the file holds U+0000, NULL: it is damaged, or no text in UTF-8",
                Span(source, at, at + 1),
                "look at the file; a text in UTF-16 must be saved as UTF-8",
            )
            continue
        same = next((p for p, s in found if s.sha256 == source.sha256), None)
        if not any(char.isalnum() for char in source.text):
            report.warning(
                "text-empty", f"there are no words in {path}; it is left out", nowhere(str(path))
            )
        elif same is not None:
            report.warning(
                "text-twice", f"{path} is the same as {same}; it is left out", nowhere(str(path))
            )
        else:
            found.append((path, source))
    return found


def _slug(words: str) -> str:
    """Return words as an identifier: ASCII letters, figures and hyphens, a letter first."""
    plain = unicodedata.normalize("NFKD", words.replace("ß", "ss").replace("’", ""))
    ascii_words = plain.encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_words)[:40].strip("-")
    word = slug[:1].isalpha() and slug not in ("true", "false", "null")  # words to YAML too
    return slug if word else f"text-{slug}".strip("-")


def _edition_id(folder: Path) -> str:
    slug = _slug(folder.resolve().name)
    return f"{slug}-book" if slug in RESERVED else slug


def _drafts(sources: Sequence[tuple[Path, Source]]) -> list[Draft]:
    ids: list[str] = []
    for path, _ in sources:
        ids.append(_distinct(_slug(path.stem), ids))
    # “essay-1” would be both an article and the first line of “essay”
    for i, id in enumerate(ids):
        if any(id.startswith(f"{other}-") for other in ids):
            others = ids[:i] + ids[i + 1 :]
            ids[i] = _distinct(id.replace("-", ""), others)
    return [
        Draft(
            id,
            replace(source, path=f"seeds/{id}.txt"),
            _printable(path.name),
            lines=_lines_of(source),
        )
        for id, (path, source) in zip(ids, sources, strict=True)
    ]


def _distinct(id: str, taken: Iterable[str]) -> str:
    taken = {*taken, *RESERVED}
    numbered = (f"{id}{n}" for n in range(2, len(taken) + 3))
    free = (i for i in (id, *numbered) if i not in taken and not TAKEN.fullmatch(i))
    return next(free, f"{id}-text")


def _lines_of(source: Source) -> str:
    return line_convention(Text.of(source))


# --- Looking, and putting off -------------------------------------------------------------------


def _settled(draft: Draft, people: dict[str, Person]) -> tuple[Draft, Edited, dict[str, Person]]:
    """Edit the article until nothing stops it: each round decides what the one before found."""
    edited, _ = _try(draft, people)
    draft = replace(draft, pieces=edited.pieces)
    if not edited.article.title:
        draft = replace(draft, title=_title_from(draft.name))
    else:
        authors, people = _authors(draft.pieces, people)
        draft = replace(draft, authors=authors)
    for _ in range(ROUNDS):
        edited, report = _try(draft, people)
        draft = replace(draft, pieces=edited.pieces)
        taken = {n for lines in draft.roles for n in _numbers(lines)}
        found = {k: v for d in _errors(report) for k, v in _roles(d, edited)}
        roles = {k: v for k, v in found.items() if taken.isdisjoint(_numbers(k))}
        if not roles:
            break
        draft = replace(draft, roles={**draft.roles, **roles})
    alone = sum(d.code in ("call-without-note", "call-twice") for d in _errors(report))
    draft = replace(draft, accepted=tuple(_accepted(draft, report)), alone=alone)
    return draft, edited, people


UNCALLED = "paragraph; a note that nothing calls"


def _tell_of_notes(draft: Draft, report: Report) -> None:
    """Warn of what is put off of the notes: a book of which nothing is said looks whole."""
    uncalled = sum(role == UNCALLED for role in draft.roles.values())
    if draft.alone or uncalled:
        known = len(calls(draft.pieces))
        report.warning(
            "notes-put-off",
            f"calls without a note of their own: {draft.alone} of {known}; notes without a call: "
            f"{uncalled}; all are printed as they stand",
            nowhere(f"book/{draft.path}"),
            "see what the file says of its notes; what was put off is under “structure” there and "
            "in book/exceptions.yaml",
        )


def _errors(report: Report) -> list[Diagnostic]:
    return [d for d in report.sorted() if d.severity is Severity.ERROR]


def _try(draft: Draft, people: Mapping[str, Person]) -> tuple[Edited, Report]:
    """Take one article through all stages, as a build would."""
    report = Report()
    tree, file = _read(ArticleFile, draft.path, _article_yaml(draft))
    project = Project(
        root=Path(),
        editions={},
        articles={draft.id: file},
        copy_texts={draft.id: draft.source},
        people=people,
        works={},
        events=(),
        house=House(regularise=tuple(rule.id for rule in RULES)),
        accepted=(),
        prose={},
        trees={draft.path: tree},
    )
    return edit(draft.id, Shared.of(project), report), report


def _roles(error: Diagnostic, edited: Edited) -> Iterable[tuple[str, str]]:
    """Yield what keeps in the book, where it stands, what would be moved to nowhere.

    A note that nothing calls becomes a paragraph, a reference to an unknown work an item.
    """
    role = {
        "note-without-call": UNCALLED,
        "note-twice": "paragraph; a note whose number is taken",
        "note-unnumbered": "paragraph; a note without a number",
        "work-unknown": "list; works-cited, as soon as its work is in works.yaml",
    }.get(error.code)
    if role is None:
        return
    line = error.span.line
    for piece in edited.pieces:
        if piece.lines[0] <= line <= piece.lines[1]:
            yield _range(piece), role


def _numbers(lines: str) -> range:
    """Return the numbers of a stretch of lines: 7-9."""
    first, _, last = lines.partition("-")
    return range(int(first), int(last or first) + 1)


def _accepted(draft: Draft, report: Report) -> Iterable[Accepted]:
    by_code: dict[str, dict[int, str]] = {}
    for error in _errors(report):
        by_code.setdefault(error.code, {}).setdefault(error.span.line, error.message)
    for code, messages in sorted(by_code.items()):
        if len(messages) > EACH:
            why = f"not yet looked at ({len(messages)} lines; {next(iter(messages.values()))}…)"
            yield Accepted(code=code, at=Place(article=draft.id), why=why)
            continue
        for line, message in sorted(messages.items()):
            at = Place(article=draft.id, first=line, last=line)
            yield Accepted(code=code, at=at, why=f"not yet looked at ({message})")


def _title_from(name: str) -> str:
    """Return the name of a file as a title, in Markdown that prints it as it stands."""
    words = " ".join(re.sub(r"[_-]+", " ", Path(name).stem).split()) or "Untitled"
    words = re.sub(r"([\\`*_\[\]<>&#!|~+])", r"\\\1", words)
    words = re.sub(r"^(\d+)([.)])", r"\1\\\2", words)
    return words[:1].upper() + words[1:]


_BY = re.compile(r"^(?:written\s+)?(?:by|from)\s+", re.I)
_AND = re.compile(r"(?:(?<!\s)\s+)?(?:,\s*(?:and\s+)?|\band\b|&|;)\s*")
_AUTHOR = re.compile(
    r"(?:[A-ZÀ-Þ][\w’'.-]*\s+){1,3}(?:(?:de|du|la|le|von|van|der|den|ten)\s+)*[A-ZÀ-Þ][\w’'-]+"
)


def _authors(
    pieces: Iterable[Piece], people: dict[str, Person]
) -> tuple[tuple[str, ...], dict[str, Person]]:
    """Return the persons of the bylines, and the register with them in it."""
    authors: list[str] = []
    people = dict(people)
    for piece in pieces:
        if piece.role is not Role.BYLINE:
            continue
        for name in _AND.split(_BY.sub("", piece.words)):
            name = re.split(r"(?<!\s)\s*[(\[|–—]", name)[0].strip(" .")
            if not _AUTHOR.fullmatch(name):
                continue
            if name.isupper():
                name = name.title()
            known = next((k for k, p in people.items() if p.name == name), "")
            if not known:
                known = _person_id(name, people)
                people[known] = Person(heading=_inverted(name), forms=(Form(name),))
            authors.append(known)
    return tuple(dict.fromkeys(authors)), people


def _person_id(name: str, taken: Iterable[str]) -> str:
    forename, surname = name.split()[0], name.split()[-1]
    id = _slug(surname)
    if id in taken and forename != surname:
        id = f"{id}-{_slug(forename)}"
    return _distinct(id, taken)


def _inverted(name: str) -> str:
    *forenames, surname = name.split()
    while forenames and forenames[-1].islower():
        surname = f"{forenames.pop()} {surname}"
    return f"{surname}, {' '.join(forenames)}" if forenames else surname


# --- Writing down -------------------------------------------------------------------------------


def _quoted(words: str) -> str:
    """Return words as a YAML string in double quotes."""
    made = []
    for char in words:
        if char in '"\\':
            made.append("\\" + char)
        elif char.isprintable():
            made.append(char)
        else:
            made.append(f"\\U{ord(char):08x}")
    return f'"{"".join(made)}"'


def _plain(words: str) -> str:
    """Return words as YAML, without quotes where none are needed."""
    safe = re.fullmatch(r"[^\W\d_][\w’-]*(?: [^\W\d_][\w’-]*)*", words)
    return words if safe and words.lower() not in ("null", "true", "false") else _quoted(words)


def _printable(words: str) -> str:
    return "".join(char if char.isprintable() else " " for char in words)


def _remark(words: str, length: int = 64) -> str:
    """Return words fit for a comment: one line, printable, cut to a length."""
    line = " ".join(_printable(words).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _title_of(folder: Path) -> str:
    name = _printable(folder.resolve().name)
    words = " ".join(re.sub(r"[_-]+", " ", name).split()) or "A reader"
    return (words[:1].upper() + words[1:])[: limits.TITLE].rstrip()


def _edition_yaml(folder: Path, drafts: Sequence[Draft], modified: date) -> str:
    digests = "".join(draft.source.sha256 for draft in drafts)
    identifier = uuid.uuid5(uuid.NAMESPACE_OID, digests).urn
    articles = "".join(f"  - {draft.id}\n" for draft in drafts)
    return f"""\
# An edition: what goes into the book, and its title page. Keys: docs/formats.md of leftopp-book.
title: {_quoted(_title_of(folder))}
# subtitle: A Reader
# editors: Edited by …
language: en-GB  # decides how words are divided: en-US, fr, de…

imprint:
  publisher: Draft, not published
  year: {modified.year}
  # place: London
  # isbn: 978-…
  identifier: {identifier}
  modified: {modified.isoformat()}
  rights: >-
    A draft for its editor’s own use. Whose the articles are, and on what terms they may be used,
    has not yet been established.

# description: A sentence or two for booksellers and libraries.
# subjects: [a heading of a library, another]

parts:
- articles:
{articles}
# front: [front/preface.md]  # prose of your own, in book/front/
# back: [back/about.md]
"""


def _article_yaml(draft: Draft) -> str:
    parts = [
        f"# Made from {_remark(draft.name, 100)}; what the rules found is in the comments.\n"
        "# Keys: docs/formats.md of leftopp-book.\n"
        f"copy_text:\n  sha256: {draft.source.sha256}\n  name: {draft.id}.txt\n"
    ]
    if draft.title:
        parts.append(
            "\n# No title was found; this one is from the name of the file, and is printed in "
            f"brackets.\ntitle: {_quoted(draft.title)}\n"
        )
    else:
        parts.append("\n" + _found(draft, Role.TITLE, "title"))
    parts += [
        "# short_title: for the running head, if the title is long\n",
        _found(draft, Role.KICKER, "kicker"),
        _found(draft, Role.BYLINE, "byline"),
        _found(draft, Role.DATELINE, "dateline"),
        f"authors: [{', '.join(draft.authors)}]  # identifiers in people.yaml\n",
        _PROSE_KEYS,
        f"\n# Each line is a paragraph (paragraphs), or lines run up to an empty one (wrapped).\n"
        f"lines: {draft.lines or 'paragraphs'}\n",
        _structure(draft),
        _notes(draft),
        _OTHER_KEYS,
    ]
    return "".join(parts)


def _found(draft: Draft, role: Role, name: str) -> str:
    return "".join(
        f"# {name}, line {_range(piece)}: {_remark(piece.words)}\n"
        for piece in draft.pieces
        if piece.role is role
    )


def _range(piece: Piece) -> str:
    first, last = piece.lines
    return f"{first}" if first == last else f"{first}-{last}"


_ROLES_SHOWN = (
    Role.HEADING, Role.QUOTATION, Role.LIST, Role.VERSE, Role.TABLE, Role.WORKS_CITED,
    Role.FURNITURE,
)  # fmt: skip


def _structure(draft: Draft) -> str:
    made = [
        "\n# A role for each line that the rules took for something else. Roles: title, kicker,\n"
        "# byline, dateline, heading (heading 2…), paragraph, quotation, list, verse, table,\n"
        "# note, works-cited, furniture (dropped). Found, besides paragraphs and notes:\n"
    ]
    shown = [p for p in draft.pieces if p.role in _ROLES_SHOWN]
    for piece in shown:
        level = f" {piece.level}" if piece.role is Role.HEADING and piece.level > 1 else ""
        made.append(f"#   {_range(piece)}: {piece.role}{level}  # {_remark(piece.words, 56)}\n")
    if not shown:
        made.append("#   nothing\n")
    if draft.roles:
        made.append("structure:\n")
        made += [f"  {lines}: {role}\n" for lines, role in draft.roles.items()]
    else:
        made.append("# structure:\n#   7-9: quotation\n")
    return "".join(made)


def _notes(draft: Draft) -> str:
    notes = [p for p in draft.pieces if p.role is Role.NOTE]
    count = len(calls(draft.pieces))
    if not notes:
        called = f"{count} marks look like calls of notes, but no" if count else "No"
        return f"\n# {called} notes were found.\n# notes_from: 120  # the line of the first note\n"
    first, last = notes[0].lines[0], notes[-1].lines[1]
    return (
        f"\n# Notes: {len(notes)} paragraphs of them, lines {first}-{last}; {count} calls, such as "
        f"{convention(draft.pieces)}.\n# notes_from: {first}\n"
    )


def _people_yaml(people: Mapping[str, Person], edited: Iterable[Edited]) -> str:
    made = [
        "# The register of persons, from which the index of names is made: every form that the\n"
        "# articles use, exactly as printed. Keys: docs/formats.md of leftopp-book.\n"
    ]
    counts, places = _unknown(edited)
    for id, person in people.items():
        forms = [form.form for form in person.forms]
        surname = forms[0].split()[-1]
        also = f"  # perhaps also {_plain(surname)}" if surname in counts else ""
        listed = ", ".join(_plain(form) for form in forms)
        made.append(f"\n{id}:\n  heading: {_quoted(person.heading)}\n  forms: [{listed}]{also}\n")
        for known in (*forms, surname):
            counts.pop(known, None)
    suggestions, rest = _suggestions(people, counts, places)
    if suggestions:
        made.append(
            "\n# Words that look like names, the commonest first, and where each stands first.\n"
            "# Take away the “# ” where it is a person; all others belong under not_names in\n"
            "# house.yaml.\n"
        )
        made += suggestions
    if rest:
        made.append(f"# … and {rest} more, named less often\n")
    return "".join(made)


_NO_NAMES = re.compile(r"(?:A|An|And|But|He|Her|His|I|In|It|My|No|On|She|So|The|They|This|We|You)")


def _unknown(edited: Iterable[Edited]) -> tuple[Counter[str], dict[str, str]]:
    """Return how often each name-like word that nobody knows is found, and where first."""
    counts: Counter[str] = Counter()
    places: dict[str, str] = {}
    for e in edited:
        for words, span in e.unknown:
            if _NO_NAMES.fullmatch(words.split()[-1]):
                continue
            counts[words] += 1
            places.setdefault(words, f"{e.article.id}:{span.line}")
    return counts, places


def _suggestions(
    people: Iterable[str], counts: Counter[str], places: Mapping[str, str]
) -> tuple[list[str], int]:
    """Return suggested entries, in comments, and how many there was no room for.

    A surname goes with the one full name that it ends.
    """
    full = [w for w in counts if " " in w]
    ends = Counter(w.split()[-1] for w in full)
    groups: dict[str, list[str]] = {}
    for words in counts:
        owners = [w for w in full if w.split()[-1] == words]
        if " " not in words and ends[words] == 1:
            groups.setdefault(owners[0], [owners[0]]).append(words)
        elif " " in words:
            groups.setdefault(words, [words])
        elif counts[words] >= 3:
            groups[words] = [words]
    total = {name: sum(counts[form] for form in forms) for name, forms in groups.items()}
    ranked = sorted(groups, key=lambda name: (-total[name], name))
    taken = set(people)
    made = []
    for name in ranked[:SUGGESTED]:
        id = _person_id(name, taken)
        taken.add(id)
        forms = ", ".join(_plain(form) for form in groups[name])
        made.append(
            f"# {id}: {{heading: {_quoted(_inverted(name))}, forms: [{forms}]}}"
            f"  # {total[name]} ×, {places[name]}\n"
        )
    return made, len(ranked) - len(made)


def _house_yaml() -> str:
    rules = "".join(f"- {rule.id}\n" for rule in RULES)
    return f"""\
# House style, for every edition of this project. Keys: docs/formats.md of leftopp-book.

# Rules that are silently applied to all texts; strike out what you do not want.
regularise:
{rules}
# Words set in italic wherever they stand: names of newspapers.
# italics: [The Times]

# Words that look like names and are none: places, institutions, titles.
# not_names: [London, House of Commons]
"""


def _exceptions_yaml(drafts: Sequence[Draft]) -> str:
    made = [
        "# Findings that the editor accepts, each with the reason. Those below were put here so\n"
        "# that the draft can be built: mend each in its article’s file, then take it out here.\n"
    ]
    for draft in drafts:
        for accepted in draft.accepted:
            at = accepted.at
            assert at is not None
            place = at.article if at.first != at.last else f"{at.article}:{at.first}"
            made.append(f"- code: {accepted.code}\n  at: {place}\n  why: {_quoted(accepted.why)}\n")
    if len(made) == 1:
        made = [
            "# Findings that the editor accepts: a list of {code, at, says, why}. None as yet.\n"
            "# - {code: call-order, at: essay, says: call 7, why: the author’s own order}\n"
        ]
    return "".join(made)


def _readme(edition: str, drafts: Sequence[Draft]) -> str:
    accepted = sum(len(draft.accepted) for draft in drafts)
    check = f"\n   {accepted} entries put off what would stop the build." if accepted else ""
    return f"""\
# {_title_of_id(edition)}

A book in the making, for leftopp-book. In this folder:

    leftopp-book build      # makes the book, in dist/
    leftopp-book check      # only says what is still to be done

What next, in this order; docs/editing.md of leftopp-book tells more:

1. `book/articles/`: were titles, headings, quotations and notes found? Correct what was not.
2. `book/exceptions.yaml`: mend what is listed there, and take it out.{check}
3. `book/people.yaml`: choose the persons from the names suggested there.
4. `book/{edition}.yaml`: title page, rights, order of the articles.

The copy-texts in `seeds/` are never changed: corrections are listed in the article’s file, under
`emendations`.
"""


def _title_of_id(edition: str) -> str:
    return edition.replace("-", " ").capitalize()


_PROSE_KEYS = """\
# published: where and when the article appeared
# provenance: where the copy-text came from, and what it is like
# seen: 2026-01-31
# rights: whose it is, and on what terms it is used
# headnote: who, what and when, printed under the title
"""

_OTHER_KEYS = """
# Corrections, listed in the book: the words of the line, what they ought to be, the reason.
# emendations:
# - {line: 12, was: teh, now: the, why: transposed letters}

# Headings and breaks of your own, printed in brackets.
# insert:
# - {before: 40, heading: The second year, why: the text passes to another subject}

# Notes of your own, called by * and † after the words.
# editor_notes:
# - {line: 12, words: last year, note: That is in 1926.}

# Words that lost their italics.
# italics:
# - 12 Title of a book
"""

_WORKS = """\
# The register of works cited, from which the bibliography and the notes’ short forms are made.
# Keys: docs/formats.md of leftopp-book. An example:
#
# serge-memoirs:
#   kind: book
#   authors: ["Serge, Victor"]
#   title: Memoirs of a Revolutionary
#   place: London
#   publisher: Oxford University Press
#   year: 1963
#   forms: ["Serge, Memoirs"]  # as the notes name it
"""

_CHRONOLOGY = """\
# The register of dated events. Keys: docs/formats.md of leftopp-book. An example:
#
# - date: 1927-11-07
#   text: What happened, in your own words.
#   passages: ["essay:51 November 7"]  # article, line, and the words that say so
"""


# --- Reading back what was written --------------------------------------------------------------


def _read(model: type[ArticleFile], path: str, text: str) -> tuple[Tree, ArticleFile]:
    """Read what was just written by the rules for all files of `book/`; it must be right."""
    report = Report()
    tree = load(Source(f"book/{path}", text), report)
    file = shape(model, tree, report)
    assert file is not None, [d.full() for d in report.sorted()]
    assert not report.failed, [d.full() for d in report.sorted()]
    return tree, file


def _assert_read(files: Mapping[str, str], edition: str) -> None:
    """A draft that its own compiler cannot read would be our mistake, not the editor’s."""
    report = Report()
    shape(EditionFile, load(Source(edition, files[f"book/{edition}.yaml"]), report), report)
    shape(House, load(Source("house", files["book/house.yaml"]), report), report)
    people = load(Source("people", files["book/people.yaml"]), report)
    for key in people.value or ():
        shape(Person, people, report, (key,))
    exceptions = load(Source("exceptions", files["book/exceptions.yaml"]), report)
    for i in range(len(exceptions.value or ())):
        shape(Accepted, exceptions, report, (i,))
    assert not report.failed, [d.full() for d in report.sorted()]
