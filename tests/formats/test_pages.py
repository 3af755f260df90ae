"""The words of pages, as a reader of the page sees them."""

import pytest

from syncd.formats.pages import lines_of, page_words, parsed_page


def page(body: str) -> bytes:
    return f"<html><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<p>one<br>two<br/>three</p>", ["one", "two", "three"]),
        ("<p>one\ntwo <b>bold</b> three</p> four", ["one two bold three four"]),
        ("a<script>b</script>c<style>d</style>e<!-- f -->g<noscript>h<b>i</b></noscript>j", ["acegj"]),
        ("<template><p>x<br>y</p></template>z", ["z"]),
        ("<p></p><p> </p>", []),
    ],
)
def test_the_text_of_an_element_is_what_is_seen(body: str, lines: list[str]) -> None:
    root = parsed_page(page(body))
    assert lines_of(root) == lines
    assert page_words(root) == " ".join(lines)


def test_what_follows_an_element_is_not_its_text() -> None:
    (bold,) = parsed_page(page("<p>a <b>b<i>c</i>d</b> e</p>")).iter("b")
    assert page_words(bold) == "bcd"


def test_text_nested_deep_is_read_to_its_end() -> None:
    root = parsed_page(page("<p>" + "<b>x" * 200 + "</b>" * 200 + "y</p>"))
    assert page_words(root) == "x" * 200 + "y"
