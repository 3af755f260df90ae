"""UK Sanctions List (FCDO): one XML document, every designation under every UK regime, ships among them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from lxml import etree

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Identifier,
    IdentifierType,
    Kind,
    Listing,
    PartialDate,
    Place,
    Record,
    Relation,
    Vessel,
)
from syncd.errors import MissingField, Unreadable
from syncd.feeds import uk_sl_names
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.feeds.measures import Terms
from syncd.formats import xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import (
    cells,
    company_imo,
    contacts,
    countries,
    dates,
    identifiers,
    name_cells,
    numbers,
    source_ids,
    wallets,
)
from syncd.normalise.words import TRUTH

ID = "uk_sl"
ROOT = "Designations"
LIST = "UK Sanctions List"
_MEASURE_TERMS: Terms = (
    (re.compile("asset freeze", re.IGNORECASE), ("asset_freeze",)),
    (re.compile("travel ban", re.IGNORECASE), ("travel_ban",)),
    (re.compile(r"\bport\b|^shipping", re.IGNORECASE), ("port_ban",)),
    (re.compile("arms embargo", re.IGNORECASE), ("arms",)),
)
ADDRESS = "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.xml"

_KINDS: dict[str, Kind] = {"individual": "person", "entity": "organisation", "ship": "vessel"}
_ABSENT = frozenset({"-", "- .", "n/a", "unknown", "not known"})
# Where an entry names others, which may be entries themselves.
_NAMED = ("ParentCompany", "Subsidiary", "PreviousOwnerOperator")
_parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


class Content(NamedTuple):
    """A designation, and the ids of the entries that it names by a name which only they have."""

    designation: etree._Element
    ids: Mapping[str, str]


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """An entry that names others waits for the end of the document: whom it means depends on all of their names."""
    opened = False
    index = uk_sl_names.NameIndex()
    waiting: list[bytes] = []
    for element in xml.split_elements(stream, root=ROOT, tags=("DateGenerated", "Designation"), keep_indentation=False):
        if not opened:
            opened = True
        elif str(element.tag).endswith("DateGenerated"):
            header.published = _generated(element.text or "")
        else:
            index.add(element, _id(element))
            raw = xml.raw(element)
            if _others(element):
                waiting.append(raw)
            else:
                yield RawEntry(raw=raw, content=Content(element, {}))
    for raw in waiting:
        element = etree.fromstring(raw, _parser)
        ids = index.only(_others(element), but=_id(element))
        said = "".join(f"\n{name}\t{id_}" for name, id_ in ids.items())
        yield RawEntry(raw=raw + said.encode(), content=Content(element, ids))


def _id(designation: etree._Element) -> str:
    published = designation.findtext("{*}UniqueID") or ""
    try:
        return source_ids.upper(published)
    except MissingField:
        return published


def _others(designation: etree._Element) -> list[str]:
    texts = (element.text or "" for element in designation.iter(*(f"{{*}}{name}" for name in _NAMED)))
    return [value for text in texts if tidy(text) for value in cells.numbered(tidy(text))]


def _generated(published: str) -> str | None:
    try:
        return dates.day(published)
    except Unreadable:
        return None


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = reading.xml(content.designation)
    key = reading.identify(ID, entry.published("UniqueID"), source_ids.upper)
    kind = reading.word("IndividualEntityShip", _KINDS, entry.text_optional("IndividualEntityShip"), "unknown")
    found = tuple(name_cells.without_labels(uk_sl_names.names_of_entry(entry, reading)))
    person = _KindDetails(entry, "IndividualDetails", "Individual")
    organisation = _KindDetails(entry, "EntityDetails", "Entity")
    ship = _KindDetails(entry, "ShipDetails", "Ship")
    entry.keep("DesignationSource")
    remarks, reasons = tuple(entry.texts("OtherInformation")), tuple(entry.texts("UKStatementofReasons"))
    numbers = [*_numbers(person, organisation, ship, reading)]
    if kind == "vessel":
        numbers += uk_sl_names.ship_numbers(found)
        if all(number.type != "imo" for number in numbers):
            numbers += uk_sl_names.ship_number_of_reasons(found, reasons)
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=unique(found),
        birth_dates=_birth_dates(person, reading),
        birth_places=unique(_birth_places(person, reading)),
        nationalities=_nationalities(person, reading),
        genders=reading.genders("Gender", filter(_said, person.values("Genders", "Gender"))),
        titles=unique(_wrapped(entry, "Titles", "Title")),
        positions=unique(person.values("Positions", "Position")),
        legal_forms=unique(organisation.values("TypeOfEntities", "TypeOfEntity")),
        addresses=unique(_addresses(entry, reading)),
        identifiers=company_imo.with_numbers_of_texts(
            [
                *_references(entry, key.removeprefix(f"{ID}:"), reading),
                *numbers,
                *_wallets(entry, person, organisation),
            ],
            remarks,
            kind,
        ),
        contacts=unique(_contacts(entry)),
        listings=(_listing(entry, reading),),
        relations=unique(_relations(organisation, ship, content.ids)),
        reasons=reasons,
        remarks=remarks,
        vessel=_vessel(ship, reading),
    )


class _KindDetails:
    """What an entry holds for one kind of target: `IndividualDetails/Individual`, each value in its own wrapper."""

    def __init__(self, entry: XmlFields, outer: str, inner: str) -> None:
        self.fields = [field for wrapper in entry.children(outer) for field in wrapper.children(inner)]

    def values(self, wrapper: str, name: str) -> list[str]:
        """The texts of `wrapper/name`, those that number several values in one cell apart."""
        return [value for fields in self.fields for value in _wrapped(fields, wrapper, name)]

    def children(self, wrapper: str, name: str) -> list[XmlFields]:
        return [child for fields in self.fields for outer in fields.children(wrapper) for child in outer.children(name)]


def _wrapped(fields: XmlFields, wrapper: str, name: str) -> list[str]:
    texts = [text for outer in fields.children(wrapper) for text in outer.texts(name)]
    return [value for text in texts for value in cells.numbered(text) if _said(value)]


def _birth_dates(person: _KindDetails, reading: Reading) -> tuple[PartialDate, ...]:
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


def _birth_places(person: _KindDetails, reading: Reading) -> Iterator[Place]:
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


def _nationalities(person: _KindDetails, reading: Reading) -> tuple[str, ...]:
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
    for reference in filter(_said, entry.texts("UNReferenceNumber")):
        value = reading.text("UNReferenceNumber", identifiers.un_reference, reference)
        yield Identifier(type="un_reference", value=value, label="UNReferenceNumber")


def _numbers(
    person: _KindDetails, organisation: _KindDetails, ship: _KindDetails, reading: Reading
) -> Iterator[Identifier]:
    for passport in person.children("PassportDetails", "Passport"):
        yield from _documents(passport, "Passport", "passport", reading)
    for national in person.children("NationalIdentifierDetails", "NationalIdentifier"):
        yield from _documents(national, "NationalIdentifier", "national_id", reading)
    for number in organisation.values("BusinessRegistrationNumbers", "BusinessRegistrationNumber"):
        yield from _typed(number, "BusinessRegistrationNumber", "registration", "organisation", None, reading)
    for number in ship.values("IMONumbers", "IMONumber"):
        yield Identifier(type="imo", value=reading.text("IMONumber", identifiers.imo, number), label="IMONumber")
    for number in ship.values("HullIdentificationNumbers", "HullIdentificationNumber"):
        yield Identifier(type="other", value=number, label="HullIdentificationNumber")


def _documents(fields: XmlFields, tag: str, column: IdentifierType, reading: Reading) -> Iterator[Identifier]:
    found = _numbered(fields.text_optional(f"{tag}Number"))
    remarks = _numbered(fields.text_optional(f"{tag}AdditionalInformation"))
    for number, remark in _pairs(found, remarks):
        value, note = _said(number), _said(remark)
        if value or note:
            yield from _typed(value or note or "", tag, column, "person", note if value else None, reading)


def _typed(
    published: str, tag: str, column: IdentifierType, kind: Kind, note: str | None, reading: Reading
) -> Iterator[Identifier]:
    """The numbers of one cell; a text that holds none is kept."""
    found = numbers.numbers_of_cell(published, column=column, kind=kind, label=tag, note=note)
    if not found:
        reading.keep(tag, f"{published} ({note})" if note else published)
    yield from found


def _wallets(*places: "XmlFields | _KindDetails") -> Iterator[Identifier]:
    """A crypto address keeps its letter case; `XBT 1abc…` names the currency before it."""
    wrapper, name = "CryptoWalletAddresses", "CryptoWalletAddress"
    for place in places:
        values = place.values(wrapper, name) if isinstance(place, _KindDetails) else _wrapped(place, wrapper, name)
        for value in values:
            for found in wallets.wallets_of_cell(value):
                yield Identifier(type="crypto_address", value=found.address, label=name, currency=found.currency)


def _contacts(entry: XmlFields) -> Iterator[Contact]:
    kinds: tuple[tuple[str, str, ContactType], ...] = (
        ("PhoneNumbers", "PhoneNumber", "phone"),
        ("EmailAddresses", "EmailAddress", "email"),
        ("Websites", "Website", "website"),
    )
    for wrapper, name, type_ in kinds:
        for outer in entry.children(wrapper):
            for text in outer.texts(name):
                yield from contacts.contacts_of_cell(text, type_) if _said(text) else ()


def _listing(entry: XmlFields, reading: Reading) -> Listing:
    """One designation, whatever the number of regimes that it is under."""
    published = [part for text in entry.texts("SanctionsImposed") for part in text.split("|")]
    measures = unique(part.strip() for part in published if part.strip())
    _check_indicators(entry, measures, reading)
    return Listing(
        list=LIST,
        programmes=unique(part.strip() for text in entry.texts("RegimeName") for part in text.split("|")),
        measures=measures,
        listed_on=reading.day("DateDesignated", entry.text_optional("DateDesignated")),
        amended_on=reading.day("LastUpdated", entry.text_optional("LastUpdated")),
    )


def _check_indicators(entry: XmlFields, measures: tuple[str, ...], reading: Reading) -> None:
    """Say where an indicator contradicts `SanctionsImposed`, which decides, because it also says what has no indicator.

    An indicator bears its measure's name: `TravelBan` and `Travel Ban`, `Deflag` and `De-flag`.
    """
    said = {_letters(measure) for measure in measures}
    for indicators in entry.children("SanctionsImposedIndicators"):
        for name in dict.fromkeys(etree.QName(child).localname for child in indicators.element):
            for published in indicators.texts(name):
                imposed = reading.word(f"SanctionsImposedIndicators/{name}", TRUTH, published, None)
                if imposed is not None and imposed is not (_letters(name) in said):
                    reading.unknown_field(f"SanctionsImposedIndicators/{name}", published)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalpha())


def _relations(organisation: _KindDetails, ship: _KindDetails, ids: Mapping[str, str]) -> Iterator[Relation]:
    """Ties by name; by key too where exactly one other entry has that name."""
    for wrapper, field, type_ in (
        ("ParentCompanies", "ParentCompany", "parent company"),
        ("Subsidiaries", "Subsidiary", "subsidiary"),
        ("PreviousOwnerOperators", "PreviousOwnerOperator", "owner or operator"),
    ):
        former = field.startswith("Previous")
        for name in (ship if former else organisation).values(wrapper, field):
            id_ = uk_sl_names.key_of(name, ids)
            yield Relation(type=type_, key=f"{ID}:{id_}" if id_ else None, name=name, former=former)


def _vessel(ship: _KindDetails, reading: Reading) -> Vessel | None:
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


def _flags(ship: _KindDetails, wrapper: str, name: str, reading: Reading) -> tuple[str, ...]:
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


_SHAPE = XmlShape(entries=("Designation",), id_elements=("UniqueID",), names=("Names", "NonLatinNames"))

FEED = Feed(
    id=ID,
    partition=3,
    title="UK Sanctions List",
    jurisdiction="GB",
    authority="Foreign, Commonwealth and Development Office",
    legal_basis="Sanctions and Anti-Money Laundering Act 2018 and the regulations under it",
    homepage="https://www.gov.uk/government/publications/the-uk-sanctions-list",
    id_rule=(
        "UniqueID (AFG0001) in capitals and without blanks. OFSIGroupID and UNReferenceNumber are identifiers of the "
        "record."
    ),
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
    readers={"designations": Reader(entries=entries, record=record, shape=_SHAPE)},
    measures=Measures(
        usual=("asset_freeze",),
        source=("SanctionsImposed of each designation."),
        terms=_MEASURE_TERMS,
    ),
    interval_seconds=60,
    limits=Limits(records_min=2_000, removals_max=100, partial_ratio=0.05),
    bytes_reason="A conditional GET is answered 304 unless the list is published anew: up to three times a day, 21 MB.",
    parser_version=5,
    evidence="excerpt",
    quirks=(
        "The single UK list since 2026-01-28; the OFSI list is frozen.",
        "DOB dd/mm/1945 means that day and month are unknown; 9999 that the year is.",
        "Several values share a cell, numbered: (1) Germany. (2) Morocco.",
        "Owners, operators, parents and subsidiaries are names; one that exactly one other entry has is a key too.",
        "SanctionsImposed is joined with |; the case of NameType varies; a designation can be under two regimes.",
        "SanctionsImposedIndicators say less than SanctionsImposed, which decides; a contradiction is said.",
        'A ship may be called IMO 9058713 ("AVAX"): its name is what stands in the brackets.',
        "A ship without a number has the one that its reasons state beside its name.",
        "Name parts: Name6 is the surname, or the whole name of an entity or a ship.",
    ),
    delay="The same day, as a rule within the hour of the notice.",
)
