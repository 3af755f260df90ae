#!/usr/bin/env bash
# Of two dates that are possible the second is left out, and the first is as certain as any other.
#
# Lists of sanctioned persons give births as `1962 or 1963`. The function that turns words into the Extended Date/Time Format,
# which has a notation for one of several dates, returns the first alone, without a mark of doubt; with two whole dates too.
# `1955/1957` does become one of two, a pair with `and` or `between` is refused with None, and `1st half of 1972` is January.
# A screener that takes the value for the birth date passes over whoever was born in the other year.
# Output seen: 1962 or 1963 → 1962; 1 Mar 1962 or 2 Mar 1963 → 1962-03-01; 1955/1957 → [1955, 1957]; 1970 and 1973 → None;
# between 1955 and 1960 → None; circa 1962 → 1962~; 1st half of 1972 → 1972-01.
#
# Seen with edtf 5.0.2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check edtf==5.0.2
"$folder/venv/bin/python" - <<'PYTHON'
from edtf import text_to_edtf

seen = {
    "1962 or 1963": "1962",
    "1 Mar 1962 or 2 Mar 1963": "1962-03-01",
    "1955/1957": "[1955, 1957]",
    "1970 and 1973": None,
    "between 1955 and 1960": None,
    "circa 1962": "1962~",
    "1st half of 1972": "1972-01",
}
for text, expected in seen.items():
    found = text_to_edtf(text)
    print(text, "→", found)
    assert (None if found is None else str(found)) == expected, found
PYTHON
echo "still so"
