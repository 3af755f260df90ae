"""Texts that promise a date: what is a day or a time, and what is none."""

import pytest

from syncd.core import times

NONE = (
    None,
    "",
    "soon",
    "0000-09-03",
    "10000-01-01",
    "2025-02-30",
    "2025-9-3",
    "2025-W01-1",
    "20250903",
    "２０２５-09-03",
)


@pytest.mark.parametrize("text", [*NONE, "2025-09-03x", "9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+05:00"])
def test_what_is_no_date_is_none_and_raises_nothing(text: str | None) -> None:
    assert (times.utc_day(text), times.moment(text), times.instant(text), times.days_from(text, "2025-09-03")) == (
        None,
    ) * 4


@pytest.mark.parametrize(
    ("text", "day", "instant"),
    [
        ("2025-09-03", "2025-09-03", "2025-09-03T00:00:00.000000Z"),
        ("2025-09-03T12:30:00Z", "2025-09-03", "2025-09-03T12:30:00.000000Z"),
        ("2025-09-03T22:00:00.5-04:00", "2025-09-04", "2025-09-04T02:00:00.500000Z"),
        ("0999-09-03", "0999-09-03", "0999-09-03T00:00:00.000000Z"),
    ],
)
def test_a_date_is_its_day_and_its_time_in_utc(text: str, day: str, instant: str) -> None:
    assert (times.utc_day(text), times.instant(text)) == (day, instant)


def test_the_latest_and_the_earliest_are_of_those_that_are_dates() -> None:
    assert times.latest_day(*NONE, "2024-01-01", "zzz", "2023-12-31T10:00:00Z") == "2024-01-01"
    assert times.earliest(*NONE, "2024-01-01", "0000-01-01") == "2024-01-01"
    assert times.latest_day(*NONE) is times.earliest(*NONE) is None


@pytest.mark.parametrize(
    ("published", "stated"),
    [("2025-09-04", "2025-09-04T00:00:00.000000Z"), ("2025-09-05", None), ("9999-12-31", None), ("0000-09-03", None)],
)
def test_a_publication_is_dated_at_most_a_day_after_it_was_seen(published: str, stated: str | None) -> None:
    """A publication is not dated more than a day ahead of when it was seen."""
    assert times.stated_time(published, "2025-09-03T23:00:00.000000Z") == stated
