"""Published dates → partial dates, never more exact than as written.

`gregorian`, `iso_date`, `day_first`, `excel_serial`, `japanese` and `islamic` each read one notation, which the feed
knows; `partial` reads what people write into a free text cell of an English list. All raise Unreadable.
`IN_A_SENTENCE` finds the dates in prose.

Two-digit years occur only as a spreadsheet's `Sep-99` or `24-Apr-68`. Of a birth or a ship they are never in the
future: 00 … 25 are 2000 … 2025, 26 … 99 are 1926 … 1999; of an act (`day`) they are 1980 … 2079. A day and a month as
two numbers are day first, as everywhere but in the US, whose lists do not write dates that way.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta

from msgspec.structs import replace

from syncd.core.model import PartialDate
from syncd.errors import Unreadable

CELL_CHARACTERS_MAX = 500
YEAR_MIN, YEAR_MAX = 1000, 2999
ISLAMIC_YEAR_MIN, ISLAMIC_YEAR_MAX = 1200, 1600
ISLAMIC_MONTH_DAYS_MAX = 30
# Below 61 a serial may be off by one (spreadsheets know a 29 February 1900); above it there is no list of that age.
EXCEL_SERIAL_MIN, EXCEL_SERIAL_MAX = 61, 80_000
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_MONTHS_IN_YEAR = 12
# Whoever was born in 2026 stands on no list of that year; of an act, see `day`.
_TWO_DIGIT_YEARS_FROM = 26
_TWO_DIGIT_YEARS_OF_ACTS_FROM = 80

_ISO = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:[.,]\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?)?",
    re.ASCII,
)
_UNKNOWN = r"dd|mm|yyyy|xxxx|xx|--|00|99"
_DAY_FIRST = re.compile(
    rf"(?:(?:(?P<day>\d{{1,2}}|{_UNKNOWN})[/.\-])?(?P<month>\d{{1,2}}|{_UNKNOWN})[/.\-])?(?P<year>\d{{4}}|yyyy|xxxx|00)",
    re.ASCII | re.IGNORECASE,
)
_NOT_KNOWN = frozenset({"dd", "mm", "yyyy", "xx", "xxxx", "--", "0", "00", "99", "0000", "9999"})


def gregorian(year: int, month: int | None = None, day: int | None = None) -> PartialDate:
    """The Gregorian year, month or day. Raises Unreadable when the calendar has no such date."""
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise Unreadable(str(year), f"no year from {YEAR_MIN} to {YEAR_MAX}")
    if month is None:
        if day is not None:
            raise Unreadable(f"{year}, day {day}", "a day without a month says nothing")
        return PartialDate(date=f"{year:04}")
    if not 1 <= month <= _MONTHS_IN_YEAR:
        raise Unreadable(f"{year}-{month}", "no such month")
    if day is None:
        return PartialDate(date=f"{year:04}-{month:02}")
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise Unreadable(f"{year}-{month}-{day}", "no such day in that month")
    return PartialDate(date=f"{year:04}-{month:02}-{day:02}")


def between(start: PartialDate | None, end: PartialDate | None) -> PartialDate:
    """The range from `start` to `end`, both inclusive; open at an end that is None.

    Raises Unreadable when it ends before it begins, and when nothing is known of either end.
    """
    first = (start.start or start.date) if start else None
    last = (end.end or end.date) if end else None
    if (start and first is None) or (end and last is None) or not (start or end):
        raise Unreadable(f"{first} … {last}", "an end of the range is no date")
    circa = any(one.circa for one in (start, end) if one)
    if first is None or last is None:
        return PartialDate(start=first, end=last, circa=circa)
    shorter = min(len(first), len(last))
    if first[:shorter] > last[:shorter]:
        raise Unreadable(f"{first} … {last}", "the range ends before it begins")
    return PartialDate(date=first, circa=circa) if first == last else PartialDate(start=first, end=last, circa=circa)


def agreed(whole: PartialDate | None, parts: PartialDate | None) -> PartialDate | None:
    """The more exact of two statements of one date, `1958-04-02` and `1958`. Raises Unreadable when they differ."""
    if whole is None or parts is None:
        return whole or parts
    exact, rough = sorted((whole.date or "", parts.date or ""), key=len, reverse=True)
    if not rough or not exact.startswith(rough):
        raise Unreadable(f"{whole.date} / {parts.date}", "two statements of one date that contradict each other")
    return whole if whole.date == exact else parts


def iso_date(text: str) -> PartialDate:
    """`1970`, `1970-03`, `1970-03-12`; a time or a zone after the day is left out."""
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise Unreadable(text, "not an ISO 8601 date")
    return gregorian(*(int(part) for part in found.groups() if part is not None))


def iso_day(text: str) -> str:
    """The day of an ISO 8601 date or time, as `YYYY-MM-DD`, in the zone in which it was written."""
    return _whole_day(iso_date(text), text)


def day_first(text: str) -> PartialDate | None:
    """`12/03/1945`, `dd/mm/1945`, `00/03/1945`, `XX/XX/1970`, `03/1945`, `1945`; points and hyphens alike.

    Zeros, nines and letters stand for what is unknown; None when nothing at all is known (`dd/mm/9999`). Raises
    Unreadable when a day or month is given without its year.
    """
    found = _DAY_FIRST.fullmatch(text.strip())
    if found is None:
        raise Unreadable(text, "not a date with the day first")
    day, month, year = (_known(found[part]) for part in ("day", "month", "year"))
    if year is None:
        if day is None and month is None:
            return None
        raise Unreadable(text, "a day or month without a year")
    return gregorian(year, month, day if month is not None else None)


def day_first_day(text: str) -> str:
    """A whole date with the day first, as `YYYY-MM-DD`."""
    found = day_first(text)
    if found is None:
        raise Unreadable(text, "nothing known")
    return _whole_day(found, text)


def day(text: str) -> str:
    """A whole day in any notation of an English list (`2 September 2026`, `30.03.2026`, `2026-03-30`), as `YYYY-MM-DD`.

    It is the day of an act: a two-digit year is one of 1980 … 2079. Raises Unreadable for less than one whole day, and
    for several.
    """
    found = partial(_SHORT_YEAR.sub(lambda year: str(_full_year(year[0], _TWO_DIGIT_YEARS_OF_ACTS_FROM)), text.strip()))
    if len(found) != 1 or found[0].circa:
        raise Unreadable(text, "not one day")
    return _whole_day(found[0], text)


def excel_serial(number: float) -> PartialDate:
    """The day of a spreadsheet's serial number (1900 system). A number that looks like a year is one: ask first."""
    if not EXCEL_SERIAL_MIN <= number <= EXCEL_SERIAL_MAX:
        raise Unreadable(str(number), "not the serial number of a day")
    day = _EXCEL_DAY_ZERO + timedelta(days=int(number))
    return PartialDate(date=day.isoformat())


def islamic(year: int, month: int | None = None, day: int | None = None) -> PartialDate:
    """A date of the lunar Islamic calendar, its numbers as they are: which day that was depends on an observed moon."""
    if not ISLAMIC_YEAR_MIN <= year <= ISLAMIC_YEAR_MAX:
        raise Unreadable(str(year), "no year of the Islamic calendar that a list could mean")
    if (month is None and day is not None) or not 1 <= (month or 1) <= _MONTHS_IN_YEAR:
        raise Unreadable(f"{year}-{month}-{day}", "no such month")
    if not 1 <= (day or 1) <= ISLAMIC_MONTH_DAYS_MAX:
        raise Unreadable(f"{year}-{month}-{day}", "no such day")
    parts = [f"{year:04}", *(f"{part:02}" for part in (month, day) if part is not None)]
    return PartialDate(date="-".join(parts), calendar="islamic")


def _known(part: str | None) -> int | None:
    return None if part is None or part.lower() in _NOT_KNOWN else int(part)


def _whole_day(found: PartialDate, text: str) -> str:
    if found.date is None or len(found.date) != len("YYYY-MM-DD"):
        raise Unreadable(text, "not a whole date")
    return found.date


# Free text.

_MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb febr", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ORDINAL = r"(?:st|nd|rd|th)?"
_DAY = rf"(?P<day>\d{{1,2}}){_ORDINAL}\.?"
_YEAR = r"(?P<year>\d{4})"
_ANY_CASE = re.ASCII | re.IGNORECASE
_MONTH_WORD = r"[A-Za-z]{3,9}"
_MONTH = rf"(?P<month_name>{_MONTH_WORD})\.?"
# A date as it stands within a sentence, without groups, for patterns that look for one: `partial` reads what is found.
IN_A_SENTENCE = (
    rf"(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}{_ORDINAL}[ ./-]{{1,2}}(?:{_MONTH_WORD}\.?|\d{{1,2}})"
    rf"[ ./,-]{{1,2}}\d{{4}}|{_MONTH_WORD}\.? \d{{4}}|(?:19|20)\d{{2}})(?!\d)"
)
_CIRCA = re.compile(
    r"^(?:circa|approximately|approx|about|around|roughly|estimated|c|ca)\b[.:]?\s*+"
    r"|(?:(?<!\s)\s++)?\(?\b(?:circa|approximately|approx)\b\.?\)?$",
    re.I,
)
_BORN = re.compile(
    r"^(?:(?:was\s++)?born|d\.?o\.?b\.?|date of birth|year of birth)\b\s*+:?\s*+(?:(?:in|on)\s++)?(?:the\s++)?", re.I
)
# A comma parts alternatives only where it follows a year (`1960, 1966`), and the calendar does not follow it.
_OR = re.compile(
    r"(?:(?<!\s)\s++(?:or\b(?!\s++(?:later|after|earlier|before)\b)|/\s)|(?:(?<!\s)\s++)?(?:;|,\s++or\b)"
    r"|(?<=\d{4}),(?!\s*+(?:hijri|islamic)\b))\s*+",
    re.I,
)
_SHORT_YEAR = re.compile(r"(?<=[A-Za-z]-)\d{2}$", re.ASCII)
# `before 1960` ends with 1960: a year is no sharper than itself, and a range may say more than was meant, never less.
_OPEN = re.compile(
    r"^(?:(?P<from>from|since|after|not before|no earlier than)|(?:until|up to|before|by|not after|no later than))\s++"
    r"(?P<date>.+)",
    re.I,
)
_ONWARDS = re.compile(r"^(?P<date>.+?)(?<!\s)\s++(?:onwards?|or later|or after)", re.I)
_UP_TO = re.compile(r"^(?P<date>.+?)(?<!\s)\s++or\s++(?:earlier|before)", re.I)
_RANGE = (
    re.compile(r"^(?:in\s++)?between\s++(.+?)(?<!\s)\s++(?:and|to|-|–)\s++(.+)", re.I),
    re.compile(r"^(?:from\s++)?(.+?)(?<!\s)\s++(?:to|until|through|-|–|—)\s++(.+)", re.I),
    re.compile(r"(\d{4})\s?[-–—/]\s?(\d{4})"),
)
_MONTHS_OF_YEAR = re.compile(r"(?:in\s++)?between\s++([A-Za-z.]++)\s++and\s++([A-Za-z.]++)\s++(\d{4})", re.I)
_HIJRI = re.compile(
    r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})\s*+[,(]?\s*+(?:hijri|islamic)(?:\s++calendar)?\s*+\)?", re.I | re.ASCII
)
_DECADE = re.compile(
    r"^(?:the\s++)?(?P<part>early|mid|middle|late)?[\s\-]*+(?:of\s++)?(?:the\s++)?(?P<decade>\d{3}0)\s?['’]?s", re.I
)
_PART_OF_YEAR = re.compile(
    r"(?:early|mid|middle|late|end of|beginning of|spring|summer|autumn|winter)[\s\-]*+(?:of\s++)?(\d{4})", re.I
)


def partial(text: str) -> tuple[PartialDate, ...]:
    """The date or dates that a cell of an English list means, alternatives (`1963 or 1964`) apart.

    A word like `circa` that opens or ends the cell holds for all of its alternatives. Raises Unreadable when any part
    of the cell cannot be read, and for a cell that says nothing.
    """
    if len(text) > CELL_CHARACTERS_MAX:
        raise Unreadable(text, f"longer than {CELL_CHARACTERS_MAX} characters")
    cell = " ".join(text.split()).strip(" .,;")
    parts = [part.strip(" .,") for part in _OR.split(cell) if part.strip(" .,")]
    if not parts:
        raise Unreadable(text, "no date")
    found = tuple(_one(part, text) for part in parts)
    return tuple(replace(date, circa=True) for date in found) if _all_about(parts) else found


def _all_about(parts: list[str]) -> bool:
    opening, ending = _CIRCA.search(_BORN.sub("", parts[0])), _CIRCA.search(parts[-1])
    return bool((opening and opening.start() == 0) or (ending and ending.start() > 0))


def _one(part: str, text: str) -> PartialDate:
    part = _BORN.sub("", part)
    bare = _CIRCA.sub("", part)
    found = _range(bare) or _open_range(bare) or _simple(bare)
    if found is None:
        raise Unreadable(text, "no rule reads this date")
    return replace(found, circa=True) if bare != part else found


def _range(part: str) -> PartialDate | None:
    for pattern in _RANGE:
        ends = pattern.fullmatch(part)
        if ends is None:
            continue
        first, last = (_simple(_CIRCA.sub("", end)) for end in ends.groups())
        if first and last:
            found = between(first, last)
            return replace(found, circa=True) if _CIRCA.search(ends[1]) or _CIRCA.search(ends[2]) else found
    return None


def _open_range(part: str) -> PartialDate | None:
    """`from 1958`, `before 1960`, `1958 or later`: a range that is open at one end, with the words as its note."""
    for pattern in (_OPEN, _ONWARDS, _UP_TO):
        words = pattern.fullmatch(part)
        end = _simple(_CIRCA.sub("", words["date"])) if words else None
        if words and end:
            starts = pattern is _ONWARDS or bool(words.groupdict().get("from"))
            found = between(end, None) if starts else between(None, end)
            return replace(found, circa=bool(_CIRCA.search(words["date"])), note=part)
    return None


def _simple(part: str) -> PartialDate | None:
    for pattern, read in _FORMS:
        found = pattern.fullmatch(part)
        if found:
            return read(found)
    return None


def _numbers(found: re.Match[str]) -> PartialDate:
    date_ = day_first(found[0].replace(" ", ""))
    if date_ is None:
        raise Unreadable(found[0], "nothing known")
    return date_


def _year_first(found: re.Match[str]) -> PartialDate:
    return gregorian(*(int(part) for part in found.groups() if part is not None))


def _named_month(found: re.Match[str]) -> PartialDate:
    parts = found.groupdict()
    month = _MONTH_NAMES.get(parts["month_name"].lower())
    if month is None:
        raise Unreadable(found[0], "no month has this name")
    return gregorian(_full_year(parts["year"]), month, int(parts["day"]) if parts.get("day") else None)


def _full_year(digits: str, last_century_from: int = _TWO_DIGIT_YEARS_FROM) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (1900 if year >= last_century_from else 2000)


def _decade(found: re.Match[str]) -> PartialDate:
    first = int(found["decade"])
    dates = between(gregorian(first), gregorian(first + 9))
    return replace(dates, circa=True, note=found[0]) if found["part"] else dates


def _months_of_year(found: re.Match[str]) -> PartialDate:
    first, last, year = found.groups()
    return between(_month_of(first, year, found[0]), _month_of(last, year, found[0]))


def _month_of(name: str, year: str, text: str) -> PartialDate:
    month = _MONTH_NAMES.get(name.lower().rstrip("."))
    if month is None:
        raise Unreadable(text, "no month has this name")
    return gregorian(int(year), month)


def _hijri(found: re.Match[str]) -> PartialDate:
    day, month, year = (int(part) for part in found.groups())
    return islamic(year, month, day)


def _part_of_year(found: re.Match[str]) -> PartialDate:
    return replace(gregorian(int(found[1])), note=found[0])


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], PartialDate]], ...] = (
    (re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII), _year_first),
    (_ISO, _year_first),
    (_PART_OF_YEAR, _part_of_year),
    (_DAY_FIRST, _numbers),
    (re.compile(r"\d{1,2} ?[/.\-] ?\d{1,2} ?[/.\-] ?\d{4}", re.ASCII), _numbers),
    (re.compile(rf"{_DAY}[\s\-]++(?:of\s++)?{_MONTH}(?:(?<=\.)|,?[\s\-]++){_YEAR}", _ANY_CASE), _named_month),
    (re.compile(rf"{_DAY}-{_MONTH}-(?P<year>\d{{2}})", re.ASCII), _named_month),
    (re.compile(rf"{_MONTH}\s++{_DAY},?\s++{_YEAR}", _ANY_CASE), _named_month),
    (re.compile(rf"{_MONTH},?[\s\-]++(?:of\s++)?{_YEAR}", _ANY_CASE), _named_month),
    (re.compile(rf"{_MONTH}-(?P<year>\d{{2}})", re.ASCII), _named_month),
    (_MONTHS_OF_YEAR, _months_of_year),
    (_HIJRI, _hijri),
    (_DECADE, _decade),
)


# Japanese.

_JAPANESE_DATE = re.compile(
    r"(\d{4})(?:年(?:(\d{1,2})月(?:(\d{1,2})日?)?)?|[./](\d{1,2})(?:[./](\d{1,2}))?|-(\d{1,2})-(\d{1,2}))?", re.ASCII
)
_JAPANESE_YEARLESS = re.compile(r"(?:(\d{1,2})月)?(\d{1,2})日", re.ASCII)
_JAPANESE_ABOUT = re.compile(r"の?(?:頃|ころ|ごろ)$|^(?:約|およそ|おおよそ)")
_JAPANESE_ABOUT_WITHIN = re.compile(r"頃|ころ|ごろ|約|およそ")
_JAPANESE_OR = re.compile(
    r"(?:(?<!\s)\s++)?(?:又は|または|もしくは|あるいは|、|,|;)\s*+|(?<!\s)\s++(?=\d{4})|(?<!\s)[^\S\n]*+\n\s*+"
)
# A range that is open at one end: `1960年から`, `1960年以降`, `～1966年`, `1966年以前`.
_JAPANESE_ONWARDS = re.compile(r"([\d年月日./]+)(?:頃|ころ|ごろ)?(?:から|以降|以後|[~～〜])", re.ASCII)
_JAPANESE_UP_TO = re.compile(r"[~～〜]?([\d年月日./]+)(?:頃|ころ|ごろ)?(?:以前|まで)?", re.ASCII)
_JAPANESE_RANGE = re.compile(r"から|[~～〜–]|(?<=年)-|(?<=\d{4})-(?=\d{4})")
_JAPANESE_ENDS = re.compile(r"(?:まで)?(?:の間)?$")
_JAPANESE_BORN = re.compile(r"(?:生まれ|生)$")
# The year before the first of each era (`昭和元年` is 1926).
_JAPANESE_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_JAPANESE_ERA = re.compile(rf"({'|'.join(_JAPANESE_ERAS)})\s*(\d{{1,2}}|元)(?=\s*年)")
_JAPANESE_HIJRI = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日\(?(?:ヒジュラ暦|イスラム暦)\)?", re.ASCII)


def japanese(text: str) -> tuple[PartialDate, ...]:
    """`1970年`, `1970年3月5日`, `2002.3.1`, `1941/8/20`, `1970年頃` (about), `1969年～1971年`, `1963年又は1964年`,
    `昭和36年3月5日`.

    An alternative that leaves out what it shares with the one before it, `1991年7月14日又は6月14日`, is read with it. A
    word for `about` that opens or ends the text holds for all alternatives, as in `partial`.
    """
    found: list[PartialDate] = []
    for part in _JAPANESE_OR.split(_JAPANESE_ERA.sub(_of_era, unicodedata.normalize("NFKC", text)).strip()):
        bare = re.sub(r"\s", "", part)
        if bare:
            found.append(_japanese_one(bare, text, found[-1] if found else None))
    if not found:
        raise Unreadable(text, "no date")
    whole = _JAPANESE_BORN.sub("", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    about = _JAPANESE_ABOUT.search(whole)
    return tuple(replace(date, circa=True) for date in found) if about else tuple(found)


def _of_era(found: re.Match[str]) -> str:
    return str(_JAPANESE_ERAS[found[1]] + (1 if found[2] == "元" else int(found[2])))


def _japanese_one(part: str, text: str, before: PartialDate | None) -> PartialDate:
    hijri = _JAPANESE_HIJRI.fullmatch(part)
    if hijri:
        return islamic(*(int(number) for number in hijri.groups()))
    part = _JAPANESE_BORN.sub("", part)
    bare = _JAPANESE_ABOUT.sub("", part)
    if opened := _japanese_open(bare, text, before):
        return replace(opened, circa=_JAPANESE_ABOUT_WITHIN.search(part) is not None, note=part)
    ends = [end for end in _JAPANESE_RANGE.split(_JAPANESE_ENDS.sub("", bare)) if end]
    dates = [_japanese_date(_JAPANESE_ABOUT.sub("", end), text, before) for end in ends]
    if not 1 <= len(dates) <= 2:
        raise Unreadable(text, "no date")
    found = dates[0] if len(dates) == 1 else between(dates[0], dates[1])
    return replace(found, circa=True) if _JAPANESE_ABOUT_WITHIN.search(part) else found


def _japanese_open(part: str, text: str, before: PartialDate | None) -> PartialDate | None:
    """A range that is open at one end; None for another text."""
    if found := _JAPANESE_ONWARDS.fullmatch(part):
        return between(_japanese_date(found[1], text, before), None)
    found = _JAPANESE_UP_TO.fullmatch(part)
    return between(None, _japanese_date(found[1], text, before)) if found and found[1] != part else None


def _japanese_date(part: str, text: str, before: PartialDate | None) -> PartialDate:
    found = _JAPANESE_DATE.fullmatch(part)
    if found:
        return gregorian(*(int(number) for number in found.groups() if number is not None))
    short = _JAPANESE_YEARLESS.fullmatch(part)
    if short is None or before is None or before.date is None or len(before.date) != len("YYYY-MM-DD"):
        raise Unreadable(text, "no rule reads this date")
    return gregorian(int(before.date[:4]), int(short[1] or before.date[5:7]), int(short[2]))
