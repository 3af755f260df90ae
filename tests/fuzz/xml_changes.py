"""XML documents changed element by element."""

import random
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from lxml import etree

from tests.fuzz.changes import EXTREMES, Change

# libxml2 refuses what is nested deeper than 256: then it is the document that is refused.
DEPTHS = (3, 20, 100)
DEPTHS_REFUSED = (250, 2_000)
COPIES = (2, 40, 1_000)
OTHER_NAMESPACE = "urn:another"
# XML has no place for the other characters below the blank.
XML_EXTREMES = tuple(text for text in EXTREMES if not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text))


class XmlDocument:
    """An XML document whose entries are the elements with one of the local names `tags`."""

    def __init__(self, body: bytes, tags: Collection[str]) -> None:
        self._body = body
        self._tags = tags
        self.count = len(self._entries(etree.fromstring(body)))
        pattern = re.compile(rb"<(%s)[ >].*?</\1>" % "|".join(tags).encode(), re.DOTALL)
        found = [match.span() for match in pattern.finditer(body)]
        self.spans: Sequence[tuple[int, int]] = found if len(found) == self.count else []

    def _entries(self, root: etree._Element) -> list[etree._Element]:
        return list(root.iter(*(f"{{*}}{tag}" for tag in self._tags)))

    def without(self, number: int) -> bytes:
        """Return the document without an entry."""
        root = etree.fromstring(self._body)
        _taken_out(self._entries(root)[number])
        return _written(root)

    def changed(self, steps: Sequence[int]) -> Change:
        """Return the document after a change a step."""
        root = etree.fromstring(self._body)
        entries = self._entries(root)
        numbers = {element: number for number, element in enumerate(entries)}
        touched: set[int] = set()
        inside = True
        for step in steps:
            chosen = random.Random(step)
            change = chosen.choice(CHANGES)
            used = [_any_element(root, entries, chosen)]
            used += [chosen.choice(list(root.iter(etree.Element)))] if change in WITH_ANOTHER else []
            for element in used:
                touched.update(_belongs_to(element, numbers, below=change not in ON_THE_SURFACE))
                inside = (
                    inside and element not in numbers and any(above in numbers for above in element.iterancestors())
                )
            inside = inside and change not in MAY_BREAK
            change(root, used, chosen)
        return Change(_written(root), frozenset(touched), inside)


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _any_element(root: etree._Element, entries: Sequence[etree._Element], chosen: random.Random) -> etree._Element:
    within = chosen.choice(entries) if entries and chosen.random() < 0.6 else root
    return chosen.choice(list(within.iter(etree.Element)))


def _belongs_to(element: etree._Element, numbers: Mapping[etree._Element, int], *, below: bool) -> Iterator[int]:
    """The entries in which an element stands, and those in it."""
    for other in (element, *element.iterancestors(), *(element.iterdescendants() if below else ())):
        if other in numbers:
            yield numbers[other]


# Changes the tree at the first element; a change with another takes from the first, and puts into the second.
XmlChange = Callable[[etree._Element, Sequence[etree._Element], random.Random], None]


def _dropped(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    _taken_out(used[0])


def _taken_out(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _doubled(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    parent = used[0].getparent()
    if parent is not None:
        for _number in range(chosen.choice((1, 1, 1, *COPIES))):
            parent.insert(parent.index(used[0]) + 1, deepcopy(used[0]))


def _elsewhere(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    """A copy in another place."""
    used[1].insert(chosen.randrange(len(used[1]) + 1), deepcopy(used[0]))


def _swapped(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    element, other = used
    first, second = element.getparent(), other.getparent()
    if first is None or second is None or element in other.iterancestors() or other in element.iterancestors():
        return
    copies = deepcopy(element), deepcopy(other)
    if element is not other:
        first.replace(element, copies[1])
        second.replace(other, copies[0])


def _renamed(root: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    names = sorted({str(other.tag) for other in root.iter(etree.Element)})
    used[0].tag = chosen.choice((*names, "x", f"{{{OTHER_NAMESPACE}}}{etree.QName(used[0]).localname}"))


def _with_text(root: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    used[0].text = _a_text(root, chosen)


def _with_tail(root: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    if used[0].getparent() is not None:
        used[0].tail = _a_text(root, chosen)


def _a_text(root: etree._Element, chosen: random.Random) -> Any:
    if chosen.random() < 0.3:
        return chosen.choice([other.text or "" for other in root.iter(etree.Element)])
    text = chosen.choice(XML_EXTREMES)
    return etree.CDATA(text) if chosen.random() < 0.1 and "]]>" not in text else text


def _with_attribute(root: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    names = list(map(str, used[0].attrib))
    name = chosen.choice((*names, *names, *names, "x", "ID", "{http://www.w3.org/2001/XMLSchema-instance}nil"))
    known = [str(value) for other in root.iter(etree.Element) for value in other.attrib.values()]
    used[0].set(name, chosen.choice(known if known and chosen.random() < 0.4 else XML_EXTREMES))


def _without_attribute(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    if used[0].attrib:
        del used[0].attrib[chosen.choice(list(used[0].attrib))]


def _nested(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    _nest(used[0], chosen, DEPTHS)


def _nested_too_deep(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    _nest(used[0], chosen, DEPTHS_REFUSED)


def _nest(element: etree._Element, chosen: random.Random, depths: Sequence[int]) -> None:
    name = chosen.choice((str(element.tag), "x"))
    for _ in range(chosen.choice(depths)):
        element = etree.SubElement(element, name)
    element.text = chosen.choice(XML_EXTREMES)


def _with_comment(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    made = chosen.choice((etree.Comment(" x "), etree.ProcessingInstruction("x", "y")))
    used[0].insert(chosen.randrange(len(used[0]) + 1), made)


def _emptied(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    used[0].clear(keep_tail=True)


def _unwrapped(_: etree._Element, used: Sequence[etree._Element], chosen: random.Random) -> None:
    """The children stand where the element stood."""
    parent = used[0].getparent()
    if parent is not None:
        at = parent.index(used[0])
        for child in reversed(used[0]):
            parent.insert(at, child)
        _taken_out(used[0])


CHANGES: tuple[XmlChange, ...] = (
    _dropped,
    _dropped,
    _doubled,
    _elsewhere,
    _swapped,
    _renamed,
    _renamed,
    _with_text,
    _with_text,
    _with_text,
    _with_tail,
    _with_attribute,
    _with_attribute,
    _without_attribute,
    _nested,
    _nested_too_deep,
    _with_comment,
    _emptied,
    _unwrapped,
)
WITH_ANOTHER = frozenset({_elsewhere, _swapped})
# What stands below the element stays as it is.
ON_THE_SURFACE = frozenset({_with_text, _with_tail, _with_attribute, _without_attribute, _nested, _with_comment})
# After these it may be the document that is not well made: nested too deep, or an entry in another.
MAY_BREAK = frozenset({_nested_too_deep, _nested, _elsewhere, _swapped, _renamed, _doubled})
