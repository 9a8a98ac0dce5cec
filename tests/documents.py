"""Documents that mean nothing, of everything that a style sheet may ask of the typesetter."""

from __future__ import annotations

from random import Random

_TEXT = (
    "the a of Trotsky, internationalisation notwithstanding 1923. (representation) fi ffl AVAST "
    "soft\u00adhy\u00adphen no\u00a0break \u05e9\u05dc\u05d5\u05dd \u043c\u0438\u0440 \u4e2d To "
    "\u2014dash\u2014 x\u0301 \u0141\u00f3d\u017a, \u2026of \u2013 AV\u2010 VA\u2019T. \u00e9lan "
    "\u010capek 1917\u201323 'tis \u2018quoted\u2019 12 , \u2060joined\u2060 antidisestablishment"
)
WORDS = _TEXT.split(" ")
DECLARATIONS = """
    font-style: italic | tab-size: 20px | tab-size: 2em |
    font-weight: 600 | font-size: 0.8em | font-size: 19px | font-size: 0 |
    font-variant-caps: all-small-caps | font-variant-caps: small-caps | line-height: 1.1 |
    font-variant-numeric: oldstyle-nums | font-variant-position: super | font-kerning: none |
    font-feature-settings: 'smcp', 'onum' 0 | font-variant-ligatures: none | line-height: 30px |
    letter-spacing: 0.06em | letter-spacing: 2px | word-spacing: 3px | word-spacing: -0.1em |
    text-align: justify | text-align: right | text-align: center | text-align-last: justify |
    text-indent: 2em | text-indent: -10px | text-indent: 10% | hyphens: auto | hyphens: none |
    hyphens: manual | hyphenate-limit-zone: 2em | hyphenate-limit-chars: 4 2 2 | width: 60% |
    hyphenate-character: '=' | overflow-wrap: anywhere | overflow-wrap: break-word |
    overflow-wrap: normal | word-break: break-all | white-space: nowrap | white-space: pre |
    white-space: pre-wrap | white-space: pre-line | text-transform: uppercase | margin: 5% |
    text-decoration: underline | text-decoration: line-through 2px | text-overflow: ellipsis |
    overflow: hidden | block-ellipsis: auto | max-lines: 2 | vertical-align: super | top: 3px |
    vertical-align: middle | vertical-align: 20% | vertical-align: top | margin: 3px 0 1em auto |
    padding: 2px | padding: 0 1em 3% | border: 1px solid | border-left: thick double #555 | width:
    10em | min-width: 5em | max-width: 120px | height: 40px | min-height: 2em | max-height: 60% |
    box-sizing: border-box | box-sizing: padding-box | width: calc(50% - 9px) | margin-left:
    calc(1em + 3px) | --w: 30px | width: var(--w, 9em) | padding-left: var(--w, 1em) |
    margin-inline-start: 9px | inline-size: 9em | direction: rtl | direction: ltr | opacity: .5 |
    float: left | float: right | float: footnote | footnote-policy: line | clear: both | position:
    relative | position: absolute | display: inline-block | display: block | display: flex |
    display: grid | display: inline | display: table | display: list-item | display: none |
    columns: 2 | column-gap: 9px | column-rule: 1px solid | visibility: hidden | break-inside:
    avoid | break-before: page | break-after: avoid | orphans: 3 | widows: 3 | color: #900 |
    color: lch(50% 30 40) | background: #eee | tab-size: 3 | background: linear-gradient(30deg,
    #000, 1em, #fff) | border-radius: 4px | page: other | font-family: 'EB Garamond', serif |
    font-family: None | line-height: normal | border-collapse: collapse | list-style-position:
    inside | list-style-type: lower-roman | counter-increment: own 2 | quotes: '<' '>' |
    transform: rotate(3deg) | z-index: 2 | font-language-override: 'DEU' | text-underline-offset:
    2px | outline: 1px dotted
""".replace("\n", " ").split(" | ")
CONTENTS = """
    content: '*' | content: counter(own) | content: open-quote | content: attr(id) leader('.') |
    content: leader(dotted) target-counter('#b1', page) | content: ''
""".replace("\n", " ").split(" | ")
NAMES = ("p", "i", "b", "div", "span", "li", "td", "table", "h2", "a", ".x", ".y", "ul", "html")
PARTS = ("", "", "", "", "::before", "::after", "::first-line", "::first-letter", "::marker",
         "::footnote-call", "::footnote-marker")  # fmt: skip
INLINE = ("i", "b", "span", "a", "span class=x", "i lang=fr", "b class=y", "bdi dir=rtl")


class Writer:
    """Writes a style sheet and a body, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random, self.count = Random(seed), 0

    def css(self) -> str:
        random = self.random
        width, height = random.choice(((230, 310), (300, 200), (120, 500)))
        rules = [
            f"@page {{ size: {width}px {height}px; margin: 20px;"
            " @top-left { content: string(head) } @bottom-right { content: counter(page) } }",
            "html { font: 15px/19px 'EB Garamond'; text-align: justify; hyphens: auto }",
            "h2 { string-set: head content() }",
        ]
        for _ in range(random.randint(2, 12)):
            part = random.choice(PARTS)
            wanted = random.sample(DECLARATIONS, random.randint(1, 4))
            if part:
                wanted.append(random.choice(CONTENTS))
            rules.append(f"{random.choice(NAMES)}{part} {{ {'; '.join(wanted)} }}")
        return "\n".join(rules)

    def body(self) -> str:
        return "".join(self.block(0) for _ in range(self.random.randint(1, 4)))

    def id(self) -> str:
        self.count += 1
        return f"id=b{self.count}"

    def words(self) -> str:
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randint(1, 12)))

    def inlines(self, depth: int) -> str:
        made = []
        for _ in range(self.random.randint(1, 5)):
            kind = self.random.random()
            if kind < 0.6 or depth > 1:
                made.append(self.words())
            elif kind < 0.65:
                made.append("<br>")
            elif kind < 0.7:
                made.append("a\tb\nc ")
            else:
                name = self.random.choice(INLINE)
                link = f" href=xref:b{self.random.randint(1, 9)}" if name == "a" else ""
                style = self.random.choice(("", "", "", f" style='{self.style()}'"))
                end = name.split(" ")[0]
                made.append(f"<{name}{link}{style}>{self.inlines(depth + 1)}</{end}>")
        return self.random.choice((" ", "")).join(made)

    def style(self) -> str:
        return self.random.choice(DECLARATIONS).replace("'", '"')

    def block(self, depth: int) -> str:
        kind = self.random.random()
        if kind < 0.5 or depth > 1:
            mark = self.random.choice(("", " class=x", " class=y", " lang=de", " dir=rtl"))
            return f"<p {self.id()}{mark}>{self.inlines(0)}</p>"
        if kind < 0.58:
            return f"<h2 {self.id()}>{self.words()}</h2>"
        if kind < 0.66:
            items = "".join(f"<li {self.id()}>{self.inlines(1)}" for _ in range(3))
            return f"<ul>{items}</ul>"
        if kind < 0.74:
            cells = [f"<td {self.id()}>{self.inlines(1)}</td>" for _ in range(4)]
            return f"<table><tr>{cells[0]}{cells[1]}<tr>{cells[2]}{cells[3]}</table>"
        if kind < 0.78:
            return (
                "<svg width=100 height=30 viewBox='0 0 100 30'><title>t</title><text x=3 y=20"
                f" font-family='EB Garamond' font-size=12 letter-spacing=1>{self.words()}</text>"
                "</svg>"
            )
        inner = "".join(self.block(depth + 1) for _ in range(self.random.randint(1, 3)))
        return f"<div {self.id()}>{inner}</div>"


def document(seed: int) -> tuple[str, str]:
    """Return a document and its style sheet."""
    writer = Writer(seed)
    css, body = writer.css(), writer.body()
    return f"<!DOCTYPE html><html lang='en-GB'><title>t</title><body>{body}</body></html>", css


# --- Paragraphs that are plainer, and more like those of a book -----------------------------------

_PROSE = """
    the of and a I Trotsky, (Stalin) well-known non-party 1923\u201327 1923\u2013\u206027 12
    3,000 \u2026 \u201cquoted\u201d \u2018single\u2019 don\u2019t Opposition\u2019s \u2014
    \u2013 internationalisation representation notwithstanding. Platform; Congress:
    \u0141\u00f3d\u017a \u00e9lan \u010capek AVATAR To. fi ffl office waffle x/y U.S.S.R.
    [sic] *note $5 50% A&amp;B semi-colon; bureaucratisation\u2014and re\u2010elect 'tis
    "plain" T. V. Y, \u2018T\u2019 \u201cTo\u201d no.\u00a05 pp.\u00a01\u2013\u20602
    uncharacteristically ! ? \u00bfQu\u00e9? \u00aboui\u00bb \u00bd 10\u00b0 \u00a7\u00a07
    \u00a9x
"""
_AFTER = ("", ",", "\u2060")
_PROSE_STYLES = (
    "text-align: left",
    "hyphens: none",
    "font-size: {:.2f}px",
    "text-indent: {:.2f}px",
    "width: {:.3f}%",
    "font-variant-numeric: oldstyle-nums",
    "font-variant-caps: small-caps",
    "white-space: nowrap",
    "hyphenate-limit-zone: 2em",
    "hyphenate-limit-chars: 4 2 2",
    "font-kerning: none",
    "overflow-wrap: anywhere",
)


def prose(seed: int) -> tuple[str, str]:
    """Return a document of paragraphs, in lines of any length, and its style sheet."""
    random, made = Random(seed), []
    words = [word for word in _PROSE.replace("\n", " ").split(" ") if word]
    for n in range(random.randint(1, 6)):
        text = []
        for k in range(random.randint(1, 80)):
            word, kind = random.choice(words), random.random()
            if kind < 0.05:
                word = f"<i>{word}</i>"
            elif kind < 0.08:
                word = f"<b>{word} {random.choice(words)}</b>{random.choice(_AFTER)}"
            elif kind < 0.1:
                word += f"\u2060<a id=call-n{n}-{k} href=xref:b>{random.randint(1, 99)}</a>"
            text.append(word)
        style = random.choice(("", "", *_PROSE_STYLES)).format(random.uniform(9, 25))
        language = random.choice(("en-GB", "en-GB", "de", "fr", "ru", "x"))
        before = random.choice(("", "\u2002"))
        made.append(f"<p id=b{n} lang={language} style='{style}'>{before}{' '.join(text)}</p>")
    css = (
        f"@page {{ size: {random.uniform(160, 480):.2f}px 600px; margin: 20px }}"
        f"html {{ font: {random.uniform(10, 18):.2f}px/19px 'EB Garamond';"
        " text-align: justify; hyphens: auto }"
    )
    body = "".join(made)
    return f"<!DOCTYPE html><html lang='en-GB'><title>t</title><body>{body}</body></html>", css
