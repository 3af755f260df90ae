#!/usr/bin/env bash
# zstandard's streams end quietly where a frame was cut; gzip and bz2 raise.
#
# The first half of a Zstandard frame, read through stream_reader or zstandard.open, gives what could be decoded so far
# (here nothing) and then an end of file like any other. The one-shot decompress raises. A download that was cut reads as
# a shorter document unless the reader asks decompressobj().eof. Output seen: 0 bytes of 1,024,000, twice, no error.
#
# Seen with zstandard 0.25.0, Python 3.11.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check zstandard==0.25.0
"$folder/venv/bin/python" - <<'PYTHON'
import bz2
import gzip
import io

import zstandard

content = bytes(range(256)) * 4000
whole = zstandard.ZstdCompressor().compress(content)
cut = whole[: len(whole) // 2]
with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(cut)) as stream:
    first = stream.read()
with zstandard.open(io.BytesIO(cut)) as stream:
    second = stream.read()
print(len(first), len(second), "of", len(content))
assert len(first) < len(content) and len(second) < len(content)
one = zstandard.ZstdDecompressor().decompressobj()
one.decompress(cut)
assert one.eof is False, "this is how to know"
for module in (gzip, bz2):
    packed = module.compress(content)
    try:
        module.decompress(packed[: len(packed) // 2])
    except (EOFError, ValueError):
        continue
    raise AssertionError(f"{module.__name__} is quiet too now")
PYTHON
echo "still so"
