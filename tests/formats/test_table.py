"""Tables by header, out of CSV files and workbooks, and what is refused instead of read."""

import io
import struct
import zipfile
from typing import Any

import pytest

from syncd.errors import DocumentRefused, MissingField
from syncd.formats import error_cells, table, workbook
from syncd.formats.fields import Reading
from syncd.formats.number_formats import exactness
from syncd.formats.table import Row, RowFields
from tests.feeds import workbooks

HEADER = ["Reference", "Name", "Born"]


def rows(*cells: list[str], required: tuple[str, ...] = ("Reference", "Name")) -> list[Row]:
    return list(table.by_header(cells, required=required))


def cells_of(sheets: dict[str, Any], sheet: str = "List") -> list[list[str]]:
    return list(workbook.open_workbook(io.BytesIO(workbooks.xlsx(sheets))).rows(sheet))


def csv_rows(text: bytes, **options: Any) -> list[list[str]]:
    return list(table.csv_rows(io.BytesIO(text), **options))


def test_the_header_is_found_by_its_columns_on_whichever_row() -> None:
    (row,) = rows(["A legend"], [], HEADER, ["", "", ""], ["1", "Vell", ""])
    assert row.cells == {"Reference": "1", "Name": "Vell"}
    assert row.number == 5


def test_column_order_and_empty_columns_keep_the_fingerprint() -> None:
    """The order of the columns and empty new ones say nothing to a fingerprint."""
    (before,) = rows(HEADER, ["1", "Vell", "1970"])
    (after,) = rows(["Born", "New column", "Name", "Reference"], ["1970", " ", "Vell", "1"])
    assert before.raw == after.raw


def test_a_value_that_moves_to_another_column_changes_the_fingerprint() -> None:
    (before,) = rows(HEADER, ["1", "Vell", "1970"])
    (after,) = rows([*HEADER, "Died"], ["1", "Vell", "", "1970"])
    assert before.raw != after.raw


def test_other_columns_are_not_the_table() -> None:
    with pytest.raises(DocumentRefused, match="names the columns Name, Reference"):
        rows(["Id", "Who"], ["1", "Vell"])


def test_a_header_is_looked_for_at_the_top_alone() -> None:
    with pytest.raises(DocumentRefused):
        rows(*([["legend"]] * table.HEADER_WITHIN_ROWS), HEADER, ["1", "Vell", ""])


def test_columns_without_a_name_and_twins_keep_their_values_apart() -> None:
    (row,) = rows(["Reference", "Name", "", "Name"], ["1", "Vell", "stray", "again", "beyond"])
    assert row.cells == {
        "Reference": "1",
        "Name": "Vell",
        "column 3": "stray",
        "Name (2)": "again",
        "column 5": "beyond",
    }


def test_a_cell_that_nobody_takes_is_left_over_and_makes_the_record_partial() -> None:
    reading = Reading()
    fields = RowFields(Row(cells={"Name": "Vell", "Rank": "1", "Note": "n", "Tank": "T-9"}, number=2), reading)
    assert fields.take("Name") == "Vell"
    fields.ignore("Rank", why="the publisher's own order")
    fields.keep("Note")
    reading.finish()
    assert [(part.name, part.value) for part in reading.unknown] == [("Tank", "T-9")]
    assert [part.name for part in reading.kept] == ["Note"]
    assert reading.partial


def test_a_missing_cell_names_its_row_and_column() -> None:
    with pytest.raises(MissingField, match="row 7 has no Name"):
        RowFields(Row(cells={}, number=7), Reading()).take("Name")


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        ('\ufeff番号,氏名\r\n1,"ヴェル, タムシン"\r\n'.encode(), ("utf-8-sig", "cp932")),
        ('番号,氏名\r\n1,"ヴェル, タムシン"\r\n'.encode("cp932"), ("utf-8-sig", "cp932")),
    ],
)
def test_a_csv_is_read_in_the_first_encoding_that_fits(text: bytes, encodings: tuple[str, ...]) -> None:
    assert csv_rows(text, encodings=encodings) == [["番号", "氏名"], ["1", "ヴェル, タムシン"]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "nothing instead of a CSV"),
        (b" \r\n", "nothing instead of a CSV"),
        (b"<!DOCTYPE html><title>Robot check</title>", "markup instead of a CSV"),
        (b"PK\x03\x04\0\0\0\0", "binary data"),
        ("a,\xe9".encode("latin-1"), "not text in utf-8-sig"),
        (b'a,b\r\n1,"cut off here', "cut off or damaged at line 2"),
        (b"a," * 100, "larger than 50 bytes"),
    ],
)
def test_what_is_no_whole_csv_is_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(DocumentRefused, match=why):
        csv_rows(text, bytes_max=50)


def test_cells_of_a_workbook_are_text_as_a_reader_would_write_it() -> None:
    sheet = [[8227, 1970.5, True, "8227a", {"date": "2014-12-15"}, {"date": "2014-12-15T10:30:00"}, None, "end"]]
    assert cells_of({"List": sheet}) == [
        ["8227", "1970.5", "TRUE", "8227a", "2014-12-15", "2014-12-15 10:30:00", "", "end"]
    ]


def test_a_date_formatted_as_a_month_or_a_year_has_no_day() -> None:
    date = "1973-11-01"
    formats = ["mmm-yy", "mmm\\ yyyy", 'yyyy"年"m"月"', "yyyy", "d-mmm-yy", "mm-dd-yy"]
    sheet = [[], [None, *({"date": date, "format": code} for code in formats)]]
    assert cells_of({"List": sheet})[1][1:] == ["1973-11", "1973-11", "1973-11", "1973", date, date]


@pytest.mark.parametrize(
    ("code", "exact"),
    [
        ("mmm-yy", "month"),
        ("[$-C09]mmmm\\ yyyy;@", "month"),
        ("yyyy", "year"),
        ("d-mmm-yy", None),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", None),
        ("General", None),
        ("0.00", None),
        ("mm:ss", None),
        ('"day "yyyy', "year"),
    ],
)
def test_a_number_format_says_how_exact_a_date_is(code: str, exact: str | None) -> None:
    assert exactness(code) == exact


def test_rows_and_columns_before_the_first_cell_count() -> None:
    assert cells_of({"List": [[], [None, None, "x"]]}) == [["", "", ""], ["", "", "x"]]


def test_a_workbook_says_its_sheets_and_when_it_was_saved() -> None:
    body = workbooks.xlsx({"List": [["a"]], "Empty": []}, modified="2026-02-24T05:58:50")
    opened = workbook.open_workbook(io.BytesIO(body))
    assert opened.sheets == ("List", "Empty")
    assert opened.modified == "2026-02-24T05:58:50Z"
    assert opened.is_empty("Empty")


def zipped(**parts: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "nothing instead of a workbook"),
        (b"<!DOCTYPE html><html><title>Just a moment</title></html>", "an HTML page instead of a workbook"),
        (b'{"error": 1}', "a JSON document instead"),
        (b"PK\x03\x04 not really", "cut off or damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "not a workbook"),
        (zipped(readme=b"text"), "without a workbook in it"),
        (zipped(xl__workbook_xml=b"<workbook"), "not a workbook that can be read"),
    ],
)
def test_what_is_no_workbook_is_refused_with_the_reason(body: bytes, why: str) -> None:
    with pytest.raises(DocumentRefused, match=why):
        workbook.open_workbook(io.BytesIO(body))


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95, 0.999])
def test_a_workbook_that_is_cut_off_is_refused(share: float) -> None:
    body = workbooks.xlsx({"List": [["a", "b"]] * 50})
    with pytest.raises(DocumentRefused):
        workbook.open_workbook(io.BytesIO(body[: int(len(body) * share)]))


def test_a_damaged_part_is_refused() -> None:
    body = bytearray(workbooks.xlsx({"List": [[f"name {n}", n] for n in range(500)]}))
    place = body.index(b"xl/worksheets/sheet1.xml") + 200
    body[place : place + 8] = b"\0" * 8
    with pytest.raises(DocumentRefused, match="cut off or damaged"):
        workbook.open_workbook(io.BytesIO(bytes(body)))


def test_a_bomb_is_refused_however_small_it_says_that_it_is() -> None:
    honest = zipped(xl__workbook_xml=b" " * 5_000_000)
    bounds = workbook.Bounds(unpacked_bytes_max=1_000_000)
    with pytest.raises(DocumentRefused, match="unpacks to more than 1000000 bytes"):
        workbook.open_workbook(io.BytesIO(honest), bounds)
    lying = honest.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 10))
    assert lying != honest
    with pytest.raises(DocumentRefused, match="unpacks to more than 1000000 bytes"):
        workbook.open_workbook(io.BytesIO(lying), bounds)


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        ({"bytes_max": 100}, "larger than 100 bytes"),
        ({"members_max": 2}, "parts, more than 2"),
        ({"sheets_max": 1}, "2 sheets, more than 1"),
        ({"cells_max": 10}, "cells, more than 10"),
        ({"cell_characters_max": 5}, "a cell of 9 characters in row 1"),
    ],
)
def test_a_workbook_beyond_its_bounds_is_refused(bounds: dict[str, int], why: str) -> None:
    body = workbooks.xlsx({"List": [["character", "b", "c"]] * 10, "Other": [["x"]]})
    with pytest.raises(DocumentRefused, match=why):
        list(workbook.open_workbook(io.BytesIO(body), workbook.Bounds(**bounds)).rows("List"))


def test_entities_in_the_properties_of_a_workbook_are_never_read() -> None:
    body = workbooks.xlsx({"List": [["a"]]})
    bomb = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as source, zipfile.ZipFile(bomb, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = (
                    b'<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
                    b'<p xmlns:t="http://purl.org/dc/terms/"><t:modified>&e;</t:modified></p>'
                )
            target.writestr(name, content)
    assert workbook.open_workbook(io.BytesIO(bomb.getvalue())).modified is None


def test_a_formula_that_failed_is_its_error_wherever_it_stands() -> None:
    rows = [["Name", "Born"], ["Vell", "#N/A"], [None, None], ["#VALUE!", "1970"]]
    assert cells_of({"Other": [["#REF!"]], "List": rows}) == [
        ["Name", "Born"],
        ["Vell", "#N/A"],
        ["", ""],
        ["#VALUE!", "1970"],
    ]
    moved = [[None, None, None], [None, "Name", "Born"], [None, "Vell", "#DIV/0!"]]
    assert cells_of({"List": moved})[-1] == ["", "Vell", "#DIV/0!"]


def test_a_failed_formula_makes_the_record_partial() -> None:
    """A formula that failed is taken by nobody and makes the record partial."""
    reading = Reading()
    fields = RowFields(Row(cells={"Name": "Vell", "Born": " #N/A ", "Title": "#1 of them"}, number=2), reading)
    assert fields.take_optional("Born") is None
    assert (fields.take("Name"), fields.take("Title")) == ("Vell", "#1 of them")
    reading.finish()
    assert reading.partial
    assert reading.unreadable == ["Born"]


def test_a_workbook_of_failed_formulas_alone_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_cells, "_CELLS_MAX", 3)
    with pytest.raises(DocumentRefused, match="more than 3 of its cells"):
        cells_of({"List": [["#N/A"] * 4]})


def test_a_workbook_whose_places_cannot_be_is_refused() -> None:
    whole = workbooks.xlsx({"List": [HEADER]})
    with pytest.raises(DocumentRefused, match="cut off or damaged"):
        workbook.open_workbook(io.BytesIO(whole[:40] + whole[340:]))


def test_a_part_in_another_compression_than_deflate_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(DocumentRefused, match="other than deflate"):
        workbook.open_workbook(packed)


class PanicException(BaseException):
    """Named as what a table reader in Rust raises of its own mistakes."""


@pytest.mark.parametrize("error", [PanicException("index out of bounds"), ValueError("a date beyond the calendar")])
def test_what_a_table_reader_gives_up_on_is_refused(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(_: object) -> object:
        raise error

    monkeypatch.setattr(workbook.CalamineWorkbook, "from_filelike", broken)
    with pytest.raises(DocumentRefused, match="not a workbook that can be read: "):
        cells_of({"List": [HEADER]})


def test_an_interruption_while_a_workbook_is_read_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(workbook.CalamineWorkbook, "from_filelike", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cells_of({"List": [HEADER]})


def test_an_open_document_whose_content_is_no_xml_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table reader may wait for the end of what has none."""

    def unheard_of(_: object) -> object:
        raise AssertionError("it was given to the table reader")

    monkeypatch.setattr(workbook.CalamineWorkbook, "from_filelike", unheard_of)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("content.xml", "<content><table></content>")
    with pytest.raises(DocumentRefused, match=r"damaged: content\.xml"):
        workbook.open_workbook(packed)


def test_an_open_document_that_ends_after_the_size_it_states_is_refused() -> None:
    """Its checksum is that of the whole part, and its stated size is less: a reader of the part stops within it."""
    packed = io.BytesIO()
    content = b"<content><table/></content>"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("content.xml", content)
    directory = packed.getvalue().rindex(b"PK\x01\x02")
    damaged = bytearray(packed.getvalue())
    damaged[directory + 24 : directory + 28] = (len(content) - 3).to_bytes(4, "little")
    with pytest.raises(DocumentRefused, match="damaged: Bad CRC-32"):
        workbook.open_workbook(io.BytesIO(bytes(damaged)))
