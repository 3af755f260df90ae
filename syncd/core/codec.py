"""The packed form of a record: its JSON, as published, compressed with zstd. Ledgers and memory hold records so."""

from collections.abc import Callable
from functools import partial

import msgspec
import zstandard

from syncd.core.model import Record
from syncd.core.tolerant import tolerating

_JSON_BYTES_MAX = 64_000_000
_encoder = msgspec.json.Encoder()
_decode = tolerating(msgspec.json.Decoder(Record))


def pack_record(record: Record) -> bytes:
    """Return `record` packed."""
    return pack_json(_encoder.encode(record))


def pack_json(json: bytes) -> bytes:
    """Return the record whose JSON is `json` packed."""
    # A compressor must not be shared between threads.
    return packer()(json)


def packer() -> Callable[[bytes], bytes]:
    """Return a `pack_json` for many records, one after the other: making a compressor costs more than packing a record.
    It must stay in one thread."""
    compress = zstandard.ZstdCompressor(level=3, write_checksum=False).compress
    # Copied, because the compressor's own result keeps the room of the whole record.
    return lambda json: bytes(memoryview(compress(json)))


def unpack_json(body: bytes) -> bytes:
    """Return the JSON of a packed record. Raises zstandard.ZstdError when `body` is no such frame."""
    return unpacker()(body)


def unpacker() -> Callable[[bytes], bytes]:
    """Return an `unpack_json` for many records, one after the other. It must stay in one thread."""
    return partial(zstandard.ZstdDecompressor().decompress, max_output_size=_JSON_BYTES_MAX)


def unpack_record(body: bytes) -> Record:
    """Return the record that `body` packs. Raises zstandard.ZstdError, msgspec.MsgspecError."""
    return decode(unpack_json(body))


def decode(json: bytes) -> Record:
    """Return the record whose JSON is `json`, with words that this version does not know kept (see `core.tolerant`).
    Raises msgspec.MsgspecError."""
    return _decode(json)
