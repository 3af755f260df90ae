"""Authorities in memory: each has a true list that lives on, and a server that behaves as real ones have.

A document is false (records, contents or keys are missing, others flood in, its date is wrong) until it is put right; a
trouble is of the server, and ends by itself. Everything is drawn from the number that an act carries.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from syncd.demo import lists
from syncd.demo.targets import ORGANISATIONS, PERSONS, Called, InventedTarget

ADDRESSES = {"un_sc": "https://un.example/list.xml", "uk_sl": "https://uk.example/list.xml"}
# A server that is in trouble is well again after so many minutes.
MINUTES = (5, 20, 45, 90, 240)
TROUBLES = (
    "error", "html", "empty", "hang_up", "silent", "unreached", "cut", "cut", "slow", "endless", "lying_304",
    "redirect", "older", "turns", "turns",
)  # fmt: skip


class Issue(Struct, frozen=True, kw_only=True):
    """One document: what it has of which targets, its bytes, and what the server says of it."""

    targets: tuple[InventedTarget, ...]
    body: bytes
    last_modified: datetime

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:16]}"'


class Trouble(Struct, frozen=True, kw_only=True):
    """How a server misbehaves, and until when."""

    kind: str
    until: datetime
    number: int


class Publisher:
    """One authority's list. `truth` is what its list is by number; `issues` are the true documents, oldest first. A
    list that is stamped has other bytes in each answer."""

    def __init__(
        self, feed: str, targets: Iterable[InventedTarget], now: Callable[[], datetime], *, is_stamped: bool = False
    ) -> None:
        self.feed = feed
        self.is_stamped = is_stamped
        self.truth: dict[int, InventedTarget] = {one.number: one for one in targets}
        self.issues: list[Issue] = []
        self.trouble: Trouble | None = None
        self._now = now
        self._next = 200
        self._clock = now()
        self.shown: Issue
        self.publish_truth()

    def publish_truth(self) -> Issue:
        """Show the true list, in a document of its own."""
        self.shown = self._issue(self.truth.values(), self._time())
        self.issues.append(self.shown)
        return self.shown

    def _time(self) -> datetime:
        """The publisher's clock: later each time, whatever ours does."""
        self._clock = max(self._clock + timedelta(seconds=1), self._now().replace(microsecond=0))
        return self._clock

    def _issue(self, targets: Iterable[InventedTarget], dated: datetime, at: datetime | None = None) -> Issue:
        held = tuple(targets)
        return Issue(targets=held, body=written(self.feed, held, dated), last_modified=at or dated)

    # What an authority does.
    def lives_on(self, chance: random.Random) -> None:
        """A record comes, goes or is amended."""
        kind = chance.random()
        if kind < 0.4 or len(self.truth) < 5:
            self._next += 1
            self.truth[self._next] = newcomer(self._next, chance.random() < 0.5)
        elif kind < 0.6:
            del self.truth[chance.choice(sorted(self.truth))]
        else:
            number = chance.choice(sorted(self.truth))
            self.truth[number] = amended(self.truth[number], chance)
        self.publish_truth()

    def is_put_right(self, chance: random.Random) -> None:
        """The true list again: the document that was there, or its content in a new one."""
        if chance.random() < 0.5:
            self.shown = self.issues[-1]
        else:
            self.publish_truth()

    # What goes wrong with a document.
    def loses_records(self, chance: random.Random) -> None:
        kept = chance.sample(sorted(self.truth), chance.randint(0, len(self.truth) - 1))
        self._show_false(self.truth[number] for number in sorted(kept))

    def loses_content(self, chance: random.Random) -> None:
        lost = set(chance.sample(sorted(self.truth), chance.randint(1, len(self.truth))))
        part = chance.choice(({"aliases": ()}, {"passports": ()}, {"born": "1900"}))
        self._show_false(replace(one, **part) if one.number in lost else one for one in self.truth.values())

    def gets_other_keys(self, chance: random.Random) -> None:
        moved = set(chance.sample(sorted(self.truth), chance.randint(1, len(self.truth))))
        self._show_false(
            replace(one, number=one.number + 500) if one.number in moved else one for one in self.truth.values()
        )

    def shifts_ids(self, chance: random.Random) -> None:
        numbers = sorted(self.truth)
        turned = numbers[1:] + numbers[:1]
        pairs = zip(numbers, turned, strict=True)
        self._show_false(replace(self.truth[one], number=number) for one, number in pairs)

    def is_flooded(self, chance: random.Random) -> None:
        flood = [newcomer(number, chance.random() < 0.5) for number in range(700, 700 + chance.randint(1, 14))]
        self._show_false([*self.truth.values(), *flood])

    def is_misdated(self, chance: random.Random) -> None:
        """The true list, under a date that is far behind or ahead."""
        days = chance.choice((-400, -1, 0.8, 0.9, 400))
        self.shown = self._issue(self.truth.values(), self._time() + timedelta(days=days), self._clock)

    def is_reordered(self, chance: random.Random) -> None:
        """The true list, its entries in another order."""
        turned = sorted(self.truth.values(), key=lambda one: chance.random())
        self.shown = self._issue(turned, self._time())

    def _show_false(self, targets: Iterable[InventedTarget]) -> None:
        self.shown = self._issue(targets, self._time())

    def gets_in_trouble(self, chance: random.Random) -> None:
        self.trouble = Trouble(
            kind=chance.choice(TROUBLES),
            until=self._now() + timedelta(minutes=chance.choice(MINUTES)),
            number=chance.randrange(1 << 30),
        )

    def is_well(self) -> None:
        self.trouble = None

    def current_trouble(self) -> Trouble | None:
        """The trouble that the server is in now."""
        if self.trouble is not None and self.trouble.until <= self._now():
            self.trouble = None
        return self.trouble

    def served(self, trouble: Trouble | None, chance: random.Random) -> Issue:
        """What the server that answers now has."""
        if trouble is None or len(self.issues) < 2 or trouble.kind not in ("older", "turns"):
            return self.shown
        older = self.issues[max(0, len(self.issues) - 2 - trouble.number % 3)]
        return older if trouble.kind == "older" or chance.random() < 0.5 else self.shown


ACTS: Mapping[str, tuple[Callable[[Publisher, random.Random], None], int]] = {
    "lives on": (Publisher.lives_on, 8),
    "is put right": (Publisher.is_put_right, 4),
    "loses records": (Publisher.loses_records, 3),
    "loses content": (Publisher.loses_content, 2),
    "gets other keys": (Publisher.gets_other_keys, 1),
    "shifts ids": (Publisher.shifts_ids, 1),
    "is flooded": (Publisher.is_flooded, 2),
    "is misdated": (Publisher.is_misdated, 3),
    "is reordered": (Publisher.is_reordered, 1),
    "gets in trouble": (Publisher.gets_in_trouble, 9),
}


def newcomer(number: int, is_person: bool) -> InventedTarget:
    """An invented target that nobody has listed before."""
    pattern = PERSONS[number % len(PERSONS)] if is_person else ORGANISATIONS[number % len(ORGANISATIONS)]
    words = f"NOSUCH{letters(number)}"
    name = Called(words, pattern.name.given) if is_person else Called(f"{words} HOLDINGS")
    own = {"passports": (f"YY{number:07}",)} if is_person else {"registration": f"YY-{number:05}"}
    return replace(pattern, number=number, name=name, original=None, aliases=(), designated="2026-03-01", **own)


def letters(number: int) -> str:
    """The number in letters, which names have."""
    return "".join("ABCDEFGHKL"[int(digit)] for digit in str(number))


def amended(target: InventedTarget, chance: random.Random) -> InventedTarget:
    """The target with an alias more or less, or another position."""
    kind = chance.random()
    if kind < 0.5:
        return replace(target, aliases=(*target.aliases, Called(f"OTHERWISE{letters(chance.randrange(10**6))}")))
    if kind < 0.8 and target.aliases:
        return replace(target, aliases=target.aliases[1:])
    return replace(target, remarks=f"Remark {chance.randrange(1000)}.")


@lru_cache(maxsize=512)
def written(feed: str, targets: tuple[InventedTarget, ...], dated: datetime) -> bytes:
    """The document of these targets, in the publisher's own format."""
    return lists.document(feed, targets, dated)


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)
