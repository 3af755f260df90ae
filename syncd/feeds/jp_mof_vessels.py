"""Japan's ships under regulation of services: a CSV of IMO numbers, discovered on the page of the asset freezes.

The list names no ship: its number is all that it says, and stands for the name.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.canonical import text as tidy
from syncd.core.model import Identifier, Listing, Name, Record
from syncd.feeds import jp_mof
from syncd.feeds.contract import Feed, Gate, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.feeds.jp import cells
from syncd.feeds.jp.rows import ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER, SECTION, header_as_spelt, is_removed
from syncd.formats import table
from syncd.formats.fields import Reading
from syncd.formats.table import RowFields
from syncd.normalise import identifiers, source_ids

ID = "jp_mof_vessels"
LIST = "役務規制等の対象船舶"
LINK = re.compile(r"/ekimukisei_IMOnumber_(\d{8})[\w-]*\.csv$", re.IGNORECASE)
BYTES_MAX = 5_000_000
IMO = "IMO番号"
REQUIRED = (SECTION, ID_NUMBER, NOTICE_DATE, IMO)


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the rows in force. Raises DocumentRefused when it is not the list, or is cut off."""
    rows = table.whole_csv_rows(stream, encodings=("utf-8-sig", "cp932"), bytes_max=BYTES_MAX)
    for row in table.by_header(rows, required=REQUIRED, spelt=header_as_spelt):
        if not is_removed(row):
            yield RawEntry(raw=row.raw, content=row)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one row. Raises MissingField when its id or the ship's number cannot be read."""
    fields = RowFields(content, reading)
    key = reading.identify(ID, fields.take(ID_NUMBER), source_ids.upper)
    published = source_ids.in_usual_characters(fields.take(IMO))
    number = reading.text(IMO, identifiers.imo, published)
    fields.ignore(SECTION, why="the first digits of the number, which are no part of what is published of the target")
    fields.ignore(NOTICE_NUMBER, why="the last digits of the number")
    return Record(
        key=key,
        feed=ID,
        kind="vessel",
        names=(Name(full=f"IMO {number}", kind="primary"),),
        identifiers=(Identifier(type="imo", value=number, label=IMO),),
        listings=(_listing(fields, reading),),
    )


def _listing(fields: RowFields, reading: Reading) -> Listing:
    published = fields.take_optional(NOTICE_DATE) or ""
    days, rest = cells.notice_days(published)
    if rest:
        reading.unreadable.append(NOTICE_DATE)
        reading.keep(NOTICE_DATE, tidy(published))
    return Listing(list=LIST, listed_on=days[0] if days else None, amended_on=days[-1] if len(days) > 1 else None)


FEED = Feed(
    id=ID,
    partition=20,
    title="Ships to which no services may be given (役務規制)",
    jurisdiction="JP",
    authority="Ministry of Finance, International Bureau",
    legal_basis="Foreign Exchange and Foreign Trade Act (外国為替及び外国貿易法), article 25",
    homepage=jp_mof.PAGE,
    id_rule="番号 of the CSV (`001-000001`): the section's number and the row's within it.",
    sources=(
        Source(
            name="list_csv",
            url=jp_mof.PAGE,
            vocabulary="csv",
            expect="table",
            gates=(Gate(url=jp_mof.PAGE, read=jp_mof.discover(LINK), typical_bytes=60_000, discovers=True),),
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=60.0,
            typical_bytes=20_000,
            typical_seconds=2.0,
        ),
    ),
    readers={
        "csv": Reader(
            entries=entries,
            record=record,
            shape=TableShape(header=IMO, id=ID_NUMBER, names=(IMO,)),
            dated=False,
        )
    },
    measures=Measures(
        usual=("other",),
        source=("Foreign Exchange and Foreign Trade Act, article 25: services to the ships, and trade by them."),
    ),
    interval_seconds=600,
    interval_reason="The file is discovered on a page of the ministry, which changes a few times a month.",
    limits=Limits(records_min=2, removals_max=10, partial_ratio=0.05),
    evidence="excerpt",
    quirks=(
        "First seen on 2026-10-02. The list of asset freezes does not hold these ships.",
        "No ship has a name: IMO and its number stand for one.",
        "The file is discovered on the page of the asset freezes; its name carries its date.",
        "The document does not say under which programme a ship is named.",
    ),
    delay="Within a day of the notice in the Official Gazette.",
)
