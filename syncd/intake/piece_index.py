"""Where the pieces of the last document of a list are kept: one file a feed and vocabulary, beside the documents that
are being read.

The file only saves time. One that is missing, damaged, or written by another version of the parser or of the table of
pieces is as none: then the document is read whole, and the file written anew.
"""

import hashlib
import secrets
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import force_setattr

from syncd.feeds.contract import Feed
from syncd.feeds.difference import Index, PackedIndex, unpack_index

_HASH_BYTES = 32
SUFFIX = ".pieces"
_encode = msgspec.msgpack.Encoder().encode


def load_index(folder: Path, feed: Feed, vocabulary: str) -> Index:
    """Return the index of the last document that was read; an empty one when there is none."""
    try:
        content = _file(folder, feed, vocabulary).read_bytes()
        payload = memoryview(content)[_HASH_BYTES:]
        if content[:_HASH_BYTES] != _seal(feed, vocabulary, payload):
            return Index()
        index = unpack_index(payload)
    except (OSError, msgspec.MsgspecError):
        return Index()
    for piece in index.pieces:
        # One text for all pieces of a kind: a text for each takes 5 MB of the largest list.
        force_setattr(piece, "kind", sys.intern(piece.kind))
    return index


def save_index(folder: Path, feed: Feed, vocabulary: str, index: Index | PackedIndex) -> None:
    """Keep the index for the next document; a disk that does not take it costs time alone."""
    file = _file(folder, feed, vocabulary)
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    payload = _encode(index)
    try:
        with part.open("xb") as target:
            target.write(_seal(feed, vocabulary, payload))
            target.write(payload)
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _file(folder: Path, feed: Feed, vocabulary: str) -> Path:
    return folder / f"{feed.id}.{vocabulary}{SUFFIX}"


def _seal(feed: Feed, vocabulary: str, payload: bytes | memoryview) -> bytes:
    """The hash of an index and of all that it depends on beside the document."""
    table = msgspec.json.encode(feed.readers[vocabulary].pieces, order="deterministic")
    digest = hashlib.sha256(f"{feed.id} {vocabulary} {feed.parser_version} ".encode() + table)
    digest.update(payload)
    return digest.digest()
