"""UN Security Council consolidated list: one XML document, individuals and entities of all sanctions committees."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from msgspec.structs import replace

from syncd.core.model import (
    Address,
    Kind,
    Listing,
    MeasureType,
    Name,
    NameKind,
    NamePart,
    PartialDate,
    Place,
    Record,
    Strength,
)
from syncd.errors import Unreadable
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.feeds.un.cells import SLASH, as_published, country_of, stated_text, together
from syncd.feeds.un.documents import identity_documents, references_of
from syncd.formats import xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.formats.pieces import PieceKind, Pieces
from syncd.normalise import company_imo, dates, identifiers, name_cells, names, source_ids

ID = "un_sc"
ROOT = "CONSOLIDATED_LIST"
ADDRESS = "https://scsanctions.un.org/resources/xml/en/consolidated.xml"


class _Quality(NamedTuple):
    """The kind of an alias by its QUALITY, and its strength where the list states one."""

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
_FREEZE_AND_TRAVEL: tuple[MeasureType, ...] = ("asset_freeze", "travel_ban")
_FREEZE_TRAVEL_AND_ARMS: tuple[MeasureType, ...] = (*_FREEZE_AND_TRAVEL, "arms")
# By committee: resolutions 2253, 2255, 1844, 2216 and 2653 (with arms); 1596, 1591, 1718, 1737, 1970, 2127, 2206; 1483
# (freeze alone), 2048 (travel alone).
_MEASURES_OF: dict[str, tuple[MeasureType, ...]] = {
    **dict.fromkeys(("Al-Qaida", "Taliban", "Somalia", "Yemen", "Haiti"), _FREEZE_TRAVEL_AND_ARMS),
    **dict.fromkeys(("DRC", "Sudan", "DPRK", "Iran", "Libya", "CAR", "SouthSudan", "Mali"), _FREEZE_AND_TRAVEL),
    "Iraq": ("asset_freeze",),
    "GB": ("travel_ban",),
}
_OR = re.compile(r"or\s+(?=\S)", re.IGNORECASE)
_AGE = re.compile(r"\d{1,2}(?:\s*-\s*\d{1,2})? years old", re.IGNORECASE)
# What stood as a nationality and is not one that the person has, or names no single country: kept as published.
_NO_NATIONALITY = re.compile(
    r"withdrawn|revoked|until|not registered|^congolese$|^unresolved\b|^born in\b|^united states\. also",
    re.I,
)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a document. Raises DocumentRefused when it is not the list, or is cut off."""
    for element in xml.split_elements(stream, root=ROOT, tags=("INDIVIDUAL", "ENTITY"), keep_indentation=False):
        if header.published is None:
            header.published = element.get("dateGenerated", "")
            continue
        yield RawEntry(raw=xml.raw(element), content=element)
    header.published = header.published or None


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
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
        names=names.without_repeats((*primary, *aliases.names)),
        birth_dates=unique([*_birth_dates(entry, reading), *aliases.birth_dates]),
        birth_places=unique([*_birth_places(entry, reading), *aliases.birth_places]),
        nationalities=_nationalities(entry, reading),
        genders=reading.genders("GENDER", entry.texts("GENDER")),
        titles=_values(entry, "TITLE"),
        positions=_values(entry, "DESIGNATION"),
        addresses=addresses,
        identifiers=unique(
            [
                *references_of(entry, source_ids.in_usual_characters(reference)),
                *identity_documents(entry, reading),
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
        if (part := stated_text(entry.text_optional(f"{number}_NAME")))
    ]
    found = _split(names.join_parts(parts), _Quality("primary"), None, reading)
    if person and len(found) == 1:
        found = [replace(found[0], parts=tuple(NamePart(kind="other", value=part) for part in parts))]
    original = stated_text(entry.text_optional("NAME_ORIGINAL_SCRIPT"))
    return [*found, *_split(original or "", _Quality("primary"), None, reading)]


def _split(text: str, quality: _Quality, note: str | None, reading: Reading) -> list[Name]:
    """The names of a text. Parts of it that name nobody stand under `other`."""
    found = name_cells.names_of_cell(text, quality.kind)
    for remark in found.remarks:
        reading.keep("ALIAS_NAME", remark)
    return [
        Name(
            full=one.full,
            kind="former" if quality.kind == "former" else one.kind,
            strength=quality.strength,
            script=names.script(one.full),
            note=together(one.note, note),
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
        text = stated_text(alias.text_optional("ALIAS_NAME"))
        note = stated_text(alias.text_optional("NOTE"))
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
        published = stated_text(alias.text_optional("DATE_OF_BIRTH"))
        if published:
            found = self._reading.value(f"{alias.name}/DATE_OF_BIRTH", dates.partial, published, as_published)
            self.birth_dates += [replace(date, note=note) for date in found]
        city = stated_text(alias.text_optional("CITY_OF_BIRTH"))
        country = stated_text(alias.text_optional("COUNTRY_OF_BIRTH"))
        if city or country:
            code, said = country_of(country, f"{alias.name}/COUNTRY_OF_BIRTH", self._reading)
            self.birth_places.append(Place(city=city, country=code, note=said or note))


def _birth_dates(entry: XmlFields, reading: Reading) -> list[PartialDate]:
    found: list[PartialDate] = []
    for birth in entry.children("INDIVIDUAL_DATE_OF_BIRTH"):
        note = stated_text(birth.text_optional("NOTE"))
        said = (note or "").casefold() in _CIRCA
        kind = birth.text_optional("TYPE_OF_DATE")
        circa = reading.word("INDIVIDUAL_DATE_OF_BIRTH/TYPE_OF_DATE", _CIRCA, kind, True) if kind else False
        circa = circa or (said and _CIRCA[(note or "").casefold()])
        in_fields = _dates_in_fields(birth, reading)
        if in_fields:
            beside = None if said else note
            both = [*in_fields, *_alternatives(beside or "")]
            found += [replace(date, circa=circa or date.circa, note=together(date.note, beside)) for date in both]
        elif note and _AGE.fullmatch(note):
            reading.keep("INDIVIDUAL_DATE_OF_BIRTH/NOTE", note)
        elif note:
            read = reading.value("INDIVIDUAL_DATE_OF_BIRTH/NOTE", dates.partial, note, as_published)
            found += [replace(one, circa=one.circa or circa) for one in read]
    return found


def _alternatives(note: str) -> tuple[PartialDate, ...]:
    """The dates of a note like `or 1966`; none of another one."""
    alternative = _OR.match(note)
    try:
        return dates.partial(note[alternative.end() :]) if alternative else ()
    except Unreadable:
        return ()


def _dates_in_fields(birth: XmlFields, reading: Reading) -> tuple[PartialDate, ...]:
    """DATE or YEAR (which holds a range at times), or FROM_YEAR and TO_YEAR, of which one may be open."""
    path = birth.name
    day, year = (stated_text(birth.text_optional(name)) for name in ("DATE", "YEAR"))
    first, last = (stated_text(birth.text_optional(name)) for name in ("FROM_YEAR", "TO_YEAR"))
    found: tuple[PartialDate, ...] = ()
    if day or year:
        found = reading.value(path, dates.partial, day or year or "", as_published)
    if day and year and not all((date.date or "").startswith(year) for date in found):
        reading.unreadable.append(path)
        found = (PartialDate(text=f"{day}; {year}"),)
    if first and last:
        found += reading.value(path, dates.partial, f"between {first} and {last}", as_published)
    elif first or last:
        found += reading.value(path, _open_range(start=first is not None), first or last or "", as_published)
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
        code, said = country_of(
            stated_text(place.text_optional("COUNTRY")), "INDIVIDUAL_PLACE_OF_BIRTH/COUNTRY", reading
        )
        note = stated_text(place.text_optional("NOTE"))
        found = Place(
            full=stated_text(place.text_optional("STREET")),
            city=stated_text(place.text_optional("CITY")),
            region=stated_text(place.text_optional("STATE_PROVINCE")),
            country=code,
            note=together(said, note),
        )
        if found != Place():
            yield found


def _addresses(entry: XmlFields, tag: str, reading: Reading) -> Iterator[Address]:
    for address in entry.children(tag):
        code, said = country_of(stated_text(address.text_optional("COUNTRY")), f"{tag}/COUNTRY", reading)
        street = stated_text(address.text_optional("STREET"))
        found = Address(
            lines=(street,) if street else (),
            city=stated_text(address.text_optional("CITY")),
            region=stated_text(address.text_optional("STATE_PROVINCE")),
            postal_code=stated_text(address.text_optional("ZIP_CODE")),
            country=code,
            note=together(said, stated_text(address.text_optional("NOTE"))),
        )
        if found != Address():
            yield found


def _notes_of(addresses: Iterable[Address]) -> list[str]:
    return [part for address in addresses for part in (*address.lines, address.note) if part]


def _nationalities(entry: XmlFields, reading: Reading) -> tuple[str, ...]:
    found: list[str] = []
    published = [text for field in entry.children("NATIONALITY") for text in field.texts("VALUE")]
    for text in [*published, *entry.texts("NATIONALITY2")]:
        if stated_text(text) is None:
            continue
        if _NO_NATIONALITY.search(text.strip()):
            reading.keep("NATIONALITY", text)
            continue
        for part in SLASH.split(text):
            code, said = country_of(part, "NATIONALITY", reading)
            reading.keep("NATIONALITY", said)
            found += [code] if code else []
    return unique(found)


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
    return unique(text for field in entry.children(name) for text in field.texts("VALUE") if stated_text(text))


_PIECES = Pieces(entries=frozenset({"INDIVIDUAL", "ENTITY"}), kinds={"INDIVIDUAL": PieceKind(), "ENTITY": PieceKind()})
_SHAPE = XmlShape(
    entries=("INDIVIDUAL", "ENTITY"),
    id_elements=("REFERENCE_NUMBER",),
    names=(
        *(f"{number}_NAME" for number in ("FIRST", "SECOND", "THIRD", "FOURTH")),
        *("NAME_ORIGINAL_SCRIPT", "INDIVIDUAL_ALIAS", "ENTITY_ALIAS"),
    ),
)

FEED = Feed(
    id=ID,
    partition=4,
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
    readers={"consolidated": Reader(entries=entries, record=record, shape=_SHAPE, pieces=_PIECES)},
    measures=Measures(
        usual=("asset_freeze",),
        source=(
            "The resolution of each committee (1267, 1518, 1533 …); single entries may be under fewer of its measures."
        ),
        programmes=_MEASURES_OF,
    ),
    interval_seconds=120,
    limits=Limits(records_min=500, removals_max=30),
    parser_version=3,
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
