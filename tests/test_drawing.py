"""Steps of content streams, against the parser of qpdf."""

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.drawing import UnknownStepError, steps_of
from leftopp_book.inks import Inks

PDF = pikepdf.new()
STEPS = (
    *("q", "Q", "f*", "1 0 0 -1 64 97.817871 Tm", "0 0 0 rg", "/a1.0 gs", "/VLCMHS 15 Tf"),
    *("-0. 5 Td", ".5 w", "007 w", "-0 +5 l", "/A#20B gs", "[0 6] 0 d", "1 2 3 rg/F 5 Tf"),
    *("[<01ce>0<097a>-28<>-30.2<01e4>0.0] TJ", "[<097a01de>0<0998>] TJ", "[] TJ", "[-5<01>5]TJ"),
    *("[<01CE> 2] TJ", "[(ab)-5<28>] TJ", "<0809> Tj", "(a\\(c) Tj", "(EI\nBI\n) Tj", "(x) '"),
    *("/Span\n<</MCID 0>>\nBDC", "/P <</L (a\\)) /B [1 <2f>]>> BDC", "/Artifact BMC", "EMC"),
    "% a comment\nq",
)
MARKS = ("BDC", "BMC", "EMC")


def by_parser(content: bytes) -> bytes:
    stream = PDF.make_stream(content)
    steps = [s for s in pikepdf.parse_content_stream(stream) if str(s.operator) not in MARKS]
    return pikepdf.unparse_content_stream(steps)


def written(content: bytes) -> bytes:
    """Return the steps as the parser of qpdf reads and writes them."""
    steps = steps_of(PDF.make_stream(content))
    assert not any(operator.decode() in MARKS for _, operator in steps)
    return by_parser(b"\n".join(operands + operator for operands, operator in steps))


@given(st.lists(st.sampled_from(STEPS)), st.sampled_from((" ", "\n", "\r\n")))
def test_steps_are_what_the_parser_says(steps: list[str], between: str) -> None:
    content = between.join(steps).encode()
    assert written(content) == by_parser(content)


@given(
    st.lists(
        st.tuples(
            st.binary(max_size=6).map(lambda glyphs: f"<{glyphs.hex()}>"),
            st.integers(-2000, 2000).map(str) | st.decimals(-9, 9, places=3).map(str) | st.just(""),
        ),
        min_size=1,
    )
)
def test_strings_of_glyphs_are_what_the_parser_says(pairs: list[tuple[str, str]]) -> None:
    content = f"[{''.join(f'{glyphs}{back}' for glyphs, back in pairs)}] TJ".encode()
    assert written(content) == by_parser(content)


COLOURS = ("q", "Q", "1 0 0 rg", "0.5 g", "/DeviceRGB cs", "0 0 0 sc", "/a1 gs", "0 0 m", "BI bad")


@given(st.lists(st.lists(st.sampled_from(COLOURS), max_size=8), max_size=4))
def test_what_was_learned_is_what_would_be_turned(pieces: list[list[str]]) -> None:
    """Wherever a stream stands, whatever it leaves open or closes that it did not open."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page()
    streams = [pdf.make_stream("\n".join(piece).encode()) for piece in pieces]
    page.obj.Contents = pikepdf.Array(streams)
    learned = Inks(colours=False)
    learned.learn(page)
    assert learned.turn(page) == Inks(colours=False).turn(page)


def test_an_inline_image_ends_the_steps() -> None:
    stream = PDF.make_stream(b"q BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q")
    assert steps_of(stream) == [(b"", b"q"), (b"", b"BI")]


def test_the_streams_of_a_page_are_one() -> None:
    page = PDF.add_blank_page()
    page.obj.Contents = pikepdf.Array([PDF.make_stream(b"q"), PDF.make_stream(b"1 w\nQ")])
    assert steps_of(page) == [(b"", b"q"), (b"1 ", b"w"), (b"", b"Q")]


def test_what_is_no_step_is_refused() -> None:
    with pytest.raises(UnknownStepError):
        steps_of(PDF.make_stream(b"q /Span <</A <</B 1>> >> BDC"))
