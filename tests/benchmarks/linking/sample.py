"""Pairs near the threshold that a person has read, from `labelled.tsv`: two keys, `same` or `other`, and why."""

from tests.benchmarks.linking import documents, report

FEEDS = ("un_sc", "uk_sl", "eu_fsf", "ca_sema", "au_dfat", "nz_russia")


def main() -> None:
    labelled = report.table("labelled.tsv")
    links = documents.links(*(documents.records(feed) for feed in FEEDS))
    found = documents.linked(links) & set(labelled)
    same = {pair for pair, (verdict, _) in labelled.items() if verdict == "same"}
    print(
        f"{len(labelled)} pairs near the threshold, read by eye, {len(same)} of one target: {len(found)} linked, "
        f"precision {report.share(len(found & same), len(found))}, recall {report.share(len(found & same), len(same))}"
    )
    report.errors(found - same, same - found, links, {pair: why for pair, (_, why) in labelled.items()})
