"""zstd streams, read to their stated end: the library's own readers take a truncated stream for a shorter one.

A stream is a sequence of frames. A frame is a header, blocks of which the last is marked, and perhaps a checksum (RFC
8878, 3.1).
"""

import io
from collections.abc import Iterator
from typing import BinaryIO

import zstandard

PIECE_BYTES = 1 << 20
_HEADER_BYTES_MAX = 18
_BLOCK_HEADER_BYTES = 3
_CHECKSUM_BYTES = 4
_RLE = 1
_SKIPPABLE, _SKIPPABLE_HEADER_BYTES = 0x184D2A5, 8


def decompressed(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the content of `stream`, at most a megabyte at a time. The stream must be seekable: it is read twice.

    Raises EOFError when it ends inside a frame or has none, zstandard.ZstdError when it is not zstd.
    """
    begin = stream.tell()
    _check_whole(stream)
    stream.seek(begin)
    unpacked = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True, closefd=False)
    while piece := unpacked.read(PIECE_BYTES):
        yield piece


def _check_whole(stream: BinaryIO) -> None:
    place = stream.tell()
    end = stream.seek(0, io.SEEK_END)
    if place == end:
        raise EOFError("it is empty")
    while place < end:
        stream.seek(place)
        head = stream.read(_HEADER_BYTES_MAX)
        place += _skippable_bytes(head) or _frame_bytes(stream, place, head)
    if place > end:
        raise EOFError("it is cut off")


def _skippable_bytes(head: bytes) -> int:
    """Return the length of a skippable frame (RFC 8878, 3.1.2); 0 when `head` begins another kind of frame."""
    if len(head) < _SKIPPABLE_HEADER_BYTES or int.from_bytes(head[:4], "little") >> 4 != _SKIPPABLE:
        return 0
    return _SKIPPABLE_HEADER_BYTES + int.from_bytes(head[4:8], "little")


def _frame_bytes(stream: BinaryIO, begin: int, head: bytes) -> int:
    """The length of the frame that begins with `head`, as its blocks state it."""
    place = begin + zstandard.frame_header_size(head)
    while True:
        stream.seek(place)
        header = stream.read(_BLOCK_HEADER_BYTES)
        if len(header) < _BLOCK_HEADER_BYTES:
            raise EOFError("it is cut off")
        stated = int.from_bytes(header, "little")
        place += _BLOCK_HEADER_BYTES + (1 if stated >> 1 & 3 == _RLE else stated >> 3)
        if stated & 1:
            break
    return place - begin + (_CHECKSUM_BYTES if zstandard.get_frame_parameters(head).has_checksum else 0)
