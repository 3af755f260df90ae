"""Debian's Prometheus: the server, and promtool, which checks rules and metrics."""

from tests.tools import Tool, debian

PROMETHEUS = Tool(
    name="a real Prometheus",
    remedy="on Debian or Ubuntu, with the package archive in reach: apt-get update",
    folder=f"prometheus-{debian.release()}",
    fetch=debian.unpacking("prometheus"),
    fetched_with=debian.COMMANDS,
)
