"""Small invented records and events in the wire form: the files of `schemas/examples`, for authors of consumers.

The target, the ship, the documents and the numbers do not exist. Digests and ids are the real ones of these records.
"""

import base64
import hashlib
from typing import Any, Final

import msgspec

from syncd.core import canonical, events
from syncd.core.coordination.target import (
    Announcement,
    Coordination,
    CoordinationEvent,
    CoordinationType,
    Deadline,
    LinkEvidence,
    Member,
    Participation,
    Period,
    Target,
    authority,
    coordination_cloud_event,
    feed_of,
    target_id,
)
from syncd.core.diff import field_changes
from syncd.core.events import (
    Change,
    ChangeType,
    Evidence,
    Publication,
    Signal,
    Times,
    change_id,
    cloud_event,
)
from syncd.core.ids import content_id
from syncd.core.model import (
    Address,
    Identifier,
    Listing,
    Name,
    NamePart,
    Part,
    PartialDate,
    Place,
    Record,
    Relation,
    Vessel,
)
from syncd.core.state import Stored
from syncd.schemas.notice_examples import invented_notices

__all__ = ["INSTALLATION", "all_examples"]

INSTALLATION: Final = "example"
_FEED: Final = "us_ofac_sdn"
_PUBLISHED: Final = "2031-04-02"
_OBSERVED: Final = "2031-04-02T15:04:31Z"
_COMMITTED: Final = "2031-04-02T15:04:36Z"

_PERSON: Final = Record(
    key=f"{_FEED}:900001",
    feed=_FEED,
    kind="person",
    names=(
        Name(
            full="DOE, Ivan Invented",
            kind="primary",
            parts=(NamePart(kind="family", value="DOE"), NamePart(kind="given", value="Ivan Invented")),
            script="Latn",
        ),
        Name(full="ДОУ, Иван", kind="alias", strength="weak", script="Cyrl"),
    ),
    birth_dates=(PartialDate(date="1970"), PartialDate(start="1971-02", end="1971-04", circa=True)),
    birth_places=(Place(city="Exampleville", country="RU"),),
    nationalities=("RU",),
    genders=("male",),
    addresses=(Address(lines=("1 Invented Street",), city="Exampleville", country="RU"),),
    identifiers=(Identifier(type="passport", value="X0000001", label="Passport", country="RU"),),
    listings=(Listing(list="SDN List", programmes=("INVENTED-EO1",), measures=("Block",), listed_on=_PUBLISHED),),
    relations=(Relation(type="owner or controller of", key=f"{_FEED}:900002"),),
)

_AMENDED: Final = msgspec.structs.replace(
    _PERSON,
    birth_dates=(PartialDate(date="1970-03-12"),),
    identifiers=(*_PERSON.identifiers, Identifier(type="tax", value="0000000002", label="Tax ID No.")),
)

_SHIP: Final = Record(
    key=f"{_FEED}:900002",
    feed=_FEED,
    kind="vessel",
    names=(Name(full="INVENTED STAR", kind="primary"), Name(full="OLD INVENTED STAR", kind="former")),
    identifiers=(Identifier(type="imo", value="0000000", label="Vessel Registration Identification"),),
    listings=(Listing(list="SDN List", programmes=("INVENTED-EO1",), listed_on=_PUBLISHED),),
    vessel=Vessel(types=("Crude Oil Tanker",), flags=("PA",), built=(PartialDate(date="1999"),)),
    other=(Part(name="Hull colour", value="dark green"),),
    completeness="partial",
)


def all_examples() -> dict[str, tuple[str, Any]]:
    """Return the examples: name → (name of its schema, the value as it is published)."""
    designated = _change("designated", 41, None, _PERSON)
    amended = _change("amended", 42, _PERSON, _AMENDED)
    delisted = _change("delisted", 43, _AMENDED, None)
    made: dict[str, tuple[str, Any]] = {
        "record-person": ("record", _PERSON),
        "record-vessel-partial": ("record", _SHIP),
        "change-baselined": ("change", msgspec.structs.replace(_change("baselined", 1, None, _SHIP), key=_SHIP.key)),
        "change-designated": ("change", designated),
        "change-backdated": ("change", _backdated(designated)),
        "change-amended": ("change", amended),
        "change-delisted": ("change", delisted),
        "change-relisted": ("change", msgspec.structs.replace(_change("relisted", 44, None, _AMENDED), earlier=43)),
        "change-rekeyed": ("change", _rekeyed()),
        "event-amended": ("event", cloud_event(amended, INSTALLATION)),
        "coordination-started": ("coordination", _started()),
        **{f"coordination-{event.type.partition('.')[2]}": ("coordination", event) for event in _said()},
        "coordination-gap": ("coordination", _gap()),
        "coordination-event-started": ("coordination-event", coordination_cloud_event(_started(), INSTALLATION)),
        **{name: ("notice", event) for name, event in invented_notices().items()},
        "target": ("target", _target()),
        "publication-commit": ("publication", _publication(designated)),
        "publication-decision": ("publication", _decision()),
        "heartbeat": ("heartbeat", _heartbeat()),
        "signal-release": ("signal", _signal()),
        "stored-record": ("stored-record", _stored()),
        "listed-record": ("listed-record", _listed()),
    }
    return {name: (of, msgspec.json.decode(msgspec.json.encode(value))) for name, (of, value) in made.items()}


def _change(kind: ChangeType, sequence: int, before: Record | None, after: Record | None) -> Change:
    return Change(
        feed=_FEED,
        key=_PERSON.key,
        type=kind,
        sequence=sequence,
        commit=sequence - 34,
        index=0,
        count=1,
        cause="publication",
        origin="source",
        material=True,
        times=Times(observed=_OBSERVED, listed=_PUBLISHED, published=_PUBLISHED),
        evidence=Evidence(document=_document(sequence), source="advanced_zip", published=_PUBLISHED),
        committed_at=_COMMITTED,
        digest_before=canonical.digest(before) if before else None,
        digest_after=canonical.digest(after) if after else None,
        before=_raw(before),
        after=_raw(after),
        changes=field_changes(before, after) if before and after else (),
        basis=None if after else "absent",
    )


def _backdated(designated: Change) -> Change:
    """Listed again under a date of years ago, which earlier documents do not bear out."""
    times = msgspec.structs.replace(designated.times, listed="2024-11-05", backdated=True)
    return msgspec.structs.replace(designated, times=times)


def _rekeyed() -> Change:
    """The same target under a new key, with another position."""
    renamed = msgspec.structs.replace(_AMENDED, key=f"{_FEED}:900101", positions=("Invented envoy",))
    change = _change("rekeyed", 45, _AMENDED, renamed)
    return msgspec.structs.replace(change, key=renamed.key, previous_key=_AMENDED.key, material=False, basis="rekeyed")


def _raw(record: Record | None) -> msgspec.Raw | None:
    return msgspec.Raw(msgspec.json.encode(record)) if record else None


def _document(number: int) -> str:
    return hashlib.sha256(f"invented document {number}".encode()).hexdigest()


def _in_force() -> tuple[str, int]:
    """Return the digest and the number of records of the list that the examples are about."""
    records = (_PERSON, _SHIP)
    return canonical.list_digest({record.key: canonical.digest(record) for record in records}), len(records)


def _participations() -> tuple[Participation, ...]:
    us, uk = _members()
    return tuple(
        Participation(
            authority=authority(feed_of(record.key)),
            key=record.key,
            listed_on=record.periods[0].listed_on,
            committed_at=record.periods[0].since,
            sequence=record.sequence,
            programmes=record.profile.listings[0].programmes,
        )
        for record in (us, uk)
    )


def _members() -> tuple[Member, Member]:
    """The invented person on two lists, designated a day apart."""
    british = msgspec.structs.replace(
        _PERSON,
        key="uk_sl:INV0001",
        feed="uk_sl",
        listings=(Listing(list="UK sanctions list", programmes=("INVENTED",), listed_on="2031-04-03"),),
    )
    seen = (("2031-04-02", _COMMITTED, 41, _PERSON), ("2031-04-03", "2031-04-03T10:20:07Z", 12, british))
    us, uk = (
        Member(
            key=record.key,
            status="listed",
            sequence=sequence,
            senior=listed_on,
            profile=record,
            periods=(Period(since=since, sequence=sequence, live=True, listed_on=listed_on),),
        )
        for listed_on, since, sequence, record in seen
    )
    return us, uk


_TARGET: Final = target_id(_PERSON.key)
_COORDINATION: Final = content_id("coordination", _TARGET, _PUBLISHED)


def _started() -> CoordinationEvent:
    return CoordinationEvent(
        id=content_id("coordination.started", _COORDINATION),
        type="coordination.started",
        target=_TARGET,
        sequence=3,
        commit=2,
        committed_at="2031-04-03T10:20:07Z",
        explanation=(
            "The United States and the United Kingdom designated “DOE, Ivan Invented” within 7 days of each other: "
            f"the United States on 2031-04-02 ({_PERSON.key}) and the United Kingdom on 2031-04-03 (uk_sl:INV0001)."
        ),
        coordination=_COORDINATION,
        participations=_participations(),
        links=(
            LinkEvidence(
                a=_PERSON.key, b="uk_sl:INV0001", score=0.99, reasons=("the same passport", "names agree: doe, ivan")
            ),
        ),
        members=tuple(member.key for member in _members()),
        cause=(change_id(_change("designated", 41, None, _PERSON)),),
    )


def _said() -> list[CoordinationEvent]:
    """One of each other type, in the order in which they could have come."""
    us, uk = (member.key for member in _members())
    both = _participations()
    told: list[tuple[CoordinationType, str, dict[str, Any]]] = [
        (
            "target.linked",
            f"{uk} and {us} are taken for one target, “DOE, Ivan Invented”: the same passport.",
            {"links": _started().links},
        ),
        (
            "coordination.joined",
            f"The United Kingdom designated “DOE, Ivan Invented” on 2031-04-03 ({uk}) together with the United States.",
            {"coordination": _COORDINATION, "authority": "uk", "participations": both},
        ),
        (
            "coordination.completed",
            "With Japan, all of the G7 now list “DOE, Ivan Invented”.",
            {"coordination": _COORDINATION, "authority": "jp", "alliance": "g7", "participations": both},
        ),
        (
            "target.asymmetry",
            f"The United States now states of “DOE, Ivan Invented” ({us}) what the United Kingdom ({uk}) does not: "
            "identifiers: tax 0000000002.",
            {"authority": "us", "facts": ("identifiers: tax 0000000002",)},
        ),
        (
            "coordination.diverged",
            f"The United States no longer lists “DOE, Ivan Invented” ({us}); the United Kingdom keeps it listed.",
            {"authority": "us"},
        ),
        (
            "target.split",
            f"{uk} is no longer taken for one target with {us} (“DOE, Ivan Invented”): a person forbade the link.",
            {"formerly": ()},
        ),
    ]
    return [
        CoordinationEvent(
            id=content_id(kind, _TARGET),
            type=kind,
            target=_TARGET,
            sequence=10 + place,
            commit=6 + place,
            committed_at="2031-04-20T08:00:00Z",
            explanation=explanation,
            members=(us, uk),
            **more,
        )
        for place, (kind, explanation, more) in enumerate(told)
    ]


def _gap() -> CoordinationEvent:
    deadline = "2031-04-12T00:00:00Z"
    return CoordinationEvent(
        id=content_id("coordination.gap", _COORDINATION, "g7", "eu", deadline),
        type="coordination.gap",
        target=_TARGET,
        sequence=9,
        commit=5,
        committed_at="2031-04-12T00:00:02Z",
        explanation=(
            "The European Union had not listed “DOE, Ivan Invented” by 2031-04-12 00:00 UTC, although it has a regime "
            "of its own and others of the G7 designated it."
        ),
        coordination=_COORDINATION,
        authority="eu",
        alliance="g7",
        deadline=deadline,
        participations=_participations(),
        missing=("eu",),
        members=tuple(member.key for member in _members()),
    )


def _target() -> Target:
    return Target(
        id=_TARGET,
        founder=_PERSON.key,
        members=_members(),
        coordinations=(Coordination(id=_COORDINATION, participations=_participations()),),
        announced=(Announcement(id=_started().id, type="coordination.started", at="2031-04-03T10:20:07Z"),),
        deadlines=(Deadline(at="2031-04-12T00:00:00Z", alliance="g7", authority="eu", coordination=_COORDINATION),),
        told={_TARGET: "2031-04-03T10:20:07Z"},
    )


def _publication(change: Change) -> Publication:
    digest, records = _in_force()
    return Publication(
        feed=_FEED,
        kind="commit",
        at=_COMMITTED,
        commit=change.commit,
        cause="publication",
        document=change.evidence.document,
        source=change.evidence.source,
        archived="stored",
        published=_PUBLISHED,
        observed=_OBSERVED,
        document_digest=digest,
        document_records=records,
        ledger_digest=digest,
        ledger_records=records,
        first_sequence=change.sequence,
        last_sequence=change.sequence,
        changes={change.type: 1},
        partial=(_SHIP.key,),
        parser_version=1,
    )


def _decision() -> Publication:
    return Publication(
        feed=_FEED,
        kind="decision",
        at=_COMMITTED,
        commit=7,
        signal=_signal().id,
        outcome="refused",
        why="the hold has other keys now",
        asserted_by="an operator",
    )


def _heartbeat() -> events.Heartbeat:
    digest, records = _in_force()
    return events.Heartbeat(
        feed=_FEED,
        status="ok",
        checked_at="2031-04-02T15:05:36Z",
        changed_at=_COMMITTED,
        commit=7,
        sequence=41,
        ledger_digest=digest,
        ledger_records=records,
    )


def _stored() -> dict[str, Any]:
    """As a message of `records` holds it."""
    return {
        "status": "listed",
        "digest": canonical.digest(_AMENDED),
        "fingerprint": base64.b64encode(hashlib.sha256(b"an invented entry").digest()[:16]).decode(),
        "vocabulary": "advanced",
        "sequence": 42,
        "since": "2031-03-30T09:12:05Z",
        "record": _AMENDED,
    }


def _listed() -> Any:
    """As a message of `listed` holds it."""
    # Only here: Kafka's side takes a tenth of a second to import.
    from syncd.core.codec import pack_record, unpack_json  # noqa: PLC0415
    from syncd.ledger.kafka.upserts import upsert_message  # noqa: PLC0415

    stored = Stored(
        status="listed",
        digest=canonical.digest(_AMENDED),
        fingerprint=b"",
        vocabulary="advanced",
        sequence=42,
        body=pack_record(_AMENDED),
        since="2031-03-30T09:12:05Z",
    )
    return msgspec.Raw(upsert_message(_AMENDED.key, stored, 8, unpack_json).value or b"null")


def _signal() -> Signal:
    return Signal(
        id="b7f0c2f4-0000-4000-8000-000000000001",
        feed=_FEED,
        kind="release",
        asserted_by="an operator",
        expires="2031-04-02T16:00:00Z",
        subject="k3zq4vtyw2m6",
        why="confirmed on the authority's own page",
        position=12,
    )
