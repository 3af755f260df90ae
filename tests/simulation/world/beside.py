"""What must be so of coordination, notices and webhooks, whatever happened. See `oracles`."""

from collections import Counter
from typing import TYPE_CHECKING

from syncd.core.coordination.target import COORDINATOR
from syncd.demo import lists
from syncd.ledger.contract import Ledger
from tests.simulation.world.oracles import Wrong
from tests.simulation.world.others import CHANNEL

if TYPE_CHECKING:
    from tests.simulation.world.world import World

# What a webhook is not sent unless it asks for it.
UNWANTED = "baselined"


async def check_parts(world: "World", ledger: Ledger) -> None:
    """Check each part of syncd that ran. Raises Wrong."""
    parts = world.plan.parts
    if "coordination" in parts:
        await _check_coordination(world, ledger)
    if "notices" in parts:
        await _check_notices(world, ledger)
    if "webhooks" in parts:
        await _check_webhook(world, ledger)


async def _check_coordination(world: "World", ledger: Ledger) -> None:
    """All is read, in order; each thing is said once; who stands on both lists under one number is one target."""
    state, _ = await ledger.targets(only=())
    ends = {feed: (await ledger.state(feed)).sequence for feed in world.plan.feeds}
    if dict(state.cursor) != ends:
        raise Wrong(f"the coordinator has read {dict(state.cursor)} of {ends}")
    events = [event async for event in ledger.coordination()]
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        raise Wrong("the sequence of coordination events has a hole")
    if len({event.id for event in events}) != len(events):
        raise Wrong("a coordination event was said twice")
    started = Counter(event.coordination for event in events if event.type == "coordination.started")
    if any(count > 1 for count in started.values()):
        raise Wrong("a coordination was started twice")
    # Whose number stood for somebody else for a while may stay apart: what was listed under it then counts against it.
    reused = {change.key async for change in ledger.tail({}) if change.basis == "id_reused"}
    un_sc, uk_sl = (world.publishers[feed].truth for feed in ("un_sc", "uk_sl"))
    for number in sorted(un_sc.keys() & uk_sl.keys()):
        target = un_sc[number]
        if reused & {lists.key(feed, target) for feed in world.plan.feeds}:
            continue
        if target.passports and target.name == uk_sl[number].name and target.passports == uk_sl[number].passports:
            bodies = [(await ledger.target_of(lists.key(feed, target)))[1] for feed in ("un_sc", "uk_sl")]
            if bodies[0] is None or bodies[0] != bodies[1]:
                raise Wrong(f"{lists.key('un_sc', target)} is on both lists, and is two targets")


async def _check_notices(world: "World", ledger: Ledger) -> None:
    """Each announcement is noticed once, and linked once to each change."""
    events = [event async for event in ledger.notices({})]
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        raise Wrong("the sequence of notices has a hole")
    noticed = Counter(event.notice.announcement.id for event in events if event.type == "noticed")
    links = Counter(
        (event.notice.id, link.feed, link.sequence)
        for event in events
        if event.type == "linked"
        for link in event.links
    )
    if any(count > 1 for count in (*noticed.values(), *links.values())):
        raise Wrong(f"a notice was noticed or linked twice: {noticed}, {links}")
    if any(act.kind == "clock" for act in world.plan.acts):
        return
    for announced, is_read in world.announcer.announced.items():
        if is_read and not noticed[announced]:
            raise Wrong(f"{CHANNEL}: {announced} was announced and never noticed")


async def _check_webhook(world: "World", ledger: Ledger) -> None:
    """The bank has had each event at least once, as it stands in the ledger, and those of a list in their order."""
    due: dict[str, list[int]] = {}
    async for change in ledger.tail({}):
        if change.type != UNWANTED:
            due.setdefault(change.feed, []).append(change.sequence)
    async for event in ledger.coordination():
        due.setdefault(COORDINATOR, []).append(event.sequence)
    had: dict[str, dict[int, str]] = {}
    for event in world.bank.taken:
        feed, data = event["source"].rpartition("/")[2], event["data"]
        if had.setdefault(feed, {}).setdefault(data["sequence"], event["id"]) != event["id"]:
            raise Wrong(f"the bank had sequence {data['sequence']} of {feed} twice, with other content")
    for feed in due.keys() | had.keys():
        if list(had.get(feed, {})) != due.get(feed, []):
            raise Wrong(f"the bank had {list(had.get(feed, {}))} of {feed}, and not {due.get(feed, [])}")
