"""XML documents as pieces: the elements that repeat, found by their tags, each with its hash and the names by which
the others know it. A document differs from the one before in a few of them.

A scan for tags is no parser. It is exact where three things hold, and every piece and what is left of the document
(its frame) are parsed once to see that they do:

- Nothing but elements begins with `<`: there are no comments, CDATA, processing instructions or DTD.
- Each piece is one element, in which no other element of a kind lies.
- The frame, with an empty element in the place of the pieces, is well-formed, and these elements lie in its sections.

Then the document is well-formed because its frame and its pieces are, and a piece whose bytes stood in an earlier
document that begins with the same bytes need not be parsed to know what it says. Everything else is `Doubtful`, and
such a document is read whole.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from mmap import mmap
from typing import NamedTuple

from lxml import etree
from msgspec import Struct, field

from syncd.formats.elements import local

DIGEST_BYTES = 16
# Pieces that are parsed together: many, since making a tree takes longer than a small piece.
TOGETHER_BYTES = 1 << 20

Bytes = bytes | mmap


class Doubtful(Exception):
    """The document cannot be read by its pieces; whether it is well-formed is not said."""


class PieceKind(Struct, frozen=True, kw_only=True):
    """What the pieces of one element name say of each other, as data: name → `Element@Attribute`, several with spaces
    between, for that element anywhere in the piece (or the piece itself); `Parent/Element@Attribute` only below that.

    `found_by` are the names by which others refer to a piece, `leads_to` those by which it refers to others, or they
    to parts of it; two pieces with a name of `leads_to` in common are doubtful, unless it is `shared`. `tells_of` are
    references from the other side, by child elements that are no part of what the piece says: who is told of knows it.
    `says` is an attribute that is asked for of all pieces of the document, read again or not.
    """

    found_by: Mapping[str, str] = field(default_factory=dict)
    leads_to: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    tells_of: Mapping[str, str] = field(default_factory=dict)
    says: str = ""


class Pieces(Struct, frozen=True, kw_only=True):
    """The pieces of a vocabulary: local element names → kinds. Each piece of a kind in `entries` makes one entry, with
    what it leads to; what leads to no entry, directly or by others, is always read again."""

    entries: frozenset[str]
    kinds: Mapping[str, PieceKind]


class Piece(Struct, frozen=True, array_like=True, gc=False):
    """What is kept of a piece: its hash and local name; the names by which it is found, that it leads to, that it
    shares and that it tells of, all as `<name> <value>`; what it says to all; and the hash of what it says for itself,
    empty when that is all of it."""

    digest: bytes
    kind: str
    found_by: tuple[str, ...] = ()
    leads_to: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    tells_of: tuple[str, ...] = ()
    says: str = ""
    body: bytes = b""


class Span(NamedTuple):
    """The place of a piece in a document, its local name and its hash."""

    start: int
    end: int
    kind: str
    digest: bytes


class Frame(NamedTuple):
    """A document without its pieces: `opening`, all bytes to the end of the root's start tag; `root`, its name as
    published; and what stands between pieces, by the number of the piece that follows, where it is not blank."""

    opening: bytes
    root: bytes
    between: dict[int, bytes]


def scan(document: Bytes, table: Pieces) -> Iterator[Span]:
    """The pieces of `document` in their order, as their tags have it. Raises Doubtful when the last has no end."""
    names = {name.encode(): (name, f"</{name}>".encode()) for name in table.kinds}
    start_tag = re.compile(rb"<(" + b"|".join(names) + rb")[ \t\r\n/>]")
    # Most pieces follow each other: to look whether one begins here is quicker than to search for the next one.
    following = re.compile(rb"[ \t\r\n]*" + start_tag.pattern)
    position = 0
    while found := following.match(document, position) or start_tag.search(document, position):
        start = found.start(1) - 1
        name, end_tag = names[found[1]]
        end = document.find(end_tag, start)
        if end < 0:
            raise Doubtful
        position = end + len(end_tag)
        yield Span(start, position, name, sha256(document[start:position]).digest()[:DIGEST_BYTES])


_OPENING = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\ [^<>]*\?>)?\s*"""
    rb"""<([A-Za-z][\w.:-]*)(?:[^<>"']|"[^<"]*"|'[^<']*')*>""",
    re.VERBOSE,
)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_PLACE = b"<syncd-piece/>"


def frame_of(document: Bytes, spans: Sequence[Span], table: Pieces) -> Frame:
    """The frame of a document with these pieces. Raises Doubtful when it is not well-formed, or leaves it open what the
    pieces are."""
    between: dict[int, bytes] = {}
    position = 0
    for number, span in enumerate(spans):
        gap = document[position : span.start]
        if gap and not gap.isspace():
            between[number] = gap
        position = span.end
    between[len(spans)] = document[position : len(document)]
    opening = _OPENING.match(between.get(0, b""))
    if opening is None or _ENCODING.search(opening[0]) or opening[0].endswith(b"/>"):
        raise Doubtful
    frame = Frame(opening[0], opening[1], between)
    _check_frame(frame, table)
    return frame


def _check_frame(frame: Frame, table: Pieces) -> None:
    text = _PLACE.join(frame.between.values())
    rest = text[len(frame.opening) :]
    # `xml`: declarations of namespaces below the root, and `xml:space`, which says what blanks between elements mean.
    if b"<!" in text or b"<?" in rest or b"xml" in rest or rest.count(_PLACE) != len(frame.between) - 1:
        raise Doubtful
    root = _parsed(text)
    places = 0
    for element in root.iter():
        name = local(element.tag)
        if name in table.kinds:
            raise Doubtful
        if name == "syncd-piece":
            places += 1
            section = element.getparent()
            if section is None or section.getparent() is not root:
                raise Doubtful
    if places != len(frame.between) - 1:
        raise Doubtful


def _parsed(text: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_blank_text=True
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError:
        raise Doubtful from None


def described(document: Bytes, spans: Iterable[Span], frame: Frame, table: Pieces) -> Iterator[Piece]:
    """The pieces at `spans`, parsed, in this order. Raises Doubtful when one is not an element without others of a kind
    in it."""
    names = _Names(table)
    together: list[Span] = []
    size = 0
    for span in spans:
        together.append(span)
        size += span.end - span.start
        if size >= TOGETHER_BYTES:
            yield from _described(document, together, frame, names)
            together, size = [], 0
    yield from _described(document, together, frame, names)


def _described(document: Bytes, spans: list[Span], frame: Frame, names: "_Names") -> Iterator[Piece]:
    text = b"".join(document[span.start : span.end] for span in spans)
    if b"<!" in text or b"<?" in text:
        raise Doubtful
    # In a section of the root, as deep as in the document.
    root = _parsed(b"%b<section>%b</section></%b>" % (frame.opening, text, frame.root))
    elements = list(root[0])
    kinds = [element for element in root.iter(*names.kinds) if element is not root]
    if len(root) != 1 or len(elements) != len(spans) or kinds != elements:
        raise Doubtful
    for element, span in zip(elements, spans, strict=True):
        if local(element.tag) != span.kind:
            raise Doubtful
        yield names.piece(element, span)


class _Names:
    """Reads the names of pieces by the table of a vocabulary."""

    def __init__(self, table: Pieces) -> None:
        self.kinds = tuple(f"{{*}}{name}" for name in table.kinds)
        self._kinds = table.kinds
        self._wanted = {name: _Wanted(kind) for name, kind in table.kinds.items()}
        self._locals: dict[object, str] = {}

    def piece(self, element: etree._Element, span: Span) -> Piece:
        wanted = self._wanted[span.kind]
        found: tuple[dict[str, None], ...] = ({}, {}, {}, {})
        for one in element.iter(*wanted.elements) if wanted.elements else ():
            for place, name, parent, attribute in wanted.attributes[self._local(one.tag)]:
                value = one.get(attribute, "")
                if parent and _parent_name(one) != parent:
                    continue
                if place == _LEADS_TO and not value:
                    raise Doubtful  # what has no name may be led to by several
                found[place][f"{name} {value}"] = None
        says = self._kinds[span.kind].says
        return Piece(
            span.digest,
            span.kind,
            tuple(found[0]),
            tuple(found[1]),
            tuple(found[2]),
            tuple(found[3]),
            says=element.get(says, "") if says else "",
            body=_body(element, wanted.told) if wanted.told else b"",
        )

    def _local(self, tag: object) -> str:
        """`elements.local`, which takes longer than to remember it."""
        return self._locals.get(tag) or self._locals.setdefault(tag, local(tag))


_LEADS_TO = 1


class _Wanted:
    """What to look for in a piece of one kind: local names of elements → the attributes, each with its place in the
    names of `Piece`, its name and, if it counts below one parent only, that one's name."""

    def __init__(self, kind: PieceKind) -> None:
        self.attributes: dict[str, list[tuple[int, str, str, str]]] = {}
        for place, names in enumerate((kind.found_by, kind.leads_to, kind.shared, kind.tells_of)):
            for name, where in names.items():
                for one in where.split():
                    path, _, attribute = one.partition("@")
                    parent, _, element = path.rpartition("/")
                    self.attributes.setdefault(element, []).append((place, name, parent, attribute))
        self.elements = tuple(f"{{*}}{name}" for name in self.attributes)
        self.told = frozenset(one.partition("@")[0] for where in kind.tells_of.values() for one in where.split())


def _parent_name(element: etree._Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local(parent.tag)


def _body(element: etree._Element, told: frozenset[str]) -> bytes:
    """The hash of a piece without its children by which it tells of others."""
    for child in list(element):
        if local(child.tag) in told:
            element.remove(child)
    return sha256(etree.tostring(element, with_tail=False)).digest()[:DIGEST_BYTES]
