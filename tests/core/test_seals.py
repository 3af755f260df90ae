"""The seals of what the coordinator says and keeps."""

import msgspec
from msgspec.structs import replace

from syncd.core import codec, seals
from syncd.core.coordination.target import CoordinationEvent, Member, Target
from syncd.core.coordination.target_store import TargetStore
from tests.core.lists import record

EVENT = CoordinationEvent(
    id="a",
    type="target.linked",
    target="t",
    sequence=1,
    commit=1,
    committed_at="2025-03-01T00:00:00Z",
    explanation="x",
    facts=("one", "two"),
)
NEXT = replace(EVENT, id="b", sequence=2)


def target(name: str, key: int = 1) -> Target:
    member = Member(key=f"un_sc:{key}", status="listed", sequence=1, senior="2025-03-01", profile=record(key))
    return Target(id=name, founder=member.key, members=(member,))


def test_events_are_sealed_in_their_order_however_they_are_cut() -> None:
    assert seals.of_events([EVENT, NEXT]) == seals.of_events([NEXT], seals.of_events([EVENT]))
    assert seals.of_events([EVENT, NEXT]) != seals.of_events([NEXT, EVENT])
    assert seals.of_events([], "before") == "before"


def test_an_event_that_is_too_large_is_sealed_without_what_it_may_lose() -> None:
    large = replace(EVENT, facts=("x" * seals.EVENT_BYTES_MAX,))
    assert seals.of_events([large]) == seals.of_events([replace(large, facts=(), elided=("facts",))])
    assert seals.of_events([large]) != seals.of_events([replace(large, explanation="y")])


def test_the_seal_of_targets_goes_with_what_is_written() -> None:
    rows = {name: codec.pack_json(msgspec.json.encode(target(name))) for name in ("a", "b", "c")}
    targets = TargetStore(rows)
    list(targets.read())
    _ = targets["b"]
    targets.drop("b")
    targets.put(target("a", 2))
    targets.put(target("d", 3))
    targets.written()
    assert sorted(targets.rows) == ["a", "c", "d"]
    assert (
        targets.seal
        == TargetStore(targets.rows).seal
        == seals.of_targets(map(codec.unpack_json, targets.rows.values()))
    )
    assert targets.seal != TargetStore(rows).seal


def test_the_seal_is_of_the_content_and_not_of_the_order_of_names() -> None:
    plain = msgspec.to_builtins(target("a"))
    turned = dict(reversed(list(plain.items())))
    assert seals.of_targets([msgspec.json.encode(plain)]) == seals.of_targets([msgspec.json.encode(turned)])
