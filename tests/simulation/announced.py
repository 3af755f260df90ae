"""Announcements that come while things break, and an auditor of what was said of them.

Each names somebody whom the EU's list has, will have soon, or never gets. Whatever is killed: each is noticed once, and
linked once to every change that enacts it. Written against the messages alone: no code of the ledger is used.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka.structs import ConsumerRecord
from msgspec.structs import replace

from syncd.channels import all_channels, eu_oj, slots_by_channel
from syncd.core.partitions import PARTITIONS
from syncd.demo.journal import InventedAct, OfficialJournal
from syncd.demo.targets import PERSONS, Called, InventedTarget
from syncd.feeds import partition_of
from tests.simulation.audit import out_of_order, read

CHANNEL, LIST = eu_oj.CHANNEL.id, "eu_fsf"
# Acts of one day on one framework are one announcement: each has another. The latest stand first, older ones are
# passed over, so the first is of a day that is not yet old, and each is later than those before it.
DAYS = eu_oj.CHANNEL.rules.old_days - 2
PLACES = [(days, framework) for days in range(DAYS, 0, -1) for framework in sorted(eu_oj.FRAMEWORKS)]
# Of some frameworks no list has anybody.
PLACES = [(days, framework) for days, framework in PLACES if framework not in eu_oj.NEVER_IN_THE_FILE]
ENACTING = frozenset({"designated", "relisted"})


def settings(home: str, *, seconds: int = 1) -> dict[str, Any]:
    """The `[notices]` of a configuration that asks the journal at `home` as often, and no other channel."""
    others = [name for name in all_channels() if name != CHANNEL]
    return {"mirror": home, "interval_seconds": seconds, "disable": others}


class Announcements:
    """Announces by a journal. `names` are those of whom each announcement names, by its id."""

    def __init__(self, journal: OfficialJournal) -> None:
        self.names: dict[str, str] = {}
        self._journal = journal
        self._today = datetime.now(UTC).date()
        self._count = 0

    def begin(self) -> None:
        """Announce what is there when the channel is read first, of which nothing is said."""
        self.names.pop(self.announce_nobody())

    def announce(self, target: InventedTarget) -> str:
        """Returns the id of the announcement; empty when there is no room for another."""
        if self._count == len(PLACES):
            return ""
        days, framework = PLACES[self._count]
        self._count += 1
        day = (self._today - timedelta(days=days)).isoformat()
        number = f"{day[:4]}/{9000 + self._count}"
        self._journal.publish(InventedAct(number=number, day=day, target=target, framework=framework))
        self.names[f"{framework}.{day}"] = target.name.full
        return f"{framework}.{day}"

    def announce_nobody(self) -> str:
        """Of somebody who comes to no list."""
        return self.announce(nobody(f"NOBODY-{self._count}"))


def nobody(family: str) -> InventedTarget:
    """Somebody whom no list names."""
    return replace(PERSONS[0], name=Called(family, "Ever"))


@dataclass
class AnnouncedAudit:
    """What was said of announcements. `problems` say what was promised and is not so."""

    events: int = 0
    noticed: int = 0
    linked: int = 0
    problems: list[str] = field(default_factory=list)


async def announced_audit(bootstrap: str, prefix: str, names: Mapping[str, str]) -> AnnouncedAudit:
    """Hold the topic of notices against what was announced since the baseline, and against the changes of the list.
    `names` are those whom each announcement names, by its id."""
    events = await read(bootstrap, f"{prefix}notices.v1", slots_by_channel()[CHANNEL])
    changes = await read(bootstrap, f"{prefix}changes.v1", partition_of(LIST))
    states = await read(bootstrap, f"{prefix}state.v1", PARTITIONS - 1)
    state = [json.loads(one.value) for one in states if one.key == b"notices"]
    result = audit_of(events, [json.loads(one.value) for one in changes], names)
    if state and state[-1]["channels"][CHANNEL].get("sequence", 0) != len(events):
        result.problems.append("notices: their state is not at the last event")
    return result


def audit_of(events: Sequence[ConsumerRecord], changes: Iterable[Any], names: Mapping[str, str]) -> AnnouncedAudit:
    """The same of messages and changes at hand."""
    result = AnnouncedAudit(len(events))
    told = [json.loads(one.value) for one in events]
    result.problems += out_of_order("notices", events)
    _check_noticed(result, told, names)
    _check_links(result, told, changes, names)
    return result


def _check_noticed(result: AnnouncedAudit, told: Iterable[Any], names: Mapping[str, str]) -> None:
    """Each once, and none revised: their pages stay as they are, whoever reads them again."""
    times = Counter[str]()
    for event in told:
        times[event["notice"]["id"]] += event["type"] == "noticed"
        if event["type"] == "revised":
            result.problems.append(f"notices: {event['notice']['id']} is revised, and its page is as it was")
    result.noticed = sum(times.values())
    wanted = {f"{CHANNEL}:{one}": 1 for one in names}
    for name in sorted(wanted.keys() | times.keys()):
        if times[name] != wanted.get(name, 0):
            result.problems.append(f"notices: {name} is noticed {times[name]} times")


def _check_links(result: AnnouncedAudit, told: Iterable[Any], changes: Iterable[Any], names: Mapping[str, str]) -> None:
    """Each notice is linked once to each change that enacts it, and is settled then."""
    linked = Counter[tuple[str, int, str, int]]()
    last: dict[str, Any] = {}
    for event in told:
        last[event["notice"]["id"]] = event["notice"]
        for link in event.get("links", ()):
            linked[event["notice"]["id"], link["sequence"], link["key"], link["commit"]] += 1
    result.linked = sum(linked.values())
    by_name: dict[str, list[str]] = {}
    for identity, name in names.items():
        by_name.setdefault(name, []).append(f"{CHANNEL}:{identity}")
    wanted = Counter(
        (notice, change["sequence"], change["key"], change["commit"])
        for change in changes
        if change["type"] in ENACTING
        for name in {one["full"] for one in change["after"]["names"]}
        for notice in by_name.get(name, ())
    )
    for what, some in (("is not linked", wanted - linked), ("is linked and should not be", linked - wanted)):
        result.problems += [f"notices: {one[0]} {what}, sequence {one[1]}" for one in sorted(some.elements())]
    enacted = {one[0] for one in wanted}
    result.problems += [
        f"notices: {name} is {notice.get('state', 'open')}, {'' if name in enacted else 'not '}enacted"
        for name, notice in last.items()
        if (notice.get("state", "open") == "settled") != (name in enacted)
    ]
