"""Publishers whose lists keep changing: a few targets come, go, and are described anew, by a seed. Who comes to the
EU's list is announced."""

import asyncio
import random

from msgspec.structs import replace

from syncd.demo import lists
from syncd.demo.site import STYLES, PublishersSite
from syncd.demo.targets import BASELINES, PERSONS, Called, InventedTarget
from tests.simulation.announced import LIST, Announcements

ACTS_MAX = 3
LEAST = 20
MOST = 45
# Who came back stays, for a record that came back and goes again is held. The others go on changing.
STAYING_MAX = 15
FIRST_NUMBER = 100
# UN references have three digits.
LAST_NUMBER = 999


class Publishers:
    """`changes` counts publications."""

    def __init__(self, site: PublishersSite, rng: random.Random) -> None:
        self.site = site
        self.changes = 0
        self.announcements = Announcements(site.journal)
        self._rng = rng
        self._everybody = {feed: list(BASELINES[feed]) for feed in STYLES}
        self._staying: dict[str, set[int]] = {feed: set() for feed in STYLES}
        self._number = dict.fromkeys(STYLES, FIRST_NUMBER)

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
            self._act(feed, targets)
        self.changes += 1
        self.site.publish(feed, targets)

    def _act(self, feed: str, targets: list[InventedTarget]) -> None:
        can_come = len(targets) < MOST and self._number[feed] <= LAST_NUMBER
        if can_come and self._rng.random() < 0.4:
            targets.append(self._coming(feed, targets))
            if feed == LIST:
                self._announce(targets[-1])
            return
        place = self._rng.randrange(len(targets))
        can_go = len(targets) > LEAST and targets[place].number not in self._staying[feed]
        if can_go and self._rng.random() < 0.4:
            del targets[place]
            return
        targets[place] = replace(targets[place], remarks=f"Described anew, {self._rng.randrange(10**6)}.")

    def _announce(self, target: InventedTarget) -> None:
        """Whether the announcement or the list is read first, each replica's clocks decide."""
        self.announcements.announce(target)
        if self._rng.random() < 0.3:
            self.announcements.announce_nobody()

    def _coming(self, feed: str, targets: list[InventedTarget]) -> InventedTarget:
        """Somebody who was on the list before, or somebody new: of one number they are the same on every list."""
        here, staying = {target.number for target in targets}, self._staying[feed]
        away = [target for target in self._everybody[feed] if target.number not in here]
        if away and len(staying) < STAYING_MAX and self._rng.random() < 0.5:
            target = self._rng.choice(away)
            staying.add(target.number)
            return target
        number, self._number[feed] = self._number[feed], self._number[feed] + 1
        like = PERSONS[number % len(PERSONS)]
        return replace(
            like,
            number=number,
            name=Called(f"{like.name.family}-{number}", like.name.given),
            original=None,
            aliases=(),
            born=str(1900 + number % 100),
            passports=(f"ZZ{number:07}",),
        )

    def keys(self, feed: str) -> set[str]:
        """The keys of what is published now."""
        return {lists.key(feed, target) for target in self.site.current(feed).targets}
