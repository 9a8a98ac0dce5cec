"""The proof: a book that is whole is proven; each thing that is broken on purpose is caught."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from msgspec.structs import replace

from leftopp_book.proof import Proven, open_finished, prove
from leftopp_book.proof_index import meant
from leftopp_book.proof_words import Finished, page_list
from leftopp_book.read_epub import Doc
from leftopp_book.reading import DamagedError, differences

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"


def leftopp(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leftopp_book", *map(str, arguments)],
        cwd=cwd,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the tiny book's folder with its finished files in dist/."""
    folder = tmp_path_factory.mktemp("proof") / "tiny"
    shutil.copytree(TINY, folder)
    (ROOT / "build").mkdir(exist_ok=True)
    (folder / "build").symlink_to(ROOT / "build")
    done = leftopp("build", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def large(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the finished files of the same book in large print, whose index has a range."""
    folder = tmp_path_factory.mktemp("large") / "tiny"
    shutil.copytree(TINY, folder)
    (folder / "build").symlink_to(ROOT / "build")
    with (folder / "book" / "tiny.yaml").open("a", encoding="utf-8") as edition:
        edition.write("format: large-print\n")
    preface = folder / "book" / "front" / "preface.md"  # its title runs over the line at a figure
    text = preface.read_text(encoding="utf-8")
    new = text.replace("# Preface", "# What is to be said before the winters of 1930–1938", 1)
    assert new != text
    preface.write_text(new, encoding="utf-8")
    done = leftopp("build", "--no-press", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "dist"


@pytest.fixture
def ranges(large: Path, tmp_path: Path) -> Path:
    shutil.copytree(large, tmp_path / "dist")
    return tmp_path / "dist"


@pytest.fixture
def dist(project: Path, tmp_path: Path) -> Path:
    """Return a folder with the finished files, to be broken."""
    shutil.copytree(project / "dist", tmp_path / "dist")
    return tmp_path / "dist"


def sealed(dist: Path) -> None:
    """Write the digests of the files as they are now into the record."""
    path = dist / "tiny.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    for output in record["outputs"]:
        output["sha256"] = hashlib.sha256((dist / output["path"]).read_bytes()).hexdigest()
    path.write_text(json.dumps(record), encoding="utf-8")


def doctor_epub(dist: Path, name: str, change: Callable[[str], str]) -> None:
    path = dist / "tiny.epub"
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    old = files[f"EPUB/{name}"].decode()
    new = change(old)
    assert new != old, "nothing was broken"
    files[f"EPUB/{name}"] = new.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for n, data in files.items():
            archive.writestr(n, data)
    sealed(dist)


def doctor_pdf(dist: Path, change: Callable[[pikepdf.Pdf], None]) -> None:
    path = dist / "tiny.pdf"
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path)
    sealed(dist)


def doctor_record(dist: Path, change: Callable[[Any], None]) -> None:
    path = dist / "tiny.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def false(dist: Path, proof: str) -> str:
    """Return the falsehoods of one proof, a line each."""
    proven: Proven = prove("tiny", dist, outside=False)
    (found,) = [p for p in proven.proofs if p.name == proof]
    return "\n".join(map(str, found.falsehoods))


def test_a_whole_book_is_proven(project: Path) -> None:
    proven = prove("tiny", project / "dist", outside=False)
    assert [str(f) for p in proven.proofs for f in p.falsehoods] == []
    assert not proven.false
    assert all(p.counted and p.status == "true" for p in proven.proofs)


# --- 1, 2: the index ----------------------------------------------------------------------------


def glyphs(font: Any) -> dict[str, str]:
    """Return the characters that the codes of a font stand for."""
    table = font.ToUnicode.read_bytes().decode("latin-1")
    pairs = re.findall(r"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>", table)
    return {code.lower(): chr(int(char, 16)) for code, char in pairs}


def index_sheet(pdf: pikepdf.Pdf) -> int:
    with pdf.open_outline() as outline:
        (item,) = [i for i in outline.root if i.title == "Index of names"]
        page = item.destination[0]  # type: ignore[index]
    return next(n for n, p in enumerate(pdf.pages) if p.obj.objgen == page.objgen)


def change_a_folio(pdf: pikepdf.Pdf) -> None:
    """Print another number for the first locator of the index, with the glyphs at hand."""
    page = pdf.pages[index_sheet(pdf)]
    steps = list(pikepdf.parse_content_stream(page))
    codes: dict[str, str] = {}
    links = [a for a in page.obj.Annots if "/Dest" in a]
    for n, step in enumerate(steps):
        if str(step.operator) == "Tf":
            codes = glyphs(page.obj.Resources.Font[str(step.operands[0])])
        if str(step.operator) not in ("TJ", "Tj"):
            continue
        operand = step.operands[0]
        parts = list(operand) if isinstance(operand, pikepdf.Array) else [operand]
        shown = "".join(bytes(p).hex() for p in parts if isinstance(p, pikepdf.String))
        digits = {code: d for code, d in codes.items() if d.isdigit()}
        if len(digits) > 1 and links and shown in digits:
            other = max((c for c in digits if digits[c] != digits[shown]), key=lambda c: digits[c])
            new = pikepdf.Array([pikepdf.String(bytes.fromhex(other))])
            steps[n] = pikepdf.ContentStreamInstruction([new], pikepdf.Operator("TJ"))
            page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(steps))
            return
    pytest.fail("no locator was found to change")


def test_a_wrong_folio_in_the_print_index_is_caught(dist: Path) -> None:
    doctor_pdf(dist, change_a_folio)
    assert "does not name the person" in false(dist, "index of the PDF")
    assert "is not an entry of the" in false(dist, "index of the EPUB")


def test_a_mention_that_the_index_forgets_is_caught(dist: Path) -> None:
    def move(record: Any) -> None:
        mentions = [m for p in record["people"] for m in p["mentions"] if m["indexed"]]
        mentions[0]["anchor"] = mentions[-1]["anchor"]

    doctor_record(dist, move)
    assert "is on page" in false(dist, "index of the PDF") or "is not marked" in false(
        dist, "index of the PDF"
    )


def test_a_locator_of_the_record_that_is_not_printed_is_caught(dist: Path) -> None:
    doctor_record(dist, lambda record: record["people"][0]["locators"].append("99"))
    assert "its locators are not those of the record (99)" in false(dist, "index of the PDF")


def test_an_index_link_to_another_place_is_caught(dist: Path) -> None:
    def swap(xhtml: str) -> str:
        hrefs = re.findall(r'href="((?!index)[^"#]+#[^"]+)"', xhtml)
        return xhtml.replace(hrefs[0], hrefs[-1])

    doctor_epub(dist, "index.xhtml", swap)
    assert "no mention of them" in false(dist, "index of the EPUB")


def lead(xhtml: str, one: str, other: str) -> str:
    """Let the link of one element of the index lead to where that of another leads."""
    hrefs = [re.search(rf"{element}[^>]*href=\"([^\"]+)\"", xhtml) for element in (one, other)]
    assert hrefs[0]
    assert hrefs[1]
    return xhtml[: hrefs[0].start(1)] + hrefs[1][1] + xhtml[hrefs[0].end(1) :]


def test_a_whole_book_in_large_print_is_proven(large: Path) -> None:
    sheets = open_finished("tiny", large).paper.sheets
    assert any(line.words == "1938 vii" for sheet in sheets for line in sheet.lines)
    proven = prove("tiny", large, outside=False)
    assert [str(f) for p in proven.proofs for f in p.falsehoods] == []


def test_a_heading_with_the_name_of_another_article_does_not_mislead(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    (folder / "build").symlink_to(ROOT / "build")
    with (folder / "book" / "articles" / "stoves.yaml").open("a", encoding="utf-8") as article:
        article.write("insert:\n- {before: 13, heading: Two Ways to Remember, level: 1, why: x}\n")
    done = leftopp("build", "--no-press", cwd=folder)
    assert done.returncode == 0, done.stderr
    proven = prove("tiny", folder / "dist", outside=False)
    assert [str(f) for p in proven.proofs for f in p.falsehoods] == []


def test_a_range_whose_last_page_leads_to_its_first_is_caught(ranges: Path) -> None:
    first = r'index-locator-range"><a'
    doctor_epub(ranges, "index.xhtml", lambda x: lead(x, first + r"[^<]*</a>–<a", first))
    found = false(ranges, "index of the EPUB")
    assert re.search(r"index.xhtml, [^:]*\d–\d+: “\d+” leads to page \d", found), found


def test_a_range_that_is_one_link_is_caught(ranges: Path) -> None:
    doctor_epub(
        ranges,
        "index.xhtml",
        lambda x: re.sub(r"(\d)</a>–<a [^>]*>(\d+)</a>", r"\1–\2</a>", x, count=1),
    )
    assert "not every number of the locator is a link" in false(ranges, "index of the EPUB")


def test_a_locator_with_another_sign_is_caught(ranges: Path) -> None:
    doctor_epub(ranges, "index.xhtml", lambda x: x.replace("</a>–<a", "</a>-<a", 1))
    assert "is not an entry of the PDF" in false(ranges, "index of the EPUB")


@pytest.mark.parametrize(
    ("locator", "places"),
    [
        ("45", ["45"]),
        ("112–15", ["112", "115"]),
        ("ix–xi", ["ix", "xi"]),
        ("45n3", ["45n3"]),
        ("45nn3, 5–6", ["45n3", "45n5", "45n6"]),
        ("45nn*, †", ["45n*", "45n†"]),
    ],
)
def test_every_number_of_a_locator_means_a_place(locator: str, places: list[str]) -> None:
    numbers = re.split("–|, ", locator)
    assert [meant(locator, n, words) for n, words in enumerate(numbers)] == places


def test_an_entry_that_is_missing_from_the_epub_is_caught(dist: Path) -> None:
    doctor_epub(
        dist, "index.xhtml", lambda x: re.sub(r'<li [^>]*id="index-see-.*?</li>', "", x, count=1)
    )
    assert "is not an entry of the EPUB" in false(dist, "index of the EPUB")


# --- 3: the page list ---------------------------------------------------------------------------


def test_a_page_break_that_is_missing_is_caught(dist: Path) -> None:
    doctor_epub(
        dist,
        "stoves.xhtml",
        lambda x: re.sub(r'<span epub:type="pagebreak"[^>]*></span>', "", x, count=1),
    )
    assert "the page list leads to no page break" in false(dist, "page list")


def test_a_page_break_at_another_word_is_caught(dist: Path) -> None:
    def move(xhtml: str) -> str:
        mark = re.findall(r'<span epub:type="pagebreak"[^>]*></span>', xhtml)[0]
        return xhtml.replace(mark, "").replace("</p>", f"{mark}</p>", 2)

    doctor_epub(dist, "chairs.xhtml", move)
    assert "begins with" in false(dist, "page list")


def test_a_page_that_is_not_listed_is_caught(dist: Path) -> None:
    def forget(xhtml: str) -> str:
        return re.sub(r'<li><a href="[^"]*#page-iv">iv</a></li>', "", xhtml)

    doctor_epub(dist, "nav.xhtml", forget)
    found = false(dist, "page list")
    assert "page iv: holds words, but is not in the page list" in found
    assert "page iv: has a page break, but is not in the page list" in found


def test_an_ncx_with_other_pages_is_caught(dist: Path) -> None:
    doctor_epub(
        dist, "toc.ncx", lambda x: re.sub(r"(?s)<pageTarget.*?</pageTarget>", "", x, count=1)
    )
    assert "its pages are not those of EPUB/nav.xhtml (i)" in false(dist, "page list")


def test_an_ncx_with_other_contents_is_caught(dist: Path) -> None:
    doctor_epub(dist, "toc.ncx", lambda x: x.replace("#stoves-", "#page-1", 1))
    assert "its contents are not those of" in false(dist, "page list")


def turned(book: Finished, hyphen: str) -> Finished:
    """Return a book whose EPUB is the same, but whose print divides a word at a turn of the page.

    The last word of a page is parted, the rest of it put at the head of the next.
    """
    sheets = list(book.paper.sheets)
    n = sheets.index(book.articles[0].sheets[1])
    *lines, last = sheets[n - 1].body
    words, _, word = last.own.rstrip().rpartition(" ")
    notes = sheets[n - 1].lines[len(lines) + 1 :]
    parted = replace(last, own=f"{words} {word[:2]}{hyphen}")
    sheets[n - 1] = replace(sheets[n - 1], lines=(*lines, parted, *notes))
    first, *rest = sheets[n].lines
    sheets[n] = replace(sheets[n], lines=(replace(first, own=f"{word[2:]} {first.own}"), *rest))
    return Finished(book.record, replace(book.paper, sheets=tuple(sheets)), book.screen)


def test_a_page_that_begins_within_a_word_has_its_break_after_it(dist: Path) -> None:
    book = open_finished("tiny", dist)
    proof = page_list(turned(book, "\u2010"))
    assert proof.falsehoods == []
    assert "1 of them after a word that runs over" in proof.counted
    (found,) = page_list(turned(book, "")).falsehoods  # a word that nothing divides is a word
    assert "begins with" in str(found)


def test_a_page_break_within_a_word_is_caught(dist: Path) -> None:
    def cut(xhtml: str) -> str:
        return re.sub(
            r'(<span epub:type="pagebreak"[^>]*id="page-2"[^>]*></span>)(\w\w)', r"\2\1", xhtml
        )

    doctor_epub(dist, "stoves.xhtml", cut)
    book = open_finished("tiny", dist)
    sheet = book.paper.sheets[book.paper.by_label["2"]]
    first = replace(sheet.lines[0], own=sheet.lines[0].own[2:])
    paper = [
        replace(s, lines=(first, *s.lines[1:])) if s is sheet else s for s in book.paper.sheets
    ]
    broken = Finished(book.record, replace(book.paper, sheets=tuple(paper)), book.screen)
    (found,) = page_list(broken).falsehoods
    assert "stands within a word" in str(found)


# --- 4: every word ------------------------------------------------------------------------------


def test_a_word_that_is_missing_from_the_epub_is_caught(dist: Path) -> None:
    doctor_epub(dist, "stoves.xhtml", lambda x: x.replace(" congress ", " ", 1))
    found = false(dist, "every word")
    assert re.search(r"stoves:\d+ \(page \d+\): the EPUB lacks “", found), found


def test_a_word_that_is_missing_from_the_pdf_is_caught(dist: Path) -> None:
    def drop(pdf: pikepdf.Pdf) -> None:
        record = json.loads((dist / "tiny.json").read_text(encoding="utf-8"))
        labels = [p.label for p in pdf.pages]
        page = pdf.pages[labels.index(record["articles"][1]["folios"][0])]
        steps = list(pikepdf.parse_content_stream(page))
        shown = [n for n, s in enumerate(steps) if str(s.operator) in ("TJ", "Tj")]
        del steps[shown[len(shown) // 2]]
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(steps))

    doctor_pdf(dist, drop)
    assert re.search(r"chairs:\d+ \(page \d+\): the PDF lacks “", false(dist, "every word"))


def test_words_that_run_together_are_caught(dist: Path) -> None:
    doctor_epub(dist, "stoves.xhtml", lambda x: x.replace(" congress ", "congress ", 1))
    assert "is run together" in false(dist, "every word")


def test_a_note_with_other_words_is_caught(dist: Path) -> None:
    def change(record: Any) -> None:
        note = next(n for a in record["articles"] for n in a["notes"])
        note["text"] = f"Once more: {note['text']}"

    doctor_record(dist, change)
    assert "the PDF lacks “Oncemore:”" in false(dist, "every word")


# --- 5: places ----------------------------------------------------------------------------------


def test_a_dead_link_of_the_pdf_is_caught(dist: Path) -> None:
    def kill(pdf: pikepdf.Pdf) -> None:
        link = pdf.pages[index_sheet(pdf)].obj.Annots[0]
        link.Dest = pikepdf.Array([pikepdf.Dictionary(), pikepdf.Name.XYZ, 0, 0, 0])

    doctor_pdf(dist, kill)
    assert "leads nowhere" in false(dist, "places")


def test_a_dead_link_of_the_epub_is_caught(dist: Path) -> None:
    doctor_epub(
        dist, "chronology.xhtml", lambda x: re.sub(r'href="[^"]*#', 'href="gone#', x, count=1)
    )
    assert "which is not there" in false(dist, "places")


def test_a_note_without_its_call_is_caught(dist: Path) -> None:
    def cut(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            links = list(page.obj.get("/Annots", []))
            inner = [a for a in links if "/Dest" in a]
            if inner and str(page.label).isdigit():
                top = max(inner, key=lambda a: float(a.Rect[1]))  # a call stands above the notes
                page.obj.Annots = pikepdf.Array([a for a in links if a != top])
                return
        pytest.fail("there are no calls")

    doctor_pdf(dist, cut)
    assert "has no c" in false(dist, "places")


def test_a_wrong_head_is_caught(dist: Path) -> None:
    def swap(pdf: pikepdf.Pdf) -> None:
        drawn = [p.obj.Contents for p in pdf.pages if isinstance(p.obj.Contents, pikepdf.Array)]
        one, other = [c for c in drawn if b"/Pagination" in c[-1].read_bytes()][-2:]
        one[-1], other[-1] = other[-1], one[-1]

    doctor_pdf(dist, swap)
    assert "the folio is" in false(dist, "places")


def test_a_line_of_the_contents_that_leads_elsewhere_is_caught(dist: Path) -> None:
    def move(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[[str(p.label) for p in pdf.pages].index("v")]
        folio = max(page.obj.Annots, key=lambda a: float(a.Rect[2]))
        folio.Dest[0] = pdf.pages[0].obj

    doctor_pdf(dist, move)
    assert "stands for page i" in false(dist, "places")


def test_a_bookmark_to_another_page_is_caught(dist: Path) -> None:
    def move(pdf: pikepdf.Pdf) -> None:
        with pdf.open_outline() as outline:
            contents = next(i for i in outline.root if i.title == "Contents")
            contents.destination = pikepdf.make_page_destination(pdf, 0)

    doctor_pdf(dist, move)
    assert "“Contents” is not on page i" in false(dist, "places")


def test_a_textual_note_at_another_line_is_caught(dist: Path) -> None:
    doctor_epub(
        dist,
        "textual-notes.xhtml",
        lambda x: re.sub(
            r'(class="reading"[^>]*>(?:<span[^>]*></span>)*<a [^>]*>\d+\.)(\d+)',
            lambda m: f"{m[1]}{int(m[2]) + 5}",
            x,
        ),
    )
    found = false(dist, "places")
    assert "does not stand in this line" in found or "there is no such line" in found


# --- 6: loose ends ------------------------------------------------------------------------------


def test_a_see_that_leads_to_nobody_is_caught(dist: Path) -> None:
    doctor_epub(
        dist, "index.xhtml", lambda x: re.sub(r'href="#index-[^"]+"', 'href="#x"', x, count=1)
    )
    assert "there is no such entry" in false(dist, "no dead end")


def test_a_work_that_is_not_listed_is_caught(dist: Path) -> None:
    doctor_epub(dist, "works-cited.xhtml", lambda x: x.replace('id="work-', 'id="opus-', 1))
    assert "the entry is not in the EPUB" in false(dist, "no dead end")


def test_an_event_without_a_passage_is_caught(dist: Path) -> None:
    doctor_record(dist, lambda record: record["chronology"][0]["passages"].clear())
    assert "no passage supports it" in false(dist, "no dead end")


# --- 7: the same bytes; the command line --------------------------------------------------------


def test_the_command_proves_and_builds_again(project: Path) -> None:
    done = leftopp("proof", "--rebuild", "--no-validators", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"rebuilt +\d+ files?, byte for byte: all true", done.stdout)
    assert re.search(r"index of the PDF +\d+ locators on \d+ pages", done.stdout)


def test_falsehoods_end_with_status_1(dist: Path) -> None:
    doctor_record(dist, lambda record: record["chronology"][0]["passages"].clear())
    done = leftopp("proof", "--out", dist, "--no-validators", "--format", "json")
    assert done.returncode == 1, done.stderr
    (book,) = json.loads(done.stdout)
    assert [p["proof"] for p in book["proofs"] if p["status"] == "false"] == ["no dead end"]


@pytest.mark.parametrize("name", ["tiny.pdf", "tiny.epub", "tiny.json"])
@pytest.mark.parametrize("seal", [False, True])
def test_a_truncated_file_is_told_plainly(dist: Path, name: str, seal: bool) -> None:
    path = dist / name
    path.write_bytes(path.read_bytes()[:9000])
    if seal and name != "tiny.json":
        sealed(dist)
    with pytest.raises(DamagedError, match=re.escape(name)):
        prove("tiny", dist)


def test_a_file_of_another_build_ends_with_status_3(dist: Path) -> None:
    shutil.copy(dist / "tiny.epub", dist / "other.epub")
    with zipfile.ZipFile(dist / "tiny.epub", "a") as archive:
        archive.writestr("more.txt", "")
    done = leftopp("proof", "--out", dist)
    assert done.returncode == 3
    assert "from another build" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_are_missing_end_with_status_3(tmp_path: Path) -> None:
    for arguments in ((), ("tiny",)):
        done = leftopp("proof", *arguments, "--out", tmp_path)
        assert done.returncode == 3
        assert "leftopp-book build" in done.stderr


def test_differences_are_shown_where_they_are() -> None:
    a = "the quick brown fox jumps over the lazy dog and is gone for ever"
    b = a.replace("fox ", "").replace("gone", "here")
    assert list(differences(a, b, 4)) == [(16, 16, "fox ", ""), (51, 47, "gon", "her")]
    assert list(differences(a, a)) == []


def test_what_was_proven_stands_in_the_report_of_this_build_only(dist: Path) -> None:
    page = (dist / "tiny-report.html").read_text(encoding="utf-8")
    named = re.findall(r'data="(tiny-proof-\w+\.html)"', page)
    assert len(named) == 1
    old = dist / "tiny-proof-0123456789ab.html"
    old.write_text("of another build")
    (dist / named[0]).unlink(missing_ok=True)
    done = leftopp("proof", "--no-validators", "--out", str(dist), cwd=dist.parent)
    assert done.returncode == 0, done.stdout
    shown = (dist / named[0]).read_text(encoding="utf-8")
    for line in done.stdout.splitlines()[1:]:
        assert line.split()[0] in shown
    assert "all true" in shown
    assert not old.exists()
    done = leftopp("proof", "--no-validators", "--out", str(dist), cwd=dist.parent)
    assert done.returncode == 0, "the page beside the report is no file of the build"


def test_a_note_that_runs_over_the_page_is_proven_whole(tmp_path: Path) -> None:
    """A note longer than a page: its parts are read back as one, and what is lost is caught."""
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    (folder / "build").symlink_to(ROOT / "build")
    stoves = folder / "book" / "articles" / "stoves.yaml"
    old = stoves.read_text(encoding="utf-8")
    words = " ".join(
        f"In {year} there was no stove in the hall either." for year in range(1500, 1610)
    )
    new = old.replace('note: "It says 1913."', f'note: "It says 1913. {words}"')
    assert new != old
    stoves.write_text(new, encoding="utf-8")
    done = leftopp("build", "--no-press", cwd=folder)
    assert done.returncode == 0, done.stderr
    book = open_finished("tiny", folder / "dist")
    parts = [sheet.rest for sheet in book.paper.sheets if sheet.rest]
    assert parts, "the note is carried over"
    assert "In 1609 there was no stove" in parts[-1]
    proven = prove("tiny", folder / "dist", outside=False)
    assert [str(f) for proof in proven.proofs for f in proof.falsehoods] == []
    doctor_record(folder / "dist", lambda record: forget(record, "In 1609 there was"))
    assert "has" in false(folder / "dist", "every word")


def forget(record: Any, words: str) -> None:
    for article in record["articles"]:
        for note in article["notes"]:
            note["text"] = note["text"].replace(words, "")


def test_what_is_joined_to_the_word_before_it() -> None:
    """A dash without spaces makes one word to a reader; the break stands before the next."""
    doc = Doc("", None, words="the hall–the harbour")
    assert [n for n in range(18) if doc.joined(n, letters=False)] == [7, 8]
    assert doc.joined(4, letters=True)
    assert not doc.joined(3, letters=True)
