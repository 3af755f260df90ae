"""Many small texts alike, kept in memory in a fraction of their size until they are asked for.

A document whose entries can be joined only at its end has to wait for it; the largest list does so in 80 MB. What
linking knows of each record stays for as long as the record does.
"""

import zstandard

SAMPLE_BYTES = 1 << 16
LEVEL = 1


class Packing:
    """Compresses pieces against some of the first, which say most of what the others say: each of them, or with `every`
    one of so many, where the first alone are not like the others. One for each kind of piece; what it packed, only it
    unpacks."""

    def __init__(self, *, every: int = 1) -> None:
        self._sample = bytearray()
        self._every = every
        self._packed = 0
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
        self._decompressor = zstandard.ZstdDecompressor()

    def pack(self, piece: bytes) -> bytes:
        packed = self._compressor.compress(piece)
        if len(self._sample) < SAMPLE_BYTES and self._packed % self._every == 0:
            self._learn(piece)
        self._packed += 1
        # Copied, because the compressor's own result keeps the room of the whole piece.
        return bytes(memoryview(packed))

    def unpack(self, packed: bytes) -> bytes:
        return self._decompressor.decompress(packed)

    def _learn(self, piece: bytes) -> None:
        """What was packed until the sample is full refers to none of it, and is unpacked all the same."""
        self._sample += piece
        if len(self._sample) < SAMPLE_BYTES:
            return
        known = zstandard.ZstdCompressionDict(bytes(self._sample), dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        known.precompute_compress(level=LEVEL)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=known, write_checksum=False)
        self._decompressor = zstandard.ZstdDecompressor(dict_data=known)
