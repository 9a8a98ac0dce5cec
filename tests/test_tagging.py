"""Tagging: words are in the elements that they are of, and every element means something."""

import io
from typing import Any

import pikepdf
import pytest

from leftopp_book.pdf import Styles, lay_out


def tree(element: Any) -> str:
    """Return an element with what is in it: its words are numbers, links are their targets."""
    kids = element.K if isinstance(element.K, pikepdf.Array) else [element.K]
    inner = [
        kid
        if isinstance(kid, int)
        else f"→{kid.Obj.A.URI}"
        if kid.get("/Type") == "/OBJR"
        else tree(kid)
        for kid in kids
    ]
    language = f" {element.Lang}" if "/Lang" in element else ""
    return f"{str(element.S)[1:]}{language}({', '.join(map(str, inner))})"


def owners(source: pikepdf.Pdf) -> list[str]:
    """Return of every marked content of the page the element that the file says it is of."""
    return [str(one.S)[1:] for one in source.Root.StructTreeRoot.ParentTree.Nums[1]]


@pytest.mark.parametrize(
    ("html", "expected", "of"),
    [
        ("<p>One <em>two</em> <b>three</b>.</p>", "P(0, 1, 2, 3, 4)", ["P"] * 5),
        (
            '<p>One <span lang="ru">два</span> <i lang="la"><b>tres</b></i></p>',
            "P(0, Span ru(1), 2, NonStruct la(3))",
            ["P", "Span", "P", "NonStruct"],
        ),
        (
            '<p>One <a href="xref:x">two <em>three</em></a> <em><a href="xref:y">four</a></em></p>',
            "P(0, Link(→xref:x, 1, →xref:x, 2), 3, Link(→xref:y, 4))",
            ["P", "Link", "Link", "P", "Link"],
        ),
        ("<h2>One <em>two</em></h2>", "H2(0, 1)", ["H2", "H2"]),
        ("<ul><li>One <em>two</em></li></ul>", "L(LI(Lbl(2), LBody(0, 1)))", None),
        (
            "<table><tr><th>One</th><td>two <em>three</em></td></tr></table>",
            "Table(TBody(TR(TH(0), TD(1, 2))))",
            None,
        ),
        ("<section><span>One</span></section>", "Sect(Span(0))", None),
    ],
)
def test_words_are_content_of_their_element(
    html: str, expected: str, of: list[str] | None, styles: Styles
) -> None:
    page = lay_out(f"<html lang='en-GB'><title>t</title><body>{html}</body></html>", styles)[0]
    with pikepdf.open(io.BytesIO(page.pdf)) as source:
        assert tree(source.Root.StructTreeRoot.K[0]) == f"Document({expected})"
        assert of is None or owners(source) == of
