"""A page on which a document has to be discovered → the document's address."""

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from msgspec import Struct

from syncd.core.canonical import text as tidy
from syncd.errors import DocumentRefused

TEXT_CHARACTERS_MAX = 300


class Link(Struct, frozen=True, kw_only=True):
    """`token` is equal as long as the link's address and the words around it are: a page that says a new date or size
    beside the same address announces a new document."""

    url: str
    token: str


def newest(page: bytes, url: str, path: re.Pattern[str], *, says: str = "", encoding: str | None = None) -> Link:
    """The link on the page at `url` whose path holds `path`; of several the one whose first group sorts last.

    With `says`, only links with these words in them or near them count. The link must lead to the page's own host, by
    the page's own scheme. Raises DocumentRefused when the page is not HTML or has no such link.
    """
    found = list(_matching(page, url, path, says, encoding))
    if not found:
        raise DocumentRefused(f"the page has no link to {path.pattern}: it was changed, or is another page")
    return max(found, key=lambda one: one[0])[1]


def _matching(
    page: bytes, url: str, path: re.Pattern[str], says: str, encoding: str | None
) -> Iterator[tuple[str, Link]]:
    for anchor in _parsed(page, encoding).iter("a"):
        address = _absolute(anchor.get("href", ""), url)
        match = path.search(urlsplit(address).path) if address else None
        if address and match and says in _words(anchor, levels=3 if says else 1):
            words = hashlib.sha256(_words(anchor, levels=1).encode()).hexdigest()[:16]
            yield match[1], Link(url=address, token=f"{address} {words}")


def _parsed(page: bytes, encoding: str | None) -> etree._Element:
    if not page.strip():
        raise DocumentRefused("the page is empty")
    parser = html.HTMLParser(encoding=encoding, no_network=True, recover=True, huge_tree=False)
    try:
        return html.document_fromstring(page, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, UnicodeDecodeError, ValueError) as error:
        raise DocumentRefused(f"the page is not HTML: {type(error).__name__}") from None


def _absolute(address: str, url: str) -> str | None:
    """The link's whole address, without its fragment; None when it leads to another host or to plain http."""
    try:
        absolute = urljoin(url, address.strip()).partition("#")[0]
        to, page = urlsplit(absolute), urlsplit(url)
    except ValueError:
        return None
    return absolute if (to.scheme, to.netloc) == (page.scheme, page.netloc) else None


def _words(anchor: etree._Element, *, levels: int) -> str:
    """What the page says of the link: the text of the element that is `levels` above it, below the page's body."""
    around = anchor
    for _ in range(levels):
        parent = around.getparent()
        if parent is None or parent.tag in {"body", "main", "html"}:
            break
        around = parent
    return tidy("".join(map(str, around.itertext())))[:TEXT_CHARACTERS_MAX]
