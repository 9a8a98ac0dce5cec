"""Outputs: the files of one edition, from its layout to its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from .checks import check_glyphs
from .diagnostics import Diagnostic, Report, nowhere
from .document import Article
from .edition import Edition, scripts_of
from .fingerprint import digest_of, fingerprint, version_of
from .formats import Format, read_format
from .index_checks import check_index
from .job import Facts, Job, leaves
from .kept import Kept
from .progress import Progress
from .project import Project
from .reading import proof_file
from .schema import EditionFile
from .workers import Workers

if TYPE_CHECKING:
    from .bindery import Bindery, Finished
    from .composing import ComposingRoom
    from .cover import Covers
    from .fonts import Fonts
    from .package import Picture
    from .pdf import Styles
    from .record import Known
    from .report import Reporter
    from .typeset import Ahead, Begun, Press, Printed

PROOF = "the-page-that-tells-what-was-proven"  # its name has hashes of all the files
PROGRAM = f"leftopp-book {version_of('leftopp-book')}"


def _named(id: str, form: str) -> str:
    """Return the name of the files of an edition."""
    return f"{id}-{form}" if form else id


def _load_the_rest() -> None:
    """Load what is wanted after the articles are set."""
    for name in ("epub", "package", "record", "report"):
        import_module(f"{__package__}.{name}")


def _with_hashes(
    name: str, made: Mapping[str, tuple[bytes, int]], report: bytes, record: bytes
) -> Iterator[tuple[str, bytes]]:
    """Yield all files: those that were made, and the report and the record, which name them."""
    from .record import with_outputs

    outputs: list[dict[str, Any]] = []
    for file, (data, pages) in made.items():
        outputs.append({"path": file, "sha256": sha256(data).hexdigest(), "pages": pages})
        yield file, data
    page = report.replace(_object(PROOF), _object(proof_file(name, outputs)))
    outputs.append({"path": f"{name}-report.html", "sha256": sha256(page).hexdigest()})
    yield f"{name}-report.html", page
    yield f"{name}.json", with_outputs(record, outputs)


class MachineError(Exception):
    """The machine failed: a disk, a permission, a font or a library. Exit status 3."""


def _object(name: str) -> bytes:
    """Return how the report names a page beside it; no text can say the same, for it is escaped."""
    return f'data="{name}"'.encode()


def find_styles(root: Path) -> Path:
    """Return the folder of styles: the project's own, else the one that comes with the program."""
    here = Path(__file__).parent
    for folder in (root / "styles", here / "styles", here.parent.parent / "styles"):
        if (folder / "print.css").is_file():
            return folder
    raise MachineError("the folder styles/ with print.css is missing: install the program again")


def style_sheet(styles: Path, trim: Format) -> str:
    """Return the style sheet of the print book in a format."""
    return "\n".join((trim.page_css(), (styles / "print.css").read_text("utf-8"), trim.css))


def style_sheets(styles: Path) -> Iterator[str]:
    """Yield the style sheets of all formats, and that of the cover."""
    for file in sorted((styles / "formats").glob("*.yaml")):
        if trim := read_format(styles, file.stem, Report()):
            yield style_sheet(styles, trim)
    yield (styles / "cover.css").read_text("utf-8")


class Started(Struct, frozen=True):
    """A book of which articles are set, and those bound that stand, while others are edited."""

    ahead: Ahead
    bindery: Bindery
    cover: Callable[[Edition], Covers]
    screen: bool
    covers: list[Covers] = field(default_factory=list)  # one, when all articles are edited

    def set(self, article: Article) -> None:
        """Have an article set."""
        self.ahead.set(article)

    def go_on(self, edition: Edition) -> None:
        """Have those bound that stand already, and the cover drawn."""
        waiting = ((id, wait) for id, (_, _, wait) in self.ahead.begun.items())
        self.bindery.give((id, wait()) for id, wait in waiting if wait.ready)
        self.covers.append(self.cover(edition))
        self.covers[0].foresee(screen=self.screen)


class _OfArticles(Struct, frozen=True):
    """What of the record, the report and the EPUB does not wait for the back matter."""

    record: Known
    report: Reporter
    documents: Mapping[str, str]


class _Book(Struct, frozen=True):
    """A book that is set, with what was made of its files meanwhile."""

    printed: Printed
    bindery: Bindery
    covers: Covers
    named: tuple[str, ...]  # the headings of the index
    picture: Picture | None  # the front of the cover, where an EPUB is wanted
    parts: _OfArticles
    faces: Fonts


class Maker(Struct, frozen=True):
    """Makes the files of an edition.

    What typesetting finds goes into `report`, which is the edition's own; `earlier` tells the
    findings of reading the project and of the checks of an edition.
    """

    project: Project
    styles: Path
    out: Path
    report: Report
    earlier: Callable[[Edition], Sequence[Diagnostic]]
    progress: Progress
    workers: Workers
    press: bool | None  # files for the press: yes, no, or with everything else
    cache: Path  # what need not be made again

    def begin(self, id: str, trim: Format, form: str, only: str) -> Started:
        """Return what has the articles of an edition set that are edited already.

        Raises FontError and TypesetterError.
        """
        from .typeset import Ahead

        file, texts = self.project.editions[id], self.project.copy_texts
        total = sum(len(texts[name].text) for name in file.articles if name in texts)
        name = _named(id, form)
        press = self._press(name, trim)
        ahead = Ahead(press, file, scripts_of(self.project), total)
        cover = partial(self._covers, trim, name, press.room)
        return Started(
            ahead, self._bindery(press, form, only), cover, self._on_screen(file, form, only)
        )

    def _on_screen(self, file: EditionFile, form: str, only: str) -> bool:
        """Tell whether an EPUB is made in a format: the one whose pages it has."""
        return only != "pdf" and (form or file.format) == file.pages

    def _bindery(self, press: Press, form: str, only: str) -> Bindery:
        from .bindery import Bindery

        room = press.room
        to_press = self._to_press(form, only)
        return Bindery(self.workers, room.styles.fonts, to_press, room.standing)

    def _to_press(self, form: str, only: str) -> bool:
        """Tell whether files for the press are wanted: they go with everything else; with one
        output only when asked for."""
        return self.press if self.press is not None else not (only or form)

    def make(
        self,
        edition: Edition,
        trim: Format,
        form: str,
        only: str,
        checked: Callable[[], None],
        keep: Callable[[], None] = lambda: None,
        started: Started | None = None,
    ) -> dict[Path, bytes]:
        """Return the files by path; with `form`, another format than the edition's, under its name.

        The EPUB is made where the format is the one whose pages it has. `checked` is called while
        the first pages are being set, and what it raises ends the making; `keep` when there is
        time. The book may have been `started` in this format.

        Raises MachineError where the typesetter or the fonts are missing.
        """
        from .fonts import FontError
        from .pdf import TypesetterError

        name, to_press = _named(edition.id, form), self._to_press(form, only)
        try:
            started = started or self.begin(edition.id, trim, form, only)
            book = self._set(edition, name, started, to_press, checked, keep)
        except (FontError, TypesetterError) as error:
            raise MachineError(str(error)) from error
        check_index(book.printed.index, self.project, self.report)
        pdf = only != "epub" or not book.picture
        files = self._files(book, name, to_press, pdf, keep)
        return {self.out / file: data for file, data in files}

    def _set(
        self,
        edition: Edition,
        name: str,
        started: Started,
        to_press: bool,
        checked: Callable[[], None],
        keep: Callable[[], None],
    ) -> _Book:
        """Set a book, and make of its files what is about the articles alone."""
        from .fonts import characters
        from .typeset import begin, order_of

        press, bindery = started.ahead.press, started.bindery
        room, faces = press.room, press.room.styles.fonts
        found: list[Edition] = []

        def find(edition: Edition) -> None:
            """Do what wants no pages, while others are at work."""
            if not found:
                _load_the_rest()
                edition.remember(room.standing)
                found.append(edition)

        def meanwhile(stands: bool) -> None:
            checked()
            if not stands:  # else it is done when the back matter is
                keep()
                find(edition)

        covers = started.covers[0].of(edition) if started.covers else started.cover(edition)
        bindery.order(order_of(edition))
        check_glyphs(edition, characters(faces), self.report)
        self.progress.say(f"typesetting {name}")
        begun = begin(edition, press, self.report, meanwhile, started.ahead, bindery.give)
        named = tuple(entry.heading for entry in begun.index if entry.person)
        picture = covers.picture(named) if started.screen else None
        covers.foresee(press=to_press)
        # while the rest is being set
        find(begun.edition)
        parts = self._of_articles(begun, room.standing, started.screen)
        if not begun.stands():
            parts.report.foresee()
        return _Book(begun.finish(), bindery, covers, named, picture, parts, faces)

    def _files(
        self, book: _Book, name: str, to_press: bool, pdf: bool, keep: Callable[[], None]
    ) -> Iterator[tuple[str, bytes]]:
        """Return the files of a book by name; its PDF only if it is wanted."""
        from .epub import make_epub
        from .record import as_json, make_record
        from .report import make_report

        printed, bindery = book.printed, book.bindery
        edition, sheets = printed.edition, printed.sheets
        how, over = edition.file.press, edition.file.cover
        about = printed.whole.metadata
        facts = Facts(about.title, about.author, about.producer, about.stamp)
        job = Job(how.profile, how.bleed, how.marks, how.signature) if to_press else None
        if job:
            wrapper = book.covers.wrapper(book.named, leaves(sheets, how.signature))
            self.progress.say(f"making {name} ready for the press")
        bindery.finish(printed.pages.parts, printed.whole, job, facts)
        record = make_record(edition, printed, [], book.parts.record)  # while pages are bound

        def epub(front: Picture) -> bytes:
            self.progress.say(f"making the EPUB of {name}")
            templates, css = self.styles / "templates", self._read("screen.css")
            own = book.parts.documents
            return make_epub(edition, printed, templates, css, PROGRAM, front, book.faces, own)

        ebook = b""
        if job:
            # while the sheet of the cover is set
            ebook = epub(book.picture) if book.picture else b""
            sheet = wrapper(self.report)
            cover = Job(over.profile, over.bleed, over.marks, 1, drawn=over.bleed, colours=True)
            bindery.cover(sheet, cover, replace(facts, title=f"{facts.title} (cover)"))
        found = Report([*self.earlier(edition), *self.report.found]).sorted()
        report = make_report(book.parts.report, printed, record, found, PROGRAM, PROOF)
        written = as_json(record)
        if book.picture and not job:
            ebook = epub(book.picture)  # last, for the picture may not be there yet
        keep()
        bound = bindery.finished()
        self._tell_of_colours(bound, name)
        made: dict[str, tuple[bytes, int]] = {}  # with how many pages each has
        if pdf:
            made[f"{name}.pdf"] = bound.pdf, sheets
        if book.picture:
            made[f"{edition.id}.epub"] = ebook, sheets
        for kind, ready in (("press", bound.inside), ("cover", bound.cover)):
            if ready:
                made[f"{name}-{kind}.pdf"] = ready.pdf, ready.pages
        return _with_hashes(name, made, report, written)

    def _of_articles(self, begun: Begun, standing: Kept, ebook: bool) -> _OfArticles:
        from .epub import written
        from .record import known
        from .report import Reporter

        edition, pages = begun.edition, begun.pages
        record = known(edition, begun.index, pages)
        report = Reporter(edition, pages, record, begun.index, self.project, self.styles, standing)
        templates = self.styles / "templates"
        return _OfArticles(
            record, report, written(edition, pages, templates, PROGRAM, standing) if ebook else {}
        )

    def _press(self, name: str, trim: Format) -> Press:
        from .composing import ComposingRoom
        from .fonts import fonts
        from .pdf import Styles
        from .typeset import Press

        faces = fonts(self.cache / "fonts")
        styles = Styles(style_sheet(self.styles, trim), faces, float(trim.scale))
        room = ComposingRoom(styles, self._standing(name, styles), self.workers, self.progress)
        return Press(self.styles / "templates", room, trim, PROGRAM)

    def _covers(self, trim: Format, name: str, room: ComposingRoom, edition: Edition) -> Covers:
        from .cover import Covers
        from .pdf import Styles

        styles = Styles(self._read("cover.css"), room.styles.fonts)
        own = replace(room, styles=styles, standing=self._standing(name, styles))
        width, height = map(float, trim.trim)
        return Covers(edition, own, self.styles / "templates", (width, height))

    def _tell_of_colours(self, bound: Finished, name: str) -> None:
        """Report what of the files for the press cannot be printed."""
        for fault in bound.inside.faults if bound.inside else ():
            self.report.error(
                "press-colour",
                f"page {fault.page} of the file wants {fault.what}, and the press has black only",
                nowhere(f"dist/{name}-press.pdf"),
                "give it another form in styles/",
            )
        for fault in bound.cover.faults if bound.cover else ():
            self.report.error(
                "press-colour",
                f"the cover wants {fault.what}, which is no ink of the press",
                nowhere(f"dist/{name}-cover.pdf"),
                "give colours as device-cmyk() in styles/cover.css",
            )

    def _standing(self, name: str, styles: Styles) -> Kept:
        key = f"{fingerprint()} {styles.key} {self._templates()}"
        return Kept(self.cache / "layout" / name, sha256(key.encode()).hexdigest())

    def _templates(self) -> str:
        return digest_of((self.styles / "templates").glob("[abcop]*.j2"))

    def _read(self, name: str) -> str:
        return (self.styles / name).read_text(encoding="utf-8")
