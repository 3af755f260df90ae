import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from syncd.config import FetchSettings
from syncd.fetch import Fetcher
from tests.fetch.asking import Reading
from tests.site import Site

PATIENCE = FetchSettings(contact_url="https://bank.example/syncd", connect_timeout_seconds=30, gate_timeout_seconds=30)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
async def reading(site: Site, tmp_path: Path) -> AsyncIterator[Reading]:
    async with Fetcher(PATIENCE) as fetcher:
        yield Reading(fetcher, site, tmp_path)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file of the private authority that vouches for it."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return context, file
