"""Endnotes: whatever the convention of a text, each note is found and has its own call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.diagnostics import Report, nowhere
from leftopp_book.notes import calls, end_notes, pair
from leftopp_book.parse import parse
from leftopp_book.schema import ArticleFile, CopyText
from leftopp_book.text import Source, Text

SUPERIOR = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
CALLS: dict[str, Callable[[int], str]] = {
    "[]": lambda n: f"[{n}]",
    "¹": lambda n: str(n).translate(SUPERIOR),
    "^": lambda n: f"^{n}",
    "{}": lambda n: f"{{{n}}}",
    "()": lambda n: f"({n})",
    "i": lambda n: f"[{ROMAN[n]}]",
    "7": str,
}
MARKERS: dict[str, Callable[[int], str]] = {
    "7.": lambda n: f"{n}. ",
    "7)": lambda n: f"{n}) ",
    "[]": lambda n: f"[{n}] ",
    "()": lambda n: f"({n}) ",
    "¹": lambda n: f"{str(n).translate(SUPERIOR)} ",
    "Note": lambda n: f"Note {n}: ",
    "i": lambda n: f"[{ROMAN[n]}] ",
    "7": lambda n: f"{n} ",
    "alone": lambda n: f"{n}\n\n",
}
SENTENCE = (
    "The miller of parish {0} kept the bell of the old chapel in a barrel, for it had cracked in "
    "the hard winter, and nobody there would hear of its being sold"
)


@dataclass(frozen=True)
class Convention:
    """How a text has its notes."""

    call: str
    marker: str
    chapters: tuple[int, ...]  # how many notes each has
    again: bool  # whether numbers begin again in every chapter
    grouped: bool  # whether all notes are at the end of the text
    headed: bool
    listed: tuple[bool, ...]  # whether a chapter has a list, by chapter
    long: bool  # whether a note goes on over paragraphs

    def text(self) -> tuple[str, dict[str, str]]:
        """Return the text, and for every sentence that calls a note the words of the note."""
        made, notes, true = list[str](), list[str](), dict[str, str]()
        count = 0
        for chapter, (own, listed) in enumerate(zip(self.chapters, self.listed, strict=True), 1):
            made += [f"Chapter {chapter}", f"{SENTENCE.format('nought')}."]
            mine = []
            for n in range(1, own + 1):
                count += 1
                number = n if self.again else count
                made.append(f"{SENTENCE.format(f'p{count}')}.{CALLS[self.call](number)}")
                mine.append(f"{MARKERS[self.marker](number)}Penrose, Letters, s. {count}q.")
                true[f"p{count}"] = f"s. {count}q"
                if self.long and n == 2:
                    mine.append(f"More of what Penrose wrote, and of note {number}.")
            if listed:
                points = (f"{n}. The point that {word} made.\n" for n, word in enumerate("abc", 1))
                made += ["The weavers resolved:", "".join(points), f"{SENTENCE.format('last')}."]
            heading = [f"Notes to chapter {chapter}" if self.grouped else "Notes"] * self.headed
            (notes if self.grouped else made).extend([*heading, *mine])
        made += notes
        return "\n\n".join(made) + "\n", true


@st.composite
def conventions(draw: st.DrawFn) -> Convention:
    """Draw a convention that an editor would understand without being told more."""
    call, marker = draw(st.sampled_from([*CALLS])), draw(st.sampled_from([*MARKERS]))
    count = draw(st.integers(1, 3))
    chapters = tuple(draw(st.integers(3, 4)) for _ in range(count))
    again = draw(st.booleans())
    if "i" in (call, marker):
        call = marker = "i"
    grouped = draw(st.booleans())
    # figures without a sign, and calls that may be anything else, want a heading
    sure = call not in ("()", "i", "7") and marker not in ("7", "alone", "7.", "7)", "()")
    headed = not sure or draw(st.booleans())
    listed = tuple(draw(st.booleans()) for _ in chapters)
    if grouped and again and not headed and count > 1:
        headed = True
    return Convention(call, marker, chapters, again, grouped, headed, listed, draw(st.booleans()))


@given(conventions())
def test_every_note_has_its_own_call(convention: Convention) -> None:
    words, true = convention.text()
    source = Source("a.txt", words, "")
    file = ArticleFile(copy_text=CopyText(sha256="0" * 64, name="a.txt"), title="T")
    report = Report()
    pieces = parse(Text.of(source), file, lambda *_: nowhere("book"), report)
    found = end_notes(pieces, report)
    paired = pair(pieces, calls(pieces), found, report)
    assert [d.message for d in report.found] == []
    notes = {note.number: note.text.string for note in found}
    assert len(notes) == len(true)
    for call in paired:
        before = pieces[call.piece].words[: call.start]
        name = before.rsplit("parish ", 1)[1].split()[0]
        assert true[name] in notes[call.number]
    assert len(paired) == len(true)
