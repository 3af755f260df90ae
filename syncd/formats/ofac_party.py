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

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import Struct, field

from syncd.core.model import (
    Address,
    Aircraft,
    Contact,
    Identifier,
    IdentifierType,
    Kind,
    Listing,
    Name,
    NameKind,
    NamePart,
    PartialDate,
    Place,
    Record,
    Relation,
    Vessel,
)
from syncd.errors import Unreadable
from syncd.formats import ofac_names
from syncd.formats import ofac_terms as terms
from syncd.formats.fields import Reading, unique
from syncd.normalise import countries, dates, identifiers


class Feature(NamedTuple):
    """A statement about a party. `value` is a text, a country's name or the label of a code; or there is a `date`.

    `reliability` is OFAC's word (`Confirmed`, `Reported`, `False`), None when it says nothing.
    """

    type: str
    label: str
    version: str
    value: str | None
    date: PartialDate | None
    reliability: str | None
    comment: str | None


class Document(NamedTuple):
    """An identity document. `holder` is the id of the name in which it was issued; `features` are versions of features
    that it states."""

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
    holder: str | None
    features: tuple[str, ...]


class Location(NamedTuple):
    """An address in one script: its parts by LocPartType. `note` names the script when it is a translation."""

    parts: dict[str, str]
    country: str | None
    note: str | None


class Party(Struct, kw_only=True):
    """Everything that a document says of one party. `names` by the id of the documented name, in published order."""

    key: str
    feed: str
    kind: Kind
    names: dict[str, Name] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
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
    weak: bool,
    comment: str | None,
    reading: Reading,
) -> Name | None:
    """A name in one script, None when it has no parts. `alias` is the AliasType."""
    if not parts:
        return None
    script = terms.SCRIPTS.get(script_name or "")
    if script is None and script_name is not None:
        reading.unknown_field("Script", script_name)
    if alias not in terms.ALIAS_TYPES:
        reading.unknown_field("AliasType", alias)
    kind: NameKind = _NAME_KINDS.get(alias, "alias")
    return Name(
        full=ofac_names.full(parts, script),
        kind=kind,
        parts=tuple(parts),
        strength="weak" if weak else None if kind == "primary" else "strong",
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
    said = note(quality and f"quality: {quality}", None if period is None else shown(period), comment)
    return Relation(type=(kind or terms.UNKNOWN).lower(), key=key, former=former, note=said)


Lists = dict[str, list[Any]]


def record(party: Party, reading: Reading) -> Record:
    """The record of a party. Features stand in the order of their version ids, which both vocabularies share."""
    lists: Lists = defaultdict(list)
    for feature in sorted(party.features, key=_version):
        _feature(feature, lists, reading)
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
        listings=tuple(party.listings),
        relations=tuple(party.relations),
        remarks=tuple(party.remarks),
        vessel=Vessel(**ship) if ship else None,
        aircraft=Aircraft(**plane) if plane else None,
        **own,
    )


_NOWHERE = Address()


def _version(feature: Feature) -> tuple[int, str]:
    return (int(feature.version) if feature.version.isdecimal() else 0, feature.version)


def _grouped(lists: Lists) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The fields of the record itself, of its vessel and of its aircraft."""
    groups: dict[str, dict[str, Any]] = {"": {}, "vessel": {}, "aircraft": {}}
    for path, values in lists.items():
        group, _, name = path.rpartition(".")
        groups[group][name] = values[0] if path in _SINGLE else unique(values)
    return groups[""], groups["vessel"], groups["aircraft"]


_SINGLE = frozenset(terms.FEATURE_NUMBERS.values())


def note(*parts: str | None) -> str | None:
    """The parts that there are, in one text."""
    return "; ".join(part for part in parts if part) or None


def country(path: str, published: str, reading: Reading) -> str | None:
    """The code of a country's name; None where OFAC says that it is not known."""
    return None if countries.is_absent(published) else reading.text(path, countries.code, published)


def partial_date(
    first: str | None, first_end: str | None, last: str | None, last_end: str | None, *, circa: bool
) -> PartialDate:
    """OFAC's four dates (`YYYY-MM-DD`) of a moment or a period, as exact as they mean.

    A start or an end that is itself a span of days stands for the year or month that it covers; so does a period from
    the first to the last day of one year or month, and one of whole years. Raises Unreadable.
    """
    if first is None:
        raise Unreadable("", "a period without a beginning")
    if last is None:
        return PartialDate(start=_span(first, first_end or first), circa=circa)
    if first == last and first == (first_end or first) and last == (last_end or last):
        return PartialDate(date=day(first), circa=circa)
    if (first_end or first) == first and (last_end or last) == last:
        return _period(first, last, circa)
    start, end = _span(first, first_end or first), _span(last, last_end or last, late=True)
    return PartialDate(start=start, end=end, circa=circa)


def _period(first: str, last: str, circa: bool) -> PartialDate:
    whole = _covered(day(first), day(last))
    if whole is not None:
        return PartialDate(date=whole, circa=circa)
    if first > last:
        raise Unreadable(f"{first} … {last}", "the period ends before it begins")
    if first.endswith("-01-01") and last.endswith("-12-31"):
        return PartialDate(start=first[:4], end=last[:4], circa=circa)
    return PartialDate(start=first, end=last, circa=circa)


def _span(first: str, last: str, *, late: bool = False) -> str:
    """One end of a period: the year or month that its days cover, else the outermost day."""
    whole = _covered(day(first), day(last))
    return whole if whole is not None else (last if late else first)


def _covered(first: str, last: str) -> str | None:
    """The day, month or year whose first and last day these are."""
    if first == last:
        return first
    if first[:4] == last[:4] and first[4:] == "-01-01" and last[4:] == "-12-31":
        return first[:4]
    if first[:7] == last[:7] and first[7:] == "-01" and _last_day(first) == int(last[8:]):
        return first[:7]
    return None


def _last_day(day: str) -> int:
    return monthrange(int(day[:4]), int(day[5:7]))[1]


@lru_cache(maxsize=20_000)
def day(text: str) -> str:
    """A whole day as `YYYY-MM-DD`. Raises Unreadable. Most days stand in many entries."""
    return dates.iso_day(text)


def shown(date: PartialDate) -> str:
    """A date as one text, for a place that has no field for dates."""
    circa = "circa " if date.circa else ""
    if date.start or date.end:
        return f"{circa}{date.start or ''} to {date.end or ''}".strip()
    return f"{circa}{date.date or date.text}"


def _feature(feature: Feature, lists: Lists, reading: Reading) -> None:
    """Put a feature where it belongs; one of an unknown type makes the record partial."""
    kind = feature.type
    said = note(feature.reliability, feature.comment)
    if feature.date is not None:
        _dated(feature, feature.date, said, lists, reading)
        return
    value = feature.value
    if value is None or not value.strip():
        if feature.comment:
            reading.keep(feature.label, feature.comment)
        return
    if kind in terms.FEATURE_TEXTS:
        _plain(feature, terms.FEATURE_TEXTS[kind], value, said, lists, reading)
    elif kind in terms.FEATURE_COUNTRIES:
        _country(feature, value, said, lists, reading)
    elif kind == terms.FEATURE_BIRTH_PLACE:
        lists["birth_places"].append(Place(full=value, note=said))
    elif kind in terms.FEATURE_IDENTIFIERS:
        lists["identifiers"].append(_identifier(terms.FEATURE_IDENTIFIERS[kind], feature, value))
    elif feature.label.startswith(terms.DIGITAL_CURRENCY):
        lists["identifiers"].append(_identifier("crypto_address", feature, value))
    elif kind in terms.FEATURE_CONTACTS:
        lists["contacts"].append(Contact(type=terms.FEATURE_CONTACTS[kind], value=value, note=said))
    else:
        _rare(feature, value, said, lists, reading)


def _rare(feature: Feature, value: str, said: str | None, lists: Lists, reading: Reading) -> None:
    kind = feature.type
    if kind in terms.FEATURE_NUMBERS and terms.FEATURE_NUMBERS[kind] not in lists:
        _plain(feature, terms.FEATURE_NUMBERS[kind], value, said, lists, reading)
    elif kind in terms.FEATURE_DATES:
        lists[terms.FEATURE_DATES[kind]].append(_with_note(reading.date(feature.label, dates.iso, value), said))
    elif kind in terms.FEATURES_KEPT or kind in terms.FEATURE_NUMBERS:
        reading.keep(feature.label, note(value, said))
    else:
        reading.unknown_field(feature.label, note(value, said) or "")


def _dated(feature: Feature, date: PartialDate, said: str | None, lists: Lists, reading: Reading) -> None:
    if feature.type in terms.FEATURE_DATES:
        lists[terms.FEATURE_DATES[feature.type]].append(_with_note(date, said))
    elif feature.type in terms.FEATURES_KEPT:
        reading.keep(feature.label, note(shown(date), said))
    else:
        reading.unknown_field(feature.label, note(shown(date), said) or "")


def _with_note(date: PartialDate, said: str | None) -> PartialDate:
    if said is None:
        return date
    return PartialDate(date=date.date, start=date.start, end=date.end, circa=date.circa, text=date.text, note=said)


def _plain(feature: Feature, path: str, value: str, said: str | None, lists: Lists, reading: Reading) -> None:
    """A value whose field has no room for a note: what is said of it goes to `other`."""
    lists[path].append(value)
    if said is not None:
        reading.keep(feature.label, note(value, said))


def _country(feature: Feature, value: str, said: str | None, lists: Lists, reading: Reading) -> None:
    path = terms.FEATURE_COUNTRIES[feature.type]
    if value.strip().casefold() in terms.NO_FLAG:
        reading.keep(feature.label, note(value, said))
        return
    code = country(path, value, reading)
    if code is not None:
        _plain(feature, path, code, said, lists, reading)


def _identifier(kind: IdentifierType, feature: Feature, value: str) -> Identifier:
    reported = feature.reliability == "Reported"
    return Identifier(
        type=kind,
        value=value,
        label=feature.label,
        currency=feature.label.removeprefix(terms.DIGITAL_CURRENCY) if kind == "crypto_address" else None,
        validity="reported" if reported else None,
        note=note(None if reported else feature.reliability, feature.comment),
    )


def _document(document: Document, party: Party, reading: Reading) -> Identifier:
    kind, value = _typed(document, reading)
    issuing = None if document.country is None else country("identifiers.country", document.country, reading)
    return Identifier(
        type=kind,
        value=value,
        label=document.label,
        country=issuing,
        issuer=document.issuer,
        issued_on=document.issued_on,
        expires_on=document.expires_on,
        validity=None if document.valid is None else "valid" if document.valid else "fraudulent",
        note=_document_note(document, party),
    )


def _typed(document: Document, reading: Reading) -> tuple[IdentifierType, str]:
    kind = terms.DOCUMENTS.get(document.type)
    if kind is None:
        reading.unknown_field("IDRegDocType", document.label)
        return "other", document.number
    if kind != "imo":
        return kind, document.number
    try:
        return "imo", identifiers.imo(document.number)
    except Unreadable:
        return "registration", document.number


def _document_note(document: Document, party: Party) -> str | None:
    """Comment, place of issue, the name in which it was issued if not the primary one, and what else it states."""
    holder = party.names.get(document.holder or "")
    stated = [feature for feature in party.features if document.features and feature.version in document.features]
    return note(
        document.comment,
        document.issued_in and f"issued in {document.issued_in}",
        f"in the name of {holder.full}" if holder is not None and holder.kind != "primary" else None,
        *(f"{feature.label}: {shown(feature.date) if feature.date else feature.value}" for feature in stated),
    )


def _address(location: Location, reading: Reading) -> Address:
    parts = location.parts
    code = None if location.country is None else country("addresses.country", location.country, reading)
    for unknown in parts.keys() - terms.ADDRESS_PARTS:
        reading.unknown_field(f"LocPartType {unknown}", parts[unknown])
    return Address(
        lines=_present(parts, terms.ADDRESS_LINES),
        city=parts.get(terms.ADDRESS_CITY),
        region=", ".join(_present(parts, terms.ADDRESS_REGIONS)) or None,
        postal_code=parts.get(terms.ADDRESS_POSTAL_CODE),
        country=code,
        note=note(location.note, _territory(location.country, code)) if code or parts else None,
    )


def _territory(label: str | None, code: str | None) -> str | None:
    """The published name of a part of a country, or of two that share a code, which the code alone would lose."""
    return label if code is not None and label in _TERRITORIES else None


_TERRITORIES = frozenset({"West Bank", "Region: Gaza", "Region: Northern Mali", "Region: Crimea"})


def _present(parts: dict[str, str], kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(parts[kind] for kind in kinds if kind in parts)
