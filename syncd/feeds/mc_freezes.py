"""Monaco's national list of frozen funds: one JSON array, in which a measure that was lifted stays as `withdrawal`."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace

from syncd.core.model import Address, Identifier, Kind, Listing, Name, NamePart, PartialDate, Place, Record
from syncd.errors import DocumentRefused, Unreadable
from syncd.feeds.contract import (
    Feed,
    Gate,
    GateAnswer,
    Header,
    JsonShape,
    Limits,
    Measures,
    RawEntry,
    Reader,
    Source,
)
from syncd.formats.fields import Reading, unique
from syncd.formats.json import UNDECODABLE, JsonFields, read_array
from syncd.normalise import cells, countries, dates, name_cells, names, numbers, places, source_ids

ID = "mc_freezes"
LIST = "Liste nationale de gel des fonds et des ressources économiques"
HOME = "https://geldefonds.gouv.mc"
ADDRESS = f"{HOME}/directdownload/sanctions.json"
LAST_PUBLICATION = f"{HOME}/api/derniere-publication-date"

_KINDS: dict[str, Kind] = {
    "personne physique": "person",
    "personne morale": "organisation",
    "entité": "organisation",
    "navire": "vessel",
}
# Measures that stand on the list. Of any other word but a withdrawal the measure is in force, and it is said.
_IN_FORCE: dict[str, bool] = dict.fromkeys(("add", "creation", "create", "insert", "new", "update", "unchanged"), True)
_WITHDRAWN = frozenset({"withdrawal", "withdrawn", "delete", "deleted"})
_TIME = re.compile(rb"[\w:/ .+-]{6,40}")
# The name of a label in the publisher's own application: `__ue_authority_label__`.
_LABEL = re.compile(r"__(?P<name>\w{1,40})_authority_label__")


class _MeasureState(msgspec.Struct):
    state: str | None = None


_decode_state = msgspec.json.Decoder(_MeasureState).decode


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the measures in force. Raises DocumentRefused when it is not the list, or is cut off."""
    for entry in read_array(stream, path=()).entries:
        if not _is_withdrawn(entry):
            yield RawEntry(raw=entry, content=entry)


def _is_withdrawn(entry: bytes) -> bool:
    try:
        state = _decode_state(entry).state
    except UNDECODABLE:
        return False  # what is no such object is set aside, and said, when it is read
    return (state or "").strip().casefold() in _WITHDRAWN


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one measure. Raises MissingField when its id or name cannot be read."""
    entry = JsonFields.of(content, reading)
    key = reading.identify(ID, entry.published("mesureId"), source_ids.upper)
    kind = reading.word("nature", _KINDS, entry.take_optional("nature"), "unknown")
    reading.word("state", _IN_FORCE, entry.take_optional("state"), True)
    name = entry.take("nom")
    details = (*entry.objects("mesureDetails"), JsonFields({}, reading))[0]
    nationalities = [_country(text, "nationalite", reading) for text in _several(details, "nationalite")]
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats((_primary(name, details), *_aliases(details, reading))),
        birth_dates=unique(reading.date("dateNaissance", _birth, text) for text in _several(details, "dateNaissance")),
        birth_places=unique(_place(text) for text in _several(details, "lieuNaissance")),
        nationalities=unique(filter(None, nationalities)),
        genders=reading.genders("sexe", _several(details, "sexe")),
        positions=unique(_several(details, "titre")),
        addresses=unique(_address(text) for text in _several(details, "adresse")),
        identifiers=unique(_identifiers(details, kind)),
        listings=(_listing(details, reading),),
        reasons=unique(filter(None, (details.take_optional("motifs"),))),
        remarks=unique(filter(None, (details.take_optional("autresInfos"),))),
    )


def _several(details: JsonFields, name: str) -> list[str]:
    return cells.outside_brackets(details.take_optional(name) or "", ";")


def _primary(family: str, details: JsonFields) -> Name:
    given = details.take_optional("prenom")
    full = names.join_parts([family, given])
    parts = (NamePart(kind="family", value=family), NamePart(kind="given", value=given)) if given else ()
    return Name(full=full, kind="primary", parts=parts, script=names.script(full))


def _aliases(details: JsonFields, reading: Reading) -> Iterator[Name]:
    found = name_cells.names_of_cell(details.take_optional("alias") or "", "alias")
    for remark in found.remarks:
        reading.keep("alias", remark)
    for one in found.names:
        yield Name(full=one.full, kind=one.kind, script=names.script(one.full), note=one.note)


def _birth(published: str) -> PartialDate:
    found = dates.day_first(published)
    if found is None:
        raise Unreadable(published, "no date")
    return found


def _country(published: str, path: str, reading: Reading) -> str | None:
    """The code; None for a text that names no country."""
    return None if countries.is_absent(published) else reading.text(path, countries.code, published)


def _place(published: str) -> Place:
    """`Lipetsk : RUSSIE`."""
    full, country = places.with_country(published.replace(" : ", ", "))
    return Place(full=published if full else None, country=country)


def _address(published: str) -> Address:
    full, country = places.with_country(published.replace(" : ", ", "))
    return Address(full=published if full else None, country=country)


def _identifiers(details: JsonFields, kind: Kind) -> Iterator[Identifier]:
    """`768613166 (Fédération de Russie)`: a passport, and the country that gave it."""
    for text in _several(details, "passeport"):
        for one in numbers.numbers_of_cell(text, column="passport", kind=kind):
            yield replace(one, country=one.country or _issuer(one.note))


def _issuer(note: str | None) -> str | None:
    try:
        return countries.code(note) if note else None
    except Unreadable:
        return None


def _listing(details: JsonFields, reading: Reading) -> Listing:
    """The acts on which the freeze stands, and whose freeze it takes over (`ue`)."""
    authority = details.take_optional("autoriteMesure")
    label = _LABEL.fullmatch(authority or "")
    reading.keep("autoriteMesure", label["name"] if label else authority)
    return Listing(
        list=LIST,
        programmes=unique(_several(details, "regimeSanction")),
        authorities=unique(_several(details, "fondementJuridique")),
        ends_on=reading.day("dateExpiration", details.take_optional("dateExpiration")),
    )


def read_publication_time(body: bytes, _url: str) -> GateAnswer:
    """The time of the last publication is the token. Raises DocumentRefused when the answer is none."""
    said = body.removeprefix(b"\xef\xbb\xbf").strip().strip(b'"')
    if _TIME.fullmatch(said) is None or not any(digit in said for digit in b"0123456789"):
        raise DocumentRefused("the answer is not the time of a publication")
    return GateAnswer(token=said.decode())


FEED = Feed(
    id=ID,
    partition=25,
    title="National list of frozen funds and economic resources",
    jurisdiction="MC",
    authority="Minister of State of Monaco, Department of Finance",
    legal_basis="Sovereign Ordinance No 8.664 of 26 May 2021 and the decisions of the Minister of State under it",
    homepage=HOME,
    id_rule="mesureId as published.",
    sources=(
        Source(
            name="json",
            url=ADDRESS,
            vocabulary="json",
            expect="json",
            gates=(
                Gate(
                    url=LAST_PUBLICATION,
                    read=read_publication_time,
                    bytes_max=1_000,
                    typical_bytes=19,
                    spared=True,
                    user_agent="plain",
                ),
            ),
            user_agent="plain",
            bytes_max=100_000_000,
            unpacked_bytes_max=100_000_000,
            timeout_seconds=180.0,
            typical_bytes=10_000_000,
            typical_seconds=15.0,
        ),
    ),
    readers={
        "json": Reader(
            entries=entries, record=record, shape=JsonShape(entries=(), id="mesureId", names=("nom",)), dated=False
        )
    },
    measures=Measures(usual=("asset_freeze",), source="Sovereign Ordinance No 8.664: gel des fonds et des ressources."),
    interval_seconds=600,
    interval_reason="It takes over the EU's and France's freezes, which come from their own authorities first.",
    limits=Limits(records_min=500, removals_max=150, partial_ratio=0.05),
    evidence="excerpt",
    quirks=(
        "Refuses a User-Agent in the form of a browser, which others ask for.",
        "A measure that was lifted stays in the document as withdrawal, and is no record.",
        "Several values of a field are divided by semicolons; a place is Lipetsk : RUSSIE.",
        "Whose freeze a measure takes over is the name of a label (__ue_authority_label__).",
    ),
    delay="A day after the EU or France.",
)
