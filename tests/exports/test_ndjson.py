"""An NDJSON export verifies, by syncd and by ten lines of anybody; one that was touched does not."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from syncd.exports.ndjson import findings, findings_of
from tests.exports.invented import FEED, RECORDS, lines_of, whole_list

README = Path(__file__).parents[2] / "schemas" / "README.md"


def test_an_export_verifies() -> None:
    whole = whole_list()
    (found,) = findings(lines_of(whole))
    assert (found.ok, found.records, found.digest) == (True, len(RECORDS), whole.note.digest)


def test_each_list_of_an_export_is_judged_for_itself() -> None:
    sound, cut = lines_of(whole_list()), lines_of(whole_list())[:-1]
    assert [found.ok for found in findings([*sound, *cut, *sound])] == [True, False, True]


def test_a_list_that_is_named_is_found_or_missed() -> None:
    whole = lines_of(whole_list())
    other = [line.replace(FEED.encode(), b"eu_fsf") for line in whole[:-1]]
    found = list(findings_of([*whole, *other], [FEED, "un_sc"]))
    assert [(one.feed, one.ok) for one in found] == [(FEED, True), ("un_sc", False)]
    assert found[1].problems == ("this list is not in the export",)


@pytest.mark.parametrize("line", [b"key,feed\n", b'{"digest":"00","record":{}}\n'])
def test_of_what_is_no_export_one_sentence_is_said(line: bytes) -> None:
    (found,) = findings([line] * 9)
    assert found.problems == ("the first line does not say of which list this is: it is no NDJSON export",)


TOUCHED: Mapping[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "a name": (lambda lines: [line.replace(b"Odd Somebody", b"Odd Anybody") for line in lines], "is not the record"),
    "a record less": (lambda lines: lines[:-1], "3 records of 4"),
    "a record twice": (lambda lines: [*lines, lines[-1]], "stands twice"),
    "no first line": (lambda lines: lines[1:], "it is no NDJSON export"),
    "no JSON": (lambda lines: [*lines, b"<html>\n"], "line 6 cannot be read"),
    "no record": (lambda lines: [*lines, b'{"digest":"00","record":{}}\n'], "line 6 has no record"),
    "another digest": (
        lambda lines: [lines[0].replace(b'"digest":"', b'"digest":"0', 1), *lines[1:]],
        "another digest",
    ),
}


@pytest.mark.parametrize("what", TOUCHED)
def test_what_was_touched_is_found(what: str) -> None:
    touch, said = TOUCHED[what]
    (found,) = findings(touch(lines_of(whole_list())))
    assert not found.ok
    assert any(said in problem for problem in found.problems), found.problems


def test_the_ten_lines_of_the_contract_check_a_list() -> None:
    """The program that `schemas/README.md` prints, run as it stands there."""
    (program,) = re.findall(r"```python\n(# Checks an NDJSON export.*?)```", README.read_text(), re.DOTALL)
    for lines, expected in ((lines_of(whole_list()), True), (lines_of(whole_list())[:-1], False)):
        names: dict[str, object] = {"lines": lines, "hashlib": hashlib, "json": json}
        exec(program, names)
        assert names["sound"] is expected
