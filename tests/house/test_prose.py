"""What can be counted of the prose in these rooms: docstrings, plain verbs, and loop variables with a name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SYNCD = Path(__file__).parents[2] / "syncd"
MODULES = sorted(SYNCD.rglob("*.py"))
# Where loops were gone through; elsewhere `one` still stands for what has a name of its own.
LOOPS = ("core", "core/linking", "observe", "web", "fetch", "archive", "schemas")
LOOPS_NAMED_ONE_MAX = 0.05
# Words that make a sentence to be read twice: "what X gives", "whoever asks".
INDIRECT = re.compile(r"\b(?:what\b[^.;:,]{1,40}\bgives|whoever|is told|are told)\b", re.IGNORECASE)

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _public(tree: ast.Module | ast.ClassDef, place: str = "") -> Iterator[tuple[str, Documented]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield f"{place}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{place}{node.name}.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SYNCD)))
def test_every_public_name_says_what_it_does(path: Path) -> None:
    assert [name for name, node in _public(ast.parse(path.read_text())) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SYNCD)))
def test_docstrings_use_plain_verbs(path: Path) -> None:
    nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, Documented)]
    assert [found[0] for node in nodes for found in INDIRECT.finditer(ast.get_docstring(node) or "")] == []


def test_loop_variables_are_named_after_what_they_hold() -> None:
    targets = [
        {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
        for room in LOOPS
        for path in sorted((SYNCD / room).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
    ]
    assert sum("one" in names for names in targets) <= LOOPS_NAMED_ONE_MAX * len(targets)
