"""Whoever changes a ledger behind its back is found out, whatever he changes; and so is a document that is gone.

One table over both ledgers. What is changed is made whole again, with the keys, headers and columns that belong to it,
so that it is found by what it says; where those alone are changed, the entry says so.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from msgspec import Struct
from msgspec.structs import replace

from syncd.archive import open_archive
from syncd.clock import SetClock
from syncd.commands.replay import replayed_into
from syncd.commands.verify import Finding, verified, verified_coordination
from syncd.commands.verify_notices import verified_notices
from syncd.config import Config, CoordinationSettings
from syncd.core.coordination.target import COORDINATOR
from syncd.core.notices.notice import NOTICES
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.feeds import one_feed
from syncd.ledger.kafka import ledger as kafka_ledger
from syncd.ledger.kafka.topics import Name
from syncd.observe.report import Collected
from syncd.workers.coordinator import CoordinatorWorker
from tests.intake.watch import START, document
from tests.kafka.store import KafkaStore
from tests.ledger.backdoor import Backdoor, KafkaBackdoor, Row, SqliteBackdoor, copied
from tests.notices.before_the_list import CHANNEL, PAGE, announced_before, kept_page

FEED, OTHER = "un_sc", "eu_fsf"
COUNT = len(BASELINES[FEED])
NEW = replace(NEWCOMER, designated=f"{START + timedelta(days=1):%Y-%m-%d}")
NOBODY = "0" * 64
DAYS = [START + timedelta(days=days) for days in range(2)]


class World(Struct):
    """A ledger with two commits of two lists each, what followed from them, and its archive."""

    back: Backdoor
    config: Config
    archive: Path

    def found(self, owner: str) -> Finding:
        return asyncio.run(self._found(owner))

    async def _found(self, owner: str) -> Finding:
        ledger = await self.back.open()
        try:
            if owner == COORDINATOR:
                return await verified_coordination(ledger)
            if owner in (NOTICES, CHANNEL):
                return await verified_notices(ledger, open_archive(self.config))
            return await verified(ledger, owner, open_archive(self.config))
        finally:
            await ledger.close()

    def tampered(self, topic: Name, owner: str, change: Callable[[list[Row]], None]) -> Finding:
        """What is found after `change`, which is taken back."""
        before = asyncio.run(self.back.rows(topic, owner))
        after = copied(before)
        change(after)
        assert after != before
        asyncio.run(self.back.put(topic, owner, after, before))
        try:
            return self.found(owner)
        finally:
            asyncio.run(self.back.put(topic, owner, before, after))


async def _filled(world: World, folder: Path) -> None:
    ledger = await world.back.open()
    for feed in (FEED, OTHER):
        documents = folder / feed
        documents.mkdir()
        lists = (BASELINES[feed], (*BASELINES[feed][1:], NEW))
        for number, (targets, day) in enumerate(zip(lists, DAYS, strict=True), 1):
            (documents / f"{number}.xml").write_bytes(document(feed, targets, day))
        steps = [step async for step in replayed_into(ledger, world.config, one_feed(feed), documents)]
        assert [step.result for step in steps] == ["committed", "committed"]
        clock = SetClock(DAYS[-1] + timedelta(days=1))
        await CoordinatorWorker(ledger, CoordinationSettings(), Collected(), clock).once()
    sha256 = await kept_page(open_archive(world.config), folder)
    names = f"{NEW.name.family} {NEW.name.given}", "Nobody Yet"
    await announced_before(ledger, DAYS[1] - timedelta(hours=3), DAYS[1] + timedelta(hours=1), *names, sha256=sha256)
    await ledger.close()


@pytest.fixture(scope="module", params=["sqlite", "kafka"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("audited")
    lines = [f"feeds.{feed}.records_min = 20" for feed in (FEED, OTHER)]
    (folder / "syncd.toml").write_text("\n".join([f'ledger = "{folder}/syncd.db"', *lines]))
    config = Config.load(folder / "syncd.toml", {})
    store = KafkaStore(request.getfixturevalue("broker")) if request.param == "kafka" else None
    world = World(
        back=KafkaBackdoor(store) if store else SqliteBackdoor(config.ledger),
        config=config,
        archive=Path(f"{config.ledger}-archive"),
    )
    with pytest.MonkeyPatch.context() as patch:
        # Nobody writes meanwhile.
        patch.setattr(kafka_ledger, "SNAPSHOT_AGAIN_SECONDS", 0.0)
        asyncio.run(_filled(world, folder))
        yield world
    if store:
        asyncio.run(store.close())


def sets(at: int, *path: str | int, to: Any) -> Callable[[list[Row]], None]:
    """Row `at` has another value at `path`."""

    def change(rows: list[Row]) -> None:
        place: Any = rows[at].value
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def lacks(at: int, name: str) -> Callable[[list[Row]], None]:
    return lambda rows: rows[at].value.pop(name)


def beside(at: int, **others: Any) -> Callable[[list[Row]], None]:
    return lambda rows: rows[at].beside.update(others)


def drops(at: int) -> Callable[[list[Row]], None]:
    return lambda rows: rows.pop(at) and None


def swaps(at: int) -> Callable[[list[Row]], None]:
    def change(rows: list[Row]) -> None:
        rows[at], rows[at + 1] = rows[at + 1], rows[at]

    return change


def repeats(at: int) -> Callable[[list[Row]], None]:
    return lambda rows: rows.insert(at + 1, copied(rows)[at])


def is_no_json(at: int) -> Callable[[list[Row]], None]:
    def change(rows: list[Row]) -> None:
        rows[at].raw = b"\xff{"

    return change


def renumbers(rows: list[Row]) -> None:
    """A change is taken away, and those after it close the gap."""
    del rows[5]
    for place, row in enumerate(rows, 1):
        row.value["sequence"] = place


def swaps_numbers(rows: list[Row]) -> None:
    first, second = rows[0].value, rows[1].value
    first["sequence"], second["sequence"] = second["sequence"], first["sequence"]
    rows[0], rows[1] = rows[1], rows[0]


def renumbers_events(rows: list[Row]) -> None:
    """The first is taken away, and those after it close the gap."""
    del rows[0]
    for place, row in enumerate(rows, 1):
        row.value["sequence"] = place


def swaps_bodies(rows: list[Row]) -> None:
    first, second = rows[0], rows[1]
    first.beside, second.beside = ({"key": row.value["record"]["key"]} for row in (first, second))
    first.value["record"], second.value["record"] = second.value["record"], first.value["record"]


def adds_a_record(rows: list[Row]) -> None:
    more = copied(rows[:1])[0]
    more.value["record"]["key"] = more.value["key"] = f"{FEED}:another"
    rows.append(more)


def adds_a_target(rows: list[Row]) -> None:
    more = copied(rows[:1])[0]
    more.value["id"] = "another"
    rows.append(more)


def renames_a_stub(rows: list[Row]) -> None:
    stub = next(row for row in rows if row.value["status"] == "delisted")
    stub.value["record"]["names"][0]["full"] = "Somebody Else"


def renames_who_was_delisted(rows: list[Row]) -> None:
    change = next(row for row in rows if row.value["type"] == "delisted")
    change.value["before"]["names"][0]["full"] = "Somebody Else"


NAME = ("names", 0, "full")
ELSE = "Somebody Else"
# What is tried: topic, whose, and how. On one of the ledgers alone what the other has no place for.
TAMPERINGS: dict[str, tuple[Name, str, Callable[[list[Row]], None]]] = {
    "a change of another body": ("changes", FEED, sets(4, "after", *NAME, to=ELSE)),
    "a delisting of another body": ("changes", FEED, renames_who_was_delisted),
    "a change without its body": ("changes", FEED, lacks(4, "after")),
    "a change of another digest": ("changes", FEED, sets(4, "digest_after", to=NOBODY)),
    "a change of another key": ("changes", FEED, sets(4, "key", to=f"{FEED}:another")),
    "a change of another document": ("changes", FEED, sets(4, "evidence", "document", to=NOBODY)),
    "a change of another cause": ("changes", FEED, sets(4, "cause", to="resync")),
    "a change of another time": ("changes", FEED, sets(4, "committed_at", to="2026-03-01T00:00:00Z")),
    "a change of another commit": ("changes", FEED, sets(4, "commit", to=2)),
    "a change of another sequence": ("changes", FEED, sets(4, "sequence", to=400)),
    "a change of another sort": ("changes", FEED, sets(4, "type", to="amended")),
    "a first change that is gone": ("changes", FEED, drops(0)),
    "a change that is gone": ("changes", FEED, drops(4)),
    "a last change that is gone": ("changes", FEED, drops(-1)),
    "a change that is gone without a gap": ("changes", FEED, renumbers),
    "two changes in another order": ("changes", FEED, swaps(4)),
    "a change that is no JSON": ("changes", FEED, is_no_json(4)),
    "a record of another name": ("records", FEED, sets(0, "record", *NAME, to=ELSE)),
    "a stub of another name": ("records", FEED, renames_a_stub),
    "two records with each other's bodies": ("records", FEED, swaps_bodies),
    "a record of another digest": ("records", FEED, sets(0, "digest", to=NOBODY)),
    "a record of another change": ("records", FEED, sets(0, "sequence", to=7)),
    "a record that is said to be delisted": ("records", FEED, sets(0, "status", to="delisted")),
    "a record since another day": ("records", FEED, sets(0, "since", to="2020-01-01T00:00:00Z")),
    "a record that goes on under another key": ("records", FEED, sets(0, "successor", to=f"{FEED}:another")),
    "a record that is gone": ("records", FEED, drops(0)),
    "a record too many": ("records", FEED, adds_a_record),
    "a row of another document": ("publications", FEED, sets(0, "document", to=NOBODY)),
    "a row of another list": ("publications", FEED, sets(0, "ledger_digest", to=NOBODY)),
    "a row that counts otherwise": ("publications", FEED, sets(1, "changes", to={"designated": 2})),
    "a row of another time": ("publications", FEED, sets(0, "at", to="2026-03-01T00:00:00Z")),
    "a row of another source": ("publications", FEED, sets(0, "source", to="another")),
    "a row that is gone": ("publications", FEED, drops(0)),
    "a last row that is gone": ("publications", FEED, drops(-1)),
    "two rows in another order": ("publications", FEED, swaps(0)),
    "a row that stands twice": ("publications", FEED, repeats(0)),
    "a row that is no JSON": ("publications", FEED, is_no_json(0)),
    "a state of another commit": ("state", FEED, sets(0, "commit", to=1)),
    "a state of another sequence": ("state", FEED, sets(0, "sequence", to=COUNT)),
    "a state of another document": ("state", FEED, sets(0, "document", "sha256", to=NOBODY)),
    "a state of another list": ("state", FEED, sets(0, "ledger_digest", to=NOBODY)),
    "a state that counts otherwise": ("state", FEED, sets(0, "ledger_records", to=7)),
    "an event of other words": ("coordination", COORDINATOR, sets(1, "explanation", to=ELSE)),
    "an event of other evidence": ("coordination", COORDINATOR, sets(0, "links", to=[])),
    "an event of another target": ("coordination", COORDINATOR, sets(1, "target", to="another")),
    "an event of another time": ("coordination", COORDINATOR, sets(1, "committed_at", to="2026-03-01T00:00:00Z")),
    "an event that is gone": ("coordination", COORDINATOR, drops(0)),
    "a last event that is gone": ("coordination", COORDINATOR, drops(-1)),
    "two events with each other's numbers": ("coordination", COORDINATOR, swaps_numbers),
    "an event that is no JSON": ("coordination", COORDINATOR, is_no_json(0)),
    "a target whose member has another name": (
        "targets",
        COORDINATOR,
        sets(0, "members", 0, "profile", *NAME, to=ELSE),
    ),
    "a target with one member less": ("targets", COORDINATOR, lambda rows: rows[0].value["members"].pop() and None),
    "a target that is gone": ("targets", COORDINATOR, drops(0)),
    "a target too many": ("targets", COORDINATOR, adds_a_target),
    "a target under another id": ("targets", COORDINATOR, sets(0, "id", to="another")),
    "a coordinator's state of another sequence": ("state", COORDINATOR, sets(0, "sequence", to=1)),
    "a coordinator's state that counts otherwise": ("state", COORDINATOR, sets(0, "targets", to=1)),
    "a coordinator that has read beyond the end": ("state", COORDINATOR, sets(0, "cursor", FEED, to=COUNT + 9)),
    "a notice of another name": (
        "notices",
        CHANNEL,
        sets(0, "notice", "announcement", "parties", 1, "names", to=[ELSE]),
    ),
    "a notice of another page": ("notices", CHANNEL, sets(0, "notice", "document", to=NOBODY)),
    "a notice of another time": ("notices", CHANNEL, sets(0, "notice", "noticed_at", to="2026-01-01T00:00:00Z")),
    "a notice that is gone": ("notices", CHANNEL, drops(0)),
    "a notice that is gone without a gap": ("notices", CHANNEL, renumbers_events),
    "a link that is gone": ("notices", CHANNEL, drops(-1)),
    "a link to another commit": ("notices", CHANNEL, sets(1, "links", 0, "commit", to=1)),
    "a link to a change of another record": ("notices", CHANNEL, sets(1, "links", 0, "sequence", to=2)),
    "a link beyond the end of the list": ("notices", CHANNEL, sets(1, "links", 0, "sequence", to=COUNT + 9)),
    "a notice that is no JSON": ("notices", CHANNEL, is_no_json(0)),
    "notices whose state is of another commit": ("state", NOTICES, sets(0, "commit", to=1)),
    "notices whose state counts otherwise": ("state", NOTICES, sets(0, "live", to=3)),
    "notices that have read beyond the end": ("state", NOTICES, sets(0, "cursor", FEED, to=COUNT + 9)),
    "notices whose state has another seal": ("state", NOTICES, sets(0, "channels", CHANNEL, "seal", to=NOBODY)),
    "a coordinator that is to read again": ("state", COORDINATOR, sets(0, "cursor", FEED, to=1)),
}
IN_KAFKA_ALONE: dict[str, tuple[Name, str, Callable[[list[Row]], None]]] = {
    "a change that stands twice": ("changes", FEED, repeats(4)),
    "two events in another order": ("coordination", COORDINATOR, swaps(0)),
    "an event that stands twice": ("coordination", COORDINATOR, repeats(0)),
    "a change with the digest of another": ("changes", FEED, beside(4, ce_digest=NOBODY.encode())),
    "a change with the id of another": ("changes", FEED, beside(4, ce_id=b"another")),
    "a change with another sequence beside it": ("changes", FEED, beside(4, ce_sequence=b"0000000000000000006")),
    "a change under the key of another": ("changes", FEED, beside(4, key=f"{FEED}:another")),
    "a record with the digest of another": ("records", FEED, beside(0, digest=NOBODY.encode())),
    "a row with the digest of another": ("publications", FEED, beside(0, ce_digest=NOBODY.encode())),
    "an event with the type of another": ("coordination", COORDINATOR, beside(0, ce_type=b"syncd.another.v1")),
}
IN_KAFKA_ALONE |= {
    "a notice that stands twice": ("notices", CHANNEL, repeats(0)),
    "a notice with the type of another": ("notices", CHANNEL, beside(0, ce_type=b"syncd.another.v1")),
}
IN_SQLITE_ALONE: dict[str, tuple[Name, str, Callable[[list[Row]], None]]] = {
    "a change under the key of another": ("changes", FEED, beside(4, key=f"{FEED}:another")),
    "a change beside another time": ("changes", FEED, beside(4, committed_at="2026-03-01T00:00:00Z")),
    "a row beside another commit": ("publications", FEED, beside(0, commit_number=2)),
    "an event with the type of another": ("coordination", COORDINATOR, beside(0, type="another")),
    "a notice with the type of another": ("notices", CHANNEL, beside(0, type="another")),
}
ALONE = {"kafka": IN_KAFKA_ALONE, "sqlite": IN_SQLITE_ALONE}


def kind_of(world: World) -> str:
    return "kafka" if isinstance(world.back, KafkaBackdoor) else "sqlite"


def test_a_ledger_that_nobody_touched_is_sound(world: World) -> None:
    for feed, said in ((FEED, COUNT), (OTHER, len(BASELINES[OTHER]))):
        finding = world.found(feed)
        assert finding.problems == ()
        assert (finding.changes, finding.commits, finding.records, finding.documents) == (said + 2, 2, said, 2)
    finding = world.found(COORDINATOR)
    assert (finding.ok, finding.problems) == (True, ())
    assert finding.changes >= 2
    finding = world.found(NOTICES)
    assert finding.problems == ()
    assert (finding.changes, finding.commits, finding.records, finding.documents) == (2, 2, 1, 1)


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_tampered_with_is_found(world: World, name: str) -> None:
    assert world.tampered(*TAMPERINGS[name]).problems


# Not by the seal alone, which says only that something is another.
PLAINLY = {
    "a notice that is gone": "sequence 1 is missing",
    "a link that is gone": "last events",
    "a link to another commit": f"sequence {COUNT + 1} of {FEED} is not the change that it is linked to",
    "a link to a change of another record": f"sequence 2 of {FEED} is not the change that it is linked to",
    "a link beyond the end of the list": f"it is linked to sequence {COUNT + 9} of {FEED}, which ends at {COUNT + 2}",
    "a notice of another page": "the archive has no document",
    "a notice that is gone without a gap": "last events",
    "notices that have read beyond the end": f"{FEED} is read beyond its end",
    "notices whose state has another seal": "the events are not those that the state was committed with",
}


@pytest.mark.parametrize("name", PLAINLY)
def test_what_is_wrong_with_notices_is_said_plainly(world: World, name: str) -> None:
    assert any(PLAINLY[name] in problem for problem in world.tampered(*TAMPERINGS[name]).problems)


def test_a_kept_notice_that_is_not_as_it_was_told_is_found(world: World) -> None:
    if not isinstance(world.back, SqliteBackdoor):
        return
    with closing(sqlite3.connect(world.back.path)) as connection:
        ((identity, packed),) = connection.execute("SELECT id, body FROM live_notices").fetchall()
        spoilt = (
            (zstandard.compress(zstandard.decompress(packed).replace(b"Nobody", b"Nobodo")), "not as it was last told"),
            (b"noise", "cannot be read"),
        )
        for body, said in spoilt:
            with connection:
                connection.execute("UPDATE live_notices SET body = ?", (body,))
            assert any(said in problem and identity in problem for problem in world.found(NOTICES).problems)
            with connection:
                connection.execute("UPDATE live_notices SET body = ?", (packed,))


@pytest.mark.parametrize("name", sorted({*IN_KAFKA_ALONE, *IN_SQLITE_ALONE}))
def test_what_stands_beside_a_value_is_held_against_it(world: World, name: str) -> None:
    tampering = ALONE[kind_of(world)].get(name)
    if tampering is not None:
        assert world.tampered(*tampering).problems


def test_everything_is_as_it_was_after_all_that(world: World) -> None:
    """Else what is found above might be what an earlier tampering left."""
    assert [world.found(owner).problems for owner in (FEED, OTHER, COORDINATOR, NOTICES)] == [(), (), (), ()]


@pytest.mark.parametrize("how", ["gone", "another", "cut off"])
def test_a_document_that_is_not_what_it_was_is_found(world: World, how: str) -> None:
    of_a_notice = hashlib.sha256(PAGE).hexdigest()
    path = sorted(one for one in world.archive.rglob("*.zst") if of_a_notice not in one.name)[0]
    whole = path.read_bytes()
    changed = {"another": zstandard.compress(b"<another/>"), "cut off": whole[: len(whole) // 2]}
    path.unlink()
    if how in changed:
        path.write_bytes(changed[how])
    try:
        assert any(world.found(feed).problems for feed in (FEED, OTHER))
    finally:
        path.write_bytes(whole)


def test_the_page_of_a_notice_that_is_gone_is_found(world: World) -> None:
    (path,) = world.archive.rglob(f"{hashlib.sha256(PAGE).hexdigest()}*")
    whole = path.read_bytes()
    path.unlink()
    try:
        assert "the archive has no document" in str(world.found(NOTICES).problems)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize(("topic", "owner"), [("records", FEED), ("targets", COORDINATOR)])
def test_bytes_that_are_no_json_are_found(world: World, topic: Name, owner: str) -> None:
    """Last of all: they stay in Kafka's log until it is compacted."""
    assert world.tampered(topic, owner, is_no_json(0)).problems
