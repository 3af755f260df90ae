"""Japan's list of asset freezes under the Foreign Exchange Act: a CSV since 2026, workbooks with 44 sheets before.

Both are read by their headers into the same cells: a sheet of the workbook is a section (区分) of the CSV, and section
and number of the notice (告示番号) together are the CSV's own number (番号, `002-000005`), which is the key. The rows
and their keys are in `jp_mof_rows`; how a cell divides is in `jp_mof_cells` (names, dates) and `jp_mof_numbers`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

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
from syncd.errors import MissingField
from syncd.feeds.contract import Feed, Gate, GateAnswer, Limits, Measures, Reader, Source, TableShape
from syncd.feeds.jp import cells, numbers
from syncd.feeds.jp.rows import (
    ID_NUMBER,
    NOTICE_DATE,
    NOTICE_NUMBER,
    SECTION,
    SECTION_NAME,
    MofRow,
    csv_entries,
    is_of_organisations,
    workbook_entries,
)
from syncd.formats import links
from syncd.formats.fields import Reading, unique
from syncd.formats.table import RowFields
from syncd.normalise import company_imo, identifiers, names, places, source_ids

ID = "jp_mof"
LIST = "資産凍結等の措置の対象者"
PAGE = "https://www.mof.go.jp/policy/international_policy/gaitame_kawase/gaitame/economic_sanctions/list.html"
CSV_LINK = re.compile(r"/shisantouketsu(\d{8})[\w-]*\.csv$", re.IGNORECASE)
WORKBOOK_LINK = re.compile(r"/shisantouketsu(\d{8})[\w-]*\.xlsx?$", re.IGNORECASE)

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


def discover(link: re.Pattern[str]) -> Callable[[bytes, str], GateAnswer]:
    """The gate that reads the page for the newest such link."""

    def read(page: bytes, url: str) -> GateAnswer:
        found = links.newest_link(page, url, link)
        return GateAnswer(token=found.token, url=found.url)

    return read


def csv_record(content: Any, reading: Reading) -> Record:
    """Return the record of one row of the CSV. Raises MissingField when its id or name cannot be read."""
    entry: MofRow = content
    fields = RowFields(entry.row, reading)
    published = fields.take(ID_NUMBER)
    reading.key = key = f"{ID}:{entry.id or source_ids.upper(published)}"
    reading.published_id = published if key != f"{ID}:{published}" else None
    fields.ignore(SECTION, why="the first digits of the number, which are no part of what is published of the target")
    fields.ignore(NOTICE_NUMBER, why="the last digits of the number")
    fields.keep("外務省告示情報")
    kind = _kind(fields.take_optional("個人・団体"), reading)
    addresses = unique(_csv_addresses(fields, reading))
    remarks = _texts(fields, "その他の情報")
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(_csv_names(fields, kind, reading)),
        birth_dates=_birth_dates(fields.take_optional("生年月日"), reading),
        birth_places=unique(map(_birth_place, _both(fields, "出生地"))),
        nationalities=_nationalities(_both(fields, "国籍"), reading),
        titles=unique(_both(fields, "称号")),
        positions=unique(_both(fields, "役職")),
        addresses=addresses,
        identifiers=_identifiers(fields, kind, addresses, remarks, reading),
        listings=(_listing(fields, entry.section, reading),),
        remarks=remarks,
    )


def workbook_record(content: Any, reading: Reading) -> Record:
    """Return the record of one row of a workbook. Raises MissingField when its id or name cannot be read."""
    entry: MofRow = content
    fields = RowFields(entry.row, reading)
    published = fields.take(NOTICE_NUMBER)
    if not entry.id:
        raise MissingField(f"row {entry.row.number} of the sheet {entry.row.sheet} has no number")
    reading.key = key = f"{ID}:{entry.id}"
    reading.published_id = entry.published if entry.published != entry.id else None
    if not tidy(published).isdecimal():
        reading.keep(NOTICE_NUMBER, published)
    section = tidy(SECTION_NAME.sub(r"\g<name>", entry.row.sheet))
    birth_dates, birth_note = _birth(fields, reading)
    kind = _workbook_kind(section, fields, birth=bool(birth_dates))
    addresses = unique(_address(text) for column in _ADDRESSES for text in _pieces(fields, column))
    remarks = (*_texts(fields, "その他の情報", "詳細"), *birth_note)
    return Record(
        key=key,
        feed=ID,
        kind=kind,
        names=names.without_repeats(_workbook_names(fields, kind, reading)),
        birth_dates=birth_dates,
        birth_places=unique(_birth_place(text) for column in _BIRTH_PLACES for text in _pieces(fields, column)),
        nationalities=_nationalities(_pieces(fields, "国籍"), reading),
        titles=unique(name for text in _pieces(fields, "称号") for name in names.scripts_apart(text)),
        positions=unique(text for column in ("役職", "肩書", "肩書等") for text in _pieces(fields, column)),
        addresses=addresses,
        identifiers=_identifiers(fields, kind, addresses, remarks, reading),
        contacts=tuple(Contact(type=kind, value=text) for column, kind in _CONTACTS for text in _lines(fields, column)),
        listings=(_listing(fields, entry.section, reading),),
        reasons=_texts(fields, "指定の根拠", "決議1483上の根拠"),
        remarks=remarks,
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
    if is_of_organisations(section):
        return "organisation"
    person = birth or any(cells.says_something(fields.row.cells.get(column)) for column in ("旅券番号", "国籍"))
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
    """The names of a cell; parts of it that name nobody stand under `other`."""
    for remark in found.remarks:
        reading.keep(column, remark)
    return found.names


def _each(fields: RowFields, column: str) -> list[str]:
    """A column in Japanese and its twin in English."""
    both = (fields.take_optional(f"{column}（{language}）") for language in ("日本語", "英語"))
    return [text for text in both if cells.says_something(text) and text]


def _both(fields: RowFields, column: str) -> list[str]:
    return [piece for text in _each(fields, column) for piece in cells.cut_at_semicolons(text)]


def _pieces(fields: RowFields, column: str) -> list[str]:
    return cells.values_of_cell(fields.take_optional(column) or "")


def _lines(fields: RowFields, column: str) -> list[str]:
    return [part.strip() for part in re.split(r"[、，,;\n]", fields.take_optional(column) or "") if part.strip()]


def _texts(fields: RowFields, *columns: str) -> tuple[str, ...]:
    return tuple(text for column in columns if cells.says_something(text := fields.take_optional(column)) and text)


def _birth(fields: RowFields, reading: Reading) -> tuple[tuple[PartialDate, ...], tuple[str, ...]]:
    """Birth dates, and the text of a cell that holds date and place together, as in the first section."""
    together = fields.take_optional("生年月日・出生地")
    if together is None:
        return _birth_dates(fields.take_optional("生年月日"), reading), ()
    return reading.value("生年月日・出生地", cells.date_before_place, together, _as_text), (together,)


def _birth_dates(published: str | None, reading: Reading) -> tuple[PartialDate, ...]:
    found: list[PartialDate] = []
    for piece in cells.values_of_cell(published or "", lines=False):
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
            cells.cut_at_semicolons(fields.take_optional(f"住所・所在地（{part}）（{language}）") or "")
            for part in ("国", "都市その他の情報")
        )
        codes = [reading.text("住所・所在地（国）", cells.country_of_cell, text) for text in country]
        if len(codes) == 1 and len(rest) == 1:
            yield Address(full=rest[0], country=codes[0])
            continue
        yield from (Address(country=code) for code in codes)
        yield from map(_address, rest)


def _address(text: str) -> Address:
    full, country = places.with_country(text)
    return Address(full=full, country=country or cells.country_first(text))


def _birth_place(text: str) -> Place:
    full, country = places.with_country(text)
    return Place(full=full, country=country or cells.country_first(text))


def _un_references(fields: RowFields, reading: Reading) -> Iterator[Identifier]:
    published = fields.take_optional("国連参照番号")
    found = identifiers.un_references(published or "")
    yield from (Identifier(type="un_reference", value=value) for value in found)
    if published and cells.says_something(published) and not found:
        reading.unknown_field("国連参照番号", published)


def _identifiers(
    fields: RowFields, kind: Kind, addresses: Iterable[Address], remarks: Iterable[str], reading: Reading
) -> tuple[Identifier, ...]:
    """Those of their own columns, and those that stand in remarks alone: crypto addresses, IMO numbers of companies."""
    texts = (*remarks, *(address.full or "" for address in addresses))
    return unique(
        (
            *_un_references(fields, reading),
            *_numbers(fields, reading),
            *company_imo.of_texts(texts, kind),
            *numbers.crypto_addresses(remarks),
        )
    )


def _numbers(fields: RowFields, reading: Reading) -> Iterator[Identifier]:
    for column, kind in _NUMBERS:
        found = numbers.read_numbers(fields.take_optional(column) or "", kind, column)
        for remark in found.remarks:
            reading.keep(column, remark)
        yield from found.identifiers


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
        gates=(Gate(url=PAGE, read=discover(link), discovers=True),),
        bytes_max=30_000_000,
        unpacked_bytes_max=300_000_000,
        timeout_seconds=120.0,
        typical_bytes=typical_bytes,
        typical_seconds=10.0,
    )


_NAMES = ("別名・別称", "旧称", "確定に十分でない別名")
_CSV_SHAPE = TableShape(
    header="番号", id="番号", names=tuple(f"{name}（{of}）" for name in ("氏名", *_NAMES) for of in ("日本語", "英語"))
)
_WORKBOOK_SHAPE = TableShape(header="告示日付", id="告示番号", names=("日本語表記", "英語表記", *_NAMES, "別称・旧称"))

FEED = Feed(
    id=ID,
    partition=9,
    title="List of persons subject to asset freezing and similar measures",
    jurisdiction="JP",
    authority="Ministry of Finance, International Bureau",
    legal_basis="Foreign Exchange and Foreign Trade Act (外国為替及び外国貿易法), articles 16, 21 and 25",
    homepage=PAGE,
    id_rule=(
        "番号 of the CSV (`002-000005`): the section's number and the row's within it. Sections shift when one is "
        "inserted: a section is known by its name in a workbook, by the days of its first notices in the CSV, "
        "and keeps the number that it had in spring 2026. In a section that is not known then, the day of the "
        "first notice and the number make the id. Marks of a number (`*186`, `1(*186)`, `#22`) are no part of it."
    ),
    sources=(
        _source("list_csv", "csv", CSV_LINK, 2_500_000),
        _source("list_workbook", "workbook", WORKBOOK_LINK, 900_000),
    ),
    readers={
        "csv": Reader(entries=csv_entries, record=csv_record, shape=_CSV_SHAPE, dated=False),
        "workbook": Reader(entries=workbook_entries, record=workbook_record, shape=_WORKBOOK_SHAPE),
    },
    measures=Measures(
        usual=("asset_freeze",),
        source=("Foreign Exchange and Foreign Trade Act, articles 16, 21 and 25: 資産凍結等."),
    ),
    interval_seconds=600,
    interval_reason="The file is discovered on a page of the ministry, which changes a few times a month.",
    limits=Limits(records_min=1_500, removals_max=60, partial_ratio=0.05),
    parser_version=3,
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
        "A cell of numbers holds documents, dates and sentences: a date belongs to the number before it.",
        "Crypto addresses and companies' IMO numbers stand in remarks alone; an address's form tells its currency.",
        "A cell with two IMO numbers that a spreadsheet took for one number (`51792455405737`) stays a remark.",
        "The sections of the CSV have numbers and no names; sections of a workbook were renumbered over the years.",
    ),
    delay="Within a day of the notice in the Official Gazette; the ministry's press release comes first.",
)
