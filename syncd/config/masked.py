"""The configuration as it may be shown: without secrets, also where one stands inside an address."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from syncd.config import Config

HIDDEN = "…"


def mask_secrets(config: Config) -> dict[str, Any]:
    """`config` as plain JSON values. Secrets are stars; an address keeps its scheme, host and path alone."""
    plain: dict[str, Any] = _masked(config.model_dump(mode="json"))
    return plain


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part) for part in value]
    return _address(value) if isinstance(value, str) and "://" in value else value


def _address(url: str) -> str:
    """`url` with its user, password and the values of its query hidden."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{HIDDEN}@{host}" if at else host, parts.path, HIDDEN if parts.query else "", ""))
