"""What linking the records of all lists at hand costs from nothing, beside other checkouts of syncd.

    python -m tests.benchmarks.linking.from_nothing [CHECKOUT…]

The records are read once, by this syncd, and handed to each as JSON lines, in a fresh process, in turn.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.benchmarks.linking import documents

RUNS = 3
# It holds for other versions too: a record has fields that they do not know.
LINK = """
import sys, time
import msgspec
from syncd.core.linking import Linker
from syncd.core.model import Record

records = [*map(msgspec.json.Decoder(Record).decode, open(sys.argv[1], "rb"))]
started = time.process_time()
linker = Linker()
for record in records:
    linker.put(record)
links = len(linker.settle().added)
print(time.process_time() - started, links, len(records))
"""


def main(trees: Sequence[Path]) -> None:
    """Print the CPU of each tree, this one first, and of how much of the first other one's it needs."""
    trees = (Path(__file__).parents[3], *trees)
    with tempfile.NamedTemporaryFile(prefix="syncd-bench-") as file:
        for feed in documents.DOCUMENTS:
            file.writelines(msgspec.json.encode(record) + b"\n" for record in documents.records(feed))
        documents.records.cache_clear()
        file.flush()
        found = [[_linked(tree, file.name) for tree in trees] for _ in range(RUNS)]
    medians = [statistics.median(seconds for seconds, *_ in of_tree) for of_tree in zip(*found, strict=True)]
    for tree, seconds, (_, links, count) in zip(trees, medians, found[0], strict=True):
        print(
            f"{count:,.0f} records from nothing: {seconds:.1f} s of CPU, {links:,.0f} links, "
            f"{seconds / medians[-1]:.2f} of {trees[-1].name} ({tree.name})"
        )


def _linked(tree: Path, records: str) -> tuple[float, float, float]:
    """Seconds of CPU, links, records."""
    environ = os.environ | {"PYTHONPATH": str(tree)}
    command = [sys.executable, "-c", LINK, records]
    found = subprocess.run(command, env=environ, cwd=tree, check=True, capture_output=True, text=True)
    seconds, links, count = map(float, found.stdout.split())
    return seconds, links, count


if __name__ == "__main__":
    main([Path(tree) for tree in sys.argv[1:]])
