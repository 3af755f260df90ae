"""The sections of the configuration: every key, its unit, its default. Unknown keys are refused."""

import base64
import ipaddress
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    model_validator,
)

from syncd.core.events import ChangeType
from syncd.feeds import one_feed

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
TOKEN_CHARACTERS_MIN = 16
DATE_FIELDS = frozenset({"year", "month", "day"})
CONTACT_CHARACTERS_MAX = 200
GROUPS_MAX = 20
WEBHOOKS_MAX = 16


def listed(value: object) -> object:
    """Returns the items of `a, b`, which is how the environment writes a list; any other value as it is."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _enabled_list(value: object) -> object:
    return "all" if isinstance(value, str) and value.strip() == "all" else listed(value)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. Any name but `localhost` counts as reachable from elsewhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in LOOPBACK_NAMES


def _http_url(value: str) -> str:
    """The value itself is never repeated in an error: it may hold a token."""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c.isspace() for c in value):
        raise ValueError("must be an http:// or https:// address")
    return value


def _gate_url(value: str) -> str:
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
    except ValueError:
        names = {""}
    if not names <= DATE_FIELDS:
        raise ValueError("may hold {year}, {month:02} and {day:02}, and no other braces")
    return _http_url(value)


def _contact(value: str) -> str:
    """It travels in the User-Agent, inside parentheses."""
    allowed = value.isascii() and value.isprintable() and not set(value) & set(" ();")
    if not allowed or len(value) > CONTACT_CHARACTERS_MAX or not value.startswith(("http://", "https://", "mailto:")):
        raise ValueError("must be an http://, https:// or mailto: address, without spaces or parentheses")
    return value


def _server(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not host or not colon or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError("must be host:port")
    return value


Server = Annotated[str, AfterValidator(_server)]
GroupName = Annotated[str, Field(min_length=1, max_length=249)]
AllianceName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Authorities = Annotated[tuple[Annotated[str, Field(pattern="^[a-z]{2}$")], ...], Field(min_length=2, max_length=40)]


def _webhook_secret(value: SecretStr) -> SecretStr:
    """The value itself is never repeated in an error."""
    text = value.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not text.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError("must be whsec_ and 24 to 64 random bytes in base64: openssl rand -base64 32 makes some")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
GateUrl = Annotated[str, AfterValidator(_gate_url)]
Bytes = Annotated[int, Field(ge=1, le=10_000_000_000)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """One section: immutable, unknown keys refused, values never repeated in errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HttpSettings(Section):
    """`[http]`: where /metrics, /livez, /readyz, /api and the page are served.

    `host` on loopback needs nothing more. Another needs a `token` (at least 16 characters, best a file `http__token`
    of the secrets folder), or `trusted_proxies` (addresses or networks) that let people in and send their name in
    `proxy_user_header`. `names` are host names under which the port may be asked for: beside those of loopback, or,
    beyond it, instead of any. `metrics_without_token`: /metrics answers everybody.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 9464
    token: SecretStr | None = None
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(listed)] = ()
    proxy_user_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")] = "X-Forwarded-User"
    names: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    metrics_without_token: bool = False

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        token = self.token.get_secret_value() if self.token else ""
        if self.token is not None and (len(token) < TOKEN_CHARACTERS_MIN or not token.isascii() or " " in token):
            raise ValueError(f"token must have at least {TOKEN_CHARACTERS_MIN} characters of ASCII, and no space")
        if not token and not self.trusted_proxies and not is_loopback(self.host):
            raise ValueError(
                f"host {self.host} is reached from other machines: set token (a file http__token in the secrets "
                "folder), or trusted_proxies, or keep host on loopback"
            )
        return self


class FetchSettings(Section):
    """`[fetch]`: how publishers are asked.

    `contact_url` is sent to them in the User-Agent. `proxy` (without it, the usual HTTPS_PROXY and NO_PROXY count) may
    hold a password. `ca_file`: PEM certificates trusted beside the public ones. `plain_http_redirect_hosts`: hosts to
    which an HTTPS publisher may redirect without TLS. `internal_hosts`: hosts with private addresses to which a
    publisher may lead by a redirect or a link (what is configured may always be internal). Deadlines in seconds:
    `gate_timeout_seconds` for a whole gate (that of a document is its source's), `connect_timeout_seconds`, and
    `silence_timeout_seconds` between two bytes.
    """

    contact_url: Annotated[str, AfterValidator(_contact)] = "https://syncd.example/contact"
    proxy: SecretStr | None = None
    ca_file: Path | None = None
    plain_http_redirect_hosts: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    internal_hosts: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    connect_timeout_seconds: Seconds = 15.0
    silence_timeout_seconds: Seconds = 120.0
    gate_timeout_seconds: Seconds = 60.0


class ArchiveSettings(Section):
    """`[archive]`, or `archive = "URL"`: where the raw documents are kept.

    `url`: a folder (path or file:///…) or an object store (s3://bucket/prefix, gs://…, az://…); by default a folder
    beside the ledger. `shared`: the folder is one that every replica of a ledger in Kafka has, or there is one replica
    only. `spool` is the folder in which documents wait while the archive is away, at most `spool_bytes_max` of them.
    `endpoint`, `region`, `access_key_id`, `secret_access_key`, `allow_http` and `timeout_seconds` are for object
    stores; keys that are not given are looked for where the store's tools do.
    """

    url: str | None = None
    shared: bool = False
    spool: Path | None = None
    spool_bytes_max: Bytes = 2_000_000_000
    endpoint: HttpUrl | None = None
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    allow_http: bool = False
    timeout_seconds: Seconds = 30.0


class RegistrySettings(Section):
    """`[kafka.registry]`: with `url` (of an API like Confluent's), values travel as Avro in the wire format of that
    registry; `syncd schema --register` puts the schemas there. `username` and `password` for basic authentication,
    `ca_file`: PEM, instead of the public authorities."""

    url: HttpUrl | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None


class KafkaSettings(Section):
    """`[kafka]`: with `bootstrap_servers` (host:port, …) the ledger is in Kafka, and `ledger` is not used.

    `prefix` begins the names of topics and transactional ids, `replication` is how many copies the topics have.
    Replicas with the same `group` share the work: one is active, another takes over when it is silent for
    `session_timeout_seconds`. `ca_file`: PEM, instead of the public authorities; `certificate_file` and `key_file` for
    a client certificate. `username` and `password` are for PLAIN and SCRAM; `token_file` holds the token for
    OAUTHBEARER and is read each time one is needed. `transaction_timeout_seconds`: a commit has ended within it, and
    readers of committed messages stand no longer at one that a replica left open while no other takes over; it must
    not be above the brokers' `transaction.max.timeout.ms`. `compression` of what is written, which every consumer must
    be able to read: all can read gzip, which takes fifteen times as long to write as zstd. With `upserts`, each commit
    also writes the records in force to `listed.v1`, by key and with tombstones, for joins and sinks.
    """

    bootstrap_servers: Annotated[tuple[Server, ...], BeforeValidator(listed)] = ()
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,100}$")] = "sanctions."
    replication: Annotated[int, Field(ge=1, le=9)] = 3
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "syncd"
    group: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,200}$")] = "sanctions.syncd"
    session_timeout_seconds: Annotated[float, Field(ge=6, le=300)] = 10.0
    transaction_timeout_seconds: Annotated[float, Field(ge=60, le=3600)] = 180.0
    compression: Literal["zstd", "lz4", "snappy", "gzip", "none"] = "zstd"
    upserts: bool = True
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = "SCRAM-SHA-512"
    username: str | None = None
    password: SecretStr | None = None
    token_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    key_password: SecretStr | None = None
    registry: RegistrySettings = RegistrySettings()

    @property
    def is_chosen(self) -> bool:
        """Whether the ledger is in Kafka."""
        return bool(self.bootstrap_servers)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        sasl = self.security_protocol.startswith("SASL")
        if sasl and self.sasl_mechanism == "OAUTHBEARER" and self.token_file is None:
            raise ValueError("OAUTHBEARER needs token_file")
        if sasl and self.sasl_mechanism != "OAUTHBEARER" and (self.username is None or self.password is None):
            raise ValueError(f"{self.sasl_mechanism} needs username and password")
        return self


class ConsumersSettings(Section):
    """`[consumers]`: `groups` names consumer groups on Kafka whose committed offsets are watched, at most twenty; a
    metric says how many changes of each feed they have not read. Without `[kafka]` there are none to watch."""

    groups: Annotated[tuple[GroupName, ...], BeforeValidator(listed), Field(max_length=GROUPS_MAX)] = ()


class CoordinationSettings(Section):
    """`[coordination]`: what is said of several lists together.

    Designations of one target by two authorities whose dates lie within `window_days` are one coordination;
    `gap_days` after it came about it is said who of an alliance has not followed. `alliances` names the authorities of
    each, by the heads of their feeds' ids. Without `enabled` nothing is linked, and nothing said.
    """

    enabled: bool = True
    window_days: Annotated[int, Field(ge=1, le=90)] = 7
    gap_days: Annotated[int, Field(ge=1, le=365)] = 10
    alliances: dict[AllianceName, Authorities] = {"g7": ("us", "uk", "eu", "ca", "jp")}


class NoticesSettings(Section):
    """`[notices]`: what authorities announce before their lists show it.

    A channel is asked while one of its lists is enabled and is taken from its publisher's own address; `disable` names
    channels that are not asked. With `mirror`, every channel is asked there, its host and path behind that address,
    whatever the lists are taken from; `interval_seconds` is then a pace for all of them.
    """

    enabled: bool = True
    disable: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    mirror: HttpUrl | None = None
    interval_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None


class WebhookSettings(Section):
    """`[webhooks.ID]`: a receiver to which changes are posted, signed as the Standard Webhooks specification says.

    `url` is asked as it stands: redirects are not followed. `secret` is `whsec_` and 24 to 64 bytes in base64; while it
    is being exchanged, `old_secret` signs too. Posted are changes of `feeds` (without: of all) of a type in `types`;
    with `material`, only those that can alter a screening result; with `coordination`, coordination events too.
    `begin` says where a new webhook starts: at what comes `now`, or at the `first` change of the ledger.
    `timeout_seconds` bounds an answer. `ca_file`: PEM certificates trusted beside the public ones.
    """

    url: HttpUrl
    secret: Annotated[SecretStr, AfterValidator(_webhook_secret)]
    old_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None
    feeds: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    types: Annotated[tuple[ChangeType, ...], BeforeValidator(listed)] = (
        "designated", "amended", "delisted", "relisted", "rekeyed",
    )  # fmt: skip
    material: bool = False
    coordination: bool = False
    begin: Literal["now", "first"] = "now"
    timeout_seconds: Seconds = 15.0
    ca_file: Path | None = None


class HoldsSettings(Section):
    """`[holds]`: with `two_persons`, a hold goes out when two releases by different people came within a day. Who they
    are is what they claim: `--by`, or the user and host of the command."""

    two_persons: bool = False


class LogSettings(Section):
    """`[log]`: `auto` is for people on a terminal, JSON lines otherwise."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class SourceSettings(Section):
    """`[feeds.ID.sources.NAME]`, or `NAME = "URL"`: what differs for one source; its fields as in the feed's file.

    `gate_url` is for its first gate, `gate_urls` for others by their names (`gate_urls = {checksum = "URL"}`); when
    either is set, no other gate of the source is asked.
    """

    url: HttpUrl | None = None
    gate_url: GateUrl | None = None
    gate_urls: dict[str, GateUrl] = Field(default_factory=dict)
    bytes_max: Bytes | None = None
    unpacked_bytes_max: Bytes | None = None
    timeout_seconds: Seconds | None = None


class FeedSettings(Section):
    """`[feeds.ID]`: what differs from the feed's file; what is not set stays as it is there.

    `bytes_max`, `unpacked_bytes_max` and `timeout_seconds` are for all its sources that have none of their own. Every
    key from `records_min` on is a limit beyond which a document is refused, held or reported: `syncd feeds --describe`
    says for each feed its value, its unit and what happens beyond it.
    """

    enabled: bool = True
    interval_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    parse_seconds_max: Seconds = 600.0
    bytes_max: Bytes | None = None
    unpacked_bytes_max: Bytes | None = None
    timeout_seconds: Seconds | None = None
    records_min: Count | None = None
    removals_max: Count | None = None
    removals_ratio: Ratio | None = None
    removals_few: Count | None = None
    quarantined_max: Count | None = None
    partial_ratio: Ratio | None = None
    share_min: Ratio | None = None
    rekeyed_max: Count | None = None
    reused_max: Count | None = None
    names_max: Count | None = None
    birth_dates_max: Count | None = None
    identifiers_max: Count | None = None
    listings_max: Count | None = None
    kinds_max: Count | None = None
    content_ratio: Ratio | None = None
    content_few: Count | None = None
    reparse_ratio: Ratio | None = None
    additions_max: Count | None = None
    additions_ratio: Ratio | None = None
    additions_few: Count | None = None
    sources: dict[str, SourceSettings] = Field(default_factory=dict)


class FeedsSettings(BaseModel):
    """`[feeds]`: `enable` names the feeds that run, or is `all`; every other key is a feed's section.

    `all` leaves out lists of which no document has been seen (`syncd feeds` names them): those run when `enable` names
    them, or their section says `enabled = true`."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)
    __pydantic_extra__: dict[str, FeedSettings] = Field(init=False)

    enable: Annotated[Literal["all"] | tuple[str, ...], BeforeValidator(_enabled_list)] = "all"

    @property
    def by_feed(self) -> dict[str, FeedSettings]:
        """The sections of single feeds, by id."""
        return dict(self.__pydantic_extra__ or {})

    def of(self, feed: str) -> FeedSettings:
        """Returns the section of `feed`, or the defaults when it has none."""
        return self.by_feed.get(feed) or FeedSettings()

    def enabled(self, feeds: Iterable[str]) -> list[str]:
        """Returns the ids of `feeds` that run, in their order."""
        return [feed for feed in feeds if self._named(feed) and self.of(feed).enabled]

    def _named(self, feed: str) -> bool:
        """Whether `enable` names the feed: `all` are those that are on by default, or enabled by a section."""
        if self.enable != "all":
            return feed in self.enable
        return one_feed(feed).on_by_default or "enabled" in self.of(feed).model_fields_set
