"""What the channels cost: every one at its own pace, with answers of the usual size, beside a ledger in SQLite.

    python -m tests.benchmarks notices [SECONDS]

The publishers are a process of their own. Processor time is that of this process for SECONDS (300 unless said) in which
nothing is announced, and the turns that a channel takes in a day are counted beside it; memory is what it has more than
before the channels were loaded. Bytes a day are what each channel states and what was received, taken on to a day.
"""

import asyncio
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from aiohttp import web

from syncd.core.events import Commit
from syncd.core.state import FeedState
from tests.benchmarks.processes import cpu_seconds, proportional

SECONDS = 300.0
CPU_SHARE_MAX = 0.003
MEMORY_BYTES_MAX = 15_000_000
DAY_SECONDS = 86_400


def main(seconds: float = SECONDS) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    publishers = context.Process(target=_serve, args=(theirs,), daemon=True)
    publishers.start()
    port = ours.recv()
    try:
        with tempfile.TemporaryDirectory(prefix="syncd-notices-") as name:
            asyncio.run(_measure(Path(name), port, seconds))
    finally:
        publishers.terminate()
        publishers.join()


async def _measure(folder: Path, port: int, seconds: float) -> None:
    from syncd.archive import open_archive
    from syncd.clock import SystemClock
    from syncd.config import Config
    from syncd.fetch import Fetcher
    from syncd.ledger.sqlite import SqliteLedger
    from syncd.observe.notice_moments import ChannelAnswered

    config = Config(ledger=folder / "syncd.db")
    config.archive_spool.mkdir()
    received: list[ChannelAnswered] = []
    ledger = await SqliteLedger.open_file(config.ledger, writing=True)
    await (await ledger.open("us_ofac_sdn")).commit(_nothing())
    before = proportional(os.getpid())
    from syncd.channels import all_channels
    from syncd.intake.channel_poller import ChannelTools
    from syncd.workers.notices import NoticesWorker

    async with Fetcher(config.fetch) as fetch:
        tools = ChannelTools(
            fetch=fetch,
            archive=open_archive(config),
            spool=config.archive_spool,
            report=lambda moment: received.append(moment) if isinstance(moment, ChannelAnswered) else None,
            mirror=f"http://127.0.0.1:{port}",
        )
        worker = NoticesWorker(ledger, list(all_channels().values()), tools, SystemClock())
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(30)
        received.clear()
        cpu, began = cpu_seconds(os.getpid()), time.monotonic()
        await asyncio.sleep(seconds)
        passed = time.monotonic() - began
        share = (cpu_seconds(os.getpid()) - cpu) / passed
        memory = proportional(os.getpid()) - before
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await ledger.close()
    got = sum(one.received_bytes for one in received)
    stated = sum(channel.bytes_a_day for channel in all_channels().values())
    print(f"{len(received)} turns in {passed:.0f} s: {share:.3%} of a core (wanted < {CPU_SHARE_MAX:.1%})")
    print(f"memory: {memory / 1e6:.1f} MB more (wanted < {MEMORY_BYTES_MAX / 1e6:.0f} MB)")
    print(f"bytes: {got / passed * DAY_SECONDS / 1e6:.0f} MB a day as received, {stated / 1e6:.0f} MB a day as stated")
    for channel in all_channels().values():
        print(f"  {channel.id}: {channel.bytes_a_day / 1e6:.1f} MB a day")
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


def _nothing() -> Commit:
    return Commit(changes=(), records={}, rows=(), state=FeedState(feed="us_ofac_sdn", paused="measured"))


def _serve(pipe: Connection) -> None:
    asyncio.run(_serving(pipe))


async def _serving(pipe: Connection) -> None:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer_from(answers()))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def answer_from(bodies: Mapping[str, bytes]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return a handler that answers with the body of the part that stands in the path; 404 without one."""

    async def answer(request: web.Request) -> web.Response:
        found = next((body for part, body in bodies.items() if part in request.path), None)
        if found is None:
            return web.Response(status=404)
        headers = {"ETag": '"1"'}
        if "govdelivery" in request.path and request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304, headers=headers)
        return web.Response(body=found, headers=headers if "govdelivery" in request.path else {})

    return answer


def answers() -> dict[str, bytes]:
    """Part of a path → an answer of the usual size, none of it news."""
    days = [datetime.now(UTC) - timedelta(days=5 + number) for number in range(40)]
    filler = "<script>" + "x" * 40_000 + "</script>"
    rows = "".join(
        f'<div class="search-result"><a href="/recent-actions/{day:%Y%m%d}">Invented Designations</a> '
        f"{day:%B %d, %Y} - Lists</div>"
        for day in days[:20]
    )
    news = "".join(
        f'<li><a href="/news/news/persons-listed-{number}">Persons listed {number}</a> <i>{day:%d %B %Y}</i></li>'
        for number, day in enumerate(days)
    )
    bindings = [
        {
            "celex": {"value": f"32029R{9000 + number}"},
            "date": {"value": f"{day:%Y-%m-%d}"},
            "framework": {"value": "32014R0833"},
            "title": {"value": "Council Regulation " + "of invention " * 40},
        }
        for number, day in enumerate(days)
    ]
    items = "".join(
        f"<item><title>Invented {number}</title><link>https://press.un.org/en/2029/sc{90000 + number}.doc.htm</link>"
        f"<description>{'word ' * 150}</description><pubDate>{day:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for number, day in enumerate(days[:10])
    )
    documents = [
        {
            "title": f"Invented Rule {number}",
            "document_number": f"2029-{number}",
            "publication_date": f"{day:%Y-%m-%d}",
            "agencies": [{"slug": "state-department"}],
        }
        for number, day in enumerate(days)
    ]
    notes = [{"note": "List updated. " * 5, "public_timestamp": f"{day:%Y-%m-%d}T10:00:00Z"} for day in days]
    return {
        "govdelivery": b"<rss/>",
        "recent-actions": f"<html><body>{filler}{rows}</body></html>".encode(),
        "sparql": json.dumps({"results": {"bindings": bindings}}).encode(),
        "display-feed": f"<rss><channel>{items * 6}</channel></rss>".encode(),
        "press.un.org": f"<rss><channel>{items}</channel></rss>".encode(),
        "dfat": f"<html><body>{filler}{news}</body></html>".encode(),
        "federalregister": json.dumps({"results": documents}).encode(),
        "gov.uk": json.dumps({"details": {"change_history": notes, "body": "x" * 20_000}}).encode(),
    }
