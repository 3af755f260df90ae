"""Belgium's list: the national rows of the shape at hand, and what stands on several lines."""

from pathlib import Path

import pytest

from syncd.core.model import Record
from tests.feeds import documents

GOLDEN = documents.GOLDEN / "be_fod" / "invented.csv.csv"
HEADER = GOLDEN.read_text(encoding="utf-8").partition("\n")[0]


def record(**cells: str) -> Record:
    row = ";".join(cells.get(name.replace(" ", "_"), "") for name in HEADER.split(";"))
    (found,) = documents.records("be_fod", "csv", f"{HEADER}\n{row}\n".encode()).values()
    return found


@pytest.mark.shared
def test_the_shape_at_hand_is_understood_to_the_last_field(shared: Path) -> None:
    """Two national rows, and one of the EU's, which is not read here."""
    (path,) = (shared / "feeds" / "be_fod").iterdir()
    found = list(documents.records("be_fod", "csv", path.read_bytes()).values())
    assert [record.names[0].full for record in found] == ["Jean-Claude DUPONT-TEST", "Fatima MAES-TEST"]
    assert [record.birth_dates[0].date for record in found] == ["1987-02-28", "1972-12-14"]
    assert [record.listings[0].listed_on for record in found] == ["2026-06-08", "2017-10-12"]
    assert [record.identifiers[0].value for record in found] == ["87.02.28-000.00", "72.12.14-000.00"]


def test_a_row_of_several_regimes_is_national_if_one_of_them_is() -> None:
    row = ";".join(["VELL", "", "", "T. VELL", "", "", "", "", "", "", "", "TAQA BE", "P", "", "", ""])
    assert len(documents.records("be_fod", "csv", f"{HEADER}\n{row}\n".encode())) == 1


@pytest.mark.parametrize(("born", "year"), [("01-02-25", "2025-02-01"), ("01-02-26", "1926-02-01")])
def test_two_digits_of_a_year_of_birth_are_of_the_past(born: str, year: str) -> None:
    assert record(Lastname="VELL", Embargos="BE", type="P", Birth_date=born).birth_dates[0].date == year


def test_a_name_without_its_whole_is_made_of_its_parts() -> None:
    assert record(Lastname="VELL", Firstname="Tamsin", Embargos="BE", type="P").names[0].full == "Tamsin VELL"


@pytest.mark.parametrize(("published", "day"), [("08-06-26", "2026-06-08"), ("2003-02-26", "2003-02-26")])
def test_the_day_of_an_act_stands_in_either_notation(published: str, day: str) -> None:
    assert record(Lastname="VELL", Embargos="BE", type="P", Publication_date=published).listings[0].listed_on == day


@pytest.mark.parametrize("published", ["28-02-87", "1987-02-28", "28/02/1987"])
def test_a_birth_stands_in_any_notation(published: str) -> None:
    found = record(Lastname="VELL", Embargos="BE", type="P", Birth_date=published)
    assert (found.birth_dates[0].date, found.completeness) == ("1987-02-28", "complete")
