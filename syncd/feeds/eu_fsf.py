"""EU Financial Sanctions Files: one XML document, persons and enterprises of all EU restrictive measures."""

import hashlib
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, BinaryIO

from lxml import etree
from msgspec.structs import replace

from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Gender,
    Identifier,
    Kind,
    Listing,
    Name,
    NamePart,
    PartialDate,
    PartKind,
    Place,
    Record,
    Strength,
)
from syncd.errors import MissingField, Unreadable
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, Limits, RawEntry, Reader, Source
from syncd.feeds.eu_fsf_documents import country, identification, notes
from syncd.formats import rss, xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import dates, identifiers, names

ID = "eu_fsf"
ROOT = "export"
LIST = "EU Consolidated Financial Sanctions List"
FILE = "xmlFullSanctionsList_1_1"
# The Commission's generic public token, printed in its own RSS: no secret.
ADDRESS = f"https://webgate.ec.europa.eu/fsd/fsf/public/files/{FILE}/content?token=dG9rZW4tMjAxNw"
RSS = "https://webgate.ec.europa.eu/fsd/fsf/public/rss"

_KINDS: dict[str, Kind] = {"person": "person", "enterprise": "organisation"}
_PARTS: tuple[tuple[str, PartKind], ...] = (("firstName", "given"), ("middleName", "middle"), ("lastName", "family"))
_CONTACTS: dict[str, ContactType] = {"PHONE": "phone", "FAX": "fax", "EMAIL": "email", "WEB": "website"}
# `good quality alias`, `Low quality a.k.a.`; also `qood quality alias` and `god quality alias`.
_QUALITY = re.compile(r"^\W*(?P<word>[a-z]{3,6})[\s\-]+quality\b", re.IGNORECASE)
_STRENGTHS: dict[str, Strength] = {"good": "strong", "strong": "strong", "low": "weak", "weak": "weak", "poor": "weak"}
_SIMILAR = 0.7
_WHY_NOT_ACTS = "names the act that added this part; the act in force stands in regulation"
_WHY_NOT_IDS = "numbers parts within the publisher's database, and says nothing about the target"


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The elements of one target together, wherever they stand; nothing is given before the document has ended."""
    grouped: dict[str, list[bytes]] = {}
    opened = False
    for element in xml.split(stream, root=ROOT, tags=("sanctionEntity",), keep_indentation=False):
        if opened:
            grouped.setdefault(_id(element) or f"?{len(grouped)}", []).append(xml.raw(element))
        else:
            opened = True
            header.published = element.get("generationDate") or None
    for parts in grouped.values():
        parts.sort()
        yield RawEntry(raw=b"\n".join(parts), content=parts)


def _id(element: etree._Element) -> str:
    return (element.get("euReferenceNumber") or "").strip() or (element.get("logicalId") or "").strip()


def record(content: Any, reading: Reading) -> Record:
    """`content`: the raw elements of one target, one a programme, in order of their bytes."""
    elements = [_element(part) for part in content]
    source_id = _id(elements[0])
    if not source_id:
        raise MissingField("a sanctionEntity has neither euReferenceNumber nor logicalId")
    reading.key = key = f"{ID}:{source_id}"
    # By programme, so that the first name of a target under two of them does not depend on their order.
    read = sorted((_Entity(reading.xml(element), reading) for element in elements), key=lambda entity: entity.order)
    return Record(
        key=key,
        feed=ID,
        kind=read[0].kind,
        names=_merged_names(read),
        birth_dates=unique(date for entity in read for date in entity.birth_dates),
        birth_places=unique(place for entity in read for place in entity.birth_places),
        citizenships=unique(code for entity in read for code in entity.citizenships),
        genders=unique(gender for entity in read for gender in entity.genders),
        titles=unique(title for entity in read for title in entity.titles),
        positions=unique(position for entity in read for position in entity.positions),
        addresses=unique(address for entity in read for address in entity.addresses),
        identifiers=unique(number for entity in read for number in entity.identifiers),
        contacts=unique(contact for entity in read for contact in entity.contacts),
        listings=unique(entity.listing for entity in read),
        remarks=unique(remark for entity in read for remark in entity.remarks),
    )


def _element(raw: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    return etree.fromstring(raw, parser)


def _merged_names(entities: list["_Entity"]) -> tuple[Name, ...]:
    """No name is marked primary: it is the first. One that a second programme repeats stands once."""
    found = list(unique(name for entity in entities for name in entity.names))
    return tuple(replace(name, kind="primary") if place == 0 else name for place, name in enumerate(found))


class _Entity:
    """One `sanctionEntity`: what it says of its target under one programme."""

    def __init__(self, entity: XmlFields, reading: Reading) -> None:
        self._reading = reading
        self.names: list[Name] = []
        self.genders: list[Gender] = []
        self.titles: list[str] = []
        self.positions: list[str] = []
        self.birth_dates: list[PartialDate] = []
        self.birth_places: list[Place] = []
        self.addresses: list[Address] = []
        self.contacts: list[Contact] = []
        self.identifiers = list(_references(entity))
        self.remarks = entity.texts("remark")
        details = entity.attribute_optional("designationDetails")
        self.remarks += [details] if details else []
        self.kind = _kind(entity, reading)
        self.listing = _listing(entity, reading)
        self.order = (self.listing.programmes, self.listing.authorities, self.listing.listed_on or "")
        for alias in entity.children("nameAlias"):
            self._name(_part(alias, reading))
        for birth in entity.children("birthdate"):
            self._birth(_part(birth, reading))
        for address in entity.children("address"):
            self._address(_part(address, reading))
        for document in entity.children("identification"):
            self.identifiers += identification(_part(document, reading), reading)
        self.citizenships = list(_citizenships(entity, reading))
        entity.keep("delistingDate")
        _additional(entity, reading)

    def _name(self, alias: XmlFields) -> None:
        parts = tuple(
            NamePart(kind=kind, value=value) for tag, kind in _PARTS if (value := alias.attribute_optional(tag))
        )
        full = alias.attribute_optional("wholeName") or names.joined(part.value for part in parts)
        gender, language = alias.attribute_optional("gender"), alias.attribute_optional("nameLanguage")
        title, position = alias.attribute_optional("title"), alias.attribute_optional("function")
        self.genders += self._reading.genders("nameAlias/@gender", [gender] if gender else [])
        self.titles += [title] if title else []
        self.positions += [position] if position else []
        remarks = alias.texts("remark")
        strong = alias.attribute_optional("strong")
        if full:
            self.names.append(
                Name(
                    full=full,
                    kind="alias",
                    parts=parts,
                    strength=_strength(strong, remarks),
                    script=names.script(full),
                    language=language.strip().lower() if language else None,
                    note=notes(remarks),
                )
            )

    def _birth(self, birth: XmlFields) -> None:
        remark = notes(birth.texts("remark"))
        found = _birth_dates(birth, self._reading)
        place = Place(
            full=birth.attribute_optional("place"),
            city=birth.attribute_optional("city"),
            region=birth.attribute_optional("region"),
            postal_code=birth.attribute_optional("zipCode"),
            country=country(birth, self._reading),
        )
        if place != Place() and not (found and remark and _is_date(remark)):
            self.birth_places.append(replace(place, note=remark))
        elif place != Place():
            self.birth_places.append(place)
        said_with_place = place != Place() and not _is_date(remark or "")
        self.birth_dates += [date if said_with_place else replace(date, note=remark) for date in found]
        if place == Place() and not found:
            self._reading.keep("birthdate/remark", remark)

    def _address(self, address: XmlFields) -> None:
        at_listing = "at the time of listing" if address.attribute_optional("asAtListingTime") == "true" else None
        lines = (address.attribute_optional(name) for name in ("street", "poBox", "place"))
        found = Address(
            lines=tuple(line for line in lines if line),
            city=address.attribute_optional("city"),
            region=address.attribute_optional("region"),
            postal_code=address.attribute_optional("zipCode"),
            country=country(address, self._reading),
            note=notes([*address.texts("remark"), at_listing]),
        )
        self.addresses += [found] if found != Address() else []
        self.contacts += [_contact(contact, self._reading) for contact in address.children("contactInfo")]


def _part(fields: XmlFields, reading: Reading) -> XmlFields:
    """What every part of an entity carries beside its own fields."""
    fields.ignore("regulationSummary", why=_WHY_NOT_ACTS)
    fields.ignore("logicalId", "regulationLanguage", why=_WHY_NOT_IDS)
    _additional(fields, reading)
    return fields


def _additional(fields: XmlFields, reading: Reading) -> None:
    for information in fields.children("additionalInformation"):
        key = information.attribute_optional("key") or "additionalInformation"
        reading.keep(key, information.attribute_optional("value"))


def _references(entity: XmlFields) -> Iterator[Identifier]:
    reference, logical = entity.attribute_optional("euReferenceNumber"), entity.attribute_optional("logicalId")
    united = entity.attribute_optional("unitedNationId")
    if reference:
        yield Identifier(type="eu_reference", value=reference.strip(), label="euReferenceNumber")
    if logical:
        yield Identifier(type="list_id", value=logical.strip(), label="logicalId")
    if united:
        yield _united(united)


def _united(published: str) -> Identifier:
    """A UN reference; in another form it is a number of a list, as written."""
    try:
        return Identifier(type="un_reference", value=identifiers.un_reference(published), label="unitedNationId")
    except Unreadable:
        return Identifier(type="list_id", value=published.strip(), label="unitedNationId")


def _kind(entity: XmlFields, reading: Reading) -> Kind:
    subject = entity.child_optional("subjectType")
    if subject is None:
        return "unknown"
    subject.ignore("classificationCode", why="the first letter of what code says")
    return reading.value(
        "subjectType/@code", _known_kind, subject.attribute_optional("code") or "", lambda _: "unknown"
    )


def _known_kind(code: str) -> Kind:
    if code not in _KINDS:
        raise Unreadable(code, "not a kind of subject that the list has used")
    return _KINDS[code]


def _listing(entity: XmlFields, reading: Reading) -> Listing:
    """The act shown is often an amending one: its entry into force is when the entry as it stands took effect."""
    designated = entity.attribute_optional("designationDate")
    acts = entity.children("regulation")
    amended = [
        date
        for act in acts
        if act.attribute_optional("regulationType") == "amendment"
        for date in _days(act, "publicationDate", reading)
    ]
    effective = [date for act in acts for date in _days(act, "entryIntoForceDate", reading)]
    found = Listing(
        list=LIST,
        programmes=unique(text for act in acts if (text := act.attribute_optional("programme"))),
        authorities=unique(text for act in acts if (text := act.attribute_optional("numberTitle"))),
        listed_on=reading.text("designationDate", dates.iso_day, designated) if designated else None,
        effective_on=max(effective, default=None),
        amended_on=max(amended, default=None),
    )
    for act in acts:
        act.keep("publicationDate")
        act.ignore("regulationType", why="says only whether the act amends an earlier one, which amended_on shows")
        act.ignore("organisationType", "publicationUrl", why="follow from the act that numberTitle names")
        act.ignore("corrigendum", why=_WHY_NOT_ACTS)
        act.ignore("logicalId", why=_WHY_NOT_IDS)
        _additional(act, reading)
        for remark in act.texts("remark"):
            reading.keep("regulation/remark", remark)
    return found


def _days(act: XmlFields, name: str, reading: Reading) -> list[str]:
    published = act.attribute_optional(name)
    return [reading.text(f"regulation/@{name}", dates.iso_day, published)] if published else []


def _strength(strong: str | None, remarks: list[str]) -> Strength | None:
    """`strong="true"` stands on every alias and says nothing; the remark does, with its typing errors."""
    for remark in remarks:
        found = _QUALITY.match(remark)
        close = get_close_matches(found["word"].lower(), _STRENGTHS, n=1, cutoff=_SIMILAR) if found else []
        if close:
            return _STRENGTHS[close[0]]
    return "weak" if strong == "false" else None


def _birth_dates(birth: XmlFields, reading: Reading) -> list[PartialDate]:
    calendar = (birth.attribute_optional("calendarType") or "GREGORIAN").strip().upper()
    circa = birth.attribute_optional("circa") == "true"
    whole = birth.attribute_optional("birthdate")
    parts = [birth.attribute_optional(name) for name in ("year", "monthOfYear", "dayOfMonth")]
    first, last = birth.attribute_optional("yearRangeFrom"), birth.attribute_optional("yearRangeTo")
    numbers = "-".join(part for part in parts if part) if parts[0] else whole
    found = []
    if numbers:
        found.append(reading.date("birthdate", _reader(calendar), numbers))
    if first or last:
        text = f"{first} … {last}" if first and last else first or last or ""
        found.append(reading.date("birthdate/@yearRange", _range, text))
    return [replace(date, circa=circa) if date.text is None else date for date in found]


def _reader(calendar: str) -> Callable[[str], PartialDate]:
    if calendar == "GREGORIAN":
        return dates.iso
    return _islamic if calendar == "ISLAMIC" else _unread


def _islamic(text: str) -> PartialDate:
    return dates.islamic(*(int(part) for part in text.split("-")))


def _unread(text: str) -> PartialDate:
    raise Unreadable(text, "a calendar that no rule reads")


def _range(text: str) -> PartialDate:
    ends = text.split(" … ")
    return dates.between(dates.iso(ends[0]), dates.iso(ends[-1]))


def _is_date(text: str) -> bool:
    try:
        return bool(dates.partial(text))
    except Unreadable:
        return False


def _citizenships(entity: XmlFields, reading: Reading) -> Iterator[str]:
    for citizenship in entity.children("citizenship"):
        fields = _part(citizenship, reading)
        code = country(fields, reading)
        fields.keep("region", "acquisitionDate")
        for remark in fields.texts("remark"):
            reading.keep("citizenship/remark", remark)
        ended = fields.attribute_optional("disenfranchisementDate")
        if ended:
            reading.keep("citizenship/disenfranchisementDate", f"{code or ''} {ended}")
        elif code:
            yield code


def _contact(contact: XmlFields, reading: Reading) -> Contact:
    _part(contact, reading)
    key = contact.attribute_optional("key") or ""
    known = _CONTACTS.get(key.strip().upper())
    if known is None:
        reading.unreadable.append("contactInfo/@key")
    return Contact(
        type=known or "other",
        value=contact.attribute_optional("value") or "",
        note=notes([*contact.texts("remark"), None if known else key]),
    )


def read_rss(body: bytes, _url: str) -> GateAnswer:
    """The RSS names each file with a hash of it: the token is everything that the item of our file says.

    Raises DocumentRefused when the answer is not XML or has no item of that file.
    """
    said = rss.item_naming(body, FILE)
    return GateAnswer(token=hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest())


FEED = Feed(
    id=ID,
    title="EU Consolidated Financial Sanctions List (Financial Sanctions Files)",
    jurisdiction="EU",
    authority="European Commission, on acts of the Council",
    legal_basis="Article 215 TFEU; the regulation of each programme, binding from the Official Journal",
    homepage="https://www.sanctionsmap.eu/",
    id_rule=(
        "euReferenceNumber; logicalId where there is none. The elements of a target under several programmes share "
        "both, with names of their own: they are one record with one listing a programme, and no name is lost."
    ),
    sources=(
        Source(
            name="xml_1_1",
            url=ADDRESS,
            vocabulary="fsf_1_1",
            expect="xml",
            gate=Gate(url=RSS, read=read_rss),
            bytes_max=150_000_000,
            unpacked_bytes_max=150_000_000,
            timeout_seconds=300.0,
            typical_bytes=26_000_000,
            typical_seconds=70.0,
        ),
    ),
    readers={"fsf_1_1": Reader(entries=entries, record=record)},
    interval_seconds=60,
    limits=Limits(records_min=500, removals_max=100),
    bytes_reason="Only after the RSS has named another hash, and once a day: a handful of downloads of 26 MB.",
    evidence="full",
    quirks=(
        "Made on the fly: over a minute to serve, with bursts of 500; the RSS can announce what cannot be had yet.",
        "No name is marked primary: the first is. strong=true stands on every alias; the quality is in a remark.",
        "Country 00 means unknown.",
        "The regulation shown is often an amending one: effective_on is its entry into force.",
        "Delisting is by disappearance. Ships of Annex XLII are not in this file.",
    ),
    delay="One or two days after the Official Journal, sometimes a week.",
)
