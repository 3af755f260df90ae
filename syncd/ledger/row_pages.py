"""Publication rows in pages, the latest first, each page after a cursor that stays true while rows are added."""

import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from typing import cast

from msgspec import Struct

from syncd.core.events import Publication
from syncd.ledger.contract import Ledger

# When, of which feed, the how manyeth of its rows: rows are never taken away.
Place = tuple[str, str, int]


class RowsPage(Struct, frozen=True):
    """Rows, the latest first. `next` is the cursor of the page that follows, None when there is none."""

    rows: list[Publication]
    next: str | None


class _Placed(Struct, frozen=True, order=True):
    place: Place
    row: Publication


def cursor_place(cursor: str) -> Place:
    """Return the place that a cursor names. Raises ValueError for what is none."""
    at, feed, number = cursor.split("/")
    return at, feed, int(number)


async def rows_before(
    ledger: Ledger, feeds: Iterable[str], before: Place | None, limit: int, *, decisions: bool = False
) -> RowsPage:
    """Return the rows of `feeds` before a place, or the latest, at most `limit`; only decisions, if asked. Raises
    LedgerError."""
    latest: list[_Placed] = []
    for feed in feeds:
        async for place, row in _placed(ledger, feed):
            if (decisions and row.kind != "decision") or (before is not None and place >= before):
                continue
            heapq.heappush(latest, _Placed(place, row))
            if len(latest) > limit + 1:
                heapq.heappop(latest)
    latest.sort(reverse=True)
    shown = latest[:limit]
    last = "/".join(map(str, shown[-1].place)) if shown and len(latest) > limit else None
    return RowsPage([one.row for one in shown], last)


async def _placed(ledger: Ledger, feed: str) -> AsyncIterator[tuple[Place, Publication]]:
    number = 0
    async with aclosing(cast(AsyncGenerator[Publication, None], ledger.publications(feed))) as rows:
        async for row in rows:
            number += 1
            yield (row.at, feed, number), row


async def documents_named(ledger: Ledger) -> AsyncIterator[str]:
    """Yield the SHA-256 of each document that a row or a state of a feed names, once. Raises LedgerError."""
    seen: set[str] = set()
    for feed in await ledger.feeds():
        state = await ledger.state(feed)
        named = {state.document.sha256} if state.document else set()
        named.update(hold.document for hold in state.holds)
        async with aclosing(cast(AsyncGenerator[Publication, None], ledger.publications(feed))) as rows:
            named.update([row.document async for row in rows if row.document])
        for sha256 in named - seen:
            yield sha256
        seen |= named


async def document_at(ledger: Ledger, feed: str, moment: str) -> Publication | None:
    """Return the row of the commit that was the feed's last at `moment` (ISO 8601, UTC), whose document it names; None
    when nothing was known. Raises LedgerError."""
    found: Publication | None = None
    async with aclosing(cast(AsyncGenerator[Publication, None], ledger.publications(feed))) as rows:
        async for row in rows:
            if row.at > moment:
                break
            if row.kind == "commit":
                found = row
    return found
