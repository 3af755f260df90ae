"""A site whose lists keep changing: the same acts for the same seed, no matter who watches and what fails meanwhile.

    changing = ChangingLists(site, seed=7)
    changing.begin()
    act = changing.step()          one more act of one authority, as the site serves it from now on

For fault runners: `in_force(feed)` is what a watcher must come to in the end.
"""

import random
from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from syncd.demo import lists
from syncd.demo.site import BadDay, PublishersSite
from syncd.demo.targets import BASELINES, ORGANISATIONS, PERSONS, Called, InventedTarget

Kind = Literal["designated", "amended", "remarked", "delisted", "nothing", "bad_day"]
# Acts and how often each comes.
WEIGHTS: dict[Kind, int] = {
    "designated": 5,
    "amended": 4,
    "remarked": 2,
    "delisted": 3,
    "nothing": 2,
    "bad_day": 2,
}
BAD_DAYS: tuple[BadDay, ...] = ("cut", "error", "html", "empty", "hang_up")
FIRST_NUMBER = 100
# UN references have three digits.
LAST_NUMBER = 999
RECORDS_MIN = 30
ALIASES_MAX = 5


class AuthorityAct(Struct, frozen=True, kw_only=True):
    """What one authority did. `key` is the record's, empty where no record changed (`nothing`, `bad_day`)."""

    feed: str
    kind: Kind
    key: str = ""


class ChangingLists:
    """Acts on the lists of `site`. A bad day ends with the next act of the same authority."""

    def __init__(self, site: PublishersSite, seed: int) -> None:
        self._site = site
        self._random = random.Random(seed)  # noqa: S311  a story to be repeated, not a secret
        self._number = FIRST_NUMBER
        self._lists: dict[str, list[InventedTarget]] = {feed: list(targets) for feed, targets in BASELINES.items()}

    def begin(self) -> None:
        """Publish the first version of every list."""
        for feed, targets in self._lists.items():
            self._site.publish(feed, targets)

    def in_force(self, feed: str) -> frozenset[str]:
        """Returns the keys that are on the list of `feed` now."""
        return frozenset(lists.key(feed, target) for target in self._lists[feed])

    def step(self) -> AuthorityAct:
        """Let one authority act, chosen at random by the seed; return what it did."""
        feed = self._random.choice(sorted(self._lists))
        kind = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if kind == "designated" and self._number > LAST_NUMBER:
            kind = "amended"
        if kind == "delisted" and len(self._lists[feed]) <= RECORDS_MIN:
            kind = "amended"
        target = _ACTS[kind](self, feed) if kind in _ACTS else None
        self._site.publish(feed, self._lists[feed])
        if kind == "bad_day":
            self._site.serve_badly(feed, self._random.choice(BAD_DAYS))
        return AuthorityAct(feed=feed, kind=kind, key=lists.key(feed, target) if target else "")

    def end(self) -> None:
        """End every bad day: each publisher serves its latest list."""
        for feed in self._lists:
            self._site.serve_well(feed)

    def _designate(self, feed: str) -> InventedTarget:
        like = self._random.choice((*PERSONS, *ORGANISATIONS))
        number, self._number = self._number, self._number + 1
        name = Called(f"{like.name.family}-{number}", like.name.given)
        documents = (f"ZZ{number:07}",) if like.kind == "person" else ()
        target = replace(like, number=number, name=name, aliases=(), passports=documents)
        self._lists[feed].append(target)
        return target

    def _amend(self, feed: str) -> InventedTarget:
        """One alias more, or none again."""

        def amended(target: InventedTarget) -> InventedTarget:
            alias = Called(target.name.family, f"Nobody-{self._random.randrange(10**6)}")
            return replace(target, aliases=(*target.aliases, alias) if len(target.aliases) < ALIASES_MAX else ())

        return self._replace(feed, amended)

    def _remark(self, feed: str) -> InventedTarget:
        return self._replace(
            feed, lambda target: replace(target, remarks=f"Seen {self._random.randrange(10**6)} times.")
        )

    def _delist(self, feed: str) -> InventedTarget:
        """Never the owner of a listed vessel, which would amend the vessel too."""
        owners = {target.owner for target in self._lists[feed]}
        target = self._random.choice([one for one in self._lists[feed] if one.number not in owners])
        self._lists[feed].remove(target)
        return target

    def _replace(self, feed: str, change: Callable[[InventedTarget], InventedTarget]) -> InventedTarget:
        index = self._random.randrange(len(self._lists[feed]))
        target = self._lists[feed][index] = change(self._lists[feed][index])
        return target


_ACTS: dict[Kind, Callable[[ChangingLists, str], InventedTarget]] = {
    "designated": ChangingLists._designate,
    "amended": ChangingLists._amend,
    "remarked": ChangingLists._remark,
    "delisted": ChangingLists._delist,
}
