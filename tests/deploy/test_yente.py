"""The real FollowTheMoney takes what syncd exports, and the real yente follows the lists by its loader."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from syncd.core import codec
from syncd.core.model import Record
from syncd.exports import ftm
from syncd.ledger.lists import facts_of
from syncd.web import follower as following
from tests.daemon.running import eventually
from tests.deploy.opensearch import node_running
from tests.deploy.yente import brought_up_to_date, matched, run_with, yente_serving
from tests.exports.invented import RECORDS
from tests.web.acts import FEED, NAMES, listed
from tests.web.world import World, serving

GOLDEN = Path(__file__).parents[1] / "golden"
# Numbers of telephones that nobody has: the library that judges them knows which are given out.
INVENTED = {"Person.phone", "Company.phone", "Organization.phone", "LegalEntity.phone"}


def written(records: list[Record], into: Path) -> Path:
    lines = (ftm.entity_line(one) for record in records for one in ftm.entities(record, facts_of(record.feed)))
    into.write_bytes(b"".join(lines))
    return into


def golden_records() -> list[Record]:
    """One record of each key: a list is read in several formats."""
    lines = (line for file in sorted(GOLDEN.glob("*/*.records.jsonl")) for line in file.read_bytes().splitlines())
    records = [codec.decode(line) for line in lines]
    return list({record.key: record for record in records}.values())


@pytest.mark.parametrize("records", [golden_records(), list(RECORDS)], ids=["golden", "invented"])
def test_followthemoney_takes_every_value(yente: Path, tmp_path: Path, records: list[Record]) -> None:
    found = run_with(yente, "ftm_check.py", str(written(records, tmp_path / "entities.ftm.json")))
    assert found["schemata"]["Person"] > 0
    assert {where for where in found["rejected"] if where not in INVENTED} == set(), found["samples"]
    assert (found["missing"], found["misplaced"], found["twice"]) == ({}, {}, 0), found["samples"]


WRONG = (
    (b'"innCode":["7707083893"]', b'"innCode":["7707083890"]', "rejected"),
    (b'"birthDate":["1961"', b'"birthDate":["61"', "rejected"),
    (b'"holder":["us-ofac-sdn.7"]', b'"holder":["us-ofac-sdn.none"]', "dangling"),
    (b'"owner":["us-ofac-sdn.7"]', b'"owner":["us-ofac-sdn.x.vessel"]', "dangling"),
    (b'"relative":["us-ofac-sdn.10"]', b'"relative":["us-ofac-sdn.9"]', "misplaced"),
    (b'"name":["PAPER STAR"]', b'"name":[]', "missing"),
)


def test_what_followthemoney_would_refuse_is_found(yente: Path, tmp_path: Path) -> None:
    """The check itself: each way in which entities can be wrong is in its findings."""
    lines = written(list(RECORDS), tmp_path / "entities.ftm.json").read_bytes()
    for before, after, _ in WRONG:
        assert before in lines
        lines = lines.replace(before, after)
    (tmp_path / "wrong.json").write_bytes(lines)
    found = run_with(yente, "ftm_check.py", str(tmp_path / "wrong.json"))
    assert {"Company.innCode", "Person.innCode"} & found["rejected"].keys()
    assert "Person.birthDate" in found["rejected"]
    assert {"Passport.holder", "Ownership.owner"} <= found["dangling"].keys()
    assert found["misplaced"] == {"Family.relative Organization": 1}
    assert found["missing"] == {"Vessel.name": 1}


def applied(entities: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    """Entities by id after operations; refuses one that does not fit."""
    kept = dict(entities)
    for operation in operations:
        name = operation["entity"]["id"]
        assert (name in kept) is (operation["op"] != "ADD")
        if operation["op"] == "DEL":
            del kept[name]
        else:
            kept[name] = operation["entity"]
    return kept


@asynccontextmanager
async def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[World, str]]:
    """A port over a ledger that is open for writing, and its address."""
    monkeypatch.setattr(following, "REFRESH_SECONDS", 0.05)
    world = World(folder)
    async with world.writing():
        task = asyncio.create_task(world.follower.run())
        async with serving(server := world.server()):
            yield world, f"http://127.0.0.1:{server.port}"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_yente_screens_by_what_was_committed(
    yente: Path, opensearch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """yente indexes the catalogue in OpenSearch, matches names over HTTP, and takes over what follows."""

    async with served(tmp_path, monkeypatch) as (world, address):
        await shown(world, *NAMES)
        with ExitStack() as stack:
            index = await asyncio.to_thread(stack.enter_context, node_running(opensearch, tmp_path))
            serving_yente = yente_serving(yente, tmp_path, index, f"{address}/api/lists/catalog.json")
            answering = await asyncio.to_thread(stack.enter_context, serving_yente)
            await asyncio.to_thread(brought_up_to_date, answering)
            asked = (NAMES[0], NAMES[3].title(), "Quuxington Late")
            found = await asyncio.to_thread(matched, answering, FEED, *asked)
            assert found == [("un-sc.1", True), ("un-sc.4", True), ("", False)]
            await shown(world, "QUUXINGTON, Late")
            await asyncio.to_thread(brought_up_to_date, answering)
            assert await asyncio.to_thread(matched, answering, FEED, asked[2]) == [("un-sc.5", True)]


async def shown(world: World, *names: str) -> None:
    """Commit a designation of these, and wait until the port knows of it."""
    state = await listed(world.ledger, *names)
    await eventually(lambda: asyncio.sleep(0, _is_shown(world, state.commit)))


async def test_yente_follows_a_list_by_its_deltas(yente: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(tmp_path, monkeypatch) as (world, address):

        async def followed(base: str) -> dict[str, Any]:
            words = (f"{address}/api/lists/catalog.json", FEED, base)
            return await asyncio.to_thread(partial(run_with, yente, "yente_follow.py", *words, data=tmp_path))

        await shown(world, *NAMES)
        first = await followed("")
        assert (first["datasets"], first["incremental"]) == ([FEED], False)
        entities = applied({}, first["operations"])
        assert len(entities) == 2 * len(NAMES)
        await shown(world, "Another")
        await shown(world, "A third one")
        later = await followed(first["version"])
        assert (later["incremental"], len(later["operations"])) == (True, 4)
        whole = await followed("")
        assert applied(entities, later["operations"]) == applied({}, whole["operations"])
        assert (await followed(whole["version"]))["operations"] == []


def _is_shown(world: World, commit: int) -> bool:
    status = [one.commit for one in world.follower.statuses() if one.feed == FEED]
    return status == [commit] and any(row.commit == commit for row in world.follower.publications.get(FEED, ()))
