"""FollowTheMoney's entities that hang on a party: sanctions, addresses, papers, wallets, and its ties to others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from syncd.core.ids import KEY_CHARACTERS, content_id
from syncd.core.model import Address, Identifier, IdentifierType, Listing, PartialDate, Record, Relation
from syncd.exports import ftm_values as values
from syncd.exports.ftm_party import PARTIES, FtmDraft, entity_id
from syncd.exports.listing import ListFacts

NUMBER_CHARACTERS_MAX: Final = 64
POSTAL_CODE_CHARACTERS_MAX: Final = 16
REFERENCE_CHARACTERS_MAX: Final = 16


class NumberPlace(Struct, frozen=True):
    """Where a number goes: its property, the form that the property asks for, and the schemata that have it."""

    name: str
    form: values.CheckedForm = values.as_it_stands
    schemata: frozenset[str] = PARTIES


_COMPANY: Final = frozenset({"Company"})
_ORGANISATIONS: Final = frozenset({"Organization", "Company"})
_PERSON: Final = frozenset({"Person"})
_VESSEL: Final = frozenset({"Vessel"})
_AIRPLANE: Final = frozenset({"Airplane"})

PLACES: Final[Mapping[IdentifierType, tuple[NumberPlace, ...]]] = {
    "passport": (NumberPlace("passportNumber", schemata=_PERSON),),
    "national_id": (NumberPlace("idNumber"),),
    "tax": (NumberPlace("taxNumber"),),
    "social_security": (NumberPlace("socialSecurityNumber", values.social_security, _PERSON),),
    "imo": (NumberPlace("imoNumber", values.checked_imo, _VESSEL | _ORGANISATIONS),),
    "imo_company": (NumberPlace("imoNumber", values.checked_imo, _ORGANISATIONS),),
    "mmsi": (NumberPlace("mmsi", schemata=_VESSEL),),
    "call_sign": (NumberPlace("callSign", schemata=_VESSEL),),
    "tail_number": (NumberPlace("registrationNumber", schemata=_AIRPLANE),),
    "construction_number": (NumberPlace("serialNumber", schemata=_AIRPLANE),),
    "serial_number": (NumberPlace("serialNumber", schemata=_AIRPLANE),),
    "bic": (NumberPlace("swiftBic", values.bic),),
    "bik": (NumberPlace("bikCode", schemata=_COMPANY),),
    "lei": (NumberPlace("leiCode", values.checked_lei),),
    "isin": (NumberPlace("isinCode", schemata=_COMPANY),),
    "inn": (NumberPlace("innCode", values.inn),),
    "ogrn": (NumberPlace("ogrnCode", values.ogrn),),
    "kpp": (NumberPlace("kppCode", schemata=_COMPANY),),
    "okpo": (NumberPlace("okpoCode"),),
    "vat": (NumberPlace("vatCode"),),
    "uscc": (NumberPlace("uscCode", values.uscc),),
    "duns": (NumberPlace("dunsCode"),),
    "giin": (NumberPlace("giiNumber", schemata=_ORGANISATIONS),),
}
# Numbers of papers, which a person is known by; of other parties they are registrations.
_PAPERS: Final[Mapping[IdentifierType, str]] = {
    "passport": "Passport",
    "national_id": "Identification",
    "driving_licence": "Identification",
    "residence": "Identification",
    "visa": "Identification",
    "travel_document": "Identification",
    "birth_certificate": "Identification",
    "military": "Identification",
    "social_security": "Identification",
}
# Numbers that only a ship or an aircraft has: on the record of a party they are not the party's.
_OF_CRAFT: Final[frozenset[IdentifierType]] = frozenset(
    {"imo", "imo_company", "mmsi", "call_sign", "tail_number", "construction_number", "serial_number", "mode_s"}
)
_CRAFT: Final = _VESSEL | _AIRPLANE
# The numbers of a ship or an aircraft that register it, where no other property is made for them.
_REGISTERS_CRAFT: Final[frozenset[IdentifierType]] = frozenset({"registration", "tail_number", "other"})
# The numbers of a person that are none of a register of companies.
_PERSONAL: Final[frozenset[IdentifierType]] = frozenset({"tax", "inn", "vat", "other"})
# Numbers under which other lists or registers have the party: said, and no number of its own.
_REFERENCES: Final[frozenset[IdentifierType]] = frozenset(
    {
        "un_reference",
        "eu_reference",
        "uk_reference",
        "us_reference",
        "fr_reference",
        "ch_reference",
        "list_id",
        "locode",
    }
)


class EdgeForm(Struct, frozen=True):
    """How a relation stands in FollowTheMoney: the schema, the property of the record, that of the other one, and the
    schemata that the record must have for it."""

    schema: str
    own: str
    other: str
    role: str = "role"
    schemata: frozenset[str] = frozenset()


_ASSETS: Final = frozenset({"Company", "Vessel", "Airplane"})
# By words of the publisher's term, the first that fits; where the record's own schema forbids it, and in all other
# cases, the tie is an UnknownLink, which may be between anything.
TIES: Final[tuple[tuple[str, EdgeForm], ...]] = (
    ("family member", EdgeForm("Family", "person", "relative", "relationship", _PERSON)),
    ("owned or controlled by", EdgeForm("Ownership", "asset", "owner", schemata=_ASSETS)),
    ("parent company", EdgeForm("Ownership", "asset", "owner", schemata=_ASSETS)),
    ("owner or operator", EdgeForm("Ownership", "asset", "owner", schemata=_ASSETS)),
    ("acting for or on behalf", EdgeForm("Representation", "agent", "client", schemata=PARTIES)),
)
_LINK: Final = EdgeForm("UnknownLink", "subject", "object")

# Of a list that no country publishes.
NO_COUNTRY: Final = "XX"


def beside(record: Record, facts: ListFacts, draft: FtmDraft) -> Iterator[FtmDraft]:
    """Yield the entities that hang on the party `draft`, and add to it what it has of them itself."""
    for listing in record.listings:
        yield _sanction(record, listing, facts, draft.id)
    for address in record.addresses:
        yield from _address(address, draft)
    for number in record.identifiers:
        yield from _number(number, draft)
    for relation in record.relations:
        yield from _tie(relation, draft)


def _hung(draft_id: str, sort: str, schema: str, *content: str | None) -> FtmDraft:
    digest = content_id(*(part or "" for part in content), characters=KEY_CHARACTERS)
    return FtmDraft(id=f"{draft_id}.{sort}.{digest}", schema=schema)


def _sanction(record: Record, listing: Listing, facts: ListFacts, of: str) -> FtmDraft:
    told = (listing.list, listing.schedule, *listing.programmes, *listing.authorities, listing.listed_on)
    made = _hung(of, "sanction", "Sanction", *told)
    made.add("entity", of)
    made.add("authority", facts.authority)
    # A list of no country (the World Bank's) states none.
    made.add("country", facts.jurisdiction.lower() if facts.jurisdiction.upper() != NO_COUNTRY else None)
    made.add("publisher", facts.title)
    made.add("publisherUrl", values.website(facts.homepage))
    made.add("recordId", record.key)
    made.add("authorityId", record.published_id or record.key.partition(":")[2])
    made.add("program", *(listing.programmes or (listing.list,)))
    made.add("provisions", *listing.measures, listing.schedule)
    for name, day in (
        ("listingDate", listing.listed_on),
        ("startDate", listing.effective_on),
        ("endDate", listing.ends_on),
        ("modifiedAt", listing.amended_on),
    ):
        made.add(name, *values.dates(PartialDate(date=day)) if day else ())
    made.add("reason", *record.reasons)
    made.add("summary", listing.list, *listing.authorities, *listing.secondary_sanctions, listing.note)
    made.add("unscId", *_un_references(record.identifiers))
    return made


def _un_references(numbers: Iterable[Identifier]) -> Iterator[str]:
    for one in numbers:
        if one.type == "un_reference" and len(one.value) <= REFERENCE_CHARACTERS_MAX:
            yield one.value


def _address(address: Address, draft: FtmDraft) -> Iterator[FtmDraft]:
    whole = values.address_text(address)
    country = values.country(address.country) if address.country else None
    if draft.schema not in _VESSEL | _AIRPLANE:
        draft.add("country", country)
    if not whole:
        draft.note("address", address.note)
        return
    made = _hung(draft.id, "address", "Address", whole, country, address.note)
    made.add("full", whole)
    made.add("street", *address.lines[:1])
    made.add("street2", *address.lines[1:])
    made.add("city", address.city)
    made.add("region", address.region)
    postal = address.postal_code or ""
    made.add("postalCode" if len(postal) <= POSTAL_CODE_CHARACTERS_MAX else "remarks", postal)
    made.add("country", country)
    made.add("remarks", address.note)
    draft.add("address", whole)
    draft.add("addressEntity", made.id)
    yield made


def _number(number: Identifier, draft: FtmDraft) -> Iterator[FtmDraft]:
    if number.type == "crypto_address":
        yield _wallet(number, draft)
        return
    if number.type in _REFERENCES or len(number.value) > NUMBER_CHARACTERS_MAX:
        draft.note(number.label or number.type, _number_words(number))
        return
    if not _has_number(number, draft):
        draft.note(number.label or number.type, _number_words(number))
        return
    if number.type in _PAPERS and draft.schema in PARTIES:
        yield _paper(number, draft)
    elif extra := _number_extra(number):
        draft.note(f"{number.label or number.type} {number.value}", extra)


def _has_number(number: Identifier, draft: FtmDraft) -> bool:
    """Add a number to the property that is made for it, else, or where that takes a part of it, to the one for any.
    Returns whether there is one."""
    for place in PLACES.get(number.type, ()):
        if draft.schema in place.schemata and (found := place.form(number.value)) is not None:
            draft.add(place.name, found)
            if _bare(found) == _bare(number.value):
                return True
    name = _any_number(number.type, draft.schema)
    if name is not None:
        draft.add(name, number.value)
    return name is not None


def _any_number(type_: IdentifierType, schema: str) -> str | None:
    """The property for a number that does not check, or has none of its own; None where it is no number of such a
    party: a ship has no tax number, and the transponder of an aircraft is no registration."""
    has_own = any(schema in place.schemata for place in PLACES.get(type_, ()))
    if type_ in _OF_CRAFT or schema in _CRAFT:
        return "registrationNumber" if has_own or (schema in _CRAFT and type_ in _REGISTERS_CRAFT) else None
    if type_ in _PAPERS or (schema == "Person" and type_ in _PERSONAL):
        return "idNumber"
    return "registrationNumber"


def _bare(number: str) -> str:
    """What two spellings of a number have in common."""
    return "".join(char for char in number.upper() if char.isalnum()).removeprefix("IMO")


def _number_words(number: Identifier) -> str:
    extra = _number_extra(number)
    return f"{number.value} ({extra})" if extra else number.value


def _number_extra(number: Identifier) -> str:
    """What is said beside a number, in words."""
    issued = f"issued {values.date_words(number.issued_on)}" if number.issued_on else None
    expires = f"expires {values.date_words(number.expires_on)}" if number.expires_on else None
    said = (number.country, number.issuer, issued, expires, number.validity, number.note)
    return "; ".join(part for part in said if part)


def _paper(number: Identifier, draft: FtmDraft) -> FtmDraft:
    made = _hung(
        draft.id, "paper", _PAPERS[number.type], number.type, number.value, number.label, _number_extra(number)
    )
    made.add("holder", draft.id)
    made.add("number", number.value)
    made.add("type", number.label or number.type.replace("_", " "))
    made.add("country", values.country(number.country) if number.country else None)
    made.add("authority", number.issuer)
    for name, said in (("startDate", number.issued_on), ("endDate", number.expires_on)):
        if said is not None:
            found = values.dates(said)
            made.add(name, *found)
            made.add("summary", *(() if found == (said.date,) else (values.date_words(said),)))
    made.add("summary", number.validity, number.note)
    return made


def _wallet(number: Identifier, draft: FtmDraft) -> FtmDraft:
    made = _hung(draft.id, "wallet", "CryptoWallet", number.value, number.currency)
    made.add("publicKey", number.value)
    made.add("currency", number.currency)
    made.add("topics", *draft.properties.get("topics", ()))
    made.add("notes", number.note)
    if draft.schema in PARTIES:
        made.add("holder", draft.id)
    return made


def _tie(relation: Relation, draft: FtmDraft) -> Iterator[FtmDraft]:
    if relation.key is None or entity_id(relation.key) == draft.id:
        said = relation.name or relation.key
        draft.note(f"{'formerly ' if relation.former else ''}{relation.type}", said, relation.note)
        return
    fitting = (tie for words, tie in TIES if words in relation.type and draft.schema in tie.schemata)
    tie = next(fitting, _LINK)
    other = entity_id(relation.key)
    made = _hung(draft.id, "tie", tie.schema, other, relation.type, str(relation.former), relation.note)
    made.add(tie.own, draft.id)
    made.add(tie.other, other)
    made.add(tie.role, relation.type)
    if relation.former:
        made.add("status" if tie.schema != "Family" else "summary", "former")
    made.add("summary", relation.note, relation.name)
    yield made
