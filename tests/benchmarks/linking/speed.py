"""What linking costs: 50,000 real records from nothing, in a process of its own, and then one change after another."""

import random
import resource
import statistics
import time

import msgspec
from msgspec.structs import replace

from syncd.core.linking import Linker
from syncd.core.model import Name, Record
from tests.benchmarks.linking import documents

RECORDS = 50_000
CHANGES = 200


def main() -> None:
    lines = _records()
    before = _peak()
    decoder = msgspec.json.Decoder(Record)
    linker = Linker()
    started = time.process_time()
    for line in lines:
        linker.put(decoder.decode(line))
    links = len(linker.settle().added)
    seconds = time.process_time() - started
    print(
        f"{len(lines)} records, {links} links, from nothing: {seconds:.1f} s of one core, "
        f"peak memory {_peak() - before:.0f} MB above the records (wanted < 60 s, <= 400 MB)"
    )
    took = []
    chosen = random.Random(1)
    for line in chosen.sample(lines, CHANGES):
        one = decoder.decode(line)
        alias = "".join(chosen.choices("bdfgklmnrst", k=8))
        started = time.process_time()
        linker.put(replace(one, names=(*one.names, Name(full=f"Quuxo {alias}", kind="alias"))))
        linker.settle()
        took.append((time.process_time() - started) * 1000)
    took.sort()
    print(
        f"one changed record: {statistics.median(took):.1f} ms in the middle, {took[-1]:.1f} ms at most (wanted < 20)"
    )


def _records() -> list[bytes]:
    """Every list as JSON lines, and the lists again as those of other authorities until there are enough."""
    lines: list[bytes] = []
    turn = 0
    while len(lines) < RECORDS:
        for feed in documents.DOCUMENTS:
            for one in documents.records(feed):
                again = replace(one, key=f"again{turn}_{one.key}", feed=f"again{turn}_{one.feed}") if turn else one
                lines.append(msgspec.json.encode(again))
        turn += 1
    documents.records.cache_clear()
    return lines[:RECORDS]


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
