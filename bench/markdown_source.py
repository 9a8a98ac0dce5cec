"""Markdown for Pandoc, which makes LaTeX of it: what XeLaTeX is asked for by most who use it."""

# ruff: noqa: E501 (lines of other languages)

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leftopp_book.schema import EditionFile

from .cast_off import Work
from .latex_source import Latex
from .source import Piece

HEAD = """---
title: "TITLE"
documentclass: book
classoption: [twoside, openright]
lang: en-GB
geometry: [paperwidth=148mm, paperheight=210mm, inner=16.9mm, outer=19.1mm, top=22mm, textheight=165.9mm, headsep=3.7mm, headheight=14pt, footskip=8mm]
fontsize: 11pt
mainfont: roman
mainfontoptions: ["Path=./", "Extension=.ttf", "ItalicFont=italic", "BoldFont=bold", "Numbers=OldStyle"]
hidelinks: true
header-includes:
- \\usepackage{fancyhdr}
- \\usepackage{makeidx}
- \\makeindex
- \\newcommand\\notelocator[2]{#2n#1}
- \\newcommand\\place[1]{\\phantomsection\\label{#1}}
- \\pagestyle{fancy}\\fancyhf{}\\renewcommand\\headrulewidth{0pt}
- \\fancyhead[LE,RO]{\\thepage}\\fancyhead[RE]{TITLE}\\fancyhead[LO]{\\leftmark}
---

\\frontmatter

\\setcounter{tocdepth}{0}\\tableofcontents

"""


class Markdown(Latex):
    name = "pandoc"
    suffix = "md"

    def words(self, words: str) -> str:
        return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~^$@&%'\"=:])", r"\\\1", words)

    def italic(self, inner: str) -> str:
        return f"<em>{inner}</em>"

    def bold(self, inner: str) -> str:
        return f"<strong>{inner}</strong>"

    def capitals(self, inner: str) -> str:
        return f"[{inner}]{{.smallcaps}}"

    def link(self, address: str, inner: str) -> str:
        return f"[{inner}](<{address}>)"

    def line_break(self) -> str:
        return "\\\n"

    def mention(self, name: str, headings: Sequence[tuple[str, str, str]]) -> str:
        return Latex().mention(name, headings)

    def number(self, name: str, after: str = "") -> str:
        return rf"\pageref{{{name}}}{self.words(after)}"

    def note(self, name: str, mark: str, paragraphs: Sequence[str]) -> str:
        return f"^[{self.place(name)}{' '.join(paragraphs)}]"

    def paragraph(self, name: str, inner: str, *, kind: str = "") -> str:
        place = self.place(name) if name else ""
        return f"{place}{inner}\n\n"

    def heading(self, name: str, level: int, inner: str) -> str:
        marks = r"\\(?:index|place)\{(?:[^{}]|\{[^{}]*\})*\}"
        notes = r"\^\[(?:[^\[\]]|\\.|\[[^\]]*\])*\]"
        plain = re.sub(rf"{notes}|{marks}", "", inner)
        found = "".join(re.findall(marks, re.sub(notes, "", inner)))
        called = "".join(re.findall(notes, inner))
        place = self.place(name) if name else ""
        return f"{'#' * (level + 1)} {plain}{called} {{.unnumbered}}\n\n{place}{found}\n"

    def quotation(self, inner: str) -> str:
        return "".join(f"> {line}\n" for line in inner.rstrip().split("\n")) + "\n"

    def items(self, items: Sequence[tuple[str, str, str]]) -> str:
        return (
            "".join(f"-   {self.place(name) if name else ''}{inner}\n" for name, _, inner in items)
            + "\n"
        )

    def verse(self, lines: Sequence[tuple[str, str, int]]) -> str:
        return "".join(f"| {self.place(name)}{words}\n" for name, words, _ in lines) + "\n"

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        count = max(map(len, rows))
        lines = ["| " * count + "|", "|" + "---|" * count]
        lines += ["| " + " | ".join([*row, *[""] * (count - len(row))]) + " |" for row in rows]
        return "\n".join(lines) + "\n\n"

    def section_break(self, name: str, words: str) -> str:
        return f"{self.place(name)}{self.words(words)}\n\n"

    def index(self, letters: Iterable[Mapping[str, Any]], work: Work) -> str:
        return Latex().index(letters, work)

    def book(self, file: EditionFile, rights: str, pieces: Mapping[str, Sequence[Piece]]) -> str:
        head = HEAD.replace("TITLE", file.title)
        front, body = ("".join(map(self._piece, pieces[where])) for where in ("front", "body"))
        back = "".join(
            piece.text
            + f"\n\n\\cleardoublepage\\phantomsection\\addcontentsline{{toc}}{{chapter}}{{{piece.title}}}\\printindex\n\n"
            if piece.id == "index"
            else self._piece(piece)
            for piece in pieces["back"]
        )
        return f"{head}{rights}{front}\\mainmatter\n\n{body}{back}"

    def _piece(self, piece: Piece) -> str:
        return (
            f"# {piece.title} {{.unnumbered #{piece.id}}}\n\n{piece.authors}\n\n"
            f"{piece.head}\n\n{piece.text}\n\n"
        )
