"""What was said of several lists together, held against the changes of all of them.

The topics are read as any consumer reads them; the changes are then told once more, in the order of their commits, to
a coordinator that has never seen them.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
from aiokafka.structs import ConsumerRecord

from syncd.core.coordination.coordinator import Coordinator
from syncd.core.coordination.lineage import founder_of, id_of
from syncd.core.coordination.target import CoordinationCommit, CoordinationEvent, CoordinatorState, Target
from syncd.core.coordination.target_store import unpack_target
from syncd.core.events import Change, decode_change
from syncd.core.partitions import PARTITIONS
from tests.simulation.audit import out_of_order, read

COORDINATOR = "coordinator"


@dataclass
class Together:
    """Coordination after its last commit. `problems` say what was promised and is not so."""

    events: int = 0
    targets: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


async def together(bootstrap: str, prefix: str, partitions: Iterable[int]) -> Together:
    """Events, targets and state of the coordinator, and the changes in `partitions` that they came of."""
    changes: list[Change] = []
    for partition in partitions:
        changes += [decode_change(one.value) for one in await read(bootstrap, f"{prefix}changes.v1", partition)]
    events = await read(bootstrap, f"{prefix}coordination.v1", 0)
    targets = _targets(await read(bootstrap, f"{prefix}targets.v1", 0))
    state = _state(await read(bootstrap, f"{prefix}state.v1", PARTITIONS - 1))
    result = Together(len(events), len(targets))
    result.kinds = dict(Counter(json.loads(message.value)["type"] for message in events))
    result.problems += out_of_order("coordination", events)
    _check_state(result, state, changes)
    _check_targets(result, targets, events, changes)
    return result


def _targets(messages: Iterable[ConsumerRecord]) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for message in messages:
        # Parts, which whole targets are too large for, and what linking keeps beside the targets.
        if any(name == "part" for name, _ in message.headers):
            continue
        found.pop(message.key.decode(), None)
        if message.value is not None:
            found[message.key.decode()] = msgspec.json.decode(message.value, type=Target)
    return found


def _state(messages: Iterable[ConsumerRecord]) -> CoordinatorState:
    values = [message.value for message in messages if message.key == COORDINATOR.encode()]
    return msgspec.json.decode(values[-1], type=CoordinatorState) if values else CoordinatorState()


def _check_state(result: Together, state: CoordinatorState, changes: Iterable[Change]) -> None:
    ends: dict[str, int] = {}
    for change in changes:
        ends[change.feed] = max(change.sequence, ends.get(change.feed, 0))
    if state.cursor != ends:
        result.problems.append(f"coordination: its cursor is {state.cursor}, the lists are at {ends}")
    if (state.sequence, state.targets) != (result.events, result.targets):
        result.problems.append(f"coordination: its state says {state.sequence} events and {state.targets} targets")


def _check_targets(
    result: Together, targets: dict[str, Target], events: Iterable[ConsumerRecord], changes: Iterable[Change]
) -> None:
    told = _told_again(changes)
    anew = {name: unpack_target(row) for name, row in told.targets.items() if row is not None}
    if _clusters(anew.values()) != _clusters(targets.values()):
        result.problems.append("coordination: the targets are not those that the changes make")
    stands = [msgspec.json.decode(one.value, type=CoordinationEvent) for one in events]
    result.problems += _misnamed(targets.values(), {one.target for one in stands})
    said, heard = _by_target(told.events, anew), _by_target(stands, anew)
    for what, some in (("is missing", said - heard), ("should not have been said", heard - said)):
        result.problems += [f"coordination: {kind} of {name} {what}" for kind, name in sorted(some.elements())]


def _by_target(events: Iterable[CoordinationEvent], targets: dict[str, Target]) -> Counter[tuple[str, str]]:
    """How often each kind of event was said of each target. Not by ids: a commit that hangs while brokers are away is
    read after later ones of other lists, and a coordination may then be named for another designation."""
    of = {member.key: name for name, found in targets.items() for member in found.members}
    found: Counter[tuple[str, str]] = Counter()
    for event in events:
        keys = (*event.members, *(one.key for one in event.participations))
        found[event.type, next((of[key] for key in keys if key in of), event.target)] += 1
    return found


def _told_again(changes: Iterable[Change]) -> CoordinationCommit:
    coordinator = Coordinator(CoordinatorState(), {})
    for change in sorted(changes, key=lambda one: (one.feed, one.sequence)):
        coordinator.take(change)
    commit = coordinator.draft(datetime.now(UTC) + timedelta(seconds=1))
    return commit or CoordinationCommit(events=(), targets={}, state=CoordinatorState())


def _clusters(targets: Iterable[Target]) -> set[tuple[tuple[str, str, int], ...]]:
    """By their records. Two commits that hang are read in an order of their own, and which of two ids was told first
    depends on it."""
    return {tuple(sorted((one.key, one.status, one.sequence) for one in found.members)) for found in targets}


def _misnamed(targets: Iterable[Target], told: set[str]) -> list[str]:
    """Targets that go by none of their ids that were told; or, where none was told, not by the one of the founder."""
    found = []
    for one in targets:
        own = {id_of(member) for member in one.members if member.status != "rekeyed"}
        allowed = own & told or {id_of(founder_of(one.members))}
        if one.id not in allowed:
            found.append(f"coordination: target {one.id} should go by one of {sorted(allowed)}")
    return found
