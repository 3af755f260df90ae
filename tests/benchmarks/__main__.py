"""`make bench`: run every benchmark whose documents are here, and print its ratios."""

import sys
from pathlib import Path

from tests.benchmarks import intake_speed, poll_cost

SHARED = Path(__file__).parents[3] / "shared" / "feeds" / "us_ofac_sdn_advanced"


def main() -> None:
    poll_cost.main()
    if not SHARED.is_dir():
        print("the real SDN documents (../shared) are not here: the speed of the intake was not measured")
        return
    intake_speed.main(SHARED, runs=int(sys.argv[1]) if len(sys.argv) > 1 else 5)


main()
