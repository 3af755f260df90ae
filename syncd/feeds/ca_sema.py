"""Canada's Consolidated Autonomous Sanctions List: one flat XML document, all regimes under SEMA and JVCFOA."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from lxml import etree
from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Identifier,
    Kind,
    Listing,
    Name,
    NameKind,
    NamePart,
    PartialDate,
    Record,
    Strength,
    Vessel,
)
from syncd.errors import MissingField, Unreadable
from syncd.feeds import by_content, ca_sema_schedules
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.formats import xml
from syncd.formats.elements import local
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import cells, countries, dates, identifiers, name_cells, name_lists, names
from syncd.normalise.texts import tidied

ID = "ca_sema"
ROOT = "data-set"
LIST = "Consolidated Canadian Autonomous Sanctions List"
ADDRESS = (
    "https://www.international.gc.ca/world-monde/assets/office_docs/international_relations-relations_internationales/"
    "sanctions/sema-lmes.xml"
)

# Every field under its names of all generations: to 2022, 2025, and bilingual since August 2026.
_FIELDS: dict[str, tuple[str, ...]] = {
    "regime": ("Country", "Country-Pays"),
    "entity": ("Entity", "EntityOrShip", "EntityOrShip-EntiteOuNavire"),
    "last_name": ("LastName", "LastName-NomDeFamille"),
    "given_name": ("GivenName", "GivenName-Prenom"),
    "title": ("Title", "TitleOrShip", "TitleOrShipType-TitreOuTypeDeNavire"),
    "aliases": ("Aliases", "Aliases-Alias"),
    "born_or_built": (
        "DateOfBirth",
        "DateOfBirthOrShipBuildDate",
        "DateOfBirthOrShipBuildDate-DateDeNaissanceOuDateDeConstructionDuNavire",
    ),
    "imo": ("ShipIMONumber", "ShipIMONumber-NumeroOMIDuNavire"),
    "schedule": ("Schedule", "Schedule-Annexe"),
    "item": ("Item", "Item-NumeroDarticle"),
    "listed": ("DateOfListing", "DateOfListing-DateDinscription"),
}
_NAMES = {published: field for field, tags in _FIELDS.items() for published in tags}

# What only the generations since 2025 have a tag for.
_LAYOUT = {"listed": "listings.listed_on"}
# A regime under the labels that it has had: today's is read for all.
_REGIMES = {"Burma / Birmanie": "Myanmar (Burma) / Myanmar (Birmanie)"}

_LANGUAGES = {"belarusian": "be", "belarussian": "be", "russian": "ru", "ukrainian": "uk", "arabic": "ar"}
_LABEL = re.compile(rf"(?:^|[\s,;(])({'|'.join(_LANGUAGES)})\s*:", re.IGNORECASE)
_TWO_DIGIT_YEAR = re.compile(r"[A-Za-z]{3}-\d{2}$", re.ASCII)
_SERIAL = re.compile(r"[1-9]\d{4}", re.ASCII)
_NOT_APPLICABLE = frozenset({"n/a", "-"})
_parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
_MARK = "\x1f"
_OR_QUOTED = re.compile(r"(?<!\s)\s++(?:ou|or)\s++(?=[“\"«])")
_EDGES = " \t\r\n,;\xa0"


class _KeyedEntry(NamedTuple):
    """One entry with its tags in the names of `_FIELDS`, and the part of its key after the feed."""

    id: str
    raw: bytes
    newest: str | None


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The entries once the whole document is read, because whether a name stands twice tells how it is keyed."""
    found: list[tuple[bytes, by_content.ContentIdentity]] = []
    filled: set[str] = set()
    opened = False
    for element in xml.split_elements(stream, root=ROOT, tags=("record",)):
        if opened:
            found.append(_in_one_vocabulary(element))
            filled |= {str(child.tag) for child in element if child.text and child.text.strip()}
        opened = True
    header.layout = tuple(path for field, path in _LAYOUT.items() if field in filled)
    newest = max(filter(None, (_day_optional(identity.apart[2]) for _, identity in found)), default=None)
    given: set[str] = set()
    for (raw, _), id_ in zip(found, by_content.content_keys([identity for _, identity in found]), strict=True):
        if id_ not in given:
            given.add(id_)
            yield RawEntry(raw=id_.encode() + raw, content=_KeyedEntry(id_, raw, newest))


def _in_one_vocabulary(element: etree._Element) -> tuple[bytes, by_content.ContentIdentity]:
    for child in element:
        tag = local(child.tag)
        child.tag = _NAMES.get(tag, tag)
    values = {str(child.tag): tidy(child.text or "") for child in element}
    content = tuple(f"{name} {value}" for name, value in sorted(values.items()) if value)
    apart = tuple(values.get(name, "") for name in ("imo", "born_or_built", "listed"))
    return xml.raw(element), by_content.ContentIdentity(identity=_identity(values), apart=apart, content=content)


def _identity(values: dict[str, str]) -> tuple[str, ...]:
    """The regime and the name, or for a ship the regime and the IMO number. Aliases count where there is no name."""
    regime = _regime(values.get("regime", ""))
    number = _imo(values.get("imo", ""))
    if number:
        return regime, "imo", number
    if values.get("entity"):
        return regime, "entity", values["entity"]
    if values.get("last_name") or values.get("given_name"):
        return regime, "person", values.get("last_name", ""), values.get("given_name", "")
    return regime, "alias", values.get("aliases", "")


def _regime(published: str) -> str:
    """The regime's country by its code, so that `Burma` and `Myanmar (Burma)` are one; else its English name."""
    english = published.partition("/")[0].strip()
    try:
        return countries.remarked(english)[0]
    except Unreadable:
        return english.casefold()


def _imo(published: str) -> str | None:
    try:
        return identifiers.imo(published)
    except Unreadable:
        return None


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = reading.xml(etree.fromstring(content.raw, _parser))
    key = f"{ID}:{content.id}"
    listed = entry.text_optional("listed")
    built = _dates(entry.text_optional("born_or_built"), reading, _known_on(content, listed, reading))
    in_imo = entry.text_optional("imo")
    person, other = _person(entry), _organisation(entry, reading)
    number = reading.value("imo", _imo_or_words, in_imo, lambda text: text) if in_imo else None
    aliases = tuple(_aliases(entry, reading, person=bool(person)))
    if number or person or other or aliases:  # an entry with none of these would have the key of nobody
        reading.key = key
    said = _title(entry)
    kind = _kind(person=bool(person), ship=bool(number or built or said))
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats([*person, *other, *aliases, *_name_in_imo(in_imo, number)]),
        birth_dates=built if kind == "person" else (),
        titles=said if kind != "vessel" else (),
        identifiers=(Identifier(type="imo", value=number),) if number else (),
        listings=(_listing(entry, listed, reading),),
        vessel=_vessel(said, built) if kind == "vessel" else None,
    )


def _kind(*, person: bool, ship: bool) -> Kind:
    """An entity with an IMO number, a date of building or a type of ship is one: companies have none of these here."""
    if person:
        return "person"
    return "vessel" if ship else "organisation"


def _person(entry: XmlFields) -> list[Name]:
    family, given = entry.text_optional("last_name"), entry.text_optional("given_name")
    if not (family or given):
        return []
    parts = [NamePart(kind="family", value=family)] if family else []
    parts += [NamePart(kind="given", value=given)] if given else []
    full = names.join_parts([family, given])
    return [Name(full=full, kind="primary", parts=tuple(parts), script=names.script(full))]


def _organisation(entry: XmlFields, reading: Reading) -> list[Name]:
    """`English name/Nom français` are two names, and so are `A (also known as B)` and `A ou “B”`."""
    published = entry.text_optional("entity")
    found: list[Name] = []
    for text in _cut(published, "/") if published else []:
        for part in _OR_QUOTED.split(text):
            found += _read(part, "alias" if found else "primary", reading)
    return found


def _aliases(entry: XmlFields, reading: Reading, *, person: bool) -> Iterator[Name]:
    published = entry.text_optional("aliases")
    for text, language in _by_language(published or ""):
        for name in _read(text, "alias", reading, language):
            apart = name_lists.of_person(name.full) if person else name_lists.of_organisation(name.full)
            for full in apart:
                yield _name(full, name.kind, name.note, language if len(apart) == 1 else None, person=person)


def _read(text: str, kind: NameKind, reading: Reading, language: str | None = None) -> list[Name]:
    """The names of a text, without its labels. Parts of it that name nobody stand under `other`."""
    found = name_cells.names_of_cell(text, kind)
    for remark in found.remarks:
        reading.keep("aliases", remark)
    return [_name(one.full, one.kind, one.note, language) for one in found.names]


def _name(
    full: str, kind: NameKind, note: str | None = None, language: str | None = None, *, person: bool = False
) -> Name:
    """A single word that stands for a person is a variant of a part of the name, and weak."""
    weak: Strength | None = "weak" if person and len(full.split()) == 1 else None
    return Name(full=full, kind=kind, strength=weak, script=names.script(full), language=language, note=note)


def _by_language(text: str) -> Iterator[tuple[str, str | None]]:
    """`A B, Belarusian: C D, Russian: E F` in three."""
    before, *labelled = _LABEL.split(text)
    if before.strip(_EDGES):
        yield before.strip(_EDGES), None
    for label, part in zip(labelled[::2], labelled[1::2], strict=True):
        if part.strip(_EDGES):
            yield part.strip(_EDGES), _LANGUAGES[label.lower()]


def _cut(text: str, separator: str) -> list[str]:
    """`text` in pieces if each of them has several words; a single word may be a variant of a part of the name."""
    marked = text.replace(separator, _MARK)  # what cuts outside brackets is one character
    pieces = [piece.replace(_MARK, separator).strip(_EDGES) for piece in cells.outside_brackets(marked, _MARK)]
    if len(pieces) > 1 and all(_words(piece) > 1 for piece in pieces):
        return pieces
    whole = text.strip(_EDGES)
    return [whole] if whole else []


def _words(text: str) -> int:
    return len(text.split())


def _imo_or_words(published: str) -> str | None:
    """The number; None for a text without any figure, which is a name that slipped into this column."""
    if not any(char.isdigit() for char in published):
        return None
    return identifiers.imo(published)


def _name_in_imo(published: str | None, number: str | None) -> Iterator[Name]:
    if published and number is None and _applies(published):
        yield _name(published, "alias")


def _applies(published: str) -> bool:
    return published.strip().lower() not in _NOT_APPLICABLE


def _dates(published: str | None, reading: Reading, known_on: str | None) -> tuple[PartialDate, ...]:
    """The dates of a birth or of building, of which none lies behind the day when the list knew of it (`known_on`):
    `16-Jul-28` is 1928, as long as nobody can have been born in 2028."""
    if published is None or not _applies(published):
        return ()
    found = reading.value("born_or_built", _partial, published, lambda text: (PartialDate(text=text),))
    return tuple(_possible(date, published, reading, known_on) for date in found)


def _possible(found: PartialDate, published: str, reading: Reading, known_on: str | None) -> PartialDate:
    """A date of a two-digit year a century earlier where it lies ahead; another date that lies ahead as text."""
    if not found.date or not known_on or found.date <= known_on[: len(found.date)]:
        return found
    reading.dated = True
    if _TWO_DIGIT_YEAR.search(published):
        return replace(found, date=f"{int(found.date[:4]) - 100:04}{found.date[4:]}")
    reading.unreadable.append("born_or_built")
    return PartialDate(text=published)


def _known_on(entry: _KeyedEntry, listed: str | None, reading: Reading) -> str | None:
    """The day of the document or of the newest listing in it, whichever is earlier; without the first that of the
    entry's own listing."""
    published = (reading.published or "")[:10]
    if not published:
        return _day_optional(listed) or entry.newest
    return min(published, entry.newest or published)


def _day_optional(published: str | None) -> str | None:
    try:
        return _day(tidied(published)) if published else None
    except Unreadable:
        return None


def _partial(published: str) -> tuple[PartialDate, ...]:
    """A date as people write it, or the serial number that a spreadsheet left in place of one."""
    if _SERIAL.fullmatch(published):
        return (dates.excel_serial(int(published)),)
    return dates.partial(published)


def _day(published: str) -> str:
    """A whole day as `YYYY-MM-DD`, from any notation or a spreadsheet's serial number."""
    serial = _SERIAL.fullmatch(published)
    return dates.iso_day(dates.excel_serial(int(serial[0])).date or "" if serial else dates.day(published))


def _title(entry: XmlFields) -> tuple[str, ...]:
    """`Oil Tanker | Pétrolier` in two."""
    published = entry.text_optional("title")
    return unique(part.strip(_EDGES) for part in (published or "").split("|") if part.strip(_EDGES))


def _vessel(types: tuple[str, ...], built: tuple[PartialDate, ...]) -> Vessel | None:
    return Vessel(types=types, built=built) if types or built else None


def _labelled(regime: str) -> str:
    """`China/Chine` as `China / Chine`."""
    label = " / ".join(part.strip() for part in tidy(regime).split("/"))
    return _REGIMES.get(label, label)


def _listing(entry: XmlFields, listed: str | None, reading: Reading) -> Listing:
    """The schedule says which measure holds; the item is a note, since items are renumbered."""
    regime = entry.text_optional("regime")
    if regime is None:
        raise MissingField("an entry without a regime")
    schedule, item = (entry.text_optional(name) for name in ("schedule", "item"))
    return Listing(
        list=LIST,
        programmes=(_labelled(regime),),
        schedule=ca_sema_schedules.canonical(schedule, _regime(regime)) if schedule and _applies(schedule) else None,
        listed_on=reading.text("listed", _day, listed) if listed and _applies(listed) else None,
        note=f"item {item}" if item and _applies(item) else None,
    )


_SHAPE = XmlShape(
    entries=("record",),
    names=(
        *("LastName", "GivenName", "Entity", "EntityOrShip", "Aliases"),
        *("LastName-NomDeFamille", "GivenName-Prenom", "EntityOrShip-EntiteOuNavire", "Aliases-Alias"),
        *("ShipIMONumber", "ShipIMONumber-NumeroOMIDuNavire"),
    ),
)

FEED = Feed(
    id=ID,
    partition=5,
    title="Consolidated Canadian Autonomous Sanctions List",
    jurisdiction="CA",
    authority="Global Affairs Canada",
    legal_basis="Special Economic Measures Act; Justice for Victims of Corrupt Foreign Officials Act",
    homepage="https://www.international.gc.ca/world-monde/international_relations-relations_internationales/sanctions/"
    "consolidated-consolide.aspx?lang=eng",
    id_rule=(
        "The list has no ids. The key is a hash of regime (its country's code, else its English name) and, for a ship, "
        "its IMO number, for everybody else the published name. Where a name stands twice under a regime, IMO number, "
        "date of birth or building, or date of listing is added, the first that tells them apart. Schedule and item do "
        "not count: both are renumbered. A corrected date is therefore an amendment; an IMO number that is added or "
        "corrected, and the columns of a name that change places, are a re-keying; a corrected spelling of a name is a "
        "delisting and a designation, because nothing published says that it is the same entry."
    ),
    sources=(
        Source(
            name="xml",
            url=ADDRESS,
            vocabulary="records",
            expect="xml",
            bytes_max=30_000_000,
            unpacked_bytes_max=30_000_000,
            timeout_seconds=120.0,
            typical_bytes=1_700_000,
            typical_seconds=5.0,
        ),
    ),
    readers={"records": Reader(entries=entries, record=record, shape=_SHAPE, dated=False)},
    measures=Measures(
        usual=("asset_freeze",),
        source=(
            "Special Economic Measures Act, section 4, and the regulations under it: no dealing in their property."
        ),
    ),
    interval_seconds=300,
    limits=Limits(records_min=2_000, removals_max=150, partial_ratio=0.05),
    parser_version=5,
    evidence="full",
    quirks=(
        "Three generations of tags, read by one table; a fourth would be refused, not read as an empty list.",
        "The schedule has one form, `1, Part 2`: a bare number is a part of the regulations' only schedule, except "
        "that in Russia's every one but 1 is a schedule; `Part 2` is of Schedule 1. Another spelling amends nothing.",
        "The day of listing has a tag since 2025; that it appears is no amendment.",
        "Country is the regime under which the target is listed, not a nationality; a regime keeps its latest label.",
        "Dates: spreadsheet serial numbers, `1963 or 1964`, `Sep-99`, `born in the early 1970s`.",
        "An Arabic name in the column of the IMO number is an alias.",
        "`English name/Nom français` are two names; aliases are parted by semicolon, slash, language label or comma.",
        "Entries without an item number exist, and drops of a thousand entries have been real.",
    ),
    delay="Days after the regulations are made; they bind from registration.",
)
