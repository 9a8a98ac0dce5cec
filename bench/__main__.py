"""python -m bench: time builds of ours, and the same book by other typesetters, side by side.

Every figure is that of a fresh process. Runs are interleaved (ours, a peer, ours, the next peer)
and repeated; the median is told, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from leftopp_book.build import Session

from . import projects
from .cast_off import cast_off
from .measure import Cost, FailedError, middle, run
from .peers import BOOK, Peer, peers
from .source import source

ROOT = Path(__file__).resolve().parent.parent
ALL = ("weasyprint", "xelatex", "pandoc", "typst")
COLD, SAME, CHECK = "cold build", "nothing changed", "check"
WARNED = "nothing changed, with warnings"
ASKED = "cold build, no press"
PDF = "cold build, PDF alone"
EDITS = ("a word of a copy-text", "an emendation added", "a person added", "a date added")
NO_PRESS = "--no-press"  # PDF, EPUB and record (and the report), which is what issue 6 asks of


@dataclass
class Costs:
    """The costs of every kind of run, by name, in the order in which they were first made."""

    found: dict[str, list[Cost]] = field(default_factory=dict)

    def add(self, name: str, cost: Cost) -> None:
        self.found.setdefault(name, []).append(cost)
        print(f"  {name:34} {_figures(cost)}", file=sys.stderr, flush=True)

    def of(self, name: str) -> Cost | None:
        return middle(self.found[name]) if self.found.get(name) else None


@dataclass(frozen=True)
class Ours:
    """A copy of the project, and its runs."""

    root: Path
    edition: str

    def run(self, *words: str) -> Cost:
        return run(
            (sys.executable, "-m", "leftopp_book", *words),
            self.root,
            {"PYTHONPATH": str(ROOT / "src")},
        )

    def build(self, *more: str) -> Cost:
        return self.run("build", self.edition, "--out", "dist", *more)

    def cold(self, *more: str) -> Cost:
        projects.cold(self.root)
        return self.build(*more)


@dataclass(frozen=True)
class Target:
    """A ratio of two runs, or the seconds of one, and what issue 6 asks of it."""

    what: str
    of: str
    by: str
    most: float


TARGETS = (
    Target("PDF, EPUB, record / plain WeasyPrint", ASKED, "weasyprint", 0.40),
    Target("PDF, EPUB, record / Pandoc and XeLaTeX", ASKED, "pandoc", 0.8),
    Target("PDF, EPUB, record / XeLaTeX", ASKED, "xelatex", 0.8),
    Target("with the press / plain WeasyPrint", COLD, "weasyprint", 0.40),
    Target("with the press / Pandoc and XeLaTeX", COLD, "pandoc", 0.8),
    Target("nothing changed, seconds", SAME, "", 0.3),
    Target("the same, with warnings, seconds", WARNED, "", 0.3),
    *(Target(f"{edit} / cold build", edit, COLD, 0.25) for edit in EDITS),
    *(
        Target(f"{edit}, no press / the same cold", f"{edit}, no press", ASKED, 0.25)
        for edit in EDITS
    ),
    Target("check, seconds", CHECK, "", 1.0),
)


LARGE = (
    Target("PDF, EPUB, record / plain WeasyPrint", ASKED, "weasyprint", 0.15),
    Target("PDF, EPUB, record / Pandoc and XeLaTeX", ASKED, "pandoc", 1.0),
    Target("PDF, EPUB, record / XeLaTeX", ASKED, "xelatex", 1.0),
)


def main() -> None:
    """Run the benchmark as the command line says."""
    options = _options()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="leftopp-bench-") as scratch:
        try:
            told = _bench(options, Path(scratch))
        except (FailedError, projects.NothingToChangeError) as error:
            sys.exit(f"bench: {error}")
    told["seconds"] = round(time.perf_counter() - began)
    options.results.mkdir(parents=True, exist_ok=True)
    file = options.results / f"{told['edition']}.json"
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"\nAll figures: {os.path.relpath(file)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--edition", default="", help="default: the reader, else the primer")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each kind (default 3)")
    parser.add_argument("--peers", default=",".join(ALL), help=f"of {', '.join(ALL)}; or none")
    parser.add_argument(
        "--times",
        default="",
        metavar="4,16",
        help="build so many times the text too, once each, with growth and memory",
    )
    parser.add_argument(
        "--large-peers",
        default="",
        help="peers that set the larger texts as well (plain WeasyPrint: ten minutes)",
    )
    parser.add_argument("--no-edits", action="store_true", help="leave out the changes")
    parser.add_argument("--results", type=Path, default=ROOT / "bench" / "results", metavar="DIR")
    return parser.parse_args()


Turn = tuple[str, Callable[[], Cost]]


def _bench(options: argparse.Namespace, scratch: Path) -> dict[str, object]:
    edition = options.edition or _at_hand(options.seeds)
    wanted = [name for name in options.peers.split(",") if name in ALL]
    css = (ROOT / "styles" / "print.css").read_text(encoding="utf-8")
    ready, lacking = peers(css, ROOT / "build" / "peers", wanted)
    _say(f"{edition}, {options.runs} rounds, on {_machine()}")
    for line in lacking:
        _say(f"left out: {line}")
    ours = Ours(projects.copied(ROOT, options.seeds, scratch / "project", edition), edition)
    fonts = _fonts(ours)
    costs = Costs()
    changes: list[list[Turn]] = []
    if not options.no_edits:
        day = Ours(projects.copied(ROOT, options.seeds, scratch / "day", edition), edition)
        changes = _changes(day, options.runs)
        _say("a first build, before the changes")
        day.build()
        asked = Ours(projects.copied(ROOT, options.seeds, scratch / "asked", edition), edition)
        for own, more in zip(changes, _changes(asked, options.runs, NO_PRESS), strict=True):
            own += more
        asked.build(NO_PRESS)
    theirs = _written(ours, ready, fonts, scratch / "peers")
    for n in range(options.runs):
        _say(f"round {n + 1}")
        turns: list[Turn] = [
            (COLD, ours.cold),
            (SAME, ours.build),
            *(changes[n] if changes else ()),
            (CHECK, lambda: ours.run("check", edition)),
            (ASKED, lambda: ours.cold(NO_PRESS)),
            (PDF, lambda: ours.cold("--only", "pdf")),
        ]
        for name, turn in _interleaved(turns, theirs):
            costs.add(name, turn())
    larger = {
        times: _larger(options, scratch / f"times-{times}", edition, ready, fonts, int(times))
        for times in filter(None, options.times.split(","))
    }
    print(_table(costs))
    if larger:
        print(_growth(costs, larger))
    for times, found in larger.items():
        print(f"\n{times} times the text", *_ratios(found, LARGE), sep="\n")
    return {
        "edition": edition,
        "machine": _machine(),
        "left_out": lacking,
        "costs": _plain(costs),
        "larger": {times: _plain(found) for times, found in larger.items()},
    }


def _at_hand(seeds: Sequence[Path]) -> str:
    """Return the first edition whose copy-texts are at hand, the reader before the primer."""
    project = Session.open(ROOT, seeds).project
    for name in sorted(project.editions, reverse=True):
        if not project.lacking(name):
            return name
    raise projects.NothingToChangeError("no edition has all its copy-texts: name --seeds DIR")


def _fonts(ours: Ours) -> Path:
    """Return the folder of the fonts, made if they are not yet."""
    if not list((ours.root / "build" / "fonts").glob("*/roman.ttf")):
        ours.build("--only", "pdf")
    return next((ours.root / "build" / "fonts").glob("*/roman.ttf")).parent


def _written(ours: Ours, ready: Sequence[Peer], fonts: Path, folder: Path) -> list[Turn]:
    """Write the sources of the peers; return what makes a PDF of each."""
    work = cast_off(projects.read(ours.root, ours.edition))
    turns: list[Turn] = []
    for peer in ready:
        own = folder / peer.name
        own.mkdir(parents=True)
        for font in fonts.glob("*.ttf"):
            shutil.copy(font, own)
        words = source(work, peer.tongue)
        (own / f"{BOOK}.{peer.tongue.suffix}").write_text(words, encoding="utf-8")
        turns.append((peer.name, partial(peer.make, own)))
    return turns


def _changes(ours: Ours, count: int, *more: str) -> list[list[Turn]]:
    """Take out of the project what will be added; return the changes of each round.

    No state of the project comes twice, so that nothing kept from an earlier build can help.
    `more` are options of the builds.
    """
    after = ", no press" if NO_PRESS in more else ""
    root, edition = ours.root, projects.read(ours.root, ours.edition)
    words = projects.words(root, edition, 2 * count)
    persons = projects.persons(root, edition, count)
    events = projects.events(root, edition, count + 1)  # one stays out, so that a check warns

    def edited(change: Callable[[Path], None]) -> Callable[[], Cost]:
        def turn() -> Cost:
            change(root)
            return ours.build(*more)

        return turn

    made: list[list[Turn]] = [
        [
            (f"{EDITS[0]}{after}", edited(words[n].in_copy_text)),
            (f"{EDITS[1]}{after}", edited(words[count + n].as_emendation)),
            (f"{EDITS[2]}{after}", edited(persons[n].put)),
            (f"{EDITS[3]}{after}", edited(events[n].put)),
        ]
        for n in range(count)
    ]
    return made if after else [[*turns, (WARNED, ours.build)] for turns in made]


def _interleaved(ours: Sequence[Turn], theirs: Sequence[Turn]) -> list[Turn]:
    """Put a turn of theirs after each of ours, as long as there are any."""
    made: list[Turn] = []
    for n, turn in enumerate(ours):
        made += [turn, *theirs[n : n + 1]]
    return [*made, *theirs[len(ours) :]]


def _larger(
    options: argparse.Namespace,
    scratch: Path,
    edition: str,
    ready: Sequence[Peer],
    fonts: Path,
    times: int,
) -> Costs:
    """Build so many times the text, once."""
    _say(f"{times} times the text")
    scratch.mkdir()
    ours = Ours(projects.copied(ROOT, options.seeds, scratch / "project", edition), edition)
    projects.enlarge(ours.root, edition, times)
    costs = Costs()
    costs.add(ASKED, ours.cold(NO_PRESS))
    costs.add(COLD, ours.cold())
    costs.add(SAME, ours.build())
    costs.add(CHECK, ours.run("check", edition))
    large = [peer for peer in ready if peer.name in options.large_peers.split(",")]
    for name, turn in _written(ours, large, fonts, scratch / "peers"):
        costs.add(name, turn())
    return costs


# --- What is told -------------------------------------------------------------------------------


def _say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def _figures(cost: Cost) -> str:
    return f"{cost.wall:8.2f} s {cost.cpu:8.2f} s {cost.memory / 1e6:8.0f} MB"


def _table(costs: Costs) -> str:
    lines = [f"\n{'median of each':32} {'wall':>10} {'CPU':>10} {'largest':>11}"]
    for name in costs.found:
        if middle := costs.of(name):
            lines.append(f"{name:32} {_figures(middle)}")
    return "\n".join([*lines, *_ratios(costs, TARGETS)])


def _ratios(costs: Costs, targets: Sequence[Target]) -> list[str]:
    lines = [f"\n{'ratios of wall time':38} {'measured':>9} {'target':>8}   CPU"]
    for target in targets:
        ours, base = costs.of(target.of), costs.of(target.by) if target.by else None
        if ours is None or (target.by and base is None):
            continue
        wall, cpu = (ours.wall, ours.cpu)
        if base:
            wall, cpu = ours.wall / base.wall, ours.cpu / base.cpu
        verdict = "" if wall <= target.most else "  not reached"
        lines.append(
            f"{target.what:38} {wall:9.2f} {'<= ' + str(target.most):>8} {cpu:6.2f}{verdict}"
        )
    return lines


def _growth(costs: Costs, larger: dict[str, Costs]) -> str:
    """Return how time grows: t ~ n^e between one size and the next; only 1.1 at most is asked."""
    lines = [f"\n{'growth':32} {'wall':>10} {'CPU':>10} {'largest':>11}   exponent (CPU)"]
    sizes = {1: costs, **{int(times): found for times, found in larger.items()}}
    for name in dict.fromkeys(name for found in sizes.values() for name in found.found):
        last: tuple[int, Cost] | None = None
        for size in sorted(sizes):
            cost = sizes[size].of(name)
            if cost is None or not any(name in found.found for found in larger.values()):
                continue
            e = ""
            if last:
                steps = math.log(size / last[0])
                wall, cpu = (
                    math.log(a / b) / steps
                    for a, b in ((cost.wall, last[1].wall), (cost.cpu, last[1].cpu))
                )
                e = f"   {wall:.2f} ({cpu:.2f})"
            lines.append(f"{name + ' x ' + str(size):32} {_figures(cost)}{e}")
            last = size, cost
    return "\n".join(lines)


def _plain(costs: Costs) -> dict[str, list[dict[str, float]]]:
    return {
        name: [{"wall": c.wall, "cpu": c.cpu, "memory": c.memory} for c in found]
        for name, found in costs.found.items()
    }


def _machine() -> str:
    return f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
