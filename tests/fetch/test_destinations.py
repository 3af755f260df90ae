"""Where a publisher may lead: no host that it names is an address of the network that syncd stands in."""

import ssl
from pathlib import Path

import httpx
import pytest

from syncd.config import FetchSettings
from syncd.core.state import Validators
from syncd.errors import FetchFailed
from syncd.fetch import Fetcher, resolution
from tests.fetch.asking import source
from tests.fetch.documents import LIST
from tests.site import Site

PUBLIC = "93.184.216.34"
ASKED = "lists.publisher.example"

NAMES = {
    "localhost": [PUBLIC],
    ASKED: [PUBLIC],
    "files.publisher.example": [PUBLIC, "2606:2800:220:1::1"],
    "mixed.publisher.example": [PUBLIC, "10.1.2.3"],
    "mirror.bank.example": ["10.1.2.4"],
    "store.bank.example": ["10.1.2.5"],
}


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolved(host: str) -> list[str]:
        return NAMES.get(host, [host] if set(host) <= set("0123456789abcdef.:") else [])

    monkeypatch.setattr(resolution, "_resolved", resolved)


@pytest.mark.parametrize(
    "inside",
    (
        *("10.1.2.3", "127.0.0.1", "169.254.10.1", "192.168.7.7", "172.16.3.3", "100.64.0.1", "224.0.0.5", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fd00::7", "::ffff:10.1.2.3", "mixed.publisher.example", "mirror.bank.example"),
    ),
)
async def test_a_host_with_any_internal_address_is_refused(inside: str, name_server: None) -> None:
    with pytest.raises(FetchFailed, match="internal address: refused"):
        await resolution.pinned_addresses(inside, asked_host=ASKED)


async def test_a_public_host_is_reached_by_the_addresses_that_were_checked(name_server: None) -> None:
    found = await resolution.pinned_addresses("files.publisher.example", asked_host=ASKED)
    assert found == tuple(NAMES["files.publisher.example"])


@pytest.mark.parametrize(
    ("host", "asked", "internal"),
    [
        ("mirror.bank.example", "mirror.bank.example", ()),  # the configured host may be internal
        ("store.bank.example", "mirror.bank.example", ()),  # and may lead on inside
        ("store.bank.example", ASKED, ("store.bank.example",)),  # or the operator says so
    ],
)
async def test_what_is_configured_may_be_internal(
    host: str, asked: str, internal: tuple[str, ...], name_server: None
) -> None:
    assert await resolution.pinned_addresses(host, asked_host=asked, internal_hosts=internal) == ()


async def test_a_name_that_nobody_knows_is_not_asked_for_a_second_time(name_server: None) -> None:
    with pytest.raises(FetchFailed, match="a name that is not known here"):
        await resolution.pinned_addresses("nobody.knows.example", asked_host=ASKED)


async def test_a_redirect_to_a_name_with_an_internal_address_sends_nothing(tmp_path: Path, name_server: None) -> None:
    async with Site() as site, Fetcher(FetchSettings()) as fetcher:
        NAMES["inside.publisher.example"] = ["127.0.0.1"]
        site.redirect("/list.xml", f"http://inside.publisher.example:{site.port}/inside?key=5ecre7")
        site.put("/inside", LIST)
        with pytest.raises(FetchFailed) as caught:
            await fetcher.document(source(site.url("/list.xml")), Validators(), into=tmp_path)
        assert site.asked("/inside") == []
    assert "it leads to inside.publisher.example, which has an internal address" in str(caught.value)
    assert "5ecre7" not in str(caught.value)


async def test_a_link_found_on_a_page_to_an_internal_address_sends_nothing(tmp_path: Path, name_server: None) -> None:
    async with Site() as site, Fetcher(FetchSettings()) as fetcher:
        site.put("/inside", LIST)
        with pytest.raises(FetchFailed, match=r"leads to 127\.0\.0\.1, which has an internal address"):
            await fetcher.document(
                source(site.url("/list.xml")),
                Validators(),
                into=tmp_path,
                url=f"http://127.0.0.1:{site.port}/inside",
            )
        assert site.asked("/inside") == []


async def test_a_pinned_request_keeps_the_name_in_host_and_in_tls(authority: tuple[ssl.SSLContext, Path]) -> None:
    tls, ca_file = authority
    trust = ssl.create_default_context(cafile=ca_file)
    async with Site(tls=tls) as site, httpx.AsyncClient(verify=trust) as client:
        site.put("/list.xml", LIST)
        request = client.build_request("GET", site.url("/list.xml?key=1"))
        answer = await client.send(resolution.pinned(request, "127.0.0.1"))
        (asked,) = site.asked("/list.xml")
    assert answer.content == LIST
    assert asked.headers["host"] == f"localhost:{site.port}"
    assert asked.target == "/list.xml?key=1"
