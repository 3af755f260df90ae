"""Records one by one, in pages, through time, and found by a search, over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from syncd.web import search
from tests.daemon.running import eventually
from tests.ledger.rekeyed import rekeyed
from tests.web.acts import FEED, NAMES, listed
from tests.web.world import World


async def reached(world: World, sequence: int) -> None:
    await eventually(lambda: asyncio.sleep(0, world.follower.sequence(FEED) >= sequence))


async def paged(client: httpx.AsyncClient, path: str, key: str, **asked: Any) -> list[Any]:
    found: list[Any] = []
    after: Any = None
    while True:
        page = (await client.get(path, params={**asked, **({} if after is None else {"after": after})})).json()
        found += page[key]
        after = page["next"]
        if after is None:
            return found


async def test_a_list_comes_in_pages_and_by_what_its_records_state(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, *NAMES, "Another")).sequence)
    found = await paged(client, "/api/records", "records", feed=FEED, limit=2)
    assert [(one["key"], one["name"]) for one in found] == [
        (f"{FEED}:{number}", name) for number, name in enumerate((*NAMES, "Another"), start=1)
    ]
    assert (found[0]["programmes"], found[0]["listed_on"], found[0]["status"]) == (["CLOUDS"], "2031-04-01", "listed")
    assert await paged(client, "/api/records", "records") == found
    for asked, count in (
        ({"kind": "person"}, 5),
        ({"kind": "vessel"}, 0),
        ({"programme": "clouds"}, 5),
        ({"programme": "list"}, 5),
        ({"programme": "cloud"}, 0),
        ({"country": "ru"}, 0),
        ({"since": "2031-04-02"}, 5),
        ({"since": "2031-04-02T12:00:01Z"}, 0),
    ):
        assert len(await paged(client, "/api/records", "records", **asked)) == count, asked


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_no_record_falls_between_two_pages(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("syncd.web.records.READ_AT_ONCE", 2)
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    found = await paged(client, "/api/records", "records", limit=limit)
    assert [one["key"] for one in found] == [f"{FEED}:{number}" for number in range(1, len(NAMES) + 1)]


async def test_a_page_looks_at_so_many_records_and_goes_on(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncd.web.records.LOOKED_AT_MAX", 1)
    monkeypatch.setattr("syncd.web.records.READ_AT_ONCE", 2)
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    first = (await client.get("/api/records", params={"feed": FEED})).json()
    assert (len(first["records"]), first["next"]) == (2, f"{FEED}:2")
    assert len(await paged(client, "/api/records", "records")) == 4


WRONG = (
    ("/api/records?kind=ship", 400, "kind must be one of: person"),
    ("/api/records?country=Russia", 400, "country must be a code of two letters"),
    ("/api/records?since=yesterday", 400, "since must be a time"),
    ("/api/records?delisted=1", 400, "delisted must be true or false"),
    ("/api/records?after=nobody", 400, "after is no cursor"),
    ("/api/records/un_sc:nobody", 404, "there never was a record un_sc:nobody"),
    ("/api/records/un_sc:1?at=2031-04-01", 400, "at is still to come"),
    ("/api/records/un_sc:1?at=2020-04-01", 404, "un_sc:1 is known since 2031-04-02T12:00:00Z"),
    ("/api/records/un_sc:nobody/history", 404, "there never was a record un_sc:nobody"),
    ("/api/search", 400, "q is missing"),
    ("/api/search?q=%20-%20", 400, "ask for a name or a number"),
    ("/api/search?q=nobody&birth=soon", 400, "soon is no date of birth"),
    ("/api/search?q=nobody&limit=101", 400, "limit must be between 1 and 100"),
    (f"/api/search?q={'x' * 201}", 400, "the question is longer than 200 characters"),
)


async def test_a_wrong_question_about_records_is_told_why(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    for path, status, detail in WRONG:
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
        assert answer.json()["detail"].startswith(detail), path


async def test_a_record_is_told_as_it_was_known_at_a_time(client: httpx.AsyncClient, world: World) -> None:
    old, new = await rekeyed(world.ledger)
    await reached(world, 4)

    async def known(key: str, **asked: str) -> dict[str, Any]:
        answer = await client.get(f"/api/records/{key}", params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["record"]
        return found

    now = await known(new)
    assert (now["key"], now["record"]["names"][0]["full"], now["commit"]) == (new, "Third", 4)
    first = await known(new, at="2025-03-01T00:01Z")
    assert (first["key"], first["record"]["names"][0]["full"], first["sequence"]) == (old, "First", 1)
    # A day alone is its end.
    assert (await known(old, at="2025-03-01"))["sequence"] == now["sequence"]
    assert first["evidence"] == {"document": "d0" * 32, "source": "xml"}
    assert (first["status"], first["since"]) == ("listed", "2025-03-01T00:01:00Z")
    early = await client.get(f"/api/records/{new}", params={"at": "2025-03-01T00:00:59Z"})
    assert early.status_code == 404


async def test_a_history_has_before_and_after_and_who_decided(client: httpx.AsyncClient, world: World) -> None:
    old, new = await rekeyed(world.ledger)
    found = await paged(client, f"/api/records/{new}/history", "changes", limit=3)
    assert [(one["sequence"], one["key"], one["type"]) for one in found] == [
        (1, old, "designated"),
        (2, old, "amended"),
        (3, new, "rekeyed"),
        (4, new, "amended"),
    ]
    (change,) = found[3]["differences"]
    assert (change["path"], change["before"]["full"], change["after"]["full"]) == ("names", "Second", "Third")
    assert found[3]["decisions"][0]["asserted_by"] == "ann@desk"


async def hits(client: httpx.AsyncClient, q: str, **asked: str) -> dict[str, float]:
    answer = await client.get("/api/search", params={"q": q, **asked})
    assert answer.status_code == 200, answer.text
    assert "no screening" in answer.json()["notice"]
    return {one["key"]: one["score"] for one in answer.json()["hits"]}


async def test_a_search_follows_what_is_committed(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    assert list(await hits(client, "odd nobody")) == [f"{FEED}:1"]
    assert list(await hits(client, "Bumazhnoye Oblako")) == [f"{FEED}:2"]
    assert next(iter(await hits(client, "papr star"))) == f"{FEED}:4"
    assert await hits(client, "Quuxington") == {}
    await reached(world, (await listed(world.ledger, "QUUXINGTON, Late")).sequence)
    assert list(await hits(client, "Quuxingtn")) == [f"{FEED}:5"]
    made = world.follower.search._index
    assert await hits(client, f"{FEED}:2") == {f"{FEED}:2": 1.0}
    assert world.follower.search._index is made


async def test_the_index_is_given_back_when_nobody_searches(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    assert await hits(client, "odd nobody")
    assert world.follower.search._index
    monkeypatch.setattr(search, "UNUSED_SECONDS", 0.0)
    await eventually(lambda: asyncio.sleep(0, world.follower.search._index is None))
    monkeypatch.setattr(search, "UNUSED_SECONDS", 3600.0)
    assert await hits(client, "odd nobody")


async def test_a_search_after_a_flood_reads_the_list_again(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reached(world, (await listed(world.ledger, NAMES[0])).sequence)
    assert len(await hits(client, "Nobody")) == 1
    monkeypatch.setattr(search, "PENDING_MAX", 1)
    await reached(world, (await listed(world.ledger, *(f"Flooded {number}" for number in "abcde"))).sequence)

    async def is_found() -> bool:
        return len(await hits(client, "Flooded")) == 5

    await eventually(is_found)


async def test_a_search_does_not_wait_for_many_changes(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reached(world, (await listed(world.ledger, NAMES[0])).sequence)
    assert len(await hits(client, "Nobody")) == 1
    monkeypatch.setattr(search, "WAITED_FOR_MAX", 1)
    async with world.follower.search._catching_up:
        await reached(world, (await listed(world.ledger, "Many One", "Many Two")).sequence)
        assert await hits(client, "Many") == {}

    async def is_found() -> bool:
        return len(await hits(client, "Many")) == 2

    await eventually(is_found)


async def test_a_key_with_another_name_is_found_under_the_present_one(client: httpx.AsyncClient, world: World) -> None:
    assert await hits(client, "Third") == {}
    old, new = await rekeyed(world.ledger)
    await reached(world, 4)
    assert list(await hits(client, "Third")) == [new]
    assert list(await hits(client, "Second")) == []
    assert set(await hits(client, "Second", delisted="true")) == {old}
    answer = (await client.get("/api/search", params={"q": old})).json()
    assert (answer["hits"], answer["ended"], answer["records"]) == ([], 1, 1)
    page = (await client.get("/search", params={"q": old})).text
    assert "1 record with this key or number is not in force any more" in page
    assert "delisted=true" in page


async def test_a_search_waits_for_the_index_and_then_says_so(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reached(world, (await listed(world.ledger, NAMES[0])).sequence)
    monkeypatch.setattr(search, "WAIT_SECONDS_MAX", 0.0)
    answer = await client.get("/api/search", params={"q": "nobody"})
    assert (answer.status_code, "being made" in answer.text) == (503, True)
    monkeypatch.undo()
    await eventually(lambda: asyncio.sleep(0, world.follower.search._index))
    assert len(await hits(client, "nobody")) == 1
