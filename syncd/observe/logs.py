"""The log: sentences on a terminal, elsewhere one JSON object a line; on stderr, in UTC.

Moments come through structlog, warnings of libraries through stdlib logging; both pass the same processors. These are
the last guard behind messages that are clean already: they cut off the query of an address, which may hold a signature
or a token, and make control characters visible, with which a document could forge lines or steer a terminal.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import Processor

Form = Literal["auto", "json", "console"]
Level = Literal["debug", "info", "warning", "error"]

# These write addresses at INFO and below.
_TALKATIVE = ("httpx", "httpcore", "hpack", "aiohttp", "aiokafka", "asyncio")

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,30}://[^\s'\"<>]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FIRST = ("timestamp", "level", "event", "message")


class _Handler(logging.StreamHandler[TextIO]):
    """Where the libraries' own records go: known by its type, so that a second set-up replaces the first."""


def configure(form: Form = "auto", level: Level = "info", stream: TextIO | None = None) -> None:
    """Set up structlog and stdlib logging for this process, on stderr unless a `stream` is given.

    `auto`: console on a terminal, else JSON lines. It may be called again; the last call counts.
    """
    target = stream if stream is not None else sys.stderr
    console = form == "console" or (form == "auto" and target.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    ending = _console(target.isatty()) if console else _json_lines()
    structlog.configure(
        processors=[*_SHARED, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    _route_stdlib(target, max(number, logging.WARNING), ending)


def _route_stdlib(target: TextIO, level: int, ending: Sequence[Processor]) -> None:
    handler = _Handler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    for known in [known for known in root.handlers if isinstance(known, _Handler)]:
        root.removeHandler(known)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def clean(text: str) -> str:
    """Return `text` on one line, with control characters made visible and addresses without user, query and
    fragment."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", _ADDRESS.sub(_bare_address, text))


def _bare_address(found: re.Match[str]) -> str:
    scheme, _, rest = found[0].partition("://")
    bare, mark, _ = rest.partition("?")
    place, slash, path = bare.partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path.partition('#')[0]}" + ("?…" if mark else "")


def _cleaned(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _clean_lines(value) if name == "exception" else _clean_value(value) for name, value in line.items()}


def _clean_lines(traceback: str) -> str:
    return "\n".join(clean(line) for line in traceback.split("\n"))


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [_clean_value(item) for item in value]
    return value


def _ordered(_: Any, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    first = {name: line[name] for name in _FIRST if name in line}
    return first | {name: value for name, value in line.items() if name not in first}


def _spoken(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep only the sentence for a person; a line without a sentence keeps its fields."""
    if "message" not in line:
        return line
    kept = {name: line[name] for name in ("timestamp", "level", "exception") if name in line}
    return kept | {"event": line["message"]}


def _json(line: Any, **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()


def _console(colours: bool) -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=colours, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
    return [_spoken, renderer]


def _json_lines() -> list[Processor]:
    return [_ordered, structlog.processors.JSONRenderer(serializer=_json)]


_SHARED: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _cleaned,
]
