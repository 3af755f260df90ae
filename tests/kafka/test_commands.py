"""The command line over a ledger in Kafka, from any machine with credentials: by signals and their answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncd.commands import requests
from syncd.config import Config
from syncd.daemon import consumer_lag
from syncd.daemon.daemon import Daemon
from syncd.demo.lists import key
from syncd.demo.site import STYLES, PublishersSite
from syncd.demo.targets import BASELINES
from syncd.errors import NobodyAnswered
from syncd.ledger.kafka import topics
from syncd.ledger.kafka.connection import Connection
from syncd.observe.moments import Committed, ConsumersSeen, HoldPlaced
from syncd.observe.report import Collected
from tests.daemon.running import Ran, syncd
from tests.kafka.brokers import Cluster
from tests.kafka.store import in_a_thread, settings
from tests.kafka.test_lag import consume
from tests.simulation.replica import toml

FEED = "un_sc"
GROUP = "screening"
READ = 5
LIMITS = {"interval_seconds": 1, "records_min": 5, "removals_max": 3, "removals_few": 3}


class Office:
    """A folder with a configuration, in which commands are given."""

    def __init__(self, folder: Path, content: dict[str, Any]) -> None:
        self.folder = folder
        self.config = Config.model_validate(content)
        (folder / "syncd.toml").write_text(toml(content))

    def command(self, *words: str) -> Ran:
        return in_a_thread(syncd(self.folder, *words))


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PublishersSite]:
    monkeypatch.setenv("NO_PROXY", "*")
    async with PublishersSite() as site:
        for feed in STYLES:
            site.publish(feed, BASELINES[feed])
        yield site


@pytest.fixture
async def office(broker: Cluster, site: PublishersSite, tmp_path: Path) -> AsyncIterator[Office]:
    chosen = settings(broker)
    office = Office(
        tmp_path,
        {
            "ledger": str(tmp_path / "unused.db"),
            "http": {"port": 0},
            "archive": {"shared": True},
            "kafka": {
                "bootstrap_servers": list(chosen.bootstrap_servers),
                "prefix": chosen.prefix,
                "replication": 1,
                "group": f"{chosen.prefix}replicas",
            },
            "consumers": {"groups": [GROUP]},
            "feeds": {**site.settings(**LIMITS), "enable": [FEED]},
        },
    )
    yield office
    wanted = topics.Topics(prefix=chosen.prefix, replication=1)
    await topics.delete(Connection(chosen), wanted.wanted())


async def _until(reports: Collected, kind: Any, count: int = 1) -> None:
    async with asyncio.timeout(90):
        while len(reports.of(kind)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_people_ask_and_are_answered_over_kafka(
    office: Office, site: PublishersSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_lag, "WATCH_SECONDS", 0.5)
    made = office.command("topics", "--create")
    assert made.code == 0, made.err
    assert len(made.out.splitlines()) == len(topics.TOPICS)
    reports = Collected()
    async with Daemon(office.config, report=reports):
        await _until(reports, Committed)
        await consume(office.config.kafka, GROUP, READ)
        await _until_behind(reports, len(BASELINES[FEED]) - READ)
        site.publish(FEED, BASELINES[FEED][:-10])
        await _until(reports, HoldPlaced)
        _, told = await _in_background(_a_day_at_the_office, office)
    assert told == []
    assert not (office.folder / "unused.db").exists()


async def _until_behind(reports: Collected, changes: int) -> None:
    async with asyncio.timeout(90):
        while ConsumersSeen(behind={GROUP: {FEED: changes}}) not in reports.moments:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _in_background(work: Any, *arguments: Any) -> Any:
    """The commands run in a thread, for the daemon answers them on this one's loop."""
    return await asyncio.to_thread(work, *arguments)


def _a_day_at_the_office(office: Office) -> tuple[str, list[str]]:
    problems: list[str] = []

    def expect(code: int, *words: str) -> str:
        ran = office.command(*words)
        if ran.code != code:
            problems.append(f"{' '.join(words)}: {ran.code}, not {code}: {ran.err} {ran.out}"[:1000])
        return ran.out

    hold = json.loads(expect(0, "held").splitlines()[0])
    if len(hold["keys"]) != 10:
        problems.append(f"{len(hold['keys'])} keys are held")
    expect(4, "release", "nosuchhold", "--why", "x")
    expect(0, "pause", FEED, "--why", "a test")
    if json.loads(expect(0, "status").splitlines()[0])["status"] != "paused":
        problems.append("status does not say paused")
    expect(0, "resume", FEED)
    expect(4, "resume", FEED)
    expect(0, "release", hold["hold"], "--why", "x")
    expect(0, "resync", FEED)
    events = [json.loads(line) for line in expect(0, "tail", FEED).splitlines()]
    if [event["data"]["sequence"] for event in events] != list(range(1, len(BASELINES[FEED]) + 11)):
        problems.append("tail does not show every change")
    findings = [json.loads(line) for line in expect(0, "verify").splitlines()]
    if [(one["feed"], one["ok"]) for one in findings] != [(FEED, True), ("coordinator", True)]:
        problems.append(f"verify found {findings}")
    if findings[0]["records"] != len(BASELINES[FEED]) - 10:
        problems.append(f"verify found {findings}")
    if len(expect(0, "as-of", datetime.now(UTC).date().isoformat()).splitlines()) != len(BASELINES[FEED]) - 10:
        problems.append("as-of does not show the list")
    _about_targets(expect, problems)
    _about_a_record(expect, problems)
    return "", problems


def _about_a_record(expect: Callable[..., str], problems: list[str]) -> None:
    known = BASELINES[FEED][0]
    found = [json.loads(line)["key"] for line in expect(0, "search", known.name.family, known.name.given).splitlines()]
    if found[:1] != [key(FEED, known)]:
        problems.append(f"search finds {found}")
    record = json.loads(expect(0, "record", key(FEED, known)))
    if (record["record"]["status"], record["target"]["members"][0]["key"]) != ("listed", key(FEED, known)):
        problems.append(f"record shows {record}")
    history = [json.loads(line) for line in expect(0, "history", key(FEED, BASELINES[FEED][-1])).splitlines()]
    told = [(one["type"], [row["outcome"] for row in one.get("decisions", ())]) for one in history]
    if told != [("baselined", []), ("delisted", ["applied"])]:
        problems.append(f"history shows {told}")
    expect(1, "record", f"{FEED}:nobody")


def _about_targets(expect: Callable[..., str], problems: list[str]) -> None:
    targets = [json.loads(line) for line in expect(0, "targets", "--all").splitlines()]
    keys = sorted(key for target in targets for key in target["records"])
    if len(keys) != len(BASELINES[FEED]):
        problems.append(f"targets shows {len(keys)} records")
    expect(0, "target", keys[0])
    expect(0, "link", "confirm", *keys[:2], "--why", "a test")
    expect(4, "link", "confirm", keys[0], "un_sc:nobody", "--why", "a test")
    (story,) = (json.loads(line) for line in expect(0, "target", keys[0]).splitlines())
    if [one["verdict"] for one in story["decisions"]] != ["confirmed"]:
        problems.append(f"the decision is not shown: {story['decisions']}")
    expect(0, "tail", "--coordination")


async def test_nobody_answers_where_no_daemon_is(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection(office.config.kafka)
    await topics.Topics(prefix=office.config.kafka.prefix, replication=1).create(connection)
    monkeypatch.setattr(requests, "ANSWER_SECONDS_MAX", 1.0)
    with pytest.raises(NobodyAnswered, match="nobody answered") as caught:
        await requests.ask(office.config, FEED, "pause", subject="", why="", asserted_by="x")
    assert caught.value.exit_code == 5


def test_topics_need_a_kafka(tmp_path: Path) -> None:
    ran = Office(tmp_path, {"installation": "a"}).command("topics", "--check")
    assert ran.code == 2
    assert "kafka.bootstrap_servers" in ran.err


def test_wrong_topics_are_an_exit_code(broker: Cluster, tmp_path: Path) -> None:
    chosen = settings(broker)
    few = topics.Topics(prefix=chosen.prefix, replication=1, partitions=3)
    in_a_thread(few.create(Connection(chosen)))
    section = {"bootstrap_servers": list(chosen.bootstrap_servers), "prefix": chosen.prefix, "replication": 1}
    ran = Office(tmp_path, {"kafka": section}).command("topics", "--check")
    assert ran.code == 1
    assert "has 3 partitions, must have 64" in ran.out
    in_a_thread(topics.delete(Connection(chosen), few.wanted()))
