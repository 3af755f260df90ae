"""Whole lists and documents over HTTP: streamed, verified, compressed, asked for by digest."""

import asyncio
import gzip
import hashlib
import json
from pathlib import Path

import httpx
import pytest

from syncd.exports.ndjson import findings
from syncd.web import lists
from tests.daemon.running import eventually
from tests.web.acts import AT, FEED, NAMES, listed
from tests.web.world import World, serving

LIST = f"/api/lists/{FEED}"


async def shown(world: World, *names: str, elided: bool = False) -> None:
    """Commit a designation of these, and wait until the port knows of it."""
    state = await listed(world.ledger, *names, elided=elided)

    def is_shown() -> bool:
        rows = world.follower.publications.get(FEED, ())
        known = [status.commit for status in world.follower.statuses() if status.feed == FEED]
        return known == [state.commit] and any(row.commit == state.commit for row in rows)

    await eventually(lambda: asyncio.sleep(0, is_shown()))


async def test_a_list_is_sound_and_its_headers_say_which_it_is(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, *NAMES)
    answer = await client.get(f"{LIST}.ndjson")
    (found,) = findings(answer.content.splitlines())
    assert (found.ok, found.records) == (True, len(NAMES))
    headers = {name: answer.headers[f"syncd-{name}"] for name in ("feed", "commit", "digest", "committed-at")}
    assert headers == {"feed": FEED, "commit": "1", "digest": found.digest, "committed-at": AT}
    assert answer.headers["etag"] == f'W/"{found.digest}"'
    assert answer.headers["content-type"].startswith("application/x-ndjson")


async def test_who_has_the_list_is_told_so(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, *NAMES)
    for form in ("ndjson", "csv", "ftm.json"):
        tag = (await client.head(f"{LIST}.{form}")).headers["etag"]
        for known in (tag, f'"x", {tag.removeprefix("W/")}'):
            again = await client.get(f"{LIST}.{form}", headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
    assert (await client.get(f"{LIST}.csv", headers={"If-None-Match": tag})).status_code == 304
    await shown(world, "Another")
    assert (await client.get(f"{LIST}.csv", headers={"If-None-Match": tag})).status_code == 200


async def test_it_is_compressed_for_who_asks(server: lists.Lists, world: World) -> None:
    await shown(world, *NAMES)
    plain, packed = [await _raw(server.port, encoding) for encoding in ("identity", "br, gzip")]
    assert b"content-encoding" not in plain[0].lower()
    assert b"content-encoding: gzip" in packed[0].lower()
    assert gzip.decompress(packed[1]) == plain[1]


async def _raw(port: int, encoding: str) -> tuple[bytes, bytes]:
    """Head and body of an answer, the body as it was sent."""
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("GET", f"http://127.0.0.1:{port}{LIST}.csv", headers={"Accept-Encoding": encoding}) as answer,
    ):
        head = b"\n".join(name + b": " + value for name, value in answer.headers.raw)
        return head, b"".join([piece async for piece in answer.aiter_raw()])


async def test_all_lists_are_one_file(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, *NAMES)
    answer = await client.get("/api/lists/all.ndjson")
    assert [found.ok for found in findings(answer.content.splitlines())] == [True]
    table = (await client.get("/api/lists/all.csv")).text.splitlines()
    assert len(table) == 1 + len(NAMES)


async def test_followthemoney_and_its_catalogue_name_each_other(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, *NAMES)
    (dataset,) = (await client.get("/api/lists/catalog.json")).json()["datasets"]
    assert (dataset["name"], dataset["version"]) == (FEED, "20310402120000-0000001")
    lines = (await client.get(dataset["entities_url"])).text.splitlines()
    assert [json.loads(line)["schema"] for line in lines] == ["Person", "Sanction"] * len(NAMES)
    await shown(world, "Another")
    versions = (await client.get(dataset["delta_url"])).json()["versions"]
    assert list(versions) == ["20310402120000-0000001", "20310402120000-0000002"]
    operations = [json.loads(line) for line in (await client.get(versions["20310402120000-0000002"])).text.splitlines()]
    assert [(one["op"], one["entity"]["schema"]) for one in operations] == [("ADD", "Person"), ("ADD", "Sanction")]


async def test_deltas_begin_anew_where_a_change_was_too_large(client: httpx.AsyncClient, world: World) -> None:
    """Of such a commit the operations are not known: who has an earlier version is made to read the whole list."""
    await shown(world, *NAMES)
    await shown(world, "Another")
    index = f"{LIST}.delta.json"
    before = (await client.get(index)).json()["versions"]
    assert [version[-1] for version in before] == ["1", "2"]
    await shown(world, "Too large", elided=True)
    await shown(world, "A third one")
    versions = (await client.get(index)).json()["versions"]
    assert [version[-1] for version in versions] == ["3", "4"]
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(versions["20310402120000-0000003"])
    entities = (await client.get(f"{LIST}.ftm.json")).text
    assert "Too large" in entities


async def test_behind_a_proxy_that_speaks_tls_addresses_do_too(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, "One")
    answer = await client.get("/api/lists/catalog.json", headers={"X-Forwarded-Proto": "https"})
    assert answer.json()["datasets"][0]["entities_url"].startswith("https://127.0.0.1:")


ABSENT = (
    "nobody.csv", "eu_fsf.csv", "un_sc", "un_sc.xml", "nobody.delta.json", "un_sc.20310402120000-0000002.delta.json",
    "un_sc.20310402120001-0000001.delta.json", "un_sc.x.delta.json", "un_sc.٢٠٣١٠٤٠٢١٢٠٠٠٠-0000001.delta.json",
)  # fmt: skip


async def test_what_is_not_there_is_a_problem(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, "One")
    for name in ABSENT:
        answer = await client.get(f"/api/lists/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), name


async def test_a_parameter_that_lists_do_not_have_is_refused(client: httpx.AsyncClient, world: World) -> None:
    await shown(world, "One")
    for name in (f"{FEED}.csv", f"{FEED}.delta.json", "catalog.json"):
        answer = await client.get(f"/api/lists/{name}", params={"at": "2031-04-02"})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), name
        assert answer.json()["detail"].startswith("unknown parameter"), name


async def test_two_exports_are_made_at_a_time(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shown(world, "One")
    monkeypatch.setattr(lists, "EXPORTS_AT_ONCE", 0)
    answer = await client.get(f"{LIST}.csv")
    assert (answer.status_code, answer.json()["detail"]) == (503, "other exports are being made: ask again in a minute")


async def test_a_ledger_that_fails_amid_an_export_cuts_it_off(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may take a part of a list for the whole."""
    await shown(world, *NAMES)

    def broken(*_: object) -> bytes:
        raise lists.LedgerError("the disk is gone")

    monkeypatch.setattr(lists, "_packed", broken)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(f"{LIST}.ndjson")


DOCUMENT = b"<?xml version='1.0'?><LIST><script>alert(1)</script></LIST>"
SHA256 = hashlib.sha256(DOCUMENT).hexdigest()


@pytest.fixture
async def kept(world: World, tmp_path: Path) -> None:
    (tmp_path / "document").write_bytes(DOCUMENT)
    await world.archive.store(tmp_path / "document", SHA256)


@pytest.mark.usefixtures("kept")
async def test_a_document_is_given_as_it_was_published(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/documents/{SHA256}")
    assert answer.content == DOCUMENT
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["content-disposition"] == f'attachment; filename="{SHA256}.xml"'
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_document_that_is_not_there_is_a_problem(client: httpx.AsyncClient) -> None:
    for name in ("0" * 64, "0" * 63, "X" * 64, SHA256.upper()):
        answer = await client.get(f"/api/documents/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.usefixtures("kept")
async def test_a_damaged_document_is_not_given(client: httpx.AsyncClient, tmp_path: Path) -> None:
    (file,) = (tmp_path / "archive").rglob("*.zst")
    file.write_bytes(b"\x28\xb5\x2f\xfd")
    assert (await client.get(f"/api/documents/{SHA256}")).status_code == 404


@pytest.mark.usefixtures("kept")
async def test_lists_and_documents_need_the_token(world: World) -> None:
    await shown(world, "One")
    async with serving(world.server(token="invented-token-of-the-tests")) as client:
        for path in (f"{LIST}.csv", "/api/lists/catalog.json", f"/api/documents/{SHA256}"):
            assert (await client.get(path)).status_code == 401
            bearer = {"Authorization": "Bearer invented-token-of-the-tests"}
            assert (await client.get(path, headers=bearer)).status_code == 200


async def test_rows_and_decisions_come_in_pages(client: httpx.AsyncClient, world: World) -> None:
    for name in NAMES:
        await shown(world, name)
    found, before = [], ""
    while before is not None:
        page = (await client.get("/api/publications", params={"feed": FEED, "limit": 3, "before": before})).json()
        found += [row["commit"] for row in page["publications"]]
        before = page["next"]
    assert found == [4, 3, 2, 1]
    assert (await client.get("/api/decisions")).json() == {"decisions": [], "next": None}
    assert (await client.get("/api/decisions?before=x")).status_code == 400
