"""A page on which a document has to be discovered → the document's address."""

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from msgspec import Struct

from syncd.core.canonical import text as tidy
from syncd.errors import DocumentRefused

TEXT_CHARACTERS_MAX = 300
# How far above a link its words may stand.
LEVELS_MAX = 4


class PageLink(Struct, frozen=True, kw_only=True):
    """`token` is equal as long as the link's address and the words around it are: a page that says a new date or size
    beside the same address announces a new document."""

    url: str
    token: str


def newest_link(
    page: bytes, url: str, path: re.Pattern[str], *, says: str = "", encoding: str | None = None
) -> PageLink:
    """The link on the page at `url` whose path holds `path`; of several the one whose first group sorts last.

    With `says`, only links with these words in them or near them count, and the nearest ones before others. The link
    must lead to the page's own host, by the page's own scheme. Raises DocumentRefused when the page is not HTML or has
    no such link.
    """
    found = list(_matching(page, url, path, says, encoding))
    if not found:
        raise DocumentRefused(f"the page has no link to {path.pattern}: it was changed, or is another page")
    return max(found, key=lambda one: one[:2])[2]


def _matching(
    page: bytes, url: str, path: re.Pattern[str], says: str, encoding: str | None
) -> Iterator[tuple[int, str, PageLink]]:
    """(how near the words are, first group of the path, link) of each link that matches. Less text around is nearer."""
    # What stands around many links is read once.
    said = lru_cache(maxsize=16)(_text)
    for anchor in _parsed(page, encoding).iter("a"):
        address = _absolute(anchor.get("href", ""), url)
        match = path.search(urlsplit(address).path) if address else None
        if not (address and match):
            continue
        near = next((len(text) for text in _around(anchor, said) if says in text), None) if says else 0
        if near is not None:
            words = hashlib.sha256(_beside(anchor, said).encode()).hexdigest()[:16]
            yield -near, match[1], PageLink(url=address, token=f"{address} {words}")


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


def _text(element: etree._Element) -> str:
    return tidy("".join(map(str, element.itertext())))


def _around(anchor: etree._Element, said: Callable[[etree._Element], str]) -> Iterator[str]:
    """The text of the link, of the element around it, and so on, within the page's body."""
    element: etree._Element | None = anchor
    for _ in range(LEVELS_MAX):
        if element is None or element.tag in {"body", "main", "html"}:
            return
        yield said(element)
        element = element.getparent()


def _beside(anchor: etree._Element, said: Callable[[etree._Element], str]) -> str:
    """The text of the link and of the smallest element around it."""
    return "\n".join(text for text, _ in zip(_around(anchor, said), range(2), strict=False))[:TEXT_CHARACTERS_MAX]
