"""FollowTheMoney's entity of the party itself: which schema it has, its names, its dates, what else is said of it."""

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from syncd.core.ids import KEY_CHARACTERS, content_id
from syncd.core.linking import spelling
from syncd.core.model import Contact, IdentifierType, Kind, Name, NamePart, PartialDate, PartKind, Record
from syncd.exports import ftm_values as values
from syncd.exports.listing import ListFacts

ID_CHARACTERS_MAX: Final = 80

# Controls of a publisher's wrong encoding (U+0092): no text has them. White space is not among them.
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_PLAIN: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")
_SCHEMATA: Final[dict[Kind, str]] = {
    "person": "Person",
    "organisation": "Organization",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "unknown": "LegalEntity",
}
# What only a company has.
_OF_COMPANIES: Final[frozenset[IdentifierType]] = frozenset({"kpp", "bik", "isin", "ogrn", "lei", "uscc"})
_PARTS: Final[dict[PartKind, str]] = {
    "given": "firstName",
    "middle": "middleName",
    "family": "lastName",
    "patronymic": "fatherName",
    "matronymic": "motherName",
    "suffix": "nameSuffix",
}
TOPICS: Final = {"export_control": "export.control", "export_risk": "export.risk", "debarment": "debarment"}
PARTIES: Final = frozenset({"Person", "Organization", "Company", "LegalEntity"})


class FtmEntity(Struct, frozen=True, kw_only=True):
    """One entity as FollowTheMoney writes it. `target`: it is a party of the list, and not something beside one."""

    id: str
    schema: str
    properties: dict[str, list[str]]
    datasets: tuple[str, ...]
    target: bool = False
    referents: tuple[str, ...] = ()


class FtmDraft(Struct, kw_only=True):
    """An entity while its values are gathered: each once, in the order in which they came."""

    id: str
    schema: str
    properties: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, *given: str | None) -> None:
        """Add values to a property; empty ones and those that it has are passed over."""
        for value in given:
            text = " ".join(_CONTROLS.sub("", value).split()) if value else ""
            if text and text not in self.properties.setdefault(name, []):
                self.properties[name].append(text)

    def merge(self, other: "FtmDraft") -> None:
        """Add what another draft of the same entity says."""
        for name, found in other.properties.items():
            self.add(name, *found)

    def note(self, what: str, *given: str | None) -> None:
        """Keep values for which there is no property, in the notes, each under its name."""
        self.add("notes", *(f"{what}: {value}" for value in given if value))

    def finished(self, feed: str, *, target: bool = False) -> FtmEntity:
        """Return the entity."""
        properties = {name: found for name, found in self.properties.items() if found}
        return FtmEntity(id=self.id, schema=self.schema, properties=properties, datasets=(feed,), target=target)


def entity_id(key: str) -> str:
    """Return the id of the entity of the record with this key."""
    feed, _, source = key.partition(":")
    plain = len(source) <= ID_CHARACTERS_MAX and _PLAIN.fullmatch(source) is not None
    return f"{feed.replace('_', '-')}.{source if plain else 'x.' + content_id(key, characters=KEY_CHARACTERS)}"


def schema_of(record: Record) -> str:
    """Return FollowTheMoney's schema for a record. An organisation is a Company when its name or its legal form is that
    of one, or it has a number that only companies have; then it can be owned."""
    if record.kind == "organisation" and _is_company(record):
        return "Company"
    return _SCHEMATA.get(record.kind, "LegalEntity")


def _is_company(record: Record) -> bool:
    if record.legal_forms or any(one.type in _OF_COMPANIES for one in record.identifiers):
        return True
    words = (word for name in record.names for word in spelling.romanised(name.full).split())
    return not COMPANY_WORDS.isdisjoint(words)


# Forms of companies in names; words that other organisations and languages have too are left out.
_SHARED_WORDS: Final = (
    "as", "ad", "ip", "s", "ao", "sa", "sas", "ag", "fe", "dd", "open", "closed", "public", "joint", "stock", "private",
    "liability",
)  # fmt: skip
COMPANY_WORDS: Final = spelling.LEGAL_FORMS.difference(_SHARED_WORDS)


def party(record: Record, facts: ListFacts) -> FtmDraft:
    """Return the entity of the record itself, without what its identifiers, addresses and ties add (`ftm_beside`)."""
    draft = FtmDraft(id=entity_id(record.key), schema=schema_of(record))
    for name in record.names:
        _add_name(draft, name)
    if record.names and not draft.properties.get("name"):
        draft.add("name", values.name_text(record.names[0].full))
    draft.add("topics", TOPICS.get(facts.effect, "sanction"))
    _add_countries(draft, "country", record.countries)
    draft.add("notes", *record.remarks)
    draft.add("createdAt", min((one.listed_on for one in record.listings if one.listed_on), default=None))
    draft.add("modifiedAt", max((one.amended_on for one in record.listings if one.amended_on), default=None))
    if draft.schema == "Person":
        _add_personal(draft, record)
    else:
        _add_impersonal(draft, record)
    for contact in record.contacts:
        _add_contact(draft, contact)
    for part in record.other:
        draft.note(part.name, part.value)
    return draft


def _add_name(draft: FtmDraft, name: Name) -> None:
    if name.strength == "weak":
        draft.add("weakAlias", values.name_text(name.full))
    else:
        draft.add({"primary": "name", "former": "previousName"}.get(name.kind, "alias"), values.name_text(name.full))
        if draft.schema == "Person":
            _add_parts(draft, name.parts)
    draft.note(f"{name.full} (name)", name.note)


def _add_parts(draft: FtmDraft, parts: Iterable[NamePart]) -> None:
    for part in parts:
        if part.kind in _PARTS:
            draft.add(_PARTS[part.kind], part.value)
        elif part.kind == "nickname":
            draft.add("weakAlias", part.value)
        elif part.kind == "maiden":
            draft.note("maiden name", part.value)


def _add_countries(draft: FtmDraft, name: str, codes: Iterable[str]) -> None:
    for code in codes:
        found = values.country(code)
        draft.add(name, found)
        if found is None:
            draft.note(f"{name} (withdrawn code)", code)


def _add_dates(draft: FtmDraft, name: str | None, what: str, published: Iterable[PartialDate]) -> None:
    """Dates go to a property as far as it takes them; in words to the notes, where they say more."""
    for one in published:
        found = values.dates(one) if name else ()
        if name:
            draft.add(name, *found)
        if found != (one.date,) or one.note:
            draft.note(what, values.date_words(one))


def _add_personal(draft: FtmDraft, record: Record) -> None:
    _add_dates(draft, "birthDate", "born", record.birth_dates)
    _add_dates(draft, "deathDate", "died", record.death_dates)
    _add_dates(draft, None, "established", record.established)
    for place in record.birth_places:
        draft.add("birthPlace", values.address_text(place))
        _add_countries(draft, "birthCountry", (place.country,) if place.country else ())
        draft.note("place of birth", place.note)
    _add_countries(draft, "nationality", record.nationalities)
    _add_countries(draft, "citizenship", record.citizenships)
    draft.add("gender", *record.genders)
    draft.add("title", *record.titles)
    draft.add("position", *record.positions)
    draft.add("legalForm", *record.legal_forms)
    draft.add("sector", *record.sectors)


def _add_impersonal(draft: FtmDraft, record: Record) -> None:
    is_party = draft.schema in PARTIES
    _add_dates(draft, "incorporationDate" if is_party else None, "established", record.established)
    _add_dates(draft, None, "born", record.birth_dates)
    _add_dates(draft, "dissolutionDate" if is_party else None, "ended", record.death_dates)
    _add_countries(draft, "country", (*record.nationalities, *record.citizenships))
    for name, given in (("legalForm", record.legal_forms), ("sector", record.sectors)):
        if is_party:
            draft.add(name, *given)
        else:
            draft.note(name, *given)
    for place in record.birth_places:
        draft.note("place of birth", values.address_text(place), place.country, place.note)
    draft.note("title", *record.titles)
    draft.note("position", *record.positions)
    _add_craft(draft, record)


def _add_craft(draft: FtmDraft, record: Record) -> None:
    """The particulars of a ship or an aircraft; where the record is taken for neither, in the notes."""
    if record.vessel is not None:
        ship = record.vessel
        is_ship = draft.schema == "Vessel"
        put = draft.add if is_ship else draft.note
        put("type", *ship.types)
        if is_ship:
            _add_countries(draft, "flag", ship.flags)
            _add_countries(draft, "pastFlags", ship.former_flags)
        else:
            draft.note("flag", *ship.flags, *ship.former_flags)
        put("tonnage", ship.tonnage)
        put("grossRegisteredTonnage", ship.gross_tonnage)
        draft.note("length", ship.length)
        draft.note("owner", *ship.owners)
        draft.note("operator", *ship.operators)
        _add_dates(draft, "buildDate" if is_ship else None, "built", ship.built)
    if record.aircraft is not None:
        craft = record.aircraft
        is_craft = draft.schema == "Airplane"
        (draft.add if is_craft else draft.note)("model", *craft.models)
        draft.note("operator", *craft.operators)
        _add_dates(draft, "buildDate" if is_craft else None, "built", craft.manufactured)


def _add_contact(draft: FtmDraft, contact: Contact) -> None:
    forms = {"phone": values.phone, "email": values.email, "website": values.website}
    form = forms.get(contact.type)
    found = form(contact.value) if form and draft.schema in PARTIES else None
    if found is None or contact.note:
        draft.note(contact.type, f"{contact.value}{f' ({contact.note})' if contact.note else ''}")
    if found is not None:
        draft.add(contact.type, found)
