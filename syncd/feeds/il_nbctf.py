"""Israel's designations of terrorist organisations, operatives and wallets: one list from three parts in pages.

The portal's content service answers with pages of JSON; `fetch.pages` puts them together. An entry that is no
designation in force (only named by a seizure, cancelled, or not active) is no record.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Identifier,
    Kind,
    Listing,
    Name,
    PartialDate,
    Record,
    Relation,
)
from syncd.errors import DocumentRefused
from syncd.feeds.contract import (
    Feed,
    Gate,
    GateAnswer,
    Header,
    JsonShape,
    Limits,
    ListPage,
    Measures,
    PagedPart,
    Pages,
    RawEntry,
    Reader,
    Source,
)
from syncd.formats.fields import Reading, unique
from syncd.formats.html_tables import text_of
from syncd.formats.json import UNDECODABLE, JsonFields, read_array, without_half_letters
from syncd.normalise import contacts, countries, dates, names, source_ids

ID = "il_nbctf"
LIST = "Designations by the Minister of Defense"
HOME = "https://nbctf.mod.gov.il/en"
ADDRESS = "https://matal.mod.gov.il/umbraco/delivery/api/v2/content"
TAKE = 1_000
_ENGLISH = {"Accept-Language": "en"}
_PARTS: dict[str, dict[str, str]] = {"organization": _ENGLISH, "operative": _ENGLISH, "cryptocurrencyWallet": {}}

_KINDS: dict[str, Kind] = {"organization": "organisation", "operative": "person", "cryptocurrencywallet": "unknown"}
_ACTIVE: dict[str, bool] = {"active": True}
_INACTIVE = frozenset({"inactive", "cancelled", "canceled", "expired", "revoked"})
_LINKS: tuple[tuple[str, str], ...] = (
    ("linkedOrganizations", "linked organization"),
    ("linkedOperatives", "linked operative"),
    ("designatedOrganizations", "designated organization"),
    ("designatedOperatives", "designated operative"),
    ("nonDesignatedOrganizations", "organization"),
    ("nonDesignatedOperatives", "operative"),
)
_CONTACTS: tuple[tuple[str, ContactType], ...] = (
    ("phoneNumbers", "phone"),
    ("emailAddresses", "email"),
    ("websites", "website"),
    ("socialMediaAccounts", "other"),
)
_KEPT = (
    *("corporationType", "designationNumber", "localDesignator", "foreignDesignator", "foreignDesignationDate"),
    *("foreignDesignationReferenceNumber", "foreignDesignationNotes", "formationLocation"),
)


class _DesignationState(msgspec.Struct, rename="camel"):
    is_designated: bool | None = None
    status: str | None = None
    cancellation_date: str | None = None


class _Item(msgspec.Struct):
    properties: _DesignationState


class _PageItem(msgspec.Struct, rename={"changed": "updateDate"}):
    id: str
    changed: str = ""


class _PageBody(msgspec.Struct):
    total: int
    items: list[msgspec.Raw]


_decode_item = msgspec.json.Decoder(_Item).decode
_decode_id = msgspec.json.Decoder(_PageItem).decode
_decode_page = msgspec.json.Decoder(_PageBody).decode


def page_of(body: bytes) -> ListPage:
    """Split a page. Raises DocumentRefused when it is none."""
    try:
        page = _decode_page(without_half_letters(body.removeprefix(b"\xef\xbb\xbf")))
        return ListPage(total=page.total, entries=tuple((_decode_id(item).id, bytes(item)) for item in page.items))
    except UNDECODABLE as error:
        raise DocumentRefused(f"no page of the content service: {error}") from None


def read_newest(body: bytes, _url: str) -> GateAnswer:
    """How many entries a part has, and the one that was changed last. Raises DocumentRefused."""
    page = page_of(body)
    newest = page.entries[0] if page.entries else ("", b"")
    changed = _decode_id(newest[1]).changed if newest[1] else ""
    return GateAnswer(token=f"{page.total} {newest[0]} {changed}")


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the designations in force. Raises DocumentRefused when it is not the list, or is cut off."""
    for entry in read_array(stream, path=("items",)).entries:
        if _is_in_force(entry):
            yield RawEntry(raw=entry, content=entry)


def _is_in_force(entry: bytes) -> bool:
    """Only what says that it is no designation, or no longer one, is left out."""
    try:
        state = _decode_item(entry).properties
    except UNDECODABLE:
        return True  # what is no such object is set aside, and said, when it is read
    if state.is_designated is False or state.cancellation_date:
        return False
    return (state.status or "").strip().casefold() not in _INACTIVE


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one entry. Raises MissingField when its id or name cannot be read."""
    entry = JsonFields.of(content, reading)
    key = reading.identify(ID, entry.published("id"), source_ids.upper)
    kind = reading.word("contentType", _KINDS, entry.take_optional("contentType"), "unknown")
    name = entry.take("name")
    entry.ignore("createDate", "updateDate", "route", "cultures", why="when and where the portal shows the entry")
    fields = (*entry.objects("properties"), JsonFields({}, reading))[0]
    fields.ignore("isDesignated", "cancellationDate", why="without them the entry is in force")
    fields.ignore("logos", "documents", "relatedArticles", why="pictures and articles of the portal")
    reading.word("status", _ACTIVE, fields.take_optional("status"), True)
    fields.keep(*_KEPT)
    wallet = fields.take_optional("walletAddress")
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(_names(name, fields)),
        birth_dates=_birth_dates(fields, reading),
        established=_years(fields, "corporationDate", reading),
        genders=reading.genders("gender", filter(None, (fields.take_optional("gender"),))),
        addresses=unique(_addresses(fields, reading)),
        identifiers=unique(_identifiers(fields, wallet)),
        contacts=unique(
            one for member, type_ in _CONTACTS for text in fields.texts(member) for one in _contacts(text, type_)
        ),
        listings=(_listing(fields, reading),),
        relations=unique(_relations(fields)),
        reasons=unique(
            text_of(text) for block in fields.objects("justifications") for text in _block(block, "justification")
        ),
        remarks=unique(text_of(text) for text in filter(None, (fields.take_optional("comments"),))),
    )


def _block(block: JsonFields, *members: str) -> list[str]:
    """The texts of a block (`{"elementType": …, "properties": {…}}`), in the order of `members`."""
    block.ignore("elementType", why="which sort of block it is, as the member that holds it says too")
    return [text for inner in block.objects("properties") for name in members if (text := inner.take_optional(name))]


def _names(name: str, fields: JsonFields) -> Iterator[Name]:
    yield Name(full=name, kind="primary", script=names.script(name))
    others = (fields.take_optional("organizationName"), fields.take_optional("fullName"))
    for other in (*others, *fields.texts("alternativeNames")):
        if other and other != name:
            yield Name(full=other, kind="alias", script=names.script(other))


def _years(fields: JsonFields, member: str, reading: Reading) -> tuple[PartialDate, ...]:
    """A date; the first of January stands for a year of which no more is known, as comments say."""
    published = fields.take_optional(member)
    if published is None:
        return ()
    found = reading.date(member, dates.iso_date, published)
    year, _, rest = (found.date or "").partition("-")
    return (PartialDate(date=year),) if rest == "01-01" else (found,)


def _birth_dates(fields: JsonFields, reading: Reading) -> tuple[PartialDate, ...]:
    return unique((*_years(fields, "dateOfBirth", reading), *_years(fields, "birthDate", reading)))


def _addresses(fields: JsonFields, reading: Reading) -> Iterator[Address]:
    for block in fields.objects("addresses"):
        block.ignore("elementType", why="which sort of block it is, as the member that holds it says too")
        for inner in block.objects("properties"):
            inner.ignore("isMainAddress", "latitude", "longitude", why="where the portal's map shows the address")
            country, street = inner.take_optional("country"), inner.take_optional("street")
            branch, kind = inner.take_optional("branchNumber"), inner.take_optional("typeOfAddress")
            notes = (kind, branch, inner.take_optional("notes"))
            yield Address(
                lines=(street,) if street else (),
                city=inner.take_optional("city"),
                postal_code=inner.take_optional("postalCode"),
                country=reading.text("addresses/country", countries.code, country) if country else None,
                note="; ".join(filter(None, notes)) or None,
            )


def _identifiers(fields: JsonFields, wallet: str | None) -> Iterator[Identifier]:
    number = fields.take_optional("corporationID")
    if number:
        yield Identifier(type="registration", value=number, label="corporationID")
    coin = fields.take_optional("coinType")
    if wallet:
        yield Identifier(type="crypto_address", value=wallet, label="walletAddress", currency=coin)


def _contacts(text: str, type_: ContactType) -> tuple[Contact, ...]:
    return contacts.contacts_of_cell(text.strip(" '"), type_)


def _relations(fields: JsonFields) -> Iterator[Relation]:
    for member, type_ in _LINKS:
        for other in fields.objects(member):
            id_, name = other.take_optional("id"), other.take_optional("name")
            if id_ or name:
                yield Relation(type=type_, key=f"{ID}:{source_ids.upper(id_)}" if id_ else None, name=name)


def _listing(fields: JsonFields, reading: Reading) -> Listing:
    """A designation is temporary first; the permanent one goes on with it."""
    temporary = reading.day("temporaryDesignationDate", fields.take_optional("temporaryDesignationDate"))
    permanent = reading.day("permanentDesignationDate", fields.take_optional("permanentDesignationDate"))
    members = ("regulationFileName", "regulationFileNumber", "regulationFileDate", "regulationFilePage")
    acts = [
        ", ".join(_block(block, *members, "regulationFileLine")) for block in fields.objects("lastPublicationDetails")
    ]
    return Listing(
        list=LIST,
        authorities=unique(filter(None, acts)),
        listed_on=temporary or permanent,
        amended_on=permanent if temporary and permanent != temporary else None,
    )


def _gate(part: str, sends: dict[str, str]) -> Gate:
    """Asks for the entry that was changed last. The first part's has no name."""
    return Gate(
        url=f"{ADDRESS}?filter=contentType:{part}&sort=updateDate:desc&skip=0&take=1",
        read=read_newest,
        bytes_max=500_000,
        typical_bytes=4_000,
        name="" if part == "organization" else part,
        sends=sends,
    )


FEED = Feed(
    id=ID,
    partition=26,
    title="Designated organisations, operatives and wallets",
    jurisdiction="IL",
    authority="Minister of Defense; National Bureau for Counter Terror Financing",
    legal_basis="Counter-Terrorism Law 5776-2016, sections 3 to 18 and 56b",
    homepage=HOME,
    id_rule="The id (GUID) of the entry in the portal, in capitals.",
    sources=(
        Source(
            name="content_api",
            url=ADDRESS,
            vocabulary="items",
            expect="json",
            gates=tuple(_gate(part, sends) for part, sends in _PARTS.items()),
            pages=Pages(
                parts=tuple(
                    PagedPart(name=part, query=f"filter=contentType:{part}&skip={{skip}}&take={TAKE}", sends=sends)
                    for part, sends in _PARTS.items()
                ),
                read=page_of,
            ),
            bytes_max=60_000_000,
            unpacked_bytes_max=60_000_000,
            timeout_seconds=300.0,
            typical_bytes=12_000_000,
            typical_seconds=60.0,
        ),
    ),
    readers={
        "items": Reader(
            entries=entries,
            record=record,
            shape=JsonShape(entries=("items",), id="id", names=("name",)),
            dated=False,
        )
    },
    measures=Measures(
        usual=("asset_freeze",), source="Counter-Terrorism Law, sections 32 and 56b: no dealings in property; seizure."
    ),
    interval_seconds=300,
    limits=Limits(records_min=100, removals_max=60, partial_ratio=0.05),
    evidence="excerpt",
    quirks=(
        "One list from three parts in pages of 1,000; a part of several pages is read until two readings agree.",
        "Two parts are asked for in English (Accept-Language: en); the third answers that with an error.",
        "Of about 2,000 operatives a quarter are designated; the others are named by seizures, and are no records.",
        "A year of which no more is known stands as its first of January.",
        "Of operatives and wallets no entry has been seen: members that are not known stand under other.",
    ),
    delay="Days after the order.",
)
