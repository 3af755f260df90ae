"""The results of a request to a publisher."""

from pathlib import Path

from msgspec import Struct, field

from syncd.core.state import Validators


class NotModified(Struct, frozen=True, kw_only=True):
    """304: nothing new. `validators` are for the next request. `server_date` is the publisher's clock, ISO 8601."""

    validators: Validators
    seconds: float
    server_date: str | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """A gate's answer. `base_url` is the address that answered, without its query: the base of relative links, not to
    be logged when a redirect led there."""

    body: bytes
    base_url: str
    validators: Validators
    received_bytes: int
    seconds: float
    status: int = 200
    server_date: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Fetched(Struct, frozen=True, kw_only=True):
    """A document on disk, unpacked: content encoding undone and, for a ZIP, its one member.

    `path` belongs to the caller, who deletes it. `sha256` (hex) and `bytes` are of that file; `received_bytes` is what
    travelled. `headers` are the few that matter (`fetch.headers.OF_INTEREST`), by their names in lower case.
    """

    path: Path
    sha256: str
    bytes: int
    received_bytes: int
    validators: Validators
    seconds: float
    status: int = 200
    server_date: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def publication_id(self) -> str | None:
        """The publisher's id of this publication, where its storage says it (OFAC does)."""
        return self.headers.get("x-amz-meta-publication-id")
