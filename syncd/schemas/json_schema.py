"""JSON Schema (draft 2020-12) of everything that syncd publishes, made from the types that encode it.

Consumers must ignore fields that they do not know: a new optional field is no new version, so every object has
`additionalProperties: true`. A field that goes, or changes its meaning, makes a `v2`. The wire form leaves out fields
that have their default, so only fields without one are required.

Lists of words are open: within v1 they may grow. They stand under `x-extensible-enum`, which validators ignore, and a
consumer takes a word that it does not know for `other`. Only the lists in `_CLOSED` are enums.

`$id` is a URN: a name, and no address from which the schema could be fetched.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

import msgspec

from syncd.core.coordination.target import CoordinationEvent, CoordinationType, Target
from syncd.core.events import Change, ChangeType, Heartbeat, Publication, Signal
from syncd.core.model import Record
from syncd.core.notices.notice import NoticeEvent

__all__ = ["DIALECT", "OPEN_WORDS", "SCHEMAS", "schema_named"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# The keyword under which the known words of an open list stand.
OPEN_WORDS: Final = "x-extensible-enum"

_UNKNOWN_FIELDS: Final = "Consumers must ignore fields that they do not know, and take unknown words for `other`."
_DIGEST: Final = "^([0-9a-f]{64})?$"
_EVENT_ID: Final = "^[a-z2-7]{26}$"
_PARTIAL: Final = r"^\d{4}(-\d{2}(-\d{2})?)?$"

# Without which nothing else of a message can be understood: (type, field).
_CLOSED: Final = frozenset({("FieldChange", "op"), ("PartialDate", "calendar")})

# What the types cannot say: (type, field) → pattern of its text.
_PATTERNS: Final[dict[tuple[str, str], str]] = {
    ("Change", "digest_before"): _DIGEST,
    ("Change", "digest_after"): _DIGEST,
    ("CoordinationEvent", "id"): _EVENT_ID,
    ("CoordinationEvent", "target"): _EVENT_ID,
    ("Evidence", "document"): _DIGEST,
    ("Heartbeat", "ledger_digest"): _DIGEST,
    ("ListedRecord", "digest"): _DIGEST,
    ("ListedRecord", "key"): "^[a-z0-9_]+:.",
    ("PartialDate", "date"): _PARTIAL,
    ("PartialDate", "start"): _PARTIAL,
    ("PartialDate", "end"): _PARTIAL,
    ("Publication", "document"): _DIGEST,
    ("Publication", "document_digest"): _DIGEST,
    ("Publication", "ledger_digest"): _DIGEST,
    ("Record", "key"): "^[a-z0-9_]+:.",
    ("StoredRecord", "digest"): _DIGEST,
    ("Target", "id"): _EVENT_ID,
}


def schema_named(name: str) -> dict[str, Any]:
    """Return the schema called `name` (`record`, `change` …). Raises KeyError for one that does not exist."""
    return SCHEMAS[name](name)


def _of_struct(kind: type[msgspec.Struct]) -> Callable[[str], dict[str, Any]]:
    def build(name: str) -> dict[str, Any]:
        components = _components(kind)
        root = components.pop(kind.__name__)
        return _whole(name, root, components)

    return build


_LEDGER = "Which ledger the sequence is of, and which of its generations: another after a restore from a backup."


def _event_of(kind: type[msgspec.Struct], types: Iterable[str], subject: str) -> Callable[[str], dict[str, Any]]:
    """Return a maker of the CloudEvents 1.0 envelope around `kind`, as `syncd tail` writes it."""

    def build(name: str) -> dict[str, Any]:
        text = {"type": "string", "minLength": 1}
        properties = {
            "specversion": {"const": "1.0"},
            "id": {**text, "pattern": _EVENT_ID, "description": "Content of the event, hashed: equal for a retry."},
            "source": {**text, "pattern": "^/syncd/[^/]+/[^/]+$", "description": "/syncd/<installation>/<feed>"},
            "type": {
                "type": "string",
                "pattern": r"^syncd\.[a-z_.]+\.v1$",
                OPEN_WORDS: [f"syncd.{kind}.v1" for kind in types],
            },
            "subject": {**text, "description": subject},
            "time": {"type": "string", "format": "date-time", "description": "When it was committed."},
            "datacontenttype": {"const": "application/json"},
            "data": {"$ref": f"#/$defs/{kind.__name__}"},
        }
        root = {
            "title": "".join(part.capitalize() for part in name.split("-")),
            "description": "A CloudEvents 1.0 event in JSON form.",
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": True,
        }
        root["properties"] = properties | {"ledger": {**text, "description": _LEDGER}}
        return _whole(name, root, _components(kind))

    return build


def _stored_record(name: str) -> dict[str, Any]:
    """The value of a message of `records`; the record itself stands in it as raw JSON."""
    # Only here: Kafka's side takes a tenth of a second to import.
    from syncd.ledger.kafka.wire import StoredRecord  # noqa: PLC0415

    components = _components(StoredRecord) | _components(Record)
    root = components.pop("StoredRecord")
    root["properties"]["record"] = {"anyOf": [{"$ref": "#/$defs/Record"}, {"type": "null"}]}
    return _whole(name, root, components)


def _listed_record(name: str) -> dict[str, Any]:
    """The value of a message of `listed`."""
    from syncd.ledger.kafka.upserts import ListedRecord  # noqa: PLC0415

    return _of_struct(ListedRecord)(name)


def _components(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the schemas of `kind` and of all types in it, by name; those of records too where it carries them as raw
    JSON."""
    kinds = [kind, Record] if kind is Change else [kind]
    _, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    for name, component in components.items():
        _finish(name, component)
    if kind is Change:
        for version in ("before", "after"):
            components["Change"]["properties"][version]["anyOf"][0] = {"$ref": "#/$defs/Record"}
    return components


def _finish(name: str, component: dict[str, Any]) -> None:
    component["additionalProperties"] = True
    if "description" in component:
        component["description"] = " ".join(inspect.cleandoc(component["description"]).split())
    for field, rules in component["properties"].items():
        if (name, field) not in _CLOSED:
            _open(rules)
        pattern = _PATTERNS.get((name, field))
        if pattern is not None:
            _text_rule(rules)["pattern"] = pattern


def _open(rules: dict[str, Any]) -> None:
    """Let the lists of words within a field's rules grow."""
    if "enum" in rules:
        words = rules.pop("enum")
        rules["type"] = "string"
        rules[OPEN_WORDS] = [word for word in words if word is not None]
    for inner in (*rules.get("anyOf", ()), *filter(None, [rules.get("items"), rules.get("additionalProperties")])):
        if isinstance(inner, dict):
            _open(inner)


def _text_rule(rules: dict[str, Any]) -> dict[str, Any]:
    """Return the rules of a field's text, also when the field may be null."""
    found: dict[str, Any] = next(rule for rule in rules.get("anyOf", [rules]) if rule.get("type") == "string")
    return found


def _whole(name: str, root: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    head = {"$schema": DIALECT, "$id": f"urn:syncd:schema:{name}:v1"}
    description = " ".join(filter(None, (root.get("description"), _UNKNOWN_FIELDS)))
    whole = head | root | {"description": description}
    return whole | {"$defs": dict(sorted(components.items()))} if components else whole


SCHEMAS: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "change": _of_struct(Change),
    "coordination": _of_struct(CoordinationEvent),
    "coordination-event": _event_of(CoordinationEvent, get_args(CoordinationType), "The target."),
    "event": _event_of(Change, get_args(ChangeType), "The key of the record."),
    "heartbeat": _of_struct(Heartbeat),
    "listed-record": _listed_record,
    "notice": _of_struct(NoticeEvent),
    "publication": _of_struct(Publication),
    "record": _of_struct(Record),
    "signal": _of_struct(Signal),
    "stored-record": _stored_record,
    "target": _of_struct(Target),
}
