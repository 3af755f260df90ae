"""Times as HTTP headers give them. What reads those is slow to load: a process that reads documents does without."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HEADER_CHARACTERS_MAX = 200


def of_header(value: str | None) -> datetime | None:
    """Return the time of an HTTP date header (RFC 9110, 5.6.7), in UTC; None when it is none or its year is out of
    range."""
    try:
        found = parsedate_to_datetime((value or "")[:HEADER_CHARACTERS_MAX])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
