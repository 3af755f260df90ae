"""systemd, as far as it needs none that runs."""

from tests.tools import Tool

ANALYZE = Tool(
    name="systemd-analyze",
    remedy="on Debian or Ubuntu: apt-get install systemd",
    runs_with=("systemd-analyze",),
)
