"""Cells with several values are taken apart only where they say that they hold several."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.normalise import cells


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("Germany", ["Germany"]),
        ("(1) Germany. (2) Morocco", ["Germany", "Morocco"]),
        ("(1) Uganda (2) Uganda (3)Uganda", ["Uganda", "Uganda", "Uganda"]),
        ("(1-3) Libya (4) Morocco", ["Libya", "Morocco"]),
        ("(1) to (6) Algeria (7) Morocco", ["Algeria", "Morocco"]),
        ("a) Sudan b) South Sudan", ["Sudan", "South Sudan"]),
        ("(1) - (2) Sudan", ["-", "Sudan"]),
        ("Building (1), Quay 2", ["Building (1), Quay 2"]),
        ("(2) Germany (1) Morocco", ["(2) Germany (1) Morocco"]),
        ("Acme Co. Ltd.", ["Acme Co. Ltd."]),
        ("  ", []),
    ],
)
def test_a_numbered_cell_gives_its_values(cell: str, values: list[str]) -> None:
    assert cells.numbered(cell) == values


def test_a_separator_within_brackets_separates_nothing() -> None:
    assert cells.outside_brackets("one; two (three; four); five", ";") == ["one", "two (three; four)", "five"]
    assert cells.outside_brackets("one; two (three; four", ";") == ["one; two (three; four"]


@given(st.lists(st.text(alphabet="abcdé ", min_size=1).filter(str.strip), min_size=1, max_size=12))
def test_what_was_numbered_comes_apart_again(values: list[str]) -> None:
    cell = " ".join(f"({number}) {value}" for number, value in enumerate(values, start=1))
    assert cells.numbered(cell) == [value.strip() for value in values]


@given(st.text())
def test_no_letter_of_a_cell_is_lost_between_its_pieces(cell: str) -> None:
    kept = "".join(cells.outside_brackets(cell, ";"))
    assert [char for char in kept if char.isalnum()] == [char for char in cell if char.isalnum()]
