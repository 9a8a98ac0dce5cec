"""Progress: what a long run tells while it runs. This one is silent; a terminal shows more."""

from __future__ import annotations


class Progress:
    """Told what is being done, of how many parts, and of every part when it is done."""

    def say(self, words: str) -> None:
        """Take note of a step of the work, such as “typesetting primer”."""

    def begin(self, total: int) -> None:
        """Take note that the step has so many parts, none of which is done yet."""

    def done(self, part: str) -> None:
        """Take note that a part is done; to be called once for each of the parts."""
