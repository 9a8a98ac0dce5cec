"""Clean: undo what the web or the scanner did. Silent, by named rules, counted in the report."""

from __future__ import annotations

import html
import re
import unicodedata

from .characters import NEEDLESS
from .rules import Rule, apply
from .text import Text

# A line never ceases to be a line here: every rule keeps the line feeds, so that the lines of the
# cleaned text are those of the copy-text.
RULES = (
    Rule(
        "line ends",
        re.compile(r"\r\n?"),
        "\n",
        "line ends of other systems made line feeds",
        "one\r\ntwo",
        "one\ntwo",
    ),
    Rule(
        "separators",
        re.compile(r"[\u2028\u2029\x0b\x0c\x85](?<=\S.)[\u2028\u2029\x0b\x0c\x85]*(?=\S)", re.S),
        " ",
        "page breaks and other separators within a line made spaces",
        "one\x0ctwo",
        "one two",
    ),
    Rule(
        "invisible characters",
        NEEDLESS,
        "",
        "zero-width and control characters removed",
        "Pe\u200btrograd\ufeff",
        "Petrograd",
    ),
    Rule(
        "soft hyphens",
        re.compile("\u00ad"),
        "",
        "soft hyphens removed",
        "oppo\u00adsition",
        "opposition",
    ),
    Rule(
        "no-break spaces",
        re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]"),
        " ",
        "no-break and typographic spaces made plain spaces",
        "in\u00a01927",
        "in 1927",
    ),
    Rule(
        "hyphens",
        re.compile("[\u2010\u2011]"),
        "-",
        "the several signs for a hyphen made one",
        "Alma\u2011Ata",
        "Alma-Ata",
    ),
    Rule(
        "page numbers",
        re.compile(r"[\[{](?:Pg|Page) ?[0-9ivxlc]+[\]}] ?"),
        "",
        "page numbers that a transcription gives in brackets removed",
        "the [Pg 12] party",
        "the party",
    ),
    Rule(
        "doubled spaces",
        re.compile(r" (?<=\S ) +(?=\S)"),
        " ",
        "doubled spaces made single",
        "the  party",
        "the party",
    ),
    Rule(
        "return marks",
        re.compile(
            r"(?<=\S)[ \t]*(?:[↩↵⤴↑⇑]\ufe0e?|\[(?:back|return)(?: to (?:the )?(?:text|top))?\]"
            r"|\((?:back|return)(?: to (?:the )?(?:text|top))?\))(?=[ \t]*(?:\n|\Z))",
            re.I,
        ),
        "",
        "marks of a web page that lead from a note back to its call removed",
        "1. Serge, p. 4. ↩\n",
        "1. Serge, p. 4.\n",
    ),
    Rule(
        "trailing spaces",
        re.compile(r" (?<!  ) *(?=\n|\Z)"),
        "",
        "spaces at the ends of lines removed",
        "the party \n",
        "the party\n",
    ),
)

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

ENTITIES = Rule(
    "entities",
    _ENTITY,
    "",
    "entities of the web page made the characters that they stand for",
    "Marx &amp; Engels&#8217;",
    "Marx & Engels’",
)


COMPOSED = Rule(
    "composed letters",
    re.compile(r"[^\W\d_][\u0300-\u036f]+"),
    "",
    "letters and the accents that stood beside them made one (NFC)",
    "Broue\u0301",
    "Broué",
)


def clean(text: Text) -> Text:
    """Return the text as its author's typist meant it, before any editor's hand.

    Raises nothing: an entity that names no character stays as it stands.
    """
    text = text.sub(ENTITIES.pattern, _character, ENTITIES.id)
    text = apply(text, RULES)
    if unicodedata.is_normalized("NFC", text.string):
        return text
    return text.sub(COMPOSED.pattern, lambda m: unicodedata.normalize("NFC", m[0]), COMPOSED.id)


def _character(match: re.Match[str]) -> str:
    character = html.unescape(match.group())
    return match.group() if character in ("\n", "\r", "\ufffd") else character
