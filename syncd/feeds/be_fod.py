"""Belgium's consolidated list: its national rows alone. The others are of the EU and the UN, which are read."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.model import Identifier, Kind, Listing, Name, NamePart, PartialDate, PartKind, Place, Record
from syncd.errors import Unreadable
from syncd.feeds import by_content
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import table
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import countries, dates, names, numbers

ID = "be_fod"
LIST = "Belgian national list of frozen funds"
ADDRESS = "https://sifi.minfin.fgov.be/public/api/consolidated-list"
BYTES_MAX = 50_000_000
LAST, FIRST, MIDDLE, WHOLE = "Lastname", "Firstname", "Middlename", "Wholename"
REGIME, KIND, REGULATION, DAY, LINKS = "Embargos", "type", "Regulation", "Publication date", "Links"
BORN, PLACE, COUNTRY, NUMBER = "Birth date", "Birth place", "Birth country", "Number"
REQUIRED = (LAST, WHOLE, REGIME, KIND, REGULATION)
_NATIONAL = "BE"
_PARTS: tuple[tuple[PartKind, str], ...] = (("given", FIRST), ("middle", MIDDLE), ("family", LAST))
_SHORT = re.compile(r"(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>\d\d)", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Of a birth, 00 … 25 are of this century: nobody on the list is younger.
_BIRTHS_FROM = 26
_KINDS: dict[str, Kind] = {"p": "person", "e": "organisation"}


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the national rows. Raises DocumentRefused when it is not the list, or is cut off."""
    rows = table.whole_csv_rows(stream, encodings=("utf-8-sig", "cp1252"), delimiter=";", bytes_max=BYTES_MAX)
    national = [row for row in table.by_header(rows, required=REQUIRED) if _is_national(row)]
    for row, id_ in zip(national, by_content.content_keys([_identity(row) for row in national]), strict=True):
        yield RawEntry(raw=row.raw + b"\x1d" + id_.encode(), content=(id_, row))


def _is_national(row: Row) -> bool:
    """Whether the regime is Belgium's own. A row of several regimes is national if one of them is."""
    return _NATIONAL in row.cells.get(REGIME, "").upper().split()


def _identity(row: Row) -> by_content.ContentIdentity:
    return by_content.ContentIdentity(
        identity=(row.cells.get(WHOLE) or " ".join(row.cells.get(name, "") for name in (FIRST, MIDDLE, LAST)),),
        apart=tuple(row.cells.get(name, "") for name in (BORN, NUMBER, DAY)),
        content=tuple(f"{name} {value}" for name, value in sorted(row.cells.items())),
    )


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one row. Raises MissingField when it has no name."""
    id_, row = content
    fields = RowFields(row, reading)
    found = tuple(_names(fields))
    whole = found or (Name(full=fields.take(WHOLE), kind="primary"),)
    reading.key = key = f"{ID}:{id_}"
    kind = reading.word(KIND, _KINDS, fields.take_optional(KIND), "unknown")
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(whole),
        birth_dates=unique(reading.date(BORN, _birth, text) for text in _several(fields, BORN)),
        birth_places=_places(fields, reading),
        genders=reading.genders("Gender", _several(fields, "Gender")),
        positions=unique(_several(fields, "Function")),
        identifiers=unique(_identifiers(fields, kind)),
        listings=(_listing(fields, reading),),
        remarks=unique(_several(fields, "Remark")),
    )


def _several(fields: RowFields, column: str) -> list[str]:
    """A cell gives a value a line."""
    return (fields.take_optional(column) or "").splitlines()


def _names(fields: RowFields) -> Iterator[Name]:
    """The parts of a person's name, and every whole name: the first one is the primary."""
    parts = [(kind, fields.take_optional(column)) for kind, column in _PARTS]
    named = tuple(NamePart(kind=kind, value=value) for kind, value in parts if value)
    joined = names.join_parts(value for _, value in parts)
    spelt = _several(fields, WHOLE) or ([joined] if joined else [])
    for place, full in enumerate(filter(str.strip, spelt)):
        yield Name(
            full=full,
            kind="alias" if place else "primary",
            parts=() if place else named,
            script=names.script(full),
        )


def _birth(published: str) -> PartialDate:
    """`28-02-87`: a year of two digits is one of the past, as `normalise.dates` says."""
    found = _SHORT.fullmatch(published.strip())
    if found:
        return dates.gregorian(_year(found["year"], from_=_BIRTHS_FROM), int(found["month"]), int(found["day"]))
    whole = dates.iso_date(published) if _ISO.fullmatch(published.strip()) else dates.day_first(published)
    if whole is None:
        raise Unreadable(published, "no date")
    return whole


def _day(published: str) -> str:
    """`08-06-26`, the day of an act; `2003-02-26` stays."""
    found = _SHORT.fullmatch(published.strip())
    return f"{found['day']}-{found['month']}-{_year(found['year'], from_=80)}" if found else published


def _year(digits: str, from_: int) -> int:
    return int(digits) + (1900 if int(digits) >= from_ else 2000)


def _places(fields: RowFields, reading: Reading) -> tuple[Place, ...]:
    places, states = _several(fields, PLACE), _several(fields, COUNTRY)
    codes = [reading.text(COUNTRY, countries.code, text) for text in states]
    if len(places) == len(codes):
        return unique(Place(full=full, country=code) for full, code in zip(places, codes, strict=True))
    return unique((*(Place(full=full) for full in places), *(Place(country=code) for code in codes)))


def _identifiers(fields: RowFields, kind: Kind) -> Iterator[Identifier]:
    """`NRN 87.02.28-000.00` is a number of the national register."""
    for text in _several(fields, NUMBER):
        if text.upper().startswith("NRN "):
            yield Identifier(type="national_id", value=text[len("NRN ") :].strip(), label="NRN", country="BE")
        else:
            yield from numbers.numbers_of_cell(text, column="other", kind=kind)


def _listing(fields: RowFields, reading: Reading) -> Listing:
    """The earliest publication put the target on the list; acts are those of the row and its links."""
    days = sorted(filter(None, (reading.day(DAY, _day(text)) for text in _several(fields, DAY))))
    return Listing(
        list=LIST,
        programmes=unique(_several(fields, REGIME)),
        authorities=unique((*_several(fields, REGULATION), *_several(fields, LINKS))),
        listed_on=days[0] if days else None,
        amended_on=days[-1] if len(days) > 1 else None,
    )


FEED = Feed(
    id=ID,
    partition=27,
    title="National list of frozen funds",
    jurisdiction="BE",
    authority="Federal Public Service Finance, Treasury",
    legal_basis="Royal Decree of 28 December 2006 on specific restrictive measures against terrorism",
    homepage="https://finance.belgium.be/en/about_fps/structure_and_services/general_administrations/treasury",
    id_rule=(
        "The list has no ids: a hash of the letters and digits of the whole name; where a name stands twice, the date "
        "of birth, the number or the day of publication is added: the first that tells them apart."
    ),
    sources=(
        Source(
            name="csv",
            url=ADDRESS,
            vocabulary="csv",
            expect="table",
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=120.0,
            typical_bytes=5_000_000,
            typical_seconds=15.0,
        ),
    ),
    readers={
        "csv": Reader(
            entries=entries,
            record=record,
            shape=TableShape(header=LAST, names=(LAST, FIRST, MIDDLE, WHOLE), only=_NATIONAL, delimiter=";"),
            dated=False,
        )
    },
    measures=Measures(usual=("asset_freeze",), source="Royal Decree of 28 December 2006, article 3: funds are frozen."),
    interval_seconds=600,
    interval_reason="National decisions are published in the Official Gazette first, a few times a year.",
    limits=Limits(records_min=5, removals_max=20, partial_ratio=0.05),
    parser_version=2,
    evidence="shape",
    on_by_default=False,
    quirks=(
        "Rows of the EU and the UN stand in the same file, under their own regimes, and are not read here.",
        "Several values of a cell stand on lines of their own.",
        "Years have two digits, but for some days of publication (2003-02-26).",
    ),
    delay="A day after the Official Gazette.",
)
