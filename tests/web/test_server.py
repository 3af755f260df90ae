import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from syncd.core.state import FeedState, Hold
from syncd.errors import ConfigurationError
from syncd.observe import moments as m
from syncd.observe.metrics import CONTENT_TYPE, Metrics
from syncd.observe.report import Report
from syncd.observe.status import Facts, FeedStatus, feed_status
from syncd.web import WebServer
from syncd.web.server import CONNECTIONS_MAX

NOW = "2031-04-02T12:00:00Z"
READY = FeedState(feed="un_sc", commit=3, sequence=1010, ledger_records=1002, ledger_digest="ab" * 32)
FACTS = Facts(interval_seconds=60, title="Consolidated List", checked_at="2031-04-02T11:59:30Z", source="xml")
PATHS = ("/", "/api/status", "/livez", "/readyz", "/metrics")


class World:
    """What the server is told, for a test to change."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.statuses: list[FeedStatus] = [feed_status(READY, FACTS, NOW)]
        self.late_seconds = 0.0
        self.standby = False


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def server(world: World) -> AsyncIterator[WebServer]:
    server = WebServer(
        "127.0.0.1",
        0,
        metrics=world.metrics,
        statuses=lambda: world.statuses,
        seconds_since_tick=lambda: world.late_seconds,
        standby=lambda: world.standby,
        tick_seconds_max=30,
    )
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(server: WebServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
        yield client


async def test_port_zero_takes_a_free_port_and_says_which(server: WebServer):
    assert server.port > 0


async def test_a_port_that_is_taken_is_an_error_of_configuration_that_names_it(server: WebServer, world: World):
    other = WebServer("127.0.0.1", server.port, metrics=world.metrics, statuses=list)
    with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1 port {server.port}"):
        await other.start()


async def test_a_stopped_server_answers_nobody_and_can_be_stopped_again(server: WebServer):
    await server.stop()
    await server.stop()
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{server.port}/livez")


async def test_metrics_are_in_the_text_format_and_include_the_state_of_the_feeds(
    client: httpx.AsyncClient, world: World
):
    world.metrics.watch(lambda: world.statuses)
    Report(world.metrics)(m.DaemonStarted(version="1.2.3", feeds=("un_sc",)))
    answer = await client.get("/metrics")
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert 'syncd_build_info{version="1.2.3"} 1.0' in answer.text
    assert 'syncd_feed_records{feed="un_sc"} 1002.0' in answer.text


async def test_alive_as_long_as_the_schedule_turns(client: httpx.AsyncClient, world: World):
    assert (await client.get("/livez")).status_code == 200
    world.late_seconds = 31
    answer = await client.get("/livez")
    assert (answer.status_code, answer.text) == (503, "the schedule has not turned for 31 s\n")


async def test_ready_when_every_feed_is_open_and_has_its_baseline(client: httpx.AsyncClient):
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_not_ready_says_why_one_line_a_feed(client: httpx.AsyncClient, world: World):
    world.statuses += [
        feed_status(FeedState(feed="eu_fsf"), FACTS, NOW),
        feed_status(FeedState(feed="uk_sl"), Facts(interval_seconds=60, failures=1, why="timed out"), NOW),
    ]
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.splitlines() == ["eu_fsf: no baseline yet", "uk_sl: no baseline yet: timed out"]


async def test_a_replica_that_stands_by_is_ready(client: httpx.AsyncClient, world: World):
    world.statuses = [feed_status(FeedState(feed="eu_fsf"), Facts(interval_seconds=60, is_open=False), NOW)]
    world.standby = True
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok, standing by\n")


async def test_the_status_as_json_is_the_status(client: httpx.AsyncClient, world: World):
    answer = await client.get("/api/status")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["feeds"] == json.loads(msgspec.json.encode(world.statuses))
    assert answer.json()["standby"] is False


@pytest.mark.parametrize("path", [*PATHS, "/absent"])
async def test_every_answer_is_hardened_and_does_not_say_what_it_is_made_of(client: httpx.AsyncClient, path: str):
    headers = (await client.get(path)).headers
    assert headers["server"] == "syncd"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_answered_without_a_body(client: httpx.AsyncClient, path: str):
    answer = await client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_nothing_can_be_asked_that_would_change_anything(client: httpx.AsyncClient, path: str, method: str):
    assert (await client.request(method, path, content=b"x")).status_code == 405


@pytest.mark.parametrize("path", ["/absent", "/api", "/api/", "/metrics/", "/static/", "/..%2f..%2fetc/passwd"])
async def test_there_is_nothing_else_to_be_found(client: httpx.AsyncClient, path: str):
    assert (await client.get(path)).status_code == 404


async def test_a_request_with_an_endless_header_is_refused(client: httpx.AsyncClient):
    answer = await client.get("/livez", headers={"x-long": "x" * 20_000})
    assert answer.status_code == 400


async def test_connections_are_bounded_and_a_freed_place_is_given_away(server: WebServer):
    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", server.port)

    held = [await connect() for _ in range(CONNECTIONS_MAX)]
    await asyncio.sleep(0.05)
    reader, writer = await connect()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    for _, open_writer in (*held, (reader, writer)):
        open_writer.close()
        await open_writer.wait_closed()
    await asyncio.sleep(0.05)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://127.0.0.1:{server.port}/livez")).status_code == 200


async def test_a_connection_that_never_asks_is_closed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("syncd.web.server.IDLE_SECONDS", 0.2)
    server = WebServer("127.0.0.1", 0, metrics=world.metrics, statuses=list)
    await server.start()
    for sent in (b"", b"GET /livez HTTP/1.1\r\nHost: "):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
    await server.stop()


async def test_the_status_names_no_record(client: httpx.AsyncClient, world: World):
    hold = Hold(id="abc", kind="removals", keys=("un_sc:77",), since=NOW, why="too many", document="")
    world.statuses = [feed_status(msgspec.structs.replace(READY, holds=(hold,), partial=("un_sc:78",)), FACTS, NOW)]
    for path in PATHS:
        assert not re.search(r"un_sc:7[78]", (await client.get(path)).text)
    assert json.loads((await client.get("/api/status")).text)["feeds"][0]["held_keys"] == 1
