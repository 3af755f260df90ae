"""UN Security Council consolidated list: one XML document, individuals and entities of all sanctions committees."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
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
    Strength,
)
from syncd.errors import Unreadable
from syncd.feeds.contract import Feed, Header, Limits, RawEntry, Reader, Source
from syncd.formats import xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import company_imo, countries, dates, identifiers, name_cells, names, numbers, source_ids

ID = "un_sc"
ROOT = "CONSOLIDATED_LIST"
ADDRESS = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"

# Written by the publisher's software where there is nothing.
_NOTHING = frozenset({"null", "none", "na", "n/a", "-"})


class _Quality(NamedTuple):
    """What QUALITY says of an alias; of its strength only where the list does."""

    kind: NameKind = "alias"
    strength: Strength | None = None


_QUALITIES: dict[str, _Quality] = {
    "good": _Quality(strength="strong"),
    "low": _Quality(strength="weak"),
    "a.k.a.": _Quality(),
    "f.k.a.": _Quality(kind="former"),
}
# Whether a date is about one: BETWEEN has its two ends. A word that nobody knows makes no date more exact.
_CIRCA: dict[str, bool] = {"exact": False, "between": False, "approximately": True}
_SLASH = re.compile(r"/(?:or )?")
_AGE = re.compile(r"\d{1,2}(?:\s*-\s*\d{1,2})? years old", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{3}")
_NUMBER_IN_WORDS = re.compile(
    r"\b(?:number|no|card|code|ssn|bpa)[.:]*\s+(?P<number>[A-Z]{0,2}[\s\-]{0,2}\d[\w/\-]*|[A-Z]{1,6}\w{4,12}\d)(?=$|[\s,;])",
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
    key = reading.identify(ID, reference, _canonical_id)
    person = entry.name == "INDIVIDUAL"
    prefix = "INDIVIDUAL" if person else "ENTITY"
    kind: Kind = "person" if person else "organisation"
    remarks = tuple(entry.texts("COMMENTS1"))
    addresses = tuple(_addresses(entry, f"{prefix}_ADDRESS", reading))
    primary = _primary(entry, reading, person=person)
    aliases = _Aliases(entry, f"{prefix}_ALIAS", reading)
    entry.ignore("VERSIONNUM", why="counts the saves in the publisher's database, and says nothing about the target")
    entry.ignore("SORT_KEY", "SORT_KEY_LAST_MOD", why="places the entry in the publisher's own order")
    entry.ignore("noNamespaceSchemaLocation", why="where the schema was when the document was written")
    entry.keep("SUBMITTED_BY", "SUBMITTED_ON")
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.once((*primary, *aliases.names)),
        birth_dates=unique([*_birth_dates(entry, reading), *aliases.birth_dates]),
        birth_places=unique([*_birth_places(entry, reading), *aliases.birth_places]),
        nationalities=_nationalities(entry, reading),
        genders=reading.genders("GENDER", entry.texts("GENDER")),
        titles=_values(entry, "TITLE"),
        positions=_values(entry, "DESIGNATION"),
        addresses=addresses,
        identifiers=unique(
            [
                *_references(entry, reference),
                *_documents(entry, reading),
                *company_imo.of_texts([*remarks, *_notes_of(addresses)], kind),
            ]
        ),
        listings=(_listing(entry, reading),),
        remarks=remarks,
    )


def _canonical_id(published: str) -> str:
    """A reference in the Council's own spelling (`QDi.001`); another one in capitals."""
    bare = source_ids.upper(published)
    try:
        return identifiers.un_reference(bare)
    except Unreadable:
        return bare


def _primary(entry: XmlFields, reading: Reading, *, person: bool) -> list[Name]:
    """The name as listed, and in its original script. The four parts are places in the name, not kinds of name."""
    parts = [
        part
        for number in ("FIRST", "SECOND", "THIRD", "FOURTH")
        if (part := _said(entry.text_optional(f"{number}_NAME")))
    ]
    found = _split(names.joined(parts), _Quality("primary"), None, reading)
    if person and len(found) == 1:
        found = [replace(found[0], parts=tuple(NamePart(kind="other", value=part) for part in parts))]
    original = _said(entry.text_optional("NAME_ORIGINAL_SCRIPT"))
    return [*found, *_split(original or "", _Quality("primary"), None, reading)]


def _split(text: str, quality: _Quality, note: str | None, reading: Reading) -> list[Name]:
    """The names of a text. What of it names nobody stands under `other`."""
    found = name_cells.read(text, quality.kind)
    for remark in found.remarks:
        reading.keep("ALIAS_NAME", remark)
    return [
        Name(
            full=one.full,
            kind="former" if quality.kind == "former" else one.kind,
            strength=quality.strength,
            script=names.script(one.full),
            note=_notes(one.note, note),
        )
        for one in found.names
    ]


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
        quality = self._reading.word(f"{alias.name}/QUALITY", _QUALITIES, alias.text_optional("QUALITY"), _Quality())
        self._birth(alias, f"of the alias {text}" if text else None)
        if text is None:
            self._reading.keep(f"{alias.name}/NOTE", note)
            return
        told = name_cells.in_note(note or "", quality.kind)
        quality = quality._replace(kind=told.kind)
        self.names += _split(text, quality, told.rest, self._reading)
        for full in told.names:
            self.names += _split(full, quality, None, self._reading)

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


def _birth_dates(entry: XmlFields, reading: Reading) -> list[PartialDate]:
    found: list[PartialDate] = []
    for birth in entry.children("INDIVIDUAL_DATE_OF_BIRTH"):
        note = _said(birth.text_optional("NOTE"))
        said = (note or "").casefold() in _CIRCA
        kind = birth.text_optional("TYPE_OF_DATE")
        circa = reading.word("INDIVIDUAL_DATE_OF_BIRTH/TYPE_OF_DATE", _CIRCA, kind, True) if kind else False
        circa = circa or (said and _CIRCA[(note or "").casefold()])
        in_fields = _dates_in_fields(birth, reading)
        if in_fields:
            beside = None if said else note
            found += [replace(date, circa=circa or date.circa, note=_notes(date.note, beside)) for date in in_fields]
        elif note and _AGE.fullmatch(note):
            reading.keep("INDIVIDUAL_DATE_OF_BIRTH/NOTE", note)
        elif note:
            read = reading.value("INDIVIDUAL_DATE_OF_BIRTH/NOTE", dates.partial, note, _as_published)
            found += [replace(one, circa=one.circa or circa) for one in read]
    return found


def _dates_in_fields(birth: XmlFields, reading: Reading) -> tuple[PartialDate, ...]:
    """DATE or YEAR (which holds a range at times), or FROM_YEAR and TO_YEAR, of which one may be open."""
    path = birth.name
    day, year = (_said(birth.text_optional(name)) for name in ("DATE", "YEAR"))
    first, last = (_said(birth.text_optional(name)) for name in ("FROM_YEAR", "TO_YEAR"))
    found: tuple[PartialDate, ...] = ()
    if day or year:
        found = reading.value(path, dates.partial, day or year or "", _as_published)
    if day and year and not all((date.date or "").startswith(year) for date in found):
        reading.unreadable.append(path)
        found = (PartialDate(text=f"{day}; {year}"),)
    if first and last:
        found += reading.value(path, dates.partial, f"between {first} and {last}", _as_published)
    elif first or last:
        found += reading.value(path, _open_range(start=first is not None), first or last or "", _as_published)
    return found


def _open_range(*, start: bool) -> Callable[[str], tuple[PartialDate, ...]]:
    """Reads the only end of a range that is open at the other."""

    def read(text: str) -> tuple[PartialDate, ...]:
        (end,) = dates.partial(text)
        if end.date is None:
            raise Unreadable(text, "no end of a range")
        return (replace(end, date=None, start=end.date if start else None, end=None if start else end.date),)

    return read


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


def _notes_of(addresses: Iterable[Address]) -> list[str]:
    return [part for address in addresses for part in (*address.lines, address.note) if part]


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
        yield from _document(document, reading)


def _document(document: XmlFields, reading: Reading) -> Iterator[Identifier]:
    """One identity document. Without a number of its own, the number in its description; else the description."""
    kinds = [kind for name in ("", "2") if (kind := document.text_optional(f"TYPE_OF_DOCUMENT{name}"))]
    number, note = _said(document.text_optional("NUMBER")), _said(document.text_optional("NOTE"))
    country, issuer, remark = _issued_by(document, reading)
    issued = _said(document.text_optional("DATE_OF_ISSUE"))
    day = reading.date("INDIVIDUAL_DOCUMENT/DATE_OF_ISSUE", dates.iso, issued) if issued else None
    told = " ".join([*reversed(kinds), number or note or ""])
    for text, beside in ((number, note), (note, None), (kinds[-1] if kinds else None, note)):
        found = _numbers(text, beside, _document_type(told), ": ".join(kinds) or None, country) if text else ()
        if found:
            yield from (_issued(one, issuer, day, remark) for one in found)
            return
    reading.keep("INDIVIDUAL_DOCUMENT", "; ".join(part for part in (*kinds, issued, issuer, country, note) if part))


def _numbers(
    text: str, note: str | None, column: IdentifierType, label: str | None, country: str | None
) -> tuple[Identifier, ...]:
    found = numbers.of_cell(text, column=column, kind="person", label=label, country=country, note=note)
    return tuple(_bare_number(one) for one in found if any(char.isdigit() for char in one.value))


def _bare_number(found: Identifier) -> Identifier:
    """`Qatari identification number 25463, under name …`: the number alone, with the text as its note."""
    in_words = _NUMBER_IN_WORDS.search(found.value) if _WORD.search(found.value) else None
    if in_words is None:
        return found
    return replace(found, value=in_words["number"].strip(), note=_notes(found.value, found.note))


def _issued(number: Identifier, issuer: str | None, day: PartialDate | None, remark: str | None) -> Identifier:
    return replace(
        number,
        issuer=issuer,
        issued_on=day or number.issued_on,
        note=_notes(remark, number.note),
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


def _listing(entry: XmlFields, reading: Reading) -> Listing:
    updated = [text for field in entry.children("LAST_DAY_UPDATED") for text in field.texts("VALUE")]
    days = [reading.text("LAST_DAY_UPDATED", dates.day, text) for text in updated]
    listed = entry.text_optional("LISTED_ON")
    lists = _values(entry, "LIST_TYPE")
    return Listing(
        list="; ".join(sorted(lists)) or "UN List",
        programmes=tuple(entry.texts("UN_LIST_TYPE")),
        listed_on=reading.text("LISTED_ON", dates.day, listed) if listed else None,
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
    parser_version=2,
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
