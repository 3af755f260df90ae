"""`make bench`: run every benchmark whose documents are here, and print its ratios.

python -m tests.benchmarks [RUNS]     the speed of the intake, with so many runs of each measurement
python -m tests.benchmarks idle       what all lists together cost while nothing changes: a quarter of an hour
python -m tests.benchmarks notices    what the channels of announcements cost while nothing is announced
python -m tests.benchmarks coordination   what targets and coordinations cost beside linking
python -m tests.benchmarks starting [CHECKOUT…]   what commands cost to start, beside those of other checkouts
python -m tests.benchmarks.search [FOLDER]   what a search costs over all records, beside a running daemon
python -m tests.benchmarks.growth [ENTRIES…]     how cost grows with a list
python -m tests.benchmarks.linking.from_nothing [CHECKOUT…]   what linking costs, beside other checkouts
python -m tests.benchmarks kafka      commits, restoring and the way from a publisher to a consumer, on a real broker
"""

import sys
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
    if sys.argv[1:] == ["idle"]:
        idle_cost.main()
        return
    if sys.argv[1:2] == ["notices"]:
        notices_cost.main(*map(float, sys.argv[2:]))
        return
    if sys.argv[1:] == ["kafka"]:
        kafka_commits.main()
        if SHARED.is_dir():
            kafka_publication.main(SHARED.parent)
            return
        print("the real SDN documents (../shared) are not here: the way to a consumer was not measured")
        return
    if sys.argv[1:2] == ["starting"]:
        starting.main(7, [Path(tree) for tree in sys.argv[2:]])
        return
    if sys.argv[1:] == ["coordination"]:
        coordination.main(SHARED.parent)
        return
    poll_cost.main()
    if not SHARED.is_dir():
        print("the real SDN documents (../shared) are not here: the speed of the intake was not measured")
        return
    intake_speed.main(SHARED, runs=int(sys.argv[1]) if len(sys.argv) > 1 else 5)


main()
