#!/usr/bin/env bash
# A number of a document that is a text in JSON is a date when it is read.
#
# The reader of JSON looks at texts too: where all of a column look like dates, in any of several orders and with two digits
# for a year, the column is one of dates, also within lists, and the text cannot be had back. So a registration number
# 10-11-12 is 2010-11-12. Each row may have an order of its own, and which one depends on the rows before it: 01-02-03 is
# 2001-02-03 before 12-31-05, and 2003-01-02 behind it. One number with a letter keeps the column as it is. A column
# `infinity` (an alias that people have) is a date as well. Pyarrow reads the same files as texts.
# Output seen: DATE 2010-11-12; DATE 2001-02-03 2005-12-31; DATE 2005-12-31 2003-01-02; VARCHAR 10-11-12 10-11-12 A;
# DATE[] 2010-11-12; DATE 9999-12-31.
#
# Seen with duckdb 2.0.1, pyarrow 26.0.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

import duckdb
from pyarrow import json as arrow

FILE = Path("records.ndjson")
seen = (
    (["10-11-12"], "DATE", "2010-11-12"),
    (["01-02-03", "12-31-05"], "DATE", "2001-02-03 2005-12-31"),
    (["12-31-05", "01-02-03"], "DATE", "2005-12-31 2003-01-02"),
    (["10-11-12", "10-11-12 A"], "VARCHAR", "10-11-12 10-11-12 A"),
    ([["10-11-12"]], "DATE[]", "2010-11-12"),
    (["infinity"], "DATE", "9999-12-31"),
)
for numbers, kind, values in seen:
    FILE.write_text("".join(json.dumps({"number": number}) + "\n" for number in numbers))
    rows = duckdb.sql(f"SELECT typeof(number), number FROM read_json_auto('{FILE}')").fetchall()
    found = " ".join(str(value[0] if isinstance(value, list) else value) for _, value in rows)
    print(rows[0][0], found)
    assert (rows[0][0], found) == (kind, values)
    assert arrow.read_json(FILE).column("number").to_pylist() == numbers
PYTHON
echo "still so"
