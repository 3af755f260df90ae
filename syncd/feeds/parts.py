"""Reading in parts: a document of which no earlier one is known, as smaller documents that several processes read.

A part is some of the entries with all that they lead to, and the frame, as in reading by difference
(`feeds.difference`): so what is read of an entry does not depend on the part in which it stands. The last part is what
belongs to no entry.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from syncd.feeds.difference import Index, Left, PackedIndex, left_of, scanned_whole, smaller
from syncd.formats.pieces import DIGEST_BYTES, Bytes, DocumentPiece, Doubtful, KeptPlaces, Pieces, Places

# A part is read into memory: of twice the size each process needs 6 MB more. The frame, of which each part has a copy,
# is a tenth of that for the largest list.
PART_BYTES = 2_000_000

Spread = Callable[[Callable[[int], bytes], int], Iterator[bytes]]
"""`spread(work, count)`: what `work` returns for the numbers 0 … `count` - 1, in this order, whoever does it. Work for
one number is done elsewhere, if it can be. Raises what `work` raises, EOFError when one that did it ended before."""


class Division(Struct, frozen=True, array_like=True):
    """How a document is divided. `parts` are the numbers of the pieces of each, `counts` how many entries each has;
    `left` is what all pieces say to all parts. `entries` are the hashes of the entries' pieces, one after the other,
    `index` is that of the document, without fingerprints."""

    parts: list[bytes]
    counts: list[int]
    left: Left
    places: KeptPlaces
    entries: bytes
    index: Index


_encode = msgspec.msgpack.Encoder().encode


class _Packed(Struct, frozen=True, array_like=True):
    """A division, of which the index stays packed: it takes seven times the memory else, in each process."""

    parts: list[bytes]
    counts: list[int]
    left: Left
    places: KeptPlaces
    entries: bytes
    index: PackedIndex


_decode_division = msgspec.msgpack.Decoder(_Packed).decode


class DocumentParts:
    """The parts of a document. `left` is what its pieces say to all parts, `counts` how many entries each part has."""

    def __init__(self, document: Bytes, table: Pieces, packed: bytes) -> None:
        division = _decode_division(packed)
        self.left = division.left
        self.counts = division.counts
        self._parts = division.parts
        self._places = Places(document, table, division.places)
        self._entries = division.entries
        self._index = division.index

    def __len__(self) -> int:
        return len(self.counts)

    def document(self, number: int) -> BinaryIO:
        """Return a part. Raises Doubtful when it is not well-formed."""
        found = smaller(self._places, array("L", self._parts[number]))
        self._places.forget()
        return found

    def index(self, fingerprints: Sequence[bytes]) -> PackedIndex:
        """Return the index of the document, with the fingerprints of its entries, in its order."""
        starts = range(0, len(self._entries), DIGEST_BYTES)
        digests = [self._entries[at : at + DIGEST_BYTES] for at in starts]
        return replace(self._index, fingerprints=dict(zip(digests, fingerprints, strict=True)))


def division_of(document: Bytes, table: Pieces) -> bytes:
    """Return how a document is divided, as bytes of which DocumentParts are made; none when it cannot be told by its
    tags what belongs together, or it would be one part."""
    try:
        index, places = scanned_whole(document, table)
    except Doubtful:
        return b""
    parts, counts = _divided(index, places, table)
    if len(parts) < 2:
        return b""
    entries = b"".join(piece.digest for piece in index.pieces if piece.kind in table.entries)
    return _encode(Division(parts, counts, left_of(index.pieces, table), places.kept(), entries, index))


def _divided(index: Index, places: Places, table: Pieces) -> tuple[list[bytes], list[int]]:
    """The numbers of the pieces of each part, and how many entries it has."""
    found_by = _numbers_by_name(index.pieces)
    parts: list[bytes] = []
    counts: list[int] = []

    def add(numbers: set[int], entries: int) -> None:
        parts.append(array("L", sorted(numbers)).tobytes())
        counts.append(entries)

    numbers: set[int] = set()
    entries = size = 0
    for number, piece in enumerate(index.pieces):
        if piece.kind not in table.entries:
            continue
        more = _all_led_to_by(number, index.pieces, found_by) - numbers
        numbers |= more
        entries += 1
        size += sum(map(places.length, more))
        if size > PART_BYTES:
            add(numbers, entries)
            numbers, entries, size = set(), 0, 0
    if entries:
        add(numbers, entries)
    if index.alone:
        add({one for number in index.alone for one in _all_led_to_by(number, index.pieces, found_by)}, 0)
    return parts, counts


def _numbers_by_name(pieces: Sequence[DocumentPiece]) -> dict[str, list[int]]:
    """The numbers of the pieces that a name finds, or that tell of it."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        for name in (*piece.found_by, *piece.tells_of):
            found[name].append(number)
    return found


def _all_led_to_by(number: int, pieces: Sequence[DocumentPiece], found_by: Mapping[str, list[int]]) -> set[int]:
    """The numbers of a piece and of all that it leads to, directly or by others."""
    found = {number}
    fresh = [number]
    while fresh:
        piece = pieces[fresh.pop()]
        for name in (*piece.leads_to, *piece.shared):
            for other in found_by.get(name, ()):
                if other not in found:
                    found.add(other)
                    fresh.append(other)
    return found
