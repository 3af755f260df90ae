"""The proof that what was said of announcements is whole: sequences and commits without holes, events and rows as they
were committed, links that name changes of the lists, and the pages of the announcements in the archive."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import cast

import msgspec

from syncd.archive import Archive
from syncd.commands.verify import PROBLEMS_MAX, Finding, first_problems, missing_documents
from syncd.core import canonical, codec, seals
from syncd.core.events import Change
from syncd.core.notices.board import LIVE_MAX
from syncd.core.notices.enactments import ACTIONS
from syncd.core.notices.notice import NOTICES, Notice, NoticeEvent, NoticeLink, NoticesState
from syncd.errors import LedgerError
from syncd.ledger.contract import Ledger

_notice = msgspec.json.Decoder(Notice)
# What an announcement begins with; one that was passed over in silence is first told when it is revised.
_FIRST = ("noticed", "revised")


class NoticesAudit:
    """What the events so far come to, and what was wrong with them. `links` are by notice."""

    def __init__(self, state: NoticesState) -> None:
        self.problems: list[str] = []
        self.count = 0
        self.last: dict[str, NoticeEvent] = {}
        self.links: list[tuple[str, NoticeLink]] = []
        self.documents: dict[str, None] = {}
        self.commits: set[int] = set()
        self.sealed: dict[str, str] = {}
        self._state = state
        self._of_channel: dict[str, NoticeEvent] = {}
        self._linked: set[tuple[str, str, int]] = set()

    @property
    def sequences(self) -> dict[str, int]:
        """The sequence of the last event of each channel."""
        return {channel: event.sequence for channel, event in self._of_channel.items()}

    def take(self, event: NoticeEvent) -> None:
        """Check one event against those before it in its channel."""
        self.count += 1
        self.problems += self._problems_of(event)
        self._of_channel[event.channel] = self.last[event.notice.id] = event
        self.commits.add(event.commit)
        if event.notice.document:
            self.documents[event.notice.document] = None
        channel = self._state.channels.get(event.channel)
        if channel is not None and channel.seal and event.sequence > channel.sealed_after:
            self.sealed[event.channel] = seals.of_notice_event(event, self.sealed.get(event.channel, ""))

    def _problems_of(self, event: NoticeEvent) -> Iterator[str]:
        place, before = f"{event.channel}, sequence {event.sequence}", self._of_channel.get(event.channel)
        if event.notice.channel != event.channel:
            yield f"{place}: its notice is of {event.notice.channel}"
        if before and (event.commit < before.commit or event.committed_at < before.committed_at):
            yield f"{place}: it was committed before the one before it"
        if event.notice.id not in self.last and event.type not in _FIRST:
            yield f"{place}: {event.notice.id} was never noticed"
        if event.type == "noticed" and event.notice.id in self.last:
            yield f"{place}: {event.notice.id} is noticed a second time"
        if (event.type == "linked") != bool(event.links) and "links" not in event.elided:
            yield f"{place}: it is {event.type} and has {len(event.links)} links"
        for link in event.links:
            yield from self._problems_of_link(event, link, place)

    def _problems_of_link(self, event: NoticeEvent, link: NoticeLink, place: str) -> Iterator[str]:
        mark = (event.notice.id, link.feed, link.sequence)
        if mark in self._linked:
            yield f"{place}: {event.notice.id} is linked to sequence {link.sequence} of {link.feed} a second time"
        if link not in event.notice.links and not event.elided:
            yield f"{place}: the notice does not have the link"
        self._linked.add(mark)
        self.links.append((event.notice.id, link))


async def verified_notices(ledger: Ledger, archive: Archive | None = None) -> Finding:
    """Hold what was said of announcements against the state, the notices that are kept, and the changes that they are
    linked to; with an `archive`, look for every page that is named. Never raises for what is wrong with the ledger:
    that is a finding. Its `records` are the notices that are kept, its `digest` is over the seals of the channels."""
    audit = NoticesAudit(NoticesState())
    rows: Mapping[str, bytes] = {}
    state, documents = NoticesState(), None
    try:
        state, rows = await ledger.live_notices()
        audit = NoticesAudit(state)
        async with aclosing(cast(AsyncGenerator[NoticeEvent, None], ledger.notices({}))) as events:
            async for event in events:
                if event.sequence <= state.sequences.get(event.channel, 0):
                    audit.take(event)
        audit.problems += _problems_of_state(state, audit)
        audit.problems += _problems_of_rows(rows, audit)
        audit.problems += await _problems_of_links(ledger, state, audit.links)
        audit.problems += await first_problems(ledger.at_odds(NOTICES))
    except (LedgerError, ValueError) as error:
        audit.problems.append(str(error))
    else:
        if archive is not None:
            documents = len(audit.documents)
            audit.problems += await missing_documents(archive, list(audit.documents))
    return Finding(
        feed=NOTICES,
        ok=not audit.problems,
        changes=audit.count,
        commits=state.commit,
        records=len(rows),
        digest=canonical.list_digest({name: one.seal for name, one in state.channels.items() if one.seal}),
        documents=documents,
        problems=tuple(audit.problems[:PROBLEMS_MAX]),
    )


def _problems_of_state(state: NoticesState, audit: NoticesAudit) -> Iterator[str]:
    if audit.sequences != state.sequences:
        yield f"the events end at {audit.sequences}, the state says {state.sequences}"
    absent = sorted(set(range(1, state.commit + 1)) - audit.commits)
    if absent:
        yield f"{len(absent)} of {state.commit} commits have no event; the first is {absent[0]}"
    if audit.commits - set(range(1, state.commit + 1)):
        yield f"an event is of commit {max(audit.commits)}, the state is at {state.commit}"
    for name, channel in state.channels.items():
        if channel.seal and audit.sealed.get(name) != channel.seal:
            yield f"{name}: the events are not those that the state was committed with"
    if any(event.committed_at > state.committed_at for event in audit.last.values()):
        yield "the state is older than the last event"


def _problems_of_rows(rows: Mapping[str, bytes], audit: NoticesAudit) -> Iterator[str]:
    unpack = codec.unpacker()
    for name, packed in rows.items():
        try:
            notice = _notice.decode(unpack(packed))
        except Exception:  # bytes that are no notice, in whatever way
            yield f"notice {name} cannot be read"
            continue
        told = audit.last.get(name)
        if told is None:
            yield f"notice {name} is kept, and was never told"
        elif told.notice != notice and not told.elided:
            yield f"notice {name} is not as it was last told"
    # Too many, and the oldest are let go though they are open.
    if len(rows) < LIVE_MAX:
        lost = [name for name, event in audit.last.items() if event.notice.state == "open" and name not in rows]
        yield from (f"notice {name} is open, and is not kept" for name in lost)


async def _problems_of_links(ledger: Ledger, state: NoticesState, links: Iterable[tuple[str, NoticeLink]]) -> list[str]:
    """Every link names a change that its list has committed."""
    by_feed: dict[str, list[tuple[str, NoticeLink]]] = {}
    for notice, link in links:
        by_feed.setdefault(link.feed, []).append((notice, link))
    known, problems = await ledger.feeds(), list[str]()
    for feed in sorted(by_feed.keys() | state.cursor.keys()):
        end = (await ledger.state(feed)).sequence if feed in known else 0
        if state.cursor.get(feed, 0) > end:
            problems.append(f"{feed} is read beyond its end")
        problems += await _problems_of_feed(ledger, feed, by_feed.get(feed, []), end)
    return problems


async def _problems_of_feed(ledger: Ledger, feed: str, links: list[tuple[str, NoticeLink]], end: int) -> list[str]:
    beyond = [(notice, link) for notice, link in links if not 0 < link.sequence <= end]
    problems = [
        f"{notice}: it is linked to sequence {one.sequence} of {feed}, which ends at {end}" for notice, one in beyond
    ]
    wanted: dict[int, list[tuple[str, NoticeLink]]] = {}
    for notice, link in links:
        if 0 < link.sequence <= end:
            wanted.setdefault(link.sequence, []).append((notice, link))
    if not wanted:
        return problems
    # A baseline, which is most of a list, enacts nothing: reading begins behind it.
    tail = ledger.tail({feed: min(wanted) - 1}, feeds=(feed,))
    async with aclosing(cast(AsyncGenerator[Change, None], tail)) as changes:
        async for change in changes:
            for notice, link in wanted.pop(change.sequence, ()):
                if not _is_of(link, change):
                    problems.append(
                        f"{notice}: sequence {link.sequence} of {feed} is not the change that it is linked to"
                    )
            if not wanted:
                break
    return problems


def _is_of(link: NoticeLink, change: Change) -> bool:
    said = (link.key, link.commit, link.action, link.seen_at)
    return said == (change.key, change.commit, ACTIONS.get(change.type), change.times.observed)
