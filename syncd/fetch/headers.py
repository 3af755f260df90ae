"""The headers that are sent, and those that are read from an answer. No length in them is trusted."""

import time
from collections.abc import Iterable, Mapping

from syncd import __version__
from syncd.core.http_dates import of_header
from syncd.core.state import Validators
from syncd.core.times import AHEAD
from syncd.feeds.contract import UserAgent

OF_INTEREST = ("content-type", "content-disposition", "x-amz-meta-publication-id", "x-amz-meta-delta-name")
VALUE_CHARACTERS_MAX = 200
VALIDATOR_CHARACTERS_MAX = 500
RETRY_AFTER_SECONDS_MAX = 3600.0


def user_agent(contact_url: str, form: UserAgent = "browser") -> str:
    """Return the `User-Agent`, in the form of a browser and with an honest name in it: publishers' firewalls have
    refused every other form (OFAC since 2026-07-30, Australia). It is at least 40 characters long whatever the contact
    is. The `plain` form is for a publisher that refuses browsers (Monaco)."""
    if form == "plain":
        return f"syncd/{__version__} (+{contact_url})"
    return f"Mozilla/5.0 (compatible; syncd/{__version__}; +{contact_url})"


def conditional(validators: Validators) -> dict[str, str]:
    """Return the headers that make a request conditional on `validators` (RFC 9110, 13.1); empty when there
    are none."""
    sent = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in sent.items() if value}


def validators_of(headers: Mapping[str, str], *, earlier: Validators | None = None) -> Validators:
    """Return the validators of an answer; a 304 that does not repeat one keeps the `earlier` one."""
    before = earlier or Validators()
    return Validators(
        etag=_validator(headers.get("etag")) or before.etag,
        last_modified=_last_modified(headers.get("last-modified")) or before.last_modified,
    )


def of_interest(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of `OF_INTEREST` that the answer has, clipped."""
    return {name: headers[name][:VALUE_CHARACTERS_MAX] for name in OF_INTEREST if name in headers}


def header_lines(headers: Mapping[str, str], names: Iterable[str]) -> bytes:
    """Return the headers of `names` that the answer has, one `name: value` a line."""
    return "\n".join(f"{name}: {headers[name][:VALUE_CHARACTERS_MAX]}" for name in names if name in headers).encode()


def server_date(headers: Mapping[str, str]) -> str | None:
    """Return the publisher's clock (`Date`) as `YYYY-MM-DDTHH:MM:SSZ`; None when it is absent or no date."""
    date = of_header(headers.get("date", ""))
    return f"{date.replace(tzinfo=None).isoformat(timespec='seconds')}Z" if date else None


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the wait that `Retry-After` asks for (RFC 9110, 10.2.3), in seconds, between 0 and an hour: a proxy's word
    never stops the polling of a list for longer. A date is measured by the publisher's own clock when it states it."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), RETRY_AFTER_SECONDS_MAX)
    date = of_header(value)
    if date is None:
        return None
    now = of_header(headers.get("date", ""))
    seconds = date.timestamp() - (now.timestamp() if now else time.time())
    return min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX)


def _last_modified(value: str | None) -> str | None:
    """Only a time that a file can have: to one that is ahead, a server answers "not modified" for as long as it is."""
    stated = _validator(value)
    at = of_header(stated)
    return stated if at is not None and at.timestamp() - time.time() <= AHEAD.total_seconds() else None


def _validator(value: str | None) -> str | None:
    if not value or len(value) > VALIDATOR_CHARACTERS_MAX or not value.isascii() or not value.isprintable():
        return None
    return value.strip()
