"""The answers of `/api/records`: pages of the lists, one record at a time, its history."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from syncd.concurrency import in_thread
from syncd.core import codec
from syncd.core.coordination.target import feed_of
from syncd.core.events import Publication
from syncd.core.model import Address, Kind, Listing, Name, Place
from syncd.core.record_history import HistoryEntry
from syncd.core.search import NOTICE, query_of
from syncd.core.state import Stored
from syncd.core.times import iso
from syncd.ledger.contract import Ledger
from syncd.ledger.one_record import NoSuchRecord, NotKnownYet, history_of_record, known_record, target_of_record
from syncd.web.follower import PUBLICATIONS_KEPT, Follower
from syncd.web.lines import NAME_CHARACTERS_MAX, PATHS_MAX, clipped
from syncd.web.openapi import HistoryPage, RecordAnswer, RecordLine, RecordsPage, SearchAnswer
from syncd.web.problems import Unanswered

# One request looks at so many records; a page of a rare filter may be short, and its cursor goes on.
LOOKED_AT_MAX: Final = 5_000
READ_AT_ONCE: Final = 500
HISTORY_BYTES_MAX: Final = 8_000_000

Given = Mapping[str, Any]


class _Outline(Struct, frozen=True, kw_only=True):
    """The part of a record by which it is chosen and shown in a line: the rest is not decoded."""

    kind: Kind = "unknown"
    names: tuple[Name, ...] = ()
    listings: tuple[Listing, ...] = ()
    nationalities: tuple[str, ...] = ()
    citizenships: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    birth_places: tuple[Place, ...] = ()

    @property
    def all_countries(self) -> tuple[str, ...]:
        stated = (*self.nationalities, *self.citizenships, *self.countries)
        places = [address.country for address in self.addresses] + [place.country for place in self.birth_places]
        return tuple(dict.fromkeys((*stated, *filter(None, places))))

    @property
    def programmes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for listing in self.listings for name in listing.programmes))


_outlines: Final = msgspec.json.Decoder(_Outline)


class RecordAnswers:
    """The answers about records, from the ledger that `follower` lends."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def answers(self) -> dict[str, Callable[[Given], Awaitable[Struct]]]:
        """Return each answer by the name of its endpoint."""
        return {"records": self.page, "record": self.record, "history": self.history, "search": self.search}

    async def page(self, given: Given) -> RecordsPage:
        """Return the records that follow the cursor `after` and are as asked. Raises Unanswered."""
        async with self._follower.reading() as ledger:
            feeds = [given["feed"]] if given["feed"] else await ledger.feeds()
            return await self._page(ledger, feeds, given)

    async def _page(self, ledger: Ledger, feeds: Iterable[str], given: Given) -> RecordsPage:
        after, limit, looked_at = given["after"], given["limit"], 0
        if after and feed_of(after) not in self._follower.feeds:
            raise Unanswered(HTTPStatus.BAD_REQUEST, "after is no cursor: give `next` of the page before")
        found: list[RecordLine] = []
        for feed in sorted(feed for feed in feeds if feed >= feed_of(after)):
            least = await self._first_sequence(ledger, feed, given["since"]) if given["since"] else 0
            last = after if feed_of(after) == feed else ""
            while rows := await ledger.stored(feed, after=last, most=READ_AT_ONCE):
                lines = await in_thread(partial(_lines, rows, given, least), "records")
                room = limit - len(found)
                if len(lines) > room or looked_at + len(rows) > LOOKED_AT_MAX:
                    found += lines[:room]
                    # A full page ends at its last record, also where the batch before it filled the page.
                    return RecordsPage(records=found, next=found[-1].key if len(lines) > room else rows[-1][0])
                found += lines
                looked_at += len(rows)
                last = rows[-1][0]
        return RecordsPage(records=found, next=None)

    async def _first_sequence(self, ledger: Ledger, feed: str, since: str) -> int:
        """Return the sequence of the first change of `feed` that was committed at `since` or later."""
        rows: Iterable[Publication] = self._follower.publications.get(feed, ())
        kept = tuple(rows)
        if len(kept) >= PUBLICATIONS_KEPT and kept[0].at > since:
            async with aclosing(cast(AsyncGenerator[Publication, None], ledger.publications(feed))) as every:
                kept = tuple([row async for row in every if row.first_sequence is not None])
        firsts = (row.first_sequence for row in kept if row.first_sequence is not None and row.at >= since)
        return min(firsts, default=self._follower.sequence(feed) + 1)

    async def search(self, given: Given) -> SearchAnswer:
        """Return the records that answer a question best. Raises Unanswered, LedgerError."""
        try:
            query = query_of(
                given["q"],
                birth=given["birth"],
                country=given["country"],
                kind=given["kind"] or None,
                delisted=given["delisted"],
            )
        except ValueError as error:
            raise Unanswered(HTTPStatus.BAD_REQUEST, str(error)) from error
        found = await self._follower.search.find(query, given["limit"])
        return SearchAnswer(
            notice=NOTICE, records=found.records, more=found.is_more, hits=found.hits, ended=found.ended
        )

    async def record(self, given: Given) -> RecordAnswer:
        """Return what was known of a record at a time, or is known now, then with its target. Raises Unanswered."""
        now = iso(self._follower.now())
        key, moment = given["key"], given["at"] or now
        if moment > now and moment[:10] > now[:10]:
            raise Unanswered(HTTPStatus.BAD_REQUEST, "at is still to come: nobody knows yet what will be known then")
        # Of a day alone the time is its end, and of today nobody knows more than until now.
        moment = min(moment, now)
        async with self._follower.reading() as ledger:
            try:
                found = await known_record(ledger, key, moment, is_now=not given["at"])
            except (NoSuchRecord, NotKnownYet) as error:
                raise Unanswered(HTTPStatus.NOT_FOUND, str(error)) from error
            target = None if given["at"] else await target_of_record(ledger, key)
        return RecordAnswer(record=found, target=target)

    async def history(self, given: Given) -> HistoryPage:
        """Return the changes of a record after the place `after`, oldest first. Raises Unanswered."""
        key, after, limit = given["key"], given["after"], given["limit"]
        async with self._follower.reading() as ledger:
            try:
                entries = await history_of_record(ledger, key)
            except NoSuchRecord as error:
                raise Unanswered(HTTPStatus.NOT_FOUND, str(error)) from error
        shown: list[HistoryEntry] = []
        size = 0
        for entry in entries[after : after + limit]:
            size += len(msgspec.json.encode(entry))
            if shown and size > HISTORY_BYTES_MAX:
                break
            shown.append(entry)
        end = after + len(shown)
        return HistoryPage(key=key, changes=shown, next=end if end < len(entries) else None)


def _lines(rows: Iterable[tuple[str, Stored]], given: Given, least: int) -> list[RecordLine]:
    """Return the lines of those records of `rows` that are as asked and whose last change has the sequence `least` or a
    later one."""
    unpack = codec.unpacker()
    found = []
    for key, stored in rows:
        if stored.sequence < least or (stored.status != "listed" and not given["delisted"]):
            continue
        outline = _outlines.decode(unpack(stored.body))
        if _is_asked_for(outline, given):
            found.append(record_line(key, stored, outline))
    return found


def _is_asked_for(outline: _Outline, given: Given) -> bool:
    if given["kind"] and outline.kind != given["kind"]:
        return False
    if given["country"] and given["country"] not in outline.all_countries:
        return False
    wanted = given["programme"].casefold()
    named = (*outline.programmes, *(listing.list for listing in outline.listings))
    return not wanted or any(wanted == name.casefold() for name in named)


def record_line(key: str, stored: Stored, outline: _Outline) -> RecordLine:
    """Return the line of a record."""
    listed = (listing.listed_on for listing in outline.listings if listing.listed_on)
    return RecordLine(
        key=key,
        feed=feed_of(key),
        status=stored.status,
        name=clipped(outline.names[0].full, NAME_CHARACTERS_MAX) if outline.names else "",
        kind=outline.kind,
        countries=outline.all_countries[:PATHS_MAX],
        programmes=outline.programmes[:PATHS_MAX],
        listed_on=min(listed, default=None),
        since=stored.since,
        until=stored.until,
        successor=stored.successor,
        sequence=stored.sequence,
        digest=stored.digest,
    )
