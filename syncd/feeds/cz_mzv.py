"""The Czech national sanctions list: a CSV without ids, in which superseded rows stay beside the one in force."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from syncd.core.model import Kind, Listing, Name, NameKind, NamePart, PartialDate, Record
from syncd.errors import Unreadable
from syncd.feeds import by_content
from syncd.feeds.contract import (
    Feed,
    Gate,
    GateAnswer,
    Header,
    Limits,
    Measures,
    RawEntry,
    Reader,
    Source,
    TableShape,
)
from syncd.formats import links, table
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import countries, dates, names
from syncd.normalise.texts import tidied

ID = "cz_mzv"
LIST = "Vnitrostátní sankční seznam"
PAGE = "https://mzv.gov.cz/jnp/cz/zahranicni_vztahy/sankcni_politika/sankcni_seznam_cr/vnitrostatni_sankcni_seznam.html"
LINK = re.compile(r"/Vnitrostatni_sankcni_seznam_(\d{4}_\d\d_\d\d)[\w-]*\.csv$", re.IGNORECASE)
BYTES_MAX = 5_000_000

FAMILY = "Příjmení fyzické osoby/název právnické osoby/označení nebo název entity"
GIVEN, STATUS, STATUS_NOTE = "Jméno fyzické osoby", "Stav zápisu", "Poznámka ke stavu zápisu"
BORN, COUNTRY = "Datum narození fyzické osoby", "Státní příslušnost fyzické osoby /sídlo právnické osoby"
DAY, ACT = "Datum zápisu či jeho změny", "Právní předpis zápisu"
PROVISION = "Ustanovení předpisu Evropské unie, jehož skutkovou podstatu subjekt jednáním naplnil"
CONDUCT, MEASURES = "Popis postižitelného jednání", "Uplatňovaná omezující opatření"
REQUIRED = (FAMILY, GIVEN, STATUS, DAY)

_IN_FORCE = "platný"
# A row that was replaced by another, or lifted. Of any other word the row stays in force, and it is said.
_LIFTED = "zrušen"
_NOT_IN_FORCE = frozenset({"změněn", _LIFTED})
_COUNTRIES = {
    "ruská federace": "RU",
    "rusko": "RU",
    "česká republika": "CZ",
    "běloruská republika": "BY",
    "bělorusko": "BY",
    "ukrajina": "UA",
    "moldavská republika": "MD",
}
_NAMES_MAX = 20


class _Target(NamedTuple):
    """The row in force, its key's last part, and the day of the first row of the same target."""

    row: Row
    id: str
    first_day: str


def entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the rows in force. Raises DocumentRefused when it is not the list, or is cut off."""
    rows = table.whole_csv_rows(stream, encodings=("utf-8-sig", "cp1250"), bytes_max=BYTES_MAX)
    every = list(table.by_header(rows, required=REQUIRED, spelt=tidied))
    first = _first_days(every)
    in_force = [row for row in every if _status(row) not in _NOT_IN_FORCE]
    keys = by_content.content_keys([_content(row) for row in in_force])
    for row, id_ in zip(in_force, keys, strict=True):
        target = _Target(row, id_, first.get(_identity(row), ""))
        yield RawEntry(raw=b"\x1d".join((row.raw, id_.encode(), target.first_day.encode())), content=target)


def _first_days(rows: list[Row]) -> dict[tuple[str, ...], str]:
    """Return by target the day of its earliest row; of one that was lifted, of the earliest since."""
    days: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        if day := _day(row):
            days[_identity(row)].append((day, _status(row)))
    first = {}
    for identity, said in days.items():
        lifted = max((day for day, status in said if status == _LIFTED), default="")
        first[identity] = min((day for day, _ in said if day > lifted), default="")
    return first


def _status(row: Row) -> str:
    return tidied(row.cells.get(STATUS, "")).casefold()


def _day(row: Row) -> str:
    try:
        return dates.day_first_day(tidied(row.cells.get(DAY, "")))
    except Unreadable:
        return ""


def _identity(row: Row) -> tuple[str, ...]:
    return tuple(by_content.folded(row.cells.get(column, "")) for column in (FAMILY, GIVEN, BORN))


def _content(row: Row) -> by_content.ContentIdentity:
    return by_content.ContentIdentity(
        identity=tuple(row.cells.get(column, "") for column in (FAMILY, GIVEN)),
        apart=tuple(row.cells.get(column, "") for column in (BORN, COUNTRY, ACT, DAY)),
        content=tuple(f"{name} {value}" for name, value in sorted(row.cells.items())),
    )


def record(content: Any, reading: Reading) -> Record:
    """Return the record of one row. Raises MissingField when it has no name."""
    target: _Target = content
    fields = RowFields(target.row, reading)
    family, given = fields.take(FAMILY), fields.take_optional(GIVEN)
    reading.key = key = f"{ID}:{target.id}"
    status, born = fields.take_optional(STATUS), fields.take_optional(BORN)
    if status and tidied(status).casefold() != _IN_FORCE:
        reading.unknown_field(STATUS, status)
    fields.keep(STATUS_NOTE)
    kind: Kind = "person" if given or born else "organisation"
    code = _country(fields, reading)
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(_names(family, given)),
        birth_dates=(reading.date(BORN, _birth, tidied(born)),) if born else (),
        nationalities=(code,) if code and kind == "person" else (),
        countries=(code,) if code and kind != "person" else (),
        listings=(_listing(fields, target, reading),),
        reasons=unique(tidied(text) for column in (PROVISION, CONDUCT) if (text := fields.take_optional(column))),
    )


def _names(family: str, given: str | None) -> Iterator[Name]:
    """A person's name in each of its spellings, which `/` divides in both columns: spellings of one script belong
    together, the first with the first. What is behind `/` is in a spelling of its own."""
    families, givens = ([part for part in map(tidied, (text or "").split("/")) if part] for text in (family, given))
    if not givens:
        yield from _whole(family)
        return
    taken = set()
    for place, last in enumerate(families[:_NAMES_MAX]):
        alike = _alike(givens, last)
        before = len(_alike(families[:place], last, otherwise=[]))
        first = alike[min(before, len(alike) - 1)]
        taken.add(first)
        yield _spelling(first, last, "alias" if place else "primary")
    for first in givens[:_NAMES_MAX]:
        if first not in taken:
            yield _spelling(first, _alike(families, first)[-1], "alias")


def _alike(spellings: list[str], other: str, otherwise: list[str] | None = None) -> list[str]:
    """Those in the script of `other`; `otherwise`, or all of them, where there is none."""
    script = names.script(other)
    return [one for one in spellings if names.script(one) == script] or (spellings if otherwise is None else otherwise)


def _spelling(first: str, last: str, kind: NameKind) -> Name:
    full = names.join_parts([first, last])
    parts = (NamePart(kind="given", value=first), NamePart(kind="family", value=last))
    return Name(full=full, kind=kind, parts=parts, script=names.script(full))


def _whole(published: str) -> Iterator[Name]:
    """An organisation's name stays whole: a stroke in it is its own."""
    full = tidied(published)
    yield Name(full=full, kind="primary", script=names.script(full))


def _birth(published: str) -> PartialDate:
    found = dates.day_first(published)
    if found is None:
        raise Unreadable(published, "no date")
    return found


def _country(fields: RowFields, reading: Reading) -> str | None:
    published = fields.take_optional(COUNTRY)
    if published is None or countries.is_absent(published):
        return None
    return reading.text(COUNTRY, _code, tidied(published))


def _code(published: str) -> str:
    return _COUNTRIES.get(published.casefold()) or countries.code(published)


def _listing(fields: RowFields, target: _Target, reading: Reading) -> Listing:
    """The first row of a target put it on the list; the row in force is of that day, or of its last amendment."""
    day = reading.day(DAY, fields.take_optional(DAY))
    act, measure = fields.take_optional(ACT), fields.take_optional(MEASURES)
    listed = target.first_day or day
    return Listing(
        list=LIST,
        authorities=(tidied(act),) if act else (),
        measures=(tidied(measure),) if measure else (),
        listed_on=listed,
        amended_on=day if day != listed else None,
    )


def discover(page: bytes, url: str) -> GateAnswer:
    """The newest CSV that the page links to. Raises DocumentRefused."""
    found = links.newest_link(page, url, LINK)
    return GateAnswer(token=found.token, url=found.url)


FEED = Feed(
    id=ID,
    partition=24,
    title="National Sanctions List (Vnitrostátní sankční seznam)",
    jurisdiction="CZ",
    authority="Ministry of Foreign Affairs of the Czech Republic, on resolutions of the government",
    legal_basis="Act No 1/2023 on restrictive measures against certain serious conduct in international relations",
    homepage=PAGE,
    id_rule=(
        "The list has no ids: a hash of the letters and digits of the name, without case, accents and punctuation; "
        "where a name stands twice, the date of birth, the country, the act or the day is added: the first that tells "
        "them apart. A name with other letters is a new entry."
    ),
    sources=(
        Source(
            name="csv",
            url=PAGE,
            vocabulary="csv",
            expect="table",
            gates=(Gate(url=PAGE, read=discover, typical_bytes=60_000, discovers=True),),
            bytes_max=BYTES_MAX,
            unpacked_bytes_max=BYTES_MAX,
            timeout_seconds=60.0,
            typical_bytes=60_000,
            typical_seconds=3.0,
        ),
    ),
    readers={
        "csv": Reader(
            entries=entries, record=record, shape=TableShape(header=STATUS, names=(FAMILY, GIVEN)), dated=False
        )
    },
    measures=Measures(
        usual=("asset_freeze",),
        source="Act No 69/2006, section 4(2), letters a) to k), which the entries name: property, payments, services.",
    ),
    interval_seconds=600,
    interval_reason="The page is read to discover the file, which changes a few times a year.",
    limits=Limits(records_min=5, removals_max=5, partial_ratio=0.1),
    parser_version=2,
    evidence="excerpt",
    quirks=(
        "Rows that were changed (změněn) or lifted (zrušen) stay in the file; only valid ones (platný) are records.",
        "Names stand in several spellings, divided by strokes, in the columns of family and given names alike.",
        "The day in a row is that of its last change; the earliest row of a target since it was last lifted says when "
        "it was listed.",
    ),
    delay="The day of the government's resolution, or the day after.",
)
