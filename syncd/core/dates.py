"""Dates and times as texts, read as what they are: a day or a moment, or nothing. Nothing here raises.

Publishers write dates that are none (`0000-09-03`, `soon`, a year of five digits). Texts of ISO 8601 sort like the days
that they mean only where both are days, so whoever compares dates reads them here first.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Clocks and zones differ: what lies so far ahead of the moment in which it was seen is no date of the past.
AHEAD = timedelta(days=1)
# Where clocks and file formats begin (1, 1601, 1900, 1904, 1970, 1980) nothing was published: no list is that old.
PUBLISHED_FROM = datetime(1990, 1, 1, tzinfo=UTC)
HEADER_CHARACTERS_MAX = 200


def moment(text: str | None) -> datetime | None:
    """The time that `text` means, in UTC; the start of a day that stands alone. None for what is no date or time."""
    if not text or not _DAY.match(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str | None) -> str | None:
    """The day of a date or time, in UTC, as `YYYY-MM-DD`; None for what is no date or time."""
    found = moment(text)
    return None if found is None else found.date().isoformat()


def instant(text: str | None) -> str | None:
    """The time that `text` means as `2026-01-31T12:00:00.000000Z`; such texts sort like the times. None for what is no
    date or time."""
    found = moment(text)
    return None if found is None else found.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def latest(*texts: str | None) -> str | None:
    """The latest of those that are dates, as `YYYY-MM-DD`; None when none is."""
    return max((found for text in texts if (found := day(text))), default=None)


def earliest(*texts: str | None) -> str | None:
    """The earliest of those that are dates, as `YYYY-MM-DD`; None when none is."""
    return min((found for text in texts if (found := day(text))), default=None)


def days_from(earlier: str | None, later: str | None) -> int | None:
    """How many days `later` is after `earlier`; negative when before, None when either is no date."""
    begin, end = moment(earlier), moment(later)
    return (end.date() - begin.date()).days if begin and end else None


def stated(published: str | None, seen: str | None) -> str | None:
    """The time of a publication's own date (see `instant`), unless it is no date, lies before there were such lists or
    ahead of when it was `seen`; then None."""
    at, limit = moment(published), moment(seen)
    if at is None or at < PUBLISHED_FROM or (limit is not None and at.date() - limit.date() > AHEAD):
        return None
    return instant(published)


def of_header(value: str | None) -> datetime | None:
    """The time in a header of HTTP, in UTC; None when it is none, or lies outside of the years that there are."""
    try:
        found = parsedate_to_datetime((value or "")[:HEADER_CHARACTERS_MAX])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
