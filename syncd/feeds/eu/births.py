"""Dates of birth of the EU list: one element states its date up to three times; no feed of its own."""

import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from syncd.core.model import PartialDate, Place
from syncd.errors import Unreadable
from syncd.feeds.eu.documents import country_code, notes
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import dates
from syncd.normalise.texts import whole_number
from syncd.normalise.words import TRUTH

_ABOUT = re.compile(r"\b(?:circa|approx\.?|approximately|about)(?!\w)", re.IGNORECASE)
_OR = re.compile(r"or\s+(?=\S)", re.IGNORECASE)
_ISLAMIC, _GREGORIAN = "ISLAMIC", "GREGORIAN"


class Birth(NamedTuple):
    """The content of a `birthdate` element: dates, which are alternatives, and a place."""

    dates: tuple[PartialDate, ...]
    place: Place | None


def birth_of_element(fields: XmlFields, remarks: list[str], reading: Reading) -> Birth:
    """A remark belongs to the place, if there is one, unless it is a date itself."""
    remark = notes(remarks) or ""
    alternative = _OR.match(remark)
    written = remark[alternative.end() :] if alternative else remark
    is_date = _is_date(written)
    found = _dates(fields, remark, reading)
    if alternative and is_date and found:
        found += dates.partial(written)
    place = Place(
        full=fields.attribute_optional("place"),
        city=fields.attribute_optional("city"),
        region=fields.attribute_optional("region"),
        postal_code=fields.attribute_optional("zipCode"),
        country=country_code(fields, reading),
    )
    if place == Place():
        if not found:
            reading.keep("birthdate/remark", remark)
        return Birth(tuple(replace(date, note=remark or None) for date in found), None)
    if is_date and found:
        return Birth(tuple(replace(date, note=remark) for date in found), place)
    return Birth(tuple(found), replace(place, note=remark or None))


def _dates(fields: XmlFields, remark: str, reading: Reading) -> list[PartialDate]:
    published = fields.attribute_optional("circa")
    circa = bool(published) and reading.word("birthdate/@circa", TRUTH, published, True)
    found = [*_stated(fields, reading), *_range(fields, reading)]
    circa = circa or bool(_ABOUT.search(remark))
    return [replace(date, circa=circa) if date.text is None else date for date in found]


def _stated(fields: XmlFields, reading: Reading) -> list[PartialDate]:
    """The date as a whole and in parts. In another calendar the whole one may be the Gregorian day beside the parts."""
    calendar = (fields.attribute_optional("calendarType") or _GREGORIAN).upper()
    whole, year = fields.attribute_optional("birthdate"), fields.attribute_optional("year")
    month, day = (fields.attribute_optional(name) for name in ("monthOfYear", "dayOfMonth"))
    if day and not month:
        reading.keep("birthdate/@dayOfMonth", day)
        day = None
    if month and not year:
        reading.keep("birthdate/@monthOfYear", month)
    parts = "-".join(part for part in (year, month, day) if part) if year else None
    if calendar == _GREGORIAN:
        return [_read(reading, _agreed, whole, parts)] if whole or parts else []
    read = _islamic if calendar == _ISLAMIC else _unread
    beside = whole if whole and _is_gregorian(whole) and not _same(whole, parts) else None
    native = parts or (whole if beside is None else None)
    found = [_read(reading, read, native, None)] if native else []
    return [*found, *([_read(reading, _agreed, beside, None)] if beside else [])]


def _range(fields: XmlFields, reading: Reading) -> list[PartialDate]:
    """The range of years; open at the end that is not stated."""
    first, last = fields.attribute_optional("yearRangeFrom"), fields.attribute_optional("yearRangeTo")
    return [_read(reading, _between, first, last, path="birthdate/@yearRange")] if first or last else []


def _read(
    reading: Reading,
    read: Callable[[str | None, str | None], PartialDate],
    first: str | None,
    second: str | None,
    *,
    path: str = "birthdate",
) -> PartialDate:
    text = " / ".join(part for part in (first, second) if part)
    return reading.date(path, lambda _: read(first, second), text)


def _agreed(whole: str | None, parts: str | None) -> PartialDate:
    found = dates.agreed(dates.iso_date(dates.day(whole)) if whole else None, dates.iso_date(parts) if parts else None)
    assert found
    return found


def _between(first: str | None, last: str | None) -> PartialDate:
    return dates.between(dates.iso_date(first) if first else None, dates.iso_date(last) if last else None)


def _islamic(text: str | None, _: str | None) -> PartialDate:
    parts = (text or "").split("-")
    if not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts) or len(parts) > len("ymd"):
        raise Unreadable(text or "", "not the numbers of a date")
    return dates.islamic(*(int(part) for part in parts))


def _unread(text: str | None, _: str | None) -> PartialDate:
    raise Unreadable(text or "", "a calendar that no rule reads")


def _is_gregorian(whole: str) -> bool:
    """Whether the year is too late for the Islamic calendar."""
    return (whole_number(whole[:4]) or 0) > dates.ISLAMIC_YEAR_MAX


def _same(whole: str, parts: str | None) -> bool:
    numbers = [
        [whole_number(part) for part in text.split("-") if part.isdecimal()] for text in (whole[:10], parts or "")
    ]
    return numbers[0] == numbers[1]


def _is_date(text: str) -> bool:
    try:
        return bool(dates.partial(text))
    except Unreadable:
        return False
