"""LaTeX for XeLaTeX and makeindex: `book`, hyperref, three passes."""

# ruff: noqa: E501 (lines of other languages)

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leftopp_book.schema import EditionFile

from .cast_off import Work
from .source import Piece, Tongue

HEAD = r"""\documentclass[11pt,twoside,openright]{book}
\usepackage[paperwidth=148mm,paperheight=210mm,inner=16.9mm,outer=19.1mm,top=22mm,textheight=165.9mm,headsep=3.7mm,headheight=14pt,footskip=8mm]{geometry}
\usepackage{fontspec}
\setmainfont{roman}[Path=./,Extension=.ttf,ItalicFont=italic,BoldFont=bold,Numbers=OldStyle,SmallCapsFeatures={Letters=SmallCaps}]
\usepackage[british]{babel}
\usepackage{fancyhdr}
\usepackage{makeidx}
\usepackage[hidelinks,bookmarksdepth=3,unicode]{hyperref}
\hypersetup{pdftitle={TITLE}}
\makeindex
\makeatletter
\renewcommand\normalsize{\@setfontsize\normalsize{11.25pt}{14.25pt}}
\renewcommand\footnotesize{\@setfontsize\footnotesize{9pt}{11.25pt}}
\renewcommand\small{\@setfontsize\small{9.75pt}{12pt}}
\normalsize
\setlength\parskip{0pt}\setlength\parindent{14.25pt}\frenchspacing
\clubpenalty=10000\widowpenalty=10000\emergencystretch=2em
\setcounter{tocdepth}{0}
\pagestyle{fancy}\fancyhf{}\renewcommand\headrulewidth{0pt}
\fancyhead[LE,RO]{\thepage}\fancyhead[RE]{\textsc{TITLE}}\fancyhead[LO]{\textsc{\rightmark}}
\newcommand\piece[3]{\cleardoublepage\phantomsection\thispagestyle{plain}\addcontentsline{toc}{chapter}{#1}\markboth{#2}{#2}%
  {\raggedright\LARGE #1\par}\ifx\relax#3\relax\else{\itshape\raggedright #3\par}\fi\bigskip\noindent\ignorespaces}
\newcommand\place[1]{\phantomsection\label{#1}}
\newcommand\mark@note[2]{\begingroup\renewcommand\thefootnote{#1}\footnote{#2}\endgroup}
\newcommand\booknote[2]{\mark@note{#1}{#2}}
\newcommand\notelocator[2]{#2n#1}
\newcommand\headtwo[2]{\par\bigskip\phantomsection\addcontentsline{toc}{section}{#1}{\raggedright\scshape #2\par}\nobreak\noindent\ignorespaces}
\newcommand\headthree[2]{\par\bigskip\phantomsection\addcontentsline{toc}{subsection}{#1}{\raggedright\itshape #2\par}\nobreak\noindent\ignorespaces}
\newcommand\backhead[1]{\par\medskip{\raggedright\scshape #1\par}\nobreak}
\newenvironment{hung}{\begin{list}{}{\leftmargin14pt\itemindent-14pt\itemsep2pt\parsep0pt\topsep0pt}\small}{\end{list}}
\renewenvironment{theindex}{\twocolumn[{\LARGE INDEXTITLE\par\bigskip\small INDEXNOTE}]\small\parindent0pt\raggedright\let\item\@idxitem}{\clearpage}
\makeatother
\begin{document}
"""
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: "\\" + char for char in "{}$&#_%"},
}


class Latex(Tongue):
    name = "xelatex"
    suffix = "tex"

    def __init__(self) -> None:
        self.index_note = ""
        self.back = False

    def words(self, words: str) -> str:
        # a ligature of TeX's own (--, ``) is not what the edition says
        escaped = "".join(_SPECIAL.get(char, char) for char in words)
        return re.sub(r"-(?=-)|`(?=`)|'(?=')", r"\g<0>{}", escaped)

    def italic(self, inner: str) -> str:
        return rf"\emph{{{inner}}}"

    def bold(self, inner: str) -> str:
        return rf"\textbf{{{inner}}}"

    def capitals(self, inner: str) -> str:
        return rf"\textsc{{{inner}}}"

    def link(self, address: str, inner: str) -> str:
        return rf"\href{{{self.words(address)}}}{{{inner}}}"

    def line_break(self) -> str:
        return r"\\ "

    def place(self, name: str) -> str:
        return rf"\place{{{name}}}"

    def mention(self, name: str, headings: Sequence[tuple[str, str, str]]) -> str:
        made = []
        for heading, topic, note in headings:
            term = _term(heading, self.words(heading))
            term += "!" + _term(topic, self.words(topic)) if topic else ""
            term += f"|notelocator{{{self.words(note)}}}" if note else ""
            made.append(rf"\index{{{term}}}")
        return "".join(made)

    def number(self, name: str, after: str = "") -> str:
        return rf"\pageref{{{name}}}{self.words(after)}"

    def note(self, name: str, mark: str, paragraphs: Sequence[str]) -> str:
        words = r"\par ".join(paragraphs)
        return rf"\booknote{{{self.words(mark)}}}{{\place{{{name}}}{words}}}"

    def paragraph(self, name: str, inner: str, *, kind: str = "") -> str:
        place = self.place(name) if name else ""
        match kind:
            case "follows":
                return rf"\noindent {place}{inner}" + "\n\n"
            case "reading" | "work" | "event":
                return "\\begin{hung}\\item " + inner + "\\end{hung}\n\n"
            case "small" | "headnote":
                return rf"{{\small\noindent {inner}\par}}" + "\n\n"
            case "kicker" | "byline" | "dateline":
                return rf"{{\raggedright\noindent\itshape {inner}\par}}" + "\n\n"
        return f"{place}{inner}\n\n"

    def heading(self, name: str, level: int, inner: str) -> str:
        if not name:
            return rf"\backhead{{{inner}}}" + "\n"
        command = "headtwo" if level == 1 else "headthree"
        return rf"\{command}{{{_shown(inner)}}}{{{self.place(name)}{inner}}}" + "\n"

    def quotation(self, inner: str) -> str:
        return f"\\begin{{quote}}\n{inner}\\end{{quote}}\n\n"

    def items(self, items: Sequence[tuple[str, str, str]]) -> str:
        lines = "".join(
            f"\\item[{{{self.words(mark)}}}] {self.place(name) if name else ''}{inner}\n"
            for name, mark, inner in items
        )
        return f"\\begin{{itemize}}\n{lines}\\end{{itemize}}\n\n"

    def verse(self, lines: Sequence[tuple[str, str, int]]) -> str:
        inner = "\\\\\n".join(
            rf"{self.place(name)}\hspace*{{{indent}em}}{words}" for name, words, indent in lines
        )
        return f"\\begin{{verse}}\n{inner}\n\\end{{verse}}\n\n"

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        count = max(map(len, rows))
        columns = rf"p{{{0.9 / count:.3f}\linewidth}}" * count
        inner = "\\\\\n".join(" & ".join(row) for row in rows)
        return f"{{\\par\\small\\noindent\\begin{{tabular}}{{{columns}}}\n{inner}\n\\end{{tabular}}\\par}}\n\n"

    def section_break(self, name: str, words: str) -> str:
        return rf"\begin{{center}}{self.place(name)}{self.words(words)}\end{{center}}" + "\n\n"

    def index(self, letters: Iterable[Mapping[str, Any]], work: Work) -> str:
        """Return the references from one heading to another; the rest is makeindex's."""
        made = []
        for letter in letters:
            for entry in letter["entries"]:
                heading = entry["heading"]
                term = _term(heading, self.words(heading))
                if entry["see"]:
                    made.append(rf"\index{{{term}|see{{{self.words(entry['see'])}}}}}")
                for _, other in entry["see_also"]:
                    made.append(rf"\index{{{term}|seealso{{{self.words(other)}}}}}")
        return "".join(made) + "%\n"

    def book(self, file: EditionFile, rights: str, pieces: Mapping[str, Sequence[Piece]]) -> str:
        title = self.words(file.title)
        index = next(piece for piece in pieces["back"] if piece.id == "index")
        replaced = {
            "INDEXTITLE": index.title,
            "INDEXNOTE": index.head.replace("\n\n", r"\par\bigskip "),
            "TITLE": title,
        }
        head = HEAD
        for key, value in replaced.items():
            head = head.replace(key, value)
        front = "".join(map(self._piece, pieces["front"]))
        body = "".join(map(self._piece, pieces["body"]))
        back = "".join(
            index.text + "\\cleardoublepage\\phantomsection\\addcontentsline{toc}{chapter}"
            f"{{{piece.title}}}\\markboth{{{piece.title}}}{{{piece.title}}}\\printindex\\onecolumn\n"
            if piece.id == "index"
            else self._piece(piece)
            for piece in pieces["back"]
        )
        imprint = file.imprint
        return f"""{head}\\frontmatter\\thispagestyle{{empty}}
{{\\noindent\\Large {title}\\par}}\\cleardoublepage\\thispagestyle{{empty}}
{{\\noindent\\Huge {title}\\par\\noindent\\Large\\itshape {self.words(file.subtitle)}\\par\\vfill
\\noindent\\normalsize\\upshape {self.words(file.editors)}\\par
\\noindent {self.words(imprint.publisher)} {imprint.year}\\par}}\\clearpage\\thispagestyle{{empty}}
{{\\vspace*{{\\fill}}\\small {rights}}}\\cleardoublepage
\\tableofcontents
{front}\\mainmatter
{body}{back}\\end{{document}}
"""

    def _piece(self, piece: Piece) -> str:
        return (
            f"\\piece{{{piece.title}}}{{{piece.short}}}{{{piece.authors}}}"
            f"\\label{{{piece.id}}}\n{piece.head}{piece.text}"
        )


def _shown(inner: str) -> str:
    """Return words without the notes and places in them, as contents and bookmarks have them."""
    made, depth, skipped = [], 0, 0
    for piece in re.split(r"(\\(?:index|place|booknote)(?=\{)|(?<!\\)[{}])", inner):
        if piece in ("\\index", "\\place", "\\booknote") and not skipped:
            skipped, depth = (2 if piece == "\\booknote" else 1), 0
        elif not skipped:
            made.append(piece)
        elif piece == "{":
            depth += 1
        elif piece == "}":
            depth -= 1
            skipped -= depth == 0
    return "".join(made)


def _term(sorts: str, words: str) -> str:
    """Return a term for makeindex: the letters by which it files, and how it is printed."""
    letters = unicodedata.normalize("NFD", sorts).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Za-z0-9,]", "", letters)
    quoted = re.sub(r"([!@|])", r'"\1', words)
    return f"{key}@{quoted}"
