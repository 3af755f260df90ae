"""The lag of the consumer groups that the operator lists: changes of each feed not yet read, every 30 seconds."""

import asyncio
from collections.abc import Sequence

from syncd.config import KafkaSettings
from syncd.errors import LedgerError
from syncd.ledger.kafka.connection import Connection
from syncd.ledger.kafka.lag import lag_of
from syncd.ledger.kafka.reading import LedgerReader
from syncd.ledger.kafka.topics import Topics
from syncd.observe import moments
from syncd.observe.report import Reporter

WATCH_SECONDS = 30.0


async def watch(settings: KafkaSettings, groups: Sequence[str], report: Reporter) -> None:
    """Report the lag of `groups` every WATCH_SECONDS until cancelled; returns at once when there are none."""
    while groups:
        report(moments.ConsumersSeen(behind=await seen(settings, groups, report)))
        await asyncio.sleep(WATCH_SECONDS)


async def seen(settings: KafkaSettings, groups: Sequence[str], report: Reporter) -> dict[str, dict[str, int]]:
    """Returns group → feed → lag, in changes. A group whose lag cannot be read is reported and left out."""
    topics = Topics(prefix=settings.prefix, replication=settings.replication)
    found = {}
    for group in groups:
        try:
            found[group] = await lag_of(LedgerReader(Connection(settings), topics), group)
        except LedgerError as error:
            report(moments.ConsumerUnseen(group=group, why=str(error)))
    return found
