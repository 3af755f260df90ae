"""Bounds of one entry of a document, so that none stops its list."""

import msgspec
from msgspec import Struct

from syncd.core.model import Record
from syncd.errors import TooLarge

# Of the lists as they were published from 2020 to 2026 the largest
# entry has 67 kB, 1,900 tags and 2,100 attributes, the largest record 32 kB and 590 elements.
ENTRY_BYTES_MAX = 8_000_000
ENTRY_TAGS_MAX = 60_000
ENTRY_ATTRIBUTES_MAX = 20_000
RECORD_BYTES_MAX = 1_000_000
RECORD_ELEMENTS_MAX = 5_000

_encode = msgspec.json.Encoder().encode


def check_entry(raw: bytes) -> None:
    """Raise TooLarge when the bytes of an entry are more than may be read."""
    if len(raw) > ENTRY_BYTES_MAX:
        raise TooLarge(f"the entry has {len(raw):,} bytes, more than {ENTRY_BYTES_MAX:,}")
    # Before it is read: the time for an element's attributes grows with their square.
    for what, mark, most in (("tags", b"<", ENTRY_TAGS_MAX), ("attributes", b'="', ENTRY_ATTRIBUTES_MAX)):
        count = raw.count(mark)
        if count > most:
            raise TooLarge(f"the entry has {count:,} {what}, more than {most:,}")


def check_size(record: Record) -> None:
    """Raise TooLarge when a record is larger than may be said."""
    size = len(_encode(record))
    if size > RECORD_BYTES_MAX:
        raise TooLarge(f"{record.key} has {size:,} bytes, more than {RECORD_BYTES_MAX:,}")
    # An element takes three bytes at least, so most records need not be counted.
    elements = _elements(record) if size > 3 * RECORD_ELEMENTS_MAX else 0
    if elements > RECORD_ELEMENTS_MAX:
        raise TooLarge(f"{record.key} has {elements:,} elements, more than {RECORD_ELEMENTS_MAX:,}")


def _elements(value: object) -> int:
    """How many elements the lists in a part of a record have together."""
    if isinstance(value, tuple):
        return len(value) + sum(map(_elements, value))
    return sum(map(_elements, msgspec.structs.astuple(value))) if isinstance(value, Struct) else 0
