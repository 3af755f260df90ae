"""A field that nobody knows and that every entry has is a finding about the layout: said once, and nothing is held."""

import bz2
import re
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.demo.targets import BASELINES
from syncd.observe import moments
from tests.intake.watch import Watch, document, watching
from tests.site import Site

FEED = "un_sc"
COUNT = len(BASELINES[FEED])
HOUR = timedelta(minutes=61)
FIELD = re.compile(rb"(<FIRST_NAME>)")


def with_field(every: int = 1, value: bytes = b"pale", content: bytes = b"") -> bytes:
    """The list with an invented element in each `every`th entry."""
    count = 0

    def add(found: re.Match[bytes]) -> bytes:
        nonlocal count
        count += 1
        return (b"<HULL_COLOUR>" + value + b"</HULL_COLOUR>" if count % every == 0 else b"") + found[1]

    return FIELD.sub(add, content or document(FEED))


def sources(site: Site) -> dict[str, dict[str, str]]:
    return {FEED: {"consolidated_xml": site.url("/un.xml")}}


async def told(watch: Watch) -> dict[str, int]:
    """What was said of each path; fails when one was said twice."""
    found = watch.heard.of(moments.LayoutFound)
    assert len({one.field for one in found}) == len(found)
    return {one.field: one.entries for one in found}


async def test_a_first_document_with_an_unknown_element_throughout_is_the_baseline(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site), partial_ratio=0.05) as watch:
        site.put("/un.xml", with_field())
        assert (await watch.poll(FEED)).result == "committed"
        state = await watch.state(FEED)
        assert (state.holds, state.partial, state.ledger_records) == ((), (), COUNT)
        assert set(await told(watch)) == {"INDIVIDUAL/HULL_COLOUR", "ENTITY/HULL_COLOUR"}
        assert sum((await told(watch)).values()) == COUNT
        assert watch.heard.of(moments.EntryPartial) == []
        (row,) = (one for one in await watch.rows(FEED) if one.kind == "commit")
        assert row.layout == await told(watch)
        assert state.document is not None
        assert state.document.unknown == row.layout
        changes = await watch.changes(FEED)
        assert all(b"pale" in bytes(one.after or b"") for one in changes)


async def test_an_unknown_element_that_comes_and_goes_is_a_matter_of_format(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        for content in (document(FEED), with_field(), document(FEED)):
            site.put("/un.xml", content)
            watch.clock.move(HOUR)
            assert (await watch.poll(FEED)).result != "failed"
            watch.clock.move(HOUR)
            await watch.poll(FEED)
        said = await watch.changes(FEED, COUNT)
        assert len(said) == 2 * COUNT
        assert {(one.type, one.origin, one.material) for one in said} == {("amended", "format", False)}
        assert len(await told(watch)) == 2
        assert (await watch.state(FEED)).holds == ()
        assert await watch.sound(FEED)


async def test_a_known_layout_makes_no_new_entry_partial(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        site.put("/un.xml", with_field())
        await watch.poll(FEED)
        site.put("/un.xml", with_field().replace(b">pale<", b">bright<", 1))
        assert (await watch.poll(FEED)).result == "committed"
        (change,) = await watch.changes(FEED, COUNT)
        assert (change.type, change.origin, change.material) == ("amended", "source", False)
        assert (await watch.state(FEED)).partial == ()
        assert len(await told(watch)) == 2


async def test_an_unknown_element_of_a_few_makes_those_partial(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        site.put("/un.xml", with_field(every=5))
        assert (await watch.poll(FEED)).result == "committed"
        assert len((await watch.state(FEED)).partial) == COUNT // 5
        assert await told(watch) == {}


@pytest.mark.shared
async def test_an_unknown_element_in_every_entry_allows_the_baseline(site: Site, tmp_path: Path, shared: Path) -> None:
    """The uks real list with an invented element in every entry places its baseline."""
    packed = next((shared / "feeds" / "uk_sl").glob("REBUILT__2026-08-22*"))
    content = bz2.decompress(packed.read_bytes())
    content = content.replace(b"</Designation>", b"<HullColour>pale</HullColour></Designation>")
    # What this version of the reader does not know of today's list is not the subject here.
    for known in (b"SanctionsImposedIndicators", b"CryptoWalletAddresses"):
        content = re.sub(rb"<%s>.*?</%s>|<%s/>" % (known, known, known), b"", content, flags=re.DOTALL)
    site.put("/uk.xml", content)
    limits = {"records_min": 2_000, "removals_max": 100, "timeout_seconds": 60.0}
    async with watching(tmp_path, {"uk_sl": {"xml": site.url("/uk.xml")}}, **limits) as watch:
        assert (await watch.poll("uk_sl")).result == "committed"
        state = await watch.state("uk_sl")
        assert state.ledger_records == 6349
        assert await told(watch) == {"Designation/HullColour": 6349}
        assert len(state.partial) <= 1
