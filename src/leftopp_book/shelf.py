"""The shelf: the folder of finished files, onto which all are put or none.

One process at a time holds a shelf. What it makes is first written whole into a hidden folder on
the shelf; then a journal names the files; then they are renamed into place. Before the journal is
there nothing has happened, afterwards everything has: a process that dies between two renames has
left the rest to the next one that takes the shelf, or that proves what is on it. Only a disk that
refuses a rename half-way through turns the work back.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from .interrupts import on_interrupt, uninterrupted

WORK = ".leftopp-book"


class ShelfError(Exception):
    """A shelf that cannot be used: the message says why."""


class Shelf(Struct, frozen=True):
    """A folder that this process holds; `shelf` gives one."""

    folder: Path

    @property
    def work(self) -> Path:
        """The hidden folder, for whatever is needed until the shelf is given back."""
        return self.folder / WORK

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files onto the shelf under their names, all or none. Raises ShelfError."""
        for name in files:
            if (self.folder / name).is_dir():
                raise ShelfError(f"{self.folder / name} is a folder: remove it")
        try:
            for name, data in files.items():
                _write(self.work / "new" / name, data)
            with uninterrupted():
                self._place(list(files))
        except OSError as error:
            raise ShelfError(f"cannot write to {self.folder}: {_words(error)}") from error

    def _place(self, names: list[str]) -> None:
        old = [name for name in names if os.path.lexists(self.folder / name)]
        for name in old:
            _twin(self.folder / name, self.work / "old" / name)
        _write(self.work / "journal", json.dumps({"files": names, "old": old}).encode())
        _sync(self.work)
        os.replace(self.work / "journal", self.work / "forward")  # from here on it is done
        try:
            self._forward(names)
        except OSError:
            os.replace(self.work / "forward", self.work / "back")
            self._back(names, old)
            raise

    def _forward(self, names: list[str]) -> None:
        """Put every file in its place that is not there yet."""
        for name in names:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        for name in names:
            made = self.work / "new" / name
            if made.exists():
                os.replace(made, self.folder / name)
        _sync(self.folder)
        (self.work / "forward").unlink()

    def _back(self, names: list[str], old: list[str]) -> None:
        """Put every file back that was there before, and take away those that were not."""
        for name in names:
            if name not in old:
                (self.folder / name).unlink(missing_ok=True)
            elif (self.work / "old" / name).exists():
                os.replace(self.work / "old" / name, self.folder / name)
        _sync(self.folder)
        (self.work / "back").unlink()

    def settle(self) -> None:
        """End what a process that died had begun, and clear away what it left."""
        with uninterrupted():
            if (self.work / "forward").is_file():
                names, _ = _journal(self.work / "forward")
                self._forward(names)
            elif (self.work / "back").is_file():
                self._back(*_journal(self.work / "back"))
        self.clear()

    def clear(self) -> None:
        """Remove everything from the hidden folder but the lock."""
        for path in self.work.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()


def usable(folder: Path) -> None:
    """Raise ShelfError for the name of a folder that can neither be one nor be made one."""
    if _leads_round(folder):
        raise ShelfError(f"{folder} is a link that leads to itself: remove it")
    if folder.exists() and not folder.is_dir():
        raise ShelfError(f"{folder} is a file: move it away")


def _leads_round(link: Path) -> bool:
    try:
        os.stat(link)
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


@contextmanager
def shelf(folder: Path, wait: Callable[[str], None]) -> Iterator[Shelf]:
    """Hold a shelf; made, if it is not there, and gone again, if nothing is put onto it.

    Where another process holds it, `wait` is told so, and the block begins when it is free. Raises
    ShelfError.
    """
    usable(folder)
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    held = Shelf(folder)
    try:
        lock = _lock(held, wait)
        held.settle()
    except OSError as error:
        raise ShelfError(f"cannot write to {folder}: {_words(error)}") from error

    def give_back() -> None:
        with suppress(OSError):
            held.clear()
            (held.work / "lock").unlink()
            for path in (held.work, *made):
                path.rmdir()

    try:
        with on_interrupt(give_back):
            yield held
    finally:
        give_back()
        os.close(lock)


def settle(folder: Path, wait: Callable[[str], None]) -> None:
    """End what a process that died while it put files onto a shelf had begun. Raises ShelfError."""
    if any((folder / WORK / way).exists() for way in ("forward", "back")):
        with shelf(folder, wait):
            pass


def _lock(held: Shelf, wait: Callable[[str], None]) -> int:
    """Return the descriptor of the lock, which the system opens however this process ends."""
    path = held.work / "lock"
    while True:
        if held.work.is_symlink():
            raise ShelfError(f"{held.work} is a link: remove it")
        held.folder.mkdir(parents=True, exist_ok=True)
        try:
            held.work.mkdir(exist_ok=True)
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            continue  # whoever held the shelf has just given it back
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "another"
            wait(f"process {holder} is writing to {held.folder}: waiting until it has ended")
            fcntl.lockf(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), os.stat(path)):
                with suppress(OSError):  # on a full disk nobody learns who holds it
                    os.ftruncate(lock, 0)
                    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
                return lock
        os.close(lock)  # a lock that has been given back says nothing about the next


def _journal(path: Path) -> tuple[list[str], list[str]]:
    """Return the files that a journal names, and those of them that were there before."""
    try:
        journal = json.loads(path.read_bytes())
        names, old = list(map(str, journal["files"])), list(map(str, journal["old"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ShelfError(f"{path} is damaged: remove {path.parent}, and build again") from error
    if any(name.startswith("/") or ".." in name.split("/") for name in names):
        raise ShelfError(f"{path} leads elsewhere: remove {path.parent}, and build again")
    return names, old


def _write(path: Path, data: bytes) -> None:
    """Write a file and see that it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _twin(path: Path, other: Path) -> None:
    """Give a file a second name, or a copy where the system has no second names."""
    other.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, other, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, other, follow_symlinks=False)


def _sync(folder: Path) -> None:
    """See that the names in a folder are on the disk, where the system lets one."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
