"""What of each authority's measures syncd sees and what not, with the reason: the edge of the picture, for compliance.

What is seen comes from the feeds. What is not is stated here (`UNSEEN`), by the two letters that feeds' ids begin with.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from syncd.core.coordination.explanations import name_of
from syncd.feeds.contract import Feed
from syncd.feeds.measures import MEASURE_TYPES


class Unseen(Struct, frozen=True, kw_only=True):
    """A measure of an authority that no feed shows, and why."""

    authority: str
    measure: str
    reason: str


def _unseen(authority: str, measure: str, reason: str) -> Unseen:
    return Unseen(authority=authority, measure=measure, reason=reason)


NO_DOCUMENT = "no document that a program can read is at hand"
UNSEEN: tuple[Unseen, ...] = (
    _unseen("us", "who is owned by half or more by somebody listed (OFAC's rule, BIS's affiliates)", "is on no list"),
    _unseen("us", "visa bans under section 7031(c) and visa policies of State", "are told in press releases alone"),
    _unseen("us", "import bans of the UFLPA Entity List; the Department of War's section 1260H list", NO_DOCUMENT),
    _unseen("us", "exclusions from procurement (SAM.gov)", "no sanction, and needs a key"),
    _unseen("eu", "bans on entry", "stand in decisions of the Council; the file of freezes does not show them"),
    _unseen("eu", "export bans on persons of Annex IV of 833/2014", "in the Official Journal alone"),
    _unseen(
        "eu",
        "bans on capital, on transactions with banks and ports (Annexes III, XIV, XIX …)",
        NO_DOCUMENT,
    ),
    _unseen("eu", "who is owned or controlled by somebody listed", "is on no list"),
    _unseen("uk", "proscribed terrorist organisations (Terrorism Act 2000)", "a page of the Home Office, not read"),
    _unseen("uk", "who is owned or controlled by somebody listed", "is on no list"),
    _unseen("un", "designated vessels of the 1718 and 1970 committees", "pages of the committees; not in the list"),
    _unseen("ca", "regulations under the United Nations Act", "repeat the UN's list, which is read"),
    _unseen("ca", "inadmissibility of persons (IRPA, section 35.1)", "follows from the lists, and is on none"),
    _unseen("au", "listed terrorist organisations (Criminal Code)", NO_DOCUMENT),
    _unseen("nz", "terrorist designations (Terrorism Suppression Act)", "PDF of the police, not read"),
    _unseen("nz", "regulations under the United Nations Act", "repeat the UN's list, which is read"),
    _unseen("jp", "under which programme a ship is named", "the file of ships does not say it"),
    _unseen("il", "cancelled designations, and who is named by a seizure alone", "are no designations in force"),
    _unseen("be", "national freezes", "`be_fod` rests on a shape, and is off by default"),
    _unseen("lv", "national sanctions", "`lv_fid` rests on the publisher's sample of 2018 and is off by default"),
    _unseen("xx", "other names and register numbers of the debarred", "go from entry to entry in the document"),
    _unseen("xx", "other sanctions of the Bank (letters of reprimand, conditional non-debarment)", "a page, not read"),
    _unseen("ua", "sanctions of the National Security and Defence Council", "the register needs a key"),
    _unseen("pl", "list of the Minister of the Interior", NO_DOCUMENT),
    _unseen("nl", "national terrorism list", NO_DOCUMENT),
    _unseen("lt", "national sanctions", NO_DOCUMENT),
    _unseen("ee", "national sanctions", NO_DOCUMENT),
)


def country_name(authority: str) -> str:
    """Return the name of an authority's country, as a heading: `United States`."""
    name = name_of(authority)
    return name.removeprefix("the ")


def by_country(feeds: Iterable[Feed]) -> list[Feed]:
    """Return the feeds in order of their countries' names, and then of their ids."""
    return sorted(feeds, key=lambda feed: (country_name(feed.id[:2]), feed.id))


def coverage_table(feeds: Iterable[Feed]) -> str:
    """The table as Markdown: for each country, which measures are seen and in which feeds, and what is not seen."""
    every = list(feeds)
    authorities = {feed.id[:2] for feed in every} | {one.authority for one in UNSEEN}
    lines = ["| country | measure | seen in |", "|---|---|---|"]
    for authority in sorted(authorities, key=country_name):
        lines += _rows(authority, [feed for feed in every if feed.id.startswith(f"{authority}_")])
    return "\n".join(lines)


def _named(feed: Feed) -> str:
    return f"`{feed.id}`" if feed.on_by_default else f"`{feed.id}` (off by default)"


def _rows(authority: str, feeds: list[Feed]) -> Iterator[str]:
    country = country_name(authority)
    for word in MEASURE_TYPES:
        seen = [_named(feed) for feed in feeds if word in feed.measures.possible]
        if seen:
            yield f"| {country} | `{word}` | {', '.join(seen)} |"
    for one in UNSEEN:
        if one.authority == authority:
            yield f"| {country} | {one.measure} | **not seen**: {one.reason} |"
