"""UN Security Council consolidated list: one XML document, individuals and entities of all sanctions committees."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Identifier,
    IdentifierType,
    Listing,
    Name,
    NamePart,
    PartialDate,
    Place,
    Record,
    Strength,
)
from syncd.errors import Unreadable
from syncd.feeds.contract import Feed, Header, Limits, RawEntry, Reader, Source
from syncd.formats import xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import cells, countries, dates, identifiers, names

ID = "un_sc"
ROOT = "CONSOLIDATED_LIST"
ADDRESS = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"

# Written by the publisher's software where there is nothing.
_NOTHING = frozenset({"null", "none", "na", "n/a", "-"})
_STRENGTHS: dict[str, Strength] = {"good": "strong", "low": "weak"}
_SLASH = re.compile(r"/(?:or )?")
_AGE = re.compile(r"\d{1,2}(?:\s*-\s*\d{1,2})? years old", re.IGNORECASE)
_IN_SCRIPT = re.compile(r"(?:original|arabic|russian|cyrillic|persian|urdu) script:\s*(?P<name>.+)", re.IGNORECASE)
_NUMBER_IN_WORDS = re.compile(
    r"(?:^|\b(?:number|no|card|code|ssn)[.:]*\s+)(?P<number>[A-Z]{0,2}[\s\-]{0,2}\d[\w/\-]*|[A-Z]{6}\w{10})(?=$|[\s,;])",
    re.IGNORECASE,
)
# In a description of a document, the first of these words that occurs tells its type.
_DOCUMENT_WORDS: tuple[tuple[str, IdentifierType], ...] = (
    ("travel document", "travel_document"),
    ("birth certificate", "birth_certificate"),
    ("driv", "driving_licence"),
    ("social security", "social_security"),
    ("ssn", "social_security"),
    ("fiscal", "tax"),
    ("resident", "residence"),
    ("military", "military"),
    ("serviceman", "military"),
    ("passport", "passport"),
    ("pasaporte", "passport"),
    ("passeport", "passport"),
    ("certificate", "other"),
    ("ration", "other"),
    ("voter", "other"),
    ("student", "other"),
    ("other id", "other"),
)
_DOCUMENT_OF = re.compile(
    r"(?<!\s)\s++(?:(?:national|foreign|alien|travel|civil|identity|identification|registration|card|passport|number|no\.?)\s*+){1,9}+$",
    re.IGNORECASE,
)
# What stood as a nationality and is not one that the person has, or names no single country: kept as published.
_NO_NATIONALITY = re.compile(
    r"withdrawn|revoked|until|not registered|^congolese$|^unresolved\b|^born in\b|^united states\. also",
    re.I,
)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    for element in xml.split(stream, root=ROOT, tags=("INDIVIDUAL", "ENTITY"), keep_indentation=False):
        if header.published is None:
            header.published = element.get("dateGenerated", "")
            continue
        yield RawEntry(raw=xml.raw(element), content=element)
    header.published = header.published or None


def record(content: Any, reading: Reading) -> Record:
    entry = reading.xml(content)
    reference = entry.text("REFERENCE_NUMBER")
    reading.key = key = f"{ID}:{reference.strip()}"
    person = entry.name == "INDIVIDUAL"
    prefix = "INDIVIDUAL" if person else "ENTITY"
    primary = _primary(entry, person=person)
    aliases = _Aliases(entry, f"{prefix}_ALIAS", reading)
    entry.ignore("VERSIONNUM", why="counts the saves in the publisher's database, and says nothing about the target")
    entry.ignore("SORT_KEY", "SORT_KEY_LAST_MOD", why="places the entry in the publisher's own order")
    entry.ignore("noNamespaceSchemaLocation", why="where the schema was when the document was written")
    entry.keep("SUBMITTED_BY", "SUBMITTED_ON")
    return Record(
        key=key,
        feed=ID,
        kind="person" if person else "organisation",
        names=(*primary, *aliases.names),
        birth_dates=unique([*_birth_dates(entry, reading), *aliases.birth_dates]),
        birth_places=unique([*_birth_places(entry, reading), *aliases.birth_places]),
        nationalities=_nationalities(entry, reading),
        genders=reading.genders("GENDER", entry.texts("GENDER")),
        titles=_values(entry, "TITLE"),
        positions=_values(entry, "DESIGNATION"),
        addresses=tuple(_addresses(entry, f"{prefix}_ADDRESS", reading)),
        identifiers=(*_references(entry, reference), *_documents(entry, reading)),
        listings=(_listing(entry, reading),),
        remarks=tuple(entry.texts("COMMENTS1")),
    )


def _primary(entry: XmlFields, *, person: bool) -> list[Name]:
    """The name as listed, and in its original script. The four parts are places in the name, not kinds of name."""
    parts = [
        part
        for number in ("FIRST", "SECOND", "THIRD", "FOURTH")
        if (part := _said(entry.text_optional(f"{number}_NAME")))
    ]
    found = []
    if parts:
        given_apart = tuple(NamePart(kind="other", value=part) for part in parts) if person else ()
        full = names.joined(parts)
        found.append(Name(full=full, kind="primary", parts=given_apart, script=names.script(full)))
    original = _said(entry.text_optional("NAME_ORIGINAL_SCRIPT"))
    if original:
        found.append(Name(full=original, kind="primary", script=names.script(original)))
    return found


class _Aliases:
    """The aliases of an entry, and the dates and places of birth that stand beside them."""

    def __init__(self, entry: XmlFields, tag: str, reading: Reading) -> None:
        self.names: list[Name] = []
        self.birth_dates: list[PartialDate] = []
        self.birth_places: list[Place] = []
        self._reading = reading
        for alias in entry.children(tag):
            self._read(alias)

    def _read(self, alias: XmlFields) -> None:
        text = _said(alias.text_optional("ALIAS_NAME"))
        note = _said(alias.text_optional("NOTE"))
        quality = (alias.text_optional("QUALITY") or "").strip().lower()
        self._birth(alias, f"of the alias {tidy(text)}" if text else None)
        if text is None:
            self._reading.keep(f"{alias.name}/NOTE", note)
            return
        in_script = _IN_SCRIPT.fullmatch(note.strip()) if note else None
        written = in_script["name"] if in_script else None
        for full in cells.outside_brackets(text, ";"):
            self.names.append(_alias(full, quality, None if written else note))
        if written:
            self.names.append(_alias(written, quality, None))

    def _birth(self, alias: XmlFields, note: str | None) -> None:
        published = _said(alias.text_optional("DATE_OF_BIRTH"))
        if published:
            found = self._reading.value(f"{alias.name}/DATE_OF_BIRTH", dates.partial, published, _as_published)
            self.birth_dates += [replace(date, note=note) for date in found]
        city = _said(alias.text_optional("CITY_OF_BIRTH"))
        country = _said(alias.text_optional("COUNTRY_OF_BIRTH"))
        if city or country:
            code, said = _country(country, f"{alias.name}/COUNTRY_OF_BIRTH", self._reading)
            self.birth_places.append(Place(city=city, country=code, note=said or note))


def _alias(full: str, quality: str, note: str | None) -> Name:
    former = quality == "f.k.a."
    return Name(
        full=full,
        kind="former" if former else "alias",
        strength=_STRENGTHS.get(quality),
        script=names.script(full),
        note=note,
    )


def _birth_dates(entry: XmlFields, reading: Reading) -> list[PartialDate]:
    found: list[PartialDate] = []
    for birth in entry.children("INDIVIDUAL_DATE_OF_BIRTH"):
        kind = (birth.text_optional("TYPE_OF_DATE") or "").strip().lower()
        note = _said(birth.text_optional("NOTE"))
        approximate = kind == "approximately" or (note or "").strip().lower() == "approximately"
        in_fields = _dates_in_fields(birth, reading)
        if in_fields:
            found += [replace(date, circa=approximate, note=None if approximate else note) for date in in_fields]
        elif note and _AGE.fullmatch(note.strip()):
            reading.keep("INDIVIDUAL_DATE_OF_BIRTH/NOTE", note)
        elif note:
            read = reading.value("INDIVIDUAL_DATE_OF_BIRTH/NOTE", dates.partial, note, _as_published)
            found += [replace(one, circa=one.circa or approximate) for one in read]
    return found


def _dates_in_fields(birth: XmlFields, reading: Reading) -> tuple[PartialDate, ...]:
    """DATE or YEAR (which holds a range at times), or FROM_YEAR and TO_YEAR."""
    path = birth.name
    exact = _said(birth.text_optional("DATE")) or _said(birth.text_optional("YEAR"))
    first, last = _said(birth.text_optional("FROM_YEAR")), _said(birth.text_optional("TO_YEAR"))
    if exact:
        return reading.value(path, dates.partial, exact, _as_published)
    if first and last:
        return reading.value(path, dates.partial, f"between {first} and {last}", _as_published)
    one = first or last
    return reading.value(path, dates.partial, one, _as_published) if one else ()


def _birth_places(entry: XmlFields, reading: Reading) -> Iterator[Place]:
    for place in entry.children("INDIVIDUAL_PLACE_OF_BIRTH"):
        code, said = _country(_said(place.text_optional("COUNTRY")), "INDIVIDUAL_PLACE_OF_BIRTH/COUNTRY", reading)
        note = _said(place.text_optional("NOTE"))
        found = Place(
            full=_said(place.text_optional("STREET")),
            city=_said(place.text_optional("CITY")),
            region=_said(place.text_optional("STATE_PROVINCE")),
            country=code,
            note=_notes(said, note),
        )
        if found != Place():
            yield found


def _addresses(entry: XmlFields, tag: str, reading: Reading) -> Iterator[Address]:
    for address in entry.children(tag):
        code, said = _country(_said(address.text_optional("COUNTRY")), f"{tag}/COUNTRY", reading)
        street = _said(address.text_optional("STREET"))
        found = Address(
            lines=(street,) if street else (),
            city=_said(address.text_optional("CITY")),
            region=_said(address.text_optional("STATE_PROVINCE")),
            postal_code=_said(address.text_optional("ZIP_CODE")),
            country=code,
            note=_notes(said, _said(address.text_optional("NOTE"))),
        )
        if found != Address():
            yield found


def _nationalities(entry: XmlFields, reading: Reading) -> tuple[str, ...]:
    found: list[str] = []
    published = [text for field in entry.children("NATIONALITY") for text in field.texts("VALUE")]
    for text in [*published, *entry.texts("NATIONALITY2")]:
        if _said(text) is None:
            continue
        if _NO_NATIONALITY.search(text.strip()):
            reading.keep("NATIONALITY", text)
            continue
        for part in _SLASH.split(text):
            code, said = _country(part, "NATIONALITY", reading)
            reading.keep("NATIONALITY", said)
            found += [code] if code else []
    return unique(found)


def _references(entry: XmlFields, reference: str) -> Iterator[Identifier]:
    """A reference in another form than the Council's own, as in 2016, is still the list's number of the entry."""
    try:
        yield Identifier(type="un_reference", value=identifiers.un_reference(reference), label="REFERENCE_NUMBER")
    except Unreadable:
        yield Identifier(type="list_id", value=reference.strip(), label="REFERENCE_NUMBER")
    data_id = entry.text_optional("DATAID")
    if data_id:
        yield Identifier(type="list_id", value=data_id.strip(), label="DATAID")


def _documents(entry: XmlFields, reading: Reading) -> Iterator[Identifier]:
    for document in entry.children("INDIVIDUAL_DOCUMENT"):
        found = _document(document, reading)
        if found is not None:
            yield found


def _document(document: XmlFields, reading: Reading) -> Identifier | None:
    """One identity document. Without a number of its own, the number in its description; else the description."""
    kinds = [tidy(kind) for name in ("", "2") if (kind := document.text_optional(f"TYPE_OF_DOCUMENT{name}"))]
    number, note = _said(document.text_optional("NUMBER")), _said(document.text_optional("NOTE"))
    country, issuer, remark = _issued_by(document, reading)
    issued = _said(document.text_optional("DATE_OF_ISSUE"))
    told = number or next((found for text in (note, *reversed(kinds[1:])) if (found := _number_in(text))), None)
    value = told or note
    if value is None:
        reading.keep("INDIVIDUAL_DOCUMENT", "; ".join(part for part in (*kinds, issued, issuer, country) if part))
        return None
    return Identifier(
        type=_document_type(" ".join([*reversed(kinds), note or ""]) if number is None else " ".join(reversed(kinds))),
        value=value,
        label=": ".join(kinds) or None,
        country=country,
        issuer=issuer,
        issued_on=reading.date("INDIVIDUAL_DOCUMENT/DATE_OF_ISSUE", dates.iso, issued) if issued else None,
        note=_notes(remark, note if value != note else None),
    )


def _issued_by(document: XmlFields, reading: Reading) -> tuple[str | None, str | None, str | None]:
    """(country, issuing place, remark). The place of issue may lie in another country than the one that issues."""
    country = _said(document.text_optional("ISSUING_COUNTRY"))
    city = _said(document.text_optional("CITY_OF_ISSUE"))
    place = _said(document.text_optional("COUNTRY_OF_ISSUE"))
    of = country or place
    issuer = ", ".join(part for part in (city, place if country else None) if part) or None
    if of is None:
        return None, issuer, None
    without = _DOCUMENT_OF.sub("", tidy(of))
    if without != tidy(of):
        return _country(without, "INDIVIDUAL_DOCUMENT/ISSUING_COUNTRY", reading)[0], issuer, of
    code, said = _country(of, "INDIVIDUAL_DOCUMENT/ISSUING_COUNTRY", reading)
    return code, issuer, said


def _document_type(description: str) -> IdentifierType:
    text = description.lower()
    return next((kind for word, kind in _DOCUMENT_WORDS if word in text), "national_id")


def _number_in(text: str | None) -> str | None:
    found = _NUMBER_IN_WORDS.search(text) if text else None
    return found["number"].strip() if found else None


def _listing(entry: XmlFields, reading: Reading) -> Listing:
    updated = [text for field in entry.children("LAST_DAY_UPDATED") for text in field.texts("VALUE")]
    days = [reading.text("LAST_DAY_UPDATED", dates.iso_day, text) for text in updated]
    listed = entry.text_optional("LISTED_ON")
    lists = _values(entry, "LIST_TYPE")
    return Listing(
        list=lists[0] if lists else "UN List",
        programmes=tuple(entry.texts("UN_LIST_TYPE")),
        listed_on=reading.text("LISTED_ON", dates.iso_day, listed) if listed else None,
        amended_on=max(days, default=None),
    )


def _values(entry: XmlFields, name: str) -> tuple[str, ...]:
    return unique(text for field in entry.children(name) for text in field.texts("VALUE") if _said(text))


def _country(published: str | None, path: str, reading: Reading) -> tuple[str | None, str | None]:
    """(code, note): the text as note when it says more than the country; the text as code when nothing reads it.

    Two countries in one cell (`Sudan/South Sudan`) are none for certain: the text stands as note alone.
    """
    if published is None or countries.is_absent(published):
        return None, None
    several = [part for part in _SLASH.split(published) if part.strip()]
    if len(several) > 1:
        found = {_country(part, path, reading)[0] for part in several} - {None}
        return (found.pop() if len(found) == 1 else None), published
    unread: tuple[str, str | None] = (published, None)
    return reading.value(path, _country_or_remark, tidy(published), lambda _: unread)


def _country_or_remark(published: str) -> tuple[str | None, str | None]:
    """`countries.remarked`; a text with figures that names no country (`born in Syria in 1980`) is a remark."""
    try:
        return countries.remarked(published)
    except Unreadable:
        if any(char.isdigit() for char in published):
            return None, published
        raise


def _as_published(text: str) -> tuple[PartialDate, ...]:
    return (PartialDate(text=text),)


def _notes(*notes: str | None) -> str | None:
    return "; ".join(tidy(note) for note in notes if note) or None


def _said(text: str | None) -> str | None:
    """The text, or None where the publisher's software wrote a word for nothing."""
    return None if text is None or text.strip().lower() in _NOTHING else text


FEED = Feed(
    id=ID,
    title="United Nations Security Council Consolidated List",
    jurisdiction="UN",
    authority="United Nations Security Council",
    legal_basis="Resolutions under Chapter VII of the Charter; binding on member states through their own law",
    homepage="https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
    id_rule=(
        "REFERENCE_NUMBER as published, without white space at its ends: a dozen references carry a trailing space in "
        "some versions and not in others, and are the same listing. It and DATAID are identifiers of the record."
    ),
    sources=(
        Source(
            name="consolidated_xml",
            url=ADDRESS,
            vocabulary="consolidated",
            expect="xml",
            bytes_max=30_000_000,
            unpacked_bytes_max=30_000_000,
            timeout_seconds=120.0,
            typical_bytes=2_300_000,
            typical_seconds=5.0,
        ),
    ),
    readers={"consolidated": Reader(entries=entries, record=record)},
    interval_seconds=120,
    limits=Limits(records_min=500, removals_max=30),
    evidence="full",
    quirks=(
        "Answers 302 to a short-lived signed address; HEAD answers 404.",
        "dateGenerated changes almost daily with nothing else changed; order, quotes and indentation vary.",
        "Empty aliases stand for nothing; some hold only another date of birth.",
        "Aliases joined with semicolons are several names; numbers of documents stand in notes at times.",
        "The parts of a name are numbered, not named: which is the family name is not said.",
    ),
    delay="Hours after the committee's press release.",
)
