"""Taiwan's entity list for strategic high-tech commodities: a CSV with headers in Chinese and English."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.model import Address, Identifier, Kind, Listing, Name, Record
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import table
from syncd.formats.fields import Reading, unique
from syncd.formats.table import RowFields
from syncd.normalise import cells, countries, name_cells, names, numbers, places, source_ids

ID = "tw_shtc"
LIST = "SHTC Entity List"
PAGE = "https://www.trade.gov.tw/english/Pages/List.aspx?nodeid=298"
ADDRESS = "https://publicinfo.trade.gov.tw/icp/Download.action?file=ZgPKOWuRLCD%2B8S4%2FZhAeuw%3D%3D"
BYTES_MAX = 20_000_000
ITEM, NAME, ALIAS = "項次item", "名稱name", "別名alias"
COUNTRY, ADDRESS_COLUMN, NUMBER = "國家代碼country code", "地址address", "護照號碼ID Number"
REQUIRED = (ITEM, NAME, ALIAS)


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the rows. Raises DocumentRefused when it is not the list, or is cut off."""
    rows = table.whole_csv_rows(stream, encodings=("utf-8-sig", "cp950"), bytes_max=BYTES_MAX)
    for row in table.by_header(rows, required=REQUIRED):
        yield RawEntry(raw=row.raw, content=row)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one row. Raises MissingField when its id or name cannot be read."""
    fields = RowFields(content, reading)
    key = reading.identify(ID, fields.take(ITEM), source_ids.upper)
    said = [*_names(fields.take(NAME), reading, primary=True)]
    said += _names(fields.take_optional(ALIAS) or "", reading, primary=False)
    codes = unique(reading.text(COUNTRY, countries.code, text) for text in _several(fields, COUNTRY))
    return Record(
        key=key,
        feed=ID,
        kind="unknown",
        names=names.without_repeats(said),
        countries=codes,
        addresses=unique(_address(text) for text in _several(fields, ADDRESS_COLUMN)),
        identifiers=unique(_identifiers(fields, "unknown")),
        listings=(Listing(list=LIST),),
    )


def _several(fields: RowFields, column: str) -> list[str]:
    lines = (fields.take_optional(column) or "").splitlines()
    return [piece for line in lines for piece in cells.outside_brackets(line, ";")]


def _names(text: str, reading: Reading, *, primary: bool) -> Iterator[Name]:
    found = name_cells.names_of_cell(text, "primary" if primary else "alias")
    for remark in found.remarks:
        reading.keep(NAME if primary else ALIAS, remark)
    for one in found.names:
        yield Name(full=one.full, kind=one.kind, script=names.script(one.full), note=one.note)


def _address(text: str) -> Address:
    full, country = places.with_country(text)
    return Address(full=full, country=country)


def _identifiers(fields: RowFields, kind: Kind) -> Iterator[Identifier]:
    """The column says passport in Chinese and ID in English: which of the two a number is, is not known."""
    for text in _several(fields, NUMBER):
        yield from numbers.numbers_of_cell(text, column="other", kind=kind, label=NUMBER)


FEED = Feed(
    id=ID,
    partition=22,
    title="Entity list for strategic high-tech commodities (SHTC)",
    jurisdiction="TW",
    authority="International Trade Administration, Ministry of Economic Affairs (formerly Bureau of Foreign Trade)",
    legal_basis="Foreign Trade Act, article 13; Regulations Governing Export and Import of Strategic Commodities",
    homepage=PAGE,
    id_rule="The item's number, which the rows keep: numbers of rows that went are not given again.",
    sources=(
        Source(
            name="csv",
            url=ADDRESS,
            vocabulary="csv",
            expect="table",
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=120.0,
            typical_bytes=1_500_000,
            typical_seconds=10.0,
        ),
    ),
    readers={
        "csv": Reader(
            entries=entries, record=record, shape=TableShape(header=ITEM, id=ITEM, names=(NAME, ALIAS)), dated=False
        )
    },
    effect="export_control",
    measures=Measures(
        usual=("export_control",), source="Foreign Trade Act, article 13: a licence for exports to whom the list names."
    ),
    interval_seconds=600,
    interval_reason="Revised a few times a year; the list takes over others, which come from their own authorities.",
    limits=Limits(records_min=300, removals_max=60, rekeyed_max=60, partial_ratio=0.05),
    evidence="excerpt",
    quirks=(
        "It does not say whether a target is a person or an organisation, nor since when it is listed.",
        "Numbers of passports and of identity cards share one column.",
        "Many entries are taken over from lists of the UN, the United States and the European Union.",
    ),
    delay="Weeks after the list that an entry is taken over from.",
)
