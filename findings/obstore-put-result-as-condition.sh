#!/usr/bin/env bash
# obstore refuses its own put result as the condition of the next put.
#
# put gives {"e_tag": ..., "version": None} for a store without versions, and its mode takes {"e_tag": ..., "version": ...} to
# say that the object must still be that one. Passing on what put gave raises TypeError, since the None is no text; the
# e_tag alone works. Output seen: TypeError: 'None' is not an instance of 'str'.
#
# Seen with obstore 0.12.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check obstore==0.12.1
"$folder/venv/bin/python" - <<'PYTHON'
import obstore
from obstore.store import MemoryStore

store = MemoryStore()
first = obstore.put(store, "state", b"1")
print(dict(first))
try:
    obstore.put(store, "state", b"2", mode=first)
except TypeError as error:
    print("TypeError:", error)
else:
    raise AssertionError("it takes its own result now")
assert obstore.put(store, "state", b"2", mode={"e_tag": first["e_tag"]})["e_tag"] != first["e_tag"]
PYTHON
echo "still so"
