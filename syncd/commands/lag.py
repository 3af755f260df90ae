"""How long lists follow the acts of their authorities: measured of a ledger's own notices.

Most authorities state the day of an act and no hour: from it to the list there are whole days, and no seconds.
"""

import math
import statistics
from collections.abc import AsyncIterator, Iterable

from msgspec import Struct

from syncd.core.notices.notice import Notice, NoticeEvent
from syncd.core.times import days_from, moment

NINE_IN_TEN = 0.9
DAY_CHARACTERS = len("2026-01-31")


class Spread(Struct, frozen=True, kw_only=True):
    """A distribution of times in seconds: how many, the median, within what nine in ten lie, the longest."""

    count: int
    median_seconds: float
    p90_seconds: float
    longest_seconds: float


class DaySpread(Struct, frozen=True, kw_only=True):
    """A distribution of days by the calendar in UTC, for acts of which the day alone is stated."""

    count: int
    median_days: int
    p90_days: int
    longest_days: int


class ChannelLag(Struct, frozen=True, kw_only=True):
    """One channel: how many acts were noticed, enacted, and are open; from the act to the list, from the list to its
    commit, and from the notice to the commit. A list that came first counts as zero.

    `act_to_list_days` is of acts that state a day, `act_to_list` of those that state a time: neither has the others.
    """

    channel: str
    noticed: int
    enacted: int
    open: int
    act_to_list: Spread | None = None
    act_to_list_days: DaySpread | None = None
    list_to_commit: Spread | None = None
    notice_to_commit: Spread | None = None


async def measured_lags(events: AsyncIterator[NoticeEvent]) -> list[ChannelLag]:
    """Return the lags of each channel, of all that `events` say."""
    last: dict[str, Notice] = {}
    committed: dict[str, str] = {}
    async for event in events:
        last[event.notice.id] = event.notice
        if event.type == "linked":
            committed.setdefault(event.notice.id, event.committed_at)
    channels = sorted({notice.channel for notice in last.values()})
    return [_lag(name, [one for one in last.values() if one.channel == name], committed) for name in channels]


def _lag(channel: str, notices: list[Notice], committed: dict[str, str]) -> ChannelLag:
    enacted = [one for one in notices if one.outcome == "enacted"]
    # What was linked by programme and date alone has enacted nothing.
    seen = {one.id: min(link.seen_at for link in one.links if link.grade != "possible") for one in enacted}
    return ChannelLag(
        channel=channel,
        noticed=len(notices),
        enacted=len(enacted),
        open=sum(one.state == "open" and one.announcement.expects == "will" for one in notices),
        act_to_list=_spread(_between(_time(one), seen[one.id]) for one in enacted),
        act_to_list_days=_day_spread(days_from(_day(one), seen[one.id]) for one in enacted),
        list_to_commit=_spread(_between(seen[one.id], committed.get(one.id)) for one in enacted),
        notice_to_commit=_spread(_between(one.noticed_at, committed.get(one.id)) for one in enacted),
    )


def _day(notice: Notice) -> str | None:
    """The act's date where it is a day alone."""
    published = notice.announcement.published
    return published if published and len(published) == DAY_CHARACTERS else None


def _time(notice: Notice) -> str | None:
    """The act's date where it has a time."""
    return None if _day(notice) else notice.announcement.published


def _between(begin: str | None, end: str | None) -> float | None:
    first, last = moment(begin), moment(end)
    return max(0.0, (last - first).total_seconds()) if first and last else None


def _spread(times: Iterable[float | None]) -> Spread | None:
    known = sorted(time for time in times if time is not None)
    if not known:
        return None
    return Spread(
        count=len(known),
        median_seconds=statistics.median_low(known),
        p90_seconds=known[_nine_in_ten(len(known))],
        longest_seconds=known[-1],
    )


def _day_spread(days: Iterable[int | None]) -> DaySpread | None:
    known = sorted(max(0, one) for one in days if one is not None)
    if not known:
        return None
    return DaySpread(
        count=len(known),
        median_days=statistics.median_low(known),
        p90_days=known[_nine_in_ten(len(known))],
        longest_days=known[-1],
    )


def _nine_in_ten(count: int) -> int:
    """The place of the smallest of `count` sorted values within which nine in ten lie."""
    return math.ceil(NINE_IN_TEN * count) - 1
