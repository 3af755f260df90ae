"""Compression of many small texts that are alike, so that they can be kept in memory.

A document whose entries can be joined only at its end has to be kept until then: 80 MB for the largest list. Linking
keeps the features of each record for as long as the record exists.
"""

from typing import Self

import zstandard

SAMPLE_BYTES = 1 << 16
LEVEL = 1


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
