from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES
from tests.daemon.running import configured

QUICK = {"interval_seconds": 1, "records_min": 20, "removals_max": 10}


@pytest.fixture
async def publishers(tmp_path: Path) -> AsyncIterator[PublishersSite]:
    """Four publishers, and a configuration in the test's folder that asks two of them each second."""
    async with PublishersSite() as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets)
        configured(tmp_path, site.settings(**QUICK) | {"enable": ["un_sc", "us_ofac_sdn"]})
        yield site
