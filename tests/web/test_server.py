import asyncio
from pathlib import Path

import httpx
import pytest

from syncd.core.coordination.target import COORDINATOR
from syncd.core.events import Heartbeat
from syncd.core.state import FeedState
from syncd.errors import ConfigurationError
from syncd.observe import moments as m
from syncd.observe.metrics import CONTENT_TYPE
from syncd.observe.report import Report
from syncd.observe.status import Facts, feed_status
from syncd.web import WebServer
from syncd.web import follower as following
from syncd.web.connections import CONNECTIONS_MAX, IDLE_OF_A_PEER_MAX
from syncd.web.openapi import ENDPOINTS
from tests.daemon.running import eventually
from tests.web.world import World, serving

NOW = "2031-04-02T12:00:00Z"
READY = FeedState(feed="un_sc", commit=3, sequence=1010, ledger_records=1002, ledger_digest="ab" * 32)
ASSETS = ("/assets/page.css", "/assets/page.js", "/assets/icon.svg")
FACTS = Facts(interval_seconds=60, title="Consolidated List", checked_at="2031-04-02T11:59:30Z", source="xml")
PATHS = (
    "/",
    "/search",
    *ASSETS,
    *(one.path for one in ENDPOINTS if not one.parameters),
    "/livez",
    "/readyz",
    "/metrics",
)


async def test_port_zero_takes_a_free_port_and_says_which(server: WebServer):
    assert server.port > 0


async def test_a_port_that_is_taken_is_an_error_of_configuration_that_names_it(
    client: httpx.AsyncClient, server: WebServer, world: World
):
    other = world.server(port=server.port)
    with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1 port {server.port}"):
        await other.start()


async def test_a_stopped_server_answers_nobody_and_can_be_stopped_again(server: WebServer):
    await server.stop()
    await server.stop()
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{server.port}/livez")


async def test_metrics_are_in_the_text_format_and_include_the_state_of_the_feeds(
    client: httpx.AsyncClient, world: World
):
    world.metrics.watch(lambda: [feed_status(READY, FACTS, NOW)])
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


async def test_ready_when_the_ledger_can_be_read_and_whatever_the_publishers_do(
    client: httpx.AsyncClient, world: World
):
    failing = Facts(interval_seconds=60, failures=99, why="timed out")
    world.local = [feed_status(FeedState(feed="un_sc"), failing, NOW)]
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_a_replica_that_stands_by_is_ready(client: httpx.AsyncClient, world: World):
    world.standby = True
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ok, standing by\n")


async def test_not_ready_before_the_ledger_was_read(tmp_path: Path):
    async with serving(World(tmp_path).server()) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "the ledger has not been read yet\n")
        assert "The ledger is being opened" in (await client.get("/")).text


async def test_a_lost_ledger_is_not_ready_and_one_that_is_back_is(client: httpx.AsyncClient, world: World):
    await world.lose_the_ledger()
    await eventually(lambda: ready(client, 503))
    assert "the ledger has not been read for" in (await client.get("/readyz")).text
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/api/changes?feed=un_sc")).status_code == 503
    assert world.told.of(m.LedgerUnavailable)
    world.opens = True
    await eventually(lambda: ready(client, 200))


async def ready(client: httpx.AsyncClient, status: int) -> bool:
    return (await client.get("/readyz")).status_code == status


@pytest.mark.parametrize("path", ["/", "/assets/page.js", "/api/status", "/api/events", "/metrics", "/absent"])
async def test_every_answer_is_hardened_and_does_not_say_what_it_is_made_of(client: httpx.AsyncClient, path: str):
    async with client.stream("GET", path) as answer:
        headers = answer.headers
    assert headers["server"] == "syncd"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert "access-control-allow-origin" not in headers


async def test_head_is_answered_without_a_body(client: httpx.AsyncClient):
    for path in PATHS:
        answer = await client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_nothing_can_be_asked_that_would_change_anything(client: httpx.AsyncClient):
    for path in PATHS:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert (await client.request(method, path, content=b"x")).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/absent",
        "/metrics/",
        "/assets/",
        "/assets/page.html",
        "/assets/..%2fserver.py",
        "/..%2f..%2fetc/passwd",
    ],
)
async def test_there_is_nothing_else_to_be_found(client: httpx.AsyncClient, path: str):
    assert (await client.get(path)).status_code == 404


async def test_a_request_with_an_endless_header_is_refused(client: httpx.AsyncClient):
    answer = await client.get("/livez", headers={"x-long": "x" * 20_000})
    assert answer.status_code == 400


async def connected(server: WebServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.port)


async def came(server: WebServer, more_than: int) -> bool:
    return len(server._connections._open) > more_than


async def alive(server: WebServer) -> bool:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        return (await client.get(f"http://127.0.0.1:{server.port}/livez")).status_code == 200


async def test_idle_connections_of_one_peer_do_not_keep_others_out(server: WebServer):
    held = [await connected(server) for _ in range(CONNECTIONS_MAX + 6)]
    assert [await alive(server) for _ in range(40)] == [True] * 40
    for _, writer in held:
        writer.close()


async def test_the_oldest_idle_connection_gives_way(world: World, monkeypatch: pytest.MonkeyPatch):
    # None is closed for having asked nothing.
    monkeypatch.setattr("syncd.web.server.IDLE_SECONDS", 600)
    server = world.server()
    await server.start()
    held = [await connected(server) for _ in range(IDLE_OF_A_PEER_MAX + 1)]
    assert await asyncio.wait_for(held[0][0].read(), 60) == b""
    # The one after it can still ask.
    reader, writer = held[1]
    writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 200")
    for _, writer in held:
        writer.close()
    await server.stop()


async def test_connections_that_are_answered_are_bounded_and_do_not_give_way(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    # None is closed for having asked nothing while the others are opened.
    monkeypatch.setattr("syncd.web.server.IDLE_SECONDS", 600)
    server = world.server()
    await server.start()
    places = server._connections
    listening = []
    for number in range(CONNECTIONS_MAX):
        listening.append(await connected(server))
        await eventually(lambda most=number: came(server, most))
        for connection in places._open:
            connection.is_busy = True
    reader, writer = await connected(server)
    assert await asyncio.wait_for(reader.read(), 60) == b""
    for _, open_writer in (*listening, (reader, writer)):
        open_writer.close()
        await open_writer.wait_closed()
    await eventually(lambda: asyncio.sleep(0, not places._open))
    assert await alive(server)
    await server.stop()


async def test_a_connection_that_never_asks_is_closed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("syncd.web.server.IDLE_SECONDS", 0.2)
    server = world.server()
    await server.start()
    for sent in (b"", b"GET /livez HTTP/1.1\r\nHost: "):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
    await server.stop()


@pytest.mark.parametrize(
    ("checked_at", "awaited_for", "seconds"), [("2020", 60.0, 0.5), ("2020", -1.0, 5.0), ("2999", 60.0, 5.0)]
)
def test_a_coordinator_that_starts_is_looked_for_soon_one_that_is_off_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checked_at: str, awaited_for: float, seconds: float
) -> None:
    monkeypatch.setattr(following, "REFRESH_SECONDS", 5.0)
    monkeypatch.setattr(following, "AWAITED_FOR_SECONDS", awaited_for)
    follower = World(tmp_path).follower
    assert follower._seconds_to_refresh() == 5.0
    follower.coordinator = Heartbeat(
        feed=COORDINATOR,
        status="ok",
        checked_at=checked_at,
        changed_at="",
        commit=1,
        sequence=1,
        ledger_digest="",
        ledger_records=1,
    )
    assert follower._seconds_to_refresh() == seconds
