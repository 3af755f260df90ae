"""What is not the list is refused with what is wrong; what is in force stays, and nobody else is touched."""

import bz2
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from syncd.core.state import FeedState
from syncd.demo import eu, lists
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.observe import moments
from tests.intake.watch import Watch, document, watching
from tests.site import Site

UN, EU, UK = document("un_sc"), document("eu_fsf"), document("uk_sl")
ETAG = '"first"'
HTML = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>" + b"<p>Back soon.</p>" * 9
ERROR = json.dumps({"status": 500, "error": "Internal Server Error", "message": "No message", "path": "/x" * 50})
BOMB = b"<!DOCTYPE bomb [<!ENTITY a 'aaaaaaaaaa'>%s]>\n" % b"".join(
    b"<!ENTITY %c '%s'>" % (letter, b"&%c;" % (letter - 1) * 10) for letter in b"bcdefghij"
)

Spoil = Callable[[Site, str], None]


def put(body: bytes, **options: object) -> Spoil:
    return lambda site, path: site.put(path, body, etag='"spoilt"', **options)  # type: ignore[arg-type]


def cut(body: bytes, share: float) -> bytes:
    """The first part of it, to the end of a line."""
    return body[: body.rfind(b"\n", 0, int(len(body) * share))]


# What comes instead of the UN's list, and what is said of it.
SPOILT: dict[str, tuple[Spoil, str]] = {
    "cut after a line": (put(cut(UN, 0.6)), "cut off or damaged"),
    "cut off with the connection": (
        lambda site, path: site.cut(path, UN[:9000], declared_bytes=len(UN)),
        "the connection was cut",
    ),
    "damaged": (put(UN.replace(b"</INDIVIDUAL_ALIAS>", b"</INDIVIDUAL", 1)), "cut off or damaged"),
    "entities": (put(UN.replace(b"<CONSOLIDATED_LIST", BOMB + b"<CONSOLIDATED_LIST", 1)), "it has a DTD"),
    "a page": (put(HTML, content_type="text/html"), "HTML page that says “Down for maintenance”"),
    "nothing": (put(b""), "an empty body"),
    "an error as JSON": (put(ERROR.encode(), content_type="application/json"), "JSON document that says “500"),
    "endless": (lambda site, path: site.endless(path, b"<INDIVIDUAL/>" * 999, first=UN[:500]), "2,000,000 bytes"),
    "slow": (lambda site, path: site.drip(path, UN, bytes_at_once=7), "within 2 s"),
    "gone": (lambda site, path: site.remove(path), "404"),
    "another list": (put(UK), "Designations"),
    "a piece of the list": (put(document("un_sc", BASELINES["un_sc"][:3])), "3 records"),
}


def standing(state: FeedState) -> tuple[object, ...]:
    return state.commit, state.sequence, state.ledger_digest, state.cursors, state.document, state.recent, state.holds


async def refused(watch: Watch, feed: str, said: str) -> None:
    """The poll fails with `said`, and nothing else happens."""
    before = await watch.state(feed)
    outcome = await watch.poll(feed)
    assert (outcome.result, outcome.commit) == ("failed", None)
    assert said in outcome.why
    assert "\n" not in outcome.why
    assert watch.heard.of(moments.PollFailed)[-1].why == outcome.why
    assert standing(await watch.state(feed)) == standing(before)
    left = [path.name for path in watch.assembly.config.archive_spool.iterdir()]
    assert [name for name in left if not name.endswith(".pieces")] == []


async def test_what_is_not_the_list_is_refused_and_the_other_feed_goes_on(site: Site, tmp_path: Path) -> None:
    sources = {"un_sc": {"consolidated_xml": site.url("/un.xml")}, "uk_sl": {"xml": site.url("/uk.xml")}}
    site.put("/un.xml", UN, etag=ETAG)
    site.put("/uk.xml", UK)
    async with watching(tmp_path, sources, bytes_max=2_000_000, unpacked_bytes_max=2_000_000) as watch:
        assert (await watch.poll("un_sc")).result == "committed"
        for spoil, said in SPOILT.values():
            spoil(site, "/un.xml")
            await refused(watch, "un_sc", said)
            # Of what was refused no validator is remembered.
            assert site.asked("/un.xml")[-1].headers["if-none-match"] == ETAG
        assert (await watch.poll("uk_sl")).result == "committed"
        site.put("/un.xml", document("un_sc", (*BASELINES["un_sc"], NEWCOMER)), etag='"spoilt"')
        assert (await watch.poll("un_sc")).result == "committed"
        assert [change.type for change in await watch.changes("un_sc", len(BASELINES["un_sc"]))] == ["designated"]
        assert await watch.sound("un_sc")
        assert (await watch.state("uk_sl")).ledger_records == len(BASELINES["uk_sl"])


async def test_a_zip_is_unpacked_within_bounds_or_not_at_all(site: Site, tmp_path: Path) -> None:
    inflated = io.BytesIO()
    with zipfile.ZipFile(inflated, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SDN_ADVANCED.XML", b"<?xml version='1.0'?><Sanctions>" + b" " * 50_000_000)
    good = lists.zipped("SDN_ADVANCED.XML", document("us_ofac_sdn"))
    spoilt = {
        inflated.getvalue(): "2,000,000 bytes",
        good[: len(good) // 2]: "ZIP",
        good[:-400] + b"\0" * 400: "ZIP",
        good[:5000] + bytes(9) + good[5009:]: "ZIP",
    }
    sources = {"us_ofac_sdn": {"advanced_zip": site.url("/sdn.zip"), "gate": site.url("/history")}}
    site.put("/history", b"[]", content_type="application/json")
    async with watching(tmp_path, sources, unpacked_bytes_max=2_000_000) as watch:
        for index, (body, said) in enumerate(spoilt.items()):
            # Three failures would bring the next source.
            if index == 2:
                site.put("/sdn.zip", good)
                assert (await watch.poll("us_ofac_sdn")).result == "committed"
            site.put("/sdn.zip", body)
            site.put("/history", b'[{"publicationID": %d, "datePublished": "2026-03-02T00:00:00"}]' % index)
            await refused(watch, "us_ofac_sdn", said)


@pytest.mark.shared
async def test_what_publishers_really_sent_instead_of_their_lists_is_refused(
    site: Site, tmp_path: Path, shared: Path
) -> None:
    sources = {
        "un_sc": {"consolidated_xml": site.url("/un.xml")},
        "eu_fsf": {"xml_1_1": site.url("/eu.xml"), "gate": site.url("/eu.rss")},
    }
    site.put("/eu.rss", eu.rss("first", site.url("/eu.xml")))
    site.put("/eu.xml", EU)
    site.put("/un.xml", UN)
    bodies = {body: body.name.partition("_")[0] for body in sorted((shared / "feeds" / "bad_bodies").iterdir())}
    bodies[shared / "feeds/eu_fsf/2022-03-18__xmlFullSanctionsList_1_1.TRUNCATED.xml.bz2"] = "eu"
    bodies[shared / "feeds/un_sc/2025-08-16__consolidated.DAMAGED.xml.bz2"] = "un"
    async with watching(tmp_path, sources, timeout_seconds=30.0) as watch:
        for feed in sources:
            assert (await watch.poll(feed)).result == "committed"
        for index, (file, authority) in enumerate(bodies.items()):
            content = file.read_bytes()
            site.put("/eu.rss", eu.rss(str(index), site.url("/eu.xml")))
            site.put(f"/{authority}.xml", bz2.decompress(content) if file.suffix == ".bz2" else content)
            await refused(watch, "eu_fsf" if authority == "eu" else "un_sc", _said(file))
        assert await watch.sound("un_sc")
        assert await watch.sound("eu_fsf")


def _said(file: Path) -> str:
    if file.suffix == ".bz2":
        return "cut off or damaged"
    size = file.stat().st_size
    return "an empty body" if size == 0 else "an HTML page" if "un_" in file.name else "“500 Internal Server Error"
