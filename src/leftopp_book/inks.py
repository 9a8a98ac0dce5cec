"""Inks: the colours of what is drawn, turned into those that a press prints.

Black and grey alone, in DeviceGray; on a cover also the four inks of DeviceCMYK.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct, field

from .drawing import Step, UnknownStepError, steps_in, steps_of, streams_of

COMPONENTS = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4}
SPACES = {"g": "/DeviceGray", "rg": "/DeviceRGB", "k": "/DeviceCMYK"}
STATE = {b"q", b"Q", b"cs", b"CS", b"sc", b"SC", b"scn", b"SCN", b"gs", b"sh", b"BI"}
OURS = STATE | {c.encode() for name in SPACES for c in (name, name.upper())}
Spaces = tuple[str, str]  # in which colours are given: of what is filled, and of lines
FIRST: Spaces = ("/DeviceGray", "/DeviceGray")
Key = tuple[bytes, Spaces]  # the hash of a stream, and the spaces in which it begins


class Turned(Struct, frozen=True):
    """A content stream in inks, what in it cannot be printed, and the graphics states it names."""

    packed: bytes  # what is drawn, deflated
    wrong: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    spaces: Spaces = FIRST  # at its end
    closed: bool = False  # whether every q has its Q in it


class Inks(Struct):
    """Turns content streams; those that were learned are known when they are wanted.

    `before` may have some of those that were learned for an earlier build.
    """

    colours: bool
    before: Mapping[Key, Turned] = {}
    known: dict[Key, Turned] = field(default_factory=dict)

    def learn(self, page: object) -> None:
        """Turn the streams of a page by themselves, and remember those that give back all that
        they keep, and no more: they are the same wherever they stand."""
        for stream in streams_of(page):
            key = _key(stream, FIRST)
            with suppress(UnknownStepError):  # it is told when it is wanted
                made = self.before.get(key) or self._steps(
                    steps_in(stream.read_bytes()), [FIRST, FIRST]
                )
                if made.closed:
                    self.known[key] = made

    def turn(self, stream: object) -> list[Turned]:
        """Turn what a page or a form draws, stream by stream."""
        stack = [FIRST]
        try:
            return [self._stream(own, stack) for own in streams_of(stream)]
        except UnknownStepError:
            try:
                return [self._steps(steps_of(stream), [FIRST])]
            except UnknownStepError as error:
                return [Turned(zlib.compress(b""), (f"what cannot be read: {error}",))]

    def _stream(self, stream: Any, stack: list[Spaces]) -> Turned:
        known = self.known.get(_key(stream, stack[-1]))
        if known is None:
            return self._steps(steps_in(stream.read_bytes()), stack)
        stack[-1] = known.spaces
        return known

    def _steps(self, steps: Iterable[Step], stack: list[Spaces]) -> Turned:
        """Turn steps; `stack` is kept by q and given back by Q."""
        drawn: list[bytes] = []
        wrong: list[str] = []
        states: list[str] = []
        depth = lowest = len(stack)
        for operands, operator in steps:
            if operator not in OURS:
                drawn.append(operands + operator)
                continue
            name, given = operator.decode(), operands.decode().split()
            side = int(name.isupper())
            lower = name.lower()
            if name == "q":
                stack.append(stack[-1])
            elif name == "Q" and len(stack) > 1:
                stack.pop()
                lowest = min(lowest, len(stack))
            elif lower == "cs":
                fill, line = stack[-1]
                stack[-1] = (fill, given[0]) if side else (given[0], line)
                continue
            elif lower in SPACES or lower in ("sc", "scn"):
                space = SPACES.get(lower, stack[-1][side])
                drawn += self._ink(space, given, "gkGK"[2 * side :][:2], wrong)
                continue
            elif name == "gs":
                states.append(given[0])
                continue
            elif name in ("sh", "BI"):
                wrong.append("a picture or a shading")
            drawn.append(operands + operator)
        packed = zlib.compress(b"\n".join(drawn))
        closed = lowest == depth == len(stack)
        return Turned(packed, tuple(wrong), tuple(dict.fromkeys(states)), stack[-1], closed)

    def _ink(
        self, space: str, operands: Sequence[str], operators: str, wrong: list[str]
    ) -> Iterator[bytes]:
        """Yield the step that sets a colour in ink, by one of the operators of grey and of CMYK."""
        if COMPONENTS.get(space) != len(operands):
            wrong.append(f"a colour of the space {space.removeprefix('/')}")
            return
        values = [float(v) for v in operands]
        match values:
            case [grey]:
                pass
            case [red, green, blue]:
                grey = red
                if not red == green == blue:
                    wrong.append(f"the colour rgb {red:g} {green:g} {blue:g}")
            case [cyan, magenta, yellow, black]:
                if self.colours:
                    yield _step(values, operators[1])
                    return
                grey = 1 - black
                if cyan or magenta or yellow:
                    shown = " ".join(f"{v:g}" for v in values)
                    wrong.append(f"the colour cmyk {shown}")
        yield _step([grey], operators[0])


def _key(stream: Any, spaces: Spaces) -> Key:
    return hashlib.sha256(stream.read_raw_bytes()).digest(), spaces


def _step(values: Sequence[float], operator: str) -> bytes:
    numbers = [f"{int(v)}" if v == int(v) else f"{v:.4f}" for v in values]
    return " ".join((*numbers, operator)).encode()
