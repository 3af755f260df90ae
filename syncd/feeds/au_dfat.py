"""Australia's Consolidated List: one sheet, a row a name, read by its header over three layouts (12, 13, 19 columns).

The rows of one reference (`8227`, `8227a`, `8227b1`) are one record, wherever they stand. Each row repeats what is
known of the target, with slips: what the rows say differently is all kept. The sheet never says which name a date of
birth belongs to but in words, which stay as notes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, BinaryIO

from msgspec.structs import replace

from syncd.core import canonical
from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Identifier,
    Kind,
    Listing,
    Name,
    NameKind,
    PartialDate,
    Place,
    Record,
    Strength,
)
from syncd.errors import DocumentRefused, MissingField, Unreadable
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, TableShape
from syncd.feeds.measures import Terms
from syncd.formats import table, workbook
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import cells, company_imo, countries, dates, identifiers, name_cells, names, numbers, places
from syncd.normalise.texts import tidied
from syncd.normalise.words import TRUTH

ID = "au_dfat"
LIST = "Australian Sanctions Consolidated List"
ADDRESS = "https://www.dfat.gov.au/sites/default/files/Australian_Sanctions_Consolidated_List.xlsx"
REQUIRED = ("Reference", "Name of Individual or Entity", "Type", "Name Type", "Committees", "Control Date")

# `08227`, `8227.0`, `8227.a` and `8227 a` are one reference, typed by hand or written by a spreadsheet.
_REFERENCE = re.compile(r"0*+(?P<base>\d{1,6})(?:\.0+)?[.\s]*(?P<name>[a-z]\w{0,5})?\.?", re.IGNORECASE)
_SHEET_DATE = re.compile(r"(?P<day>\d{1,2})[ ._-]?(?P<month>\d{2}|[A-Za-z]{3,9})[ ._-]?(?P<year>20\d\d)")
_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation", "vessel": "vessel"}
_NAME_KINDS: dict[str, NameKind] = {
    "primary name": "primary",
    "original script": "primary",
    "alias": "alias",
    "aka": "alias",
    "formerly known as": "former",
    "previously listed as": "former",
}
_STRENGTHS: dict[str, Strength | None] = {"strong": "strong", "weak": "weak"}
_MEASURES = ("Targeted Financial Sanction", "Travel Ban", "Arms Embargo", "Maritime Restriction")
_MEASURE_TERMS: Terms = (
    (re.compile("Financial Sanction"), ("asset_freeze",)),
    (re.compile("Travel Ban"), ("travel_ban",)),
    (re.compile("Arms Embargo"), ("arms",)),
    (re.compile("Maritime"), ("port_ban",)),
)
# What only the layout of 2026 has columns for.
_LAYOUT = {
    "Instrument of Designation": "listings.authorities",
    "Alias Strength": "names.strength",
    **dict.fromkeys(_MEASURES, "listings.measures"),
}
# One committee of the Security Council under the labels that the list has given it: today's label is read for all.
_COMMITTEES = {
    "1267/1989/2253 (ISIL (Da'esh) and Al-Qaida)": "1267 (ISIL (Da'esh) and Al-Qaida)",
    "1267 Committee (ISIL & Al-Qaida)": "1267 (ISIL (Da'esh) and Al-Qaida)",
    "1533 (Democratic People’s Republic of the Congo)": "1533 (Democratic Republic of the Congo)",
}
_NOTHING = frozenset({"na", "n/a", "nil", "none", "unknown", "not known", "not available", "-"})

_UN_REFERENCE = re.compile(r"(?:(?:UN )?Ref\w*(?: Number)?[:.]?\s*+)?([A-Z][A-Za-z][ie]\.\s?\d{3})\b")
_DAY = r"(?P<day>\d{1,2}(?:st|nd|rd|th)?\.?\s++[A-Za-z]{3,9}\.?\s++\d{4}|\d{1,2}\s*+/\s*+\d{1,2}\s*+/\s*+\d{4})"
_LISTED = re.compile(
    rf"(?:{_UN_REFERENCE.pattern}\s++|Resolution \d++ \(\d{{4}}\)\s++)?(?:(?:first )?listed|designated)"
    rf"(?: by (?:[^.;(]|\(\d+ Committee\)){{1,80}}?| under the [^.;(]{{1,80}}?)?(?: on:?)?\s*+{_DAY}",
    re.IGNORECASE,
)
_ABOUT_ALL = re.compile(r"(?:approximately|approx\.?|circa|about|between)\b", re.IGNORECASE)
_AGE = re.compile(r"(?:approximately\s*)?\(?\d{1,2}(?:\s*-\s*\d{1,2})? years old\)?", re.IGNORECASE)
_BETWEEN_DATES = re.compile(
    r"(?:(?<!\s)\s++)?(?:>>|\balt\.? DOB:?)\s*+|(?<=\d{4})[.\s]++(?=\d)|(?<=\))\s++(?=\d)", re.IGNORECASE
)
_DATE_AND_NOTE = (
    re.compile(r"^(?P<date>[^(]*\d)[\s,]*+\((?P<note>[^()]+)\)?", re.DOTALL),
    re.compile(r"^(?P<date>[^(]*\d)[.,]\s+(?P<note>for this aka only)", re.IGNORECASE),
)
# Slips of the publisher's keyboard that say plainly what was meant: what was typed stands in the date's note.
_ALTERNATIVE = re.compile(r"^\s*alt\.?\s+(?:POB|address|location)\s*:?\s*", re.IGNORECASE)
# A line that begins so belongs to the one before it: `Belarusian⏎SSR (Belarus)`.
_GOES_ON = re.compile(r"\(|(?:SSR|ASSR)\b")
_MISTYPED = {
    "10/061962": "10/06/1962",
    "29-Aprl-1967": "29 April 1967",
    "1965, 29 March": "29 March 1965",
    "07/05/1962; alt DOB: 07/04/62": "07/05/1962; 07/04/1962",
    "7/02/1950/11/1950 08/08/1945": "7/02/1950; 11/1950; 08/08/1945",
    "a) 1966 b) 1964 c) 1969 c) 1971": "1966; 1964; 1969; 1971",
}
_WORD = re.compile(r"[^\W_]+")
# A citizenship that the target no longer has, or that names no single country.
_NO_CITIZENSHIP = re.compile(r"withdrawn|revoked|renounced|stateless|^congolese$", re.IGNORECASE)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The rows of each reference together, in order of reference; a row without one stands alone."""
    opened = workbook.open_workbook(stream)
    header.published = opened.modified or date_of(opened.sheets)
    groups: dict[str, list[Row]] = {}
    filled: set[str] = set()
    for row in _rows(opened):
        filled |= row.cells.keys()
        groups.setdefault(_base(row) or f"row {row.number}", []).append(row)
    header.layout = tuple(sorted({path for column, path in _LAYOUT.items() if column in filled}))
    for rows in groups.values():
        rows.sort(key=_place)
        yield RawEntry(raw=b"\x1d".join(row.raw for row in rows), content=rows)


def _rows(opened: workbook.Workbook) -> Iterator[Row]:
    """The rows of the sheet with the list: the only one that is not empty."""
    filled = [sheet for sheet in opened.sheets if not opened.is_empty(sheet)]
    if len(filled) != 1:
        raise DocumentRefused(f"{len(filled)} sheets with content, where the list is the only one")
    return table.by_header(opened.rows(filled[0]), required=REQUIRED)


def date_of(sheets: Sequence[str]) -> str | None:
    """The day in the name of a sheet, as in files before 2023, whose properties say nothing."""
    for found in filter(None, map(_SHEET_DATE.search, sheets)):
        try:
            return dates.partial(f"{found['day']} {found['month']} {found['year']}")[0].date
        except Unreadable:
            continue
    return None


def _base(row: Row) -> str | None:
    found = _REFERENCE.fullmatch(tidied(row.cells.get("Reference", "")))
    return found["base"] if found else None


def _place(row: Row) -> tuple[int, str, bytes]:
    """Rows in order of reference (`8227`, `8227a`, `8227aa`), so that the first speaks for the record in any layout."""
    found = _REFERENCE.fullmatch(tidied(row.cells.get("Reference", "")))
    reference = (found["base"] + (found["name"] or "")).lower() if found else ""
    return len(reference), reference, row.raw


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry, whose rows stand together. Raises MissingField when its id or name cannot be
    read."""
    rows: list[Row] = content
    base = _base(rows[0])
    if base is None:
        raise MissingField(f"row {rows[0].number} has no reference that is a number and letters")
    reading.key = key = f"{ID}:{base}"
    _check_target(rows, key)
    fields = [RowFields(row, reading) for row in rows]
    for one in fields:
        one.ignore("Reference", why="the record's key, and for an alias a letter after it")
    kind = _kind(fields, reading)
    addresses = unique(address for text in _every(fields, "Address") for address in _addresses(text))
    information, listed = (_every(fields, f"{about} Information") for about in ("Additional", "Listing"))
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(name for one in fields for name in _names(one, reading)),
        birth_dates=_birth_dates(_every(fields, "Date of Birth"), reading),
        birth_places=unique(place for text in _every(fields, "Place of Birth") for place in _places(text)),
        citizenships=unique(code for text in _every(fields, "Citizenship") for code in _citizenships(text, reading)),
        addresses=addresses,
        identifiers=unique(
            [
                *_identifiers(fields, kind, [*information, *listed], reading),
                *company_imo.of_texts([*information, *(address.full or "" for address in addresses)], kind),
            ]
        ),
        listings=(_listing(fields, listed, reading),),
        remarks=tuple(information),
    )


def _check_target(rows: list[Row], key: str) -> None:
    """Raise MissingField when one reference, letter and all, stands for several targets: it has two primary names in
    Latin script that share no word."""
    primary: dict[str, list[frozenset[str]]] = {}
    for row in rows:
        full = tidied(row.cells.get("Name of Individual or Entity", ""))
        if _NAME_KINDS.get(tidied(row.cells.get("Name Type", "")).casefold()) == "primary" and _is_latin(full):
            primary.setdefault(tidied(row.cells.get("Reference", "")).casefold(), []).append(_words(full))
    for found in primary.values():
        if any(not one & other for one, other in combinations(found, 2)):
            raise MissingField(f"the key {key} stands for several targets, which have other primary names")


def _is_latin(full: str) -> bool:
    return names.script(full) == "Latn"


def _words(full: str) -> frozenset[str]:
    return frozenset(_WORD.findall(canonical.without_accents(full).casefold()))


def _every(fields: Iterable[RowFields], column: str) -> list[str]:
    """Return the texts of one column of the rows, each once, without words for an empty cell."""
    said = dict.fromkeys(value for one in fields if (value := one.take_optional(column)))
    return list({tidy(text): text for text in said if tidy(text).lower().rstrip(".") not in _NOTHING}.values())


def _kind(fields: Iterable[RowFields], reading: Reading) -> Kind:
    published = _every(fields, "Type")
    kinds = {reading.word("Type", _KINDS, text, "unknown") for text in published}
    if len(kinds) > 1:
        reading.unreadable.append("Type")
        reading.keep("Type", "; ".join(sorted(published)))
    return kinds.pop() if len(kinds) == 1 else "unknown"


def _names(fields: RowFields, reading: Reading) -> list[Name]:
    """The name of a row; two where it stands in two scripts, or again behind a label."""
    published = fields.take("Name of Individual or Entity")
    said = fields.take_optional("Name Type")
    kind = reading.word("Name Type", _NAME_KINDS, said, "alias")
    if said is None:
        reading.unreadable.append("Name Type")
    strength = reading.word("Alias Strength", _STRENGTHS, fields.take_optional("Alias Strength"), None)
    found = name_cells.names_of_cell(published, kind)
    for remark in found.remarks:
        reading.keep("Name of Individual or Entity", remark)
    return [
        Name(
            full=one.full,
            kind="former" if kind == "former" else one.kind,
            strength=strength if one.kind != "primary" else None,
            script=names.script(one.full),
            note=one.note,
        )
        for one in found.names
    ]


def _birth_dates(published: Iterable[str], reading: Reading) -> tuple[PartialDate, ...]:
    found: list[PartialDate] = []
    for text in published:
        for part in cells.numbered(tidy(text)):
            if _AGE.fullmatch(part):
                reading.keep("Date of Birth", part)
                continue
            found += reading.value("Date of Birth", _dates, part, lambda said: (PartialDate(text=said),))
    return unique(found)


def _dates(text: str) -> tuple[PartialDate, ...]:
    """The dates of a piece; what is about the first of several years, `Approximately 1960, 1966`, is about each."""
    found = _several_dates(text)
    about = _ABOUT_ALL.match(text)
    if not about or len(found) == 1:
        return found
    return tuple(replace(date, circa=date.circa or len(date.date or "") == len("1960")) for date in found)


def _several_dates(text: str) -> tuple[PartialDate, ...]:
    """One date, or several in a row: `1945, 1946`, `19/03/1967; alt DOB: 1956`, `1970 (as …) 1971 (as …)`."""
    if text in _MISTYPED:
        return tuple(replace(date, note=text) for date in dates.partial(_MISTYPED[text]))
    try:
        return _noted_date(text)
    except Unreadable:
        parts = [part for piece in _pieces(text) for part in _BETWEEN_DATES.split(piece) if part.strip(" /,.")]
        return tuple(date for part in parts for date in _noted_date(part.strip(" /,.")))


def _pieces(text: str) -> list[str]:
    return [part for piece in cells.outside_brackets(text, ";") for part in cells.outside_brackets(piece, ",")]


def _noted_date(text: str) -> tuple[PartialDate, ...]:
    bare = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    for pattern in _DATE_AND_NOTE:
        found = pattern.fullmatch(bare)
        if found:
            return tuple(replace(date, note=found["note"].strip()) for date in dates.partial(found["date"]))
    return dates.partial(bare)


def _places(text: str) -> Iterator[Place]:
    for part in _parts(text):
        full, country = places.with_country(part)
        yield Place(full=full, country=country)


def _addresses(text: str) -> Iterator[Address]:
    for part in _parts(text):
        full, country = places.with_country(part)
        yield Address(full=full, country=country)


def _parts(text: str) -> list[str]:
    """The values of a cell that numbers them, or of one whose lines or pieces each end with their country."""
    found = [piece for part in cells.numbered(text) for piece in _several(part)]
    return [piece for piece in found if tidied(piece).casefold().rstrip(".") not in _NOTHING]


def _several(text: str) -> list[str]:
    for pieces in (text.splitlines(), cells.outside_brackets(text, ";")):
        bare = [_ALTERNATIVE.sub("", piece).strip() for piece in pieces if piece.strip()]
        if len(bare) > 1 and all(map(places.country_at_end, bare)) and not any(map(_GOES_ON.match, bare[1:])):
            return bare
    return [text]


def _country(text: str) -> str | None:
    """The code, when the text is a country and nothing else. A last word is not enough: Georgia is also a US state."""
    try:
        return countries.code_optional(text)
    except Unreadable:
        return None


def _citizenships(text: str, reading: Reading) -> Iterator[str]:
    for part in cells.numbered(text):
        if _NO_CITIZENSHIP.search(part.strip()):
            reading.keep("Citizenship", part)
            continue
        yield from reading.value("Citizenship", _citizenship_reader(reading), tidy(part), lambda said: (said,))


def _citizenship_reader(reading: Reading) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        whole = _country(text)
        if whole or countries.is_absent(text):
            return (whole,) if whole else ()
        for separator in (";", ",", "/", ":"):
            parts = cells.outside_brackets(text, separator)
            if len(parts) > 1:
                return tuple(code for part in parts for code in read(part))
        if " and " in text:
            return tuple(code for part in text.split(" and ") for code in read(part))
        code, remark = countries.remarked(text)
        reading.keep("Citizenship", remark)
        return (code,)

    return read


def _identifiers(
    fields: Iterable[RowFields], kind: Kind, information: Iterable[str], reading: Reading
) -> Iterator[Identifier]:
    for published in _every(fields, "IMO Number"):
        number = reading.text("IMO Number", identifiers.imo, published)
        yield Identifier(type=numbers.imo_of(kind, number), value=number)
    for text in information:
        found = _UN_REFERENCE.match(text.strip())
        if found:
            yield Identifier(type="un_reference", value=identifiers.un_reference(found[1]))


def _listing(fields: list[RowFields], information: list[str], reading: Reading) -> Listing:
    updated = [reading.text("Control Date", dates.day, tidied(text)) for text in _every(fields, "Control Date")]
    return Listing(
        list=LIST,
        programmes=unique(_COMMITTEES.get(tidy(text), text) for text in _every(fields, "Committees")),
        authorities=tuple(_every(fields, "Instrument of Designation")),
        measures=tuple(column for column in _MEASURES if _applies(fields, column, reading)),
        listed_on=next((day for text in information if (day := _listed_on(tidy(text)))), None),
        amended_on=max(updated, default=None),
        note="\n".join(information) or None,
    )


def _applies(fields: Iterable[RowFields], column: str, reading: Reading) -> bool:
    """Whether one of the rows says so. A word that nobody knows takes no measure away."""
    said = [reading.word(column, TRUTH, text, True) for text in _every(fields, column)]
    return any(said)


def _listed_on(text: str) -> str | None:
    """The day in `Listed on 25 January 2001 (amended on …)`; a day that is not said in these words is not guessed."""
    found = _LISTED.match(text)
    if found is None:
        return None
    try:
        (day,) = dates.partial("".join(found["day"].split()) if "/" in found["day"] else found["day"])
    except (Unreadable, ValueError):
        return None
    return day.date


_SHAPE = TableShape(header="Reference", id="Reference", names=("Name of Individual or Entity",))

FEED = Feed(
    id=ID,
    partition=8,
    title="Australian Sanctions Consolidated List",
    jurisdiction="AU",
    authority="Department of Foreign Affairs and Trade, Australian Sanctions Office",
    legal_basis="Charter of the United Nations Act 1945; Autonomous Sanctions Act 2011 and Regulations 2011",
    homepage="https://www.dfat.gov.au/international-relations/security/sanctions/consolidated-list",
    id_rule=(
        "The digits of Reference: `8227` and its names `8227a`, `8227b1` are one record, wherever their rows stand. "
        "References have been given to other targets; such a record is delisted and designated, not amended."
    ),
    sources=(
        Source(
            name="consolidated_xlsx",
            url=ADDRESS,
            vocabulary="workbook",
            expect="table",
            bytes_max=30_000_000,
            unpacked_bytes_max=300_000_000,
            timeout_seconds=120.0,
            typical_bytes=1_300_000,
            typical_seconds=5.0,
        ),
    ),
    readers={"workbook": Reader(entries=entries, record=record, shape=_SHAPE)},
    measures=Measures(
        usual=("asset_freeze",),
        source="Columns of the document since 2026; where they are empty, the freezing of assets, as in the law.",
        terms=_MEASURE_TERMS,
    ),
    interval_seconds=300,
    limits=Limits(records_min=2_000, removals_max=60, partial_ratio=0.02),
    parser_version=4,
    evidence="full",
    quirks=(
        "Twelve, thirteen and nineteen columns over the years: read by header. The sheet and the file change names.",
        "Instruments, measures and the strength of an alias have columns since 2026; that they appear is no amendment.",
        "The committees of the Security Council change their labels; one committee keeps one label here.",
        "One row a name; the rows of a reference need not be contiguous, and do not always say the same.",
        "Control Date is the last update, not the designation; the day of listing is in words, if it is said at all.",
        "A birth date cell formatted as a month holds a first of the month that nobody wrote.",
        "Lists `a) … b) …`, and several values with commas in one cell; a few birth dates are mistyped (`10/061962`).",
        "Drops the connection of clients that it does not know.",
    ),
    delay="Hours to days after the instrument is registered; UN listings bind at once, before the list shows them.",
)
