"""The last lines of a run: which tests were not run for want of a tool, and the one command that brings it."""

from collections import Counter
from collections.abc import Generator

import pytest

from tests.tools import NOT_HERE, progress


def pytest_configure(config: pytest.Config) -> None:
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        progress.say_within(capture.global_and_fixture_disabled)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    yield
    for what, count in sorted(_not_run(terminalreporter).items()):
        terminalreporter.write_line(f"NOT RUN: {count} tests need what is {what}", yellow=True)


def _not_run(terminalreporter: pytest.TerminalReporter) -> Counter[str]:
    """How many tests were left out, by what they need."""
    reasons = (_reason(report) for report in terminalreporter.stats.get("skipped", []))
    return Counter(reason for reason in reasons if reason.startswith(NOT_HERE))


def _reason(report: pytest.TestReport) -> str:
    """pytest gives a skip as (file, line, "Skipped: why")."""
    return str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
