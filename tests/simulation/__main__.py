"""`python -m tests.simulation --minutes 30`: break things for as long as asked, and report. Exit code 1 when anything
that is promised was not so."""

import argparse
import asyncio
import logging
import secrets
import statistics
import sys
import tempfile
from pathlib import Path

from tests.kafka import jars
from tests.kafka.brokers import Cluster
from tests.simulation.faults import BROKER_SETTINGS, Outcome, ordeal


def told(outcome: Outcome) -> str:
    takeovers = "; ".join(
        f"{kind}: {len(seconds)}, p50 {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s"
        for kind, seconds in sorted(outcome.takeovers.items())
    )
    lines = [
        f"seed {outcome.seed}, {outcome.seconds:.0f} s",
        f"broken: {', '.join(f'{count} x {kind}' for kind, count in sorted(outcome.faults.items()))}",
        f"{outcome.publications} publications, {outcome.commits} commits, {outcome.changes} changes",
        f"{outcome.together.targets} targets; said of several lists together: {outcome.together.kinds or 'nothing'}",
        f"{outcome.terms} terms, {outcome.fenced} feeds found themselves fenced",
        f"takeovers: {takeovers}; the longest of all {outcome.longest_takeover:.1f} s",
        "readers stood at an open transaction, at most: "
        + "; ".join(f"after {kind} {seconds:.1f} s" for kind, seconds in sorted(outcome.blocks.items())),
        *(f"PROBLEM: {problem}" for problem in outcome.problems),
        *(f"LATE: {late}" for late in outcome.late),
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", action="append", default=[], metavar="ACT", help="break this and nothing else")
    parser.add_argument("--keep", type=Path, help="a folder for logs, which then stays")
    options = parser.parse_args()
    lacking = jars.BROKER.missing()
    if lacking:
        print(f"a broker needs {', '.join(lacking)}: {jars.BROKER.remedy}", file=sys.stderr)
        return 1
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    with tempfile.TemporaryDirectory(prefix="syncd-soak-") as temporary:
        folder = options.keep or Path(temporary)
        with Cluster(folder / "brokers", nodes=3, relayed=True, settings=BROKER_SETTINGS) as cluster:
            outcome = asyncio.run(ordeal(folder, cluster, seed, options.minutes * 60, options.only))
    print(told(outcome))
    return 1 if outcome.problems or any(outcome.late) else 0


if __name__ == "__main__":
    sys.exit(main())
