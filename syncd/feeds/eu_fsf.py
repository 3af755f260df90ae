"""EU Financial Sanctions Files: one XML document, persons and enterprises of all EU restrictive measures."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Gender,
    Kind,
    Listing,
    PartialDate,
    Place,
    Record,
)
from syncd.errors import DocumentRefused, MissingField
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.feeds.eu import births, names
from syncd.feeds.eu.documents import country_code, eu_references, identification, notes, remarks_of
from syncd.formats import rss, xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import cells, company_imo, contacts, source_ids
from syncd.normalise.words import TRUTH

ID = "eu_fsf"
ROOT = "export"
LIST = "EU Consolidated Financial Sanctions List"
FILE = "xmlFullSanctionsList_1_1"
# The Commission's generic public token, printed in its own RSS: no secret.
ADDRESS = f"https://webgate.ec.europa.eu/fsd/fsf/public/files/{FILE}/content?token=dG9rZW4tMjAxNw"
RSS = "https://webgate.ec.europa.eu/fsd/fsf/public/rss"
CHECKSUM = f"https://webgate.ec.europa.eu/fsd/fsf/public/files/{FILE}/checksum?token=dG9rZW4tMjAxNw"
# One hash in hexadecimal digits, alone or as the tools write it before a file's name: MD5, or one of the SHA family.
_CHECKSUM = re.compile(
    r'"?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})"?(?:[ \t][ *]\S{1,200})?'
)

_KINDS: dict[str, Kind] = {"person": "person", "enterprise": "organisation"}
_CONTACTS: dict[str, ContactType] = {"phone": "phone", "fax": "fax", "email": "email", "web": "website"}
_WHY_NOT_ACTS = "names the act that added this part; the act in force stands in regulation"
_WHY_NOT_IDS = "numbers parts within the publisher's database, and says nothing about the target"


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The elements of one target together, wherever they stand; nothing is given before the document has ended."""
    grouped: dict[str, list[bytes]] = {}
    opened = False
    for element in xml.split_elements(stream, root=ROOT, tags=("sanctionEntity",), keep_indentation=False):
        if opened:
            grouped.setdefault(_group(element) or f"?{len(grouped)}", []).append(xml.raw(element))
        else:
            opened = True
            header.published = element.get("generationDate") or None
    for parts in grouped.values():
        parts.sort()
        yield RawEntry(raw=b"\n".join(parts), content=parts)


def _published_id(element: etree._Element) -> str:
    return (element.get("euReferenceNumber") or "").strip() or (element.get("logicalId") or "").strip()


def _group(element: etree._Element) -> str:
    """By which the elements of one target are one; what is no id is judged when the entry is read."""
    published = _published_id(element)
    try:
        return source_ids.upper(published)
    except MissingField:
        return published


def record(content: Any, reading: Reading) -> Record:
    """`content`: the raw elements of one target, one a programme, in order of their bytes."""
    elements = [_element(part) for part in content]
    published = _published_id(elements[0])
    if not published:
        raise MissingField("a sanctionEntity has neither euReferenceNumber nor logicalId")
    key = reading.identify(ID, published, source_ids.upper)
    _check_target(elements, key)
    # By programme, so that the first name of a target under two of them does not depend on their order.
    read = sorted((_Entity(reading.xml(element), reading) for element in elements), key=lambda entity: entity.order)
    kind = _one_kind(read, reading)
    remarks = unique(sorted(remark for entity in read for remark in entity.remarks))
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.merged(name for entity in read for name in entity.names),
        birth_dates=unique(date for entity in read for date in entity.birth_dates),
        birth_places=unique(place for entity in read for place in entity.birth_places),
        citizenships=unique(code for entity in read for code in entity.citizenships),
        genders=unique(gender for entity in read for gender in entity.genders),
        titles=unique(title for entity in read for title in entity.titles),
        positions=unique(position for entity in read for position in entity.positions),
        addresses=unique(address for entity in read for address in entity.addresses),
        identifiers=company_imo.with_numbers_of_texts(
            (number for entity in read for number in entity.identifiers), remarks, kind
        ),
        contacts=unique(contact for entity in read for contact in entity.contacts),
        listings=unique(entity.listing for entity in read),
        remarks=remarks,
    )


def _check_target(elements: list[etree._Element], key: str) -> None:
    """Raise MissingField when one reference stands for several targets: their elements have other logicalIds."""
    if len({source_ids.in_usual_characters(element.get("logicalId") or "") for element in elements}) > 1:
        raise MissingField(f"the key {key} stands for several targets, which have other logicalIds")


def _element(raw: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    return etree.fromstring(raw, parser)


def _one_kind(entities: list["_Entity"], reading: Reading) -> Kind:
    """What the elements of a target agree on."""
    kinds = {entity.kind for entity in entities} - {"unknown"}
    if len(kinds) > 1:
        reading.unreadable.append("subjectType/@code")
    return kinds.pop() if len(kinds) == 1 else "unknown"


class _Entity:
    """One `sanctionEntity`: what it says of its target under one programme."""

    def __init__(self, entity: XmlFields, reading: Reading) -> None:
        self._reading = reading
        self.names: list[names.Ranked] = []
        self.genders: list[Gender] = []
        self.titles: list[str] = []
        self.positions: list[str] = []
        self.birth_dates: list[PartialDate] = []
        self.birth_places: list[Place] = []
        self.addresses: list[Address] = []
        self.contacts: list[Contact] = []
        self.identifiers = list(eu_references(entity))
        self.remarks = entity.texts("remark")
        details = entity.attribute_optional("designationDetails")
        self.remarks += [details] if details else []
        self.kind = _kind(entity, reading)
        self.listing = _listing(entity, reading)
        self.order = (self.listing.programmes, self.listing.authorities, self.listing.listed_on or "")
        for alias in entity.children("nameAlias"):
            self._name(alias)
        for birth in entity.children("birthdate"):
            self._birth(_part(birth, reading))
        for address in entity.children("address"):
            self._address(_part(address, reading))
        for document in entity.children("identification"):
            _part(document, reading)
            self.identifiers += identification(document, remarks_of(document), self.kind, reading)
        self.citizenships = list(_citizenships(entity, reading))
        _additional(entity, reading)

    def _name(self, alias: XmlFields) -> None:
        logical_id = alias.attribute_optional("logicalId")
        _part(alias, self._reading)
        gender, title = alias.attribute_optional("gender"), alias.attribute_optional("title")
        function = alias.attribute_optional("function")
        self.genders += self._reading.genders("nameAlias/@gender", [gender] if gender else [])
        self.titles += [one for value in cells.outside_brackets(title or "", ";") for one in cells.numbered(value)]
        if self.kind == "person":
            self.positions += cells.numbered(function) if function else []
        elif function:
            # Of an enterprise it says what it does, and whose it is.
            self.remarks.append(function)
        remarks = remarks_of(alias)
        found = names.ranked(alias, remarks, logical_id, self._reading)
        if found:
            self.names.append(found)
        else:
            self._reading.keep("nameAlias/remark", notes(remarks))

    def _birth(self, birth: XmlFields) -> None:
        found = births.birth_of_element(birth, remarks_of(birth), self._reading)
        self.birth_dates += found.dates
        self.birth_places += [found.place] if found.place else []

    def _address(self, address: XmlFields) -> None:
        published = address.attribute_optional("asAtListingTime")
        first = self._reading.word("address/@asAtListingTime", TRUTH, published, False)
        lines = (address.attribute_optional(name) for name in ("street", "poBox", "place"))
        found = Address(
            lines=tuple(line for line in lines if line),
            city=address.attribute_optional("city"),
            region=address.attribute_optional("region"),
            postal_code=address.attribute_optional("zipCode"),
            country=country_code(address, self._reading),
            note=notes([*remarks_of(address), "at the time of listing" if first else None]),
        )
        self.addresses += [found] if found != Address() else []
        for contact in address.children("contactInfo"):
            self.contacts += _contacts(contact, self._reading)


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


def _kind(entity: XmlFields, reading: Reading) -> Kind:
    subject = entity.child_optional("subjectType")
    if subject is None:
        return "unknown"
    subject.ignore("classificationCode", why="the first letter of what code says")
    return reading.word("subjectType/@code", _KINDS, subject.attribute_optional("code"), "unknown")


def _listing(entity: XmlFields, reading: Reading) -> Listing:
    """The act shown is often an amending one: its entry into force is when the entry as it stands took effect."""
    acts = entity.children("regulation")
    amended = [day for act in acts if (day := _amended(act, reading))]
    forces = (act.attribute_optional("entryIntoForceDate") for act in acts)
    effective = [day for force in forces if (day := reading.day("regulation/@entryIntoForceDate", force))]
    found = Listing(
        list=LIST,
        programmes=unique(text for act in acts if (text := act.attribute_optional("programme"))),
        authorities=unique(text for act in acts if (text := act.attribute_optional("numberTitle"))),
        listed_on=reading.day("designationDate", entity.attribute_optional("designationDate")),
        effective_on=max(effective, default=None),
        ends_on=reading.day("delistingDate", entity.attribute_optional("delistingDate")),
        amended_on=max(amended, default=None),
    )
    for act in acts:
        act.ignore("organisationType", "publicationUrl", why="follow from the act that numberTitle names")
        act.ignore("corrigendum", why=_WHY_NOT_ACTS)
        act.ignore("logicalId", why=_WHY_NOT_IDS)
        _additional(act, reading)
        for remark in remarks_of(act):
            reading.keep("regulation/remark", remark)
    return found


def _amended(act: XmlFields, reading: Reading) -> str | None:
    """When an amending act was published. The publication of another is kept."""
    type_, published = act.attribute_optional("regulationType") or "", act.attribute_optional("publicationDate")
    if type_.casefold() == "amendment":
        return reading.day("regulation/@publicationDate", published)
    reading.keep("publicationDate", published)
    return None


def _citizenships(entity: XmlFields, reading: Reading) -> Iterator[str]:
    for citizenship in entity.children("citizenship"):
        fields = _part(citizenship, reading)
        code = country_code(fields, reading)
        fields.keep("region", "acquisitionDate")
        for remark in remarks_of(fields):
            reading.keep("citizenship/remark", remark)
        ended = fields.attribute_optional("disenfranchisementDate")
        if ended:
            reading.keep("citizenship/disenfranchisementDate", f"{code or ''} {ended}")
        elif code:
            yield code


def _contacts(contact: XmlFields, reading: Reading) -> tuple[Contact, ...]:
    _part(contact, reading)
    type_ = reading.word("contactInfo/@key", _CONTACTS, contact.attribute_optional("key"), "other")
    note, value = notes(remarks_of(contact)), contact.attribute_optional("value")
    if value is None:
        reading.keep("contactInfo/remark", note)
    return contacts.contacts_of_cell(value or "", type_, note)


def read_rss(body: bytes, _url: str) -> GateAnswer:
    """The RSS names each file with a hash of it: the token is everything that the item of our file says.

    Raises DocumentRefused when the answer is not XML or has no item of that file.
    """
    said = rss.item_naming(body, FILE)
    return GateAnswer(token=hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest())


def read_checksum(body: bytes, _url: str) -> GateAnswer:
    """The checksum of our file, which is the token. Of what it is taken, and by which method, is not known: it is only
    compared with the one before. Raises DocumentRefused for what is no checksum.
    """
    found = _CHECKSUM.fullmatch(body.decode("utf-8-sig", errors="replace").strip().lower())
    if found is None:
        raise DocumentRefused("what is no checksum")
    return GateAnswer(token=found[1])


_SHAPE = XmlShape(entries=("sanctionEntity",), id_attributes=("euReferenceNumber", "logicalId"), names=("nameAlias",))

FEED = Feed(
    id=ID,
    partition=2,
    title="EU Consolidated Financial Sanctions List (Financial Sanctions Files)",
    jurisdiction="EU",
    authority="European Commission, on acts of the Council",
    legal_basis="Article 215 TFEU; the regulation of each programme, binding from the Official Journal",
    homepage="https://www.sanctionsmap.eu/",
    id_rule=(
        "euReferenceNumber in capitals and without blanks; logicalId where there is none. The elements of a target "
        "under several programmes share both, with names of their own: they are one record with one listing a "
        "programme, and no name is lost. Its primary name is that of the lowest logicalId in Latin script, else of the "
        "lowest."
    ),
    sources=(
        Source(
            name="xml_1_1",
            url=ADDRESS,
            vocabulary="fsf_1_1",
            expect="xml",
            gates=(
                Gate(url=RSS, read=read_rss),
                Gate(url=CHECKSUM, read=read_checksum, bytes_max=1_000, typical_bytes=64, name="checksum"),
            ),
            bytes_max=150_000_000,
            unpacked_bytes_max=150_000_000,
            timeout_seconds=300.0,
            typical_bytes=26_000_000,
            typical_seconds=70.0,
        ),
    ),
    readers={"fsf_1_1": Reader(entries=entries, record=record, shape=_SHAPE)},
    measures=Measures(
        usual=("asset_freeze",),
        source=(
            "The regulations on the list freeze funds and economic resources; the list does not show bans on entry."
        ),
    ),
    interval_seconds=60,
    limits=Limits(records_min=500, removals_max=100),
    bytes_reason=(
        "Only after the RSS or the checksum of the file has changed, and once a day: a handful of downloads of 26 MB."
    ),
    parser_version=4,
    evidence="full",
    quirks=(
        "Made on the fly: over a minute to serve, with bursts of 500; the RSS can announce what cannot be had yet.",
        "The checksum of the file is known from one client, and none was seen: of what it is taken is not known. It "
        "may only say that something is new; that nothing is, the RSS must say too, as long as it answers.",
        "The order of names changes with every publication, and none is marked primary: the lowest logicalId in Latin "
        "script is, else the lowest. strong=true stands on every alias; the quality is in a remark.",
        "Country 00 means unknown; the description may know it.",
        "A date in the Islamic calendar may have the Gregorian day beside it: both are told.",
        "The regulation shown is often an amending one: effective_on is its entry into force.",
        "Delisting is by disappearance. Ships of Annex XLII are not in this file.",
    ),
    delay="One or two days after the Official Journal, sometimes a week.",
)
