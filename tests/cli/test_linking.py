"""`syncd link`: records in, one JSON line a pair, no ledger and no network."""

from pathlib import Path

import msgspec

from tests.core.linked import person
from tests.daemon.running import syncd

RECORDS = (
    person("uk_sl:A", "Zoltan Quvexi Bartalom", born="1961-04-09"),
    person("un_sc:B", "BARTALOM Zoltan Quvexi", born="1961-04-09"),
    person("uk_sl:C", "Dawud Qaztani", nationalities=("IQ",)),
    person("un_sc:D", "Dawud Qaztani", born="1961"),
)


async def test_link_prints_what_is_linked_and_with_a_switch_what_is_suggested(tmp_path: Path) -> None:
    for at, record in enumerate(RECORDS):
        (tmp_path / f"{at}.jsonl").write_bytes(msgspec.json.encode(record) + b"\n\n")
    files = [f"{at}.jsonl" for at in range(len(RECORDS))]
    ran = await syncd(tmp_path, "link", *files)
    assert (ran.code, ran.err) == (0, "")
    (pair,) = ran.lines
    assert list(pair) == ["a", "b", "score", "decision", "reasons"]
    assert (pair["a"], pair["b"], pair["decision"]) == ("uk_sl:A", "un_sc:B", "linked")
    assert {"kind": "birth_date", "text": "the same date of birth: 1961-04-09"} in pair["reasons"]
    ran = await syncd(tmp_path, "link", "--suggested", *files)
    assert [(one["a"], one["b"], one["decision"]) for one in ran.lines] == [
        ("uk_sl:A", "un_sc:B", "linked"),
        ("uk_sl:C", "un_sc:D", "suggested"),
    ]


async def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(msgspec.json.encode(RECORDS[0]) + b'\n{"key": 1}\n')
    ran = await syncd(tmp_path, "link", "bad.jsonl")
    assert ran.code == 2
    assert "bad.jsonl, line 2 is no record" in ran.err
