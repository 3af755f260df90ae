"""One OFAC party, as both vocabularies state it, → a record.

The readers of Advanced and of Enhanced turn their element into the facts below; only this module decides what a fact
becomes. That is how the two give the same records.

What only one vocabulary says, and why it is left out: the ids of rows (names, parts, features, locations, measures);
Enhanced's `isPrimary` of a feature or of an address (which of two birth dates OFAC shows first) and its formatted texts
of names and dates, which follow from the parts. Advanced's `Former` of a relationship is kept, and was never true.

Relations stand with the party that they start from: Enhanced says them only there, and Advanced's `From-ProfileID`
names the same one. The other party is named by key. OFAC numbers all its lists in one row, so a relation of the
consolidated list can name a party that stands on the SDN list only.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from syncd.core.model import (
    Address,
    Aircraft,
    Identifier,
    IdentifierType,
    Kind,
    Listing,
    Name,
    NameKind,
    NamePart,
    PartialDate,
    Record,
    Relation,
    Vessel,
)
from syncd.errors import MissingField, Unreadable
from syncd.feeds.ofac import features as ofac_features
from syncd.feeds.ofac import listings as ofac_listings
from syncd.feeds.ofac import names as ofac_names
from syncd.feeds.ofac import terms
from syncd.feeds.ofac.dates import date_text
from syncd.feeds.ofac.features import Feature, Lists, feature_country, note, version
from syncd.formats.fields import Reading, unique
from syncd.normalise import identifiers, numbers, source_ids


class IdentityDocument(NamedTuple):
    """An identity document. `holders` are the ids of the names in which it was issued; `features` are versions of
    features that it states."""

    type: str
    label: str
    number: str
    valid: bool | None
    country: str | None
    issuer: str | None
    issued_in: str | None
    issued_on: PartialDate | None
    expires_on: PartialDate | None
    comment: str | None
    holders: tuple[str, ...]
    features: tuple[str, ...]


Parts = dict[str, tuple[str, ...]]
"""The parts of an address by their LocPartType; of several of one type the order says nothing."""


class Location(NamedTuple):
    """An address in one script. `note` names the script when it is a translation."""

    parts: Parts
    country: str | None
    note: str | None


class Party(Struct, kw_only=True):
    """Everything that a document says of one party. `names` by the id of the documented name, in published order."""

    key: str
    feed: str
    kind: Kind
    names: dict[str, Name] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    documents: list[IdentityDocument] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def name_part(kind: str, value: str, reading: Reading) -> NamePart:
    """A part of a name by its NamePartType."""
    known = terms.PART_KINDS.get(kind)
    if known is None:
        reading.unknown_field(f"NamePartType {kind}", value)
    return NamePart(kind=known or "other", value=value)


def name(
    parts: Sequence[NamePart],
    script_name: str | None,
    *,
    alias: str,
    weak: bool | None,
    comment: str | None,
    reading: Reading,
) -> Name | None:
    """A name in one script, None when it has no parts. `alias` is the AliasType; `weak` is None where unknown."""
    if not parts:
        return None
    script = terms.SCRIPTS.get(script_name or "")
    if script is None and script_name is not None:
        reading.unknown_field("Script", script_name)
    if alias not in terms.ALIAS_TYPES:
        reading.unknown_field("AliasType", alias)
    kind: NameKind = _NAME_KINDS.get(alias, "alias")
    return Name(
        full=ofac_names.whole_name(parts, script),
        kind=kind,
        parts=tuple(parts),
        strength="weak" if weak else None if kind == "primary" or weak is None else "strong",
        script=script,
        note=note("N.K.A." if alias == terms.ALIAS_NOW else None, comment),
    )


_NAME_KINDS: dict[str, NameKind] = {terms.ALIAS_PRIMARY: "primary", terms.ALIAS_FORMER: "former"}


def relation(
    kind: str | None,
    key: str,
    *,
    quality: str | None,
    period: PartialDate | None,
    comment: str | None,
    former: bool = False,
) -> Relation:
    """A tie to another party; its quality (`High`, `Low`) and period stand in the note."""
    said = note(quality and f"quality: {quality}", None if period is None else date_text(period), comment)
    return Relation(type=(kind or terms.UNKNOWN).lower(), key=key, former=former, note=said)


def record(party: Party, reading: Reading) -> Record:
    """Return the record of a party. Values that stand twice in a list are left to the reading of every record."""
    lists = ofac_features.gathered(party.features, reading)
    listings = ofac_listings.with_features(party.listings, lists, reading)
    documents = [_document(document, party, reading) for document in party.documents]
    addresses = [_address(location, reading) for location in party.locations]
    own, ship, plane = _grouped(lists)
    return Record(
        key=party.key,
        feed=party.feed,
        kind=party.kind,
        names=tuple(party.names.values()),
        addresses=tuple(address for address in addresses if address != _NOWHERE),
        identifiers=(*own.pop("identifiers", ()), *documents),
        listings=listings,
        relations=tuple(party.relations),
        remarks=tuple(party.remarks),
        vessel=Vessel(**ship) if ship else None,
        aircraft=Aircraft(**plane) if plane else None,
        **own,
    )


_NOWHERE = Address()


def canonical_id(published: str) -> str:
    """The id of another party in the form that makes its key; as published when it is none."""
    try:
        return source_ids.upper(published)
    except MissingField:
        return published


def add_name(party: Party, identity: str | None, found: Name | None) -> None:
    """Give the party a name under the id of the documented name; another one of the same id stands beside it."""
    if found is None:
        return
    if identity is None or party.names.get(identity, found) != found:
        identity = f"{identity or ''} {len(party.names)}"
    party.names[identity] = found


def _grouped(lists: Lists) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The fields of the record itself, of its vessel and of its aircraft."""
    groups: dict[str, dict[str, Any]] = {"": {}, "vessel": {}, "aircraft": {}}
    for path, values in lists.items():
        group, _, name = path.rpartition(".")
        # A list of the record itself is rid of repetitions when the record is read.
        groups[group][name] = values[0] if path in _SINGLE else unique(values) if group else tuple(values)
    return groups[""], groups["vessel"], groups["aircraft"]


_SINGLE = frozenset(terms.FEATURE_NUMBERS.values())


def _document(document: IdentityDocument, party: Party, reading: Reading) -> Identifier:
    kind, value = _typed(document, party.kind, reading)
    issuing = None if document.country is None else feature_country("identifiers.country", document.country, reading)
    return Identifier(
        type=kind,
        value=value,
        label=document.label,
        country=issuing,
        issuer=document.issuer,
        issued_on=document.issued_on,
        expires_on=document.expires_on,
        validity=None if document.valid is None else "valid" if document.valid else "fraudulent",
        note=_document_note(document, party, reading),
    )


def _typed(document: IdentityDocument, holder: Kind, reading: Reading) -> tuple[IdentifierType, str]:
    """The type and the number of a document: by the form of the number where that proves it, else by its label.

    An IMO number without `IMO` before it is the digits alone, on whichever list it stands.
    """
    number = document.number
    kind = terms.document_term(document.type, document.label, holder)
    if kind is None:
        reading.unknown_field("IDRegDocType", document.label)
        kind = "other"
    if kind == "imo" or number[:3].upper() == "IMO":
        try:
            return numbers.imo_of(holder), identifiers.imo(number)
        except Unreadable:
            return "registration" if kind == "imo" else kind, number
    return numbers.by_form(number, kind, holder) if len(number) in _CHECKED_LENGTHS else kind, number


# An LEI has twenty characters; in groups of four with four blanks more. ISINs have a label of their own, and a Mexican
# R.F.C. has their form.
_CHECKED_LENGTHS = frozenset({20, 24})


def _document_note(document: IdentityDocument, party: Party, reading: Reading) -> str | None:
    """Comment, place of issue, the names in which it was issued if not the primary one alone, and what else it states.

    A name or a feature to which it refers, and which the party has not, is reported.
    """
    holders = [party.names[holder] for holder in document.holders if holder in party.names]
    others = sorted({holder.full for holder in holders if holder.kind != "primary" or len(holders) > 1})
    stated = [feature for feature in party.features if document.features and feature.version in document.features]
    for holder in document.holders:
        if holder and holder not in party.names:
            reading.unknown_field("DocumentedNameReference", holder)
    for missing in {*document.features} - {feature.version for feature in stated}:
        reading.unknown_field("FeatureVersionReference", missing)
    return note(
        document.comment,
        document.issued_in and f"issued in {document.issued_in}",
        *(f"in the name of {full}" for full in others),
        *(
            f"{feature.label}: {date_text(feature.date) if feature.date else feature.value or feature.comment}"
            for feature in sorted(stated, key=version)
        ),
    )


def _address(location: Location, reading: Reading) -> Address:
    parts = location.parts
    code = None if location.country is None else feature_country("addresses.country", location.country, reading)
    for unknown in parts.keys() - terms.ADDRESS_PARTS:
        for value in parts[unknown]:
            reading.unknown_field(f"LocPartType {unknown}", value)
    return Address(
        lines=_present(parts, terms.ADDRESS_LINES),
        city=_joined(parts, (terms.ADDRESS_CITY,)),
        region=_joined(parts, terms.ADDRESS_REGIONS),
        postal_code=_joined(parts, (terms.ADDRESS_POSTAL_CODE,)),
        country=code,
        note=note(location.note, _territory(location.country, code)) if code or parts else None,
    )


def _territory(label: str | None, code: str | None) -> str | None:
    """The published name of a part of a country, or of two that share a code, which the code alone would lose."""
    return label if code is not None and label in _TERRITORIES else None


_TERRITORIES = frozenset({"West Bank", "Region: Gaza", "Region: Northern Mali", "Region: Crimea"})


def _joined(parts: Parts, kinds: Sequence[str]) -> str | None:
    return ", ".join(_present(parts, kinds)) or None


def _present(parts: Parts, kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for kind in kinds if kind in parts for value in sorted(parts[kind]))
