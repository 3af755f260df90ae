"""Append only: a partition, once given to a feed, is never changed and never given to another.

Who moves a feed to another partition breaks every consumer. `partitions.json` is the frozen copy: a number that is in
it stays as it is, in a feed or among the retired ones. A new feed brings a new number; `--rewrite-golden` then adds it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from syncd.core.partitions import FEEDS_MAX, RETIRED
from syncd.feeds import partitions_by_feed

FROZEN = Path(__file__).with_name("partitions.json")
GIVEN = {"us_one": 0, "us_two": 1}


def faults_of(given: Mapping[str, int], retired: Mapping[str, int], frozen: Mapping[str, int]) -> list[str]:
    """One line for each number that is given twice, changed, lost, taken from a retired feed or out of range."""
    every = [*given.items(), *retired.items()]
    owners: dict[int, set[str]] = {}
    for feed, number in (*every, *frozen.items()):
        owners.setdefault(number, set()).add(feed)
    return [
        *(f"{number} belongs to {sorted(feeds)}" for number, feeds in owners.items() if len(feeds) > 1),
        *(f"{feed} is a feed and retired" for feed in given.keys() & retired.keys()),
        *(f"{feed} had {number}" for feed, number in frozen.items() if (feed, number) not in every),
        *(f"{feed} has {number}, beyond the last" for feed, number in every if not 0 <= number < FEEDS_MAX),
    ]


def test_no_partition_was_changed_lost_or_given_twice(request: pytest.FixtureRequest) -> None:
    given, frozen = partitions_by_feed(), json.loads(FROZEN.read_text())
    assert faults_of(given, RETIRED, frozen) == []
    if request.config.getoption("--rewrite-golden"):
        FROZEN.write_text(json.dumps({**frozen, **given}, indent=2) + "\n")


@pytest.mark.parametrize(
    ("given", "retired", "fault"),
    [
        (GIVEN | {"us_new": 1}, {}, "1 belongs to ['us_new', 'us_two']"),
        (GIVEN | {"us_two": 7}, {}, "us_two had 1"),
        ({"us_two": 1}, {}, "us_one had 0"),
        ({"us_two": 1, "us_new": 0}, {"us_one": 0}, "0 belongs to ['us_new', 'us_one']"),
        ({"us_two": 1}, {"us_one": 5}, "us_one had 0"),
        (GIVEN, {"us_one": 0}, "us_one is a feed and retired"),
        (GIVEN | {"us_new": FEEDS_MAX}, {}, f"us_new has {FEEDS_MAX}, beyond the last"),
        (GIVEN | {"us_new": -1}, {}, "us_new has -1, beyond the last"),
        (GIVEN | {"us_three": 2, "us_four": 2}, {}, "2 belongs to ['us_four', 'us_three']"),
    ],
)
def test_a_partition_given_wrongly_is_found(given: dict[str, int], retired: dict[str, int], fault: str) -> None:
    assert fault in faults_of(given, retired, GIVEN)


@pytest.mark.parametrize(
    ("given", "retired"), [(GIVEN, {}), (GIVEN | {"us_new": 2}, {}), ({"us_two": 1}, {"us_one": 0})]
)
def test_a_new_number_and_a_retired_feed_are_no_fault(given: dict[str, int], retired: dict[str, int]) -> None:
    assert faults_of(given, retired, GIVEN) == []
