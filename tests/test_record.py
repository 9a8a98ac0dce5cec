"""The record: written before its files are made, and told of them afterwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leftopp_book.record import as_json, with_outputs

WORDS = st.text(max_size=20) | st.sampled_from(['"outputs": []', "\u202e", "a\nb", "\\"])
OUTPUT = st.fixed_dictionaries({"path": WORDS, "sha256": WORDS, "pages": st.integers(0, 999)})


@given(WORDS, st.lists(OUTPUT, max_size=4))
def test_the_files_are_told_as_if_they_had_been_known(
    title: str, outputs: list[dict[str, object]]
) -> None:
    before = {"title": title, "words": [title, {title: title}], "outputs": []}
    assert with_outputs(as_json(before), outputs) == as_json({**before, "outputs": outputs})
