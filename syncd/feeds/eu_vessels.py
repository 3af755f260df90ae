"""The EU's designated ships: Annex XLII of Regulation (EU) No 833/2014, which the Financial Sanctions Files lack.

The Council's own workbook has an address without edition; the Danish Maritime Authority publishes the same list as a
workbook and as a CSV whose addresses change with each edition, and are discovered on its page. All three are read by
their headers into the same columns. Rows with one IMO number are one ship, which several acts may name.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from msgspec.structs import replace

from syncd.core.model import Identifier, Listing, Name, NameKind, Record
from syncd.errors import Unreadable
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import links, table, workbook
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import dates, identifiers, name_cells, names, source_ids
from syncd.normalise.texts import tidied

ID = "eu_vessels"
LIST = "EU designated vessels"
ANNEX = "Annex XLII of Regulation (EU) No 833/2014"
PAGE = (
    "https://www.dma.dk/growth-and-framework-conditions/maritime-sanctions/general-information/eu-vessel-designations"
)
COUNCIL = "https://dk9q89lxhn3e0.cloudfront.net/EU+designated+vessels+consolidated.xlsx"
# The folder is numbered by the time of the upload.
WORKBOOK_LINK = re.compile(r"/media/(\d{6,20})/[^/]*vessels[^/]*\.xlsx$", re.IGNORECASE)
CSV_LINK = re.compile(r"/media/(\d{6,20})/[^/]*vessels[^/]*\.csv$", re.IGNORECASE)
BYTES_MAX = 5_000_000

NAME, NUMBER, DAY, ACT = "Vessel name", "IMO number", "Date of application", "Subject to"
JOURNAL = "Link to relevant EU Official Journal"
REQUIRED = (NAME, NUMBER, DAY)
# What only one of the publishers has a column for.
_LAYOUT = ((ACT, "listings.programmes"), (JOURNAL, "listings.authorities"))
# `Vessel name at designation time` of the Council's workbook; a column of it without a name counts the rows.
_NAME_COLUMN = re.compile(r"vessel name(?: at designation time\b.*)?", re.IGNORECASE | re.DOTALL)
_NAMELESS_COLUMN = re.compile(r"column \d{1,4}")
# `Bodhi (formerly Robon)`; the closing bracket is missing at times.
_FORMERLY = re.compile(r"\(\s*+formerly\s++(?P<former>[^()]++)\)?+$", re.IGNORECASE)


class _Ship(NamedTuple):
    """The rows of one ship. `has_acts`: the document has a column for the act that names the ship."""

    rows: list[Row]
    has_acts: bool


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The rows of each ship together. Raises DocumentRefused when it is not the list, or is cut off."""
    ships: dict[str, list[Row]] = {}
    for row in _rows(stream, header):
        cells = {name: value for name, value in row.cells.items() if not _counts_rows(name, value)}
        if cells.keys() & {NAME, NUMBER}:  # formulas go on below the list in rows that name no ship
            ships.setdefault(_number(row) or f"row {row.number}", []).append(replace(row, cells=cells))
    filled = {name for rows in ships.values() for row in rows for name in row.cells}
    has_acts = ACT in filled
    header.layout = tuple(path for column, path in _LAYOUT if column in filled)
    for rows in ships.values():
        rows.sort(key=_place)
        raw = b"\x1d".join((str(has_acts).encode(), *(row.raw for row in rows)))
        yield RawEntry(raw=raw, content=_Ship(rows, has_acts))


def _rows(stream: BinaryIO, header: Header) -> Iterator[Row]:
    """The rows of the CSV, or of a workbook's first sheet. Rows of other sheets are no reader's, and said."""
    head = stream.read(8)
    stream.seek(0)
    if not workbook.is_workbook(head):
        rows = table.whole_csv_rows(stream, bytes_max=BYTES_MAX)
        yield from table.by_header(rows, required=REQUIRED, spelt=_column)
        return
    opened = workbook.open_workbook(stream)
    for sheet in opened.sheets[1:]:
        if not opened.is_empty(sheet):
            header.unknown[f"rows of the sheet {sheet}"] = sum(1 for _ in opened.rows(sheet))
    yield from table.by_header(opened.rows(opened.sheets[0]), required=REQUIRED, spelt=_column)


def _column(published: str) -> str:
    name = tidied(published)
    return NAME if _NAME_COLUMN.fullmatch(name) else name


def _counts_rows(column: str, value: str) -> bool:
    return bool(_NAMELESS_COLUMN.fullmatch(column)) and value.strip().isdecimal()


def _number(row: Row) -> str:
    return "".join(source_ids.in_usual_characters(row.cells.get(NUMBER, "")).split()).upper().removeprefix("IMO")


def _place(row: Row) -> tuple[bool, str, bytes]:
    """Rows in order of their days, those without one last."""
    try:
        day = dates.day(tidied(row.cells.get(DAY, "")))
    except Unreadable:
        day = ""
    return not day, day, row.raw


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one ship. Raises MissingField when its number or its name cannot be read."""
    ship: _Ship = content
    fields = [RowFields(row, reading) for row in ship.rows]
    published = [one.take(NUMBER) for one in fields]
    key = reading.identify(ID, published[0], _canonical_id)
    number = reading.text(NUMBER, identifiers.imo, key.removeprefix(f"{ID}:"))
    return Record(
        key=key,
        feed=ID,
        kind="vessel",
        names=_once(
            name for place, one in enumerate(fields) for name in _names(one, "alias" if place else "primary", reading)
        ),
        identifiers=(Identifier(type="imo", value=number, label=NUMBER),),
        listings=unique(_listing(one, reading, has_acts=ship.has_acts) for one in fields),
    )


def _canonical_id(published: str) -> str:
    return source_ids.upper(published).removeprefix("IMO")


def _names(fields: RowFields, kind: NameKind, reading: Reading) -> Iterator[Name]:
    """The name at the time of the act, and those that the ship had before."""
    published = tidied(fields.take(NAME))
    before = _FORMERLY.search(published)
    found = name_cells.names_of_cell(published[: before.start()] if before else published, kind)
    for remark in found.remarks:
        reading.keep(NAME, remark)
    for one in found.names:
        yield Name(full=one.full, kind=one.kind, script=names.script(one.full), note=one.note)
    for former in name_cells.semicolons(before["former"]) if before else ():
        yield Name(full=former, kind="former", script=names.script(former))


def _once(found: Iterable[Name]) -> tuple[Name, ...]:
    """Each name once, of whatever kind it is said first."""
    first: dict[str, Name] = {}
    for name in found:
        first.setdefault(name.full, name)
    return names.without_repeats(first.values())


def _listing(fields: RowFields, reading: Reading, *, has_acts: bool) -> Listing:
    """A row. The only day that the list gives is that of the application, the day after the act as a rule."""
    day = reading.day(DAY, fields.take_optional(DAY))
    act = fields.take_optional(ACT)
    journal = fields.take_optional(JOURNAL)
    return Listing(
        list=LIST,
        programmes=() if act is None and has_acts else (tidied(act) if act else ANNEX,),
        authorities=(tidied(journal),) if journal else (),
        listed_on=day,
        effective_on=day,
    )


def _discover(link: re.Pattern[str]) -> Callable[[bytes, str], GateAnswer]:
    """The gate that reads the page for the newest file."""

    def read(page: bytes, url: str) -> GateAnswer:
        found = links.newest_link(page, url, link)
        return GateAnswer(token=found.token, url=found.url)

    return read


def _source(name: str, link: re.Pattern[str] | None) -> Source:
    return Source(
        name=name,
        url=PAGE if link else COUNCIL,
        vocabulary="vessels",
        expect="table",
        gates=(Gate(url=PAGE, read=_discover(link), typical_bytes=60_000, discovers=True),) if link else (),
        bytes_max=BYTES_MAX,
        unpacked_bytes_max=50_000_000,
        timeout_seconds=120.0,
        typical_bytes=60_000,
        typical_seconds=5.0,
    )


FEED = Feed(
    id=ID,
    partition=18,
    title="Designated vessels (Annex XLII of Regulation (EU) No 833/2014)",
    jurisdiction="EU",
    authority="Council of the European Union; list kept by the Danish Maritime Authority",
    legal_basis="Article 3s of Regulation (EU) No 833/2014: ban from ports and from maritime services",
    homepage="https://eur-lex.europa.eu/eli/reg/2014/833",
    id_rule=(
        "The ship's IMO number, digits alone. Rows with one number are one ship; the row of the earliest act gives the "
        "primary name, and each row a listing."
    ),
    sources=(
        _source("maritime_authority_xlsx", WORKBOOK_LINK),
        _source("maritime_authority_csv", CSV_LINK),
        _source("council_xlsx", None),
    ),
    readers={
        "vessels": Reader(
            entries=entries,
            record=record,
            shape=TableShape(header=NUMBER, id=NUMBER, names=(NAME, "Vessel name at designation time")),
            dated=False,
        )
    },
    measures=Measures(
        usual=("port_ban",),
        source=("Article 3s of Regulation (EU) No 833/2014: no access to ports and locks, and no maritime services."),
    ),
    interval_seconds=600,
    interval_reason="The page is read to discover the file; the annex grows a few times a year, with each package.",
    limits=Limits(records_min=300, removals_max=30, partial_ratio=0.05),
    evidence="excerpt",
    quirks=(
        "The Financial Sanctions Files do not hold these ships.",
        "The Danish file's address changes with each edition, and is discovered; the Council's has none of its own.",
        "Former names stand in brackets behind the name: (formerly Robon), (formerly Luna; Asher).",
        "The only day given is that from which the ban applies, as a rule the day after the act.",
        "The Danish file says in a column to which act a ship is subject (Annex XLII, or that on North Korea).",
        "The Council's workbook has dates and links that are formulas which failed, and counts its rows.",
        "A workbook says when somebody saved it, which is no date of the list: two publishers save at their own times.",
    ),
    delay="Days after the Official Journal.",
)
