"""What `/api` answers, and that the OpenAPI document says just that."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from syncd.core.coordination.target import CoordinatorState
from syncd.feeds import all_feeds
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe import moments as m
from syncd.web import WebServer, openapi, schema_parts
from syncd.web import coordinated as coordinating
from syncd.web import stream as streaming
from syncd.web.stream import Event
from tests.daemon.running import eventually
from tests.web import invented
from tests.web.acts import FEED, NAMES, beat, coordinated, held, listed
from tests.web.world import World

GIVEN = {"feed": FEED, "q": NAMES[0]}


async def reached(world: World, sequence: int) -> None:
    await eventually(lambda: asyncio.sleep(0, world.follower.sequence(FEED) >= sequence))


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return openapi.openapi_document()


def conforms(document: dict[str, object], schema: str, answer: object) -> None:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


def test_the_document_is_openapi(document: dict[str, object]) -> None:
    validate(json.loads(msgspec.json.encode(document)))


async def test_the_document_is_served(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    served = (await client.get("/api/openapi.json")).json()
    assert served == json.loads(msgspec.json.encode(document))


async def test_the_root_of_the_api_lists_what_there_is(client: httpx.AsyncClient) -> None:
    for path in ("/api/", "/api"):
        assert (await client.get(path)).json() == {endpoint.path: endpoint.says for endpoint in openapi.ENDPOINTS}


async def test_every_answer_is_what_the_document_says(
    client: httpx.AsyncClient, world: World, document: dict[str, object]
) -> None:
    state = await listed(world.ledger, *NAMES)
    await reached(world, state.sequence)
    await held(world.ledger, state)
    await eventually(lambda: asyncio.sleep(0, world.follower.holds()))
    for endpoint in openapi.ENDPOINTS:
        if endpoint.answer is None:
            continue
        needed = {one.name for one in endpoint.parameters if one.required and one.place == "query"}
        query = {name: GIVEN[name] for name in needed}
        answer = await client.get(endpoint.path.replace("{key}", f"{FEED}:1"), params=query)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        conforms(document, endpoint.answer.__name__, answer.json())


async def test_changes_are_those_of_tail_in_pages(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, *NAMES, "Another")).sequence)
    found, after = [], 0
    while after is not None:
        page = (await client.get("/api/changes", params={"feed": FEED, "after": after, "limit": 2})).json()
        found += page["changes"]
        after = page["next"]
    assert [one["data"]["sequence"] for one in found] == [1, 2, 3, 4, 5]
    assert found[1]["data"]["after"]["names"] == [{"full": NAMES[1], "kind": "primary"}]
    assert found[0]["source"] == "/syncd/bank-a/un_sc"


async def test_the_page_after_the_last_is_empty(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, "One")).sequence)
    assert (await client.get("/api/changes?feed=un_sc&after=1")).json() == {"feed": FEED, "changes": [], "next": None}
    assert (await client.get("/api/changes?feed=un_sc&after=2")).status_code == 404


WRONG = (
    ("", 400, "feed is missing"),
    ("feed=nobody", 404, "there is no such feed"),
    ("feed=un_sc&limit=0", 400, "limit must be between 1 and 500"),
    ("feed=un_sc&limit=501", 400, "limit must be between 1 and 500"),
    ("feed=un_sc&after=-1", 400, "after must be a number"),
    ("feed=un_sc&after=²", 400, "after must be a number"),
    (f"feed=un_sc&after={'9' * 99}", 400, "after must be a number"),
    ("feed=un_sc&feed=eu_fsf", 400, "feed is given more than once"),
    ("feed=un_sc&from=2", 400, "unknown parameter; there are: feed, after, limit"),
)


async def test_a_wrong_question_is_told_why(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    for query, status, detail in WRONG:
        answer = await client.get(f"/api/changes?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        conforms(document, "Problem", answer.json())
        assert answer.json()["detail"].startswith(detail)


async def test_what_is_held_is_told_with_its_names_and_the_commands(client: httpx.AsyncClient, world: World) -> None:
    state = await listed(world.ledger, *NAMES)
    hold = await held(world.ledger, state)
    await eventually(lambda: asyncio.sleep(0, world.follower.holds()))
    (card,) = (await client.get("/api/held")).json()["holds"]
    assert [one["name"] for one in card["entries"]] == list(NAMES)
    assert card["release"] == f'syncd release {hold.id} --why "…"'
    page = (await client.get("/")).text
    assert all(name in page for name in NAMES)
    assert f"syncd reject {hold.id}" in page


async def test_names_are_on_the_page_and_in_no_log_and_no_metric(client: httpx.AsyncClient, world: World) -> None:
    await held(world.ledger, await listed(world.ledger, *NAMES))
    await eventually(lambda: asyncio.sleep(0, world.follower.holds()))
    await world.lose_the_ledger()
    await eventually(lambda: asyncio.sleep(0, world.told.of(m.LedgerUnavailable)))
    said = "".join(str(moment) for moment in world.told.moments) + (await client.get("/metrics")).text
    assert not any(name in said for name in NAMES)


async def test_a_feed_of_another_process_is_shown_by_its_heartbeat(client: httpx.AsyncClient, world: World) -> None:
    state = await listed(world.ledger, *NAMES)
    await world.ledger.beat(msgspec.structs.replace(beat(state), status="failing", message="503 from the publisher"))
    await eventually(lambda: shown(client, "failing"))
    feed = await status_of(client)
    assert (feed["records"], feed["commit"], feed["is_open"]) == (4, 1, False)


async def status_of(client: httpx.AsyncClient) -> dict[str, object]:
    return next(one for one in (await client.get("/api/feeds")).json()["feeds"] if one["feed"] == FEED)


async def shown(client: httpx.AsyncClient, word: str) -> bool:
    return (await status_of(client))["status"] == word


async def test_what_was_said_of_several_lists_is_on_the_board_and_in_the_api(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch, document: dict[str, object]
) -> None:
    monkeypatch.setattr(coordinating, "TARGETS_SECONDS", 0.0)
    async with listening(client) as events:
        await coordinated(world.ledger)
        identity, told = await next_of("coordination", events)
    assert (identity, told["type"]) == ("coordinator:1", "coordination.started")
    conforms(document, "CoordinationEvent", told)
    await eventually(lambda: asyncio.sleep(0, len([row for row in world.follower.board() if row.name]) == 4))
    page = (await client.get("/")).text
    assert all(name in page for name in (invented.ARABIC, invented.CYRILLIC, invented.UNBROKEN))
    first = (await client.get("/api/coordination", params={"limit": 7})).json()
    rest = (await client.get("/api/coordination", params={"after": first["next"]})).json()
    assert [one["sequence"] for one in first["events"] + rest["events"]] == list(range(1, 11))
    assert rest["next"] is None
    assert (await client.get("/api/coordination?after=11")).status_code == 404
    few = (await client.get("/api/targets", params={"limit": 3})).json()
    last = (await client.get("/api/targets", params={"after": few["next"]})).json()
    conforms(document, "Targets", few)
    assert [one["id"] for one in few["targets"] + last["targets"]] == ["t-gap", "t-left", "t-open", "t-whole"]


async def test_the_board_reads_no_targets_but_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """All targets of all lists are 25 MB: only who pages through them has them read."""
    asked: list[Collection[str] | None] = []
    read = SqliteLedger.targets

    async def noted(
        ledger: SqliteLedger, only: Collection[str] | None = None
    ) -> tuple[CoordinatorState, Mapping[str, bytes]]:
        asked.append(only)
        return await read(ledger, only)

    monkeypatch.setattr(coordinating, "TARGETS_SECONDS", 0.0)
    monkeypatch.setattr(SqliteLedger, "targets", noted)
    await coordinated(world.ledger)
    await eventually(lambda: asyncio.sleep(0, len([row for row in world.follower.board() if row.name]) == 4))
    await coordinating.CoordinationView(streaming.Stream(), lambda: None).begin(world.ledger)
    assert len(asked) >= 2
    assert None not in asked


async def test_how_lists_stand_is_judged_once_however_many_there_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once to see what is due, once to tell it: for each list anew it was the most of what an idle port cost."""
    judged: list[None] = []
    follower = World(world.path.parent).follower
    monkeypatch.setattr(follower, "watched", tuple(all_feeds()))
    monkeypatch.setattr(follower, "_local", lambda: judged.append(None) or ())
    await follower._refresh(world.ledger)
    judged.clear()
    await follower._refresh(world.ledger)
    assert len(judged) == 2


@asynccontextmanager
async def listening(client: httpx.AsyncClient, **headers: str) -> AsyncIterator[AsyncIterator[tuple[str, str, str]]]:
    """Id, kind and data of each event."""

    async def events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str, str]]:
        fields: dict[str, str] = {}
        async for line in lines:
            if line:
                name, _, fields[name] = line.partition(": ")
            elif "event" in fields:
                yield fields["id"], fields["event"], fields["data"]
                fields.clear()

    async with client.stream("GET", "/api/events", headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield events(answer.aiter_lines())


async def next_of(kind: str, events: AsyncIterator[tuple[str, str, str]]) -> tuple[str, dict[str, object]]:
    async with asyncio.timeout(60):
        async for identity, found, data in events:
            if found == kind:
                return identity, json.loads(data)
    raise AssertionError("the stream ended")


async def test_a_change_is_told_as_it_is_committed(
    client: httpx.AsyncClient, world: World, document: dict[str, object]
) -> None:
    async with listening(client) as events:
        await next_of("position", events)
        await listed(world.ledger, NAMES[2])
        identity, told = await next_of("change", events)
    assert identity == "coordinator:0,un_sc:1"
    assert (told["key"], told["name"], told["type"]) == ("un_sc:1", NAMES[2], "designated")
    conforms(document, "ChangeLine", told)


async def test_one_that_comes_back_goes_on_where_it_was(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    async with listening(client, **{"Last-Event-ID": "un_sc:2"}) as events:
        assert [(await next_of("change", events))[1]["name"] for _ in range(2)] == list(NAMES[2:])


async def test_a_stopping_port_ends_its_streams(client: httpx.AsyncClient, world: World) -> None:
    async with listening(client) as events:
        await next_of("position", events)
        assert world.follower.stream.listeners == 1
        world.follower.stream.drop_all()
        async with asyncio.timeout(60):
            assert [one async for one in events] == []


async def test_one_that_does_not_read_is_cut_off_and_keeps_no_place(
    server: WebServer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "WRITE_SECONDS_MAX", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"event: position")
    stream = world.follower.stream
    assert stream.listeners == 1
    for _ in range(400):
        stream.send(Event(kind="status", data=b"x" * 100_000))
        await asyncio.sleep(0)
    await eventually(lambda: asyncio.sleep(0, stream.listeners == 0))
    got = 0
    async with asyncio.timeout(60):
        while piece := await reader.read(1_000_000):
            got += len(piece)
    assert got < 400 * 100_000
    writer.close()


def test_a_field_that_is_never_null_is_not_said_to_be(document: dict[str, Any]) -> None:
    """Types that leave out what has its default never send null; `next` of a page does."""
    schemas = document["components"]["schemas"]
    nullable = {
        f"{name}.{field}"
        for name, component in schemas.items()
        for field, rules in component.get("properties", {}).items()
        if {"type": "null"} in rules.get("anyOf", ())
    }
    kinds = {kind.__name__: kind for kind in schema_parts.structs()}
    leaving_out = {name for name, kind in kinds.items() if kind.__struct_config__.omit_defaults}
    assert {one for one in nullable if one.partition(".")[0] in leaving_out} == set()
    assert {"Changes.next", "Targets.next"} <= nullable


def test_every_list_of_words_has_a_name(document: dict[str, Any]) -> None:
    def lists(value: Any) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            if "enum" in value and "title" not in value:
                yield value
            for part in value.values():
                yield from lists(part)
        elif isinstance(value, list):
            for part in value:
                yield from lists(part)

    assert list(lists(document["components"]["schemas"])) == []
