"""The configuration: the settings that an operator may make, from four origins, checked before anything starts.

    environment (SYNCD_FETCH__PROXY)  over  secrets folder (a file fetch__proxy)  over  the TOML file  over  defaults

Without any of it syncd works in the current directory. Nothing is read on import; `Config.load` reads, and every wrong
or unknown key is one line of one ConfigurationError.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self, get_origin

from pydantic import BaseModel, Field, ValidationError

from syncd.config.overrides import with_overrides
from syncd.config.problems import Layer, Place, nearest, problem_lines
from syncd.config.sections import (
    WEBHOOKS_MAX,
    ArchiveSettings,
    ConsumersSettings,
    CoordinationSettings,
    FeedSettings,
    FeedsSettings,
    FetchSettings,
    HoldsSettings,
    HttpSettings,
    KafkaSettings,
    LogSettings,
    NoticesSettings,
    RegistrySettings,
    Section,
    SourceSettings,
    WebhookSettings,
    listed,
)
from syncd.errors import ConfigurationError
from syncd.feeds import partitions_by_feed

__all__ = [
    "ArchiveSettings",
    "Config",
    "ConsumersSettings",
    "CoordinationSettings",
    "FeedSettings",
    "FeedsSettings",
    "FetchSettings",
    "HttpSettings",
    "KafkaSettings",
    "LogSettings",
    "NoticesSettings",
    "SourceSettings",
    "WebhookSettings",
    "with_overrides",
]

PREFIX = "SYNCD_"
NESTED = "__"
DEFAULT_FILE = "syncd.toml"
FILE_NAMED_BY = "SYNCD_CONFIG"
SECRETS_NAMED_BY = "SYNCD_SECRETS_DIR"
SECRET_BYTES_MAX = 65_536


WebhookName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Config(Section):
    """`installation` names this syncd in its events (`ce_source`). `ledger` is the SQLite file, unless the ledger is in
    Kafka. Relative paths start at the current directory.
    `secrets_dir`: a folder of files, each named for its key and holding its value."""

    installation: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")] = "local"
    ledger: Path = Path("syncd.db")
    secrets_dir: Path | None = None
    archive: ArchiveSettings = ArchiveSettings()
    http: HttpSettings = HttpSettings()
    fetch: FetchSettings = FetchSettings()
    log: LogSettings = LogSettings()
    kafka: KafkaSettings = KafkaSettings()
    consumers: ConsumersSettings = ConsumersSettings()
    coordination: CoordinationSettings = CoordinationSettings()
    notices: NoticesSettings = NoticesSettings()
    holds: HoldsSettings = HoldsSettings()
    webhooks: Annotated[dict[WebhookName, WebhookSettings], Field(max_length=WEBHOOKS_MAX)] = Field(
        default_factory=dict
    )
    feeds: FeedsSettings = FeedsSettings()

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str]) -> Self:
        """Settings from all origins. `path` is what `--config` says, if anything.

        Raises ConfigurationError: one line a problem, naming the origin and the key.
        """
        file = _file_layer(path, environ)
        secrets = _secrets_layer(environ, file)
        environment = _environment_layer(environ)
        layers = (environment, secrets, file)
        merged = _merged(_merged(file.data, secrets.data), environment.data)
        problems = _unknown_feeds(merged.get("feeds"), layers)
        try:
            config = cls.model_validate(merged)
        except ValidationError as error:
            problems += problem_lines(error, layers, MODELS)
        if problems:
            raise ConfigurationError("\n".join(problems)) from None
        return config

    @property
    def archive_url(self) -> str:
        """The address of the archive; by default a folder beside the ledger."""
        return self.archive.url or f"{self.ledger}-archive"

    @property
    def archive_spool(self) -> Path:
        """The folder of the spool; by default beside the ledger."""
        return self.archive.spool or Path(f"{self.ledger}-spool")


MODELS: dict[Place, type[BaseModel]] = {
    (): Config,
    ("archive",): ArchiveSettings,
    ("http",): HttpSettings,
    ("fetch",): FetchSettings,
    ("log",): LogSettings,
    ("kafka",): KafkaSettings,
    ("consumers",): ConsumersSettings,
    ("coordination",): CoordinationSettings,
    ("notices",): NoticesSettings,
    ("holds",): HoldsSettings,
    ("webhooks", "*"): WebhookSettings,
    ("kafka", "registry"): RegistrySettings,
    ("feeds",): FeedsSettings,
    ("feeds", "*"): FeedSettings,
    ("feeds", "*", "sources", "*"): SourceSettings,
}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`, section by section."""
    both = dict(below)
    for name, value in above.items():
        under = both.get(name)
        if isinstance(value, Mapping) and isinstance(under, Mapping):
            both[name] = _merged(under, value)
        else:
            both[name] = value
    return both


def _file_layer(path: Path | None, environ: Mapping[str, str]) -> Layer:
    named = path or (Path(environ[FILE_NAMED_BY]) if environ.get(FILE_NAMED_BY) else None)
    file = named or Path(DEFAULT_FILE)
    if named is None and not file.exists():
        return Layer(name=str(file), data={}, separator=".")
    try:
        if not file.is_file():
            raise ConfigurationError(f"{file}: there is no such file")
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"{file}: not TOML: {error}"
    except OSError as error:
        problem = f"{file}: cannot be read: {error.strerror}"
    else:
        return Layer(name=str(file), data=_spelled_out(data), separator=".")
    raise ConfigurationError(problem)


def _spelled_out(data: dict[str, Any]) -> dict[str, Any]:
    """The sections that an address alone is short for: `archive`, and a source of a feed."""
    whole = data | {"archive": _section(data["archive"])} if "archive" in data else data
    feeds = data.get("feeds")
    if not isinstance(feeds, dict):
        return whole
    return whole | {"feeds": {name: _spelled_out_feed(feed) for name, feed in feeds.items()}}


def _spelled_out_feed(feed: Any) -> Any:
    sources = feed.get("sources") if isinstance(feed, dict) else None
    if not isinstance(sources, dict):
        return feed
    return feed | {"sources": {name: _section(source) for name, source in sources.items()}}


def _section(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


def _environment_layer(environ: Mapping[str, str]) -> Layer:
    reserved = {FILE_NAMED_BY, SECRETS_NAMED_BY}
    values = {
        name.lower(): value
        for name, value in environ.items()
        if name.upper().startswith(PREFIX) and name.upper() not in reserved and value
    }
    layer = Layer(name="environment", data={}, separator=NESTED, prefix=PREFIX, upper=True)
    return _named_layer(layer, values)


def _secrets_layer(environ: Mapping[str, str], file: Layer) -> Layer:
    """Files without `__` that no setting is named for are others' and are left alone; hidden ones too."""
    stated = environ.get(SECRETS_NAMED_BY) or file.data.get("secrets_dir")
    layer = Layer(name=f"secrets folder {stated}", data={}, separator=NESTED)
    if not stated:
        return layer
    values: dict[str, str] = {}
    for entry in _files(Path(str(stated))):
        name = entry.name.lower().removeprefix(PREFIX.lower())
        if not entry.name.startswith(".") and (NESTED in name or name in Config.model_fields):
            values[f"{PREFIX.lower()}{name}"] = _secret(entry)
    return _named_layer(layer, values)


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        problem = "there is no such folder"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    raise ConfigurationError(f"secrets folder {folder}: {problem}")


def _secret(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(SECRET_BYTES_MAX + 1)
        if len(content) > SECRET_BYTES_MAX:
            raise ConfigurationError(f"{file}: more than {SECRET_BYTES_MAX} bytes")
        return content.decode("utf-8").strip()
    except UnicodeDecodeError:
        problem = f"{file}: not UTF-8 text"
    except OSError as error:
        problem = f"{file}: cannot be read: {error.strerror}"
    raise ConfigurationError(problem)


def _named_layer(layer: Layer, values: dict[str, str]) -> Layer:
    prefix = PREFIX.lower()
    short = f"{prefix}archive"
    if short in values:
        values[f"{short}{NESTED}url"] = values.pop(short)
    problems: list[str] = []
    data: dict[str, Any] = {}
    for name, value in sorted(values.items()):
        place = tuple(name.removeprefix(prefix).split(NESTED))
        if problem := _problem_of_name(place) or _put(data, place, value):
            problems.append(f"{layer.spelled(place)}: {problem}")
    if problems:
        raise ConfigurationError("\n".join(problems))
    return Layer(name=layer.name, data=data, separator=NESTED, prefix=layer.prefix, upper=layer.upper)


def _put(data: dict[str, Any], place: tuple[str, ...], value: str) -> str:
    """Put `value` into `data` at `place`, whose sections are made. Returns what is wrong, if anything: `place` may lie
    in what has a value already."""
    inner: Any = data
    for name in place[:-1]:
        inner = inner.setdefault(name, {})
        if not isinstance(inner, dict):
            return "lies in what has a value of its own"
    try:
        inner[place[-1]] = json.loads(value) if _is_json(place) else value
    except (ValueError, RecursionError):
        return "must be JSON"
    return ""


def _is_json(place: tuple[str, ...]) -> bool:
    """Whether `place` is a table whose keys the operator chooses (the alliances), or one of its keys."""
    return any(_is_table(whole) for whole in (place, place[:-1]) if whole)


def _is_table(place: tuple[str, ...]) -> bool:
    section = MODELS.get(place[:-1])
    field = section.model_fields.get(place[-1]) if section else None
    return field is not None and get_origin(field.annotation) is dict


def _problem_of_name(place: tuple[str, ...]) -> str:
    if place[0] not in Config.model_fields:
        return f"unknown key{nearest(place[0], Config.model_fields)}"
    return "is a section, not a value" if place in MODELS else ""


def _unknown_feeds(feeds: Any, layers: tuple[Layer, ...]) -> list[str]:
    """Feeds that nobody knows, among the sections and in `enable`."""
    if not isinstance(feeds, dict):
        return []
    enable = listed(feeds.get("enable", []))
    named = [(("feeds", "enable"), feed) for feed in enable if feed != "all"] if isinstance(enable, list) else []
    sections = [(("feeds", feed), feed) for feed in feeds if feed != "enable"]
    return [
        f"{_origin(place, layers).spelled(place)}: unknown feed {feed}{nearest(str(feed), partitions_by_feed())}"
        for place, feed in named + sections
        if feed not in partitions_by_feed()
    ]


def _origin(place: Place, layers: tuple[Layer, ...]) -> Layer:
    return next(layer for layer in layers if layer.has(place))
