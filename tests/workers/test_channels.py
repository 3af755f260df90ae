"""Every channel through what its site may do: news, bytes of each request, a revision, a page that vanishes, a flood of
items, and days without any. The right thing is said each time, and no list is touched."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from syncd.archive import open_archive
from syncd.channels import all_channels, eu_oj
from syncd.channels.contract import NoticeChannel, Question
from syncd.config import Config
from syncd.core.state import Validators
from syncd.errors import PublisherFailed
from syncd.fetch import Answer, NotModified
from syncd.intake.channel_poller import ChannelTools, mirrored
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe import notice_moments as m
from syncd.observe.moment import Moment
from syncd.workers.notices import NoticesWorker
from tests.channels.documents import GOLDEN
from tests.ledger.acts import commit
from tests.workers.announcing import Clock

MIRROR = "http://m"
NOTHING = b"<rss version='2.0'><channel><title>Nothing</title></channel></rss>"


class Case(Struct, frozen=True):
    """One channel's site. `older` is what its index shows before the news, as a replacement in the golden one;
    `revised` is what changes of the page, or of the index where the index says all. `many` shows so many new items.
    `page` is in the address of the page that there is."""

    index: str
    older: tuple[bytes, bytes]
    revised: tuple[bytes, bytes]
    many: Callable[[bytes, int], bytes]
    page: str = ""


def repeated(pattern: str, mark: bytes, to: bytes) -> Callable[[bytes, int], bytes]:
    """What gives a body with its first item, which `pattern` finds, as many items: `mark` is in each another `to`."""

    def many(body: bytes, count: int) -> bytes:
        found = re.search(pattern.encode(), body, re.DOTALL)
        assert found is not None
        assert mark in found[0]
        joint = b"," if found[0].startswith(b"{") else b""
        items = joint.join(found[0].replace(mark, to % (100 + number)) for number in range(count))
        return body[: found.start()] + items + body[found.end() :]

    return many


def days_of_acts(body: bytes, count: int) -> bytes:
    """The first act of the golden answer on each of so many frameworks and days."""
    (first,) = re.findall(rb'\{"celex"[^\n]*32029R9001"[^\n]*\}', body)[:1]
    days = ("2029-03-12", "2029-03-11")
    places = [(day.encode(), name.encode()) for day in days for name in sorted(eu_oj.FRAMEWORKS)][:count]
    acts = (first.replace(b"2029-03-12", day).replace(b"32014R0269", name) for day, name in places)
    return b'{"results": {"bindings": [' + b",".join(acts) + b"]}}"


def hours_of_notes(_: bytes, count: int) -> bytes:
    hours = [f"2029-03-{10 + number // 20:02}T{number % 20:02}:30:00Z" for number in range(count)]
    notes = ",".join(f'{{"note": "Updated.", "public_timestamp": "{hour}"}}' for hour in hours)
    return f'{{"details": {{"change_history": [{notes}]}}}}'.encode()


CASES = {
    "us_ofac_actions": Case(
        "listing.html",
        older=(b"20260312_33", b"20260311"),
        revised=(b"GREY LAMP HOLDING", b"GREY LAMP HOLDINGS"),
        many=repeated('<div class="margin.*?</div></div>', b"20260312_33", b"20260312_%d"),
        page="20260312_33",
    ),
    "eu_oj": Case(
        "cellar.json",
        older=(b"2029-03-12", b"2029-03-08"),
        revised=(b"The Raven", b"The Crow"),
        many=days_of_acts,
        page="32029R9001",
    ),
    "un_press": Case(
        "rss.xml",
        older=(b"sc90001", b"sc90000"),
        revised=(b"QDe.902", b"QDe.903"),
        many=repeated("<item>.*?</item>", b"sc90001", b"sc91%d"),
        page="sc90001",
    ),
    "au_dfat_news": Case(
        "news.html",
        older=(b"four-persons", b"five-persons"),
        revised=(b"Tamsin VELL", b"Tamsin VELLE"),
        many=repeated("<li>.*?</li>", b"invented", b"invented-%d"),
        page="four-persons",
    ),
    "us_fr": Case(
        "documents.json",
        older=(b"2029-90001", b"2029-90000"),
        revised=(b"Additions to the", b"Addition to the"),
        many=repeated(r'\{"title": "Additions[^\n]*\}\]\}', b"2029-90001", b"2029-91%d"),
    ),
    "uk_govuk": Case(
        "content.json",
        older=(b"2029-03-12T14:00:05.000", b"2029-03-11T14:00:05.000"),
        revised=(b"4 additions", b"5 additions"),
        many=hours_of_notes,
    ),
}

# What stays in an index of the latest items when many others come, as another that was not there before.
GAPS = {
    "us_ofac_actions": ((b"/20260310", b"/20260311_9"),),
    "un_press": ((b"sc90002", b"sc90009"),),
    "us_fr": ((b"2029-9000", b"2029-9200"),),
}


class Site:
    """Serves a channel. Every answer has bytes of its own."""

    def __init__(self, channel: NoticeChannel, case: Case) -> None:
        self.asked: Counter[str] = Counter()
        self.body = golden(channel, case.index).replace(*case.older)
        self.page = golden(channel, "page.html") if case.page else b""
        self._named = case.page
        first, *others = (mirrored(one.question(datetime.now(UTC).date()).url, MIRROR) for one in channel.indexes)
        self._first, self._others = first, others
        self._gate = mirrored(channel.gate.url, MIRROR) if channel.gate else ""

    async def ask(self, question: Question, _: Validators) -> NotModified | Answer:
        self.asked[question.url] += 1
        if question.url == self._first:
            return self._answer(self.body)
        if question.url == self._gate:
            return self._answer(b"%d" % sum(self.asked.values()))
        if question.url in self._others:
            return self._answer(NOTHING)
        if not self.page or self._named not in question.url:
            raise PublisherFailed("the publisher answered 404 Not Found")
        return self._answer(self.page)

    def _answer(self, body: bytes) -> Answer:
        number = b"%d" % sum(self.asked.values())
        for place, own in PLACES:
            if place in body:
                body = body.replace(place, place + own.replace(b"N", number), 1)
                break
        return Answer(body=body, base_url=MIRROR, validators=Validators(), received_bytes=len(body), seconds=0.0)


# Where each form of document has bytes of each request.
PLACES = (
    (b"<body>", b"<script>var nonce='N'</script><div>N visitors</div>"),
    (b"<channel>", b"<lastBuildDate>N</lastBuildDate>"),
    (b"<title>UN Press</title>", b"<ttl>N</ttl>"),
    (b"{", b'"served": N, '),
)


def golden(channel: NoticeChannel, name: str) -> bytes:
    return (GOLDEN / channel.id / name).read_bytes()


class Watched:
    """A worker that watches one site over a ledger that has a list of the authority."""

    def __init__(self, ledger: SqliteLedger, folder: Path, channel: NoticeChannel) -> None:
        self.channel, self.case = channel, CASES[channel.id]
        self.site = Site(channel, self.case)
        year = 2026 if channel.id == "us_ofac_actions" else 2029
        self.clock, self.moments = Clock(datetime(year, 3, 12, 23, tzinfo=UTC)), list[Moment]()
        config = Config(ledger=folder / "syncd.db")
        config.archive_spool.mkdir(exist_ok=True)
        tools = ChannelTools(
            fetch=self.site, archive=open_archive(config), spool=config.archive_spool, report=self.moments.append,
            mirror=MIRROR,
        )  # fmt: skip
        self._ledger = ledger
        self._worker = NoticesWorker(ledger, [channel], tools, self.clock)
        self._heard = 0

    async def says(self, **later: float) -> list[str]:
        """What is said at the next reading of what the site shows, deadlines apart."""
        self.clock.passes(**later)
        await self._worker.once()
        events = [event async for event in self._ledger.notices({})]
        new, self._heard = events[self._heard :], len(events)
        return [f"{event.type} {event.notice.announcement.id}" for event in new if event.type in ("noticed", "revised")]

    def told(self, kind: type[Moment]) -> list[Any]:
        return [one for one in self.moments if type(one) is kind]


@pytest.fixture(params=sorted(all_channels()))
async def watched(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Watched]:
    """After the first reading, of which nothing is said. At the end its list is held against what it was."""
    channel = all_channels()[request.param]
    ledger = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
    log = await ledger.open(channel.rules.feeds[0])
    await log.commit(commit(log, 1, 20))
    before = await ledger.snapshot(channel.rules.feeds[0])
    made = Watched(ledger, tmp_path, channel)
    assert await made.says() == []
    yield made
    assert await ledger.feeds() == [channel.rules.feeds[0]]
    assert await ledger.snapshot(channel.rules.feeds[0]) == before
    await ledger.close()


async def test_news_is_told_once_whatever_bytes_each_request_has(watched: Watched) -> None:
    watched.site.body = golden(watched.channel, watched.case.index)
    (said,) = await watched.says(minutes=10)
    assert said.startswith("noticed ")
    for _ in range(3):
        assert await watched.says(hours=7) == []
    pages = [count for url, count in watched.site.asked.items() if "m/" in url]
    assert max(pages) >= 3


async def test_what_is_revised_is_told_as_that_and_no_second_time(watched: Watched) -> None:
    watched.site.body = golden(watched.channel, watched.case.index)
    (noticed,) = await watched.says(minutes=10)
    if watched.site.page:
        watched.site.page = watched.site.page.replace(*watched.case.revised)
    else:
        watched.site.body = watched.site.body.replace(*watched.case.revised)
    assert await watched.says(hours=7) == [noticed.replace("noticed", "revised")]
    assert await watched.says(hours=7) == []


async def test_what_vanishes_and_what_comes_back_says_nothing(watched: Watched) -> None:
    older, newer = watched.site.body, golden(watched.channel, watched.case.index)
    watched.site.body = newer
    assert len(await watched.says(minutes=10)) == 1
    for body in (older, newer):
        watched.site.body = body
        assert await watched.says(hours=1) == []


async def test_a_flood_of_items_is_said_and_not_told(watched: Watched) -> None:
    count = watched.channel.rules.flood + 1
    watched.site.body = watched.case.many(golden(watched.channel, watched.case.index), count)
    for _ in range(1 + count // 10):
        assert await watched.says(minutes=10) == []
    passed = {one.why: one.count for one in watched.told(m.ItemsPassedOver)}
    assert passed.keys() & {"flood", "old"}
    watched.site.body = golden(watched.channel, watched.case.index)
    assert len(await watched.says(minutes=10)) <= 1


async def test_a_channel_that_stands_still_is_not_taken_for_quiet(watched: Watched) -> None:
    assert await watched.says(days=watched.channel.silence_days - 0.5) == []
    assert watched.told(m.ChannelSilent) == []
    assert await watched.says(days=1) == []
    (silent,) = watched.told(m.ChannelSilent)
    assert (silent.channel, silent.days) == (watched.channel.id, watched.channel.silence_days)


async def test_items_pushed_out_while_nobody_asked_are_said_to_be_lost(watched: Watched) -> None:
    """An index of the latest items alone cannot give back what came and went between two readings."""
    assert watched.channel.indexes[0].latest_only == (watched.channel.id in GAPS)
    if watched.channel.id not in GAPS:
        return
    watched.site.body = watched.case.many(golden(watched.channel, watched.case.index), 3)
    for mark, other in GAPS[watched.channel.id]:
        watched.site.body = watched.site.body.replace(mark, other)
    await watched.says(days=1)
    (gap,) = watched.told(m.ChannelGap)
    assert gap.count >= 3
    await watched.says(hours=7)
    assert len(watched.told(m.ChannelGap)) == 1
