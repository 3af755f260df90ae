"""A schema registry with Confluent's API.

Subjects are named for the topic, `<topic>-value`. Nothing is registered by the daemon: `syncd schema --register` does
that, in subjects where every version must be able to read every other, and the daemon refuses to start with a schema
that is not registered.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from syncd.config.sections import RegistrySettings
from syncd.errors import LedgerError

MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
ANSWER_SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 4_000_000
NOT_FOUND, CONFLICT = 404, 409
_object: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict)


class Registry:
    """Asks the registry. Every method raises LedgerError that names the registry and what to do."""

    def __init__(self, settings: RegistrySettings) -> None:
        assert settings.url is not None
        self._url = settings.url.rstrip("/")
        auth = None
        if settings.username is not None:
            auth = httpx.BasicAuth(settings.username, settings.password.get_secret_value() if settings.password else "")
        self._options: dict[str, Any] = {
            "auth": auth,
            "verify": str(settings.ca_file) if settings.ca_file else True,
            "timeout": ANSWER_SECONDS_MAX,
            "headers": {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE},
            "follow_redirects": False,
        }

    async def identity(self, subject: str, schema: dict[str, Any]) -> int:
        """The id under which exactly this schema is registered."""
        answer = await self._ask("POST", f"/subjects/{quote(subject, safe='')}", _body(schema))
        if answer.status_code == NOT_FOUND:
            raise LedgerError(f"{subject} has not got this syncd's schema: run 'syncd schema --register' first")
        return int(self._content(answer)["id"])

    async def schema(self, identity: int) -> dict[str, Any]:
        """Return the schema that is registered under an id."""
        answer = await self._ask("GET", f"/schemas/ids/{identity}")
        schema: dict[str, Any] = msgspec.json.decode(self._content(answer)["schema"])
        return schema

    async def register(self, subject: str, schema: dict[str, Any]) -> int:
        """The id of the schema, registered now or before, in a subject where every version can be read by every other.
        Refused when it is not compatible with those before it."""
        path = f"/subjects/{quote(subject, safe='')}/versions"
        await self._require_compatibility(subject)
        answer = await self._ask("POST", path, _body(schema))
        if answer.status_code == CONFLICT:
            raise LedgerError(f"{subject}: this schema is not compatible with those before it: {self._said(answer)}")
        return int(self._content(answer)["id"])

    async def _require_compatibility(self, subject: str) -> None:
        """FULL_TRANSITIVE: consumers of any version read producers of any version."""
        path = f"/config/{quote(subject, safe='')}"
        answer = await self._ask("PUT", path, msgspec.json.encode({"compatibility": "FULL_TRANSITIVE"}))
        self._content(answer)

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        try:
            async with httpx.AsyncClient(**self._options) as client:
                return await client.request(method, f"{self._url}{path}", content=content)
        except (httpx.HTTPError, OSError) as error:
            why = str(error) or type(error).__name__
            raise LedgerError(
                f"the schema registry {self._url} does not answer: {why}: check kafka.registry"
            ) from error

    def _content(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success or len(answer.content) > ANSWER_BYTES_MAX:
            raise LedgerError(f"the schema registry {self._url} answers {answer.status_code}: {self._said(answer)}")
        try:
            content: dict[str, Any] = _object.decode(answer.content)
        except msgspec.MsgspecError:
            raise LedgerError(f"the schema registry {self._url} answers with what is no JSON object") from None
        return content

    def _said(self, answer: httpx.Response) -> str:
        try:
            return str(msgspec.json.decode(answer.content[:ANSWER_BYTES_MAX]).get("message", ""))[:500]
        except (msgspec.MsgspecError, AttributeError):
            return "no reason given"


def _body(schema: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"schema": msgspec.json.encode(schema).decode(), "schemaType": "AVRO"})


def subject(topic: str) -> str:
    """Return the subject of a topic: Confluent's TopicNameStrategy for values."""
    return f"{topic}-value"


async def register(settings: RegistrySettings, schemas: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """Register the schema of each topic; subject → id. Raises LedgerError."""
    registry = Registry(settings)
    return {subject(topic): await registry.register(subject(topic), schema) for topic, schema in schemas.items()}
