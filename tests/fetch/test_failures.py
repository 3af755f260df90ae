"""When nothing is received: whose fault, for how long, and never a secret in what is said."""

import logging
import ssl
import traceback
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from syncd.config import FetchSettings
from syncd.core.state import Validators
from syncd.errors import ConfigurationError, FetchFailed
from syncd.feeds.contract import Gate, GateAnswer
from syncd.fetch import Fetched, Fetcher
from syncd.fetch.addresses import redirected, shown_address
from tests.fetch.asking import Reading, source
from tests.fetch.documents import LIST, MAINTENANCE
from tests.site import Site


async def failure(reading: Reading, path: str, validators: Validators | None = None, **options: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await reading.document(path, validators, **options)
    assert reading.left() == []
    assert caught.value.__context__ is None
    return caught.value


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "403 Forbidden (text/html)"),
        (404, "404 Not Found (text/html)"),
        (429, "429 Too Many Requests"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
        (202, "202 Accepted"),
        (204, "204 No Content"),
        (206, "206 Partial Content"),
        (599, "599"),
    ],
)
async def test_any_other_status_is_a_failure_that_names_it(reading: Reading, status: int, said: str) -> None:
    reading.site.put("/list.xml", MAINTENANCE if status != 204 else b"", status=status, content_type="text/html")
    error = await failure(reading, "/list.xml")
    assert f"{reading.site.url('/list.xml')}: the publisher answered {said}" in str(error)
    assert error.retry_after_seconds is None


async def test_a_304_to_an_unconditional_question_is_a_failure(reading: Reading) -> None:
    reading.site.put("/list.xml", b"", status=304)
    assert "304 Not Modified" in str(await failure(reading, "/list.xml"))


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120.0), ("0", 0.0), ("999999999999", 3600.0), ("soon", None), ("-5", None)]
)
async def test_retry_after_in_seconds_is_kept_within_an_hour(
    reading: Reading, value: str, seconds: float | None
) -> None:
    reading.site.put("/list.xml", b"", status=503, headers={"Retry-After": value})
    assert (await failure(reading, "/list.xml")).retry_after_seconds == seconds


@pytest.mark.parametrize(("later", "seconds"), [(90, 90.0), (-90, 0.0), (86_400, 3600.0)])
async def test_retry_after_as_a_date_is_measured_by_the_publishers_clock(
    reading: Reading, later: int, seconds: float
) -> None:
    theirs = datetime(2031, 5, 1, 12, tzinfo=UTC)
    headers = {
        "Date": format_datetime(theirs, usegmt=True),
        "Retry-After": format_datetime(theirs + timedelta(seconds=later), usegmt=True),
    }
    reading.site.put("/list.xml", b"", status=503, headers=headers)
    assert (await failure(reading, "/list.xml")).retry_after_seconds == seconds


async def test_a_body_cut_off_before_its_announced_end_is_a_failure(reading: Reading) -> None:
    reading.site.cut("/list.xml", LIST, declared_bytes=len(LIST) + 5000)
    assert "the connection was cut" in str(await failure(reading, "/list.xml"))


async def test_a_body_cut_off_between_its_chunks_is_a_failure(reading: Reading) -> None:
    reading.site.cut("/list.xml", LIST)
    assert "the connection was cut" in str(await failure(reading, "/list.xml"))


async def test_a_body_that_drips_beyond_the_deadline_is_a_failure(reading: Reading) -> None:
    reading.site.drip("/list.xml", LIST, bytes_at_once=10, pause_seconds=0.01)
    error = await failure(reading, "/list.xml", timeout_seconds=0.3)
    assert "no whole answer within 0.3 s" in str(error)


async def test_a_publisher_that_never_answers_is_a_failure_at_the_deadline(reading: Reading) -> None:
    reading.site.silent("/list.xml")
    assert "no whole answer within 0.2 s; 0 bytes had come" in str(
        await failure(reading, "/list.xml", timeout_seconds=0.2)
    )


async def test_a_publisher_that_goes_silent_is_a_failure_before_the_deadline(site: Site, tmp_path: Path) -> None:
    site.silent("/list.xml")
    async with Fetcher(FetchSettings(silence_timeout_seconds=0.2)) as fetcher:
        with pytest.raises(FetchFailed, match="the publisher went silent"):
            await fetcher.document(source(site.url("/list.xml")), Validators(), into=tmp_path)


async def test_a_gate_has_a_deadline_of_its_own(site: Site) -> None:
    site.silent("/gate")
    gate = Gate(url=site.url("/gate"), read=lambda body, _: GateAnswer(token=""))
    async with Fetcher(FetchSettings(gate_timeout_seconds=0.2)) as fetcher:
        with pytest.raises(FetchFailed, match=r"no whole answer within 0\.2 s"):
            await fetcher.gate(gate, Validators(), today=date(2026, 1, 2))


async def test_nobody_at_the_address_is_said_in_the_systems_words(tmp_path: Path) -> None:
    async with Site() as gone:
        address = gone.url("/list.xml?token=5ecre7")
    async with Fetcher(FetchSettings(connect_timeout_seconds=30)) as fetcher:
        with pytest.raises(FetchFailed) as caught:
            await fetcher.document(source(address), Validators(), into=tmp_path)
    assert "no connection" in str(caught.value)
    assert "5ecre7" not in str(caught.value)


async def test_a_connection_broken_before_an_answer_is_tried_once_more(reading: Reading) -> None:
    """A connection that breaks before an answer is tried once more and no oftener."""
    reading.site.hang_up("/list.xml")
    await failure(reading, "/list.xml")
    assert len(reading.site.asked("/list.xml")) == 2


@pytest.mark.parametrize(
    "url", ["ftp://publisher.example/x", "http://", "not an address", "http://[::1/x?token=5ecre7"]
)
async def test_an_address_that_is_none_is_a_failure_and_is_not_repeated(reading: Reading, url: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        await reading.fetcher.document(source(url), Validators(), into=reading.folder)
    assert "5ecre7" not in str(caught.value)
    assert reading.left() == []


async def test_redirects_end_after_five(reading: Reading) -> None:
    reading.site.redirect("/list.xml", "/list.xml")
    assert "more than 5 redirects" in str(await failure(reading, "/list.xml"))
    assert len(reading.site.asked("/list.xml")) == 6


@pytest.mark.parametrize("to", ["", "ftp://publisher.example/x", "http://user:5ecre7@localhost/x", "http://[::1"])
async def test_a_redirect_to_nowhere_is_a_failure(reading: Reading, to: str) -> None:
    reading.site.redirect("/list.xml", to)
    assert "5ecre7" not in str(await failure(reading, "/list.xml"))


async def test_a_failing_storage_is_named_by_its_host_alone(reading: Reading, caplog: pytest.LogCaptureFixture) -> None:
    storage = f"http://127.0.0.1:{reading.site.port}/storage/list.xml?X-Amz-Signature=5ecre7"
    reading.site.redirect("/list.xml", storage)
    reading.site.put("/storage/list.xml", b"<Error>5ecre7</Error>", status=403)
    with caplog.at_level(logging.DEBUG):
        error = await failure(reading, "/list.xml")
    assert f"{reading.site.url('/list.xml')} (redirected to 127.0.0.1): the publisher answered 403" in str(error)
    assert "/storage" not in str(error)
    assert "5ecre7" not in "".join(traceback.format_exception(error)) + caplog.text


async def test_no_log_line_of_the_libraries_holds_the_signed_address(
    reading: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    reading.site.put_signed("/list.xml", LIST)
    with caplog.at_level(logging.DEBUG):
        await reading.fetched("/list.xml")
    assert "5ecre7" not in caplog.text


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://publisher.example/x", "http://publisher.example/x"),
        ("https://publisher.example/x", "http://storage.example/x?sig=5ecre7"),
        ("https://publisher.example/x", "https://10.0.0.1/x"),
        ("https://publisher.example/x", "https://169.254.169.254/latest"),
        ("https://publisher.example/x", "https://[::1]/x"),
        ("https://publisher.example/x", "https://localhost/x"),
        ("https://publisher.example/x", "file:///etc/passwd"),
        ("https://publisher.example/x", "https://user:5ecre7@storage.example/x"),
    ],
)
def test_a_redirect_that_nobody_should_follow_is_refused(url: str, location: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        redirected(url, location)
    assert "5ecre7" not in str(caught.value)


def test_plain_http_is_followed_to_a_host_that_the_operator_named() -> None:
    target = redirected("https://publisher.example/x", "http://mirror.example/x", plain_http_hosts=("mirror.example",))
    assert target == "http://mirror.example/x"


def test_a_relative_redirect_stays_with_its_host() -> None:
    assert redirected("https://publisher.example/a/b", "../c?d=e") == "https://publisher.example/c?d=e"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://user:5ecre7@publisher.example:8443/a/b?token=5ecre7#x", "https://publisher.example:8443/a/b"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("https://publisher.example:99999/a", "an address that cannot be read"),
        ("5ecre7", "an address that cannot be read"),
    ],
)
def test_an_address_is_shown_without_user_query_and_fragment(url: str, words: str) -> None:
    assert shown_address(url) == words


async def test_a_private_authority_is_trusted_when_it_is_configured(
    authority: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    context, ca_file = authority
    async with Site(tls=context) as site, Fetcher(FetchSettings(ca_file=ca_file)) as fetcher:
        site.put_signed("/list.xml", LIST)
        fetched = await fetcher.document(source(site.url("/list.xml")), Validators(), into=tmp_path)
    assert isinstance(fetched, Fetched)
    assert fetched.bytes == len(LIST)


async def test_a_certificate_that_nobody_vouches_for_is_a_failure(
    authority: tuple[ssl.SSLContext, Path], tmp_path: Path
) -> None:
    async with Site(tls=authority[0]) as site, Fetcher() as fetcher:
        with pytest.raises(FetchFailed, match="its certificate is not trusted"):
            await fetcher.document(source(site.url("/list.xml")), Validators(), into=tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
async def test_a_ca_file_that_cannot_be_used_is_the_operators_fault(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"fetch\.ca_file"):
        async with Fetcher(FetchSettings(ca_file=file)):
            pass


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://user:5ecre7@proxy.example"])
async def test_an_unusable_proxy_is_the_operators_fault(proxy: str) -> None:
    """A proxy that cannot be used is the operators fault and is not repeated."""
    with pytest.raises(ConfigurationError, match=r"fetch\.proxy") as caught:
        async with Fetcher(FetchSettings.model_validate({"proxy": proxy})):
            pass
    assert "5ecre7" not in "".join(traceback.format_exception(caught.value))


async def test_a_proxy_that_is_away_is_a_failure(reading: Reading) -> None:
    async with Site() as gone:
        proxy = gone.url("")
    async with Fetcher(FetchSettings.model_validate({"proxy": proxy, "connect_timeout_seconds": 30})) as fetcher:
        with pytest.raises(FetchFailed, match="no connection"):
            await fetcher.document(source("http://publisher.example/x"), Validators(), into=reading.folder)


async def test_a_disk_that_cannot_be_written_is_a_failure_that_says_so(reading: Reading, tmp_path: Path) -> None:
    reading.site.put("/list.xml", LIST)
    with pytest.raises(FetchFailed, match="could not be written"):
        await reading.fetcher.document(source(reading.site.url("/list.xml")), Validators(), into=tmp_path / "not there")
