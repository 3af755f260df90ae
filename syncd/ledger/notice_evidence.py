"""The announcements about a record or a list, in a ledger: which changes enact them, and what was known of each."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import cast

from syncd.channels import all_channels
from syncd.core.notices.evidence import EnactedNotice, enacted_notices
from syncd.core.notices.notice import Notice, NoticeEvent
from syncd.ledger.contract import Ledger


async def notices_of_changes(ledger: Ledger, feed: str, keys: Collection[str]) -> dict[int, list[EnactedNotice]]:
    """Return the notices that changes of `feed` to the records under `keys` enact, by the sequence of the change.
    Raises LedgerError."""
    wanted = frozenset(keys)
    async with aclosing(cast(AsyncGenerator[NoticeEvent, None], ledger.linked_notices(feed))) as events:
        found = [event async for event in events if any(link.key in wanted for link in event.links)]
    return enacted_notices(found, feed, wanted)


async def notices_about(ledger: Ledger, feed: str, moment: str) -> list[Notice]:
    """Return each notice that `feed` must show or may show, as it stood at `moment` (ISO 8601, UTC), the latest first.
    Raises LedgerError."""
    channels = {name for name, channel in all_channels().items() if feed in channel.rules.feeds}
    last: dict[str, Notice] = {}
    async with aclosing(cast(AsyncGenerator[NoticeEvent, None], ledger.notices({}))) as events:
        async for event in events:
            if event.channel in channels and event.committed_at <= moment:
                last[event.notice.id] = event.notice
    # What no list shows is no evidence about one.
    found = [notice for notice in last.values() if notice.outcome != "not_listed"]
    return sorted(found, key=lambda notice: (notice.noticed_at, notice.id), reverse=True)
