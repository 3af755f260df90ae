"""The answers of `/api` as data: the routes are made of it, and so is the OpenAPI document that describes them.

The schemas are those of the types that encode the answers, and for changes those of `schemas/`.
"""

import inspect
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from syncd import __version__, schemas
from syncd.core.coordination.target import CoordinationEvent, Target
from syncd.core.events import Heartbeat, Publication
from syncd.core.notices.notice import Notice
from syncd.feeds import partitions_by_feed
from syncd.observe.status import FeedStatus
from syncd.web.announced import NoticeRow
from syncd.web.lines import ChangeLine, HoldCard
from syncd.web.stream import LISTENERS_MAX, Missed

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 500
_REF: Final = "#/components/schemas/"


class Problem(Struct, frozen=True, kw_only=True):
    """Why a question was not answered (RFC 9457)."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"


class Overview(Struct, frozen=True, kw_only=True):
    """This replica and every feed. `standby`: another replica is active. `ledger_age_seconds`: how long ago the ledger
    was last read. `coordination` is the coordinator's last heartbeat: its records are targets."""

    version: str
    installation: str
    standby: bool
    ledger_age_seconds: float
    feeds: list[FeedStatus]
    coordination: Heartbeat | None = None


class Feeds(Struct, frozen=True, kw_only=True):
    """Every feed as it stands."""

    feeds: list[FeedStatus]


class Publications(Struct, frozen=True, kw_only=True):
    """Rows of one feed, the latest first: commits, holds, attestations, decisions."""

    feed: str
    publications: list[Publication]


class Changes(Struct, frozen=True, kw_only=True):
    """Changes of one feed in the order of their sequence, as CloudEvents. `next` is the `after` of the page that
    follows, null when there is none yet; what is committed later has a higher sequence."""

    feed: str
    changes: list[Any]
    next: int | None


class CoordinationEvents(Struct, frozen=True, kw_only=True):
    """Coordination events in the order of their sequence. `next` as for changes."""

    events: list[CoordinationEvent]
    next: int | None


class Targets(Struct, frozen=True, kw_only=True):
    """Targets in the order of their ids. `next` is the `after` of the page that follows."""

    targets: list[Target]
    next: str | None


class Held(Struct, frozen=True, kw_only=True):
    """What waits for a person. Deciding is by the commands alone."""

    holds: list[HoldCard]


class Notices(Struct, frozen=True, kw_only=True):
    """What authorities announced. `awaited`: what is in law and that no list shows yet; `notices`: the latest, whatever
    became of them. Names in them are evidence for people: nobody is screened by a notice."""

    awaited: list[NoticeRow]
    notices: list[Notice]


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter of a query. `kind` decides how its text is checked."""

    name: str
    kind: Literal["feed", "number", "limit", "text"]
    says: str
    required: bool = False


class Endpoint(Struct, frozen=True, kw_only=True):
    """One path under `/api`. `answer` is the type of its JSON answer; None for a stream or a document. `absent`: it may
    answer 404."""

    name: str
    path: str
    says: str
    answer: type[Struct] | None = None
    parameters: tuple[Parameter, ...] = ()
    absent: bool = False
    asks_ledger: bool = False


_FEED: Final = Parameter(name="feed", kind="feed", says="A feed, such as `eu_fsf`.", required=True)
_AFTER: Final = Parameter(name="after", kind="number", says="Only what has a higher sequence.")
_LIMIT: Final = Parameter(
    name="limit", kind="limit", says=f"At most so many, 1 to {LIMIT_MAX}; {LIMIT_DEFAULT} by default."
)
_AFTER_ID: Final = Parameter(name="after", kind="text", says="Only what has a greater id.")

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint(name="status", path="/api/status", says="This replica, and every feed as it stands.", answer=Overview),
    Endpoint(name="feeds", path="/api/feeds", says="Every feed as it stands.", answer=Feeds),
    Endpoint(
        name="publications",
        path="/api/publications",
        says="The last rows of a feed: which document was taken when, and what was decided.",
        answer=Publications,
        parameters=(_FEED, _LIMIT),
        absent=True,
    ),
    Endpoint(
        name="changes",
        path="/api/changes",
        says="Committed changes of a feed, as `syncd tail` prints them.",
        answer=Changes,
        parameters=(_FEED, _AFTER, _LIMIT),
        absent=True,
        asks_ledger=True,
    ),
    Endpoint(
        name="coordination",
        path="/api/coordination",
        says="What was said of several lists together: who acted on a target, who followed, who is missing.",
        answer=CoordinationEvents,
        parameters=(_AFTER, _LIMIT),
        absent=True,
        asks_ledger=True,
    ),
    Endpoint(
        name="targets",
        path="/api/targets",
        says="Targets: the parties behind records of several lists, with the records that are taken for them.",
        answer=Targets,
        parameters=(_AFTER_ID, _LIMIT),
        asks_ledger=True,
    ),
    Endpoint(name="held", path="/api/held", says="What waits for a person, and what is in it.", answer=Held),
    Endpoint(
        name="notices",
        path="/api/notices",
        says="What authorities announced, and what of it no list shows yet.",
        answer=Notices,
        parameters=(_LIMIT,),
    ),
    Endpoint(
        name="events",
        path="/api/events",
        says="Server-sent events of what is committed from now on, or since `Last-Event-ID`. `change` carries a "
        "ChangeLine, `coordination` a CoordinationEvent, `status` the feed whose status differs, `missed` what is too "
        "long ago to be kept here: all there was, where `Last-Event-ID` is no id of an event. "
        f"At most {LISTENERS_MAX} at a time; who is too slow is dropped and may come back.",
        parameters=(
            Parameter(name="feed", kind="text", says="Only of these feeds, parted by commas; `coordinator` is one."),
            Parameter(name="type", kind="text", says="Only of these types, parted by commas: `designated,delisted`."),
            Parameter(name="material", kind="text", says="`true`: only changes that can alter a screening result."),
        ),
    ),
    Endpoint(name="openapi", path="/api/openapi.json", says="This document."),
)


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the port's `/api`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "syncd",
            "version": __version__,
            "description": "What syncd knows of sanctions lists, for reading. Nothing here changes anything. Clients "
            "must ignore fields that they do not know.",
        },
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {
            "schemas": dict(sorted(_schemas().items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": {"description": endpoint.says, "content": _content(endpoint)}}
    problems = {"401": "A token is needed."}
    if endpoint.parameters:
        problems["400"] = "A parameter is wrong."
    if endpoint.absent:
        problems["404"] = "There is no such thing."
    if endpoint.asks_ledger or endpoint.name == "events":
        problems["503"] = "Not now: the ledger cannot be read, or too many ask."
    for status, says in problems.items():
        content = {"application/problem+json": {"schema": {"$ref": f"{_REF}Problem"}}} if status != "401" else None
        answers[status] = {"description": says} | ({"content": content} if content else {})
    return {
        "operationId": endpoint.name,
        "summary": endpoint.says,
        "parameters": [_parameter(parameter) for parameter in endpoint.parameters],
        "responses": dict(sorted(answers.items())),
    }


def _content(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.name == "events":
        return {"text/event-stream": {"schema": {"type": "string"}}}
    if endpoint.answer is None:
        return {"application/json": {"schema": {"type": "object"}}}
    return {"application/json": {"schema": {"$ref": f"{_REF}{endpoint.answer.__name__}"}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = {
        "feed": {"type": "string", "enum": list(partitions_by_feed())},
        "number": {"type": "integer", "minimum": 0, "default": 0},
        "limit": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        "text": {"type": "string", "maxLength": 200, "default": ""},
    }
    found = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.says,
        "required": parameter.required,
    }
    return found | {"schema": rules[parameter.kind]}


def _schemas() -> dict[str, Any]:
    kinds = [endpoint.answer for endpoint in ENDPOINTS if endpoint.answer is not None]
    _, found = msgspec.json.schema_components(
        [*kinds, Problem, ChangeLine, CoordinationEvent, Missed], ref_template=f"{_REF}{{name}}"
    )
    event = schemas.schema_named("event")
    published: dict[str, Any] = _rooted(event.pop("$defs"))
    event.pop("$schema")
    event.pop("$id")
    components: dict[str, Any] = {**found, **published, "Event": _rooted(event)}
    components["Changes"]["properties"]["changes"]["items"] = {"$ref": f"{_REF}Event"}
    never_null = {kind.__name__ for kind in structs() if kind.__struct_config__.omit_defaults}
    for name, component in components.items():
        if "description" in component:
            component["description"] = " ".join(inspect.cleandoc(component["description"]).split())
        for field, rules in component.get("properties", {}).items():
            if name in never_null and field not in component.get("required", ()):
                _without_null(rules)
            _titled(f"{name}{field.title().replace('_', '')}", rules)
    return components


def structs(of: type[Struct] = Struct) -> Iterator[type[Struct]]:
    """Yield every subtype of `of`, however deep."""
    for kind in of.__subclasses__():
        yield kind
        yield from structs(kind)


def _without_null(rules: dict[str, Any]) -> None:
    """Remove null from the rules of a field that is left out when it has its default."""
    if rules.get("default", "") is None:
        del rules["default"]
    if isinstance(rules.get("enum"), list):
        rules["enum"] = [word for word in rules["enum"] if word is not None]
    choices = [choice for choice in rules.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del rules["anyOf"]
        rules.update(choices[0])
    elif choices:
        rules["anyOf"] = choices


def _titled(title: str, rules: dict[str, Any]) -> None:
    """Give a list of words a title, by which generators of clients name its type."""
    for place in (rules, rules.get("items", {}), *rules.get("anyOf", ())):
        if "enum" in place or schemas.OPEN_WORDS in place:
            place.setdefault("title", title)


def _rooted(value: Any) -> Any:
    """Return the schema with its references turned to this document."""
    if isinstance(value, dict):
        return {name: _rooted(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rooted(part) for part in value]
    return value.replace("#/$defs/", _REF) if isinstance(value, str) and value.startswith("#/$defs/") else value
