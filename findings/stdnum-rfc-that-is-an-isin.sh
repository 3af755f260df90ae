#!/usr/bin/env bash
# A Mexican company's tax number can be a valid ISIN, check digit and all.
#
# An R.F.C. of a company has three letters, six digits of a date and three characters of which the last is a check digit.
# Where its first two letters are a country's code and the date fits, the same twelve characters pass as an ISIN: one such
# number in ten does. A list that publishes R.F.C.s in a column of registrations then seems to hold securities. The number
# here is invented; output seen: PAA0403180F8 True True.
#
# Seen with python-stdnum 2.2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-stdnum==2.2
"$folder/venv/bin/python" - <<'PYTHON'
from stdnum import isin
from stdnum.mx import rfc

number = "PAA0403180F8"
print(number, rfc.is_valid(number), isin.is_valid(number))
assert rfc.is_valid(number) and isin.is_valid(number)
made = [f"PAA040318{third}F{last}" for third in "0123456789" for last in "0123456789"]
right = [one for one in made if rfc.is_valid(one)]
both = [one for one in right if isin.is_valid(one)]
print(len(both), "of", len(right))
assert both
PYTHON
echo "still so"
