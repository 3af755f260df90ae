"""Masks the secrets of a configuration, also those inside addresses, so that it may be shown."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from syncd.config import Config

HIDDEN = "…"


def mask_secrets(config: Config) -> dict[str, Any]:
    """Returns `config` as plain JSON values. Secrets become stars; an address keeps its scheme, host and path only."""
    plain: dict[str, Any] = _masked(config.model_dump(mode="json"))
    return plain


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part) for part in value]
    return _address(value) if isinstance(value, str) and "://" in value else value


def _address(url: str) -> str:
    """Returns `url` without its user and password, and with stars for the values of its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{HIDDEN}@{host}" if at else host, parts.path, HIDDEN if parts.query else "", ""))
