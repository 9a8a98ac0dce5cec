"""Endnotes: where the notes of a copy-text stand: after it, after chapters, or among the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from .document import Role
from .markers import ANY_CALL, BRACKETED, FIGURES, YEARS, glued_calls, note_number
from .pieces import MARKED, SKIPPED, Piece
from .schema import ArticleFile

_NOTES_HEADING = re.compile(r"(?:foot|end)?notes(?: and references)?:?", re.I)
WORKS_HEADING = re.compile(
    r"(?:works cited|references|bibliography|sources|further reading|suggested readings?):?", re.I
)


def find_bracketed(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Find notes that stand in brackets within the text: [Footnote 3: …], over paragraphs."""
    found = list(pieces)
    depth = 0
    for i, piece in enumerate(pieces):
        if piece.why or not (depth or BRACKETED.match(piece.words)):
            continue
        depth += piece.words.count("[") - piece.words.count("]")
        found[i] = replace(piece, role=Role.NOTE, why="a footnote in brackets")
        depth = max(depth, 0)
    return found


def find_notes(pieces: list[Piece], file: ArticleFile) -> list[Piece]:
    """Notes are the last run of numbered pieces that counts from 1 upwards to the end.

    Before it there may be others, each at the end of a chapter, under a heading of its own; and
    notes may stand in the text, each after the paragraph that calls it: [1] Words. Where there are
    none, numbers may stand without a sign, 1 Words, under such a heading or from the line that the
    editor names.
    """
    numbers, called, runs = _runs(pieces, file)
    if not any(runs):
        bare, more, others = _runs(pieces, file, bare=True)
        if file.notes_from or (others[0] and _is_notes_heading(pieces, others[0][0][0] - 1)):
            numbers, called, runs = bare, more, others
    found = list(pieces)
    for run in runs:
        if not run:
            continue
        first, last = run[0][0], run[-1][0]
        inside = {i for i, _ in run}
        among_text = any(
            first < i < last for n in range(1, len(run)) for i in called.get(n + 1, ())
        )
        for i in range(first, last + 1):
            if not found[i].why and (i in inside or not among_text):
                why = "a run of numbered notes"
                found[i] = replace(found[i], role=Role.NOTE, why=why)
        if _is_notes_heading(pieces, first - 1) and found[first - 1].why in ("", MARKED):
            why = "heading of the notes"
            found[first - 1] = replace(found[first - 1], role=Role.FURNITURE, why=why)
    for i, n in numbers:
        if not found[i].why and found[i].words[0] == "[" and called.get(n, [i])[0] < i:
            found[i] = replace(found[i], role=Role.NOTE, why="a note among the text")
    return found


Numbers = list[tuple[int, int]]  # pieces, by their ranks, and the numbers that they begin with


def _runs(
    pieces: list[Piece], file: ArticleFile, *, bare: bool = False
) -> tuple[Numbers, dict[int, list[int]], list[Numbers]]:
    """Return the numbered pieces, where each number is called, and the runs of notes, the last
    first."""
    numbers = [
        (i, n)
        for i, p in enumerate(pieces)
        if p.role is not Role.FURNITURE and p.why != MARKED
        if (n := note_number(p.words, bare=bare)[0])
    ]
    if bare:
        numbers = _in_turn(numbers)
    all_numbers = {n for _, n in numbers}
    numbers = [(i, n) for i, n in numbers if n <= YEARS or n - 1 in all_numbers]
    called = _called(pieces, {i for i, _ in numbers})
    if file.notes_from:
        run = [(i, n) for i, n in numbers if pieces[i].lines[0] >= file.notes_from]
        return numbers, called, [run]
    runs = [_last_count(numbers, pieces, called)]
    while runs[-1]:
        start = runs[-1][0][0]
        run = _last_count([(i, n) for i, n in numbers if i < start], pieces, called)
        runs.append(run if run and _is_notes_heading(pieces, run[0][0] - 1) else [])
    return numbers, called, runs


def _in_turn(numbers: Numbers) -> Numbers:
    """Return the numbers that count upwards from 1, each time that there is a 1."""
    found: Numbers = []
    for i, number in numbers:
        last = found[-1][1] if found else number
        if number == 1 or last < number <= last + SKIPPED:
            found.append((i, number))
    return found


def numbered(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield pieces, notes with the numbers that they begin with.

    They stand without a sign if that of the first does; then only one that is in its turn counts.
    """
    first = next((piece.words for piece in pieces if piece.role is Role.NOTE), "")
    bare = not note_number(first)[0] and note_number(first, bare=True)[0] == 1
    markers = {
        i: note_number(piece.words, bare=bare)
        for i, piece in enumerate(pieces)
        if piece.role is Role.NOTE
    }
    numbers = [(i, number) for i, (number, _) in markers.items() if number]
    counted = dict(_in_turn(numbers) if bare else numbers)
    for i, piece in enumerate(pieces):
        yield replace(piece, marker=markers[i]) if i in counted else piece


def _is_notes_heading(pieces: list[Piece], i: int) -> bool:
    words = pieces[i].words if i >= 0 else ""
    return bool(_NOTES_HEADING.fullmatch(words) or WORKS_HEADING.fullmatch(words))


def _called(pieces: list[Piece], numbered: set[int]) -> dict[int, list[int]]:
    """Return for every number that is called the pieces in which it is."""
    called: dict[int, list[int]] = {}
    for i, piece in enumerate(pieces):
        if i in numbered or piece.role in (Role.NOTE, Role.FURNITURE):
            continue
        for match in ANY_CALL.finditer(piece.words):
            number = next(filter(None, match.groups()))
            called.setdefault(int(number.translate(FIGURES)), []).append(i)
    return called


def _last_count(
    numbers: list[tuple[int, int]], pieces: list[Piece], called: dict[int, list[int]]
) -> list[tuple[int, int]]:
    """Return the last run 1, 2, 3… of numbered pieces; calls before them must call for it.

    A number may be missing, if it is nowhere between the 1 and the place where it should stand.
    """
    run: list[tuple[int, int]] = []  # the last first
    places: dict[int, list[int]] = {}
    for at, (_, number) in enumerate(numbers):
        places.setdefault(number, []).append(at)

    def last(number: int, before: int) -> int:
        listed = places.get(number, [])
        n = bisect_left(listed, before)
        return listed[n - 1] if n else -1

    for at in range(len(numbers) - 1, -1, -1):
        index, number = numbers[at]
        wanted = run[-1][1] - 1 if run else number
        gap = wanted - SKIPPED <= number < wanted
        if number == wanted or (gap and last(wanted, at) <= last(1, at + 1)):
            run.append((index, number))
        elif number >= run[-1][1]:
            if run[-1][1] == 1:
                break
            if number > run[-1][1]:  # not one whose number stands twice
                run = [(index, number)]
    if not run or run[-1][1] != 1:
        return []
    run.reverse()
    met = [n for i, n in run if called.get(n, [i])[0] < i]
    if len(met) * 2 >= len(run):
        return run
    before = " ".join(p.words for p in pieces[: run[0][0]] if p.role is not Role.FURNITURE)
    return run if glued_calls(len(run), before) else []
