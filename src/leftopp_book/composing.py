"""The composing room: parts of the book set side by side, and what still stands taken over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from .galley import Galley
from .makeup import Made, Top, make_up, still_good
from .pages import Laid, LaidPage, as_part
from .pdf import Styles, lay_out
from .progress import Progress
from .standing import Standing
from .workers import Workers

Copy = Galley | str  # an article, or the HTML of another part


@dataclass(frozen=True)
class ComposingRoom:
    """Sets parts in one style, and tells of every part that is done."""

    styles: Styles
    standing: Standing
    workers: Workers
    progress: Progress

    def set(self, parts: Mapping[str, Copy]) -> dict[str, Laid]:
        """Return parts as laid out; what has to be set is, the longest first.

        Every one that is done is told, which `begin` does not. Raises TypesetterError, LayoutError.
        """
        return {name: self.told(name, one()) for name, one in self.begin(parts).items()}

    def told(self, name: str, part: Laid) -> Laid:
        self.progress.done(name)
        return part

    def begin(self, parts: Mapping[str, Copy]) -> dict[str, Callable[[], Laid]]:
        """Have parts set, and return for each a function that waits for it."""
        waiting: dict[str, Callable[[], Laid]] = {}
        for name, copy in sorted(parts.items(), key=lambda part: -_length(part[1])):
            kept = self.standing.get(name)
            done = still_good(copy, kept) if isinstance(copy, Galley) else _same(copy, kept)
            if done:
                waiting[name] = self._done(done)
            elif isinstance(copy, Galley):
                work = self.workers.submit(make_up, copy, self.styles, kept)
                waiting[name] = self._later(name, work)
            else:
                waiting[name] = self._later(name, self.workers.submit(set_whole, copy, self.styles))
        return {name: waiting[name] for name in parts}

    def _done(self, made: Sequence[Made]) -> Callable[[], Laid]:
        return lambda: as_part(page for one in made for page in one.pages)

    def _later(self, name: str, work: Future[tuple[Made, ...]]) -> Callable[[], Laid]:
        def wait() -> Laid:
            made = work.result()
            self.standing.put(name, made)
            return self._done(made)()

        return wait

    def kept(
        self, name: str, made_of: str, work: Callable[..., bytes], *arguments: Any
    ) -> Callable[[], bytes]:
        """Have something else made of words by a function, and return a function that waits for it.

        It is kept with a hash of the words, which must tell all that it depends on besides the
        styles.
        """
        digest = _digest(made_of).encode()
        head, _, body = self.standing.get_bytes(name).partition(b"\n")
        if head == digest:
            return lambda: body
        making = self.workers.submit(work, *arguments)

        def wait() -> bytes:
            self.standing.put_bytes(name, digest + b"\n" + making.result())
            return making.result()

        return wait

    def set_each(
        self, name: str, keys: Sequence[str], html: Callable[[Sequence[str]], tuple[str, list[int]]]
    ) -> dict[str, LaidPage]:
        """Return a page for every key; `html` gives those of some keys, and where they are."""
        return self.begin_each(name, keys, html)()

    def begin_each(
        self, name: str, keys: Sequence[str], html: Callable[[Sequence[str]], tuple[str, list[int]]]
    ) -> Callable[[], dict[str, LaidPage]]:
        """Have the pages made that are not there yet, and return a function that waits for all."""
        found = {made.digest: made for made in self.standing.get(name)}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        words, places = html(missing) if missing else ("", [])
        making = self.workers.submit(lay_out, words, self.styles) if missing else None

        def wait() -> dict[str, LaidPage]:
            if making:
                pages = making.result()
                for key, place in zip(missing, places, strict=True):
                    found[key] = Made(Top(), (pages[place],), Top(), Top().spot, key)
                self.standing.put(name, found.values())
            return {key: found[key].pages[0] for key in keys}

        return wait


def set_whole(html: str, styles: Styles) -> tuple[Made, ...]:
    """Return the pages of a part that is not an article, all in one."""
    return (Made(Top(), tuple(lay_out(html, styles)), Top(), Top().spot, _digest(html)),)


def _same(html: str, kept: Sequence[Made]) -> tuple[Made, ...]:
    return tuple(made for made in kept if made.digest == _digest(html))


def _digest(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()


def _length(copy: Copy) -> int:
    return sum(copy.sizes) if isinstance(copy, Galley) else len(copy)
