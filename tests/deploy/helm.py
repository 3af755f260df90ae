"""Helm, which takes minutes to build, and once is enough."""

from tests.tools import Tool, golang

VERSION = "v3.22.0"
HELM = Tool(
    name="Helm",
    remedy=golang.REMEDY,
    folder=f"helm-{VERSION}",
    fetch=golang.building("helm.sh/helm/v3/cmd/helm", VERSION, "helm"),
    fetched_with=golang.COMMANDS,
)
