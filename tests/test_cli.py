"""The command line without typesetting, and the checks, on the tiny book and copies of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from leftopp_book.cli import main
from leftopp_book.fonts import CUTS

TINY = Path(__file__).parent / "tiny"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the tiny book, to be broken."""
    shutil.copytree(TINY, tmp_path / "tiny", ignore=shutil.ignore_patterns("golden"))
    return tmp_path / "tiny"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, words: str) -> None:
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(old + words, encoding="utf-8")


def test_help_loads_no_typesetter() -> None:
    code = (
        "import sys; from leftopp_book.cli import main; main(['--help'], standalone_mode=False); "
        "sys.exit(any(m in sys.modules for m in ('weasyprint', 'ebooklib', 'yaml')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_a_book_that_is_right() -> None:
    result = run("check", "--strict", "--project", TINY)
    assert result.exit_code == 0
    assert result.stderr == "0 errors, 0 warnings\n"


def test_an_error_is_told_with_line_caret_and_hint(copy: Path) -> None:
    change(copy / "book/articles/stoves.yaml", "was: lookd", "was: lokd")
    result = run("check", "--project", copy)
    assert result.exit_code == 1
    assert (
        "book/articles/stoves.yaml:12:19: error: “lokd” does not stand in line 17" in result.stderr
    )
    assert "  hint: the line is: Jones lookd back" in result.stderr
    assert result.stderr.endswith("1 error, 0 warnings\n")


def test_findings_as_json(copy: Path) -> None:
    change(copy / "book/articles/stoves.yaml", "was: lookd", "was: lokd")
    result = run("check", "--format", "json", "--project", copy)
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)
    assert (finding["code"], finding["line"], finding["column"]) == ("emendation-unmatched", 12, 19)


def test_a_warning_fails_only_a_strict_check(copy: Path) -> None:
    change(copy / "book/house.yaml", "[Winter Congress]", "[]")
    assert run("check", "--project", copy).exit_code == 0
    result = run("check", "--strict", "--project", copy)
    assert result.exit_code == 1
    assert "warning: “Winter Congress” looks like a name" in result.stderr


def test_an_edition_that_does_not_exist() -> None:
    result = run("check", "tinny", "--project", TINY)
    assert result.exit_code == 2
    assert "did you mean “tiny”?" in result.stderr


def test_a_copy_text_that_is_missing(copy: Path) -> None:
    (copy / "seeds/chairs.txt").unlink()
    result = run("check", "tiny", "--project", copy)
    assert result.exit_code == 1
    assert "tiny: 1 of 2 copy-texts are not at hand (chairs.txt)" in result.stderr
    assert "[copy-text-missing]" in result.stderr
    shutil.copytree(TINY / "seeds", copy / "elsewhere")
    assert run("check", "tiny", "--project", copy, "--seeds", copy / "elsewhere").exit_code == 0


def test_an_exception_with_a_reason_silences_a_finding(copy: Path) -> None:
    change(copy / "book/house.yaml", "[Winter Congress]", "[]")
    append(copy / "book/exceptions.yaml", "- {code: name-unknown, says: Winter, why: a test}\n")
    assert run("check", "--strict", "--project", copy).exit_code == 0


@pytest.mark.parametrize("at", ["stoves", "stoves:7", "stoves:5-9"])
def test_an_exception_for_a_place(copy: Path, at: str) -> None:
    change(copy / "book/house.yaml", "[Winter Congress]", "[]")
    append(copy / "book/exceptions.yaml", f'- {{code: name-unknown, at: "{at}", why: a test}}\n')
    assert run("check", "--strict", "--project", copy).exit_code == 0


def test_an_exception_that_nothing_matches_is_an_error(copy: Path) -> None:
    append(copy / "book/exceptions.yaml", "- {code: name-unknown, says: Winter, why: a test}\n")
    result = run("check", "--project", copy)
    assert result.exit_code == 1
    assert "book/exceptions.yaml:1:3: error: nothing is found any more" in result.stderr


def test_two_persons_under_one_heading(copy: Path) -> None:
    append(copy / "book/people.yaml", 'holm-other:\n  heading: "Holm, Ivar"\n  forms: [Lund]\n')
    result = run("check", "--project", copy)
    assert result.exit_code == 1
    assert "[heading-twice]" in result.stderr


def test_an_article_twice(copy: Path) -> None:
    change(copy / "book/tiny.yaml", "[stoves, chairs]", "[stoves, chairs, stoves]")
    assert "[article-twice]" in run("check", "--project", copy).stderr


def test_all_mistakes_at_once(copy: Path) -> None:
    change(copy / "book/articles/stoves.yaml", "was: lookd", "was: lokd")
    change(copy / "book/chronology.yaml", "in 1938", "in 1939")
    append(copy / "book/house.yaml", "regularize: []\n")
    result = run("check", "--project", copy)
    for code in ("emendation-unmatched", "passage-unmatched", "key-unknown"):
        assert f"[{code}]" in result.stderr


@pytest.mark.parametrize("stage", ["clean", "text", "structure", "notes", "names"])
def test_every_stage_can_be_looked_at(stage: str) -> None:
    result = run("dump", "stoves", "--stage", stage, "--project", TINY)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) >= 4


# --- What the machine lacks -----------------------------------------------------------------------


def test_a_missing_library_is_named_with_its_package_and_ends_with_status_3(
    tmp_path: Path,
) -> None:
    """A typesetter whose libraries are not there fails when it is loaded, as cffi does it."""
    shutil.copytree(TINY, tmp_path / "book-folder")
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    (tmp_path / "book-folder" / "build").symlink_to(TINY.parent.parent / "build")
    done = subprocess.run(
        [sys.executable, "-m", "leftopp_book", "build", "tiny"],
        cwd=tmp_path / "book-folder",
        env={**os.environ, "PYTHONPATH": f"{fake}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "libpango-1.0-0" in done.stderr
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "book-folder" / "dist").exists()


def test_a_missing_face_is_named_with_its_package_and_ends_with_status_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(TINY, tmp_path, dirs_exist_ok=True)
    lacking = replace(CUTS[0], package="fontpkg_no_such_face")
    monkeypatch.setattr("leftopp_book.fonts.FACES", (lacking,))
    done = CliRunner().invoke(main, ["build", "tiny", "--project", str(tmp_path)])
    assert done.exit_code == 3
    assert "fontpkg-no-such-face" in done.stderr
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("command", ["build", "check"])
def test_an_edition_with_a_mistake_in_its_file_is_told_the_mistake(
    copy: Path, command: str
) -> None:
    append(copy / "book" / "tiny.yaml", "face: Garamond\n")
    result = run(command, "tiny", "--project", copy)
    assert result.exit_code == 1
    assert "did you mean “EB Garamond”?" in result.stderr + result.stdout
    assert not (copy / "dist").exists()
