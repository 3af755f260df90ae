"""A record as the bytes that ledgers and memory hold: its JSON, as published, compressed."""

import msgspec
import zstandard

from syncd.core.model import Record

_JSON_BYTES_MAX = 64_000_000
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Record)


def pack(record: Record) -> bytes:
    return pack_json(_encoder.encode(record))


def pack_json(json: bytes) -> bytes:
    # A compressor is cheap to make and must not be shared between threads.
    return zstandard.ZstdCompressor(level=3, write_checksum=False).compress(json)


def unpack_json(body: bytes) -> bytes:
    """The record's JSON, as published."""
    return zstandard.ZstdDecompressor().decompress(body, max_output_size=_JSON_BYTES_MAX)


def unpack(body: bytes) -> Record:
    return decode(unpack_json(body))


def decode(json: bytes) -> Record:
    return _decoder.decode(json)
