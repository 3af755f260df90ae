"""Single XML elements: their names without namespace, whether they hold anything, and the text of an unknown one."""

from lxml import etree

from syncd.core.canonical import text as tidy


def local(name: object) -> str:
    """Return the name of an element or attribute without its namespace."""
    return str(name).rpartition("}")[2]


def is_blank(element: etree._Element) -> bool:
    """Whether an element and all below it hold no text and no attribute."""
    return not any(
        (node.text and node.text.strip()) or any(value.strip() for value in node.attrib.values())
        for node in element.iter("*")
    )


def verbatim(element: etree._Element) -> str:
    """Return the text of an element, or its XML when it has children or attributes."""
    if len(element) == 0 and not element.attrib:
        return element.text or ""
    return tidy(etree.tostring(element, encoding="unicode", with_tail=False))
