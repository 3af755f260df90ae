"""The forms in which a list streams: a line or so at its head, one for each list in it, the rest for each record."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from syncd.exports import flat, ftm, ndjson
from syncd.exports.listing import MAPPING_VERSION, ExportEntry, ListFacts, ListNote


class ExportForm(Struct, frozen=True, kw_only=True):
    """One form. `suffix` ends the name of a file in it, `media` is its content type. `version` rises when the same
    records give other bytes; a form of version 0 has the records as they are."""

    suffix: str
    media: str
    lines: Callable[[ExportEntry, ListNote, ListFacts], bytes]
    head: Callable[[], bytes] = bytes
    note: Callable[[ListNote], bytes] = lambda _: b""
    version: int = MAPPING_VERSION


def _ftm_lines(entry: ExportEntry, _: ListNote, facts: ListFacts) -> bytes:
    return b"".join(map(ftm.entity_line, ftm.entities(entry.record, facts)))


def _record_line(entry: ExportEntry, _: ListNote, __: ListFacts) -> bytes:
    return ndjson.ndjson_line(entry)


def _record_row(entry: ExportEntry, note: ListNote, _: ListFacts) -> bytes:
    return flat.record_row(entry, note)


FORMS: Final[Mapping[str, ExportForm]] = {
    "ndjson": ExportForm(
        suffix="ndjson",
        media="application/x-ndjson",
        note=ndjson.note_line,
        lines=_record_line,
        version=0,
    ),
    "csv": ExportForm(
        suffix="csv",
        media="text/csv",
        head=flat.header_line,
        lines=_record_row,
    ),
    "ftm": ExportForm(suffix="ftm.json", media="application/json+ftm", lines=_ftm_lines),
}
