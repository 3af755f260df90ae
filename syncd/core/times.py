"""Dates and times that stand as texts. Nothing here raises for a text that a publisher wrote, except `parse_iso`.

Publishers write dates that do not exist (`0000-09-03`, `soon`, a year of five digits). ISO 8601 texts sort like the
days that they mean only where both are days, so every comparison of dates goes through this module.
"""

import re
from datetime import UTC, datetime, timedelta

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Clocks and zones differ: what lies so far ahead of the moment in which it was seen is no date of the past.
AHEAD = timedelta(days=1)
# Where clocks and file formats begin (1, 1601, 1900, 1904, 1970, 1980) nothing was published: no list is that old.
PUBLISHED_FROM = datetime(1990, 1, 1, tzinfo=UTC)


def iso(moment: datetime) -> str:
    """Return a UTC time as `2026-01-31T12:00:00.000000Z`; such texts sort like the times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_iso(text: str) -> datetime:
    """Return the time in `text`, which syncd itself wrote. Raises ValueError for anything else."""
    return datetime.fromisoformat(text)


def moment(text: str | None) -> datetime | None:
    """Return the time that `text` means, in UTC; of a day alone its start. None when `text` is no date or time."""
    if not text or not _DAY.match(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def utc_day(text: str | None) -> str | None:
    """Return the UTC day of a date or time as `YYYY-MM-DD`; None when `text` is no date or time."""
    found = moment(text)
    return None if found is None else found.date().isoformat()


def instant(text: str | None) -> str | None:
    """Return the time that `text` means as `2026-01-31T12:00:00.000000Z`; such texts sort like the times. None when
    `text` is no date or time."""
    found = moment(text)
    return None if found is None else found.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def end_instant(text: str | None) -> str | None:
    """Return the time that `text` means, as `instant`; of a day alone its end. None when `text` is no date or time."""
    found = moment(text)
    if found is None or text is None or len(text) > len("2026-01-31"):
        return instant(text)
    return iso(found + timedelta(days=1) - timedelta(microseconds=1))


def latest_day(*texts: str | None) -> str | None:
    """Return the latest day among `texts` as `YYYY-MM-DD`; None when none of them is a date."""
    return max((found for text in texts if (found := utc_day(text))), default=None)


def earliest(*texts: str | None) -> str | None:
    """Return the earliest day among `texts` as `YYYY-MM-DD`; None when none of them is a date."""
    return min((found for text in texts if (found := utc_day(text))), default=None)


def days_from(earlier: str | None, later: str | None) -> int | None:
    """Return how many days `later` is after `earlier`, negative when it is before; None when either is no date."""
    begin, end = moment(earlier), moment(later)
    return (end.date() - begin.date()).days if begin and end else None


def stated_time(published: str | None, seen: str | None) -> str | None:
    """Return the time of a publication's own date (as `instant`). None when it is no date, lies before 1990, or lies
    more than a day ahead of the time at which the publication was `seen`."""
    at, limit = moment(published), moment(seen)
    if at is None or at < PUBLISHED_FROM or (limit is not None and at.date() - limit.date() > AHEAD):
        return None
    return instant(published)
