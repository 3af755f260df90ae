"""Who may ask: by name, by token, by proxy."""

import base64

import httpx
import pytest
from pydantic import ValidationError

from syncd.config import HttpSettings
from tests.web.world import World, serving

TOKEN = "correct-horse-battery"
ELSEWHERE = {"host": "0.0.0.0"}
CLOSED = (
    *("/", "/search", "/search?q=nobody", "/api/status", "/api/events", "/api/openapi.json", "/assets/page.css"),
    *("/api/search?q=nobody", "/api/records", "/metrics"),
)


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'ann:{password}'.encode()).decode()}"}


async def status(client: httpx.AsyncClient, path: str, **headers: str) -> int:
    async with client.stream("GET", path, headers=headers) as answer:
        return answer.status_code


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "syncd.bank.example"])
def test_an_address_that_others_reach_needs_a_guard(host: str) -> None:
    with pytest.raises(ValidationError, match=f"host {host} is reached from other machines: set token"):
        HttpSettings(host=host)
    HttpSettings.model_validate({"host": host, "token": TOKEN})
    HttpSettings.model_validate({"host": host, "trusted_proxies": ["10.0.0.0/8"]})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    HttpSettings(host=host)


@pytest.mark.parametrize("token", ["", "short", "fifteen-letters", "a token with spaces in it", "пароль-пароль-пароль"])
def test_a_token_that_is_no_guard_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValidationError, match="at least 16 characters") as error:
        HttpSettings.model_validate({"host": "0.0.0.0", "token": token})
    assert token == "" or token not in str(error.value)


async def test_on_loopback_this_machines_names_are_answered(client: httpx.AsyncClient) -> None:
    for name in ("localhost", "127.0.0.1", "[::1]", "localhost:8080", "LOCALHOST:1"):
        assert await status(client, "/api/status", Host=name) == 200


async def test_another_name_that_was_made_to_point_here_is_turned_away(client: httpx.AsyncClient) -> None:
    for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:9464", "[::1", ""):
        for path in CLOSED:
            assert await status(client, path, Host=name) == 421


async def test_a_name_can_be_added(world: World) -> None:
    async with serving(world.server(names="syncd.bank.example")) as client:
        assert await status(client, "/", Host="syncd.bank.example") == 200
        assert await status(client, "/", Host="localhost") == 200
        assert await status(client, "/", Host="other.example") == 421


async def test_without_the_token_only_the_probes_answer(world: World) -> None:
    async with serving(world.server(**ELSEWHERE, token=TOKEN)) as client:
        for path in CLOSED:
            answer = await client.get(path)
            assert (answer.status_code, answer.text) == (401, "a token is needed\n")
            challenges = answer.headers.get_list("www-authenticate")
            assert [one.partition(" ")[0] for one in challenges] == ["Basic", "Bearer"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert await status(client, "/livez") == 200
        assert await status(client, "/readyz") == 200


async def test_the_token_opens_as_bearer_and_as_a_browsers_password(world: World) -> None:
    async with serving(world.server(**ELSEWHERE, token=TOKEN)) as client:
        for path in CLOSED:
            assert await status(client, path, Authorization=f"Bearer {TOKEN}") == 200
            assert await status(client, path, **basic(TOKEN)) == 200


NO_TOKEN = (
    {"Authorization": "Bearer"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": TOKEN},
    {"Authorization": f"Digest {TOKEN}"},
    {"Authorization": "Basic %%%"},
    basic(""),
    basic("wrong"),
    {"X-Forwarded-User": "ann"},
    {"X-Forwarded-For": "127.0.0.1"},
)


async def test_anything_else_does_not(world: World) -> None:
    async with serving(world.server(**ELSEWHERE, token=TOKEN)) as client:
        for headers in NO_TOKEN:
            assert await status(client, "/", **headers) == 401


async def test_metrics_can_be_left_open_for_prometheus(world: World) -> None:
    async with serving(world.server(**ELSEWHERE, token=TOKEN, metrics_without_token=True)) as client:
        assert await status(client, "/metrics") == 200
        assert await status(client, "/") == 401


async def test_a_trusted_proxy_lets_in_whom_it_names(world: World) -> None:
    async with serving(world.server(**ELSEWHERE, trusted_proxies="127.0.0.0/8")) as client:
        assert await status(client, "/", **{"X-Forwarded-User": "ann"}) == 200
        assert await status(client, "/", **{"X-Forwarded-User": ""}) == 401
        assert await status(client, "/") == 401


async def test_the_header_of_anybody_else_is_worth_nothing(world: World) -> None:
    async with serving(world.server(**ELSEWHERE, trusted_proxies="192.0.2.0/24, 2001:db8::/32")) as client:
        assert await status(client, "/", **{"X-Forwarded-User": "ann"}) == 401
