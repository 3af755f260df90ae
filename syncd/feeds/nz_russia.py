"""New Zealand's Russia Sanctions Register: one workbook, persons and entities on one sheet, ships on another."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from msgspec.structs import replace

from syncd.core.model import (
    Address,
    Identifier,
    Kind,
    Listing,
    Name,
    NameKind,
    NamePart,
    PartialDate,
    PartKind,
    Place,
    Record,
    Relation,
)
from syncd.errors import DocumentRefused, MissingField, Unreadable
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.feeds.measures import Terms
from syncd.formats import table, workbook
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import (
    cells,
    company_imo,
    countries,
    dates,
    identifiers,
    name_cells,
    name_lists,
    names,
    numbers,
    places,
    source_ids,
)
from syncd.normalise.texts import tidied
from syncd.normalise.words import TRUTH

ID = "nz_russia"
ADDRESS = "https://www.mfat.govt.nz/assets/Countries-and-Regions/Europe/Ukraine/Russia-Sanctions-Register.xlsx"
REGISTER, SHIPS = "Russia Sanctions Register", "Ships"
REQUIRED = {
    REGISTER: ("Type", "Unique Identifier", "First name", "Last name", "Sanction Status"),
    SHIPS: ("Unique Identifier", "Name of Ship as of Date of Sanction", "IMO Number", "Sanction Status"),
}
# Sheets about goods and services, which fill most of the file and name nobody.
_NO_REGISTER = re.compile(r"trade|goods|export|import|tariff|prohibit|service|guid|note|legend", re.IGNORECASE)

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("individual", "person"), "person"),
    **dict.fromkeys(("entity", "organisation", "organization", "company", "bank"), "organisation"),
    **dict.fromkeys(("ship", "vessel"), "vessel"),
    "aircraft": "aircraft",
}
# A letter typed twice is one: `Indiividual`.
_AGAIN = re.compile(r"(.)\1+")
_PARTS: tuple[tuple[str, PartKind], ...] = (
    ("First name", "given"),
    ("Middle name(s)", "middle"),
    ("Last name", "family"),
)
_MEASURES = (
    *("Travel Ban", "Asset Freeze", "Aircraft Ban", "Ship Ban"),
    *("Service Prohibition", "Dealing with Securities"),
)
_MEASURE_TERMS: Terms = (
    (re.compile("Travel Ban"), ("travel_ban",)),
    (re.compile("Asset Freeze"), ("asset_freeze",)),
    (re.compile("Ship Ban"), ("port_ban",)),
    (re.compile("Securities"), ("capital_market",)),
    (re.compile("Aircraft Ban|Service Prohibition"), ("other",)),
)
_NOTHING = frozenset({"n/a", "na", "-", "--", "none", "nil", "unknown", "not known", "tbc"})
_APPLIES: dict[str, bool] = {
    **{word: applies for word, applies in TRUTH.items() if not word.isdecimal()},
    **dict.fromkeys(("n/a", "na", "-", "none", "nil"), False),
}
# Whether a record was deleted. Only these words say it; of any other word the record stays in force, and it is said.
_DELETED: dict[str, bool] = {
    **dict.fromkeys(("yes", "y", "true", "1", "deleted", "removed"), True),
    **dict.fromkeys(("no", "n", "false", "n/a", "na", "-"), False),
}
# The register has used Sanctioned alone. These words, with a date or without, say that a sanction has ended, and then
# the entry is not in force. Any other text decides nothing: `Lifted: travel ban. Asset freeze continues`.
_ENDED = re.compile(
    r"(?:sanctions?\s++)?(?:de-?listed|removed|revoked|lifted|expired|ended|no longer sanctioned)"
    r"(?:\s*+[-–:,(]?\s*+(?:(?:on|from|as of|in)\s++)?(?:\d{1,2}[\s/.-]\s*+)?(?:(?:[a-z]{3,9}|\d{1,2})[\s/.,-]*+)?"
    r"\d{4}(?:-\d\d-\d\d)?(?: 00:00:00)?\s*+\)?)?\.?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"[1-9]\d{4}(?:\.0+)?", re.ASCII)
_YEARS = re.compile(
    r"(?:xx|dd|--|00)[/.\-](?:xx|mm|--|00)[/.\-](?P<first>\d{4})\s*[-–/]\s*(?P<last>\d{4})", re.IGNORECASE
)
# A cell that was emptied and kept a date's format holds the serial 0, which reads as midnight.
_NO_DATE = "00:00:00"
_QUOTES = " '\"‘’“”"
_RELATIVE = re.compile(r"(?P<type>[A-Za-z][A-Za-z \-]{2,40}?) of (?P<name>.+)", re.DOTALL)


class _RegisterRow(NamedTuple):
    """A row, and whose name stands among its relatives: name → key, where exactly one record has it."""

    row: Row
    relatives: Mapping[str, str]


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    opened = workbook.open_workbook(stream)
    header.published = opened.modified
    _check_sheets(opened)
    rows = [row for sheet in (REGISTER, SHIPS) for row in _rows(opened, sheet) if not _ended(row)]
    index = _by_name(rows)
    for row in rows:
        relatives = _relatives(row, index)
        known = "".join(f"\x1d{name}\x1f{key}" for name, key in sorted(relatives.items()))
        raw = row.sheet.encode() + b"\x1d" + row.raw + known.encode()
        yield RawEntry(raw=raw, content=_RegisterRow(row, relatives))


def _rows(opened: workbook.Workbook, sheet: str) -> Iterator[Row]:
    return table.by_header(opened.rows(sheet), required=REQUIRED[sheet], sheet=sheet)


def _by_name(rows: Iterable[Row]) -> Mapping[str, set[str]]:
    """The keys of the records that have a name, by the name without letter case."""
    found: dict[str, set[str]] = {}
    for row in rows:
        parts = [row.cells.get(column, "") for column, _ in _PARTS]
        key = _key(row)
        for name in {names.join_parts(parts), names.join_parts((parts[0], parts[2]))}:
            if name and key:
                found.setdefault(tidied(name).casefold(), set()).add(key)
    return found


def _key(row: Row) -> str | None:
    """The key of a row; None where it can have none, which is said when the row itself is read."""
    try:
        return f"{ID}:{source_ids.upper(row.cells.get('Unique Identifier', ''))}"
    except MissingField:
        return None


def _relatives(row: Row, index: Mapping[str, set[str]]) -> Mapping[str, str]:
    told = [_relation(text).name or "" for text in _texts(row.cells.get("Associates/Relatives"))]
    keys = {name: index.get(name.casefold(), set()) for name in told}
    return {name: min(found) for name, found in keys.items() if len(found) == 1}


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
    deleted = _DELETED.get(tidied(row.cells.get("Record Deleted Flag", "")).casefold(), False)
    return deleted or _ENDED.fullmatch(tidied(row.cells.get("Sanction Status", ""))) is not None


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry: _RegisterRow = content
    fields = RowFields(entry.row, reading)
    key = reading.identify(ID, fields.take("Unique Identifier"), source_ids.upper)
    status = fields.take_optional("Sanction Status")
    if status and tidied(status).casefold() != "sanctioned":
        reading.unknown_field("Sanction Status", status)
    reading.word("Record Deleted Flag", _DELETED, fields.take_optional("Record Deleted Flag"), False)
    common = {"key": key, "feed": ID, "listings": (_listing(fields, reading),)}
    ship = entry.row.sheet == SHIPS
    return _ship(fields, reading, common) if ship else _party(fields, reading, entry.relatives, common)


def _ship(fields: RowFields, reading: Reading, common: dict[str, Any]) -> Record:
    name = fields.take("Name of Ship as of Date of Sanction")
    imo = fields.take_optional("IMO Number")
    number = reading.text("IMO Number", identifiers.imo, imo) if imo else None
    return Record(
        **common,
        kind="vessel",
        names=names.without_repeats(
            (
                *_split(name, "primary", "vessel", "Name of Ship", reading),
                *_aliases(fields, "Alias/Alternate Names", "vessel", reading),
            )
        ),
        identifiers=(Identifier(type="imo", value=number),) if number else (),
    )


def _party(fields: RowFields, reading: Reading, relatives: Mapping[str, str], common: dict[str, Any]) -> Record:
    kind = _kind(fields, reading)
    primary = _names(fields, kind, reading)
    asset = fields.take_optional("Name of Asset")
    if asset and not primary and kind not in ("person", "organisation"):
        # A row about a thing alone; what a person owns is not the person's name.
        primary = [Name(full=asset, kind="primary", script=names.script(asset))]
    else:
        reading.keep("Name of Asset", asset)
    remarks = _filled(fields, "Additional Information")
    return Record(
        **common,
        kind=kind,
        names=names.without_repeats((*primary, *_aliases(fields, "Alias/Alternate Spellings", kind, reading))),
        birth_dates=_birth_dates(fields.take_optional("DOB"), reading),
        birth_places=unique(_birth_place(text) for text in _several(fields, "Place of Birth")),
        citizenships=_citizenships(fields, reading),
        positions=_filled(fields, "Title"),
        addresses=unique(_address(text) for cell in _filled(fields, "Address") for text in places.several(cell)),
        identifiers=company_imo.with_numbers_of_texts(_passports(fields, kind, reading), remarks, kind),
        relations=tuple(_keyed(_relation(text), relatives) for text in _several(fields, "Associates/Relatives")),
        reasons=_filled(fields, "General Rationale for Sanction"),
        remarks=remarks,
    )


def _kind(fields: RowFields, reading: Reading) -> Kind:
    published = fields.take_optional("Type") or ""
    word = tidied(published).casefold()
    kind = _KINDS.get(word) or _KINDS_ONCE.get(_AGAIN.sub(r"\1", word))
    if kind is None:
        reading.unknown_field("Type", published)
    return kind or "unknown"


_KINDS_ONCE = {_AGAIN.sub(r"\1", word): kind for word, kind in _KINDS.items()}


def _names(fields: RowFields, kind: Kind, reading: Reading) -> list[Name]:
    """A person's name in its three columns; an entity's stands in the first of them, with other names at times."""
    said = [(part, value) for column, part in _PARTS if (value := fields.take_optional(column))]
    full = names.join_parts(value for _, value in said)
    if kind != "person":
        return list(_split(full, "primary", kind, "First name", reading))
    parts = tuple(NamePart(kind=part, value=value) for part, value in said)
    return [Name(full=full, kind="primary", parts=parts, script=names.script(full))] if full else []


def _aliases(fields: RowFields, column: str, kind: Kind, reading: Reading) -> Iterator[Name]:
    """Names divided by semicolons, or in a cell without any by commas."""
    yield from _split(fields.take_optional(column) or "", "alias", kind, column, reading)


def _split(cell: str, name_kind: NameKind, kind: Kind, column: str, reading: Reading) -> Iterator[Name]:
    found = name_cells.names_of_cell(cell, name_kind)
    for remark in found.remarks:
        reading.keep(column, remark)
    listed = name_kind == "alias" and (kind == "person" or not any(mark in cell for mark in ";\n"))
    apart = name_lists.of_person if kind == "person" else name_lists.of_organisation
    for one in found.names:
        for full in apart(one.full) if listed else (one.full,):
            yield Name(full=full, kind=one.kind, script=names.script(full), note=one.note)


def _passports(fields: RowFields, kind: Kind, reading: Reading) -> Iterator[Identifier]:
    for text in _several(fields, "Passport Number"):
        found = numbers.numbers_of_cell(text, column="passport", kind=kind)
        if not found:
            reading.keep("Passport Number", text)
        yield from found


def _birth_place(text: str) -> Place:
    full, country = places.with_country(text)
    return Place(full=full, country=country)


def _address(text: str) -> Address:
    full, country = places.with_country(text)
    return Address(full=full, country=country)


def _several(fields: RowFields, column: str) -> list[str]:
    return _texts(fields.take_optional(column))


def _texts(cell: str | None) -> list[str]:
    """The values of a cell that divides them by semicolons or lines."""
    lines = [line for line in (cell or "").splitlines() if line.strip()]
    return [tidied(text) for line in lines for text in cells.outside_brackets(line, ";")]


def _filled(fields: RowFields, column: str) -> tuple[str, ...]:
    text = fields.take_optional(column)
    return (text,) if text else ()


def _birth_dates(published: str | None, reading: Reading) -> tuple[PartialDate, ...]:
    if published is None or published == _NO_DATE or tidied(published).casefold() in _NOTHING:
        return ()
    return reading.value("DOB", _dates, tidied(published), lambda text: (PartialDate(text=text),))


def _dates(text: str) -> tuple[PartialDate, ...]:
    """`12/03/1970`, `XX/XX/1970` (the year alone), `XX/XX/1967-1969`, a serial number, what `dates.partial` reads."""
    years = _YEARS.fullmatch(text)
    if years:
        return (dates.between(dates.gregorian(int(years["first"])), dates.gregorian(int(years["last"]))),)
    if _SERIAL.fullmatch(text):
        return (dates.excel_serial(float(text)),)
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
        reading.text("Citizenship", countries.code, tidied(text)) for text in published if not countries.is_absent(text)
    )


def _relation(text: str) -> Relation:
    """`Son of …`: the tie and whose; a text in other words stands whole as the name."""
    found = _RELATIVE.fullmatch(tidied(text))
    if found is None:
        return Relation(type="associate or relative", name=text.strip(_QUOTES))
    return Relation(type=f"{found['type'].lower()} of", name=found["name"].strip(_QUOTES))


def _keyed(relation: Relation, relatives: Mapping[str, str]) -> Relation:
    return replace(relation, key=relatives.get(relation.name or ""))


def _listing(fields: RowFields, reading: Reading) -> Listing:
    listed, added = (fields.take_optional(f"Date of {which}Sanction") for which in ("", "Additional "))
    return Listing(
        list=REGISTER,
        measures=tuple(column for column in _MEASURES if _applies(fields, column, reading)),
        listed_on=_day(listed, "Date of Sanction", reading),
        amended_on=_day(added, "Date of Additional Sanction", reading),
    )


def _day(published: str | None, column: str, reading: Reading) -> str | None:
    if published is None or published == _NO_DATE or tidied(published).casefold() in _NOTHING:
        return None
    return reading.text(column, _any_day, tidied(published))


def _any_day(text: str) -> str:
    if _SERIAL.fullmatch(text):
        return dates.iso_day(dates.excel_serial(float(text)).date or "")
    try:
        return dates.day_first_day(text)
    except Unreadable:
        return dates.day(text)


def _applies(fields: RowFields, column: str, reading: Reading) -> bool:
    """A word that nobody knows takes no measure away."""
    published = fields.take_optional(column)
    return reading.word(column, _APPLIES, published, True) if published else False


_SHAPE = TableShape(
    header="Unique Identifier",
    id="Unique Identifier",
    names=(
        *("First name", "Middle name(s)", "Last name", "Alias/Alternate Spellings"),
        *("Name of Ship as of Date of Sanction", "Alias/Alternate Names"),
    ),
)

FEED = Feed(
    id=ID,
    partition=11,
    title="Russia Sanctions Register",
    jurisdiction="NZ",
    authority="Ministry of Foreign Affairs and Trade",
    legal_basis="Russia Sanctions Act 2022; Russia Sanctions Regulations 2022",
    homepage="https://www.mfat.govt.nz/en/countries-and-regions/europe/ukraine/russian-invasion-of-ukraine/sanctions",
    id_rule=(
        "Unique Identifier in capitals and without blanks: `Ent-489` and `ENT-489` are one id, of which the register "
        "has never given out both."
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
    readers={"workbook": Reader(entries=entries, record=record, shape=_SHAPE)},
    measures=Measures(
        usual=("asset_freeze",),
        source=("Columns of the document, one for each sanction."),
        terms=_MEASURE_TERMS,
    ),
    interval_seconds=300,
    bytes_reason=(
        "21 MB, most of it a sheet of goods. A day without conditional answers would be 6 GB; the server answers "
        "conditional requests, and then it is one document a change."
    ),
    limits=Limits(records_min=1_500, removals_max=40, rekeyed_max=30, partial_ratio=0.02),
    parser_version=3,
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
