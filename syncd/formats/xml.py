"""XML documents → entries, without entities, DTD or network, in memory that does not grow with the document."""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from lxml import etree

from syncd.errors import AnotherDocument, DocumentRefused


def split(
    stream: BinaryIO, *, root: str, tags: Collection[str], keep_indentation: bool = True
) -> Iterator[etree._Element]:
    """Each element with one of the local names `tags`, complete, in document order, then gone from memory.

    Without `keep_indentation` white space between elements is dropped: an element's bytes are then a fifth fewer, and
    do not depend on how the document is laid out.

    An element is valid until the next one is asked for. The root element itself is given first, when it opens, so that
    its attributes can be read. Elements of `tags` must not nest.
    Raises DocumentRefused when the root is not `root`, when the document has a DTD, is not well-formed, or is cut off.
    """
    wanted = [f"{{*}}{tag}" for tag in tags]
    opened = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=[f"{{*}}{root}", *wanted],
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_blank_text=not keep_indentation,
        remove_comments=True,
        remove_pis=True,
    )
    found_root = False
    try:
        for event, element in opened:
            if not found_root:
                _check_root(element, root)
                found_root = True
                yield element
            elif event == "end" and element.getparent() is not None:
                yield element
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise DocumentRefused(_explain(error, root, found_root)) from None
    if not found_root:
        raise AnotherDocument(f"no <{root}> in it: the document's root is <{_root_name(opened)}>")


def raw(element: etree._Element) -> bytes:
    """The element as bytes for its fingerprint: attribute quotes and entities in one form, all else as published."""
    return etree.tostring(element, with_tail=False)


def _check_root(element: etree._Element, root: str) -> None:
    tree = element.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise DocumentRefused("it has a DTD, which no sanctions list has: entities are never read")
    top = etree.QName(tree.getroot()).localname
    if top != root:
        raise AnotherDocument(f"its root is <{top}>, not <{root}>")


def _forget(element: etree._Element) -> None:
    parent = element.getparent()
    element.clear(keep_tail=False)
    if parent is not None:
        while (before := element.getprevious()) is not None:
            parent.remove(before)


def _root_name(opened: "etree.iterparse[tuple[str, etree._Element]]") -> str:
    top = getattr(opened, "root", None)
    return etree.QName(top).localname if top is not None else "nothing"


def _explain(error: etree.XMLSyntaxError, root: str, found_root: bool) -> str:
    line = error.lineno or 0
    reason = (error.msg or "not well-formed").split(", line")[0]
    if not found_root:
        return f"it is not the XML document <{root}>: {reason} (line {line})"
    return f"it is cut off or damaged at line {line}: {reason}"
