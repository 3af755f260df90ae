"""OFAC's moments and periods → partial dates: both vocabularies write a date as one or two spans of days."""

from calendar import monthrange
from functools import lru_cache

from syncd.core.model import PartialDate
from syncd.errors import Unreadable
from syncd.normalise import dates


def partial_date(
    first: str | None, first_end: str | None, last: str | None, last_end: str | None, *, circa: bool
) -> PartialDate:
    """OFAC's four dates (`YYYY-MM-DD`) of a moment or a period, as exact as they mean.

    A start or an end that is itself a span of days stands for the year or month that it covers; so does a period from
    the first to the last day of one year or month, and one of whole years. Raises Unreadable.
    """
    if first is None:
        raise Unreadable("", "a period without a beginning")
    if last is None:
        return PartialDate(start=_span(first, first_end or first), circa=circa)
    if first == last and first == (first_end or first) and last == (last_end or last):
        return PartialDate(date=whole_day(first), circa=circa)
    if (first_end or first) == first and (last_end or last) == last:
        return _period(first, last, circa)
    start, end = _span(first, first_end or first), _span(last, last_end or last, late=True)
    return PartialDate(start=start, end=end, circa=circa)


def _period(first: str, last: str, circa: bool) -> PartialDate:
    whole = _covered(whole_day(first), whole_day(last))
    if whole is not None:
        return PartialDate(date=whole, circa=circa)
    if first > last:
        raise Unreadable(f"{first} … {last}", "the period ends before it begins")
    if first.endswith("-01-01") and last.endswith("-12-31"):
        return PartialDate(start=first[:4], end=last[:4], circa=circa)
    return PartialDate(start=first, end=last, circa=circa)


def _span(first: str, last: str, *, late: bool = False) -> str:
    """One end of a period: the year or month that its days cover, else the outermost day."""
    whole = _covered(whole_day(first), whole_day(last))
    return whole if whole is not None else (last if late else first)


def _covered(first: str, last: str) -> str | None:
    """The day, month or year whose first and last day these are."""
    if first == last:
        return first
    if first[:4] == last[:4] and first[4:] == "-01-01" and last[4:] == "-12-31":
        return first[:4]
    if first[:7] == last[:7] and first[7:] == "-01" and _last_day(first) == int(last[8:]):
        return first[:7]
    return None


def _last_day(day: str) -> int:
    return monthrange(int(day[:4]), int(day[5:7]))[1]


@lru_cache(maxsize=20_000)
def whole_day(text: str) -> str:
    """A whole day as `YYYY-MM-DD`. Raises Unreadable. Most days stand in many entries."""
    return dates.iso_day(text)


def date_text(date: PartialDate) -> str:
    """A date as one text, for a place that has no field for dates."""
    circa = "circa " if date.circa else ""
    if date.start or date.end:
        return f"{circa}{date.start or ''} to {date.end or ''}".strip()
    return f"{circa}{date.date or date.text}"
