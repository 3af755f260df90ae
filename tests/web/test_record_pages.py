"""The pages of one record and of the search, as the server makes them."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from syncd.web.record_pages import NOTICE
from tests.daemon.running import eventually
from tests.ledger.rekeyed import rekeyed
from tests.notices.before_the_list import ACT_NUMBER, PAGE, announced_before, kept_page
from tests.web.acts import FEED, NAMES, listed
from tests.web.world import World

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


async def reached(world: World, sequence: int) -> None:
    await eventually(lambda: asyncio.sleep(0, world.follower.sequence(FEED) >= sequence))


async def test_a_record_is_found_from_the_page_and_shows_its_history(client: httpx.AsyncClient, world: World) -> None:
    old, new = await rekeyed(world.ledger)
    await reached(world, 4)
    assert f'href="/records/{new.replace(":", "%3A")}"' in (await client.get("/")).text
    found = (await client.get("/search", params={"q": "Third"})).text
    assert f'href="/records/{new.replace(":", "%3A")}"' in found
    assert NOTICE in found
    page = (await client.get(f"/records/{new}")).text
    assert '<del dir="auto">Second (primary)</del>' in page
    assert '<ins dir="auto">Third (primary)</ins>' in page
    assert "ann@desk" in page
    assert f"/api/documents/{'d0' * 32}" in page
    assert "4 changes, the latest first" in page
    assert "https://main.un.org/" in page
    then = (await client.get(f"/records/{old}", params={"at": "2025-03-01T00:01:30Z"})).text
    assert "and not what is known now" in then
    assert '<bdi class="value" dir="auto">First (primary)</bdi>' in then


async def test_a_record_shows_the_notice_before_it_and_links_its_page(
    client: httpx.AsyncClient, world: World, tmp_path: Path
) -> None:
    old, new = await rekeyed(world.ledger)
    await reached(world, 4)
    listed = datetime(2025, 3, 1, 0, 1, tzinfo=UTC)
    sha256 = await kept_page(world.archive, tmp_path)
    await announced_before(world.ledger, listed - timedelta(days=1), listed, "First", sha256=sha256)
    page = (await client.get(f"/records/{new}")).text
    assert page.count('<p class="announced">') == 1
    assert "An &lt;i&gt;entry&lt;/i&gt;" in page
    assert f'<span class="mono">{ACT_NUMBER}</span>' in page
    assert "1 d before the list" in page
    assert f'href="/api/documents/{sha256}"' in page
    assert (await client.get(f"/api/documents/{sha256}")).content == PAGE
    changes = (await client.get(f"/api/records/{old}/history")).json()["changes"]
    assert [[one["document"] for one in entry.get("notices", ())] for entry in changes] == [[sha256], [], [], []]


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/records/un_sc:nobody", 404, "there never was a record un_sc:nobody"),
        ("/records/un_sc:1?at=yesterday", 400, "yesterday is no time"),
        ("/records/un_sc:1?at=2020-01-01", 404, "nothing can be said of an earlier time"),
        ("/search?q=--", 400, "ask for a name or a number"),
        ("/search?q=star&birth=soon", 400, "soon is no date of birth"),
        ("/search?q=star&kind=ship", 400, "the kind is one of"),
        ("/search?q=nowhere", 200, "Nothing is alike"),
        ("/search", 200, "Nothing is asked yet"),
    ],
)
async def test_what_cannot_be_shown_is_said(
    client: httpx.AsyncClient, world: World, path: str, status: int, said: str
) -> None:
    await reached(world, (await listed(world.ledger, *NAMES)).sequence)
    answer = await client.get(path)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


async def test_nothing_that_is_asked_or_published_becomes_markup(client: httpx.AsyncClient, world: World) -> None:
    await reached(world, (await listed(world.ledger, f"{EVIL} Evil")).sequence)
    pages = [
        await client.get("/search", params={"q": f"{EVIL} evil", "birth": EVIL, "country": EVIL, "kind": EVIL}),
        await client.get("/search", params={"q": f"{EVIL} evil"}),
        await client.get(f"/records/{FEED}:1"),
        await client.get(f"/records/{FEED}:1", params={"at": EVIL}),
        await client.get(f"/records/{EVIL}"),
    ]
    for page in pages:
        assert "<script" not in page.text
        assert "<img src=x" not in page.text
    assert "Evil</bdi>" in pages[2].text
