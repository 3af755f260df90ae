"""Dates: every notation the lists use, and never a day that nobody published."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.model import PartialDate
from syncd.errors import Unreadable
from syncd.normalise import dates, issued


def on(text: str) -> PartialDate:
    return PartialDate(date=text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1963", (on("1963"),)),
        ("1963 or 1964", (on("1963"), on("1964"))),
        ("12 March 1945; Apr. 1946", (on("1945-03-12"), on("1946-04"))),
        ("circa 1970", (PartialDate(date="1970", circa=True),)),
        ("c. 1965", (PartialDate(date="1965", circa=True),)),
        ("approximately 1970", (PartialDate(date="1970", circa=True),)),
        ("1970 (approximately)", (PartialDate(date="1970", circa=True),)),
        ("Between 1969 and 1971", (PartialDate(start="1969", end="1971"),)),
        ("1969-1971", (PartialDate(start="1969", end="1971"),)),
        ("1958 - 1964", (PartialDate(start="1958", end="1964"),)),
        ("between Aug. and Sep. 1977", (PartialDate(start="1977-08", end="1977-09"),)),
        ("1 Jan 1960 to 31 Dec 1960", (PartialDate(start="1960-01-01", end="1960-12-31"),)),
        ("approximately between 1960 and 1963", (PartialDate(start="1960", end="1963", circa=True),)),
        ("Sep-99", (on("1999-09"),)),
        ("Jan-05", (on("2005-01"),)),
        ("March 5, 1960", (on("1960-03-05"),)),
        ("5th of March 1960", (on("1960-03-05"),)),
        ("4-Jul-1967", (on("1967-07-04"),)),
        ("12.3.1945", (on("1945-03-12"),)),
        ("1966-02-02-05:00", (on("1966-02-02"),)),
        ("born in the early 1970s", (PartialDate(start="1970", end="1979", circa=True, note="early 1970s"),)),
        ("1960s", (PartialDate(start="1960", end="1969"),)),
        ("late 1958", (PartialDate(date="1958", note="late 1958"),)),
        ("24/06/1402 (Hijri Calendar)", (PartialDate(date="1402-06-24", calendar="islamic"),)),
        ("24/06/1402, Hijri", (PartialDate(date="1402-06-24", calendar="islamic"),)),
        ("1960, 1966", (on("1960"), on("1966"))),
        ("12 May 1960, 3 June 1961", (on("1960-05-12"), on("1961-06-03"))),
        ("from 1958", (PartialDate(start="1958", note="from 1958"),)),
        ("1958 or later", (PartialDate(start="1958", note="1958 or later"),)),
        ("before March 1960", (PartialDate(end="1960-03", note="before March 1960"),)),
        ("16-Jul-28", (on("1928-07-16"),)),
        ("Sep-26", (on("1926-09"),)),
        ("Sep-25", (on("2025-09"),)),
    ],
)
def test_what_people_write_in_a_cell_is_read(text: str, found: tuple[PartialDate, ...]) -> None:
    assert dates.partial(text) == found


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Approximately 1960, 1966", (True, True)),
        ("circa 1960 or 1966", (True, True)),
        ("Born circa 1960 or 1966", (True, True)),
        ("1960 or 1966 (approximately)", (True, True)),
        ("1960 or circa 1966", (False, True)),
        ("1960 (approximately) or 1966", (True, False)),
    ],
)
def test_circa_at_an_end_of_a_cell_holds_for_all_its_dates(text: str, about: tuple[bool, ...]) -> None:
    assert tuple(date.circa for date in dates.partial(text)) == about


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2 September 2026", "2026-09-02"),
        ("30.03.2026", "2026-03-30"),
        ("30/3/2026", "2026-03-30"),
        ("2026-03-30T10:00:00+02:00", "2026-03-30"),
        ("24-Feb-26", "2026-02-24"),
        ("24-Feb-99", "1999-02-24"),
    ],
)
def test_the_day_of_an_act_is_read_in_any_notation(text: str, found: str) -> None:
    assert dates.day(text) == found


@pytest.mark.parametrize("text", ["September 2026", "2026", "1 May 2026 or 2 May 2026", "circa 1 May 2026", "soon"])
def test_less_and_more_than_one_day_is_no_day(text: str) -> None:
    with pytest.raises(Unreadable):
        dates.day(text)


def test_a_range_open_at_one_end_stays_open() -> None:
    assert dates.between(on("1958"), None) == PartialDate(start="1958")
    assert dates.between(None, on("1960")) == PartialDate(end="1960")
    with pytest.raises(Unreadable):
        dates.between(None, None)


def test_two_statements_of_one_date_agree_or_are_unreadable() -> None:
    assert dates.agreed(on("1958-04-02"), on("1958")) == on("1958-04-02")
    assert dates.agreed(on("1958"), on("1958-04")) == on("1958-04")
    assert dates.agreed(None, on("1958")) == on("1958")
    for parts in ("1985", "1958-05", "1958-04-03"):
        with pytest.raises(Unreadable):
            dates.agreed(on("1958-04-02"), on(parts))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "31/02/1960",
        "1988-02-30",
        "22281",
        "12/13/1960",
        "1971 to 1969",
        "Foo 1960",
        "12 March",
        "1963 or so",
    ],
)
def test_what_no_rule_reads_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        dates.partial(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12/03/1945", on("1945-03-12")),
        ("dd/mm/1945", on("1945")),
        ("00/00/1945", on("1945")),
        ("XX/XX/1970", on("1970")),
        ("dd/03/1945", on("1945-03")),
        ("03/1945", on("1945-03")),
        ("1945", on("1945")),
        ("12/mm/1945", on("1945")),
        ("dd/mm/9999", None),
        ("dd/99/9999", None),
        ("99/9999", None),
        ("9999", None),
        ("dd/mm/yyyy", None),
    ],
)
def test_letters_zeros_and_nines_stand_for_what_is_unknown(text: str, found: PartialDate | None) -> None:
    assert dates.day_first(text) == found


@pytest.mark.parametrize("text", ["12/03/9999", "03/yyyy", "1945/03/12", "32/01/1990", "12/03/45", ""])
def test_a_day_without_a_year_or_of_no_calendar_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        dates.day_first(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1970年", (on("1970"),)),
        ("1970年3月", (on("1970-03"),)),
        ("1970年3月5日", (on("1970-03-05"),)),
        ("2002.3.1", (on("2002-03-01"),)),
        ("1941/8/20", (on("1941-08-20"),)),
        ("1970年頃", (PartialDate(date="1970", circa=True),)),
        ("1969年～1971年", (PartialDate(start="1969", end="1971"),)),
        ("1963年又は1964年", (on("1963"), on("1964"))),
    ],
)
def test_japanese_notations_are_read(text: str, found: tuple[PartialDate, ...]) -> None:
    assert dates.japanese(text) == found


def test_a_long_text_is_no_date_however_it_begins() -> None:
    with pytest.raises(Unreadable):
        dates.partial("1970 or " * 1_000)


def test_a_spreadsheet_counts_days_from_1900() -> None:
    assert dates.excel_serial(36_404) == on("1999-09-01")
    assert dates.excel_serial(36_404.75) == on("1999-09-01")
    for number in (0, 60, -1, 80_001, float("nan")):
        with pytest.raises(Unreadable):
            dates.excel_serial(number)


def test_the_day_of_a_time_is_the_day_that_was_written() -> None:
    assert dates.iso_day("2016-03-07T23:06:25.399-05:00") == "2016-03-07"
    assert dates.iso_day("2015-09-29-04:00") == "2015-09-29"
    for text in ("2016-03", "2016", "7 March 2016"):
        with pytest.raises(Unreadable):
            dates.iso_day(text)


def test_an_islamic_date_keeps_its_own_numbers() -> None:
    assert dates.islamic(1402, 6, 24) == PartialDate(date="1402-06-24", calendar="islamic")
    assert dates.islamic(1402) == PartialDate(date="1402", calendar="islamic")
    for numbers in ((1960, 1, 1), (1402, 13, 1), (1402, 1, 31), (1402, None, 3)):
        with pytest.raises(Unreadable):
            dates.islamic(*numbers)


@given(st.integers(1000, 2999))
def test_a_year_alone_never_becomes_the_first_of_january(year: int) -> None:
    year_alone = on(f"{year}")
    assert (
        dates.of(year) == dates.iso(f"{year}") == dates.day_first(f"dd/mm/{year}" if year < 9999 else "") == year_alone
    )
    assert dates.partial(f"{year}") == dates.japanese(f"{year}年") == (year_alone,)


@given(st.integers(1000, 2999), st.integers(1, 12))
def test_a_month_alone_never_becomes_its_first_day(year: int, month: int) -> None:
    alone = on(f"{year}-{month:02}")
    assert dates.of(year, month) == dates.iso(f"{year}-{month:02}") == dates.day_first(f"{month:02}/{year}") == alone
    assert dates.japanese(f"{year}年{month}月") == (alone,)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_every_notation_of_a_day_gives_that_day(day: date) -> None:
    whole = on(day.isoformat())
    numbers = f"{day.day:02}/{day.month:02}/{day.year}"
    assert dates.iso(day.isoformat()) == dates.day_first(numbers) == whole
    assert dates.partial(f"{day.day} {day:%B} {day.year}") == dates.partial(day.isoformat()) == (whole,)
    assert dates.japanese(f"{day.year}.{day.month}.{day.day}") == (whole,)


@given(st.integers(61, 80_000))
def test_a_serial_number_and_its_day_agree(number: int) -> None:
    assert dates.excel_serial(number).date == (date(1899, 12, 30) + timedelta(days=number)).isoformat()


_WRITTEN = (
    "1969|1971|12|31|02|/|-|.| |or|and|between|circa|Sep|March|to|s|dd|mm|9999|born in|early|(Hijri)|;|1402|年|月|頃|～"
)
_PIECES = st.sampled_from(_WRITTEN.split("|"))
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=8).map(" ".join), st.lists(_PIECES, max_size=8).map("".join))


@given(_TEXTS)
def test_any_text_gives_dates_no_more_exact_than_it_or_is_unreadable(text: str) -> None:
    numbers = {int(digits) for digits in re.findall(r"\d+", text)}
    for read in (
        dates.partial,
        dates.japanese,
        lambda value: (dates.iso(value),),
        lambda value: (dates.day_first(value),),
    ):
        try:
            found = [value for value in read(text) if value is not None]
        except Unreadable:
            continue
        for value in found:
            for end in (value.date, value.start, value.end):
                day = re.fullmatch(r"\d{4}-\d{2}-(\d{2})", end or "")
                assert day is None or int(day[1]) in numbers


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("1991-08-08", "1991-08-08"),
        ("8 August 1991", "1991-08-08"),
        ("8th August, 1991", "1991-08-08"),
        ("8. Aug. 1991", "1991-08-08"),
        ("8-Aug-1991", "1991-08-08"),
        ("08/08/1991", "1991-08-08"),
        ("8.8.1991", "1991-08-08"),
        ("August 1991", "1991-08"),
        ("1991", "1991"),
    ],
)
def test_a_date_that_is_found_in_a_sentence_is_read(written: str, date: str) -> None:
    (found,) = re.findall(dates.IN_A_SENTENCE, f"No. 12345678, of {written}; in Jordan (A 19915)")
    assert dates.partial(found) == (on(date),)
    assert (issued.issued_on(f"issued on {written}."), issued.expires_on(f"expires {written}")) == (on(date),) * 2
