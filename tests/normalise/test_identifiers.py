"""Identifiers: one form each, and a wrong check digit costs nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import Unreadable
from syncd.normalise import identifiers

READERS: tuple[Callable[[str], str], ...] = (
    identifiers.imo,
    identifiers.lei,
    identifiers.isin,
    identifiers.un_reference,
    identifiers.eu_reference,
)


@pytest.mark.parametrize(
    ("read", "published", "value"),
    [
        (identifiers.imo, "IMO9074729", "9074729"),
        (identifiers.imo, "imo no. 9074729 ", "9074729"),
        (identifiers.imo, "9074720", "9074720"),
        (identifiers.lei, "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
        (identifiers.isin, "US 0378331005", "US0378331005"),
        (identifiers.un_reference, "QDi.001", "QDi.001"),
        (identifiers.un_reference, "CDi. 037", "CDi.037"),
        (identifiers.un_reference, "QDE.145 ", "QDe.145"),
        (identifiers.eu_reference, "EU.27.28", "EU.27.28"),
        (identifiers.eu_reference, " EU. 27.28", "EU.27.28"),
        (identifiers.imo, "IMO: 9074729", "9074729"),
        (identifiers.lei, "5493 001K JTII GC8Y 1R12", "5493001KJTIIGC8Y1R12"),
    ],
)
def test_an_identifier_has_one_form(read: Callable[[str], str], published: str, value: str) -> None:
    assert read(published) == value


@pytest.mark.parametrize("text", ["", "12345", "محمد", "٩٠٧٤٧٢٩", "IMO 90747291", "EU.27", "QDx.001", "AFG1"])
def test_what_is_of_no_kind_is_unreadable(text: str) -> None:
    for read in READERS:
        with pytest.raises(Unreadable):
            read(text)


def test_check_digits_tell_right_from_wrong() -> None:
    assert identifiers.imo_checks("9074729")
    assert not identifiers.imo_checks("9074720")
    assert identifiers.lei_checks("5493001KJTIIGC8Y1R12")
    assert not identifiers.lei_checks("5493001KJTIIGC8Y1R13")
    assert identifiers.isin_checks("US0378331005")
    assert not identifiers.isin_checks("US0378331006")


def test_all_references_in_a_text_are_found_once_each() -> None:
    text = "Associated with Jemaah (QDe.092) and QDE.092, led by (TAi.002). Listed in EUi.999 no."
    assert identifiers.un_references(text) == ("QDe.092", "TAi.002")


@given(st.text())
def test_any_text_is_read_or_unreadable_and_reading_again_changes_nothing(text: str) -> None:
    for read in READERS:
        try:
            found = read(text)
        except Unreadable as error:
            assert error.value == text
        else:
            assert read(found) == found
