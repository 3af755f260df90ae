"""The real tools around syncd. Each has a fetcher in a file of its own, and a fixture here that gives it."""

from pathlib import Path

import pytest

from tests.deploy.prometheus import PROMETHEUS
from tests.tools import needs


@pytest.fixture(scope="session")
def promtool() -> Path:
    return needs(PROMETHEUS) / "usr" / "bin" / "promtool"


@pytest.fixture(scope="session")
def prometheus() -> Path:
    return needs(PROMETHEUS) / "usr" / "bin" / "prometheus"
