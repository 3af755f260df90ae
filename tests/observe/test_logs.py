import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
import structlog

from syncd.observe import logs
from syncd.observe import moments as m
from syncd.observe.metrics import Metrics
from syncd.observe.report import Report


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def failed(why: str) -> m.PollFailed:
    return m.PollFailed(feed="un_sc", source="xml", fault="network", why=why, failures=1, retry_seconds=60)


def fail_with(message: str) -> None:
    raise ValueError(message)


def test_on_a_terminal_a_moment_is_a_sentence():
    terminal = Terminal()
    logs.configure("auto", "info", terminal)
    Report(Metrics())(m.HoldEnded(feed="un_sc", hold="abc", how="released"))
    (line,) = terminal.getvalue().splitlines()
    assert "un_sc: hold abc ended: released" in line
    assert "hold_ended" not in line


def test_elsewhere_a_moment_is_a_json_object_a_line_in_utc():
    stream = StringIO()
    logs.configure("auto", "info", stream)
    Report(Metrics())(m.HoldEnded(feed="un_sc", hold="abc", how="released"))
    line = json.loads(stream.getvalue())
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "info",
        "event": "hold_ended",
        "message": "un_sc: hold abc ended: released",
        "feed": "un_sc",
        "hold": "abc",
        "how": "released",
    }


@pytest.mark.parametrize(("form", "is_json"), [("json", True), ("console", False)])
def test_the_form_can_be_chosen_wherever_the_log_goes(form: logs.Form, is_json: bool):
    stream = Terminal() if is_json else StringIO()
    logs.configure(form, "info", stream)
    Report(Metrics())(m.DaemonStopping(signal="SIGTERM"))
    assert stream.getvalue().startswith("{") is is_json


def test_the_log_goes_to_stderr_so_that_stdout_is_data(capsys: pytest.CaptureFixture[str]):
    logs.configure("json")
    Report(Metrics())(m.DaemonStopping(signal="SIGTERM"))
    written = capsys.readouterr()
    assert written.out == ""
    assert "daemon_stopping" in written.err


def test_below_its_level_nothing_is_written():
    stream = StringIO()
    logs.configure("json", "warning", stream)
    report = Report(Metrics())
    report(m.Attested(feed="un_sc", records=1))
    report(failed("timed out"))
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["poll_failed"]


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "aiohttp.access", "aiokafka", "asyncio"])
def test_libraries_never_write_the_addresses_that_they_ask(name: str):
    stream = StringIO()
    logs.configure("json", "debug", stream)
    logging.getLogger(name).info("HTTP Request: GET https://bucket.example/list.zip?X-Signature=secret")
    logging.getLogger(name).debug("connect_tcp.started host='bucket.example'")
    assert stream.getvalue() == ""


def test_a_warning_of_a_library_is_a_line_like_any_other():
    stream = StringIO()
    logs.configure("json", "info", stream)
    logging.getLogger("aiohttp.server").warning("lost %d connections", 3)
    line = json.loads(stream.getvalue())
    assert (line["level"], line["event"], line["logger"]) == ("warning", "lost 3 connections", "aiohttp.server")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://bucket.example/a/b.zip?X-Sig=s3cret&e=1 failed", "GET https://bucket.example/a/b.zip?… failed"),
        ("via http://user:s3cret@proxy.example:3128/", "via http://proxy.example:3128/"),
        ("'https://h.example/x?token=s3cret'", "'https://h.example/x?…'"),
        ("https://h.example/x#s3cret", "https://h.example/x"),
        ("https://h.example?token=s3cret", "https://h.example?…"),
        ("https://u@h.example/mail@x?s3cret", "https://h.example/mail@x?…"),
        ("is this the list? no", "is this the list? no"),
    ],
)
def test_a_secret_in_an_address_does_not_reach_the_log(text: str, shown: str):
    stream = StringIO()
    logs.configure("json", "info", stream)
    Report(Metrics())(failed(text))
    line = json.loads(stream.getvalue())
    assert line["why"] == shown
    assert "s3cret" not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_document_can_neither_forge_a_line_nor_steer_a_terminal(form: logs.Form):
    stream = StringIO()
    logs.configure(form, "info", stream)
    Report(Metrics())(failed("root is <a\nun_sc: commit 9\r\x1b[2J\u202e>"))
    assert len(stream.getvalue().splitlines()) == 1
    assert not set(stream.getvalue()) & {"\r", "\x1b", "\u202e"}


@pytest.mark.parametrize("form", ["json", "console"])
def test_the_trace_of_an_unexpected_error_loses_its_secrets(form: logs.Form):
    """The trace of an unexpected error keeps its lines and loses its secrets."""
    stream = StringIO()
    logs.configure(form, "info", stream)
    try:
        fail_with("https://bucket.example/x?sig=s3cret")
    except ValueError:
        logging.getLogger("anybody").exception("failed")
    assert "ValueError: https://bucket.example/x?…" in stream.getvalue()
    assert "sig=s3cret" not in stream.getvalue()


def test_a_second_set_up_replaces_the_first():
    first, second = StringIO(), StringIO()
    logs.configure("json", "info", first)
    logs.configure("json", "info", second)
    logging.getLogger("anybody").warning("once")
    Report(Metrics())(m.DaemonStopping(signal="SIGTERM"))
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 2
