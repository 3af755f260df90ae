"""The test vectors of the canonical form say what the code computes, by rules that the page of the schemas states."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncd.core import canonical
from syncd.core.model import Record
from syncd.schemas.vectors import digest_vectors

PAGE = (Path(__file__).parents[2] / "schemas" / "README.md").read_text(encoding="utf-8")
STATED = PAGE.partition("## The canonical form")[2].partition("\n## ")[0]


@pytest.mark.parametrize("vector", digest_vectors()["records"], ids=lambda vector: vector["shows"])
def test_a_vector_is_the_record_its_form_and_its_digest(vector: dict[str, Any]) -> None:
    record = msgspec.convert(vector["record"], Record)
    assert canonical.digest(record) == vector["digest"]
    assert hashlib.sha256(vector["canonical"].encode()).hexdigest() == vector["digest"]
    assert json.loads(vector["canonical"]) == canonical.form(record)


def stated(after: str) -> set[int]:
    """The code points that the page names in the sentence that begins with `after`."""
    text = STATED.partition(after)[2].partition(";")[0].partition(")")[0]
    points: set[int] = set()
    for first, last in re.findall(r"U\+([0-9A-F]{4,5})(?:–U\+([0-9A-F]{4,5}))?", text):
        points |= set(range(int(first, 16), int(last or first, 16) + 1))
    return points


def points_that_become(made: str) -> set[int]:
    """The code points that the canonical form makes `made` of, between two ones, with which nothing composes."""
    everything = (point for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF)
    return {point for point in everything if canonical.text(f"1{chr(point)}1") == f"1{made}1"}


def test_the_page_names_every_invisible_character() -> None:
    assert stated("drop the characters") == points_that_become("")


def test_the_page_names_every_white_space() -> None:
    assert stated("space (") == points_that_become(" ")
