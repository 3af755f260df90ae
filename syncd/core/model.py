"""The record: one entry of a sanctions list, in one shape for every list.

Texts stand as the publisher wrote them, in the order in which they were published; the canonical form
(`core.canonical`) is what comparisons and digests use. Three rules hold everywhere:

* A country is an ISO 3166-1 alpha-2 code, or one of the withdrawn and user-assigned codes in `normalise.countries`.
* A date is never more exact than what was published.
* A value that no rule could read stands as published, and the path of its field is listed in `unreadable`; a published
  field that the model has no place for stands under its own name in `other`. Either makes the record `partial`.
"""

from typing import Literal

from msgspec import Struct

Kind = Literal["person", "organisation", "vessel", "aircraft", "unknown"]
NameKind = Literal["primary", "alias", "former"]
Strength = Literal["strong", "weak"]
PartKind = Literal[
    "given", "middle", "family", "maiden", "patronymic", "matronymic", "nickname", "whole", "suffix", "other"
]
IdentifierType = Literal[
    "passport",
    "national_id",
    "tax",
    "social_security",
    "registration",
    "driving_licence",
    "residence",
    "visa",
    "travel_document",
    "birth_certificate",
    "military",
    "imo",
    "imo_company",
    "mmsi",
    "call_sign",
    "tail_number",
    "construction_number",
    "serial_number",
    "mode_s",
    "bic",
    "bik",
    "lei",
    "isin",
    "inn",
    "ogrn",
    "kpp",
    "okpo",
    "vat",
    "uscc",
    "duns",
    "giin",
    "crypto_address",
    "locode",
    "un_reference",
    "eu_reference",
    "uk_reference",
    "us_reference",
    "fr_reference",
    "ch_reference",
    "list_id",
    "other",
]
Gender = Literal["male", "female", "other"]
ContactType = Literal["email", "phone", "fax", "website", "other"]
Completeness = Literal["complete", "partial"]
MeasureType = Literal[
    "asset_freeze", "travel_ban", "port_ban", "capital_market", "export_control", "debarment", "arms", "other"
]
Validity = Literal["valid", "fraudulent", "expired", "stolen", "revoked", "reported"]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of something published. `Record.other`: a field as the publisher names it, its value verbatim."""

    name: str
    value: str


class PartialDate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A date as exact as it was published, and no more.

    Exactly one of these says when: `date` (`1945`, `1945-03` or `1945-03-12`); `start` and/or `end` (a range, each end
    partial in the same way, both inclusive); `text` (as published, when unreadable).
    `calendar` is given only when it is not the Gregorian one, and then the numbers are of that calendar.
    """

    date: str | None = None
    start: str | None = None
    end: str | None = None
    circa: bool = False
    calendar: Literal["islamic", "solar_hijri", "hebrew", "buddhist"] | None = None
    text: str | None = None
    note: str | None = None


class NamePart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of a name, and what kind of part it is."""

    kind: PartKind
    value: str


class Name(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One name in one script. `parts` are in the published order, which is a fact and not a guess.

    `script` is an ISO 15924 code (`Latn`, `Arab`), `language` a BCP 47 tag; both only when published or certain.
    """

    full: str
    kind: NameKind
    parts: tuple[NamePart, ...] = ()
    strength: Strength | None = None
    script: str | None = None
    language: str | None = None
    note: str | None = None


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place of birth. `full` is the text of a publisher that does not split it."""

    full: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    note: str | None = None


class Address(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`lines` are in the published order: street, building, district."""

    full: str | None = None
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    note: str | None = None


class Identifier(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number that identifies the target. `label` is the publisher's own name of the kind of number.

    `currency` is the publisher's label of a crypto address, which is known to be unreliable, or what its form says.
    """

    type: IdentifierType
    value: str
    label: str | None = None
    country: str | None = None
    issuer: str | None = None
    currency: str | None = None
    issued_on: PartialDate | None = None
    expires_on: PartialDate | None = None
    validity: Validity | None = None
    note: str | None = None


class Contact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way to reach the target, as published."""

    type: ContactType
    value: str
    note: str | None = None


class Listing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why and how the target stands on a list. Dates are `YYYY-MM-DD`, or absent.

    `list` is the authority's own list (`SDN List`); `programmes`, `authorities` (legal acts) and `measures` are the
    publisher's terms. `measure_types` says in words that are the same for all lists what the listing imposes (`other`:
    none of the other words); the feed states by which rule. `schedule` is the part of the act that decides what the
    measure is (`Schedule 1, Part 2`, a directive), `secondary_sanctions` the act that threatens those who deal with the
    target. `listed_on` is when the authority put the target on the list, `effective_on` when the measure entered into
    force, `ends_on` when it ends by itself, `amended_on` the latest change that the publisher admits to.
    """

    list: str
    programmes: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    measure_types: tuple[MeasureType, ...] = ()
    schedule: str | None = None
    secondary_sanctions: tuple[str, ...] = ()
    listed_on: str | None = None
    effective_on: str | None = None
    ends_on: str | None = None
    amended_on: str | None = None
    note: str | None = None


class Relation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tie to another target: `key` when it is a record of the same list, else `name` alone. `type` in the
    publisher's words, lower case."""

    type: str
    key: str | None = None
    name: str | None = None
    former: bool = False
    note: str | None = None


class Vessel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Particulars of a ship. Its IMO number, MMSI and call sign are identifiers. Numbers as published."""

    types: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    former_flags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    tonnage: str | None = None
    gross_tonnage: str | None = None
    length: str | None = None
    built: tuple[PartialDate, ...] = ()


class Aircraft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Particulars of an aircraft. Its tail, serial and construction numbers are identifiers."""

    models: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    manufactured: tuple[PartialDate, ...] = ()


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One normalised entry of a list.

    `key` is `<feed>:<source id>`, the source id in its authority's canonical form (letter case, blanks and invisible
    characters say nothing). `published_id` is the id as published, given only when that is another text; it takes no
    part in comparisons and digests. `established` are the dates on which an organisation was founded or registered,
    `legal_forms` and `sectors` the publisher's words for what it is and does.
    """

    key: str
    feed: str
    kind: Kind
    names: tuple[Name, ...]
    published_id: str | None = None
    birth_dates: tuple[PartialDate, ...] = ()
    birth_places: tuple[Place, ...] = ()
    death_dates: tuple[PartialDate, ...] = ()
    nationalities: tuple[str, ...] = ()
    citizenships: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[Gender, ...] = ()
    titles: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    established: tuple[PartialDate, ...] = ()
    legal_forms: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    contacts: tuple[Contact, ...] = ()
    listings: tuple[Listing, ...] = ()
    relations: tuple[Relation, ...] = ()
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    vessel: Vessel | None = None
    aircraft: Aircraft | None = None
    other: tuple[Part, ...] = ()
    completeness: Completeness = "complete"
    unreadable: tuple[str, ...] = ()
