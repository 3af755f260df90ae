"""Workbooks for the tests, written from a text that can be reviewed: `{"modified": …, "sheets": {name: rows}}`.

A cell is a text, a number, a boolean, null, or `{"date": "1973-11-01", "format": "mmm-yy"}` for a date cell.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[Sequence[Any]]
SAVED = "2026-01-31T12:00:00"


def xlsx(sheets: Mapping[str, Rows], *, modified: str = SAVED) -> bytes:
    """A workbook that says that it was saved at `modified`."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        _fill(workbook.create_sheet(name), rows)
    saved = io.BytesIO()
    workbook.save(saved)
    return _with_time(saved, modified)


def _with_time(plain: io.BytesIO, modified: str) -> bytes:
    """openpyxl writes its own clock's time as it saves; the tests want theirs, and the same bytes each time."""
    body = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + modified.encode() + b"Z", content
                )
            target.writestr(zipfile.ZipInfo(name, (2026, 1, 31, 12, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def _fill(sheet: Worksheet, rows: Rows) -> None:
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            if isinstance(value, Mapping):
                cell.value = datetime.fromisoformat(value["date"])
                cell.number_format = value.get("format", "dd/mm/yyyy")
            elif value is not None and value != "":
                cell.value = value
