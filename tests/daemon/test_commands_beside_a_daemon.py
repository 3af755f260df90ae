"""What people ask while the daemon runs, and while it does not."""

import asyncio
import re
import signal
from pathlib import Path
from typing import Any

from syncd.demo.lists import key
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER, InventedTarget
from tests.daemon.running import Running, eventually, running, started, syncd

FEED = "un_sc"
ALL = BASELINES[FEED]


async def reached(daemon: Running, sequence: int) -> None:
    async def there() -> bool:
        return await daemon.metric(f'syncd_feed_sequence{{feed="{FEED}"}}') >= sequence

    await eventually(there)


async def held(folder: Path) -> str:
    (hold,) = (await syncd(folder, "held")).lines
    assert (hold["feed"], len(hold["keys"])) == (FEED, 15)
    return str(hold["hold"])


async def test_a_release_beside_the_daemon_is_answered_by_it_and_does_not_fence_it(
    publishers: PublishersSite, tmp_path: Path
) -> None:
    async with running(tmp_path) as daemon:
        await reached(daemon, len(ALL))
        publishers.publish(FEED, (*ALL[15:], NEWCOMER))
        await reached(daemon, len(ALL) + 1)
        identity = await held(tmp_path)
        first, second = await asyncio.gather(*(syncd(tmp_path, "release", identity, "--why", "seen") for _ in "12"))
        assert sorted((first.code, second.code)) == [0, 4]
        refused = first if first.code else second
        assert len(refused.err.splitlines()) == 1
        # By the daemon, which has applied the other; or by the command, when it looks after that.
        assert re.search(f"has (no|a) hold {identity}", refused.err)
        await reached(daemon, len(ALL) + 16)
        # The daemon goes on with its feed.
        publishers.publish(FEED, ALL[15:])
        await reached(daemon, len(ALL) + 17)
        assert (await daemon.stop()).code == 0
    verified = await syncd(tmp_path, "verify", FEED)
    assert (verified.code, verified.lines[0]["ok"]) == (0, True)


async def test_without_a_daemon_the_command_answers_itself(publishers: PublishersSite, tmp_path: Path) -> None:
    assert (await syncd(tmp_path, "once", FEED)).code == 0
    publishers.publish(FEED, ALL[15:])
    assert (await syncd(tmp_path, "once", FEED)).lines[0]["result"] == "held"
    identity = await held(tmp_path)
    publishers.publish(FEED, ALL[12:])
    await syncd(tmp_path, "once", FEED)
    changed = await syncd(tmp_path, "release", identity, "--why", "seen")
    assert (changed.code, len(changed.err.splitlines())) == (4, 1)
    now = (await syncd(tmp_path, "held")).lines[0]["hold"]
    assert f"it is now {now}" in changed.err
    assert (await syncd(tmp_path, "release", now, "--why", "seen")).lines[0]["outcome"] == "applied"
    assert (await syncd(tmp_path, "held")).out == ""
    publishers.serve_badly(FEED, "html")
    resync = await syncd(tmp_path, "resync", FEED)
    assert resync.code == 4
    assert "was not read anew" in resync.err


async def test_a_signal_that_waits_through_a_kill_is_answered_once(publishers: PublishersSite, tmp_path: Path) -> None:
    """A signal that waits while the daemon is killed is answered once after its restart."""
    async with running(tmp_path) as daemon:
        await reached(daemon, len(ALL))
        daemon.process.send_signal(signal.SIGSTOP)
        waiting = await started(tmp_path, "pause", FEED, "--why", "we look at it")
        await asyncio.sleep(1.5)
        daemon.process.send_signal(signal.SIGKILL)
        await daemon.process.wait()
    async with running(tmp_path) as daemon:
        out, _ = await waiting.communicate()
        assert waiting.returncode == 0
        assert b'"outcome":"applied"' in out
        assert out.count(b"\n") == 1
        assert (await syncd(tmp_path, "pause", FEED, "--why", "again")).code == 0
    status = {one["feed"]: one for one in (await syncd(tmp_path, "status")).lines}
    assert status[FEED]["status"] == "paused"


def keys_of(target: InventedTarget) -> tuple[str, str]:
    return key("un_sc", target), key("us_ofac_sdn", target)


async def test_links_are_decided_beside_the_daemon_and_without_it(publishers: PublishersSite, tmp_path: Path) -> None:
    """Targets are shown and links decided beside the daemon and without it."""
    un, us = keys_of(next(target for target in ALL if target in BASELINES["us_ofac_sdn"]))

    async def linked() -> bool:
        said = (await daemon.get("/api/status")).json().get("coordination")
        return bool(said and said["status"] == "ok") and await together()

    async def together() -> bool:
        shown = (await syncd(tmp_path, "targets")).lines
        return any({un, us} <= set(target["records"]) for target in shown)

    standing: list[Any] = []

    async def current() -> bool:
        ran = await syncd(tmp_path, "status", "--check")
        standing[:] = ran.lines
        return ran.code == 0 and standing[-1]["records"] > 0

    # The coordinator counts its targets in heartbeats: in the first that the daemon sends, when they are there before.
    assert (await syncd(tmp_path, "once")).code == 0
    async with running(tmp_path) as daemon:
        await eventually(linked)
        await eventually(current)
        assert (standing[-1]["feed"], standing[-1]["status"]) == ("coordinator", "ok")
        assert len((await syncd(tmp_path, "targets")).lines) > 0
        forbidden = await syncd(tmp_path, "link", "forbid", un, us, "--why", "two men")
        assert (forbidden.code, forbidden.lines[0]["outcome"]) == (0, "applied")
        assert not await together()
        unknown = await syncd(tmp_path, "link", "confirm", un, "us_ofac_sdn:nobody", "--why", "x")
        assert (unknown.code, len(unknown.err.splitlines())) == (4, 1)
        assert "nobody has ever listed us_ofac_sdn:nobody" in unknown.err
        assert (await daemon.stop()).code == 0
    (story,) = (await syncd(tmp_path, "target", us)).lines
    assert [one["verdict"] for one in story["decisions"]] == ["forbidden"]
    assert (await syncd(tmp_path, "link", "confirm", un, us, "--why", "one man after all")).code == 0
    assert await together()
    (again,) = (await syncd(tmp_path, "target", un)).lines
    assert (await syncd(tmp_path, "target", again["target"]["id"])).lines == [again]
    told = (await syncd(tmp_path, "tail", "--coordination")).lines
    assert [event["data"]["sequence"] for event in told] == list(range(1, len(told) + 1))
    assert {event["source"] for event in told} <= {"/syncd/local/coordinator"}
