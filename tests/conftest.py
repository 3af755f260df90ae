"""What all tests share: the real documents, where they are, and the option that writes the golden files anew."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["tests.kafka.plugin", "tests.tools.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/**/*.records.jsonl anew")


# How long an example takes says how busy the machine is; what must be fast is measured on purpose, by work done.
settings.register_profile("syncd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("syncd")

# Tests that share something dear (a cluster, a replayed history, read documents) run in one worker.
TOGETHER = {"kafka": "kafka", "acceptance": "history", "test_adding_a_list": "newcomer"}
ALONE = "simulation"
TOGETHER_BY_FILE = "tests/feeds/"
# What takes longest begins early, beside all else.
EARLY = (ALONE, "kafka", "acceptance")


class Together(LoadScopeScheduling):
    """Gives a worker whole groups; what is in none goes to whoever is free. The marks of xdist's own `loadgroup` are
    lost on the way to it in this version of pytest."""

    def _split_scope(self, nodeid: str) -> str:
        if TOGETHER_BY_FILE in nodeid:
            return nodeid.partition("::")[0]
        return next((group for word, group in TOGETHER.items() if word in nodeid and ALONE not in nodeid), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((place for place, word in enumerate(EARLY) if word in item.nodeid), len(EARLY)))


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
