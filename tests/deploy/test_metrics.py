"""What Prometheus itself says of what syncd exposes."""

import subprocess
from pathlib import Path

from syncd.observe.metrics import Metrics
from syncd.observe.report import Report
from tests.observe.conftest import SAMPLES


def test_promtool_has_nothing_to_say_against_the_metrics(promtool: Path) -> None:
    metrics = Metrics()
    for moment in SAMPLES:
        Report(metrics)(moment)
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=metrics.exposition(), capture_output=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stderr.decode()) == (0, "")
