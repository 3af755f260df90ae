"""Reading by difference: which entries of a document must be read, when an earlier one of the list is known by its
pieces (`formats.pieces`).

An entry is a piece with all that it leads to. It is read again when one of these pieces came, went or says something
else than in the earlier document, or when nobody knows any more what its fingerprint stood for. What is read is a
smaller document: the frame, and the pieces of these entries. So the reader of the list is the same in both cases, and
finds the same entries: of those left out, their fingerprints are known.

A name (`profile 4711`) that two pieces lead to makes the order of the document count; such a document is read whole.
"""

import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import BinaryIO, NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from syncd.formats.pieces import (
    Block,
    Bytes,
    DocumentPiece,
    Doubtful,
    Pieces,
    Places,
    Tags,
    check_frame,
    check_well_formed,
    hash_of,
    namespaces_of,
    opening_of,
    scan,
)

# Where more of the pieces must be read, reading all of them takes no longer.
CHANGED_RATIO_MAX = 0.5


class Index(Struct, frozen=True, kw_only=True):
    """A document by its pieces, and by its blocks of them. `namespaces` are the declarations at its root;
    `fingerprints` those of the entries, by the hash of their piece; `alone` the numbers of the pieces that belong to no
    entry."""

    namespaces: list[bytes] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    pieces: list[DocumentPiece] = field(default_factory=list)
    fingerprints: dict[bytes, bytes] = field(default_factory=dict)


class PackedIndex(Struct, frozen=True, kw_only=True):
    """An index as it is written down: of the largest list it takes a seventh of the memory."""

    namespaces: msgspec.Raw
    blocks: msgspec.Raw
    alone: msgspec.Raw
    pieces: msgspec.Raw
    fingerprints: dict[bytes, bytes] = field(default_factory=dict)


unpack_index = msgspec.msgpack.Decoder(Index).decode


class Left(Struct, frozen=True, kw_only=True):
    """What the pieces of a document that are not read again say: by their kind, or for a kind that is asked for by a
    name, the value of the name → what that piece says."""

    said: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_name: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def says(self, kind: str) -> frozenset[str]:
        """Return what the pieces of a kind say (`PieceKind.says`)."""
        return self.said.get(kind, frozenset())

    def leading(self, kind: str) -> dict[str, str]:
        """Return the values of the name by which a kind is asked for (`PieceKind.asked_by`) → what the piece says."""
        return dict(self.by_name.get(kind, {}))


def left_of(pieces: Iterable[DocumentPiece], table: Pieces, *, named: bool = True) -> Left:
    """Return what these pieces say. Of those that are asked for by a name only where `named`: that takes most of the
    time, and only entries that are read ask for it."""
    said: dict[str, set[str]] = {name: set() for name, kind in table.kinds.items() if kind.says and not kind.asked_by}
    asked = {name: kind.asked_by for name, kind in table.kinds.items() if kind.asked_by and named}
    by_name: dict[str, dict[str, str]] = {name: {} for name in asked}
    prefixes = {name: f"{asked_by} " for name, asked_by in asked.items()}
    for piece in pieces:
        if piece.kind in said:
            said[piece.kind].add(piece.says)
        elif prefix := prefixes.get(piece.kind):
            for name in piece.leads_to:
                if name.startswith(prefix):
                    by_name[piece.kind][name.removeprefix(prefix)] = piece.says
    return Left(said={kind: frozenset(texts) for kind, texts in said.items()}, by_name=by_name)


NOTHING_LEFT = Left()


class Difference(Struct, frozen=True, kw_only=True):
    """How to read a document. `document` is what to read of it, `left` what is not in that. `entries` are all its
    entries in their order, by the hashes of their pieces; of those not in `document` the fingerprint is known.
    `is_indexed` says that the pieces are those of the earlier document."""

    document: BinaryIO
    left: Left
    entries: list[bytes]
    fingerprints: Mapping[bytes, bytes]
    pieces: list[DocumentPiece]
    blocks: list[Block]
    namespaces: list[bytes]
    alone: list[int]
    is_indexed: bool

    def index(self, read: Mapping[bytes, bytes]) -> Index:
        """Return the index of the document, with the fingerprints of the entries that were read."""
        return Index(
            namespaces=self.namespaces,
            alone=self.alone,
            blocks=self.blocks,
            pieces=self.pieces,
            fingerprints={**self.fingerprints, **read},
        )


def difference_from(document: Bytes, table: Pieces, earlier: Index, is_known: Callable[[bytes], bool]) -> Difference:
    """Return how to read `document`, of which `earlier` is an earlier version. `is_known` says of a fingerprint whether
    the entry need not be read. Raises Doubtful, also when most of it would have to be read."""
    opening = opening_of(document)
    namespaces = namespaces_of(opening)
    if namespaces != earlier.namespaces:
        raise Doubtful
    scanned = _scanned(document, table, opening, earlier)
    pieces = scanned.pieces
    fingerprints = earlier.fingerprints
    entries = [number for number, piece in enumerate(pieces) if piece.kind in table.entries]
    again = {number for number in entries if not is_known(fingerprints.get(pieces[number].digest, b""))}
    alone = earlier.alone
    # Where nothing came or went, which takes no time to see, all is as it was.
    if pieces != earlier.pieces:
        changed = _changed(earlier, scanned)
        if _is_renamed(changed, table):
            raise Doubtful
        come = {piece.digest for piece, count in changed if count > 0}
        again.update(number for number, piece in enumerate(pieces) if piece.digest in come)
        alone = _led_to_by_none_now(earlier, pieces, changed, table)
        again |= _leading_to(pieces, _touched(changed), table)
    again.update(alone)
    again = _with_all_they_lead_to(pieces, again)
    if len(again) > len(pieces) * CHANGED_RATIO_MAX:
        raise Doubtful
    digests = [pieces[number].digest for number in entries]
    read = {pieces[number].digest for number in again}
    others = (piece for number, piece in enumerate(pieces) if number not in again)
    return Difference(
        document=smaller(scanned.places, again),
        left=left_of(others, table, named=not again.isdisjoint(entries)),
        entries=digests,
        fingerprints={digest: fingerprints[digest] for digest in digests if digest not in read},
        pieces=pieces,
        blocks=scanned.blocks,
        namespaces=namespaces,
        alone=alone,
        is_indexed=pieces == earlier.pieces and scanned.blocks == earlier.blocks,
    )


def index_of(document: Bytes, table: Pieces, fingerprints: Sequence[bytes]) -> Index:
    """Return the index of a document that was read whole, with the `fingerprints` of what it has, in its order. Raises
    Doubtful when it can be no earlier version of another."""
    index, _ = scanned_whole(document, table)
    entries = [piece.digest for piece in index.pieces if piece.kind in table.entries]
    if len(entries) > len(fingerprints):
        raise Doubtful
    return replace(index, fingerprints=dict(zip(entries, fingerprints, strict=False)))


def scanned_whole(document: Bytes, table: Pieces) -> tuple[Index, Places]:
    """Return the index of a document of which no earlier one is known, without fingerprints, and the places of its
    pieces. Raises Doubtful when it can be no earlier version of another."""
    opening = opening_of(document)
    scanned = _scanned(document, table, opening, Index())
    index = Index(
        namespaces=namespaces_of(opening),
        alone=_led_to_by_none(scanned.pieces, table),
        blocks=scanned.blocks,
        pieces=scanned.pieces,
    )
    return index, scanned.places


class _Scanned(NamedTuple):
    """All pieces of a document, its blocks of them, and the places of both."""

    pieces: list[DocumentPiece]
    blocks: list[Block]
    places: Places


def _scanned(document: Bytes, table: Pieces, opening: bytes, earlier: Index) -> _Scanned:
    """The pieces of the document, those of an earlier one as they are. Raises Doubtful."""
    known = {piece.digest: piece for piece in earlier.pieces}
    known_blocks = {earlier.pieces[block.first].digest: block for block in earlier.blocks}
    tags, places = Tags(table), Places(document, table)
    pieces: list[DocumentPiece] = []
    blocks: list[Block] = []
    first = start = 0
    for span in scan(document, table, known_blocks):
        places.add(len(pieces), span)
        if span.block:
            end = span.block.first + span.block.count
            blocks.append(Block(len(pieces), span.block.count, span.block.length, span.block.digest))
            pieces += earlier.pieces[span.block.first : end]
            continue
        if span.begins:
            first, start = len(pieces), span.start
        pieces.append(known.get(span.digest) or tags.piece(document[span.start : span.end], span))
        if span.ends:
            blocks.append(Block(first, len(pieces) - first, span.end - start, hash_of(document, start, span.end)))
    places.finish(len(pieces))
    check_frame(places, opening, table)
    return _Scanned(pieces, blocks, places)


def _all_led_to(pieces: Sequence[DocumentPiece]) -> set[str]:
    """All names to which pieces lead. Raises Doubtful when two lead to the same."""
    names = set(chain.from_iterable([piece.leads_to for piece in pieces]))
    if len(names) != sum([len(piece.leads_to) for piece in pieces]):
        raise Doubtful
    return names


def _changed(earlier: Index, now: _Scanned) -> list[tuple[DocumentPiece, int]]:
    """The pieces of which there are more (how many) or fewer (below 0) than before."""
    counts = Counter([block.digest for block in now.blocks])
    former = Counter([block.digest for block in earlier.blocks])
    # Pieces in blocks of which there are as many as before need not be counted.
    same = {digest for digest, count in counts.items() if former.get(digest) == count}
    before = _outside(earlier.pieces, earlier.blocks, same)
    after = _outside(now.pieces, now.blocks, same)
    found: dict[bytes, DocumentPiece] = {piece.digest: piece for piece in (*before, *after)}
    differ = Counter([piece.digest for piece in after])
    differ.subtract([piece.digest for piece in before])
    return [(found[digest], count) for digest, count in differ.items() if count]


def _outside(pieces: list[DocumentPiece], blocks: Iterable[Block], same: Collection[bytes]) -> list[DocumentPiece]:
    """The pieces that are in none of these blocks, by their hashes."""
    found: list[DocumentPiece] = []
    place = 0
    for block in blocks:
        if block.digest in same:
            found += pieces[place : block.first]
            place = block.first + block.count
    return found + pieces[place:]


def _is_renamed(changed: Iterable[tuple[DocumentPiece, int]], table: Pieces) -> bool:
    """Whether a name by which pieces are asked for says something else than before, which those that ask do not show.
    A name that nobody has says itself."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for piece, count in changed:
        asked = table.kinds[piece.kind].asked_by
        said = after if count > 0 else before
        said |= {name: piece.says for name in piece.leads_to if asked and name.startswith(f"{asked} ")}
    own = {name: name.partition(" ")[2] for name in before.keys() | after.keys()}
    return own | before != own | after


def _touched(changed: Iterable[tuple[DocumentPiece, int]]) -> set[str]:
    """The names under which something else is found than before: other pieces, or pieces that say something else."""
    found: Counter[tuple[str, object]] = Counter()
    for piece, count in changed:
        for name in piece.found_by:
            found[name, piece.body or piece.digest] += count
        for name in piece.tells_of:
            found[name, piece.found_by] += count
    return {name for (name, _), count in found.items() if count}


def _leading_to(pieces: Sequence[DocumentPiece], names: Collection[str], table: Pieces) -> set[int]:
    """The numbers of the entries that lead to one of the names, directly or by other pieces."""
    entries: set[int] = set()
    names = set(names)
    seen: set[str] = set()
    while names:
        seen |= names
        further: set[str] = set()
        for number, piece in enumerate(pieces):
            if names.isdisjoint(piece.leads_to) and names.isdisjoint(piece.shared):
                continue
            if piece.kind in table.entries:
                entries.add(number)
            else:
                further.update(piece.found_by)
        names = further - seen
    return entries


def _led_to_by_none(pieces: Sequence[DocumentPiece], table: Pieces) -> list[int]:
    """The numbers of the pieces to which no other leads, and another could. Raises Doubtful when two pieces lead to the
    same name."""
    names = _all_led_to(pieces)
    kinds = _led_to_by_others(table)
    return [number for number, piece in enumerate(pieces) if piece.kind in kinds and names.isdisjoint(piece.found_by)]


def _led_to_by_none_now(
    earlier: Index, pieces: Sequence[DocumentPiece], changed: Iterable[tuple[DocumentPiece, int]], table: Pieces
) -> list[int]:
    """The same of a document of which an earlier one is known, and what changed in it: a sixth of the time."""
    counts: Counter[str] = Counter()
    for piece, count in changed:
        for name in piece.leads_to:
            counts[name] += count
    moved = {name for name, count in counts.items() if count}
    kinds = _led_to_by_others(table)
    come = {piece.digest for piece, count in changed if count > 0}
    # Of all others it is as it was.
    open_ones = [
        piece
        for piece in pieces
        if piece.kind in kinds and (piece.digest in come or not moved.isdisjoint(piece.found_by))
    ]
    asked = moved.union(*[piece.found_by for piece in open_ones])
    led_to = Counter([name for piece in pieces if not asked.isdisjoint(piece.leads_to) for name in piece.leads_to])
    if any(led_to[name] > 1 for name in moved):
        raise Doubtful
    alone = {earlier.pieces[number].digest for number in earlier.alone}
    alone -= {piece.digest for piece in open_ones}
    alone |= {piece.digest for piece in open_ones if not any(led_to[name] for name in piece.found_by)}
    return [number for number, piece in enumerate(pieces) if piece.digest in alone] if alone else []


def _led_to_by_others(table: Pieces) -> set[str]:
    """The kinds of pieces that make no entry, and that the names to which pieces lead can find."""
    possible = {name for kind in table.kinds.values() for name in kind.leads_to}
    return {
        name for name, kind in table.kinds.items() if name not in table.entries and possible.issuperset(kind.found_by)
    }


def _with_all_they_lead_to(pieces: Sequence[DocumentPiece], numbers: set[int]) -> set[int]:
    """The numbers of these pieces, and of all that they lead to."""
    found = set(numbers)
    seen: set[str] = set()
    fresh = numbers
    while names := {name for number in fresh for name in (*pieces[number].leads_to, *pieces[number].shared)} - seen:
        seen |= names
        fresh = {
            number
            for number, piece in enumerate(pieces)
            if not (names.isdisjoint(piece.found_by) and names.isdisjoint(piece.tells_of))
        } - found
        found |= fresh
    return found


def smaller(places: Places, numbers: Collection[int]) -> BinaryIO:
    """Return the document with these pieces alone. Raises Doubtful when it is not well-formed."""
    parts: list[bytes] = []
    wanted = set(numbers)
    for number in sorted(wanted | places.between.keys()):
        parts.append(places.between.get(number, b""))
        if number in wanted:
            parts.append(places.text(number))
    text = b"".join(parts)
    check_well_formed(text)
    return io.BytesIO(text)
