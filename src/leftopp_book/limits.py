"""How large a text may be: what is larger is no text for a book, and is refused with a reason.

All are far beyond any book of 400,000 words; docs/formats.md repeats them.
"""

from __future__ import annotations

TEXT = 10_000_000  # characters of a copy-text
LINES = 200_000  # of a copy-text
PARAGRAPH = 250_000  # characters: a hundred pages without a break
WORD = 2_000  # characters between two spaces; addresses are shorter
NOTES = 9_999  # of an article
NOTE = 50_000  # characters: twenty pages of notes to one call
TITLE = 150  # characters: what a title page has room for
FORM = 200  # characters of a form of a name or a work
LINE = 500  # characters of a heading, a name, a publisher: what stands in a line or a few
REMARK = 5_000  # characters of a gloss, a reason, a provenance: two pages
PATTERN = 2.0  # seconds of work for a pattern of an editor's on one text
YAML = 2_000_000  # characters of one file of book/: more than 10,000 emendations take
