"""Publishers whose lists keep changing: a few targets come, go, and are described anew, by a seed."""

import asyncio
import random

from msgspec.structs import replace

from syncd.demo import lists
from syncd.demo.site import STYLES, PublishersSite
from syncd.demo.targets import BASELINES, Target

ACTS_MAX = 3
LEAST = 20


class Publishers:
    """`changes` counts publications."""

    def __init__(self, site: PublishersSite, rng: random.Random) -> None:
        self.site = site
        self.changes = 0
        self._rng = rng
        self._everybody = {feed: list(BASELINES[feed]) for feed in STYLES}

    def publish_all(self) -> None:
        for feed in STYLES:
            self.site.publish(feed, self._everybody[feed])

    async def keep_changing(self, pause_seconds: float) -> None:
        """Until cancelled: one list after the other, in no order."""
        while True:
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * pause_seconds)
            self._change(self._rng.choice(sorted(STYLES)))

    def _change(self, feed: str) -> None:
        targets = list(self.site.current(feed).targets)
        for _ in range(self._rng.randint(1, ACTS_MAX)):
            self._act(targets, self._everybody[feed])
        self.changes += 1
        self.site.publish(feed, targets)

    def _act(self, targets: list[Target], everybody: list[Target]) -> None:
        here = {target.number for target in targets}
        away = [target for target in everybody if target.number not in here]
        if away and self._rng.random() < 0.4:
            targets.append(self._rng.choice(away))
            return
        place = self._rng.randrange(len(targets))
        if len(targets) > LEAST and self._rng.random() < 0.4:
            del targets[place]
            return
        targets[place] = replace(targets[place], remarks=f"Described anew, {self._rng.randrange(10**6)}.")

    def keys(self, feed: str) -> set[str]:
        """The keys of what is published now."""
        return {lists.key(feed, target) for target in self.site.current(feed).targets}
