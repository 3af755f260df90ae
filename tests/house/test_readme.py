"""The README is true: what is generated in it is what the code says, and what it names exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.cli import syncd
from syncd.config.reference import settings_tables
from syncd.feeds import all_feeds, pace
from syncd.feeds import describe as describing
from syncd.observe.metrics import describe

README = Path(__file__).parents[2] / "README.md"


def _metrics() -> Iterator[str]:
    yield "| metric | kind | labels | what it says |"
    yield "|---|---|---|---|"
    for one in describe():
        labels = ", ".join(f"`{label}`" for label in one.labels) or "–"
        yield f"| `{one.name}` | {one.kind} | {labels} | {one.help} |"


GENERATED = {
    "<!-- made by `syncd feeds`: overview -->": lambda: describing.overview(all_feeds().values()),
    "<!-- made by `syncd feeds --pace` -->": lambda: pace.pace_table(all_feeds().values()),
    "<!-- made by `syncd check-config --describe` -->": settings_tables,
    "<!-- made from syncd/observe/metrics.py -->": lambda: "\n".join(_metrics()),
}


@pytest.mark.parametrize("mark", GENERATED)
def test_what_is_generated_is_what_the_code_says(mark: str, request: pytest.FixtureRequest) -> None:
    text = README.read_text()
    before, _, rest = text.partition(mark)
    _, end, after = rest.partition("<!-- end -->")
    wanted = f"{before}{mark}\n{GENERATED[mark]()}\n{end}{after}"
    if request.config.getoption("--rewrite-golden"):
        README.write_text(wanted)
        return
    assert text == wanted, "run pytest tests/house --rewrite-golden"


def test_every_command_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"syncd ([a-z][a-z-]+)", README.read_text()))
    commands = set(syncd.commands)
    prose = {"watches", "reads", "polls", "does", "cannot", "saw", "in", "keeps", "needs"}
    assert named - prose <= commands


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (README.parent / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", README.read_text(), re.MULTILINE)
    assert {one or other for one, other in named} <= targets


def test_every_folder_that_the_readme_draws_exists() -> None:
    for path in re.findall(r"(syncd/[a-z_/]+(?:\.py)?)", README.read_text().partition("## The house")[2]):
        assert (README.parent / path).exists(), path
