"""Ten thousand histories over the pure core, and the judges that they must catch."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import pytest

from syncd.core import admission
from syncd.core.losses import REUSED, Losses
from syncd.core.state import FeedState, Stored
from syncd.intake.freshness import STALE_FOR, Staleness
from tests.simulation.judging import OF_RECORDS, World, Wrong, remembering

CHUNKS, CHUNK, STEPS = 20, 500, 5


@pytest.fixture(autouse=True, scope="module")
def remembered() -> Iterator[None]:
    with remembering():
        yield


@pytest.fixture
def anew() -> Iterator[None]:
    """The core as it is."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in OF_RECORDS:
            patch.setattr(module, name, getattr(module, name).__wrapped__)
        yield


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_history_loses_holds_back_or_shuts_out(chunk: int) -> None:
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        try:
            World(seed).run(STEPS)
        except Wrong as wrong:
            pytest.fail(f"seed {seed}: {wrong}")


def ledgers(histories: int) -> list[tuple[FeedState, dict[str, Stored]]]:
    """What is in the ledger after each of so many histories."""
    worlds = [World(seed) for seed in range(histories)]
    for world in worlds:
        world.run(STEPS)
    return [(world.state, world.records) for world in worlds]


def test_a_core_that_remembers_what_records_say_decides_the_same(request: pytest.FixtureRequest) -> None:
    remembered = ledgers(40)
    request.getfixturevalue("anew")
    assert ledgers(40) == remembered


class ByBytes(Staleness):
    """Counts the hour for each document by itself, so that one that differs each time begins it anew."""

    def __init__(self) -> None:
        super().__init__()
        self._each: dict[str, datetime] = {}

    def is_stale(self, sha256: str, *, older: bool, earlier: Collection[str], now: datetime) -> bool:
        if not older and sha256 not in earlier:
            self._each.clear()
            return False
        return now - self._each.setdefault(sha256, now) < STALE_FOR


def caught(staleness: type[Staleness] = Staleness, histories: int = 300) -> str:
    """What is wrong in the first of so many histories in which something is."""
    for seed in range(histories):
        try:
            World(seed, staleness).run(STEPS)
        except Wrong as wrong:
            return str(wrong)
    return ""


@pytest.mark.parametrize("sort", ["names", "birth_dates", "identifiers", "kind", "rekeyed", "removals"])
def test_a_judge_that_does_not_count_one_sort_is_caught(sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = admission._over
    monkeypatch.setattr(
        admission, "_over", lambda case, what, count: "" if what == sort else counted(case, what, count)
    )
    assert f"{sort} went out within a week" in caught()


def test_a_judge_that_does_not_count_re_used_ids_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = admission._hold_what_is_too_much

    def hold_all_but_reused(case: Any, lost: Losses, *takings: Any) -> Any:
        rest = {key: sorts for key, sorts in lost.by_key.items() if REUSED not in sorts}
        return hold(case, Losses(by_key=rest), *takings)

    monkeypatch.setattr(admission, "_hold_what_is_too_much", hold_all_but_reused)
    assert "removals went out within a week" in caught()


def test_a_judge_that_tells_stale_documents_by_their_bytes_is_caught() -> None:
    assert "stale for ever" in caught(ByBytes)
