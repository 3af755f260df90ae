"""XML documents → entries, without entities, DTD or network, in memory that does not grow with the document."""

import re
from collections.abc import Collection, Iterator
from typing import BinaryIO

from lxml import etree

from syncd.errors import AnotherDocument, DocumentRefused
from syncd.formats.elements import local

HEAD_BYTES = 65_536
# A name of an element or attribute with letters beyond ASCII, which lxml writes in ASCII as what no parser reads.
_NAME_OF_REFERENCES = re.compile(rb"""<[^<>"'&]*+(?:"[^"]*+"[^<>"'&]*+)*+&#""")


def split_elements(
    stream: BinaryIO, *, root: str, tags: Collection[str], keep_indentation: bool = True
) -> Iterator[etree._Element]:
    """Each element with one of the local names `tags`, complete, in document order, then gone from memory.

    Without `keep_indentation` white space between elements is dropped: an element's bytes are then a fifth fewer, and
    do not depend on how the document is laid out.

    An element is valid until the next one is asked for. The root element itself is given first, so that its
    attributes can be read. Elements of `tags` must not nest.
    Raises DocumentRefused when the root is not `root`, when the document has a DTD, is not well-formed, or is cut off.
    """
    yield _root(stream, root)
    opened = etree.iterparse(
        stream,
        events=("end",),
        tag=[f"{{*}}{tag}" for tag in tags],
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_blank_text=not keep_indentation,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in opened:
            yield element
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(f"it is cut off or damaged at line {error.lineno or 0}: {_reason(error)}") from None


def _root(stream: BinaryIO, root: str) -> etree._Element:
    """The opening of the document's root, with its attributes. Raises DocumentRefused when it is another, or when the
    document has a DTD. Leaves the stream at its beginning."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, load_dtd=False, no_network=True)
    try:
        parser.feed(stream.read(HEAD_BYTES))
        opened = _first(parser)
    except etree.XMLSyntaxError as error:
        # What the parser found before the error still counts.
        opened = _first(parser)
        if opened is None:
            reason = f"{_reason(error)} (line {error.lineno or 0})"
            raise DocumentRefused(f"it is not the XML document <{root}>: {reason}") from None
    stream.seek(0)
    if opened is None:
        raise DocumentRefused(f"it is not the XML document <{root}>: no element in its first {HEAD_BYTES} bytes")
    tree = opened.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise DocumentRefused("it has a DTD, which no sanctions list has: entities are never read")
    # Not by QName, which raises for a prefix that nobody declared.
    name = local(opened.tag)
    if name != root:
        raise AnotherDocument(f"its root is <{name}>, not <{root}>")
    return opened


def _first(parser: etree.XMLPullParser) -> etree._Element | None:
    """The first element that the parser has begun. All are taken from it: those that stay hold the tree, and the parser
    with it, until circles are looked for."""
    begun = [element for _, element in parser.read_events()]
    return begun[0] if begun else None


def raw(element: etree._Element) -> bytes:
    """The element as bytes for its fingerprint: attribute quotes and entities in one form, all else as published."""
    found = etree.tostring(element, with_tail=False)
    if b"&#" in found and _NAME_OF_REFERENCES.search(found):
        return etree.tostring(element, with_tail=False, encoding="unicode").encode()
    return found


def _forget(element: etree._Element) -> None:
    parent = element.getparent()
    element.clear(keep_tail=False)
    if parent is not None:
        while (before := element.getprevious()) is not None:
            parent.remove(before)


def _reason(error: etree.XMLSyntaxError) -> str:
    return (error.msg or "not well-formed").split(", line")[0]
