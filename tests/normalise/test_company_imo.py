"""IMO numbers of companies in texts: a company's, not a ship's that the text names. The numbers are invented."""

import pytest

from syncd.core.model import Kind
from syncd.normalise.company_imo import of_texts


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("IMO番号：5942883", ["5942883"]),
        ("ＩＭＯ番号：５９４２８８３", ["5942883"]),
        ("船舶登録証明：IMO5934358", ["5934358"]),
        ("Company IMO number: 5942883; IMO No. 5942884", ["5942883", "5942884"]),
        ("IMO number 5942883, IMO number 5942883", ["5942883"]),
        # Seven digits from 7 on with a right check digit are a ship's, unless the text calls them a company's.
        ("Owner of IMO 9000003", []),
        ("Company IMO 9000003", ["9000003"]),
        ("TIMO 5942883, IMO 59428831, IMOs", []),
    ],
)
def test_the_numbers_of_a_company_are_those_that_are_no_ships(text: str, numbers: list[str]) -> None:
    assert [(one.type, one.value) for one in of_texts([text], "organisation")] == [
        ("imo_company", number) for number in numbers
    ]


@pytest.mark.parametrize("kind", ["person", "vessel", "aircraft"])
def test_neither_a_person_nor_a_ship_has_a_companys_number(kind: Kind) -> None:
    assert not of_texts(["Company IMO number 5942883"], kind)
