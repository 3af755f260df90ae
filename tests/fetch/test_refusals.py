"""What is not the list: refused with one sentence that says what came, and nothing of it stays on disk."""

import gzip
import random
import traceback
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncd.core.state import Validators
from syncd.errors import DocumentRefused
from syncd.feeds.contract import Gate, GateAnswer
from tests.fetch.asking import Reading
from tests.fetch.documents import LIST, MAINTENANCE, SERVER_ERROR, SHORT_LIST, archive, encrypted, zipped

HTML_IN_UTF_16 = MAINTENANCE.decode().encode("utf-16")
XHTML = b'<?xml version="1.0"?>\n<!-- served by a wall -->\n<html xmlns="http://www.w3.org/1999/xhtml">' + b" " * 99
NOISE = random.Random(7).randbytes(50_000)


async def refusal(reading: Reading, path: str, **options: Any) -> str:
    with pytest.raises(DocumentRefused) as caught:
        await reading.document(path, **options)
    assert reading.left() == []
    assert caught.value.__context__ is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body instead of the XML document"),
        (b" \r\n\t ", "an empty body"),
        (b"\0" * 9000, "an empty body"),
        (MAINTENANCE, "an HTML page that says “Down for maintenance” instead of the XML document"),
        (b"\xef\xbb\xbf" + MAINTENANCE, "an HTML page"),
        (HTML_IN_UTF_16, "an HTML page that says “Down for maintenance”"),
        (XHTML, "an HTML page"),
        (b"<head><body> This object may be found elsewhere </body>" + b" " * 40, "an HTML page"),
        (SERVER_ERROR, "a JSON document that says “500 Internal Server Error” instead of the XML document"),
        (b"[" * 4000, "a JSON document instead"),
        (b"Request Rejected. " * 10, "plain text instead"),
        (b"%PDF-1.7 " + b"x" * 100, "a PDF document instead"),
        (gzip.compress(LIST), "a gzip file instead"),
        (zipped(list__xml=LIST), "a ZIP archive instead"),
        (b"\x89PNG\0" + b"\0" * 100, "binary data instead"),
        (b"<LIST></LIST>", "only 13 bytes, too few"),
    ],
)
async def test_a_body_that_is_not_xml_is_refused_by_what_it_is(reading: Reading, body: bytes, said: str) -> None:
    reading.site.put("/list.xml", body, content_type="text/plain")
    message = await refusal(reading, "/list.xml")
    assert message.startswith(f"{reading.site.url('/list.xml')}: the publisher answered 200 with ")
    assert said in message
    assert message.endswith("(text/plain)")


@pytest.mark.parametrize(("expect", "body"), [("json", LIST), ("json", MAINTENANCE), ("table", MAINTENANCE)])
async def test_each_kind_of_list_refuses_the_others(reading: Reading, expect: str, body: bytes) -> None:
    reading.site.put("/list", body)
    assert "instead of" in await refusal(reading, "/list", expect=expect)


@pytest.mark.parametrize(
    ("expect", "body"),
    [
        ("json", b'\xef\xbb\xbf {"publications": [' + b"1, " * 50 + b"1]}"),
        ("table", b"\xef\xbb\xbfid;name\n" + b"1;Ivan Example\n" * 20),
        ("table", zipped(xl=b"<worksheet/>" * 20)),
        ("table", b"\xd0\xcf\x11\xe0" + b"\0" * 100),
        ("xml", "<?xml version='1.0' encoding='utf-16'?><LIST>…</LIST>".encode("utf-16")),
        ("xml", b"<!-- \n a long story -->\n\n<ns:LIST xmlns:ns='urn:x'>" + b" " * 60 + b"</ns:LIST>"),
    ],
)
async def test_what_was_expected_is_taken_in_every_form_it_is_published_in(
    reading: Reading, expect: str, body: bytes
) -> None:
    reading.site.put("/list", body)
    assert (await reading.fetched("/list", expect=expect)).path.read_bytes() == body


async def test_names_in_a_refused_body_are_not_repeated(reading: Reading) -> None:
    reading.site.put("/list.xml", b"id;name\n1;Ivan Example\n" * 20)
    assert "Ivan" not in await refusal(reading, "/list.xml")


async def test_what_a_page_says_is_short_printable_and_without_addresses(reading: Reading) -> None:
    title = b"Go to https://storage.example/x?sig=5ecre7 \x1b[31m now" + b" and wait" * 40
    reading.site.put("/list.xml", b"<html><title>" + title + b"</title></html>")
    message = await refusal(reading, "/list.xml")
    said = message.partition("“")[2].partition("”")[0]
    assert said.startswith("Go to … ")
    assert len(said) <= 80
    assert said.isprintable()


async def test_html_is_refused_without_waiting_for_its_end(reading: Reading) -> None:
    reading.site.endless("/list.xml", b" " * 65_536, first=MAINTENANCE)
    assert "an HTML page" in await refusal(reading, "/list.xml")


async def test_an_endless_body_is_refused_at_its_cap(reading: Reading) -> None:
    reading.site.endless("/list.xml", b"<ENTRY/>" * 8192, first=b"<LIST>")
    assert "more than 3,000,000 bytes, the most that this download" in await refusal(
        reading, "/list.xml", bytes_max=3_000_000
    )


async def test_a_body_that_is_announced_too_long_is_not_read_at_all(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST)
    assert "more than 1,000 bytes" in await refusal(reading, "/list.xml", bytes_max=1_000)


@pytest.mark.parametrize(
    ("coding", "packed"), [("gzip", gzip.compress), ("deflate", zlib.compress)], ids=["gzip", "deflate"]
)
async def test_a_compression_bomb_is_refused_at_the_cap_of_what_comes_out(
    reading: Reading, coding: str, packed: Callable[[bytes], bytes]
) -> None:
    reading.site.put("/list.xml", packed(b"<LIST>" + bytes(60_000_000)), headers={"Content-Encoding": coding})
    message = await refusal(reading, "/list.xml", unpacked_bytes_max=2_000_000)
    assert "more than 2,000,000 bytes, the most that this document" in message


async def test_a_zip_bomb_is_refused_at_the_cap_of_what_comes_out(reading: Reading) -> None:
    reading.site.put("/list.zip", zipped(list__xml=b"<LIST>" + b" " * 60_000_000))
    message = await refusal(reading, "/list.zip", packing="zip", unpacked_bytes_max=2_000_000)
    assert "more than 2,000,000 bytes" in message


@pytest.mark.parametrize(
    ("coding", "body", "said"),
    [
        ("gzip", gzip.compress(LIST)[:-200], "a gzip coding that is cut off"),
        ("gzip", LIST, "a content coding that is damaged"),
        ("gzip", gzip.compress(LIST) + b"and more", "a gzip coding with something else behind it"),
        ("gzip", gzip.compress(LIST)[:-6] + b"\0" * 6, "a content coding that is damaged"),
        ("gzip", b"", "an empty body"),
        ("deflate", zlib.compress(LIST)[:-200], "a deflate coding that is cut off"),
        ("deflate", zlib.compress(LIST)[:-4] + b"\0\0\0\0", "a content coding that is damaged"),
        ("deflate", zlib.compress(LIST) + b"x", "a deflate coding with something else behind it"),
        ("deflate", zlib.compress(LIST)[2:-4] + b"x", "a deflate coding with something else behind it"),
        ("br", LIST, "a content coding that was not asked for"),
        ("gzip, gzip", gzip.compress(gzip.compress(LIST)), "a content coding that was not asked for"),
    ],
)
async def test_a_content_coding_that_is_damaged_is_refused(
    reading: Reading, coding: str, body: bytes, said: str
) -> None:
    reading.site.put("/list.xml", body, headers={"Content-Encoding": coding})
    assert said in await refusal(reading, "/list.xml")


def _damaged(body: bytes) -> bytes:
    middle = len(body) // 3
    return body[:middle] + bytes(20) + body[middle + 20 :]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (LIST, "an XML document instead of the ZIP archive"),
        (MAINTENANCE, "an HTML page"),
        (archive([]), "a ZIP archive with 0 documents in it"),
        (archive([("a.xml", LIST), ("b.xml", LIST)]), "a ZIP archive with 2 documents in it instead of one"),
        (archive([(f"{n}.xml", b"") for n in range(3000)]), "far more than one document"),
        (archive([("../../etc/list.xml", LIST)]), "a name that leads out of its folder"),
        (archive([("/etc/list.xml", LIST)]), "a name that leads out of its folder"),
        (archive([("..\\list.xml", LIST)]), "a name that leads out of its folder"),
        (archive([("C:\\list.xml", LIST)]), "a name that leads out of its folder"),
        (archive([("list.zip", zipped(list__xml=LIST))]), "a ZIP archive with another one in it"),
        (archive([("list.xml", zipped(list__xml=LIST))]), "a ZIP archive instead of the XML document"),
        (encrypted(LIST), "a ZIP archive that is encrypted"),
        (archive([("list.xml", LIST)], compression=zipfile.ZIP_LZMA), "a compression other than deflate"),
        (archive([("list.xml", LIST)])[:-200], "a ZIP archive that is cut off"),
        (_damaged(archive([("list.xml", SHORT_LIST + NOISE)])), "a ZIP archive that is damaged"),
        (archive([("list.xml", MAINTENANCE)]), "an HTML page"),
        (archive([("list.xml", b"")]), "an empty body"),
    ],
)
async def test_a_zip_that_is_not_exactly_one_readable_document_is_refused(
    reading: Reading, body: bytes, said: str
) -> None:
    reading.site.put("/list.zip", body, content_type="application/zip")
    assert said in await refusal(reading, "/list.zip", packing="zip")


@pytest.mark.parametrize("body", [b"", MAINTENANCE, b"0" * 3000])
async def test_a_gate_that_answers_with_something_else_is_refused(reading: Reading, body: bytes) -> None:
    reading.site.put("/gate", body)
    gate = Gate(url=reading.site.url("/gate"), read=lambda body, _: GateAnswer(token=""), bytes_max=2000)
    with pytest.raises(DocumentRefused):
        await reading.fetcher.gate(gate, Validators(), today=date(2026, 1, 2), expect="xml")


async def test_a_refusal_names_the_secret_address_nowhere(reading: Reading) -> None:
    reading.site.put_signed("/list.xml", MAINTENANCE)
    with pytest.raises(DocumentRefused) as caught:
        await reading.document("/list.xml")
    assert "5ecre7" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.shared
async def test_every_bad_body_that_publishers_have_really_served_is_refused(reading: Reading, shared: Path) -> None:
    bodies = sorted((shared / "feeds" / "bad_bodies").iterdir())
    assert len(bodies) >= 13
    for file in bodies:
        reading.site.put("/list.xml", file.read_bytes(), content_type="text/xml")
        message = await refusal(reading, "/list.xml")
        assert "instead of the XML document" in message


async def test_a_zip_whose_places_cannot_be_is_refused(reading: Reading) -> None:
    """Its directory says that the document begins before the file does."""
    whole = zipped(list__xml=LIST)
    reading.site.put("/list.zip", whole[:40] + whole[340:])
    assert "a ZIP archive that is damaged" in await refusal(reading, "/list.zip", packing="zip")
