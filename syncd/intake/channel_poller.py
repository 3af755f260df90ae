"""One turn of a channel: its gate, its indexes, and the pages of what is new or young.

Pages are read once before anything is said of them, and again while they are young: a page that has changed is a
revision. What the first reading finds is a baseline, of which only young pages are read; of a flood of new items none
is. An item whose page cannot be read five times goes out without it: that an authority has acted is worth more than
whom it named.
"""

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from syncd.archive import Archive
from syncd.channels.contract import AnnouncedAct, ChannelIndex, NoticeChannel, Question
from syncd.core.notices.bounds import bounded
from syncd.core.state import Validators
from syncd.core.times import moment
from syncd.errors import ArchiveUnavailable, DocumentRefused, FetchFailed
from syncd.fetch import Answer, NotModified
from syncd.observe.notice_moments import ChannelAnswered
from syncd.observe.report import Reporter

YOUNG = timedelta(days=3)
AGAIN_AFTER = timedelta(hours=6)
ATTEMPTS_MAX = 5
PAGES_A_TURN_MAX = 10
BETWEEN_PAGES_SECONDS = 1.0
CACHE_MAX = 300


class Asking(Protocol):
    """What is needed of `syncd.fetch.Fetcher`."""

    async def ask(self, question: Question, validators: Validators) -> NotModified | Answer:
        """Ask a channel's question. Raises FetchFailed, DocumentRefused."""
        ...


class ChannelShown(Struct, frozen=True, kw_only=True):
    """What a channel shows in one turn, and the SHA-256 of the pages that were read for it. `bare` are the ids of those
    that have a page which was not read yet. `gap` is how many items an index of the latest ones has where all of them
    are new, else 0: it may have had others meanwhile."""

    channel: str
    acts: tuple[AnnouncedAct, ...]
    documents: dict[str, str]
    bare: frozenset[str] = frozenset()
    gap: int = 0


class _Read(Struct, frozen=True):
    """A page as it was read `at`; `item` is what the index said of it then."""

    act: AnnouncedAct
    at: datetime
    sha256: str
    item: AnnouncedAct


class ChannelTools(Struct, frozen=True, kw_only=True):
    """What every channel is given: the HTTP client, the archive, the folder of the spool, the reporter; and the
    `mirror` that is asked in the place of all publishers, if any."""

    fetch: Asking
    archive: Archive
    spool: Path
    report: Reporter
    mirror: str = ""


class ChannelPoller:
    """Polls one channel. `is_seen` says whether an announcement was committed as seen."""

    def __init__(self, channel: NoticeChannel, tools: ChannelTools, is_seen: Callable[[str], bool]) -> None:
        self.channel = channel
        self._tools = tools
        self._is_seen = is_seen
        stated = (channel.homepage, *(index.question(date.min).url for index in channel.indexes))
        self._hosts = {urlsplit(url).netloc for url in stated}
        self._validators: dict[str, Validators] = {}
        self._indexes: dict[str, tuple[AnnouncedAct, ...]] = {}
        self._pages: dict[str, _Read] = {}
        self._attempts: Counter[str] = Counter()
        self._listed: set[str] = set()
        self._token = ""
        self._whole_at: datetime | None = None
        self._is_behind = False
        self._received = 0

    async def poll(self, now: datetime) -> ChannelShown | None:
        """Return what the channel shows now; None when its gate says that nothing is new. Raises FetchFailed and
        DocumentRefused of the first index."""
        started, self._received = time.monotonic(), 0
        tried_again = any(0 < count < ATTEMPTS_MAX for count in self._attempts.values())
        waiting = self._is_behind or tried_again or any(self._is_due(one, now) for one in self._pages.values())
        news = await self._is_news(now)
        shown = await self._shown(now) if news or waiting else None
        self._tools.report(
            ChannelAnswered(
                channel=self.channel.id,
                outcome="read" if shown else "unchanged",
                received_bytes=self._received,
                seconds=time.monotonic() - started,
            )
        )
        return shown

    async def _is_news(self, now: datetime) -> bool:
        """Whether the indexes are worth asking. A gate that does not answer hides nothing."""
        gate, whole = self.channel.gate, timedelta(hours=self.channel.whole_hours)
        if gate is None or self._whole_at is None or now - self._whole_at >= whole:
            return True
        try:
            answer = await self._ask("gate", gate)
        except (FetchFailed, DocumentRefused):
            return True
        token = "" if answer is None else hashlib.sha256(answer.body).hexdigest()
        is_news = answer is not None and token != self._token
        self._token = token or self._token
        return is_news

    async def _shown(self, now: datetime) -> ChannelShown:
        items = await self._items(now)
        self._whole_at, self._is_behind = now, False
        shown = {one.id for one in items}
        self._attempts = Counter({name: count for name, count in self._attempts.items() if name in shown})
        # What is not shown any more is not due any more.
        self._pages = {name: read for name, read in self._pages.items() if name in shown}
        acts, documents, bare = list[AnnouncedAct](), dict[str, str](), set[str]()
        is_flood = self._is_flood(items)
        left = 0 if is_flood else PAGES_A_TURN_MAX
        for item in items:
            question = self._question(item)
            known = self._pages.get(item.id)
            is_wanted = question is not None and self._is_wanted(item, known, now)
            self._is_behind |= question is not None and is_wanted and not left
            if question is not None and is_wanted and left:
                left -= 1
                known = await self._page(item, question, now) or known
            if known is not None:
                acts.append(known.act)
                documents[item.id] = known.sha256
            elif question is None or self._is_told_without(item, is_awaited=is_wanted and not is_flood):
                acts.append(item)
                bare |= {item.id} if question else set()
        return ChannelShown(
            channel=self.channel.id,
            acts=tuple(acts),
            documents=documents,
            bare=frozenset(bare),
            gap=self._gap(items),
        )

    def _gap(self, items: list[AnnouncedAct]) -> int:
        """Once of a gap: pages that cannot be read keep items from being committed as seen."""
        before, self._listed = self._listed, {item.id for item in items}
        is_new = self._has_baseline() and not any(one.id in before or self._is_seen(one.id) for one in items)
        return len(items) if is_new and self.channel.indexes[0].latest_only else 0

    def _is_flood(self, items: list[AnnouncedAct]) -> bool:
        """Whether more items are new than an authority makes: no page of them is read before they are passed over."""
        fresh = sum(not self._is_seen(item.id) for item in items)
        return self._has_baseline() and fresh > self.channel.rules.flood

    def _question(self, item: AnnouncedAct) -> Question | None:
        """The question for the item's page; None where there is none, or where its link leads to a host that is not the
        channel's own."""
        question = self.channel.page.question(item) if self.channel.page else None
        return question if question and _host_of(question.url) in self._hosts else None

    def _is_told_without(self, item: AnnouncedAct, *, is_awaited: bool) -> bool:
        """Whether an item whose page was not read is shown as the index has it: one that is new, and whose page is not
        awaited, or was tried often. What was seen with its page must not be shown without it: that would be a
        revision."""
        if self._is_seen(item.id):
            return False
        return not self._has_baseline() or not is_awaited or self._attempts[item.id] >= ATTEMPTS_MAX

    def _is_wanted(self, item: AnnouncedAct, known: _Read | None, now: datetime) -> bool:
        if known is not None:
            return known.item != item or self._is_due(known, now)
        published = moment(item.published)
        is_young = published is None or now - published <= YOUNG
        return (is_young or (self._has_baseline() and not self._is_seen(item.id))) and (
            self._attempts[item.id] < ATTEMPTS_MAX
        )

    def _has_baseline(self) -> bool:
        return self._is_seen("")

    def _is_due(self, known: _Read, now: datetime) -> bool:
        published = moment(known.act.published) or known.at
        return now - published <= YOUNG and now - known.at >= AGAIN_AFTER

    async def _page(self, item: AnnouncedAct, question: Question, now: datetime) -> _Read | None:
        """The item as its page says it; None when that could not be read, which is tried again in the next turn."""
        assert self.channel.page is not None
        await asyncio.sleep(0 if self._tools.mirror else BETWEEN_PAGES_SECONDS)
        try:
            answer = await self._ask("", question)
            if answer is None:
                return None
            act = await asyncio.to_thread(self.channel.page.read, answer.body, item)
        except (FetchFailed, DocumentRefused):
            self._attempts[item.id] += 1
            self._put_off(item, now)
            return None
        self._attempts.pop(item.id, None)
        read = self._pages[item.id] = _Read(act, now, await self._kept(answer.body), item)
        for old in list(self._pages)[:-CACHE_MAX]:
            del self._pages[old]
        return read

    def _put_off(self, item: AnnouncedAct, now: datetime) -> None:
        """A page that was read before and cannot be read again stays as it was, until it is due the next time."""
        known = self._pages.get(item.id)
        if known is not None and self._attempts[item.id] >= ATTEMPTS_MAX:
            self._pages[item.id] = _Read(known.act, now, known.sha256, item)
            del self._attempts[item.id]

    async def _kept(self, body: bytes) -> str:
        """Archive a page; returns its SHA-256. An archive that is away takes it later, from the spool."""
        sha256 = await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
        path = await asyncio.to_thread(_written, self._tools.spool, body)
        try:
            await self._tools.archive.store(path, sha256)
        except ArchiveUnavailable:
            pass
        finally:
            path.unlink(missing_ok=True)
        return sha256

    async def _items(self, now: datetime) -> list[AnnouncedAct]:
        """The items of all indexes. A tripwire adds what the first index does not show and nobody has seen."""
        found: dict[str, AnnouncedAct] = {}
        for index in self.channel.indexes:
            # As they are noted when they are seen.
            for item in map(bounded, await self._index(index, now)):
                if not index.tripwire or (item.id not in found and not self._is_seen(item.id)):
                    found.setdefault(item.id, item)
        return list(found.values())

    async def _index(self, index: ChannelIndex, now: datetime) -> tuple[AnnouncedAct, ...]:
        try:
            answer = await self._ask(index.name, index.question(now.date()))
            if answer is not None:
                self._indexes[index.name] = await asyncio.to_thread(index.read, answer.body, self._base(answer))
        except (FetchFailed, DocumentRefused):
            self._validators.pop(index.name, None)
            if not index.tripwire:
                raise
            return ()
        return self._indexes.get(index.name, ())

    def _base(self, answer: Answer) -> str:
        """Links of a page lead to the authority's own addresses, also when a mirror gave it."""
        return self.channel.homepage if self._tools.mirror else answer.base_url

    async def _ask(self, name: str, question: Question) -> Answer | None:
        """The answer; None for a 304. Answers that have a name are asked for conditionally."""
        asked = replace(question, url=mirrored(question.url, self._tools.mirror))
        answer = await self._tools.fetch.ask(asked, self._validators.get(name, Validators()) if name else Validators())
        if isinstance(answer, NotModified):
            return None
        self._received += answer.received_bytes
        if name:
            self._validators[name] = answer.validators
        return answer


def _host_of(url: str) -> str:
    """Return the host and port of an address that an index states; empty for what is no address."""
    try:
        return urlsplit(url).netloc
    except ValueError:  # a host in brackets that is no address
        return ""


def mirrored(url: str, mirror: str) -> str:
    """Return the address at which `mirror` has what stands at `url`: host and path behind its own."""
    parts = urlsplit(url)
    if not mirror:
        return url
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _written(folder: Path, body: bytes) -> Path:
    with NamedTemporaryFile(prefix="fetch-", suffix="-page", dir=folder, delete=False) as file:
        file.write(body)
        return Path(file.name)
