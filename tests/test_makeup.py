"""Make-up: every note whole and on the page of its call; pages kept are the pages made anew."""

import random
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from leftopp_book.document import (
    Block,
    BlockQuote,
    Emphasis,
    Hand,
    Heading,
    Inline,
    ItemList,
    ListItem,
    Note,
    NoteCall,
    Opening,
    Paragraph,
    SectionBreak,
    Table,
    TableRow,
    Verse,
    VerseLine,
    leaves,
    plain,
)
from leftopp_book.galley import Galley, after, before, in_type, parted
from leftopp_book.kept import Kept
from leftopp_book.makeup import Made, make_up, signs_of, still_good
from leftopp_book.pages import HYPHEN, as_part, ink_set
from leftopp_book.pdf import Styles, compose
from leftopp_book.workers import aside

ROOT = Path(__file__).parent.parent
WORDS = re.findall(
    r"\w+",
    "the winter congress of delegates met in an unheated hall and resolved by considerable "
    "majorities that representation ought to be reorganised notwithstanding objections raised "
    "concerning internationalisation a b of to in is",
)


class Author:
    """Writes articles that mean nothing, the same for the same seed."""

    def __init__(self, seed: int, long_notes: float) -> None:
        self.random, self.long_notes = random.Random(seed), long_notes
        self.notes: dict[str, Note] = {}
        self.line = 0
        self.numbered = 0

    def words(self, low: int, high: int) -> str:
        count = self.random.randint(low, high)
        return " ".join(self.random.choice(WORDS) for _ in range(count)).capitalize() + "."

    def id(self) -> str:
        self.line += 1
        return f"x-{self.line}"

    def inlines(self, low: int, high: int) -> tuple[Inline, ...]:
        made: list[Inline] = []
        for _ in range(self.random.randint(1, 3)):
            made.append(self.words(low // 2, high // 2) + " ")
            if self.random.random() < 0.3:
                made += [Emphasis((self.words(1, 4),)), " "]
            if self.random.random() < 0.45:
                made[-1] = str(made[-1]).rstrip() if isinstance(made[-1], str) else made[-1]
                made += [self.note(), " "]
        return in_type(tuple(made))

    def note(self) -> NoteCall:
        editor = self.random.random() < 0.2
        self.numbered += not editor
        id = f"x-{'e' if editor else 'n'}{len(self.notes)}"
        long = self.random.random() < self.long_notes
        words = self.words(60, 700) if long else self.words(2, 30)
        mark = "*" if editor else str(self.numbered)
        hand = Hand.EDITOR if editor else Hand.AUTHOR
        self.notes[id] = Note(id, mark, hand, (words,), 0)
        return NoteCall(id, "" if editor else mark)

    def block(self) -> Block:
        kind = self.random.random()
        if kind < 0.08:
            return Heading(self.id(), 1, (self.words(2, 5),))
        if kind < 0.14:
            first, second = (Paragraph(self.id(), self.inlines(20, 60)) for _ in range(2))
            return BlockQuote((replace(first, follows=True), second))
        if kind < 0.18:
            items = (ListItem(self.id(), f"{n}.", self.inlines(5, 40)) for n in range(3))
            return ItemList(tuple(items))
        if kind < 0.20:
            return Verse(tuple(VerseLine(self.id(), (self.words(4, 7),)) for _ in range(4)))
        if kind < 0.22:
            rows = (TableRow(self.id(), (("1925",), (self.words(3, 6),))) for _ in range(4))
            return Table(tuple(rows))
        if kind < 0.24:
            return SectionBreak(self.id())
        return Paragraph(self.id(), self.inlines(30, 160))


def article(seed: int, blocks: int = 25, long_notes: float = 0.15) -> Galley:
    author = Author(seed, long_notes)
    opening = Opening("x-title", (), ("A Title",), False, (("By nobody",),), (), ())
    made = tuple(author.block() for _ in range(blocks))
    context = {"part": "article", "language": "en-GB", "own_language": "", "book_title": "A Book"}
    return Galley("x", opening, made, author.notes, ROOT / "styles" / "templates", context)


def called(galley: Galley) -> Iterator[str]:
    for _, inlines in leaves(galley.blocks):
        yield from (i.note for i in inlines if isinstance(i, NoteCall))


def page_of_calls(made: tuple[Made, ...]) -> dict[str, int]:
    pages = [page for one in made for page in one.pages]
    return {note: n for n, page in enumerate(pages) for note, _ in page.calls}


@pytest.mark.parametrize("seed", [4, 5])
def test_every_note_is_printed_once_whole_and_begins_under_its_call(
    seed: int, styles: Styles
) -> None:
    galley = article(seed)
    whole(galley, make_up(galley, styles))


def whole(galley: Galley, made: tuple[Made, ...]) -> None:
    """Assert that every note is printed once, whole, from the page of its call on."""
    pages = [page for one in made for page in one.pages]
    part = as_part(pages)
    assert part.lost_notes == ()
    assert part.moved_notes == ()
    calls = page_of_calls(made)
    assert sorted(calls) == sorted(called(galley))
    for note, page in calls.items():
        on = [n for n, p in enumerate(pages) if any(x.note == note for x in p.notes)]
        assert on == list(range(page, page + len(on))), (note, page, on)
        lines = [x.offset for p in pages for x in p.notes if x.note == note]
        assert lines[0] == 0
        assert lines == sorted(set(lines)), "every line of the note stands once"
        size = sum(ink_set(str(i)) for i in galley.notes[note].inlines)
        assert size - 90 < lines[-1] < size
    for a, b in pairwise(pages):
        carried = [x.note for x in b.notes if calls[x.note] < pages.index(b)]
        assert len(set(carried)) <= 1, "one note at most is carried over"
        if carried:
            assert a.notes[-1].note == carried[0] == b.notes[0].note
    assert all(page.room > -1 for page in pages), "no page is overfull"


@pytest.mark.parametrize("seed", range(2))
def test_the_words_on_the_pages_are_those_of_the_galley(seed: int, styles: Styles) -> None:
    galley = article(seed + 50, 15)
    made = make_up(galley, styles)
    part = as_part(page for one in made for page in one.pages)
    for leaf, inlines in leaves(galley.blocks):
        if not inlines:
            continue
        offsets = [line.offset for line in part.lines if line.block == leaf]
        assert offsets[0] == 0
        assert offsets == sorted(set(offsets)), leaf
        assert offsets[-1] < ink_set(plain(inlines)) <= offsets[-1] + 120, leaf


def test_editors_signs_begin_anew_on_every_page(styles: Styles) -> None:
    galley = article(10, 12, long_notes=0.0)
    made = make_up(galley, styles)
    pages = [page for one in made for page in one.pages]
    signs = signs_of(galley, pages)
    assert set(signs) == {id for id in page_of_calls(made) if id.startswith("x-e")}
    for page in pages:
        here = [signs[note] for note, _ in page.calls if note in signs]
        assert here == ["*", "†", "‡", "§", "‖", "¶"][: len(here)]
    assert len(set(signs.values())) > 1


def made_of(blocks: Iterable[Block], notes: Iterable[Note], headnote: str = "") -> Galley:
    """Return an article of these blocks and notes."""
    head = ((headnote,),) if headnote else ()
    opening = Opening("x-title", (), ("A Title",), False, (), (), head)
    known = {note.id: note for note in notes}
    return replace(article(0, blocks=0), opening=opening, blocks=tuple(blocks), notes=known)


def written(id: str, mark: str, count: int) -> Note:
    return Note(id, mark, Hand.AUTHOR, (Author(count, 0).words(count, count),), 0)


def test_a_rest_that_came_a_page_too_late_is_parted_again(styles: Styles) -> None:
    """One line of text and the rest of a note may be higher than a page."""
    galley = article(50, 15)
    whole(galley, make_up(galley, styles))


def test_a_table_over_several_pages_is_the_same_after_an_edit_before_it(styles: Styles) -> None:
    """The columns of a table begun on a page before are as wide as the rows there want them."""
    author = Author(1, 0)
    cells = [
        (author.words(9, 9), author.words(3, 12)),
        *((author.words(1, 2), "x") for _ in "x" * 60),
    ]
    table = Table(tuple(TableRow(author.id(), tuple((c,) for c in row)) for row in cells))
    words = Paragraph("x-p", (author.words(30, 30),))
    last = replace(words, id="x-q")
    galley = made_of([words, table, last], [])
    kept = make_up(galley, styles)
    assert len(kept) > 2
    assert any(galley.in_table(one.top.spot) for one in kept)
    changed = replace(
        galley, blocks=(replace(words, inlines=("Fewer words.",)), *galley.blocks[1:])
    )
    assert make_up(changed, styles, kept) == make_up(changed, styles)
    cut = replace(table, rows=(table.rows[0], *table.rows[2:]))
    changed = replace(galley, blocks=(words, cut, last))
    assert make_up(changed, styles, kept) == make_up(changed, styles)


def test_a_row_of_a_table_stays_whole_beside_a_long_note(styles: Styles) -> None:
    author = Author(2, 0)
    notes = [written("x-n0", "1", 600), written("x-n1", "2", 4)]
    rows = [TableRow(author.id(), ((author.words(9, 9),), (author.words(9, 9),))) for _ in range(9)]
    called_in = (author.words(9, 9), NoteCall("x-n0", "1"), author.words(9, 9))
    rows[4] = replace(rows[4], cells=((author.words(3, 3),), called_in))
    last = Paragraph("x-p", (author.words(90, 90), NoteCall("x-n1", "2")))
    galley = made_of([Table(tuple(rows)), last], notes)
    made = make_up(galley, styles)
    whole(galley, made)
    lines = [(n, x.block) for n, one in enumerate(made) for p in one.pages for x in p.lines]
    for row in rows:
        assert len({page for page, block in lines if block == row.id}) == 1


def test_a_headnote_longer_than_a_page_keeps_but_its_own_pages_together(styles: Styles) -> None:
    galley = replace(article(2), opening=made_of([], [], Author(3, 0).words(600, 600)).opening)
    made = make_up(galley, styles)
    assert len(made[0].pages) > 1
    assert all(len(one.pages) == 1 for one in made[1:])
    whole(galley, made)


@pytest.mark.parametrize("words", [260, 500, 700])
def test_two_long_notes_are_called_in_one_line(words: int, styles: Styles) -> None:
    """What cannot be carried over after another begins on the next page, with its call."""
    notes = [written("x-n0", "1", words), written("x-n1", "2", words)]
    author = Author(4, 0)
    called = ("Here ", NoteCall("x-n0", "1"), " and there ", NoteCall("x-n1", "2"), " it is said ")
    after = Paragraph("x-b", (author.words(300, 300),))
    galley = made_of([Paragraph("x-a", (*called, author.words(90, 90))), after], notes)
    whole(galley, make_up(galley, styles))


def edited(galley: Galley, seed: int) -> Galley:
    """Return a galley with a word put in or taken out, a note lengthened, or a block gone."""
    chance = random.Random(seed)
    blocks = list(galley.blocks)
    n = chance.randrange(len(blocks))
    block = blocks[n]
    match chance.randrange(4), block:
        case 0, Paragraph(inlines=inlines):
            blocks[n] = replace(block, inlines=in_type(("Indeed ", *inlines)))
        case 1, Paragraph(inlines=inlines):
            more = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 120)))
            blocks[n] = replace(block, inlines=in_type((more, " ", *inlines)))
        case 2, _ if galley.notes:
            id = chance.choice(sorted(galley.notes))
            note = galley.notes[id]
            longer = replace(note, inlines=in_type((*note.inlines, " And so on and on.")))
            return replace(galley, notes={**galley.notes, id: longer})
        case _, Paragraph(inlines=inlines) if len(inlines) > 1:
            blocks[n] = replace(block, inlines=inlines[1:])
    return replace(galley, blocks=tuple(blocks))


@pytest.mark.parametrize("seed", range(4))
def test_pages_kept_are_the_pages_that_would_be_made(seed: int, styles: Styles) -> None:
    """After any edit the pages made out of standing type are those of a build from nothing."""
    galley = article(seed + 20, 15, long_notes=0.1 if seed % 2 else 0.0)
    kept = make_up(galley, styles)
    assert still_good(galley, kept) == kept
    changed = edited(galley, seed)
    made = make_up(changed, styles, kept)
    fresh = make_up(changed, styles)
    assert [one.top for one in made] == [one.top for one in fresh]
    assert made == fresh


@pytest.mark.parametrize(("seed", "blocks"), [(21, 40), (22, 200)])
def test_pages_that_another_process_draws_are_the_same(
    seed: int, blocks: int, styles: Styles, monkeypatch: pytest.MonkeyPatch
) -> None:
    helped = []

    def count(work: Callable[[], object]) -> Callable[[], object]:
        helped.append(work)
        return aside(work)

    monkeypatch.setattr("leftopp_book.makeup.aside", count)
    galley = article(seed, blocks, long_notes=0.0)
    assert make_up(galley, styles, alone=True) == make_up(galley, styles)
    assert helped


def test_an_edit_lays_out_few_pages(styles: Styles, monkeypatch: pytest.MonkeyPatch) -> None:
    galley = article(21, blocks=40, long_notes=0.0)
    kept = make_up(galley, styles)
    assert len(kept) > 9
    laid_out = []

    def count(*arguments: object) -> object:
        formes = compose(*arguments)  # type: ignore[arg-type]
        laid_out.append(len(formes))
        return formes

    monkeypatch.setattr("leftopp_book.makeup.compose", count)
    block = galley.blocks[2]
    assert isinstance(block, Paragraph)
    first = str(block.inlines[0])
    blocks = list(galley.blocks)
    blocks[2] = replace(block, inlines=(first[:-2] + "!" + first[-1], *block.inlines[1:]))
    made = make_up(replace(galley, blocks=tuple(blocks)), styles, kept)
    assert len(made) == len(kept)
    assert 0 < sum(laid_out) < len(kept)


def test_standing_type_is_believed_only_when_it_is_whole(tmp_path: Path, styles: Styles) -> None:
    galley = article(1, blocks=4)
    made = make_up(galley, styles)
    standing = Kept(tmp_path / "new" / "folder", "key")
    standing.keep("x", made)
    assert standing.find("x") == made
    assert Kept(standing.folder, "another key").find("x") is None
    (file,) = standing.folder.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:40], b"", whole.replace(b"Made", b"Mode")):
        file.write_bytes(damaged)
        assert standing.find("x") is None
    file.unlink()
    file.mkdir()
    standing.keep("x", made)  # cannot be kept: no error
    assert standing.find("x") is None


@pytest.mark.parametrize("seed", range(20))
def test_a_galley_is_cut_without_loss(seed: int) -> None:
    galley = article(seed, blocks=6)
    for block in galley.blocks:
        for leaf, inlines in leaves([block]):
            size = ink_set(plain(inlines))
            for offset in {0, 1, size // 2, max(size - 1, 0)}:
                if isinstance(block, Table | SectionBreak) and offset:
                    continue
                first, second = before(block, leaf, offset), after(block, leaf, offset)
                words = "".join(
                    plain(i) for part in (first, second) if part for _, i in leaves([part])
                )
                whole = "".join(plain(i) for _, i in leaves([block]))
                marks = [i.mark for i in block.items] if isinstance(block, ItemList) else []
                squeeze = "".join(words.replace(HYPHEN, "").split())
                expected = "".join(whole.split())
                assert squeeze == expected or any(marks), (leaf, offset)


def test_a_word_that_is_cut_gets_a_hyphen_and_a_call_stays_with_its_word() -> None:
    call = NoteCall("n1", "1")
    words = in_type(("Representation", call, " matters ", Emphasis(("very much",))))
    assert parted(words, 5) == (("Repre", HYPHEN), ("sentation", *words[1:]))
    assert parted(words, 14) == (("Representation", call, " "), ("matters ", words[3]))
    assert parted(words, 25) == (
        (*words[:3], Emphasis(("very ",))),
        (Emphasis(("much",)),),
    )


def test_ranges_and_initials_are_not_parted_on_paper() -> None:
    assert in_type(("In 1936–8 M. Muralov wrote, p. 12.",)) == (
        "In 1936–\u20608 M.\u00a0Muralov wrote, p.\u00a012.",
    )
