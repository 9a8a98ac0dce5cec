"""Patterns of an editor that would run for ever are given up, and told where they stand."""

import hashlib
import re
import signal
import threading
from pathlib import Path
from time import process_time

import pytest

from leftopp_book import limits
from leftopp_book.build import Session, check_editions
from leftopp_book.diagnostics import Diagnostic
from leftopp_book.patience import TooSlowError, patience

TINY = Path(__file__).parent / "tiny"
BOOK = (TINY / "book" / "tiny.yaml").read_text(encoding="utf-8")
LONG = "The words of a line " + "a" * 60 + " go on and on " * 400 + "\u2026\n"
NOTED = f"A Title\n\nThe first of words.[1]\n\nNotes\n\n1. {'aaaa ' * 40}X, 12.\n"


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience.__wrapped__, "__defaults__", (0.2,))  # type: ignore[attr-defined]


def found(root: Path, text: str, **files: str) -> list[Diagnostic]:
    (root / "book" / "articles").mkdir(parents=True)
    (root / "seeds").mkdir()
    (root / "seeds" / "one.txt").write_text(text, encoding="utf-8")
    edition = BOOK.replace("[stoves, chairs]", "[one]").replace("front: [front/preface.md]", "")
    digest = hashlib.sha256(text.encode()).hexdigest()
    article = f"copy_text: {{sha256: {digest}, name: one.txt}}\ntitle: One\n"
    for name, words in {"tiny": edition, "articles/one": article, **files}.items():
        (root / "book" / f"{name}.yaml").write_text(words, encoding="utf-8")
    return [d for d in check_editions(Session.open(root, []), ()).found if d.code != "work-unused"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a|a)*b",
        r"(\w|\w\w)+!",
        "(a|aa|aaa)+y",
        "(a?){25}a{25}!",
        ".*.*.*.*x!",
    ],
)
def test_a_pattern_that_runs_for_ever_is_an_error_at_its_place(
    tmp_path: Path, pattern: str
) -> None:
    house = (
        "emend:\n- {id: right, pattern: go on, now: went on, why: w, before: go on, after: "
        "went on}\n"
        f"- {{id: slow, pattern: '{pattern}', now: q, why: w, before: z, after: z}}\n"
    )
    start = process_time()
    (one,) = (d for d in found(tmp_path, LONG, house=house) if d.code == "pattern-slow")
    assert process_time() - start < 3
    assert str(one).startswith("book/house.yaml:3:23: error: the pattern of “slow” takes more than")
    assert one.hint


def test_a_pattern_that_is_slow_on_its_example_is_an_error(tmp_path: Path) -> None:
    example = "a" * 60
    slow = f"pattern: '(aa|a|a)*c', now: q, why: w, before: {example}, after: {example}"
    house = f"emend:\n- {{id: slow, {slow}}}\n"
    (one,) = (d for d in found(tmp_path, LONG, house=house) if d.code == "value-wrong")
    assert str(one).startswith("book/house.yaml:2:23: error: emend.0: the pattern of “slow” takes")


def test_an_item_that_runs_for_ever_is_an_error_at_its_place(tmp_path: Path) -> None:
    works = (
        "right: {title: Right, forms: [X], item: 'No. \\d+'}\n"
        "slow: {title: Slow, forms: [Y], item: '(?:\\w|\\w\\w|[a ])+!'}\n"
    )
    (one,) = (d for d in found(tmp_path, NOTED, works=works) if d.code == "pattern-slow")
    assert str(one).startswith("book/works.yaml:2:39: error: the pattern of “slow” takes more than")


def test_a_pattern_that_was_given_up_is_not_tried_again() -> None:
    with pytest.raises(TooSlowError), patience("once"):
        re.match("(a|a)*b", "a" * 60)
    start = process_time()
    with pytest.raises(TooSlowError), patience("once"):
        raise AssertionError("it is tried")
    assert process_time() - start < 0.1


def test_patience_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with patience("quick"):
        assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)
    assert signal.getsignal(signal.SIGVTALRM) is before


def test_in_a_thread_there_is_no_end_to_patience() -> None:
    done: list[str] = []

    def work() -> None:
        with patience("in a thread"):
            done.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_the_time_of_a_pattern_is_documented() -> None:
    page = (Path(__file__).parent.parent / "docs" / "checks.md").read_text(encoding="utf-8")
    assert limits.PATTERN == 2
    assert "more than two seconds of work on one text" in page
