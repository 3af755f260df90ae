"""One real broker for all tests that ask for it."""

from collections.abc import Iterator

import pytest

from tests.kafka import jars
from tests.kafka.brokers import Cluster
from tests.tools import needs


def needs_brokers(request: pytest.FixtureRequest) -> None:
    """Leave the test out where no broker can run; fail where all is required."""
    needs(jars.BROKER)


@pytest.fixture(scope="session")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A plain broker alone; its topics have one copy."""
    needs_brokers(request)
    with Cluster(tmp_path_factory.mktemp("broker")) as cluster:
        yield cluster
