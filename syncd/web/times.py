"""Times and durations as a person reads them. All are in UTC: people in several offices compare them."""

import re
from datetime import UTC, datetime
from typing import Final

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60))
_STAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d++)?Z")
_DATE_CHARACTERS: Final = len("2031-04-02")


def parsed_time(text: str) -> datetime | None:
    """Return the time of an ISO 8601 date or time, in UTC; None when `text` is none. A time without a zone
    is in UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def seconds_between(earlier: str, later: str) -> float | None:
    """Return the seconds from `earlier` to `later`; None when either is no time."""
    begin, end = parsed_time(earlier), parsed_time(later)
    return (end - begin).total_seconds() if begin and end else None


def duration_text(seconds: float) -> str:
    """Return a duration as `42 s`, `3 min`, `2 h 5 min`, `4 d`: two units at most, the second one only beside hours."""
    whole = max(0, int(seconds))
    for unit, length in _UNITS:
        count, rest = divmod(whole, length)
        if count:
            minutes = rest // 60
            return f"{count} h {minutes} min" if unit == "h" and minutes else f"{count} {unit}"
    return f"{whole} s"


def full_time(text: str) -> str:
    """Return a time as `2 Apr 2031, 14:03:11 UTC`, a day as `2 Apr 2031`, and any other text as it stands."""
    at = parsed_time(text)
    if at is None:
        return text
    day = f"{at.day} {at:%b %Y}"
    return day if len(text) <= _DATE_CHARACTERS else f"{day}, {at:%H:%M:%S} UTC"


def short(text: str, now: str) -> str:
    """Return a time relative to `now`: `14:03:11` of today, `2 Apr, 14:03` of this year, else the day. Any other text
    stays."""
    at, today = parsed_time(text), parsed_time(now)
    if at is None or today is None:
        return text
    if len(text) > _DATE_CHARACTERS and at.date() == today.date():
        return f"{at:%H:%M:%S}"
    if at.year != today.year:
        return f"{at.day} {at:%b %Y}"
    return f"{at.day} {at:%b}" if len(text) <= _DATE_CHARACTERS else f"{at.day} {at:%b}, {at:%H:%M}"


def within(text: str, now: str) -> str:
    """Return a sentence with its times written as by `short`."""
    return _STAMP.sub(lambda found: short(found[0], now), text)
