"""What prose names exists: modules, files and folders in docstrings, comments and Markdown pages."""

import ast
import importlib
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from syncd.config import Config

TOP = Path(__file__).parents[2]
ROOMS = {path.name.removesuffix(".py") for path in (TOP / "syncd").iterdir() if path.name[0].isalpha()}
FOLDERS = ("syncd", "tests", "deploy", "schemas", "findings")
PROSE = sorted(
    path
    for path in (*TOP.glob("*.md"), *(path for folder in FOLDERS for path in (TOP / folder).rglob("*")))
    if path.suffix in {".py", ".md"} and path != Path(__file__)
)
PACKAGES = sorted(path.parent for path in (TOP / "syncd").rglob("__init__.py"))
# History names what was, and not what is.
PAST = {"CHANGELOG.md"}

# Names of modules and of what is in them; `feeds.v1` is a topic.
_DOTTED = re.compile(
    rf"(?<![\w./<-])(?:syncd\.)?(?:{'|'.join(sorted(ROOMS))})(?:\.(?!v\d|py\b)[A-Za-z_]\w*)+(?![\w/-])"
)
_FILE = re.compile(
    r"(?<![\w./<{*-])(?:[\w.-]+/)*\w[\w.-]*\.py\b|(?<![\w./-])(?:syncd|tests)(?:/\w[\w-]*)+(?![\w.*<{-])"
)
# A table of the modules of a package: its first column.
_LISTED = re.compile(r"^ *((?:[a-z_]+, )*[a-z_]+)  +\S", re.MULTILINE)


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of all prose in a file: a page as a whole; of code, its docstrings and comments."""
    if path.suffix == ".md":
        yield 1, path.read_text()
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            said = node.body[0]
            if (
                isinstance(said, ast.Expr)
                and isinstance(said.value, ast.Constant)
                and isinstance(said.value.value, str)
            ):
                yield said.lineno, said.value.value
    with path.open("rb") as stream:
        for token in tokenize.tokenize(stream.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def _missing(path: Path) -> Iterator[str]:
    for line, text in _texts(path):
        for place, name in _missing_in(path, text):
            yield f"{path.relative_to(TOP)}:{line + place}: {name}"


def _missing_in(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Line, from 0, and name of what the prose `text` of a file names and is not there."""
    for pattern, exists in ((_FILE, _is_file), (_DOTTED, _is_name)):
        for found in pattern.finditer(text):
            if not exists(path, found[0]):
                yield text[: found.start()].count("\n"), found[0]


def _is_file(path: Path, name: str) -> bool:
    """Whether the file exists: from the top, from the page, or anywhere as the end of a path."""
    if (TOP / name).exists() or (path.parent / name).exists() or (TOP / "syncd" / name).exists():
        return True
    return any(known.as_posix().endswith(f"/{name}") for known in PROSE)


def _is_name(_: Path, name: str) -> bool:
    """Whether a dotted name that begins with a room of syncd is a module, something in one, or a setting."""
    first, *rest = name.removeprefix("syncd.").split(".")
    if first not in ROOMS:
        return True
    return _is_setting(first, rest) or _is_in("syncd", [first, *rest])


def _is_in(module: str, parts: list[str]) -> bool:
    found: object = importlib.import_module(module)
    for place, part in enumerate(parts):
        if isinstance(found, ModuleType) and not hasattr(found, part):
            try:
                found = importlib.import_module(f"{found.__name__}.{part}")
            except ModuleNotFoundError:
                return False
        elif hasattr(found, part):
            found = getattr(found, part)
        else:
            return place == len(parts) - 1 and part in getattr(found, "__annotations__", {})
    return True


def _is_setting(section: str, rest: list[str]) -> bool:
    field = Config.model_fields.get(section)
    known = getattr(field.annotation, "model_fields", {}) if field else {}
    # `feeds.ID` stands for the section of any feed.
    return field is not None and (rest[0] in known or rest[0] == "ID")


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(TOP)))
def test_modules_and_files_that_prose_names_exist(path: Path) -> None:
    if path.name not in PAST:
        assert list(_missing(path)) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_a_package_that_lists_its_modules_lists_them_all(package: Path) -> None:
    head = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    listed = {name for found in _LISTED.finditer(head) for name in found[1].split(", ")}
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" and path.name != "__init__.py"}
    assert not listed or listed == there


def test_a_name_that_does_not_exist_is_found() -> None:
    """The patterns see a module, a thing in one and a file that are gone; what exists, settings and topics pass."""
    gone = ["core.admit", "syncd.core.times.parse", "intake/gate.py", "syncd/runner", "feeds.contract.Nothing"]
    there = ["core.times.iso", "tests/house", "coordination/lineage.py", "archive.url", "feeds.ID", "feeds.v1", "core"]
    page = TOP / "README.md"
    found = [text for text in (*gone, *there) for _ in _missing_in(page, f"See `{text}` and ({text}).")]
    assert sorted(set(found)) == sorted(gone)
