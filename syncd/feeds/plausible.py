"""Rules that every record keeps, whatever its feed: a field that promises a date holds one, and nobody is born after
the document that names them."""

import re
from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from syncd.core.model import Listing, Part, PartialDate, Record
from syncd.formats.fields import Reading

_DAY = re.compile(r"(?:19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)
LISTING_DAYS = ("listed_on", "effective_on", "ends_on", "amended_on")


def is_day(text: str) -> bool:
    """Whether `text` is a day of the Gregorian calendar as `YYYY-MM-DD`, between 1900 and 2199."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def with_dates_that_can_be(record: Record, reading: Reading) -> Record:
    """`record` with only days in its listings' date fields, and no birth after the document's date.

    What is no day stands under `other` by the name of its field; a birth that cannot be stands as text. `reading`
    remembers both as unreadable.
    """
    listings = tuple(_with_days(listing, reading) for listing in record.listings)
    if listings != record.listings:
        record = replace(record, listings=listings)
    births = _births(record.birth_dates, reading)
    return record if births == record.birth_dates else replace(record, birth_dates=births)


def _with_days(listing: Listing, reading: Reading) -> Listing:
    for name in LISTING_DAYS:
        published = getattr(listing, name)
        if published is not None and not is_day(published):
            path = f"listings.{name}"
            reading.unreadable += [path] if path not in reading.unreadable else []
            reading.kept.append(Part(name=path, value=published))
            listing = replace(listing, **{name: None})
    return listing


def _births(births: tuple[PartialDate, ...], reading: Reading) -> tuple[PartialDate, ...]:
    published = (reading.published or "")[:10]
    if not births or not is_day(published):
        return births
    return tuple(_possible(birth, published, reading) for birth in births)


def _possible(birth: PartialDate, published: str, reading: Reading) -> PartialDate:
    first = birth.start or birth.date
    if birth.calendar or first is None or first <= published[: len(first)]:
        return birth
    reading.dated = True
    reading.unreadable += ["birth_dates"] if "birth_dates" not in reading.unreadable else []
    return PartialDate(text=_as_text((birth.date, birth.start, birth.end)), note=birth.note)


def _as_text(parts: Iterable[str | None]) -> str:
    return " – ".join(part for part in parts if part)
