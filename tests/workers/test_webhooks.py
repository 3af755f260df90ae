"""Webhooks: each event reaches the receiver at least once and in order, signed as an independent library verifies."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from syncd.clock import SystemClock
from syncd.config import Config, WebhookSettings
from syncd.core.coordination.target import COORDINATOR
from syncd.core.deliveries import reachable
from syncd.core.events import change_id
from syncd.errors import ConfigurationError
from syncd.ledger.contract import Ledger
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.moments import Moment, WebhookDelivered, WebhookFailed, WebhookGone
from syncd.observe.report import Collected
from syncd.workers import webhooks
from syncd.workers.assembly import check_webhooks
from syncd.workers.webhooks import WebhookWorker
from tests.daemon.running import eventually
from tests.ledger.acts import commit
from tests.site import Site

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()
FEED, ANOTHER = "us_ofac_sdn", "uk_sl"
PATIENCE_SECONDS = 60.0


class Receiver:
    """A bank's endpoint: it keeps what it took, and answers as `answers` say, 204 once these are used up."""

    def __init__(self, site: Site) -> None:
        self.taken: list[dict[str, Any]] = []
        self.tries: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = site.url("/hook")
        self._arrived = asyncio.Event()
        site.answer("/hook", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.tries.append(({name.lower(): value for name, value in request.headers.items()}, body))
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.taken.append(json.loads(body))
        self._arrived.set()
        return web.Response(status=status)

    @property
    def sequences(self) -> list[tuple[str, int]]:
        return [(event["data"]["feed"], event["data"]["sequence"]) for event in self.taken]

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not enough():
                self._arrived.clear()
                await self._arrived.wait()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Site() as site:
        yield Receiver(site)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    opened = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
    yield opened
    await opened.close()


@asynccontextmanager
async def delivering(ledger: Ledger, receiver: Receiver, **settings: Any) -> AsyncIterator[Collected]:
    reports = Collected()
    chosen = WebhookSettings.model_validate({"url": receiver.url, "secret": SECRET, "begin": "first"} | settings)
    worker = WebhookWorker("screening", chosen, ledger, reports, SystemClock(), retry_seconds=(0.01,))
    task = asyncio.create_task(worker.run())
    try:
        yield reports
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def committed(ledger: Ledger, feed: str, *sizes: int) -> int:
    """Commit and return the feed's last sequence."""
    log = await ledger.open(feed)
    for number, size in enumerate(sizes):
        await log.commit(commit(log, number, size))
    return log.state.sequence


async def reported(reports: Collected, kind: type[Moment], count: int) -> None:
    async def are_there() -> bool:
        return len(reports.of(kind)) >= count

    await eventually(are_there)


async def wanted(ledger: Ledger) -> list[str]:
    return [change_id(one) async for one in ledger.tail({}) if one.type != "baselined"]


async def test_every_wanted_change_arrives_in_the_order_of_its_feed(ledger: SqliteLedger, receiver: Receiver) -> None:
    await committed(ledger, FEED, 5, 20)
    await committed(ledger, ANOTHER, 5, 20)
    expected = await wanted(ledger)
    async with delivering(ledger, receiver):
        await receiver.until(lambda: len(receiver.taken) >= len(expected))
    assert [event["id"] for event in receiver.taken] == expected


async def test_an_independent_library_verifies_the_signature(ledger: SqliteLedger, receiver: Receiver) -> None:
    await committed(ledger, FEED, 3, 3)
    async with delivering(ledger, receiver, secret=OTHER_SECRET, old_secret=SECRET):
        await receiver.until(lambda: bool(receiver.taken))
    headers, body = receiver.tries[0]
    for secret in (SECRET, OTHER_SECRET):
        event = Webhook(secret).verify(body, headers)
        assert event["type"].startswith("syncd.")
        assert headers["webhook-id"] == event["id"]
        assert event["timestamp"] == event["data"]["committed_at"]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


async def test_what_is_not_taken_is_posted_again_and_what_follows_waits(
    ledger: SqliteLedger, receiver: Receiver
) -> None:
    receiver.answers = [503, 500, 302, 404]
    await committed(ledger, FEED, 3, 4)
    expected = await wanted(ledger)
    async with delivering(ledger, receiver) as reports:
        await reported(reports, WebhookDelivered, len(expected))
    assert [headers["webhook-id"] for headers, _ in receiver.tries] == [expected[0]] * 4 + expected
    failed = reports.of(WebhookFailed)
    assert [one.failures for one in failed] == [1, 2, 3, 4]
    assert failed[0].why == "it answered 503"
    assert len(reports.of(WebhookDelivered)) == len(expected)


async def test_a_receiver_that_is_gone_is_left_alone(ledger: SqliteLedger, receiver: Receiver) -> None:
    receiver.answers = [410]
    await committed(ledger, FEED, 3, 4)
    async with delivering(ledger, receiver) as reports:
        await reported(reports, WebhookGone, 1)
    assert len(receiver.tries) == 1
    assert receiver.taken == []


async def test_after_a_restart_it_goes_on_where_the_receiver_had_come(ledger: SqliteLedger, receiver: Receiver) -> None:
    await committed(ledger, FEED, 3, 4)
    before = await wanted(ledger)
    async with delivering(ledger, receiver) as reports:
        await reported(reports, WebhookDelivered, len(before))
    await committed(ledger, FEED, 6)
    after = await wanted(ledger)
    async with delivering(ledger, receiver):
        await receiver.until(lambda: receiver.taken[-1]["id"] == after[-1])
    assert [event["id"] for event in receiver.taken] == after


async def test_a_new_webhook_begins_with_what_comes_now(ledger: SqliteLedger, receiver: Receiver) -> None:
    end = await committed(ledger, FEED, 3, 4)
    async with delivering(ledger, receiver, begin="now"):
        await eventually(ledger.deliveries)
        last = await committed(ledger, FEED, 5)
        await receiver.until(lambda: (FEED, last) in receiver.sequences)
    assert min(receiver.sequences) > (FEED, end)


async def test_filters_let_through_what_they_name(ledger: SqliteLedger, receiver: Receiver) -> None:
    await committed(ledger, FEED, 20, 20, 20)
    await committed(ledger, ANOTHER, 20, 20, 20)
    expected = [
        change_id(one)
        async for one in ledger.tail({}, feeds=[ANOTHER])
        if one.type in ("amended", "delisted") and one.material
    ]
    assert expected
    async with delivering(ledger, receiver, feeds=[ANOTHER], types=["amended", "delisted"], material=True):
        await receiver.until(lambda: len(receiver.taken) >= len(expected))
    assert [event["id"] for event in receiver.taken] == expected


def test_a_position_beyond_the_ledger_goes_back_to_its_end() -> None:
    assert reachable({FEED: 12, ANOTHER: 3, "un_sc": 8}, {FEED: 7, ANOTHER: 5}) == {FEED: 7, ANOTHER: 3}


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_" + "a" * 8, "5ecre7" * 9, "whsec_" + "!" * 48])
def test_a_secret_that_signs_nothing_is_refused_unsaid(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes") as caught:
        WebhookSettings.model_validate({"url": "https://bank.example/hook", "secret": secret})
    assert "5ecre7" not in str(caught.value)


async def test_whatever_goes_wrong_it_is_said_and_tried_again(
    ledger: SqliteLedger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await committed(ledger, FEED, 3, 2)
    expected = await wanted(ledger)
    made, failures = webhooks.change_body, [ValueError("odd")]

    def sometimes(*arguments: Any) -> bytes:
        if failures:
            raise failures.pop()
        return made(*arguments)

    monkeypatch.setattr(webhooks, "change_body", sometimes)
    async with delivering(ledger, receiver) as reports:
        await receiver.until(lambda: len(receiver.taken) >= len(expected))
    assert [event["id"] for event in receiver.taken] == expected
    assert reports.of(WebhookFailed)[0].why.startswith("ValueError in ")


def test_a_certificate_file_that_is_not_there_is_said_before_the_start(tmp_path: Path) -> None:
    settings = WebhookSettings.model_validate(
        {"url": "https://bank.example/hook", "secret": SECRET, "ca_file": str(tmp_path / "none.pem")}
    )
    config = Config().model_copy(update={"webhooks": {"bank": settings}})
    with pytest.raises(ConfigurationError, match=r"webhooks\.bank\.ca_file .* cannot be read"):
        check_webhooks(config)


@pytest.mark.parametrize(
    ("coordination", "noted", "begins"),
    [
        (False, {FEED: 5, COORDINATOR: 9}, {FEED: 5, COORDINATOR: 9}),
        (True, {FEED: 5, COORDINATOR: 9}, {FEED: 5, COORDINATOR: 9}),
        (True, {FEED: 5}, {FEED: 5, COORDINATOR: 40}),
    ],
)
def test_coordination_that_is_switched_on_later_begins_with_what_comes(
    ledger: SqliteLedger, coordination: bool, noted: dict[str, int], begins: dict[str, int]
) -> None:
    settings = WebhookSettings.model_validate(
        {"url": "https://bank.example/hook", "secret": SECRET, "coordination": coordination}
    )
    worker = WebhookWorker("bank", settings, ledger, Collected(), SystemClock())
    ends = {FEED: 7} | ({COORDINATOR: 40} if coordination else {})
    assert worker.starting_from(noted, ends) == begins
