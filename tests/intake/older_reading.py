"""The parser as a version of syncd had it that did not read genders yet."""

from typing import Any

from msgspec.structs import replace

from syncd.core import canonical, codec
from syncd.core.document import DocumentEntry, digest_of
from syncd.intake.parser_process import Parsed, parse_document


def older_reading(entry: DocumentEntry) -> DocumentEntry:
    """Return the entry without genders."""
    assert entry.body is not None
    record = replace(codec.unpack_record(entry.body), genders=())
    return replace(entry, digest=canonical.digest(record), body=codec.pack_record(record))


async def older_parse(*given: Any, **named: Any) -> Parsed:
    """Return what `parse_document` does, without genders."""
    parsed = await parse_document(*given, **named)
    read = parsed.document
    entries = {key: older_reading(entry) for key, entry in read.entries.items()}
    older = replace(read, entries=entries, note=replace(read.note, digest=digest_of(entries)))
    return replace(parsed, document=older)
