"""The answers of `/api` as data: the routes are made of it, and so is the OpenAPI document that describes them.

The schemas are those of the types that encode the answers, and for changes those of `schemas/`.
"""

import inspect
from typing import Any, Final, Literal, get_args

import msgspec
from msgspec import Struct

from syncd import __version__, schemas
from syncd.core.coordination.brief import TargetBrief
from syncd.core.coordination.target import CoordinationEvent, Target
from syncd.core.events import Heartbeat, Publication
from syncd.core.model import Kind
from syncd.core.notices.notice import Notice
from syncd.core.record_history import HistoryEntry, KnownRecord
from syncd.core.search import Hit
from syncd.core.state import Status
from syncd.feeds import partitions_by_feed
from syncd.observe.status import FeedStatus
from syncd.web.announced import NoticeRow
from syncd.web.lines import ChangeLine, HoldCard
from syncd.web.problems import Problem
from syncd.web.schema_parts import REFERENCE, rooted, structs, titled, without_null
from syncd.web.stream import LISTENERS_MAX, Missed

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 500
HITS_DEFAULT: Final = 20
HITS_MAX: Final = 100
_REF: Final = REFERENCE


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
    """Rows of one feed, the latest first: commits, holds, attestations, decisions. `next` is the `before` of the page
    that follows, null when there is none."""

    feed: str
    publications: list[Publication]
    next: str | None


class Decisions(Struct, frozen=True, kw_only=True):
    """What people asked of feeds or of the coordinator, and what came of it: who, when, why, applied or refused; the
    latest first. `next` as for publications."""

    decisions: list[Publication]
    next: str | None


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
    """What authorities announced: `awaited`, in law and on no list yet; `notices`, the latest. Names are evidence."""

    awaited: list[NoticeRow]
    notices: list[Notice]


class RecordLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of a list in short. `name` is the first name as published, `listed_on` the authority's own first date;
    `since` and `until` are the commit times of listing and delisting, `sequence` is that of the change that wrote it,
    `digest` the record's (hex). `successor` is the new key of a re-keyed record."""

    key: str
    feed: str
    status: Status
    since: str
    sequence: int
    digest: str
    name: str = ""
    kind: Kind = "unknown"
    countries: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    listed_on: str | None = None
    until: str | None = None
    successor: str | None = None


class RecordsPage(Struct, frozen=True, kw_only=True):
    """Records in the order of feed and key. `next` is the `after` of the page that follows, null at the end; a page
    may be short, or empty, before that."""

    records: list[RecordLine]
    next: str | None


class RecordAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record as it was known at a time; as it is known now, with its target."""

    record: KnownRecord
    target: TargetBrief | None = None


class HistoryPage(Struct, frozen=True, kw_only=True):
    """Changes of one record, oldest first. `next` is the `after` of the page that follows, null at the end."""

    key: str
    changes: list[HistoryEntry]
    next: int | None


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """The records that answer a question best, the best first. `notice` says what a search is not; `records` is how
    many were looked through; with `more`, others are alike too. `ended` is how many have the key or the number that is
    asked for and are left out, because they are not in force any more: ask with `delisted`."""

    notice: str
    records: int
    more: bool
    hits: list[Hit]
    ended: int


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter, of the query or of the path. `kind` decides how its text is checked; a `choice` is one of
    `words`."""

    name: str
    kind: Literal["feed", "number", "limit", "text", "choice", "flag", "country", "time", "moment", "few"]
    says: str
    required: bool = False
    place: Literal["query", "path"] = "query"
    words: tuple[str, ...] = ()


class Endpoint(Struct, frozen=True, kw_only=True):
    """One path under `/api`. `answer` is the type of its JSON answer; None for a stream or a document, which has one of
    the content types `media`. `absent`: it may answer 404."""

    name: str
    path: str
    says: str
    answer: type[Struct] | None = None
    parameters: tuple[Parameter, ...] = ()
    absent: bool = False
    asks_ledger: bool = False
    media: tuple[str, ...] = ()

    @property
    def route(self) -> str:
        """The path as the server matches it: a key may hold any character."""
        return self.path.replace("{key}", "{key:.+}")


_FEED: Final = Parameter(name="feed", kind="feed", says="A feed, such as `eu_fsf`.", required=True)
_AFTER: Final = Parameter(name="after", kind="number", says="Only what has a higher sequence.")
_BEFORE: Final = Parameter(name="before", kind="text", says="The cursor: `next` of the page before.")
_LIMIT: Final = Parameter(
    name="limit", kind="limit", says=f"At most so many, 1 to {LIMIT_MAX}; {LIMIT_DEFAULT} by default."
)
_AFTER_ID: Final = Parameter(name="after", kind="text", says="Only what has a greater id.")
_KEY: Final = Parameter(
    name="key", kind="text", says="The key of a record, such as `un_sc:QDi.001`.", required=True, place="path"
)
_KIND: Final = Parameter(name="kind", kind="choice", says="Only this kind of target.", words=get_args(Kind))
_COUNTRY: Final = Parameter(
    name="country", kind="country", says="Only what states this country, by its code, such as `RU`."
)
_DELISTED: Final = Parameter(name="delisted", kind="flag", says="Also what is no longer in force.")

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint(name="status", path="/api/status", says="This replica, and every feed as it stands.", answer=Overview),
    Endpoint(name="feeds", path="/api/feeds", says="Every feed as it stands.", answer=Feeds),
    Endpoint(
        name="publications",
        path="/api/publications",
        says="The rows of a feed: which document was taken when, and what was decided.",
        answer=Publications,
        parameters=(_FEED, _BEFORE, _LIMIT),
        absent=True,
        asks_ledger=True,
    ),
    Endpoint(
        name="decisions",
        path="/api/decisions",
        says="What people decided, who and why: releases, rejections, pauses, links.",
        answer=Decisions,
        parameters=(
            Parameter(name="feed", kind="feed", says="Only this feed. Without it, all, and the links."),
            _BEFORE,
            _LIMIT,
        ),
        asks_ledger=True,
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
    # Before the record itself, whose key may hold any character.
    Endpoint(
        name="history",
        path="/api/records/{key}/history",
        says="Every change of a record with the values before and after, its commit, document and decision.",
        answer=HistoryPage,
        parameters=(
            _KEY,
            Parameter(name="after", kind="number", says="Only what follows so many changes of it."),
            _LIMIT,
        ),
        absent=True,
        asks_ledger=True,
    ),
    Endpoint(
        name="record",
        path="/api/records/{key}",
        says="What was known of a record at a time, or is known now, with the document that says so.",
        answer=RecordAnswer,
        parameters=(
            _KEY,
            Parameter(
                name="at",
                kind="moment",
                says="When: `2025-03-20T14:03Z`, UTC without a zone; a day is its end. Else now.",
            ),
        ),
        absent=True,
        asks_ledger=True,
    ),
    Endpoint(
        name="records",
        path="/api/records",
        says="The records of a list, or of all.",
        answer=RecordsPage,
        parameters=(
            Parameter(name="feed", kind="feed", says="Only this feed, such as `eu_fsf`."),
            _KIND,
            Parameter(name="programme", kind="text", says="Only this programme, as the authority writes it."),
            _COUNTRY,
            Parameter(name="since", kind="time", says="Only what changed since then, by commit time."),
            _DELISTED,
            Parameter(name="after", kind="text", says="The cursor: `next` of the page before."),
            _LIMIT,
        ),
        absent=True,
        asks_ledger=True,
    ),
    Endpoint(
        name="search",
        path="/api/search",
        says="Looks records up by a name in any script, order and spelling, or by an identifier. It is no screening.",
        answer=SearchAnswer,
        parameters=(
            Parameter(name="q", kind="text", says="A name, an identifier, or a key.", required=True),
            Parameter(name="birth", kind="text", says="A date of birth: `1960-03-12`, `1960-03` or `1960`."),
            Parameter(name="country", kind="country", says="A country by its code; what states others is left out."),
            _KIND,
            _DELISTED,
            Parameter(name="limit", kind="few", says=f"At most so many, 1 to {HITS_MAX}; {HITS_DEFAULT} by default."),
        ),
        asks_ledger=True,
    ),
    Endpoint(
        name="whole_list",
        path="/api/lists/{name}",
        says="A whole list as it stands. `ETag` is its digest; `Syncd-Commit`, `Syncd-Document` and other headers say "
        "which it is, in NDJSON the first line too.",
        parameters=(
            Parameter(
                name="name",
                kind="text",
                says="A feed, or `all`, and the form: `eu_fsf.ndjson`, `all.csv`, `un_sc.ftm.json` (FollowTheMoney). "
                "For yente: `catalog.json`, `eu_fsf.delta.json`, and the deltas that this names.",
                required=True,
                place="path",
            ),
        ),
        absent=True,
        asks_ledger=True,
        media=("application/x-ndjson", "text/csv", "application/json+ftm", "application/json"),
    ),
    Endpoint(
        name="document",
        path="/api/documents/{sha256}",
        says="A publisher's document out of the archive, byte for byte, as an attachment.",
        parameters=(
            Parameter(
                name="sha256", kind="text", says="Its SHA-256, as events and rows name it.", required=True, place="path"
            ),
        ),
        absent=True,
        asks_ledger=True,
        media=("application/octet-stream",),
    ),
    Endpoint(name="held", path="/api/held", says="What waits for a person, and what is in it.", answer=Held),
    Endpoint(
        name="notices", path="/api/notices", says="What authorities announced.", answer=Notices, parameters=(_LIMIT,)
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
    if endpoint.media:
        return {media: {"schema": {"type": "string", "format": "binary"}} for media in endpoint.media}
    if endpoint.answer is None:
        return {"application/json": {"schema": {"type": "object"}}}
    return {"application/json": {"schema": {"$ref": f"{_REF}{endpoint.answer.__name__}"}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = {
        "feed": {"type": "string", "enum": list(partitions_by_feed()), "title": "Feed"},
        "number": {"type": "integer", "minimum": 0, "default": 0},
        "limit": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        "few": {"type": "integer", "minimum": 1, "maximum": HITS_MAX, "default": HITS_DEFAULT},
        "text": {"type": "string", "maxLength": 250} | ({} if parameter.required else {"default": ""}),
        "choice": {"type": "string", "enum": list(parameter.words), "title": parameter.name.title()},
        "flag": {"type": "boolean", "default": False},
        "country": {"type": "string", "pattern": "^[A-Za-z]{2}$"},
        "time": {"type": "string", "examples": ["2025-03-20T14:03Z"]},
        "moment": {"type": "string", "examples": ["2025-03-20T14:03Z"]},
    }
    found = {
        "name": parameter.name,
        "in": parameter.place,
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
    published: dict[str, Any] = rooted(event.pop("$defs"))
    event.pop("$schema")
    event.pop("$id")
    components: dict[str, Any] = {**found, **published, "Event": rooted(event)}
    components["Changes"]["properties"]["changes"]["items"] = {"$ref": f"{_REF}Event"}
    components["KnownRecord"]["properties"]["record"] = {"$ref": f"{_REF}Record"}
    never_null = {kind.__name__ for kind in structs() if kind.__struct_config__.omit_defaults}
    for name, component in components.items():
        if "description" in component:
            component["description"] = " ".join(inspect.cleandoc(component["description"]).split())
        for field, rules in component.get("properties", {}).items():
            if name in never_null and field not in component.get("required", ()):
                without_null(rules)
            titled(f"{name}{field.title().replace('_', '')}", rules)
    return components
