#!/usr/bin/env bash
# python-calamine gives an error cell as an empty text.
#
# A cell that a spreadsheet shows as #N/A or #VALUE! is told in the file as an error (t="e"). Read with calamine it is '',
# the same as a cell with nothing in it: a list whose date of birth became an error after a formula broke reads as a list
# that never had one. Output seen: ['Ann', '', ''] for the cells "Ann", #N/A and an empty one.
#
# Seen with python-calamine 0.9.1, openpyxl 3.1.5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
"$folder/venv/bin/python" - <<'PYTHON'
import io

import openpyxl
from python_calamine import CalamineWorkbook

workbook = openpyxl.Workbook()
sheet = workbook.active
sheet["A1"] = "Ann"
sheet["B1"].value = "#N/A"
sheet["B1"].data_type = "e"
sheet["C1"] = ""
sheet["D1"] = "end"
body = io.BytesIO()
workbook.save(body)
(row,) = CalamineWorkbook.from_filelike(io.BytesIO(body.getvalue())).get_sheet_by_index(0).to_python()
print(row)
assert row[:3] == ["Ann", "", ""], "the error is told now"
again = openpyxl.load_workbook(io.BytesIO(body.getvalue())).active["B1"]
assert (again.value, again.data_type) == ("#N/A", "e"), "the file itself says that it is an error"
PYTHON
echo "still so"
