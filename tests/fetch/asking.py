"""A fetcher that asks a site for documents into a folder of its own."""

from pathlib import Path
from typing import Any

from syncd.core.state import Validators
from syncd.feeds.contract import Source
from syncd.fetch import Fetched, Fetcher, NotModified
from tests.site import Site


class Reading:
    """A fetcher, a site, and a folder that must be empty when nothing was fetched."""

    def __init__(self, fetcher: Fetcher, site: Site, folder: Path) -> None:
        self.fetcher = fetcher
        self.site = site
        self.folder = folder

    async def document(self, path: str, validators: Validators | None = None, **options: Any) -> NotModified | Fetched:
        return await self.fetcher.document(
            source(self.site.url(path), **options), validators or Validators(), into=self.folder
        )

    async def fetched(self, path: str, **options: Any) -> Fetched:
        answer = await self.document(path, **options)
        assert isinstance(answer, Fetched)
        return answer

    def left(self) -> list[str]:
        return [file.name for file in self.folder.iterdir()]


def source(url: str, **options: Any) -> Source:
    settings: dict[str, Any] = {"name": "plain", "vocabulary": "list", "timeout_seconds": 5.0} | options
    return Source(url=url, **settings)
