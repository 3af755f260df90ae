"""What all tests share: the real documents, where they are, and the option that writes the golden files anew."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.kafka.plugin", "tests.tools.plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/**/*.records.jsonl anew")


# Tests that share something dear (a cluster, a replayed history) run in one worker, wherever they stand.
TOGETHER = {"kafka": "kafka", "simulation": "kafka", "acceptance": "history", "test_us_ofac_real": "ofac"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        group = next((group for word, group in TOGETHER.items() if word in item.nodeid), None)
        if group:
            item.add_marker(pytest.mark.xdist_group(group))


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
