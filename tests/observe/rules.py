"""The alerts and the queries that syncd comes with, and which metrics they speak of."""

import re
from pathlib import Path
from typing import Any

import yaml

from syncd.observe.metrics import describe

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
RULE_TESTS = DEPLOY / "prometheus" / "tests" / "alerts.yaml"


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def unknown_metrics(query: str) -> set[str]:
    """Names in `query` that look like metrics of syncd's and are none."""
    known = {one.name for one in describe()}
    known |= {
        f"{one.name}_{part}" for one in describe() if one.kind == "histogram" for part in ("bucket", "sum", "count")
    }
    return set(re.findall(r"\bsyncd_\w+", query)) - known
