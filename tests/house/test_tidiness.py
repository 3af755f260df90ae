"""The house stays tidy: names, lengths, rooms."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.feeds import all_feeds

TOP = Path(__file__).parents[2]
SOURCES = sorted((TOP / "syncd").rglob("*.py"))
UNWANTED = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
FILE_LINES_MAX = 470
TEST_NAME_MAX = 72
FUNCTION_LINES_MAX = 60


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_a_file_has_one_subject_and_a_name_of_the_field(path: Path) -> None:
    assert path.stem not in UNWANTED
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_functions_are_short(path: Path) -> None:
    for function in _functions(path):
        lines = (function.end_lineno or 0) - function.lineno + 1
        assert lines <= FUNCTION_LINES_MAX, f"{function.name} has {lines} lines"


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TOP)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) or path.name == "__main__.py" or not tree.body


def test_every_feed_has_golden_documents() -> None:
    for feed in all_feeds():
        assert list((TOP / "tests" / "golden" / feed).glob("*.records.jsonl")), f"{feed} has no golden document"


def test_nothing_else_lies_at_the_top() -> None:
    allowed = {
        "syncd", "schemas", "deploy", "tests", "README.md", "pyproject.toml", "Makefile", "LICENSE",
        "CHANGELOG.md", "findings",
    }  # fmt: skip
    assert {path.name for path in TOP.iterdir() if not path.name.startswith(".")} - allowed <= {"syncd.egg-info"}


def test_every_finding_can_be_run_and_says_what_it_was_seen_with() -> None:
    for path in sorted((TOP / "findings").iterdir()):
        assert path.suffix == ".sh"
        assert path.stat().st_mode & 0o111, f"{path.name} cannot be run"
        assert "# Seen with " in path.read_text()


def test_names_of_tests_are_short_statements() -> None:
    names = {function.name for path in (TOP / "tests").rglob("test_*.py") for function in _functions(path)}
    assert [name for name in sorted(names) if name.startswith("test_") and len(name) > TEST_NAME_MAX] == []
