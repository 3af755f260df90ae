"""XML documents as pieces: the elements that repeat, found by their tags, each with its hash and the names by which
the others know it. A document differs from the one before in a few of them.

A scan for tags is no parser. It is exact where three things hold, which are looked at:

- Nothing but elements begins with `<`: there are no comments, CDATA, processing instructions or DTD.
- In each piece there is one start tag of a kind, at its beginning. Where it is well-formed, it is one element then.
- The frame, with an empty element in the place of the pieces, is well-formed, and these elements lie in its sections.

Then the document is well-formed when its pieces are, and a piece whose bytes stood in an earlier document with the same
namespaces need not be parsed to know that. Everything else is `Doubtful`, and such a document is read whole.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import islice
from mmap import MADV_DONTNEED, mmap
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree
from msgspec import Struct, field

from syncd.formats.elements import local

DIGEST_BYTES = 16
# So much of a document in a memory map stays in memory while it is scanned.
MAPPED_BYTES = 8 << 20
OPENING_BYTES_MAX = 65_536

Bytes = bytes | mmap


class Doubtful(Exception):
    """The document cannot be read by its pieces; whether it is well-formed is not said."""


class PieceKind(Struct, frozen=True, kw_only=True):
    """What the pieces of one element name say of each other, as data: name → `Element@Attribute`, several with spaces
    between, for that element anywhere in the piece (or the piece itself).

    `found_by` are the names by which others refer to a piece, `leads_to` those by which it refers to others, or they
    to parts of it; two pieces with a name of `leads_to` in common are doubtful, unless it is `shared`. `tells_of` are
    references from the other side, by child elements that are no part of what the piece says: the other piece knows it.
    `says` is an attribute that is asked for of all pieces of the document, read again or not; with `asked_by` a name of
    `leads_to` is given with the question.
    """

    found_by: Mapping[str, str] = field(default_factory=dict)
    leads_to: Mapping[str, str] = field(default_factory=dict)
    shared: Mapping[str, str] = field(default_factory=dict)
    tells_of: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    asked_by: str = ""


class Pieces(Struct, frozen=True, kw_only=True):
    """The pieces of a vocabulary: local element names → kinds. Each piece of a kind in `entries` makes one entry, with
    what it leads to; what leads to no entry, directly or by others, is always read again."""

    entries: frozenset[str]
    kinds: Mapping[str, PieceKind]


class DocumentPiece(Struct, frozen=True, array_like=True, gc=False):
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


class Block(Struct, frozen=True, array_like=True, gc=False):
    """Pieces that follow each other in a document: the number of the first, how many they are, how many bytes with the
    blanks between them, and the hash of these bytes."""

    first: int
    count: int
    length: int
    digest: bytes


# A block ends with a piece whose hash begins with one of these bytes: a change in it leaves all others as they were.
# So blocks have 16 pieces on average. To find one that is known takes no longer than to find a piece: of the largest
# list, in which nothing changed, all are found in a third of the time that its pieces take.
BLOCK_ENDS = bytes(range(16))
BLOCK_PIECES_MAX = 256


class Span(NamedTuple):
    """The place of a piece in a document, its local name and its hash; whether it follows the one before with nothing
    but blanks between them, and whether a block begins and ends with it. With a `block` the place is that of a known
    one, and name and hash are those of its first piece."""

    start: int
    end: int
    kind: str
    digest: bytes
    follows: bool
    begins: bool
    ends: bool
    block: Block | None = None


class KeptPlaces(Struct, frozen=True, array_like=True):
    """`Places` as data, without the document."""

    between: dict[int, bytes]
    numbers: bytes
    starts: bytes
    ends: bytes


class Places:
    """Where the pieces of a document are, and what stands between them: by the number of the piece that follows, where
    it is not blank."""

    def __init__(self, document: Bytes, table: Pieces, kept: KeptPlaces | None = None) -> None:
        self.between: dict[int, bytes] = kept.between if kept else {}
        self._document = document
        self._table = table
        # Of each piece or known block: the number of its first piece, and where it is.
        self._numbers = array("Q", kept.numbers if kept else b"")
        self._starts = array("Q", kept.starts if kept else b"")
        self._ends = array("Q", kept.ends if kept else b"")

    def add(self, number: int, span: Span) -> None:
        """Take the next piece or block, of which `number` is that of its first piece."""
        if not span.follows:
            self.between[number] = self._document[self._end() : span.start]
        self._numbers.append(number)
        self._starts.append(span.start)
        self._ends.append(span.end)

    def finish(self, count: int) -> None:
        """Take what stands behind the last of `count` pieces."""
        self.between[count] = self._document[self._end() : len(self._document)]

    def kept(self) -> KeptPlaces:
        """Return the places as data."""
        return KeptPlaces(self.between, self._numbers.tobytes(), self._starts.tobytes(), self._ends.tobytes())

    def length(self, number: int) -> int:
        """Return how many bytes a piece has; only where there are no known blocks."""
        return self._ends[number] - self._starts[number]

    def text(self, number: int) -> bytes:
        """Return a piece."""
        at = bisect_right(self._numbers, number) - 1
        text = self._document[self._starts[at] : self._ends[at]]
        place = number - self._numbers[at]
        if not place and self._numbers[at + 1 : at + 2].tolist() == [number + 1]:
            return text
        span = next(islice(scan(text, self._table), place, None))
        return text[span.start : span.end]

    def forget(self) -> None:
        """Give back the memory of a memory map that was read."""
        _forget(self._document)

    def _end(self) -> int:
        return self._ends[-1] if self._ends else 0


def scan(document: Bytes, table: Pieces, known: Mapping[bytes, Block] = MappingProxyType({})) -> Iterator[Span]:
    """The pieces of `document` in their order, as their tags have it; of blocks that are `known`, by the hash of their
    first piece, only the blocks. Raises Doubtful when the last piece has no end."""
    names = {name.encode(): (name, f"</{name}>".encode()) for name in table.kinds}
    start_tag = re.compile(rb"<(" + b"|".join(names) + rb")[ \t\r\n/>]")
    # Most pieces follow each other: to look whether one begins here is quicker than to search for the next one.
    following = re.compile(rb"[ \t\r\n]*" + start_tag.pattern)
    position = forgotten = count = 0
    while True:
        next_one = following.match(document, position)
        found = next_one or start_tag.search(document, position)
        if found is None:
            return
        start = found.start(1) - 1
        name, end_tag = names[found[1]]
        end = document.find(end_tag, start)
        if end < 0:
            raise Doubtful
        position = end + len(end_tag)
        digest = hash_of(document, start, position)
        begins = next_one is None or not count
        block = known.get(digest) if begins else None
        if block is not None and hash_of(document, start, start + block.length) == block.digest:
            position, count = start + block.length, 0
            yield Span(start, position, name, digest, next_one is not None, True, True, block)
        else:
            count = 1 if begins else count + 1
            ends = digest[0] in BLOCK_ENDS or count == BLOCK_PIECES_MAX
            count = 0 if ends else count
            yield Span(start, position, name, digest, next_one is not None, begins, ends)
        if position - forgotten > MAPPED_BYTES:
            forgotten = position
            _forget(document)


def hash_of(document: Bytes, start: int, end: int) -> bytes:
    """Return the hash of a part of a document."""
    with memoryview(document) as view, view[start:end] as part:
        return sha256(part).digest()[:DIGEST_BYTES]


def _forget(document: Bytes) -> None:
    """Give back the pages of a memory map that were read: they count as memory of the process."""
    if isinstance(document, mmap):
        document.madvise(MADV_DONTNEED)


_OPENING = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\ [^<>]*\?>)?\s*"""
    rb"""<[A-Za-z][\w.:-]*(?:[^<>"']|"[^<"]*"|'[^<']*')*>""",
    re.VERBOSE,
)
# Another encoding, and prefixes that elements could have.
_ODD_OPENING = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8[\"'])|xmlns:(?!xsi\b)|xml:", re.IGNORECASE)
_PLACE = b"<syncd-piece/>"


def opening_of(document: Bytes) -> bytes:
    """Return the bytes of the document to the end of its root's start tag. Raises Doubtful when they are not plain."""
    opening = _OPENING.match(document[:OPENING_BYTES_MAX])
    if opening is None or _ODD_OPENING.search(opening[0]) or opening[0].endswith(b"/>"):
        raise Doubtful
    return opening[0]


def namespaces_of(opening: bytes) -> list[bytes]:
    """Return the declarations of namespaces in the opening of a document, on which the names in its pieces depend."""
    return _NAMESPACE.findall(opening)


_NAMESPACE = re.compile(rb"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"]*"|'[^']*')""")


def check_frame(places: Places, opening: bytes, table: Pieces) -> None:
    """Raise Doubtful when the document without its pieces is not well-formed, or leaves it open what they are."""
    text = _PLACE.join(places.between.values())
    rest = text[len(opening) :]
    count = len(places.between) - 1
    # `xml`: declarations of namespaces below the root, and `xml:space`, which says what blanks between elements mean.
    if not text.startswith(opening) or b"<!" in text or b"<?" in rest or b"xml" in rest or rest.count(_PLACE) != count:
        raise Doubtful
    root = _parsed(text)
    for element in root.iter():
        name = local(element.tag)
        if name in table.kinds:
            raise Doubtful
        section = element.getparent()
        if name == "syncd-piece" and (section is None or section.getparent() is not root):
            raise Doubtful


def check_well_formed(text: bytes) -> None:
    """Raise Doubtful when `text` is no XML document."""
    _parsed(text)


def _parsed(text: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_blank_text=True
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError:
        raise Doubtful from None


class Tags:
    """Reads what is to be kept of pieces, by regular expressions: a parser takes three times as long, and a caller that
    reads the pieces parses them anyway."""

    def __init__(self, table: Pieces) -> None:
        self._kinds = {name: _Kind(name, table) for name in table.kinds}

    def piece(self, text: bytes, span: Span) -> DocumentPiece:
        """Return the piece `text`. Raises Doubtful when it cannot be told by its tags alone, or holds another one."""
        return self._kinds[span.kind].piece(text, span)


class _Kind:
    """Reads pieces of one kind."""

    def __init__(self, name: str, table: Pieces) -> None:
        self._kind = table.kinds[name]
        self._kinds = frozenset(kind.encode() for kind in table.kinds)
        self._wanted: dict[bytes, list[_Attribute]] = {}
        kind = self._kind
        for place, names in enumerate((kind.found_by, kind.leads_to, kind.shared, kind.tells_of)):
            for said, where in names.items():
                for one in where.split():
                    element, _, attribute = one.partition("@")
                    self._wanted.setdefault(element.encode(), []).append(_Attribute(attribute, said, place))
        self._says = _Attribute(kind.says, "", 0) if kind.says else None
        elements = b"|".join(sorted({*self._wanted, *self._kinds}))
        # To look at the first character alone takes a quarter less time.
        initials = bytes({name[0] for name in (*self._wanted, *self._kinds)}) + b"!?x"
        self._tag = re.compile(
            rb"<(?=[" + initials + rb"])(?:(" + elements + rb")(?=[ \t\r\n/>])([^<>]*)>|([!?]|xsi:))"
        )
        told = {one.partition("@")[0].encode() for where in kind.tells_of.values() for one in where.split()}
        self._told = tuple(b"<" + element for element in told)
        self._end = b"</" + name.encode() + b">"
        # Children right before the end tag are surely the piece's own.
        self._last = re.compile(rb"(?:<(?:" + b"|".join(sorted(told)) + rb")\s[^<>]*/>\s*)+" + self._end)

    def piece(self, text: bytes, span: Span) -> DocumentPiece:
        found: tuple[dict[str, None], ...] = ({}, {}, {}, {})
        kinds = 0
        says = ""
        for element, attributes, odd in self._tag.findall(text):
            if odd or b"'" in attributes or attributes.count(b'"') % 2:
                raise Doubtful
            if element in self._kinds:
                kinds += 1
                if self._says:
                    says = self._says.value(attributes)
            for one in self._wanted.get(element, ()):
                value = one.value(attributes)
                if one.place == _LEADS_TO and not value:
                    raise Doubtful  # what has no name may be led to by several
                found[one.place][f"{one.name} {value}"] = None
        if kinds != 1 or b"xmlns" in text:
            raise Doubtful
        body = self._body(text) if self._told else b""
        names = [tuple(one) for one in found]
        return DocumentPiece(span.digest, span.kind, names[0], names[1], names[2], names[3], says, body)

    def _body(self, text: bytes) -> bytes:
        """The hash of a piece without the children at its end by which it tells of others."""
        first = min((at for element in self._told if (at := text.find(element)) >= 0), default=-1)
        end = first if first >= 0 and self._last.fullmatch(text, first) else len(text) - len(self._end)
        return sha256(text[:end].rstrip()).digest()[:DIGEST_BYTES]


_LEADS_TO = 1


class _Attribute:
    """An attribute of which the value is a name; `place` is that of the name in `DocumentPiece`."""

    def __init__(self, attribute: str, name: str, place: int) -> None:
        self.name = name
        self.place = place
        self._value = re.compile(rb"[ \t\r\n]" + attribute.encode() + rb'[ \t\r\n]*=[ \t\r\n]*"([^"&\t\r\n]*)"')
        self._any = re.compile(rb"[ \t\r\n]" + attribute.encode() + rb"[ \t\r\n]*=")

    def value(self, attributes: bytes) -> str:
        """The value in the text of a tag, empty without one. Raises Doubtful when it is not written plainly."""
        found = self._value.search(attributes)
        if found is None:
            if self._any.search(attributes):
                raise Doubtful
            return ""
        try:
            return found[1].decode()
        except UnicodeDecodeError:
            raise Doubtful from None
