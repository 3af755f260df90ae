"""The HTTP client: its limits, its trust, its proxy, its logging; and its failures in plain words."""

import logging
import ssl
from functools import cache
from pathlib import Path

import httpx

from syncd.config import FetchSettings
from syncd.errors import ConfigurationError
from syncd.fetch import headers

KEEPALIVE_SECONDS = 120.0
CONNECTIONS_MAX = 40
WRITE_TIMEOUT_SECONDS = 30.0
ACCEPTED_CODINGS = "gzip, deflate"
LOGGERS = ("httpx", "httpcore")

# A connection that broke; before an answer it may be one that the other end had closed since its last use.
CUT = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout)

# httpx's errors → our words. Its own texts may hold an address or the value of a header, and are not used.
PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.PoolTimeout, "no free connection in time"),
    (httpx.ReadTimeout, "the publisher went silent"),
    (httpx.WriteTimeout, "the publisher did not take the request in time"),
    (httpx.RemoteProtocolError, "the connection was cut, or what came is not HTTP"),
    (httpx.ReadError, "the connection was cut"),
    (httpx.WriteError, "the connection was cut"),
    (httpx.ProxyError, "the proxy refused the connection"),
    (httpx.UnsupportedProtocol, "the address is neither http nor https"),
    (httpx.InvalidURL, "the address cannot be read"),
    (httpx.LocalProtocolError, "the request could not be made"),
)


def http_client(settings: FetchSettings) -> httpx.AsyncClient:
    """Return a client for `settings`. Raises ConfigurationError when the proxy or the CA file cannot be used."""
    _quieten()
    problem = "fetch.proxy cannot be used: it must be http://, https:// or socks5:// with a host"
    try:
        return httpx.AsyncClient(
            headers={"User-Agent": headers.user_agent(settings.contact_url), "Accept-Encoding": ACCEPTED_CODINGS},
            verify=trusted(settings.ca_file),
            proxy=settings.proxy.get_secret_value() if settings.proxy else None,
            trust_env=True,
            http2=False,
            follow_redirects=False,
            timeout=httpx.Timeout(
                connect=settings.connect_timeout_seconds,
                read=settings.silence_timeout_seconds,
                write=WRITE_TIMEOUT_SECONDS,
                pool=settings.connect_timeout_seconds,
            ),
            limits=httpx.Limits(
                max_connections=CONNECTIONS_MAX,
                max_keepalive_connections=CONNECTIONS_MAX,
                keepalive_expiry=KEEPALIVE_SECONDS,
            ),
        )
    except (ValueError, ImportError, httpx.InvalidURL):
        pass
    raise ConfigurationError(problem)


def explanation(error: Exception) -> str:
    """Return the reason of a failure in words that hold no address and no header."""
    if isinstance(error, httpx.ConnectError):
        return f"no connection: {_system_text(error)}"
    for kind, words in PROBLEMS:
        if isinstance(error, kind):
            return words
    return "the answer could not be read"


def trusted(ca_file: Path | None, setting: str = "fetch.ca_file") -> ssl.SSLContext:
    """Return the public authorities, and those of `ca_file` beside them. Raises ConfigurationError when it cannot be
    read."""
    if ca_file is None:
        return _public_trust()
    context = httpx.create_ssl_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        problem = f"{setting} {ca_file} cannot be read as PEM certificates: {error.strerror or 'nothing in it'}"
    else:
        return context
    raise ConfigurationError(problem)


@cache
def _public_trust() -> ssl.SSLContext:
    """Return the public authorities. Reading them takes a tenth of a second of CPU: once a process is enough."""
    return httpx.create_ssl_context()


def _system_text(error: Exception) -> str:
    """Return the text of the innermost cause: the system's or the TLS library's, which holds nothing of the request."""
    cause: BaseException = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {cause.reason}"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return "all attempts failed"


def _quieten() -> None:
    """Silence httpx, which logs whole addresses at INFO, and httpcore, which logs headers at DEBUG: both may hold a
    signed URL."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
