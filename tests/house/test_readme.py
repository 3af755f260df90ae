"""The pages are true: what is generated in them is what the code says, and what they name exists."""

import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from syncd.channels import all_channels
from syncd.channels.describe import channels_markdown
from syncd.cli import syncd
from syncd.config import MODELS
from syncd.config import sections as sections_of_settings
from syncd.config.reference import settings_page
from syncd.feeds import all_feeds, coverage, pace
from syncd.feeds import describe as describing
from syncd.observe.metrics import describe

TOP = Path(__file__).parents[2]
README = TOP / "README.md"
OPERATOR, METRICS, SETTINGS, SECURITY = (
    TOP / "deploy" / name for name in ("README.md", "prometheus/README.md", "settings.md", "SECURITY.md")
)
HOUSE, LISTS = TOP / "syncd" / "README.md", TOP / "syncd" / "feeds" / "README.md"
CHANNELS = TOP / "syncd" / "channels" / "README.md"
# All pages but the log of changes, which speaks of what was.
PAGES = [
    *(README, OPERATOR, METRICS, SETTINGS, SECURITY, HOUSE, LISTS, CHANNELS),
    *(TOP / "schemas" / "README.md", TOP / "deploy" / "examples" / "README.md", TOP / "deploy" / "kafka" / "README.md"),
    TOP / "deploy" / "connect" / "README.md",
    TOP / "tests" / "benchmarks" / "README.md",
    TOP / "tests" / "simulation" / "README.md",
    TOP / "tests" / "simulation" / "world" / "README.md",
]
README_LINES_MAX = 200
END = "<!-- end -->"
# Words that follow the name in a sentence, and are no commands.
PROSE = {
    *("watches", "reads", "polls", "does", "cannot", "saw", "in", "keeps", "needs", "is", "and", "knows", "says"),
    *("gives", "took", "states", "works"),
}
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))


def _metrics() -> Iterator[str]:
    yield "| metric | kind | labels | what it says |"
    yield "|---|---|---|---|"
    for one in describe():
        labels = ", ".join(f"`{label}`" for label in one.labels) or "–"
        yield f"| `{one.name}` | {one.kind} | {labels} | {one.help} |"


def _commands() -> Iterator[str]:
    """Each command with the first paragraph of its help."""
    yield "| command | what it does |"
    yield "|---|---|"
    for name, command in sorted(syncd.commands.items()):
        said = " ".join((command.help or "").partition("\n\n")[0].split())
        yield f"| `syncd {name}` | {said} |"


def _layers() -> str:
    """The layers that import-linter holds, the highest first."""
    (contract,) = (
        contract
        for contract in tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers" and contract["containers"] == ["syncd"]
    )
    return "\n".join(["```", *contract["layers"], "```"])


GENERATED: dict[str, tuple[Path, Callable[[], str]]] = {
    "<!-- made by `syncd feeds`: overview -->": (LISTS, lambda: describing.overview(all_feeds().values())),
    "<!-- made by `syncd feeds --coverage` -->": (LISTS, lambda: coverage.coverage_table(all_feeds().values())),
    "<!-- made by `syncd feeds --pace` -->": (LISTS, lambda: pace.pace_table(all_feeds().values())),
    "<!-- made from what the commands say of themselves -->": (OPERATOR, lambda: "\n".join(_commands())),
    "<!-- made from syncd/observe/metrics.py -->": (METRICS, lambda: "\n".join(_metrics())),
    "<!-- made from what the channels state of themselves -->": (
        CHANNELS,
        lambda: channels_markdown(all_channels().values()),
    ),
    "<!-- made from pyproject.toml: layers -->": (HOUSE, _layers),
}


@pytest.mark.parametrize("mark", GENERATED)
def test_what_is_generated_is_what_the_code_says(mark: str, request: pytest.FixtureRequest) -> None:
    page, generate = GENERATED[mark]
    text = page.read_text()
    before, found, rest = text.partition(mark)
    _, end, after = rest.partition(END)
    assert (found, end) == (mark, END)
    _compare(page, f"{before}{mark}\n{generate()}\n{end}{after}", request)


def test_the_page_of_settings_is_what_the_command_prints(request: pytest.FixtureRequest) -> None:
    _compare(SETTINGS, f"{settings_page()}\n", request)


def test_the_page_of_settings_has_every_section() -> None:
    sections = [one for one in vars(sections_of_settings).values() if isinstance(one, type)]
    models = [one for one in sections if issubclass(one, BaseModel) and one.__module__ == sections_of_settings.__name__]
    assert {one.__name__ for one in models} - {"Section"} == {one.__name__ for one in MODELS.values()} - {"Config"}


def _compare(page: Path, wanted: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--rewrite-golden"):
        page.write_text(wanted)
        return
    assert page.read_text() == wanted, "run pytest tests/house --rewrite-golden"


def test_every_mark_of_something_generated_is_compared() -> None:
    marks = [mark for page in PAGES for mark in re.findall(r"^<!-- made .*-->$", page.read_text(), re.MULTILINE)]
    assert sorted(marks) == sorted(GENERATED)


def test_every_page_of_the_project_is_held_to_be_true() -> None:
    pages = {path for top in ("deploy", "schemas", "syncd", "tests") for path in (TOP / top).rglob("*.md")}
    assert pages | {README} == set(PAGES)


def test_the_first_page_is_read_in_ten_minutes() -> None:
    assert len(README.read_text().splitlines()) <= README_LINES_MAX


@every_page
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\bsyncd ([a-z][a-z-]+)", page.read_text()))
    assert named - PROSE <= set(syncd.commands)


@every_page
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert {one or other for one, other in named} <= targets


@every_page
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"(?<![\w/.:-])((?:syncd|tests|deploy|schemas|findings|\.ci)/[\w/.-]*\w/?)", page.read_text())
    assert [path for path in named if not ((TOP / path).exists() or (page.parent / path).exists())] == []


def test_every_folder_of_the_code_stands_on_the_page_of_the_house() -> None:
    text = HOUSE.read_text()
    folders = {path.parent.relative_to(HOUSE.parent) for path in (TOP / "syncd").rglob("__init__.py")} - {Path()}
    assert {str(folder) for folder in folders if f"]({folder})" not in text} == set()
    modules = {path.name for path in (TOP / "syncd").glob("[a-z]*.py")}
    assert {name for name in modules if f"]({name})" not in text} == set()


def test_a_bash_block_of_a_page_is_sound_shell() -> None:
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            checked = subprocess.run(["sh", "-n"], input=re.sub(r"<\w+>", "ID", block), text=True, check=False)
            assert checked.returncode == 0, f"{page.relative_to(TOP)}: {block}"
