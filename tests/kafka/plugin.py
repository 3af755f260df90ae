"""One real broker for all tests that ask for it, and what is said when there can be none.

Without Java the tests that need a broker are left out, and the last line of the run says so and how to bring it. With
TESTS_REQUIRE_ALL=1 that is a failure.
"""

import os
from collections.abc import Iterator

import pytest

from tests.kafka import jars
from tests.kafka.brokers import Cluster

REQUIRED_BY = "TESTS_REQUIRE_ALL"


def needs_brokers(request: pytest.FixtureRequest) -> None:
    """Leave the test out where no broker can run; fail where all is required."""
    lacking = jars.missing()
    if not lacking:
        return
    why = f"a real Kafka broker needs {', '.join(lacking)}"
    if os.environ.get(REQUIRED_BY) == "1":
        pytest.fail(f"{why}: {jars.REMEDY}")

    pytest.skip(why)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A plain broker alone; its topics have one copy."""
    needs_brokers(request)
    with Cluster(tmp_path_factory.mktemp("broker")) as cluster:
        yield cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    missing = [one for one in reports if "a real Kafka broker needs" in str(one.longrepr)]
    if missing:
        terminalreporter.write_line(
            f"NOT RUN: {len(missing)} tests on real Kafka brokers. To run them, {jars.REMEDY}", yellow=True
        )
