"""The state of a linker as bytes, so that a new process need not compare anew what was compared before.

It may be older than the records: after resuming from it all records are put again, and what differs from it is
compared (`Linker.put` passes over the rest). State of another version of linking is of no use, nor is that of other
versions of the libraries that compare spellings; `unpack_linking` refuses it.
"""

import unicodedata
from importlib.metadata import version

import msgspec
import zstandard
from msgspec import Struct

from syncd.core.linking.evidence import Verdict

# Raised with every change of this package that can give another link, score or reason; a test keeps it so.
LINKING_VERSION = 2
_LEVEL = 3
# How MessagePack begins a `_MadeBy`, an array of two.
_HEAD = b"\x92"


class KeptPairs(Struct, frozen=True, array_like=True):
    """The pairs that may be of one target, in columns: both numbers, bits, strong, stamp of the reasons, linked."""

    ones: bytes
    others: bytes
    bits: bytes
    strong: bytes
    stamps: bytes
    linked: bytes


class KeptLinking(Struct, frozen=True, array_like=True):
    """The records by number (an empty key: a free number), their features as packed against `sample`, the index as one
    sorted column of keys and one of records, the pairs, and what people decided."""

    keys: tuple[str, ...]
    feeds: tuple[str, ...]
    marks: bytes
    features: tuple[bytes, ...]
    sample: bytes
    index_keys: bytes
    index_records: bytes
    pairs: KeptPairs
    verdicts: dict[str, dict[str, Verdict]]


class _MadeBy(Struct, frozen=True, array_like=True):
    made_by: str
    body: msgspec.Raw


def pack_linking(kept: KeptLinking) -> bytes:
    """Return `kept` as bytes that say what made them."""
    head, body = _HEAD + _encode(linking_rules()), _encode(kept)
    # One after the other: put together first, they would be 22 MB more of all lists.
    packing = zstandard.ZstdCompressor(level=_LEVEL).compressobj(size=len(head) + len(body))
    return b"".join((packing.compress(head), packing.compress(body), packing.flush()))


def unpack_linking(packed: bytes) -> KeptLinking | None:
    """Return what `pack_linking` packed; None when other rules of linking made it, or when it cannot be read."""
    try:
        envelope = _envelopes.decode(zstandard.ZstdDecompressor().decompress(packed))
        if envelope.made_by != linking_rules():
            return None
        return _kept.decode(envelope.body)
    except (zstandard.ZstdError, msgspec.MsgspecError):
        return None


def linking_rules() -> str:
    """Return all that a link depends on beside the records: the versions of linking and of what it compares with."""
    libraries = (f"{name} {version(name)}" for name in ("rapidfuzz", "anyascii"))
    return f"linking {LINKING_VERSION}, {', '.join(libraries)}, Unicode {unicodedata.unidata_version}"


_encode = msgspec.msgpack.Encoder().encode
_envelopes = msgspec.msgpack.Decoder(_MadeBy)
_kept = msgspec.msgpack.Decoder(KeptLinking)
