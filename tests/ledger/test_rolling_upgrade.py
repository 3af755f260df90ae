"""An older and a newer syncd beside each other, as in an upgrade of one replica after the other; and the way back."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from syncd.clock import SetClock
from syncd.commands.verify import verified, verified_coordination
from syncd.config import Config
from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Change, change_id
from syncd.core.linking import kept
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import Fenced, NewerState
from syncd.feeds import all_feeds
from syncd.intake import pipeline
from syncd.ledger.contract import Ledger
from syncd.ledger.kafka import topics, wire
from syncd.observe.moments import FeedStopped
from syncd.observe.report import Collected
from syncd.workers.assembly import Assembly
from syncd.workers.feed import FeedWorker
from tests.intake.older_reading import older_parse
from tests.intake.watch import START, document, settings
from tests.kafka.store import KafkaStore
from tests.ledger.conftest import SqliteStore, Store
from tests.site import Site

# The list that the newer version reads otherwise, and one that both read alike.
FEED, OTHER = "un_sc", "uk_sl"
VERSION = all_feeds()[FEED].parser_version
# Who has a list, and that somebody lives, is no content of the ledger.
OWNING, LIVING = "epoch", "heartbeats"
WRITTEN: tuple[topics.Name, ...] = ("changes", "records", "publications", "state", "coordination", "targets")


class Syncd:
    """One process of syncd of some version: its workers are polled by hand."""

    def __init__(self, assembly: Assembly, ledger: Ledger, heard: Collected) -> None:
        self.assembly = assembly
        self.ledger = ledger
        self.heard = heard

    def worker(self, feed: str) -> FeedWorker:
        return next(worker for worker in self.assembly.feed_workers if worker.feed.id == feed)

    async def poll(self, feed: str) -> str:
        return (await self.worker(feed).once()).result

    async def coordinate(self) -> None:
        assert self.assembly.coordinator is not None
        await self.assembly.coordinator.once()

    async def changes(self, feed: str) -> list[Change]:
        return [change async for change in self.ledger.tail({}, feeds=(feed,))]


class Upgrade:
    """The store, the publishers' site, and the clock of all versions."""

    def __init__(self, store: Store, site: Site, folder: Path) -> None:
        self.clock = SetClock(START)
        self._store = store
        self._site = site
        self._folder = folder

    @asynccontextmanager
    async def syncd(self, version: int) -> AsyncIterator[Syncd]:
        """Start one, of which the parser of FEED has that version."""
        sources = {FEED: {"consolidated_xml": self._site.url("/un")}, OTHER: {"xml": self._site.url("/uk")}}
        archive = {"url": str(self._folder / "archive"), "shared": True, "spool": str(self._folder / "spool")}
        config = Config.model_validate({"archive": archive, "feeds": settings(sources)})
        heard = Collected()
        async with Assembly(config, report=heard, clock=self.clock, by_term=True) as assembly:
            ledger = await self._store.open()
            assembly.assign(ledger)
            syncd = Syncd(assembly, ledger, heard)
            worker = syncd.worker(FEED)
            worker.feed = replace(worker.feed, parser_version=version)
            yield syncd

    def publish(self, minute: int, **of: Sequence[Any]) -> None:
        """Put the lists of these targets on the site, as published at that minute."""
        self.clock.move(timedelta(minutes=1))
        for feed, targets in of.items():
            self._site.put(f"/{feed[:2]}", document(feed, targets, START + timedelta(minutes=minute)))

    async def content(self, owner: str) -> list[object]:
        """Return all that the ledger has of a list or of the coordination, row by row or message by message."""
        if isinstance(self._store, SqliteStore):
            return _rows(self._store.path, owner)
        assert isinstance(self._store, KafkaStore)
        found = []
        for name in WRITTEN:
            found += [
                (name, one.partition, one.offset, one.key, one.value, one.headers)
                for one in await self._store.messages(name, owner)
                if not one.key.endswith(wire.OWNER_MARK.encode())
            ]
        return found


def _rows(path: Path, feed: str) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            (table, {name: row[name] for name in row.keys() if name != OWNING})  # noqa: SIM118
            for table in tables
            if table != LIVING
            for row in connection.execute(f"SELECT * FROM {table}")
            if "feed" not in row.keys() or row["feed"] == feed  # noqa: SIM118
        ]


@pytest.fixture
async def upgrade(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upgrade]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with Site() as site:
        found = Upgrade(store, site, tmp_path)
        found.publish(0, un_sc=BASELINES[FEED], uk_sl=BASELINES[OTHER])
        yield found


async def is_whole(syncd: Syncd) -> bool:
    """Whether both lists and the coordination are what was committed, and no event stands twice."""
    findings = [await verified(syncd.ledger, feed) for feed in (FEED, OTHER)]
    findings.append(await verified_coordination(syncd.ledger))
    ids = [change_id(change) for feed in (FEED, OTHER) for change in await syncd.changes(feed)]
    return len(set(ids)) == len(ids) and not [problem for finding in findings for problem in finding.problems]


async def test_a_newer_version_takes_over_from_an_older_one_that_still_runs(
    upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with upgrade.syncd(VERSION) as older, upgrade.syncd(VERSION + 1) as newer:
        with monkeypatch.context() as before:
            before.setattr(pipeline, "parse_document", older_parse)
            assert await older.poll(FEED) == "committed"
        assert await older.poll(OTHER) == "committed"
        await older.coordinate()
        assert await newer.poll(FEED) == "unchanged"
        ours = [change for change in await newer.changes(FEED) if change.commit == 2]
        assert ours
        assert {(one.cause, one.origin, field.path) for one in ours for field in one.changes} == {
            ("reparse", "parser", "genders")
        }
        stood = await upgrade.content(FEED)
        upgrade.publish(1, un_sc=(*BASELINES[FEED], NEWCOMER), uk_sl=BASELINES[OTHER][1:])
        with pytest.raises(Fenced):
            await older.poll(FEED)
        assert await upgrade.content(FEED) == stood
        # What the newer one has not opened yet is still the older one's.
        assert await older.poll(OTHER) == "committed"
        assert await newer.poll(FEED) == "committed"
        assert await newer.poll(OTHER) == "unchanged"
        await newer.coordinate()
        with pytest.raises(Fenced):
            await older.coordinate()
        assert [one.type for one in (await newer.changes(FEED))[-1:]] == ["designated"]
        assert await is_whole(newer)


async def test_an_older_version_that_takes_over_again_leaves_the_list_alone(upgrade: Upgrade) -> None:
    async with upgrade.syncd(VERSION) as older:
        assert await older.poll(FEED) == "committed"
        assert await older.poll(OTHER) == "committed"
    async with upgrade.syncd(VERSION + 1) as newer:
        assert await newer.poll(FEED) == "unchanged"
        await newer.coordinate()
    upgrade.publish(1, un_sc=(*BASELINES[FEED], NEWCOMER), uk_sl=BASELINES[OTHER][1:])
    stood = await upgrade.content(FEED)
    async with upgrade.syncd(VERSION) as again:
        with pytest.raises(NewerState):
            await again.poll(FEED)
        await again.worker(FEED).run()
        (stopped,) = again.heard.of(FeedStopped)
        assert stopped.why == (
            f"{FEED} was last read by version {VERSION + 1} of its parser, and this syncd has version {VERSION}: "
            "nothing is written; run the newer syncd"
        )
        assert again.worker(FEED).status().status == "failing"
        assert not again.worker(FEED).is_fenced
        with pytest.raises(NewerState):
            await again.worker(FEED).answer_signals()
        assert await upgrade.content(FEED) == stood
        # The lists that it reads as the newer one does go on.
        assert await again.poll(OTHER) == "committed"
        await again.coordinate()
    async with upgrade.syncd(VERSION + 1) as newer:
        assert await newer.poll(FEED) == "committed"
        assert await newer.poll(OTHER) == "unchanged"
        await newer.coordinate()
        assert [one.type for one in (await newer.changes(FEED))[-1:]] == ["designated"]
        assert await is_whole(newer)


async def test_versions_that_link_otherwise_take_turns_and_say_nothing_of_it(
    upgrade: Upgrade, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with upgrade.syncd(VERSION) as syncd:
        await syncd.poll(FEED)
        await syncd.poll(OTHER)
        await syncd.coordinate()
    stood = await upgrade.content(COORDINATOR)
    for linking in (kept.LINKING_VERSION + 1, kept.LINKING_VERSION):
        monkeypatch.setattr(kept, "LINKING_VERSION", linking)
        async with upgrade.syncd(VERSION) as syncd:
            await syncd.coordinate()
            assert await is_whole(syncd)
            assert [event async for event in syncd.ledger.coordination()] == []
    assert _of_targets(await upgrade.content(COORDINATOR)) == _of_targets(stood)


def _of_targets(content: list[object]) -> list[object]:
    return [one for one in content if isinstance(one, tuple) and one[0] == "targets"]
