"""What may be read: whatever else a name in `book/` leads to is refused with a place."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leftopp_book import folder as module
from leftopp_book.characters import UNSEEN
from leftopp_book.cli import main
from leftopp_book.folder import LIMIT, RefusedError, read
from test_project import EDITION, Folder

SECRET = "NOT FOR THE BOOK\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "secret.md").write_text(SECRET)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/one.txt").write_text(SECRET)
    (tmp_path / "project").mkdir()
    return Folder(tmp_path / "project")


def check(folder: Folder, *more: str | Path) -> Result:
    arguments = ["check", "--project", str(folder.root), *map(str, more)]
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


# --- Names in book/ -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.md",
        "front/../../../secret.md",
        "front/../preface.md",
        "..",
        "/etc/passwd",
        "/dev/stdin",
        "//etc/passwd",
        '""',
        '"front/\\0.md"',
        ".",
        "front",
        "front/",
        "preface.md/more.md",
        "x" * 5000,
        "~/secret.md",
        "$HOME/secret.md",
        "file:///etc/passwd",
        "http://example.org/preface.md",
        "'*'",
    ],
)
@pytest.mark.parametrize("key", ["front", "back"])
def test_a_name_that_leads_nowhere_in_the_book(folder: Folder, key: str, name: str) -> None:
    folder.write("book/preface.md", "# Preface\n\nWords.\n")
    folder.write("book/front/note.md", "# Note\n\nWords.\n")
    folder.write("book/edition.yaml", EDITION + f"{key}:\n- {name}\n")
    result = check(folder)
    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if ": error: " in line]
    assert all(line.startswith("book/edition.yaml:11:3: error: ") for line in lines)
    codes = [line.rpartition(" ")[2] for line in lines]
    refused = ("[file-refused]", "[file-missing]", "[value-wrong]")
    assert [code for code in codes if code in refused] == codes[-1:]
    assert codes[:-1] in ([], ["[book-control]"])  # a name with a NUL


Stand = Callable[[Path, Path], object]


def _socket(path: Path, elsewhere: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)  # the name of a socket may have a hundred characters only
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)
    os.close(here)


def _huge(path: Path, elsewhere: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**30)


INSTEAD: dict[str, tuple[Stand, str]] = {
    "folder": (lambda path, elsewhere: path.mkdir(), "is a folder"),
    "pipe": (lambda path, elsewhere: os.mkfifo(path), "is a named pipe"),
    "socket": (_socket, "is a socket"),
    "device": (lambda path, elsewhere: path.symlink_to("/dev/zero"), "leads out of the project"),
    "stream": (lambda path, elsewhere: path.symlink_to("/dev/stdin"), ""),
    "link out": (lambda path, elsewhere: path.symlink_to(elsewhere), "leads out of the project"),
    "link nowhere": (lambda path, elsewhere: path.symlink_to("nowhere"), "leads nowhere"),
    "link to itself": (lambda path, elsewhere: path.symlink_to(path.name), "cannot be read"),
    "huge": (_huge, "is too long"),
}


@pytest.mark.parametrize("kind", INSTEAD)
@pytest.mark.parametrize(
    "name",
    [
        "book/edition.yaml",
        "book/people.yaml",
        "book/works.yaml",
        "book/chronology.yaml",
        "book/house.yaml",
        "book/exceptions.yaml",
        "book/articles/one.yaml",
        "book/front/preface.md",
        "seeds/one.txt",
    ],
)
def test_something_else_in_the_place_of_a_file(folder: Folder, name: str, kind: str) -> None:
    make, words = INSTEAD[kind]
    if "front" in name:
        folder.write("book/edition.yaml", EDITION + "front: [front/preface.md]\n")
    path = folder.root / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    make(path, folder.root.parent / "elsewhere/one.txt")
    result = check(folder)
    assert result.exit_code == 1
    told = [line for line in result.stderr.splitlines() if "[file-refused]" in line]
    assert len(told) == 1
    assert name in told[0]
    assert words in told[0]
    assert SECRET.strip() not in result.stderr


@pytest.mark.parametrize("name", ["book", "book/articles", "book/front", "seeds"])
def test_a_folder_that_is_a_link_out_of_the_project(folder: Folder, name: str) -> None:
    folder.write("book/front/preface.md", "# Preface\n\nWords.\n")
    folder.write("book/edition.yaml", EDITION + "front: [front/preface.md]\n")
    (folder.root / name).rename(folder.root.parent / "moved")
    (folder.root / name).symlink_to(folder.root.parent / "moved")
    result = check(folder)
    assert result.exit_code == 1
    assert "leads out of the project" in result.stderr


def test_the_folder_of_copy_texts_may_be_anywhere_if_it_is_named(folder: Folder) -> None:
    (folder.root / "seeds").rename(folder.root.parent / "texts")
    assert check(folder).exit_code == 1
    assert check(folder, "--seeds", folder.root.parent / "texts").exit_code == 0
    (folder.root / "seeds").symlink_to(folder.root.parent / "texts")
    assert check(folder).exit_code == 1
    assert check(folder, "--seeds", folder.root.parent / "texts").exit_code == 0


def test_a_link_within_the_project_is_followed(folder: Folder) -> None:
    (folder.root / "texts").mkdir()
    (folder.root / "seeds/one.txt").rename(folder.root / "texts/first.txt")
    (folder.root / "seeds/one.txt").symlink_to("../texts/first.txt")
    assert check(folder).exit_code == 0


def test_what_stands_beside_the_copy_texts_is_passed_over(folder: Folder) -> None:
    os.mkfifo(folder.root / "seeds/pipe.txt")
    (folder.root / "seeds/zero").symlink_to("/dev/zero")
    (folder.root / "seeds/old").mkdir()
    _huge(folder.root / "seeds/film.mp4", folder.root)
    assert check(folder).exit_code == 0


def test_what_editors_and_systems_leave_behind_is_passed_over(folder: Folder) -> None:
    (folder.root / "book/.#people.yaml").symlink_to("somebody@somewhere.4711")
    folder.write("book/._edition.yaml", b"\0\5\x16\7")
    folder.write("book/articles/.one.yaml.swp", b"b0VIM")
    folder.write("book/people.yaml~", b"\xff")
    assert check(folder).exit_code == 0


def test_a_folder_of_copy_texts_that_is_not_there(folder: Folder) -> None:
    result = check(folder, "--seeds", folder.root / "nowhere")
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


@pytest.mark.parametrize(
    "name", ["o ne", "one:1", 'o"ne', "o\nne", "<one>", "-one", "öne", "o\x1bne"]
)
def test_a_file_of_an_article_whose_name_is_no_identifier(folder: Folder, name: str) -> None:
    path = folder.root / "book/articles/one.yaml"
    path.rename(path.with_name(f"{name}.yaml"))
    result = check(folder)
    assert result.exit_code == 1
    assert "cannot be an identifier [file-name]" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("name", ["<b>", "a\nb", "a\x1b[2J", "-a", "a:b", "a'b"])
def test_a_file_of_an_edition_whose_name_is_no_identifier(folder: Folder, name: str) -> None:
    path = folder.root / "book/edition.yaml"
    path.rename(path.with_name(f"{name}.yaml"))
    result = check(folder)
    assert result.exit_code == 1
    assert "cannot be an identifier [file-name]" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("name", ["Reader 2", "reader_2.1", "книга", "Été"])
def test_other_names_of_editions(folder: Folder, name: str) -> None:
    path = folder.root / "book/edition.yaml"
    path.rename(path.with_name(f"{name}.yaml"))
    assert check(folder, name).exit_code == 0


def test_no_edition_at_all(folder: Folder) -> None:
    (folder.root / "book/edition.yaml").unlink()
    result = check(folder)
    assert result.exit_code == 1
    assert "book:1:1: error: there is no edition in book/ [edition-missing]" in result.stderr


def test_files_that_nobody_may_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the system's answer is given by us."""

    def answer(path: object, *more: object, **named: object) -> int:
        if "people" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return true(path, *more, **named)  # type: ignore[arg-type]

    true = os.open
    folder.write("book/people.yaml", "")
    monkeypatch.setattr(os, "open", answer)
    result = check(folder)
    assert result.exit_code == 1
    assert "book/people.yaml cannot be read: permission denied [file-refused]" in result.stderr


@pytest.mark.parametrize("name", ["book", "book/articles", "seeds"])
def test_folders_that_nobody_may_look_into(
    folder: Folder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(path: str | Path) -> list[str]:
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied", str(path))
        return true(path)

    true = os.listdir
    monkeypatch.setattr(os, "listdir", answer)
    result = check(folder)
    assert result.exit_code == 1
    assert "cannot be read: permission denied [file-refused]" in result.stderr


# --- Reading --------------------------------------------------------------------------------------


def test_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    with file.open("wb") as long:
        long.truncate(LIMIT)
    assert len(read(file)) == LIMIT
    with file.open("ab") as long:
        long.write(b"x")
    with pytest.raises(RefusedError, match="is too long"):
        read(file)


def test_nothing_is_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    start = time.monotonic()
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/tty"), Path("/dev/stdin")):
        with pytest.raises(RefusedError):
            read(path)
    assert time.monotonic() - start < 1


def test_a_file_that_has_no_length_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_regular", lambda facts: None)
    with pytest.raises(RefusedError, match="is too long"):
        read(Path("/dev/zero"))


# --- new ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in INSTEAD if not kind.startswith("link")])
def test_new_from_what_is_no_text(folder: Folder, kind: str) -> None:
    path = folder.root.parent / "text.txt"
    INSTEAD[kind][0](path, path)
    target = folder.root.parent / "new"
    result = CliRunner().invoke(main, ["new", str(target), str(path)], catch_exceptions=False)
    assert result.exit_code in (1, 2)
    assert not target.exists()


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a\nb\x1b[2J", "\u202ex".encode(), b"-x", b"a b"])
def test_new_from_a_text_and_in_a_folder_with_any_name(folder: Folder, name: bytes) -> None:
    """No name is printed that commands the terminal; the book is named by what can be printed."""
    root = folder.root.parent
    text = root / os.fsdecode(name + b".txt")
    text.write_text("Ada went out and came back at noon.\n")
    target = root / os.fsdecode(name)
    program = [sys.executable, "-m", "leftopp_book"]
    done = subprocess.run([*program, "new", target, text], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not UNSEEN.search(done.stdout.decode().replace("\n", ""))
    assert done.stdout.count(b"\n") == 1
    check: list[str | Path] = [*program, "check", "--format", "json", "--project", target]
    done = subprocess.run(check, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("arguments", [["build", "a\u202e"], ["proof", "../a\u202e"]])
def test_what_was_typed_is_not_printed_raw(folder: Folder, arguments: list[str]) -> None:
    result = CliRunner().invoke(main, [*arguments, "--project", str(folder.root)])
    assert result.exit_code == 2
    assert "a⟨U+202E⟩" in result.stderr
    assert "\u202e" not in result.stderr


def test_new_in_a_folder_with_a_long_name(folder: Folder) -> None:
    target = folder.root.parent / ("x" * 250)
    text = folder.root / "seeds/one.txt"
    result = CliRunner().invoke(main, ["new", str(target), str(text)], catch_exceptions=False)
    assert result.exit_code == 0
    assert CliRunner().invoke(main, ["check", "--project", str(target)]).exit_code == 0


@pytest.mark.parametrize("name", ["file", "file/below", "/dev/null", "/proc/new", "full"])
def test_new_where_nothing_can_be_made(folder: Folder, name: str) -> None:
    root = folder.root.parent
    (root / "file").write_text("mine")
    (root / "full").mkdir()
    (root / "full/mine").write_text("mine")
    arguments = ["new", str(root / name), str(folder.root / "seeds/one.txt")]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code in (1, 3)
    assert result.stderr
    assert (root / "file").read_text() == "mine"
    assert [p.name for p in (root / "full").iterdir()] == ["mine"]


# --- Where the outputs go -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "out", ["book", "book/articles", "seeds", "seeds/new", "link", "texts", "styles"]
)
def test_no_output_goes_where_the_book_is_made_from(folder: Folder, out: str) -> None:
    (folder.root / "link").symlink_to("seeds")
    (folder.root / "texts").mkdir()
    before = sorted(folder.root.rglob("*"))
    arguments = ["build", "--project", folder.root, "--out", folder.root / out]
    arguments += ["--seeds", folder.root / "texts"]
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 2
    assert sorted(folder.root.rglob("*")) == before


def test_dist_that_is_a_link_out_of_the_project(folder: Folder) -> None:
    elsewhere = folder.root.parent / "elsewhere"
    (folder.root / "dist").symlink_to(elsewhere)
    arguments = ["build", "--project", str(folder.root)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 3
    assert f"name the folder: --out {elsewhere}" in result.stderr
    assert [p.name for p in elsewhere.iterdir()] == ["one.txt"]


@pytest.mark.parametrize("name", ["dist", "other", "link/in"])
def test_a_folder_that_is_a_link_to_itself(folder: Folder, name: str) -> None:
    link = folder.root / name.partition("/")[0]
    link.symlink_to(link.name)
    out = [] if name == "dist" else ["--out", str(folder.root / name)]
    for arguments in (["build", "--project", str(folder.root), *out], ["new", str(link), "TEXT"]):
        text = str(folder.root / "seeds/one.txt")
        given = [text if word == "TEXT" else word for word in arguments]
        result = CliRunner().invoke(main, given, catch_exceptions=False)
        assert result.exit_code == 3
        assert "is a link that leads to itself: remove it" in result.stderr


@pytest.mark.parametrize("target", ["book", "seeds", "book/articles", "texts"])
def test_the_cache_is_not_put_where_the_book_is_made_from(folder: Folder, target: str) -> None:
    (folder.root / "texts").mkdir()
    (folder.root / "build").symlink_to(target)
    before = sorted(folder.root.rglob("*"))
    arguments = ["build", "--project", folder.root, "--seeds", folder.root / "texts"]
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 2
    assert "build leads to what the book is made from; take the link away" in result.stderr
    assert sorted(folder.root.rglob("*")) == before


# --- Styles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pipe", "link out", "huge", "device"])
@pytest.mark.parametrize("name", ["formats/new.yaml", "screen.css", "templates/print.html.j2"])
def test_styles_of_a_project(folder: Folder, name: str, kind: str) -> None:
    folder.write("styles/print.css", "")
    path = folder.root / "styles" / name
    path.parent.mkdir(exist_ok=True)
    INSTEAD[kind][0](path, folder.root.parent / "elsewhere/one.txt")
    arguments = ["build", "--project", str(folder.root)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 1
    assert f"styles/{name} {INSTEAD[kind][1]}" in result.stderr
    assert not (folder.root / "dist").exists()


def test_a_folder_of_styles_that_is_a_link_out_of_the_project(folder: Folder) -> None:
    (folder.root.parent / "elsewhere/print.css").write_text("")
    (folder.root / "styles").symlink_to(folder.root.parent / "elsewhere")
    arguments = ["build", "--project", str(folder.root)]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 1
    assert "leads out of the project" in result.stderr


@pytest.mark.parametrize(
    "name", ["../../secret", "../a5", "/etc/passwd", "a5.yaml", "", ".", "A5", "\n"]
)
def test_names_of_formats(folder: Folder, name: str) -> None:
    arguments = ["build", "--project", str(folder.root), "--format", name]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 2
    assert "there is no format" in result.stderr
