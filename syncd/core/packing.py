"""Compression of many small texts that are alike, so that they can be kept in memory.

A document whose entries can be joined only at its end has to be kept until then: 80 MB for the largest list. Linking
keeps the features of each record for as long as the record exists.
"""

from array import array
from typing import Self

import zstandard

SAMPLE_BYTES = 1 << 16
LEVEL = 1
# A shelf is written anew when so much of it is of pieces that were replaced.
LEFT_BEHIND_MAX = 0.25


class Packing:
    """Compresses pieces against a sample of the first ones (a raw zstd dictionary). The sample takes each of the first
    pieces, or with `every` one in so many, where the first ones are unlike the rest. Use one object for each kind of
    piece; only the object that packed a piece can unpack it."""

    def __init__(self, *, every: int = 1) -> None:
        self._sample = bytearray()
        self._every = every
        self._packed = 0
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
        self._decompressor = zstandard.ZstdDecompressor()

    @property
    def sample(self) -> bytes:
        """What was learned so far: an object that is `resumed` from it unpacks what this one packed."""
        return bytes(self._sample)

    @classmethod
    def resumed(cls, sample: bytes, *, every: int = 1) -> Self:
        """Return an object that goes on from the `sample` of another one."""
        packing = cls(every=every)
        packing._learn(sample)
        return packing

    def pack(self, piece: bytes) -> bytes:
        """Return `piece` compressed, and add it to the sample while that is not full."""
        packed = self._compressor.compress(piece)
        if len(self._sample) < SAMPLE_BYTES and self._packed % self._every == 0:
            self._learn(piece)
        self._packed += 1
        # Copied, because the compressor's own result keeps the room of the whole piece.
        return bytes(memoryview(packed))

    def unpack(self, packed: bytes) -> bytes:
        """Return the piece that `pack` compressed. Raises zstandard.ZstdError when `packed` is no such piece."""
        return self._decompressor.decompress(packed)

    def _learn(self, piece: bytes) -> None:
        """Add `piece` to the sample; once that is full, compress against it. What was packed before is unpacked all the
        same."""
        self._sample += piece
        if len(self._sample) < SAMPLE_BYTES:
            return
        known = zstandard.ZstdCompressionDict(bytes(self._sample), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        known.precompute_compress(level=LEVEL)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=known, write_checksum=False)
        self._decompressor = zstandard.ZstdDecompressor(dict_data=known)


class PieceShelf:
    """Many small pieces, by number, in one stretch of memory: objects of their own cost each as much again, and lie
    between what was needed to make them, so that it cannot be given back."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._starts = array("Q")
        self._sizes = array("I")
        self._left_behind = 0

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self._starts)

    def __getitem__(self, number: int) -> bytes:
        start = self._starts[number]
        return bytes(memoryview(self._bytes)[start : start + self._sizes[number]])

    def append(self, piece: bytes) -> None:
        """Add a piece under the next number."""
        self._starts.append(len(self._bytes))
        self._sizes.append(len(piece))
        self._bytes += piece

    def replace(self, number: int, piece: bytes) -> None:
        """Put another piece in the place of the one under `number`."""
        self._left_behind += self._sizes[number]
        self._starts[number], self._sizes[number] = len(self._bytes), len(piece)
        self._bytes += piece
        if self._left_behind > LEFT_BEHIND_MAX * len(self._bytes):
            self._write_anew()

    def _write_anew(self) -> None:
        pieces = [self[number] for number in range(len(self))]
        self._bytes, self._left_behind = bytearray(b"".join(pieces)), 0
        start = 0
        for number, piece in enumerate(pieces):
            self._starts[number] = start
            start += len(piece)
