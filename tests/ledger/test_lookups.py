"""One record in any ledger: what is under a key, its changes, its target; and the pages of a list."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from syncd.core import codec
from syncd.core.coordination.target import Target
from syncd.core.state import Stored
from syncd.ledger.contract import Ledger
from syncd.ledger.one_record import NoSuchRecord, changes_of_record, history_of_record, target_of_record
from tests.ledger.acts import commit
from tests.ledger.coordination import coordinated, following, row
from tests.ledger.rekeyed import rekeyed
from tests.notices.before_the_list import ACT_NUMBER, CHANNEL, announced_before

FEED = "us_ofac_sdn"


async def paged(ledger: Ledger, feed: str, most: int) -> list[tuple[str, Stored]]:
    found: list[tuple[str, Stored]] = []
    while page := await ledger.stored(feed, after=found[-1][0] if found else "", most=most):
        assert len(page) <= most
        found += page
    return found


async def test_a_list_is_paged_in_the_order_of_its_keys(ledger: Ledger) -> None:
    log = await ledger.open(FEED)
    for seed in range(3):
        await log.commit(commit(log, seed, 30, keys=60))
    found = await paged(ledger, FEED, 7)
    assert [key for key, _ in found] == sorted(log.records, key=str.encode)
    assert dict(found) == log.records
    assert await ledger.stored("un_sc") == []
    await log.commit(commit(log, 9, 30, keys=60))
    assert dict(await paged(ledger, FEED, 50)) == log.records


async def test_a_record_is_found_by_its_key_with_its_changes(ledger: Ledger) -> None:
    log, other = await ledger.open(FEED), await ledger.open("eu_fsf")
    for seed in range(4):
        await log.commit(commit(log, seed, 20, keys=25))
        await other.commit(commit(other, seed, 3))
    changes = [change async for change in ledger.tail({}, feeds=(FEED,))]
    for key, stored in list(log.records.items())[:5]:
        assert await ledger.record(key) == stored
        found = [change async for change in ledger.changes_of(key)]
        assert found == [change for change in changes if change.key == key]
        assert found[-1].sequence == stored.sequence
    for unknown in (f"{FEED}:nobody", "nosuch:1", "noise", f"eu_fsf:{next(iter(log.records)).partition(':')[2]}x"):
        assert await ledger.record(unknown) is None
        assert [change async for change in ledger.changes_of(unknown)] == []


async def test_the_target_of_a_record_is_found_whoever_founded_it(ledger: Ledger) -> None:
    coordinator = await ledger.open_coordinator()
    assert await target_of_record(ledger, f"{FEED}:t1") is None
    await coordinator.commit(coordinated(coordinator, 1, 2))
    target = msgspec.json.decode(codec.unpack_json(row("both", "one of two")), type=Target)
    joined = msgspec.structs.replace(target.members[0], key="un_sc:QDi.9")
    whole = msgspec.structs.replace(target, members=(*target.members, joined))
    written = {"both": codec.pack_json(msgspec.json.encode(whole)), "last": row("last", "last at 2")}
    await coordinator.commit(following(coordinator.state, coordinator.targets, written, 1))
    for key in (f"{FEED}:both", "un_sc:QDi.9"):
        found = await target_of_record(ledger, key)
        assert found is not None
        assert (found.id, [member.key for member in found.members]) == ("both", [f"{FEED}:both", "un_sc:QDi.9"])
    assert await target_of_record(ledger, "un_sc:QDi.90") is None


async def test_a_history_follows_a_record_through_its_keys(ledger: Ledger) -> None:
    old, new = await rekeyed(ledger)
    for key in (old, new):
        changes = await changes_of_record(ledger, key)
        assert [(one.type, one.key) for one in changes] == [
            ("designated", old),
            ("amended", old),
            ("rekeyed", new),
            ("amended", new),
        ]
    first, amended, again, last = await history_of_record(ledger, old)
    assert [(one.path, one.after["full"]) for one in first.differences if one.path == "names"] == [("names", "First")]
    assert [(one.before["full"], one.after["full"]) for one in amended.differences] == [("First", "Second")]
    assert again.previous_key == old
    assert again.differences == ()
    assert [(row.asserted_by, row.why) for row in last.decisions] == [("ann@desk", "release h1: read the notice")]
    assert (first.decisions, amended.decisions) == ((), ())
    with pytest.raises(NoSuchRecord, match="syncd search"):
        await history_of_record(ledger, "un_sc:nobody")


async def test_a_history_names_the_notice_that_came_before(ledger: Ledger) -> None:
    """Beside the change that enacts it, and no other; under each key that the record had."""
    old, new = await rekeyed(ledger)
    listed = datetime(2025, 3, 1, 0, 1, tzinfo=UTC)
    notice = await announced_before(ledger, listed - timedelta(hours=30), listed, "First", sha256="ab" * 32)
    linked = [event async for event in ledger.linked_notices("un_sc")]
    assert [(event.type, event.channel) for event in linked] == [("linked", CHANNEL)]
    assert [event async for event in ledger.linked_notices(FEED)] == []
    for key in (old, new):
        first, *others = await history_of_record(ledger, key)
        (found,) = first.notices
        assert (found.notice, found.act, found.document, found.by) == (notice, ACT_NUMBER, "ab" * 32, "name")
        assert (found.lag_seconds, found.linked_at) == (30 * 3600, "2025-03-01T00:01:00.000000Z")
        assert [one.notices for one in others] == [(), (), ()]


async def test_a_ledger_without_notices_links_none(ledger: Ledger) -> None:
    assert [event async for event in ledger.linked_notices(FEED)] == []
