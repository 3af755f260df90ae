"""The Prometheus operator's own definitions of what the chart makes for it, out of the operator's sources."""

import shutil
from pathlib import Path

from tests.tools import Tool, golang

VERSION = "v0.85.0"
KINDS = ("servicemonitors", "prometheusrules")


def _fetch(folder: Path) -> None:
    sources = golang.downloaded("github.com/prometheus-operator/prometheus-operator", VERSION, folder)
    for kind in KINDS:
        shutil.copy(sources / "example" / "prometheus-operator-crd" / f"monitoring.coreos.com_{kind}.yaml", folder)


DEFINITIONS = Tool(
    name="the definitions of the Prometheus operator",
    remedy=golang.REMEDY,
    folder=f"prometheus-operator-{VERSION}",
    fetch=_fetch,
    fetched_with=golang.COMMANDS,
)
