"""The real tools around syncd. Each has a fetcher in a file of its own, and a fixture here that gives it."""

from pathlib import Path

import pytest

from tests.deploy.browser import CHROMIUM, PLAYWRIGHT
from tests.deploy.compose import COMPOSE
from tests.deploy.helm import HELM
from tests.deploy.kubernetes import SCHEMAS
from tests.deploy.openapi_java import OPENAPI_JAVA
from tests.deploy.opensearch import OPENSEARCH
from tests.deploy.prometheus import PROMETHEUS
from tests.deploy.systemd import ANALYZE
from tests.deploy.yente import YENTE
from tests.tools import needs


@pytest.fixture(scope="session")
def promtool() -> Path:
    return needs(PROMETHEUS) / "usr" / "bin" / "promtool"


@pytest.fixture(scope="session")
def prometheus() -> Path:
    return needs(PROMETHEUS) / "usr" / "bin" / "prometheus"


@pytest.fixture(scope="session")
def helm() -> Path:
    return needs(HELM) / "helm"


@pytest.fixture(scope="session")
def validator() -> Path:
    return needs(SCHEMAS)


@pytest.fixture(scope="session")
def compose() -> Path:
    return needs(COMPOSE) / "compose"


@pytest.fixture(scope="session")
def analyze() -> str:
    needs(ANALYZE)
    return "systemd-analyze"


@pytest.fixture(scope="session")
def chromium_folder() -> Path:
    return needs(CHROMIUM)


@pytest.fixture(scope="session")
def playwright_folder() -> Path:
    return needs(PLAYWRIGHT)


@pytest.fixture(scope="session")
def openapi_java() -> Path:
    return needs(OPENAPI_JAVA)


@pytest.fixture(scope="session")
def yente() -> Path:
    return needs(YENTE)


@pytest.fixture(scope="session")
def opensearch() -> Path:
    return needs(OPENSEARCH)
