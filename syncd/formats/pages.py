"""HTML pages → the elements that a channel reads. Scripts and styles are no text."""

from collections.abc import Iterator

from lxml import etree, html

from syncd.core import canonical
from syncd.errors import DocumentRefused

_SILENT = frozenset({"script", "style", "noscript", "template"})


def parsed_page(body: bytes, *, encoding: str | None = "utf-8") -> etree._Element:
    """Return the root of a page. Raises DocumentRefused when the body is empty or no HTML."""
    if not body.strip():
        raise DocumentRefused("the page is empty")
    parser = html.HTMLParser(encoding=encoding, no_network=True, recover=True, huge_tree=False)
    try:
        root: etree._Element = html.document_fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, UnicodeDecodeError, ValueError) as error:
        raise DocumentRefused(f"the page is not HTML: {type(error).__name__}") from None
    return root


def with_class(root: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the elements under `root` that have the class `name`, in the order of the page."""
    return (one for one in root.iter() if isinstance(one.tag, str) and name in (one.get("class") or "").split())


def main_part(root: etree._Element) -> etree._Element:
    """Return the part of a page that is its own, `main` or else `article`, without what stands around it on every page;
    the whole page when it marks none."""
    for tag in ("main", "article"):
        found = next(root.iter(tag), None)
        if found is not None and page_words(found):
            return found
    return root


def page_words(element: etree._Element) -> str:
    """Return the text of `element`, tidied."""
    return canonical.text("".join(_texts(element)))


def lines_of(element: etree._Element) -> list[str]:
    """Return the text of `element` line by line, where `<br>` ends a line; blank lines are left out."""
    return [line for text in "".join(_texts(element)).split("\n") if (line := canonical.text(text))]


def _texts(element: etree._Element) -> Iterator[str]:
    """The texts in an element, one by one, however deep: what is nested costs no more than what is not."""
    silent: etree._Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start" and silent is None:
            if node.tag in _SILENT or node.tag == "br":
                silent = node
                yield "\n" if node.tag == "br" else ""
            else:
                # A line's end in the source is a blank; those that are kept are made by `<br>`.
                yield (node.text or "").replace("\n", " ")
            continue
        if event == "end" and silent is node:
            silent = None
        if event != "start" and silent is None and node is not element:
            yield (node.tail or "").replace("\n", " ")
