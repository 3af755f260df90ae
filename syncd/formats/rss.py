"""RSS and Atom documents: whether the item on a file has changed, which is all that a feed asks; and all items."""

from collections.abc import Iterator

from lxml import etree
from msgspec import Struct

from syncd.core import canonical
from syncd.errors import DocumentRefused
from syncd.formats.elements import local

ITEMS_MAX = 500


class RssItem(Struct, frozen=True, kw_only=True):
    """One item, or Atom entry: its texts tidied, empty where it has none. `published` is as it stands there."""

    title: str
    link: str
    summary: str
    published: str


def rss_items(body: bytes) -> list[RssItem]:
    """Return the items of an RSS or Atom document in its order, `ITEMS_MAX` at most. Raises DocumentRefused when the
    body is not one, or has a DTD."""
    root = _root(body)
    name = local(root.tag)
    if name not in {"rss", "feed", "RDF"}:
        raise DocumentRefused(f"the document is {name}, not RSS or Atom")
    return [_item(one) for _, one in zip(range(ITEMS_MAX), root.iter("{*}item", "{*}entry"), strict=False)]


def _item(item: etree._Element) -> RssItem:
    link = item.find("{*}link")
    address = "" if link is None else (link.get("href") or link.text or "")
    return RssItem(
        title=_first(item, "title"),
        link=address.strip(),
        summary=_first(item, "description", "summary"),
        published=_first(item, "pubDate", "updated", "published", "date"),
    )


def _first(item: etree._Element, *names: str) -> str:
    found = (item.findtext(f"{{*}}{name}") for name in names)
    return next((canonical.text(text) for text in found if text and text.strip()), "")


def item_naming(body: bytes, name: str) -> list[str]:
    """All texts and attribute values of the first item (or Atom entry) in which `name` occurs, in document order.

    Where in the item the name stands does not matter: title, link, guid or enclosure. Raises DocumentRefused when the
    body is not XML, has a DTD, or has no such item.
    """
    for item in _root(body).iter("{*}item", "{*}entry"):
        said = [part.strip() for part in _says(item) if part.strip()]
        if any(name.lower() in part.lower() for part in said):
            return said
    raise DocumentRefused(f"the RSS has no item of {name}")


def _root(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"the RSS is not XML: {(error.msg or 'not well-formed').split(', line')[0]}") from None
    if root.getroottree().docinfo.doctype:
        raise DocumentRefused("the RSS has a DTD, which no answer of this publisher has: entities are never read")
    return root


def _says(item: etree._Element) -> Iterator[str]:
    for node in item.iter():
        if isinstance(node.tag, str):
            yield node.text or ""
            yield from (str(value) for value in node.attrib.values())
