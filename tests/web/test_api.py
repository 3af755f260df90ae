"""What `/api` answers, and that the OpenAPI document says just that."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from syncd.core.admit import hold_id
from syncd.core.body import pack, pack_json
from syncd.core.canonical import digest, list_digest
from syncd.core.events import Change, Commit, Evidence, Publication, Times
from syncd.core.model import Listing, Name, Record
from syncd.core.state import FeedState, Hold, Stored
from syncd.core.target import CoordinationCommit
from syncd.ledger.contract import Heartbeat
from syncd.observe import moments as m
from syncd.web import coordinated as coordinating
from syncd.web import openapi
from tests.daemon.running import eventually
from tests.web import invented
from tests.web.world import World

FEED = "un_sc"
AT = "2031-04-02T12:00:00Z"
NAMES = ("NOBODY, Odd", "Бумажное облако", "نجمة ورقية", "PAPER STAR")


def record(number: int, name: str) -> Record:
    return Record(
        key=f"{FEED}:{number}",
        feed=FEED,
        kind="person",
        names=(Name(full=name, kind="primary"),),
        listings=(Listing(list="List", programmes=("CLOUDS",), listed_on="2031-04-01"),),
    )


async def listed(world: World, *names: str) -> FeedState:
    """One commit that designates all of these after those that are there."""
    log = await world.ledger.open(FEED)
    before = log.state
    records = [record(before.sequence + place + 1, name) for place, name in enumerate(names)]
    changes = tuple(_designated(before, place, one, len(records)) for place, one in enumerate(records))
    written = {
        one.key: Stored(status="listed", digest=digest(one), fingerprint=b"", vocabulary="v", body=pack(one),
                        sequence=change.sequence, since=AT)
        for one, change in zip(records, changes, strict=True)
    }  # fmt: skip
    whole = {**log.records, **written}
    state = msgspec.structs.replace(
        before,
        commit=before.commit + 1,
        sequence=before.sequence + len(names),
        ledger_records=len(whole),
        ledger_digest=list_digest((key, one.digest) for key, one in whole.items()),
        committed_at=AT,
    )
    row = Publication(feed=FEED, kind="commit", at=AT, commit=state.commit, cause="publication",
                      first_sequence=before.sequence + 1, last_sequence=state.sequence,
                      changes={"designated": len(names)})  # fmt: skip
    await log.commit(Commit(changes=changes, records=written, rows=(row,), state=state))
    await world.ledger.beat(beat(state))
    return state


def _designated(before: FeedState, place: int, one: Record, count: int) -> Change:
    return Change(
        feed=FEED, key=one.key, type="designated", sequence=before.sequence + place + 1, commit=before.commit + 1,
        index=place, count=count, cause="publication", origin="source", material=True, times=Times(observed=AT),
        evidence=Evidence(document="d0" * 32, source="xml"), committed_at=AT, digest_after=digest(one),
        after=msgspec.Raw(msgspec.json.encode(one)),
    )  # fmt: skip


def beat(state: FeedState, word: str = "ok") -> Heartbeat:
    return Heartbeat(feed=FEED, status=word, checked_at=AT, changed_at=AT, commit=state.commit,
                     sequence=state.sequence, ledger_digest=state.ledger_digest,
                     ledger_records=state.ledger_records)  # fmt: skip


async def held(world: World, state: FeedState) -> Hold:
    keys = tuple(f"{FEED}:{number}" for number in range(1, state.sequence + 1))
    hold = Hold(id=hold_id(FEED, "removals", keys), kind="removals", keys=keys, since=AT, why="all at once",
                document="d0" * 32)  # fmt: skip
    log = await world.ledger.open(FEED)
    after = msgspec.structs.replace(log.state, holds=(hold,))
    row = Publication(feed=FEED, kind="hold", at=AT, commit=after.commit, holds=(hold.id,))
    await log.commit(Commit(changes=(), records={}, rows=(row,), state=after))
    await world.ledger.beat(beat(after, "held"))
    return hold


async def reached(world: World, sequence: int) -> None:
    await eventually(lambda: asyncio.sleep(0, world.follower.sequence(FEED) >= sequence))


@pytest.fixture(scope="module")
def document() -> dict[str, object]:
    return openapi.document()


def conforms(document: dict[str, object], schema: str, answer: object) -> None:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(answer)


def test_the_document_is_openapi(document: dict[str, object]) -> None:
    validate(json.loads(msgspec.json.encode(document)))


async def test_the_document_is_served(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    served = (await client.get("/api/openapi.json")).json()
    assert served == json.loads(msgspec.json.encode(document))


async def test_every_answer_is_what_the_document_says(
    client: httpx.AsyncClient, world: World, document: dict[str, object]
) -> None:
    state = await listed(world, *NAMES)
    await reached(world, state.sequence)
    await held(world, state)
    await eventually(lambda: asyncio.sleep(0, world.follower.holds()))
    for endpoint in openapi.ENDPOINTS:
        if endpoint.answer is None:
            continue
        query = {"feed": FEED} if any(one.name == "feed" for one in endpoint.parameters) else {}
        answer = await client.get(endpoint.path, params=query)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        conforms(document, endpoint.answer.__name__, answer.json())


async def test_changes_are_those_of_tail_in_pages(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world, *NAMES, "Another")).sequence)
    found, after = [], 0
    while after is not None:
        page = (await client.get("/api/changes", params={"feed": FEED, "after": after, "limit": 2})).json()
        found += page["changes"]
        after = page["next"]
    assert [one["data"]["sequence"] for one in found] == [1, 2, 3, 4, 5]
    assert found[1]["data"]["after"]["names"] == [{"full": NAMES[1], "kind": "primary"}]
    assert found[0]["source"] == "/syncd/bank-a/un_sc"


async def test_the_page_after_the_last_is_empty(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world, "One")).sequence)
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
    state = await listed(world, *NAMES)
    hold = await held(world, state)
    await eventually(lambda: asyncio.sleep(0, world.follower.holds()))
    (card,) = (await client.get("/api/held")).json()["holds"]
    assert [one["name"] for one in card["entries"]] == list(NAMES)
    assert card["release"] == f'syncd release {hold.id} --why "…"'
    page = (await client.get("/")).text
    assert all(name in page for name in NAMES)
    assert f"syncd reject {hold.id}" in page


async def test_names_are_on_the_page_and_in_no_log_and_no_metric(client: httpx.AsyncClient, world: World) -> None:
    await held(world, await listed(world, *NAMES))
    await eventually(lambda: asyncio.sleep(0, world.follower.holds()))
    await world.lose_the_ledger()
    await eventually(lambda: asyncio.sleep(0, world.told.of(m.LedgerUnavailable)))
    said = "".join(str(moment) for moment in world.told.moments) + (await client.get("/metrics")).text
    assert not any(name in said for name in NAMES)


async def test_a_feed_of_another_process_is_shown_by_its_heartbeat(client: httpx.AsyncClient, world: World) -> None:
    state = await listed(world, *NAMES)
    await world.ledger.beat(msgspec.structs.replace(beat(state), status="failing", message="503 from the publisher"))
    await eventually(lambda: shown(client, "failing"))
    feed = await status_of(client)
    assert (feed["records"], feed["commit"], feed["is_open"]) == (4, 1, False)


async def status_of(client: httpx.AsyncClient) -> dict[str, object]:
    return next(one for one in (await client.get("/api/feeds")).json()["feeds"] if one["feed"] == FEED)


async def shown(client: httpx.AsyncClient, word: str) -> bool:
    return (await status_of(client))["status"] == word


async def coordinated(world: World) -> None:
    """The first of the invented events, and their targets, committed by a coordinator."""
    log = await world.ledger.open_coordinator()
    found = tuple(invented.events())
    state = msgspec.structs.replace(
        log.state, commit=1, sequence=len(found), committed_at=found[-1].committed_at, targets=len(invented.targets())
    )
    events = tuple(msgspec.structs.replace(one, commit=1, committed_at=state.committed_at) for one in found)
    rows = {name: pack_json(msgspec.json.encode(one)) for name, one in invented.targets().items()}
    await log.commit(CoordinationCommit(events=events, targets=rows, state=state))


async def test_what_was_said_of_several_lists_is_on_the_board_and_in_the_api(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch, document: dict[str, object]
) -> None:
    monkeypatch.setattr(coordinating, "TARGETS_SECONDS", 0.0)
    async with listening(client) as events:
        await coordinated(world)
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
    async with asyncio.timeout(20):
        async for identity, found, data in events:
            if found == kind:
                return identity, json.loads(data)
    raise AssertionError("the stream ended")


async def test_a_change_is_told_as_it_is_committed(
    client: httpx.AsyncClient, world: World, document: dict[str, object]
) -> None:
    async with listening(client) as events:
        await next_of("position", events)
        await listed(world, NAMES[2])
        identity, told = await next_of("change", events)
    assert identity == "coordinator:0,un_sc:1"
    assert (told["key"], told["name"], told["type"]) == ("un_sc:1", NAMES[2], "designated")
    conforms(document, "ChangeLine", told)


async def test_one_that_comes_back_goes_on_where_it_was(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world, *NAMES)).sequence)
    async with listening(client, **{"Last-Event-ID": "un_sc:2"}) as events:
        assert [(await next_of("change", events))[1]["name"] for _ in range(2)] == list(NAMES[2:])


async def test_a_stopping_port_ends_its_streams(client: httpx.AsyncClient, world: World) -> None:
    async with listening(client) as events:
        await next_of("position", events)
        assert world.follower.stream.listeners == 1
        world.follower.stream.drop_all()
        async with asyncio.timeout(10):
            assert [one async for one in events] == []
