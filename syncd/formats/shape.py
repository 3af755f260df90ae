"""A vocabulary's grammar as data: elements → plain dicts in one walk, with everything that the grammar lacks reported.

`fields.XmlFields` accounts for fields as a reader takes them, which suits small lists. A list with a million and a half
elements needs the accounting and the reading in one pass: here a table says what there may be, and the reader finds
plain dicts.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from syncd.formats import xml
from syncd.formats.elements import is_blank, local, verbatim
from syncd.formats.fields import Reading
from syncd.normalise.texts import tidied

Node = dict[str, Any]
"""One element: kept attributes and leaf texts as strings under their names, other elements as lists of nodes. Blank
texts and attributes are absent. An element's own text stands under `TEXT`."""

TEXT = "#text"


class Shape:
    """The content that an element may have. Names are local names, several in one string separated by spaces.

    `attributes` and `leaves` (elements with nothing but text, at most one of a name) are kept. `children` are elements
    with a shape of their own, as many as there are; of `once` there is at most one of a name, and another one is
    reported. `ignored` names attributes and elements that say nothing about the target: the table that builds the shape
    says why. `text`: the element's own text is kept. Texts are unescaped and tidied.
    """

    __slots__ = ("attributes", "children", "once", "text")

    def __init__(
        self,
        *,
        attributes: str = "",
        leaves: str = "",
        ignored: str = "",
        children: Mapping[str, "Shape"] | None = None,
        once: Mapping[str, "Shape"] | None = None,
        text: bool = False,
    ) -> None:
        unused = dict.fromkeys(ignored.split(), False)
        self.attributes: dict[str, bool] = {**unused, **dict.fromkeys(attributes.split(), True)}
        kept = dict.fromkeys(leaves.split(), True)
        self.children: dict[str, Shape | bool] = {**unused, **kept, **(children or {}), **(once or {})}
        self.once = frozenset(once or ())
        self.text = text


def read_node(raw: bytes, shape: Shape, reading: Reading) -> Node:
    """The root element of `raw`, XML that was taken from a checked document, as a node."""
    return plain(etree.fromstring(raw, _parser), shape, reading)


_parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, collect_ids=False)


def plain(element: etree._Element, shape: Shape, reading: Reading) -> Node:
    """Return the element as a node; fields that `shape` lacks go to `reading` as unknown.

    This is where most of the time of a first reading goes: it asks lxml for as little as it can.
    """
    node = _own(element, shape, reading)
    children = shape.children
    for child in element:
        tag: Any = child.tag
        what = children.get(tag)
        if what is True:
            _leaf(child, tag, node, reading)
        elif what is None:
            _other(child, node, shape, reading)
        elif what is not False:
            found = plain(child, what, reading)
            if tag not in node:
                node[tag] = [found]
            elif tag not in shape.once:
                node[tag].append(found)
            elif found not in node[tag]:
                _odd_leaf(child, reading)
    return node


def _own(element: etree._Element, shape: Shape, reading: Reading) -> Node:
    """The attributes and the text of the element itself."""
    node: Node = {}
    for name, value in element.items():
        wanted = shape.attributes.get(name)
        if wanted:
            node[name] = value
        elif wanted is None:
            _unknown_attribute(element, name, value, reading)
    own = element.text
    if own is not None and not own.isspace():
        if shape.text:
            node[TEXT] = own if own.isalnum() and own.isascii() else _tidied(own)
        else:
            reading.unknown_field(local(element.tag), own)
    return node


def _leaf(child: etree._Element, name: str, node: Node, reading: Reading) -> None:
    text = child.text
    if name in node or len(child) or child.keys():
        _odd_leaf_unless(child, node.get(name), reading)
    elif text is not None and not text.isspace():
        node[name] = text if text.isalnum() and text.isascii() else _tidied(text)


def _odd_leaf_unless(child: etree._Element, standing: str | None, reading: Reading) -> None:
    """Report an odd leaf, unless it only repeats to the letter what stands."""
    if standing is None or len(child) or child.keys() or _tidied(child.text or "") != standing:
        _odd_leaf(child, reading)


def _tidied(text: str) -> str:
    """`texts.tidied`, for which most texts are too tidy."""
    return tidied(text) if _SUSPECT.search(text) else text


# Whatever may not be tidy, or is a reference to a character.
_SUSPECT = re.compile(r"[^!-%'-~ ]|  |^ | $")


def _odd_leaf(child: etree._Element, reading: Reading) -> None:
    """A leaf that stands twice, or that holds more than text."""
    if not is_blank(child):
        reading.unknown_field(f"{local(_parent(child).tag)}/{local(child.tag)}", verbatim(child))


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    assert parent is not None
    return parent


def _other(child: etree._Element, node: Node, shape: Shape, reading: Reading) -> None:
    """A child with a namespace, which is read by its local name, or one that nobody knows."""
    name = local(child.tag)
    if name != child.tag and name in shape.children:
        _drop_namespaces(child)
        found = plain(_wrapped(child), shape, reading)
        for key, value in found.items():
            node[key] = [*node.get(key, []), *value] if isinstance(value, list) else value
    elif isinstance(child.tag, str) and not is_blank(child):
        reading.unknown_field(f"{local(_parent(child).tag)}/{name}", verbatim(child))


def _wrapped(child: etree._Element) -> etree._Element:
    holder = etree.Element(local(_parent(child).tag))
    holder.append(deepcopy(child))
    return holder


def _drop_namespaces(element: etree._Element) -> None:
    for node in element.iter("*"):
        node.tag = local(node.tag)


def _unknown_attribute(element: etree._Element, name: str, value: str, reading: Reading) -> None:
    if value.strip() and not name.startswith("{http://www.w3.org/"):
        reading.unknown_field(f"{local(element.tag)}/@{local(name)}", value)


class Bare:
    """Elements as bytes, without the declarations of namespaces that every piece of a document would repeat.

    Where names carry a prefix, the elements are renamed: a reader of the pieces finds local names either way.
    """

    def __init__(self) -> None:
        self._openings: dict[str, tuple[bytes, bytes]] = {}

    def __call__(self, element: etree._Element) -> bytes:
        tag = str(element.tag)
        # Not as UTF-8, for which libxml2 converts every byte and takes five times as long.
        raw = xml.raw(element)
        declared, short = self._openings.get(tag) or self._learn(tag, raw)
        if raw.startswith(declared) and element.prefix is None:
            return short + raw[len(declared) :]
        if not element.nsmap.keys() <= _WITHOUT_PREFIX:
            raw = xml.raw(_without_prefixes(element))
            end = raw.index(b">")
            return _XSI.sub(b"", raw[:end]) + raw[end:]
        end = raw.index(b">")
        return _DECLARATION.sub(b"", raw[:end]) + raw[end:]

    def _learn(self, tag: str, raw: bytes) -> tuple[bytes, bytes]:
        """How an element of this name begins, with the declarations and without them; what no element begins with when
        the declarations have to stay, since names below may have their prefixes."""
        found = _OPENING.match(raw)
        assert found is not None
        prefixes = set(_PREFIX.findall(found[0]))
        opening = (found[0], found[1]) if prefixes <= {b"xsi"} else (b"\0", b"")
        self._openings[tag] = opening
        return opening


# A default namespace, and the one of attributes such as `xsi:nil`, which whoever reads the pieces declares.
_WITHOUT_PREFIX = frozenset({None, "xsi"})


def _without_prefixes(element: etree._Element) -> etree._Element:
    renamed = deepcopy(element)
    renamed.tail = None
    _drop_namespaces(renamed)
    etree.cleanup_namespaces(renamed)
    return renamed


_OPENING = re.compile(rb'(<[^\s/>]+)(?: xmlns(?::[\w.-]+)?="[^"]*")*')
_PREFIX = re.compile(rb' xmlns:([\w.-]+)="')
_DECLARATION = re.compile(rb' xmlns(?::[\w.-]+)?="[^"]*"')
_XSI = re.compile(rb' xmlns:xsi="[^"]*"')
