"""A document that several feeds read travels once, and each feed has its own file of it."""

import asyncio
from pathlib import Path

import pytest

from syncd.core.state import Validators
from syncd.errors import FetchFailed
from syncd.feeds.contract import Source
from syncd.fetch import Fetched, NotModified, SharingFetcher

NOTHING = Validators()


class Publisher:
    """Stands for the fetcher: gives what it is told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = b"first"
        self.failure: Exception | None = None

    async def document(self, source: Source, validators: Validators, *, into: Path, url: str | None = None):
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.failure:
            raise self.failure
        stands = Validators(etag=self.body.decode())
        if validators == stands:
            return NotModified(validators=stands, seconds=0.0)
        path = into / f"fetch-{self.asked}"
        path.write_bytes(self.body)
        return Fetched(path=path, sha256="0" * 64, bytes=5, received_bytes=5, validators=stands, seconds=0.0)


def files(folder: Path) -> int:
    return len(list(folder.iterdir()))


def source(*, shared: bool = True) -> Source:
    return Source(name="csv", url="https://invented.example/all.csv", vocabulary="v", shared=shared)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


def sharing(publisher: Publisher, seconds: float = 60.0) -> SharingFetcher:
    return SharingFetcher(publisher, fresh_seconds=seconds)  # type: ignore[arg-type]


async def test_six_feeds_that_ask_together_get_six_files_of_one_request(publisher: Publisher, tmp_path: Path) -> None:
    fetcher = sharing(publisher)
    found = await asyncio.gather(*(fetcher.document(source(), NOTHING, into=tmp_path) for _ in range(6)))
    assert publisher.asked == 1
    paths = {one.path for one in found if isinstance(one, Fetched)}
    assert [path.read_bytes() for path in paths] == [b"first"] * 6
    assert files(tmp_path) == 7  # each belongs to its feed, which removes it, and one to all


async def test_a_feed_that_has_the_document_asks_the_publisher(publisher: Publisher, tmp_path: Path) -> None:
    fetcher = sharing(publisher)
    first = await fetcher.document(source(), NOTHING, into=tmp_path)
    assert isinstance(await fetcher.document(source(), first.validators, into=tmp_path), NotModified)
    publisher.body = b"other"
    second = await fetcher.document(source(), first.validators, into=tmp_path)
    assert isinstance(second, Fetched) and second.path.read_bytes() == b"other"
    third = await fetcher.document(source(), first.validators, into=tmp_path)
    assert isinstance(third, Fetched) and third.path.read_bytes() == b"other"
    assert publisher.asked == 3


async def test_a_document_that_is_no_longer_fresh_travels_again(publisher: Publisher, tmp_path: Path) -> None:
    fetcher = sharing(publisher, seconds=0.0)
    for _ in range(2):
        await fetcher.document(source(), NOTHING, into=tmp_path)
    assert publisher.asked == 2


async def test_who_waits_for_a_document_shares_its_failure(publisher: Publisher, tmp_path: Path) -> None:
    publisher.failure = FetchFailed("the host is away")
    fetcher = sharing(publisher)
    asking = (fetcher.document(source(), NOTHING, into=tmp_path) for _ in range(3))
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(one, FetchFailed) for one in found)
    assert publisher.asked == 1
    publisher.failure = None
    assert isinstance(await fetcher.document(source(), NOTHING, into=tmp_path), Fetched)


async def test_a_feed_that_stops_while_it_fetches_stops_no_other(publisher: Publisher, tmp_path: Path) -> None:
    fetcher = sharing(publisher)
    first = asyncio.ensure_future(fetcher.document(source(), NOTHING, into=tmp_path))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(fetcher.document(source(), NOTHING, into=tmp_path))
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance(await second, Fetched)


async def test_a_source_of_one_feed_is_asked_each_time(publisher: Publisher, tmp_path: Path) -> None:
    fetcher = sharing(publisher)
    for _ in range(2):
        await fetcher.document(source(shared=False), NOTHING, into=tmp_path)
    assert publisher.asked == 2
