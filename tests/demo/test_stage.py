"""The real daemon follows a site that keeps changing and has bad days."""

import asyncio
from pathlib import Path

from syncd.demo.changing import ChangingLists
from syncd.demo.site import PublishersSite
from syncd.demo.stage import Stage
from syncd.demo.targets import BASELINES

STEPS = 16
ACT_EVERY_SECONDS = 0.4
SETTLED_WITHIN_SECONDS = 90


class Watcher:
    """What a consumer knows: the keys in force of each list, from the changes alone."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._keys: dict[str, set[str]] = {feed: set() for feed in BASELINES}

    async def comes_to(self, changing: ChangingLists) -> bool:
        """Wait until every list is what its publisher serves."""
        async with asyncio.timeout(SETTLED_WITHIN_SECONDS):
            while any(keys != changing.in_force(feed) for feed, keys in self._keys.items()):
                change = await self._stage.change(SETTLED_WITHIN_SECONDS)
                keys = self._keys[change.feed]
                keys.discard(change.key)
                if change.type != "delisted":
                    keys.add(change.key)
        return True


async def test_a_watcher_comes_to_what_is_in_force_whatever_the_bad_days(tmp_path: Path) -> None:
    async with PublishersSite() as site:
        changing = ChangingLists(site, seed=5)
        changing.begin()
        async with Stage(tmp_path, site) as stage:
            watcher = Watcher(stage)
            assert await watcher.comes_to(changing)
            acts = []
            for _ in range(STEPS):
                acts.append(changing.step())
                await asyncio.sleep(ACT_EVERY_SECONDS)
            changing.end()
            assert "bad_day" in {act.kind for act in acts}
            assert await watcher.comes_to(changing)
            ran = await stage.command("verify")
            assert (ran.code, ran.errors) == (0, "")


async def test_a_command_says_how_it_ended(tmp_path: Path) -> None:
    async with PublishersSite() as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets)
        async with Stage(tmp_path, site) as stage:
            for _ in range(sum(map(len, BASELINES.values()))):
                await stage.change(30)
            ran = await stage.command("release", "nosuchholdat", "--why", "x")
    assert ran.code == 4
    assert "nosuchholdat" in ran.errors
    assert len(ran.errors.splitlines()) == 1
