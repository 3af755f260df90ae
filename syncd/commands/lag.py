"""How long lists follow the acts of their authorities: measured of a ledger's own notices."""

import statistics
from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from msgspec import Struct

from syncd.core.notices.notice import Notice, NoticeEvent
from syncd.core.times import moment

NINE_IN_TEN = 0.9


class Spread(Struct, frozen=True, kw_only=True):
    """A distribution of times in seconds: how many, the median, below what nine in ten lie, the longest."""

    count: int
    median_seconds: float
    p90_seconds: float
    longest_seconds: float


class ChannelLag(Struct, frozen=True, kw_only=True):
    """One channel: how many acts were noticed, enacted, and are open; from the act's own date to the list, from the
    list to its commit, and from the notice to the commit. A list that came before the notice counts as zero."""

    channel: str
    noticed: int
    enacted: int
    open: int
    act_to_list: Spread | None = None
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
    seen = {one.id: min(link.seen_at for link in one.links) for one in enacted}
    return ChannelLag(
        channel=channel,
        noticed=len(notices),
        enacted=len(enacted),
        open=sum(one.state == "open" and one.announcement.expects == "will" for one in notices),
        act_to_list=_spread(_between(one.announcement.published, seen[one.id]) for one in enacted),
        list_to_commit=_spread(_between(seen[one.id], committed.get(one.id)) for one in enacted),
        notice_to_commit=_spread(_between(one.noticed_at, committed.get(one.id)) for one in enacted),
    )


def _between(begin: str | None, end: str | None) -> float | None:
    first, last = moment(begin), moment(end)
    return _seconds(first, last) if first and last else None


def _seconds(first: datetime, last: datetime) -> float:
    return max(0.0, (last - first).total_seconds())


def _spread(times: Iterable[float | None]) -> Spread | None:
    known = sorted(time for time in times if time is not None)
    if not known:
        return None
    return Spread(
        count=len(known),
        median_seconds=statistics.median_low(known),
        p90_seconds=known[min(len(known) - 1, int(NINE_IN_TEN * len(known)))],
        longest_seconds=known[-1],
    )
