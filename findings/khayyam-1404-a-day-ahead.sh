#!/usr/bin/env bash
# Every date of the Iranian year 1404, from March 2025 to March 2026, is a day ahead.
#
# The year 1403 had 366 days by the vernal equinox, on which the calendar rests: 2025-03-20 was 30 Esfand 1403. The library
# counts leap years by a cycle that gives the day to 1404 instead, so it has no 30 Esfand 1403, and reads 2025-03-20 as the
# first day of 1404; a passport that ends on 1 Farvardin 1404 ends a day early by it. Two other libraries follow the equinox,
# or a cycle that agrees with it for these years. On each day from 1990 until then Khayyam agrees with them, so a test with
# older dates shows nothing. Output seen: 2025-03-20 1404-1-1 1403-12-30 1403-12-30, and 366 days on which Khayyam differs.
#
# Seen with Khayyam 3.0.17, jdatetime 6.1.1, convertdate 2.5.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check Khayyam==3.0.17 jdatetime==6.1.1 convertdate==2.5.1
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import date, timedelta

import jdatetime
import khayyam
from convertdate import persian


def by_khayyam(day: date) -> tuple[int, int, int]:
    found = khayyam.JalaliDate(day)
    return found.year, found.month, found.day


def by_jdatetime(day: date) -> tuple[int, int, int]:
    found = jdatetime.date.fromgregorian(date=day)
    return found.year, found.month, found.day


def by_convertdate(day: date) -> tuple[int, int, int]:
    return persian.from_gregorian(day.year, day.month, day.day)


first, last, one = date(2025, 3, 20), date(2026, 3, 20), timedelta(days=1)
found = [by(first) for by in (by_khayyam, by_jdatetime, by_convertdate)]
print(first, *("-".join(map(str, day)) for day in found))
assert found == [(1404, 1, 1), (1403, 12, 30), (1403, 12, 30)], found
days = [date(1990, 3, 21) + number * one for number in range(37 * 365)]
differ = [day for day in days if by_khayyam(day) != by_jdatetime(day)]
print(len(differ), differ[0], differ[-1])
assert (len(differ), differ[0], differ[-1]) == (366, first, last)
# Convertdate calculates the equinox, and takes its time: the days at both ends.
assert all(by_convertdate(day) == by_jdatetime(day) for day in (first - one, first, first + one, last - one, last, last + one))
PYTHON
echo "still so"
