"""Tables changed row by row and cell by cell, and workbooks part by part."""

import csv
import html
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

from syncd.feeds.contract import TableShape
from syncd.formats import html_tables
from tests.feeds import workbooks
from tests.fuzz.changes import EXTREMES, Change, with_other_bytes
from tests.fuzz.markup_changes import with_other_markup

Kind = Literal["csv", "html", "xlsx"]
Rows = list[list[Any]]
# What a cell of a workbook may hold, as its writer has it.
CELL_CHARACTERS_MAX = 32_000
COPIES = (2, 40, 300)
ODD_CELLS = (0, -1, 1.5, 1e300, 12345678901234567890, True, False, None, {"date": "1900-01-01"})


class TableDocument:
    """A table. Its entries are the rows below the header, of all sheets."""

    def __init__(self, body: bytes, kind: Kind, shape: TableShape, sheets: Mapping[str, Rows] | None = None) -> None:
        self._body = body
        self._kind = kind
        self._shape = shape
        self._sheets = sheets if sheets is not None else self._read()
        self._places = list(self._entries())
        self.count = len(self._places)
        self.spans: Sequence[tuple[int, int]] = (
            list(_lines(body, shape.delimiter, self._places)) if kind == "csv" else []
        )

    def _read(self) -> dict[str, Rows]:
        if self._kind == "csv":
            text = io.StringIO(self._body.decode("utf-8-sig"), newline="")
            return {"": list(csv.reader(text, delimiter=self._shape.delimiter))}
        return {"": html_tables.tables_of(json.loads(self._body)["details"]["body"])[0]}

    def _entries(self) -> Iterator[tuple[str, int]]:
        for name, rows in self._sheets.items():
            at = self._header(rows)
            if at is not None:
                yield from ((name, number) for number in range(at + 1, len(rows)))

    def _header(self, rows: Rows) -> int | None:
        wanted = "".join(self._shape.header.split())
        return next((at for at, row in enumerate(rows) if wanted in ("".join(str(cell).split()) for cell in row)), None)

    def without(self, number: int) -> bytes:
        """Return the document without a row."""
        name, at = self._places[number]
        sheets = {sheet: list(rows) for sheet, rows in self._sheets.items()}
        del sheets[name][at]
        return self._written(sheets)

    def changed(self, steps: Sequence[int]) -> Change:
        """Return the document after a change a step."""
        sheets = {name: [list(row) for row in rows] for name, rows in self._sheets.items()}
        numbers = {id(sheets[name][at]): number for number, (name, at) in enumerate(self._places)}
        kept = [row for rows in sheets.values() for row in rows]
        touched: set[int] = set()
        inside = True
        for step in steps:
            chosen = random.Random(step)
            change = chosen.choice(CHANGES)
            rows = sheets[chosen.choice(list(sheets))]
            at = self._header(rows)
            below = [row for row in rows if id(row) in numbers]
            if at is None or not below:
                inside = False
                continue
            found = change(rows, below, rows[at], chosen)
            inside = inside and found is not None and len(found) == 1 and id(found[0]) in numbers
            touched.update(numbers[id(row)] for row in (below if found is None else found) if id(row) in numbers)
        del kept
        return Change(self._written(sheets), frozenset(touched), inside)

    def _written(self, sheets: Mapping[str, Rows]) -> bytes:
        if self._kind == "xlsx":
            return workbooks.xlsx({name: [list(map(_cell, row)) for row in rows] for name, rows in sheets.items()})
        if self._kind == "csv":
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=self._shape.delimiter).writerows([list(map(_plain, row)) for row in sheets[""]])
            return text.getvalue().encode("utf-8-sig", errors="replace")
        cells = ["".join(f"<td>{html.escape(str(_plain(cell)))}</td>" for cell in row) for row in sheets[""]]
        table = f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
        return json.dumps(json.loads(self._body) | {"details": {"body": table}}).encode()


def _plain(cell: Any) -> Any:
    if isinstance(cell, Mapping):
        return cell["date"]
    return "" if cell is None else cell


def _cell(cell: Any) -> Any:
    """A cell as openpyxl takes it: no letters that a workbook has no place for."""
    if not isinstance(cell, str):
        return cell
    return "".join(letter for letter in cell if letter >= " " or letter in "\t\n")[:CELL_CHARACTERS_MAX]


def _lines(body: bytes, delimiter: str, places: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """The bytes of each row that is an entry."""
    lines = body.decode("utf-8-sig").splitlines(keepends=True)
    reader = csv.reader(iter(lines), delimiter=delimiter)
    ends: list[int] = []
    for _ in reader:
        ends.append(reader.line_num)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()))
    mark = len(body) - starts[-1]
    for _, number in places:
        yield mark + starts[ends[number - 1] if number else 0], mark + starts[ends[number]] - 1


# Changes the rows; returns those that it touched, None for all.
TableChange = Callable[[Rows, Rows, list[Any], random.Random], Rows | None]


def _cell_replaced(_: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    row = chosen.choice(below)
    if row:
        other = [cell for other in below for cell in other if cell not in (None, "")]
        value = chosen.choice(EXTREMES) if chosen.random() < 0.7 else chosen.choice((*ODD_CELLS, *other))
        row[chosen.randrange(len(row))] = value
    return [row]


def _cells_exchanged(_: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    row = chosen.choice(below)
    if row:
        first, second = chosen.randrange(len(row)), chosen.randrange(len(row))
        row[first], row[second] = row[second], row[first]
    return [row]


def _ragged(_: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    row = chosen.choice(below)
    if chosen.random() < 0.5:
        del row[chosen.randrange(len(row) + 1) :]
    else:
        row.extend(["x"] * chosen.choice((1, 3, 1_200)))
    return [row, header]


def _row_dropped(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    row = chosen.choice(below)
    rows[:] = [other for other in rows if other is not row]
    return [row]


def _row_again(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    row = chosen.choice(below)
    at = next(place for place, other in enumerate(rows) if other is row)
    for _ in range(chosen.choice((1, 1, 1, *COPIES))):
        rows.insert(at, deepcopy(row))
    return [row]


def _rows_exchanged(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    first, second = chosen.choice(below), chosen.choice(below)
    places = [next(at for at, row in enumerate(rows) if row is found) for found in (first, second)]
    rows[places[0]], rows[places[1]] = rows[places[1]], rows[places[0]]
    return [first, second, *rows[places[0] + 1 : places[0] + 2], *rows[places[1] + 1 : places[1] + 2]]


def _blank_rows(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    rows[(at := chosen.randrange(len(rows) + 1)) : at] = [[None] * chosen.choice((0, 1, 5))] * chosen.choice((1, 3, 60))
    return []


def _header_again(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    rows.append(list(header))
    return []


def _column_moved(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    order = list(range(len(header)))
    chosen.shuffle(order)
    for row in (header, *below):
        row[:] = [*(row[place] if place < len(row) else None for place in order), *row[len(header) :]]
    return []


def _column_dropped(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    if header:
        place = chosen.randrange(len(header))
        for row in (header, *below):
            del row[place : place + 1]
    return None


def _column_again(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    place = chosen.randrange(len(header)) if header else 0
    for row in (header, *below):
        row.extend([None] * (len(header) - len(row)) if row is not header else [])
        row.append(row[place] if chosen.random() < 0.7 and place < len(row) else chosen.choice(EXTREMES))
    return None


def _column_renamed(rows: Rows, below: Rows, header: list[Any], chosen: random.Random) -> Rows | None:
    if header:
        header[chosen.randrange(len(header))] = chosen.choice((*EXTREMES, *map(str, header)))
    return None


CHANGES: tuple[TableChange, ...] = (
    _cell_replaced,
    _cell_replaced,
    _cell_replaced,
    _cell_replaced,
    _cells_exchanged,
    _ragged,
    _row_dropped,
    _row_again,
    _rows_exchanged,
    _blank_rows,
    _header_again,
    _column_moved,
    _column_dropped,
    _column_again,
    _column_renamed,
)


def with_other_parts(body: bytes, steps: Sequence[int]) -> Change:
    """Return an archive with changes in its members: their bytes, their markup, their names, and how many there are."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    packing = zipfile.ZIP_DEFLATED
    for step in steps:
        chosen = random.Random(step)
        at = chosen.randrange(len(members)) if members else 0
        kind = chosen.choice(("markup", "markup", "markup", "bytes", "drop", "twice", "name", "stored"))
        if not members:
            break
        name, content = members[at]
        seed = chosen.randrange(1 << 32)
        if kind == "drop":
            del members[at]
        elif kind == "twice":
            members.insert(at, (name, with_other_bytes(content, None, [seed]).body))
        elif kind == "name":
            members[at] = (
                chosen.choice((members[0][0], members[-1][0], name.upper(), "x", "../x", name + "/")),
                content,
            )
        elif kind == "stored":
            packing = zipfile.ZIP_STORED
        else:
            change = with_other_markup if kind == "markup" else with_other_bytes
            members[at] = (name, change(content, None, [seed]).body)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing, strict_timestamps=False) as archive:
        for name, content in members:
            _write(archive, name, content, packing)
    return Change(packed.getvalue(), None, size=sum(len(content) for _, content in members))


def _write(archive: zipfile.ZipFile, name: str, content: bytes, packing: int) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name stands twice is what is wanted
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 31, 12, 0, 0)), content, packing)
