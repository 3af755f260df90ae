"""Ships of several lists join by their IMO number, whatever they are called, and by their name alone they do not."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from syncd.core.linking import Linker
from syncd.core.model import Record
from tests.feeds import documents

HEADER = "Vessel name,IMO number,Date of application"


def linked(records: Iterable[Record]) -> list[tuple[str, str]]:
    linker = Linker()
    for record in records:
        linker.put(record)
    return sorted((one.a, one.b) for one in linker.settle().added if one.decision == "linked")


def of_the_eu(name: str, number: str) -> list[Record]:
    body = f"{HEADER}\n{name},{number},2025-05-21\n".encode()
    return list(documents.records("eu_vessels", "vessels", body).values())


def of_japan(number: str) -> list[Record]:
    body = f"区分,番号,告示日付,告示番号,IMO番号\n1,001-000001,2026.10.2,1,{number}\n".encode()
    return list(documents.records("jp_mof_vessels", "csv", body).values())


def test_a_ship_that_has_no_name_joins_by_its_number() -> None:
    pair = ("eu_vessels:9074729", "jp_mof_vessels:001-000001")
    assert linked([*of_the_eu("Vell Star", "9074729"), *of_japan("9074729")]) == [pair]
    assert linked([*of_the_eu("Vell Star", "9074729"), *of_japan("9176187")]) == []


@pytest.mark.shared
def test_all_ships_of_japan_at_hand_join_those_of_the_eu(shared: Path) -> None:
    records: list[Record] = []
    for feed, vocabulary in (("eu_vessels", "vessels"), ("jp_mof_vessels", "csv")):
        (path,) = (shared / "feeds" / feed).iterdir()
        records += documents.records(feed, vocabulary, path.read_bytes()).values()
    assert linked(records) == [
        ("eu_vessels:8517839", "jp_mof_vessels:001-000002"),
        ("eu_vessels:9179842", "jp_mof_vessels:001-000001"),
        ("eu_vessels:9339337", "jp_mof_vessels:001-000003"),
    ]
