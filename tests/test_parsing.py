"""HTML that is read as XML is what HTML has it be."""

from __future__ import annotations

from html import escape
from typing import Any
from xml.etree.ElementTree import Element

import pytest
import tinyhtml5
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leftopp_book import loading

HTML = tinyhtml5.parse
OPTIONS = {"namespace_html_elements": False}
TAGS = "a b br div em h2 i img li meta ol p pre section span style table td title tr ul x svg"
DRAWN = "g rect text tspan line title svg b foreignObject"
DRAWN_BY = "x fill viewBox viewbox aria-label xml:lang xlink:href d"
NAMES = "id class href title style xml:lang CLASS"
TEXTS = st.text(alphabet="ab \n\t\r&<>\"'/é\u2060\x85\x0c", max_size=8)


@pytest.fixture(scope="module")
def xml() -> Any:
    try:
        loading.weasyprint()
    except OSError:
        pytest.skip("the typesetter cannot be loaded")
    from leftopp_book.hasten_parsing import _xml

    return _xml


def written(tag: str, attributes: dict[str, str], inner: list[str], *, short: bool) -> str:
    given = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{given}/>" if short and not inner else f"<{tag}{given}>{''.join(inner)}</{tag}>"


ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES.split()), TEXTS, max_size=2)
NODES = st.recursive(
    TEXTS.map(lambda words: escape(words)) | st.sampled_from(("<br/>", "&#x2060;", "&nbsp;")),
    lambda inner: st.builds(
        written,
        st.sampled_from(TAGS.split()),
        ATTRIBUTES,
        st.lists(inner, max_size=4),
        short=st.booleans(),
    ),
    max_leaves=12,
)
DRAWINGS = st.recursive(
    TEXTS.map(lambda words: escape(words)),
    lambda inner: st.builds(
        written,
        st.sampled_from(
            ["g", "rect", "text", "tspan", "line", "title", "svg", "b", "foreignObject"]
        ),
        st.dictionaries(
            st.sampled_from(DRAWN_BY.split()),
            TEXTS,
            max_size=2,
        ),
        st.lists(inner, max_size=3),
        short=st.booleans(),
    ),
    max_leaves=6,
).map(lambda inner: f'<div><svg xmlns="http://www.w3.org/2000/svg" role="img">{inner}</svg></div>')
SPACES = st.text(alphabet=" \n", max_size=2)
DOCUMENTS = st.builds(
    lambda before, title, head, body, after, end: (
        f"<!DOCTYPE html>{before}<html lang='en'>{before}<head>{before}<title>{escape(title)}"
        f"</title>{head}</head>{after}<body>{''.join(body)}</body>{after}</html>{end}"
    ),
    SPACES,
    TEXTS,
    SPACES | st.just("<meta charset='utf-8'/><style>p { color: red }</style>\n"),
    st.lists(NODES | DRAWINGS, max_size=4),
    SPACES,
    SPACES,
)


def told(element: Element) -> Any:
    kids = [told(child) for child in element]
    return element.tag, list(element.items()), element.text or "", element.tail or "", kids


@settings(max_examples=600)
@given(DOCUMENTS, st.lists(st.tuples(st.integers(0), TEXTS | st.just("</p>")), max_size=2))
@example(
    "<!DOCTYPE html><html><head><title>t</title></head><body><p>a<p>b</p></p></body></html>", []
)
@example("<!DOCTYPE html><html><head><title>t</title></head>\n<body></body>\n</html>\n", [])
@example("<!DOCTYPE html><html><head></head><body><p CLASS='x'>t</p></body></html>", [])
def test_whatever_is_read_as_xml_is_what_html_has_it_be(
    xml: Any, document: str, changes: list[tuple[int, str]]
) -> None:
    for at, words in changes:
        place = at % (len(document) + 1)
        document = document[:place] + words + document[place + 1 :]
    read = xml(document)
    if read is not None:
        assert told(read) == told(HTML(document, **OPTIONS))


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 4">'


@pytest.mark.parametrize(
    ("body", "alike"),
    [
        ("<p>some <i>words</i><br/> &amp; &lt;more&gt;&#x2060;</p>", True),
        ("<section id='a'><ol><li>one</li><li><p>two</p></li></ol></section>", True),
        ("<table><tr><td>one</td></tr></table>", False),  # a tbody is put in
        ("<p>one<section>two</section></p>", False),  # which ends the paragraph
        ("<i/>words", False),  # which begins an element
        ("<p>&nbsp;</p>", False),
        ("<p title='a\nb'>words</p>", False),
        ("<pre>\nwords</pre>", False),
        ("<p>&#x85;</p>", False),
        (f"<div>{SVG}<title>t &amp; u</title><g><rect x='1'/></g>\n</svg>\n</div>", True),
        (f"<p>{SVG}<text>words <tspan>more</tspan></text></svg></p>", True),
        (f"{SVG}<b>words</b></svg>", False),  # which ends the drawing
        (f"{SVG}<text viewbox='0'>words</text></svg>", False),  # is viewBox in HTML
        (f"{SVG}{SVG}</svg></svg>", False),
        ("<svg><rect/></svg>", False),
        ("<rect/>words", False),
    ],
)
def test_what_is_read_as_xml(xml: Any, body: str, alike: bool) -> None:
    html = f"<!DOCTYPE html><html><head><title>t</title></head><body>{body}</body></html>"
    assert (xml(html) is not None) == alike
