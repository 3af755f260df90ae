#!/usr/bin/env bash
# anyascii makes one name of Ahmad and Hamad.
#
# A plain alif has no transliteration there, so two different given names in Arabic script become the same Latin text; and
# ayn becomes a backtick, which most tokenisers take for punctuation. Who compares names of several scripts by their ASCII
# form finds people who are not the same. Output seen: hmd hmd, `ly ly.
#
# Seen with anyascii 0.3.3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check anyascii==0.3.3
"$folder/venv/bin/python" - <<'PYTHON'
from anyascii import anyascii

ahmad, hamad, ali = "\u0627\u062d\u0645\u062f", "\u062d\u0645\u062f", "\u0639\u0644\u064a"
print(anyascii(ahmad), anyascii(hamad), anyascii(ali))
assert ahmad != hamad
assert anyascii(ahmad) == anyascii(hamad) == "hmd"
assert anyascii(ali) == "`ly"
PYTHON
echo "still so"
