"""What happens in the world of one seed, as data: so that a failing one can be told, repeated and made smaller."""

import random
from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from tests.simulation.world.publishers import ACTS

# How long after one act the next one comes, in minutes.
PAUSES = (2, 30, 40, 50, 70, 90, 300)
CLOCK_HOURS = (-700, -30, -2, -0.1, 0.1, 2, 9, 40, 200, 2000)
SETTLED_HOURS, RELEASED_HOURS = 2.7, 1.2
STAMPED = 0.25
STEPS_MAX, WRITES_MAX = 500, 60
# Beside those of a publisher: kind → how often.
OTHERS = {"killed": 10, "clock": 2, "releases": 3, "restarts": 1}
# Of a part of syncd that runs: kind → which part, how often.
OF_PARTS = {"bank is in trouble": ("webhooks", 5), "announces": ("notices", 6)}
OF_KAFKA = ("brokers are in trouble", "is taken over", "topics are compacted")
PARTS = {"coordination": 0.6, "notices": 0.3, "webhooks": 0.3}
LISTS = (("un_sc",), ("uk_sl",), ("un_sc", "uk_sl"))
# Worlds of this seed and of those above it are small: one list, nothing beside it, few acts. Three cost what one of the
# others does.
SMALL = 1_000_000
ACTS_MAX, ACTS_OF_SMALL_MAX = 9, 3


class Act(Struct, frozen=True, kw_only=True):
    """One thing that happens, so many seconds after the beginning. `number` is what else is drawn for it."""

    at: float
    kind: str
    feed: str = ""
    number: int = 0

    @property
    def text(self) -> str:
        """The act in words."""
        return f"{self.at / 3600:6.2f} h  {self.feed} {self.kind}".replace("  ", " ")


class Plan(Struct, frozen=True, kw_only=True):
    """The world of a seed: its lists, how often what production does each second is done here, and what happens. The
    document of a list that is `stamped` has other bytes in each answer, as one that says when it was sent. `parts` are
    what of syncd runs beside the lists: `coordination`, `notices`, `webhooks`."""

    seed: int
    feeds: tuple[str, ...]
    stamped: frozenset[str]
    parts: frozenset[str]
    look_seconds: float
    acts: tuple[Act, ...]

    def without(self, dropped: Collection[int]) -> "Plan":
        """The same without the acts at these places."""
        return replace(self, acts=tuple(act for at, act in enumerate(self.acts) if at not in dropped))


def plan_of(seed: int) -> Plan:
    """Draw the plan of a seed."""
    chance = random.Random(f"plan {seed}")
    is_small = seed >= SMALL
    feeds = chance.choice(LISTS[:2] if is_small else LISTS)
    parts = {part for part, share in PARTS.items() if not is_small and chance.random() < share}
    if len(feeds) == 1:
        parts.discard("coordination")
    if "uk_sl" not in feeds:
        parts.discard("notices")
    acts = []
    at = 60.0
    for _ in range(chance.randint(1, ACTS_OF_SMALL_MAX) if is_small else chance.randint(3, ACTS_MAX)):
        at += 60 * chance.choice(PAUSES) * chance.uniform(0.5, 1.5)
        acts.append(_act(chance, at, feeds, parts))
    return Plan(
        seed=seed,
        feeds=feeds,
        stamped=frozenset(feed for feed in feeds if chance.random() < STAMPED),
        parts=frozenset(parts),
        look_seconds=chance.choice((600.0, 1800.0)),
        acts=tuple(acts),
    )


def _act(chance: random.Random, at: float, feeds: tuple[str, ...], parts: set[str]) -> Act:
    weights = {kind: weight for kind, (_, weight) in ACTS.items()} | OTHERS
    weights |= {kind: weight for kind, (part, weight) in OF_PARTS.items() if part in parts}
    kind = chance.choices(list(weights), list(weights.values()))[0]
    is_of_list = kind in ACTS or kind == "releases"
    return Act(at=at, kind=kind, feed=chance.choice(feeds) if is_of_list else "", number=chance.randrange(1 << 30))


def with_kafka(plan: Plan) -> Plan:
    """The same world with its ledger in Kafka: what happens to brokers and replicas comes to it."""
    chance = random.Random(f"kafka {plan.seed}")
    end = max(act.at for act in plan.acts)
    acts = [
        Act(at=chance.uniform(60.0, end), kind=chance.choice(OF_KAFKA), number=chance.randrange(1 << 30))
        for _ in range(chance.randint(1, 3))
    ]
    return replace(plan, acts=tuple(sorted((*plan.acts, *acts), key=lambda act: act.at)))
