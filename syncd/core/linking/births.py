"""Dates of birth, compared with the precision in which they were published: days, years, ranges."""

import re
from datetime import date as day_of
from functools import lru_cache
from typing import Literal

from syncd.core.model import PartialDate

# The first and the last day that are meant, each `YYYY-MM-DD`: the same when a day was published, and not circa.
Birth = tuple[str, str]
Agreement = Literal["day", "month", "year", "years", "close", "near", "apart"]

CIRCA_YEARS = 2
# Publishers convert calendars, and people are registered late: a year or two is no contradiction.
NEAR_YEARS = 2
_FEW_YEARS = 5
# Length of a calendar's year in Gregorian ones, and the Gregorian year in which it begins.
_CALENDARS = {"islamic": (0.97023, 621.6), "solar_hijri": (1.0, 621.2), "buddhist": (1.0, -543.0), "hebrew": (1, -3760)}
_BEST_FIRST: tuple[Agreement, ...] = ("day", "month", "year", "years", "close", "near", "apart")
_PARTIAL = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)


def birth_of(date: PartialDate) -> Birth | None:
    """Return the first and the last day that `date` means. None when nothing can be compared: it is unreadable, or a
    range with one end."""
    first, last = date.start or date.date, date.end or date.date
    if not (first and last and _PARTIAL.fullmatch(first) and _PARTIAL.fullmatch(last)):
        return None
    if date.calendar is not None:
        length, begins = _CALENDARS[date.calendar]
        return _years(int(int(first[:4]) * length + begins), int(int(last[:4]) * length + begins) + 1)
    if date.circa:
        return _years(int(first[:4]) - CIRCA_YEARS, int(last[:4]) + CIRCA_YEARS)
    return f"{first}-01-01"[:10] if len(first) < 7 else f"{first}-01"[:10], _last_day(last)


def _years(first: int, last: int) -> Birth:
    return f"{first:04}-01-01", f"{last:04}-12-31"


def _last_day(text: str) -> str:
    return {4: f"{text}-12-31", 7: f"{text}-31"}.get(len(text), text)


# A pair of records is asked for several times while it is judged.
@lru_cache(maxsize=1 << 8)
def agreement(ours: tuple[Birth, ...], theirs: tuple[Birth, ...]) -> tuple[Agreement, Birth, Birth] | None:
    """Return the best agreement between a date of `ours` and one of `theirs`, with the two dates; None when either side
    has none.

    When both sides state days and no day is the same, they are `close` or `near` at best, whatever years stand beside
    them. Days are `close` when one slip of a pen turns one into the other: a day, a digit, or day and month exchanged.
    """
    if not ours or not theirs:
        return None
    pairs = [(_compared(one, other), one, other) for one in ours for other in theirs]
    best = min(pairs, key=lambda pair: _BEST_FIRST.index(pair[0]))
    days = [pair for pair in pairs if is_whole_day(pair[1]) and is_whole_day(pair[2])]
    if best[0] in {"day", "apart"} or not days:
        return best
    close = next((pair for pair in days if pair[0] == "close"), None)
    return close or ("near", best[1], best[2])


def is_whole_day(birth: Birth) -> bool:
    """Return whether `birth` means a single day."""
    return birth[0] == birth[1]


def _compared(one: Birth, other: Birth) -> Agreement:
    if is_whole_day(one) and is_whole_day(other):
        return "day" if one == other else "close" if _are_close(one[0], other[0]) else "apart"
    first, last = max(one[0], other[0]), min(one[1], other[1])
    if first > last:
        return "near" if int(first[:4]) - int(last[:4]) <= NEAR_YEARS else "apart"
    widest = max(int(one[1][:4]) - int(one[0][:4]), int(other[1][:4]) - int(other[0][:4]))
    if widest > _FEW_YEARS:
        return "years"
    return "month" if one[0][:7] == one[1][:7] and other[0][:7] == other[1][:7] else "year"


def _are_close(one: str, other: str) -> bool:
    differ = sum(a != b for a, b in zip(one, other, strict=True))
    swapped = one[:4] == other[:4] and (one[5:7], one[8:]) == (other[8:], other[5:7])
    return differ == 1 or swapped or _days_between(one, other) == 1


def _days_between(one: str, other: str) -> int | None:
    try:
        return abs((day_of.fromisoformat(one) - day_of.fromisoformat(other)).days)
    except ValueError:
        return None


def birth_text(birth: Birth) -> str:
    """Return the date as text: `1960-03-12`, `1960`, `1960-1963`."""
    if is_whole_day(birth):
        return birth[0]
    first, last = birth[0][:4], birth[1][:4]
    return first if first == last else f"{first}-{last}"
