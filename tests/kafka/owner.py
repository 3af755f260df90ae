"""`python -m tests.kafka.owner BOOTSTRAP PREFIX FEED`: a process that owns a feed and commits to it until it is fenced.

On standard output it says `begin COMMIT` from within a transaction, `end COMMIT` when it is known to stand, and at last
`fenced`.
"""

import asyncio
import random
import sys
from collections.abc import Iterable, Iterator

from syncd.config import KafkaSettings
from syncd.core.events import Change
from syncd.errors import Fenced
from syncd.ledger.kafka import KafkaLedger
from tests.kafka.store import PARTITIONS
from tests.ledger.acts import commit, with_changes

CHANGES = 400
AT_CHANGE = 300
SENDING_SECONDS = 0.05


def _marked(changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        if change.index == AT_CHANGE:
            print(f"begin {change.commit}", flush=True)
        yield change


async def own(bootstrap: str, prefix: str, feed: str) -> None:
    settings = KafkaSettings(bootstrap_servers=(bootstrap,), prefix=prefix, replication=1)
    ledger = await KafkaLedger.connect(settings, writing=True, installation="tests", partitions=PARTITIONS)
    log = await ledger.open(feed)
    rng = random.Random(1)
    try:
        while True:
            whole = commit(log, rng.getrandbits(32), CHANGES, keys=2 * CHANGES)
            await log.commit(with_changes(whole, _marked(whole.changes)))
            print(f"end {log.state.commit}", flush=True)
            await asyncio.sleep(SENDING_SECONDS)
    except Fenced:
        print("fenced", flush=True)
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(own(*sys.argv[1:4]))
