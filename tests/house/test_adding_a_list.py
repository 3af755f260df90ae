"""A newcomer's exercise: who follows "Adding a list" in syncd/feeds/README.md has a list that the suites cover.

In a copy of the project the invented list of `tests/house/newcomer` is added step by step, with that
page's own commands; then the suites must cover it, and must fail when its feed is wrong.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

TOP = Path(__file__).parents[2]
NEWCOMER = TOP / "tests" / "house" / "newcomer"
ID = "xx_register"
PAGE = Path("syncd") / "feeds" / "README.md"
COPIED = ("syncd", "tests", "deploy", "schemas", ".ci", "README.md", "Makefile", "pyproject.toml")
COVERED = {
    "test_a_golden_document_gives_the_records_beside_it",
    "test_every_vocabulary_of_a_feed_has_a_golden_document",
    "test_reading_a_document_twice_gives_the_same",
    "test_keys_are_unique_and_begin_with_the_feed",
    "test_what_is_not_the_list_is_refused_and_said_why",
    "test_a_document_that_is_cut_off_is_refused",
    "test_the_order_of_the_rows_says_nothing",
    "test_the_order_of_the_columns_says_nothing",
    "test_a_column_that_nobody_knows_is_kept_and_said_and_costs_no_record",
    "test_a_row_without_its_id_is_set_aside_and_the_others_are_read",
}
# What is changed in the feed's file → the suite and the statement that then fails.
GOLDEN, CONTRACT, TABLES = (f"tests/feeds/test_{name}.py" for name in ("golden", "contract", "contract_tables"))
MISTAKES = {
    "a column forgotten": (
        *('    entry.keep("Remarks")\n', ""),
        *(GOLDEN, "test_a_golden_document_gives_the_records_beside_it"),
    ),
    "a cut-off file taken": (
        *('if not body.endswith(b"\\n")', "if not body"),
        *(CONTRACT, "test_a_document_that_is_cut_off_is_refused"),
    ),
    "row numbers as ids": (
        *("{entry.take('Reference').strip()}", "{content.number}"),
        *(TABLES, "test_the_order_of_the_rows_says_nothing"),
    ),
}


class Project:
    """A copy of the project in which a newcomer works."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        leave = shutil.ignore_patterns("__pycache__", Path(__file__).name)
        for name in COPIED:
            copy = shutil.copytree if (TOP / name).is_dir() else shutil.copy2
            copy(TOP / name, folder / name, **({"ignore": leave} if (TOP / name).is_dir() else {}))

    @property
    def feed(self) -> Path:
        return self.folder / "syncd" / "feeds" / f"{ID}.py"

    def add_the_list(self) -> None:
        """The two touch points: the feed's file, and a folder with a golden document."""
        shutil.copy2(NEWCOMER / self.feed.name, self.feed)
        (self.folder / "tests" / "golden" / ID).mkdir()
        shutil.copy2(NEWCOMER / "invented.register.csv", self.folder / "tests" / "golden" / ID)

    def commands(self) -> list[list[str]]:
        """Step 3: the commands of the page's section, as they stand there."""
        section = (self.folder / PAGE).read_text().partition("## Adding a list")[2].partition("\n## ")[0]
        block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
        assert block
        return [line.replace("<id>", ID).split() for line in block[1].splitlines()]

    def run(self, *arguments: str) -> tuple[int, dict[str, bool]]:
        """The exit code of pytest, and each statement that it came to, true when it passed."""
        report = self.folder / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments]
        code = subprocess.run(command, cwd=self.folder, capture_output=True, check=False, timeout=300).returncode
        passed: dict[str, bool] = {}
        for case in ET.parse(report).iter("testcase"):
            name = case.get("name", "").partition("[")[0]
            well = case.find("failure") is None and case.find("error") is None
            passed[name] = passed.get(name, True) and well
        return code, passed


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after all three steps."""
    project = Project(tmp_path_factory.mktemp("newcomer"))
    project.add_the_list()
    for command in project.commands():
        assert command[:3] == [".venv/bin/python", "-m", "pytest"]
        code, statements = project.run(*command[3:])
        assert (code, [name for name, well in statements.items() if not well]) == (0, [])
    return project


def test_the_steps_give_golden_records_and_a_row_in_the_table_of_lists(project: Project) -> None:
    records = project.folder / "tests" / "golden" / ID / "invented.register.records.jsonl"
    assert len(records.read_text().splitlines()) == 3
    assert f"| `{ID}` | Register of Frozen Assets |" in (project.folder / PAGE).read_text()


def test_the_suites_cover_the_new_list(project: Project) -> None:
    code, statements = project.run("tests/feeds", "tests/house", "-k", f"{ID} or golden_document or partition")
    assert code == 0
    assert set(statements) >= COVERED


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_suites_find_a_newcomers_mistake(project: Project, mistake: str) -> None:
    old, new, suite, statement = MISTAKES[mistake]
    right = project.feed.read_text()
    assert right.count(old) == 1
    project.feed.write_text(right.replace(old, new))
    try:
        code, statements = project.run(suite, "-k", ID)
    finally:
        project.feed.write_text(right)
    assert code == 1
    assert not statements[statement]
