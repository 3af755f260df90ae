"""A linker that goes on from what another one kept: for any history the same links, and nothing compared twice."""

import hashlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import linking
from syncd.core.linking import Linker, kept, linker, pack_linking, score, unpack_linking
from syncd.core.model import Record
from tests.core.linked import number, person

NAMES = (
    "Zoltan Quandrik Ulmberg",
    "Quandrik Ulmberg",
    "Zoltan Kwandrik Ulmberg",
    "Tilda Ormswick Fane",
    "Tilda Fane",
    "Ormswick Fane Tilda",
)
KEYS = tuple(f"{feed}:{place}" for feed in ("us_ofac_sdn", "uk_sl", "un_sc") for place in range(4))

RECORDS = st.builds(
    lambda key, names, born, passport: person(
        key, *names, born=born, identifiers=number("passport", passport, "RU") if passport else ()
    ),
    st.sampled_from(KEYS),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.sampled_from((None, "1961-05-17", "1961", "1962-01-01")),
    st.sampled_from((None, "7001234567", "7001234568")),
)
PAIRS = st.lists(st.sampled_from(KEYS), min_size=2, max_size=2, unique=True).map(sorted)
STEPS = st.one_of(
    st.tuples(st.just("put"), RECORDS, st.booleans()),
    st.tuples(st.just("drop"), st.sampled_from(KEYS)),
    st.tuples(st.just("decide"), PAIRS, st.sampled_from(("confirmed", "forbidden", None))),
    st.just(("settle",)),
    st.just(("restart",)),
)


def resumed(from_: Linker) -> Linker:
    from_.settle()
    found = unpack_linking(pack_linking(from_.keep()))
    assert found is not None
    return Linker.resumed(found)


def step(on: Linker, what: tuple[object, ...]) -> None:
    match what:
        case ("put", Record() as record, bool(reused)):
            on.put(record, reused=reused)
        case ("drop", str(key)):
            on.drop(key)
        case ("decide", [str(a), str(b)], verdict):
            on.decide(a, b, verdict)  # type: ignore[arg-type]
        case ("settle",):
            on.settle()


@given(st.lists(STEPS, max_size=40))
def test_a_linker_restarted_at_any_point_has_the_links_of_one_that_was_not(steps: list[tuple[object, ...]]) -> None:
    one, other = Linker(), Linker()
    for what in steps:
        step(one, what)
        step(other, what)
        if what == ("restart",):
            other = resumed(other)
    one.settle()
    other.settle()
    assert other.links() == one.links()
    assert [other.explained(link.a, link.b) for link in other.links()] == [
        one.explained(link.a, link.b) for link in one.links()
    ]
    assert sorted(other.record_keys()) == sorted(one.record_keys())
    assert other.verdicts() == one.verdicts()


@given(st.lists(STEPS, max_size=20), st.lists(STEPS, max_size=20))
def test_what_was_kept_earlier_and_changed_since_gives_the_same_links(
    before: list[tuple[object, ...]], since: list[tuple[object, ...]]
) -> None:
    """The links of the resumed linker, told what is there now, are those of a linker made from nothing."""
    live = Linker()
    for what in before:
        step(live, what)
    late = resumed(live)
    stands = _stands([*before, *since])
    fresh = Linker()
    for key in late.record_keys():
        if key not in stands:
            late.drop(key)
    for on in (late, fresh):
        for record, reused in stands.values():
            on.put(record, reused=reused)
    decided = _decided([*before, *since])
    for pair in late.verdicts().keys() | decided.keys():
        late.decide(*pair, decided.get(pair))
    for pair, verdict in decided.items():
        fresh.decide(*pair, verdict)
    late.settle()
    fresh.settle()
    assert late.links() == fresh.links()


def _stands(steps: list[tuple[object, ...]]) -> dict[str, tuple[Record, bool]]:
    found: dict[str, tuple[Record, bool]] = {}
    for what in steps:
        match what:
            case ("put", Record() as record, bool(reused)):
                found[record.key] = (record, reused)
            case ("drop", str(key)):
                found.pop(key, None)
    return found


def _decided(steps: list[tuple[object, ...]]) -> dict[tuple[str, str], linking.Verdict]:
    found: dict[tuple[str, str], linking.Verdict] = {}
    for what in steps:
        match what:
            case ("decide", [str(a), str(b)], None):
                found.pop((a, b), None)
            case ("decide", [str(a), str(b)], verdict):
                found[a, b] = verdict  # type: ignore[assignment]
    return found


def people(count: int) -> list[Record]:
    return [person(f"{feed}:{place}", f"Zoltan Quandrik Ulmberg{'abcdefghij'[place % 10]}", born=f"19{place:02}")
            for place in range(count) for feed in ("us_ofac_sdn", "uk_sl", "un_sc")]  # fmt: skip


def test_what_did_not_change_is_not_compared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []
    judged = score.judged

    def counted(one: linker.Features, other: linker.Features, is_shared: object) -> score.Judged | None:
        compared.append((one.key, other.key))
        return judged(one, other, is_shared)  # type: ignore[arg-type]

    monkeypatch.setattr(score, "judged", counted)
    first = Linker()
    for record in people(10):
        first.put(record)
    first.settle()
    assert len(compared) > 30
    again = resumed(first)
    compared.clear()
    for record in people(10):
        again.put(record)
    assert again.settle().added == ()
    assert compared == []
    changed = person("uk_sl:3", "Zoltan Quandrik Ulmberga", born="1900")
    again.put(changed)
    again.settle()
    assert compared and all("uk_sl:3" in pair for pair in compared)


def test_a_record_is_had_as_it_was_put_and_not_otherwise() -> None:
    first = Linker()
    for record in people(3):
        first.put(record)
    again, one = resumed(first), people(3)[4]
    content = msgspec.json.encode(one)
    assert again.has(one.key, content)
    assert again.has(
        one.key, msgspec.json.Decoder(dict[str, msgspec.Raw]).decode(b'{"profile":%s}' % content)["profile"]
    )
    assert not again.has(one.key, content, reused=True)
    assert not again.has("uk_sl:99", content)
    assert not again.has(one.key, content.replace(b"Zoltan", b"Zolton"))
    again.put(one, reused=True)
    assert again.has(one.key, content, reused=True) and not again.has(one.key, content)
    again.drop(one.key)
    assert not again.has(one.key, content, reused=True)


def test_state_of_other_rules_and_noise_are_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Linker()
    for record in people(3):
        first.put(record)
    first.settle()
    packed = pack_linking(first.keep())
    assert unpack_linking(packed) is not None
    assert unpack_linking(packed[:-9]) is None
    assert unpack_linking(b"noise") is None
    monkeypatch.setattr(kept, "LINKING_VERSION", kept.LINKING_VERSION + 1)
    assert unpack_linking(packed) is None


# Of the files of linking. Whoever changes them raises LINKING_VERSION, and writes the new digest beside it; the digest
# alone where no link, score or reason can be another.
SOURCE = {2: "c2f1a06a879d04d9"}


def test_the_version_of_linking_goes_with_its_source() -> None:
    folder = Path(linking.__file__).parent
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))).hexdigest()[:16]
    assert {kept.LINKING_VERSION: digest} == SOURCE, (
        "linking was changed: raise LINKING_VERSION in core/linking/kept.py"
    )
