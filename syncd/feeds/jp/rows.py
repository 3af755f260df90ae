"""The rows of Japan's list: those in force, each with its key, of the CSV and of a workbook with a sheet a section."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from syncd.core.canonical import text as tidy
from syncd.errors import DocumentRefused
from syncd.feeds.contract import Header, RawEntry
from syncd.feeds.jp import cells, sections
from syncd.formats import table, workbook
from syncd.formats.table import Row
from syncd.normalise import source_ids

SECTION, ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER = "区分", "番号", "告示日付", "告示番号"
WORKBOOK_REQUIRED = (NOTICE_DATE, NOTICE_NUMBER, "日本語表記", "英語表記")
CSV_REQUIRED = (SECTION, ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER, "個人・団体", "氏名（日本語）", "氏名（英語）")

_INDEX_SHEET = "一覧"
_LIFTED_SHEET = "【解除】"
SECTION_NAME = re.compile(r"(?<!\s)\s*+(?P<number>\d{1,3})\s*+[.．]\s*+(?P<name>.++)", re.DOTALL)
# `*186`, `#22`, `1(*186)`: marks say that the same target stands in another section too, under the number in brackets.
_NUMBER = re.compile(r"[*＊#＃]?\s*+(?P<number>\d{1,6})\s*+(?:[(（][*＊#＃\d\s]+[)）])?")
# A date and `削除`, in brackets or not, at the end of the cell: `2001.9.22 2023.11.16削除`. Behind a word (`一部 削除`)
# it is of a part alone.
_IS_REMOVED = re.compile(r"(?:^|[\d日])[\s、,]*+[（(]?\s*+削除\s*+[)）]?$")
_CSV_NUMBER = re.compile(r"(?P<section>\d{1,3})-(?P<number>\d{1,6})")
_HOLDS = {"個人": "p", "団体": "o"}


def header_as_spelt(header: str) -> str:
    """A header without the white space with which the workbooks space it out: `日 本 語 表 記`."""
    return re.sub(r"\s+", "", header)


def csv_entries(stream: BinaryIO, _header: Header) -> Iterator[RawEntry]:
    """Yield the entries of the CSV, a row each. Raises DocumentRefused."""
    rows = table.csv_rows(stream, encodings=("utf-8-sig", "cp932"))
    yield from _entries(table.by_header(_whole(rows), required=CSV_REQUIRED, spelt=header_as_spelt), _csv_place)


def workbook_entries(stream: BinaryIO, header: Header) -> Iterator[RawEntry]:
    """Yield the entries of a workbook, sheet after sheet. Raises DocumentRefused."""
    opened = workbook.open_workbook(stream)
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
    for row in table.by_header(opened.rows(sheet), required=WORKBOOK_REQUIRED, sheet=sheet, spelt=header_as_spelt):
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


class MofRow(NamedTuple):
    """A row, the part of its key after the feed, the number as published, and the name of its section if known."""

    id: str
    published: str
    section: str | None
    row: Row


def _entries(rows: Iterable[Row], place_of: Callable[[Row], sections.RowPlace | None]) -> Iterator[RawEntry]:
    """Yield the entries once the whole document is read, because its rows tell which section a sheet is."""
    in_force = [(row, place_of(row)) for row in rows if _in_force(row)]
    places = [place for _, place in in_force if place]
    keyed = dict(zip(map(id, places), sections.row_keys(places), strict=True))
    for row, place in in_force:
        key = keyed[id(place)] if place else sections.Keyed("", None)
        published = f"{place.section}-{place.number}" if place else ""
        raw = b"\x1d".join((key.id.encode(), row.sheet.encode(), row.raw))
        yield RawEntry(raw=raw, content=MofRow(key.id, published, key.section, row))


def _csv_place(row: Row) -> sections.RowPlace | None:
    number = _CSV_NUMBER.fullmatch("".join(source_ids.in_usual_characters(row.cells.get(ID_NUMBER, "")).split()))
    if number is None:
        return None
    holds = _HOLDS.get(tidy(row.cells.get("個人・団体", "")), "-")
    return _place(row, (number["section"], number["number"]), "", holds)


def _workbook_place(row: Row) -> sections.RowPlace | None:
    section = SECTION_NAME.fullmatch(row.sheet)
    number = _NUMBER.fullmatch(tidy(row.cells.get(NOTICE_NUMBER, "")))
    if section is None or number is None:
        return None
    name = tidy(section["name"])
    holds = "p" if "個人" in name else "o" if is_of_organisations(name) else "-"
    return _place(row, (f"{int(section['number']):03}", f"{int(number['number']):06}"), name, holds)


def _place(row: Row, place: tuple[str, str], name: str, holds: str) -> sections.RowPlace:
    section, number = place
    days, _ = cells.notice_days(row.cells.get(NOTICE_DATE, ""))
    names_ = tuple(row.cells.get(column, "") for column in ("氏名（日本語）", "氏名（英語）", "日本語表記", "英語表記"))
    return sections.RowPlace(
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
    return not is_removed(row) and bool(row.cells.keys() - {SECTION, ID_NUMBER, NOTICE_DATE, NOTICE_NUMBER})


def is_removed(row: Row) -> bool:
    """Whether the notice of a row says that its entry was removed (`2023.11.16削除`)."""
    return any(_IS_REMOVED.search(tidy(row.cells.get(column, ""))) for column in (NOTICE_DATE, NOTICE_NUMBER))


def is_of_organisations(section: str) -> bool:
    """Whether the title of a section names organisations (団体) or banks (銀行)."""
    return "団体" in section or "銀行" in section
