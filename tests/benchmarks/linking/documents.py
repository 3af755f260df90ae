"""The real lists as records, each document read once a run, and links between records as a table."""

from functools import cache
from pathlib import Path

from syncd.cli.parsing import opener_of
from syncd.commands.compare import read_document
from syncd.core.linking import Explained, Linker
from syncd.core.model import Record
from syncd.feeds import all_feeds

FEEDS = Path(__file__).parents[4] / "shared" / "feeds"
DOCUMENTS = {
    "uk_sl": "uk_sl/REBUILT__2022-05-04__UK-Sanctions-List.xml.bz2",
    "un_sc": "un_sc/2022-06-30__consolidated.xml.bz2",
    "eu_fsf": "eu_fsf/2022-03-18__xmlFullSanctionsList_1_1.first1044.xml.bz2",
    "us_ofac_sdn": "us_ofac_sdn_advanced/2025-09-03__sdn_advanced.xml.bz2",
    "ca_sema": "ca_sema/2025-05-25__cannada.xml.bz2",
    "au_dfat": "au_dfat/2026-04-27__Australian_Sanctions_Consolidated_List.xlsx",
    "nz_russia": "nz_russia/REBUILT__2026-03-08__Russia-Sanctions-Register_from-ammitto-yaml.xlsx",
    "jp_mof": "jp_mof/2026-03-05__shisantouketsu20260305.xlsx",
}
Pair = tuple[str, str]


@cache
def records(feed: str) -> tuple[Record, ...]:
    found: list[Record] = []
    with opener_of(FEEDS / DOCUMENTS[feed]) as opened:
        read_document(all_feeds()[feed], opened, each=found.append)
    return tuple(found)


def links(*lists: tuple[Record, ...]) -> dict[Pair, Explained]:
    linker = Linker()
    for one in lists:
        for record in one:
            linker.put(record)
    explained = (linker.explained(link.a, link.b) for link in linker.settle().added)
    return {(link.a, link.b): link for link in explained if link}


def linked(found: dict[Pair, Explained]) -> set[Pair]:
    return {pair for pair, link in found.items() if link.decision == "linked"}


def pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
