"""`make bench`: run every benchmark whose documents are here, and print its ratios.

python -m tests.benchmarks [RUNS]     the speed of the intake, with so many runs of each measurement
python -m tests.benchmarks idle [SECONDS [FOLDER]]   what all lists cost while nothing changes: a quarter of an hour
python -m tests.benchmarks notices    what the channels of announcements cost while nothing is announced
python -m tests.benchmarks coordination   what targets and coordinations cost beside linking
python -m tests.benchmarks starting [CHECKOUT…]   what commands cost to start, beside those of other checkouts
python -m tests.benchmarks.search [FOLDER]   what a search costs over all records, beside a running daemon
python -m tests.benchmarks.growth [ENTRIES…]     how cost grows with a list
python -m tests.benchmarks.linking.from_nothing [CHECKOUT…]   what linking costs, beside other checkouts
python -m tests.benchmarks kafka      commits, restoring and the way from a publisher to a consumer, on a real broker
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import (
    coordination,
    idle_cost,
    intake_speed,
    kafka_commits,
    kafka_publication,
    notices_cost,
    poll_cost,
    starting,
)

SHARED = Path(__file__).parents[3] / "shared" / "feeds" / "us_ofac_sdn_advanced"


def main() -> None:
    name, *more = sys.argv[1:] or ["intake"]
    if name.isdecimal():
        name, more = "intake", [name]
    if name not in BENCHMARKS:
        raise SystemExit(f"no benchmark is called {name!r}\n\n{__doc__}")
    BENCHMARKS[name](more)


def _intake(arguments: list[str]) -> None:
    poll_cost.main()
    if not SHARED.is_dir():
        print("the real SDN documents (../shared) are not here: the speed of the intake was not measured")
        return
    intake_speed.main(SHARED, runs=int(arguments[0]) if arguments else 5)


def _kafka(_: list[str]) -> None:
    kafka_commits.main()
    if not SHARED.is_dir():
        print("the real SDN documents (../shared) are not here: the way to a consumer was not measured")
        return
    kafka_publication.main(SHARED.parent)


BENCHMARKS: dict[str, Callable[[list[str]], None]] = {
    "intake": _intake,
    "idle": lambda arguments: idle_cost.main(*map(float, arguments[:1]), *map(Path, arguments[1:2])),
    "notices": lambda arguments: notices_cost.main(*map(float, arguments)),
    "coordination": lambda _: coordination.main(SHARED.parent),
    "starting": lambda arguments: starting.main(7, [Path(tree) for tree in arguments]),
    "kafka": _kafka,
}


main()
