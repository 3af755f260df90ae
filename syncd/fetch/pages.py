"""A list that is several documents, put together to one: whole, or not at all.

A page knows nothing of the others. While they are asked for one after the other the publisher may add or take away an
entry: then one stands on two pages, or on none. So the entries of a part must be as many as each of its pages says,
each once; and a part of several pages is read twice, until two readings in a row are the same. One that goes on
changing is refused, and asked for again with the next poll.
"""

import asyncio
from collections.abc import Awaitable, Callable

from syncd.errors import DocumentRefused
from syncd.feeds.contract import PagedPart, Pages

PAGES_MAX = 200
READINGS_MAX = 4

Asking = Callable[[str, PagedPart], Awaitable[bytes]]


async def whole_document(pages: Pages, ask: Asking) -> bytes:
    """Return the one document of all pages; `ask(query, part)` returns the body of one, or raises.

    Raises DocumentRefused when a part contradicts itself or goes on changing, and what `ask` and `pages.read` raise.
    """
    entries = [entry for part in pages.parts for entry in await _settled(pages, part, ask)]
    return b'{"items":[' + b",".join(entries) + b"]}"


async def _settled(pages: Pages, part: PagedPart, ask: Asking) -> list[bytes]:
    """The entries of a part in order of their ids, as two readings in a row have them."""
    found, count = await _reading(pages, part, ask)
    if count == 1:
        return found
    for _ in range(READINGS_MAX - 1):
        again, _ = await _reading(pages, part, ask)
        if again == found:
            return found
        found = again
    raise DocumentRefused(f"pages of {part.name} that differed in each of {READINGS_MAX} readings")


async def _reading(pages: Pages, part: PagedPart, ask: Asking) -> tuple[list[bytes], int]:
    """The entries in order of their ids, and on how many pages they stood."""
    entries: dict[str, bytes] = {}
    totals: list[int] = []
    while len(totals) < PAGES_MAX:
        page = await asyncio.to_thread(pages.read, await ask(part.query.format(skip=len(entries)), part))
        totals.append(page.total)
        if page.total != totals[0]:
            raise DocumentRefused(f"pages of {part.name} that speak of {totals[0]} entries, and of {page.total}")
        for id_, entry in page.entries:
            if id_ in entries:
                raise DocumentRefused(f"pages of {part.name} in which the entry {id_} stands twice")
            entries[id_] = entry
        if not page.entries or len(entries) >= page.total:
            break
    if len(entries) != totals[0]:
        raise DocumentRefused(f"pages of {part.name} with {len(entries)} entries, where they speak of {totals[0]}")
    return [entries[id_] for id_ in sorted(entries)], len(totals)
