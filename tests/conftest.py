"""What all tests share: the real documents, where they are, and the option that writes the golden files anew."""

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

OBJECTS_BETWEEN_COLLECTIONS = (10_000, 20, 20)
pytest_plugins = ["tests.kafka.plugin", "tests.tools.plugin"]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there by now, eleven thousand tests and what they import, stays to the end: to look through it for
    garbage again and again took an eighth of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*OBJECTS_BETWEEN_COLLECTIONS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/**/*.records.jsonl anew")


# How long an example takes says how busy the machine is; what must be fast is measured on purpose, by work done.
settings.register_profile("syncd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("syncd")

# Tests that share something dear (a broker, a replayed history, read documents) run in one worker: path → group.
TOGETHER = {
    "tests/kafka/": "broker",
    "tests/acceptance/": "history",
    "tests/house/test_adding_a_list.py": "newcomer",
    "tests/house/test_words.py": "",
    # Each starts what takes a while, and all tests of the file use it.
    "tests/deploy/test_cluster.py": "",
    "tests/deploy/test_container.py": "",
    "tests/deploy/test_image.py": "",
    # Tests of the feeds, and those with a cluster of their own: each file by itself.
    "tests/feeds/": "",
    "tests/kafka/test_security.py": "",
    "tests/kafka/test_lost_answers.py": "",
}
# What runs once for each kind of ledger: those over Kafka share a broker. It is another than that of `tests/kafka`, so
# that neither group, which mostly waits, takes longer than all else.
OVER_KAFKA = "[kafka"
# What takes longest begins first, beside all else.
FIRST = (
    "tests/deploy/test_cluster.py",
    "tests/simulation/test_faults.py",
    "broker",
    "history",
    "tests/simulation/",
    "newcomer",
    "tests/feeds/",
)


def group_of(nodeid: str) -> str:
    """Tests with the same one run in one worker, one after the other."""
    path, _, test = nodeid.partition("::")
    if OVER_KAFKA in test:
        return "broker of the ledgers"
    found = max((place for place in TOGETHER if path.startswith(place)), key=len, default=None)
    return nodeid if found is None else TOGETHER[found] or path


class Together(LoadScopeScheduling):
    """Gives a worker whole groups, in the order of the tests; what is in none goes to whoever is free. The marks of
    xdist's own `loadgroup` are lost on the way to it in this version of pytest."""

    def schedule(self) -> None:
        # Else the groups with the most tests come first, and what takes longest is one test.
        self.config.option.loadscopereorder = False
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    groups = {item: group_of(item.nodeid) for item in items}
    items.sort(key=lambda item: _place(groups[item]))


def _place(group: str) -> int:
    return next((place for place, first in enumerate(FIRST) if group.startswith(first)), len(FIRST))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("thorough") and not os.environ.get("TESTS_THOROUGH"):
        pytest.skip("takes minutes: `make thorough` runs it")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real documents beside the checkout; tests that ask for it are left out where it is not."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the real documents (../shared) are not here")
    return folder
