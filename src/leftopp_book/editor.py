"""The editor: articles edited, or taken over as they were edited for an earlier build.

An article is a function of its copy-text, its file, the works and the house style; and of the names
and forms of those persons of the register who might stand in it. Where nothing but these has
changed, its text and its pieces are taken over.
"""

from __future__ import annotations

import re
from functools import cached_property
from hashlib import sha256

from msgspec import Struct, field

from .article import Edited, Prepared, Shared, edit, prepared
from .diagnostics import Diagnostic, Report
from .kept import Values
from .project import Project

Ready = tuple[Prepared, list[Diagnostic]]  # with what was found in it
Known = dict[str, tuple[str, tuple[tuple[str, str], ...]]]  # persons: name, forms, their scopes
_SIGNS = re.compile(r"[\W_]+")


class Editor(Struct, frozen=True, dict=True):
    """Edits articles, or takes them over from the values that were kept."""

    project: Project
    values: Values
    hashes: dict[str, str] = field(default_factory=dict)  # of all that articles were edited from
    _ready: dict[str, Ready] = field(default_factory=dict)  # those whose names are to be found anew

    @cached_property
    def _shared(self) -> Shared:
        return Shared.of(self.project)

    @cached_property
    def _known(self) -> Known:
        return {
            id: (person.name, tuple((form.form, repr(form.within)) for form in person.forms))
            for id, person in self.project.people.items()
        }

    def kept(self, name: str) -> tuple[Edited, list[Diagnostic]] | None:
        """Return an article with what was found in it, if it was edited before."""
        found = self.values.find(f"edited/{name}", self.made_of(name))
        if found is None:
            return None
        known: Known
        self._ready[name], edited, told, known, hash = found
        if any(known.get(x) != self._known.get(x) for x in self.project.articles[name].authors):
            return None
        forms = _forms(known) ^ _forms(self._known)
        if forms:
            words = self.project.trees[f"articles/{name}.yaml"].source.text
            here = _SIGNS.sub("", edited.text.string + words)
            if any(
                _SIGNS.sub("", own) in here for form, *_ in forms for own in (form, form.upper())
            ):
                return None
        self.hashes[name] = hash
        return edited, told

    def edit(self, name: str) -> tuple[Edited, list[Diagnostic]]:
        """Edit an article; return it with what was found in it."""
        ready = self._ready.get(name) or self._prepared(name)
        copy, told = ready
        own = Report([*told])
        made = edit(name, self._shared, own, copy), own.found
        made_of = self.made_of(name)
        self.hashes[name] = hash = sha256(f"{made_of} {self._known}".encode()).hexdigest()
        self.values.keep(f"edited/{name}", (ready, *made, self._known, hash), made_of)
        return made

    def _prepared(self, name: str) -> Ready:
        own = Report()
        return prepared(name, self.project, own), own.found

    def made_of(self, name: str) -> str:
        """Return what tells all that an article was made of, but for the names in it."""
        project = self.project
        files = (f"articles/{name}.yaml", "works.yaml", "house.yaml")
        trees = (project.trees[file].source for file in files if file in project.trees)
        sources = (project.copy_texts[name], *trees)
        return "\n".join(f"{x.path} {x.sha256}" for x in sources)


def _forms(known: Known) -> frozenset[tuple[str, str, str]]:
    """Return the forms of all persons: words, scope, person."""
    return frozenset((*form, id) for id, (_, forms) in known.items() for form in forms)
