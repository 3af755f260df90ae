"""Identities of a target of the Swiss list, and the numbers that stand in its `other-information`."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from lxml import etree
from msgspec.structs import replace

from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Identifier,
    IdentifierType,
    Kind,
    Name,
    PartialDate,
    Place,
    Vessel,
)
from syncd.errors import Unreadable
from syncd.feeds.seco import names
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import company_imo, countries, dates, numbers
from syncd.normalise.contacts import contacts_of_cell
from syncd.normalise.texts import whole_number
from syncd.normalise.words import TRUTH

Kinds = TypeVar("Kinds", IdentifierType, ContactType)
_parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)

_DOCUMENTS: dict[str, IdentifierType] = {
    "passport": "passport",
    "diplomatic-passport": "passport",
    "service-passport": "passport",
    "id-card": "national_id",
    "identity-card": "national_id",
    "driving-license": "driving_licence",
    "driver-license": "driving_licence",
    "driving-permit": "driving_licence",
    "residence-permit": "residence",
    "resident-permit": "residence",
    "travel-document": "travel_document",
    "visa": "visa",
    "other": "other",
}


# How good a date is; one of an unknown quality is not taken for exact.
_VAGUE = {"good": False, "low": True}


class _Located(NamedTuple):
    """The content of a place: town, region, country, and a remark when its country says more than a code."""

    city: str | None = None
    region: str | None = None
    country: str | None = None
    note: str | None = None


_NOWHERE = _Located()


class Identities:
    """All identities of a party together. `places` are the document's places by ssid, as XML."""

    def __init__(self, party: XmlFields | None, kind: Kind, places: Mapping[str, bytes], reading: Reading) -> None:
        self.names: list[Name] = []
        self.titles: list[str] = []
        self.birth_dates: list[PartialDate] = []
        self.birth_places: list[Place] = []
        self.nationalities: list[str] = []
        self.addresses: list[Address] = []
        self.documents: list[Identifier] = []
        self.vessel: Vessel | None = None
        self._kind = kind
        self._places = places
        self._located: dict[str, _Located] = {}
        self._reading = reading
        for identity in party.children("identity") if party else ():
            self._read(identity)

    def _read(self, identity: XmlFields) -> None:
        identity.ignore("ssid", why="numbers the identity in the publisher's own database")
        main = self._reading.word("identity/@main", TRUTH, identity.attribute_optional("main"), True)
        named = names.SecoIdentity(identity, self._reading, main=main)
        self.names += named.names
        self.titles += named.titles
        self._dates(identity)
        self._birth_places(identity)
        self._nationalities(identity)
        self._addresses(identity)
        for fields in identity.children("identification-document"):
            self._document(fields)

    def _dates(self, identity: XmlFields) -> None:
        """Of a person the birth, of a ship the building; what it is of an organisation is not said, and kept."""
        for fields in identity.children("day-month-year"):
            found = self._date(fields)
            if found is None:
                continue
            if self._kind == "person":
                self.birth_dates.append(found)
            elif self._kind == "vessel":
                built = self.vessel.built if self.vessel else ()
                self.vessel = Vessel(built=unique((*built, found)))
            else:
                self._reading.keep("day-month-year", found.date or found.text)

    def _date(self, fields: XmlFields) -> PartialDate | None:
        fields.ignore("ssid", why="numbers the date in the publisher's own database")
        day, month, year = (fields.attribute_optional(name) or "" for name in ("day", "month", "year"))
        quality = fields.attribute_optional("quality")
        circa = bool(quality) and self._reading.word("day-month-year/@quality", _VAGUE, quality, True)
        calendar = (fields.attribute_optional("calendar") or "Gregorian").strip().lower()
        if not (day or month or year):
            return None
        if day and year and not month:
            self._reading.keep("day-month-year/@day", day)
        published = f"{day or 'dd'}/{month or 'mm'}/{year or 'yyyy'}"
        read = _in_calendar(calendar)
        found = self._reading.value("day-month-year", read, published, _as_text)
        return replace(found, circa=circa) if found and found.text is None else found

    def _birth_places(self, identity: XmlFields) -> None:
        for fields in identity.children("place-of-birth"):
            fields.ignore("ssid", "quality", why="numbers and weighs the place in the publisher's own database")
            where = self._where(fields)
            note = _notes(where.note, fields.text_optional("remarks"))
            found = Place(city=where.city, region=where.region, country=where.country, note=note)
            self.birth_places += [found] if found != Place() else []

    def _nationalities(self, identity: XmlFields) -> None:
        for fields in identity.children("nationality"):
            fields.ignore("ssid", "quality", why="numbers and weighs the nationality in the publisher's own database")
            code, note = _country(fields, "nationality/country", self._reading)
            self.nationalities += [code] if code else []
            self._reading.keep("nationality", note)

    def _addresses(self, identity: XmlFields) -> None:
        for fields in identity.children("address"):
            fields.ignore("ssid", "quality", "main", why="numbers and weighs the address in the publisher's database")
            where = self._where(fields)
            box = fields.text_optional("p-o-box")
            lines = (fields.text_optional("c-o"), fields.text_optional("address-details"), box and f"P.O. Box {box}")
            found = Address(
                lines=tuple(line for line in lines if line),
                city=where.city,
                region=where.region,
                postal_code=fields.text_optional("zip-code"),
                country=where.country,
                note=_notes(where.note, fields.text_optional("remarks")),
            )
            self.addresses += [found] if found != Address() else []

    def _where(self, fields: XmlFields) -> _Located:
        ssid = (fields.attribute_optional("place-id") or "").strip()
        if not ssid:
            return _NOWHERE
        if ssid not in self._places:
            self._reading.unknown_field(f"{fields.name}/@place-id", ssid)
            return _NOWHERE
        if ssid not in self._located:
            self._located[ssid] = self._place(self._places[ssid])
        return self._located[ssid]

    def _place(self, raw: bytes) -> _Located:
        fields = self._reading.xml(etree.fromstring(raw, _parser))
        fields.ignore("ssid", why="how others refer to the place")
        fields.ignore("location-variant", "area-variant", why="the same place in other spellings")
        code, note = _country(fields, "place/country", self._reading)
        return _Located(fields.text_optional("location"), fields.text_optional("area"), code, note)

    def _document(self, fields: XmlFields) -> None:
        fields.ignore("ssid", "place-id", why="numbers the document in the publisher's own database")
        type_ = fields.attribute_optional("document-type") or "other"
        kind = self._reading.word("identification-document/@document-type", _DOCUMENTS, type_, "other")
        number = fields.text_optional("number")
        code, issuer = _country(fields, "identification-document/issuer", self._reading, name="issuer")
        issued, expires = (self._day(fields, name) for name in ("date-of-issue", "expiry-date"))
        note = _notes(fields.text_optional("remark"), fields.text_optional("remarks"))
        if number is None:
            self._reading.keep("identification-document", _notes(type_, code, issuer, note))
            return
        self.documents.append(
            Identifier(
                type=numbers.by_form(number, kind, self._kind),
                value=number,
                label=type_,
                country=code,
                issuer=issuer,
                issued_on=issued,
                expires_on=expires,
                note=note,
            )
        )

    def _day(self, fields: XmlFields, name: str) -> PartialDate | None:
        published = fields.text_optional(name)
        return self._reading.date(f"{fields.name}/{name}", _one_date, published) if published else None


def _in_calendar(calendar: str) -> Callable[[str], PartialDate | None]:
    if calendar == "gregorian":
        return dates.day_first
    return _islamic if calendar in ("islamic", "hijri") else _unread


def _islamic(published: str) -> PartialDate:
    day, month, year = (whole_number(part) for part in published.split("/"))
    if year is None:
        raise Unreadable(published, "a day or month without a year")
    return dates.islamic(year, month, day if month else None)


def _unread(published: str) -> PartialDate:
    raise Unreadable(published, "a calendar that no rule reads")


def _as_text(published: str) -> PartialDate:
    return PartialDate(text=published)


def _one_date(published: str) -> PartialDate:
    found = dates.partial(published)
    if len(found) != 1:
        raise Unreadable(published, "several dates in place of one")
    return found[0]


def _country(fields: XmlFields, path: str, reading: Reading, *, name: str = "country") -> tuple[str | None, str | None]:
    """(code, note) of a child that names a country by code and text: the code decides, a text that says more is a note.

    Text that no rule reads stands as published in place of the code.
    """
    child = fields.child_optional(name)
    if child is None:
        return None, None
    code = child.attribute_optional("iso-code") or child.attribute_optional("code")
    text = child.own_text()
    if code and not countries.is_absent(code):
        return reading.text(path, countries.code, code), None
    if text is None or countries.is_absent(text):
        return None, None
    unread: tuple[str, str | None] = (text, None)
    return reading.value(path, countries.remarked, text, lambda _: unread)


def _notes(*notes: str | None) -> str | None:
    return "; ".join(note.strip() for note in notes if note) or None


# Numbers in words.

_NUMBER = r"(?P<value>[\w][\w/.\- ]*\d(?:[^\W\d]|[/\-])*+|\d)"
_IMO = re.compile(r"\bIMO(?:\s++(?:number|no\.?))?\s*+:?\s*+(?P<value>\d{7})\b", re.IGNORECASE)
_TYPED: tuple[tuple[re.Pattern[str], IdentifierType], ...] = (
    (
        re.compile(
            rf"(?:taxpayer|tax) (?:identification|registration) number\s*+(?:\(?INN\)?)?\s*+:\s*+{_NUMBER}", re.I
        ),
        "tax",
    ),
    (re.compile(rf"INN\s*+:\s*+{_NUMBER}", re.I), "tax"),
    (re.compile(rf"^(?:(?:state|business|main)\s++)*+registration number\s*+:\s*+{_NUMBER}", re.I), "registration"),
    (
        re.compile(r"SWIFT(?:\s*+/\s*+BIC)?(?:\s++codes?)?\s*+:\s*+(?P<value>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)"),
        "bic",
    ),
)
_LABELLED = frozenset({"lei", "inn", "ogrn", "kpp", "okpo", "bik", "tax", "vat", "uscc", "registration"})
_CONTACT_LABEL = re.compile(r"(?:tel|phone|mobile|fax|e-?mail|web\s?site)\b", re.I)
_CONTACTS: tuple[tuple[re.Pattern[str], ContactType], ...] = (
    (re.compile(r"web\s?site\s*+:\s*+(?P<value>(?:https?:|www\.)\S+?)", re.I), "website"),
    (re.compile(r"e-?mail(?: address)?\s*+:\s*+(?P<value>[^\s@;,]+@[^\s@;,]+?)", re.I), "email"),
    (re.compile(r"(?:tel\.?|(?:tele)?phone)(?: number)?\s*+:\s*+(?P<value>\+?[\d() /.\-]+\d)", re.I), "phone"),
    (re.compile(r"fax(?: number)?\s*+:\s*+(?P<value>\+?[\d() /.\-]+\d)", re.I), "fax"),
)


class OtherInformation(NamedTuple):
    """Return the identifiers in `other-information` (whole texts of a known form), and the texts that say more."""

    identifiers: tuple[Identifier, ...]
    contacts: tuple[Contact, ...]
    remarks: tuple[str, ...]


def typed_texts(texts: list[str], kind: Kind) -> OtherInformation:
    """An IMO number is found anywhere in a text, which then stays a remark; all else only when it is the whole text.

    `kind` is that of the target: the IMO number of an organisation is that of a company.
    """
    found: list[Identifier] = []
    contacts: list[Contact] = []
    remarks: list[str] = []
    for text in texts:
        said = text.strip().rstrip(".;")
        numbers_ = _imo_numbers(said, kind)
        found += numbers_
        typed, contact = _whole(said, _TYPED) or _labelled(said, kind), _whole(said, _CONTACTS)
        several = contacts_of_cell(said, "phone") if _CONTACT_LABEL.match(said) else ()
        if typed:
            label = said.partition(":")[0].strip()
            found.append(Identifier(type=typed[0], value=typed[1], label=label))
        elif contact or len(several) > 1:
            contacts += [Contact(type=contact[0], value=contact[1])] if contact else several
        elif not (numbers_ and _IMO.fullmatch(said)):
            remarks.append(text)
    return OtherInformation(tuple(found), tuple(contacts), tuple(remarks))


def _imo_numbers(text: str, kind: Kind) -> list[Identifier]:
    if kind != "organisation":
        return [Identifier(type="imo", value=one["value"]) for one in _IMO.finditer(text)]
    whole = _IMO.fullmatch(text)
    if whole:
        return [Identifier(type=numbers.imo_of(kind, whole["value"]), value=whole["value"])]
    return list(company_imo.of_texts([text], kind))


def _labelled(text: str, kind: Kind) -> tuple[IdentifierType, str] | None:
    """`OGRN: 1027700132195`: the only number of a text that is nothing but a label and it."""
    found = numbers.numbers_of_cell(text, column="other", kind=kind)
    is_whole = len(found) == 1 and found[0].type in _LABELLED and not found[0].note
    return (found[0].type, found[0].value) if is_whole else None


def _whole(text: str, forms: tuple[tuple[re.Pattern[str], Kinds], ...]) -> tuple[Kinds, str] | None:
    for pattern, kind in forms:
        matched = pattern.fullmatch(text)
        if matched:
            return kind, matched["value"].strip()
    return None
