"""The mutants follow the code: each can be put into it, is held against tests that exist, and stands in the table."""

import pytest

from tests.simulation.mutant_table import MUTANTS, Mutant
from tests.simulation.mutants import PAGE, ROOT, mutated
from tests.simulation.world import put_back

BREAKAGES = (*MUTANTS, *put_back.FAULTS)


@pytest.mark.parametrize("mutant", BREAKAGES, ids=lambda mutant: mutant.name)
def test_each_breakage_can_be_put_into_the_code(mutant: Mutant) -> None:
    whole = (ROOT / "syncd" / mutant.file).read_text(encoding="utf-8")
    compile(mutated(whole, mutant), mutant.file, "exec")
    assert all((ROOT / "tests" / path).exists() for path in mutant.tests)


def test_the_table_has_each_mutant_and_the_test_that_caught_it() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    cells = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    found = {name.removeprefix("| "): (file.strip("`"), test.strip("`")) for name, file, test, _ in cells}
    assert {name: file for name, (file, _) in found.items()} == {one.name: one.file for one in MUTANTS}
    for module, _, name in (test.partition("::") for _, test in found.values()):
        assert f"def {name}(" in (ROOT / "tests" / module).read_text(encoding="utf-8")
