"""Japan's list of asset freezes under the Foreign Exchange Act: a CSV since 2026, workbooks with 44 sheets before.

Both are read by their headers into the same cells: a sheet of the workbook is a section (区分) of the CSV, and section
and number of the notice (告示番号) together are the CSV's own number (番号, `002-000005`), which is the key. How a cell
of the workbook divides into names, dates and numbers is in `jp_mof_cells`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from syncd.core.canonical import text as tidy
from syncd.core.model import (
    Address,
    Contact,
    ContactType,
    Identifier,
    IdentifierType,
    Kind,
    Listing,
    Name,
    NameKind,
    PartialDate,
    Place,
    Record,
    Strength,
)
from syncd.errors import DocumentRefused, MissingField
from syncd.feeds import jp_mof_cells as cells
from syncd.feeds import jp_mof_sections as sections
from syncd.feeds.contract import Feed, Gate, GateAnswer, Header, Limits, RawEntry, Reader, Source
from syncd.formats import links, table, workbook
from syncd.formats.fields import Reading, unique
from syncd.formats.table import Row, RowFields
from syncd.normalise import identifiers, names, places, source_ids

ID = "jp_mof"
LIST = "資産凍結等の措置の対象者"
PAGE = "https://www.mof.go.jp/policy/international_policy/gaitame_kawase/gaitame/economic_sanctions/list.html"
CSV_LINK = re.compile(r"/shisantouketsu(\d{8})[\w-]*\.csv$", re.IGNORECASE)
WORKBOOK_LINK = re.compile(r"/shisantouketsu(\d{8})[\w-]*\.xlsx?$", re.IGNORECASE)

SECTION, ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER = "区分", "番号", "告示日付", "告示番号"
WORKBOOK_REQUIRED = (NOTICE_DATE, NOTICE_NUMBER, "日本語表記", "英語表記")
CSV_REQUIRED = (SECTION, ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER, "個人・団体", "氏名（日本語）", "氏名（英語）")

_INDEX_SHEET = "一覧"
_LIFTED_SHEET = "【解除】"
_SECTION = re.compile(r"\s*+(?P<number>\d{1,3})\s*+[.．]\s*+(?P<name>.+)", re.DOTALL)
# `*186`, `#22`, `1(*186)`: marks say that the same target stands in another section too, under the number in brackets.
_NUMBER = re.compile(r"[*＊#＃]?\s*+(?P<number>\d{1,6})\s*+(?:[(（][*＊#＃\d\s]+[)）])?")
# A date and `削除`, in brackets or not, at the end of the cell: `2001.9.22 2023.11.16削除`.
_IS_REMOVED = re.compile(r"(?:^|[\d日\s、,（(])削除\s*[)）]?$")
_CSV_NUMBER = re.compile(r"(?P<section>\d{1,3})-(?P<number>\d{1,6})")
_HOLDS = {"個人": "p", "団体": "o"}

_KINDS: dict[str, Kind] = {"個人": "person", "団体": "organisation", "船舶": "vessel", "航空機": "aircraft"}
_ALIASES = ("別名", "別名・別称", "別称・別名", "別称", "別称・旧称", "確定可能な別名")
_FORMER = ("旧称", "旧称・以前の呼称", "以前の別名", "過去の別名")
_WEAK = "確定に十分でない別名"
_CSV_ALIASES: tuple[tuple[str, NameKind, Strength | None], ...] = (
    ("別名・別称", "alias", None),
    ("旧称", "former", None),
    (_WEAK, "alias", "weak"),
)
_WORKBOOK_ALIASES: tuple[tuple[tuple[str, ...], NameKind, Strength | None], ...] = (
    (_ALIASES, "alias", None),
    (_FORMER, "former", None),
    ((_WEAK,), "alias", "weak"),
)
_BIRTH_PLACES = ("出生地", "出生地・出身地")
_ADDRESSES = ("住所", "住所・所在地", "所在地", "住所等", "所在地・住所登録された事務所の住所", "活動地域・住所")
_NUMBERS: tuple[tuple[str, IdentifierType], ...] = (
    ("旅券番号", "passport"),
    *((column, "national_id") for column in ("ID番号", "ＩＤ番号", "身分登録番号", "身分証番号")),
)
_CONTACTS: tuple[tuple[str, ContactType], ...] = (("電話", "phone"), ("電話番号", "phone"), ("FAX", "fax"))
_LISTED_BY_THE_UN = ("国連制裁員会による指定日", "国連制裁委員会による指定日", "リスト掲載日", "指定日")


def spelt(header: str) -> str:
    """A header without the white space with which the workbooks space it out: `日 本 語 表 記`."""
    return re.sub(r"\s+", "", header)


def discover(link: re.Pattern[str]) -> Callable[[bytes, str], GateAnswer]:
    """The gate that reads the page for the newest such link."""

    def read(page: bytes, url: str) -> GateAnswer:
        found = links.newest(page, url, link)
        return GateAnswer(token=found.token, url=found.url)

    return read


def csv_entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    rows = table.csv_rows(stream, encodings=("utf-8-sig", "cp932"))
    yield from _entries(table.by_header(_whole(rows), required=CSV_REQUIRED, spelt=spelt), _csv_place)


def workbook_entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    opened = workbook.opened(stream)
    header.published = opened.modified
    yield from _entries((row for sheet in opened.sheets for row in _sheet(opened, sheet)), _workbook_place)


def _whole(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows, unless the last one is shorter than the header: then the document was cut off in it."""
    width, last = 0, 0
    for row in rows:
        width, last = width or len(row), len(row)
        yield row
    if last < width:
        raise DocumentRefused(f"it is cut off: its last row has {last} of {width} columns")


def _sheet(opened: workbook.Workbook, sheet: str) -> Iterator[Row]:
    """The rows of a section; none of the index and of one that was lifted as a whole."""
    if sheet.strip() == _INDEX_SHEET or _LIFTED_SHEET in sheet or opened.is_empty(sheet):
        return
    before: Row | None = None
    for row in table.by_header(opened.rows(sheet), required=WORKBOOK_REQUIRED, sheet=sheet, spelt=spelt):
        if before is not None and not row.cells.keys() & {NOTICE_DATE, NOTICE_NUMBER}:
            before = _continued(before, row)
            continue
        if before is not None:
            yield before
        before = row
    if before is not None:
        yield before


def _continued(row: Row, more: Row) -> Row:
    """A row without date and number holds what found no room in the cells above it."""
    joined = {name: "\n".join(filter(None, (row.cells.get(name), text))) for name, text in more.cells.items()}
    return Row(cells=row.cells | joined, number=row.number, sheet=row.sheet)


class _Entry(NamedTuple):
    """A row, the part of its key after the feed, the number as published, and the name of its section if known."""

    id: str
    published: str
    section: str | None
    row: Row


def _entries(rows: Iterable[Row], place_of: Callable[[Row], sections.Place | None]) -> Iterator[RawEntry]:
    """The entries once the whole document is read, because what stands in a section tells which one it is."""
    in_force = [(row, place_of(row)) for row in rows if _in_force(row)]
    places = [place for _, place in in_force if place]
    keyed = dict(zip(map(id, places), sections.keys(places), strict=True))
    for row, place in in_force:
        key = keyed[id(place)] if place else sections.Keyed("", None)
        published = f"{place.section}-{place.number}" if place else ""
        raw = b"\x1d".join((key.id.encode(), row.sheet.encode(), row.raw))
        yield RawEntry(raw=raw, content=_Entry(key.id, published, key.section, row))


def _csv_place(row: Row) -> sections.Place | None:
    number = _CSV_NUMBER.fullmatch(source_ids.upper(row.cells.get(ID_NUMBER, "")))
    if number is None:
        return None
    holds = _HOLDS.get(tidy(row.cells.get("個人・団体", "")), "-")
    return _place(row, (number["section"], number["number"]), "", holds)


def _workbook_place(row: Row) -> sections.Place | None:
    section = _SECTION.fullmatch(row.sheet)
    number = _NUMBER.fullmatch(tidy(row.cells.get(NOTICE_NUMBER, "")))
    if section is None or number is None:
        return None
    name = tidy(section["name"])
    holds = "p" if "個人" in name else "o" if _is_of_organisations(name) else "-"
    return _place(row, (f"{int(section['number']):03}", f"{int(number['number']):06}"), name, holds)


def _place(row: Row, place: tuple[str, str], name: str, holds: str) -> sections.Place:
    section, number = place
    days, _ = cells.notice_days(row.cells.get(NOTICE_DATE, ""))
    names_ = tuple(row.cells.get(column, "") for column in ("氏名（日本語）", "氏名（英語）", "日本語表記", "英語表記"))
    return sections.Place(
        section=section,
        name=name,
        holds=holds,
        day=days[0].replace("-", "") if days else "",
        number=number,
        names=("".join(names_[0::2]), "".join(names_[1::2])),
        content=tuple(value for name, value in sorted(row.cells.items()) if name not in (SECTION, ID_NUMBER)),
    )


def _in_force(row: Row) -> bool:
    """A removed entry keeps its row, with `2023.11.16削除` and nothing else; so does a number that was never filled.

    Only a removal in just these words is one: `一部削除`, that a part was removed, leaves the entry in force.
    """
    if any(_IS_REMOVED.search(tidy(row.cells.get(column, ""))) for column in (NOTICE_DATE, NOTICE_NUMBER)):
        return False
    return bool(row.cells.keys() - {SECTION, ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER})


def _is_of_organisations(section: str) -> bool:
    return "団体" in section or "銀行" in section


def csv_record(content: Any, reading: Reading) -> Record:
    entry: _Entry = content
    fields = RowFields(entry.row, reading)
    published = fields.take(ID_NUMBER)
    reading.key = key = f"{ID}:{entry.id or source_ids.upper(published)}"
    reading.published_id = published if key != f"{ID}:{published}" else None
    fields.ignore(SECTION, why="the first digits of the number, which are no part of what is published of the target")
    fields.ignore(NOTICE_NUMBER, why="the last digits of the number")
    fields.keep("外務省告示情報")
    kind = _kind(fields.take_optional("個人・団体"), reading)
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.once(_csv_names(fields, kind, reading)),
        birth_dates=_birth_dates(fields.take_optional("生年月日"), reading),
        birth_places=unique(map(_birth_place, _both(fields, "出生地"))),
        nationalities=_nationalities(_both(fields, "国籍"), reading),
        titles=unique(_both(fields, "称号")),
        positions=unique(_both(fields, "役職")),
        addresses=unique(_csv_addresses(fields, reading)),
        identifiers=(*_un_references(fields, reading), *_numbers(fields)),
        listings=(_listing(fields, entry.section, reading),),
        remarks=_texts(fields, "その他の情報"),
    )


def workbook_record(content: Any, reading: Reading) -> Record:
    entry: _Entry = content
    fields = RowFields(entry.row, reading)
    published = fields.take(NOTICE_NUMBER)
    if not entry.id:
        raise MissingField(f"row {entry.row.number} of the sheet {entry.row.sheet} has no number")
    reading.key = key = f"{ID}:{entry.id}"
    reading.published_id = entry.published if entry.published != entry.id else None
    if not tidy(published).isdecimal():
        reading.keep(NOTICE_NUMBER, published)
    section = tidy(_SECTION.sub(r"\g<name>", entry.row.sheet))
    birth_dates, birth_note = _birth(fields, reading)
    kind = _workbook_kind(section, fields, birth=bool(birth_dates))
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.once(_workbook_names(fields, kind, reading)),
        birth_dates=birth_dates,
        birth_places=unique(_birth_place(text) for column in _BIRTH_PLACES for text in _pieces(fields, column)),
        nationalities=_nationalities(_pieces(fields, "国籍"), reading),
        titles=unique(name for text in _pieces(fields, "称号") for name in names.scripts_apart(text)),
        positions=unique(text for column in ("役職", "肩書", "肩書等") for text in _pieces(fields, column)),
        addresses=unique(_address(text) for column in _ADDRESSES for text in _pieces(fields, column)),
        identifiers=(*_un_references(fields, reading), *_numbers(fields)),
        contacts=tuple(Contact(type=kind, value=text) for column, kind in _CONTACTS for text in _lines(fields, column)),
        listings=(_listing(fields, entry.section, reading),),
        reasons=_texts(fields, "指定の根拠", "決議1483上の根拠"),
        remarks=(*_texts(fields, "その他の情報", "詳細"), *birth_note),
    )


def _kind(published: str | None, reading: Reading) -> Kind:
    kind = _KINDS.get(tidy(published or ""))
    if kind is None:
        reading.unknown_field("個人・団体", published or "")
    return kind or "unknown"


def _workbook_kind(section: str, fields: RowFields, *, birth: bool) -> Kind:
    """The section's name says it for most (`（個人）`, `(団体)`); in the others, who has a birth date is a person."""
    if "個人" in section:
        return "person"
    if _is_of_organisations(section):
        return "organisation"
    person = birth or any(cells.said(fields.row.cells.get(column)) for column in ("旅券番号", "国籍"))
    return "person" if person else "unknown"


def _csv_names(fields: RowFields, kind: Kind, reading: Reading) -> Iterator[Name]:
    for column in ("氏名（日本語）", "氏名（英語）"):
        yield from _kept(cells.primary_names(fields.take_optional(column) or "", kind), column, reading)
    for column, name_kind, strength in _CSV_ALIASES:
        for language in ("日本語", "英語"):
            text = fields.take_optional(f"{column}（{language}）") or ""
            yield from _kept(cells.aliases(text, name_kind, kind, strength), column, reading)


def _workbook_names(fields: RowFields, kind: Kind, reading: Reading) -> Iterator[Name]:
    for column in ("日本語表記", "英語表記"):
        yield from _kept(cells.primary_names(fields.take_optional(column) or "", kind), column, reading)
    for columns, name_kind, strength in _WORKBOOK_ALIASES:
        for column in columns:
            text = fields.take_optional(column) or ""
            yield from _kept(cells.aliases(text, name_kind, kind, strength), column, reading)


def _kept(found: cells.Names, column: str, reading: Reading) -> list[Name]:
    """The names of a cell; what of it names nobody stands under `other`."""
    for remark in found.remarks:
        reading.keep(column, remark)
    return found.names


def _each(fields: RowFields, column: str) -> list[str]:
    """A column in Japanese and its twin in English."""
    both = (fields.take_optional(f"{column}（{language}）") for language in ("日本語", "英語"))
    return [text for text in both if cells.said(text) and text]


def _both(fields: RowFields, column: str) -> list[str]:
    return [piece for text in _each(fields, column) for piece in cells.semicolons(text)]


def _pieces(fields: RowFields, column: str) -> list[str]:
    return cells.pieces(fields.take_optional(column) or "")


def _lines(fields: RowFields, column: str) -> list[str]:
    return [part.strip() for part in re.split(r"[、，,;\n]", fields.take_optional(column) or "") if part.strip()]


def _texts(fields: RowFields, *columns: str) -> tuple[str, ...]:
    return tuple(text for column in columns if cells.said(text := fields.take_optional(column)) and text)


def _birth(fields: RowFields, reading: Reading) -> tuple[tuple[PartialDate, ...], tuple[str, ...]]:
    """Birth dates, and the text of a cell that holds date and place together, as in the first section."""
    together = fields.take_optional("生年月日・出生地")
    if together is None:
        return _birth_dates(fields.take_optional("生年月日"), reading), ()
    return reading.value("生年月日・出生地", cells.date_before_place, together, _as_text), (together,)


def _birth_dates(published: str | None, reading: Reading) -> tuple[PartialDate, ...]:
    found: list[PartialDate] = []
    for piece in cells.pieces(published or "", lines=False):
        if cells.is_no_date(piece):
            reading.keep("生年月日", piece)
        else:
            found += reading.value("生年月日", cells.birth_date, piece, _as_text)
    return unique(found)


def _as_text(text: str) -> tuple[PartialDate, ...]:
    return (PartialDate(text=text),)


def _nationalities(published: Iterable[str], reading: Reading) -> tuple[str, ...]:
    found: list[str] = []
    for text in published:
        codes, remark = reading.value("国籍", cells.nationalities, text, lambda said: ((said,), None))
        found += codes
        reading.keep("国籍", remark)
    return unique(found)


def _csv_addresses(fields: RowFields, reading: Reading) -> Iterator[Address]:
    """Country and rest stand in two columns each, in Japanese and in English; several values behind semicolons.

    One country and one rest are one address. Of several, nothing says which belongs to which: they stay apart.
    """
    for language in ("日本語", "英語"):
        country, rest = (
            cells.semicolons(fields.take_optional(f"住所・所在地（{part}）（{language}）") or "")
            for part in ("国", "都市その他の情報")
        )
        codes = [reading.text("住所・所在地（国）", cells.country, text) for text in country]
        if len(codes) == 1 and len(rest) == 1:
            yield Address(full=rest[0], country=codes[0])
            continue
        yield from (Address(country=code) for code in codes)
        yield from map(_address, rest)


def _address(text: str) -> Address:
    full, country = places.with_country(text)
    return Address(full=full, country=country)


def _birth_place(text: str) -> Place:
    full, country = places.with_country(text)
    return Place(full=full, country=country)


def _un_references(fields: RowFields, reading: Reading) -> Iterator[Identifier]:
    published = fields.take_optional("国連参照番号")
    found = identifiers.un_references(published or "")
    yield from (Identifier(type="un_reference", value=value) for value in found)
    if published and cells.said(published) and not found:
        reading.unknown_field("国連参照番号", published)


def _numbers(fields: RowFields) -> Iterator[Identifier]:
    for column, kind in _NUMBERS:
        for text in cells.pieces(fields.take_optional(column) or ""):
            yield cells.number(text, kind, column)


def _listing(fields: RowFields, programme: str | None, reading: Reading) -> Listing:
    """The first notice put the target on the list, the last one of several amended the entry (改訂)."""
    fields.keep(*_LISTED_BY_THE_UN)
    published = fields.take_optional(NOTICE_DATE) or ""
    days, rest = cells.notice_days(published)
    if rest:
        reading.unreadable.append(NOTICE_DATE)
        reading.keep(NOTICE_DATE, published)
    return Listing(
        list=LIST,
        programmes=(programme,) if programme else (),
        measures=("資産凍結等",),
        listed_on=days[0] if days else None,
        amended_on=days[-1] if len(days) > 1 else None,
    )


def _source(name: str, vocabulary: str, link: re.Pattern[str], typical_bytes: int) -> Source:
    return Source(
        name=name,
        url=PAGE,
        vocabulary=vocabulary,
        expect="table",
        gate=Gate(url=PAGE, read=discover(link)),
        bytes_max=30_000_000,
        unpacked_bytes_max=300_000_000,
        timeout_seconds=120.0,
        typical_bytes=typical_bytes,
        typical_seconds=10.0,
    )


FEED = Feed(
    id=ID,
    title="List of persons subject to asset freezing and similar measures",
    jurisdiction="JP",
    authority="Ministry of Finance, International Bureau",
    legal_basis="Foreign Exchange and Foreign Trade Act (外国為替及び外国貿易法), articles 16, 21 and 25",
    homepage=PAGE,
    id_rule=(
        "番号 of the CSV as published (`002-000005`). In a workbook the same is made of the sheet's number and the "
        "digits of 告示番号, which alone repeats across sheets; its marks (`*186`, `1(*186)`, `#22`) come and go with "
        "other designations of the same target and are no part of it."
    ),
    sources=(
        _source("list_csv", "csv", CSV_LINK, 2_500_000),
        _source("list_workbook", "workbook", WORKBOOK_LINK, 900_000),
    ),
    readers={
        "csv": Reader(entries=csv_entries, record=csv_record),
        "workbook": Reader(entries=workbook_entries, record=workbook_record),
    },
    interval_seconds=600,
    interval_reason="The file is discovered on a page of the ministry, which changes a few times a month.",
    limits=Limits(records_min=1_500, removals_max=60, partial_ratio=0.05),
    parser_version=2,
    evidence="excerpt",
    quirks=(
        "The file's name carries its date and is discovered on the page; since 2026 a CSV, before that a workbook.",
        "A workbook has a header a sheet, spaced out with white space; sheets of lifted sections are marked 【解除】.",
        "Removed entries keep their row (`2023.11.16削除`, all else empty), and so do numbers that were never filled: "
        "they are no records.",
        "A row without date and number goes on with the cells above it.",
        "Names, dates and numbers stand in enumerations `(a)…(b)…`, in Japanese and again in Latin letters.",
        "Dates as 2002.3.1, 1941/8/20, 1970年, 頃; a few are mistyped (`2007.713改訂`).",
        "A CSV and an XLS file do not say when they were published; the name of the file does, and Last-Modified.",
        "The sections of the CSV have numbers and no names; sections of a workbook were renumbered over the years.",
    ),
    delay="Within a day of the notice in the Official Gazette; the ministry's press release comes first.",
)
