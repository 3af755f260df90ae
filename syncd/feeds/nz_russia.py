"""New Zealand's Russia Sanctions Register: one workbook, persons and entities on one sheet, ships on another."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Identifier,
    Kind,
    Listing,
    Name,
    NamePart,
    PartialDate,
    PartKind,
    Place,
    Record,
    Relation,
)
from syncd.errors import DocumentRefused, Unreadable
from syncd.feeds.contract import Feed, Header, Limits, RawEntry, Reader, Source
from syncd.formats import table, workbook
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import cells, countries, dates, identifiers, names

ID = "nz_russia"
ADDRESS = "https://www.mfat.govt.nz/assets/Countries-and-Regions/Europe/Ukraine/Russia-Sanctions-Register.xlsx"
REGISTER, SHIPS = "Russia Sanctions Register", "Ships"
REQUIRED = {
    REGISTER: ("Type", "Unique Identifier", "First name", "Last name", "Sanction Status"),
    SHIPS: ("Unique Identifier", "Name of Ship as of Date of Sanction", "IMO Number", "Sanction Status"),
}
# Sheets about goods and services, which fill most of the file and name nobody.
_NO_REGISTER = re.compile(r"trade|goods|export|import|tariff|prohibit|service|guid|note|legend", re.IGNORECASE)

_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation", "ship": "vessel"}
_PARTS: tuple[tuple[str, PartKind], ...] = (
    ("First name", "given"),
    ("Middle name(s)", "middle"),
    ("Last name", "family"),
)
_MEASURES = (
    *("Travel Ban", "Asset Freeze", "Aircraft Ban", "Ship Ban"),
    *("Service Prohibition", "Dealing with Securities"),
)
_YES = frozenset({"yes", "y", "true"})
_NO = frozenset({"no", "n", "false", "n/a", "na", "-"})
# The register has used Sanctioned alone. These would say that a sanction has ended, and then the entry is not in force.
_ENDED = re.compile(r"(?:de-?listed|removed|revoked|lifted|expired|ended|no longer sanctioned)\b", re.IGNORECASE)
# A cell that was emptied and kept a date's format holds the serial 0, which reads as midnight.
_NO_DATE = "00:00:00"
_RELATIVE = re.compile(r"(?P<type>[A-Za-z][A-Za-z \-]{2,40}?) of (?P<name>.+)", re.DOTALL)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    opened = workbook.opened(stream)
    header.published = opened.modified
    _check_sheets(opened)
    for sheet in (REGISTER, SHIPS):
        for row in table.by_header(opened.rows(sheet), required=REQUIRED[sheet], sheet=sheet):
            if not _ended(row):
                yield RawEntry(raw=sheet.encode() + b"\x1d" + row.raw, content=row)


def _check_sheets(opened: workbook.Workbook) -> None:
    missing = [sheet for sheet in (REGISTER, SHIPS) if sheet not in opened.sheets]
    if missing:
        raise DocumentRefused(f"the workbook has no sheet {' nor '.join(missing)}: it is not the register")
    for sheet in opened.sheets:
        if sheet not in REQUIRED and not _NO_REGISTER.search(sheet) and _has_identifiers(opened, sheet):
            raise DocumentRefused(f"its sheet {sheet} has unique identifiers, and nobody reads it yet")


def _has_identifiers(opened: workbook.Workbook, sheet: str) -> bool:
    try:
        next(table.by_header(opened.rows(sheet), required=("Unique Identifier",)), None)
    except DocumentRefused:
        return False
    return True


def _ended(row: Row) -> bool:
    """Whether the row says that its entry was deleted, or that its sanction ended. Anything else is in force."""
    deleted = row.cells.get("Record Deleted Flag", "").strip().lower()
    ended = _ENDED.match(row.cells.get("Sanction Status", "").strip())
    return ended is not None or (deleted != "" and deleted not in _NO)


def record(content: Any, reading: Reading) -> Record:
    fields = RowFields(content, reading)
    reading.key = key = f"{ID}:{fields.take('Unique Identifier').strip()}"
    status = fields.take_optional("Sanction Status")
    if status and tidy(status).lower() != "sanctioned":
        reading.unknown_field("Sanction Status", status)
    fields.ignore("Record Deleted Flag", why="an entry that is deleted never gets here")
    common = {"key": key, "feed": ID, "listings": (_listing(fields, reading),)}
    return _ship(fields, reading, common) if content.sheet == SHIPS else _party(fields, reading, common)


def _ship(fields: RowFields, reading: Reading, common: dict[str, Any]) -> Record:
    name = fields.take("Name of Ship as of Date of Sanction")
    imo = fields.take_optional("IMO Number")
    number = reading.text("IMO Number", identifiers.imo, imo) if imo else None
    return Record(
        **common,
        kind="vessel",
        names=(Name(full=name, kind="primary", script=names.script(name)), *_aliases(fields, "Alias/Alternate Names")),
        identifiers=(Identifier(type="imo", value=number),) if number else (),
    )


def _party(fields: RowFields, reading: Reading, common: dict[str, Any]) -> Record:
    kind = _kind(fields, reading)
    fields.keep("Name of Asset")
    return Record(
        **common,
        kind=kind,
        names=(_name(fields, person=kind == "person"), *_aliases(fields, "Alias/Alternate Spellings")),
        birth_dates=_birth_dates(fields.take_optional("DOB"), reading),
        birth_places=tuple(Place(full=text) for text in _several(fields, "Place of Birth")),
        citizenships=_citizenships(fields, reading),
        positions=_filled(fields, "Title"),
        addresses=tuple(Address(full=text) for text in _filled(fields, "Address")),
        identifiers=tuple(Identifier(type="passport", value=text) for text in _several(fields, "Passport Number")),
        relations=tuple(_relation(text) for text in _several(fields, "Associates/Relatives")),
        reasons=_filled(fields, "General Rationale for Sanction"),
        remarks=_filled(fields, "Additional Information"),
    )


def _kind(fields: RowFields, reading: Reading) -> Kind:
    published = fields.take_optional("Type") or ""
    kind = _KINDS.get(tidy(published).lower())
    if kind is None:
        reading.unknown_field("Type", published)
    return kind or "unknown"


def _name(fields: RowFields, *, person: bool) -> Name:
    """A person's name in its three columns; an entity's stands in the first of them."""
    said = [(kind, value) for column, kind in _PARTS if (value := fields.take_optional(column))]
    full = names.joined(value for _, value in said)
    parts = tuple(NamePart(kind=kind, value=value) for kind, value in said) if person else ()
    return Name(full=full, kind="primary", parts=parts, script=names.script(full))


def _aliases(fields: RowFields, column: str) -> Iterator[Name]:
    for full in _several(fields, column):
        yield Name(full=full, kind="alias", script=names.script(full))


def _several(fields: RowFields, column: str) -> list[str]:
    return cells.outside_brackets(fields.take_optional(column) or "", ";")


def _filled(fields: RowFields, column: str) -> tuple[str, ...]:
    text = fields.take_optional(column)
    return (text,) if text else ()


def _birth_dates(published: str | None, reading: Reading) -> tuple[PartialDate, ...]:
    if published is None or published == _NO_DATE:
        return ()
    return reading.value("DOB", _dates, published, lambda text: (PartialDate(text=text),))


def _dates(text: str) -> tuple[PartialDate, ...]:
    """`12/03/1970`, `XX/XX/1970` (the year alone), and what `dates.partial` reads."""
    try:
        found = dates.day_first(text)
    except Unreadable:
        return dates.partial(text)
    return (found,) if found else ()


def _citizenships(fields: RowFields, reading: Reading) -> tuple[str, ...]:
    published = [
        part
        for column in ("Citizenship", "Citizenship 2", "Citizenship 3")
        for part in re.split(r"[;/]", fields.take_optional(column) or "")
    ]
    return unique(
        reading.text("Citizenship", countries.code, tidy(text)) for text in published if not countries.is_absent(text)
    )


def _relation(text: str) -> Relation:
    """`Son of …`: the tie and whose; a text in other words stands whole as the name."""
    found = _RELATIVE.fullmatch(tidy(text))
    if found is None:
        return Relation(type="associate or relative", name=text)
    return Relation(type=f"{found['type'].lower()} of", name=found["name"])


def _listing(fields: RowFields, reading: Reading) -> Listing:
    listed, added = (fields.take_optional(f"Date of {which}Sanction") for which in ("", "Additional "))
    return Listing(
        list=REGISTER,
        measures=tuple(column for column in _MEASURES if _applies(fields, column, reading)),
        listed_on=_day(listed, "Date of Sanction", reading),
        amended_on=_day(added, "Date of Additional Sanction", reading),
    )


def _day(published: str | None, column: str, reading: Reading) -> str | None:
    if published is None or published == _NO_DATE:
        return None
    return reading.text(column, _iso_or_day_first, published)


def _iso_or_day_first(text: str) -> str:
    try:
        return dates.iso_day(text)
    except Unreadable:
        return dates.day_first_day(text)


def _applies(fields: RowFields, column: str, reading: Reading) -> bool:
    said = (fields.take_optional(column) or "no").strip().lower()
    if said not in _YES | _NO:
        reading.unknown_field(column, said)
    return said in _YES


FEED = Feed(
    id=ID,
    title="Russia Sanctions Register",
    jurisdiction="NZ",
    authority="Ministry of Foreign Affairs and Trade",
    legal_basis="Russia Sanctions Act 2022; Russia Sanctions Regulations 2022",
    homepage="https://www.mfat.govt.nz/en/countries-and-regions/europe/ukraine/russian-invasion-of-ukraine/sanctions",
    id_rule=(
        "Unique Identifier as published, without white space at its ends and in its own case: `Ent-489` stays beside "
        "`ENT-102`, since nobody says that `Ent-5` and `ENT-5` are one. When the publisher mends the case, the content "
        "is the same and the record is re-keyed, not delisted."
    ),
    sources=(
        Source(
            name="register_xlsx",
            url=ADDRESS,
            vocabulary="workbook",
            expect="table",
            bytes_max=60_000_000,
            unpacked_bytes_max=600_000_000,
            timeout_seconds=240.0,
            typical_bytes=21_000_000,
            typical_seconds=30.0,
        ),
    ),
    readers={"workbook": Reader(entries=entries, record=record)},
    interval_seconds=300,
    bytes_reason=(
        "21 MB, most of it a sheet of goods. A day without conditional answers would be 6 GB; the server answers "
        "conditional requests, and then it is one document a change."
    ),
    limits=Limits(records_min=1_500, removals_max=40, rekeyed_max=30, partial_ratio=0.02),
    evidence="shape",
    quirks=(
        "Behind a bot wall that answers with an HTML page and the status 200.",
        "The register's header stands on row 11, below a legend; ships have a sheet of their own with a deleted flag.",
        "Identifiers `ENT-` and `Ent-`; the register has been re-keyed as a whole before.",
        "XX/XX/1970 is a year. Title holds positions. An emptied date cell reads as midnight.",
        "The file says when it was saved, not when it was published.",
    ),
    delay="Hours after the regulations are made.",
)
