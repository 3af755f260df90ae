"""From which day a designation counts, whatever its publisher wrote."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from syncd.core.coordination.coordinator import Rules
from syncd.core.events import Times
from syncd.core.model import Record
from tests.core.histories import Lists, Told, date, key, record, said, when
from tests.core.published import changes

NO_DATES = ("0000-09-03", "10000-01-01", "soon", "", "2026-02-30", "9999-99-99", "２０２６-03-02")
LONG_AGO = -6900


def written(authority: str, text: str) -> Record:
    one = record(authority)
    return replace(one, listings=tuple(replace(listing, listed_on=text) for listing in one.listings))


def late(day: float, *, published: str | None = None) -> dict[str, object]:
    return {"times": Times(observed=when(day), listed=date(LONG_AGO), published=published, backdated=True)}


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_stops_nothing_and_the_day_of_the_commit_serves(text: str) -> None:
    lists, told = Lists(), Told()
    lists.baseline(written("ca", text))
    lists.designate(written("us", text), 0.1)
    lists.designate(record("uk", listed=1), 1.1)
    assert said(told.read(lists.changes)).count("coordination.started") == 1
    us = next(one for one in told.events[-1].participations if one.authority == "us")
    assert us.listed_on == date(0)
    told.restart()
    assert told.read([lists.designate(record("eu", listed=2), 2.1)])


def test_a_date_far_ahead_counts_from_when_it_was_seen() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=4000), 0.1)
    lists.designate(record("uk", listed=4001), 300.1)
    assert said(told.read(lists.changes)) == ["target.linked"]
    lists.designate(record("eu", listed=301), 301.1)
    started = next(one for one in told.read(lists.changes[2:]) if one.type == "coordination.started")
    assert [(one.authority, one.counted_on) for one in started.participations] == [("uk", date(300)), ("eu", None)]


def test_two_back_dated_listings_seen_at_different_times_are_no_coordination() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("un", listed=LONG_AGO), 0.1, **late(0.1))
    lists.designate(record("us", listed=LONG_AGO), 150.1, **late(150.1))
    assert said(told.read(lists.changes)) == ["target.linked"]


def test_the_publications_day_decides_and_not_when_both_were_read() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("un", listed=LONG_AGO), 150.1, **late(150.1, published=date(0)))
    lists.designate(record("us", listed=LONG_AGO), 150.2, **late(150.2, published=date(150)))
    assert said(told.read(lists.changes)) == ["target.linked"]


def test_back_dated_listings_within_the_window_say_both_dates() -> None:
    """Back dated listings published within the window are one and say both dates."""
    lists, told = Lists(), Told()
    lists.designate(record("un", listed=LONG_AGO), 0.1, **late(0.1))
    lists.designate(record("us", listed=LONG_AGO), 4.1, **late(4.1))
    told.read(lists.changes)
    started = next(one for one in told.events if one.type == "coordination.started")
    assert [(one.listed_on, one.counted_on) for one in started.participations] == [
        (date(LONG_AGO), date(0)),
        (date(LONG_AGO), date(4)),
    ]
    assert f"(un_sc:1, {date(0)}, dated {date(LONG_AGO)})" in started.explanation


def test_a_back_dated_listing_does_not_join_what_happened_on_its_date() -> None:
    lists, told = Lists(), Told(Rules(alliances={}))
    lists.designate(record("us", listed=0), 0.1)
    lists.designate(record("uk", listed=1), 1.1)
    times = Times(observed=when(200), listed=date(0), backdated=True)
    lists.designate(record("eu", listed=0), 200.1, times=times)
    told.read(lists.changes)
    (coordination,) = told.of(key("eu", 1)).coordinations
    assert {one.authority for one in coordination.participations} == {"us", "uk"}


def test_a_publications_date_before_the_listings_own_does_not_count() -> None:
    lists, told = Lists(), Told()
    lists.designate(record("us", listed=LONG_AGO), 0.1, **late(0.1, published="1970-01-01"))
    told.read(lists.changes)
    assert told.of(key("us", 1)).members[0].periods[0].counted_on == date(0)


@pytest.mark.shared
def test_snapback_by_the_un_starts_nothing_with_australia_later(shared: Path) -> None:
    """The UN's list of 20 November 2025 and Australia's of 27 April 2026 have 121 entries of 2006 to 2010 anew. Four
    designations of 2025 are both lists' own acts."""
    un, au = shared / "feeds/un_sc", shared / "feeds/au_dfat"
    told = Told()
    told.read(
        [
            *changes("un_sc", [un / "2025-05-31__consolidated.xml.bz2", un / "2025-11-20__un_consolidated.xml.bz2"]),
            *changes(
                "au_dfat",
                [
                    au / "2024-12-17__regulation8_consolidated.xlsx",
                    au / "2026-04-27__Australian_Sanctions_Consolidated_List.xlsx",
                ],
            ),
        ]
    )
    started = [one for one in told.events if one.type == "coordination.started"]
    assert sorted({one.listed_on for each in started for one in each.participations}) == ["2025-07-08", "2025-10-17"]
    assert len(started) == 4
