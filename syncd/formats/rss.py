"""RSS and Atom documents, of which a feed only asks whether their item on its file has changed."""

from collections.abc import Iterator

from lxml import etree

from syncd.errors import DocumentRefused


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
