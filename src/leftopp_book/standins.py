"""Stand-ins for modules that libraries import and a build has no use for.

Whoever imports such a module is given something of its name, which loads it when something of it is
wanted that is not here. So nothing is missing, and nothing is loaded for nothing.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class StandIn(ModuleType):
    """A module that is loaded when something of it is wanted that is not here."""

    def __init__(self, name: str, **here: Any) -> None:
        super().__init__(name)
        vars(self).update(here)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python asks of every module
            raise AttributeError(name)
        return getattr(_loaded(self.__name__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        _told.setdefault(self.__name__, {})[name] = value


class Later:
    """A function or a class of a module that is loaded when it is called."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return getattr(_loaded(self.module), self.name)(*arguments, **named)


_told: dict[str, dict[str, Any]] = {}  # of modules, what they are told when they are loaded


def _loaded(name: str) -> ModuleType:
    """Load a module for which there was another.

    What stand-ins were told the modules of its package are told, for it may load them all.
    """
    if isinstance(sys.modules.get(name), StandIn):
        del sys.modules[name]
    package = name.partition(".")[0]
    for other in [told for told in _told if told.partition(".")[0] == package]:
        vars(importlib.import_module(other)).update(_told.pop(other))
    return importlib.import_module(name)


def inspect() -> StandIn:
    """Return a stand-in for what looks into functions, which wants the whole grammar of Python.

    Click, Jinja and lxml import it, for help, for properties and for what waits.
    """
    names = ("getattr_static", "getfullargspec")
    later = {name: Later("inspect", name) for name in names}
    return StandIn("inspect", cleandoc=_cleaned, **later)


def _cleaned(words: str) -> str:
    if words.isprintable():  # one line, as nearly all that options say of themselves
        return words.lstrip()
    return str(_loaded("inspect").cleandoc(words))


@contextmanager
def placed(stand_ins: Iterable[StandIn], lacking: Iterable[str] = ()) -> Iterator[None]:
    """Give stand-ins to whoever imports those modules, unless they are loaded already.

    Modules that are `lacking` are not there for whoever can do without them.
    """
    mine = [module for module in stand_ins if module.__name__ not in sys.modules]
    without = [name for name in lacking if name not in sys.modules]
    sys.modules.update((module.__name__, module) for module in mine)
    sys.modules.update(dict.fromkeys(without))  # type: ignore[arg-type]  # so Python marks them
    try:
        yield
    finally:
        for module in mine:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]
        for name in without:
            del sys.modules[name]
