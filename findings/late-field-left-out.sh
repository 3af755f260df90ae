#!/usr/bin/env bash
# A field that the first rows do not have is not there afterwards, and nothing is said.
#
# Few of the entries of a list have an IMO number. Two readers of newline-delimited JSON take the columns from the first rows,
# a hundred or some twenty thousand of them, and of later rows leave out what is in no column, without an error or a warning:
# a list sorted by kind, with its ships at the end, has no ships' numbers. A third reader adds the column when it comes.
# All three have it when all rows are looked at (`infer_schema_length=None`, `sample_size=-1`).
# Output seen: polars ['key'], duckdb ['key'], pyarrow ['key', 'imo'], and with all rows three times ['key', 'imo'].
#
# Seen with polars 2.1.0, duckdb 2.0.1, pyarrow 26.0.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

import duckdb
import polars
from pyarrow import json as arrow

FILE = Path("records.ndjson")
rows = [{"key": f"list:{number}"} for number in range(25_000)] + [{"key": "list:ship", "imo": "9074729"}]
FILE.write_text("".join(json.dumps(row) + "\n" for row in rows))
seen = {
    "polars": (polars.read_ndjson(FILE).columns, ["key"]),
    "duckdb": (duckdb.sql(f"SELECT * FROM read_json_auto('{FILE}')").columns, ["key"]),
    "pyarrow": (arrow.read_json(FILE).column_names, ["key", "imo"]),
    "polars, all rows": (polars.read_ndjson(FILE, infer_schema_length=None).columns, ["key", "imo"]),
    "duckdb, all rows": (duckdb.sql(f"SELECT * FROM read_json_auto('{FILE}', sample_size=-1)").columns, ["key", "imo"]),
}
for reader, (found, expected) in seen.items():
    print(reader, found)
    assert found == expected
PYTHON
echo "still so"
