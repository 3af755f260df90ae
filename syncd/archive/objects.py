"""The store in an object store (S3 and compatible ones, Google, Azure), by obstore."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import ObjectStore, S3Store, from_url

from syncd.config import ArchiveSettings
from syncd.errors import ArchiveUnavailable, ConfigurationError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

T = TypeVar("T")

RETRIES_MAX = 2
S3_SCHEMES = ("s3://", "s3a://")


class BucketStore:
    """A store in a bucket. Every write is create-only: what is kept under a SHA-256 is never replaced.

    `timeout_seconds` bounds each request as a whole, retries included. Errors name the address, never a key.
    """

    def __init__(self, store: ObjectStore, address: str, *, timeout_seconds: float) -> None:
        self._store = store
        self._address = address
        self._timeout_seconds = timeout_seconds

    async def has(self, name: str) -> bool:
        """See `Store.has`."""
        return await self._asked(self._has(name))

    async def put(self, name: str, file: Path) -> None:
        """See `Store.put`."""
        await self._asked(self._put(name, file))

    async def get(self, name: str, into: Path) -> bool:
        """See `Store.get`."""
        return await self._asked(self._get(name, into))

    async def _has(self, name: str) -> bool:
        try:
            await obstore.head_async(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return False
        return True

    async def _put(self, name: str, file: Path) -> None:
        try:
            await obstore.put_async(self._store, name, file, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return

    async def _get(self, name: str, into: Path) -> bool:
        try:
            found = await obstore.get_async(self._store, name)
        except (NotFoundError, FileNotFoundError):
            return False
        with into.open("xb") as copy:
            async for piece in found.stream():
                copy.write(piece)
        return True

    async def _asked(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await work
        except TimeoutError:
            problem = f"no answer within {self._timeout_seconds:g} s"
        except (BaseError, OSError) as error:
            problem = type(error).__name__.removesuffix("Error")
        raise ArchiveUnavailable(f"the archive {self._address} cannot be reached: {problem}")


def bucket_store(url: str, settings: ArchiveSettings) -> BucketStore:
    """Return the store at `url`. Raises ConfigurationError when the address or an option of it is wrong."""
    client: ClientConfig = {"allow_http": settings.allow_http, "timeout": timedelta(seconds=settings.timeout_seconds)}
    retry: RetryConfig = {"max_retries": RETRIES_MAX, "retry_timeout": timedelta(seconds=settings.timeout_seconds)}
    try:
        if url.startswith(S3_SCHEMES):
            store: ObjectStore = S3Store.from_url(url, config=_s3(settings), client_options=client, retry_config=retry)
        else:
            store = from_url(url, client_options=client, retry_config=retry)
    except (BaseError, ValueError, TypeError) as error:
        problem = f"archive.url {url} cannot be used: {type(error).__name__}"
    else:
        return BucketStore(store, url, timeout_seconds=settings.timeout_seconds)
    raise ConfigurationError(problem)


def _s3(settings: ArchiveSettings) -> "S3Config":
    """Return the options that are set; obstore looks for the others where the tools of S3 do. An endpoint of one's own
    is addressed by path."""
    config: S3Config = {}
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
        config["virtual_hosted_style_request"] = False
    if settings.region is not None:
        config["region"] = settings.region
    if settings.access_key_id is not None:
        config["access_key_id"] = settings.access_key_id.get_secret_value()
    if settings.secret_access_key is not None:
        config["secret_access_key"] = settings.secret_access_key.get_secret_value()
    return config
