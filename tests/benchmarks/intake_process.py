"""A fresh process that takes documents through the whole pipeline into a new ledger.

    python -m tests.benchmarks.intake_process WORK FILE… [--feed ID]

It prints `result seconds` for each document, and on standard error the seconds of processor time that it took, those of
the processes among them that read it.
"""

import argparse
import asyncio
import hashlib
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.archive import open_archive
from syncd.clock import SetClock
from syncd.config import Config
from syncd.feeds import all_feeds
from syncd.intake.parser_process import Lanes
from syncd.intake.pipeline import Pipeline, Tools
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.report import Collected


async def main(work: Path, files: list[Path], feed_id: str) -> None:
    config = Config.load(None, {}).model_copy(update={"ledger": work / "syncd.db"})
    feed = all_feeds()[feed_id]
    clock = SetClock(datetime(2025, 8, 27, tzinfo=UTC))
    ledger = await SqliteLedger.open_file(config.ledger, writing=True)
    tools = Tools(
        archive=open_archive(config),
        lanes=Lanes(),
        clock=clock,
        report=Collected(),
        spool=config.archive_spool,
    )
    pipeline = Pipeline(feed, await ledger.open(feed.id), tools)
    for path in files:
        started, spent = time.perf_counter(), _cpu_seconds()
        sha256 = await asyncio.to_thread(_sha256, path)
        # As the poller does it: the document is compressed for the archive while it is read.
        async with tools.archive.preparing(path, sha256):
            document = await pipeline.parse(feed.sources[0], path, sha256, clock.now())
            outcome = await pipeline.process(document, path, "publication")
        seconds = time.perf_counter() - started
        print(_cpu_seconds() - spent, file=sys.stderr, flush=True)
        print(outcome.result, seconds, flush=True)
        clock.move(timedelta(days=8))
    await ledger.close()


def _cpu_seconds() -> float:
    """Of this process, and of those that it waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("files", type=Path, nargs="+")
    arguments.add_argument("--feed", default="us_ofac_sdn")
    return arguments.parse_args()


chosen = _arguments()
asyncio.run(main(chosen.work, chosen.files, chosen.feed))
