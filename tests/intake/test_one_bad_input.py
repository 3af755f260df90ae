"""What one publisher serves stops nothing but itself, and leaves nothing behind."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core import codec
from syncd.core.commit import commit_of
from syncd.core.model import Name
from syncd.errors import SpoolFailed
from syncd.feeds.entry_bounds import RECORD_ELEMENTS_MAX
from syncd.intake.parser_process import Lane
from syncd.intake.pipeline import Pipeline
from syncd.intake.poller import Poller
from syncd.observe import moments
from tests.core.lists import Feed, record
from tests.core.lists import document as parsed
from tests.intake.watch import document, watching
from tests.site import Site

FEED, OTHER = "un_sc", "eu_fsf"
STEPS = (
    (Poller, "_arrived"),
    (Poller, "_report_answer"),
    (Poller, "_is_stale"),
    (Pipeline, "parse"),
    (Pipeline, "process"),
    (Pipeline, "_archived"),
)


def aliases(count: int, word: str) -> bytes:
    """The invented list, whose first person has so many aliases."""
    each = "<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>{} {}</ALIAS_NAME></INDIVIDUAL_ALIAS>"
    more = "".join(each.format(word, number) for number in range(count))
    return document(FEED).replace(b"</INDIVIDUAL>", more.encode() + b"</INDIVIDUAL>", 1)


def spooled(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.name.startswith(("fetch-", "archive-")))


@pytest.mark.parametrize("count", [RECORD_ELEMENTS_MAX - 500, 20_000])
async def test_thousands_of_changed_aliases_hold_up_nobody(site: Site, tmp_path: Path, count: int) -> None:
    sources = {FEED: {"consolidated_xml": site.url(f"/{FEED}")}, OTHER: {"xml_1_1": site.url(f"/{OTHER}")}}
    async with watching(tmp_path, sources) as watch:
        site.put(f"/{FEED}", aliases(min(count, RECORD_ELEMENTS_MAX - 500), "Kato"))
        await watch.poll(FEED)
        site.put(f"/{FEED}", aliases(count, "Mio"))
        watch.clock.move(timedelta(minutes=1))
        late = 0.0

        async def beat() -> None:
            nonlocal late
            while True:
                # What the loop's thread computes between two heartbeats: the machine may be busy otherwise.
                started = time.thread_time()
                await asyncio.sleep(0.05)
                await watch.worker(OTHER).beat()
                late = max(late, time.thread_time() - started)

        beating = asyncio.create_task(beat())
        started = time.process_time()
        outcome = await watch.poll(FEED)
        beating.cancel()
        seconds = time.process_time() - started
        quarantined = watch.heard.of(moments.EntryQuarantined)
        assert (outcome.result, len(quarantined)) == (("committed", 0) if count < RECORD_ELEMENTS_MAX else ("held", 1))
        assert seconds < 2
        assert late < 1
        assert await watch.sound(FEED)


def test_what_a_change_says_is_known_before_the_ledger_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Feed()
    feed.read([record(1)])
    after = record(1, names=(Name(full="Invented 1", kind="primary"), Name(full="Mio", kind="alias")))
    commit = commit_of(feed.draft(parsed([after])), feed.state)
    monkeypatch.setattr("syncd.core.diff.field_changes", None)
    monkeypatch.setattr("syncd.core.diff.is_material", None)
    (change,) = commit.changes
    assert (change.material, [one.path for one in change.changes]) == (True, ["names"])
    assert change.after is not None
    assert codec.decode(bytes(change.after)) == after


@pytest.mark.parametrize(("part", "step"), STEPS)
async def test_whatever_step_fails_nothing_is_left_in_the_spool(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: type, step: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("it failed")

    async with watching(tmp_path, {FEED: {"consolidated_xml": site.url("/un.xml")}}) as watch:
        site.put("/un.xml", document(FEED))
        await watch.poller(FEED)
        monkeypatch.setattr(part, step, fail)
        with pytest.raises(RuntimeError):
            await watch.poll(FEED)
        assert list(spooled(tmp_path)) == []


@pytest.mark.parametrize("name", ["newest_publication", "missed"])
async def test_a_cursor_that_cannot_be_made_leaves_no_document(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with watching(tmp_path, {FEED: {"consolidated_xml": site.url("/un.xml")}}) as watch:
        site.put("/un.xml", document(FEED))
        monkeypatch.setattr(f"syncd.intake.freshness.{name}", None)
        with pytest.raises(TypeError):
            await watch.poll(FEED)
        assert list(spooled(tmp_path)) == []


async def test_a_full_disk_is_not_the_networks_fault_and_costs_no_source(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching(tmp_path, {FEED: {"consolidated_xml": site.url("/un.xml")}}) as watch:
        client = (await watch.poller(FEED))._client

        async def full(*_: Any, **__: Any) -> Any:
            raise SpoolFailed("the document could not be written to the spool: No space left on device")

        monkeypatch.setattr(client, "ask", full)
        for _ in range(4):
            watch.clock.move(timedelta(minutes=5))
            assert (await watch.poll(FEED)).result == "failed"
        assert {one.fault for one in watch.heard.of(moments.PollFailed)} == {"disk"}
        assert not client.failover._failures
        monkeypatch.undo()
        await watch.poll(FEED)
        last = watch.heard.of(moments.PollFailed)[-1]
        assert (last.fault, last.failures) == ("publisher", 1)


async def test_a_feed_whose_documents_are_slow_goes_behind_the_others() -> None:
    lane, order = Lane(1), []

    async def read(feed: str, seconds: float) -> None:
        async with lane.turn(feed):
            order.append(feed)
            await asyncio.sleep(seconds)

    await read("slow", 0.3)
    first = asyncio.create_task(read("busy", 0.1))
    await asyncio.sleep(0.01)
    waiting = [asyncio.create_task(read(feed, 0.0)) for feed in ("slow", "quick", "another")]
    await asyncio.gather(first, *waiting)
    assert order == ["slow", "busy", "quick", "another", "slow"]


async def test_a_turn_that_nobody_waits_for_any_more_is_passed_on() -> None:
    lane, order = Lane(1), []

    async def read(feed: str) -> None:
        async with lane.turn(feed):
            order.append(feed)
            await asyncio.sleep(0.02)

    tasks = [asyncio.create_task(read(feed)) for feed in ("a", "b", "c")]
    await asyncio.sleep(0.01)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await read("d")
    assert order == ["a", "c", "d"]
