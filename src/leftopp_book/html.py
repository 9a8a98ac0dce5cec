"""HTML for both outputs, from the templates in `styles/`. Text is data: everything is escaped."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from html import unescape
from pathlib import Path
from typing import Any

import markupsafe
from markupsafe import Markup
from msgspec import Struct

from . import scratch
from .document import (
    Block,
    BlockQuote,
    Emphasis,
    Foreign,
    Heading,
    Inline,
    ItemList,
    LineBreak,
    Link,
    Mention,
    NoteCall,
    NoteRest,
    Paragraph,
    SectionBreak,
    SmallCaps,
    Strong,
    Table,
    Verse,
)
from .pages import HYPHEN, JOINER, ink_set
from .standins import Later, StandIn, inspect, placed
from .style_files import is_ours
from .text import Text


def _stand_ins() -> Iterator[StandIn]:
    """Yield stand-ins for what of Jinja compiles templates: those of the program are compiled."""
    yield StandIn(
        "jinja2.compiler",
        CodeGenerator=Later("jinja2.compiler", "CodeGenerator"),
        generate=Later("jinja2.compiler", "generate"),
    )
    yield StandIn(
        "jinja2.lexer",
        get_lexer=Later("jinja2.lexer", "get_lexer"),
        Lexer=(),  # named, and never asked for
        TokenStream=Later("jinja2.lexer", "TokenStream"),
    )
    yield StandIn("jinja2.parser", Parser=Later("jinja2.parser", "Parser"))


with placed([*_stand_ins(), inspect()]):
    import jinja2
    from jinja2.bccache import Bucket
    from jinja2.runtime import Macro

KINDS: dict[type, str] = {
    Text: "text",
    str: "text",
    Emphasis: "emphasis",
    Strong: "strong",
    Link: "link",
    NoteCall: "call",
    SmallCaps: "small-caps",
    Foreign: "foreign",
    Mention: "mention",
    LineBreak: "break",
    NoteRest: "note-rest",
    Heading: "heading",
    Paragraph: "paragraph",
    BlockQuote: "quotation",
    ItemList: "list",
    Verse: "verse",
    Table: "table",
    SectionBreak: "section-break",
}


# What must not be parted at a line's end (Hart's Rules 2.5.1): a dash or points of omission from
# the word before, initials from each other, an abbreviation from its number.
_GLUE = re.compile(
    r" (?:(?=[–…])|(?<=\b[A-Z]\. )(?=[A-Z]\.)|(?<=\b[pc]\. )(?=\d)|(?<=\bpp\. )(?=\d))"
)


def glue(words: Text | str) -> str:
    """Return words with no-break spaces where a line must not end."""
    return _GLUE.sub("\u00a0", str(words))


def kind(node: Inline | Block) -> str:
    """Return the name under which templates know a kind of inline or block."""
    return KINDS[type(node)]


def _script(word: str) -> str:
    """Return the script of a word by its first letter: Latin, Cyrillic, Greek."""
    letter = next((char for char in word if char.isalpha()), " ")  # there is none in ½ or Ⅳ
    return unicodedata.name(letter, "").partition(" ")[0].capitalize()


_WORD = re.compile(r"[^\W\d_](?:[\w’'-]*\w)?")
_BEYOND = re.compile("[\u0370-\u1fff\u2c00-\U0010ffff]")  # where letters are not Latin


SENTENCE = 4  # words without any of other letters
_TURNING = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe"  # scripts from right to left
_TURNED = re.compile(f"[{_TURNING}]+")
_OTHER_LETTER = re.compile(rf"[^\W\d_{_TURNING}]")
# Words from right to left, with what stands between them and cannot part them.
_RIGHT_TO_LEFT = re.compile(rf"{_TURNED.pattern}(?:[\s,.'’\"“”\d-]+{_TURNED.pattern})*")


def spoken(words: str, scripts: Mapping[str, str]) -> str:
    """Return words as HTML, those in a script that tells their language marked with it.

    Words from right to left stand by themselves, so that they do not turn about the numbers and
    signs beside them; whole sentences of them with all that is in them (Unicode Standard Annex 9,
    2.3 and 2.4).
    """
    if not _BEYOND.search(words):
        return _marked(escape_inner(words)) if type(words) is str else Markup.escape(words)
    if len(_TURNED.findall(words)) >= SENTENCE and not _OTHER_LETTER.search(words):
        return Markup('<bdi dir="rtl">{0}</bdi>').format(_spoken(words, scripts))
    made, done = Markup(), 0
    for match in _RIGHT_TO_LEFT.finditer(words):
        made += _spoken(words[done : match.start()], scripts)
        made += Markup("<bdi>{0}</bdi>").format(_spoken(match[0], scripts))
        done = match.end()
    return made + _spoken(words[done:], scripts)


def _spoken(words: str, scripts: Mapping[str, str]) -> Markup:
    made, done = Markup(), 0
    found = ((m.start(), m.end(), scripts.get(_script(m[0]))) for m in _WORD.finditer(words))
    runs: list[tuple[int, int, str]] = []
    for start, end, language in found:
        if not language:
            continue
        if runs and runs[-1][2] == language and not words[runs[-1][1] : start].strip(" ,\u00a0"):
            start = runs.pop()[0]
        runs.append((start, end, language))
    for start, end, language in runs:
        made += Markup.escape(words[done:start])
        made += Markup('<span lang="{0}" xml:lang="{0}">{1}</span>').format(
            language, words[start:end]
        )
        done = end
    return made + Markup.escape(words[done:])


SIGNATURE = " —Ed."  # of an editor's note


def _signed(words: Markup, signature: Markup) -> Markup:
    """Return words in which the signature of an editor's note stands as it is to."""
    return words.replace(SIGNATURE, signature) if SIGNATURE in words else words


OURS = Path(__file__).parent / "__pycache__" / "templates"  # compiled at setup, as the program is


def keep_compiled(folder: Path) -> None:
    """Have templates that are compiled from now on kept in a folder, where it can be written to.

    What is kept of a template bears a hash of it, and of Jinja's and Python's versions.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _COMPILED[:] = [_Compiled(folder, OURS)]
        _environment.cache_clear()


def compile_all(templates: Path) -> None:
    """Compile every template of a folder, for all that the program will do with it."""
    keep_compiled(OURS)
    environment = _environment(templates, ())
    for name in environment.list_templates():
        environment.get_template(name)


class _Compiled(jinja2.BytecodeCache):
    """Templates in folders, by their names and hashes; the first folder takes what is new.

    What is damaged there is compiled again; a full disk is no error.
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return super().get_cache_key(name)  # the same template may lie in many projects

    def load_bytecode(self, bucket: Bucket) -> None:
        for folder in self.folders:
            try:
                with (folder / bucket.key).open("rb") as file:
                    bucket.load_bytecode(file)
            except Exception:  # not there, or whatever pickle makes of what is no pickle
                bucket.reset()
            if bucket.code is not None:
                return

    def dump_bytecode(self, bucket: Bucket) -> None:
        made = io.BytesIO()
        bucket.write_bytecode(made)
        with suppress(OSError):
            scratch.put(self.folders[0] / bucket.key, made.getvalue())


_COMPILED: list[jinja2.BytecodeCache] = []


escape_inner: Callable[[str], str] = markupsafe._escape_inner  # type: ignore[attr-defined]
_marked = partial(str.__new__, Markup)  # a string that is markup already


def _escaped(value: Any) -> str:
    """Return what `escape` does, as a plain string: what a template writes is put together."""
    kind = type(value)
    if kind is str:
        return escape_inner(value)
    return value if kind is Markup else escape(value)


escape, jinja2.runtime.escape = markupsafe.escape, _escaped  # type: ignore[assignment,attr-defined]


class _Context(jinja2.runtime.Context):
    """Calls a macro that is given all that it asks for at once: that is quicker."""

    def call(self, obj: Any, *given: Any, **named: Any) -> Any:
        if type(obj) is not Macro or len(given) != obj._argument_count or obj.caller:
            return super().call(obj, *given, **named)
        if obj.catch_kwargs or obj.catch_varargs or len(named) > _told_of_scopes(named):
            return super().call(obj, *given, **named)
        made = obj._func(*given)
        return _marked(made) if self.eval_ctx.autoescape else made


def _told_of_scopes(named: Mapping[str, Any]) -> int:
    """Return how many of what a call names are what Jinja tells of the scopes that it stands in."""
    return ("_loop_vars" in named) + ("_block_vars" in named)


class _Environment(jinja2.Environment):
    """What a template names of a dictionary is looked for among its keys first: that is quicker."""

    context_class = _Context

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is not dict:
            with_it: Any = getattr(obj, attribute, _LACKING)
            if with_it is not _LACKING:
                return with_it
        elif attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            return obj[argument]
        except (AttributeError, TypeError, LookupError):
            if isinstance(argument, str) and _INNER.match(argument):
                raise jinja2.TemplateRuntimeError(_closed(argument)) from None
            return super().getitem(obj, argument)

    def _generate(self, source: Any, name: Any, filename: Any, defer_init: bool = False) -> Any:
        """Compile a template that does not ask for what is within Python."""
        for node in source.find_all(jinja2.nodes.Getattr):
            if _INNER.match(node.attr) and not _fills_in(node):
                raise jinja2.TemplateSyntaxError(_closed(node.attr), node.lineno, name, filename)
        return super()._generate(source, name, filename, defer_init)


# What leads from a value to the insides of Python, and from there to the machine.
_INNER = re.compile(r"_|(?:ag|co|cr|f|gi|tb)_|format(?:_map)?$|mro$")


def _fills_in(node: Any) -> bool:
    """Tell whether words are filled in that ask for nothing within a value: "{:,}".format(n)."""
    words = node.node.value if isinstance(node.node, jinja2.nodes.Const) else None
    plain = isinstance(words, str) and not re.search(r"\{[^{}:!]*[.\[]", words)
    return bool(plain and node.attr == "format")


def _closed(name: str) -> str:
    return f"a template may not ask for “{name}”"


_LACKING = object()


@cache
def _environment(templates: Path, scripts: tuple[tuple[str, str], ...]) -> jinja2.Environment:
    environment = _Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=next(iter(_COMPILED), None),
    )
    del environment.filters["attr"]  # it asks for any attribute, by a name that is made up later
    environment.filters["apart"] = lambda words: spoken(words, {})
    environment.filters["kind"] = kind
    environment.filters["signed"] = _signed
    languages = dict(scripts)
    environment.filters["glue"] = lambda words: spoken(glue(words), languages)
    return environment


PIECE = 5000  # strings of a template that are put together at a time


class TemplateError(Exception):
    """A template that cannot be filled in: the message has the file and, if known, the line."""


def render(templates: Path, name: str, context: Mapping[str, Any]) -> str:
    """Return a template filled in. Raises TemplateError.

    `scripts` in the context names the language of words in a script: Cyrillic, ru.
    """
    return "".join(rendered(templates, name, context))


def rendered(templates: Path, name: str, context: Mapping[str, Any]) -> Iterator[str]:
    """Yield a template filled in, piece by piece, as `render` does."""
    scripts = tuple(context.get("scripts", ()))
    try:
        template = _environment(templates, scripts).get_template(name)
        stream = template.stream(context)
        stream.enable_buffering(PIECE)
        yield from stream
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name or name}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise TemplateError(f"{name}: {error.message}") from error
    except _BY_TEMPLATES as error:
        if is_ours(templates):
            raise
        what = f"{type(error).__name__}: {error}"
        raise TemplateError(f"{_template_of(error) or name}: {what}") from None


# What comes of a template that is wrong; of those of the program it is a bug.
_BY_TEMPLATES = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError),
    *(RecursionError, TypeError, ValueError),
)


def _template_of(error: Exception) -> str:
    """Return the template and the line in which an error came up, as far as Jinja knows them."""
    at, found = error.__traceback__, ""
    while at:
        file = at.tb_frame.f_code.co_filename
        found = f"{Path(file).name}:{at.tb_lineno}" if file.endswith(".j2") else found
        at = at.tb_next
    return found


# --- Page breaks in the text (EPUB) -----------------------------------------------------------

PAGE_BREAK = (
    '<span epub:type="pagebreak" role="doc-pagebreak" id="page-{folio}" '
    'aria-label="{folio}"></span>'
)
# Elements within a line of text, which the typesetter does not count as blocks.
_INLINE = frozenset(("a", "span", "em", "strong", "i", "b", "cite", "q", "sup", "sub", "small"))
_VOID = frozenset(("br", "img", "meta", "link", "hr"))
_TAGS = re.compile(r"<[^<>]*>")
_TAG = re.compile(r"</?([\w:]+)")
_BLOCK = re.compile(r'id="(?<=\bid=")([^"]*)"')
_CALL = re.compile(r'\bclass="call"')
_CHARACTER = re.compile(r"&#?\w+;|.", re.S)
_SET = re.compile(rf"[^\s{HYPHEN}{JOINER}]+")
_PARTS_WORDS = "–—/…"  # signs after which a word begins without a space


def with_breaks(xhtml: str, breaks: Mapping[str, Sequence[tuple[int, str]]]) -> str:
    """Put page breaks into a finished document: `breaks` names, by block, offsets and folios.

    Offsets count characters without white space and note calls, as the typesetter does. A page
    that begins within a word has its break before the next word, or at the end of the block if
    there is none: a reader that announces pages must not cut a word in two.
    """
    made, done = [], 0
    for found in _BLOCK.finditer(xhtml):
        if found[1] in breaks and found.start() > done:
            start = xhtml.rfind("<", 0, found.start())
            broken, end = _Breaker(breaks).broken(xhtml, start)
            made += [xhtml[done:start], broken]
            done = end
    return "".join((*made, xhtml[done:]))


def _after_ink(text: str, start: int, count: int) -> tuple[int, int]:
    """Return the place in a text after so many characters that are set, and how many are missing.

    Counting begins at `start`.
    """
    for words in _SET.finditer(text, start):
        if count <= len(words[0]):
            return words.start() + count, 0
        count -= len(words[0])
    return len(text), count


class _Open(Struct, frozen=True):
    """An element that is open: its name, the block that its text belongs to, whether it counts."""

    name: str = ""
    block: str = ""
    owns: bool = False  # whether the block is this very element
    counts: bool = True


class _Breaker:
    """Goes through a block once and puts page breaks where so many characters are passed."""

    def __init__(self, breaks: Mapping[str, Sequence[tuple[int, str]]]) -> None:
        self.breaks = breaks
        self.due: dict[str, list[tuple[int, str]]] = {}  # of the blocks that are open
        self.passed: dict[str, int] = {}
        self.before = " "  # the character before, in the same block
        self.open = [_Open()]
        self.out: list[str] = []

    def broken(self, xhtml: str, start: int) -> tuple[str, int]:
        """Return the element that begins at a place with its breaks, and where it ends."""
        done = start
        for tag in _TAGS.finditer(xhtml, start):
            words = xhtml[done : tag.start()]
            if self.open[-1].counts and self.due.get(self.open[-1].block):
                self._text(words)
            elif words:
                self.out.append(words)
            self._tag(tag[0])
            done = tag.end()
            if len(self.open) == 1:
                break
        return "".join(self.out), done

    def _tag(self, tag: str) -> None:
        named = _TAG.match(tag)
        name = named[1] if named else ""
        if name and name not in _INLINE:
            self.before = " "
        if tag.startswith("</"):
            closed = self.open.pop()
            if closed.owns:
                self._put(len(self.out), self.due.pop(closed.block, []))
        elif name and name not in _VOID and not tag.endswith("/>"):
            around = self.open[-1]
            own = _BLOCK.search(tag) if name not in _INLINE else None
            counts = around.counts and not _CALL.search(tag) and name != "svg"
            block = own[1] if own else around.block
            if own and block in self.breaks:
                self.due[block] = sorted(self.breaks[block], key=lambda pair: pair[0])
            self.open.append(_Open(name, block, bool(own), counts))
        self.out.append(tag)

    def _text(self, text: str) -> None:
        block, at = self.open[-1].block, 0
        due, passed = self.due[block], self.passed.get(block, 0)
        while at < len(text) and due:
            start = at
            if passed < due[0][0] and "&" not in text:
                at, missing = _after_ink(text, at, due[0][0] - passed)
                passed, self.before = due[0][0] - missing, text[at - 1]
            else:
                at = _CHARACTER.match(text, at).end()  # type: ignore[union-attr]
                char = unescape(text[start:at])
                if ink_set(char):
                    if due[0][0] <= passed and self._opens_a_word(char):
                        late = [pair for pair in due if pair[0] <= passed]
                        self._put(self._hook(), late)
                        del due[: len(late)]
                    passed += 1
                self.before = char
            self.out.append(text[start:at])
        self.passed[block] = passed
        if text[at:]:
            self.out.append(text[at:])

    def _opens_a_word(self, char: str) -> bool:
        return self.before.isspace() or self.before in _PARTS_WORDS or char in _PARTS_WORDS

    def _put(self, at: int, late: Iterable[tuple[int, str]]) -> None:
        self.out[at:at] = [PAGE_BREAK.format(folio=folio) for _, folio in late]

    def _hook(self) -> int:
        """Return where a break goes: before the emphasis or the name that begins here."""
        at = len(self.out)
        while at and (tag := _TAG.match(self.out[at - 1])) and tag[1] in _INLINE:
            if self.out[at - 1].startswith("</"):
                break
            at -= 1
        return at
