"""A list whose form changes: what a new column says of everybody is said, and is nobody's act."""

from pathlib import Path

from tests.intake.watch import watching
from tests.site import Site

FEED = "ca_sema"
COUNT = 30


def document(*listed: str) -> bytes:
    """Invented entries, of which the first have these days of listing."""
    days = [f"<DateOfListing>{day}</DateOfListing>" for day in listed]
    entries = (
        f"<record><Country>Iran</Country><LastName>Aldin {number}</LastName>{day}</record>"
        for number, day in enumerate([*days, *[""] * (COUNT - len(days))])
    )
    return f"<data-set>{''.join(entries)}</data-set>".encode()


async def test_a_column_is_a_matter_of_format_only_when_it_appears(site: Site, tmp_path: Path) -> None:
    """A column that appears is committed as a matter of format and from then on what changes in it counts."""
    async with watching(tmp_path, {FEED: {"xml": site.url("/list.xml")}}) as watch:
        site.put("/list.xml", document())
        assert (await watch.poll(FEED)).result == "committed"
        site.put("/list.xml", document(*["2020-01-02"] * COUNT))
        assert (await watch.poll(FEED)).result == "committed"
        said = await watch.changes(FEED, COUNT)
        assert {(one.type, one.origin, one.material) for one in said} == {("amended", "format", False)}
        assert len(said) == COUNT
        assert await watch.sound(FEED)
    async with watching(tmp_path, {FEED: {"xml": site.url("/list.xml")}}) as watch:
        site.put("/list.xml", document("2021-03-04", *["2020-01-02"] * (COUNT - 1)))
        assert (await watch.poll(FEED)).result == "committed"
        (change,) = await watch.changes(FEED, 2 * COUNT)
        assert (change.type, change.origin, change.material) == ("amended", "source", True)
