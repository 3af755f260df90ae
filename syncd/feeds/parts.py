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

from syncd.feeds.difference import Index, Left, left_of, scanned_whole, smaller
from syncd.formats.pieces import Bytes, DocumentPiece, Doubtful, Pieces

# A part is read into memory. The frame, of which each part has a copy, is a twentieth of that for the largest list.
PART_BYTES = 4_000_000

Spread = Callable[[Callable[[int], bytes], int], Iterator[bytes]]
"""`spread(work, count)`: what `work` returns for the numbers 0 … `count` - 1, in this order, whoever does it. Raises
what `work` raises, and EOFError when one that did it ended before."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Index).decode


class Parts:
    """The parts of a document. `left` is what its pieces say to all parts, `counts` how many entries each part has."""

    def __init__(self, document: Bytes, table: Pieces) -> None:
        """Raises Doubtful when it cannot be told by the tags what belongs together."""
        index, places = scanned_whole(document, table)
        self.left: Left = left_of(index.pieces, table)
        self.counts: list[int] = []
        self._places = places
        self._numbers: list[array[int]] = []
        self._entries = b"".join(piece.digest for piece in index.pieces if piece.kind in table.entries)
        # As bytes they take a seventh of the memory, which each of the processes has.
        self._index = _encode(index)
        self._divide(index, table)

    def __len__(self) -> int:
        return len(self.counts)

    def document(self, number: int) -> BinaryIO:
        """Return a part. Raises Doubtful when it is not well-formed."""
        return smaller(self._places, self._numbers[number])

    def index(self, fingerprints: Sequence[bytes]) -> Index:
        """Return the index of the document, with the fingerprints of its entries, in its order."""
        index = _decode(self._index)
        size = len(self._entries) // len(fingerprints) if fingerprints else 1
        digests = [self._entries[at : at + size] for at in range(0, len(self._entries), size)]
        return msgspec.structs.replace(index, fingerprints=dict(zip(digests, fingerprints, strict=True)))

    def _divide(self, index: Index, table: Pieces) -> None:
        found_by = _numbers_by_name(index.pieces)
        numbers: set[int] = set()
        entries = size = 0
        for number, piece in enumerate(index.pieces):
            if piece.kind not in table.entries:
                continue
            more = _all_led_to_by(number, index.pieces, found_by) - numbers
            numbers |= more
            entries += 1
            size += sum(map(self._places.length, more))
            if size > PART_BYTES:
                self._add(numbers, entries)
                numbers, entries, size = set(), 0, 0
        if entries:
            self._add(numbers, entries)
        if index.alone:
            alone = {one for number in index.alone for one in _all_led_to_by(number, index.pieces, found_by)}
            self._add(alone, 0)

    def _add(self, numbers: set[int], entries: int) -> None:
        self._numbers.append(array("L", sorted(numbers)))
        self.counts.append(entries)


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


def one_after_another(work: Callable[[int], bytes], count: int) -> Iterator[bytes]:
    """The Spread of a process alone."""
    return map(work, range(count))


def parts_of(document: Bytes, table: Pieces) -> Parts | None:
    """Return the parts of a document; None when it cannot be told what they are, or there is one only."""
    try:
        parts = Parts(document, table)
    except Doubtful:
        return None
    return parts if len(parts) > 1 else None
