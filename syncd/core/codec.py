"""A record as the bytes that ledgers and memory hold: its JSON, as published, compressed."""

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
    return pack_json(_encoder.encode(record))


def pack_json(json: bytes) -> bytes:
    # A compressor must not be shared between threads.
    return packer()(json)


def packer() -> Callable[[bytes], bytes]:
    """`pack_json` for many records, one after the other: making a compressor costs more than a record does."""
    compress = zstandard.ZstdCompressor(level=3, write_checksum=False).compress
    # Copied, because the compressor's own result keeps the room of the whole record.
    return lambda json: bytes(memoryview(compress(json)))


def unpack_json(body: bytes) -> bytes:
    """The record's JSON, as published."""
    return unpacker()(body)


def unpacker() -> Callable[[bytes], bytes]:
    """`unpack_json` for many records, one after the other."""
    return partial(zstandard.ZstdDecompressor().decompress, max_output_size=_JSON_BYTES_MAX)


def unpack_record(body: bytes) -> Record:
    return decode(unpack_json(body))


def decode(json: bytes) -> Record:
    return _decode(json)
