"""What every list that is a table keeps: its rows may stand in any order and its columns too, and none is lost unseen.

A table is a workbook's sheets, or a CSV or the table of an HTML text as a workbook of one sheet; the golden documents
say which there are.
"""

import csv
import html
import io
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from syncd.errors import DocumentRefused
from syncd.feeds.contract import TableShape, XmlShape
from syncd.formats import html_tables
from tests.feeds import documents, workbooks
from tests.feeds.documents import Case

Sheets = dict[str, list[list[Any]]]
# A JSON document of gov.uk with the table as HTML in it.
HTML = ".html.json"
every_table = pytest.mark.parametrize(
    "case",
    [case for case in documents.cases() if isinstance(documents.shape_of(case), TableShape)],
    ids=lambda case: f"{case.feed}/{case.path.name}",
)


def sheets(case: Case) -> Sheets:
    if case.path.suffix == ".csv":
        return {
            "": list(
                csv.reader(
                    io.StringIO(case.body().decode("utf-8-sig"), newline=""), delimiter=columns_of(case).delimiter
                )
            )
        }
    if case.path.name.endswith(HTML):
        return {"": html_tables.tables_of(json.loads(case.body())["details"]["body"])[0]}
    found: Sheets = json.loads(case.path.read_text(encoding="utf-8"))["sheets"]
    return found


def body(case: Case, changed: Sheets) -> bytes:
    if case.path.suffix == ".csv":
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=columns_of(case).delimiter).writerows(changed[""])
        return text.getvalue().encode("utf-8-sig")
    if case.path.name.endswith(HTML):
        rows = ["".join(f"<td>{html.escape(str(cell or ''))}</td>" for cell in row) for row in changed[""]]
        written = f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
        return json.dumps(json.loads(case.body()) | {"details": {"body": written}}).encode()
    return workbooks.xlsx(changed)


def without_space(text: Any) -> str:
    return "".join(str(text).split())


def columns_of(case: Case) -> TableShape:
    shape = documents.shape_of(case)
    assert isinstance(shape, TableShape)
    return shape


def header_row(case: Case, rows: list[list[Any]]) -> int | None:
    """The row with the header; None for a sheet that has no entries, such as a legend."""
    wanted = without_space(columns_of(case).header)
    return next((at for at, row in enumerate(rows) if wanted in map(without_space, row)), None)


def changed_rows(case: Case, change: Callable[[list[Any], list[list[Any]]], None]) -> bytes:
    """The document after `change(header, rows)` of each sheet with entries; both are changed in place."""
    found = sheets(case)
    for rows in found.values():
        at = header_row(case, rows)
        if at is not None:
            below = [row + [None] * (len(rows[at]) - len(row)) for row in rows[at + 1 :]]
            change(rows[at], below)
            rows[at + 1 :] = below
    return body(case, found)


def places(header: list[Any], names: tuple[str, ...]) -> list[int]:
    wanted = {without_space(name) for name in names}
    return [place for place, cell in enumerate(header) if without_space(cell) in wanted]


def digests(case: Case, document: bytes | None = None) -> dict[str | None, str | None]:
    return documents.digests(case.feed, case.vocabulary, case.body() if document is None else document)


def test_every_golden_document_has_the_shape_that_its_reader_states() -> None:
    for case in documents.cases():
        shape, name = documents.shape_of(case), case.path.name
        assert isinstance(shape, TableShape) == name.endswith((".csv", ".xlsx.json", HTML)), name
        assert isinstance(shape, XmlShape) == name.endswith(".xml"), name


@every_table
def test_the_order_of_the_rows_says_nothing(case: Case) -> None:
    def turn(_: list[Any], rows: list[list[Any]]) -> None:
        """Rows that only go on with the row above stay behind it."""
        groups: list[list[list[Any]]] = []
        for row in rows:
            if groups and row[0] is None and row[1] is None:
                groups[-1].append(row)
            else:
                groups.append([row])
        random.Random(3).shuffle(groups)
        rows[:] = [row for group in groups for row in group]

    assert digests(case, changed_rows(case, turn)) == digests(case)


@every_table
def test_the_order_of_the_columns_says_nothing(case: Case) -> None:
    def turn(header: list[Any], rows: list[list[Any]]) -> None:
        order = list(range(len(header)))
        random.Random(5).shuffle(order)
        for row in (header, *rows):
            row[:] = [row[place] for place in order]

    assert digests(case, changed_rows(case, turn)) == digests(case)


@every_table
def test_a_new_column_that_is_still_empty_changes_no_record(case: Case) -> None:
    def add(header: list[Any], rows: list[list[Any]]) -> None:
        for row in (header, *rows):
            row.insert(1, " ")
        header[1] = "Invented column"

    assert digests(case, changed_rows(case, add)) == digests(case)


@every_table
def test_a_column_that_nobody_knows_is_kept_and_said_and_costs_no_record(case: Case) -> None:
    values: list[str] = []

    def add(header: list[Any], rows: list[list[Any]]) -> None:
        header.append("Invented column")
        for row in rows:
            ours = any(columns_of(case).only in str(cell) for cell in row if cell)
            row.append("a value of its own" if ours and not values else "")
            values.extend(filter(None, row[-1:]))

    entries, _ = documents.read(case.feed, case.vocabulary, changed_rows(case, add))
    partial = [entry.record for entry in entries if entry.record and entry.record.completeness == "partial"]
    assert {entry.key for entry in entries} == set(digests(case))
    assert len(partial) == len(values) == 1
    unknown = partial[0].other[-1]
    assert (without_space(unknown.name), unknown.value) == ("Inventedcolumn", "a value of its own")


@every_table
def test_an_entry_without_any_name_is_set_aside_under_its_key(case: Case) -> None:
    def take(header: list[Any], rows: list[list[Any]]) -> None:
        for row in rows:
            for place in places(header, columns_of(case).names):
                row[place] = None

    entries, _ = documents.read(case.feed, case.vocabulary, changed_rows(case, take))
    problems = {entry.key for entry in entries if entry.problem}
    assert not [entry for entry in entries if entry.record]
    assert problems == (set(digests(case)) if columns_of(case).id else {None})


@every_table
def test_a_row_without_its_id_is_set_aside_and_the_others_are_read(case: Case) -> None:
    if not columns_of(case).id:
        return  # covered by the statement above: its name is its id

    def take(header: list[Any], rows: list[list[Any]]) -> None:
        (place,) = places(header, (columns_of(case).id,))
        if not taken:
            rows[0][place] = None
            taken.append(place)

    taken: list[int] = []
    entries, _ = documents.read(case.feed, case.vocabulary, changed_rows(case, take))
    problems = [entry for entry in entries if entry.problem]
    assert len(problems) == 1
    assert problems[0].key is None
    assert len([entry for entry in entries if entry.record]) >= len(digests(case)) - 1


@every_table
def test_a_table_whose_columns_were_renamed_is_refused(case: Case) -> None:
    def rename(header: list[Any], _: list[list[Any]]) -> None:
        header[:] = [f"{name} (renamed)" for name in header]

    with pytest.raises(DocumentRefused, match="names the columns"):
        documents.read(case.feed, case.vocabulary, changed_rows(case, rename))


@every_table
def test_a_table_without_any_row_has_no_records(case: Case) -> None:
    def empty(_: list[Any], rows: list[list[Any]]) -> None:
        rows.clear()

    assert digests(case, changed_rows(case, empty)) == {}
