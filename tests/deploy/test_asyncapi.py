"""The AsyncAPI document, as AsyncAPI's own parser reads it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.asyncapi import ASYNCAPI
from tests.tools import needs

DOCUMENT = Path(__file__).parents[2] / "schemas" / "asyncapi.v1.json"
ERROR, WARNING = 0, 1


def said(document: Path) -> list[dict[str, Any]]:
    """Errors and warnings; the rest is advice."""
    folder = needs(ASYNCAPI)
    ran = subprocess.run(
        ["node", str(folder / "validate.mjs"), str(document)], capture_output=True, check=True, timeout=120
    )
    return [one for one in json.loads(ran.stdout) if one["severity"] <= WARNING]


def test_the_parser_finds_nothing_wrong() -> None:
    assert said(DOCUMENT) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [("channels", {"changes": {"messages": {"x": {"$ref": "#/components/messages/none"}}}}), ("asyncapi", None)],
)
def test_the_parser_would_have_found_a_mistake(part: str, value: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "asyncapi.json"
    wrong.write_text(json.dumps({**json.loads(DOCUMENT.read_text()), part: value}))
    assert [one for one in said(wrong) if one["severity"] == ERROR]
