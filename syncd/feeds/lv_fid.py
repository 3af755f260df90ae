"""Latvia's national list: XML of the Financial Intelligence Unit, in the form that the publisher has described."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from syncd.core.model import (
    Address,
    Gender,
    Identifier,
    IdentifierType,
    Kind,
    Listing,
    Name,
    NameKind,
    NamePart,
    PartialDate,
    PartKind,
    Place,
    Record,
)
from syncd.feeds.contract import Feed, Header, Limits, Measures, RawEntry, Reader, Source, XmlShape
from syncd.formats import xml
from syncd.formats.fields import Reading, XmlFields, unique
from syncd.normalise import countries, dates, names, source_ids

ID = "lv_fid"
LIST = "Latvijas nacionālais sankciju saraksts"
ROOT = "LVlist"
BYTES_MAX = 20_000_000
_KINDS: dict[str, Kind] = {"fp": "person", "jp": "organisation"}
_GENDERS: dict[str, Gender | None] = {"v": "male", "s": "female"}
_DOCUMENTS: dict[str, IdentifierType] = {"pase": "passport", "personas apliecība": "national_id"}
_NAME_PARTS: tuple[tuple[PartKind, str], ...] = (
    ("given", "FirstName"),
    ("middle", "MiddleName"),
    ("family", "LastName"),
)


def entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries. Raises DocumentRefused when it is not the list, or is cut off."""
    for element in xml.split_elements(stream, root=ROOT, tags=("PublishInfo", "Entity"), keep_indentation=False):
        if element.tag == "PublishInfo":
            header.published = (element.findtext("PublishDate") or "").strip() or None
        elif element.getparent() is not None:
            yield RawEntry(raw=xml.raw(element), content=element)


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = reading.xml(content)
    key = reading.identify(ID, entry.text("Id"), source_ids.upper)
    gender = reading.word("Gender", _GENDERS, entry.text_optional("Gender"), None)
    births = entry.children("Birth")
    return Record(
        key=key,
        feed=ID,
        kind=reading.word("Type", _KINDS, entry.text_optional("Type"), "unknown"),
        names=names.without_repeats((*_names(entry, "Name", "", reading), *_names(entry, "Alias", "Alias", reading))),
        birth_dates=unique(_birth_dates(births, reading)),
        citizenships=unique(code for one in entry.children("Citizen") if (code := _country(one, "Citizen", reading))),
        birth_places=unique(place for one in births if (place := _birth_place(one, reading)) != Place()),
        genders=(gender,) if gender else (),
        addresses=unique(_address(one, reading) for one in entry.children("Address")),
        identifiers=unique(_document(one, reading) for one in entry.children("Document")),
        listings=(_listing(entry, reading),),
        remarks=tuple(entry.texts("Remark")),
    )


def _names(entry: XmlFields, tag: str, prefix: str, reading: Reading) -> Iterator[Name]:
    """The whole name; without it its parts. Of several the first by alphabet is primary, whatever their order."""
    found = []
    for one in entry.children(tag):
        parts = [(kind, one.text_optional(f"{prefix}{field}")) for kind, field in _NAME_PARTS]
        whole = one.text_optional(f"{prefix}WholeName") or names.join_parts(value for _, value in parts)
        reading.keep(f"{tag}Remark", one.text_optional(f"{prefix}Remark"))
        if whole:
            kinds = tuple(NamePart(kind=kind, value=value) for kind, value in parts if value)
            found.append((whole, kinds))
    for place, (whole, kinds) in enumerate(sorted(found, key=lambda pair: pair[0])):
        kind: NameKind = "alias" if prefix or place else "primary"
        yield Name(full=whole, kind=kind, parts=kinds, script=names.script(whole))


def _birth_dates(births: list[XmlFields], reading: Reading) -> Iterator[PartialDate]:
    for one in births:
        published = one.text_optional("BirthDate")
        if published:
            yield reading.date("BirthDate", dates.iso_date, published)


def _birth_place(birth: XmlFields, reading: Reading) -> Place:
    return Place(full=birth.text_optional("BirthPlace"), country=_country(birth, "Birth", reading))


def _country(fields: XmlFields, prefix: str, reading: Reading) -> str | None:
    """The code stands beside the name of the country in Latvian."""
    code = fields.text_optional(f"{prefix}CountryIso2Code")
    name = fields.text_optional(f"{prefix}Country")
    published = code or name
    return reading.text(f"{prefix}Country", countries.code, published) if published else None


def _address(fields: XmlFields, reading: Reading) -> Address:
    street = fields.text_optional("AddressStreet")
    return Address(
        full=fields.text_optional("AddressWhole"),
        lines=(street,) if street else (),
        city=fields.text_optional("AddressCity"),
        postal_code=fields.text_optional("AddressPostCode"),
        country=_country(fields, "Address", reading),
        note=fields.text_optional("AddressRemark"),
    )


def _document(fields: XmlFields, reading: Reading) -> Identifier:
    label = fields.text_optional("DocumentType")
    return Identifier(
        type=reading.word("DocumentType", _DOCUMENTS, label, "other"),
        value=fields.text("DocumentNumber"),
        label=label,
        country=_country(fields, "Document", reading),
        note=fields.text_optional("DocumentRemark"),
    )


def _listing(entry: XmlFields, reading: Reading) -> Listing:
    return Listing(
        list=LIST,
        programmes=tuple(entry.texts("Program")),
        authorities=tuple(entry.texts("Link")),
        listed_on=reading.day("ListedOn", entry.text_optional("ListedOn")),
    )


FEED = Feed(
    id=ID,
    partition=28,
    title="National sanctions list",
    jurisdiction="LV",
    authority="Financial Intelligence Unit of Latvia, on regulations of the Cabinet of Ministers",
    legal_basis="Law on International Sanctions and National Sanctions of the Republic of Latvia, section 3",
    homepage="https://sankcijas.fid.gov.lv/",
    id_rule="Id of the entry, as published.",
    sources=(
        Source(
            name="xml",
            url="https://sankcijas.fid.gov.lv/files/LVlist.xml",
            vocabulary="lvlist",
            expect="xml",
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=60.0,
            typical_bytes=50_000,
            typical_seconds=2.0,
        ),
    ),
    readers={
        "lvlist": Reader(
            entries=entries,
            record=record,
            shape=XmlShape(entries=("Entity",), id_elements=("Id",), names=("Name", "Alias")),
        )
    },
    measures=Measures(
        usual=("asset_freeze",), source="The law, section 5: financial restrictions on whom the Cabinet lists."
    ),
    interval_seconds=600,
    interval_reason="The Cabinet's regulations come first, a few times a year.",
    limits=Limits(records_min=2, removals_max=10, partial_ratio=0.05),
    evidence="shape",
    on_by_default=False,
    quirks=(
        "The form is that of the publisher's description of 2018; its address has not been seen from here.",
        "Countries and documents are named in Latvian; countries have their code beside the name.",
    ),
    delay="Days after the Cabinet's regulation.",
)
