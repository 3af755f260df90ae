"""The requests to publishers: polite, bounded, and with an error that says whose fault a failure is.

    gate(…)      a small answer in memory
    ask(…)       the answer to a channel's question, in memory
    document(…)  the document on disk, unpacked, hashed, checked; one that comes in pages as one

A document is asked for by a conditional GET, never by a HEAD (the UN and trade.gov answer 404 to it); a gate that reads
headers asks for them alone. Redirects are followed here, by hand, since OFAC and the UN redirect to signed URLs: these
are never kept, and never named in an error or a log. A failure leaves nothing on disk. FetchFailed: nothing was
received (PublisherFailed: the publisher answered with an error, SpoolFailed: the disk did not take it).
DocumentRefused: a 200 that is not the document.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, TypeVar

import httpx
from msgspec import Struct

from syncd.channels.contract import Question
from syncd.config import FetchSettings
from syncd.core.state import Validators
from syncd.errors import DocumentRefused, FetchFailed, PublisherFailed, SpoolFailed
from syncd.feeds.contract import Gate, PagedPart, Pages, Source, UserAgent
from syncd.fetch import addresses, client, headers, resolution, unpack
from syncd.fetch.answers import Answer, Fetched, NotModified
from syncd.fetch.pages import whole_document
from syncd.fetch.sniff import Expect

REDIRECTS_MAX = 5
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
REDIRECT_BODY_BYTES_MAX = 64_000
CHUNK_BYTES = 1 << 17
CONTENT_TYPE_CHARACTERS_MAX = 60
DOCUMENT_BYTES_MIN = 64

T = TypeVar("T")


class Errand(Struct, kw_only=True):
    """One request: the address, the condition, the bounds; and how far it has come.

    `bytes_max` bounds the size on the wire. `asked_host` is the host that the configuration names; `sends` are headers
    for it alone. `at` is the address that redirects have led to, signed or not: it stays in this file.
    """

    url: str
    asked_host: str
    validators: Validators
    bytes_max: int
    timeout_seconds: float
    user_agent: UserAgent = "browser"
    sends: Mapping[str, str] = {}
    method: Literal["GET", "HEAD", "POST"] = "GET"
    body: bytes = b""
    started: float = 0.0
    at: str = ""
    received_bytes: int = 0

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.at = self.url

    @property
    def seconds(self) -> float:
        """Seconds since the request began."""
        return time.monotonic() - self.started

    @property
    def where(self) -> str:
        """The address for people: the one that was asked, and the host that redirects led to."""
        host = addresses.host_of(self.at)
        shown = addresses.shown_address(self.url)
        return shown if host == addresses.host_of(self.url) else f"{shown} (redirected to {host})"


class Fetcher:
    """An asynchronous context manager; one for the whole daemon, so that connections are used again.

    Entering raises ConfigurationError when the proxy or the CA file cannot be used.
    """

    def __init__(self, settings: FetchSettings | None = None) -> None:
        self._settings = settings or FetchSettings()
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._client = client.http_client(self._settings)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    async def gate(
        self, gate: Gate, validators: Validators, *, today: date, expect: Expect = "any"
    ) -> NotModified | Answer:
        """Ask `gate`, whose address may name `today` (in UTC). Raises FetchFailed, DocumentRefused."""
        errand = Errand(
            asked_host=addresses.host_of(gate.url),
            url=gate.url.format(year=today.year, month=today.month, day=today.day),
            validators=validators,
            bytes_max=gate.bytes_max,
            timeout_seconds=self._settings.gate_timeout_seconds,
            user_agent=gate.user_agent,
            sends=gate.sends,
            method="HEAD" if gate.headers else "GET",
        )
        asked = self._headers(errand, gate.headers) if gate.headers else self._gate(errand, expect)
        return await _explained(errand, asked)

    async def ask(self, question: Question, validators: Validators) -> NotModified | Answer:
        """Ask a channel's question, whose host is the channel's own; a POST where it has a body. Raises FetchFailed,
        DocumentRefused."""
        stated = {
            "Accept": question.accept,
            "Accept-Language": question.language,
            "Content-Type": question.content_type,
        }
        errand = Errand(
            url=question.url,
            asked_host=addresses.host_of(question.url),
            validators=validators,
            bytes_max=question.bytes_max,
            timeout_seconds=self._settings.gate_timeout_seconds,
            method="POST" if question.body else "GET",
            sends={name: value for name, value in stated.items() if value},
            body=question.body,
        )
        return await _explained(errand, self._gate(errand, "any"))

    async def document(
        self, source: Source, validators: Validators, *, into: Path, url: str | None = None
    ) -> NotModified | Fetched:
        """Fetch the document of `source` into a new file in the folder `into`; from `url` where a gate discovered it.

        Raises FetchFailed, DocumentRefused. The deadline is the source's, and covers everything: redirects, a body
        however slow, unpacking.
        """
        errand = Errand(
            url=url or source.url,
            asked_host=addresses.host_of(source.url),
            validators=validators,
            bytes_max=source.bytes_max,
            timeout_seconds=source.timeout_seconds,
            user_agent=source.user_agent,
            sends=source.sends,
        )
        fetched = self._paged(errand, source, source.pages, into) if source.pages else None
        return await _explained(errand, fetched or self._document(errand, source, into))

    async def _gate(self, errand: Errand, expect: Expect) -> NotModified | Answer:
        response = await self._answer(errand)
        try:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return await _not_modified(errand, response)
            body = BytesIO()
            await _receive(response, errand, unpack.Sink(body, expect=expect, bytes_max=errand.bytes_max))
            return _answer(errand, response, body.getvalue())
        finally:
            await response.aclose()

    async def _headers(self, errand: Errand, names: tuple[str, ...]) -> Answer:
        response = await self._answer(errand)
        try:
            return _answer(errand, response, headers.header_lines(response.headers, names))
        finally:
            await response.aclose()

    async def _document(self, errand: Errand, source: Source, into: Path) -> NotModified | Fetched:
        response = await self._answer(errand)
        try:
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                return await _not_modified(errand, response)
            write = _unzipped if source.packing == "zip" else _plain
            with _new_file(into) as path:
                sink = await write(response, errand, source, path)
                # Here, because whatever fails or is cancelled after this block would leave the file behind.
                await response.aclose()
                return _fetched(errand, response, sink, path)
        finally:
            await response.aclose()

    async def _paged(self, errand: Errand, source: Source, pages: Pages, into: Path) -> Fetched:
        """Fetch every page, and write the document that they make."""

        async def ask(query: str, part: PagedPart) -> bytes:
            page = Errand(
                url=f"{errand.url}?{query}",
                asked_host=errand.asked_host,
                validators=Validators(),
                bytes_max=errand.bytes_max - errand.received_bytes,
                timeout_seconds=errand.timeout_seconds,
                user_agent=errand.user_agent,
                sends={**errand.sends, **part.sends},
            )
            answer = await self._gate(page, "json")
            assert isinstance(answer, Answer)  # no page is asked for conditionally
            errand.received_bytes += answer.received_bytes
            return answer.body

        body = await whole_document(pages, ask)
        with _new_file(into) as path:
            with path.open("wb") as stream:
                sink = _document_sink(stream, source)
                await _in_thread(sink, partial(_written, sink, body))
            return Fetched(
                path=path,
                sha256=sink.sha256,
                bytes=sink.bytes,
                received_bytes=errand.received_bytes,
                validators=Validators(),
                seconds=errand.seconds,
                server_date=None,
                headers={},
            )

    async def _answer(self, errand: Errand) -> httpx.Response:
        """Send and follow redirects. Returns a 200, or a 304 to a conditional request; its body is not read yet."""
        response = await self._follow(errand)
        conditional = headers.conditional(errand.validators)
        if response.status_code == HTTPStatus.OK or (conditional and response.status_code == HTTPStatus.NOT_MODIFIED):
            return response
        await response.aclose()
        raise PublisherFailed(
            f"the publisher answered {_status(response)}{_content_type(response)}",
            retry_after_seconds=headers.retry_after_seconds(response.headers),
        )

    async def _follow(self, errand: Errand) -> httpx.Response:
        for _ in range(REDIRECTS_MAX + 1):
            response = await self._send(errand)
            if response.status_code not in REDIRECT_STATUSES:
                return response
            if response.status_code == HTTPStatus.SEE_OTHER and errand.method == "POST":
                errand.method, errand.body = "GET", b""
            location = response.headers.get("location", "")
            await _drain(response)
            if not location:
                raise PublisherFailed(f"the publisher answered {_status(response)} without saying where to")
            errand.at = addresses.redirected(
                errand.at, location, plain_http_hosts=self._settings.plain_http_redirect_hosts
            )
        raise PublisherFailed(f"more than {REDIRECTS_MAX} redirects")

    async def _send(self, errand: Errand) -> httpx.Response:
        """Send once more when the connection broke before an answer: the other end may have closed a kept one."""
        if self._client is None:
            raise RuntimeError("a Fetcher is used inside its `async with`")
        request = self._client.build_request(
            errand.method, errand.at, headers=self._sent(errand), content=errand.body or None
        )
        requests = await self._to_public_addresses(errand, request)
        for attempt in requests[:-1]:
            try:
                return await self._client.send(attempt, stream=True)
            except client.UNREACHED:
                continue
        try:
            return await self._client.send(requests[-1], stream=True)
        except client.CUT:
            return await self._client.send(requests[-1], stream=True)

    async def _to_public_addresses(self, errand: Errand, request: httpx.Request) -> list[httpx.Request]:
        """Return `request` once for each address to try, where the publisher chose the host; else as it is."""
        host = addresses.host_of(errand.at)
        if self._settings.proxy or resolution.is_proxied(host):
            return [request]
        found = await resolution.pinned_addresses(
            host, asked_host=errand.asked_host, internal_hosts=self._settings.internal_hosts
        )
        return [resolution.pinned(request, address) for address in found] or [request]

    def _sent(self, errand: Errand) -> dict[str, str]:
        """The headers of a request. Those that the feed states go to no other host."""
        own = errand.sends if addresses.host_of(errand.at) == errand.asked_host else {}
        agent = headers.user_agent(self._settings.contact_url, errand.user_agent)
        return {**own, "User-Agent": agent, **headers.conditional(errand.validators)}


async def _explained(errand: Errand, work: Awaitable[T]) -> T:
    """Await `work` within the deadline and return its result. A failure is raised anew in our own words, outside of any
    `except`, so that no exception that holds a signed address is attached to it."""
    problem: FetchFailed | DocumentRefused
    try:
        async with asyncio.timeout(errand.timeout_seconds):
            return await work
    except DocumentRefused as error:
        problem = DocumentRefused(f"{errand.where}: the publisher answered 200 with {error}")
    except FetchFailed as error:
        problem = type(error)(f"{errand.where}: {error}", retry_after_seconds=error.retry_after_seconds)
    except TimeoutError:
        received = f"{errand.received_bytes:,} bytes had come"
        problem = FetchFailed(f"{errand.where}: no whole answer within {errand.timeout_seconds:g} s; {received}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        problem = FetchFailed(f"{errand.where}: {client.explanation(error)}")
    except OSError as error:
        problem = SpoolFailed(f"{errand.where}: the document could not be written to the spool: {error.strerror}")
    raise problem


async def _plain(response: httpx.Response, errand: Errand, source: Source, path: Path) -> unpack.Sink:
    with path.open("wb") as stream:
        sink = _document_sink(stream, source)
        await _receive(response, errand, sink)
    return sink


async def _unzipped(response: httpx.Response, errand: Errand, source: Source, path: Path) -> unpack.Sink:
    packed = path.with_name(f"{path.name}.zip")
    try:
        with packed.open("wb") as stream:
            await _receive(response, errand, unpack.Sink(stream, expect="zip", bytes_max=source.bytes_max))
        with path.open("wb") as stream:
            sink = _document_sink(stream, source)
            await _in_thread(sink, partial(unpack.unzip, packed, sink))
        return sink
    finally:
        packed.unlink(missing_ok=True)


async def _receive(response: httpx.Response, errand: Errand, sink: unpack.Sink) -> None:
    try:
        _check_length(response, errand)
        decoder = unpack.coding(response.headers.get("content-encoding", ""))
        async for chunk in response.aiter_raw(CHUNK_BYTES):
            errand.received_bytes += len(chunk)
            _check_bytes(errand.received_bytes, errand)
            await _in_thread(sink, partial(unpack.feed, chunk, decoder, sink))
        await _in_thread(sink, partial(unpack.finish, decoder, sink))
    except DocumentRefused as error:
        problem = DocumentRefused(f"{error}{_content_type(response)}")
    else:
        return
    raise problem


async def _in_thread(sink: unpack.Sink, work: Callable[[], None]) -> None:
    """Run `work` off the event loop. When we are cancelled, stop the thread and wait for it: it holds the file."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        sink.stop()
        await asyncio.gather(running, return_exceptions=True)
        raise


async def _drain(response: httpx.Response) -> None:
    """Read a body of no interest, so that the connection can be used again; a long one costs the connection."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > REDIRECT_BODY_BYTES_MAX:
            break
    await response.aclose()


def _check_length(response: httpx.Response, errand: Errand) -> None:
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit():
        _check_bytes(int(length[:18]), errand)


def _check_bytes(count: int, errand: Errand) -> None:
    if count > errand.bytes_max:
        raise DocumentRefused(f"more than {errand.bytes_max:,} bytes, the most that this download may have")


def _status(response: httpx.Response) -> str:
    try:
        return f"{response.status_code} {HTTPStatus(response.status_code).phrase}"
    except ValueError:
        return str(response.status_code)


def _content_type(response: httpx.Response) -> str:
    stated = response.headers.get("content-type", "")[:CONTENT_TYPE_CHARACTERS_MAX]
    printable = "".join(c for c in stated if c.isprintable())
    return f" ({printable})" if printable else ""


def _document_sink(stream: BinaryIO, source: Source) -> unpack.Sink:
    return unpack.Sink(stream, expect=source.expect, bytes_max=source.unpacked_bytes_max, bytes_min=DOCUMENT_BYTES_MIN)


def _written(sink: unpack.Sink, body: bytes) -> None:
    sink.write(body)
    sink.finish()


@contextmanager
def _new_file(folder: Path) -> Iterator[Path]:
    """Lend a new file in `folder`, which is removed when anything fails."""
    with tempfile.NamedTemporaryFile(prefix="fetch-", dir=folder, delete=False) as file:
        path = Path(file.name)
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def _not_modified(errand: Errand, response: httpx.Response) -> NotModified:
    await _drain(response)
    return NotModified(
        validators=headers.validators_of(response.headers, earlier=errand.validators),
        seconds=errand.seconds,
        server_date=headers.server_date(response.headers),
    )


def _answer(errand: Errand, response: httpx.Response, body: bytes) -> Answer:
    return Answer(
        body=body,
        base_url=addresses.without_query(errand.at),
        validators=headers.validators_of(response.headers),
        received_bytes=errand.received_bytes,
        seconds=errand.seconds,
        server_date=headers.server_date(response.headers),
        headers=headers.of_interest(response.headers),
    )


def _fetched(errand: Errand, response: httpx.Response, sink: unpack.Sink, path: Path) -> Fetched:
    return Fetched(
        path=path,
        sha256=sink.sha256,
        bytes=sink.bytes,
        received_bytes=errand.received_bytes,
        validators=headers.validators_of(response.headers),
        seconds=errand.seconds,
        server_date=headers.server_date(response.headers),
        headers=headers.of_interest(response.headers),
    )
