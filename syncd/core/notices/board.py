"""The board: what channels show and what lists commit in; what is said of notices, out. Pure.

Theory of operation
===================

**What is a notice.** The first reading of a channel is a baseline and says nothing. After it, an announcement that was
not seen before is `noticed`, one that says something else than before is `revised`, and one that is no longer shown is
nothing: a page that disappears is not a delisting. Items that are old when they are first seen, or more at once than an
authority makes, are a channel that was rebuilt: they are taken as seen, in silence, and counted.

**Links.** A notice is compared with every change that was committed since two days before it, and with all that follow
while it is open. So it does not matter which of the two came first. What was committed within the last two days is kept
in memory and is not in the state: the cursor stands before it, and who takes over reads it again. A link is made once,
since a notice remembers the changes that it is linked to.

**Time.** A deadline is judged by the authority's own date where that is later told than the day allows for: a step
counts from the end of the day that the announcement bears, or from when it was noticed, whichever is earlier. Each step
is said once. What may or will never appear on a list is never overdue.

**The end.** A notice is settled when all that it announces is enacted; when no list shows such acts, at once; when the
last step passed and a list only might have shown it; or when half a year went by.

A draft that could not be written cannot be taken back: make a new board from the rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from syncd.core import codec, seals
from syncd.core.events import Change
from syncd.core.notices.bounds import bounded, fitted_notice
from syncd.core.notices.enactments import Enactment, enactment_of
from syncd.core.notices.linking import MarkIndex, is_enacted, link_of
from syncd.core.notices.notice import (
    AnnouncedAct,
    ChannelState,
    Notice,
    NoticeEvent,
    NoticeLink,
    NoticesCommit,
    NoticesState,
    NoticeType,
    Outcome,
    announced_digest,
)
from syncd.core.times import iso, moment

LOOKBACK = timedelta(days=2)
KEPT_AFTER = timedelta(days=30)
GIVEN_UP_AFTER = timedelta(days=180)
SEEN_MAX = 400
LINKS_MAX = 1000
LIVE_MAX = 2000
# In the place of the digest of an announcement whose page was not read.
NOT_READ = ""

_notice = msgspec.json.Decoder(Notice)
_encode = msgspec.json.Encoder().encode


class ChannelRules(Struct, frozen=True, kw_only=True):
    """What the board goes by of a channel: which lists enact what it announces, after how many hours without them it is
    overdue, how long after an announcement a name alone still links, from which age an item that is new is none, and
    how many new items at once no authority makes. `reader_version` rises when the same pages are read differently: that
    is no revision."""

    id: str
    feeds: tuple[str, ...]
    overdue_hours: tuple[int, ...]
    names_days: int = 2
    old_days: int = 14
    flood: int = 30
    reader_version: int = 1


class Unannounced(Struct, frozen=True, kw_only=True):
    """A commit that designates, of which no channel of its list said anything for two days."""

    feed: str
    commit: int
    designations: int


class ChannelReading(Struct, frozen=True, kw_only=True):
    """What one reading of a channel came to. `passed_over` items were taken as seen: `why` says whether they are the
    channel's `baseline`, `old`, or a `flood`; empty when there were none."""

    noticed: int = 0
    revised: int = 0
    passed_over: int = 0
    why: str = ""


class NoticeBoard:
    """`read` what channels show and `take` changes, `draft` what follows, write it. `rows` are packed notices."""

    def __init__(self, state: NoticesState, rows: Mapping[str, bytes], rules: Iterable[ChannelRules]) -> None:
        unpack = codec.unpacker()
        self._state = state
        self._rules = {one.id: one for one in rules}
        self._watched = frozenset(feed for one in self._rules.values() for feed in one.feeds)
        self._notices = {name: _notice.decode(unpack(row)) for name, row in rows.items()}
        self._index = MarkIndex()
        self._channels = dict(state.channels)
        self._recent: dict[str, dict[int, Enactment]] = {}
        self._announced: set[tuple[str, int]] = set()
        self._read_to = dict(state.cursor)
        self._new_links: dict[str, list[NoticeLink]] = {}
        self._said: list[tuple[NoticeType, str]] = []
        self._touched: set[str] = set()
        for notice in self._notices.values():
            self._index.put(notice.id, notice.announcement)
            self._announced |= {(link.feed, link.commit) for link in notice.links}

    @property
    def state(self) -> NoticesState:
        """The state as last drafted."""
        return self._state

    @property
    def read_to(self) -> Mapping[str, int]:
        """Of each list, the sequence of the last change that was taken."""
        return self._read_to

    @property
    def notices(self) -> Mapping[str, Notice]:
        """The notices that are kept, by id: those that are open, and those settled within a month."""
        return self._notices

    def is_seen(self, channel: str, identity: str) -> bool:
        """Whether the channel showed an announcement with this id before."""
        return identity in self._channels.get(channel, ChannelState()).seen

    def is_baselined(self, channel: str) -> bool:
        """Whether the channel was read before."""
        return bool(self._channels.get(channel, ChannelState()).baselined_at)

    def read(
        self,
        channel: str,
        shown: Sequence[AnnouncedAct],
        now: datetime,
        documents: Mapping[str, str] | None = None,
        bare: Collection[str] = (),
    ) -> ChannelReading:
        """Take what a channel shows, newest or oldest first; returns what that came to. `documents` are the SHA-256 of
        the pages that were read, by announcement; `bare` are those whose page is still to be read: when they are passed
        over now, what their page says then is no revision."""
        rules = self._rules[channel]
        before = _as_read_now(self._channels.get(channel, ChannelState()), rules)
        items = {one.id: bounded(one) for one in shown}
        seen = {name: announced_digest(one) for name, one in items.items()}
        fresh = [name for name in items if name not in before.seen]
        changed = [name for name in items if before.seen.get(name, seen[name]) not in (seen[name], NOT_READ)]
        why = _why_silent(before, len(fresh), rules)
        silent = fresh if why else [name for name in fresh if _is_old(items[name], now, rules.old_days)]
        seen |= dict.fromkeys(set(silent) & set(bare), NOT_READ)
        for name in fresh if not why else ():
            if name not in silent:
                self._notice(channel, items[name], now)
        for name in changed:
            self._revise(channel, items[name], now)
        self._keep_documents(channel, documents or {})
        self._channels[channel] = replace(
            before,
            baselined_at=before.baselined_at or iso(now),
            news_at=iso(now) if fresh or not before.news_at else before.news_at,
            seen=_latest({**{name: one for name, one in before.seen.items() if name not in seen}, **seen}),
        )
        noticed = len(fresh) - len(silent)
        return ChannelReading(
            noticed=noticed, revised=len(changed), passed_over=len(silent), why=why or ("old" if silent else "")
        )

    def _keep_documents(self, channel: str, documents: Mapping[str, str]) -> None:
        for identity, sha256 in documents.items():
            name = f"{channel}:{identity}"
            if name in self._touched:
                self._notices[name] = replace(self._notices[name], document=sha256)

    def _notice(self, channel: str, announcement: AnnouncedAct, now: datetime) -> None:
        is_apart = announcement.expects == "never"
        notice = Notice(
            id=f"{channel}:{announcement.id}",
            channel=channel,
            announcement=announcement,
            noticed_at=iso(now),
            state="settled" if is_apart else "open",
            settled_at=iso(now) if is_apart else None,
            outcome="not_listed" if is_apart else None,
        )
        self._put(notice)
        self._said.append(("noticed", notice.id))
        self._look_back(notice)

    def _revise(self, channel: str, announcement: AnnouncedAct, now: datetime) -> None:
        name = f"{channel}:{announcement.id}"
        before = self._notices.get(name)
        if before is None:
            # Settled long ago, or never told: what it says now is told from here on.
            before = Notice(id=name, channel=channel, announcement=announcement, noticed_at=iso(now))
        revised = replace(before, announcement=announcement, revision=before.revision + 1)
        self._put(_judged(replace(revised, state="open", settled_at=None, outcome=None), now))
        self._said.append(("revised", name))
        self._look_back(self._notices[name])

    def _look_back(self, notice: Notice) -> None:
        for feed in self._rules[notice.channel].feeds:
            for found in self._recent.get(feed, {}).values():
                self._try(notice.id, found)

    def take(self, changes: Iterable[Change]) -> None:
        """Take committed changes, in order within a list."""
        for change in changes:
            if change.feed not in self._watched:
                continue
            self._read_to[change.feed] = change.sequence
            found = enactment_of(change)
            if found is None:
                continue
            self._recent.setdefault(found.feed, {})[found.sequence] = found
            for name in self._index.bearing(found):
                self._try(name, found)

    def _try(self, name: str, found: Enactment) -> None:
        notice, rules = self._notices[name], self._rules_of(self._notices[name])
        if found.feed not in rules.feeds or notice.outcome not in (None, "enacted") or len(notice.links) >= LINKS_MAX:
            return
        if any((link.feed, link.sequence) == (found.feed, found.sequence) for link in notice.links):
            return
        link = link_of(notice, self._index.marks(name), found, rules.names_days)
        if link is None:
            return
        self._announced.add((found.feed, found.commit))
        self._put(replace(notice, links=(*notice.links, link)), is_same=True)
        self._new_links.setdefault(name, []).append(link)

    def _rules_of(self, notice: Notice) -> ChannelRules:
        return self._rules.get(notice.channel) or ChannelRules(id=notice.channel, feeds=(), overdue_hours=())

    def _put(self, notice: Notice, *, is_same: bool = False) -> None:
        self._notices[notice.id] = notice
        self._touched.add(notice.id)
        if not is_same:
            self._index.put(notice.id, notice.announcement)

    def next_due(self) -> datetime | None:
        """When the next notice is overdue or given up; None when none is open."""
        return min((at for one in self._notices.values() if (at := self._due(one))), default=None)

    def _due(self, notice: Notice) -> datetime | None:
        if notice.state != "open":
            return None
        begin, rules = _begin(notice), self._rules_of(notice)
        last = max(rules.overdue_hours, default=24)
        if notice.announcement.expects != "will":
            return begin + timedelta(hours=last)
        left = [hours for hours in rules.overdue_hours if hours > notice.overdue_hours]
        return begin + timedelta(hours=min(left)) if left else begin + GIVEN_UP_AFTER

    def draft(self, now: datetime) -> NoticesCommit | None:
        """Return the commit that says all that follows by `now`; None when there is nothing to write."""
        now = max(now, moment(self._state.committed_at) or now)
        before = self._state
        events = self._events(now)
        rows = self._rows(now)
        state = NoticesState(
            commit=before.commit + (1 if events else 0),
            committed_at=iso(now),
            cursor=self._cursor(now),
            channels=self._channels,
            live=len(self._notices),
        )
        is_same = (state.channels, state.cursor) == (before.channels, before.cursor)
        if not events and not rows and is_same:
            return None
        self._state = replace(state, channels=dict(state.channels))
        return NoticesCommit(state=self._state, events=events, notices=rows)

    def _events(self, now: datetime) -> tuple[NoticeEvent, ...]:
        events = [self._event(kind, self._notices[name], now) for kind, name in self._said]
        for name, links in sorted(self._new_links.items()):
            events.append(self._event("linked", self._notices[name], now, links=tuple(links)))
            judged = _judged(self._notices[name], now)
            if self._notices[name].state == "open" and judged.state == "settled":
                self._put(judged, is_same=True)
                events.append(self._event("settled", judged, now))
        for notice in sorted(self._notices.values(), key=lambda one: one.id):
            events += self._late(notice, now)
        self._said, self._new_links = [], {}
        return tuple(events)

    def _late(self, notice: Notice, now: datetime) -> list[NoticeEvent]:
        """The steps that passed, of which only the last is said, or the end of waiting."""
        due = self._due(notice)
        if due is None or due > now:
            return []
        hours = (now - _begin(notice)) / timedelta(hours=1)
        passed = [step for step in self._rules_of(notice).overdue_hours if notice.overdue_hours < step <= hours]
        if notice.announcement.expects == "will" and passed:
            late = replace(notice, overdue_hours=max(passed))
            self._put(late, is_same=True)
            return [self._event("overdue", late, now, hours=late.overdue_hours)]
        outcome: Outcome = "nothing_followed" if notice.announcement.expects == "will" else "unproven"
        over = replace(notice, state="settled", settled_at=iso(now), outcome=outcome)
        self._put(over, is_same=True)
        return [self._event("settled", over, now)]

    def _event(
        self,
        kind: NoticeType,
        notice: Notice,
        now: datetime,
        *,
        links: tuple[NoticeLink, ...] = (),
        hours: int | None = None,
    ) -> NoticeEvent:
        channel = self._channels.get(notice.channel, ChannelState())
        event = fitted_notice(
            NoticeEvent(
                channel=notice.channel,
                sequence=channel.sequence + 1,
                commit=self._state.commit + 1,
                type=kind,
                committed_at=iso(now),
                notice=notice,
                links=links,
                hours=hours,
            )
        )
        self._channels[notice.channel] = replace(
            channel,
            sequence=event.sequence,
            seal=seals.of_notice_event(event, channel.seal),
            sealed_after=channel.sealed_after if channel.seal else channel.sequence,
        )
        return event

    def _rows(self, now: datetime) -> dict[str, bytes | None]:
        """The rows that changed; None for a notice that is not kept any longer."""
        pack = codec.packer()
        gone = [one for one in self._notices.values() if _is_past(one, now)]
        kept = sorted((one for one in self._notices.values() if not _is_past(one, now)), key=_keep_order)
        gone += kept[: max(0, len(kept) - LIVE_MAX)]
        rows: dict[str, bytes | None] = {}
        for notice in gone:
            del self._notices[notice.id]
            self._index.drop(notice.id)
            rows[notice.id] = None
        for name in self._touched - rows.keys():
            rows[name] = pack(_encode(self._notices[name]))
        self._touched = set()
        return rows

    def _cursor(self, now: datetime) -> dict[str, int]:
        """Of each list, the last change that is not needed any more; those that are older leave memory."""
        cursor: dict[str, int] = {}
        for feed, read in self._read_to.items():
            kept = self._recent.get(feed, {})
            first = next((one.sequence for one in kept.values() if _age(one, now) <= LOOKBACK), None)
            cursor[feed] = max(read if first is None else first - 1, self._state.cursor.get(feed, 0))
        return cursor

    def forget(self, now: datetime) -> list[Unannounced]:
        """Let go of changes older than two days; returns the commits among them that designate and that no notice was
        linked to. Call it before each draft."""
        counts: dict[tuple[str, int], int] = {}
        for feed, kept in self._recent.items():
            past = [one for one in kept.values() if _age(one, now) > LOOKBACK]
            for one in past:
                del kept[one.sequence]
                counts[feed, one.commit] = counts.get((feed, one.commit), 0) + (one.action == "designated")
        found = [
            Unannounced(feed=feed, commit=commit, designations=count)
            for (feed, commit), count in counts.items()
            if count and (feed, commit) not in self._announced
        ]
        self._announced -= counts.keys()
        return found


def _as_read_now(before: ChannelState, rules: ChannelRules) -> ChannelState:
    """Of what another version of the reader has seen, only that it was seen is known."""
    if before.reader_version == rules.reader_version:
        return before
    return replace(before, reader_version=rules.reader_version, seen=dict.fromkeys(before.seen, NOT_READ))


def _why_silent(before: ChannelState, fresh: int, rules: ChannelRules) -> str:
    """Return why new items are passed over, whatever their dates; empty when they are not."""
    if not before.baselined_at:
        return "baseline"
    return "flood" if fresh > rules.flood else ""


def _is_old(announcement: AnnouncedAct, now: datetime, days: int) -> bool:
    published = moment(announcement.published)
    return published is not None and now - published > timedelta(days=days)


def _latest(seen: dict[str, str]) -> dict[str, str]:
    return dict(list(seen.items())[-SEEN_MAX:])


def _begin(notice: Notice) -> datetime:
    """From when on a list is late: when it was noticed, or the end of the day that the announcement bears, if that was
    earlier."""
    noticed, published = moment(notice.noticed_at), notice.announcement.published
    stated = moment(published)
    assert noticed is not None
    if stated is None:
        return noticed
    return min(noticed, stated + timedelta(days=1) if len(published or "") == len("2026-01-31") else stated)


def _judged(notice: Notice, now: datetime) -> Notice:
    """The notice, settled when all of it is enacted, or when no list ever shows such an act."""
    outcome: Outcome | None = None
    if notice.announcement.expects == "never":
        outcome = "not_listed"
    elif is_enacted(notice):
        outcome = "enacted"
    return notice if outcome is None else replace(notice, state="settled", settled_at=iso(now), outcome=outcome)


def _is_past(notice: Notice, now: datetime) -> bool:
    settled = moment(notice.settled_at)
    return notice.state == "settled" and settled is not None and now - settled > KEPT_AFTER


def _keep_order(notice: Notice) -> tuple[bool, str]:
    """What is let go first when there are too many: what was settled, the oldest first."""
    return notice.state == "open", notice.noticed_at


def _age(found: Enactment, now: datetime) -> timedelta:
    committed = moment(found.committed_at)
    return now - committed if committed else timedelta.max
