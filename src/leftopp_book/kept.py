"""Kept: what need not be made again in the next build.

Everything is kept in a folder with a key, of all that it was made by, and a hash of itself. The
folder can be deleted at any time. Nothing in it is believed: what is damaged, or has another key,
is as if it were not there.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from .fingerprint import fingerprint


@dataclass(frozen=True)
class Kept:
    """Bytes kept by name in a folder, all under one key."""

    folder: Path
    key: str

    def get_bytes(self, name: str) -> bytes:
        """Return what is kept under a name; nothing where nothing is, or it is not whole."""
        try:
            file = self.folder / name
            head, _, body = file.read_bytes().partition(b"\n") if file.is_file() else (b"",) * 3
        except OSError:
            return b""
        return body if head == self._head(body).encode() else b""

    def put_bytes(self, name: str, body: bytes) -> None:
        """Keep something under a name. A full disk is no error."""
        file = self.folder / name
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(self._head(body).encode() + b"\n" + body)
            beside.replace(file)
        except OSError:
            beside.unlink(missing_ok=True)

    def _head(self, body: bytes) -> str:
        return f"{self.key} {hashlib.sha256(body).hexdigest()}"


@dataclass(frozen=True)
class Values:
    """Values of this program that are kept by name, each under a key of what it was made of.

    They are pickled, for they are deep and many. A pickle can ask for any function that there is to
    be called; from those that are kept nothing can be made but values.
    """

    folder: Path | None = None  # without a folder nothing is kept
    _new: dict[str, tuple[str, object]] = field(default_factory=dict)  # to be written

    def find(self, name: str, made_of: Iterable[str]) -> Any:
        """Return what is kept under a name and was made of what has these hashes, or None."""
        if self.folder is None:
            return None
        body = Kept(self.folder, _key(made_of)).get_bytes(name)
        try:
            return _Reader(io.BytesIO(body)).load() if body else None
        except Exception:  # a pickle that is wrong can raise anything
            return None

    def keep(self, name: str, made_of: Iterable[str], value: object) -> None:
        """Have a value kept when it is time to `write`."""
        if self.folder is not None:
            self._new[name] = _key(made_of), value

    def write(self) -> None:
        """Write what is to be kept. A full disk is no error."""
        for name, (key, value) in self._new.items():
            if self.folder is not None:
                Kept(self.folder, key).put_bytes(name, pickle.dumps(value, PROTOCOL))
        self._new.clear()


NOTHING = Values()
PROTOCOL = 5


def _key(made_of: Iterable[str]) -> str:
    return hashlib.sha256("\n".join((fingerprint(), *made_of)).encode()).hexdigest()


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
    return is_dataclass(kind) or issubclass(kind, tuple | Enum)
