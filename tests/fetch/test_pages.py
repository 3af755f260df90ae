"""A list that comes in pages is learnt whole or not at all, whatever happens between two requests."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from aiohttp import web

from syncd.core.state import Validators
from syncd.errors import DocumentRefused, PublisherFailed
from syncd.feeds.contract import ListPage, PagedPart, Pages
from syncd.fetch import Fetched
from syncd.fetch.pages import Asking, whole_document
from tests.fetch.asking import Reading, source

TAKE = 3


def read(body: bytes) -> ListPage:
    whole = json.loads(body)
    return ListPage(
        total=whole["total"], entries=tuple((one["id"], msgspec.json.encode(one)) for one in whole["items"])
    )


PARTS = (
    PagedPart(name="firms", query="kind=firms&skip={skip}", sends={"Accept-Language": "en"}),
    PagedPart(name="wallets", query="kind=wallets&skip={skip}"),
)
PAGES = Pages(parts=PARTS, read=read)


def page(kind: str, ids: list[str], skip: int) -> bytes:
    items = [{"id": id_, "kind": kind} for id_ in ids[skip : skip + TAKE]]
    return json.dumps({"total": len(ids), "items": items}).encode()


def document(lists: dict[str, list[str]]) -> bytes:
    """The document that the pages make of these lists, when nothing happens meanwhile."""
    items = [{"id": id_, "kind": kind} for kind in ("firms", "wallets") for id_ in sorted(lists[kind])]
    return json.dumps({"items": items}, separators=(",", ":")).encode()


class Publisher:
    """Lists that `happens` may change before each answer."""

    def __init__(self, happens: Callable[["Publisher"], None] = lambda _: None) -> None:
        self.lists = {"firms": [f"f{number}" for number in range(7)], "wallets": ["w0", "w1"]}
        self.asked: list[tuple[str, int]] = []
        self._happens = happens

    async def ask(self, query: str, _part: PagedPart) -> bytes:
        asked = parse_qs(query)
        kind, skip = asked["kind"][0], int(asked["skip"][0])
        self._happens(self)
        self.asked.append((kind, skip))
        return page(kind, self.lists[kind], skip)


async def test_the_pages_make_one_document_in_order_of_part_and_id() -> None:
    publisher = Publisher()
    publisher.lists["firms"].reverse()
    assert await whole_document(PAGES, publisher.ask) == document(publisher.lists)


async def test_a_part_of_one_page_is_asked_for_once_and_one_of_several_twice() -> None:
    publisher = Publisher()
    await whole_document(PAGES, publisher.ask)
    firms = [("firms", 0), ("firms", 3), ("firms", 6)]
    assert publisher.asked == [*firms, *firms, ("wallets", 0)]


def after(count: int, change: Callable[[list[str]], Any]) -> Callable[[Publisher], None]:
    """Before the answer number `count` the list of firms changes."""

    def happens(publisher: Publisher) -> None:
        if len(publisher.asked) == count:
            change(publisher.lists["firms"])

    return happens


async def test_an_entry_that_stands_on_two_pages_is_refused() -> None:
    """One entry comes in front and one goes: the total is the same, and the last of the page before stands again."""

    def swap(firms: list[str]) -> None:
        firms.insert(0, "f")
        firms.pop()

    with pytest.raises(DocumentRefused, match="stands twice"):
        await whole_document(PAGES, Publisher(after(1, swap)).ask)


async def test_an_entry_that_would_stand_on_no_page_is_not_lost() -> None:
    """One entry goes in front and one comes behind: nothing in the first reading shows it, the second one does."""

    def swap(firms: list[str]) -> None:
        firms.pop(0)
        firms.append("f9")

    publisher = Publisher(after(1, swap))
    found = await whole_document(PAGES, publisher.ask)
    assert found == document(publisher.lists)
    assert len(publisher.asked) == 10


@pytest.mark.parametrize("change", [lambda firms: firms.append("f9"), lambda firms: firms.pop()])
async def test_a_total_that_changes_between_two_pages_is_refused(change: Callable[[list[str]], Any]) -> None:
    with pytest.raises(DocumentRefused, match="entries, and of"):
        await whole_document(PAGES, Publisher(after(1, change)).ask)


async def test_a_part_that_goes_on_changing_is_refused() -> None:
    def happens(publisher: Publisher) -> None:
        publisher.lists["firms"][-1] = f"g{len(publisher.asked)}"

    with pytest.raises(DocumentRefused, match="differed in each of 4 readings"):
        await whole_document(PAGES, Publisher(happens).ask)


@pytest.mark.parametrize("total", [1, 9])
async def test_pages_with_fewer_or_more_entries_than_they_say_are_refused(total: int) -> None:
    async def ask(query: str, part: PagedPart) -> bytes:
        whole = json.loads(await Publisher().ask(query, part))
        return json.dumps(whole | {"total": total}).encode()

    with pytest.raises(DocumentRefused, match="where they speak of"):
        await whole_document(PAGES, ask)


def faulty(chance: random.Random, seen: list[bytes]) -> Callable[[Publisher], None]:
    """At each answer something may come, go or both; now and then the publisher fails."""
    names = iter(f"n{number}" for number in range(1_000))

    def happens(publisher: Publisher) -> None:
        for ids in publisher.lists.values():
            if chance.random() < 0.12:
                ids.insert(chance.randint(0, len(ids)), next(names))
            if ids and chance.random() < 0.12:
                ids.pop(chance.randrange(len(ids)))
        if chance.random() < 0.03:
            raise PublisherFailed("the publisher answered 503")
        seen.append(document(publisher.lists))

    return happens


def parts_of(body: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"firms": [], "wallets": []}
    for item in json.loads(body)["items"]:
        found[item["kind"]].append(item["id"])
    return found


async def test_no_half_list_is_ever_learnt() -> None:
    """Simulation: 3,000 histories of a publisher that changes and fails between any two requests. Every part of each
    document that is learnt was the publisher's list at one moment, whole."""
    learnt = refused = 0
    for seed in range(3_000):
        seen: list[bytes] = []
        publisher = Publisher(faulty(random.Random(seed), seen))
        try:
            found = parts_of(await whole_document(PAGES, publisher.ask))
        except (DocumentRefused, PublisherFailed):
            refused += 1
            continue
        learnt += 1
        for kind, ids in found.items():
            assert ids in [parts_of(body)[kind] for body in seen], f"seed {seed}"
    assert learnt > 500
    assert refused > 500


async def answering(reading: Reading, ask: Asking) -> str:
    async def answer(request: web.Request) -> web.Response:
        try:
            body = await ask(request.query_string, PARTS[0])
        except PublisherFailed:
            return web.Response(status=503)
        return web.json_response(body=body)

    reading.site.answer("/pages", answer)
    return reading.site.url("/pages")


async def fetched(reading: Reading, publisher: Publisher) -> Fetched:
    paged = source(await answering(reading, publisher.ask), expect="json", pages=PAGES, sends={"apikey": "public"})
    answer = await reading.fetcher.document(paged, Validators(), into=reading.folder)
    assert isinstance(answer, Fetched)
    return answer


async def test_pages_arrive_as_one_document_with_one_hash(reading: Reading) -> None:
    """Whatever the order of the pages; each request bears the headers of its part and of its source."""
    first = await fetched(reading, Publisher())
    turned = Publisher()
    turned.lists["firms"].reverse()
    second = await fetched(reading, turned)
    assert first.path.read_bytes() == document(turned.lists)
    assert first.sha256 == second.sha256
    asked = reading.site.asked("/pages")
    assert {one.headers.get("apikey") for one in asked} == {"public"}
    assert [one.headers.get("accept-language") for one in asked[:7]] == ["en"] * 6 + [None]


async def test_a_page_that_fails_leaves_nothing(reading: Reading) -> None:
    def happens(publisher: Publisher) -> None:
        if len(publisher.asked) == 4:
            raise PublisherFailed("")

    with pytest.raises(PublisherFailed, match="503"):
        await fetched(reading, Publisher(happens))
    assert reading.left() == []


async def test_pages_that_change_leave_nothing_and_are_the_publishers_fault(reading: Reading) -> None:
    with pytest.raises(DocumentRefused, match="/pages: the publisher answered 200 with pages of firms"):
        await fetched(reading, Publisher(after(1, lambda firms: firms.append("f9"))))
    assert reading.left() == []


async def test_pages_share_one_bound_and_one_deadline(reading: Reading) -> None:
    small = source(await answering(reading, Publisher().ask), expect="json", pages=PAGES, bytes_max=300)
    with pytest.raises(DocumentRefused, match="more than"):
        await reading.fetcher.document(small, Validators(), into=reading.folder)

    async def never(_: str, __: PagedPart) -> bytes:
        await asyncio.Event().wait()
        return b""

    late = source(await answering(reading, never), expect="json", pages=PAGES, timeout_seconds=0.2)
    with pytest.raises(Exception, match=r"within 0\.2 s"):
        await reading.fetcher.document(late, Validators(), into=reading.folder)
    assert reading.left() == []
