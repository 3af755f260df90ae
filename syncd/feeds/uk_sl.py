"""UK Sanctions List (FCDO): one XML document, every designation under every UK regime, ships among them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, TypeVar

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Identifier,
    IdentifierType,
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
    Strength,
    Vessel,
)
from syncd.errors import Unreadable
from syncd.feeds.contract import Feed, Header, Limits, RawEntry, Reader, Source
from syncd.formats import xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import cells, countries, dates, identifiers, names

Value = TypeVar("Value")

ID = "uk_sl"
ROOT = "Designations"
LIST = "UK Sanctions List"
ADDRESS = "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.xml"

_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation", "ship": "vessel"}
_NAME_KINDS: dict[str, NameKind] = {
    "primary name": "primary",
    "primary name variation": "alias",
    "alias": "alias",
    "formerly known as": "former",
    "fka": "former",
}
# By the publisher's guidance, Name6 is the surname or an entity's whole name, Name1 the first name, the rest between.
_NAME_PARTS: dict[str, PartKind] = {
    "Name1": "given",
    "Name2": "middle",
    "Name3": "middle",
    "Name4": "middle",
    "Name5": "middle",
    "Name6": "family",
}
_ABSENT = frozenset({"-", "- .", "n/a", "unknown", "not known"})
# A remark that is nothing but a country's name or adjective: `(Afghan)`, `Libya number`, `British passport number`.
_ONLY_A_COUNTRY = re.compile(
    r"^\(?(?P<country>[^().,;:]+?)\)?\.?(?:(?<!\s)\s++passport)?(?:(?<!\s)\s++number)?\.?$", re.IGNORECASE
)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    opened = False
    for element in xml.split(stream, root=ROOT, tags=("DateGenerated", "Designation"), keep_indentation=False):
        if not opened:
            opened = True
        elif str(element.tag).endswith("DateGenerated"):
            header.published = _generated(element.text or "")
        else:
            yield RawEntry(raw=xml.raw(element), content=element)


def _generated(published: str) -> str | None:
    try:
        return dates.day_first_day(published)
    except Unreadable:
        return None


def record(content: Any, reading: Reading) -> Record:
    entry = reading.xml(content)
    unique_id = entry.text("UniqueID").strip()
    reading.key = key = f"{ID}:{unique_id}"
    kind = reading.value(
        "IndividualEntityShip",
        lambda text: _lookup(_KINDS, text),
        entry.text_optional("IndividualEntityShip") or "",
        lambda _: "unknown",
    )
    person = _Details(entry, "IndividualDetails", "Individual", reading)
    organisation = _Details(entry, "EntityDetails", "Entity", reading)
    ship = _Details(entry, "ShipDetails", "Ship", reading)
    entry.keep("DesignationSource")
    organisation.keep("TypeOfEntities", "TypeOfEntity")
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=(*_names(entry, reading), *_non_latin(entry, reading)),
        birth_dates=_birth_dates(person, reading),
        birth_places=unique(_birth_places(person, reading)),
        nationalities=_nationalities(person, reading),
        genders=reading.genders("Gender", filter(_said, person.values("Genders", "Gender"))),
        titles=unique(_wrapped(entry, "Titles", "Title")),
        positions=unique(person.values("Positions", "Position")),
        addresses=tuple(_addresses(entry, reading)),
        identifiers=unique([*_references(entry, unique_id, reading), *_numbers(person, organisation, ship, reading)]),
        contacts=unique(_contacts(entry)),
        listings=(_listing(entry, reading),),
        relations=(*_relations(organisation), *_former_owners(ship)),
        reasons=tuple(entry.texts("UKStatementofReasons")),
        remarks=tuple(entry.texts("OtherInformation")),
        vessel=_vessel(ship, reading),
    )


class _Details:
    """What an entry holds for one kind of target: `IndividualDetails/Individual`, each value in its own wrapper."""

    def __init__(self, entry: XmlFields, outer: str, inner: str, reading: Reading) -> None:
        self.fields = [field for wrapper in entry.children(outer) for field in wrapper.children(inner)]
        self._reading = reading

    def values(self, wrapper: str, name: str) -> list[str]:
        """The texts of `wrapper/name`, those that number several values in one cell apart."""
        return [value for fields in self.fields for value in _wrapped(fields, wrapper, name)]

    def children(self, wrapper: str, name: str) -> list[XmlFields]:
        return [child for fields in self.fields for outer in fields.children(wrapper) for child in outer.children(name)]

    def keep(self, wrapper: str, name: str) -> None:
        for value in self.values(wrapper, name):
            self._reading.keep(name, value)


def _wrapped(fields: XmlFields, wrapper: str, name: str) -> list[str]:
    texts = [text for outer in fields.children(wrapper) for text in outer.texts(name)]
    return [value for text in texts for value in cells.numbered(text) if _said(value)]


def _lookup(table: Mapping[str, Value], published: str) -> Value:
    found = table.get(tidy(published).lower())
    if found is None:
        raise Unreadable(published, "not a term that the list has used")
    return found


def _names(entry: XmlFields, reading: Reading) -> list[Name]:
    wrapped = [name for wrapper in entry.children("Names") for name in wrapper.children("Name")]
    return [found for fields in wrapped if (found := _name(fields, reading)) is not None]


def _name(fields: XmlFields, reading: Reading) -> Name | None:
    published = {tag: text for tag in _NAME_PARTS if (text := fields.text_optional(tag)) is not None}
    type_ = fields.text_optional("NameType") or "Alias"
    strength = fields.text_optional("AliasStrength")
    full = names.joined(published.values())
    if not full:
        return None
    kind = reading.value("NameType", lambda text: _lookup(_NAME_KINDS, text), type_, lambda _: "alias")
    variation = kind == "alias" and tidy(type_).lower() != "alias"
    alone = len(published) == 1
    return Name(
        full=full,
        kind=kind,
        parts=() if alone else tuple(NamePart(kind=_NAME_PARTS[tag], value=text) for tag, text in published.items()),
        strength=reading.value("AliasStrength", _strength, strength, lambda _: None) if strength else None,
        script=names.script(full),
        note=type_ if variation else None,
    )


def _strength(published: str) -> Strength | None:
    """`Good quality`, `Low quality a.k.a`."""
    word = published.strip().lower().partition(" ")[0]
    if word not in ("good", "low"):
        raise Unreadable(published, "not a strength of an alias that the list has used")
    return "strong" if word == "good" else "weak"


def _non_latin(entry: XmlFields, reading: Reading) -> Iterator[Name]:
    for wrapper in entry.children("NonLatinNames"):
        for fields in wrapper.children("NonLatinName"):
            full = fields.text_optional("NameNonLatinScript")
            script, language = (fields.text_optional(f"NonLatinScript{what}") for what in ("Type", "Language"))
            if full is None:
                reading.keep("NonLatinName", script or language)
                continue
            note = ", ".join(tidy(part) for part in (script, language) if part) or None
            yield Name(full=full, kind="alias", script=names.script(full), note=note)


def _birth_dates(person: _Details, reading: Reading) -> tuple[PartialDate, ...]:
    """Nothing at all is known of a date like `dd/mm/9999`, and nothing is said."""
    found: list[PartialDate] = []
    for text in person.values("DOBs", "DOB"):
        found += reading.value("DOB", _birth_date, text, lambda text: (PartialDate(text=text),))
    return unique(found)


def _birth_date(text: str) -> tuple[PartialDate, ...]:
    try:
        date = dates.day_first(text)
    except Unreadable:
        return dates.partial(text)
    return () if date is None else (date,)


def _birth_places(person: _Details, reading: Reading) -> Iterator[Place]:
    """Towns and countries that are numbered alike belong together; a single country goes with every town."""
    for location in person.children("BirthDetails", "Location"):
        towns = _numbered(location.text_optional("TownOfBirth"))
        lands = _numbered(location.text_optional("CountryOfBirth"))
        for town, land in _pairs(towns, lands):
            code, note = _country(land, "CountryOfBirth", reading)
            place = Place(city=_said(town), country=code, note=note)
            if place != Place():
                yield place


def _pairs(left: list[str], right: list[str]) -> list[tuple[str | None, str | None]]:
    """Values of two cells, by number when both hold as many; one for all when one holds one; else each alone."""
    if len(left) == len(right):
        return list(zip(left, right, strict=True))
    if len(right) == 1:
        return [(value, right[0]) for value in left] or [(None, right[0])]
    if len(left) == 1 and right:
        return [(left[0], value) for value in right]
    return [*((value, None) for value in left), *((None, value) for value in right)]


def _numbered(text: str | None) -> list[str]:
    return cells.numbered(text) if text else []


def _nationalities(person: _Details, reading: Reading) -> tuple[str, ...]:
    found = []
    for text in person.values("Nationalities", "Nationality"):
        code, note = _country(text, "Nationality", reading)
        reading.keep("Nationality", note)
        found += [code] if code else []
    return unique(found)


def _addresses(entry: XmlFields, reading: Reading) -> Iterator[Address]:
    for wrapper in entry.children("Addresses"):
        for fields in wrapper.children("Address"):
            lines = (fields.text_optional(f"AddressLine{number}") for number in range(1, 7))
            code, note = _country(fields.text_optional("AddressCountry"), "AddressCountry", reading)
            found = Address(
                lines=tuple(line for line in lines if _said(line) and line),
                postal_code=fields.text_optional("AddressPostalCode"),
                country=code,
                note=note,
            )
            if found != Address():
                yield found


def _references(entry: XmlFields, unique_id: str, reading: Reading) -> Iterator[Identifier]:
    yield Identifier(type="uk_reference", value=unique_id, label="UniqueID")
    for group in entry.texts("OFSIGroupID"):
        yield Identifier(type="list_id", value=group.strip(), label="OFSIGroupID")
    for reference in entry.texts("UNReferenceNumber"):
        value = reading.text("UNReferenceNumber", identifiers.un_reference, reference)
        yield Identifier(type="un_reference", value=value, label="UNReferenceNumber")


def _numbers(person: _Details, organisation: _Details, ship: _Details, reading: Reading) -> Iterator[Identifier]:
    for passport in person.children("PassportDetails", "Passport"):
        yield from _documents(passport, "Passport", "passport")
    for national in person.children("NationalIdentifierDetails", "NationalIdentifier"):
        yield from _documents(national, "NationalIdentifier", "national_id")
    for number in organisation.values("BusinessRegistrationNumbers", "BusinessRegistrationNumber"):
        yield Identifier(type="registration", value=number, label="BusinessRegistrationNumber")
    for number in ship.values("IMONumbers", "IMONumber"):
        yield Identifier(type="imo", value=reading.text("IMONumber", identifiers.imo, number), label="IMONumber")
    for number in ship.values("HullIdentificationNumbers", "HullIdentificationNumber"):
        yield Identifier(type="other", value=number, label="HullIdentificationNumber")


def _documents(fields: XmlFields, tag: str, type_: IdentifierType) -> Iterator[Identifier]:
    numbers = _numbered(fields.text_optional(f"{tag}Number"))
    remarks = _numbered(fields.text_optional(f"{tag}AdditionalInformation"))
    for number, remark in _pairs(numbers, remarks):
        value, note = _said(number), _said(remark)
        if value or note:
            yield Identifier(
                type=type_, value=value or note or "", label=tag, country=_issuer(note), note=note if value else None
            )


def _issuer(remark: str | None) -> str | None:
    """The country, only when the remark says nothing else."""
    found = _ONLY_A_COUNTRY.match(tidy(remark)) if remark else None
    try:
        return countries.code(found["country"]) if found else None
    except Unreadable:
        return None


def _contacts(entry: XmlFields) -> Iterator[Contact]:
    kinds: tuple[tuple[str, str, ContactType], ...] = (
        ("PhoneNumbers", "PhoneNumber", "phone"),
        ("EmailAddresses", "EmailAddress", "email"),
        ("Websites", "Website", "website"),
    )
    for wrapper, name, type_ in kinds:
        for value in _wrapped(entry, wrapper, name):
            yield Contact(type=type_, value=value)


def _listing(entry: XmlFields, reading: Reading) -> Listing:
    """One designation, whatever the number of regimes that it is under."""
    measures = [part for text in entry.texts("SanctionsImposed") for part in text.split("|")]
    listed, updated = entry.text_optional("DateDesignated"), entry.text_optional("LastUpdated")
    return Listing(
        list=LIST,
        programmes=unique(part.strip() for text in entry.texts("RegimeName") for part in text.split("|")),
        measures=unique(part.strip() for part in measures if part.strip()),
        listed_on=reading.text("DateDesignated", dates.day_first_day, listed) if listed else None,
        amended_on=reading.text("LastUpdated", dates.day_first_day, updated) if updated else None,
    )


def _relations(organisation: _Details) -> Iterator[Relation]:
    for name in organisation.values("ParentCompanies", "ParentCompany"):
        yield Relation(type="parent company", name=name)
    for name in organisation.values("Subsidiaries", "Subsidiary"):
        yield Relation(type="subsidiary", name=name)


def _former_owners(ship: _Details) -> Iterator[Relation]:
    for name in ship.values("PreviousOwnerOperators", "PreviousOwnerOperator"):
        yield Relation(type="owner or operator", name=name, former=True)


def _vessel(ship: _Details, reading: Reading) -> Vessel | None:
    built = [
        reading.value("YearBuilt", dates.partial, text, lambda text: (PartialDate(text=text),))
        for text in ship.values("YearsBuilt", "YearBuilt")
    ]
    found = Vessel(
        types=unique(ship.values("TypeOfShipDetails", "TypeOfShip")),
        flags=_flags(ship, "CurrentBelievedFlagOfShips", "CurrentBelievedFlagOfShip", reading),
        former_flags=_flags(ship, "PreviousFlags", "PreviousFlag", reading),
        owners=unique(ship.values("CurrentOwnerOperators", "CurrentOwnerOperator")),
        tonnage=_one(ship.values("TonnageOfShipDetails", "TonnageOfShip")),
        length=_one(ship.values("LengthOfShipDetails", "LengthOfShip")),
        built=tuple(date for read in built for date in read),
    )
    return found if ship.fields and found != Vessel() else None


def _flags(ship: _Details, wrapper: str, name: str, reading: Reading) -> tuple[str, ...]:
    found = []
    for text in ship.values(wrapper, name):
        code, note = _country(text, name, reading)
        reading.keep(name, note)
        found += [code] if code else []
    return unique(found)


def _one(values: list[str]) -> str | None:
    return "; ".join(values) or None


def _country(published: str | None, path: str, reading: Reading) -> tuple[str | None, str | None]:
    """(code, note): the text as note when it says more than the country; the text as code when nothing reads it."""
    if published is None or _said(published) is None or countries.is_absent(published):
        return None, None
    unread: tuple[str, str | None] = (published, None)
    read: Callable[[str], tuple[str, str | None]] = countries.remarked
    return reading.value(path, read, tidy(published), lambda _: unread)


def _said(text: str | None) -> str | None:
    return None if text is None or tidy(text).lower() in _ABSENT else text


FEED = Feed(
    id=ID,
    title="UK Sanctions List",
    jurisdiction="GB",
    authority="Foreign, Commonwealth and Development Office",
    legal_basis="Sanctions and Anti-Money Laundering Act 2018 and the regulations under it",
    homepage="https://www.gov.uk/government/publications/the-uk-sanctions-list",
    id_rule="UniqueID (AFG0001) as published. OFSIGroupID and UNReferenceNumber are identifiers of the record.",
    sources=(
        Source(
            name="xml",
            url=ADDRESS,
            vocabulary="designations",
            expect="xml",
            bytes_max=100_000_000,
            unpacked_bytes_max=100_000_000,
            timeout_seconds=180.0,
            typical_bytes=21_000_000,
            typical_seconds=15.0,
        ),
    ),
    readers={"designations": Reader(entries=entries, record=record)},
    interval_seconds=60,
    limits=Limits(records_min=2_000, removals_max=100, partial_ratio=0.05),
    bytes_reason="A conditional GET is answered 304 unless the list is published anew: up to three times a day, 21 MB.",
    evidence="shape",
    quirks=(
        "The single UK list since 2026-01-28; the OFSI list is frozen.",
        "DOB dd/mm/1945 means that day and month are unknown; 9999 that the year is.",
        "Several values share a cell, numbered: (1) Germany. (2) Morocco.",
        "Owners, operators, parents and subsidiaries are names only.",
        "SanctionsImposed is joined with |; the case of NameType varies; a designation can be under two regimes.",
        "Name parts: Name6 is the surname, or the whole name of an entity or a ship.",
    ),
    delay="The same day, as a rule within the hour of the notice.",
)
