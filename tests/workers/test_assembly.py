"""The ledger and the workers of a configuration: opened in order, closed whole, and never beside another writer."""

from pathlib import Path
from typing import Any

import pytest

from syncd.config import Config, NoticesSettings
from syncd.errors import ConfigurationError, LedgerBusy
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.metrics import Metrics
from syncd.workers.assembly import Assembly, enabled_channels, enabled_feeds

FEEDS = ["uk_sl", "un_sc"]


def config(folder: Path, **more: Any) -> Config:
    return Config.model_validate({"ledger": folder / "syncd.db", "feeds": {"enable": FEEDS}, **more})


async def test_each_feed_has_a_worker_and_the_coordination_has_one(tmp_path: Path):
    async with Assembly(config(tmp_path)) as assembly:
        assert [worker.feed.id for worker in assembly.feed_workers] == FEEDS
        assert [status.feed for status in assembly.statuses()] == FEEDS
        assert assembly.coordinator is not None
    async with Assembly(config(tmp_path), only=("un_sc",)) as assembly:
        assert [worker.feed.id for worker in assembly.feed_workers] == ["un_sc"]


async def test_an_assembly_that_is_closed_leaves_the_ledger_to_others(tmp_path: Path):
    async with Assembly(config(tmp_path)):
        with pytest.raises(LedgerBusy):
            await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
    ledger = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
    await ledger.close()


async def test_whoever_finds_the_ledger_busy_leaves_its_owners_spool_alone(tmp_path: Path):
    settings = config(tmp_path)
    async with Assembly(settings):
        passing = settings.archive_spool / "fetch-1"
        passing.write_bytes(b"half a document")
        with pytest.raises(LedgerBusy):
            await Assembly(settings).__aenter__()
        assert passing.exists()
    async with Assembly(settings):
        assert not passing.exists()


async def test_a_replica_opens_no_ledger_before_its_term(tmp_path: Path):
    async with Assembly(config(tmp_path), by_term=True) as assembly:
        assert assembly.feed_workers == []
        assert assembly.coordinator is None
        assert assembly.statuses() == []
        assert not (tmp_path / "syncd.db").exists()
        ledger = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
        assembly.assign(ledger)
        first = assembly.feed_workers
        assert [worker.feed.id for worker in first] == FEEDS
        assembly.assign(ledger)
        assert not set(map(id, first)) & set(map(id, assembly.feed_workers))
        await ledger.close()


async def test_a_replica_that_stands_by_measures_no_feed(tmp_path: Path):
    async with Assembly(config(tmp_path)) as assembly:
        for is_standing_by, feeds in ((False, set(FEEDS)), (True, set())):
            metrics = Metrics()
            assembly.measure(metrics, lambda is_standing_by=is_standing_by: is_standing_by)
            samples = [sample for family in metrics.registry.collect() for sample in family.samples]
            assert {one.labels["feed"] for one in samples if one.name == "syncd_feed_interval_seconds"} == feeds
            assert ("syncd_archive_pending_documents", 0.0) in {(one.name, one.value) for one in samples}


@pytest.mark.parametrize(
    ("feeds", "only", "why"),
    [
        ({"enable": FEEDS}, ("xx_none",), "there is no feed xx_none"),
        ({"enable": []}, (), "no feed is enabled"),
        ({"enable": FEEDS, "un_sc": {"interval_seconds": 5}}, (), "5 is too often for a publisher's server"),
    ],
    ids=["an unknown feed", "no feed", "a pace that is too fast"],
)
def test_a_wrong_choice_of_feeds_opens_nothing(tmp_path: Path, feeds: dict[str, Any], only: Any, why: str):
    with pytest.raises(ConfigurationError, match=why):
        Assembly(config(tmp_path, feeds=feeds), only=only)
    assert not (tmp_path / "syncd.db").exists()


LOOPBACK = {"sources": {"consolidated_xml": {"url": "http://127.0.0.1:1/list.xml"}}}


def channels_of(folder: Path, **notices: Any) -> list[str]:
    settings = config(folder, notices=notices)
    return [channel.id for channel in enabled_channels(settings, enabled_feeds(settings))]


def test_channels_are_those_of_the_lists_that_are_enabled(tmp_path: Path):
    assert channels_of(tmp_path) == ["uk_govuk", "un_press"]
    assert channels_of(tmp_path, disable=["un_press"]) == ["uk_govuk"]
    assert channels_of(tmp_path, enabled=False) == []
    with pytest.raises(ConfigurationError, match="there is no channel un_prss"):
        channels_of(tmp_path, disable=["un_prss"])


def test_a_list_that_is_taken_from_this_machine_has_no_channel(tmp_path: Path):
    """An installation that mirrors its lists does not ask the authorities behind its own back."""
    feeds = {"enable": FEEDS, "un_sc": LOOPBACK}
    settings = Config.model_validate({"ledger": tmp_path / "syncd.db", "feeds": feeds})
    assert [one.id for one in enabled_channels(settings, enabled_feeds(settings))] == ["uk_govuk"]
    mirrored = settings.model_copy(update={"notices": NoticesSettings(mirror="http://127.0.0.1:1", interval_seconds=1)})
    found = enabled_channels(mirrored, enabled_feeds(mirrored))
    assert [(one.id, one.interval_seconds) for one in found] == [("uk_govuk", 1), ("un_press", 1)]
