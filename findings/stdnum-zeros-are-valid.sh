#!/usr/bin/env bash
# A row of zeros is a valid number of a ship, in registers of four countries, and of two kinds of security.
#
# Where a form asks for a number that nobody has, offices fill in zeros, and lists of sanctioned parties repeat them. The
# check digit of zeros is zero, so the validators of the IMO number, the Russian INN (both lengths), the Chinese credit code,
# the Ukrainian EDRPOU and RNTRC, the Swiss UID, CUSIP and SEDOL take them; those of LEI, ISIN, OGRN and of the Belarusian UNP
# refuse them. Two parties that share such a number share nothing.
# Output seen: each of the first with True, each of the others with False.
#
# Seen with python-stdnum 2.2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-stdnum==2.2
"$folder/venv/bin/python" - <<'PYTHON'
from stdnum import cusip, imo, isin, lei
from stdnum.by import unp
from stdnum.ch import uid
from stdnum.cn import uscc
from stdnum.gb import sedol
from stdnum.ru import inn, ogrn
from stdnum.ua import edrpou, rntrc

taken = ((imo, 7), (inn, 10), (inn, 12), (uscc, 18), (edrpou, 8), (rntrc, 10), (uid, 9), (cusip, 9), (sedol, 7))
refused = ((lei, 20), (isin, 12), (ogrn, 13), (unp, 9))
for validators, expected in ((taken, True), (refused, False)):
    for validator, length in validators:
        found = validator.is_valid("0" * length)
        print(validator.__name__, length, found)
        assert found is expected
PYTHON
echo "still so"
