"""The daemon as a process: it starts anywhere, says what is wrong, ends when told, and comes back from any death."""

import asyncio
import contextlib
import json
import random
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from syncd.core.times import iso
from syncd.demo import lists
from syncd.demo.changing import ChangingLists
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.ledger.sqlite import SqliteLedger
from tests.daemon.conftest import QUICK
from tests.daemon.running import Running, by_new_interpreter, configured, eventually, running, started, syncd
from tests.simulation import announced

KILLS = 20
# Nobody listens there.
NOWHERE = "http://127.0.0.1:9"
SECRETS = ("X-Amz-", "Signature", "storage.example?", "NEBYVALSKY", "Timofey")


async def committed(daemon: Running, feed: str, sequence: int) -> None:
    async def there() -> bool:
        return await daemon.metric(f'syncd_feed_sequence{{feed="{feed}"}}') >= sequence

    await eventually(there)


async def test_it_answers_on_its_port_ends_in_good_order_and_tells_no_secret(
    publishers: PublishersSite, tmp_path: Path
) -> None:
    async with running(tmp_path, by_new_interpreter) as daemon:
        for feed in ("us_ofac_sdn", "un_sc"):
            await committed(daemon, feed, len(BASELINES[feed]))
        publishers.publish("us_ofac_sdn", (*BASELINES["us_ofac_sdn"], NEWCOMER))
        await committed(daemon, "us_ofac_sdn", len(BASELINES["us_ofac_sdn"]) + 1)
        publishers.serve_badly("un_sc", "hang_up")
        await eventually(lambda: daemon.metric('syncd_polls_total{feed="un_sc",outcome="failed"'))
        assert (await daemon.get("/readyz")).status_code == 200
        metrics = (await daemon.get("/metrics")).text
        second = await syncd(tmp_path, "once")
        assert second.code == 1
        assert second.err.count("\n") == 1
        assert f"is being written by '__main__.py run' (process {daemon.process.pid}" in second.err
        before = time.monotonic()
        ended = await daemon.stop()
        assert ended.code == 0
        assert time.monotonic() - before < 5
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert {"daemon_started", "committed", "poll_failed", "daemon_stopping"} <= {line["event"] for line in lines}
    assert ended.out == ""
    tail = await syncd(tmp_path, "tail")
    for secret in SECRETS:
        assert secret not in ended.err + metrics
    assert "X-Amz-" not in tail.out
    assert "Traceback" not in ended.err


async def test_without_network_and_configuration_it_stays_up_and_says_what_fails(tmp_path: Path) -> None:
    # A port at which nobody listens, in place of the way out.
    async with running(tmp_path, HTTPS_PROXY=NOWHERE, HTTP_PROXY=NOWHERE) as daemon:
        await eventually(lambda: daemon.metric('syncd_polls_total{feed="un_sc",outcome="failed"'))
        assert (await daemon.get("/livez")).status_code == 200
        ended = await daemon.stop(signal.SIGINT)
    assert ended.code == 0
    assert (tmp_path / "syncd.db").is_file()
    failed = [line for line in map(json.loads, ended.err.splitlines()) if line["event"] == "poll_failed"]
    assert all(line["fault"] == "network" for line in failed)
    assert "Traceback" not in ended.err


async def test_a_second_signal_ends_it_at_once(publishers: PublishersSite, tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await committed(daemon, "un_sc", 1)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.send_signal(signal.SIGINT)
        before = time.monotonic()
        ended = await daemon.stop()
        assert time.monotonic() - before < 2
        assert ended.code in (0, -signal.SIGTERM, -signal.SIGINT)


async def test_a_document_waits_for_an_archive_that_cannot_be_written(
    publishers: PublishersSite, tmp_path: Path
) -> None:
    archive = tmp_path / "syncd.db-archive"
    archive.write_text("a file stands where the folder should be")
    first = await syncd(tmp_path, "once", "un_sc")
    assert (first.code, first.lines[0]["result"]) == (0, "committed")
    event = (await syncd(tmp_path, "tail", "un_sc")).lines[0]
    assert event["data"]["evidence"]["archived"] == "pending"
    assert len(list((tmp_path / "syncd.db-spool").glob("*.zst"))) == 1
    archive.unlink()
    publishers.publish("un_sc", (*BASELINES["un_sc"], NEWCOMER))
    assert (await syncd(tmp_path, "once", "un_sc")).lines[0]["result"] == "committed"
    assert len(list(archive.rglob("*.zst"))) >= 1


async def test_what_a_killed_process_left_in_the_spool_is_removed(publishers: PublishersSite, tmp_path: Path) -> None:
    spool = tmp_path / "syncd.db-spool"
    spool.mkdir()
    waiting = spool / f"{'a' * 64}.zst"
    for name in ("fetch-x1", "fetch-x1.zip", "archive-abc-12", "archive-abc-12.zst", waiting.name):
        (spool / name).write_text("half a document")
    assert (await syncd(tmp_path, "once", "un_sc")).code == 0
    left = [file.name for file in spool.iterdir() if file.suffix != ".pieces"]
    assert left == [waiting.name]


async def test_killed_at_any_moment_it_comes_to_what_the_publishers_last_said(
    publishers: PublishersSite, tmp_path: Path
) -> None:
    configured(tmp_path, publishers.settings(**QUICK), notices=announced.settings(publishers.home))
    changing, announcing = ChangingLists(publishers, seed=15), announced.Announcements(publishers.journal)
    changing.begin()
    moments = random.Random(5)
    published: dict[str, str] = {}
    for number in range(KILLS):
        act = changing.step()
        is_listed = (act.feed, act.kind) == (announced.LIST, "designated")
        target = publishers.current(act.feed).targets[-1] if is_listed else announced.nobody(f"NOBODY-{number}")
        published[f"{announced.CHANNEL}:{announcing.announce(target)}"] = iso(datetime.now(UTC))
        process = await started(tmp_path, "run", "--port", "0")
        if number % 2:
            await asyncio.sleep(moments.uniform(0.4, 1.6))
        else:
            # The channel is asked last of all: else no kill would fall before, into and after its commits.
            turns = publishers.journal.asked + number // 2 % 2 + 1
            await eventually(lambda turns=turns: asyncio.sleep(0, publishers.journal.asked >= turns))
            await asyncio.sleep(moments.uniform(0, 0.4))
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        _, said = await process.communicate()
        assert process.returncode == -signal.SIGKILL, f"it ended of itself with {process.returncode}: {said.decode()}"
    changing.end()
    # Whatever was killed, all has been read once; so the last one that is announced and listed makes a link.
    await _read_all(tmp_path)
    published[f"{announced.CHANNEL}:{announcing.announce(NEWCOMER)}"] = iso(datetime.now(UTC))
    publishers.publish(announced.LIST, (*publishers.current(announced.LIST).targets, NEWCOMER))
    # Twice: of so many announcements at once, pages are read in two turns.
    for _ in range(2):
        await _read_all(tmp_path)
    verified = await syncd(tmp_path, "verify")
    assert verified.code == 0
    assert [one["feed"] for one in verified.lines] == [*sorted(BASELINES), "coordinator", "notices"]
    today = datetime.now(UTC).date().isoformat()
    for feed in BASELINES:
        records = (await syncd(tmp_path, "as-of", today, feed)).lines
        newcomer = {lists.key(feed, NEWCOMER)} if feed == announced.LIST else set()
        assert {one["key"] for one in records} == changing.in_force(feed) | newcomer
    await _each_is_told_once(tmp_path / "syncd.db", published)


async def _read_all(folder: Path) -> None:
    last = await syncd(folder, "once")
    assert [one["result"] for one in last.lines if one["result"] == "failed"] == []


async def _each_is_told_once(file: Path, published: Mapping[str, str]) -> None:
    """Every announcement but those that the first reading of the channel found; and every link."""
    ledger = await SqliteLedger.open_file(file, writing=False)
    state, _ = await ledger.live_notices()
    events = [event async for event in ledger.notices({})]
    await ledger.close()
    baselined_at = state.channels[announced.CHANNEL].baselined_at
    noticed = sorted(event.notice.id for event in events if event.type == "noticed")
    assert noticed == sorted(name for name, at in published.items() if at > baselined_at)
    assert len(noticed) >= KILLS // 2
    links = [(event.notice.id, link.sequence) for event in events for link in event.links]
    assert len(links) == len(set(links)) >= 1


async def test_a_ledger_out_of_reach_is_measured_as_such_and_one_at_hand_too(
    publishers: PublishersSite, tmp_path: Path
) -> None:
    async with running(tmp_path) as daemon:
        await committed(daemon, "un_sc", 1)
        lines = (await daemon.get("/metrics")).text.splitlines()
    assert {"syncd_ledger_available 1.0", "syncd_active 1.0"} <= set(lines)
    configured(tmp_path, {"enable": ["un_sc"]}, kafka={"bootstrap_servers": ["127.0.0.1:9"]}, archive={"shared": True})
    async with running(tmp_path) as daemon:
        await eventually(lambda: daemon.metric("syncd_ledger_failures_total"))
        lines = (await daemon.get("/metrics")).text.splitlines()
    assert {"syncd_ledger_available 0.0", "syncd_active 0.0"} <= set(lines)
    assert not [line for line in lines if line.startswith("syncd_feed_fresh{")]
