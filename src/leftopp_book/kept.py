"""Kept: what need not be made again in the next build, articles as edited and pages as set.

Printers kept type standing when they thought that it would be wanted again. Everything is kept in
a folder with a key, of all that it was made by, and a hash of itself. The folder can be deleted at
any time. Nothing in it is believed: what is damaged or has another key is as if it were not there.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from enum import Enum
from functools import update_wrapper
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from msgspec import Struct, field

from .fingerprint import fingerprint
from .scratch import put

P = ParamSpec("P")
T = TypeVar("T")


class Kept(Struct, frozen=True):
    """Values of this program, kept by name in a folder, all under one key.

    They are pickled, for they are deep and many. A pickle can ask for any function that there is to
    be called; from those that are kept nothing can be made but values.
    """

    folder: Path
    key: str

    def find(self, name: str, made_of: str = "") -> Any:
        """Return what is kept under a name, or None where nothing is, or it is not whole.

        `made_of` tells what it was made of besides what the key tells.
        """
        try:
            file = self.folder / name
            head, _, body = file.read_bytes().partition(b"\n") if file.is_file() else (b"",) * 3
            if head != self._head(body, made_of):
                return None
            return _Reader(io.BytesIO(body)).load()
        except Exception:  # a pickle that is wrong can raise anything
            return None

    def keep(self, name: str, value: object, made_of: str = "") -> None:
        """Keep a value under a name. A full disk is no error, nor what is too deep to be kept."""
        try:
            body = pickle.dumps(value, PROTOCOL)
        except (RecursionError, MemoryError):
            return
        with suppress(OSError):
            put(self.folder / name, self._head(body, made_of) + b"\n" + body)

    def _head(self, body: bytes, made_of: str) -> bytes:
        key = hashlib.sha256(f"{self.key}\n{made_of}".encode())
        return f"{key.hexdigest()} {hashlib.sha256(body).hexdigest()}".encode()


PROTOCOL = 5


class Values(Struct, frozen=True):
    """What this program has kept, and what it is to keep when the time has come."""

    folder: Path | None = None  # without a folder nothing is kept
    _new: dict[str, tuple[object, str]] = field(default_factory=dict)

    @property
    def _kept(self) -> Kept | None:
        return Kept(self.folder, fingerprint()) if self.folder else None

    def find(self, name: str, made_of: str = "") -> Any:
        return self._kept.find(name, made_of) if self._kept else None

    def keep(self, name: str, value: object, made_of: str = "") -> None:
        """Have a value kept with the next `write`."""
        if self.folder:
            self._new[name] = value, made_of

    def recall(self) -> None:
        """Let functions remember what they returned when this was written."""
        for name, memory in _MEMORIES.items():
            memory.known = self.find(f"remembered/{name}") or {}

    def write(self) -> None:
        """Keep what is to be kept, and what functions have returned if some of it is new."""
        for name, memory in _MEMORIES.items():
            if not memory.used.keys() <= memory.known.keys():
                self.keep(f"remembered/{name}", memory.used)
                memory.known = dict(memory.used)
        for name, (value, made_of) in self._new.items():
            if self._kept:
                self._kept.keep(name, value, made_of)
        self._new.clear()


class _Memory(Generic[P, T]):
    """A function that remembers what it has returned, in this build and the one before."""

    def __init__(self, function: Callable[P, T]) -> None:
        self.function = function
        self.known: dict[tuple[object, ...], T] = {}
        self.used: dict[tuple[object, ...], T] = {}

    def __call__(self, *given: P.args, **named: P.kwargs) -> T:
        words = (*given, *named.items())
        if words not in self.used:
            known = words in self.known
            self.used[words] = self.known[words] if known else self.function(*given, **named)
        return self.used[words]


_MEMORIES: dict[str, _Memory[..., Any]] = {}


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that is not called twice with the same words, not even in another build.

    It depends on them alone, and returns what is never changed.
    """
    memory = _Memory(function)
    _MEMORIES[f"{function.__module__}.{function.__qualname__}"] = memory
    return update_wrapper(memory, function)


NOTHING = Values()


class _Reader(pickle.Unpickler):
    """Reads values of this program, dates and ranges, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in (("builtins", "range"), ("datetime", "date")):
            return {"range": range, "date": date}[name]
        package, _, own = module.rpartition(".")
        found = vars(sys.modules[module]).get(name) if package == __package__ and own else None
        if isinstance(found, type) and found.__module__ == module and _is_value(found):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value")


def _is_value(kind: type) -> bool:
    return issubclass(kind, Struct | tuple | Enum)
