"""Commerce's and State's lists in the Consolidated Screening List: one CSV of trade.gov, one feed a source list.

The file repeats the Treasury's lists too, late and at times incompletely: their rows are skipped here, because OFAC
publishes them itself. A list is known by the abbreviation or by the title in its label, of which either has changed
alone. Rows of a list that no feed knows are said by every feed (`Header.unknown`). All six feeds read one document,
which travels once for all of them (`Source.shared`).
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any, BinaryIO

from msgspec import Struct

from syncd.core.model import Address, Kind, Listing, MeasureType, Name, NameKind, PartialDate, Place, Record
from syncd.errors import DocumentRefused, Unreadable
from syncd.feeds import by_content
from syncd.feeds.contract import Feed, Header, Limits, ListEffect, Measures, RawEntry, Reader, Source, TableShape
from syncd.formats import table
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import cells, countries, dates, name_cells, name_labels, names, places
from syncd.normalise.texts import tidied

ADDRESS = "https://data.trade.gov/downloadable_consolidated_screening_list/v1/consolidated.csv"
REQUIRED = ("source", "name", "addresses", "federal_register_notice", "start_date", "alt_names")
BYTES_MAX = 60_000_000

# A list's label: `Entity List (EL) - Bureau of Industry and Security`, `Military End User (MEU) List - Bureau of …`.
_LABEL = re.compile(r"(?P<title>[^()]*+)\(\s*+(?P<abbreviation>[A-Z-]{1,12})(?:\s++List)?\s*+\)", re.IGNORECASE)
_TREASURY = re.compile(r"\bTreasury\b", re.IGNORECASE)
LABEL_CHARACTERS_MAX = 150
_CITATION = re.compile(r"(?<![,\s])[,\s]++(?=\d++\s++F\.?\s?R\.?(?:\s|$))")
_COUNTRY = re.compile(r"(?:^|,\s*)(?P<code>[A-Z]{2})$")
# `0097-06-30` of the Entity List stands for a year that the file no longer says: kept as published, without a date.
_LOST_CENTURY = re.compile(r"\s*+00\d\d-")
# Behind a labelled bracket: `Vell (aka Velle) (DPRK individual)`.
_SORT = re.compile(r"(?<=\))\s?\(((?:[A-Za-z]{2,20} )?(?:individual|entity))\)$")
_AND = re.compile(r"^and\s+", re.IGNORECASE)
_KINDS: dict[str, Kind] = {
    "individual": "person",
    "entity": "organisation",
    "vessel": "vessel",
    "aircraft": "aircraft",
}


class _List(Struct, frozen=True, kw_only=True):
    """One source list: the feed's id and partition, what the file has called it (`abbreviations`, and `titles` as
    `folded`), and what the feed says of itself."""

    id: str
    partition: int
    abbreviations: tuple[str, ...]
    titles: tuple[str, ...]
    title: str
    authority: str
    legal_basis: str
    homepage: str
    imposes: tuple[MeasureType, ...]
    limits: Limits
    effect: ListEffect = "sanction"


def _rows(stream: BinaryIO) -> Iterator[Row]:
    """All rows of the file. It has been served cut off for days: every row must be whole, and the last one ended."""
    body = stream.read(BYTES_MAX + 1)
    if len(body) > BYTES_MAX:
        raise DocumentRefused(f"it is larger than {BYTES_MAX} bytes")
    yield from table.by_header(_whole(table.csv_rows(io.BytesIO(body), bytes_max=BYTES_MAX)), required=REQUIRED)
    if not body.endswith(b"\n"):
        raise DocumentRefused("it is cut off: its last row is not ended")


def _whole(rows: Iterator[list[str]]) -> Iterator[Sequence[str]]:
    columns: list[str] = []
    for number, row in enumerate(rows, start=1):
        if row and len(row) != len(columns or row):
            raise DocumentRefused(f"it is cut off or damaged: row {number} has {len(row)} of {len(columns)} columns")
        if row != columns:  # the file of November 2023 repeats its header
            yield row
        columns = columns or row


def _known_list(label: str) -> str | None:
    """The id of the feed whose list the label names, by its abbreviation or else by its title; empty for a list of the
    Treasury's, None when nobody knows it."""
    if _TREASURY.search(label):
        return ""
    found = _LABEL.match(label)
    abbreviation = found["abbreviation"].upper() if found else ""
    title = by_content.folded(found["title"] if found else label.partition(" - ")[0])
    named = (one.id for one in _LISTS if abbreviation in one.abbreviations)
    return next(named, None) or next((one.id for one in _LISTS if title in one.titles), None)


def _entries(feed: str, stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """The rows of one list, when the whole file is read. Those of other lists are other feeds', or the Treasury's."""
    rows: list[Row] = []
    unknown: Counter[str] = Counter()
    known = cache(_known_list)
    for row in _rows(stream):
        label = tidied(row.cells.get("source", ""))[:LABEL_CHARACTERS_MAX]
        whose = known(label)
        if whose == feed:
            rows.append(_without_id(row))
        elif whose is None:
            unknown[f"rows of {label or 'no list'}"] += 1
    header.unknown.update(unknown)
    given: set[str] = set()
    for row, id_ in zip(rows, by_content.content_keys([_identity(row) for row in rows]), strict=True):
        if id_ not in given:
            given.add(id_)
            yield RawEntry(raw=id_.encode() + row.raw, content=(id_, row))


def _without_id(row: Row) -> Row:
    """`_id` is a hash that trade.gov makes of a row: it changes with the row, and changed for all rows by 2023."""
    return Row(cells={name: value for name, value in row.cells.items() if name != "_id"}, number=row.number)


def _identity(row: Row) -> by_content.ContentIdentity:
    notice = row.cells.get("federal_register_notice", "")
    apart = (_citations(notice)[:1], [notice], *([row.cells.get(name, "")] for name in ("addresses", "start_date")))
    return by_content.ContentIdentity(
        identity=(row.cells.get("name", ""),),
        apart=tuple("".join(part) for part in apart),
        content=tuple(f"{name} {value}" for name, value in sorted(row.cells.items())),
    )


def _record(feed: str, list_title: str, content: Any, reading: Reading) -> Record:
    id_, row = content
    entry = RowFields(row, reading)
    name = tidied(entry.take("name"))  # before the key, which without a name would be that of nobody
    reading.key = key = f"{feed}:{id_}"
    entry.ignore("source_list_url", "source_information_url", why="where the authority's own page of the list is")
    entry.keep("standard_order", "entity_number", "call_sign", "vessel_type", "gross_tonnage")
    entry.keep("gross_registered_tonnage", "vessel_flag", "vessel_owner", "ids")
    type_ = entry.take_optional("type")
    return Record(
        key=key,
        feed=feed,
        kind=reading.value("type", _kind, type_, _unknown) if type_ else "unknown",
        names=unique(_names(name, _several(entry, "alt_names"), reading)),
        birth_dates=unique(date for text in _several(entry, "dates_of_birth") for date in _dates(text, reading)),
        birth_places=unique(_place(text) for text in _several(entry, "places_of_birth")),
        nationalities=_countries(entry, "nationalities", reading),
        citizenships=_countries(entry, "citizenships", reading),
        positions=unique(_several(entry, "title")),
        addresses=unique(_address(text) for text in _several(entry, "addresses")),
        listings=(_listing(list_title, entry, reading),),
        remarks=unique(_several(entry, "remarks")),
    )


def _kind(published: str) -> Kind:
    found = _KINDS.get(published.strip().lower())
    if found is None:
        raise Unreadable(published, "not a type of target that the file has used")
    return found


def _unknown(_: str) -> Kind:
    return "unknown"


def _names(primary: str, aliases: Sequence[str], reading: Reading) -> Iterator[Name]:
    """The names of the two columns, those behind a label (`Acme Co. (f.k.a. Acma)`) apart."""
    said: list[tuple[str, NameKind]] = [(primary, "primary"), *((alias, "alias") for alias in aliases)]
    for text, kind in said:
        labelled = bool(name_labels.find_name_labels(text))
        found = name_cells.names_of_cell(_SORT.sub("", text), kind) if labelled else None
        reading.keep("name", sort[1] if labelled and (sort := _SORT.search(text)) else None)
        for remark in found.remarks if found else ():
            reading.keep("alt_names", remark)
        for one in (found and found.names) or (name_cells.CellName(text, kind),):
            yield Name(full=one.full, kind=one.kind, script=names.script(one.full), note=one.note)


def _place(published: str) -> Place:
    full, country = places.with_country(published)
    return Place(full=full, country=country)


def _several(entry: RowFields, name: str) -> list[str]:
    """`One; Two; and Three` in three."""
    published = tidied(entry.take_optional(name) or "")
    pieces = (_AND.sub("", piece.strip(" ;,")) for piece in cells.outside_brackets(published, ";"))
    return [piece for piece in pieces if piece]


def _dates(published: str, reading: Reading) -> tuple[PartialDate, ...]:
    return reading.value("dates_of_birth", dates.partial, published, lambda text: (PartialDate(text=text),))


def _countries(entry: RowFields, name: str, reading: Reading) -> tuple[str, ...]:
    return unique(reading.text(name, countries.code, text) for text in _several(entry, name))


def _address(published: str) -> Address:
    """The country stands last, as a code, when it is known; addresses in the US end in the postal code."""
    found = _COUNTRY.search(published)
    if found is None or found["code"] not in countries.ALL:
        return Address(full=published)
    before = published[: found.start()].strip(" ,")
    return Address(full=published if before else None, country=found["code"])


def _listing(list_title: str, entry: RowFields, reading: Reading) -> Listing:
    """The list goes by its own name: the file's label of it is trade.gov's, and has changed without an act."""
    entry.ignore("source", why="which list it is decided which feed reads the row")
    started, ends = entry.take_optional("start_date"), entry.take_optional("end_date")
    if started and _LOST_CENTURY.match(started):
        reading.keep("start_date", started)
        started = None
    measures = (entry.take_optional("license_requirement"), entry.take_optional("license_policy"))
    return Listing(
        list=list_title,
        programmes=unique(_several(entry, "programs")),
        authorities=unique(_citations(tidied(entry.take_optional("federal_register_notice") or ""))),
        measures=unique(tidied(text) for text in measures if text),
        listed_on=reading.text("listings.listed_on", dates.day, started) if started else None,
        ends_on=reading.text("listings.ends_on", dates.day, ends) if ends else None,
    )


def _citations(notice: str) -> list[str]:
    """`84 FR 54002; 85 FR 44159` and `68 F.R. 38290 6/27/03 71 F.R. 38843 7/10/06` in two."""
    pieces = (piece for part in notice.split(";") for piece in _CITATION.split(part))
    return [tidied(piece.strip(" ,")) for piece in pieces if piece.strip(" ,")]


_BIS = "Bureau of Industry and Security, Department of Commerce"
_STATE = "Department of State"
_BIS_PAGE = "https://www.bis.gov/regulations/ear/part-744"

_LISTS = (
    _List(
        id="us_bis_el",
        partition=12,
        abbreviations=("EL",),
        titles=("entitylist",),
        title="Entity List",
        authority=_BIS,
        legal_basis="Export Administration Regulations, part 744, supplement no. 4",
        homepage=_BIS_PAGE,
        effect="export_control",
        imposes=("export_control",),
        limits=Limits(records_min=1_000, removals_max=100, partial_ratio=0.05),
    ),
    _List(
        id="us_bis_dpl",
        partition=13,
        abbreviations=("DPL",),
        titles=("deniedpersonslist",),
        title="Denied Persons List",
        authority=_BIS,
        legal_basis="Export Administration Regulations, part 764: denial orders",
        homepage=_BIS_PAGE,
        effect="debarment",
        imposes=("export_control",),
        limits=Limits(records_min=250, removals_max=40, partial_ratio=0.05),
    ),
    _List(
        id="us_bis_uvl",
        partition=14,
        abbreviations=("UVL",),
        titles=("unverifiedlist",),
        title="Unverified List",
        authority=_BIS,
        legal_basis="Export Administration Regulations, part 744, supplement no. 6",
        homepage=_BIS_PAGE,
        effect="export_risk",
        imposes=("export_control",),
        limits=Limits(records_min=60, removals_max=40, removals_ratio=0.2, partial_ratio=0.05),
    ),
    _List(
        id="us_bis_meu",
        partition=15,
        abbreviations=("MEU",),
        titles=(
            "militaryenduser",
            "militaryenduserlist",
        ),
        title="Military End User List",
        authority=_BIS,
        legal_basis="Export Administration Regulations, part 744, supplement no. 7",
        homepage=_BIS_PAGE,
        effect="export_control",
        imposes=("export_control",),
        limits=Limits(records_min=30, removals_max=20, removals_ratio=0.2, partial_ratio=0.05),
    ),
    _List(
        id="us_state_isn",
        partition=16,
        abbreviations=("ISN", "ACN"),
        titles=("nonproliferationsanctions",),
        title="Nonproliferation Sanctions",
        authority=f"Bureau of International Security and Nonproliferation, {_STATE}",
        legal_basis="Executive Orders 12938 and 13382; INKSNA; chemical, biological and missile sanctions laws",
        homepage="https://www.state.gov/key-topics-bureau-of-international-security-and-nonproliferation/",
        imposes=("export_control", "arms"),
        limits=Limits(records_min=60, removals_max=40, removals_ratio=0.2, partial_ratio=0.05),
    ),
    _List(
        id="us_state_aeca",
        partition=17,
        abbreviations=("DTC",),
        titles=(
            "itardebarred",
            "aecadebarred",
            "aecadebarredlist",
        ),
        title="AECA Debarred List (ITAR)",
        authority=f"Directorate of Defense Trade Controls, {_STATE}",
        legal_basis="Arms Export Control Act, section 38(g); ITAR, part 127",
        homepage="https://www.pmddtc.state.gov/ddtc_public",
        effect="debarment",
        imposes=("debarment", "arms"),
        limits=Limits(records_min=300, removals_max=40, partial_ratio=0.05),
    ),
)


def _feed(one: _List) -> Feed:
    return Feed(
        id=one.id,
        partition=one.partition,
        title=one.title,
        jurisdiction="US",
        authority=one.authority,
        legal_basis=one.legal_basis,
        homepage=one.homepage,
        effect=one.effect,
        id_rule=(
            "The file's _id is a hash of trade.gov's that does not last. The key is a hash of the name's letters and "
            "digits, without case, accents and punctuation; where a name stands twice on the list, its first Federal "
            "Register citation is added, or else all of them, the addresses, or the start date: the first that tells "
            "them apart. A name with other letters is a delisting and a designation."
        ),
        sources=(
            Source(
                name="csv",
                url=ADDRESS,
                vocabulary="screening_list",
                expect="table",
                bytes_max=BYTES_MAX,
                unpacked_bytes_max=BYTES_MAX,
                timeout_seconds=180.0,
                typical_bytes=17_000_000,
                typical_seconds=15.0,
                shared=True,
            ),
        ),
        readers={
            "screening_list": Reader(
                entries=partial(_entries, one.id),
                record=partial(_record, one.id, one.title),
                shape=TableShape(header="source", names=("name",), only=f"({one.abbreviations[0]})"),
                dated=False,
            ),
        },
        parser_version=3,
        measures=Measures(usual=one.imposes, source=f"{one.legal_basis}."),
        interval_seconds=300,
        limits=one.limits,
        bytes_reason=(
            "The file is made anew about once a day. As long as the publisher answers conditional questions, as a file "
            "store does, its 17 MB travel once or twice a day for all six feeds; if it ignored them, they would travel "
            "with each interval, 4.9 GB a day for all six: a longer interval_seconds is then the remedy."
        ),
        evidence="full",
        quirks=(
            "One file for all US lists; rows of other lists are skipped, the Treasury's always.",
            "It lags, and has been cut off for days: a row without all columns or without its end refuses the file.",
            "HEAD answers 404 where GET answers 200; the header row has stood twice.",
            "Years such as 0097 and 0017 have lost their century: start_date is then kept beside the listing.",
            "Whether a target is a person or an organisation is not said.",
            "Texts are escaped twice at times (`&amp;amp;`).",
        ),
        delay="A day after the Federal Register, at times several.",
    )


FEEDS = tuple(_feed(one) for one in _LISTS)
