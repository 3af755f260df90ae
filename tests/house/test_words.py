"""Words are used for one thing each, and what is public says what it does: counted, so that it stays so."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
CODE = TOP / "syncd"
TESTS = sorted((TOP / "tests").rglob("*.py"))
AT_THE_ROOT = {"__init__", "__main__", "errors", "clock", "concurrency", "malloc"}
TEST_NAME_CHARACTERS_MAX = 72
# One thing in many files: the interface → the folder in which each file may have its own.
INTERFACES = {
    "entries": "syncd/feeds",  # of a `Reader`
    "record": "syncd/feeds",  # of a `Reader`
    "discover": "syncd/feeds",  # of a `Source` whose document is found on a page
    "document": "syncd/demo",  # an invented list in the form of its publisher
    "at_odds": "syncd/ledger",  # where a reader's position and the ledger part
    "change": "syncd/ledger",  # a change as the ledger has it → a `Change`
}

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> dict[Path, ast.Module]:
    """All files of the package. Not read with this one: every worker imports it, and one needs them."""
    return {path.relative_to(TOP): ast.parse(path.read_text()) for path in sorted(CODE.rglob("*.py"))}


def test_at_the_root_lies_only_what_every_folder_may_use() -> None:
    assert {path.stem for path in CODE.glob("*.py")} <= AT_THE_ROOT


def test_a_class_name_is_used_for_one_thing() -> None:
    places = defaultdict(list)
    for path, tree in sources().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_a_public_function_name_is_used_for_one_thing() -> None:
    places = defaultdict(list)
    for path, function in _functions():
        if not _is_in(path, INTERFACES.get(function.name)):
            places[function.name].append(str(path))
    several = {name: files for name, files in places.items() if len(files) > 1 or name in INTERFACES}
    assert several == {}


def test_every_interface_is_in_several_files() -> None:
    """A name that one file alone has needs no place in the table."""
    used = [function.name for path, function in _functions() if _is_in(path, INTERFACES.get(function.name))]
    assert {name for name in INTERFACES if used.count(name) < 2} == set()


def test_no_function_is_named_as_its_module() -> None:
    same = {
        f"{path}: {function.name}"
        for path, function in _functions()
        if function.name == (path.parent.name if path.stem == "__init__" else path.stem)
    }
    assert same == set()


def _functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The public functions at the level of a module, each with its file."""
    for path, tree in sources().items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                yield path, node


def _is_in(path: Path, folder: str | None) -> bool:
    return folder is not None and path.is_relative_to(folder)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(TOP)))
def test_the_name_of_a_test_is_a_statement_that_fits_a_line(path: Path) -> None:
    names = [
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert [name for name in names if len(name) > TEST_NAME_CHARACTERS_MAX] == []


def test_what_is_public_says_what_it_does() -> None:
    assert [f"{path}: {name}" for path, tree in sources().items() for name in _without_docstring(tree)] == []


def _without_docstring(tree: ast.Module) -> Iterator[str]:
    """The public definitions of a module that nothing is said of. A method that keeps a promise has its words there."""
    for node in tree.body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield node.name
        if isinstance(node, ast.ClassDef):
            promised = _promised() | {
                name for base in node.bases for name in _said_of(_classes().get(ast.unparse(base)))
            }
            said = _said_of(node) | promised
            yield from (f"{node.name}.{method.name}" for method in _methods(node) if method.name not in said)


def _methods(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child


def _said_of(node: ast.ClassDef | None) -> set[str]:
    """The public methods of a class that have a docstring."""
    return {method.name for method in _methods(node) if ast.get_docstring(method)} if node else set()


@cache
def _classes() -> dict[str, ast.ClassDef]:
    return {node.name: node for tree in sources().values() for node in tree.body if isinstance(node, ast.ClassDef)}


@cache
def _promised() -> set[str]:
    """The methods of the contracts: what those say of them holds for the classes that keep them."""
    return {
        name
        for node in _classes().values()
        if any(ast.unparse(base).partition("[")[0] == "Protocol" for base in node.bases)
        for name in _said_of(node)
    }
