"""The invented Treasury's register of frozen assets: a CSV, one row a target, as a newcomer would add it."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.model import Kind, Listing, Name, Record
from syncd.errors import DocumentRefused, Unreadable
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import table
from syncd.formats.fields import Reading, unique
from syncd.formats.table import RowFields
from syncd.normalise import cells, countries, dates

ID = "xx_register"
REQUIRED = ("Reference", "Type", "Name")
BYTES_MAX = 5_000_000
_KINDS: dict[str, Kind] = {"person": "person", "company": "organisation", "ship": "vessel"}


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """One row a target. A file that was cut off does not end with the end of a row."""
    body = stream.read(BYTES_MAX)
    for row in table.by_header(table.csv_rows(io.BytesIO(body)), required=REQUIRED):
        yield RawEntry(raw=row.raw, content=row)
    if not body.endswith(b"\n"):
        raise DocumentRefused("it is cut off: its last row is not ended")


def record(content: Any, reading: Reading) -> Record:
    """One row as a record, each of its columns accounted for."""
    entry = RowFields(content, reading)
    reading.key = key = f"{ID}:{entry.take('Reference').strip()}"
    entry.keep("Remarks")
    born, frozen = entry.take_optional("Born"), entry.take_optional("Frozen on")
    nationality = entry.take_optional("Nationality")
    return Record(
        key=key,
        feed=ID,
        kind=reading.value("Type", _kind, entry.take_optional("Type") or "", lambda _: "unknown"),
        names=(
            Name(full=entry.take("Name"), kind="primary"),
            *unique(Name(full=one, kind="alias") for one in _several(entry.take_optional("Other names"))),
        ),
        birth_dates=(reading.date("Born", dates.iso_date, born),) if born else (),
        nationalities=(reading.text("Nationality", countries.code, nationality),) if nationality else (),
        listings=(
            Listing(
                list="Register of Frozen Assets",
                programmes=tuple(_several(entry.take_optional("Regime"))),
                listed_on=reading.text("Frozen on", dates.iso_day, frozen) if frozen else None,
            ),
        ),
    )


def _kind(published: str) -> Kind:
    if published not in _KINDS:
        raise Unreadable(published, "not a type of target that the register has used")
    return _KINDS[published]


def _several(cell: str | None) -> list[str]:
    return [one.strip() for one in cells.outside_brackets(cell or "", ";")]


FEED = Feed(
    id=ID,
    partition=62,
    title="Register of Frozen Assets",
    jurisdiction="XX",
    authority="The invented Treasury",
    legal_basis="Frozen Assets Act 2030",
    homepage="https://treasury.example/register",
    id_rule="Reference as published.",
    sources=(
        Source(
            name="csv",
            url="https://treasury.example/register.csv",
            vocabulary="register",
            expect="table",
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            typical_bytes=200_000,
            typical_seconds=2.0,
        ),
    ),
    readers={
        "register": Reader(
            entries=entries,
            record=record,
            shape=TableShape(header="Reference", id="Reference", names=("Name", "Other names")),
            dated=False,
        )
    },
    measures=Measures(usual=("asset_freeze",), source="Frozen Assets Act 2030, section 1."),
    interval_seconds=300,
    limits=Limits(records_min=50, removals_max=20, partial_ratio=0.05),
    evidence="shape",
    quirks=("Other names are parted by semicolons.",),
    delay="The day of the decision.",
)
