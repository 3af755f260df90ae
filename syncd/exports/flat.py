"""CSV (RFC 4180, UTF-8), one record a row; several values of a field stand in one cell, parted by ` | `.

A cell that a spreadsheet would take for a formula begins with an apostrophe. The last columns say where a row is from:
its digest, and the commit and document of its list.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping

from syncd.core.model import Address, Identifier, Listing, Name, PartialDate, Place, Record
from syncd.exports import ftm_values as values
from syncd.exports.listing import ExportEntry, ListNote

BETWEEN = " | "
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _names(record: Record, *, weak: bool) -> Iterable[str]:
    rest = [name for name in record.names if name is not record.names[0]] if record.names else []
    return (_name(name) for name in rest if (name.strength == "weak") is weak)


def _name(name: Name) -> str:
    return f"{name.full} (formerly)" if name.kind == "former" else name.full


def _place(place: Place | Address) -> str:
    return ", ".join(part for part in (values.address_text(place), place.country) if part)


def _number(number: Identifier) -> str:
    kind = number.label or number.type
    where = f" ({number.country})" if number.country else ""
    return f"{kind}: {number.value}{where}"


def _date(published: PartialDate) -> str:
    return values.date_words(published)


def _of_listings(read: Callable[[Listing], Iterable[str | None]]) -> Callable[[Record], Iterable[str | None]]:
    return lambda record: (value for listing in record.listings for value in read(listing))


COLUMNS: Mapping[str, Callable[[Record], Iterable[str | None]]] = {
    "key": lambda record: (record.key,),
    "feed": lambda record: (record.feed,),
    "kind": lambda record: (record.kind,),
    "name": lambda record: (name.full for name in record.names[:1]),
    "aliases": lambda record: _names(record, weak=False),
    "weak_aliases": lambda record: _names(record, weak=True),
    "birth_dates": lambda record: map(_date, record.birth_dates),
    "birth_places": lambda record: map(_place, record.birth_places),
    "nationalities": lambda record: (*record.nationalities, *record.citizenships),
    "countries": lambda record: record.countries,
    "genders": lambda record: record.genders,
    "positions": lambda record: (*record.titles, *record.positions),
    "addresses": lambda record: map(_place, record.addresses),
    "identifiers": lambda record: map(_number, record.identifiers),
    "lists": _of_listings(lambda listing: (listing.list,)),
    "programmes": _of_listings(lambda listing: listing.programmes),
    "measures": _of_listings(lambda listing: listing.measures),
    "measure_types": _of_listings(lambda listing: listing.measure_types),
    "listed_on": _of_listings(lambda listing: (listing.listed_on,)),
    "effective_on": _of_listings(lambda listing: (listing.effective_on,)),
    "ends_on": _of_listings(lambda listing: (listing.ends_on,)),
    "reasons": lambda record: record.reasons,
    "remarks": lambda record: record.remarks,
    "completeness": lambda record: (record.completeness,),
}
FROM_COLUMNS = ("digest", "commit", "document")


def header_line() -> bytes:
    """Return the first line: the names of the columns."""
    return csv_line((*COLUMNS, *FROM_COLUMNS))


def record_row(entry: ExportEntry, note: ListNote) -> bytes:
    """Return the row of a record."""
    cells = (BETWEEN.join(dict.fromkeys(filter(None, read(entry.record)))) for read in COLUMNS.values())
    return csv_line((*cells, entry.digest, str(note.commit), note.document or ""))


def csv_line(cells: Iterable[str]) -> bytes:
    """Return one line of CSV in UTF-8. A cell that begins as a formula does is escaped."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(map(_harmless, cells))
    return line.getvalue().encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
