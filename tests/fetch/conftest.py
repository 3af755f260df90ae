from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncd.config import FetchSettings
from syncd.fetch import Fetcher
from tests.fetch.asking import Reading
from tests.site import Site

PATIENCE = FetchSettings(contact_url="https://bank.example/syncd", connect_timeout_seconds=2, gate_timeout_seconds=2)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
async def reading(site: Site, tmp_path: Path) -> AsyncIterator[Reading]:
    async with Fetcher(PATIENCE) as fetcher:
        yield Reading(fetcher, site, tmp_path)
